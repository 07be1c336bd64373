"""Quotes into offsets, and offsets onto an edited text.

A span may be written by quoting (W3C Web Annotation Data Model, section 4.2.4, TextQuoteSelector: `exact`, `prefix`,
`suffix`; section 4.2.9, RangeSelector, as `first` and `last` words) or, for entities, by marks in a copy of the text:
`[Bank Indonesia|ORG]`. Everything here is pure and works in code points.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sisipan.errors import AnchorError
from sisipan.model import LAYERS
from sisipan.offsets import line_column, line_starts, text_sha256

QUOTE_KEYS = ("exact", "first", "last", "prefix", "suffix")
_ID_LETTER = {"entities": "e", "claims": "c", "spam": "s"}
_LAYER_KEYS = {
    "entities": ("id", "start", "end", "text", "label"),
    "claims": ("id", "start", "end", "text", "label", "claimant", "speaker", "cue", "checkworthy"),
    "spam": ("id", "start", "end", "text", "label", "form", "obfuscation"),
}


def occurrences(text: str, exact: str, prefix: str = "", suffix: str = "") -> list[tuple[int, int]]:
    """Every range of `text` that reads `exact`, directly after `prefix` and directly before `suffix`."""
    needle, found = prefix + exact + suffix, []
    at = text.find(needle) if exact else -1
    while at >= 0:
        found.append((at + len(prefix), at + len(prefix) + len(exact)))
        at = text.find(needle, at + 1)
    return found


def _look_alikes(text: str, exact: str, count: int = 3) -> tuple[tuple[int, int], ...]:
    """The stretches of `text` most like a quote that was not found: windows of the same length round shared words."""
    size = len(exact)
    starts = sorted({match.start() for pattern in (r"\S+", r"\w+") for match in re.finditer(pattern, text)})
    words = set(exact.split())
    near = [at for at in starts if words & set(text[at : at + size + 2].split())] or starts
    matcher = difflib.SequenceMatcher(None, "", exact, autojunk=False)

    def likeness(at: int) -> float:
        matcher.set_seq1(text[at : at + size])
        return matcher.ratio() if matcher.quick_ratio() >= 0.6 else 0.0

    scored = sorted(((likeness(at), -at) for at in near[:400]), reverse=True)
    chosen: list[tuple[int, int]] = []
    for score, at in scored:
        if score >= 0.6 and all(abs(-at - other) >= size for other, _ in chosen):
            chosen.append((-at, min(len(text), -at + size)))
        if len(chosen) == count:
            break
    return tuple(chosen)


def describe(text: str, ranges: Iterable[tuple[int, int]], context: int = 18) -> str:
    """Ranges as a person reads them: line, column, offsets and surroundings."""
    starts = line_starts(text)
    lines = []
    for start, end in ranges:
        line, column = line_column(starts, start)
        around = f"{text[max(0, start - context):start]}»{text[start:end]}«{text[end:end + context]}".replace("\n", "⏎")
        lines.append(f"line {line}, column {column} [{start}:{end}] …{around}…")
    return "; ".join(lines)


def resolve_quote(text: str, quote: Mapping[str, str], near: tuple[int, int] | None = None) -> tuple[int, int]:
    """Range of the one place that a quote names.

    With `near`, which serves speakers and cues, the occurrence closest to that range is meant. Raises AnchorError,
    with the candidates, where the quote is missing or several places fit equally well.
    """
    if "first" in quote or "last" in quote:
        first, last = str(quote.get("first", "")), str(quote.get("last", ""))
        head = resolve_quote(text, {"exact": first, "prefix": quote.get("prefix", "")}, near)
        tails = [found for found in occurrences(text, last, "", quote.get("suffix", "")) if found[1] >= head[1]]
        if not tails:
            raise AnchorError(f"no {last!r} after {first!r}", _look_alikes(text, last))
        return head[0], tails[0][1]
    exact = str(quote.get("exact", ""))
    found = occurrences(text, exact, quote.get("prefix", ""), quote.get("suffix", ""))
    if not found:
        alike = _look_alikes(text, exact) if exact else ()
        hint = f"; most alike: {describe(text, alike)}" if alike else ""
        raise AnchorError(f"the quote {exact!r} is not in the text{hint}", alike)
    if len(found) > 1 and near is not None:
        distance = [max(near[0] - end, start - near[1], 0) for start, end in found]
        found = [range_ for range_, d in zip(found, distance) if d == min(distance)]
    if len(found) > 1:
        raise AnchorError(
            f"the quote {exact!r} stands {len(found)} times; add prefix or suffix: {describe(text, found[:6])}", tuple(found)
        )
    return found[0]


@dataclass(frozen=True)
class Mark:
    """An entity mark in a marked text, in code points of the text without its marks."""

    start: int
    end: int
    label: str


def parse_marked(marked: str, labels: Sequence[str]) -> tuple[str, tuple[Mark, ...]]:
    """Text and marks of a marked copy: `[Bank Indonesia|ORG] naik` gives `Bank Indonesia naik` and one mark.

    Only `[…|LABEL]` with a label of the schema and neither bracket nor bar inside is a mark; all else is text.
    """
    pattern = re.compile(r"\[([^\[\]|]+)\|(" + "|".join(map(re.escape, labels)) + r")\]")
    pieces, marks, at, length = [], [], 0, 0
    for match in pattern.finditer(marked):
        before = marked[at : match.start()]
        start = length + len(before)
        marks.append(Mark(start, start + len(match.group(1)), match.group(2)))
        pieces += [before, match.group(1)]
        length = marks[-1].end
        at = match.end()
    return "".join(pieces) + marked[at:], tuple(marks)


def to_marked(text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """The marked copy of a text: the inverse of `parse_marked` for flat entities."""
    pieces, at = [], 0
    for entity in sorted(entities, key=lambda span: span["start"]):
        pieces += [text[at : entity["start"]], f"[{text[entity['start']:entity['end']]}|{entity['label']}]"]
        at = entity["end"]
    return "".join(pieces) + text[at:]


def entities_from_marks(text: str, marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Entities, numbered from e1 in order of the text."""
    return [
        {"id": f"e{n}", "start": mark.start, "end": mark.end, "text": text[mark.start : mark.end], "label": mark.label}
        for n, mark in enumerate(sorted(marks, key=lambda mark: mark.start), start=1)
    ]


