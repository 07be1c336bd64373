"""Where regions end: about the words that tell inside a line, with the whole line where they hold most of it, with the head of a comment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sisipan.offsets import merged
from sisipan.tag import Tagger
from sisipan.tag.edges import LONG, completed, cores, told_lines, trimmed
from sisipan.tag.tagger import Found, _joined


@pytest.mark.parametrize(
    ("tells", "breaks", "core"),
    [
        ("..........", "..........", (1, 9)),  # nothing tells
        (".....x....", "..........", (3, 8)),
        ("..x...x...", "..........", (1, 9)),
        ("x....x...x", "..........", (3, 8)),  # what tells outside does not count
        ("......x...", "...|......", (1, 9)),  # a line ends before what tells: the edge stays
        ("......x...", "..........", (4, 9)),
        ("..x.......", ".....|....", (1, 9)),
    ],
)
def test_a_core_is_what_stands_about_the_tokens_that_tell(tells: str, breaks: str, core: tuple[int, int]) -> None:
    """A region of rows 1 to 8."""
    first, last = cores(np.array([1]), np.array([9]), np.array([c == "x" for c in tells]), np.array([c == "|" for c in breaks]))
    assert (first[0], last[0]) == core


def spans(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and what stood between them."""
    out, found = "", []
    for number, part in enumerate(text.replace("⟧", "⟦").split("⟦")):
        if number % 2:
            found.append((len(out), len(out) + len(part)))
        out += part
    return out, found


def marked(text: str, regions: list[tuple[int, int]]) -> str:
    for start, end in reversed(regions):
        text = f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("tells", "breaks", "kept"),
    [
        (".....x.....", ".......|...", (1, 7)),  # the line behind tells nothing
        (".....x.....", "..|........", (3, 9)),  # nor does the one before
        (".x...x...x.", "..|....|...", (1, 7)),
        ("...........", "..|........", (1, 9)),  # no token tells
        (".....x.....", "..|..|.|...", (3, 5)),
        (".....x.....", "|.........|", (1, 9)),  # the lines reach further than the region
        ("x.........x", "...|.......", (1, 9)),  # so do the tokens that tell
    ],
)
def test_lines_at_the_ends_of_a_region_that_tell_nothing_are_left_out(tells: str, breaks: str, kept: tuple[int, int]) -> None:
    """Each mark is a row, and the region is the rows 1 up to 9."""
    first, last = told_lines(np.array([1]), np.array([9]), np.array([c == "x" for c in tells]), np.array([c == "|" for c in breaks]))
    assert (first[0], last[0]) == kept


@pytest.mark.parametrize(
    ("text", "core", "left"),
    [
        ("Warga ⟦pulang lewat jalan slot gacor maxwin ke rumah⟧ lagi.", "jalan slot gacor maxwin ke rumah", "Warga pulang lewat ⟦jalan slot gacor maxwin ke rumah⟧ lagi."),
        ("⟦Halo semua, ini slot gacor⟧ kata mereka.", "ini slot gacor", "⟦Halo semua, ini slot gacor⟧ kata mereka."),  # nothing stands before it on its line
        ("Kata\n⟦Halo semua, slot gacor hari ini juga⟧\nWarga", "semua, slot gacor hari ini", "Kata\n⟦Halo semua, slot gacor hari ini juga⟧\nWarga"),
    ],
)
def test_edges_inside_a_line_are_moved_to_the_core(text: str, core: str, left: str) -> None:
    text, [(start, end)] = spans(text)
    at = text.index(core)
    assert marked(text, [trimmed(text, start, end, (at, at + len(core)))]) == left


