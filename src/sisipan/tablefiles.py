"""Read the Parquet files of a release as a stream: what is told of each file, of its articles, and of tables beside each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sisipan.checks.context import Derived, ParquetFile, Release
from sisipan.checks.release import matches_schema
from sisipan.fast.canonical import Unusual, canonical_lines
from sisipan.fast.values import lengths, owners
from sisipan.manifest import canonical_line
from sisipan.model import LAYERS, article_from_record
from sisipan.rowfiles import runs_of_groups
from sisipan.schemas import Field, Schemas
from sisipan.tables import from_table, rows

BATCH = 256  # a value of a dictionary may be long and stand in every row
MOST_BYTES = 512 * 1024 * 1024  # of rows that are held together
BAD = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError)
See = Callable[[int, pa.RecordBatch], None]


def config_of(schemas: Schemas, names: Iterable[str]) -> str | None:
    """The configuration whose columns are most like `names`, or None where more than half are foreign."""
    found = set(names)
    scores = {config: len(found & {f.name for f in fields}) / len(found | {f.name for f in fields}) for config, fields in schemas.configs.items()}
    best = max(scores, key=scores.get)
    return best if scores[best] > 0.5 else None


def batches_of(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, some at a time.

    Raises ValueError where few rows grow beyond `MOST_BYTES`: some kilobytes of Parquet can stand for more than any memory holds.
    """
    with pq.ParquetFile(path, buffer_size=1 << 20) as file:  # buffered, else a whole column of a row group is held
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        large = any(group.total_byte_size > MOST_BYTES or not group.total_byte_size or group.num_rows > MOST_BYTES for group in groups)
        for some in runs_of_groups(file.metadata):
            for batch in file.iter_batches(1 if large else BATCH, row_groups=some, use_threads=False):
                if batch.nbytes > MOST_BYTES:
                    raise ValueError(f"its rows grow beyond {MOST_BYTES >> 20} MiB")
                batch.validate(full=True)
                yield batch


