"""A large table of made-up articles from a smaller one, in minutes: its articles again and again, each time with the letters moved along the alphabet.

Words and ids are others each time, so that nothing is a duplicate; lengths, offsets and labels stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_MOVED = frozenset(("id", "title", "text", "event", "brands"))
MOST = 26


def _moved(column: pa.Array, by: int, name: str) -> pa.Array:
    """The column with the letters a to z moved in its words; ids of spans stay."""
    kind = column.type
    if pa.types.is_string(kind) and name in _MOVED:
        table = np.arange(256, dtype=np.uint8)
        table[97:123] = (np.arange(26) + by) % 26 + 97
        valid, offsets, data = column.buffers()
        return pa.Array.from_buffers(kind, len(column), [valid, offsets, pa.py_buffer(table[np.frombuffer(data, np.uint8)].tobytes())], column.null_count, column.offset)
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(column.offsets, _moved(column.values, by, name), mask=column.is_null() if column.null_count else None)
    if pa.types.is_struct(kind):
        children = [_moved(column.field(at), by, "text" if field.name == "text" else "") for at, field in enumerate(kind)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=column.is_null() if column.null_count else None)
    return column


def _again(table: pa.Table, by: int) -> pa.Table:
    columns = {name: _moved(column.chunk(0), by, name) for name, column in zip(table.schema.names, table.combine_chunks().columns)}
    columns["text_sha256"] = pa.array([hashlib.sha256(text.encode()).hexdigest() for text in columns["text"].to_pylist()])
    return pa.Table.from_arrays(list(columns.values()), schema=table.schema)


def multiplied(source: Path, times: int) -> Iterator[pa.Table]:
    """The row groups of a table of articles, `times` over (at most 26), with other words each time."""
    if times > MOST:
        raise ValueError(f"at most {MOST} times: the alphabet has no more letters")
    with pq.ParquetFile(source) as file:
        for by in range(times):
            for group in range(file.num_row_groups):
                yield _again(file.read_row_group(group, use_threads=False), by)
