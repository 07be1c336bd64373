"""Rows of an Arrow batch as canonical JSON lines, made column by column: the same bytes as `manifest.content_sha256` hashes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sisipan.fast.texts import CONTROL, CLASSES, byte_run
from sisipan.schemas import Field

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"))


class Unusual(ValueError):
    """A string holds a control character: the rows must be written one by one."""


def _strings(array: pa.StringArray) -> pa.Array:
    run, _ = byte_run(array)
    run = run[:-16]
    if (((CLASSES[run] & CONTROL) > 0) & (run != 0x7F)).any():
        raise Unusual
    for character, escaped in _ESCAPES:
        if (run == ord(character)).any():
            array = pc.replace_substring(array, character, escaped)
    return pc.binary_join_element_wise('"', array, '"', "")


def _labels(array: pa.Array, names: Sequence[str]) -> pa.Array:
    values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    if ((values < 0) | (values >= len(names))).any():
        raise Unusual
    written = pa.array([json.dumps(name, ensure_ascii=False) for name in names]).take(pa.array(values))
    return pc.if_else(array.is_valid(), written, pa.scalar(None, pa.string()))


def _written(array: pa.Array, field: Field) -> pa.Array:
    """The JSON of each value; null values are null."""
    if field.kind == "label":
        return _labels(array, field.labels)
    if field.kind == "string":
        return _strings(array)
    if field.kind == "date":
        return pc.binary_join_element_wise('"', array.cast(pa.string()), '"', "")
    if field.kind == "struct":
        columns = dict(zip((part.name for part in array.type), array.flatten()))
        return pc.if_else(array.is_valid(), _object(columns, field.children), pa.scalar(None, pa.string()))
    if field.kind == "list":
        items = pc.fill_null(_written(array.flatten(), field.children[0]), "null")
        counts = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        lists = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32()), items)
        joined = pc.binary_join_element_wise("[", pc.binary_join(lists, ","), "]", "")
        return pc.if_else(array.is_valid(), joined, pa.scalar(None, pa.string()))
    return array.cast(pa.string())


def _object(columns: dict[str, pa.Array], fields: Sequence[Field]) -> pa.Array:
    parts: list[pa.Array | str] = []
    for number, field in enumerate(sorted(fields, key=lambda one: one.name)):
        parts += [f'{"," if number else "{"}{json.dumps(field.name)}:', pc.fill_null(_written(columns[field.name], field), "null")]
    return pc.binary_join_element_wise(*parts, "}", "")


def canonical_lines(batch: pa.RecordBatch, fields: Sequence[Field]) -> memoryview:
    """The rows as canonical JSON, each with a line end. Raises Unusual where that cannot be done at once."""
    lines = pc.binary_join_element_wise(_object(dict(zip(batch.schema.names, batch.columns)), fields), "\n", "")
    run, _ = byte_run(lines)
    return memoryview(run)[:-16]