def rows_of(batch: pa.RecordBatch, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The rows of a batch as the checks see them."""
    return from_table(fields, pa.Table.from_batches([batch]))


def _label_columns(field: Field, column: pa.Array, path: str) -> Iterator[tuple[str, tuple[str, ...], pa.Array]]:
    """Every column of label numbers inside a column, flattened."""
    if field.kind == "label":
        yield path, field.labels, column
    elif field.kind == "list":
        yield from _label_columns(field.children[0], pc.list_flatten(column), path)
    elif field.kind == "struct":
        for child in field.children:
            yield from _label_columns(child, pc.struct_field(column, child.name), f"{path}.{child.name}")


class _Facts:
    """What is told of a file whose columns are those of its configuration, gathered batch by batch."""

    def __init__(self, fields: Sequence[Field], split: str | None) -> None:
        self._fields, self._split = fields, split
        self.count = 0
        self.digest = hashlib.sha256()
        self.bounds: dict[str, tuple[tuple[str, ...], int, int]] = {}
        self.strange_split: tuple[int, Any] | None = None

    def see(self, batch: pa.RecordBatch) -> None:
        """More rows."""
        try:
            self.digest.update(canonical_lines(batch, self._fields))
        except Unusual:
            for row in rows_of(batch, self._fields):
                self.digest.update(canonical_line(row))
        for field in self._fields:
            column = batch.column(field.name)
            for path, labels, numbers in _label_columns(field, column, field.name):
                found = pc.min_max(numbers).as_py()
                if found["min"] is not None:
                    _, low, high = self.bounds.get(path, (labels, found["min"], found["max"]))
                    self.bounds[path] = labels, min(low, found["min"]), max(high, found["max"])
            if field.name == "split" and self._split is not None and self.strange_split is None:
                wanted = field.labels.index(self._split) if self._split in field.labels else -1
                strange = np.flatnonzero(~pc.fill_null(pc.equal(column, wanted), False).to_numpy(zero_copy_only=False))
                if len(strange):
                    at = int(strange[0])
                    self.strange_split = self.count + at + 1, rows_of(batch.slice(at, 1), self._fields)[0]["split"]
        self.count += batch.num_rows


def read_parquet(path: Path, shown: str, schemas: Schemas, entry: Mapping[str, Any] | None = None, see: See = lambda *_: None) -> ParquetFile:
    """What is told of a Parquet file; what keeps it from being read is in `problem`.

    Its rows, if it has the columns of its configuration, are shown to `see` as batches with the number of rows before them. `entry` is the manifest's.
    """
    try:
        with open(path, "rb") as opened:
            size, digest = path.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return ParquetFile(shown, problem=str(error.strerror or error))
    file = ParquetFile(shown, size, digest)
    try:
        schema = pq.read_schema(path)
        if len(set(schema.names)) != len(schema.names):
            raise ValueError("two columns have the same name")
        config = entry["config"] if entry and entry["config"] in schemas.configs else config_of(schemas, schema.names)
        file = replace(file, schema=schema, config=config)
        known = matches_schema(Release(schemas, ()), file)
        facts = _Facts(schemas.configs[config] if known else (), entry["split"] if entry else None)
        for batch in batches_of(path):
            if known:
                see(facts.count, batch)
                facts.see(batch)
        if not known:
            return file
        bounds = tuple((name, *found) for name, found in facts.bounds.items())
        return replace(file, rows=facts.count, content_sha256=facts.digest.hexdigest(), bounds=bounds, strange_split=facts.strange_split)
    except BAD as error:
        return ParquetFile(shown, size, digest, problem=(str(error) or type(error).__name__).splitlines()[0][:120])


class _Stored:
    """The rows of a file, taken in any portions."""

    def __init__(self, path: Path) -> None:
        self._batches = batches_of(path)
        self._held: list[pa.RecordBatch] = []

    def take(self, count: int) -> pa.Table | None:
        """The next rows, fewer at the end; None where there are no more."""
        out = []
        while count:
            batch = self._held.pop() if self._held else next(self._batches, None)
            if batch is None:
                break
            if batch.num_rows > count:
                self._held.append(batch.slice(count))
                batch = batch.slice(0, count)
            out.append(batch)
            count -= batch.num_rows
        return pa.Table.from_batches(out) if out else None


def _flat(batch: pa.RecordBatch, layer: str, schema: pa.Schema) -> pa.Table:
    """The rows of a layer's table that a batch of articles gives."""
    column = batch.column(layer)
    whose = pa.array(owners(lengths(column)))
    parts = {"article_id": batch.column("id").take(whose), "split": batch.column("split").take(whose)}
    parts |= dict(zip((part.name for part in column.flatten().type), column.flatten().flatten()))
    return pa.Table.from_arrays([parts[name] for name in schema.names], schema=schema.remove_metadata())


def compare(config: str, nested: Path, stored: Path | None, schemas: Schemas) -> Derived:
    """Compare the rows of a table with those that the articles of another file give; `stored` is None where there is no such table."""
    fields, count = schemas.configs[config], 0
    rest = _Stored(stored) if stored is not None else None
    for batch in batches_of(nested):
        if config in LAYERS and rest is not None:
            expected = _flat(batch, config, pq.read_schema(stored))
            found = rest.take(expected.num_rows)
            if found is None and not expected.num_rows or found is not None and found.replace_schema_metadata().equals(expected):
                count += expected.num_rows
                continue
            wanted, there = from_table(fields, expected), from_table(fields, found) if found is not None else []
        else:
            wanted = list(rows(config, map(article_from_record, rows_of(batch, schemas.configs["articles"]))))
            found = rest.take(len(wanted)) if rest is not None else None
            there = from_table(fields, found) if found is not None else []
        for number, (a, b) in enumerate(zip(there, wanted), start=count + 1):
            if a != b:
                name = next(key for key in b if a.get(key) != b[key])
                return Derived(0, (number, name, a.get(name), b[name]))
        count += len(wanted)
    return Derived(count)
