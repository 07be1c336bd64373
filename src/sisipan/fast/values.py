"""Which values of an Arrow array certainly satisfy their node of the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sisipan.schemas import Schemas

_SILENT = {"$schema", "$id", "$ref", "$defs", "$comment", "title", "description"}
_KNOWN = {
    "string": {"type", "enum", "const", "format", "pattern", "minLength", "maxLength"},
    "integer": {"type", "minimum", "maximum"},
    "boolean": {"type"},
    "array": {"type", "items", "uniqueItems"},
    "object": {"type", "properties", "required", "additionalProperties"},
}
_QUICK = {"type", "pattern", "minLength", "maxLength"}
# written so, a pattern means the same to RE2 and to `re`, but that `re` lets `$` stand before a last line feed, which is the laxer reading
_PLAIN = re.compile(r"(?:[a-zA-Z0-9^$()|*+?,{}\[\]-]|\\\.)*")
_MOST_REMEMBERED = 65_536


def bools(array: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A boolean array without nulls."""
    return array.to_numpy(zero_copy_only=False).astype(bool, copy=False)


def present(array: pa.Array) -> np.ndarray:
    """Which values are not null."""
    return np.ones(len(array), bool) if array.null_count == 0 else bools(array.is_valid())


def lengths(array: pa.ListArray) -> np.ndarray:
    """Number of items of each list; none for null."""
    return pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def owners(counts: np.ndarray) -> np.ndarray:
    """For each item of the flattened lists, the number of its list."""
    return np.repeat(np.arange(len(counts)), counts)


def without(flags: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The flags, with those at `rows` taken down."""
    if len(rows):
        flags = flags.copy()
        flags[rows] = False
    return flags


@dataclass(frozen=True)
class Values:
    """Judges arrays by the schema. What a single value is found to be is remembered."""

    schemas: Schemas
    _seen: dict[str, dict[Any, bool]] = field(default_factory=dict)

    def certain(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        """For each value, whether it certainly satisfies the node; labels may be strings or numbers into the `enum`."""
        base, node = self.schemas.resolve(base, node)
        nothing = np.zeros(len(array), bool)
        keys = set(node) - _SILENT
        if keys == {"anyOf"}:
            options = [option for option in node["anyOf"] if option != {"type": "null"}]
            if len(options) != 1 or len(node["anyOf"]) != 2:
                return nothing
            return self.certain(array, base, options[0]) | ~present(array)
        types = node.get("type", "string")
        types = [types] if isinstance(types, str) else list(types)
        kinds = [one for one in types if one != "null"]
        if len(kinds) != 1 or kinds[0] not in _KNOWN or keys - _KNOWN[kinds[0]]:
            return nothing
        if "type" not in node and "enum" not in node:
            return nothing
        judge = {"string": self._strings, "integer": self._integers, "boolean": self._booleans, "array": self._lists, "object": self._structs}[kinds[0]]
        good = judge(array, base, node)
        there = present(array)
        return good | ~there if "null" in types and "enum" not in node else good & there

    def _strings(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        if pa.types.is_integer(array.type):
            numbered = "enum" in node and not set(node) - _SILENT - {"type", "enum"}
            return self._in_range(array, 0, len(node["enum"]) - 1) if numbered else np.zeros(len(array), bool)
        if pa.types.is_date(array.type):
            array = array.cast(pa.string())
        if not pa.types.is_string(array.type):
            return np.zeros(len(array), bool)
        if set(node) - _SILENT - _QUICK or not _PLAIN.fullmatch(node.get("pattern", "")):
            return self._one_by_one(array, node)
        good = np.ones(len(array), bool)
        if "pattern" in node:
            good &= bools(pc.fill_null(pc.match_substring_regex(array, node["pattern"]), True))
        if "minLength" in node or "maxLength" in node:
            size = pc.fill_null(pc.utf8_length(array), 1).to_numpy(zero_copy_only=False)
            good &= (size >= node.get("minLength", 0)) & (size <= node.get("maxLength", 2**31))
        return good

    def _one_by_one(self, array: pa.Array, node: Mapping[str, Any]) -> np.ndarray:
        """The validator's own word on each distinct value."""
        encoded = array.dictionary_encode()
        seen = self._seen.setdefault(repr(node), {})
        if len(seen) > _MOST_REMEMBERED:
            seen.clear()
        validator = self.schemas.validators["article"].evolve(schema=node)
        verdicts = []
        for value in encoded.dictionary.to_pylist():
            if value not in seen:
                seen[value] = validator.is_valid(value)
            verdicts.append(seen[value])
        at = pc.fill_null(encoded.indices, len(verdicts)).to_numpy(zero_copy_only=False)
        return np.array([*verdicts, True])[at]

    def _in_range(self, array: pa.Array, low: int, high: int) -> np.ndarray:
        values = pc.fill_null(array, low).to_numpy(zero_copy_only=False)
        return (values >= low) & (values <= high)

    def _integers(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        if not pa.types.is_integer(array.type):
            return np.zeros(len(array), bool)
        return self._in_range(array, node.get("minimum", -(2**63)), node.get("maximum", 2**63 - 1))

    def _booleans(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        return np.full(len(array), pa.types.is_boolean(array.type))

    def _lists(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        good = np.ones(len(array), bool)
        if not pa.types.is_list(array.type):
            return ~good
        counts = lengths(array)
        items = array.flatten()
        if "items" in node and len(items):
            good = without(good, owners(counts)[~self.certain(items, base, node["items"])])
        if node.get("uniqueItems") and len(items):
            several = np.flatnonzero(counts > 1)
            for row, value in zip(several.tolist(), array.take(pa.array(several)).to_pylist()):
                try:
                    good[row] = good[row] and len(set(value)) == len(value)
                except TypeError:
                    good[row] = False
        return good

    def _structs(self, array: pa.Array, base: str, node: Mapping[str, Any]) -> np.ndarray:
        if not pa.types.is_struct(array.type) or {f.name for f in array.type} != set(node["properties"]):
            return np.zeros(len(array), bool)
        good = np.ones(len(array), bool)
        for column, part in zip(array.flatten(), array.type):
            good &= self.certain(column, base, node["properties"][part.name])
        return good
