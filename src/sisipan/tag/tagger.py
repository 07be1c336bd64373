"""The tagger: text in, spam regions out."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from sisipan.errors import SisipanError
from sisipan.ranges import ranges
from sisipan.tag import model as network
from sisipan.tag.edges import completed, cores, told_lines, trimmed
from sisipan.tag.evidence import SHOWS
from sisipan.tag.features import GAMES, TRADES
from sisipan.tag.first_look import suspect, widened, windows
from sisipan.tag.reading import Reading, Types, read
from sisipan.tag.source import blanked, code, outside, with_whole_tags
from sisipan.tag.viterbi import TAGS, decode

THRESHOLD = 0.8
REACH = 0.6  # of the threshold: how likely the tokens of a region have to be
FEW = 3  # a region that tells no more than this has to be short
EASIER = 2 / 3  # of the threshold, for regions dense with what tells of spam
THIN = 16  # a region has at most so many tokens for each thing that it tells
LONGEST = 1_000_000  # code points; a longer text is read in parts, so that memory stays flat
AT_ONCE = 125_000  # code points of windows that are read together, those that were widened with the next
FURTHER = 150  # code points by which a window is widened; the next time twice as many
LIKELY, NEAR_END = 0.5, 5  # a window is widened where one of so many tokens at its end is spam with this probability
_KEPT = [SHOWS.index(name) for name in ("markup", "phone")]  # what keeps a line at the end of a region beside what tells
_SURROGATE = re.compile("[\ud800-\udfff]")
MOST_KEPT = 100_000  # words, and tokens of what stands between blanks, that are kept; then the tagger forgets them and begins anew


@dataclass(frozen=True, slots=True)
class Found:
    """A spam region in code points, half-open; `label` is the trade, `score` the mean probability (0 to 1) of the likelier half of its tokens,
    before lines settled its edges."""

    start: int
    end: int
    label: str
    score: float

    def moved(self, start: int, end: int) -> Found:
        """The region with other ends."""
        return Found(start, end, self.label, self.score)


@dataclass(slots=True)
class _Job:
    """A text, or a part of one, that is read: the windows of it, what was found in them, and by how much one is widened next."""

    text: str
    look: list[tuple[int, int]]
    found: list[Found]
    further: int = FURTHER

    @property
    def size(self) -> int:
        """How many code points are read."""
        return sum(end - start for start, end in self.look)


class Tagger:
    """Finds spam regions. A higher `threshold` (between 0 and 1) finds fewer and is wrong less often.

    A region is given where the likelier half of its tokens are spam with a mean probability of `threshold` or more, of which two thirds are enough for a phrase
    dense with what tells of spam. It reaches as far as tokens are with three fifths of `threshold` (two thresholds, as in edge detection: Canny
    1986), until lines settle its edges (see `edges`). Raises SisipanError for a threshold outside 0 to 1, or a file that is no model.
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
        found: list[list[tuple[int, list[Found]]]] = [[] for _ in texts]
        waiting: list[_Job] = []
        size = 0
        unread = [code(text) for text in texts]
        texts = [blanked(text, ranges) for text, ranges in zip(texts, unread)]
        for number, text in enumerate(texts):
            for start, end in _parts(text):
                part = _encodable(text[start:end])
                if suspect(part) and (look := with_whole_tags(part, windows(part))):
                    waiting.append(_Job(part, look, []))
                    found[number].append((start, waiting[-1].found))
                    size += waiting[-1].size
                if size >= AT_ONCE:
                    waiting = self._read(waiting)
                    size = sum(job.size for job in waiting)
        while waiting:
            waiting = self._read(waiting)
        moved = ([one.moved(one.start + start, one.end + start) if start else one for start, regions in parts for one in regions] for parts in found)
        joined = [_joined(text, regions) if regions else [] for text, regions in zip(texts, moved)]
        return [[part for one in regions for part in _apart(text, one, ranges)] if ranges else regions for text, regions, ranges in zip(texts, joined, unread)]

    def _read(self, jobs: Sequence[_Job]) -> list[_Job]:
        """Note the regions of texts; those of which a window was widened, since spam may run out of it, are to be read again."""
        with self._lock:
            if self._types.kept > MOST_KEPT:
                self._forget()
            reading = read([job.text for job in jobs], [job.look for job in jobs], self._types)
            tags, hidden = network.judge(self._model, reading, self._types, self._known_vectors())
            for job in jobs:
                job.found.clear()
            for at, region, core in self._found(reading, tags, hidden):
                jobs[at].found.append(region.moved(*trimmed(jobs[at].text, region.start, region.end, core)))
        again = []
        for job, ends in zip(jobs, _beyond(reading, tags, [job.look for job in jobs])):
            if not any(map(any, ends)):
                continue
            wider = with_whole_tags(job.text, widened(job.text, job.look, [(job.further * before, job.further * after) for before, after in ends]))
            if wider != job.look:
                job.look, job.further = wider, 2 * job.further
                again.append(job)
        return again

    def _known_vectors(self) -> np.ndarray:
        """The vectors of all types, by number."""
        known = len(self._types.known)
        while known > len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        if known > self._known:
            self._vectors[self._known : known] = network.vectors(self._model, self._types.known[self._known :])
            self._known = known
        return self._vectors

    def _found(self, reading: Reading, tags: np.ndarray, hidden: np.ndarray) -> Iterator[tuple[int, Found, tuple[int, int]]]:
        """Which text, the region, and its core (see `edges`), from the log-probabilities of tags and what the network knows of each row."""
        reach = self.threshold * REACH
        leaning = np.array([math.log(reach / (1 - reach)), *[0] * 4], np.float32)
        breaks = self._types.are("line", reading.types)
        first, last = _regions(decode(tags + leaning, reading.window), breaks | (reading.starts == reading.ends))
        if not len(first):
            return
        rows, sizes = ranges(first, last), last - first
        scores = _scores(tags[rows, 0], sizes)
        tells = self._types.telling(reading.types)
        shows = self._types.shows(reading.types)
        counts = _sums(shows[rows].astype(np.int64), sizes)
        told = _sums(tells[rows], sizes)
        given = (scores >= np.where(_dense(told, sizes), EASIER, 1) * self.threshold) & _shown(counts, told, sizes)
        if not given.any():
            return
        first, last = told_lines(first[given], last[given], (tells > 0) | shows[:, _KEPT].any(1), breaks)
        labels = self._trades(reading.types, hidden, first, last)
        head, tail = cores(first, last, tells > 0, breaks)
        regions, inner = (zip(reading.starts[low].tolist(), reading.ends[high - 1].tolist()) for low, high in ((first, last), (head, tail)))
        for text, region, core, label, score in zip(reading.text[first].tolist(), regions, inner, labels, scores[given].tolist()):
            yield text, Found(*region, label, round(score, 4)), core

    def _trades(self, types: np.ndarray, hidden: np.ndarray, first: np.ndarray, last: np.ndarray) -> list[str]:
        """Of regions (rows `first` up to `last`) the trade that most words name, those of gambling at large any game; of equals the one that the network finds likeliest."""
        rows, sizes = ranges(first, last), last - first
        votes = _sums(self._types.named(types[rows]), sizes) @ self._votes
        likely = np.where(votes == votes.max(1, keepdims=True), _sums(network.trades(self._model, hidden[rows]), sizes), -np.inf)
        return [self._model.trades[number] for number in likely.argmax(1).tolist()]


