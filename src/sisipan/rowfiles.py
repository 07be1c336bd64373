"""Files of pages: what they are by their names, their streams, and JSON lines taken apart without losing a character.

A line of JSON keeps every character outside the text that is cleaned: numbers, the order of keys, escapes. A line that
is no JSON object comes out as `{"raw": …}`, or `{"raw_base64": …}` where it is not UTF-8, with its error.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json.decoder import WHITESPACE, JSONDecoder, scanstring
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.errors import SisipanError

FORMATS = ("parquet", "jsonl", "text")
_SUFFIXES = {
    **{f"{suffix}{packed}": "jsonl" for suffix in (".jsonl", ".ndjson") for packed in ("", ".gz", ".zst")},
    ".json.gz": "jsonl",  # so C4 and its kin name them; a plain .json is one document, often a configuration
    ".json.zst": "jsonl",
    ".parquet": "parquet",
    ".txt": "text",
}
BATCH_ROWS, BATCH_BYTES = 256, 8 * 1024 * 1024
RUN_ROWS = 4096
LONGEST_LINE = 256 * 1024 * 1024  # bytes; a few kilobytes of gzip can unpack to more than any memory holds
ROW_GROUP_ROWS, ROW_GROUP_BYTES = 65_536, 32 * 1024 * 1024
_scan = JSONDecoder(parse_int=str).scan_once  # a number is never written again, and Python reads none of more than 4300 digits


def format_of(name: str) -> str | None:
    """`parquet`, `jsonl` or `text` by the name of a file; None for any other."""
    return next((kind for suffix, kind in _SUFFIXES.items() if name.lower().endswith(suffix)), None)


@contextlib.contextmanager
def reading(where: object) -> Iterator[None]:
    """What goes wrong in the block is an error of the file that is read."""
    try:
        yield
    except OSError as error:
        raise SisipanError(f"{where}: {error.strerror or str(error).splitlines()[0]}") from None
    except (EOFError, zlib.error, pa.ArrowException, UnicodeDecodeError) as error:  # the last: names of columns
        raise SisipanError(f"{where}: {str(error).splitlines()[0]}") from None


def packed_of(name: str) -> str | None:
    """`gz`, `zst` or None by the name of a file."""
    return next((packed for packed in ("gz", "zst") if name.lower().endswith(f".{packed}")), None)


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The stream without the compression that the name tells."""
    packed = packed_of(name)
    if packed == "gz":
        return gzip.GzipFile(fileobj=stream, mode="rb")
    if packed == "zst":
        return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd"), 1 << 20)
    return stream


