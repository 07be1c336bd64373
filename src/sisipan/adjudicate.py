"""From two independent passes to gold: what they agree on, and each difference as a question.

Spans of a layer that are the same in both passes, attributes included, are settled. The others are grouped: a group
holds the spans of either pass that overlap each other, so that one decision settles them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sisipan.anchor import anchor_document
from sisipan.errors import SisipanError
from sisipan.model import LAYERS
from sisipan.offsets import overlap

Span = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One question: the spans of pass A and those of pass B at one place; either may be empty."""

    layer: str
    a: tuple[Span, ...]
    b: tuple[Span, ...]


def _portable(text: str, document: Mapping[str, Any], layer: str) -> list[Span]:
    """Spans without ids, claimants by their surface, so that those of two passes can be compared."""
    names = {entity["id"]: entity["text"] for entity in document["entities"]}
    out = []
    for span in document[layer]:
        kept = {key: value for key, value in span.items() if key != "id"}
        if layer == "claims":
            kept["claimant"] = names.get(span["claimant"])
        out.append(kept)
    return out


def compare(text: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[dict[str, list[Span]], list[Difference]]:
    """The spans that both documents have, by layer, and every difference in order of the text."""
    agreed: dict[str, list[Span]] = {}
    differences: list[Difference] = []
    for layer in LAYERS:
        left, right = _portable(text, a, layer), _portable(text, b, layer)
        agreed[layer] = [span for span in left if span in right]
        groups: list[tuple[list[Span], list[Span]]] = []
        loose = [(span, 0) for span in left if span not in right] + [(span, 1) for span in right if span not in left]
        reach = 0
        for span, side in sorted(loose, key=lambda item: (item[0]["start"], item[0]["end"])):
            if not groups or span["start"] >= reach:
                groups.append(([], []))
                reach = 0
            groups[-1][side].append(span)
            reach = max(reach, span["end"])
        differences += [Difference(layer, tuple(a_side), tuple(b_side)) for a_side, b_side in groups]
    return agreed, differences


def _brief(text: str, span: Span) -> Span:
    """A span as the worksheet shows it: speaker and cue by their words."""
    shown = {key: value for key, value in span.items() if key not in ("start", "end")}
    for side in ("speaker", "cue"):
        if span.get(side):
            shown[side] = text[span[side]["start"] : span[side]["end"]]
    return {"at": f"{span['start']}:{span['end']}", **shown}


def worksheet(text: str, differences: Sequence[Difference]) -> list[dict[str, Any]]:
    """The differences as a person decides them: numbered, with their surroundings."""
    rows = []
    for number, difference in enumerate(differences, start=1):
        spans = difference.a + difference.b
        start, end = min(s["start"] for s in spans), max(s["end"] for s in spans)
        row: dict[str, Any] = {"n": number, "layer": difference.layer}
        row["context"] = f"{text[max(0, start - 60):start]}»{text[start:end]}«{text[end:end + 60]}"
        row["a"] = [_brief(text, span) for span in difference.a]
        row["b"] = [_brief(text, span) for span in difference.b]
        rows.append(row)
    return rows


def decide(text: str, article: str, a: Mapping[str, Any], b: Mapping[str, Any], decisions: Mapping[str, Any]) -> dict[str, Any]:
    """The gold document. `decisions` maps each number of the worksheet to `a`, `b`, `none`, or a list of quoted spans.

    Raises SisipanError where a difference is undecided, a decision is unknown, or a quote cannot be anchored.
    """
    layers, differences = compare(text, a, b)
    numbers = [str(n) for n in range(1, len(differences) + 1)]
    if missing := [n for n in numbers if n not in decisions]:
        raise SisipanError(f"{article}: no decision on {', '.join(missing)}; each is a, b, none or a list of spans")
    if unknown := sorted(set(decisions) - set(numbers)):
        raise SisipanError(f"{article}: there is no difference {', '.join(unknown)}; they are numbered 1 to {len(numbers)}")
    for number, difference in zip(numbers, differences):
        chosen = decisions[number]
        if chosen in ("a", "b"):
            layers[difference.layer] += getattr(difference, chosen)
        elif isinstance(chosen, list):
            layers[difference.layer] += chosen
        elif chosen != "none":
            raise SisipanError(f"{article}: decision {number} is {str(chosen)[:40]!r}; it is a, b, none or a list of spans")
    layers["entities"].sort(key=lambda span: span.get("start", len(text)))
    out, refused = anchor_document(text, {"article": article, **layers})
    if refused:
        raise SisipanError(f"{article}: {'; '.join(refused)}")
    for layer in LAYERS:
        for one, two in zip(out[layer], out[layer][1:]):
            if overlap(one["start"], one["end"], two["start"], two["end"]):
                raise SisipanError(f"{article}: {layer} {one['text'][:40]!r} and {two['text'][:40]!r} would overlap; decide anew")
    return out