NEXT = "\n\nWarga pulang."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mainkan ⟦slot gacor di sini. Daftar sekarang dan⟧ menang!" + NEXT, "⟦Mainkan slot gacor di sini. Daftar sekarang dan menang!⟧" + NEXT),
        ("Rapat ditutup. ⟦Slot gacor. Daftar⟧ lalu warga pulang bersama anak-anak mereka ke rumah." + NEXT, None),  # too little of its line
        ("Rapat ⟦slot gacor maxwin hari ini terpercaya⟧ ditutup." + NEXT, None),  # no sentence ends in it
        ("Rapat ⟦slot gacor maxwin hari ini. Ayo daftar.⟧ ditutup", None),  # a text of one line
        ("Saya ⟦dapat pinjaman. Cepat sekali⟧ kemarin sore. ⟦Hubungi ibu di kredit.example⟧ ya" + NEXT, "⟦Saya dapat pinjaman. Cepat sekali kemarin sore. Hubungi ibu di kredit.example ya⟧" + NEXT),
        ("Sari berkata:\n2 Mei 2024\n⟦Mau slot gacor? Klik di sini.⟧" + NEXT, "⟦Sari berkata:\n2 Mei 2024\nMau slot gacor? Klik di sini.⟧" + NEXT),
        ("Bagus.\n\nSari\n3 maggio, 04:12\nMau ⟦slot gacor? Klik di sini.⟧" + NEXT, "Bagus.\n\n⟦Sari\n3 maggio, 04:12\nMau slot gacor? Klik di sini.⟧" + NEXT),
        ("Komentar (2):\n\n⟦Mau slot? Klik di sini.⟧" + NEXT, None),  # a blank line stands between
        ("Komentar 2024\r\n\r\nSari:\r\n⟦Mau slot? Klik di sini.⟧\r\n" + NEXT, "Komentar 2024\r\n\r\n⟦Sari:\r\nMau slot? Klik di sini.⟧\r\n" + NEXT),
        ("Kata.\n \nSari...\n⟦Mau slot? Klik di sini.⟧" + NEXT, "Kata.\n \n⟦Sari...\nMau slot? Klik di sini.⟧" + NEXT),
        ("Sari, 3h12\n⟦Mau slot? Klik di sini.⟧" + NEXT, "⟦Sari, 3h12\nMau slot? Klik di sini.⟧" + NEXT),
        ("Sari, 1998\n⟦Mau slot。Klik⟧" + NEXT, "⟦Sari, 1998\nMau slot。Klik⟧" + NEXT),
        ("Sari 2024\n⟦Mau slot? Klik.⟧ rapat warga desa yang ramai sekali di balai" + NEXT, None),
        ("Sari 2024\nRapat warga desa yang ramai sekali ⟦slot gacor? Klik sini.⟧" + NEXT, None),  # no line of its own
        ("Warga ⟦slot gacor maxwin⟧ mulai tahun 2024\n⟦Mau slot? Klik di sini.⟧" + NEXT, None),  # the line above is another region's
        (f"{'warga pulang ' * 17}\n{' ' * 150}Sari 2024\n⟦Mau slot? Klik di sini.⟧" + NEXT, None),  # a paragraph stands above, however far its end is
        ("Rapat ⟦slot gacor maxwin hari ini.\r\nDaftar slot gacor maxwin⟧ di desa kami yang jauh sekali dari kota\r\n" + NEXT, None),  # nothing follows on its line
        (f"Mau ⟦slot? Daftar{'s' * (LONG - 19)}⟧ ya" + NEXT, None),
        (f"Mau ⟦slot? Daftar{'s' * (LONG - 20)}⟧ ya" + NEXT, f"⟦Mau slot? Daftar{'s' * (LONG - 20)} ya⟧" + NEXT),
        ("Sari\nKades\n⟦Mau slot gacor? Klik di sini.⟧" + NEXT, None),  # no day, no hour
        (f"Sari, {'kepala ' * 9}2024\n⟦Mau slot gacor? Klik di sini.⟧" + NEXT, None),  # too long a line for a head
        ("Satu\nDua\nTiga 2024\n⟦Mau slot gacor? Klik di sini.⟧" + NEXT, None),  # too many lines
        ("Dilihat 12.30\n⟦slot gacor maxwin⟧\n\n⟦Mau togel? Klik.⟧" + NEXT, None),  # a list of keywords has no head
        ("Rapat. ⟦" + "slot " * 8 + "seru! Daftar⟧ " + "warga " * 11 + NEXT, "⟦Rapat. " + "slot " * 8 + "seru! Daftar " + ("warga " * 11).strip() + "⟧ " + NEXT),  # two fifths
        ("Rapat. ⟦" + "slot " * 8 + "seru! Daftar⟧ " + "warga " * 13 + NEXT, None),  # less
        ("Warga ⟦slot gacor\n" + " " * 60 + "maxwin. Daftar⟧ rapat warga desa yang ramai sekali di balai desa kemarin sore bersama kepala desa" + NEXT, None),
        ("\nRapat ⟦slot gacor maxwin. Daftar sekarang di sini⟧ ditutup\n", None),
        ("Rapat ⟦slot di kredit.example hari ini juga⟧ ditutup" + NEXT, None),  # a point inside a word ends no sentence
        ("Rapat ⟦slot！gacor ya⟧ ok" + NEXT, "⟦Rapat slot！gacor ya ok⟧" + NEXT),
        ("  Sari, 12. 30\n⟦Mau slot? Klik.⟧" + NEXT, "  ⟦Sari, 12. 30\nMau slot? Klik.⟧" + NEXT),
        ("Sari…\n⟦Mau slot? Klik.⟧" + NEXT, "⟦Sari…\nMau slot? Klik.⟧" + NEXT),
        ("Sari " + "S" * 40 + " 2024\n⟦Mau slot? Klik.⟧" + NEXT, "⟦Sari " + "S" * 40 + " 2024\nMau slot? Klik.⟧" + NEXT),  # fifty
        ("Sari " + "S" * 41 + " 2024\n⟦Mau slot? Klik.⟧" + NEXT, None),
        ("Sari 2024" + " " * 2001 + "⟦Mau slot? Klik.⟧" + NEXT, None),
        ("⟦Slot gacor. Daftar.⟧\n2 Mei 2024\n⟦Mau togel? Klik di sini.⟧" + NEXT, "⟦Slot gacor. Daftar.⟧\n⟦2 Mei 2024\nMau togel? Klik di sini.⟧" + NEXT),
    ],
)
def test_a_line_is_whole_where_a_region_holds_most_of_it_in_sentences(text: str, left: str | None) -> None:
    plain, regions = spans(text)
    assert marked(plain, list(merged(completed(plain, regions)))) == (left or text)


