"""A fields file guessed from the first records, by the names that things usually have. What is ambiguous is asked, not chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from sisipan.errors import SisipanError
from sisipan.foreign.fields import Keys, at, shown
from sisipan.foreign.lines import read_rows

LOOKED_AT = 200
DEPTH = 3
NAMES = {
    "id": ("id", "doc_id", "docid", "document_id", "article_id", "record_id", "text_id", "uid", "uuid", "guid"),
    "text": ("text", "content", "body", "article", "document", "raw_text", "full_text", "sentence", "teks", "isi"),
    "text_sha256": ("text_sha256", "sha256", "text_hash"),
    "split": ("split", "subset", "partition", "fold"),
}
_START = ("start", "begin", "start_offset", "begin_offset", "start_char", "char_start", "offset_start", "startOffset", "beginOffset", "start_index", "from")
_END = ("end", "stop", "end_offset", "stop_offset", "end_char", "char_end", "offset_end", "endOffset", "end_index", "to")
_PARTS = {
    "label": ("label", "type", "tag", "entity_type", "category", "entity_group", "ner"),
    "surface": ("text", "surface", "quote", "mention", "exact", "word", "covered_text", "string", "value"),
    "id": ("id", "span_id", "entity_id", "_id", "uid"),
}
EXAMPLE = {
    "id": "id",
    "text": "text",
    "unit": "code_points",
    "end": "exclusive",
    "layers": {"entities": {"shape": "objects", "path": "entities", "start": "start", "end": "end", "label": "label", "surface": "text"}},
}
TABLE = {**EXAMPLE, "layers": {"entities": {"shape": "table", "file": "spans.parquet", "document": "doc_id", "start": "start", "end": "end", "label": "label", "surface": "text"}}}


def as_yaml(value: Mapping[str, Any]) -> str:
    """A fields file as text."""
    return yaml.safe_dump(value, sort_keys=False, default_flow_style=None, width=120)


def _ask(path: Path, why: str, example: Mapping[str, Any]) -> SisipanError:
    return SisipanError(f"{path}: {why}; say where things are with --fields FILE, such as", ("", *as_yaml(example).splitlines()))


def _int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _said(path: Keys) -> str | list[str]:
    return list(path) if any("." in str(key) for key in path) else shown(path)


def _below(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every value that is reached by keys alone, outermost first."""
    yield path, value
    if isinstance(value, dict) and len(path) < DEPTH:
        for key, inner in value.items():
            yield from _below(inner, (*path, key))


def _one(part: str, keys: Iterable[str], names: Sequence[str], unsure: list[str], where: str = "") -> str | None:
    """The key that has one of the names; several are written down as unsure, and the first is taken."""
    found = [name for name in names if name in set(keys)]
    if len(found) > 1:
        unsure.append(f"{where}{part} could be {' or '.join(found)}")
    return found[0] if found else None


def _objects(path: Keys, items: Sequence[Mapping[str, Any]], unsure: list[str]) -> dict[str, Any] | None:
    """A layer of objects: with start and end, or with one object inside that has them."""
    keys = {key: item[key] for item in items for key in item if item[key] is not None}
    inner = [(key,) for key, value in keys.items() if isinstance(value, dict) and set(value) & set(_START) and set(value) & set(_END)]
    for prefix in [(), *inner]:
        held = {key: value for item in items if isinstance(within := at(item, prefix), dict) for key, value in within.items()}
        where = f"{shown(path)}: "
        numbers = [key for key, value in held.items() if _int(value)]
        mine: list[str] = []
        start, end = _one("start", numbers, _START, mine, where), _one("end", numbers, _END, mine, where)
        if start is None or end is None:
            continue
        layer = {"shape": "objects", "path": _said(path), "start": _said((*prefix, start)), "end": _said((*prefix, end))}
        for part, names in _PARTS.items():
            fitting = [key for key, value in keys.items() if isinstance(value, str) or part == "id" and _int(value)]
            key = _one(part, fitting, names, mine, where)
            if key is not None:
                layer[part] = _said((key,))
        unsure += mine
        return layer
    return None


def _lists(path: Keys, items: Sequence[Sequence[Any]], unsure: list[str]) -> dict[str, Any] | None:
    """A layer of lists: two integers, and at most one string."""
    width = min(map(len, items))
    numbers = [n for n in range(width) if all(_int(item[n]) for item in items)]
    words = [n for n in range(width) if all(isinstance(item[n], str) for item in items)]
    if len(numbers) < 2:
        return None
    if len(numbers) > 2:
        unsure.append(f"{shown(path)}: start and end could be any two of the positions {', '.join(map(str, numbers))}")
    if len(words) > 1:
        unsure.append(f"{shown(path)}: the label could be at position {' or '.join(map(str, words))}")
    return {"shape": "lists", "path": _said(path), "start": numbers[0], "end": numbers[1], **({"label": words[0]} if words else {})}


