"""Random damage with a seed: to bytes, to text, to the values of a JSON file, to Arrow tables."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

LONGEST = 60_000  # bytes of an input, so that one takes no longer than many
ODD_TEXT = ("", " ", "\0", "\ufeff", "\u200b", "e\u0301", "\U0001f600", "\ud800", "a" * 300, "\n", "\r\n", "\x1b[31m", "../x", "e1", "PER", "slot", "2024-02-30", "\u202e", "İ", "ß")
ODD_NUMBERS = (0, 1, -1, 5, 165, 2**31, 2**63, -(2**63), 10**19, 1.5, 6.0, 1e308, -0.0)
TOKENS = (b"---\n", b"\n", b"\r", b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"null", b"\\ud800", b"\\u0000", b"1e999", b"NaN", b"\xff", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\0", b"\t", b"&a", b"*a", b"!!python/object", b"%", b"#", b"|", b">", b"<", b"\xed\xa0\x80")


def of_bytes(rng: Random, seeds: Sequence[bytes], tokens: Sequence[bytes] = TOKENS) -> bytes:
    """One of the seeds with one to five cuts, doublings, flips, tokens put in, or pieces of another seed."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randint(0, len(data))
        end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 200)))
        act = rng.randrange(7)
        if act == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << rng.randrange(8)
        elif act == 1:
            del data[at:end]
        elif act == 2:
            data[at:at] = data[at:end] * rng.choice((1, 1, 2, 50))
        elif act == 3:
            data[at:at] = rng.choice(tokens) * rng.choice((1, 1, 1, 40))
        elif act == 4:
            data[at:end] = rng.randbytes(rng.choice((1, 2, 4, 8)))
        elif act == 5:
            other = rng.choice(seeds)
            start = rng.randint(0, len(other))
            data[at:end] = other[start : start + rng.choice((4, 40, 400))]
        else:
            del data[at:]
    return bytes(data[:LONGEST])


def odd(rng: Random, depth: int = 0) -> Any:
    """A value that nothing expects."""
    act = rng.randrange(9 if depth < 3 else 6)
    if act < 3:
        return rng.choice(ODD_TEXT)
    if act < 5:
        return rng.choice(ODD_NUMBERS)
    if act == 5:
        return rng.choice((None, True, False))
    if act == 6:
        return [odd(rng, depth + 1) for _ in range(rng.randrange(4))]
    keys = ("id", "start", "end", "text", "label", "speaker", "cue", "exact", "prefix", "first", "last", "value", "type", "")
    return {rng.choice(keys): odd(rng, depth + 1) for _ in range(rng.randrange(4))}


def of_values(rng: Random, value: Any) -> Any:
    """A JSON value with one to four of its parts replaced, removed, doubled, swapped or added to."""
    held = [json.loads(json.dumps(value))]
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        node: Any = held
        key: Any = 0
        while isinstance(node[key], (dict, list)) and node[key] and rng.random() < 0.85:
            node = node[key]
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
        act = rng.randrange(6)
        if act == 0 and node is not held:
            del node[key]
        elif act == 1 and isinstance(node, list):
            node.append(json.loads(json.dumps(node[key])))
        elif act == 2 and isinstance(node[key], int):
            node[key] = node[key] + rng.choice((-1, 1, 1000))
        elif act == 3 and isinstance(node[key], dict):
            node[key][rng.choice(("id", "extra", "exact", "start", "value"))] = odd(rng)
        elif act == 4 and isinstance(node, list):
            rng.shuffle(node)
        else:
            node[key] = odd(rng)
        if not held:
            held = [None]
    return held[0]


def of_json(rng: Random, seeds: Sequence[Any], lines: bool = False) -> bytes:
    """One of the seeds with changed values, as JSON; one in four has its bytes damaged too."""
    data = json.dumps(of_values(rng, rng.choice(seeds)), ensure_ascii=rng.random() < 0.5, indent=None if lines or rng.random() < 0.5 else 1).encode("utf-8", "surrogatepass")
    return of_bytes(rng, [data]) if rng.random() < 0.25 else data[:LONGEST]


def of_text(rng: Random, pieces: Sequence[str]) -> str:
    """Pieces in any order, some of them many times, with odd characters between."""
    out = []
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4, 12))):
        piece = rng.choice(pieces) if rng.random() < 0.8 else rng.choice(ODD_TEXT)
        if rng.random() < 0.2 and piece:
            at = rng.randrange(len(piece))
            piece = piece[:at] + rng.choice(ODD_TEXT) + piece[at + rng.randint(0, 2) :]
        out.append(piece * (rng.choice((1, 1, 1, 1, 1, 1, 2, 30)) if len(piece) < 60 else 1) + rng.choice(("", " ", "\n", ".")))
    return "".join(out)


