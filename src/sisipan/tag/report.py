"""How well the tagger does, beside keyword filters: on the test split, and on pages written to measure on.

Filters are those of `keywords`: one takes out every line with a keyword, the other every page with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sisipan.errors import SisipanError
from sisipan.figures import table
from sisipan.keywords import keyword_hits
from sisipan.model import LAYERS, Article
from sisipan.offsets import merged, overlap
from sisipan.score import ZERO, Labelled, Score, characters, spans_of
from sisipan.scoreboard import LayerScore, Prediction, layer_score, paired
from sisipan.tag.tagger import Tagger

Find = Callable[[str], list[Labelled]]
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Page:
    """A page to measure on: a text with its spam regions; `kind` says what sort of page it is."""

    id: str
    kind: str
    language: str
    text: str
    regions: tuple[Labelled, ...]


def read_pages(path: Path) -> Iterator[Page]:
    """Pages of a file: each begins with a line `==== id | kind | language`; `⟦label:` and `⟧` stand round a region. Raises SisipanError."""
    for number, part in enumerate(re.split(r"(?m)^==== ", path.read_text("utf-8"))[1:], start=1):
        head, _, body = part.partition("\n")
        try:
            name, kind, language = (field.strip() for field in head.split("|"))
        except ValueError:
            raise SisipanError(f"{path}: page {number}: expected `==== id | kind | language`, found {head[:60]!r}") from None
        text, regions, opened, at = [], [], None, 0
        body = body.rstrip("\n")
        for match in re.finditer(r"⟦(\w+):|⟧", body):
            text.append(body[at : match.start()])
            at, here = match.end(), sum(map(len, text))
            if (match.group(1) is None) == (opened is None):
                raise SisipanError(f"{path}: {name}: a bracket without its fellow at {body[match.start() : match.start() + 30]!r}")
            if match.group(1):
                opened = (here, match.group(1))
            else:
                regions.append((opened[0], here, opened[1]))
                opened = None
        yield Page(name, kind, language, "".join([*text, body[at:]]), tuple(regions))


def keyword_lines(text: str) -> list[Labelled]:
    """Every line with a keyword, trimmed."""
    found, at = [], 0
    for line in text.split("\n"):
        if keyword_hits(line):
            found.append((at + len(line) - len(line.lstrip()), at + len(line.rstrip()), "other"))
        at += len(line) + 1
    return found


def keyword_pages(text: str) -> list[Labelled]:
    """The whole text where it has a keyword."""
    return [(0, len(text), "other")] if keyword_hits(text) else []


def systems(threshold: float | None = None) -> dict[str, Find]:
    """The tagger and the two filters, as functions from a text to spans."""
    tagger = Tagger() if threshold is None else Tagger(threshold)
    return {"tagger": lambda text: [(one.start, one.end, one.label) for one in tagger.tag(text)], "keyword, drop the line": keyword_lines, "keyword, drop the page": keyword_pages}


@dataclass(frozen=True, slots=True)
class Toll:
    """What a system does to texts: its score by characters, the share of clean characters it takes, texts without spam that it hits, of how many."""

    score: Score
    lost: float
    hit: int
    clean: int


def toll(pages: Sequence[tuple[str, Sequence[Labelled]]], find: Find) -> Toll:
    """The toll over `(text, gold regions)`."""
    score, taken, clean, hit, without = ZERO, 0, 0, 0, 0
    for text, gold in pages:
        found = find(text)
        score += characters(list(gold), found)
        spam = merged((start, end) for start, end, _ in gold)
        size = sum(end - start for start, end in spam)
        inside = sum(overlap(a, b, start, end) for a, b in spam for start, end in merged((s, e) for s, e, _ in found))
        taken += sum(end - start for start, end in merged((s, e) for s, e, _ in found)) - inside
        clean += len(text) - size
        hit += bool(found) and not gold
        without += not gold
    return Toll(score, taken / clean if clean else 0.0, hit, without)


def scored(articles: Sequence[Article], find: Find) -> LayerScore:
    """The official score of a system on the spam layer."""
    found = [Prediction(a.id, a.text_sha256, {name: tuple(find(a.text)) if name == "spam" else () for name in LAYERS}, {}, frozenset(["spam"])) for a in articles]
    return layer_score(paired(articles, found), "spam")


def _part(value: float) -> str:
    return f"{value:.3f}"


def _toll_cells(one: Toll) -> list[str]:
    return [*map(_part, (one.score.precision, one.score.recall, one.score.f1)), _part(one.lost), f"{one.hit} of {one.clean}"]


def split_tables(articles: Sequence[Article]) -> str:
    """Tables for a split: all systems, then the tagger and the filters by trade, form and obfuscation."""
    pages = [(article.text, spans_of(article, "spam")) for article in articles]
    known = systems()
    scores = {name: scored(articles, find) for name, find in known.items()}
    rows = []
    for name, find in known.items():
        one = scores[name]
        rows.append([name, *_toll_cells(toll(pages, find)), *(_part(one.scores[measure].f1) for measure in ("strict", "boundary", "overlap"))])
    parts = []
    for attribute in ("label", "form", "obfuscation"):
        found = {name: _recall(articles, find, attribute) for name, find in known.items()}
        parts += [["trade" if attribute == "label" else attribute, value, count, *(_part(found[name][value][0]) for name in known)] for value, (_, count) in found["tagger"].items()]
    return "\n".join(
        [
            table(["system", "precision", "recall", "character F1", "clean text lost", "articles without spam hit", "strict F1", "boundary F1", "overlap F1"], rows),
            table(["of the characters of", "", "regions", *(f"{name}: found" for name in known)], parts),
        ]
    )


def _recall(articles: Sequence[Article], find: Find, attribute: str) -> Mapping[str, tuple[float, int]]:
    counts: dict[str, list[int]] = {}
    for article in articles:
        found = merged((start, end) for start, end, _ in find(article.text))
        for span in article.spam:
            row = counts.setdefault(getattr(span, attribute), [0, 0, 0])
            row[0] += sum(overlap(a, b, span.start, span.end) for a, b in found)
            row[1] += span.end - span.start
            row[2] += 1
    return {value: (hits / size, count) for value, (hits, size, count) in sorted(counts.items())}


def curve_table(articles: Mapping[str, Sequence[Article]], pages: Mapping[str, Sequence[Page]]) -> str:
    """What each threshold gives, on splits and on sets of pages."""
    sets = {name: [(a.text, spans_of(a, "spam")) for a in some] for name, some in articles.items()} | {name: _marked(some) for name, some in pages.items()}
    rows = []
    for threshold in THRESHOLDS:
        find = systems(threshold)["tagger"]
        cells = []
        for some in sets.values():
            one = toll(some, find)
            cells += [*map(_part, (one.score.precision, one.score.recall)), _part(one.lost)]
        rows.append([f"{threshold:g}", *cells])
    return table(["threshold", *(f"{name}: {measure}" for name in sets for measure in ("precision", "recall", "clean lost"))], rows)


def _marked(pages: Iterable[Page]) -> list[tuple[str, Sequence[Labelled]]]:
    return [(page.text, page.regions) for page in pages]


def page_tables(pages: Sequence[Page], seen: Callable[[Page], str]) -> str:
    """Tables for pages: all systems, the tagger on those of each group that `seen` tells, such as `pages only counted`, then by kind of page."""
    known = systems()
    whole = [[name, *_toll_cells(toll(_marked(pages), find))] for name, find in known.items()]
    for group in sorted(set(map(seen, pages))):
        whole.append([f"tagger, {group}", *_toll_cells(toll(_marked(page for page in pages if seen(page) == group), known["tagger"]))])
    rows = []
    for kind in sorted({page.kind for page in pages}):
        some = [page for page in pages if page.kind == kind]
        tolls = [toll(_marked(some), find) for find in (known["tagger"], known["keyword, drop the line"])]
        spam = any(page.regions for page in some)
        rows.append([kind, len(some), *(cell for one in tolls for cell in ((_part(one.score.f1) if spam else "", _part(one.lost), f"{one.hit} of {one.clean}" if one.clean else "")))])
    head = ["kind", "pages", *(f"{name}: {measure}" for name in ("tagger", "keyword line") for measure in ("character F1", "clean lost", "pages without spam hit"))]
    return "\n".join([table(["system", "precision", "recall", "character F1", "clean text lost", "pages without spam hit"], whole), table(head, rows)])
