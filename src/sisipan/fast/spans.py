"""The spans of a batch, layer by layer: which articles have one that the checks must look at.

Every function returns numbers of rows (articles), perhaps twice; a row that is not among them certainly has no such finding.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sisipan.fast.texts import CAPITAL, CONTINUATION, KEEP, LEAD, SPACE, WORD, Texts, byte_run, eight_bytes
from sisipan.fast.values import bools, lengths, owners, present
from sisipan.ranges import ranges

_SHORT = 6  # bytes of an id that fit beside the number of its row in 64 bits
MOST_ROWS = 1 << 16


def integers(array: pa.Array) -> np.ndarray:
    """Values as 64-bit integers, 0 for null."""
    return pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)


@dataclass(frozen=True)
class Layer:
    """All spans of one layer: `rows` says whose they are, `start` and `end` are code points."""

    items: pa.StructArray
    counts: np.ndarray

    @classmethod
    def of(cls, column: pa.ListArray) -> Layer:
        """The layer in a column of lists of spans."""
        return cls(column.flatten(), lengths(column))

    @cached_property
    def rows(self) -> np.ndarray:
        return owners(self.counts)

    @cached_property
    def firsts(self) -> np.ndarray:
        """The number of the first span of each row (where it has one)."""
        return np.cumsum(self.counts) - self.counts

    def ranges(self, row: int) -> list[tuple[int, int]]:
        """Start and end of each span of a row."""
        mine = slice(self.firsts[row], self.firsts[row] + self.counts[row])
        return list(zip(self.start[mine].tolist(), self.end[mine].tolist()))

    def values(self, name: str, row: int) -> list[Any]:
        """A field of each span of a row."""
        return self.columns[name].slice(self.firsts[row], self.counts[row]).to_pylist()

    @cached_property
    def columns(self) -> dict[str, pa.Array]:
        """The fields of the spans, null where a span is null."""
        return dict(zip((part.name for part in self.items.type), self.items.flatten()))

    @cached_property
    def start(self) -> np.ndarray:
        return integers(self.columns["start"])

    @cached_property
    def end(self) -> np.ndarray:
        return integers(self.columns["end"])

    def places(self, texts: Texts) -> tuple[np.ndarray, np.ndarray]:
        """Where the spans start and end in the run of bytes. They must lie within their texts."""
        return texts.places(self.rows, self.start), texts.places(self.rows, self.end)

    def only(self, rows: np.ndarray) -> Layer:
        """Without the spans of rows that are not flagged."""
        if rows.all():
            return self
        return Layer(self.items.filter(pa.array(rows[self.rows])), np.where(rows, self.counts, 0))


def out_of_order(layer: Layer, texts: Texts) -> np.ndarray:
    """E202, E206, E207: outside the text, empty, overlapping or unsorted."""
    wrong = (layer.start < 0) | (layer.start >= layer.end) | (layer.end > texts.sizes[layer.rows])
    wrong[1:] |= (layer.start[1:] < layer.end[:-1]) & (layer.rows[1:] == layer.rows[:-1])
    return layer.rows[wrong]


def untrimmed(texts: Texts, rows: np.ndarray, first: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """E204, E304: white space at an end. Where a character beyond ASCII stands there, Python is asked."""
    edges = texts.classes[first] | texts.classes[stop - 1]
    wrong = (edges & SPACE) > 0
    for at in np.flatnonzero((edges & (LEAD | CONTINUATION)) > 0).tolist():
        words = texts.run[first[at] : stop[at]].tobytes().decode()
        wrong[at] |= words != words.strip()
    return rows[wrong]


def mismatched(layer: Layer, texts: Texts, first: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """E203: the surface is not what stands between the offsets. The spans of the layer must be in order."""
    surfaces = layer.columns["text"]
    if not len(surfaces):
        return layer.rows
    bounds = np.empty(2 * len(first) + 1, np.int64)
    bounds[0:-1:2], bounds[1::2], bounds[-1] = first, stop, stop[-1]
    pieces = pa.LargeBinaryArray.from_buffers(pa.large_binary(), 2 * len(first), [None, pa.py_buffer(bounds), pa.py_buffer(texts.run)])
    found = pieces.take(pa.array(np.arange(0, 2 * len(first), 2)))
    return layer.rows[~bools(pc.fill_null(pc.equal(found, surfaces.cast(pa.large_binary())), False))]


def _keys(rows: np.ndarray, ids: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """One number for each row and id, and the rows with an id that does not fit."""
    run, bounds = byte_run(ids)
    size = np.diff(bounds)
    return rows.astype(np.uint64) << np.uint64(8 * _SHORT) | eight_bytes(run)[bounds[:-1]] & KEEP[np.minimum(size, _SHORT)], rows[size > _SHORT]


def doubled_ids(layers: Collection[Layer]) -> np.ndarray:
    """E205: an id stands twice in an article, over all layers."""
    pairs = [_keys(layer.rows, layer.columns["id"]) for layer in layers]
    keys = np.sort(np.concatenate([keys for keys, _ in pairs]))
    same = keys[1:][keys[1:] == keys[:-1]]
    long = np.unique(np.concatenate([rows for _, rows in pairs]))
    found = (same >> np.uint64(8 * _SHORT)).astype(np.int64)
    return np.concatenate([found[~np.isin(found, long)], _doubled_long_ids(layers, long)])


def _doubled_long_ids(layers: Collection[Layer], rows: np.ndarray) -> np.ndarray:
    names: dict[int, list[str]] = {row: [] for row in rows.tolist()}
    for layer in layers:
        chosen = np.flatnonzero(np.isin(layer.rows, rows))
        for row, name in zip(layer.rows[chosen].tolist(), layer.columns["id"].take(pa.array(chosen)).to_pylist()):
            names[row].append(name)
    return np.array([row for row, several in names.items() if len(set(several)) < len(several)], np.int64)


def unknown_claimants(claims: Layer, entities: Layer) -> np.ndarray:
    """E303, E306: a claimant that is no entity of the article, or that has no speaker words."""
    claimants = claims.columns["claimant"]
    named = np.flatnonzero(present(claimants))
    speechless = claims.rows[named][~present(claims.columns["speaker"])[named]]
    wanted, long = _keys(claims.rows[named], claimants.take(pa.array(named)))
    known, long_known = _keys(entities.rows, entities.columns["id"])
    known = np.sort(known)
    at = np.searchsorted(known, wanted)
    missing = claims.rows[named][known[np.minimum(at, len(known) - 1)] != wanted] if len(known) else claims.rows[named]
    both = np.union1d(long, long_known)
    return np.concatenate([speechless, missing[~np.isin(missing, both)], _unknown_long_claimants(claims, entities, both)])


def claimants_among(claims: Layer, entities: Layer, flagged: np.ndarray) -> np.ndarray:
    """E308: rows in which a claimant is one of the flagged entities, as far as the first bytes of ids tell."""
    named = np.flatnonzero(present(claims.columns["claimant"]))
    wanted, _ = _keys(claims.rows[named], claims.columns["claimant"].take(pa.array(named)))
    known, _ = _keys(entities.rows, entities.columns["id"])
    return claims.rows[named][np.isin(wanted, known[flagged])]


def _unknown_long_claimants(claims: Layer, entities: Layer, rows: np.ndarray) -> np.ndarray:
    names: dict[int, set[str]] = {row: set() for row in rows.tolist()}
    chosen = np.flatnonzero(np.isin(entities.rows, rows))
    for row, name in zip(entities.rows[chosen].tolist(), entities.columns["id"].take(pa.array(chosen)).to_pylist()):
        names[row].add(name)
    chosen = np.flatnonzero(np.isin(claims.rows, rows))
    pairs = zip(claims.rows[chosen].tolist(), claims.columns["claimant"].take(pa.array(chosen)).to_pylist())
    return np.array([row for row, name in pairs if name is not None and name not in names[row]], np.int64)


def attributions(claims: Layer, texts: Texts) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Speakers and cues as (rows, start, end), and the rows in which one is outside the text or not trimmed (E304)."""
    parts = []
    for side in ("speaker", "cue"):
        column = claims.columns[side]
        there = present(column)
        start, end = (integers(part)[there] for part in column.flatten())
        parts.append((claims.rows[there], start, end))
    rows, start, end = (np.concatenate(part) for part in zip(*parts))
    wrong = (start < 0) | (start >= end) | (end > texts.sizes[rows])
    good = ~wrong
    ragged = untrimmed(texts, rows[good], texts.places(rows[good], start[good]), texts.places(rows[good], end[good]))
    return rows, start, end, np.concatenate([rows[wrong], ragged])