def _claimant(text: str, wanted: Any, entities: Sequence[Mapping[str, Any]], before: int) -> str | None:
    """The entity that a claimant names: its id, or its surface, which means the last such mention before `before`."""
    if wanted is None or any(entity.get("id") == wanted for entity in entities):
        return wanted
    surface = wanted.get("exact") if isinstance(wanted, Mapping) else wanted
    if not isinstance(surface, str):
        raise AnchorError("the claimant is neither an entity's id nor its words")
    same = [entity for entity in entities if text[entity["start"] : entity["end"]] == surface]
    if not same:
        raise AnchorError(f"the claimant {surface!r} is no entity of the article; quote a tagged mention exactly")
    earlier = [entity for entity in same if entity["start"] < before]
    return (earlier[-1] if earlier else same[0])["id"]


def _side_span(text: str, value: Any, near: tuple[int, int]) -> dict[str, int] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = {"exact": value}
    if "start" in value:
        return {"start": value["start"], "end": value["end"]}
    start, end = resolve_quote(text, value, near)
    return {"start": start, "end": end}


def is_quoted(span: Mapping[str, Any]) -> bool:
    """Whether a span, its speaker, its cue or its claimant is still written as a quote."""
    side = [span.get("speaker"), span.get("cue")]
    loose = any(isinstance(value, str) or (isinstance(value, Mapping) and "exact" in value) for value in side)
    return ("start" not in span and ("exact" in span or "first" in span)) or loose or isinstance(span.get("claimant"), Mapping)


