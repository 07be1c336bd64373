"""What the checks of the whole corpus compare, as numbers: which articles could have such a finding among millions.

Equal values have equal numbers; that unequal ones rarely do only means that the checks are asked once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from sisipan.checks import at_level
from sisipan.checks.context import Record
from sisipan.checks.layers import readable
from sisipan.fast.texts import KEEP, byte_run, eight_bytes
from sisipan.fast.values import lengths, owners

# the checks of a corpus that are covered here and in `duplicates`
COVERED = frozenset("E401 E402 I403 W404 E405 E406 E407".split())
_LONGEST = 512  # bytes that count
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


def covered() -> bool:
    """Whether the checks of a corpus are exactly those that are covered."""
    return {check.code for check in at_level("corpus")} == COVERED


def mixed(numbers: np.ndarray, more: np.ndarray) -> np.ndarray:
    """One number of two, spread over all 64 bits."""
    out = (numbers ^ more) * _A
    return (out ^ out >> np.uint64(29)) * _B


def hashes(array: pa.StringArray | pa.BinaryArray) -> np.ndarray:
    """A number for each string, from its length and its first bytes; never 0."""
    run, bounds = byte_run(array)
    ahead, first, size = eight_bytes(run), bounds[:-1], np.diff(bounds)
    out = size.astype(np.uint64)
    for at in range(0, min(int(size.max(initial=0)), _LONGEST), 8):
        some = np.flatnonzero(size > at)
        out[some] = mixed(out[some], ahead[first[some] + at] & KEEP[np.minimum(size[some] - at, 8)])
    return mixed(out, np.uint64(1)) | np.uint64(1)


def _hashes_of(values: Iterable[str]) -> np.ndarray:
    return hashes(pa.array([value.encode("utf-8", "surrogatepass") for value in values], pa.binary()))


@lru_cache(maxsize=4096)
def _as_read(brand: str) -> str:
    return readable(brand) or brand


def _split_name(split: Any) -> str:
    return json.dumps(split, sort_keys=True)


@dataclass(frozen=True)
class Keys:
    """Numbers of some articles, in their order. `event` is 0 where there is none; `brand_of` says whose each of `brand` is."""

    id: np.ndarray
    event: np.ndarray
    split: np.ndarray
    brand_of: np.ndarray
    brand: np.ndarray

    def __len__(self) -> int:
        return len(self.id)


def _keys(ids: np.ndarray, events: np.ndarray, splits: Sequence[Any], brands: Sequence[Sequence[str]]) -> Keys:
    names = sorted({_split_name(split) for split in splits})
    named = dict(zip(names, _hashes_of(names).tolist()))
    counts = np.array([len(some) for some in brands], np.int64)
    numbers = np.array([named[_split_name(split)] for split in splits], np.uint64)
    return Keys(ids, events, numbers, owners(counts).astype(np.uint32), _hashes_of(_as_read(brand) for some in brands for brand in some))


def keys_of_batch(batch: pa.RecordBatch, split_names: Sequence[str]) -> Keys:
    """The numbers of records that fit the schema. `split_names` tells what the numbers of a split column stand for."""
    column = batch.column
    splits = column("split").to_pylist()
    if pa.types.is_integer(column("split").type):
        splits = [split_names[number] for number in splits]
    some = lengths(column("brands")) > 0
    brands: list[list[str]] = [[]] * batch.num_rows
    for row, values in zip(np.flatnonzero(some).tolist(), column("brands").filter(pa.array(some)).to_pylist()):
        brands[row] = values
    return _keys(hashes(column("id")), hashes(column("event")), splits, brands)


def keys_of_records(records: Sequence[Record]) -> Keys:
    """The numbers of records as they were found, whatever is wrong with them."""
    events = [record.data.get("event") for record in records]
    numbers = _hashes_of(event if isinstance(event, str) else "" for event in events)
    numbers[[not isinstance(event, str) for event in events]] = 0
    brands = [record.data.get("brands") for record in records]
    listed = [[brand for brand in some if isinstance(brand, str)] if isinstance(some, list) else [] for some in brands]
    return _keys(_hashes_of(record.article or "" for record in records), numbers, [record.data.get("split") for record in records], listed)


def joined(parts: Sequence[Keys]) -> Keys:
    """The numbers of all articles, in order."""
    if not parts:
        return keys_of_records([])
    sizes = np.cumsum([0, *(len(part) for part in parts)])
    brand_of = np.concatenate([part.brand_of + np.uint32(at) for part, at in zip(parts, sizes.tolist())])
    id_, event, split, brand = (np.concatenate([getattr(part, name) for part in parts]) for name in ("id", "event", "split", "brand"))
    return Keys(id_, event, split, brand_of, brand)


def picked(keys: Keys, rows: np.ndarray) -> Keys:
    """The numbers of the articles at `rows`, in that order."""
    where = np.full(len(keys), -1, np.int64)
    where[rows] = np.arange(len(rows))
    stay = where[keys.brand_of] >= 0
    order = np.argsort(where[keys.brand_of[stay]], kind="stable")
    return Keys(keys.id[rows], keys.event[rows], keys.split[rows], where[keys.brand_of[stay]][order].astype(np.uint32), keys.brand[stay][order])


def _across(values: np.ndarray, articles: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """The first article with each value and those with the same in another split than its, where there are such."""
    order = np.argsort(values, kind="stable")
    values, articles = values[order], articles[order]
    fresh = np.ones(len(values), bool)
    fresh[1:] = values[1:] != values[:-1]
    first = articles[np.flatnonzero(fresh)[np.cumsum(fresh) - 1]] if len(values) else articles
    strange = splits[articles] != splits[first]
    return np.concatenate([first[strange], articles[strange]])


def suspects(keys: Keys) -> np.ndarray:
    """E401, E405, E406: the articles that those checks must be asked about, in order; about all together."""
    everyone = np.arange(len(keys))
    order = np.argsort(keys.id, kind="stable")
    same = np.flatnonzero(keys.id[order][1:] == keys.id[order][:-1])
    with_event = np.flatnonzero(keys.event)
    events = _across(keys.event[with_event], everyone[with_event], keys.split)
    brands = _across(keys.brand, keys.brand_of.astype(np.int64), keys.split)
    return np.unique(np.concatenate([order[same], order[same + 1], events, brands]))
