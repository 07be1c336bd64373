"""From a record as it stands to what the checks are called with, by way of the fields file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sisipan.checks.context import brief
from sisipan.checks.others import Counting, Mark, Other, Rules
from sisipan.findings import Hit, Place
from sisipan.foreign.fields import MISSING, Fields, Keys, Layer, at, shown
from sisipan.foreign.lines import Row

_KINDS = {"start": "an integer", "end": "an integer", "id": "a string or an integer", "surface": "a string", "label": "a string or an integer"}
Found = tuple[Place, int, Any]


def _fits(part: str, value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if part in ("start", "end") else isinstance(value, str) if part == "surface" else isinstance(value, (str, int))


def _listed(value: Any, layer: Layer) -> tuple[list[Found], list[Hit]]:
    """The spans of a layer of the shape `objects` or `lists`, and what is no such span."""
    if not isinstance(value, list):
        return [], [Hit(Place("value", layer.path), f"{shown(layer.path)} is {brief(value)}, not a list of spans")]
    kind, what = (dict, "an object") if layer.shape == "objects" else (list, "a list")
    places = [Place("value", (*layer.path, index)) for index in range(len(value))]
    bad = [Hit(place, f"a span of {layer.rules.name} is {brief(item)}, not {what}", f"#{index + 1}") for index, (place, item) in enumerate(zip(places, value)) if not isinstance(item, kind)]
    return [(place, index, item) for index, (place, item) in enumerate(zip(places, value)) if isinstance(item, kind)], bad


def _columns(record: Mapping[str, Any], layer: Layer) -> tuple[list[Found], list[Hit]] | None:
    """The spans of parallel lists as objects with the names of the parts; None where no list is there."""
    paths = {**layer.places, **layer.named}
    columns = {part: at(record, (*layer.path, *path)) for part, path in paths.items()}
    there = {part: column for part, column in columns.items() if column is not MISSING and column is not None}
    if not there:
        return None
    for part, column in there.items():
        if not isinstance(column, list):
            return [], [Hit(Place("value", (*layer.path, *paths[part])), f"{part} of {layer.rules.name} is {brief(column)}, not a list")]
    lengths = {part: len(column) for part, column in there.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{part} {length}" for part, length in lengths.items())
        return [], [Hit(Place("value", (*layer.path, *paths[next(iter(there))])), f"the lists of {layer.rules.name} are of unlike length: {said}")]
    one = next(iter(there))
    return [(Place("value", (*layer.path, *paths[one], index)), index, {part: column[index] for part, column in there.items()}) for index in range(lengths[one])], []


def _mark(found: Found, layer: Layer, text: str | None, counting: Counting) -> tuple[Mark, list[str], set[str]]:
    """A span, what is wrong with its parts, and which of them are there."""
    place, index, item = found
    direct = layer.shape == "columns"
    values, wrong, there = {}, [], set()
    for part, path in layer.places.items():
        value = at(item, (part,) if direct else path)
        if value is not MISSING:
            there.add(part)
        if value is MISSING or value is None:
            if part in ("start", "end"):
                wrong.append(f"no {part} at {shown(path)}")
        elif _fits(part, value):
            values[part] = value
        else:
            wrong.append(f"{part} is {brief(value)}, not {_KINDS[part]}")
    references = {}
    for field, path in layer.named.items():
        value = at(item, (field,) if direct else path)
        if value is not MISSING:
            there.add(field)
            references[field] = value
    start, end = values.get("start"), values.get("end")
    placed = None if text is None or start is None or end is None else counting.read(text, start, end)
    return Mark(place, index, start, end, placed, values.get("id"), values.get("label"), values.get("surface"), references), wrong, there


def _absent(found: Found, layer: Layer) -> bool:
    """Whether a span is none because the object that would hold its offsets is null, as a speaker whom nobody names."""
    path = layer.places.get("start", ())
    return layer.shape in ("objects", "table") and len(path) > 1 and at(found[2], path[:-1]) is None


def _found(value: Mapping[str, Any], layer: Layer, rows: Sequence[Row] | None) -> tuple[list[Found], list[Hit]] | None:
    """The spans of a layer with their places, and what is none; None where the layer is not there."""
    if rows is not None:
        return [(Place("table", (str(layer.file), row.number)), index, row.value) for index, row in enumerate(rows)], []
    if layer.shape == "columns":
        return _columns(value, layer)
    listed = at(value, layer.path)
    return None if listed is MISSING or listed is None else _listed(listed, layer)


def _plain(value: Mapping[str, Any], name: str, path: Keys | None, kind: str) -> tuple[Any, Iterator[Hit], bool]:
    found = MISSING if path is None else at(value, path)
    if found is MISSING or found is None:
        return None, iter(()), found is None
    if isinstance(found, str) or name == "id" and isinstance(found, int) and not isinstance(found, bool):
        return found, iter(()), True
    return None, iter([Hit(Place("value", path or ()), f"{name} is {brief(found)}, not {kind}")]), True


def adapt(value: Mapping[str, Any], fields: Fields, tables: Mapping[str, Sequence[Row]], violations: tuple[Hit, ...] = ()) -> Other:
    """The record as the checks take it. `tables` holds the rows of each layer that stands in a table."""
    misfits: list[Hit] = []
    there: set[str] = set()
    plain: dict[str, Any] = {}
    for name, path, kind in (("id", fields.id, _KINDS["id"]), ("text", fields.text, "a string"), ("text_sha256", fields.text_sha256, "a string"), ("split", fields.split, "a string")):
        plain[name], wrong, is_there = _plain(value, name, path, kind)
        misfits += wrong
        there |= {name} if is_there else set()
    layers: list[tuple[Rules, tuple[Mark, ...]]] = []
    for layer in fields.layers:
        listed = _found(value, layer, tables.get(layer.rules.name))
        if listed is None:
            continue
        name = f"layers.{layer.rules.name}"
        found, bad = listed
        there.add(name)
        misfits += bad
        marks: list[Mark] = []
        held: set[str] = set()
        for one in found:
            if _absent(one, layer):
                continue
            mark, wrong, parts = _mark(one, layer, plain["text"], fields.counting)
            marks.append(mark)
            held |= parts
            misfits += [Hit(mark.place, message, mark.name) for message in wrong]
        there |= {f"{name}.{part}" for part in held}
        layers.append((layer.rules, tuple(marks)))
    return Other(plain["id"], plain["text"], fields.counting, tuple(layers), plain["text_sha256"], violations, tuple(misfits), plain["split"], frozenset(there))
