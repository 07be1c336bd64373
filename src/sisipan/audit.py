"""Likely slips of annotation: a list to look at, never a change.

Each signal is a function from the articles of a corpus to `Suspicion`s; its docstring is what the list says of it. An
item that was looked at and is right as it stands is kept in `annotations/audited.jsonl` and not listed again.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sisipan.checks.layers import BEFORE, bare_mentions
from sisipan.crossval import Guess, guesses
from sisipan.errors import SisipanError
from sisipan.model import Article, Claim, Entity
from sisipan.segment import word_spans
from sisipan.tables import sentences_of, touches

NAMES = frozenset({"PER", "ORG", "NOR", "GPE", "LOC", "FAC", "EVT", "LAW", "LAN", "REG", "WOA", "PRD"})
FIGURES = frozenset({"MON", "PRC", "QTY", "CRD"})
NUMBER_WORDS = frozenset(
    "dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas belas puluh puluhan ratus ratusan seratus ribu ribuan seribu juta jutaan sejuta "
    "miliar miliaran triliun separuh setengah seperempat sepertiga persen perdana ketiga keempat kelima keenam".split()
)
SURE = 0.95
CONTEXT = BEFORE


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One place to look at: a range of an article's text in code points, the signal that named it, and why."""

    signal: str
    article: str
    start: int
    end: int
    why: str


def _bare(article: Article, start: int, end: int) -> bool:
    """Whether no entity and no spam region shares a code point with the range."""
    return not touches((*article.entities, *article.spam), start, end)


