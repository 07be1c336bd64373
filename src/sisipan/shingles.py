"""Near-duplicates: texts that share many of their 5-word shingles (Broder 1997), counted exactly."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

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
