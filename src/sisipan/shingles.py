"""Near-duplicates: texts that share many of their 5-word shingles (Broder 1997), counted exactly."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import inf

from sisipan.model import Article

WIDTH = 5
_WORD = re.compile(r"[^\W_]+")


def without(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """The text without the given half-open ranges, each replaced by a line end."""
    pieces, at = [], 0
    for start, end in sorted(ranges):
        pieces.append(text[at:start])
        at = max(at, end)
    return "\n".join([*pieces, text[at:]])


def editorial_text(article: Article) -> str:
    """The text of an article without its spam regions, a line end in the place of each."""
    return without(article.text, ((span.start, span.end) for span in article.spam))


def words_of(text: str) -> list[str]:
    """The words of a text, case and punctuation aside."""
    return _WORD.findall(text.casefold())


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The set of runs of five words, case and punctuation aside. A text of fewer words has none."""
    words = words_of(text)
    return frozenset(tuple(words[at : at + WIDTH]) for at in range(len(words) - WIDTH + 1))


def shared_shares(texts: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """Pairs of keys whose texts share a shingle, with the share of the smaller text's shingles (0 to 1)."""
    sets = {key: shingles(text) for key, text in texts.items()}
    where: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, grams in sets.items():
        for gram in grams:
            where[gram].append(key)
    counts: Counter[tuple[str, str]] = Counter()
    for keys in where.values():
        for n, a in enumerate(keys):
            for b in keys[n + 1 :]:
                counts[a, b] += 1
    for (a, b), count in sorted(counts.items()):
        yield a, b, count / min(len(sets[a]), len(sets[b]))


def _counted(lists: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """The numbers in sorted lists, the smallest first, with how many of the lists hold each; they are read as far as is asked for."""
    width, ends = 4, [0] * len(lists)
    while any(end < len(numbers) for numbers, end in zip(lists, ends)):
        last = min((numbers[end + width - 1] for numbers, end in zip(lists, ends) if end + width <= len(numbers)), default=inf)
        starts, ends = ends, [bisect_right(numbers, last, end) for numbers, end in zip(lists, ends)]
        yield from sorted(Counter(chain.from_iterable(numbers[a:b] for numbers, a, b in zip(lists, starts, ends))).items())
        width *= 2


def first_alike(texts: Sequence[str], groups: Sequence[Hashable], apart: Callable[[int, int], bool], least: float) -> Iterator[tuple[int, int, float]]:
    """Each text that shares more than `least` of the smaller one's shingles with an earlier one, the first such, and the share.

    Texts are named by their places. Two are compared where they are `apart`; those of one group are not, unless it is None.
    """
    sets = [shingles(text) for text in texts]
    times = Counter(chain.from_iterable(sets))
    where: dict[tuple[str, ...], dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for second, grams in enumerate(sets):
        repeated = [where[gram] for gram in grams if times[gram] > 1]
        for first, count in _counted([texts for by_group in repeated for group, texts in by_group.items() if group is None or group != groups[second]]):
            share = count / min(len(grams), len(sets[first]))
            if share > least and apart(first, second):
                yield first, second, share
                break
        for by_group in repeated:
            by_group[groups[second]].append(second)