def _anchor_span(text: str, layer: str, span: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    start, end = (span["start"], span["end"]) if "start" in span else resolve_quote(text, span)
    out = {key: value for key, value in span.items() if key not in QUOTE_KEYS}
    out |= {"start": start, "end": end, "text": text[start:end]}
    if layer == "claims":
        for name in ("speaker", "cue"):
            out[name] = _side_span(text, span.get(name), (start, end))
        until = max(out["speaker"]["end"], start) if out["speaker"] else end
        if out["speaker"]:
            inside = [e for e in entities if out["speaker"]["start"] <= e["start"] and e["end"] <= out["speaker"]["end"]]
            wanted = span.get("claimant")
            named = [e["id"] for e in inside if text[e["start"] : e["end"]] == wanted]
            out["claimant"] = named[0] if named else _claimant(text, wanted, entities, until)
        else:
            out["claimant"] = _claimant(text, span.get("claimant"), entities, until)
    return out


def _misshapen(span: Any) -> str | None:
    """What keeps a value from being a span or a quote at all, or None."""
    if not isinstance(span, Mapping):
        return "not a span"
    if not isinstance(span.get("id", ""), str) or not isinstance(span.get("text"), str | None):
        return "its id or text is no string"
    for name, value in (("the span", span), *((f"its {side}", span.get(side)) for side in ("speaker", "cue"))):
        if value is None or (isinstance(value, str) and value):
            continue
        if not isinstance(value, Mapping):
            return f"{name} is neither a range nor a quote"
        if "start" in value or "end" in value:
            start, end = value.get("start"), value.get("end")
            if type(start) is not int or type(end) is not int or not 0 <= start < end:
                return f"{name} has no start before its end"
        elif not any(isinstance(value.get(key), str) and value[key] for key in ("exact", "first")):
            return f"{name} has neither offsets nor a quote"
        if any(not isinstance(value.get(key, ""), str) for key in QUOTE_KEYS):
            return f"{name} quotes something that is no string"
    return None


def _number(layer: str, spans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Spans in order of the text; those without an id get the next free number; keys in schema order."""
    taken, out, number = {span["id"] for span in spans if "id" in span}, [], 0
    for span in sorted(spans, key=lambda span: (span["start"], span["end"])):
        if "id" not in span:
            number += 1
            while f"{_ID_LETTER[layer]}{number}" in taken:
                number += 1
            span = {**span, "id": f"{_ID_LETTER[layer]}{number}"}
        known = {key: span[key] for key in _LAYER_KEYS[layer] if key in span}
        out.append({**known, **{key: value for key, value in span.items() if key not in known}})
    return out


def anchor_document(text: str, document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Annotation document with every quote turned into offsets and every offset fitted to `text`.

    Returns the new document and what was refused, one message a span; where anything was refused the document must
    not be saved. Spans that already have offsets are re-anchored when the text has changed since.
    """
    out: dict[str, Any] = {"article": document.get("article"), "text_sha256": text_sha256(text)}
    refused = [f"{key}: unknown field; a document has article, text_sha256, {', '.join(LAYERS)}" for key in document if key not in (*out, *LAYERS)]
    refused += [f"{layer}: not a list of spans" for layer in LAYERS if not isinstance(document.get(layer, []), list)]
    for layer in LAYERS if not refused else ():
        wrong = [(n, problem) for n, span in enumerate(document.get(layer, [])) if (problem := _misshapen(span))]
        refused += [f"{layer}[{n}]: {problem}" for n, problem in wrong]
    if refused:
        return out, tuple(refused)
    layers = {layer: list(document.get(layer, ())) for layer in LAYERS}
    if document.get("text_sha256") not in (None, out["text_sha256"]):
        layers, lost = reanchor(text, layers)
        refused += lost
    for layer in LAYERS:
        spans = []
        for index, span in enumerate(layers[layer]):
            try:
                spans.append(_anchor_span(text, layer, span, out.get("entities", [])))
            except AnchorError as error:
                refused.append(f"{layer}[{index}]: {error}")
        out[layer] = _number(layer, spans)
    return out, tuple(refused)


def reanchor(text: str, layers: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Fit spans whose offsets belong to an earlier text onto an edited one, by their surfaces.

    A surface that stands once is where it stands. One that stands several times is decided by the spans next to it:
    it must lie between those already placed, and, where several places still fit, both neighbours must have moved by
    the same distance to one of them. Speakers and cues move with the claim's sentence in the same way. What is left
    is refused with its candidates.
    """
    points = []  # (old start, old end, surface or None, layer, index, name)
    for layer, spans in layers.items():
        for index, span in enumerate(spans):
            if "start" in span:
                points.append((span["start"], span["end"], span.get("text"), layer, index, None))
                for name in ("speaker", "cue"):
                    value = span.get(name)
                    if isinstance(value, Mapping) and "start" in value:
                        points.append((value["start"], value["end"], None, layer, index, name))
    placed: dict[int, int] = {}
    options = {
        n: [start for start, _ in occurrences(text, point[2])] for n, point in enumerate(points) if point[2] is not None
    }
    for n, starts in options.items():
        if len(starts) == 1:
            placed[n] = starts[0]
    _drop_crossing(points, placed)
    progress = True
    while progress:
        progress = False
        for n, starts in options.items():
            if n in placed or not starts:
                continue
            fit, shifts = _between(points, placed, n, starts)
            if len(fit) != 1:
                same = [start for start in fit if shifts and all(start - points[n][0] == shift for shift in shifts)]
                fit = same if len(shifts) == 2 else []
            if len(fit) == 1:
                placed[n] = fit[0]
                progress = True
    out = {layer: [dict(span) for span in spans] for layer, spans in layers.items()}
    refused = []
    for n, (start, end, surface, layer, index, name) in enumerate(points):
        span = out[layer][index]
        if surface is not None:
            if n in placed:
                span |= {"start": placed[n], "end": placed[n] + end - start}
                continue
            label = f"{layer}[{index}] {span.get('id', '')} {surface!r}"
            ranges = [(at, at + end - start) for at in options[n]] or _look_alikes(text, surface)
            problem = "is ambiguous after the edit" if options[n] else "is no longer in the text"
            refused.append(f"{label} {problem}; quote it anew with exact, prefix, suffix. Candidates: {describe(text, ranges) or 'none'}")
        elif name is not None:
            _, shifts = _between(points, placed, n, [])
            if len(set(shifts)) == 1:
                span[name] = {"start": start + shifts[0], "end": end + shifts[0]}
            else:
                refused.append(f"{layer}[{index}] {span.get('id', '')}: its {name} [{start}:{end}] stands where the text was edited; quote it anew")
    return out, refused


def _drop_crossing(points: Sequence[tuple], placed: dict[int, int]) -> None:
    """Forget placements that would change the order of two spans: the text was moved about there."""
    order = sorted(placed, key=lambda n: points[n][0])
    crossing = {a for a, b in zip(order, order[1:]) if placed[a] > placed[b]}
    crossing |= {b for a, b in zip(order, order[1:]) if placed[a] > placed[b]}
    for n in crossing:
        if sum(1 for m in order if points[m][2] == points[n][2]) > 1:
            del placed[n]


def _between(points: Sequence[tuple], placed: Mapping[int, int], n: int, starts: Sequence[int]) -> tuple[list[int], list[int]]:
    """Starts that lie between the placed neighbours of point `n`, and how far those neighbours moved."""
    old_start, old_end = points[n][0], points[n][1]
    before = max((m for m in placed if m != n and points[m][0] <= old_start), key=lambda m: points[m][0], default=None)
    after = min((m for m in placed if m != n and points[m][1] >= old_end), key=lambda m: points[m][1], default=None)
    shifts, low, high = [], 0, None
    if before is not None:
        shifts.append(placed[before] - points[before][0])
        low = placed[before]
    if after is not None:
        shifts.append(placed[after] - points[after][0])
        high = placed[after] + points[after][1] - points[after][0]
    size = old_end - old_start
    return [start for start in starts if start >= low and (high is None or start + size <= high)], shifts
