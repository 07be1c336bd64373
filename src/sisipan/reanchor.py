"""Offsets that belong to an earlier text, fitted onto an edited one; what is unsure is refused.

With the earlier text at hand, the two texts are compared word by word (difflib, Ratcliff and Obershelp) and a span
moves with the unchanged words that it stands in. Without it only surfaces and order can tell, and the rules are strict.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sisipan.quotes import describe, look_alikes, starts_of

Layers = Mapping[str, Sequence[Mapping[str, Any]]]
_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class _Point:
    """A range to be moved: a span (`side` None) or the speaker or cue of one."""

    layer: str
    index: int
    side: str | None
    start: int
    end: int
    surface: str | None


def _points(layers: Layers) -> list[_Point]:
    points = []
    for layer, spans in layers.items():
        for index, span in enumerate(spans):
            if "exact" in span or "first" in span:
                continue
            points.append(_Point(layer, index, None, span["start"], span["end"], span.get("text")))
            for side in ("speaker", "cue"):
                value = span.get(side)
                if isinstance(value, Mapping) and "start" in value:
                    points.append(_Point(layer, index, side, value["start"], value["end"], None))
    return points


_PAIRS = 200_000  # equal pieces of the one and the other that difflib may look at: it takes all of them up again and again


def _equal_pairs(a: Sequence[str], b: Sequence[str]) -> int:
    counts = Counter(b)
    return sum(counts[piece] * count for piece, count in Counter(a).items())


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, sorted by their first, whose second rises too (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for n, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [second], [n]
    out, n = [], piles[-1] if piles else -1
    while n >= 0:
        out.append(pairs[n])
        n = before[n]
    return out[::-1]


def _once(pieces: Sequence[str], width: int) -> dict[tuple[str, ...], int]:
    """Where those runs of `width` pieces stand that stand once."""
    seen: dict[tuple[str, ...], int] = {}
    for at in range(len(pieces) - width + 1):
        run = tuple(pieces[at : at + width])
        seen[run] = at if run not in seen else -1
    return {run: at for run, at in seen.items() if at >= 0}


def _matching(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of pieces that both have, in order: start in the one, start in the other, length.

    Where there is too much for difflib, what stands once in both divides it (Cohen's patience diff); a part that nothing divides matches nothing.
    """
    if _equal_pairs(a, b) <= _PAIRS:
        return difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    tail = 0
    while tail < min(len(a), len(b)) - same and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    inner_a, inner_b = a[same : len(a) - tail], b[same : len(b) - tail]
    ends = [(0, 0, same)], [(len(a) - tail, len(b) - tail, tail)]
    if _equal_pairs(inner_a, inner_b) <= _PAIRS:
        inner = difflib.SequenceMatcher(None, inner_a, inner_b, autojunk=False).get_matching_blocks()
        return [*ends[0], *((x + same, y + same, n) for x, y, n in inner), *ends[1]]
    parts: list[tuple[int, int, int]] = []
    for width in (9, 3, 1):
        one, other = _once(inner_a, width), _once(inner_b, width)
        if anchors := _rising([(at, other[run]) for run, at in one.items() if run in other]):
            break
    x = y = 0
    for next_x, next_y in (*anchors, (len(inner_a), len(inner_b))):
        if next_x < x or next_y < y:
            continue
        between = inner_a[x:next_x], inner_b[y:next_y]
        if anchors and (between[0] and between[1]):
            parts += [(x + p, y + q, n) for p, q, n in _matching(*between)]
        while next_x < len(inner_a) and next_y < len(inner_b) and inner_a[next_x] == inner_b[next_y]:
            if parts and (parts[-1][0] + parts[-1][2], parts[-1][1] + parts[-1][2]) == (next_x, next_y):
                parts[-1] = (parts[-1][0], parts[-1][1], parts[-1][2] + 1)
            else:
                parts.append((next_x, next_y, 1))
            next_x, next_y = next_x + 1, next_y + 1
        x, y = next_x, next_y
    return [*ends[0], *((p + same, q + same, n) for p, q, n in parts), *ends[1]]


def _blocks(old: str, new: str) -> list[tuple[int, int, int]]:
    """Stretches that both texts have, in order: start in the old, start in the new, length."""
    pieces = [_PIECE.findall(text) for text in (old, new)]
    starts = [list(accumulate(map(len, some), initial=0)) for some in pieces]
    return [(starts[0][a], starts[1][b], starts[0][a + n] - starts[0][a]) for a, b, n in _matching(*pieces) if n]


