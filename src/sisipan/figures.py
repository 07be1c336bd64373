"""Counts of a corpus as Markdown tables, for the card and the datasheet. Nothing here is typed by hand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from sisipan.columns import DTYPES
from sisipan.keywords import keyword_hits
from sisipan.model import LAYERS, Article, Span
from sisipan.schemas import Field, Schemas
from sisipan.segment import word_spans
from sisipan.shingles import editorial_text

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


Measure = Callable[[Article], int]


def table(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers are set with thousands separators."""
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in body]
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in shown)]) + "\n"


def words(article: Article) -> int:
    """Number of words and signs of an article's text; 0 where it is withheld."""
    return len(word_spans(article.text or ""))


def split_counts(schemas: Schemas, articles: Sequence[Article]) -> str:
    """Articles, words and spans per split; what claims cover. Hard negatives: a keyword filter hits text outside spam."""
    splits = schemas.documents["article"]["properties"]["split"]["enum"]
    measures: dict[str, Measure] = {
        "articles": lambda a: 1,
        "withheld": lambda a: a.text_status == "withheld",
        "with spam": lambda a: bool(a.spam),
        "with hard negatives": is_fooling,
        "machine-translated": lambda a: a.origin == "machine_translated",
        "words and signs": words,
        **{layer: lambda a, layer=layer: len(getattr(a, layer)) for layer in ("entities", "claims")},
        "check-worthy claims": lambda a: sum(claim.checkworthy for claim in a.claims),
        "spam regions": lambda a: len(a.spam),
    }
    groups = [[a for a in articles if a.split == split] for split in splits]
    body: list[list[object]] = []
    for name, measure in measures.items():
        counts = [sum(int(measure(a)) for a in group) for group in groups]
        body.append([name, *counts, sum(counts)])
    for name, part, whole in SHARES:
        body.append([name, *(_share(part, whole, group) for group in (*groups, articles))])
    return table(["", *splits, "all"], body)


def _share(part: Measure, whole: Measure, articles: Sequence[Article]) -> str:
    total = sum(map(whole, articles))
    return f"{sum(map(part, articles)) / total:.1%}" if total else "–"


def _reach(spans: Iterable[Span]) -> int:
    return sum(span.end - span.start for span in spans)


def is_fooling(article: Article) -> bool:
    """Whether a keyword filter hits text outside spam regions."""
    return article.text is not None and bool(keyword_hits(editorial_text(article)))


SHARES: tuple[tuple[str, Measure, Measure], ...] = (
    ("claims cover, of the text outside spam", lambda a: _reach(a.claims) if a.text else 0, lambda a: len(a.text) - _reach(a.spam) if a.text else 0),
    ("check-worthy, of the claims", lambda a: sum(c.checkworthy for c in a.claims), lambda a: len(a.claims)),
)


def label_counts(schemas: Schemas, articles: Sequence[Article]) -> str:
    """Spans per layer, label and split, and the other closed lists of the spam layer."""
    splits = schemas.documents["article"]["properties"]["split"]["enum"]
    body = []
    attributes = [(layer, "label") for layer in LAYERS] + [("spam", "form"), ("spam", "obfuscation")]
    for layer, attribute in attributes:
        counts = {split: Counter(getattr(span, attribute) for a in articles if a.split == split for span in getattr(a, layer)) for split in splits}
        name = {"entities": "entity", "claims": "claim", "spam": "spam"}[layer]
        schema = schemas.documents[name]["properties"][attribute]
        for value in schema["enum"]:
            row = [counts[split][value] for split in splits]
            body.append([f"{layer}.{attribute}", value, *row, sum(row)])
    return table(["field", "value", *splits, "all"], body)


def grid(schemas: Schemas, articles: Sequence[Article]) -> str:
    """Articles per topic and origin, and per register."""
    body = []
    for field in ("topic", "register"):
        for value in schemas.documents["article"]["properties"][field]["enum"]:
            chosen = [a for a in articles if getattr(a, field) == value]
            body.append([field, value, len(chosen), sum(a.origin == "machine_translated" for a in chosen), sum(bool(a.spam) for a in chosen)])
    return table(["field", "value", "articles", "machine-translated", "with spam"], body)


def lengths(articles: Sequence[Article]) -> str:
    """Quartiles of the length of articles (words and signs) and spam regions (code points)."""
    def row(name: str, values: list[int]) -> list[object]:
        ordered = sorted(values) or [0]
        low, high = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
        return [name, ordered[0], low, int(median(ordered)), high, ordered[-1]]

    included = [a for a in articles if a.text is not None]
    rows = [
        row("words and signs in an article", [words(a) for a in included]),
        row("code points in a claim", [c.end - c.start for a in articles for c in a.claims]),
        row("code points in a spam region", [s.end - s.start for a in articles for s in a.spam]),
    ]
    return table(["", "least", "lower quartile", "median", "upper quartile", "most"], rows)


def _type(field: Field) -> str:
    if field.kind == "label":
        return "label: " + ", ".join(f"`{label}`" for label in field.labels)
    if field.kind == "list":
        return f"list of {_type(field.children[0])}"
    if field.kind == "struct":
        return "{" + ", ".join(child.name for child in field.children) + "}"
    return DTYPES[field.kind]


def field_tables(schemas: Schemas) -> str:
    """The columns of every configuration, from the schema."""
    parts = []
    for config, fields in schemas.configs.items():
        rows = [[f"`{f.name}`", _type(f) + (", or null" if f.nullable else ""), f.description] for f in fields]
        parts.append(f"#### `{config}`\n\n" + table(["field", "type", "meaning"], rows))
    return "\n".join(parts)


def fill_blocks(document: str, blocks: Mapping[str, str]) -> str:
    """A Markdown document with its `<!-- generated: name -->` blocks written anew; unknown names stay as they are."""
    def fill(match: re.Match[str]) -> str:
        body = blocks.get(match["name"])
        return match.group() if body is None else f"{match[1]}\n{body}\n{match[3]}"

    return _BLOCK.sub(fill, document)


TOLERANCE = 0.01
_SCORE = re.compile(r" [01]\.\d{3} ")


def differing(shown: str, page: str, tolerance: float = TOLERANCE) -> list[str]:
    """The rows of measured tables that a page has otherwise; a score may differ by `tolerance`, since processors round unlike."""
    wanted, found = ([line for line in text.splitlines() if line.startswith("|")] for text in (page, shown))
    out = [f"rows: {len(wanted)} in the page, {len(found)} measured"] if len(wanted) != len(found) else []
    for old, new in zip(wanted, found):
        cells = list(zip(old.split("|"), new.split("|")))
        near = [a == b or bool(_SCORE.fullmatch(a) and _SCORE.fullmatch(b) and abs(float(a) - float(b)) <= tolerance) for a, b in cells]
        out += [] if old.count("|") == new.count("|") and all(near) else [f"page: {old}", f"now:  {new}"]
    return out
