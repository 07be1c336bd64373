"""Mistakes with a release: Parquet files edited, cut, moved or made by another program, and a manifest that no longer fits them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corruptions.material import Corruption, Expected, operator
from sisipan.manifest import content_sha256
from sisipan.schemas import load_schemas
from sisipan.tables import from_table

MANIFEST = "data/manifest.json"
FLAT = ("entities", "claims", "spam", "ner", "sentences")


@dataclass(frozen=True)
class Release:
    """A sound release of a few articles below `root`."""

    root: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.root / MANIFEST).read_bytes())

    def entry(self, random: Random, *configs: str, rows: int = 1) -> Mapping[str, Any]:
        """One file of the manifest, of the configurations named, with so many rows at least."""
        return random.choice([entry for entry in self.manifest["files"] if entry["config"] in (configs or ("articles", *FLAT)) and entry["rows"] >= rows])

    def table(self, entry: Mapping[str, Any]) -> pa.Table:
        return pq.read_table(self.root / entry["path"])

    def data(self, entry: Mapping[str, Any]) -> bytes:
        return (self.root / entry["path"]).read_bytes()

    def with_tables(self, tables: Mapping[str, pa.Table], *expected: Expected, content: bool = True) -> Corruption:
        """Files rewritten, with a manifest that names their hashes; their content's, too, where `content` is set."""
        files = {path: parquet(table) for path, table in tables.items()}
        manifest = json.loads(json.dumps(self.manifest))
        for entry in manifest["files"]:
            if entry["path"] in files:
                data = files[entry["path"]]
                entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                if content:
                    fields = load_schemas().configs[entry["config"]]
                    entry |= {"rows": tables[entry["path"]].num_rows, "content_sha256": content_sha256(from_table(fields, tables[entry["path"]]))}
        return Corruption({**files, MANIFEST: json.dumps(manifest).encode()}, expected)

    def with_manifest(self, change: Callable[[dict[str, Any]], object], *expected: Expected) -> Corruption:
        """The manifest alone, changed."""
        manifest = json.loads(json.dumps(self.manifest))
        change(manifest)
        return Corruption({MANIFEST: json.dumps(manifest).encode()}, expected)


def parquet(table: pa.Table, **options: Any) -> bytes:
    """A table as another program would write it."""
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def at(entry: Mapping[str, Any], *codes: str, row: int = 1, article: str | None = None) -> tuple[Expected, ...]:
    """The codes expected in a file of the release."""
    return tuple(Expected(code, entry["path"], row, article) for code in codes)


def of_manifest(code: str) -> Expected:
    return Expected(code, MANIFEST, 1, None)


def other(value: Any, labels: bool) -> Any:
    """A value of the same type that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return (1 if value == 0 else 0) if labels else value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, list):
        return value[:-1] if value else None
    if isinstance(value, dict):
        return {key: other(inner, labels) for key, inner in value.items()}
    return None


def with_value(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    """The table with one value replaced, types and metadata kept."""
    values = table.column(column).to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    return table.set_column(index, table.schema.field(index), pa.array(values, table.schema.field(index).type))


def _edited(r: Release, random: Random, *configs: str) -> tuple[Mapping[str, Any], pa.Table, int, str] | None:
    """Any column of any file with one value changed, and the row (from 0)."""
    entry = r.entry(random, *configs)
    table = r.table(entry)
    column = random.choice(table.schema.names)
    labels = column in ("label", "form", "obfuscation", "split", "topic", "register", "origin", "license", "text_status")
    places = [n for n, value in enumerate(table.column(column).to_pylist()) if other(value, labels) is not None]
    if not places:
        return None
    row = random.choice(places)
    changed = with_value(table, column, row, other(table.column(column)[row].as_py(), labels))
    return (entry, changed, row, column) if not changed.equals(table) else None


@operator("release", "E604", "E605")
def value_edited(r: Release, random: Random) -> Corruption | None:
    """A value of any column edited with pandas or DuckDB, and the file written back."""
    made = _edited(r, random)
    return made and Corruption({made[0]["path"]: parquet(made[1])}, at(made[0], "E604", "E605"))


@operator("release", "E605")
def value_edited_and_file_hash_renewed(r: Release, random: Random) -> Corruption | None:
    """A value of any column edited, and the manifest's hash of the file brought up to date."""
    made = _edited(r, random)
    return made and r.with_tables({made[0]["path"]: made[1]}, *at(made[0], "E605"), content=False)


