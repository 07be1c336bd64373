"""One file of pages through the tagger: the core of every engine.

The result is written aside and renamed, so it is whole or not there. A record of what was done lies in a folder of its
own; a file is skipped when its bytes, the tagger and the settings are those of its record, and each result has the size
that it tells. The bytes of a result are not read again: one changed to the same length is not noticed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from sisipan.aside import written_aside
from sisipan.counts import SAMPLES, Counts, counts_from, counts_of
from sisipan.errors import SisipanError
from sisipan.rowfiles import Line, batched, packing, parquet_writer, read_lines, read_parquet, reading, text_array, unpacked
from sisipan.tag.arrow import clean_arrow, tag_arrow
from sisipan.tag.tagger import THRESHOLD, Tagger

FORM = 1  # of the results; files of another form are done again
Seen = Callable[[int], None]
tagger_of = cache(Tagger)  # loaded once a process


class TargetError(SisipanError):
    """A result cannot be written: a full disk, a folder that may not be written. No other file will fare better."""


@dataclass(frozen=True)
class Settings:
    """What is done with the rows: `tag` adds the spans, `clean` takes them out."""

    action: str
    text_column: str = "text"
    id_column: str = "id"
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        for option, name in (("--text-column", self.text_column), ("--id-column", self.id_column)):
            if name in self.new:
                raise SisipanError(f"{option}: {name!r} is the name of a result; name another column")
        if self.text_column == self.id_column:
            raise SisipanError(f"--id-column: {self.id_column!r} is the column of the text too (--text-column); name another")

    @property
    def new(self) -> tuple[str, str]:
        """The names of the columns that are added."""
        return {"tag": "spans", "clean": "removed"}[self.action], "error"

    @property
    def recorded(self) -> dict[str, Any]:
        """All that a result depends on beside its input."""
        return {"action": self.action, "form": FORM, "id_column": self.id_column, "tagger": tagger_of(self.threshold).identity, "text_column": self.text_column}


@dataclass(frozen=True)
class Done:
    """A file that is done, what was counted in it, and whether it had been done before."""

    name: str
    counts: Counts
    skipped: bool = False


def _marked(batch: pa.RecordBatch, settings: Settings) -> pa.RecordBatch:
    act = tag_arrow if settings.action == "tag" else clean_arrow
    return act(batch, text_column=settings.text_column, tagger=tagger_of(settings.threshold))


def _counts(texts: pa.Array, marked: pa.RecordBatch, bad: dict[str, str], settings: Settings) -> Counts:
    """`bad` gives the error of each bad row under the words that name the row."""
    found = counts_of(texts, marked.column(settings.new[0]), marked.column("error"))
    return replace(found, samples=tuple(f"{row}: {error}" for row, error in list(bad.items())[:SAMPLES]))


def _row(place: str, identity: Any) -> str:
    return place if identity is None else f"{place} ({str(identity)[:80]!r})"


def _bad_rows(batch: pa.RecordBatch, errors: pa.Array, where: str, first: int, id_column: str) -> dict[str, str]:
    found = [(at, error) for at, error in enumerate(errors.to_pylist()) if error is not None][:SAMPLES]
    ids = batch.column(batch.schema.names.index(id_column)) if id_column in batch.schema.names else [None] * batch.num_rows
    return {_row(f"{where}: row {first + at + 1}", _plain(ids[at])): error for at, error in found}


def _plain(scalar: Any) -> Any:
    try:
        return None if scalar is None else scalar.as_py()
    except (ValueError, OverflowError):  # an id that cannot be told, such as a date past the year 9999, is left out
        return None


def _parquet(source: BinaryIO, sink: BinaryIO, where: str, settings: Settings, seen: Seen) -> Counts:
    """The rows of a Parquet file into another, every column and the schema's metadata with them."""
    with reading(where):
        size = source.seek(0, os.SEEK_END)
    done, found = 0, Counts()
    with read_parquet(source, where) as (schema, rows, batches):
        if taken := [name for name in settings.new if name in schema.names]:
            raise SisipanError(f"{where}: has a column {taken[0]!r} already, which is the name of a result; rename it first")
        tagger_of(settings.threshold)  # what is wrong with the model is not the column's fault
        try:
            new = _marked(pa.RecordBatch.from_pylist([], schema=schema), settings).schema
        except SisipanError as error:
            raise SisipanError(f"{where}: {error} (--text-column)") from None
        at = new.get_field_index(settings.text_column)
        new = new.set(at, schema.field(at)).with_metadata(schema.metadata)
        with parquet_writer(sink, new) as write:
            for batch in batches:
                marked = _marked(batch, settings)
                bad = _bad_rows(batch, marked.column("error"), where, done, settings.id_column)
                found += _counts(batch.column(at), marked, bad, settings)
                write(marked)
                done += batch.num_rows
                seen(size * done // rows)
    return found


def _region(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "score": round(values["score"], 6)}  # as many digits as a float of 32 bits holds


def _converted(lines: list[Line], settings: Settings) -> tuple[list[dict[str, Any]], list[str | None], pa.RecordBatch]:
    """For each line what is added to it, and its clean text where there is one."""
    batch = pa.RecordBatch.from_arrays([text_array([line.text for line in lines])], [settings.text_column])
    marked = _marked(batch, settings)
    name = settings.new[0]
    errors = [line.error or error for line, error in zip(lines, marked.column("error").to_pylist())]
    regions = [None if row is None else [_region(one) for one in row] for row in marked.column(name).to_pylist()]
    texts = [scalar.as_py() if settings.action == "clean" and error is None and row else None for scalar, error, row in zip(marked.column(0), errors, regions)]
    return [{name: row, "error": error} for row, error in zip(regions, errors)], texts, marked


def _lines(source: BinaryIO, sink: BinaryIO, where: str, settings: Settings, seen: Seen) -> Counts:
    """The rows of a stream of JSON lines into another. Raises SisipanError at the end where rows came, but none with the key of the text."""
    found, stream = Counts(), unpacked(source, where)
    keyed, missing = False, None
    for lines in batched(read_lines(stream, where, settings.text_column, settings.id_column, settings.new)):
        keyed = keyed or any(line.keyed for line in lines)
        missing = missing or next((line.error for line in lines if line.keyed is False), None)
        values, texts, marked = _converted(lines, settings)
        sink.writelines(line.with_values(more, text).encode("utf-8") for line, more, text in zip(lines, values, texts))
        sink.flush()
        errors = [(line, more["error"].removeprefix(f"line {line.number}: ")) for line, more in zip(lines, values) if more["error"] is not None]
        bad = {_row(f"{where}:{line.number}", line.id): error for line, error in errors}
        found += _counts(text_array([line.text for line in lines]), marked, bad, settings)
        with contextlib.suppress(OSError):  # a pipe has no place
            seen(source.tell())
    if missing and not keyed:
        raise SisipanError(f"{where}: {missing}, and so in every row; name the one that holds the text (--text-column)")
    return found


def _text(source: BinaryIO, where: str, settings: Settings) -> tuple[bytes, bytes, Counts]:
    """A text: its clean bytes (as they came where it is bad), its row of JSON, its counts."""
    with reading(where):
        data = source.read()
    (values,), (text,), marked = _converted([Line(1, "{}", text=data)], settings)
    error = values["error"]
    row = {settings.id_column: where, settings.text_column: None if error else data.decode("utf-8"), **values}
    if settings.action == "clean":
        del row[settings.text_column]
    found = _counts(text_array([data]), marked, {where: error} if error else {}, settings)
    return data if text is None else text.encode("utf-8"), (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"), found


def convert(source: BinaryIO, sink: BinaryIO, kind: str, name: str, settings: Settings, seen: Seen = lambda _: None) -> tuple[Counts, bytes]:
    """Pages of a stream into another: what was counted, and for the clean text of a text file what was taken out, as a line of JSON.

    `name` stands in messages, and its ending tells how the source is compressed. Parquet needs a source that can be sought.
    """
    if kind == "parquet":
        return _parquet(source, sink, name, settings, seen), b""
    if kind == "jsonl":
        return _lines(source, sink, name, settings, seen), b""
    clean, row, found = _text(source, name, settings)
    sink.write(row if settings.action == "tag" else clean)
    return found, row


def results(target: Path, kind: str, settings: Settings) -> list[Path]:
    """The files that are the result: beside a clean text lies what was taken out of it, unless that is a pipe or a device."""
    if (kind, settings.action) != ("text", "clean") or os.path.exists(target) and not os.path.isfile(target):
        return [target]
    return [target, target.with_name(f"{target.name}.removed.jsonl")]


def convert_to(source: BinaryIO, target: Path, kind: str, name: str, settings: Settings, seen: Seen = lambda _: None) -> Counts:
    """Pages of a stream into a file, written aside and renamed.

    Raises TargetError where it cannot be written, SisipanError where the source cannot be read or a name is too long.
    """
    try:
        with written_aside(target) as path:
            with open(path, "wb") as out, packing(out, target.name) as sink:
                found, row = convert(source, sink, kind, name, settings, seen)
            for beside in results(target, kind, settings)[1:]:
                with written_aside(beside) as path:
                    path.write_bytes(row)
        return found
    except BrokenPipeError:
        raise
    except OSError as error:  # an error of reading is a SisipanError by now
        raise unwritable(target, error) from None
    except pa.ArrowException as error:
        raise SisipanError(f"{name}: {str(error).splitlines()[0]}") from None


def unwritable(path: Path, error: OSError) -> SisipanError:
    """The error of a file that cannot be written: a TargetError, unless only the name is at fault, which others may not share."""
    if error.errno == errno.ENAMETOOLONG:
        return SisipanError(f"{path}: the name is too long for the file system; choose a shorter one")
    return TargetError(f"{path}: {(error.strerror or str(error)).lower()}; nothing is half-written, and what is finished is not done again")


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _finished(record: Path, targets: list[Path], wanted: dict[str, Any]) -> Counts | None:
    """The counts of a finished file, where its record is of the same input and settings and its results have the sizes that it tells."""
    try:
        value = json.loads(record.read_bytes())
        if {key: value[key] for key in wanted} == wanted and [path.stat().st_size for path in targets] == [output["bytes"] for output in value["outputs"]]:
            return counts_from(value["counts"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # no record, or none that can be trusted: the file is done again
    return None


def run_file(source: Path, target: Path, kind: str, name: str, settings: Settings, record: Path, seen: Seen = lambda _: None) -> Done:
    """Do a file, unless its record says that it is done. See `convert_to` for what it raises."""
    with reading(name):
        before = _identity(source)
        wanted = {"input": {"name": name, "bytes": before[0], "blake2b": _digest(source)}, "settings": settings.recorded}
    targets = results(target, kind, settings)
    if (counts := _finished(record, targets, wanted)) is not None:
        return Done(name, counts, skipped=True)
    try:
        record.unlink(missing_ok=True)  # a result without a record is never taken for finished
        with reading(name):
            file = open(source, "rb")
        with file:
            counts = convert_to(file, target, kind, name, settings, seen)
        with reading(name):
            after = _identity(source)
        if after != before:
            raise SisipanError(f"{name}: changed while it was read; run the command again")
        outputs = [{"name": path.name, "bytes": os.path.getsize(path), "blake2b": _digest(path)} for path in targets]
        with written_aside(record) as path:
            path.write_text(json.dumps({**wanted, "outputs": outputs, "counts": asdict(counts)}, indent=1, sort_keys=True) + "\n", "utf-8")
    except OSError as error:
        raise unwritable(record, error) from None
    return Done(name, counts)
