"""The keys of JSON lines, read from the bytes: what a quick reader is silent about, such as a key twice or none at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sisipan.fast.texts import KEEP, eight_bytes
from sisipan.model import LAYERS
from sisipan.ranges import ranges
from sisipan.schemas import SPAN_SCHEMAS, Schemas

FRONT = 32  # bytes that must be free before the lines, so that one may look back over the longest name
_QUOTE, _COLON, _SPACE = b'":'[0], b":"[0], b" "[0]
_NAME_BYTE = np.array([chr(byte).isalnum() and byte < 128 or byte == 0x5F for byte in range(256)])
_SIDES = ("speaker", "cue")


@dataclass(frozen=True)
class Orders:
    """The order in which a writer puts the keys of each kind of object."""

    article: tuple[str, ...]
    layers: Mapping[str, tuple[str, ...]]
    range: tuple[str, ...]


def orders_of(lines: Iterable[bytes], schemas: Schemas) -> Orders:
    """The orders that the first lines show, those of the schema where they show none."""
    properties = lambda name: tuple(schemas.documents[name]["properties"])  # noqa: E731
    article, range_ = properties("article"), tuple(schemas.documents["article"]["$defs"]["range"]["properties"])
    layers = {layer: properties(SPAN_SCHEMAS[layer]) for layer in LAYERS}
    unseen = {*LAYERS, "article", "range"}

    def shown(kind: str, value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
        if kind in unseen and isinstance(value, dict) and set(value) == set(known):
            unseen.discard(kind)
            return tuple(value)
        return known

    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        article = shown("article", record, article)
        for layer in LAYERS:
            for span in record.get(layer) or () if isinstance(record, dict) and isinstance(record.get(layer), list) else ():
                layers[layer] = shown(layer, span, layers[layer])
                for side in _SIDES if isinstance(span, dict) else ():
                    range_ = shown("range", span.get(side), range_)
        if not unseen:
            break
    return Orders(article, layers, range_)


@dataclass(frozen=True)
class KeyReader:
    """Finds the keys of lines and tells the lines in which every object has each of its keys once, in the order of the writer."""

    schemas: Schemas

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every key that a record may hold, at any depth."""
        documents = self.schemas.documents
        own = [documents[name]["properties"] for name in ("article", *SPAN_SCHEMAS.values())]
        return tuple(dict.fromkeys(key for node in (*own, documents["article"]["$defs"]["range"]["properties"]) for key in node))

    @cached_property
    def reliable(self) -> bool:
        """Whether a missing key would be noticed: keys that may be null belong to one kind of object only, and all names are short words."""
        kinds = [("article", self.schemas.documents["article"]), *((layer, self.schemas.documents[SPAN_SCHEMAS[layer]]) for layer in LAYERS)]
        sides = [key for key in self.schemas.documents["claim"]["properties"] if key in _SIDES]
        where: dict[str, int] = {}
        for _, document in kinds:
            for key in document["properties"]:
                where[key] = where.get(key, 0) + 1
        simple = all(2 <= len(name) <= FRONT - 9 and name.isascii() and name.replace("_", "a").isalnum() for name in self.names)
        alone = all(where[key] == 1 for kind, document in kinds for key in document["properties"] if self.may_be_null(kind, key))
        others = all(set(document.get("required", ())) == set(document["properties"]) for _, document in kinds)
        return simple and alone and others and tuple(sides) == _SIDES

    def may_be_null(self, kind: str, key: str) -> bool:
        """Whether a sound record may hold null there. The text, its surfaces and the title may not where the fast path is to vouch for it."""
        name = SPAN_SCHEMAS.get(kind, kind)
        _, node = self.schemas.resolve(name, self.schemas.documents[name]["properties"][key])
        options = node.get("anyOf", [node])
        return key not in ("text", "title") and any("null" in ([one["type"]] if isinstance(one.get("type"), str) else one.get("type", ())) for one in options)

    @cached_property
    def _table(self) -> tuple[int, np.ndarray, tuple[tuple[int, ...], ...]]:
        """A multiplier that spreads the last three bytes of the names over a table, the table, and names that end alike."""
        groups: dict[int, list[int]] = {}
        for number, name in enumerate(self.names):
            groups.setdefault(int.from_bytes(f'"{name}'.encode()[-3:], "little"), []).append(number)
        for multiplier in range(0x9E3779B1, 0x9E3779B1 + 200_000, 2):
            slots = {(code * multiplier & 0xFFFFFFFF) >> 22: members[0] for code, members in groups.items()}
            if len(slots) == len(groups):
                break
        else:
            raise AssertionError("no such multiplier")
        table = np.full(1024, 255, np.uint8)
        table[list(slots)] = list(slots.values())
        return multiplier, table, tuple(tuple(members) for members in groups.values() if len(members) > 1)

    @cached_property
    def _spellings(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """What stands in the last 8, the 8 before and the 8 before those bytes of each name with its opening quote; and which bits count."""
        parts = []
        for back in range(3):
            values, masks = [], []
            for name in self.names:
                piece = f'"{name}'.encode()
                piece = piece[max(0, len(piece) - 8 * (back + 1)) : max(0, len(piece) - 8 * back)]
                values.append(int.from_bytes(piece.rjust(8, b"\0"), "little"))
                masks.append(((1 << 64) - 1) ^ int(KEEP[8 - len(piece)]))
            parts.append((np.array(values, np.uint64), np.array(masks, np.uint64)))
        return tuple(parts)

    def _spelt(self, run: np.ndarray, ends: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Whether the name with this number ends at each place, from its opening quote on."""
        ahead = eight_bytes(run)
        good = np.ones(len(ends), bool)
        for back, (values, masks) in enumerate(self._spellings):
            some = slice(None) if back == 0 else np.flatnonzero(masks[numbers] > 0)
            good[some] &= ahead[ends[some] - 8 * (back + 1)] & masks[numbers[some]] == values[numbers[some]]
        return good

    def keys(self, run: np.ndarray, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places of the closing quotes of all keys in `run[FRONT:stop]`, the number of each name (255: unknown), places where one may hide."""
        quotes = np.flatnonzero(run[FRONT:stop] == _QUOTE) + FRONT
        after = run[quotes + 1]
        ends, spaced = quotes[after == _COLON], quotes[after == _SPACE]
        ends = ends[_NAME_BYTE[run[ends - 1]]]  # the quote that opens a value is never preceded so, and one inside a string is escaped
        further = run[spaced + 2]
        hiding = spaced[(further == _COLON) | (further == _SPACE)]
        multiplier, table, alike = self._table
        code = (eight_bytes(run)[ends - 8] >> np.uint64(40)).astype(np.uint32)
        numbers = table[(code * np.uint32(multiplier)) >> np.uint32(22)]
        for first, *others in alike:
            some = np.flatnonzero(numbers == first)
            for other in others:
                numbers[some[self._spelt(run, ends[some], np.full(len(some), other))]] = other
        known = np.flatnonzero(numbers != 255)
        numbers[known[~self._spelt(run, ends[known], numbers[known])]] = 255
        return ends, numbers, hiding

    def _numbers(self, names: Sequence[str]) -> np.ndarray:
        return np.array([self.names.index(name) for name in names], np.uint8)

    def whole(self, run: np.ndarray, bounds: np.ndarray, counts: Mapping[str, np.ndarray], sides: Mapping[str, np.ndarray], orders: Orders) -> np.ndarray:
        """For each line of `run` (from `bounds[n]` to `bounds[n + 1]`) whether every object in it has each of its keys exactly once.

        That holds if in addition no value is null that may not be. `counts` gives the spans of each layer in each line, `sides` the
        claims (in order) and which of them have a speaker and a cue. A key that is not in the reader's schema must be excluded already.
        """
        kinds = {"article": orders.article, **orders.layers}
        if not self.reliable or any(self.may_be_null(layer, orders.layers[layer][at]) for layer in LAYERS for at in (0, -1)):
            return np.zeros(len(bounds) - 1, bool)
        ends, numbers, hiding = self.keys(run, int(bounds[-1]))
        edges = np.searchsorted(ends, bounds)
        rows = len(bounds) - 1
        within = {layer: counts[layer] * len(kinds[layer]) for layer in LAYERS}
        claim_rows = np.repeat(np.arange(rows), counts["claims"])
        for side in _SIDES:
            within["claims"] = within["claims"] + len(orders.range) * np.bincount(claim_rows, sides[side], rows).astype(np.int64)
        good = np.diff(edges) == len(orders.article) + sum(within.values())
        good[np.searchsorted(bounds, hiding, side="right") - 1] = False
        # where each article-level key of a good line must stand: after the keys of the layers that were written before it
        base = edges[:-1][good]
        offset = np.zeros(len(base), np.int64)
        sections: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        bad = np.zeros(len(base), bool)
        for position, name in enumerate(orders.article):
            bad |= numbers[base + position + offset] != self.names.index(name)
            if name in LAYERS:
                sections[name] = (base + position + offset + 1, within[name][good])
                offset = offset + within[name][good]
        for layer, (start, size) in sections.items():
            expected = self._expected(layer, counts[layer], good, sides, claim_rows, orders)
            owner = np.repeat(np.arange(len(base)), size)
            bad[owner[numbers[ranges(start, start + size)] != expected]] = True
        good[np.flatnonzero(good)[bad]] = False
        return good

    def _expected(
        self, layer: str, counts: np.ndarray, good: np.ndarray, sides: Mapping[str, np.ndarray], claim_rows: np.ndarray, orders: Orders
    ) -> np.ndarray:
        """The numbers of all keys of a layer, span after span, in the good lines."""
        names = orders.layers[layer]
        if layer != "claims":
            return np.tile(self._numbers(names), int(counts[good].sum()))
        chosen = good[claim_rows]
        pattern, there = [], []
        for name in names:
            pattern.append(name)
            there.append(np.ones(int(chosen.sum()), bool))
            if name in _SIDES:
                pattern += orders.range
                there += [sides[name][chosen]] * len(orders.range)
        return np.broadcast_to(self._numbers(pattern), (len(there[0]), len(pattern)))[np.stack(there, axis=1)]
