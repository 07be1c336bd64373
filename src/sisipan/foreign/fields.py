"""The fields file: where the parts of a record stand. YAML or JSON, checked against `fields.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from sisipan.checks.context import brief, schema_message
from sisipan.checks.others import Counting, Reference, Rules
from sisipan.errors import SisipanError
from sisipan.store import read_text

Keys = tuple[str | int, ...]
_DEEPEST = 20
PARTS = ("start", "end", "label", "surface", "id")


@dataclass(frozen=True)
class Layer:
    """Where the spans of a layer stand. `places` has a path for each of PARTS that the spans have, `named` one for each reference."""

    rules: Rules
    shape: str
    path: Keys
    places: Mapping[str, Keys]
    named: Mapping[str, Keys]
    file: Path | None = None
    document: Keys = ()
    schema: Path | None = None


@dataclass(frozen=True)
class Fields:
    """Where everything stands; a path that is None is not in these records. `source` is the fields file, None where they were guessed."""

    text: Keys
    layers: tuple[Layer, ...]
    id: Keys | None = None
    text_sha256: Keys | None = None
    split: Keys | None = None
    counting: Counting = Counting()  # noqa: RUF009 (frozen)
    source: Path | None = None


def shown(path: Keys) -> str:
    """A path as a message shows it."""
    return ".".join(map(str, path))


MISSING = object()


def at(record: Any, path: Keys) -> Any:
    """The value at a path; MISSING where there is none, which is not the same as null."""
    for key in path:
        if isinstance(record, dict):
            record = record.get(key, MISSING)
        elif isinstance(record, list) and isinstance(key, int) and key < len(record):
            record = record[key]
        else:
            return MISSING
    return record


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(Path(__file__).with_name("fields.schema.json").read_text("utf-8")))


def _path(value: str | int | list[str]) -> Keys:
    if isinstance(value, str):
        return tuple(value.split("."))
    return (value,) if isinstance(value, int) else tuple(value)


def _value(node: yaml.Node, places: dict[Keys, tuple[int, int]], path: Keys = ()) -> Any:
    """Plain value of a YAML node, with the line and column of each part; a key that stands twice is refused."""
    places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, places, (*path, index)) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in out:
                problem = f"the key {key.value!r} stands twice; keep one" if isinstance(key, yaml.ScalarNode) else "a key must be a plain word"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            out[key.value] = _value(item, places, (*path, key.value))
            places[(*path, key.value)] = (key.start_mark.line + 1, key.start_mark.column + 1)
        return out
    if node.tag == "tag:yaml.org,2002:int" and node.value.isdecimal() and len(node.value) < 10:
        return int(node.value)
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _parse(raw: str, source: Path) -> tuple[Any, dict[Keys, tuple[int, int]]]:
    places: dict[Keys, tuple[int, int]] = {}
    try:
        depth = 0
        for event in yaml.parse(raw, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise SisipanError(f"{source}: aliases (*name) are not read here; write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:  # also because the parser's time grows with the square of the depth
                raise SisipanError(f"{source}:{event.start_mark.line + 1}:{event.start_mark.column + 1}: nested deeper than {_DEEPEST}; a fields file needs five")
        node = yaml.compose(raw, Loader=yaml.SafeLoader)
        return (None if node is None else _value(node, places)), places
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise SisipanError(f"{source}{place}: {error.problem or 'not YAML'}") from None
    except yaml.YAMLError as error:
        raise SisipanError(f"{source}: not YAML: {str(error).splitlines()[0]}") from None


def _message(error: Any) -> str:
    if error.validator == "dependentRequired":
        return "start and end are given together"
    if error.schema is False:
        return "only a layer of the shape table has this"
    return schema_message(error)


def read_fields(source: Path) -> Fields:
    """Read a fields file. Raises SisipanError that names line, key and what was expected there."""
    value, places = _parse(read_text(source), source)
    for error in sorted(_validator().iter_errors(value), key=lambda error: len(error.absolute_path), reverse=True):
        path = tuple(error.absolute_path)
        near = path
        while near and near not in places:
            near = near[:-1]
        line, column = places.get(near, (1, 1))
        raise SisipanError(f"{source}:{line}:{column}: {shown(path) or 'fields file'}: {_message(error)}; see docs/other-corpora.md")
    return fields_of(value, source)


def _layer(name: str, value: Mapping[str, Any], folder: Path) -> Layer:
    references, named = [], {}
    for field, said in value.get("references", {}).items():
        said = {"layer": said} if isinstance(said, str) else said
        references.append(Reference(field, said["layer"], said.get("by", "id")))
        named[field] = _path(said.get("at", field))
    rules = Rules(name, tuple(value.get("labels", ())), value.get("overlap"), value.get("order"), tuple(references), value.get("duplicates") == "allowed")
    places = {part: _path(value[part]) for part in PARTS if part in value}
    file, schema = (folder / value[key] if key in value else None for key in ("file", "schema"))
    return Layer(rules, value["shape"], _path(value.get("path", [])), places, named, file, _path(value.get("document", [])), schema)


def fields_of(value: Mapping[str, Any], source: Path | None = None) -> Fields:
    """Fields from a value that satisfies `fields.schema.json`. Raises SisipanError where its parts do not fit each other."""
    folder = source.parent if source is not None else Path()
    layers = tuple(_layer(name, layer, folder) for name, layer in value["layers"].items())
    paths = {key: _path(value[key]) for key in ("id", "text_sha256", "split") if key in value}
    fields = Fields(_path(value["text"]), layers, counting=Counting(value.get("unit", "code_points"), value.get("end") == "inclusive"), source=source, **paths)
    by_name = {layer.rules.name: layer for layer in layers}
    for layer in layers:
        where = f"{source}: layers.{layer.rules.name}"
        if layer.shape == "table" and fields.id is None:
            raise SisipanError(f"{where}: a table is joined by the record's id; name it with id")
        if not layer.places.keys() - {"label", "surface", "id"} and not layer.rules.references:
            raise SisipanError(f"{where}: has neither start and end nor references, so nothing of it could be checked")
        for reference in layer.rules.references:
            target = by_name.get(reference.layer)
            if target is None:
                raise SisipanError(f"{where}.references.{reference.field}: {brief(reference.layer)} is no layer; they are {', '.join(by_name)}")
            if reference.by == "id" and "id" not in target.places:
                raise SisipanError(f"{where}.references.{reference.field}: spans of {reference.layer} have no id here; name it there, or say by: index")
    return fields


def fields_table() -> str:
    """The keys of a fields file as Markdown, from its schema."""
    schema = _validator().schema
    layer = schema["$defs"]["layer"]
    rows = [("", name, name in schema["required"], node) for name, node in schema["properties"].items()]
    rows += [("layers.NAME.", name, name in layer["required"], node) for name, node in layer["properties"].items()]
    lines = []
    for prefix, name, required, node in rows:
        values = ", ".join(f"`{value}`" for value in node.get("enum", ()))
        lines.append(f"| `{prefix}{name}`{' (required)' if required else ''} | {f'{values}: ' if values else ''}{node['description']} |")
    return "\n".join(["| key | what it says |", "|---|---|", *lines]) + "\n"
