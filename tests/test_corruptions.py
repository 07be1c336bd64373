"""Mistakes made on purpose in real articles: each is caught by its code, at its file, line and article. The corpus itself is clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from corruptions.material import Corruption
from corruptions.run import RATE, checks_sha256
from corruptions.suite import (
    IN_DOCUMENTS,
    OPERATORS,
    REPOSITORY,
    WITHHELD,
    Operator,
    Trial,
    articles,
    copy_article,
    folder,
    in_corners,
    in_documents,
    in_release,
    operators,
    put,
    read_material,
    release,
)

import sisipan.checks
from sisipan.checks import CHECKS
from sisipan.releases import validate_release
from sisipan.validate import validate_sources

EACH, TOGETHER = 1, 24
ELSEWHERE = ("other", "others")  # of other people's corpora: see test_other_corpora.py
_SMALL = operators(*IN_DOCUMENTS)
CHUNKS = [_SMALL[at : at + TOGETHER] for at in range(0, len(_SMALL), TOGETHER)]
by_name = {"ids": lambda operator: operator.name}


@pytest.fixture(scope="session")
def released() -> Iterator[Path]:
    """A sound release."""
    with release(0) as root:
        yield root


def all_caught(trials: list[Trial]) -> None:
    """Nothing expected was missed, and nothing was said of other files."""
    assert trials
    assert [(t.operator, t.place, t.missed, t.astray) for t in trials if not t.caught] == []


@pytest.mark.parametrize("chosen", CHUNKS, ids=lambda chosen: f"{chosen[0].name}..{chosen[-1].name}")
def test_in_documents_and_texts(chosen: list[Operator]) -> None:
    trials = in_documents(chosen, EACH)
    assert {trial.operator for trial in trials} == {operator.name for operator in chosen}
    all_caught(trials)


@pytest.mark.parametrize("operator", operators("corpus"), **by_name)
def test_in_a_corpus(operator: Operator) -> None:
    all_caught(in_corners(operator, 1))


@pytest.mark.parametrize("operator", operators("release"), **by_name)
def test_in_a_release(operator: Operator, released: Path) -> None:
    all_caught(in_release(operator, released, 1))


def trials_of(operator: Operator, released: Path) -> list[Trial]:
    """One corruption by an operator."""
    if operator.kind == "release":
        return in_release(operator, released, 1)
    return in_corners(operator, 1) if operator.kind == "corpus" else in_documents([operator], 1)


@pytest.mark.parametrize("code", [check.code for check in CHECKS if check.level not in ("none", *ELSEWHERE)])
def test_without_its_check_a_mistake_is_missed(code: str, released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = min((o for o in OPERATORS if code in o.codes), key=lambda o: (o.kind not in IN_DOCUMENTS, len(o.codes)))
    monkeypatch.setattr(sisipan.checks, "CHECKS", tuple(check for check in CHECKS if check.code != code))
    trials = trials_of(operator, released)
    assert trials and code in {expected.code for trial in trials for expected in trial.missed}


def test_every_code_has_an_operator_and_no_operator_a_strange_one() -> None:
    assert {code for operator in OPERATORS for code in operator.codes} == {check.code for check in CHECKS if check.level not in ELSEWHERE}


def test_operators_are_many_distinct_and_say_what_they_imitate() -> None:
    names = [operator.name for operator in OPERATORS]
    assert len(names) == len(set(names)) >= 90
    assert all(len(operator.mistake) > 15 and operator.mistake.endswith(".") for operator in OPERATORS)


def test_the_untouched_corpus_has_no_finding() -> None:
    assert validate_sources(REPOSITORY).findings == ()


def test_an_untouched_release_has_no_finding(released: Path) -> None:
    assert validate_release(released).findings == ()


def test_an_article_made_withheld_has_no_finding() -> None:
    with folder() as root:
        for article in articles()[:6]:
            copy_article(article, root)
            for where in ("gold", "pass-a", "pass-b"):
                hidden = read_material(REPOSITORY, article, where).withheld()
                put(root, Corruption({hidden.text_path: hidden.source.encode(), hidden.path: hidden.raw.encode()}, ()))
        copy_article(WITHHELD, root)
        assert validate_sources(root).findings == ()


def test_the_rate_is_of_these_operators_and_these_checks() -> None:
    rate = json.loads(RATE.read_bytes())
    again = "run `python tests/corruptions/run.py`, then `make build`"
    assert [(row["name"], row["kind"], row["codes"], row["mistake"]) for row in rate["operators"]] == [(o.name, o.kind, list(o.codes), o.mistake) for o in OPERATORS], again
    assert rate["checks_sha256"] == checks_sha256(), again
    assert all(row["tries"] for row in rate["operators"])
    assert [row["name"] for row in rate["operators"] if row["caught"] < row["tries"]] == []
