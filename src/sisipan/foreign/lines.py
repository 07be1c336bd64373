"""The records of JSON lines and Parquet files, one by one, each with its line or row; what cannot be read is a problem, and the reading goes on."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sisipan.errors import SisipanError
from sisipan.rowfiles import format_of, read_parquet, reading, unpacked
from sisipan.store import Problem, parse_json

MAX_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A record, or what keeps it from being read. `number` is the line or row from 1; `raw` the line as it stands."""

    number: int
    value: dict[str, Any] | None
    raw: str | None = None
    problems: tuple[Problem, ...] = ()


def kind_of(path: Path) -> str:
    """`jsonl` or `parquet`. Raises SisipanError for any other file."""
    kind = "jsonl" if path.name.lower().endswith((".json", ".jsonlines")) else format_of(path.name)
    if path.is_dir() or kind not in ("jsonl", "parquet"):
        raise SisipanError(f"{path}: expected JSON lines (.jsonl, .ndjson, .json, also .gz or .zst) or Parquet (.parquet)")
    return kind


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, in order; memory holds a line, or a batch of rows. Numbers of `ClassLabel` columns are given as their names."""
    kind = kind_of(path)
    try:
        with path.open("rb") as stream:
            yield from _json_lines(unpacked(stream, path.name), path) if kind == "jsonl" else _parquet(stream, path)
    except OSError as error:
        yield Row(1, None, problems=(Problem("unreadable", 1, 1, f"cannot be read: {error.strerror or error}"),))


def _spoilt(number: int, kind: str, column: int, message: str, raw: str | None = None) -> Row:
    return Row(number, None, raw, (Problem(kind, number, column, message),))


def _line(number: int, data: bytes) -> Row:
    mark = (Problem("byte-order-mark", 1, 1, "the file starts with a byte-order mark; save it as plain UTF-8"),) if number == 1 and data.startswith(b"\xef\xbb\xbf") else ()
    data = data[3:] if mark else data
    try:
        raw = data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        return _spoilt(number, "not-utf8", len(data[: error.start].decode("utf-8", "replace")) + 1, f"byte 0x{data[error.start]:02x} is not UTF-8 ({error.reason}); the line is left out")
    if not raw.strip():
        return _spoilt(number, "json-syntax", 1, "the line is empty; a line holds one record")
    value, problems = parse_json(raw)
    if problems:
        return Row(number, None, raw, (*mark, *(Problem(p.kind, number, p.column, p.message) for p in problems)))
    if not isinstance(value, dict):
        found = {list: "a list", str: "a string", type(None): "null", bool: "a truth value"}.get(type(value), "a number")
        return _spoilt(number, "json-syntax", 1, f"expected one object a line, found {found}", raw)
    return Row(number, value, raw, mark)


def _json_lines(stream: Any, path: Path) -> Iterator[Row]:
    number = 0
    while True:
        try:
            with reading(path):
                data = stream.readline(MAX_LINE + 1)
                long = len(data) > MAX_LINE
                while len(data) > MAX_LINE and not data.endswith(b"\n"):
                    data = stream.readline(MAX_LINE + 1) or b"\n"
        except SisipanError as error:
            yield _spoilt(number + 1, "unreadable", 1, f"cannot be read from here on: {str(error).removeprefix(f'{path}: ')}")
            return
        if not data:
            break
        number += 1
        yield _spoilt(number, "too-large", 1, f"the line has more than {MAX_LINE:,} bytes, and was not read") if long else _line(number, data)
    if not number:
        yield _spoilt(1, "empty-file", 1, "the file is empty; write it anew or leave it out")


def _names(feature: Any) -> Callable[[Any], Any] | None:
    """What turns the label numbers in a value of a `datasets` feature into names; None where there are none."""
    if isinstance(feature, list) and len(feature) == 1:
        feature = {"_type": "List", "feature": feature[0]}
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        names = feature["names"]
        return lambda value: names[value] if isinstance(value, int) and 0 <= value < len(names) else value
    if feature.get("_type") in ("Sequence", "List", "LargeList"):
        inner = _names(feature.get("feature"))
        if inner is None:
            return None
        # a Sequence of a struct is stored as a struct of lists
        each = lambda value: {key: [inner({key: item})[key] for item in items or ()] for key, items in value.items()} if isinstance(value, dict) else [inner(item) for item in value]  # noqa: E731
        return lambda value: None if value is None else each(value)
    inside = {key: turn for key, child in feature.items() if key != "_type" and (turn := _names(child))}
    return (lambda value: {key: inside[key](item) if key in inside else item for key, item in value.items()} if isinstance(value, dict) else value) if inside else None


def _labels(schema: pa.Schema) -> dict[str, Callable[[Any], Any]]:
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {name: turn for name, feature in features.items() if (turn := _names(feature))}
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError):
        return {}


def _plain(value: Any) -> Any:
    """A value of Parquet as JSON would hold it: dates in ISO form, decimals as numbers, bytes as text where they are one."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode("utf-8")
        return value  # a picture, say: of no type that JSON has, which is told where a text was expected
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _simple(kind: pa.DataType) -> bool:
    """Whether Arrow gives values of the type as JSON has them."""
    if pa.types.is_nested(kind):
        return not pa.types.is_map(kind) and not pa.types.is_union(kind) and all(_simple(kind.field(index).type) for index in range(kind.num_fields))
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)


def _values(batch: pa.RecordBatch, first: int) -> Iterator[tuple[int, dict[str, Any] | Exception]]:
    """Rows of a batch by number; a row that is no data is the error that says so."""
    try:
        yield from enumerate(batch.to_pylist(), start=first)
    except (ValueError, OverflowError, pa.ArrowException):
        for index in range(batch.num_rows):
            try:
                yield first + index, batch.slice(index, 1).to_pylist()[0]
            except (ValueError, OverflowError, pa.ArrowException) as error:
                yield first + index, error


def _parquet(stream: Any, path: Path) -> Iterator[Row]:
    done = 0
    try:
        with read_parquet(stream, path) as (schema, _, batches):
            if len(set(schema.names)) != len(schema.names):
                yield _spoilt(1, "not-parquet", 1, "two columns have the same name")
                return
            labels, simple = _labels(schema), all(_simple(field.type) for field in schema)
            for batch in batches:
                for number, value in _values(batch, done + 1):
                    if isinstance(value, Exception):
                        kind = "not-utf8" if isinstance(value, UnicodeDecodeError) else "not-parquet"
                        yield _spoilt(number, kind, 1, f"the row cannot be read: {str(value).splitlines()[0][:120]}")
                        continue
                    value = value if simple else _plain(value)
                    yield Row(number, {key: labels[key](item) if key in labels else item for key, item in value.items()} if labels else value)
                done += batch.num_rows
    except (SisipanError, pa.ArrowException, ValueError, OSError) as error:
        yield _spoilt(done + 1, "not-parquet", 1, str(error).removeprefix(f"{path}: ").splitlines()[0][:160])
