"""The lexicon: single words by class, and lists of words, pairs of words and stems that the first look and the features know, and of everyday words, which prove no trade.

`lexicon.json` holds those that training draws on, `abroad.json` more of languages that no article is in: the tagger knows them, no example is made with them.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib.resources import files

from sisipan.tag.fold import fold

LISTS = ("stems", "first_look", "hints", "faint_hints", "everyday")  # the others are classes


def _file(name: str) -> dict[str, list[str]]:
    return json.loads(files("sisipan.tag").joinpath(name).read_text("utf-8"))


@cache
def stored() -> dict[str, list[str]]:
    """Classes and lists as they are spelt, those that training draws on."""
    return _file("lexicon.json")


@cache
def abroad() -> dict[str, list[str]]:
    """Words of trades, and pairs of words for the first look, of languages that no article is in."""
    return _file("abroad.json")


@cache
def listed(name: str) -> tuple[str, ...]:
    """All that a list holds, such as `first_look`."""
    return (*stored()[name], *abroad().get(name, ()))


def _without_lists(kept: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: words for name, words in kept.items() if name not in LISTS}


@cache
def classes() -> dict[str, list[str]]:
    """The words of each class (a trade, `promo`, `talk`, `polite`) as they are spelt, those that training draws on."""
    return _without_lists(stored())


def _all() -> tuple[tuple[str, list[str]], ...]:
    """Classes and their words, as they are spelt; those of both files."""
    return *classes().items(), *_without_lists(abroad()).items()


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """The classes of each word, folded as the words of texts are."""
    out: dict[str, set[str]] = {}
    for name, words in _all():
        for word in words:
            out.setdefault(fold(word)[0], set()).add(name)
    return {word: frozenset(names) for word, names in out.items()}


@cache
def spelt() -> frozenset[str]:
    """The words of all classes in small letters, with their accents."""
    return frozenset(unicodedata.normalize("NFC", word).casefold() for _, words in _all() for word in words)
