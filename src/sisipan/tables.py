"""The rows of each configuration, from articles: nested records, flat layers, sentences, tagged sentences.

A withheld article has rows wherever no word of its text is needed: not in `ner` and `sentences`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import accumulate
from typing import Any

import pyarrow as pa

from sisipan.columns import arrow_column, arrow_schema, decode
from sisipan.model import LAYERS, Article, Entity, article_to_record
from sisipan.offsets import merged, overlap
from sisipan.schemas import Field, Schemas
from sisipan.segment import sentence_spans, word_spans

Row = dict[str, Any]


def layer_rows(article: Article, layer: str) -> Iterator[Row]:
    """A row a span, with the article's id and split."""
    for span in getattr(article, layer):
        yield {"article_id": article.id, "split": article.split, **asdict(span)}


def sentences_of(article: Article) -> list[tuple[int, int]]:
    """Ranges of the sentences of an article; none ends inside an entity. A withheld article has none."""
    if article.text is None:
        return []
    return sentence_spans(article.text, [(entity.start, entity.end) for entity in article.entities])


def touches(spans: Iterable[Any], start: int, end: int) -> bool:
    """Whether any of the spans shares a code point with the range."""
    return any(overlap(span.start, span.end, start, end) for span in spans)


def touching(spans: Iterable[Any]) -> Callable[[int, int], bool]:
    """What says of many ranges, by a look-up, whether any of the spans shares a code point with one."""
    ranges = merged((span.start, span.end) for span in spans)
    starts = [start for start, _ in ranges]

    def touch(start: int, end: int) -> bool:
        before = bisect_left(starts, end)
        return start < end and before > 0 and ranges[before - 1][1] > start

    return touch


def sentence_rows(article: Article) -> Iterator[Row]:
    """A row a sentence, flagged by what it shares a code point with."""
    claimed, spammed = touching(article.claims), touching(article.spam)
    worth_checking = touching(claim for claim in article.claims if claim.checkworthy)
    for number, (start, end) in enumerate(sentences_of(article)):
        yield {
            "id": f"{article.id}#{number}",
            "article_id": article.id,
            "split": article.split,
            "start": start,
            "end": end,
            "text": article.text[start:end],
            "has_claim": claimed(start, end),
            "has_checkworthy_claim": worth_checking(start, end),
            "touches_spam": spammed(start, end),
        }


def cut_words(words: Iterable[tuple[int, int]], cuts: Iterable[int]) -> list[tuple[int, int]]:
    """Word ranges, divided at every cut that falls inside one."""
    marks = sorted(set(cuts))
    out, n = [], 0
    for start, end in words:
        while n < len(marks) and marks[n] <= start:
            n += 1
        while n < len(marks) and marks[n] < end:
            out.append((start, marks[n]))
            start = marks[n]
            n += 1
        out.append((start, end))
    return out


def bio_tags(words: Sequence[tuple[int, int]], entities: Sequence[Entity]) -> list[str]:
    """BIO tag of each word; the words must not cross an end of an entity (see `cut_words`)."""
    tags, n, inside = [], 0, False
    for start, end in words:
        while n < len(entities) and entities[n].end <= start:
            n += 1
            inside = False
        if n < len(entities) and entities[n].start < end:
            tags.append(f"{'I' if inside else 'B'}-{entities[n].label}")
            inside = True
        else:
            tags.append("O")
    return tags


def ner_rows(article: Article) -> Iterator[Row]:
    """A row a sentence: its editorial words, with offsets and tags. A sentence that is all spam has no row."""
    entities = sorted(article.entities, key=lambda entity: entity.start)
    starts = [entity.start for entity in entities]
    reach = list(accumulate((entity.end for entity in entities), max))  # how far any of the first ones goes
    cuts = sorted({at for span in (*entities, *article.spam) for at in (span.start, span.end)})
    spammed = touching(article.spam)
    for number, (start, end) in enumerate(sentences_of(article)):
        words = [(start + a, start + b) for a, b in word_spans(article.text[start:end])]
        words = [word for word in cut_words(words, cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]) if not spammed(*word)]
        if words:
            yield {
                "id": f"{article.id}#{number}",
                "article_id": article.id,
                "tokens": [article.text[a:b] for a, b in words],
                "starts": [a for a, _ in words],
                "ends": [b for _, b in words],
                "ner_tags": bio_tags(words, entities[bisect_right(reach, start) : bisect_left(starts, end)]),
            }


def rows(config: str, articles: Iterable[Article]) -> Iterator[Row]:
    """Rows of a configuration, in the order of the articles."""
    for article in articles:
        if config == "articles":
            yield article_to_record(article)
        elif config in LAYERS:
            yield from layer_rows(article, config)
        elif config == "ner":
            yield from ner_rows(article)
        elif config == "sentences":
            yield from sentence_rows(article)
        else:
            raise KeyError(config)


def to_table(fields: Sequence[Field], values: Iterable[Row]) -> pa.Table:
    """Arrow table of a configuration's rows; labels become numbers, dates days."""
    held = values if isinstance(values, list) else list(values)
    return pa.Table.from_arrays([arrow_column([row[field.name] for row in held], field) for field in fields], schema=arrow_schema(fields))


def from_table(fields: Sequence[Field], table: pa.Table) -> list[Row]:
    """Rows of a configuration from its Arrow table; label numbers become labels."""
    return [{field.name: decode(row[field.name], field) for field in fields} for row in table.to_pylist()]


def config_tables(schemas: Schemas, articles: Iterable[Article]) -> dict[tuple[str, str], pa.Table]:
    """Every table of a release by configuration and split, articles in order of id.

    A split without rows has no table: `datasets` 5 cannot read an empty file.
    """
    ordered = sorted(articles, key=lambda article: article.id)
    splits = schemas.documents["article"]["properties"]["split"]["enum"]
    tables = {}
    for config, fields in schemas.configs.items():
        for split in splits:
            values = list(rows(config, [article for article in ordered if article.split == split]))
            if values:
                tables[config, split] = to_table(fields, values)
    return tables
