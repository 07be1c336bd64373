"""Label Studio, full JSON (a list of tasks). Offsets are code points; exports of before 2022, in UTF-16, are told by the quoted text.

Regions keep the corpus's ids; per-region choices hold `checkworthy`, `form` and `obfuscation`; relations hold the links.
JSON_MIN has no relations and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from sisipan.convert.regions import ATTRIBUTES, KINDS, LINKS, Link, LossError, Page, Region, fitted, renamed
from sisipan.schemas import Schemas


def write(page: Page) -> dict[str, Any]:
    """One task, its spans as an annotation."""
    result: list[dict[str, Any]] = []
    for region in page.regions:
        value = {"start": region.start, "end": region.end, "text": page.text[region.start : region.end]}
        base = {"id": region.id, "to_name": "text"}
        result.append({**base, "from_name": region.kind, "type": "labels", "value": {**value, "labels": [region.label]}})
        for name in ATTRIBUTES[region.kind]:
            chosen = region.attributes[name]
            if chosen is not False:
                result.append({**base, "from_name": name, "type": "choices", "value": {**value, "choices": ["yes" if chosen is True else chosen]}})
    result += [{"type": "relation", "from_id": link.source, "to_id": link.target, "direction": "right", "labels": [link.label]} for link in page.links]
    return {"data": {"id": page.id, "text": page.text}, "annotations": [{"result": result}]}


def _one(values: Any, where: str) -> str:
    if not isinstance(values, list) or len(values) != 1:
        raise LossError(f"{where}: expected one label, found {str(values)[:60]}; the corpus holds one")
    return str(values[0])


def read(task: Mapping[str, Any], where: str) -> Page:
    """The page of a task with one annotation. Raises LossError for what the corpus cannot hold, and for JSON_MIN."""
    data = task.get("data")
    if not isinstance(data, Mapping) or not isinstance(data.get("text"), str) or "annotations" not in task:
        raise LossError(f"{where}: no task of a full JSON export (JSON_MIN loses the relations); export as JSON")
    name = str(data.get("id", where))
    annotations = [one for one in task["annotations"] if not one.get("was_cancelled")]
    if len(annotations) != 1:
        raise LossError(f"{where}: {name} has {len(annotations)} annotations; export one annotator's at a time")
    quoted: list[tuple] = []
    drawn: list[tuple[str, str, str]] = []
    choices: dict[str, dict[str, Any]] = {}
    links = []
    for item in annotations[0].get("result", []):
        kind, control = item.get("type"), item.get("from_name")
        if kind == "labels" and control in KINDS:
            value = item.get("value", {})
            at = f"region {item.get('id')}"
            if item.get("meta"):
                raise LossError(f"{name}: the note on {at} would be lost; settle and remove it")
            quoted.append((value.get("start"), value.get("end"), value.get("text"), at))
            drawn.append((str(item.get("id")), control, _one(value.get("labels"), f"{name}: {at}")))
        elif kind == "choices":
            chosen = choices.setdefault(str(item.get("id")), {})
            if str(control) in chosen:
                raise LossError(f"{name}: {item.get('id')} has two choices {control}")
            chosen[str(control)] = _one(item.get("value", {}).get("choices"), f"{name}: choice {control}")
        elif kind == "relation":
            label = _one(item.get("labels"), f"{name}: relation from {item.get('from_id')}")
            ends = (str(item.get("from_id")), str(item.get("to_id")))
            links.append(Link(*((ends[0], label, ends[1]) if item.get("direction") != "left" else (ends[1], label, ends[0]))))
        else:
            raise LossError(f"{name}: an item of type {kind!r} from {control!r} would be lost; the corpus holds {', '.join(KINDS)} and the links {', '.join(LINKS)}")
    regions = [Region(ident, kind, start, end, label) for (ident, kind, label), (start, end) in zip(drawn, fitted(name, data["text"], quoted))]
    if len({region.id for region in regions}) < len(regions):
        raise LossError(f"{name}: a region has two labels; the corpus holds one")
    if lost := sorted(set(choices) - {region.id for region in regions}):
        raise LossError(f"{name}: a choice belongs to the region {lost[0]}, which is not there")
    filled = []
    for region in regions:
        given = choices.get(region.id, {})
        if lost := sorted(set(given) - set(ATTRIBUTES[region.kind])):
            raise LossError(f"{name}: the choice {lost[0]!r} on {region.id} would be lost; {region.kind} have {', '.join(ATTRIBUTES[region.kind]) or 'none'}")
        values = {key: given.get(key) == "yes" if key == "checkworthy" else given.get(key) for key in ATTRIBUTES[region.kind]}
        if missing := [key for key, value in values.items() if value is None]:
            raise LossError(f"{name}: {region.id} ({region.label}) has no {missing[0]}; choose it in Label Studio")
        filled.append(Region(region.id, region.kind, region.start, region.end, region.label, values))
    return renamed(name, data["text"], filled, links)


def configuration(schemas: Schemas) -> Mapping[str, str]:
    """The labelling interface, from the schema."""

    def labels(name: str, values: Sequence[str]) -> list[str]:
        return [f"  <Labels name={quoteattr(name)} toName=\"text\">", *(f"    <Label value={quoteattr(value)}/>" for value in values), "  </Labels>"]

    def choices(name: str, values: Sequence[str], when: str) -> list[str]:
        head = f"  <Choices name={quoteattr(name)} toName=\"text\" perRegion=\"true\" whenTagName={quoteattr(when)}>"
        return [head, *(f"    <Choice value={quoteattr(value)}/>" for value in values), "  </Choices>"]

    spam = schemas.documents["spam"]["properties"]
    lines = ["<View>", '  <Text name="text" value="$text" granularity="symbol"/>']
    for layer in ("entities", "claims", "spam"):
        lines += labels(layer, schemas.labels(layer))
    lines += [*labels("speaker", ["speaker"]), *labels("cue", ["cue"]), *choices("checkworthy", ["yes"], "claims")]
    lines += [*choices("form", spam["form"]["enum"], "spam"), *choices("obfuscation", spam["obfuscation"]["enum"], "spam")]
    lines += ["  <Relations>", *(f"    <Relation value={quoteattr(link)}/>" for link in LINKS), "  </Relations>", "</View>"]
    return {"labels.xml": "".join(f"{line}\n" for line in lines)}
