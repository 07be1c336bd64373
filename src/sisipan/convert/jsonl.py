"""Span JSON lines in the dialects of doccano (offsets in UTF-16), Prodigy and Argilla (code points).

Prodigy keeps extra keys of a span, so ids and attributes stand there. doccano and Argilla keep a label only, which then
carries the attributes (`spam:slot:byline:none`); ids, by place and kind, and in Argilla the links stand in metadata, which
both hand back. Argilla records are read as its SDK 2 writes them (questions as keys) and as lists of questions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sisipan.convert.regions import ATTRIBUTES, Link, LossError, Page, Region, fitted, in_unit, label_of, parse_label, renamed

DIALECTS = ("doccano", "prodigy", "argilla")
QUESTIONS = ("entities", "claims", "spam", "sides")


def _question(region: Region) -> str:
    return region.kind if region.kind in QUESTIONS else "sides"


def _place(region: Region) -> str:
    """What names a region where a tool gives it a number of its own."""
    return f"{region.kind}/{region.start}/{region.end}"


def write(page: Page, dialect: str) -> dict[str, Any]:
    """One line's value."""
    return {"prodigy": _write_prodigy, "doccano": _write_doccano, "argilla": _write_argilla}[dialect](page)


def _write_prodigy(page: Page) -> dict[str, Any]:
    spans = [{"start": r.start, "end": r.end, "label": r.label, "id": r.id, "kind": r.kind, "text": page.text[r.start : r.end], **r.attributes} for r in page.regions]
    of = {r.id: {"start": r.start, "end": r.end, "label": r.label, "id": r.id} for r in page.regions}
    relations = [{"label": link.label, "head_span": of[link.source], "child_span": of[link.target]} for link in page.links]
    return {"text": page.text, "meta": {"id": page.id}, "spans": spans, "relations": relations}


def _write_doccano(page: Page) -> dict[str, Any]:
    number = {r.id: n for n, r in enumerate(page.regions, start=1)}
    entities = []
    for r in page.regions:
        start, end = in_unit(page.text, r, "utf-16")
        entities.append({"id": number[r.id], "label": label_of(r), "start_offset": start, "end_offset": end})
    relations = [{"id": n, "from_id": number[link.source], "to_id": number[link.target], "type": link.label} for n, link in enumerate(page.links, start=1)]
    return {"article": page.id, "text": page.text, "entities": entities, "relations": relations, "Comments": [], "sisipan_ids": {_place(r): r.id for r in page.regions}}


def _write_argilla(page: Page) -> dict[str, Any]:
    suggestions = {name: {"value": [{"start": r.start, "end": r.end, "label": label_of(r)} for r in page.regions if _question(r) == name], "agent": "sisipan"} for name in QUESTIONS}
    held = {"id": page.id, "ids": json.dumps({_place(r): r.id for r in page.regions}), "links": json.dumps([[link.source, link.label, link.target] for link in page.links])}
    return {"id": page.id, "fields": {"text": page.text}, "metadata": held, "vectors": {}, "suggestions": suggestions, "responses": {}}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise LossError(f"{where}: has no text")
    return value


