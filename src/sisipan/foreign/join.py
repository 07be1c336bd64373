"""A table of spans beside the texts: the rows of each text in turn, in flat memory where both stand in the same order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterator
from typing import Any

from sisipan.checks.context import brief
from sisipan.foreign.fields import MISSING, Layer, at, shown
from sisipan.foreign.lines import Row, read_rows
from sisipan.store import Problem


def _document(row: Row, layer: Layer) -> Hashable:
    value = at(row.value, layer.document)
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


class SpanTable:
    """The rows of a table by document. The table is read twice: once to count the rows of each, once to hand them out.

    What stands before the rows that are asked for is held in memory until its text comes; `most` is how many rows that were at once.
    `spoilt` collects rows that could not be read or name no document, until somebody takes them.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.spoilt: deque[Row] = deque()
        self.most = 0
        self._counts = Counter(_document(row, layer) for row in read_rows(layer.file) if row.value is not None)
        self._counts.pop(None, None)
        self._rows = read_rows(layer.file)
        self._held: dict[Hashable, list[Row]] = {}
        self._holding = 0

    def _next(self) -> tuple[Hashable, Row] | None:
        for row in self._rows:
            if row.problems:
                self.spoilt.append(row)
            if row.value is None:
                continue
            document = _document(row, self.layer)
            if document is not None:
                return document, row
            value = at(row.value, self.layer.document)
            wrong = f"no document at {shown(self.layer.document)}" if value is MISSING or value is None else f"the document is {brief(value)}, not a string or an integer"
            self.spoilt.append(Row(row.number, None, row.raw, (Problem("field-mismatch", row.number, 1, wrong),)))
        return None

    def take(self, document: Hashable) -> list[Row]:
        """The rows of a document, in their order; none the second time."""
        wanted = self._counts.pop(document, 0) if document is not None else 0
        rows = self._held.pop(document, [])
        self._holding -= len(rows)
        while len(rows) < wanted:
            found = self._next()
            if found is None:
                break
            if found[0] == document:
                rows.append(found[1])
            else:
                self._held.setdefault(found[0], []).append(found[1])
                self._holding += 1
                self.most = max(self.most, self._holding)
        return rows

    def left(self) -> Iterator[tuple[Any, Row]]:
        """The rows that no document asked for."""
        for document, rows in self._held.items():
            for row in rows:
                yield document, row
        while (found := self._next()) is not None:
            yield found