@contextlib.contextmanager
def packing(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """A stream that compresses as the name tells; the same content gives the same bytes. The outer one stays open but for zst."""
    packed = packed_of(name)
    if packed == "gz":
        with gzip.GzipFile(filename="", fileobj=stream, mode="wb", compresslevel=6, mtime=0) as inner:
            yield inner
    elif packed == "zst":
        with pa.CompressedOutputStream(pa.PythonFile(stream, "w"), "zstd") as inner:
            yield inner
    else:
        yield stream


@dataclass(frozen=True, slots=True)
class Line:
    """A line of JSON as it stands, with the range of its text's value. `text` is in UTF-8, None where there is none.

    `keyed` says whether the key of the text is there; None where the line cannot tell, being no JSON object of ours.
    """

    number: int
    source: str
    start: int = 0
    end: int = 0
    text: bytes | None = None
    id: Any = None
    error: str | None = None
    keyed: bool | None = None

    def with_values(self, values: dict[str, Any], text: str | None = None) -> str:
        """The line with more keys at its end, and with the text put in place of its own where one is given."""
        source = self.source if text is None else f"{self.source[: self.start]}{json.dumps(text, ensure_ascii=False)}{self.source[self.end :]}"
        body = source[:-1].rstrip()
        more = ", ".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
        return f"{body}{'' if body == '{' else ', '}{more}}}\n"


def _members(source: str) -> Iterator[tuple[str, Any, int, int]]:
    """Keys of a JSON object, each with its value, integers as their digits, and where that stands. Raises ValueError where the source is none."""

    def expect(at: int, signs: str) -> int:
        at = WHITESPACE.match(source, at).end()
        if source[at : at + 1] not in signs or at >= len(source):
            raise json.JSONDecodeError(f"expected {' or '.join(signs)}", source, at)
        return at

    at = expect(0, "{")
    if source[expect(at + 1, '"}')] == "}":
        at = expect(at + 1, "}")
    else:
        while source[at] != "}":
            key, at = scanstring(source, expect(at + 1, '"') + 1, True)
            start = WHITESPACE.match(source, expect(at, ":") + 1).end()
            try:
                value, end = _scan(source, start)
            except StopIteration as stop:
                raise json.JSONDecodeError("expected a value", source, stop.value) from None
            yield key, value, start, end
            at = expect(end, ",}")
    if WHITESPACE.match(source, at + 1).end() != len(source):
        raise json.JSONDecodeError("expected the end of the line", source, at + 1)


def _spoilt(number: int, raw: bytes, why: str) -> Line:
    try:
        kept = {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        kept = {"raw_base64": base64.b64encode(raw).decode("ascii")}
    return Line(number, json.dumps(kept, ensure_ascii=False), error=f"line {number}: {why}")


def _line(number: int, raw: bytes, text_column: str, id_column: str, new: tuple[str, ...]) -> Line:
    try:
        source = raw.decode("utf-8")
        members = list(_members(source))
    except UnicodeDecodeError as error:
        return _spoilt(number, raw, f"not UTF-8 (byte {error.start})")
    except json.JSONDecodeError as error:
        return _spoilt(number, raw, f"not a JSON object: {error.msg} (column {error.pos + 1})")
    except RecursionError:
        return _spoilt(number, raw, "nested too deeply")
    except ValueError as error:
        return _spoilt(number, raw, f"not a JSON object: {error}")
    keys = [key for key, *_ in members]
    if taken := [key for key in new if key in keys]:
        return _spoilt(number, raw, f"has a key {taken[0]!r} already, which is the name of a result; rename it first")
    identity = next((value for key, value, *_ in members if key == id_column), None)
    texts = [member[1:] for member in members if member[0] == text_column]
    if not texts:
        named = ", ".join(ascii(key)[:40] for key in keys[:8]) or "none"  # a key may hold what UTF-8 cannot
        return Line(number, source, id=identity, error=f"no key {text_column!r}; the keys are {named}", keyed=False)
    value, start, end = texts[-1]
    if len(texts) > 1:
        return Line(number, source, id=identity, error=f"the key {text_column!r} stands twice", keyed=True)
    if value is not None and source[start] != '"':
        return Line(number, source, id=identity, error="text is not a string", keyed=True)
    # a lone surrogate, which JSON can escape, is let through: it is told from good text where the bytes are read
    return Line(number, source, start, end, None if value is None else value.encode("utf-8", "surrogatepass"), identity, keyed=True)


def read_lines(stream: BinaryIO, where: object, text_column: str, id_column: str, new: tuple[str, ...]) -> Iterator[Line]:
    """The lines of a stream; empty ones are none. `new` are the keys that will be added."""
    number = 0
    while True:
        with reading(f"{where}: after line {number}"):
            raw = stream.readline(LONGEST_LINE + 1)
        if not raw:
            return
        number += 1
        if len(raw) > LONGEST_LINE:
            raise SisipanError(f"{where}: line {number} is longer than {LONGEST_LINE >> 20} MiB; a line holds one page: split it, or leave the file out")
        raw = (raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw).strip(b" \t\r\n")
        if raw:
            yield _line(number, raw, text_column, id_column, new)


def batched(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Lines in batches that fit into memory: a long line comes alone."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        length = len(line.source)
        if batch and (len(batch) == BATCH_ROWS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += length
    if batch:
        yield batch


def text_array(texts: list[bytes | None]) -> pa.Array:
    """A column of text of bytes that are taken as they are: the tagger says which are not UTF-8."""
    return pa.array(texts, pa.large_binary()).view(pa.large_string())


def target_name(name: str, action: str) -> str:
    """The name of the result of a file: its own, but that the spans of a text file are a line of JSON."""
    return f"{name}.jsonl" if action == "tag" and format_of(name) == "text" else name


def _batch_rows(metadata: Any) -> int:
    """Rows to read at once so that a batch fits into memory, by the largest row group."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    size = max((group.total_byte_size / max(group.num_rows, 1) for group in groups), default=1)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES // max(size, 1))))


def runs_of_groups(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    """The row groups of a Parquet file in runs of at least `RUN_ROWS` rows, each for a reader of its own.

    A reader keeps buffers of every group that it has read, so that one for a whole file would grow with it.
    """
    run, rows = [], 0
    for number in range(metadata.num_row_groups):
        run.append(number)
        rows += metadata.row_group(number).num_rows
        if rows >= RUN_ROWS:
            yield run
            run, rows = [], 0
    if run:
        yield run


@contextlib.contextmanager
def read_parquet(source: BinaryIO, where: object) -> Iterator[tuple[pa.Schema, int, Iterator[pa.RecordBatch]]]:
    """Schema, number of rows, and the rows in batches that fit into memory."""
    with reading(where):
        file = pq.ParquetFile(source, buffer_size=1 << 20)  # buffered, else a whole column of a row group is held

    def batches() -> Iterator[pa.RecordBatch]:
        done, size = 0, _batch_rows(file.metadata)
        # in one thread as in load.py: Python owns the stream
        found = (batch for some in runs_of_groups(file.metadata) for batch in file.iter_batches(size, row_groups=some, use_threads=False))
        while True:
            with reading(f"{where}: after row {done}"):
                batch = next(found, None)
            if batch is None:
                return
            yield batch
            done += batch.num_rows

    with file:
        yield file.schema_arrow, file.metadata.num_rows, batches()


@contextlib.contextmanager
def parquet_writer(sink: BinaryIO, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Gives what writes a batch: batches are held until they make a row group worth reading."""
    held: list[pa.RecordBatch] = []
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:

        def write(batch: pa.RecordBatch) -> None:
            held.append(batch)
            if sum(one.nbytes for one in held) > ROW_GROUP_BYTES or sum(one.num_rows for one in held) >= ROW_GROUP_ROWS:
                flush()

        def flush() -> None:
            table = pa.Table.from_batches(held)
            writer.write_table(pa.Table.from_arrays(table.columns, schema=schema))
            held.clear()

        yield write
        if held:
            flush()
