"""Near-duplicates across splits among millions of texts: shingles as numbers, kept on disk, compared a share at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sisipan.checks.context import Record
from sisipan.checks.corpus import NEAR_DUPLICATE
from sisipan.fast.corpus import mixed
from sisipan.fast.spans import Layer
from sisipan.fast.texts import KEEP, Texts, eight_bytes
from sisipan.ranges import ranges
from sisipan.shingles import WIDTH, without, words_of

_ENTRY = np.dtype([("shingle", "<u8"), ("article", "<u4")])
_SHARES = 256
_PAD = 24
_FLUSH = 1 << 13  # entries of a share that are held in memory
_MANY = 50  # articles; a shingle of more is a phrase that everyone uses, and pairs are not counted by it one by one
_KINDS = 8  # splits that are told apart when the users of a phrase are listed
_WIDTH = 16  # users of a phrase that are looked at first
_LOW = np.uint64(0xFFFFFFFF)


def _lowered() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    for byte in range(128):
        if chr(byte).isalnum():
            table[byte] = ord(chr(byte).lower())
    return table


_LOWERED = _lowered()


@lru_cache(maxsize=1)
def _lettered() -> np.ndarray:
    """For each code point 0 (not looked at yet), 1 (may be part of a word) or 2."""
    return np.zeros(0x110000, np.uint8)


def _in_words(points: np.ndarray) -> np.ndarray:
    """Which characters beyond ASCII are part of words, or become so when case is folded."""
    known = _lettered()
    for point in np.unique(points[known[points] == 0]).tolist():
        known[point] = 1 if any(one.isalnum() for one in (chr(point), *chr(point).casefold())) else 2
    return known[points] == 1


def _numbers(run: np.ndarray, first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """A number for each five words that stand one after the other, given where words start in a padded run and their sizes."""
    ahead = eight_bytes(run)
    word = mixed(ahead[first] & KEEP[np.minimum(size, 8)], size.astype(np.uint64))
    long = np.flatnonzero(size > 8)
    word[long] = mixed(word[long], ahead[first[long] + 8] & KEEP[np.minimum(size[long] - 8, 8)])
    out = word[: len(word) - WIDTH + 1]
    for at in range(1, WIDTH):
        out = mixed(out, word[at : len(word) - WIDTH + 1 + at])
    return out


@dataclass(frozen=True)
class Shingled:
    """Numbers of the shingles of some articles, perhaps several times the same, and whose they are."""

    shingle: np.ndarray
    article: np.ndarray


def shingles_of_records(records: Sequence[Record]) -> Shingled:
    """The shingles that the check itself would compare."""
    numbers, whose = [], []
    for row, record in enumerate(records):
        if record.text:
            text = without(record.text, ((span["start"], span["end"]) for _, span in record.sound["spam"]))
            words = [word.encode("utf-8", "surrogatepass") for word in words_of(text)]
            if len(words) >= WIDTH:
                size = np.array([len(word) for word in words])
                found = _numbers(np.frombuffer(b" ".join(words) + bytes(_PAD), np.uint8), np.cumsum([0, *(size[:-1] + 1)]), size)
                numbers.append(found)
                whose.append(np.full(len(found), row, np.uint32))
    if not numbers:
        return Shingled(np.zeros(0, np.uint64), np.zeros(0, np.uint32))
    return Shingled(np.concatenate(numbers), np.concatenate(whose))


def shingles_of_batch(batch: pa.RecordBatch, texts: Texts | None = None) -> tuple[Shingled, np.ndarray]:
    """The shingles of records without a finding, and the rows in which words are not of ASCII alone: those have none here.

    `texts` are those of the batch, where somebody looked at them already.
    """
    texts = texts or Texts(pc.fill_null(batch.column("text"), ""))
    foreign = np.zeros(batch.num_rows, bool)
    foreign[texts.rows_at(texts.leads[_in_words(texts.points)])] = True
    spam = Layer.of(batch.column("spam"))
    run = _LOWERED[texts.run]
    start, end = spam.places(texts)
    for a, b in zip(start.tolist(), end.tolist()):
        run[a:b] = 0
    letters = run > 0
    edges = np.flatnonzero(letters[1:] != letters[:-1]) + 1
    if letters[0]:
        edges = np.concatenate([[0], edges])
    # a text that ends with a word and one that starts with one would make one word of the two
    inner = texts.bounds[1:-1][letters[texts.bounds[1:-1] - 1] & letters[texts.bounds[1:-1]]]
    if len(inner):
        edges = np.sort(np.concatenate([edges, inner, inner]))
    first, stop = edges[0::2], edges[1::2]
    if len(first) < WIDTH:
        return Shingled(np.zeros(0, np.uint64), np.zeros(0, np.uint32)), np.flatnonzero(foreign)
    numbers = _numbers(run, first, stop - first)
    rows = texts.rows_at(first)
    keep = (rows[: len(numbers)] == rows[WIDTH - 1 :]) & ~foreign[rows[: len(numbers)]]
    return Shingled(numbers[keep], rows[: len(numbers)][keep].astype(np.uint32)), np.flatnonzero(foreign)


@dataclass
class Pile:
    """Shingles of ever more articles, in a folder of its own on disk; memory stays flat.

    What is not on disk yet lies in one array of fixed size: thousands of small ones, kept for long among many short-lived ones, tear the heap to pieces.
    """

    folder: Path
    _held: np.ndarray = field(default_factory=lambda: np.empty((_SHARES, _FLUSH), _ENTRY))
    _sizes: list[int] = field(default_factory=lambda: [0] * _SHARES)

    def add(self, some: Shingled, first_article: int) -> None:
        """Lay down the shingles of articles that are counted from `first_article`."""
        share = (some.shingle >> np.uint64(56)).astype(np.uint8)  # sorted by counting, being bytes
        order = np.argsort(share, kind="stable")
        entries = np.empty(len(order), _ENTRY)
        entries["shingle"], entries["article"] = some.shingle[order], some.article[order] + np.uint32(first_article)
        bounds = np.searchsorted(share[order], np.arange(_SHARES + 1)).tolist()
        for number, (at, end) in enumerate(zip(bounds, bounds[1:])):
            while at < end:
                size = self._sizes[number]
                part = min(end - at, _FLUSH - size)
                self._held[number, size : size + part] = entries[at : at + part]
                self._sizes[number], at = size + part, at + part
                if self._sizes[number] == _FLUSH:
                    self._flush(number)

    def _here(self, number: int) -> np.ndarray:
        return self._held[number, : self._sizes[number]]

    def _flush(self, number: int) -> None:
        with open(self.folder / f"{number:03}", "ab") as out:
            self._here(number).tofile(out)
        self._sizes[number] = 0

    def shares(self) -> Iterator[np.ndarray]:
        """All entries, so that those of one shingle come together."""
        if not any(self.folder.iterdir()):
            if any(self._sizes):
                yield np.concatenate([self._here(number) for number in range(_SHARES)])
            return
        for number in range(_SHARES):
            path = self.folder / f"{number:03}"
            stored = [np.fromfile(path, _ENTRY)] if path.exists() else []
            if stored or self._sizes[number]:
                yield np.concatenate([*stored, self._here(number)])


def _repeated(entries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shingles that stand more than once, sorted, each article once; and, for every entry that was dropped as a repetition, its article."""
    order = np.argsort(entries["shingle"])
    sorted_ = entries["shingle"][order]
    same = np.zeros(len(order) + 1, bool)
    same[1:-1] = sorted_[1:] == sorted_[:-1]
    some = entries[order[same[1:] | same[:-1]]]
    some = some[np.lexsort((some["article"], some["shingle"]))]
    again = np.zeros(len(some), bool)
    again[1:] = (some["shingle"][1:] == some["shingle"][:-1]) & (some["article"][1:] == some["article"][:-1])
    return some[~again], some["article"][again]


