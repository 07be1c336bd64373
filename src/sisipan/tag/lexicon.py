"""The lexicon: single words by class, and lists of words, pairs of words and stems that the first look and the features know; written down in `lexicon.json`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from sisipan.tag.fold import fold

LISTS = ("stems", "first_look", "hints", "faint_hints")  # the others are classes


@cache
def stored() -> dict[str, list[str]]:
    """Classes and lists as they are spelt."""
    return json.loads(files("sisipan.tag").joinpath("lexicon.json").read_text("utf-8"))


@cache
def classes() -> dict[str, list[str]]:
    """The words of each class (a trade, `promo`, `talk`, `polite`) as they are spelt."""
    return {name: words for name, words in stored().items() if name not in LISTS}


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """The classes of each word, folded as the words of texts are."""
    out: dict[str, set[str]] = {}
    for name, words in classes().items():
        for word in words:
            out.setdefault(fold(word)[0], set()).add(name)
    return {word: frozenset(names) for word, names in out.items()}