def _beyond(reading: Reading, tags: np.ndarray, looks: Sequence[Sequence[tuple[int, int]]]) -> Iterator[list[tuple[bool, bool]]]:
    """For each window of each text whether to read further before and after it: where spam is likely near its end, and the text goes on."""
    spam = np.concatenate([[0], np.cumsum(tags[:, 0] < math.log(1 - LIKELY))])
    heads = np.flatnonzero(np.diff(reading.window, prepend=-1) > 0)
    tails = np.flatnonzero(np.diff(reading.window, append=-1) < 0) + 1
    before = spam[np.minimum(heads + NEAR_END, tails)] > spam[heads]
    after = spam[tails] > spam[np.maximum(heads, tails - NEAR_END)]
    ends = iter(zip(before.tolist(), after.tolist()))
    for size, look in zip(reading.sizes.tolist(), looks):
        yield [(start > 0 and before, end < size and after) for (start, end), (before, after) in zip(look, ends)]


@cache
def _code() -> str:
    """A hash of the code and the lexicon that tagging depends on."""
    read_by = ("source.py", "first_look.py", "fold.py", "lexicon.py", "innocent.py", "words.py", "features.py", "evidence.py", "reading.py", "company.py", "viterbi.py", "model.py", "edges.py", "tagger.py", "lexicon.json", "abroad.json")
    parts = [files("sisipan").joinpath("ranges.py"), *(files("sisipan.tag").joinpath(name) for name in read_by)]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def _encodable(text: str) -> str:
    """The text with a sign in place of each half of a surrogate pair, which is in no UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """The text whole, or where it is long in parts of at most `LONGEST`, cut after a line or a word where there is one."""
    start = 0
    while len(text) - start > LONGEST:
        end = start + LONGEST
        blank = max(text.rfind("\n", start + LONGEST // 2, end), text.rfind(" ", end - 1000, end))
        end = blank + 1 if blank >= 0 else end
        yield start, end
        start = end
    yield start, len(text)


def _apart(text: str, one: Found, ranges: Sequence[tuple[int, int]]) -> list[Found]:
    """A region without the code that it reached over; of several parts those in which the first look finds something."""
    parts = outside(text, (one.start, one.end), ranges)
    return [one.moved(start, end) for start, end in parts if len(parts) == 1 or suspect(_encodable(text[start:end]))]


def _sums(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The sum over each region of what its rows have; `sizes` tells how many rows of `values` are each region's, one region after the other."""
    return np.add.reduceat(values, np.cumsum(sizes) - sizes)


