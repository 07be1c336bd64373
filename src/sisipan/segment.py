"""Words and sentences of Indonesian text, with offsets in code points.

Sentences are split by NLTK's Punkt (Kiss and Strunk 2006) inside each line. Its four parameter sets are kept as JSON
in `punkt-id.json`: abbreviations curated by hand, the rest trained on the corpus by `scripts/train_punkt.py`.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

_WORD = re.compile(
    r"\d+(?:[.,:]\d+)*"  # 12.500  1,5  19.30
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"  # kata  Jum'at
    r"|_+|[^\w\s]"  # one sign each
    r"|\w"
)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Ranges of the words, numbers and signs of `text`; white space is in none of them."""
    return [match.span() for match in _WORD.finditer(text)]


@cache
def _punkt() -> PunktSentenceTokenizer:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer  # loads slowly: only where sentences are cut

    stored = json.loads(files("sisipan").joinpath("punkt-id.json").read_text("utf-8"))
    parameters = PunktParameters()
    parameters.abbrev_types = set(stored["abbreviations"])
    parameters.collocations = {tuple(pair) for pair in stored["collocations"]}
    parameters.sent_starters = set(stored["sentence_starters"])
    parameters.ortho_context.update(stored["orthographic_context"])
    return PunktSentenceTokenizer(parameters)


_AT_ONCE = 10_000  # code points: NLTK gives a text five seconds, and then raises
_AHEAD = 4  # words, as white space parts them


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    """Punkt's sentences of a line, read a piece at a time. Where one ends near the end of a piece more words may have a say: that is read again."""
    at, size = 0, _AT_ONCE
    while at < len(line):
        piece = line[at : at + size]
        found = [(at + start, at + end) for start, end in _punkt().span_tokenize(piece)]
        if at + size >= len(line):
            yield from found
            return
        sure = at + len((piece.rsplit(None, _AHEAD) or [""])[0])
        done = sum(start < sure for start, _ in found[1:])
        yield from found[:done]
        at, size = (found[done][0], _AT_ONCE) if done else (at, 2 * size)


def sentence_spans(text: str, keep_whole: Iterable[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """Ranges of the sentences of `text`, trimmed, in order. A line end always ends a sentence.

    No sentence ends inside a range of `keep_whole`, which serves names such as `dr. H. Abdul Moeloek`.
    """
    spans = []
    for line in re.finditer(r"[^\n]+", text):
        for start, end in _sentences(line.group()):
            sentence = text[line.start() + start : line.start() + end]
            inner = sentence.strip()
            if inner:
                at = line.start() + start + sentence.index(inner)
                spans.append((at, at + len(inner)))
    merged: list[tuple[int, int]] = []
    whole = sorted(keep_whole)
    reach = list(accumulate((end for _, end in whole), max, initial=0))  # how far any of the first ones goes
    for start, end in spans:
        if merged and start < reach[bisect_left(whole, (merged[-1][1],))]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
