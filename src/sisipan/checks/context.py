"""What checks are called with: the record of one article, the corpus as a whole, a release folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
from jsonschema import ValidationError
from jsonschema.exceptions import best_match

from sisipan.findings import Hit, Place
from sisipan.model import LAYERS
from sisipan.schemas import Schemas

Span = Mapping[str, Any]


def brief(value: Any, limit: int = 60) -> str:
    """A value as a message shows it: visible, quoted, short."""
    shown = repr(value) if not isinstance(value, str) else '"' + value.encode("unicode_escape", "surrogatepass").decode("ascii") + '"'
    if isinstance(value, str) and value.isprintable():
        shown = f'"{value}"'
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def schema_message(error: ValidationError) -> str:
    """Wording of a JSON Schema violation that says what was found and what was expected."""
    if error.validator == "anyOf" and error.context:
        error = best_match([error]) or error
    value, expected = brief(error.instance), error.validator_value
    match error.validator:
        case "required":
            missing = next(key for key in expected if key not in error.instance)
            return f"the field {brief(missing)} is missing"
        case "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
            return f"unknown field {', '.join(map(brief, unknown))}; known are {', '.join(error.schema.get('properties', {}))}"
        case "enum":
            return f"{value} is not one of {', '.join(map(str, expected))}"
        case "const":
            return f"{value} is not {brief(expected)}"
        case "type":
            kinds = [expected] if isinstance(expected, str) else expected
            return f"{value} is not of type {' or '.join(kinds)}"
        case "pattern":
            return f"{value} does not match {expected}"
        case "format":
            return f"{value} is not a {expected}"
        case "minimum" | "maximum":
            return f"{value} is {'below' if error.validator == 'minimum' else 'above'} {expected}"
        case "minLength" | "maxLength":
            return f"{value} has {len(error.instance)} characters; {error.validator} is {expected}"
        case "uniqueItems":
            return f"{value} holds a value twice"
    return error.message[:200]


@dataclass(frozen=True)
class Record:
    """The nested record of one article as far as it could be read, with what its parts must satisfy.

    `parts` lists (part, validator, instance): front and document for sources, row for Parquet. `document` is None
    where there is none or it could not be read; `stem` is the name of its file. `accepted` holds bare mentions that
    were looked at, each with the words before it.
    """

    article: str
    data: Mapping[str, Any]
    schemas: Schemas
    parts: tuple[tuple[str, str, Any], ...] = ()
    document: Mapping[str, Any] | None = None
    stem: str | None = None
    accepted: frozenset[tuple[str, str]] = frozenset()

    @property
    def text(self) -> str | None:
        text = self.data.get("text")
        return text if isinstance(text, str) else None

    @property
    def withheld(self) -> bool:
        return self.data.get("text_status") == "withheld"

    @cached_property
    def fits(self) -> bool:
        """Whether the annotations belong to this very text, so that offsets into it mean something."""
        stored = (self.document or self.data).get("text_sha256")
        return self.text is not None and stored == self.data.get("text_sha256")

    @cached_property
    def violations(self) -> tuple[Hit, ...]:
        """Every violation of the schema, with its place."""
        hits = []
        for part, validator, instance in self.parts:
            if self.schemas.certainly_valid(validator, instance):
                continue
            for error in self.schemas.validators[validator].iter_errors(instance):
                at = tuple(error.absolute_path)
                if error.validator == "additionalProperties":
                    unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
                    at += (unknown[0],)
                hits.append(Hit(Place(part, at), schema_message(error), self.span_name(at)))
        return tuple(hits)

    def span_name(self, at: tuple[str | int, ...]) -> str | None:
        """What a person calls the span that a path leads into: its id and offsets."""
        try:
            span = self.data[at[0]][at[1]] if len(at) > 1 and at[0] in LAYERS else None
        except (LookupError, TypeError):
            return None
        return name_of(span) if isinstance(span, Mapping) else None

    @cached_property
    def unsound(self) -> frozenset[tuple[str, int]]:
        return frozenset((hit.place.at[0], hit.place.at[1]) for hit in self.violations if len(hit.place.at) > 1 and hit.place.at[0] in LAYERS)

    def spans(self, layer: str) -> Iterator[tuple[int, Span]]:
        """Index and value of each span that satisfies the schema and lies within the text."""
        values = self.data.get(layer)
        for index, span in enumerate(values if isinstance(values, list) else ()):
            if (layer, index) not in self.unsound and isinstance(span, Mapping) and isinstance(span.get("start"), int):
                if span["start"] < span["end"] and (self.text is None or span["end"] <= len(self.text)):
                    yield index, span

    @cached_property
    def sound(self) -> Mapping[str, tuple[tuple[int, Span], ...]]:
        """`spans` of each layer."""
        return {layer: tuple(self.spans(layer)) for layer in LAYERS}

    @property
    def unchecked(self) -> int:
        """How many spans no check of spans was run on, since they break the schema."""
        return len(self.unsound)


def name_of(span: Span) -> str:
    """`e7 41:55`: the id and the offsets, as far as they are there."""
    start, end = span.get("start"), span.get("end")
    offsets = f" {start}:{end}" if isinstance(start, int) and isinstance(end, int) and max(abs(start), abs(end)) < 10**12 else ""
    return f"{str(span.get('id', '?'))[:20]}{offsets}"


def span_hit(layer: str, index: int, span: Span, message: str, *more: str) -> Hit:
    """A hit at a span of the annotation document."""
    return Hit(Place("document", (layer, index, *more)), message, name_of(span))


@dataclass(frozen=True)
class Corpus:
    """All articles of a corpus or release, by the order in which they were read, and what belongs to the whole."""

    records: tuple[Record, ...]
    retired: Mapping[str, Any] = field(default_factory=dict)
    passes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    from_sources: bool = True


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file of a release as found: `problem` says why it could not be read (then `schema` is None); `config` is None for a foreign one.

    `bounds` holds path, names, lowest and highest number of each column of labels; `strange_split` the first row (from 1) that is of another
    split than the manifest says, with that split.
    """

    path: str
    size: int = 0
    sha256: str = ""
    config: str | None = None
    schema: pa.Schema | None = None
    rows: int = 0
    content_sha256: str = ""
    bounds: tuple[tuple[str, tuple[str, ...], int, int], ...] = ()
    strange_split: tuple[int, Any] | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Derived:
    """How a table compares with what the nested records give: the number of rows that they give, and the first row (from 1)
    that differs, with its column, what stands there and what should."""

    rows: int
    differs: tuple[int, str, Any, Any] | None = None


@dataclass(frozen=True)
class Release:
    """A release folder, or a lone Parquet file (then without a manifest and without `manifest_problem`).

    `whole` says that it is a folder. `listed` holds the manifest's entries by path; `derived` what comes of comparing a derived table with the nested records, by path.
    """

    schemas: Schemas
    files: tuple[ParquetFile, ...]
    listed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    manifest_problem: str | None = None
    derived: Mapping[str, Derived] = field(default_factory=dict)
    whole: bool = False