def touching_spam(rows: np.ndarray, start: np.ndarray, end: np.ndarray, spam: Layer) -> np.ndarray:
    """E301, E302, E305: a range that neither keeps clear of a spam region nor holds it strictly inside."""
    near = np.flatnonzero(spam.counts[rows] > 0)
    times = spam.counts[rows[near]]
    one = np.repeat(near, times)
    other = ranges(spam.firsts[rows[near]], spam.firsts[rows[near]] + times)
    s, e, a, b = start[one], end[one], spam.start[other], spam.end[other]
    return rows[one[~((e <= a) | (s >= b) | ((s < a) & (e > b)))]]


def bare_names(entities: Layer, named: np.ndarray, texts: Texts, places: tuple[np.ndarray, np.ndarray], hidden: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """W501: a capital outside every entity and spam region from which on the text reads like a tagged name, as far as twelve bytes tell.

    `named` flags the entities that are names; `places` and `hidden` are the places of entities and spam.
    """
    first, stop = places
    named = named & (stop - first >= 4) & ((texts.classes[first] & CAPITAL) > 0)
    if not named.any():
        return entities.rows[:0]
    depth = np.zeros(len(texts.run) + 1, np.int8)
    for begin, finish in (places, hidden):  # no two spans of a layer start or end together
        depth[begin] += 1
        depth[finish] -= 1
    capitals = np.flatnonzero(texts.classes[: texts.bounds[-1]] & CAPITAL)
    at_word = (texts.classes[capitals - 1] & WORD) == 0
    initial = np.searchsorted(capitals, texts.bounds[:-1])
    at_word[initial[initial < len(capitals)]] = True  # too many where the first byte is none: that only asks the checks for more
    capitals = capitals[at_word]
    capitals = capitals[np.cumsum(depth, dtype=np.int8)[capitals] == 0]
    ahead = eight_bytes(texts.run)
    rows = texts.rows_at(capitals)
    key = rows.astype(np.uint64) << np.uint64(32) | ahead[capitals] & KEEP[4]
    owner, begin, size = entities.rows[named], first[named], (stop - first)[named]
    known = owner.astype(np.uint64) << np.uint64(32) | ahead[begin] & KEEP[4]
    order = np.argsort(known, kind="stable")
    left, right = np.searchsorted(known[order], key), np.searchsorted(known[order], key, side="right")
    times = right - left
    if not times.any():
        return entities.rows[:0]
    one = np.repeat(np.arange(len(key)), times)
    other = order[ranges(left, right)]
    mask = KEEP[np.clip(size[other] - 4, 0, 8)]
    return rows[one[(ahead[capitals[one] + 4] & mask) == (ahead[begin[other] + 4] & mask)]]
