"""Training examples: the training split's own articles and spam, multiplied.

Spam is spliced into other articles, cut short, shuffled, wrapped in markup or a comment's frame, set among the lines of a page's furniture or into a
thread of comments, disguised; hosts are shortened, turned into a page's source, have their words scrambled letter by letter or written in another script, so
that their language is unknown. Stretches of hosts take the same shapes and stay clean, so that a shape alone says nothing. No word comes from any other
text but for signs of markup, frames of bylines, comments and addresses, words of chance, and the lexicon's single words. The same seed gives the same examples.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from sisipan.model import Article
from sisipan.tag.training.disguise import Region, disguised, scrambled
from sisipan.tag.training.markup import marked_up, wrapped
from sisipan.tag.training.pieces import Example, Piece, anchor, comment, decoy, decoys, furniture, pieces, reworked
from sisipan.tag.training.scripts import transcribed
from sisipan.tag.training.swaps import names_a_trade, sprinkled, swapped
from sisipan.tag.training.threads import threaded

# shares of the examples in which each thing is done
POLLUTED, TALKING, SWAPPED, SPRINKLED = 0.7, 0.4, 0.5, 0.3
POLLUTED_TALK = 0.25  # of the examples that talk of the trades: real pages that do are seldom the polluted ones
DECOYED, DRESSED = 0.65, 0.06
SOURCE, FLAT, THREADED = 0.2, 0.12, 0.15
SCRAMBLED = 0.5
FOREIGN = 0.4  # of the scrambled ones
# shares of the pieces with which each thing is done
ANCHORED, WITHIN, FURNISHED = 0.4, 0.3, 0.35
COMMENTED = ("inline_anchor", "title_injection", "byline", "markup_residue", "link_list", "keyword_tail", "promo_paragraph", "comment")
INLINE = ("inline_anchor", "title_injection", "byline", "markup_residue")


_PLACES = {"line": r"\n+", "sentence": r"(?<=[.!?]) (?=\S)", "word": r"(?<=\S) (?=\S)"}


def _spot(text: str, regions: Sequence[Region], place: str, rng: random.Random) -> int:
    """Where a piece may go: a line's end, or a gap between sentences or words; never inside a region."""
    spots = [0, len(text), len(text)] if place == "line" else []
    spots += [m.start() for m in re.finditer(_PLACES[place], text)]
    tags = [match.span() for match in re.finditer(r"<[^<>]*>", text)]
    free = [at for at in spots if not any(start < at < end for start, end, _ in regions) and not any(start < at < end for start, end in tags)]
    return rng.choice(free) if free else len(text)


def _put(example: Example, text: str, label: str | None, place: str, innocent: Sequence[Piece], rng: random.Random) -> Example:
    """The example with a piece put in: a region if it has a label. On lines of its own it may stand among lines of a page's furniture."""
    at, inline = _spot(example.text, example.regions, place, rng), place != "line"
    lead = " " if inline else "\n" * rng.choice((1, 2)) if at and example.text[at - 1] != "\n" else ""
    tail = "" if inline or at >= len(example.text) or example.text[at] == "\n" else "\n"
    if not inline and rng.random() < FURNISHED:
        above, below = (furniture(innocent, rng) if rng.random() < 0.6 else "" for _ in range(2))
        lead += above + rng.choice(("\n", "\n", "\n\n")) * bool(above)
        tail = rng.choice(("\n", "\n", "\n\n")) * bool(below) + below + tail
    body = example.text[:at] + lead + text + tail + example.text[at:]
    start, moved = at + len(lead), len(lead) + len(text) + len(tail)
    kept = [(a, b, name) if b <= at else (a + moved, b + moved, name) for a, b, name in example.regions]
    return Example(body, tuple(sorted([*kept, (start, start + len(text), label)] if label else kept)))


def _place(text: str, form: str, often: float, rng: random.Random) -> str:
    """Where a piece of a form goes: lines of their own, into a sentence, or between sentences where it is one."""
    if "\n" in text:
        return "line"
    if (form in INLINE and rng.random() < 0.6) or (form != "comment" and rng.random() < often):
        return "word"
    return "sentence" if form in ("promo_paragraph", "comment", "contact_block") and rng.random() < WITHIN else "line"


