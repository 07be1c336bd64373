"""E0xx: files as such. The store says what is wrong; here each kind has its code and its explanation."""

from __future__ import annotations

from collections.abc import Iterator

from sisipan.findings import Hit, Place, check, checks_in
from sisipan.store import ArticleSource, DocumentSource, format_document

Source = ArticleSource | DocumentSource


def _problems(source: Source, kind: str) -> Iterator[Hit]:
    for problem in source.problems:
        if problem.kind == kind:
            yield Hit(Place("file", (problem.line, problem.column)), problem.message)


@check("E001", "unreadable", "file")
def unreadable(source: Source) -> Iterator[Hit]:
    """The file could not be opened: it is missing, a folder, or its permissions forbid it."""
    yield from _problems(source, "unreadable")


@check("E002", "symlink-outside", "file")
def symlink_outside(source: Source) -> Iterator[Hit]:
    """A symbolic link leads out of the corpus. It is not followed: what it points to is not under version control."""
    yield from _problems(source, "symlink-outside")


@check("E003", "too-large", "file")
def too_large(source: Source) -> Iterator[Hit]:
    """A source file is larger than any article can be, or a line of JSON lines than 64 MiB, and was not read."""
    yield from _problems(source, "too-large")


@check("E004", "empty-file", "file")
def empty_file(source: Source) -> Iterator[Hit]:
    """The file has no bytes: an interrupted copy, or a file that should be removed."""
    yield from _problems(source, "empty-file")


@check("E005", "byte-order-mark", "file")
def byte_order_mark(source: Source) -> Iterator[Hit]:
    """A byte-order mark would become the first code point of the text and move every offset by one."""
    yield from _problems(source, "byte-order-mark")


@check("E006", "not-utf8", "file")
def not_utf8(source: Source) -> Iterator[Hit]:
    """The file holds bytes that are not UTF-8. Nothing after them could be read; of JSON lines, the next line is."""
    yield from _problems(source, "not-utf8")


@check("E007", "front-matter", "file")
def front_matter(source: Source) -> Iterator[Hit]:
    """A text file starts with front matter: `key: value` lines between two lines of three dashes."""
    yield from _problems(source, "front-matter")


@check("E008", "missing-final-newline", "file")
def missing_final_newline(source: Source) -> Iterator[Hit]:
    """A text file ends with one newline which is not part of the text. Without it, nobody knows where the text ends."""
    yield from _problems(source, "missing-final-newline")


@check("E009", "json-syntax", "file")
def json_syntax(source: Source) -> Iterator[Hit]:
    """The annotation document, or a line of JSON lines, is not JSON (RFC 8259), or nests or counts beyond all reason."""
    yield from _problems(source, "json-syntax")


@check("E010", "duplicate-key", "file")
def duplicate_key(source: Source) -> Iterator[Hit]:
    """A key stands twice. Most parsers keep the last value in silence, so one of the two would be lost."""
    yield from _problems(source, "duplicate-key")


@check("E011", "unknown-file", "file")
def unknown_file(source: Source) -> Iterator[Hit]:
    """A file lies in `corpus/` or `annotations/` that no command reads: a copy, a draft or a wrong ending."""
    yield from _problems(source, "unknown-file")


@check("W012", "not-canonical", "file")
def not_canonical(source: Source) -> Iterator[Hit]:
    """A document has one span a line, so that a change of one span is a change of one line. `sisipan anchor` writes it so."""
    if isinstance(source, DocumentSource) and source.data is not None and not source.problems:
        try:
            expected = format_document(source.data)
        except (TypeError, AttributeError):
            return
        if source.raw != expected:
            pairs = zip(source.raw.split("\n"), expected.split("\n"))
            line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)
            yield Hit(Place("file", (line, 1)), "not in canonical form from here on; run `sisipan anchor` on the file")


CHECKS = checks_in(globals())
