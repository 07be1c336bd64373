"""What a tagger says of articles that it was not trained on: k-fold cross-validation of the plain CRF over all labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sisipan.curve import features, spans, train
from sisipan.model import Article
from sisipan.tables import ner_rows

FOLDS = 4
ITERATIONS = 40


@dataclass(frozen=True, slots=True)
class Guess:
    """A span that the tagger gives words of an article; `sure` is the lowest marginal probability of its tags. Label O: it sees no entity in a gold one."""

    article: str
    start: int
    end: int
    label: str
    sure: float


def _fold(article: Article) -> int:
    """The fold of an article: by its id alone, so that an edit or a new article moves no other one."""
    return int(hashlib.sha256(article.id.encode()).hexdigest(), 16) % FOLDS


def _read(tagger: Any, article: Article) -> Iterator[Guess]:
    for row in ner_rows(article):
        tags = tagger.tag(features(row["tokens"]))
        for first, last, label in spans(tags):
            sure = min(tagger.marginal(tags[at], at) for at in range(first, last))
            yield Guess(article.id, row["starts"][first], row["ends"][last - 1], label, sure)
        for first, last, _ in spans(row["ner_tags"]):
            if all(tags[at] == "O" for at in range(first, last)):
                yield Guess(article.id, row["starts"][first], row["ends"][last - 1], "O", min(tagger.marginal("O", at) for at in range(first, last)))


def guesses(articles: Sequence[Article]) -> list[Guess]:
    """The tagger's spans for every article, each by a tagger that was trained on the others. Fewer than two articles give none."""
    out: list[Guess] = []
    for number in range(FOLDS):
        learn, read = [a for a in articles if _fold(a) != number], [a for a in articles if _fold(a) == number]
        if not learn or not read:
            continue
        tagger = train([(row["tokens"], row["ner_tags"]) for article in learn for row in ner_rows(article)], ITERATIONS)
        for article in read:
            out += _read(tagger, article)
    return out
