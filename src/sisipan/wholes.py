"""The checks of a whole corpus or release, on no more articles than could have such a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sisipan.checks import at_level
from sisipan.checks.context import Corpus, Record
from sisipan.fast import corpus
from sisipan.fast.corpus import Keys, joined, keys_of_batch, keys_of_records, picked, suspects
from sisipan.fast.duplicates import Candidates, Pile, Shingled, shingles_of_batch, shingles_of_records
from sisipan.fast.texts import Texts
from sisipan.findings import Finding
from sisipan.results import Located, corpus_findings, finding_of, shown_path
from sisipan.schemas import Schemas
from sisipan.store import read_article

Fetch = Callable[[Sequence[int]], Iterable[Located]]
_PAIRWISE = "E407"
_BY_NAME = frozenset({"E402", "I403", "W404"})
_AT_ONCE = 1000  # pairs whose records are held


def compared(
    batches: Sequence[tuple[np.ndarray, pa.RecordBatch, Texts | None]], records: Sequence[tuple[int, Record]], split_names: Sequence[str], schemas: Schemas
) -> tuple[np.ndarray, Keys, Shingled]:
    """What the checks of a whole compare of some articles: of clean ones in batches (numbers, records, texts), and of others as records.

    Returns the numbers in order and the articles in that order.
    """
    numbers, keys, shingles, whose, at = [], [], [], [], 0
    for theirs, batch, texts in batches:
        shingled, foreign = shingles_of_batch(batch, texts)
        shingles.append(shingled.shingle)
        whose.append(shingled.article.astype(np.int64) + at)
        if len(foreign):
            apart = shingles_of_records([Record("", row, schemas) for row in batch.select(("text", "spam")).take(pa.array(foreign)).to_pylist()])
            shingles.append(apart.shingle)
            whose.append(foreign[apart.article] + at)
        numbers.append(theirs)
        keys.append(keys_of_batch(batch, split_names))
        at += len(theirs)
    apart = shingles_of_records([record for _, record in records])
    numbers.append(np.array([number for number, _ in records], np.int64))
    keys.append(keys_of_records([record for _, record in records]))
    all_numbers = np.concatenate(numbers).astype(np.int64)
    order = np.argsort(all_numbers, kind="stable")
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order))
    articles = np.concatenate([*whose, apart.article.astype(np.int64) + at]).astype(np.int64)
    together = joined(keys)
    if not (order[1:] > order[:-1]).all():
        together = picked(together, order)
    return all_numbers[order], together, Shingled(np.concatenate([*shingles, apart.shingle]), rank[articles])


class Whole:
    """Collects what the checks compare, in the order of the articles; the shingles lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.articles = 0
        self._keys: list[Keys] = []
        self._pile = Pile(folder)

    def add(self, keys: Keys, shingled: Shingled) -> None:
        """More articles, after those that are here."""
        self._pile.add(shingled, self.articles)
        self._keys.append(keys)
        self.articles += len(keys)

    def findings(self, fetch: Fetch, base: Path) -> Iterator[Finding]:
        """What the checks say; `fetch` gives the records of articles by their numbers, in order."""
        if not corpus.covered():
            yield from _all_of(list(fetch(range(self.articles))), base, lambda code: True)
            return
        keys = joined(self._keys)
        self._keys = [keys]
        some = suspects(keys).tolist()
        if some:
            yield from _all_of(list(fetch(some)), base, lambda code: code != _PAIRWISE)
        kinds, splits = np.unique(keys.split, return_inverse=True)
        if len(kinds) > 1:
            yield from _near_duplicates(Candidates(self._pile, splits), fetch, base)


def _near_duplicates(candidates: Candidates, fetch: Fetch, base: Path) -> Iterator[Finding]:
    """Asks the check about two articles at a time, for each in turn about ever more of its candidates, until it names one."""
    left, most = [(second, -1) for second in candidates.seconds.tolist()], 1
    while left:
        unnamed = []
        for start in range(0, len(left), max(1, _AT_ONCE // most)):
            block = [(second, candidates.of(second, after, most)) for second, after in left[start : start + max(1, _AT_ONCE // most)]]
            numbers = sorted({number for second, firsts in block if firsts for number in (second, *firsts)})
            records = dict(zip(numbers, fetch(numbers)))
            for second, firsts in block:
                pairs = ([records[first], records[second]] for first in firsts)
                found = next((finding for pair in pairs for finding in _all_of(pair, base, lambda code: code == _PAIRWISE)), None)
                if found is not None:
                    yield found
                elif len(firsts) == most:
                    unnamed.append((second, firsts[-1]))
        left, most = unnamed, min(4 * most, _AT_ONCE)


def _all_of(records: Sequence[Located], base: Path, wanted: Callable[[str], bool]) -> Iterator[Finding]:
    located = {id(one.record): one for one in records}
    whole = Corpus(tuple(one.record for one in records), from_sources=False)
    yield from corpus_findings(whole, located, base, tuple(check for check in at_level("corpus") if wanted(check.code)))


def findings_of_names(articles: Sequence[tuple[str, Path]], retired: Mapping[str, Any], passes: Mapping[str, frozenset[str]], base: Path, schemas: Schemas) -> Iterator[Finding]:
    """What the checks of the whole say of sources that ask about names alone. `articles` are the ids and text files of those that have a record."""
    records = {id(record): (record, path) for record, path in ((Record(article, {}, schemas), path) for article, path in articles)}
    whole = Corpus(tuple(record for record, _ in records.values()), retired, passes)
    for check in at_level("corpus"):
        for record, hit in check.run(whole) if check.code in _BY_NAME else ():
            path = records[id(record)][1]
            place, line, column = Located(record, read_article(path, base), None, str(path)).place(hit.place)
            yield finding_of(check, hit, shown_path(place, base), line, column, record.article)