def untagged_mention(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A name that is tagged elsewhere in the article stands bare here (W501 of `sisipan validate`)."""
    for article in articles:
        entities = [(entity.start, entity.end, entity.label) for entity in article.entities]
        for start, end, number in bare_mentions(article.text, entities, [(span.start, span.end) for span in article.spam]):
            yield Suspicion("untagged_mention", article.id, start, end, f"tagged {entities[number][2]} elsewhere in the article")


def _starts_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \t\"“'‘([—–-")
    return not before or before[-1] in ".!?:\n" or "\n" in text[len(before) : at]


def _common_words(articles: Sequence[Article]) -> set[str]:
    """Words that stand in small letters in at least two articles: a capital of theirs proves no name."""
    counts = Counter(word for article in articles for word in {article.text[a:b] for a, b in word_spans(article.text)} if word.islower())
    return {word for word, count in counts.items() if count > 1}


def bare_name(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A name that is tagged elsewhere in the corpus stands bare here."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        for span in article.entities:
            if span.label in NAMES and len(span.text) > 3 and span.text[0].isupper():
                labels[span.text][span.label] += 1
    common = _common_words(articles)
    labels = {surface: counts for surface, counts in labels.items() if not {word.casefold() for word in re.findall(r"\w+", surface)} <= common}
    by_first: dict[str, list[str]] = defaultdict(list)
    for surface in sorted(labels, key=lambda surface: (-len(surface), surface)):
        by_first[re.match(r"\w*", surface).group()].append(surface)
    for article in articles:
        taken: list[tuple[int, int]] = []
        for word in re.finditer(r"\w+", article.text):
            for surface in by_first.get(word.group(), ()):
                start, end = word.start(), word.start() + len(surface)
                if article.text[start:end] != surface or article.text[end : end + 1].isalnum() or not _bare(article, start, end) or any(a < end and start < b for a, b in taken):
                    continue
                if " " not in surface and _starts_sentence(article.text, start):
                    continue
                taken.append((start, end))
                label, count = labels[surface].most_common(1)[0]
                yield Suspicion("bare_name", article.id, start, end, f"tagged {label} {count} times elsewhere")
                break


def two_labels(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """The same name has another label four times out of five."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for article in articles:
        for span in article.entities:
            if span.label in NAMES:
                labels[span.text][span.label] += 1
    for article in articles:
        for span in article.entities:
            if span.label not in NAMES:
                continue
            counts = labels[span.text]
            common, most = counts.most_common(1)[0]
            if common != span.label and most >= 4 * counts[span.label]:
                yield Suspicion("two_labels", article.id, span.start, span.end, f"{span.label} here, {common} {most} times elsewhere")


def bare_figure(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A figure, in digits or words, is in no entity."""
    for article in articles:
        for start, end in word_spans(article.text):
            word = article.text[start:end].casefold()
            minister = word == "perdana" and article.text[end:].lstrip().casefold().startswith("menteri")
            if (word[0].isdigit() or word in NUMBER_WORDS) and not minister and _bare(article, start, end):
                yield Suspicion("bare_figure", article.id, start, end, "a figure in no entity")


def capital_run(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """Two or more capitalised words in a row are in no entity: no title before a name, no line in title case."""
    runs: list[tuple[Article, int, int]] = []
    for article in articles:
        for line in re.finditer(r"[^\n]+", article.text):
            words = [(line.start() + a, line.start() + b) for a, b in word_spans(line.group())]
            if line.start() == 0 or _in_title_case([article.text[a:b] for a, b in words]):
                continue
            run: list[tuple[int, int]] = []
            for start, end in [*words, (line.end(), line.end())]:
                word = article.text[start:end]
                joined = run and article.text[run[-1][1] : start] == " "
                if word[:1].isupper() and not word.isupper() and _bare(article, start, end) and (joined or not _starts_sentence(article.text, start)):
                    run = [*run, (start, end)] if joined else [(start, end)]
                else:
                    if len(run) > 1 and not (joined and word and any(e.start == start for e in article.entities)):
                        runs.append((article, run[0][0], run[-1][1]))
                    run = []
    usual = Counter(article.text[start:end] for article, start, end in runs)
    for article, start, end in runs:
        if usual[article.text[start:end]] < 3:
            yield Suspicion("capital_run", article.id, start, end, "capitalised words in no entity")


def _in_title_case(words: Sequence[str]) -> bool:
    """Whether most longer words of a line are capitalised, as in a headline."""
    longer = [word for word in words if len(word) > 3 and word.isalpha()]
    return len(longer) > 2 and sum(word[0].isupper() for word in longer) > 0.6 * len(longer)


def brand_outside_spam(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A brand of the article's spam stands outside a spam region."""
    for article in articles:
        for brand in article.brands:
            for match in re.finditer(re.escape(brand), article.text, re.IGNORECASE):
                if not touches(article.spam, *match.span()):
                    yield Suspicion("brand_outside_spam", article.id, *match.span(), f"brand {brand!r} outside a spam region")


def unclaimed_figure(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A sentence below the headline with two figures, a sum or a share holds no claim."""
    for article in articles:
        headline = article.text.find("\n")
        for start, end in sentences_of(article):
            if touches(article.spam, start, end):
                continue
            inside = [span for span in article.entities if start <= span.start and span.end <= end and span.label in FIGURES]
            weight = sum(1 if span.label in ("CRD", "QTY") else 2 for span in inside)
            if start > headline and weight > 1 and not touches(article.claims, start, end):
                yield Suspicion("unclaimed_figure", article.id, start, end, f"{len(inside)} figures and no claim")


def odd_claim(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A claim that breaks a rule of its page: a statistic without a figure, a question, a speaker's cue unlike any other."""
    cues = Counter(article.text[c.cue.start : c.cue.end].casefold() for article in articles for c in article.claims if c.cue)
    for article in articles:
        for claim in article.claims:
            yield from _odd(article, claim, cues)


def _odd(article: Article, claim: Claim, cues: Counter[str]) -> Iterator[Suspicion]:
    words = {word.casefold() for word in re.findall(r"\w+", claim.text)}
    if claim.label == "statistic" and not re.search(r"\d", claim.text) and not words & NUMBER_WORDS and not touches([e for e in article.entities if e.label in FIGURES], claim.start, claim.end):
        yield Suspicion("odd_claim", article.id, claim.start, claim.end, "a statistic without a figure")
    if article.text[claim.end : claim.end + 1] == "?":
        yield Suspicion("odd_claim", article.id, claim.start, claim.end, "a question")
    if claim.cue and cues[article.text[claim.cue.start : claim.cue.end].casefold()] == 1 and claim.cue.end - claim.cue.start > 20:
        yield Suspicion("odd_claim", article.id, claim.cue.start, claim.cue.end, "a long cue that occurs once")
    if claim.end - claim.start > 260:
        yield Suspicion("odd_claim", article.id, claim.start, claim.end, "a very long claim")


def contested(articles: Sequence[Article]) -> Iterator[Suspicion]:
    """A tagger trained on the other articles is sure of another reading of these words."""
    of = {article.id: article for article in articles}
    for guess in guesses(articles):
        article = of[guess.article]
        same = [e for e in article.entities if touches([e], guess.start, guess.end)]
        why = _against(guess, same)
        if why:
            yield Suspicion("contested", guess.article, guess.start, guess.end, why)


def _against(guess: Guess, gold: Sequence[Entity]) -> str | None:
    if guess.sure < SURE or any((e.start, e.end, e.label) == (guess.start, guess.end, guess.label) for e in gold):
        return None
    here = ", ".join(f"{e.label} {e.text!r}" for e in gold) or "nothing"
    return None if guess.label == "O" and not gold else f"the tagger is sure of {guess.label} ({guess.sure:.2f}), gold has {here}"


Signal = Callable[[Sequence[Article]], Iterator[Suspicion]]
SIGNALS: dict[str, Signal] = {
    signal.__name__: signal for signal in (untagged_mention, bare_name, two_labels, bare_figure, capital_run, brand_outside_spam, unclaimed_figure, odd_claim, contested)
}


def audit(articles: Iterable[Article], names: Iterable[str] = tuple(SIGNALS)) -> list[Suspicion]:
    """Everything that the named signals find, by signal, then article and place. Articles without text are passed over.

    Raises SisipanError for a signal that does not exist.
    """
    held = [article for article in articles if article.text is not None]
    if unknown := [name for name in names if name not in SIGNALS]:
        raise SisipanError(f"{unknown[0]!r} is no signal; they are {', '.join(SIGNALS)}")
    return [found for name in names for found in sorted(SIGNALS[name](held), key=lambda s: (s.article, s.start, s.end))]


Key = tuple[str, str, str, str, str]
KEY_FIELDS = ("signal", "article", "words", "before", "why")


def key(suspicion: Suspicion, text: str) -> Key:
    """What names an item when offsets move: signal, article, the words, the words before them, and the reason without its counts.

    A label that changes later gives another reason, and so another item.
    """
    why = re.sub(r"\d+(\.\d+)?", "#", suspicion.why)
    return suspicion.signal, suspicion.article, text[suspicion.start : suspicion.end], text[max(0, suspicion.start - CONTEXT) : suspicion.start], why


def format_accepted(keys: Iterable[Key]) -> str:
    """The content of `annotations/audited.jsonl`: an item a line, sorted, each once."""
    return "".join(json.dumps(dict(zip(KEY_FIELDS, one)), ensure_ascii=False) + "\n" for one in sorted(set(keys)))


def parse_accepted(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> frozenset[Key]:
    """The items of such a file, from its objects with their places. Raises SisipanError with the place that is none."""
    keys = set()
    for where, value in lines:
        if any(not isinstance(value.get(field), str) for field in KEY_FIELDS):
            raise SisipanError(f"{where}: expected {', '.join(KEY_FIELDS)} as words, found {str(value)[:60]}; `sisipan audit --accept` writes the file")
        keys.add(tuple(value[field] for field in KEY_FIELDS))
    return frozenset(keys)
