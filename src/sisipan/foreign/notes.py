"""What was not checked, and what the fields file names that no record has: told at the end of a run, never passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sisipan.checks.others import Other
from sisipan.foreign.fields import Fields, shown


@dataclass
class Tally:
    """Counts over the records gone by; `spans` by layer, `lacking` by layer and part, `found` the fields that some record has."""

    records: int = 0
    without_text: int = 0
    without_id: int = 0
    spans: Counter[str] = field(default_factory=Counter)
    lacking: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: set[str] = field(default_factory=set)

    def add(self, other: Other) -> None:
        """Count a record."""
        self.records += 1
        self.without_text += other.text is None
        self.without_id += other.id is None
        self.found |= other.found
        for rules, marks in other.layers:
            self.spans[rules.name] += len(marks)
            for part in ("id", "surface", "label"):
                self.lacking[rules.name, part] += sum(getattr(mark, part) is None for mark in marks)


def unfound(fields: Fields, tally: Tally) -> Iterator[str]:
    """What the fields file names although no record has it, as messages."""
    if not tally.records:
        return
    for name, path in (("id", fields.id), ("text", fields.text), ("text_sha256", fields.text_sha256), ("split", fields.split)):
        if path is not None and name not in tally.found:
            yield f"{name}: no record has {shown(path)}"
    for layer in fields.layers:
        name = f"layers.{layer.rules.name}"
        if name not in tally.found:
            where = shown(layer.path) if layer.path else ", ".join(shown(path) for path in layer.places.values())
            yield f"{name}: no record has {where}"
        elif tally.spans[layer.rules.name]:
            for part, path in {**layer.places, **layer.named}.items():
                if f"{name}.{part}" not in tally.found:
                    yield f"{name}.{part}: no span has {shown(path)}"


def _lacking(fields: Fields, tally: Tally, part: str, what: str) -> str:
    """Which layers could not be checked for want of a part of their spans, and how many spans of the others."""
    layers = [layer.rules.name for layer in fields.layers if "start" in layer.places or part == "id"]
    unnamed = [layer.rules.name for layer in fields.layers if layer.rules.name in layers and part not in layer.places]
    some = [f"{tally.lacking[name, part]} of {tally.spans[name]} of {name}" for name in layers if name not in unnamed and tally.lacking[name, part]]
    return "; ".join([*([f"no {part} is named for {', '.join(unnamed)}"] if unnamed else []), *([f"spans without {what}: {', '.join(some)}"] if some else [])])


def notes(fields: Fields, tally: Tally, with_schema: bool) -> Iterator[str]:
    """What was not checked, and what would be needed for it, a message each."""
    placed = [layer for layer in fields.layers if "start" in layer.places]
    if not with_schema:
        yield "fields were not held against a schema (E101): give one with --schema"
    if tables := [layer.rules.name for layer in fields.layers if layer.shape == "table" and layer.schema is None]:
        yield f"rows of the table were not held against a schema (E101): name one with schema, for {', '.join(tables)}"
    if tally.without_text:
        yield f"{tally.without_text} of {tally.records} records have no text: offsets, surfaces and white space were not checked there (E102 to E112, E202 to E207)"
    if fields.id is None or tally.without_id:
        yield f"ids of records were not compared (E401): {'no id is named' if fields.id is None else f'{tally.without_id} of {tally.records} records have none'}"
    if fields.split is None:
        yield "texts were not compared across splits (E407): no split is named"
    if fields.text_sha256 is None:
        yield "texts were not held against a hash (E108): no text_sha256 is named"
    if lacking := _lacking(fields, tally, "surface", "one"):
        yield f"surfaces were not compared with the text (E203): {lacking}"
    if lacking := _lacking(fields, tally, "id", "one"):
        yield f"ids of spans were not compared (E205): {lacking}"
    for code, key, what in (("E206", "overlap", "forbidden or allowed"), ("E207", "order", "start or any")):
        if silent := [layer.rules.name for layer in placed if getattr(layer.rules, key) is None]:
            yield f"{key} was not looked at ({code}): say {what}, for {', '.join(silent)}"
    if free := [layer.rules.name for layer in placed if not layer.rules.labels] if not with_schema else []:
        yield f"labels were not held against a list (E704): give labels, for {', '.join(free)}"
    if bare := [f"{tally.lacking[layer.rules.name, 'label']} of {layer.rules.name}" for layer in placed if layer.rules.labels and tally.lacking[layer.rules.name, "label"]]:
        yield f"labels were not held against a list (E704): spans without one: {', '.join(bare)}"
