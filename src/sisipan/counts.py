"""What a run over pages counted: rows, bad rows, characters, spam by label; and how a person reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

SAMPLES = 3


@dataclass(frozen=True)
class Label:
    """Regions of one label, and their characters."""

    regions: int
    characters: int


@dataclass(frozen=True)
class Counts:
    """Figures of some rows. `samples` names the first bad rows, each with its place and its error."""

    rows: int = 0
    bad_rows: int = 0
    rows_with_spam: int = 0
    characters: int = 0
    labels: Mapping[str, Label] = field(default_factory=dict)
    samples: tuple[str, ...] = ()

    @property
    def regions(self) -> int:
        """Regions of all labels."""
        return sum(label.regions for label in self.labels.values())

    @property
    def spam_characters(self) -> int:
        """Characters of all regions."""
        return sum(label.characters for label in self.labels.values())

    def __add__(self, other: Counts) -> Counts:
        names = sorted({*self.labels, *other.labels})
        none = Label(0, 0)
        pairs = {name: (self.labels.get(name, none), other.labels.get(name, none)) for name in names}
        return Counts(
            self.rows + other.rows,
            self.bad_rows + other.bad_rows,
            self.rows_with_spam + other.rows_with_spam,
            self.characters + other.characters,
            {name: Label(a.regions + b.regions, a.characters + b.characters) for name, (a, b) in pairs.items()},
            (self.samples + other.samples)[:SAMPLES],
        )


def total(counts: Iterable[Counts]) -> Counts:
    """The sum; of nothing it is zero."""
    return sum(counts, Counts())


def counts_from(value: Mapping[str, Any]) -> Counts:
    """What `asdict` made of counts, as counts again."""
    return Counts(**{**value, "labels": {name: Label(**label) for name, label in value["labels"].items()}, "samples": tuple(value["samples"])})


def counts_of(texts: pa.Array, regions: pa.Array, errors: pa.Array) -> Counts:
    """Figures of some rows: the texts as they came, the regions found in them, and the errors of the bad ones."""
    good = pc.is_null(errors)
    lengths = pc.utf8_length(texts.filter(good).cast(pa.large_string()))
    flat = pc.list_flatten(regions)
    labels: dict[str, Label] = {}
    if len(flat):
        names, sizes = flat.field("label"), pc.subtract(flat.field("end"), flat.field("start"))
        grouped = pa.table({"label": names, "size": sizes}).group_by("label").aggregate([("size", "count"), ("size", "sum")])
        labels = {row["label"]: Label(row["size_count"], row["size_sum"]) for row in sorted(grouped.to_pylist(), key=lambda row: row["label"])}
    return Counts(
        rows=len(texts),
        bad_rows=len(texts) - (pc.sum(good).as_py() or 0),
        rows_with_spam=pc.sum(pc.greater(pc.list_value_length(regions), 0)).as_py() or 0,
        characters=pc.sum(lengths).as_py() or 0,
        labels=labels,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _by_size(counts: Counts) -> list[tuple[str, Label]]:
    return sorted(counts.labels.items(), key=lambda item: (-item[1].characters, item[0]))


def plain(counts: Counts) -> dict[str, Any]:
    """The report as plain values, shares with it."""
    labels = {name: {**asdict(label), "characters_share": _share(label.characters, counts.characters)} for name, label in _by_size(counts)}
    return {
        "pages": counts.rows,
        "pages_with_spam": counts.rows_with_spam,
        "pages_with_spam_share": _share(counts.rows_with_spam, counts.rows),
        "characters": counts.characters,
        "spam_characters": counts.spam_characters,
        "spam_characters_share": _share(counts.spam_characters, counts.characters),
        "regions": counts.regions,
        "labels": labels,
        "bad_rows": counts.bad_rows,
    }


def report(counts: Counts) -> str:
    """The report for a person: pages, characters, labels, bad rows with the first of them."""
    of_pages, of_characters = _share(counts.rows_with_spam, counts.rows), _share(counts.spam_characters, counts.characters)
    lines = [
        f"pages       {counts.rows:>15,}",
        f"  with spam {counts.rows_with_spam:>15,}  {of_pages:.2%}",
        f"characters  {counts.characters:>15,}",
        f"  of spam   {counts.spam_characters:>15,}  {of_characters:.2%}",
    ]
    if counts.labels:
        width = max(16, *(len(name) for name in counts.labels))
        lines.append(f"{'label':{width}} {'regions':>10} {'characters':>15}  share")
        lines += [
            f"{name:{width}} {label.regions:>10,} {label.characters:>15,}  {_share(label.characters, counts.characters):.2%}"
            for name, label in _by_size(counts)
        ]
    if counts.bad_rows:
        lines.append(f"bad rows    {counts.bad_rows:>15,}  kept as they were, each with its error")
        lines += [f"  {sample}" for sample in counts.samples]
    return "\n".join(lines) + "\n"
