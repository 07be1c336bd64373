"""Chunks of JSON lines: the lines that certainly hold a clean record, and what must be read with care."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from sisipan.fast.keys import FRONT, KeyReader, Orders, orders_of
from sisipan.fast.mask import Judge, Verdicts
from sisipan.fast.spans import MOST_ROWS, Layer
from sisipan.fast.values import present
from sisipan.model import LAYERS
from sisipan.schemas import Field, Schemas

_SHOWN = 20  # lines that tell the order of the keys


def plain_type(field: Field) -> pa.DataType:
    """Arrow type of a field as JSON writes it: labels and dates are strings."""
    if field.kind == "list":
        return pa.list_(plain_type(field.children[0]))
    if field.kind == "struct":
        return pa.struct([pa.field(child.name, plain_type(child)) for child in field.children])
    return {"integer": pa.int64(), "boolean": pa.bool_()}.get(field.kind, pa.string())


def plain_schema(fields: Sequence[Field]) -> pa.Schema:
    """Arrow schema of records as JSON writes them."""
    return pa.schema([pa.field(field.name, plain_type(field)) for field in fields])


def read_lines(lines: pa.Buffer, expected: int, schema: pa.Schema) -> pa.RecordBatch | None:
    """Whole lines of JSON as Arrow reads them; None where it cannot, or reads another number of records than `expected`."""
    options = pj.ReadOptions(use_threads=False, block_size=max(lines.size + 1, 1024))  # as in load.py: Python owns the bytes
    try:
        table = pj.read_json(pa.BufferReader(lines), options, pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"))
        table.validate(full=True)  # Arrow lets through what is not UTF-8
    except (pa.ArrowException, OSError, ValueError):
        return None
    if table.num_rows != expected or not table.schema.equals(schema):
        return None
    batches = table.combine_chunks().to_batches()
    return batches[0] if len(batches) == 1 else None


@dataclass(frozen=True)
class Judged:
    """The lines of a chunk that could be read at once: their numbers in the chunk, their records, what is certain of them."""

    numbers: np.ndarray
    batch: pa.RecordBatch
    verdicts: Verdicts


@dataclass(frozen=True)
class LineJudge:
    """Judges chunks of JSON lines of nested records."""

    schemas: Schemas

    @cached_property
    def _keys(self) -> KeyReader:
        return KeyReader(self.schemas)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.schemas)

    @cached_property
    def _schema(self) -> pa.Schema:
        return plain_schema(self.schemas.configs["articles"])

    def judged(self, chunk: bytes) -> Iterator[Judged]:
        """What could be read of a chunk of whole lines, in order. Lines that no result names must be read with care."""
        run = np.zeros(FRONT + len(chunk) + FRONT, np.uint8)
        run[FRONT : FRONT + len(chunk)] = np.frombuffer(chunk, np.uint8)
        if chunk and not chunk.endswith(b"\n"):
            run[FRONT + len(chunk)] = 0x0A
        stops = np.flatnonzero(run == 0x0A)
        starts = np.concatenate([[FRONT], stops[:-1] + 1]) if len(stops) else stops
        whole = (stops - starts >= 2) & (run[starts] == b"{"[0]) & (run[stops - 1] == b"}"[0]) if len(stops) else stops.astype(bool)
        odd = np.flatnonzero((run[FRONT : FRONT + len(chunk)] < 0x20) & (run[FRONT : FRONT + len(chunk)] != 0x0A)) + FRONT
        if len(odd):
            whole[np.searchsorted(stops, odd)] = False
        numbers = np.flatnonzero(whole)
        orders = orders_of((bytes(run[starts[n] : stops[n]]) for n in numbers[:_SHOWN].tolist()), self.schemas)
        for some in np.array_split(numbers, len(numbers) // (MOST_ROWS - 1) + 1):
            yield from self._read(run, starts, stops, some, orders)

    def _read(self, run: np.ndarray, starts: np.ndarray, stops: np.ndarray, numbers: np.ndarray, orders: Orders) -> Iterator[Judged]:
        """Read the lines with these numbers at once, or in halves where one of them cannot be read."""
        if not len(numbers):
            return
        if numbers[-1] - numbers[0] + 1 == len(numbers):
            first, stop = int(starts[numbers[0]]), int(stops[numbers[-1]]) + 1
            lines = run[first - FRONT : stop + FRONT]
            bounds = np.concatenate([starts[numbers], [stop]]) - first + FRONT
        else:
            pieces = [run[starts[n] : stops[n] + 1] for n in numbers.tolist()]
            lines = np.concatenate([np.zeros(FRONT, np.uint8), *pieces, np.zeros(FRONT, np.uint8)])
            bounds = np.cumsum([FRONT, *(len(piece) for piece in pieces)])
        batch = read_lines(pa.py_buffer(lines[FRONT : int(bounds[-1])]), len(numbers), self._schema)
        if batch is None:
            if len(numbers) > 1:
                yield from self._read(run, starts, stops, numbers[: len(numbers) // 2], orders)
                yield from self._read(run, starts, stops, numbers[len(numbers) // 2 :], orders)
            return
        found = self._judge.verdicts(batch)
        complete = self._complete(lines, bounds, batch, orders)
        yield Judged(numbers, batch, Verdicts(found.fits & complete, found.clean & complete, found.texts))

    def _complete(self, lines: np.ndarray, bounds: np.ndarray, batch: pa.RecordBatch, orders: Orders) -> np.ndarray:
        layers = {name: Layer.of(batch.column(name)) for name in LAYERS}
        sides = {side: present(layers["claims"].columns[side]) for side in ("speaker", "cue")}
        return self._keys.whole(lines, bounds, {name: layer.counts for name, layer in layers.items()}, sides, orders)


def line_texts(chunk: bytes, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The lines of a chunk that have these numbers (from 0), without their ends."""
    wanted = set(numbers)
    for number, line in enumerate(chunk.split(b"\n")):
        if number in wanted:
            yield number, line