def _list(value: Any, what: str, where: str) -> list[Mapping[str, Any]]:
    """A list of objects; anything else is refused by name."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise LossError(f"{where}: {what} is no list of objects")
    return value


def _mapping(value: Any, what: str, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise LossError(f"{where}: {what} is no object")
    return value


def _attributes(span: Mapping[str, Any], kind: str, where: str) -> dict[str, Any]:
    out = {name: span.get(name, False if name == "checkworthy" else None) for name in ATTRIBUTES[kind]}
    if missing := [name for name, value in out.items() if value is None]:
        raise LossError(f"{where}: has no {missing[0]}; a span of {kind} needs it")
    return out


def read_prodigy(value: Mapping[str, Any], where: str) -> Page:
    """The page of a Prodigy task. Raises LossError for spans without a kind, and an answer other than accept."""
    text, name = _text(value.get("text"), where), str(_mapping(value.get("meta"), "meta", where).get("id", where))
    if value.get("answer", "accept") != "accept":
        raise LossError(f"{where}: {name} was answered {value['answer']!r}; leave it out")
    spans = _list(value.get("spans"), "spans", where)
    for n, span in enumerate(spans):
        if span.get("kind") not in ATTRIBUTES:
            raise LossError(f"{where}: spans[{n}]: the kind {str(span.get('kind'))[:30]!r} is none of {', '.join(ATTRIBUTES)}; Prodigy keeps the one that was exported")
    places = fitted(name, text, [(span.get("start"), span.get("end"), span.get("text"), f"spans[{n}]") for n, span in enumerate(spans)])
    regions = [
        Region(str(span.get("id") or f"?{n}"), span["kind"], start, end, str(span.get("label")), _attributes(span, span["kind"], f"{where}: spans[{n}]"))
        for n, (span, (start, end)) in enumerate(zip(spans, places))
    ]
    given = {(span.get("start"), span.get("end"), span.get("label")): region.id for span, region in zip(spans, regions)}

    def end_of(side: Any) -> str:
        side = _mapping(side, "an end of a relation", where)
        return str(side["id"]) if side.get("id") else given.get((side.get("start"), side.get("end"), side.get("label")), "?")

    links = [Link(end_of(r.get("head_span")), str(r.get("label")), end_of(r.get("child_span"))) for r in _list(value.get("relations"), "relations", where)]
    return renamed(name, text, regions, links)


def read_doccano(value: Mapping[str, Any], where: str) -> Page:
    """The page of a doccano document; its offsets have no quote, so that they are taken for what doccano writes: UTF-16.

    A project without relations has `label`, a list of [start, end, label]. Raises LossError for comments.
    """
    text, ids = _text(value.get("text"), where), _mapping(value.get("sisipan_ids"), "sisipan_ids", where)
    name = str(value.get("article", value.get("id", where)))
    if value.get("Comments") or value.get("comments"):
        raise LossError(f"{where}: {name} has comments, which would be lost; settle and remove them")
    triples = value.get("label", value.get("labels")) or []
    if not isinstance(triples, list) or not all(isinstance(item, list) and len(item) == 3 for item in triples):
        raise LossError(f"{where}: label is no list of [start, end, label]")
    spans = [{"id": f"l{n}", "start_offset": a, "end_offset": b, "label": label} for n, (a, b, label) in enumerate(triples)]
    spans += _list(value.get("entities"), "entities", where)
    places = fitted(name, text, [(span.get("start_offset"), span.get("end_offset"), None, f"entities[{n}]") for n, span in enumerate(spans)], "utf-16")
    regions, known = [], {}
    for n, (span, (start, end)) in enumerate(zip(spans, places)):
        kind, label, attributes = parse_label(span.get("label"), f"{where}: entities[{n}]")
        region = Region("", kind, start, end, label, attributes)
        regions.append(Region(str(ids.get(_place(region), f"?{n}")), kind, start, end, label, attributes))
        known[str(span.get("id"))] = regions[-1].id
    links = [Link(known.get(str(r.get("from_id")), "?"), str(r.get("type")), known.get(str(r.get("to_id")), "?")) for r in _list(value.get("relations"), "relations", where)]
    return renamed(name, text, regions, links)


def _answers(value: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What each question was answered with: the one submitted response, else the suggestion."""
    suggestions, responses = value.get("suggestions"), value.get("responses")
    if isinstance(suggestions, Mapping):
        answers = {name: _mapping(one, "a suggestion", where).get("value") for name, one in suggestions.items()}
    else:
        answers = {str(one.get("question_name")): one.get("value") for one in _list(suggestions, "suggestions", where)}
    given: list[tuple[Any, str, str, Any]] = []
    if isinstance(responses, Mapping):
        given = [(one.get("user_id"), str(one.get("status", "submitted")), name, one.get("value")) for name, several in responses.items() for one in _list(several, "responses", where)]
    else:
        for one in _list(responses, "responses", where):
            values = one.get("values")
            pairs = [(name, _mapping(v, "a response", where).get("value")) for name, v in values.items()] if isinstance(values, Mapping) else [(str(one.get("question_name")), one.get("value"))]
            given += [(one.get("user_id"), str(one.get("status", "submitted")), name, answer) for name, answer in pairs]
    if open_ := [status for _, status, _, _ in given if status != "submitted"]:
        raise LossError(f"{where}: a response is {open_[0]!r}; submit it in Argilla, or leave the record out")
    if len({user for user, *_ in given}) > 1:
        raise LossError(f"{where}: has the responses of several users; export one user's at a time")
    return {**answers, **{name: answer for _, _, name, answer in given}}


def read_argilla(value: Mapping[str, Any], where: str) -> Page:
    """The page of an Argilla record. Raises LossError for open responses, several users, questions of others, and links whose ends are gone."""
    text = _text(_mapping(value.get("fields"), "fields", where).get("text"), where)
    held = _mapping(value.get("metadata"), "metadata", where)
    name = str(held.get("id", value.get("id", where)))
    try:
        ids, stored = json.loads(held.get("ids", "{}")), json.loads(held.get("links", "[]"))
        links = [Link(*map(str, link)) for link in stored]
        ids = dict(ids)
    except (ValueError, TypeError):
        raise LossError(f"{where}: the metadata `ids` or `links` is not what was exported; keep both") from None
    answers = _answers(value, where)
    if unknown := sorted(set(answers) - set(QUESTIONS)):
        raise LossError(f"{where}: the question {unknown[0][:40]!r} would be lost; they are {', '.join(QUESTIONS)}")
    spans = [(question, n, span) for question in QUESTIONS for n, span in enumerate(_list(answers.get(question), question, where))]
    places = fitted(name, text, [(span.get("start"), span.get("end"), span.get("text"), f"{question}[{n}]") for question, n, span in spans])
    regions = []
    for (question, n, span), (start, end) in zip(spans, places):
        kind, label, attributes = parse_label(span.get("label"), f"{where}: {question}[{n}]")
        region = Region("", kind, start, end, label, attributes)
        regions.append(Region(str(ids.get(_place(region), f"?{question}{n}")), kind, start, end, label, attributes))
    kept = {region.id for region in regions}
    if lost := [link for link in links if not {link.source, link.target} <= kept]:
        raise LossError(f"{where}: {name}: the {lost[0].label} of {lost[0].source} leads to a span that was moved or removed; mend `links` in the metadata")
    return renamed(name, text, regions, links)


READERS = {"doccano": read_doccano, "prodigy": read_prodigy, "argilla": read_argilla}
