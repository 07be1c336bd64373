"""What a token proves by itself: its classes, but for everyday words that are words of a trade, too.

The network is told of these (see `features`), since it sees what stands about them; but no region is given for `paris` or `machine`.
"""

from __future__ import annotations

from functools import cache

from sisipan.tag.features import ALL_TRADES, Type, linked, names, readings_of
from sisipan.tag.fold import fold
from sisipan.tag.lexicon import listed

SHOWS = ("trade", "promo", "disguised", "hidden", "markup", "phone")  # what regions are judged by (see `tagger`)
_TELLS = frozenset(("trade", "promo", "disguised", "address", "hidden", "brand"))


@cache
def _everyday() -> frozenset[str]:
    return frozenset(fold(word)[0] for word in listed("everyday"))


def evidence(kind: str, surface: str, one: Type) -> frozenset[str]:
    """What a token of a kind and surface, which is described by `one`, proves: its classes, `brand` and `phone`; `trade` only where a word names one that is not everyday."""
    classes = frozenset((*one.classes, *(name for name in ("brand", "phone") if name in one.attributes)))
    if "trade" not in classes or "stem" in one.attributes:
        return classes
    if kind in ("markup", "address"):
        spelling, words = "", linked(surface)
    else:
        plain, ways = fold(surface)
        spelling, words = "" if ways else surface, readings_of(plain)
    proves = any(word not in _everyday() and not names(word, spelling).isdisjoint(ALL_TRADES) for word in words)
    return classes if proves else classes - {"trade"}


def telling(proven: frozenset[str]) -> int:
    """How much a token tells of spam by itself: 2 a word or an address of the trades that hardly stands elsewhere, 1 another word of theirs or of promotion, a disguised
    one, a brand's, another address, hidden markup. `proven` is its `evidence`."""
    return ("strong" in proven) + (not _TELLS.isdisjoint(proven))
