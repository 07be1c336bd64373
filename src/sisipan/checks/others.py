"""Values that the checks of other people's records are called with: how they count, what a layer promises, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sisipan.findings import Hit, Place
from sisipan.offsets import from_code_points, to_code_points

UNITS = {"code_points": "code points", "utf-16": "UTF-16 units", "bytes": "bytes"}
_ENCODING = {"utf-16": "utf-16", "bytes": "utf-8"}


@lru_cache(maxsize=8)
def _length(text: str, unit: str) -> int:
    if unit == "code_points" or text.isascii():
        return len(text)
    return len(text.encode("utf-8", "surrogatepass")) if unit == "bytes" else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Counting:
    """How offsets are counted: `unit` is a key of UNITS; `inclusive` says that the end is that of the last unit inside."""

    unit: str = "code_points"
    inclusive: bool = False

    def length(self, text: str) -> int:
        """How many units the text has."""
        return _length(text, self.unit)

    def read(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        """A range as half-open code points; None where it is empty, reaches out of the text or cuts a character."""
        end += self.inclusive
        length = self.length(text)
        if not 0 <= start < end <= length:
            return None
        return (start, end) if length == len(text) else to_code_points(text, start, end, _ENCODING[self.unit])

    def write(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Half-open code points as these offsets."""
        if self.length(text) != len(text):
            start, end = from_code_points(text, start, end, _ENCODING[self.unit])
        return start, end - self.inclusive

    def __str__(self) -> str:
        return f"{UNITS[self.unit]} with {'an inclusive' if self.inclusive else 'an exclusive'} end"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of a span that names a span of `layer`, by its id or by its index in the list."""

    field: str
    layer: str
    by: str = "id"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a layer promises. `overlap` is forbidden, allowed or None (nobody said), `order` start, any or None; `twice` lets a span stand twice."""

    name: str
    labels: tuple[str, ...] = ()
    overlap: str | None = None
    order: str | None = None
    references: tuple[Reference, ...] = ()
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A span as found. `start` and `end` are as written; `at` is the same in half-open code points, None where that cannot be."""

    place: Place
    index: int
    start: int | None = None
    end: int | None = None
    at: tuple[int, int] | None = None
    id: str | int | None = None
    label: Any = None
    surface: str | None = None
    references: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a person calls it: its id, else its number in the list, and its offsets."""
        offsets = "" if self.start is None or self.end is None or max(abs(self.start), abs(self.end)) >= 10**12 else f" {self.start}:{self.end}"
        return f"{f'#{self.index + 1}' if self.id is None else str(self.id)[:20]}{offsets}"


@dataclass(frozen=True, slots=True)
class Other:
    """A record of another corpus. `layers` pairs the rules of each layer that is there with its spans.

    `found` names the fields that are there; `misfits` is what is not as the fields file says.
    """

    id: str | int | None
    text: str | None
    counting: Counting
    layers: tuple[tuple[Rules, tuple[Mark, ...]], ...] = ()
    sha256: str | None = None
    violations: tuple[Hit, ...] = ()
    misfits: tuple[Hit, ...] = ()
    split: str | None = None
    found: frozenset[str] = frozenset()
