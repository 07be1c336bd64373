"""What the corpus promises of its mix and its annotation holds for every article with gold."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import REPOSITORY

from sisipan.build import load_corpus
from sisipan.figures import is_fooling
from sisipan.schemas import load_schemas
from sisipan.store import PASSES, document_path

CORPUS = load_corpus(REPOSITORY)
SCHEMAS = load_schemas()


def closed_list(document: str, field: str) -> list[str]:
    """The values that a field may have."""
    return SCHEMAS.documents[document]["properties"][field]["enum"]


def test_every_article_was_annotated_twice_and_adjudicated() -> None:
    assert len(CORPUS) >= 300
    assert not [article.id for article in CORPUS for name in PASSES if not document_path(REPOSITORY, article.id, name).exists()]


def test_about_half_is_polluted_and_much_of_the_rest_fools_a_keyword_filter() -> None:
    assert 130 <= sum(bool(article.spam) for article in CORPUS) <= 170
    assert sum(map(is_fooling, CORPUS)) >= 80
    assert sum(article.origin == "machine_translated" for article in CORPUS) >= 60
    assert all(article.defects for article in CORPUS if article.origin == "machine_translated" and article.text)


@pytest.mark.parametrize("field", ["label", "form", "obfuscation"])
def test_every_kind_of_spam_occurs_often_enough_to_learn_and_to_test(field: str) -> None:
    counts = Counter(getattr(span, field) for article in CORPUS for span in article.spam)
    assert {value: counts[value] for value in closed_list("spam", field) if counts[value] < 8} == {}


@pytest.mark.parametrize("field", ["topic", "register"])
def test_the_whole_grid_is_covered(field: str) -> None:
    counts = Counter(getattr(article, field) for article in CORPUS)
    assert {value: counts[value] for value in closed_list("article", field) if counts[value] < 6} == {}


def test_the_splits_are_seventy_ten_twenty() -> None:
    counts = Counter(article.split for article in CORPUS)
    for split, share in (("train", 0.70), ("validation", 0.10), ("test", 0.20)):
        assert counts[split] / len(CORPUS) == pytest.approx(share, abs=0.02), split


def test_claims_are_not_everything() -> None:
    held = [article for article in CORPUS if article.text]
    covered = sum(claim.end - claim.start for article in held for claim in article.claims)
    spam = sum(span.end - span.start for article in held for span in article.spam)
    assert covered / (sum(len(article.text) for article in held) - spam) <= 2 / 3
    claims = [claim for article in held for claim in article.claims]
    assert 0.25 <= sum(claim.checkworthy for claim in claims) / len(claims) <= 0.5