def _host(article: Article, rng: random.Random) -> Example:
    """An article, or some lines of it, with the regions that it has."""
    whole = Example(article.text, tuple((s.start, s.end, s.label) for s in article.spam))
    if rng.random() < 0.45:
        return whole
    breaks = [0, *(m.end() for m in re.finditer(r"\n+", article.text)), len(article.text)]
    first = rng.randrange(len(breaks) - 1)
    last = min(len(breaks) - 1, first + rng.choice((1, 1, 2, 3, 5)))
    low, high = breaks[first], breaks[last]
    if any(a < low < b or a < high < b for a, b, _ in whole.regions):
        return whole
    text = article.text[low:high].rstrip("\n")
    return Example(text, tuple((a - low, b - low, n) for a, b, n in whole.regions if a >= low and b <= low + len(text)))


def _talk(lines: Sequence[str], rng: random.Random) -> Example:
    """A page that talks of the trades: lines of several articles that name them."""
    return Example(rng.choice(("\n\n", "\n")).join(rng.sample(lines, min(len(lines), rng.choice((2, 3, 5, 8, 12))))), ())


def _dressed(example: Example, rng: random.Random, without: Sequence[str]) -> Example:
    """Some lines of a host without regions in fancy letters, as people write greetings."""
    return Example("\n".join(disguised(line, rng, without) if line and rng.random() < 0.4 else line for line in example.text.split("\n")), ())


def _with_spam(example: Example, pool: Sequence[Piece], innocent: Sequence[Piece], rng: random.Random, without: Sequence[str]) -> Example:
    """One to three pieces of one trade put into a host."""
    if rng.random() < 0.05 and "inline_anchor" not in without:
        example = wrapped(example, rng.choice(pool), rng)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        text, form = reworked(rng.choice(pool), pool, rng, without)
        if not text:
            continue
        if form in COMMENTED and "comment" not in without and len(text) < 240 and rng.random() < 0.3:
            text, form = comment(text, innocent, rng), "comment"
        anchored = rng.random() < ANCHORED and "inline_anchor" not in without
        if anchored:
            text = anchor(rng.choice(pool), rng) or text
        place = "word" if anchored and "\n" not in text else _place(text, form, 0.1, rng)
        example = _put(example, text, pool[0].label, place, innocent, rng)
    return example


def _with_decoys(example: Example, innocent: Sequence[Piece], rng: random.Random, without: Sequence[str]) -> Example:
    """One to three stretches of hosts' own text in the shapes of spam put into a host."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        text, form = decoy(innocent, rng, without)
        if rng.random() < 0.35 and "comment" not in without:
            text, form = comment(text if len(text) < 240 and rng.random() < 0.5 else "", innocent, rng), "comment"
        if text:
            example = _put(example, text, None, _place(text, form, 0.0, rng), innocent, rng)
    return example


def examples(articles: Sequence[Article], rounds: int, seed: int, without: Sequence[str] = ()) -> Iterator[Example]:
    """Every article as it is, then `rounds` examples made of each; articles without text are passed over.

    Nothing is made in a form or disguise of `without`; the articles' own regions are as they come (see `pieces.without_regions`).
    """
    rng = random.Random(seed)
    known = [article for article in articles if article.text is not None]
    by_trade: dict[str, list[Piece]] = {}
    for piece in pieces(known):
        by_trade.setdefault(piece.label, []).append(piece)
    trades, innocent = sorted(by_trade), decoys(known)
    talk = [piece.text for piece in innocent if names_a_trade(piece.text)]
    for article in known:
        yield Example(article.text, tuple((s.start, s.end, s.label) for s in article.spam))
    for article in known * rounds:
        example = _talk(talk, rng) if talk and rng.random() < TALKING else _host(article, rng)
        if rng.random() < SOURCE:
            example = marked_up(example, innocent, rng)
        if rng.random() < SPRINKLED:
            example = sprinkled(example, rng)
        if not example.regions and rng.random() < DRESSED:
            example = _dressed(example, rng, without)
        talks = not example.regions and names_a_trade(example.text)
        if trades and rng.random() < (POLLUTED_TALK if talks else POLLUTED):
            example = _with_spam(example, by_trade[rng.choice(trades)], innocent, rng, without)
        if rng.random() < DECOYED:
            example = _with_decoys(example, innocent, rng, without)
        if trades and "comment" not in without and rng.random() < THREADED:
            example = threaded(example, by_trade[rng.choice(trades)], innocent, rng, without)
        if rng.random() < SCRAMBLED:
            foreign = rng.random() < FOREIGN
            example = transcribed(example, rng) if foreign else Example(scrambled(example.text, example.regions, rng), example.regions)
        if rng.random() < FLAT:
            example = Example(example.text.replace("\n", " "), example.regions)
        if rng.random() < SWAPPED:
            example = swapped(example, rng.choice((0.3, 0.7, 1.0)), rng)
        yield example