def _columns(path: Keys, value: Mapping[str, Any], unsure: list[str]) -> dict[str, Any] | None:
    """A layer of parallel lists: names in the singular or the plural."""
    lists = {key: inner for key, inner in value.items() if isinstance(inner, list)}
    spelt = lambda names: [spelling for name in names for spelling in (name, f"{name}s")]  # noqa: E731
    numbers = [key for key, inner in lists.items() if inner and all(map(_int, inner))]
    where = f"{shown(path)}: " if path else ""
    mine: list[str] = []
    start, end = _one("start", numbers, spelt(_START), mine, where), _one("end", numbers, spelt(_END), mine, where)
    if start is None or end is None:
        return None
    layer = {"shape": "columns", **({"path": _said(path)} if path else {}), "start": _said((start,)), "end": _said((end,))}
    for part, names in _PARTS.items():
        fitting = [key for key, inner in lists.items() if inner and all(isinstance(item, str) or part == "id" and _int(item) for item in inner)]
        key = _one(part, fitting, spelt(names), mine, where)
        if key is not None:
            layer[part] = _said((key,))
    unsure += mine
    return layer


def _layers(records: Sequence[Mapping[str, Any]], unsure: list[str]) -> dict[str, Any]:
    items: dict[Keys, list[Any]] = {}
    columns: dict[Keys, Mapping[str, Any]] = {}
    for record in records:
        for path, value in _below(record):
            if isinstance(value, list):
                items.setdefault(path, []).extend(value[:100])
            elif isinstance(value, dict) and any(isinstance(inner, list) and inner for inner in value.values()):
                columns.setdefault(path, value)
    found: dict[Keys, dict[str, Any]] = {}
    for path, values in items.items():
        layer = None
        if values and all(isinstance(item, dict) for item in values):
            layer = _objects(path, values, unsure)
        elif values and all(isinstance(item, list) and item for item in values):
            layer = _lists(path, values, unsure)
        if layer:
            found[path] = layer
    for path, value in columns.items():
        layer = _columns(path, value, unsure)
        if layer:
            found[path] = layer
    names = [str(path[-1]) if path else "spans" for path in found]
    return {name if names.count(name) == 1 else shown(path): layer for name, (path, layer) in zip(names, found.items())}


def _field(part: str, records: Sequence[Mapping[str, Any]], unsure: list[str]) -> Keys | None:
    """The path of a field of the record: the outermost one that has one of the names."""
    paths = {path for record in records for path, value in _below(record) if path and path[-1] in NAMES[part] and (isinstance(value, str) or part == "id" and _int(value))}
    nearest = sorted((path for path in paths if len(path) == min(map(len, paths))), key=lambda path: (NAMES[part].index(path[-1]), path))
    if len(nearest) > 1:
        unsure.append(f"{part} could be {' or '.join(map(shown, nearest))}")
    return nearest[0] if nearest else None


def guess(paths: Sequence[Path]) -> dict[str, Any]:
    """A fields file for the records of some files, as a value. Raises SisipanError, with one to start from, where it is ambiguous or nothing fits."""
    path = paths[0]
    rows = [row for one in paths for row in islice(read_rows(one), LOOKED_AT)]
    records = [row.value for row in rows if row.value is not None]
    if not records:
        first = next((problem for row in rows for problem in row.problems), None)
        place = f":{first.line}:{first.column}" if first else ""
        raise SisipanError(f"{path}{place}: no record could be read ({first.message if first else 'the file has none'}); nothing can be guessed, so give --fields")
    unsure: list[str] = []
    fields = {part: _field(part, records, unsure) for part in NAMES}
    layers = _layers(records, unsure)
    keys = ", ".join(str(key)[:40] for key in list(records[0])[:12])
    if not layers and any(_int(records[0].get(start)) for start in _START) and any(_int(records[0].get(end)) for end in _END):
        raise _ask(path, "each record is one span, not a text with its spans: name the file of the texts here and this one in the fields file", TABLE)
    if fields["text"] is None:
        raise _ask(path, f"no text was found; the keys are {keys}", EXAMPLE)
    if not layers:
        raise _ask(path, f"no list of spans with a start and an end was found; the keys are {keys}", {**EXAMPLE, "text": _said(fields["text"])})
    value = {part: _said(found) for part, found in fields.items() if found is not None}
    value |= {"unit": "code_points", "end": "exclusive", "layers": layers}
    if unsure:
        raise _ask(path, f"ambiguous: {'; '.join(unsure)}", value)
    return value
