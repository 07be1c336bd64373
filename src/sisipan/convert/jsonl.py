"""Span JSON lines in the dialects of doccano (offsets in UTF-16), Prodigy and Argilla (code points).

Prodigy keeps extra keys of a span, so ids and attributes stand there. doccano and Argilla keep a label only, which then
carries the attributes (`spam:slot:byline:none`); ids and, in Argilla, links stand in the metadata, which both hand back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sisipan.convert.regions import ATTRIBUTES, Link, LossError, Page, Region, fitted, fresh_ids, in_unit, label_of, parse_label

DIALECTS = ("doccano", "prodigy", "argilla")
QUESTIONS = ("entities", "claims", "spam", "sides")


def _question(region: Region) -> str:
    return region.kind if region.kind in QUESTIONS else "sides"


def write(page: Page, dialect: str) -> dict[str, Any]:
    """One line's value."""
    if dialect == "prodigy":
        spans = [
            {"start": r.start, "end": r.end, "label": r.label, "id": r.id, "kind": r.kind, "text": page.text[r.start : r.end], **r.attributes} for r in page.regions
        ]
        of = {r.id: {"start": r.start, "end": r.end, "label": r.label, "id": r.id} for r in page.regions}
        relations = [{"label": link.label, "head_span": of[link.source], "child_span": of[link.target]} for link in page.links]
        return {"text": page.text, "meta": {"id": page.id}, "spans": spans, "relations": relations}
    if dialect == "doccano":
        number = {r.id: n for n, r in enumerate(page.regions, start=1)}
        entities = []
        for r in page.regions:
            start, end = in_unit(page.text, r, "utf-16")
            entities.append({"id": number[r.id], "label": label_of(r), "start_offset": start, "end_offset": end})
        relations = [{"id": n, "from_id": number[link.source], "to_id": number[link.target], "type": link.label} for n, link in enumerate(page.links, start=1)]
        return {"id": page.id, "text": page.text, "entities": entities, "relations": relations, "sisipan_ids": {str(n): name for name, n in number.items()}}
    questions: dict[str, list] = {name: [] for name in QUESTIONS}
    for r in page.regions:
        questions[_question(r)].append({"start": r.start, "end": r.end, "label": label_of(r)})
    ids = {f"{_question(r)}/{r.start}/{r.end}/{r.kind}": r.id for r in page.regions}
    held = {"id": page.id, "ids": json.dumps(ids), "links": json.dumps([[link.source, link.label, link.target] for link in page.links])}
    return {"id": page.id, "fields": {"text": page.text}, "metadata": held, "suggestions": [{"question_name": name, "value": value} for name, value in questions.items()]}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise LossError(f"{where}: has no text")
    return value


def _attributes(span: Mapping[str, Any], kind: str, where: str) -> dict[str, Any]:
    out = {name: span.get(name, False if name == "checkworthy" else None) for name in ATTRIBUTES[kind]}
    if missing := [name for name, value in out.items() if value is None]:
        raise LossError(f"{where}: has no {missing[0]}; a span of {kind} needs it")
    return out


def read_prodigy(value: Mapping[str, Any], where: str) -> Page:
    """The page of a Prodigy task. Raises LossError for spans without a kind, or with an answer other than accept."""
    text, name = _text(value.get("text"), where), str(value.get("meta", {}).get("id", where))
    if value.get("answer", "accept") != "accept":
        raise LossError(f"{where}: {name} was answered {value['answer']!r}; leave it out")
    regions = []
    for n, span in enumerate(value.get("spans", [])):
        at, kind = f"spans[{n}]", span.get("kind")
        if kind not in ATTRIBUTES:
            raise LossError(f"{where}: {at}: the kind {str(kind)[:30]!r} is none of {', '.join(ATTRIBUTES)}; Prodigy keeps the one that was exported")
        start, end = fitted(name, text, span.get("start"), span.get("end"), span.get("text"), at)
        regions.append(Region(str(span.get("id", "")), kind, start, end, str(span.get("label")), _attributes(span, kind, f"{where}: {at}")))
    links = [Link(str(r["head_span"].get("id")), str(r.get("label")), str(r["child_span"].get("id"))) for r in value.get("relations", [])]
    return Page(name, text, tuple(fresh_ids(regions)), tuple(links))


def read_doccano(value: Mapping[str, Any], where: str) -> Page:
    """The page of a doccano document; its offsets have no quote, so that they are taken for what doccano writes: UTF-16."""
    text, ids = _text(value.get("text"), where), value.get("sisipan_ids", {})
    name = str(value.get("id", where))
    regions, numbers = [], []
    for n, span in enumerate(value.get("entities", [])):
        at = f"entities[{n}]"
        start, end = fitted(name, text, span.get("start_offset"), span.get("end_offset"), None, at, "utf-16")
        kind, label, attributes = parse_label(span.get("label"), f"{where}: {at}")
        numbers.append(str(span.get("id")))
        regions.append(Region(ids.get(numbers[-1], ""), kind, start, end, label, attributes))
    named = fresh_ids(regions)
    known = {number: region.id for number, region in zip(numbers, named)}
    links = [Link(known.get(str(r.get("from_id")), "?"), str(r.get("type")), known.get(str(r.get("to_id")), "?")) for r in value.get("relations", [])]
    return Page(name, text, tuple(named), tuple(links))


def read_argilla(value: Mapping[str, Any], where: str) -> Page:
    """The page of an Argilla record: the one response of each question where there is one, else the suggestion."""
    text = _text(value.get("fields", {}).get("text"), where)
    held = value.get("metadata", {})
    name = str(held.get("id", value.get("id", where)))
    try:
        ids, stored = json.loads(held.get("ids", "{}")), json.loads(held.get("links", "[]"))
    except (ValueError, TypeError):
        raise LossError(f"{where}: the metadata `ids` or `links` is no JSON; keep both as they were exported") from None
    answers: dict[str, Any] = {one.get("question_name"): one.get("value") for one in value.get("suggestions", [])}
    responses = [one for one in value.get("responses", []) if one.get("status", "submitted") == "submitted"]
    if len({one.get("user_id") for one in responses}) > 1:
        raise LossError(f"{where}: {name} has the responses of several users; export one user's at a time")
    answers |= {one.get("question_name"): one.get("value") for one in responses}
    if unknown := sorted(set(map(str, answers)) - set(QUESTIONS)):
        raise LossError(f"{where}: the question {unknown[0]!r} would be lost; they are {', '.join(QUESTIONS)}")
    regions = []
    for question in QUESTIONS:
        for n, span in enumerate(answers.get(question) or []):
            at = f"{question}[{n}]"
            start, end = fitted(name, text, span.get("start"), span.get("end"), span.get("text"), at)
            kind, label, attributes = parse_label(span.get("label"), f"{where}: {at}")
            regions.append(Region(ids.get(f"{question}/{start}/{end}/{kind}", ""), kind, start, end, label, attributes))
    named = fresh_ids(regions)
    kept = {region.id for region in named}
    lost = [link for link in stored if not {link[0], link[2]} <= kept]
    if lost:
        raise LossError(f"{where}: {name}: the {lost[0][1]} of {lost[0][0]} leads to a span that was moved or removed; mend `links` in the metadata")
    return Page(name, text, tuple(named), tuple(Link(*link) for link in stored))


READERS = {"doccano": read_doccano, "prodigy": read_prodigy, "argilla": read_argilla}