def _pairs(some: np.ndarray, splits: np.ndarray, first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Every two articles of different splits that share one of the shingles that stand at `first` in `some`, as one number."""
    out = []
    for width in np.unique(size).tolist():
        groups = some["article"][first[size == width][:, None] + np.arange(width)]
        for a in range(width):
            for b in range(a + 1, width):
                one, other = groups[:, a], groups[:, b]
                apart = splits[one] != splits[other]
                out.append(one[apart].astype(np.uint64) << np.uint64(32) | other[apart])
    return np.concatenate(out) if out else np.zeros(0, np.uint64)


def _groups(entries: np.ndarray, splits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the shingles of several articles start in sorted entries, of how many articles they are, and whether of several splits."""
    if not len(entries):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool)
    first = np.flatnonzero(np.concatenate([[True], entries["shingle"][1:] != entries["shingle"][:-1]]))
    theirs = splits[entries["article"]]
    return first, np.diff(np.concatenate([first, [len(entries)]])), np.minimum.reduceat(theirs, first) != np.maximum.reduceat(theirs, first)


class _Phrases:
    """Who uses the phrases that many use, for articles that may be alike by those alone: where one of the two consists of them for a tenth."""

    def __init__(self, pile: Pile, total: np.ndarray, heavy: np.ndarray, splits: np.ndarray) -> None:
        self._total, self._heavy, self._splits = total, heavy, splits
        self._kind = np.minimum(splits, _KINDS - 1)
        self._kinds = int(self._kind.max(initial=0)) + 1
        article, group, groups = [], [], 0
        for entries in pile.shares() if heavy.any() else ():
            some, _ = _repeated(entries)
            first, size, crossing = _groups(some, splits)
            if not len(first):
                continue
            wanted = (size > _MANY) & crossing & np.logical_or.reduceat(heavy[some["article"]], first)
            article.append(some["article"][np.repeat(wanted, size)])
            group.append(np.repeat(np.arange(groups, groups + int(wanted.sum())), size[wanted]))
            groups += int(wanted.sum())
        articles = np.concatenate([np.zeros(0, np.uint32), *article])
        whose = np.concatenate([np.zeros(0, np.int64), *group])
        self._users = np.sort((whose * self._kinds + self._kind[articles]).astype(np.uint64) << np.uint64(32) | articles)
        self._heavy_users = self._users[heavy[self._users & _LOW]]
        self._phrases = whose[np.argsort(articles, kind="stable")]
        self._bounds = np.concatenate([[0], np.cumsum(np.bincount(articles, minlength=len(splits)))])
        used, least = np.diff(self._bounds), int(total[heavy].min(initial=0))
        self.seconds = np.flatnonzero((used > 0) & (heavy | (used > NEAR_DUPLICATE * np.minimum(total, least) - 0.5)))

    def of(self, second: int, after: int, most: int) -> np.ndarray:
        """The first `most` articles, or some more, between two that may be like the second by phrases, in order."""
        phrases = self._phrases[self._bounds[second] : self._bounds[second + 1]]
        users = self._users if self._heavy[second] else self._heavy_users
        own = self._kind[second]
        kinds = np.array([kind for kind in range(self._kinds) if kind != own or own == _KINDS - 1])
        list_ = (phrases[:, None] * self._kinds + kinds).ravel().astype(np.uint64) << np.uint64(32)
        at, stop = np.searchsorted(users, list_ + np.uint64(after + 1)), np.searchsorted(users, list_ + np.uint64(second))
        found, width = [np.zeros(0, np.int64)], _WIDTH
        while (at < stop).any() and sum(map(len, found)) < most:  # no further than is asked for: all are alike where there are many copies
            list_, at, stop = list_[at < stop], at[at < stop], stop[at < stop]
            long = at + width < stop
            last = (users[at[long] + width] & _LOW).min(initial=second)
            upto = np.searchsorted(users, list_ + last)
            some, counts = np.unique((users[ranges(at, upto)] & _LOW).astype(np.int64), return_counts=True)
            alike = counts > NEAR_DUPLICATE * np.minimum(self._total[some], self._total[second]) - 0.5
            found.append(some[alike & (self._splits[some] != self._splits[second])])
            at, width = upto, width * 2
        return np.concatenate(found)