@operator("release", "E608")
def value_edited_and_manifest_renewed(r: Release, random: Random) -> Corruption | None:
    """A value of a flat table edited and the whole manifest brought up to date: the nested records say otherwise."""
    made = _edited(r, random, *FLAT)
    return made and r.with_tables({made[0]["path"]: made[1]}, *at(made[0], "E608", row=made[2] + 1))


@operator("release", "E604")
def encoded_otherwise(r: Release, random: Random) -> Corruption | None:
    """The same rows written by another program or with another compression."""
    entry = r.entry(random)
    return Corruption({entry["path"]: parquet(r.table(entry), compression="snappy")}, at(entry, "E604"))


def _rows(r: Release, random: Random, change: Callable[[list[int], Random], list[int]]) -> Corruption | None:
    entry = r.entry(random, rows=2)
    table = r.table(entry)
    changed = table.take(change(list(range(table.num_rows)), random))
    return None if changed.equals(table) else Corruption({entry["path"]: parquet(changed)}, at(entry, "E604", "E605"))


@operator("release", "E604", "E605")
def row_lost(r: Release, random: Random) -> Corruption | None:
    """A row filtered out."""
    return _rows(r, random, lambda rows, rng: [row for row in rows if row != rng.choice(rows[:1])])


@operator("release", "E604", "E605")
def row_doubled(r: Release, random: Random) -> Corruption | None:
    """A row twice, after a join."""
    return _rows(r, random, lambda rows, rng: sorted([*rows, rng.choice(rows)]))


@operator("release", "E604", "E605")
def rows_shuffled(r: Release, random: Random) -> Corruption | None:
    """The rows in another order, after a shuffle or a sort."""
    return _rows(r, random, lambda rows, rng: rng.sample(rows, len(rows)))


@operator("release", "E609")
def row_in_another_split(r: Release, random: Random) -> Corruption | None:
    """A row moved from one split's file to another's, manifest and all, to make the test set larger."""
    entry = r.entry(random, "articles", "entities", "claims", "sentences")
    to = next((e for e in r.manifest["files"] if e["config"] == entry["config"] and e["split"] != entry["split"]), None)
    if not to:
        return None
    source, target = r.table(entry), r.table(to)
    moved = pa.concat_tables([target, source.slice(0, 1)])
    tables = {to["path"]: moved} if entry["rows"] == 1 else {to["path"]: moved, entry["path"]: source.slice(1)}
    return r.with_tables(tables, *at(to, "E609", row=moved.num_rows))


def _columns(r: Release, random: Random, change: Callable[[pa.Table, Random], pa.Table], renewed: bool) -> Corruption | None:
    entry = r.entry(random)
    changed = change(r.table(entry), random)
    if renewed:
        return r.with_tables({entry["path"]: changed}, *at(entry, "E602"), content=False)
    return Corruption({entry["path"]: parquet(changed)}, at(entry, "E602", "E604"))


def _retyped(table: pa.Table, random: Random) -> pa.Table:
    column = random.choice([field.name for field in table.schema if pa.types.is_int64(field.type) or pa.types.is_string(field.type)])
    index = table.schema.get_field_index(column)
    new = pa.int32() if pa.types.is_int64(table.schema.field(index).type) else pa.large_string()
    return table.set_column(index, pa.field(column, new), table.column(column).cast(new))


def _renamed(table: pa.Table, random: Random) -> pa.Table:
    names = list(table.schema.names)
    names[random.randrange(len(names))] += "_"
    return table.rename_columns(names).replace_schema_metadata(table.schema.metadata)


def _required(table: pa.Table, random: Random) -> pa.Table:
    fields = [pa.field(f.name, f.type, nullable=bool(column.null_count)) for f, column in zip(table.schema, table.columns)]
    return pa.table(table.columns, pa.schema(fields, table.schema.metadata))


