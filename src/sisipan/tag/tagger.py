"""The tagger: text in, spam regions out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sisipan.errors import SisipanError
from sisipan.tag import model as network
from sisipan.tag.features import Reading, Types, read

THRESHOLD = 0.5
BATCH = 400_000  # code points that are read together; a longer text is read in pieces, so that memory stays flat
MOST_TYPES = 100_000  # kept in memory; then the tagger forgets and begins anew


@dataclass(frozen=True, slots=True)
class Found:
    """A spam region in code points, half-open; `label` is the trade, `score` its probability (0 to 1)."""

    start: int
    end: int
    label: str
    score: float


class Tagger:
    """Finds spam regions. A higher `threshold` (between 0 and 1) finds fewer and is wrong less often.

    The threshold acts twice: a token is taken where spam is more likely than it, and a region is given where the mean
    probability of its tokens reaches it. Raises SisipanError for a threshold outside 0 to 1, or a file that is no model.
    """

    def __init__(self, threshold: float = THRESHOLD, model: Path | None = None) -> None:
        if not 0 < threshold < 1:
            raise SisipanError(f"threshold {threshold:g}: give a number between 0 and 1, such as {THRESHOLD}")
        self.threshold = threshold
        self._model = network.load(model)
        self._forget()

    def _forget(self) -> None:
        self._types = Types()
        self._vectors = np.zeros((1, self._model.weights["types"].shape[1]), np.float32)

    @property
    def identity(self) -> str:
        """Names model and settings: two taggers of one identity give the same spans for the same text."""
        return f"{self._model.digest[:16]}/threshold={self.threshold:g}"

    @property
    def card(self) -> dict[str, object]:
        """What the model says of itself: how and on what it was trained."""
        return dict(self._model.card)

    def tag(self, text: str) -> list[Found]:
        """Spam regions of `text`, in order, apart from each other, trimmed of white space."""
        return self.tag_many([text])[0]

    def tag_many(self, texts: Sequence[str]) -> list[list[Found]]:
        """`tag` of each text, faster than one by one."""
        out: list[list[Found]] = [[] for _ in texts]
        pieces = [(number, start, end) for number, text in enumerate(texts) for start, end in _pieces(text)]
        for group in _groups(pieces):
            found = self._tag([texts[number][start:end] for number, start, end in group])
            for (number, start, _), regions in zip(group, found):
                out[number] += [replace(one, start=one.start + start, end=one.end + start) for one in regions] if start else regions
        return [_joined(text, found) for text, found in zip(texts, out)]

    def _tag(self, texts: Sequence[str]) -> list[list[Found]]:
        found: list[list[Found]] = [[] for _ in texts]
        if len(self._types.known) > MOST_TYPES:
            self._forget()
        reading = read(texts, self._types)
        if len(reading.window) <= 4:
            return found
        fresh = self._types.known[len(self._vectors) :]
        if fresh:
            self._vectors = np.concatenate([self._vectors, np.stack([network.vector(self._model, one.attributes, one.word) for one in fresh])])
        tags, trades = network.judge(self._model, reading, self._types, self._vectors)
        spam = 1 - np.exp(tags[:, 0])
        tags[:, 0] += math.log(self.threshold / (1 - self.threshold))
        for text, start, end, first, last in _regions(texts, reading, network.decode(tags, reading.window)):
            score = float(spam[first:last].mean())
            if score >= self.threshold:
                label = self._model.trades[int(trades[first:last].sum(0).argmax())]
                found[text].append(Found(start, end, label, round(score, 4)))
        return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The text whole, or where it is long in pieces of at most `BATCH`, cut after a line or a word where there is one."""
    start = 0
    while len(text) - start > BATCH:
        end = start + BATCH
        blank = max(text.rfind("\n", start + BATCH // 2, end), text.rfind(" ", end - 1000, end))
        end = blank + 1 if blank >= 0 else end
        yield start, end
        start = end
    yield start, len(text)


def _groups(pieces: Sequence[tuple[int, int, int]]) -> Iterator[Sequence[tuple[int, int, int]]]:
    """Runs of pieces of about `BATCH` code points."""
    first, size = 0, 0
    for at, (_, start, end) in enumerate(pieces):
        size += end - start
        if size >= BATCH:
            yield pieces[first : at + 1]
            first, size = at + 1, 0
    if first < len(pieces):
        yield pieces[first:]


def _regions(texts: Sequence[str], reading: Reading, tags: np.ndarray) -> Iterator[tuple[int, int, int, int, int]]:
    """Text, start, end, first row and the row past the last of each region; white space and marks at its ends are no part of it."""
    firsts = np.flatnonzero((tags == 1) | (tags == 4))
    lasts = np.flatnonzero((tags == 3) | (tags == 4))
    for first, last in zip(firsts.tolist(), (lasts + 1).tolist()):
        text = int(reading.text[first])
        while first < last and not texts[text][reading.starts[first] : reading.ends[first]].strip():
            first += 1
        while last > first and not texts[text][reading.starts[last - 1] : reading.ends[last - 1]].strip():
            last -= 1
        if first < last:
            yield text, int(reading.starts[first]), int(reading.ends[last - 1]), first, last


def _joined(text: str, found: Iterable[Found]) -> list[Found]:
    """Regions with nothing but white space between them are one, as the guidelines have it: label and score of the longer."""
    out: list[Found] = []
    for one in found:
        if out and not text[out[-1].end : one.start].strip():
            longer = max(out[-1], one, key=lambda region: region.end - region.start)
            out[-1] = Found(out[-1].start, one.end, longer.label, longer.score)
        else:
            out.append(one)
    return out
