"""Words of the trades exchanged and strewn, so that the model learns how a word is used rather than which word it is."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from functools import cache

from sisipan.tag.features import GAMES, TRADES
from sisipan.tag.fold import fold
from sisipan.tag.lexicon import classes, lexicon
from sisipan.tag.training.pieces import Example

_PLAIN = re.compile(r"[A-Za-z]{3,}")


@cache
def exchange() -> dict[str, tuple[str, ...]]:
    """For each word of a trade the words that may stand for it: those of the games together, those of each other trade."""
    groups: dict[str, set[str]] = {}
    for word in sorted({word for words in classes().values() for word in words}):
        trades = sorted(name for name in lexicon()[fold(word)[0]] if name in TRADES)
        if trades and word.isascii() and word.isalpha() and len(word) > 2:
            groups.setdefault("game" if trades[0] in GAMES else trades[0], set()).add(word)
    return {word: tuple(sorted(group)) for group in groups.values() for word in sorted(group)}


def names_a_trade(text: str) -> bool:
    """Whether a plain word of a trade stands in the text."""
    return any(word.lower() in exchange() for word in _PLAIN.findall(text))


def rewritten(example: Example, changes: Iterable[tuple[int, int, str]]) -> Example:
    """The example with stretches replaced, in order; none may cross an end of a region. Regions move along."""
    out, shifts, at = [], [], 0
    for start, end, new in changes:
        out += [example.text[at:start], new]
        shifts.append((end, len(new) - (end - start)))
        at = end

    def moved(offset: int) -> int:
        return offset + sum(change for end, change in shifts if end <= offset)

    return Example("".join([*out, example.text[at:]]), tuple((moved(a), moved(b), name) for a, b, name in example.regions))


def swapped(example: Example, share: float, rng: random.Random) -> Example:
    """A share of the trades' words, in host and spam alike, exchanged for others of their trade."""
    edges = [at for start, end, _ in example.regions for at in (start, end)]
    changes = []
    for match in _PLAIN.finditer(example.text):
        others, old = exchange().get(match.group().lower()), match.group()
        if others is None or rng.random() > share or any(match.start() < edge < match.end() for edge in edges):
            continue
        new = rng.choice(others)
        changes.append((*match.span(), new.upper() if old.isupper() and len(old) > 3 else new.capitalize() if old[0].isupper() else new))
    return rewritten(example, changes)


def sprinkled(example: Example, rng: random.Random) -> Example:
    """Words of one trade put, one by one or as an enumeration, in place of some of the host's words: a page may name them without promoting anything."""
    groups = sorted(set(exchange().values()))
    group, every = exchange()["slot"] if rng.random() < 0.5 else rng.choice(groups), rng.choice((8, 20, 60))
    changes = []
    for match in re.finditer(r"(?<=[ \n])[^\W\d_]{4,}(?=[ ,.\n])", example.text):
        if rng.random() * every > 1 or any(start < match.end() and match.start() < end for start, end, _ in example.regions):
            continue
        words = [rng.choice(group) for _ in range(rng.choice((1, 1, 1, 2, 3, 4)))]
        new = words[0] if len(words) == 1 else ", ".join(words[:-1]) + rng.choice((" dan ", ", ", " and ", " atau ")) + words[-1]
        changes.append((*match.span(), new.capitalize() if match.group()[0].isupper() else new))
    return rewritten(example, changes)
