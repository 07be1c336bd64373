"""What a token proves by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sisipan.tag.evidence import evidence, telling
from sisipan.tag.features import TRADES, describe
from sisipan.tag.innocent import has_stem, stem_pattern
from sisipan.tag.lexicon import lexicon, listed


def proven(kind: str, surface: str) -> frozenset[str]:
    return evidence(kind, surface, describe(kind, surface))


@pytest.mark.parametrize(
    ("kind", "surface", "tells"),
    [("word", "maxwin", 2), ("word", "pinjaman", 1), ("word", "gratis", 1), ("word", "ru\u200bmah", 1), ("word", "melati88", 1), ("address", "https://melati.example", 1), ("word", "rumput", 0), ("sign", "!", 0)],
)
def test_how_much_a_token_tells(kind: str, surface: str, tells: int) -> None:
    assert telling(proven(kind, surface)) == tells


def test_words_that_hold_a_stem_of_the_trades_and_name_none_prove_nothing() -> None:
    for word in "judicial Judith extrajudiciales jüdisch ljudi erbjudit specialists Socialistische commercialista gesloten Slottet afgesloten unsloth descortés abetting кислота perjudicar timeslots specialist's l'artificialisation judicial_review specialists1 ostjüdische креслото superficialis".split():
        assert not proven("word", word) & {"trade", "strong"}, word


def test_a_stem_of_the_trades_proves_in_front_of_any_other_word() -> None:
    """So brands are made; neighbouring letters excuse none."""
    for word in "rajajudi judicapsa judionline togeljitu slottelkomsel slotermurah slottergacor madridescort escortankara genericcialis cialisonline viagracialis perjudian kasinolle judicepat perjudicasino casinospecialist specialistgacor togelslotten ljudislot".split():
        assert proven("word", word) >= {"trade", "strong"}, word


def test_no_word_of_a_trade_is_excused() -> None:
    """But for `parlayan`, which shines in Turkish."""
    named = [word for word, names in lexicon().items() if names & set(TRADES) and stem_pattern().search(word)]
    assert len(named) > 100 and [word for word in named if not has_stem(word)] == ["parlayan"]


def test_everyday_words_and_figures_prove_nothing_yet_the_network_is_told_of_them() -> None:
    assert not {"trade", "strong", "disguised"} & {name for word in ("10", "530", "60") for name in describe("word", word).classes}
    for word in "paris machine youtube server plus".split():
        assert "trade" in describe("word", word).classes and not proven("word", word) & {"trade", "strong"}, word


def test_every_everyday_word_is_one_of_a_trade() -> None:
    assert not [word for word in listed("everyday") if not lexicon()[word] & set(TRADES)]


def test_a_short_word_proves_only_as_it_is_spelt() -> None:
    assert "trade" in proven("word", "cược") and "trade" not in proven("word", "cuộc")
    assert "trade" in proven("word", "CƯỢC")


def test_accents_of_other_languages_and_capitals_hide_no_word() -> None:
    for word in "bônus bónus pênis pornó BAHİS KREDİ GİRİŞ LİNK murâh l̲o̲a̲n̲".split():
        assert proven("word", word) & {"trade", "promo"}, word


def test_letters_out_of_the_common_that_are_no_disguise() -> None:
    for word in "neo4j md2json llm4t p2p eda5a9 H1N1 S1E5 ru\u00admah \ufeffrumah bo\u00adnus".split():
        assert "disguised" not in proven("word", word), word
    for word in "h4d14h l3b4r4n ru\u200bmah g4c0r t0gel b0nus 𝓻𝓾𝓶𝓪𝓱 to\u00adgel".split():
        assert "disguised" in proven("word", word), word
    assert proven("spaced", "t o g e l") >= {"disguised", "trade", "strong"}


def test_addresses_and_tags_prove_by_the_words_in_them() -> None:
    assert not proven("address", "https://www.youtube.com/watch") & {"trade", "strong"}
    assert not proven("address", "https://specialist.example") & {"trade", "strong"}
    assert proven("address", "https://toto4d.example") >= {"trade", "strong", "address"}
    for name in ("คาสิโน", "สล็อต", "KASİNO"):
        assert proven("address", f"https://{name}.example") >= {"trade", "strong", "address"}, name
    assert not proven("markup", '<meta name="description" content="Poder Judiciário">') & {"trade", "strong"}
    assert proven("markup", '<a href="https://казино.example/">') >= {"trade", "strong", "markup"}


@given(st.lists(st.sampled_from(["paris", "machine", "judicial", "gratis", "rumput", "slot", "rumah", "maxwin"]), min_size=1, max_size=4))
def test_an_address_proves_all_its_classes_but_a_trade_that_only_everyday_words_name(words: list[str]) -> None:
    surface = f"https://{'-'.join(words)}.example"
    classes = set(describe("address", surface).classes)
    assert ("trade" in classes) == (not {"paris", "machine", "slot", "rumah", "maxwin"}.isdisjoint(words))
    assert proven("address", surface) == (classes if {"slot", "rumah", "maxwin"} & set(words) else classes - {"trade"})


@given(st.sampled_from(["judi", "slot", "togel", "cialis", "escort", "poker"]), st.sampled_from("gacor cepat online88 terpercaya spesial 777 resmi agung win hoki cerdas".split()))
def test_a_stem_with_any_word_of_promotion_behind_it_proves(stem: str, word: str) -> None:
    assert proven("word", stem + word) >= {"trade", "strong"}
