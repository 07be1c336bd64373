"""The tagger: text in, spam regions out."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from sisipan.errors import SisipanError
from sisipan.tag import model as network
from sisipan.tag.features import CLASSES, GAMES, TRADES, Reading, Types, read
from sisipan.tag.first_look import suspect, widened, windows

THRESHOLD = 0.8
BATCH = 1_000_000  # code points that are read together; a longer text is read in pieces, so that memory stays flat
FURTHER = 150  # code points by which a window is widened; the next time twice as many
LIKELY, NEAR_END = 0.3, 8  # a window is widened where one of so many tokens at its end is spam with this probability
_TELLING = [CLASSES.index(name) for name in ("trade", "promo", "disguised", "hidden", "markup")]
_SURROGATE = re.compile("[\ud800-\udfff]")
MOST_TYPES = 100_000  # kept in memory; then the tagger forgets and begins anew


@dataclass(frozen=True, slots=True)
class Found:
    """A spam region in code points, half-open; `label` is the trade, `score` the mean probability (0 to 1) of the likelier half of its tokens."""

    start: int
    end: int
    label: str
    score: float


class Tagger:
    """Finds spam regions. A higher `threshold` (between 0 and 1) finds fewer and is wrong less often.

    A region is given where the likelier half of its tokens are spam with a mean probability of `threshold` or more, and reaches as far as tokens are with
    half of that (two thresholds, as in edge detection: Canny 1986). Raises SisipanError for a threshold outside 0 to 1, or a file that is no model.
    """

    def __init__(self, threshold: float = THRESHOLD, model: Path | None = None) -> None:
        if not 0 < threshold < 1:
            raise SisipanError(f"threshold {threshold:g}: give a number between 0 and 1, such as {THRESHOLD}")
        self.threshold = threshold
        self._source = model
        self._model = network.load(model)
        self._votes = np.array([[float(name == trade or (name == "gamble" and trade in GAMES)) for trade in self._model.trades] for name in TRADES])
        self._lock = threading.Lock()  # types are numbered as they are met
        self._forget()

    def __reduce__(self) -> tuple[type, tuple[float, Path | None]]:
        return Tagger, (self.threshold, self._source)

    def _forget(self) -> None:
        self._types, self._known = Types(), 1
        self._vectors = np.zeros((1024, self._model.weights["types"].shape[1]), np.float32)

    @property
    def identity(self) -> str:
        """Names model, code and settings: two taggers of one identity give the same spans for the same text."""
        return f"{self._model.digest[:16]}/{_code()[:16]}/threshold={self.threshold!r}"

    @property
    def card(self) -> dict[str, object]:
        """What the model says of itself: how and on what it was trained."""
        return dict(self._model.card)

    def tag(self, text: str) -> list[Found]:
        """Spam regions of `text`, in order, apart from each other, trimmed of white space. May be called from several threads, one works at a time."""
        return self.tag_many([text])[0]

    def tag_many(self, texts: Sequence[str]) -> list[list[Found]]:
        """`tag` of each text, faster than one by one."""
        out: list[list[Found]] = [[] for _ in texts]
        pieces = [(number, start, end) for number, text in enumerate(texts) for start, end in _pieces(text)]
        for group in _groups(pieces):
            with self._lock:
                found = self._tag([_encodable(texts[number][start:end]) for number, start, end in group])
            for (number, start, _), regions in zip(group, found):
                out[number] += [replace(one, start=one.start + start, end=one.end + start) for one in regions] if start else regions
        return [_joined(text, found) for text, found in zip(texts, out)]

    def _tag(self, texts: Sequence[str]) -> list[list[Found]]:
        """The regions of texts. Windows that spam may run out of are widened, ever further, and their text is read again."""
        looks, found = [windows(text) if suspect(text) else [] for text in texts], [[] for _ in texts]
        waiting, further = [number for number, look in enumerate(looks) if look], FURTHER
        while waiting:
            some = [texts[number] for number in waiting]
            if len(self._types.known) > MOST_TYPES:
                self._forget()
            reading = read(some, [looks[number] for number in waiting], self._types)
            tags, trades = network.judge(self._model, reading, self._types, self._known_vectors())
            for number in waiting:
                found[number] = []
            for at, region in self._found(some, reading, tags, trades):
                found[waiting[at]].append(region)
            again = []
            for number, by in zip(waiting, _beyond(reading, tags, [looks[number] for number in waiting], further)):
                wider = widened(texts[number], looks[number], by) if any(map(any, by)) else looks[number]
                if wider != looks[number]:
                    looks[number] = wider
                    again.append(number)
            waiting, further = again, 2 * further
        return found

    def _known_vectors(self) -> np.ndarray:
        """The vectors of all types, by number."""
        known = len(self._types.known)
        while known > len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        for number in range(self._known, known):
            self._vectors[number] = network.vector(self._model, self._types.known[number])
        self._known = known
        return self._vectors

    def _found(self, texts: Sequence[str], reading: Reading, tags: np.ndarray, trades: np.ndarray) -> Iterator[tuple[int, Found]]:
        """Which text, and the region, from the log-probabilities of tags and trades."""
        reach = self.threshold / 2
        spam, tags = 1 - np.exp(tags[:, 0]), tags + np.array([math.log(reach / (1 - reach)), *[0] * 4], np.float32)
        told = np.concatenate([np.zeros((1, len(_TELLING))), self._types.flags(reading.types)[:, _TELLING].cumsum(0)])
        for text, start, end, first, last in _regions(texts, reading, network.decode(tags, reading.window)):
            score = float(np.sort(spam[first:last])[-max(1, (last - first) // 2) :].mean())
            if score >= self.threshold and _telling(told[last] - told[first], last - first):
                yield text, Found(start, end, self._trade(reading.types[first:last], trades[first:last]), round(score, 4))

    def _trade(self, types: np.ndarray, scores: np.ndarray) -> str:
        """The trade that most words of a region name, those of gambling at large any game; of equals the one that the network finds likeliest."""
        votes = self._types.named(types).sum(0) @ self._votes
        return self._model.trades[int(np.where(votes == votes.max(), scores.sum(0), -np.inf).argmax())]


def _beyond(reading: Reading, tags: np.ndarray, looks: Sequence[Sequence[tuple[int, int]]], further: int) -> Iterator[list[tuple[int, int]]]:
    """For each window of each text how much further to read before and after it: where spam is likely near its end, and the text goes on."""
    spam = np.exp(tags[:, 0]) < 1 - LIKELY
    heads = np.flatnonzero(np.diff(reading.window, prepend=-1) > 0)
    tails = np.flatnonzero(np.diff(reading.window, append=-1) < 0) + 1
    ends = [(spam[a : min(a + NEAR_END, b)].any(), spam[max(a, b - NEAR_END) : b].any()) for a, b in zip(heads.tolist(), tails.tolist())]
    at = 0
    for size, look in zip(reading.sizes.tolist(), looks):
        yield [(further * bool(start > 0 and before), further * bool(end < size and after)) for (start, end), (before, after) in zip(look, ends[at : at + len(look)])]
        at += len(look)


@cache
def _code() -> str:
    """A hash of the code and the lexicon that tagging depends on."""
    read_by = ("first_look.py", "fold.py", "lexicon.py", "words.py", "features.py", "company.py", "model.py", "tagger.py", "lexicon.json")
    return hashlib.sha256(b"".join(files("sisipan.tag").joinpath(name).read_bytes() for name in read_by)).hexdigest()


def _encodable(text: str) -> str:
    """The text with a sign in place of each half of a surrogate pair, which is in no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


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
        if size and size + end - start > BATCH:
            yield pieces[first:at]
            first, size = at, 0
        size += end - start
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


def _telling(counts: np.ndarray, length: int) -> bool:
    """Whether a region shows what it is: a word of a trade, two of promotion, two disguised ones, hidden markup, or nothing but markup.

    Shape alone (a byline, a link, fancy letters) may be a page's own. `counts` are those of the classes of `_TELLING` among its `length` tokens.
    """
    trade, promo, disguised, hidden, markup = counts.tolist()
    return bool(trade or promo >= 2 or disguised >= 2 or hidden or markup == length)


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
