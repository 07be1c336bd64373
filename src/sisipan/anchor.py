"""Annotation documents: quotes and marks become offsets, offsets follow an edited text.

A span may be written by quoting or, for entities, by marks in a copy of the text: `[Bank Indonesia|ORG]`. Everything
here is pure and works in code points.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sisipan.errors import AnchorError
from sisipan.model import LAYERS, SPAN_TYPES
from sisipan.offsets import text_sha256, to_code_points
from sisipan.quotes import QUOTE_KEYS, describe, look_alikes, resolve_quote, starts_of
from sisipan.reanchor import reanchor

_ID_LETTER = {"entities": "e", "claims": "c", "spam": "s"}
_LAYER_KEYS = {layer: tuple(field.name for field in fields(kind)) for layer, kind in SPAN_TYPES.items()}


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


class _Mentions:
    """The entities of an article, which stand in order of the text, by id and by surface."""

    def __init__(self, text: str, entities: Sequence[Mapping[str, Any]]) -> None:
        self.ids = frozenset(entity["id"] for entity in entities)
        self._places: dict[str, tuple[list[int], list[str]]] = {}
        for entity in entities:
            starts, ids = self._places.setdefault(text[entity["start"] : entity["end"]], ([], []))
            starts.append(entity["start"])
            ids.append(entity["id"])

    def within(self, surface: Any, start: int, end: int) -> str | None:
        """The first mention of these words in a range."""
        starts, ids = self._places.get(surface, ([], [])) if isinstance(surface, str) else ([], [])
        at = bisect_left(starts, start)
        return ids[at] if at < len(starts) and starts[at] + len(surface) <= end else None

    def before(self, surface: str, end: int) -> str | None:
        """The last mention of these words that begins before an offset, else the first of all."""
        starts, ids = self._places.get(surface, ([], []))
        return ids[max(bisect_left(starts, end) - 1, 0)] if ids else None


def _claimant(wanted: Any, mentions: _Mentions, before: int) -> str | None:
    """The entity that a claimant names: its id, or its surface, which means the last such mention before `before`."""
    if wanted is None or isinstance(wanted, str) and wanted in mentions.ids:
        return wanted
    surface = wanted.get("exact") if isinstance(wanted, Mapping) else wanted
    if not isinstance(surface, str):
        raise AnchorError("the claimant is neither an entity's id nor its words")
    found = mentions.before(surface, before)
    if found is None:
        raise AnchorError(f"the claimant {surface!r} is no entity of the article; quote a tagged mention exactly")
    return found


def _side_span(text: str, value: Any, near: tuple[int, int]) -> dict[str, int] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = {"exact": value}
    if "exact" not in value and "first" not in value:
        if value["end"] > len(text):
            raise AnchorError(f"{value['start']}:{value['end']} lies beyond the text, which has {len(text)} code points")
        return {"start": value["start"], "end": value["end"]}
    start, end = resolve_quote(text, value, near)
    return {"start": start, "end": end}


def is_quoted(span: Mapping[str, Any]) -> bool:
    """Whether a span, its speaker, its cue or its claimant is still written as a quote."""
    side = [span.get("speaker"), span.get("cue")]
    loose = any(isinstance(value, str) or (isinstance(value, Mapping) and ("exact" in value or "first" in value)) for value in side)
    return "exact" in span or "first" in span or loose or isinstance(span.get("claimant"), Mapping)


def _fitted(text: str, span: Mapping[str, Any]) -> tuple[int, int]:
    """Offsets of a span that has them; where they miss its surface, where the surface stands.

    Offsets counted in UTF-16 units or bytes are converted. Raises AnchorError where nothing fits.
    """
    start, end, surface = span["start"], span["end"], span.get("text")
    if surface is None or text[start:end] == surface:
        if end > len(text):
            raise AnchorError(f"{start}:{end} lies beyond the text, which has {len(text)} code points")
        return start, end
    for unit in ("utf-16", "utf-8"):
        fitted = to_code_points(text, start, end, unit)
        if fitted and text[slice(*fitted)] == surface:
            return fitted
    found = starts_of(text, surface)
    if len(found) == 1:
        return found[0], found[0] + len(surface)
    problem = f"stands {len(found)} times" if found else "is not in the text"
    ranges = [(at, at + len(surface)) for at in found[:6]] or look_alikes(text, surface)
    raise AnchorError(f"the text at {start}:{end} is not {surface!r}, which {problem}; quote the span anew. Candidates: {describe(text, ranges) or 'none'}", tuple(ranges))


def _anchor_span(text: str, layer: str, span: Mapping[str, Any], mentions: _Mentions) -> dict[str, Any]:
    start, end = resolve_quote(text, span) if "exact" in span or "first" in span else _fitted(text, span)
    out = {key: value for key, value in span.items() if key not in QUOTE_KEYS}
    out |= {"start": start, "end": end, "text": text[start:end]}
    if layer == "claims":
        for name in ("speaker", "cue"):
            out[name] = _side_span(text, span.get(name), (start, end))
        speaker, wanted = out["speaker"], span.get("claimant")
        until = max(speaker["end"], start) if speaker else end
        inside = mentions.within(wanted, speaker["start"], speaker["end"]) if speaker else None
        out["claimant"] = inside or _claimant(wanted, mentions, until)
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


def anchor_document(text: str, document: Mapping[str, Any], old_text: str | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Annotation document with every quote turned into offsets and every offset fitted to `text`.

    `old_text` is the text that the document's offsets belong to, where somebody has it: with it, spans move exactly.

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
        known = old_text if old_text is not None and text_sha256(old_text) == document["text_sha256"] else None
        layers, lost = reanchor(text, layers, known)
        refused += lost
    mentions = _Mentions(text, ())
    for layer in LAYERS:
        spans = []
        for index, span in enumerate(layers[layer]):
            try:
                spans.append(_anchor_span(text, layer, span, mentions))
            except AnchorError as error:
                refused.append(f"{layer}[{index}]: {error}")
        out[layer] = _number(layer, spans)
        mentions = mentions if layer != "entities" else _Mentions(text, out[layer])
    return out, tuple(refused)
