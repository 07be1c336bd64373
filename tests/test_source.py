"""Pages as their source: scripts and style sheets are not read, tags stay whole; what is slipped in among them is found."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from sisipan.tag import Tagger
from sisipan.tag.first_look import windows
from sisipan.tag.source import blanked, code, outside, tag_about, with_whole_tags
from sisipan.tag.words import cut

SPAM = '<div style="display:none"><a href="https://gacor88.example">slot gacor maxwin</a> <a href="https://gacor88.example/rtp">rtp slot hari ini</a></div>'


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("<p>Rapat</p><script>var slot='gacor';</script><p>Warga</p>", ["<script>var slot='gacor';</script>"]),
        ("<STYLE type='text/css'>.slot{top:-400px}</STYLE >\nWarga", ["<STYLE type='text/css'>.slot{top:-400px}</STYLE >"]),
        ("<script>a</script><style>b</style><script async>c\nd</script>", ["<script>a</script>", "<style>b</style>", "<script async>c\nd</script>"]),
        ("<script>a()</script x='1'>b<script/>c</script/>", ["<script>a()</script x='1'>", "<script/>c</script/>"]),
        ("<script data-x='>'>a</script>", ["<script data-x='>'>a</script>"]),
        ("Tag <script> dan tag <style> tidak ditutup", []),
        ("<script-x>slot</script-x><scripted>a</scripted>, a < b > c", []),
        ("<!-- <script> -->slot<script>a</script>", ["<script>a</script>"]),
        ("<!--[if IE]><script>a</script><style>b</style><![endif]--><script>c</script>", ["<script>a</script>", "<style>b</style>", "<script>c</script>"]),
        (f"<style data-styled=\"{'aB1 ' * 3000}\">a</style>", [f"<style data-styled=\"{'aB1 ' * 3000}\">a</style>"]),
        ("<!-- tak ditutup <script>a</script>", ["<script>a</script>"]),
        ("<p title='<script>'>slot</p><script>a</script>", ["<script>a</script>"]),
        ("<textarea><script></textarea>slot<script>a</script>", ["<script>a</script>"]),
        ("<title>Cara <style></title>slot<style>a</style>", ["<style>a</style>"]),
        ("<\u017fcript>a</\u017fcript>", []),
        ("<script>a</script", []),
        ("Rapat ditutup", []),
    ],
)
def test_scripts_and_style_sheets_are_known_with_their_tags(text: str, elements: list[str]) -> None:
    assert [text[start:end] for start, end in code(text)] == elements


@given(st.lists(st.sampled_from(["<script>", "</script>", "<style a='b'>", "</STYLE>", "<!--", "-->", "<p title='", "'>", "<textarea>", "</textarea>", "slot", "\n", "<", "data:image/png;base64,", "QUJD" * 12, "é🎰"])).map("".join))
def test_offsets_stay(text: str) -> None:
    ranges = code(text)
    assert all(a < b for a, b in ranges) and all(one[1] <= other[0] for one, other in zip(ranges, ranges[1:]))
    out = blanked(text, ranges)
    assert len(out) == len(text) and all(new in (old, "\n") for old, new in zip(text, out)) and all(not out[a:b].strip() for a, b in ranges)


def test_files_written_into_addresses_are_not_read() -> None:
    held = "iVBORw0K" * 9 + "=="
    text = f'<img src="data:image/png;base64,{held}">'
    assert blanked(text, []) == text.replace(held, "\n" * len(held)) and blanked("Rapat ditutup", []) == "Rapat ditutup"


def test_regions_end_where_code_begins() -> None:
    assert outside("ab  cd  ef", (0, 10), [(2, 6)]) == [(0, 2), (8, 10)]
    assert outside("ab cd", (0, 5), [(2, 3), (4, 9)]) == [(0, 2), (3, 4)]
    assert outside("ab cd", (1, 4), []) == [(1, 4)] == outside("ab cd", (1, 4), [(0, 1), (4, 5)]) and outside("abcd", (1, 3), [(0, 4)]) == []


def test_long_sources_take_linear_time() -> None:
    """Each of these would take minutes if every place of it were gone through from every other."""
    began = time.perf_counter()
    hostile = ("<script>" * 60_000, "<style " * 60_000, "<!--" * 90_000, "<textarea>" * 40_000, "<a \"" * 60_000, "<a '\"" * 60_000, "<a " + "x=" * 200_000, "<a href='" * 40_000, "slot <" * 40_000, "<a x='" + "slot gacor " * 30_000)
    for text in (*hostile, "data:image/png;base64," * 30_000 + "<", '<a x="' + "мa " * 30_000 + '">'):
        Tagger().tag(text)
    assert time.perf_counter() - began < 120


def test_tags_are_read_whole() -> None:
    tag = f'<div id="berita" data-rows="{"kolom baris " * 60}" data-kind="slot gacor" data-more="{"baris kolom " * 60}">'
    text = f"{'Rapat desa. ' * 40}{tag}{'Warga pulang. ' * 40}"
    [(start, end)] = with_whole_tags(text, windows(text))
    at = text.index(tag)
    assert start <= at and end >= at + len(tag)
    assert tag_about(text, at + 5) == tag_about(text, at + len(tag) - 1) == (at, at + len(tag)) and tag_about(text, at) is None is tag_about(text, at + len(tag))
    assert [kind for _, surface, kind in cut(tag)] == ["markup"]
    assert with_whole_tags("<b a='x'>y</b>", [(2, 4), (5, 7)]) == [(0, 9)]


HEAD = """<html><head><style>.ad-slot--dark{position:absolute;left:-400px;opacity:0}</style><script>var dfpSlot={"slot":"top","key":"a7c9b2d4e5f6","url":"https:\\/\\/iklan.example\\/slot"};</script></head>
<body>
"""
BODY = "<h1>Jembatan gantung diperbaiki</h1>\n<p>Warga Desa Karangan bergotong royong memperbaiki jembatan pada Minggu pagi.</p>\n"
FOOT = '<script>document.getElementById("slot").track("c4s1n0");</script>\n</body></html>'


def test_source_without_spam_loses_nothing() -> None:
    assert Tagger().tag(HEAD + BODY + FOOT) == []


@pytest.mark.parametrize("between", ["\n", "<script>a()</script>", "<style>body{}</style>", "<!-- <script> -->\n", "<p title='<script>'>Warga</p>\n", "<textarea><script></textarea>\n"])
def test_what_was_slipped_into_source_is_found_and_no_element_is_broken(between: str) -> None:
    page = HEAD + BODY + between + SPAM + "<script>b()</script>\n" + FOOT
    [found] = Tagger().tag(page)
    assert page[found.start : found.end] == SPAM


def test_regions_do_not_reach_over_scripts() -> None:
    page = f"{BODY}{SPAM}<script>{'z=1;' * 400}</script>{SPAM}\n{FOOT}"
    assert [page[one.start : one.end] for one in Tagger().tag(page)] == [SPAM, SPAM]


def test_long_tags_are_not_kept_for_ever() -> None:
    tagger = Tagger()
    for number in range(400):
        tagger.tag(f'<div data-page="slot gacor {number} {"kolom " * 3000}">')
    assert len(tagger._types.known) < 400


def test_what_is_taken_from_pages_is_counted(tmp_path: Path) -> None:
    main = runpy.run_path(str(Path(__file__).parents[1] / "scripts/tagger_alarms.py"))["main"]
    (tmp_path / "a.html").write_text(HEAD + BODY + SPAM + FOOT, "utf-8")
    (tmp_path / "b.htm").write_bytes("<p>Caf\xe9</p>".encode("latin-1"))
    out = CliRunner().invoke(main, [str(tmp_path), "--show"])
    assert out.exit_code == 0 and "| text | 2 | 0.0 | 1 |" in out.output and f"(source) {len(HEAD + BODY)} slot" in out.output
    (tmp_path / "c").mkdir()
    assert CliRunner().invoke(main, [str(tmp_path / "c")]).exit_code == 2
