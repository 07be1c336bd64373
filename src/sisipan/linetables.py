"""Build the nested table of a corpus that is kept as JSON lines: streamed, in flat memory, the same table as from parsed records."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sisipan.aside import cannot_write, remove_stale_of, written_aside
from sisipan.build import WRITER
from sisipan.columns import arrow_schema, arrow_type
from sisipan.errors import SisipanError
from sisipan.fast.lines import plain_schema, read_lines
from sisipan.linefiles import Chunk, chunks, read_line, too_large, validate_lines
from sisipan.results import Progress, Result
from sisipan.schemas import Field, load_schemas
from sisipan.tables import Row, to_table

GROUP_ROWS, GROUP_BYTES = 10_000, 128 * 1024 * 1024
_BAD = (pa.ArrowException, ValueError, TypeError, KeyError, OverflowError)


def stored(array: pa.Array, field: Field) -> pa.Array:
    """A column as Arrow stores it, of one as JSON has it: labels become their numbers, ISO dates days, at any depth.

    Raises ValueError for a label that the schema does not have and for what is no date.
    """
    if field.kind == "label":
        numbers = pc.index_in(array, value_set=pa.array(field.labels, pa.string()))
        if numbers.null_count != array.null_count:
            raise ValueError(f"{field.name}: no such label")
        return numbers.cast(pa.int64())
    if field.kind not in ("list", "struct"):
        return array.cast(arrow_type(field))
    nulls = array.is_null() if array.null_count else None
    if field.kind == "list":
        return pa.ListArray.from_arrays(array.offsets, stored(array.values, field.children[0]), arrow_type(field), mask=nulls)
    columns = [stored(array.field(child.name), child) for child in field.children]
    return pa.StructArray.from_arrays(columns, fields=list(arrow_type(field)), mask=nulls)


def _with_care(path: Path, chunk: Chunk, fields: Sequence[Field]) -> pa.Table:
    """The table of a chunk as `json` reads it, line by line."""
    rows: list[tuple[int, Row]] = []
    for number, line in enumerate(chunk.data.split(b"\n")[: chunk.lines], chunk.first_line):
        data, problems = read_line(line, number == 1)
        if problems:
            raise SisipanError(f"{path}:{number}: {problems[0].message}")
        if data is not None:
            rows.append((number, data))
    try:
        return to_table(fields, [row for _, row in rows])
    except _BAD:
        for number, row in rows:
            try:
                to_table(fields, [row])
            except _BAD as error:
                told = f"{type(error).__name__}: {error}".splitlines()[0][:160]
                raise SisipanError(f"{path}:{number}: not what the schema says ({told}); `sisipan validate {path}` tells more") from None
        raise


def _at_once(chunk: Chunk, fields: Sequence[Field]) -> pa.Table | None:
    """The table of a chunk as Arrow reads it; None where it cannot, or reads another number of records than there are lines."""
    batch = read_lines(pa.py_buffer(chunk.data), chunk.lines, plain_schema(fields))
    if batch is None:
        return None
    try:
        return pa.Table.from_arrays([stored(batch.column(field.name), field) for field in fields], schema=arrow_schema(fields))
    except _BAD:
        return None


def table_of(chunk: Chunk, fields: Sequence[Field], path: Path) -> pa.Table:
    """The table of the records in a chunk, which must be without errors: Arrow does not tell a key that is missing from null, nor two from one.

    Raises SisipanError, with the line, where one cannot be stored.
    """
    if chunk.cut:
        raise SisipanError(f"{path}:{chunk.first_line}: {too_large(chunk.cut).message}")
    table = _at_once(chunk, fields)
    return _with_care(path, chunk, fields) if table is None else table


class _Held(io.RawIOBase):
    """What Arrow writes, kept until it is taken: Arrow ends the process (SIGABRT) where a disk is full while it cuts pages by their content."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def take(self) -> list[bytes]:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return parts


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The tables as row groups that are worth reading and fit into memory."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(one.num_rows for one in held) >= GROUP_ROWS or sum(one.nbytes for one in held) >= GROUP_BYTES:
            yield pa.concat_tables(held)
            held = []
    if any(one.num_rows for one in held):
        yield pa.concat_tables(held)


def write_lines(path: Path, out: Path, fields: Sequence[Field], progress: Progress = lambda *_: None) -> int:
    """Write the table of JSON lines without errors as Parquet, with the settings of a release, and return the number of rows.

    Raises SisipanError where a line cannot be stored, OSError where `out` cannot be written.
    """
    size, rows = path.stat().st_size, 0

    def tables() -> Iterator[pa.Table]:
        for chunk in chunks(path):
            progress("writing", chunk.offset, size)
            yield table_of(chunk, fields, path)

    held = _Held()
    with open(out, "wb") as file:
        with pq.ParquetWriter(held, arrow_schema(fields), **WRITER) as writer:
            for group in _groups(tables()):
                writer.write_table(group)
                file.writelines(held.take())
                rows += group.num_rows
        file.writelines(held.take())
    return rows


def _state(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        raise SisipanError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def build_lines(path: Path, out: Path, base: Path, progress: Progress = lambda *_: None, workers: int = 1, cache: Path | None = None) -> tuple[int, Result]:
    """Validate JSON lines of nested records, then write their table to `out`, whole or not at all.

    Returns the number of rows and the findings; with errors nothing is written. `workers` and `cache` are those of `validate_lines`.
    Raises SisipanError where there is no record, where the file changes meanwhile, and where `out` cannot be written.
    """
    before = _state(path)
    result = validate_lines(path, base, lambda _, done, total: progress("validating", done, total), workers, cache)
    if not result.clean:
        return 0, result
    if not result.articles:
        raise SisipanError(f"{path}: no record in it, and a table without rows cannot be loaded")
    try:
        remove_stale_of(out)
        with written_aside(out) as aside:
            rows = write_lines(path, aside, load_schemas().configs["articles"], progress)
            if _state(path) != before:
                raise SisipanError(f"{path}: changed while it was read; nothing was written; run it again")
    except OSError as error:
        raise cannot_write(out, error, "nothing was written") from None
    return rows, result
