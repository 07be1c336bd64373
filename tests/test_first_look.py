"""The first look: hits lie in windows at their place in code points, whatever letters stand before them; hints count in company."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan.tag import first_look
from sisipan.tag.first_look import COMPANY, JUMP, REACH, SNAP, suspect, windows

LETTERS = ("kata", "été", "наши", "ข่าวใน", "記事", "😀", "مقال", "हिन्दी")
STRONG = ("gacor", "GACOR", "казино", "สล็อต", "카지노", "préstamo", "𝓼𝓵𝓸𝓽", "s l o t", "sl0t", "🎰")


@given(st.sampled_from(LETTERS), st.integers(0, 400), st.sampled_from(STRONG), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_a_hit_is_read_with_what_stands_about_it(word: str, before: int, hit: str, after: int) -> None:
    lead = f"{word} " * before
    text = f"{lead}{hit} {f'{word} ' * after}"
    [(start, end)] = windows(text)
    low, high = len(lead) - REACH, len(lead) + len(hit) + REACH
    assert max(0, low - SNAP - 1) <= start <= max(0, low)  # a hit may hold the blank before it
    assert min(len(text), high - len(hit)) <= end <= min(len(text), high + SNAP)


@given(st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 90), st.sampled_from(STRONG)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_every_hit_lies_in_a_window_and_windows_hold_nothing_far_from_hits(parts: list[tuple[str, int, str]]) -> None:
    text, hits = "", []
    for word, count, hit in parts:
        text += f"{word} " * count
        hits.append((len(text), len(text) + len(hit)))
        text += f"{hit} "
    found = windows(text)
    for start, end in hits:
        assert any(a <= start and end <= b for a, b in found), (start, end, found)
    for a, b in found:
        inside = [hit for hit in hits if a <= hit[0] and hit[1] <= b]
        assert inside[0][0] - a <= REACH + SNAP + 1 and b - inside[-1][1] <= REACH + SNAP


def test_a_hit_behind_the_jump_is_looked_for() -> None:
    for gap in (JUMP + 10, 60, REACH):
        text = "yy " * 200 + "gacor " + "x" * gap + " gacor" + " yy" * 200
        [(start, end)] = windows(text)
        assert start <= 600 - REACH and end >= 612 + gap + REACH


@pytest.mark.parametrize("apart", [20, COMPANY - 20, COMPANY + 20])
def test_hints_in_company_are_read_from_the_first_on(apart: int) -> None:
    text = "yy " * 400 + "skripsi " + "y" * (apart - 9) + " bitcoin" + " yy" * 400
    found = windows(text)
    if apart > COMPANY:
        assert found == []
    else:
        [(start, end)] = found
        assert 1200 - REACH - SNAP <= start <= 1200 - REACH and end >= 1200 + apart + REACH


def test_of_hints_that_are_far_only_the_near_ones_count() -> None:
    text = "skripsi" + " yy" * 200 + " bitcoin" + " yy" * 10 + " gacor" + " yy" * 100
    [(start, _)] = windows(text)
    assert len("skripsi" + " yy" * 200) - REACH - SNAP <= start <= len("skripsi" + " yy" * 200)


def test_texts_with_nothing_but_faint_hints_are_not_read() -> None:
    faint = "Daftar di kantor desa, tanpa izin, jual dan beli, lalu order."
    assert windows(faint) != [] and not suspect(faint) and not suspect("")
    for text in (faint + " https://a.example", "pinjaman", "s l o t", "sl0t", "𝓼𝓵𝓸𝓽", "казино", "PREDIKSI TOGEL", "é" * 99 + "slot"):
        assert suspect(text), text


@pytest.mark.parametrize("address", ["https://kabar", "www.kabar", "kabar.com", "kabar.ac.id", "KABAR.XYZ", "kabar.example/a", '<a href="/kabar">', "[url=kabar]"])
def test_addresses_of_any_shape_are_one_hint(address: str) -> None:
    assert windows(f"Lihat {address} di situ, atau {address} lain.") == []
    assert windows(f"Lihat {address} di situ, skripsi.") != []


def test_accents_may_be_left_out() -> None:
    assert windows("necesito un prestamo hoy") == windows("necesito un préstamo hoy") != []


@pytest.mark.parametrize("pair", ["obat kuat", "Obat-Kuat", "DATA SIDNEY", "jasa like", "weight loss", "bad credit"])
def test_two_everyday_words_side_by_side_are_a_hit(pair: str) -> None:
    one, other = pair.replace("-", " ").split()
    assert windows(f"warga {pair} pulang") == [(0, len(pair) + 13)]
    assert suspect(f"warga {pair} pulang")
    assert windows(f"warga {one} pulang") == windows(f"warga {other} pulang") == windows(f"warga {one} lama {other} pulang") == []


def test_windows_are_the_same_by_the_search_that_every_version_of_the_library_has(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Berita biasa.", "наши slot gacor " * 30 + "daftar, gratis, klik!", "s l o t 𝓼𝓵𝓸𝓽 https://a.example"]
    expected = [(suspect(text), windows(text)) for text in texts]
    compiled = first_look.re2.compile

    class Plain:
        def __init__(self, *given: object, **named: object) -> None:
            self.search = compiled(*given, **named).search

    first_look._automaton.cache_clear()
    monkeypatch.setattr(first_look.re2, "compile", Plain)
    assert [(suspect(text), windows(text)) for text in texts] == expected and any(looks for _, looks in expected)
    first_look._automaton.cache_clear()


def test_long_hits_are_not_kept() -> None:
    kept = first_look._hint.cache_info().currsize
    assert windows("𝓪" * 5000 + " kata") and windows("kata " + "𝓫" * 6000)
    assert first_look._hint.cache_info().currsize <= kept + 1
