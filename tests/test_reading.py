"""Tokens: what stays whole, that nothing is missed, and that what is looked up is what would have been cut."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan.tag import words
from sisipan.tag.reading import GAP, Types, read
from sisipan.tag.words import cut

BITS = [
    "slot",
    " ",
    "  ",
    "\n",
    " \n",
    "\n ",
    "\t",
    "\r\n",
    "\u3000",
    "a",
    "s l o t",
    "(s l o t)",
    "s.l.o.t",
    "1 2 3 4",
    "<b>",
    "</a >",
    "<",
    "<<",
    "[url=x y]",
    "[",
    "&amp;",
    "http://x.example/a",
    "@ab",
    ".",
    ",",
    "...",
    "!!",
    "'s",
    "é",
    "\u200b",
    "🎰🎰",
    "kata-kata",
    "12.500",
    "x" * 70, " " * 40, "\t" * 33]


def test_disguised_words_and_markup_are_one_token_each() -> None:
    text = 'Di s l o t  g a c o r <a href="https://x.example">b\u200bot</a>, 12.500 meninggal.cedera wa.me/62812xxxx.\n\nBy'
    assert [(surface, kind) for _, surface, kind in cut(text)] == [
        ("Di", "word"),
        ("s l o t", "spaced"),
        ("g a c o r", "spaced"),
        ('<a href="https://x.example">', "markup"),
        ("b\u200bot", "word"),
        ("</a>", "markup"),
        (",", "sign"),
        ("12.500", "figure"),
        ("meninggal", "word"),
        (".", "sign"),
        ("cedera", "word"),
        ("wa.me/62812xxxx", "address"),
        (".", "sign"),
        ("\n\n", "line"),
        ("By", "word"),
    ]
    assert all(text[at:].startswith(surface) for at, surface, _ in cut(text))


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_tokens_miss_nothing_but_white_space(text: str) -> None:
    at = 0
    for start, surface, _ in cut(text):
        assert start >= at and text[start : start + len(surface)] == surface and not text[at:start].strip()
        at = start + len(surface)
    assert not text[at:].strip()


@given(st.text(st.sampled_from(list("abS l.o,-_'’:/@<>[]&;\n\t)!?é0x\u0301\u200b")), max_size=60) | st.integers(60, 140).map(lambda n: "a" * n + "."))
@settings(max_examples=500, deadline=None)
def test_plain_words_are_found_first_and_cut_alike(text: str) -> None:
    assert [(start, surface) for start, surface, _ in cut(text)] == [(m.start(), m.group()) for m in re.finditer(words._ANY, text)]
    assert list(cut(text)) == [(m.start(), m.group(), m.lastgroup) for m in re.finditer(words._ANY, text)]


@pytest.mark.parametrize("text", ["สล็อตเว็บตรง ไม่ผ่านเอเย่นต์", "ऑनलाइन सट्टा", "القُمار", "카지노사이트 추천", "ᮘᮞ ᮞᮥᮔ᮪ᮓ", "ᬩᬲ ᬩᬮᬶ", "か\u3099く"])
def test_words_of_any_script_stay_whole(text: str) -> None:
    assert [surface for _, surface, _ in cut(text)] == text.split(" ")


def test_letters_apart_end_where_a_word_begins() -> None:
    assert [surface for _, surface, _ in cut("ก ข ค ง จ่าย")] == ["ก ข ค ง", "จ่าย"]
    assert [surface for _, surface, _ in cut("क ख ग घ की")] == ["क ख ग घ", "की"]


def tokens(text: str, looks: list[tuple[int, int]], types: Types) -> list[list[tuple[int, int, str]]]:
    """Start, end and what is known of each token of each window."""
    reading = read([text], [looks], types)
    return [
        [(start, end, types.known[number]) for start, end, number in zip(reading.starts[rows].tolist(), reading.ends[rows].tolist(), reading.types[rows].tolist())]
        for rows in (np.flatnonzero(reading.window == window) for window in range(len(looks)))
    ]


@given(st.lists(st.sampled_from(BITS), max_size=40).map("".join), st.lists(st.floats(0, 1), min_size=2, max_size=6, unique=True))
@settings(max_examples=400, deadline=None)
def test_windows_hold_the_tokens_that_are_cut_there(text: str, shares: list[float]) -> None:
    ends = sorted({round(share * len(text)) for share in shares})
    looks = list(zip(ends[::2], ends[1::2]))
    types = Types()
    for found in (tokens(text, looks, types), tokens(text, looks, types)):  # the second time from what is kept
        for (start, end), window in zip(looks, found):
            if start > 0:
                assert window[0][:2] == (start, start) and window.pop(0)[2].attributes == ("cut",)
            if end < len(text):
                assert window[-1][:2] == (end, end) and window.pop()[2].attributes == ("cut",)
            expected = [(at, at + len(surface), types.known[types.number(kind, surface)]) for at, surface, kind in cut(text, start, end)]
            assert window == expected


def test_between_windows_are_gaps_and_rows_come_in_whole_blocks() -> None:
    text = "satu dua\ntiga " * 30
    reading = read([text, "empat", text], [[(0, 8), (15, 30)], [], [(8, 200)]], Types())
    inside = reading.window >= 0
    assert len(inside) % 64 == 0 and not reading.types[~inside].any() and (reading.text[~inside] == -1).all()
    assert [reading.text[reading.window == number][0] for number in range(3)] == [0, 0, 2] and reading.window.max() == 2
    for number in (1, 2):
        assert np.flatnonzero(reading.window == number)[0] - np.flatnonzero(reading.window == number - 1)[-1] == GAP + 1
    assert reading.sizes.tolist() == [len(text), 5, len(text)]


def test_a_long_text_without_blanks_is_not_kept() -> None:
    types = Types()
    long = "\n".join("kata" * 20 + str(number) for number in range(500))
    assert len(tokens(long, [(0, len(long))], types)[0]) == 999 + 500  # words are cut at 64 code points
    assert all(len(piece) <= 64 for piece in types.pieces if isinstance(piece, str))
