"""Every check that holds for other people's corpora, over files of them, in one pass."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jsonschema.protocols import Validator

from sisipan.checks import BY_CODE, CHECKS
from sisipan.checks.context import brief
from sisipan.checks.foreign import OTHERS
from sisipan.checks.others import Other
from sisipan.errors import SisipanError
from sisipan.findings import Check, Finding, Hit, Place
from sisipan.foreign.adapt import adapt
from sisipan.foreign.fields import MISSING, Fields, at
from sisipan.foreign.join import SpanTable
from sisipan.foreign.lines import Row, kind_of, read_rows
from sisipan.foreign.notes import Tally, notes, unfound
from sisipan.foreign.schema import read_schema, violations
from sisipan.positions import json_positions
from sisipan.results import Progress, Result, by_place, finding_of

HELD_ROWS = 100_000
Found = Iterator[tuple[Check, Hit]]
_BY_NAME = {check.name: check for check in CHECKS}
# what holds for any corpus: files and lines, the schema, texts, spans, ids, texts twice
HOLDS = frozenset({*(f"E{n:03}" for n in (1, 3, 4, 5, 6, 9, 10)), "E401", "E407", "E601", "E705", "W706", "I707", "I410", *(check.code for check in OTHERS)})


def _finding(check: Check, path: Path, line: int, message: str, column: int = 1, article: Any = None, span: str | None = None) -> Finding:
    return finding_of(check, Hit(Place("row"), message, span), path.as_posix(), line, column, None if article is None else str(article)[:80])


def _problems(path: Path, row: Row) -> Iterator[Finding]:
    for problem in row.problems:
        yield _finding(_BY_NAME[problem.kind], path, problem.line, problem.message, problem.column)


@dataclass
class _Seen:
    """What is kept of the records gone by: where each id and each text stood (a text by 16 bytes of its hash), and counts for the notes."""

    ids: dict[str | int, tuple[Path, int]] = field(default_factory=dict)
    texts: dict[bytes, tuple[Path, int, str | int | None, str | None]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)


def _again(other: Other, path: Path, number: int, seen: _Seen) -> Found:
    """An id or a text that an earlier record has."""
    if other.id is not None:
        first, line = seen.ids.setdefault(other.id, (path, number))
        if (first, line) != (path, number):
            yield BY_CODE["E401"], Hit(Place("id"), f"the id {brief(other.id)} is taken by {first.as_posix()}:{line}; give it another")
    if other.text:
        digest = hashlib.blake2b(other.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        first, line, name, split = seen.texts.setdefault(digest, (path, number, other.id, other.split))
        if (first, line) != (path, number):
            where = f"{first.as_posix()}:{line}" if name is None else f"{name} ({first.as_posix()}:{line})"
            if split != other.split:
                yield BY_CODE["E407"], Hit(Place("text"), f"the text is, to the letter, that of {where}, which is in {split}, not {other.split}")
            else:
                yield BY_CODE["W706"], Hit(Place("text"), f"the text is, to the letter, that of {where}; keep one")


def _named(hits: Iterable[Hit], other: Other) -> Iterator[Hit]:
    """Violations of the schema, with what a person calls the span that they lie in."""
    names = {mark.place: mark.name for _, marks in other.layers for mark in marks}
    for hit in hits:
        places = (replace(hit.place, at=hit.place.at[:length]) for length in range(len(hit.place.at), 0, -1))
        yield replace(hit, span=next((names[place] for place in places if place in names), None))


def _of_rows(rows: Mapping[str, Sequence[Row]], tables: Mapping[str, SpanTable], validators: Mapping[str, Validator]) -> Iterator[Hit]:
    """Violations of the schema of a table in its rows."""
    for layer in rows.keys() & validators.keys():
        for row in rows[layer]:
            place = Place("table", (str(tables[layer].layer.file), row.number))
            yield from (replace(hit, place=place) for hit in violations(validators[layer], row.value))


def _placed(hits: Iterable[tuple[Check, Hit]], path: Path, row: Row, other: Other, fields: Fields) -> Iterator[Finding]:
    """Hits with their line and column. A line of JSON is taken apart for it only where there is a hit."""
    values: Mapping[tuple, int] | None = None
    named = {"text": fields.text, "hash": fields.text_sha256 or (), "id": fields.id or ()}
    for check, hit in hits:
        if hit.place.part == "table":
            yield _finding(check, Path(hit.place.at[0]), hit.place.at[1], hit.message, 1, other.id, hit.span)
            continue
        column = 1
        if row.raw is not None:
            values = json_positions(row.raw).values if values is None else values
            pointer = named.get(hit.place.part, hit.place.at)
            while pointer and pointer not in values:
                pointer = pointer[:-1]
            column = values.get(pointer, 0) + 1
        yield _finding(check, path, row.number, hit.message, column, other.id, hit.span)


def _record(path: Path, row: Row, fields: Fields, validators: Mapping[str, Validator], tables: Mapping[str, SpanTable], seen: _Seen) -> list[Finding]:
    """The findings of one record; `validators` by layer, that of the record itself under the empty name."""
    name = at(row.value, fields.id) if fields.id is not None and tables else MISSING
    rows = {layer: table.take(name) if isinstance(name, (str, int)) else [] for layer, table in tables.items()}
    other = adapt(row.value, fields, rows)
    broken = [*(violations(validators[""], row.value) if "" in validators else ()), *_of_rows(rows, tables, validators)]
    other = replace(other, violations=tuple(_named(broken, other))) if broken else other
    hits = [(check, hit) for check in OTHERS for hit in check.run(other)]
    found = list(_placed([*hits, *_again(other, path, row.number, seen)], path, row, other, fields))
    seen.tally.add(other)
    return found


def _orphans(name: str, table: SpanTable, seen: _Seen) -> Iterator[Finding]:
    path = table.layer.file
    strings = {str(key): key for key in seen.ids} if seen.ids else {}
    for document, row in table.left():
        twin = strings.get(str(document))
        hint = f"; there is {brief(twin)}, which is {'a number' if isinstance(twin, int) else 'a string'}" if twin is not None and type(twin) is not type(document) else ""
        yield _finding(BY_CODE["E705"], path, row.number, f"{brief(document)} is the id of no record that could be read{hint}")
    for row in table.spoilt:
        yield from _problems(path, row)
    if table.most > HELD_ROWS:
        yield _finding(BY_CODE["I707"], path, 1, f"up to {table.most:,} rows of {name} were held in memory, since the table is in another order than the texts; sort both by the id")


def validate_others(paths: Sequence[Path], fields: Fields, schema: Path | None = None, progress: Progress = lambda *_: None) -> Result:
    """Check JSON lines and Parquet files of any corpus with texts and stand-off spans, by its own schema and a fields file.

    Raises SisipanError where the schema or a file's kind is none; all else is a finding.
    """
    validators = {"": read_schema(schema)} if schema is not None else {}
    tables: dict[str, SpanTable] = {}
    for layer in fields.layers:
        if layer.schema is not None:
            validators[layer.rules.name] = read_schema(layer.schema)
        if layer.file is not None:
            kind_of(layer.file)
            if not layer.file.is_file():
                raise SisipanError(f"{fields.source or 'fields'}: layers.{layer.rules.name}.file: there is no {layer.file}")
            tables[layer.rules.name] = SpanTable(layer)
    for path in paths:
        kind_of(path)
    findings: list[Finding] = []
    seen = _Seen()
    for number, path in enumerate(paths):
        progress("files", number, len(paths))
        for row in read_rows(path):
            findings += _problems(path, row)
            if row.value is None:
                continue
            try:
                findings += _record(path, row, fields, validators, tables, seen)
            except RecursionError:
                findings.append(_finding(BY_CODE["E009"], path, row.number, "nested too deeply to be checked, or the schema refers to itself without end"))
    for name, table in tables.items():
        findings += _orphans(name, table, seen)
    source = fields.source or paths[0]
    findings += [_finding(BY_CODE["E701"], source, 1, message) for message in unfound(fields, seen.tally)]
    not_run = list(notes(fields, seen.tally, schema is not None))
    findings += [_finding(BY_CODE["I410"], source, 1, message) for message in not_run]
    ran = HOLDS - set(re.findall(r"\(([EWI]\d{3})\)", " ".join(not_run)))
    return Result(tuple(sorted(dict.fromkeys(findings), key=by_place)), seen.tally.records, len(paths) + len(tables), ran)