@given(st.lists(st.sampled_from(["slot gacor", "Rapat", ". ", "! ", " ", "\n", "\n\n", "12.30", "Sari:", "2024", "。", "warga pulang"]), min_size=1, max_size=30), st.data())
def test_completed_regions_hold_what_they_held_and_are_trimmed(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    at = [number for number, c in enumerate(text) if not c.isspace()]
    if len(at) < 2:
        return
    ends = sorted(data.draw(st.lists(st.sampled_from(at), min_size=2, max_size=6, unique=True)))
    regions = [(low, high + 1) for low, high in zip(ends[::2], ends[1::2])]
    for (start, end), (low, high) in zip(regions, completed(text, regions), strict=True):
        assert 0 <= low <= start < end <= high <= len(text) and text[low:high].strip() == text[low:high]


def test_regions_that_become_one_have_the_label_of_the_longest() -> None:
    text = "Rapat.\nSaya main kasino. Seru! lalu pulang, dapat pinjaman online cepat cair. Hubungi kredit.example\nWarga pulang."
    parts = (("kasino. Seru!", "casino", 0.8), ("pinjaman online cepat cair. Hubungi kredit.example", "loan", 0.9))
    found = [Found(text.index(part), text.index(part) + len(part), label, score) for part, label, score in parts]
    assert _joined(text, found) == [Found(7, text.index("\nWarga"), "loan", 0.9)]


def test_the_tagger_gives_a_comment_with_its_head() -> None:
    comment = "kakekslot\n12 Mei 2024 pukul 02.17\nTerima kasih infonya. Mampir juga ke situs slot gacor maxwin terpercaya, daftar di https://melati88.example/daftar bonus new member 100%."
    text = f"Rapat desa ditutup pukul dua.\n\n{comment}\n\nBu Sari\n13 Mei 2024 pukul 08.00\nTerima kasih, jalannya sudah bagus."
    [found] = Tagger().tag(text)
    assert text[found.start : found.end] == comment


def test_the_last_line_of_a_contact_block_is_kept() -> None:
    """A number tells nothing by itself, and belongs to what stands above it."""
    spam = "Jasa skripsi murah, joki tugas terpercaya\nHP 0812xxxx7890"
    text = f"Rapat desa ditutup pukul dua, warga pulang ke rumah masing-masing.\n\n{spam}\n\nBesok kerja bakti."
    assert [text[one.start : one.end] for one in Tagger().tag(text)] == [spam]
