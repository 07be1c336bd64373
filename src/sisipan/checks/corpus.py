"""E4xx: the corpus as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sisipan.checks.context import Corpus, Record, brief
from sisipan.checks.layers import readable
from sisipan.findings import Hit, Place, check, checks_in
from sisipan.shingles import first_alike, without
from sisipan.splits import SHARES

NEAR_DUPLICATE = 0.10


@check("E401", "duplicate-article", "corpus")
def duplicate_article(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """The id of an article is unique in the corpus."""
    seen: set[str] = set()
    for record in corpus.records:
        if record.article in seen:
            yield record, Hit(Place("front", ("id",)), f"the id {brief(record.article)} is taken by an earlier article; give it another")
        seen.add(record.article)


@check("E402", "retired-id", "corpus")
def retired_id(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """An id is never reused: those in `corpus/retired.json` stay with the article they named, or its successor."""
    for record in corpus.records:
        if record.article in corpus.retired:
            successor = corpus.retired[record.article]
            yield record, Hit(Place("front", ("id",)), f"the id {brief(record.article)} was retired (successor: {brief(successor)}); choose another")


@check("I403", "awaiting-gold", "corpus")
def awaiting_gold(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """An article without a document in `annotations/gold/` is still being annotated: it is checked, but left out of the release."""
    waiting = [record for record in corpus.records if corpus.from_sources and record.article not in corpus.passes.get("gold", ())]
    if waiting:
        names = ", ".join(record.article for record in waiting[:3])
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        yield waiting[0], Hit(Place("front"), f"no gold yet, so left out of the release: {names}{more}")


@check("W404", "missing-pass", "corpus")
def missing_pass(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """Gold is adjudicated from two independent passes, which are kept: `annotations/pass-a/` and `annotations/pass-b/`."""
    for record in corpus.records:
        if record.article not in corpus.passes.get("gold", ()):
            continue
        missing = [name for name in ("pass-a", "pass-b") if name in corpus.passes and record.article not in corpus.passes[name]]
        if missing:
            yield record, Hit(Place("front"), f"no {' and no '.join(missing)} for this article; agreement is not computed for it")


def _across(records: Sequence[Record], keys: Callable[[Record], Sequence[str]]) -> Iterator[tuple[Record, str, Record]]:
    """Each record whose key an earlier record of another split has."""
    first: dict[str, Record] = {}
    for record in records:
        for key in keys(record):
            other = first.setdefault(key, record)
            if other.data.get("split") != record.data.get("split"):
                yield record, key, other


@check("E405", "event-crosses-splits", "corpus")
def event_crosses_splits(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """All articles on one event are in one split: otherwise a model is tested on what it was trained on."""
    events = lambda record: [record.data["event"]] if isinstance(record.data.get("event"), str) else []  # noqa: E731
    for record, event, other in _across(corpus.records, events):
        yield record, Hit(Place("front", ("split",)), f"event {brief(event)} is in {record.data.get('split')} here but in {other.data.get('split')} in {other.article}")


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


@check("E406", "brand-crosses-splits", "corpus")
def brand_crosses_splits(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """A spam brand or campaign belongs to one split, as it reads and whatever its disguise."""
    brands = lambda record: [readable(brand) or brand for brand in _listed(record.data.get("brands")) if isinstance(brand, str)]  # noqa: E731
    for record, brand, other in _across(corpus.records, brands):
        yield record, Hit(Place("front", ("brands",)), f"brand {brief(brand)} is in {record.data.get('split')} here but in {other.data.get('split')} in {other.article}")


@check("E407", "near-duplicate-across-splits", "corpus")
def near_duplicate_across_splits(corpus: Corpus) -> Iterator[tuple[Record, Hit]]:
    """No two articles of different splits share over a tenth of the shorter one's 5-word shingles, spam apart. The later is named once, with the first such."""
    records = [record for record in corpus.records if record.text]
    splits = [record.data.get("split") for record in records]
    texts = [without(record.text, ((span["start"], span["end"]) for _, span in record.sound["spam"])) for record in records]
    groups = [split if isinstance(split, str) and split in SHARES else None for split in splits]
    for a, b, share in first_alike(texts, groups, lambda a, b: splits[a] != splits[b], NEAR_DUPLICATE):
        where = f"{records[a].article}, which is in {splits[a]}, not {splits[b]}"
        yield records[b], Hit(Place("text", (0,)), f"shares {share:.0%} of its 5-word shingles with {where}")


@check("I410", "not-run", "none")
def not_run(_: object) -> Iterator[tuple[Record, Hit]]:
    """Some checks need more than the file that was named. They were not run, which is no sign that they would pass."""
    yield from ()


CHECKS = checks_in(globals())
