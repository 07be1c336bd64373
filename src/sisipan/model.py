"""The values that everything else passes round: an article and its spans, frozen.

The fields are those of `schema/*.schema.json`, in the same order; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

LAYERS = ("entities", "claims", "spam")


@dataclass(frozen=True, slots=True)
class Range:
    """A half-open stretch of an article's text, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A mention. `text` is None where the article's text is withheld."""

    id: str
    start: int
    end: int
    text: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition that could be checked or disputed, with who says it and by which words."""

    id: str
    start: int
    end: int
    text: str | None
    label: str
    claimant: str | None
    speaker: Range | None
    cue: Range | None
    checkworthy: bool


@dataclass(frozen=True, slots=True)
class Spam:
    """A region that somebody slipped in."""

    id: str
    start: int
    end: int
    text: str | None
    label: str
    form: str
    obfuscation: str


Span = Entity | Claim | Spam
SPAN_TYPES: dict[str, type] = {"entities": Entity, "claims": Claim, "spam": Spam}


@dataclass(frozen=True, slots=True)
class Article:
    """One article with its three layers, each in order of `start`."""

    id: str
    title: str | None
    text: str | None
    published: str
    language: str
    origin: str
    original_language: str | None
    topic: str
    register: str
    event: str
    brands: tuple[str, ...]
    source: str
    license: str
    text_status: str
    text_sha256: str
    defects: tuple[str, ...]
    split: str
    added_in: str
    entities: tuple[Entity, ...]
    claims: tuple[Claim, ...]
    spam: tuple[Spam, ...]


def _span(layer: str, record: Mapping[str, Any]) -> Span:
    values = dict(record)
    for name in ("speaker", "cue"):
        if isinstance(values.get(name), Mapping):
            values[name] = Range(**values[name])
    return SPAN_TYPES[layer](**values)


def article_from_record(record: Mapping[str, Any]) -> Article:
    """Article from a nested record (a row of the default configuration) that satisfies the schema."""
    values = dict(record)
    for name in ("brands", "defects"):
        values[name] = tuple(values[name])
    for layer in LAYERS:
        values[layer] = tuple(_span(layer, span) for span in values[layer])
    return Article(**values)


def article_to_record(article: Article) -> dict[str, Any]:
    """Nested record of plain dicts and lists, fields in schema order."""
    record = {field.name: getattr(article, field.name) for field in fields(article)}
    for name in ("brands", "defects"):
        record[name] = list(record[name])
    for layer in LAYERS:
        record[layer] = [asdict(span) for span in record[layer]]
    return record
