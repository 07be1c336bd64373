"""Threads of readers' comments under a host, some of them spam: all in one frame, so that the frame says nothing and the next comment's head is the page's own."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from sisipan.tag.training.pieces import Example, Piece, anchor, domain, reworked, somebody, tells, thanks

_FRAMES = (
    "{who} says:\n{day} at {hour}\n{body}", "{who} says:\n{day}\n{body}", "{who}\n{body}", "{who}\n{day}\n{body}", "{who}: {body}", "@{who}: {body}", "[{day}] {who}: {body}", "{who} | {day}\n{body}",
    "{body} -- {who} {day}", "{who} - {hour}\n{body}", "{who} — {day}, {hour}\n{body}", "{day} {hour}\n{who}\n{body}", "{who} berkata:\n{body}", "Name: {who}\nDate: {day}\n{body}",
    "Posted by {who} on {day}\n{body}", "{who} ({day})\n{body}", "{who} {day} {hour}\n{body}", "{body}\n{who}, {day}",
)  # fmt: skip
_HEADS = ("", "", "", "Komentar", "Comments", "{n} Komentar", "{n} comments", "{n} thoughts")
FEET = ("", "", "", "", "Reply", "Balas", "Suka · Balas", "Quote", "Antworten", "Responder")


def _day(style: int, rng: random.Random) -> str:
    day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(2009, 2026)
    return (f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{year}-{month:02}-{day:02}", f"{day}-{month}-{year}", f"{day}/{month}/{year % 100:02}")[style]


def _talk(innocent: Sequence[Piece], rng: random.Random, most: int) -> str:
    """What a reader might say: some words of thanks, a sentence or more of the articles."""
    sentences = [part for piece in rng.sample(innocent, 3) for part in re.split(r"(?<=[.!?]) ", piece.text)[:1]]
    said = " ".join(sentences[: rng.randrange(most + 1)])[:240]
    if not said or rng.random() < 0.4:
        said = f"{' '.join(rng.sample(thanks(), rng.choice((2, 3, 5))))}{rng.choice(('.', '!', ',', ''))} {said}".strip()
        said = said[0].upper() + said[1:] if rng.random() < 0.6 else said
    return said


def _spam(pool: Sequence[Piece], innocent: Sequence[Piece], rng: random.Random, without: Sequence[str]) -> tuple[str, str]:
    """Who it is said to be, and what it says, on one line; one of both promotes."""
    piece = rng.choice(pool)
    who, text = somebody(innocent, rng), " ".join(reworked(piece, pool, rng, without)[0].split())
    text = text if "<" in text else text[:300]
    if rng.random() < 0.4:
        who = anchor(piece, rng) or domain(piece, rng)
        who = rng.choice((who, who.title(), who, domain(piece, rng).split(".")[0]))
        if rng.random() < 0.3 and tells(who):
            return who, _talk(innocent, rng, 1)
    polite = _talk(innocent, rng, 1) if rng.random() < 0.6 else ""
    return who, rng.choice((" ", " ", " ", " -- ", " – ")).join(part for part in (polite, text) if part)


def threaded(example: Example, pool: Sequence[Piece], innocent: Sequence[Piece], rng: random.Random, without: Sequence[str] = ()) -> Example:
    """The example with a thread of two to six comments below it, of which none to three are spam of the pool's trade; spam that follows on spam is one region."""
    frame, foot, style, between = rng.choice(_FRAMES), rng.choice(FEET), rng.randrange(5), rng.choice(("\n", "\n", "\n\n"))
    count = rng.randrange(2, 7)
    spam = set(rng.sample(range(count), min(count, rng.choice((0, 1, 1, 1, 2, 3)))))
    if example.regions and not example.text[example.regions[-1][1] :].strip():
        spam.discard(0)  # it would be one with the host's last region
    text = "\n".join(part for part in (example.text.rstrip("\n"), rng.choice(_HEADS).format(n=count)) if part)
    regions, last = list(example.regions), False
    for number in range(count):
        who, body = _spam(pool, innocent, rng, without) if number in spam else (somebody(innocent, rng), _talk(innocent, rng, 3))
        said = frame.format(who=who, day=_day(style, rng), hour=f"{rng.randrange(24):02}:{rng.randrange(60):02}", body=body).strip()
        text += between if text else ""
        start, text = len(text), text + said
        if number in spam and last and not foot:
            regions[-1] = (regions[-1][0], len(text), pool[0].label)
        elif number in spam:
            regions.append((start, len(text), pool[0].label))
        last = number in spam
        text += f"\n{foot}" if foot else ""
    return Example(text, tuple(regions))
