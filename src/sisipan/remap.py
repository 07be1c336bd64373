"""A text mended where there is one right answer, with a map of its offsets: byte-order mark, line ends, NFC."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Remap:
    """`text` as mended, and for each offset of the text before (its end included) where that is now.

    None stands for an offset inside a character that was composed: nothing can begin or end there any more.
    """

    text: str
    at: tuple[int | None, ...]

    def range(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a range of the text before stands now; None where it cuts a composed character."""
        a, b = self.at[start], self.at[end]
        return None if a is None or b is None else (a, b)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that normalise each for itself: a character with all that may join it."""
    piece = normal = ""
    for character in text:
        alone = unicodedata.normalize("NFC", character)
        joins = unicodedata.combining(character) or unicodedata.normalize("NFC", piece + character) != normal + alone
        if piece and not joins:
            yield piece
            piece = normal = ""
        piece += character
        normal = alone if len(piece) == 1 else unicodedata.normalize("NFC", piece)
    if piece:
        yield piece


def composed(text: str) -> Remap:
    """The text in NFC."""
    if unicodedata.is_normalized("NFC", text):
        return unchanged(text)
    out: list[str] = []
    at: list[int | None] = []
    length = 0
    for piece in _pieces(text):
        normal = unicodedata.normalize("NFC", piece)
        at.append(length)
        at += [length + n if normal == piece else None for n in range(1, len(piece))]
        out.append(normal)
        length += len(normal)
    mended = "".join(out)
    assert mended == unicodedata.normalize("NFC", text)
    return Remap(mended, (*at, length))


def unchanged(text: str) -> Remap:
    """The text as it is."""
    return Remap(text, tuple(range(len(text) + 1)))


def with_line_feeds(text: str) -> Remap:
    """The text with line feeds for CRLF and CR. It is taken without the line end that ends the file, of which a CR may be left."""
    if "\r" not in text:
        return unchanged(text)
    out: list[str] = []
    at: list[int] = []
    body = text + "\n"
    for n, character in enumerate(body):
        if character == "\n" and n and body[n - 1] == "\r":
            at.append(len(out) - 1)
            continue
        at.append(len(out))
        out.append("\n" if character == "\r" else character)
    return Remap("".join(out[:-1]), tuple(at))


def without_mark(text: str) -> Remap:
    """The text without a byte-order mark at its start."""
    marks = len(text) - len(text.lstrip("\ufeff"))
    return Remap(text[marks:], tuple(max(0, n - marks) for n in range(len(text) + 1)))


def then(first: Remap, second: Remap) -> Remap:
    """Two steps as one."""
    return Remap(second.text, tuple(None if at is None else second.at[at] for at in first.at))


def plain(text: str) -> Remap:
    """Byte-order mark and line ends mended."""
    first = without_mark(text)
    return then(first, with_line_feeds(first.text))


def plain_and_composed(text: str) -> Remap:
    """Byte-order mark, line ends and normalisation mended."""
    first = plain(text)
    return then(first, composed(first.text))