def _reordered(table: pa.Table, random: Random) -> pa.Table:
    names = list(table.schema.names)
    return table.select([*names[1:], names[0]])


def _renumbered(table: pa.Table, random: Random) -> pa.Table:
    features = table.schema.metadata[b"huggingface"]
    for old, new in ((b'"train", "validation"', b'"validation", "train"'), (b'"B-CRD", "I-CRD"', b'"I-CRD", "B-CRD"')):
        features = features.replace(old, new)
    return table.replace_schema_metadata({b"huggingface": features})


COLUMNS: dict[str, tuple[Callable[[pa.Table, Random], pa.Table], str]] = {
    "column_dropped": (lambda t, rng: t.drop_columns([rng.choice(t.schema.names)]), "A column dropped."),
    "column_renamed": (_renamed, "A column renamed."),
    "column_added": (lambda t, rng: t.append_column("__index_level_0__", pa.array(range(t.num_rows))), "An index column added by pandas."),
    "column_retyped": (_retyped, "A column with another type: 32 bits for 64, long strings for strings, as polars and DuckDB write."),
    "columns_reordered": (_reordered, "The columns in another order."),
    "columns_required": (_required, "Columns marked as never null, which loses the labels in datasets."),
    "features_lost": (lambda t, rng: t.replace_schema_metadata(None), "The features of datasets lost from the metadata, by a tool that drops it."),
    "labels_renumbered": (
        _renumbered,
        "The names of labels in another order in the metadata: every number means another label.",
    ),
}


def _of_columns(name: str, change: Callable[[pa.Table, Random], pa.Table], mistake: str, renewed: bool) -> None:
    def make(r: Release, random: Random) -> Corruption | None:
        return _columns(r, random, change, renewed)

    make.__name__, make.__doc__ = name + ("_and_hash_renewed" if renewed else ""), mistake.rstrip(".") + ("; the manifest names the new file." if renewed else ".")
    operator("release", *(("E602",) if renewed else ("E602", "E604")))(make)


for _name, (_change, _mistake) in COLUMNS.items():
    _of_columns(_name, _change, _mistake, False)
    _of_columns(_name, _change, _mistake, True)


def _bytes(name: str, codes: tuple[str, ...], mistake: str, change: Callable[[bytes, Random], bytes]) -> None:
    def make(r: Release, random: Random) -> Corruption | None:
        entry = r.entry(random)
        return Corruption({entry["path"]: change(r.data(entry), random)}, at(entry, *codes))

    make.__name__, make.__doc__ = name, mistake
    operator("release", *codes)(make)


def _flipped(data: bytes, random: Random) -> bytes:
    place = random.randrange(4, len(data) - 8)
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


