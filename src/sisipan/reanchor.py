"""Offsets that belong to an earlier text, fitted onto an edited one; what is unsure is refused.

With the earlier text at hand, the two texts are compared word by word (difflib, Ratcliff and Obershelp) and a span
moves with the unchanged words that it stands in. Without it only surfaces and order can tell, and the rules are strict.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sisipan.quotes import describe, look_alikes, occurrences

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


def _blocks(old: str, new: str) -> list[tuple[int, int, int]]:
    """Stretches that both texts have, in order: start in the old, start in the new, length."""
    pieces = [[match.group() for match in _PIECE.finditer(text)] for text in (old, new)]
    starts = [[0], [0]]
    for side in (0, 1):
        for piece in pieces[side]:
            starts[side].append(starts[side][-1] + len(piece))
    matcher = difflib.SequenceMatcher(None, *pieces, autojunk=False)
    return [(starts[0][a], starts[1][b], starts[0][a + n] - starts[0][a]) for a, b, n in matcher.get_matching_blocks() if n]


def _moved(blocks: Sequence[tuple[int, int, int]], start: int, end: int) -> int | None:
    """Where a range starts in the new text, when all of it stands in one unchanged stretch."""
    for old, new, length in blocks:
        if old <= start and end <= old + length:
            return start - old + new
    return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a range neither begins nor ends in the middle of a word."""
    return not any(at and text[at - 1 : at].isalnum() and text[at : at + 1].isalnum() for at in (start, end))


_CLITIC = re.compile(r"(?:nya|lah|kah|pun|ku|mu)\b")


def _whole(text: str, surface: str) -> list[int]:
    """Starts of a surface where it stands alone, else where only a glued dateline or a clitic joins it."""
    starts = [start for start, _ in occurrences(text, surface)]
    alone = [at for at in starts if _stands_alone(text, at, at + len(surface))]
    glued = [at for at in starts if surface.isupper() and len(surface) > 3 or _CLITIC.match(text, at + len(surface))]
    return alone or [at for at in glued if at == 0 or not text[at - 1].isalnum()]


def _options(text: str, points: Sequence[_Point]) -> dict[int, list[int]]:
    """Where each surface may stand: not inside a place of a longer marked surface of the same layer."""
    found: dict[tuple[str, str], list[int]] = {}
    for point in sorted((p for p in points if p.surface), key=lambda p: -len(p.surface)):
        key = (point.layer, point.surface)
        if key not in found:
            longer = [(at, at + len(other)) for (layer, other), starts in found.items() if layer == point.layer for at in starts]
            found[key] = [at for at in _whole(text, point.surface) if not any(a <= at and at + len(point.surface) <= b for a, b in longer)]
    return {n: found[p.layer, p.surface] for n, p in enumerate(points) if p.surface}


def _by_surface(text: str, points: Sequence[_Point]) -> dict[int, int]:
    """Placements that surfaces and their order settle, by number of the point.

    A surface that stands as often as it is marked keeps its order. Placements that cross are all forgotten. What is
    left is placed where both neighbours, having moved by the same distance, say it is; a speaker or cue after which
    nothing was placed moves with its neighbour, if it then covers whole words.
    """
    marked = Counter((point.layer, point.surface) for point in points if point.surface)
    options = _options(text, points)
    placed: dict[int, int] = {}
    for key, count in marked.items():
        own = sorted((n for n, p in enumerate(points) if (p.layer, p.surface) == key), key=lambda n: points[n].start)
        if len(options[own[0]]) == count:
            placed.update(zip(own, options[own[0]]))
    order = sorted(placed, key=lambda n: (points[n].start, points[n].end))
    crossing = {n for a, b in zip(order, order[1:]) if (points[a].start < points[b].start) != (placed[a] < placed[b]) for n in (a, b)}
    sure = {n: at for n, at in placed.items() if n not in crossing}
    placed = dict(sure)
    for n, point in enumerate(points):
        if n in placed:
            continue
        shift = _common_shift(points, sure, point)
        if shift is None and point.side is not None and not any(points[m].end >= point.end for m in sure):
            last = max(sure, key=lambda m: points[m].start, default=None)
            shift = sure[last] - points[last].start if last is not None else None
            covered = text[point.start + shift : point.end + shift] if shift is not None else ""
            if not covered or covered != covered.strip() or not _stands_alone(text, point.start + shift, point.end + shift):
                shift = None
        if shift is not None and (point.surface is None or text[point.start + shift : point.end + shift] == point.surface):
            placed[n] = point.start + shift
    return placed


def _common_shift(points: Sequence[_Point], placed: Mapping[int, int], point: _Point) -> int | None:
    """How far the nearest placed points on both sides moved, where that is the same."""
    before = [n for n in placed if points[n].start <= point.start and points[n] is not point]
    after = [n for n in placed if points[n].end >= point.end and points[n] is not point]
    if not before or not after:
        return None
    left = max(before, key=lambda n: (points[n].start, points[n].end))
    right = min(after, key=lambda n: (points[n].end, points[n].start))
    shifts = {placed[n] - points[n].start for n in (left, right)}
    return shifts.pop() if len(shifts) == 1 else None


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
            ranges = [(at, at + len(point.surface)) for at in _whole(text, point.surface)] if point.surface else []
            problem = "may have moved" if ranges else "is no longer in the text"
            shown = describe(text, (ranges or look_alikes(text, point.surface or ""))[:6])
            refused.append(f"{where} {point.surface!r} {problem}; quote it anew with exact, prefix, suffix. Candidates: {shown or 'none'}")
    return out, refused