def _bad_strings(rng: Random, rows: int) -> pa.Array:
    """Strings that are no UTF-8."""
    return pa.array([rng.choice((b"\xff", b"ok", b"\xed\xa0\x80", None)) for _ in range(rows)], pa.binary()).view(pa.string())


def _odd_column(rng: Random, rows: int) -> pa.Array:
    kinds: Sequence[Callable[[], pa.Array]] = (
        lambda: pa.nulls(rows),
        lambda: pa.array([rng.choice((0, -1, 2**62, None)) for _ in range(rows)], pa.int64()),
        lambda: pa.array([rng.choice(ODD_TEXT[:15]).encode("utf-8", "ignore").decode() for _ in range(rows)]),
        lambda: pa.array([rng.choice(("a", "b", None)) for _ in range(rows)]).dictionary_encode(),
        lambda: pa.array([[{"start": 5, "end": -1}]] * rows),
        lambda: pa.array([float("nan")] * rows),
        lambda: pa.array([rng.choice((b"\xff", None)) for _ in range(rows)], pa.binary()),
        lambda: pa.array([-(2**31), 2**31 - 1] * rows, pa.int32())[:rows].cast(pa.date32()),
        lambda: pa.array(["x"] * rows, pa.large_string()),
        lambda: _bad_strings(rng, rows),
    )
    return rng.choice(kinds)()


def of_table(rng: Random, table: pa.Table) -> pa.Table:
    """A table with one to three of its columns odd, gone, doubled or renamed, or its rows and metadata changed."""
    for _ in range(rng.randint(1, 3)):
        act, at = rng.randrange(8), rng.randrange(max(1, table.num_columns))
        if not table.num_columns:
            return table
        name = table.column_names[at]
        if act == 0:
            table = table.remove_column(at)
        elif act == 1:
            table = table.append_column(rng.choice((name, "spans", "error", "text", "")), table.column(at))
        elif act == 2:
            table = table.rename_columns([rng.choice((one, "text", "id")) if n == at else one for n, one in enumerate(table.column_names)])
        elif act == 3:
            table = table.slice(rng.randint(0, table.num_rows), rng.randint(0, 3))
        elif act == 4:
            table = pa.concat_tables([table] * rng.randint(1, 4))
        elif act == 5:
            table = table.replace_schema_metadata({b"huggingface": rng.choice((b"", b"{}", b"{\"info\": 3}", b"\xff", b"[" * 2000))})
        else:
            table = table.set_column(at, name, _odd_column(rng, table.num_rows))
    return table


def as_parquet(rng: Random, table: pa.Table) -> bytes:
    """A table as Parquet in one of many encodings."""
    sink = io.BytesIO()
    options = {
        "compression": rng.choice(("zstd", "snappy", "none", "gzip", "lz4", "brotli")),
        "use_dictionary": rng.random() < 0.5,
        "data_page_version": rng.choice(("1.0", "2.0")),
        "row_group_size": rng.choice((1, 2, 1000)),
        "write_statistics": rng.random() < 0.5,
        "write_page_index": rng.random() < 0.5,
        "write_page_checksum": rng.random() < 0.5,
    }
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def of_parquet(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """A Parquet file with a changed table, with damaged bytes, with a damaged footer, or all of it."""
    data = rng.choice(seeds)
    if rng.random() < 0.4:
        try:
            data = as_parquet(rng, of_table(rng, pq.read_table(pa.BufferReader(data))))
        except (pa.ArrowException, OSError, ValueError, KeyError):
            pass  # what Arrow will not write needs no reader
    if rng.random() < 0.7:
        whole = bytearray(data)
        footer = int.from_bytes(whole[-8:-4], "little") if len(whole) > 12 else 0
        start = max(0, len(whole) - 8 - footer) if rng.random() < 0.6 else 0
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(start, len(whole)) if start < len(whole) else 0
            act = rng.randrange(4)
            if act < 2 and whole:
                whole[at] = rng.choice((rng.randrange(256), 0, 255, 127, 128))
            elif act == 2:
                whole[at : at + rng.randint(1, 4)] = rng.randbytes(rng.randint(1, 4))
            else:
                whole[at:at] = rng.choice((b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\0", bytes(8)))
        data = bytes(whole)
    return data