_bytes("parquet_truncated", ("E601", "E604"), "A Parquet file cut off, by an interrupted download.", lambda data, rng: data[: rng.randrange(1, len(data) - 1)])
_bytes("parquet_bit_flipped", ("E604",), "A bit flipped on a disk, anywhere in a Parquet file.", _flipped)
_bytes("parquet_empty", ("E601", "E604"), "An empty file in the place of a Parquet file.", lambda data, rng: b"")
_bytes("parquet_pointer", ("E601", "E604"), "The pointer of Git LFS in the place of a Parquet file.", lambda data, rng: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
_bytes("parquet_error_page", ("E601", "E604"), "A page of HTML in the place of a Parquet file, from a failed download.", lambda data, rng: b"<!doctype html><title>404</title>")
_bytes("parquet_twice", ("E604",), "A Parquet file with another appended, by cat.", lambda data, rng: data + data)


@operator("release", "E604")
def file_of_another_split(r: Release, random: Random) -> Corruption | None:
    """The file of another split under this one's name."""
    entry = r.entry(random)
    source = next((e for e in r.manifest["files"] if e["config"] == entry["config"] and e["split"] != entry["split"]), None)
    codes = ("E604",) if entry["config"] == "ner" else ("E604", "E609")
    return source and Corruption({entry["path"]: r.data(source)}, at(entry, *codes))


@operator("release", "E602", "E604")
def file_of_another_table(r: Release, random: Random) -> Corruption | None:
    """The file of another table under this one's name."""
    entry = r.entry(random)
    source = next(e for e in r.manifest["files"] if e["config"] != entry["config"])
    return Corruption({entry["path"]: r.data(source)}, at(entry, "E602", "E604"))


@operator("release", "E607")
def file_lost(r: Release, random: Random) -> Corruption | None:
    """A file of the release not copied."""
    entry = r.entry(random)
    return Corruption({entry["path"]: None}, at(entry, "E607"))


@operator("release", "E607")
def file_stray(r: Release, random: Random) -> Corruption | None:
    """A Parquet file that a tool left in the folder, which a glob would load."""
    entry = r.entry(random)
    path = f"data/{entry['config']}/{random.choice(['train-00000-of-00001', 'copy', 'old'])}.parquet"
    return Corruption({path: r.data(entry)}, (Expected("E607", path, 1, None),))


@operator("release", "E606")
def label_out_of_range(r: Release, random: Random) -> Corruption | None:
    """A label's number beyond the list, by a mapping that counts from 1; datasets loads it in silence."""
    entry = r.entry(random, "entities", "claims", "spam")
    table = r.table(entry)
    changed = with_value(table, "label", random.randrange(table.num_rows), random.choice([-1, 99]))
    return r.with_tables({entry["path"]: changed}, *at(entry, "E606"), content=False)


def _article(r: Release, random: Random, change: Callable[[dict[str, Any], Random], str | None]) -> Corruption | None:
    """A nested record changed in place, manifest and all; the change says which code must follow at its row."""
    entry = r.entry(random, "articles")
    table = r.table(entry)
    row = random.randrange(table.num_rows)
    record = table.slice(row, 1).to_pylist()[0]
    code = change(record, random)
    if code is None:
        return None
    arrays = [pa.array([*column.to_pylist()[:row], record[name], *column.to_pylist()[row + 1 :]], column.type) for name, column in zip(table.schema.names, table.columns)]
    return r.with_tables({entry["path"]: pa.table(arrays, table.schema)}, *at(entry, code, row=row + 1, article=record["id"]))


@operator("release", "E203")
def offset_edited_in_a_record(r: Release, random: Random) -> Corruption | None:
    """An offset moved in a nested record, manifest and all."""

    def change(record: dict[str, Any], rng: Random) -> str | None:
        span = rng.choice(record["entities"])
        span["end"] -= 1
        return "E203" if span["text"] and span["end"] > span["start"] else None

    return _article(r, random, change)


@operator("release", "E108")
def text_edited_in_a_record(r: Release, random: Random) -> Corruption | None:
    """A text edited in a nested record, manifest and all."""

    def change(record: dict[str, Any], rng: Random) -> str | None:
        record["text"] = (record["text"] or "") + "."
        return "E108" if record["text"] != "." else None

    return _article(r, random, change)


@operator("release", "E111")
def withheld_text_in_a_record(r: Release, random: Random) -> Corruption | None:
    """A withheld text given out in the Parquet file, after a rehydrated corpus was built."""

    def change(record: dict[str, Any], rng: Random) -> str | None:
        rng.choice(record["entities"])["text"] = "Islamabad"
        return "E111" if record["text_status"] == 1 else None

    return _article(r, random, change)


@operator("release", "E101")
def field_null_in_a_record(r: Release, random: Random) -> Corruption | None:
    """A field lost from a nested record, manifest and all."""

    def change(record: dict[str, Any], rng: Random) -> str | None:
        record[rng.choice(["topic", "published", "event", "source", "defects", "split", "added_in"])] = None
        return "E101"

    return _article(r, random, change)


@operator("release", "E401")
def article_doubled(r: Release, random: Random) -> Corruption | None:
    """An article twice in a table, manifest and all, after a merge of two downloads."""
    entry = r.entry(random, "articles")
    table = r.table(entry)
    row = random.randrange(table.num_rows)
    both = pa.concat_tables([table, table.slice(row, 1)])
    return r.with_tables({entry["path"]: both}, *at(entry, "E401", row=both.num_rows, article=table.column("id")[row].as_py()))
