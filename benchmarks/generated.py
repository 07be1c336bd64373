"""Articles for benchmarks: made up, the same for the same seed, sound, and each with 28 spans; a quarter has characters beyond the BMP."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sisipan.aside import written_aside

_SYLLABLES = [a + b for a in "bcdghjklmnprstwy" for b in ("a", "i", "u", "e", "o", "an", "ing", "ar")]
_EMOJI = "🌊🏝🔥📈🎣🚜🐟🛶"
_SPLITS = ("train", "train", "train", "train", "train", "train", "train", "validation", "test", "test")
_LABELS = ("PER", "ORG", "GPE", "LOC", "FAC")


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3))) for _ in range(count)]


class _Page:
    """A text that grows, and the spans in it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.at = 0

    def put(self, piece: str) -> tuple[int, int]:
        """Append; returns the range."""
        self.pieces.append(piece)
        self.at += len(piece)
        return self.at - len(piece), self.at


def article(number: int, seed: int = 0) -> dict[str, Any]:
    """The nested record of the article with this number."""
    chance = random.Random(seed * 1_000_003 + number)
    lower, names, page = _words(chance, 210), _words(chance, 40), _Page()
    split = _SPLITS[(number // 3) % 10]
    entities: list[dict] = []
    claims: list[dict] = []
    spam: list[dict] = []
    take = iter(lower).__next__
    title = " ".join(["Kabar", *(take() for _ in range(6))])
    page.put(title + "\n\n")
    if number % 4 == 0:
        page.put(" ".join(chance.choices(_EMOJI, k=3)) + " ")

    def entity() -> tuple[int, int]:
        surface = f"{names.pop().capitalize()} {names.pop().capitalize()}"
        start, end = page.put(surface)
        entities.append({"id": f"e{len(entities) + 1}", "start": start, "end": end, "text": surface, "label": chance.choice(_LABELS)})
        return start, end

    def promoted() -> None:
        surface = f"slot gacor merk{split}{number % 97} {take()}"
        start, end = page.put(surface)
        spam.append({"id": f"s{len(spam) + 1}", "start": start, "end": end, "text": surface, "label": "slot", "form": "keyword_tail", "obfuscation": "none"})

    for paragraph in range(7):
        page.put("Menurut " if paragraph else "pagi, menurut ")
        speaker = entity()
        page.put(f", {take()} — di ")
        entity()
        page.put(" — ")
        first = page.at
        page.put(" ".join(take() for _ in range(10)))
        if paragraph < 5:
            page.put(" ")
            entity()
            page.put(f" {take()}")
        says = entities[-3 if paragraph < 5 else -2]["id"]
        claims.append({"id": f"c{len(claims) + 1}", "start": first, "end": page.at, "label": "event", "claimant": says, "speaker": speaker, "checkworthy": paragraph % 3 == 0})
        page.put(f". {' '.join(take() for _ in range(9))}.\n")
        if paragraph == 3:
            promoted()
            page.put("\n")
    promoted()
    text = "".join(page.pieces)
    for claim in claims:
        start, end = claim.pop("speaker")
        claim |= {"text": text[claim["start"] : claim["end"]], "speaker": {"start": start, "end": end}, "cue": {"start": start - 8, "end": start - 1}}
    order = ("id", "start", "end", "text", "label", "claimant", "speaker", "cue", "checkworthy")
    return {
        "id": f"kabar-{number}",
        "title": title,
        "text": text,
        "published": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "language": "id",
        "origin": "written",
        "original_language": None,
        "topic": "economy",
        "register": "feature",
        "event": f"peristiwa-{number // 3}",
        "brands": [f"merk{split}{number % 97}"],
        "source": "events invented",
        "license": "CC-BY-4.0",
        "text_status": "included",
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "defects": [],
        "split": split,
        "added_in": "0.1.0",
        "entities": entities,
        "claims": [{key: claim[key] for key in order} for claim in claims],
        "spam": spam,
    }


def json_lines(folder: Path, count: int) -> Path:
    """A file of so many articles in `folder`, made unless it is there."""
    path = folder / f"articles-{count}.jsonl"
    if not path.exists():
        with written_aside(path) as aside, open(aside, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(article(number), ensure_ascii=False) + "\n" for number in range(count))
    return path


def head(path: Path, count: int) -> Iterator[bytes]:
    """The first lines of a file."""
    with open(path, "rb") as file:
        for _, line in zip(range(count), file):
            yield line