class Candidates:
    """E407: for some articles, the earlier ones of other splits that the check must be asked about."""

    def __init__(self, pile: Pile, splits: np.ndarray) -> None:
        """`splits` holds a number from 0 for the split of each article."""
        total, common = np.zeros(len(splits), np.int64), np.zeros(len(splits), np.int64)
        pairs, counts = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        for entries in pile.shares():
            total += np.bincount(entries["article"], minlength=len(splits))
            some, again = _repeated(entries)
            np.subtract.at(total, again, 1)
            first, size, crossing = _groups(some, splits)
            np.add.at(common, some["article"][np.repeat((size > _MANY) & crossing, size)], 1)
            few = (size > 1) & (size <= _MANY) & crossing
            found, times = np.unique(_pairs(some, splits, first[few], size[few]), return_counts=True)
            pairs, where = np.unique(np.concatenate([pairs, found]), return_inverse=True)
            counts = np.bincount(where, np.concatenate([counts, times]), len(pairs)).astype(np.int64)
        one, other = (pairs >> np.uint64(32)).astype(np.int64), (pairs & _LOW).astype(np.int64)
        chosen = counts + np.minimum(common[one], common[other]) > NEAR_DUPLICATE * np.minimum(total[one], total[other]) - 0.5
        one, other = one[chosen], other[chosen]
        order = np.lexsort((one, other))
        self._first, self._second = one[order], other[order]
        self._phrases = _Phrases(pile, total, (common > NEAR_DUPLICATE * total - 0.5) & (common > 0), splits)
        self.seconds = np.union1d(self._second, self._phrases.seconds)

    def of(self, second: int, after: int, most: int) -> list[int]:
        """The first articles, at most `most`, after `after` and before `second`, in order."""
        a, b = np.searchsorted(self._second, [second, second + 1])
        first = self._first[a:b]
        first = first[first > after][:most]
        return np.union1d(first, self._phrases.of(second, after, most))[:most].tolist()
