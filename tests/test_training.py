"""Training examples: made of the training split alone, exact in their regions, the same for the same seed."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.tag.fold import fold
from sisipan.tag.model import TAGS
from sisipan.tag.training.disguise import disguised, scrambled
from sisipan.tag.training.examples import _put, examples
from sisipan.tag.training.pieces import Example, decoys, pieces, without_regions
from sisipan.tag.training.scripts import transcribed
from sisipan.tag.training.swaps import exchange, sprinkled, swapped
from sisipan.tag.training.threads import FEET, threaded
from sisipan.tag.training.train import Recipe, tagged, train
from sisipan.tag.words import cut

DISGUISES = ("leet", "spacing", "fancy_unicode", "homoglyph", "zero_width", "emoji")


@cache
def articles() -> list:
    held = read_articles(folder_reader(Path(__file__).parents[1]), load_schemas())[1]
    return [a for a in held if a.split == "train" and a.text is not None][:40]


def test_examples_hold_their_regions_and_are_the_same_for_a_seed() -> None:
    made = list(examples(articles(), 3, 5))
    assert made == list(examples(articles(), 3, 5)) != list(examples(articles(), 3, 6))
    assert len(made) == 4 * len(articles()) and [one.text for one in made[: len(articles())]] == [a.text for a in articles()]
    labels = set(load_schemas().labels("spam"))
    for one in made:
        at = 0
        for start, end, label in one.regions:
            assert at <= start < end <= len(one.text) and label in labels
            at = end
    assert sum(bool(one.regions) for one in made) > len(made) / 3 and sum(not one.regions for one in made) > len(made) / 5


def test_what_is_left_out_is_not_made() -> None:
    learn = [without_regions(a, DISGUISES) for a in articles()]
    for before, after in zip(articles(), learn):
        kept = [s.text for s in before.spam if s.obfuscation not in DISGUISES]
        assert [after.text[s.start : s.end] for s in after.spam] == kept
    hosts = {surface for a in learn for _, surface, _ in cut(a.text)}
    for without, ways in ((("fancy_unicode",), {"fancy"}), (("zero_width",), {"zero_width"}), (("homoglyph",), {"homoglyph"})):
        found = [surface for one in examples(learn, 4, 1, without) for _, surface, kind in cut(one.text) if kind == "word" and fold(surface)[1] & ways]
        assert not set(found) - hosts
    assert any(fold(surface)[1] & {"fancy"} for one in examples(learn, 4, 1) for _, surface, kind in cut(one.text) if kind == "word")


def test_disguises_fold_back_and_scrambling_spares_the_spam() -> None:
    for seed in range(40):
        text = disguised("slot gacor maxwin", random.Random(seed))
        plain = "".join(fold(surface)[0] for _, surface, kind in cut(text) if kind in ("word", "spaced"))
        assert plain.translate(str.maketrans("431057", "aeiost")) == "slotgacormaxwin" or "-" in text, text
    text = "Rapat desa ditutup. slot gacor! Lihat https://desa.go.id segera."
    out = scrambled(text, [(20, 30, "slot")], random.Random(1))
    assert len(out) == len(text) and out[20:30] == "slot gacor" and "https://desa.go.id" in out and out[:5] != text[:5]


def test_words_are_exchanged_within_their_trade_and_regions_move_along() -> None:
    example = Example("Polisi menyita mesin slot di pasar. Slot gacor hari ini", ((36, 55, "slot"),))
    for seed in range(30):
        one = swapped(example, 1.0, random.Random(seed))
        [(start, end, _)] = one.regions
        assert one.text[end:] == "" and one.text[start - 2 : start] == ". " and one.text[start].isupper()
        assert one.text[start:end].split()[0].lower() in exchange()["slot"] and one.text[start:end].endswith("hari ini")
    strewn = sprinkled(example, random.Random(3))
    [(start, end, _)] = strewn.regions
    assert strewn.text[start:end] == "Slot gacor hari ini"


def test_a_host_in_other_letters_keeps_its_layout_and_its_regions() -> None:
    spam = "slot gacor hari ini!"
    for lead, translatable in (("\n", True), (" ", False)):
        text = f"Rapat desa ditutup 3 Mei.{lead}{spam}{lead}Lihat <b>warta</b> https://desa.go.id segera"
        kinds = set()
        for seed in range(80):
            one = transcribed(Example(text, ((26, 46, "slot"),)), random.Random(seed))
            [(start, end, _)] = one.regions
            for kept in (" 3 ", "<b>", "</b>", " https://desa.go.id "):
                assert kept in one.text
            assert one.text[start - 2 : start] == f".{lead}" and one.text[end - 1 : end + 1] == f"!{lead}" and "ditutup" not in one.text
            kinds.add((one.text[0].isascii(), one.text[start:end] == spam))
            assert transcribed(Example(text, ((26, 46, "slot"),)), random.Random(seed)) == one
        assert {kept for _, kept in kinds} == ({True, False} if translatable else {True}) and {latin for latin, _ in kinds} == {True, False}


def test_words_of_scripts_without_blanks_run_together_but_not_into_a_region() -> None:
    text = "Rapat desa di balai desaslot gacor hari ini tutup sore itu juga"
    example, joined = Example(text, ((24, 43, "slot"),)), 0
    for seed in range(80):
        one = transcribed(example, random.Random(seed))
        [(start, end, _)] = one.regions
        assert one.text[start:end] == "slot gacor hari ini" and one.text[start - 4 : start] == "desa" and one.text[end] == " "
        joined += one.text[:start].count(" ") < 4
    assert 0 < joined < 40


@pytest.mark.parametrize("place", ["line", "sentence", "word"])
def test_a_piece_that_is_put_in_is_its_region_and_the_host_stays(place: str) -> None:
    host = Example("Warga menanam padi di sawah. Hujan turun.\nslot maxwin\nMereka pulang. Beras dijual.", ((42, 53, "slot"),))
    for seed in range(80):
        one = _put(host, "togel sgp jitu", "togel", place, decoys(articles()), random.Random(seed))
        assert sorted(one.text[start:end] for start, end, _ in one.regions) == ["slot maxwin", "togel sgp jitu"]
        left = one.text.replace(" togel sgp jitu" if place != "line" else "togel sgp jitu", "")
        assert left == host.text if place != "line" else all(line in left.split("\n") for line in host.text.split("\n"))
        clean = _put(host, "Arsip lama", None, place, decoys(articles()), random.Random(seed))
        assert [clean.text[start:end] for start, end, _ in clean.regions] == ["slot maxwin"]


def test_of_a_thread_the_comments_that_sell_are_regions_from_their_heads_to_their_ends() -> None:
    pool = [piece for piece in pieces(articles()) if piece.label == "slot"]
    assert pool
    host, polluted, counts = Example("Warga menanam padi.", ()), Example("Warga menanam padi. togel sgp", ((20, 29, "togel"),)), set()
    for seed in range(120):
        one = threaded(host, pool, decoys(articles()), random.Random(seed))
        assert one.text.startswith("Warga menanam padi.\n") and one == threaded(host, pool, decoys(articles()), random.Random(seed))
        for start, end, label in one.regions:
            assert label == "slot" and one.text[start - 1] == "\n" and one.text[end : end + 1] in ("", "\n") and one.text[start:end].strip() == one.text[start:end]
            assert not {*one.text[start:end].split("\n")} & {*FEET} - {""}
        both = threaded(polluted, pool, decoys(articles()), random.Random(seed))
        assert both.regions[0] == polluted.regions[0] and (len(both.regions) == 1 or both.text[29 : both.regions[1][0]].strip())
        assert all(one.text[b:c].strip() for (_, b, _), (c, _, _) in zip(one.regions, one.regions[1:]))
        counts.add(len(one.regions))
    assert {0, 1, 2} <= counts


def test_tags_of_tokens() -> None:
    starts, ends = np.array([0, 4, 9, 10, 12]), np.array([3, 8, 10, 11, 15])
    tags, trades = tagged(starts, ends, [(0, 8, "slot"), (12, 15, "togel")], ["slot", "togel"])
    assert "".join(TAGS[tag] for tag in tags) == "BEOOU" and trades.tolist() == [0, 0, -1, -1, 1]


def test_the_same_seed_gives_the_same_bytes() -> None:
    pytest.importorskip("torch", reason="PyTorch is the extra `train`")
    recipe = Recipe(rounds=1, epochs=1)
    labels = load_schemas().labels("spam")
    one, two = (train(articles(), labels, recipe, {"a": 1}) for _ in range(2))
    assert one == two != train(articles(), labels, Recipe(rounds=1, epochs=1, seed=9), {"a": 1})
