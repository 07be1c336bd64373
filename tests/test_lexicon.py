"""The lexicon: each of its words is known wherever it stands in a text, and belongs to a class or list that there is."""

from __future__ import annotations

from sisipan.schemas import load_schemas
from sisipan.tag.features import describe
from sisipan.tag.first_look import windows
from sisipan.tag.fold import fold
from sisipan.tag.lexicon import LISTS, abroad, classes, lexicon, listed, stored
from sisipan.tag.words import cut


def test_every_word_of_the_lexicon_is_known_where_it_stands_in_a_text() -> None:
    lists = {name: listed(name) for name in LISTS}
    for name, spelt in [*classes().items(), *((name, words) for name, words in abroad().items() if name not in LISTS)]:
        for word in spelt:
            found = {one for _, surface, _ in cut(f"Ada {word} di situ") for one in describe("word", surface).attributes}
            assert f"c={name}" in found, word
    for word in lists["first_look"]:
        shouted = word.upper() if word.upper().lower() == word else word  # a dotless i, a sharp s, a last sigma have no capital of their own
        assert windows(f"Ada {word} di situ") != [] != windows(f"{shouted}."), word
    for word in lists["hints"]:
        assert windows(f"Ada {word} di situ") == [] != windows(f"Ada {word} di https://a.example"), word
    assert not set(lists["first_look"]) & {*lists["hints"], *lists["faint_hints"]} and not set(lists["hints"]) & set(lists["faint_hints"])


def test_words_of_the_lexicon_are_found_inside_words_without_blanks() -> None:
    for surface, name in (("ทดลองเล่นสล็อตฟรี", "slot"), ("카지노사이트는", "casino"), ("新宿オンラインカジノ", "casino")):
        assert {f"c={name}", "c=game"} <= set(describe("word", surface).attributes)


def test_everyday_words_of_other_languages_name_no_trade() -> None:
    """Words that fold to one of the lexicon, or hold one inside, and mean something else."""
    everyday = "lớn lợn sống 음식보다 지식보다 버섯다발 배당률 หีบ หีบห่อ 全球版 办证大厅 以下款项 茶莊 coin sub buff".split()
    for word in everyday:
        assert not {one for one in describe("word", word).attributes if one.startswith("c=")} & {"c=trade", "c=game"}, word


def test_the_lexicon_names_no_class_but_the_known() -> None:
    known = {"promo", "talk", "polite", "gamble", *load_schemas().labels("spam")}
    assert {name for names in lexicon().values() for name in names} == known


def test_what_training_does_not_draw_on_is_nowhere_else() -> None:
    """A word of both would change the examples and not only what the tagger knows."""
    for name, words in abroad().items():
        assert not set(words) & set(stored()[name]) and len(set(words)) == len(words), name
    assert not {fold(word)[0] for words in classes().values() for word in words} & {fold(word)[0] for name, words in abroad().items() if name not in LISTS for word in words}
