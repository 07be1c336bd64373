"""E407 names each article once, with the first earlier one of another split that is like it: by the exact way, the quick way and by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import pytest
from test_fast import dumped, exactly, generated

from sisipan.checks.context import Record
from sisipan.fast import duplicates
from sisipan.fast.duplicates import Candidates, Pile, shingles_of_records
from sisipan.linefiles import validate_lines
from sisipan.offsets import text_sha256
from sisipan.schemas import load_schemas
from sisipan.shingles import first_alike, shingles

SPLITS = ("train", "validation", "test")
Texts = list[tuple[str, str]]  # split and text


def words(number: int, first: int = 0) -> str:
    return " ".join(f"kata{first + at}" for at in range(number))


def fresh(numbers: Iterator[int], count_: int) -> str:
    return words(count_, 1_000_000 + 1000 * next(numbers))


def copies() -> Texts:
    return [(SPLITS[n % 3], f"{words(60)} lain{n}") for n in range(70)]


def copies_of_one_split() -> Texts:
    return [("test", f"{words(60)} lain{n}") for n in range(70)]


def copies_of_one_split_and_another() -> Texts:
    return [*copies_of_one_split(), ("train", words(60))]


def another_and_copies_of_one_split() -> Texts:
    return [("train", words(60)), *copies_of_one_split()]


def copies_of_all_lengths() -> Texts:
    """Beginnings of one text, some with much of their own."""
    numbers = count()
    return [(SPLITS[n % 3], f"{words(4 + n * 3)} {fresh(numbers, 150 if n % 4 == 0 else 0)}") for n in range(70)]


def phrase_of_all() -> Texts:
    """Six of about 100 shingles are everyone's, but two texts are short."""
    numbers = count()
    return [(SPLITS[n % 3], f"{fresh(numbers, 20 if n in (30, 50) else 90)} {words(10)}") for n in range(70)]


def phrases_that_add_up() -> Texts:
    """Of four phrases, each of six shingles, any two texts share none, one or two."""
    numbers = count()
    phrases = [words(10, 100 * at) for at in range(4)]
    return [(SPLITS[n % 3], " | ".join([fresh(numbers, 70), *(f"{one} {fresh(numbers, 1)}" for at, one in enumerate(phrases) if n >> at & 1)])) for n in range(150)]


def likeness_that_the_quick_way_cannot_rule_out() -> Texts:
    """The last but three shares three shingles with seven earlier texts, which use another phrase than it does, and a paragraph with one after those."""
    numbers = count()
    phrases, passage, paragraph = (words(12), words(12, 100)), words(7, 200), words(30, 300)
    texts = []
    for n in range(120):
        more = passage if n == 116 or n % 6 == 1 and n < 40 else ""
        texts.append((SPLITS[n % 3], " ".join([fresh(numbers, 90), phrases[n % 2], fresh(numbers, 1), more, fresh(numbers, 1), paragraph if n in (60, 116) else ""])))
    return texts


KINDS = [
    copies, copies_of_one_split, copies_of_one_split_and_another, another_and_copies_of_one_split,
    copies_of_all_lengths, phrase_of_all, phrases_that_add_up, likeness_that_the_quick_way_cannot_rule_out,
]


def by_hand(texts: Texts) -> dict[int, int]:
    """For each text the first earlier one that is like it and of another split, every two compared."""
    sets = [shingles(text) for _, text in texts]
    alike = lambda a, b: len(sets[a] & sets[b]) > 0.1 * min(len(sets[a]), len(sets[b]))  # noqa: E731
    firsts = {second: next((first for first in range(second) if texts[first][0] != texts[second][0] and alike(first, second)), None) for second in range(len(texts))}
    return {second: first for second, first in firsts.items() if first is not None}


def test_the_first_of_those_that_are_alike_is_named_with_the_share() -> None:
    texts = ["a b c d e f", "x a b c d e y", "a b c d e f", "a b c d e f z", "a b c d"]
    assert list(first_alike(texts, [None] * 5, lambda a, b: True, 0.1)) == [(0, 1, 0.5), (0, 2, 1.0), (0, 3, 1.0)]
    assert list(first_alike(texts, ["one", "two", "one", "two", "two"], lambda a, b: True, 0.5)) == [(0, 3, 1.0)]
    assert list(first_alike(texts, [None] * 5, lambda a, b: a != 0, 0.1)) == [(1, 2, 0.5), (1, 3, 1 / 3)]
    assert list(first_alike(texts, ["one"] * 5, lambda a, b: True, 0.1)) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_article_is_named_at_most_once_and_alike_by_both_ways(kind: type, tmp_path: Path) -> None:
    texts = kind()
    bare = generated(0) | {"entities": [], "claims": [], "spam": [], "brands": []}
    records = [bare | {"id": f"a{n}", "event": f"a{n}", "split": split, "text": text, "text_sha256": text_sha256(text)} for n, (split, text) in enumerate(texts)]
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(map(dumped, records)), "utf-8")
    found = validate_lines(path, tmp_path).findings
    assert found == exactly(path)
    named = {int(one.article[1:]): int(re.search(r"shingles with a(\d+), which", one.message)[1]) for one in found if one.code == "E407"}
    assert named == by_hand(texts)
    assert sum(one.code == "E407" for one in found) == len(named)


@pytest.mark.parametrize("seed", range(30))
def test_no_candidate_is_missed_whatever_counts_as_many(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    for name, numbers in {"_MANY": (1, 3, 50), "_WIDTH": (1, 2, 16), "_KINDS": (2, 3, 8)}.items():
        monkeypatch.setattr(duplicates, name, random.choice(numbers))
    whole, phrases, numbers, splits = words(150, 5000), [words(random.randint(5, 25), 100 * at) for at in range(4)], count(), random.choice((2, 3, 12))
    texts = []
    for _ in range(60):
        pieces = [whole[: random.choice((0, 0, 200, 900))], fresh(numbers, random.choice((0, 20, 150))), *(f"{one} {fresh(numbers, 1)}" for one in phrases if random.random() < 0.6)]
        texts.append((f"split{random.randrange(splits):02}" if random.random() < 0.5 else "split00", " ".join(pieces)))
    kinds, of = np.unique([split for split, _ in texts], return_inverse=True)
    pile, schemas = Pile(tmp_path), load_schemas()
    pile.add(shingles_of_records([Record(str(n), {"text": text, "spam": []}, schemas) for n, (_, text) in enumerate(texts)]), 0)
    candidates, expected = Candidates(pile, of), by_hand(texts)
    assert expected and set(expected) <= set(candidates.seconds.tolist())
    for second, first in expected.items():
        assert first in candidates.of(second, -1, len(texts))
        assert candidates.of(second, first - 1, 1) == [first]
        asked = candidates.of(second, first, 3)
        assert asked == sorted(asked) and len(asked) <= 3 and all(first < number < second and of[number] != of[second] for number in asked)
