"""The tagger over Arrow data: the same rows out, with more columns.

One function serves `Dataset.map` (format `arrow`), polars, Ray, Spark and the runner. A row that is null or not UTF-8 has
null spans and says so in `error`; none is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sisipan.errors import SisipanError
from sisipan.tag.tagger import Found, Tagger
from sisipan.views import Removal

_SPAN = [("start", pa.int64()), ("end", pa.int64()), ("label", pa.string()), ("score", pa.float32())]
SPANS = pa.list_(pa.struct(_SPAN))
REMOVED = pa.list_(pa.struct([*_SPAN, ("text", pa.string())]))


@cache
def default_tagger() -> Tagger:
    """The tagger with default settings, loaded once a process."""
    return Tagger()


def without(text: str, found: Sequence[Found]) -> str:
    """`text` without the regions found, nothing else changed."""
    return Removal.of((one.start, one.end) for one in found).text(text)


def _read(column: pa.ChunkedArray) -> Iterator[tuple[str | None, str | None]]:
    """Text and error of each row, one of them None."""
    for chunk in column.chunks:
        try:
            chunk.validate(full=True)
            values = chunk.to_pylist()
        except (pa.ArrowInvalid, UnicodeDecodeError):
            values = [scalar.as_buffer().to_pybytes() if scalar.is_valid else None for scalar in chunk]
        for value in values:
            if value is None:
                yield None, "text is null"
            elif isinstance(value, str):
                yield value, None
            else:
                try:
                    yield value.decode("utf-8"), None
                except UnicodeDecodeError as error:
                    yield None, f"text is not UTF-8 (byte {error.start})"


def _texts(table: pa.Table, name: str) -> tuple[list[str | None], list[str | None]]:
    if name not in table.column_names:
        raise SisipanError(f"no column {name!r}; there are {', '.join(map(repr, table.column_names))}; name the one that holds the text")
    if table.column_names.count(name) > 1:
        raise SisipanError(f"there are {table.column_names.count(name)} columns {name!r}; keep one")
    column = table.column(name)
    if isinstance(column.type, pa.DictionaryType):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type) or pa.types.is_null(column.type)):
        raise SisipanError(f"the column {name!r} holds {column.type}, not text")
    pairs = list(_read(column))
    return [text for text, _ in pairs], [error for _, error in pairs]


def _rows(texts: Sequence[str | None], tagger: Tagger) -> list[list[Found] | None]:
    """What is found in each text; None where there is no text."""
    known = [at for at, text in enumerate(texts) if text is not None]
    out: list[list[Found] | None] = [None] * len(texts)
    for at, found in zip(known, tagger.tag_many([texts[at] for at in known])):
        out[at] = found
    return out


def _as_table(data: Any) -> pa.Table:
    return pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data if isinstance(data, pa.Table) else pa.table(data)


def _like(data: Any, table: pa.Table) -> Any:
    """A record batch for a record batch, a table for everything else."""
    if not isinstance(data, pa.RecordBatch):
        return table
    return pa.RecordBatch.from_arrays([column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in table.columns], schema=table.schema)


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)


def tag_arrow(data: Any, text_column: str = "text", tagger: Tagger | None = None) -> Any:
    """`data` with the columns `spans` and `error`.

    `data` is a RecordBatch (a RecordBatch comes back), a Table, or what has the Arrow stream interface, such as a polars
    frame (a Table comes back). `spans`: list<struct<start: int64, end: int64, label: string, score: float>>, offsets in
    code points, half-open. Columns of these names are replaced. Raises SisipanError where `text_column` is missing or no text.
    """
    table = _as_table(data)
    texts, errors = _texts(table, text_column)
    found = _rows(texts, tagger or default_tagger())
    spans = [None if row is None else [{"start": f.start, "end": f.end, "label": f.label, "score": f.score} for f in row] for row in found]
    return _like(data, _put(_put(table, "spans", pa.array(spans, SPANS)), "error", pa.array(errors, pa.string())))


def clean_arrow(data: Any, text_column: str = "text", tagger: Tagger | None = None) -> Any:
    """`data` with the regions cut out of `text_column`, and the columns `removed` and `error`.

    `removed` has the fields of `spans` and `text`, what was taken out; offsets are into the text as it came in. A row with an
    error keeps its text. See `tag_arrow`.
    """
    table = _as_table(data)
    texts, errors = _texts(table, text_column)
    found = _rows(texts, tagger or default_tagger())
    removed = [
        None if row is None else [{"start": f.start, "end": f.end, "label": f.label, "score": f.score, "text": text[f.start : f.end]} for f in row] for text, row in zip(texts, found)
    ]
    if any(found):
        old = table.column(text_column)
        plain = old.cast(pa.large_string())  # the one type of text that holds all others and has every kernel
        fresh = pa.array([without(text, row) if row else None for text, row in zip(texts, found)], pa.large_string())
        chosen = pc.if_else(pa.array([bool(row) for row in found]), fresh, plain)
        table = _put(table, text_column, chosen.cast(old.type))
    return _like(data, _put(_put(table, "removed", pa.array(removed, REMOVED)), "error", pa.array(errors, pa.string())))