def _moved(blocks: Sequence[tuple[int, int, int]], start: int, end: int) -> int | None:
    """Where a range starts in the new text, when all of it stands in one unchanged stretch."""
    at = bisect_right(blocks, start, key=lambda block: block[0]) - 1
    if at < 0:
        return None
    old, new, length = blocks[at]
    return start - old + new if end <= old + length else None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a range neither begins nor ends in the middle of a word."""
    return not any(at and text[at - 1 : at].isalnum() and text[at : at + 1].isalnum() for at in (start, end))


_CLITIC = re.compile(r"(?:nya|lah|kah|pun|ku|mu)\b")


@lru_cache(maxsize=8)
def _whole(text: str, surface: str) -> list[int]:
    """Starts of a surface where it stands alone, else where only a glued dateline or a clitic joins it."""
    starts = starts_of(text, surface)
    alone = [at for at in starts if _stands_alone(text, at, at + len(surface))]
    glued = [at for at in starts if surface.isupper() and len(surface) > 3 or _CLITIC.match(text, at + len(surface))]
    return alone or [at for at in glued if at == 0 or not text[at - 1].isalnum()]


def _options(text: str, points: Sequence[_Point]) -> dict[tuple[str, str], list[int]]:
    """Where each surface of a layer may stand: not inside a place of a longer marked surface of the same layer."""
    found: dict[tuple[str, str], list[int]] = {}
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)  # of a layer: none lies inside another, so that starts and ends rise together
    for layer, surface in sorted({(p.layer, p.surface): None for p in points if p.surface}, key=lambda key: -len(key[1])):
        size, ranges = len(surface), taken[layer]
        starts = []
        for at in _whole(text, surface):
            before = bisect_right(ranges, at, key=lambda place: place[0]) - 1
            if before < 0 or ranges[before][1] < at + size:
                starts.append(at)
        found[layer, surface] = starts
        ranges += [(at, at + size) for at in starts]
        ranges.sort()
    return found


@dataclass(frozen=True)
class _Neighbours:
    """How far points moved that were placed, by where they began and ended; of those with one range the first counts."""

    by_start: Sequence[tuple[int, int, int]]
    by_end: Sequence[tuple[int, int, int]]
    last: int | None

    @classmethod
    def of(cls, points: Sequence[_Point], placed: Mapping[int, int]) -> _Neighbours:
        shifts: dict[tuple[int, int], int] = {}
        for n, at in placed.items():
            shifts.setdefault((points[n].start, points[n].end), at - points[n].start)
        by_start = sorted((start, end, shift) for (start, end), shift in shifts.items())
        last = max(placed, key=lambda n: points[n].start, default=None)
        return cls(by_start, sorted((end, start, shift) for start, end, shift in by_start), None if last is None else placed[last] - points[last].start)

    def common(self, start: int, end: int) -> int | None:
        """How far the nearest on both sides moved, where that is the same."""
        before = bisect_right(self.by_start, start, key=lambda one: one[0]) - 1
        after = bisect_left(self.by_end, end, key=lambda one: one[0])
        if before < 0 or after == len(self.by_end) or self.by_start[before][2] != self.by_end[after][2]:
            return None
        return self.by_start[before][2]

    def ended(self, end: int) -> bool:
        """Whether all end before an offset."""
        return not self.by_end or self.by_end[-1][0] < end


def _by_surface(text: str, points: Sequence[_Point]) -> dict[int, int]:
    """Placements that surfaces and their order settle, by number of the point.

    A surface that stands as often as it is marked keeps its order. Placements that cross are all forgotten. What is
    left is placed where both neighbours, having moved by the same distance, say it is; a speaker or cue after which
    nothing was placed moves with its neighbour, if it then covers whole words.
    """
    marked: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, point in enumerate(points):
        if point.surface:
            marked[point.layer, point.surface].append(n)
    options = _options(text, points)
    placed: dict[int, int] = {}
    for key, own in marked.items():
        if len(options[key]) == len(own):
            placed.update(zip(sorted(own, key=lambda n: points[n].start), options[key]))
    order = sorted(placed, key=lambda n: (points[n].start, points[n].end))
    crossing = {n for a, b in zip(order, order[1:]) if (points[a].start < points[b].start) != (placed[a] < placed[b]) for n in (a, b)}
    sure = {n: at for n, at in placed.items() if n not in crossing}
    neighbours = _Neighbours.of(points, sure)
    placed = dict(sure)
    for n, point in enumerate(points):
        if n in placed:
            continue
        shift = neighbours.common(point.start, point.end)
        if shift is None and point.side is not None and neighbours.ended(point.end) and neighbours.last is not None:
            shift = neighbours.last
            covered = text[point.start + shift : point.end + shift]
            if not covered or covered != covered.strip() or not _stands_alone(text, point.start + shift, point.end + shift):
                shift = None
        if shift is not None and (point.surface is None or text[point.start + shift : point.end + shift] == point.surface):
            placed[n] = point.start + shift
    return placed


def reanchor(text: str, layers: Layers, old_text: str | None = None) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Layers with offsets into `text`, and what was refused, one message a span, speaker or cue."""
    points = _points(layers)
    if old_text is not None:
        blocks = _blocks(old_text, text)
        moved = {n: _moved(blocks, point.start, point.end) for n, point in enumerate(points)}
        placed = {n: at for n, at in moved.items() if at is not None}
    else:
        placed = _by_surface(text, points)
    out = {layer: [dict(span) for span in spans] for layer, spans in layers.items()}
    refused = []
    for n, point in enumerate(points):
        span = out[point.layer][point.index]
        where = f"{point.layer}[{point.index}] {span.get('id', '')}"
        if n in placed:
            fitted = {"start": placed[n], "end": placed[n] + point.end - point.start}
            if point.side is None:
                span |= fitted
            else:
                span[point.side] = fitted
        elif point.side is not None:
            words = f" {old_text[point.start:point.end]!r}" if old_text is not None else f" [{point.start}:{point.end}]"
            refused.append(f"{where}: its {point.side}{words} stands where the text was edited; quote it anew")
        else:
            ranges = [(at, at + len(point.surface)) for at in _whole(text, point.surface)[:6]] if point.surface else []
            problem = "may have moved" if ranges else "is no longer in the text"
            shown = describe(text, ranges or look_alikes(text, point.surface or ""))
            refused.append(f"{where} {point.surface!r} {problem}; quote it anew with exact, prefix, suffix. Candidates: {shown or 'none'}")
    return out, refused