def _regions(tags: np.ndarray, blank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row and the row past the last of each region; `blank` rows, ends of lines and marks, are no part of it at its ends."""
    begins, ends = (np.flatnonzero((tags == TAGS.index(tag)) | (tags == TAGS.index("U"))) for tag in "BE")
    told = np.append(np.flatnonzero(~blank), len(tags))
    first = told[np.searchsorted(told, begins)]
    last = np.append(0, told + 1)[np.searchsorted(told, ends, "right")]
    return first[first < last], last[first < last]


def _scores(outside: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The mean probability of the likelier half of each region's rows (of a single row, its own); `outside` are their log-probabilities of being no spam."""
    spam, ends, half = 1 - np.exp(outside), np.cumsum(sizes), np.maximum(1, sizes // 2)
    ordered = spam[np.lexsort((spam, np.repeat(ends, sizes)))].astype(np.float64)
    return _sums(ordered[ranges(ends - half, ends)], half) / half


def _dense(told: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Whether regions are phrases dense with what tells of spam: they tell two for each three tokens, and no fewer than `FEW`."""
    return (told >= FEW) & (3 * told >= 2 * lengths)


def _shown(counts: np.ndarray, told: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Whether regions show what they are: a word of a trade, two of promotion, two disguised ones, hidden markup; all of it not too thinly; or nothing but markup.

    Shape alone (a byline, a link, fancy letters) may be a page's own, and a few words of the trades among others are what a page has that talks of them.
    `counts` (regions, len(SHOWS)) is how many of each region's tokens prove what `SHOWS` names, `told` is what they tell together (see `evidence`).
    """
    trade, promo, disguised, hidden, markup, _ = counts.T
    shown = (trade > 0) | (promo >= 2) | (disguised >= 2) | (hidden > 0)
    return (shown & (((told > FEW) & (THIN * told >= lengths)) | (2 * told >= lengths))) | (markup == lengths)


def _joined(text: str, found: Sequence[Found]) -> list[Found]:
    """Regions with their lines completed (see `edges`); those with nothing but white space between them are one, as the guidelines have it.

    Label and score are those of the one that was longest before.
    """
    out: list[Found] = []
    longest = 0
    for one, (start, end) in zip(found, completed(text, [(one.start, one.end) for one in found])):
        size = one.end - one.start
        if out and not text[out[-1].end : start].strip():
            kept = one if size > longest else out[-1]
            out[-1] = Found(out[-1].start, max(end, out[-1].end), kept.label, kept.score)
            longest = max(longest, size)
        else:
            out.append(one.moved(start, end))
            longest = size
    return out
