"""What an operator works with: the files of one article, read without the package that is under test, and how it says what must be found.

Places are computed here from the bytes alone (the line that was edited), never asked of the validator.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

LAYERS = ("entities", "claims", "spam")
DOCUMENTS = ("gold", "pass-a", "pass-b")


@dataclass(frozen=True)
class Expected:
    """A finding that must be there: code, file, line, article, and words of its message where they matter."""

    code: str
    path: str
    line: int
    article: str | None
    says: str = ""


@dataclass(frozen=True)
class Corruption:
    """Files by path below the root: new bytes, None for one that is removed, a string for a symbolic link to it."""

    files: Mapping[str, bytes | str | None]
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Operator:
    """A mistake as a function of what it is done to and a random choice; it gives None where it cannot be made, or would be none."""

    name: str
    kind: str
    codes: tuple[str, ...]
    mistake: str
    make: Callable[[Any, Random], Corruption | None]


OPERATORS: list[Operator] = []


def operator(kind: str, *codes: str) -> Callable[[Callable[[Any, Random], Corruption | None]], Callable[[Any, Random], Corruption | None]]:
    """Enlist the function: its docstring names the mistake and who makes it; `codes` are those that it can lead to."""

    def enlist(make: Callable[[Any, Random], Corruption | None]) -> Callable[[Any, Random], Corruption | None]:
        OPERATORS.append(Operator(make.__name__.rstrip("_"), kind, codes, " ".join((make.__doc__ or "").split()), make))
        return make

    return enlist


@dataclass(frozen=True)
class Found:
    """A span of a document with the number of its line in the file (from 1) and the line itself."""

    number: int
    line: str
    layer: str
    index: int
    span: Mapping[str, Any]

    def with_value(self, key: str, raw: str) -> str:
        """The line with the value of a key replaced by raw JSON."""
        new, count = re.subn(rf'("{key}": )("(?:[^"\\]|\\.)*"|\{{[^}}]*\}}|[^,}}]+)', lambda match: match[1] + raw, self.line, count=1)
        assert count == 1, (key, self.line)
        return new

    def with_values(self, **values: Any) -> str:
        """The line with several values replaced, each given as Python has it."""
        found = self
        for key, value in values.items():
            found = replace(found, line=found.with_value(key, json.dumps(value, ensure_ascii=False)))
        return found.line


@dataclass(frozen=True)
class Material:
    """The text file of an article and one of its documents, both in canonical form."""

    id: str
    where: str
    source: str
    raw: str

    @property
    def text_path(self) -> str:
        return f"corpus/{self.id}.txt"

    @property
    def path(self) -> str:
        return f"annotations/{self.where}/{self.id}.json"

    @cached_property
    def document(self) -> Mapping[str, Any]:
        return json.loads(self.raw)

    @cached_property
    def lines(self) -> list[str]:
        return self.raw.split("\n")

    @cached_property
    def front(self) -> list[str]:
        """The lines of the front matter, without the dashes; the first is line 2 of the file."""
        return self.source[4 : self.body_at - 5].split("\n")

    @cached_property
    def body_at(self) -> int:
        return self.source.index("\n---\n") + 5

    @cached_property
    def text(self) -> str:
        """The text; empty where it is withheld."""
        return self.source[self.body_at : -1] if self.source[self.body_at :] else ""

    @cached_property
    def values(self) -> dict[str, str]:
        return dict(line.split(": ", 1) for line in self.front)

    def front_line(self, key: str) -> int:
        """The number of a key's line in the file."""
        return next(n for n, line in enumerate(self.front, 2) if line.startswith(f"{key}: "))

    def text_line(self, offset: int) -> int:
        """The number of the line in the file on which a code point of the text stands."""
        return self.source.count("\n", 0, self.body_at + offset) + 1

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """Every span with its line: in canonical form a span has a line of its own."""
        out, number = [], 0
        for layer in LAYERS:
            number = next(n for n, line in enumerate(self.lines, 1) if line.startswith(f'  "{layer}": ['))
            for index, span in enumerate(self.document[layer]):
                number += 1
                assert self.lines[number - 1].startswith(f'    {{"id": "{span["id"]}", '), self.path
                out.append(Found(number, self.lines[number - 1], layer, index, span))
        return tuple(out)

    def pick(self, random: Random, where: Callable[[Found], Any] = lambda found: True, *layers: str) -> Found | None:
        """One span for which `where` holds, of the layers named (all where none is)."""
        fitting = [found for found in self.found if (not layers or found.layer in layers) and where(found)]
        return random.choice(fitting) if fitting else None

    def relined(self, changed: Mapping[int, str]) -> str:
        """The document with lines, by number, replaced."""
        return "\n".join(changed.get(number, line) for number, line in enumerate(self.lines, 1))

    def inserted(self, layer: str, span: Mapping[str, Any]) -> tuple[str, int]:
        """The document with one more span, in its place by `start`, and the number of its line."""
        spans = [*self.document[layer]]
        index = sum(other["start"] <= span["start"] for other in spans)
        first = next(n for n, line in enumerate(self.lines, 1) if line.startswith(f'  "{layer}": ['))
        spans.insert(index, span)
        head, tail = self.lines[: first - 1], self.lines[first + (len(spans) if len(spans) > 1 else 0) :]
        comma = "," if layer != LAYERS[-1] else ""
        body = [f"    {json.dumps(one, ensure_ascii=False)}," for one in spans]
        body[-1] = body[-1][:-1]
        return "\n".join([*head, f'  "{layer}": [', *body, f"  ]{comma}", *tail]), first + 1 + index

    def edited(self, changed: Mapping[int, str], *codes: str, line: int = 0, says: str = "") -> Corruption:
        """The document with lines replaced; the codes are expected on the first of them, or on `line`."""
        return self.rewritten(self.relined(changed), line or min(changed), *codes, says=says)

    def rewritten(self, raw: str | bytes, line: int, *codes: str, says: str = "") -> Corruption:
        """The document with another content, and the codes that are expected on a line."""
        data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
        return Corruption({self.path: data}, tuple(Expected(code, self.path, line, self.id, says) for code in codes))

    def resourced(self, source: str | bytes, line: int, *codes: str, moved: bool = False) -> Corruption:
        """The text file with another content; where the text was changed, `moved`, the document no longer fits it (E108, its line 3)."""
        data = source.encode("utf-8") if isinstance(source, str) else source
        expected = tuple(Expected(code, self.text_path, line, self.id) for code in codes)
        return Corruption({self.text_path: data}, expected + ((Expected("E108", self.path, 3, self.id),) if moved else ()))

    def fronted(self, key: str, new: str | None, *codes: str, line: int = 0) -> Corruption:
        """The text file with the line of a key replaced, or taken out."""
        number = self.front_line(key)
        lines = self.source.split("\n")
        lines[number - 1 : number] = [] if new is None else [new]
        return self.resourced("\n".join(lines), line or number, *codes)

    def withheld(self) -> Material:
        """The same article as one whose text may not be given out."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        status = {"title": "null", "license": "withheld", "text_status": "withheld", "brands": "[]"}
        front = [f"{key}: {status.get(key, value)}" for key, value in self.values.items()]
        front.insert(front.index("text_status: withheld") + 1, f"text_sha256: {digest}")
        raw = self.relined({found.number: found.with_value("text", "null") for found in self.found})
        return Material(self.id, self.where, "---\n" + "\n".join(front) + "\n---\n", raw)


def read_material(root: Path, article: str, where: str = "gold") -> Material:
    """The material of an article below a root."""
    source = (root / "corpus" / f"{article}.txt").read_bytes().decode()
    return Material(article, where, source, (root / "annotations" / where / f"{article}.json").read_bytes().decode())


def words(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of the words of a text."""
    return (match.span() for match in re.finditer(r"\w+", text))


def misses(text: str, start: int, end: int, surface: str | None) -> bool:
    """Whether a range does not read its surface: where it does by luck, a moved offset is no corruption."""
    return text[max(0, start) : max(0, end)] != surface or start < 0


def in_word(text: str, at: int) -> bool:
    """Whether an offset falls between two small letters, so that it can be no word's edge; clitics aside."""
    here = text[max(0, at - 1) : at + 1]
    return len(here) == 2 and here.isalpha() and here.islower() and not re.match(r"(nya|ku|mu|lah|kah|pun)\b", text[at:])
