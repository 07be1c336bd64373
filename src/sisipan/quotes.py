"""Quotes: the place in a text that a quote names, or what came into question.

W3C Web Annotation Data Model: section 4.2.4, TextQuoteSelector (`exact`, `prefix`, `suffix`); section 4.2.9,
RangeSelector, as `first` and `last` words. All in code points.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from sisipan.errors import AnchorError
from sisipan.offsets import line_column, line_starts

QUOTE_KEYS = ("exact", "first", "last", "prefix", "suffix")
_CLITIC = re.compile(r"(nya|ku|mu|lah|kah|pun)(?!\w)")


def cuts_word(text: str, at: int, clitics: bool = False) -> bool:
    """Whether a word goes on across an offset; a capitalised word that is glued on begins a new one, a clitic too where `clitics` is set."""
    if not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()):
        return False
    if text[at].isupper() and text[at + 1 : at + 2].islower() or text[at].isdigit() != text[at - 1].isdigit():
        return False
    return not (clitics and _CLITIC.match(text, at))


def occurrences(text: str, exact: str, prefix: str = "", suffix: str = "") -> list[tuple[int, int]]:
    """Every range of `text` that reads `exact`, directly after `prefix` and directly before `suffix`."""
    needle, found = prefix + exact + suffix, []
    at = text.find(needle) if exact else -1
    while at >= 0:
        found.append((at + len(prefix), at + len(prefix) + len(exact)))
        at = text.find(needle, at + 1)
    return found


def look_alikes(text: str, exact: str, count: int = 3) -> tuple[tuple[int, int], ...]:
    """The stretches of `text` most like a quote that was not found: windows of the same length round shared words."""
    size = len(exact)
    starts = sorted({match.start() for pattern in (r"\S+", r"\w+") for match in re.finditer(pattern, text)})
    words = set(exact.split())
    near = [at for at in starts if words & set(text[at : at + size + 2].split())] or starts
    matcher = difflib.SequenceMatcher(None, "", exact, autojunk=False)

    def likeness(at: int) -> float:
        matcher.set_seq1(text[at : at + size])
        return matcher.ratio() if matcher.quick_ratio() >= 0.6 else 0.0

    scored = sorted(((likeness(at), -at) for at in near[:400]), reverse=True)
    chosen: list[tuple[int, int]] = []
    for score, at in scored:
        if score >= 0.6 and all(abs(-at - other) >= size for other, _ in chosen):
            chosen.append((-at, min(len(text), -at + size)))
        if len(chosen) == count:
            break
    return tuple(chosen)


def describe(text: str, ranges: Iterable[tuple[int, int]], context: int = 18) -> str:
    """Ranges as a person reads them: line, column, offsets and surroundings."""
    starts = line_starts(text)
    lines = []
    for start, end in ranges:
        line, column = line_column(starts, start)
        around = f"{text[max(0, start - context):start]}»{text[start:end]}«{text[end:end + context]}".replace("\n", "⏎")
        lines.append(f"line {line}, column {column} [{start}:{end}] …{around}…")
    return "; ".join(lines)


def resolve_quote(text: str, quote: Mapping[str, str], near: tuple[int, int] | None = None) -> tuple[int, int]:
    """Range of the one place that a quote names.

    With `near`, which serves speakers and cues, the occurrence closest to that range is meant, of whole words where there are such. Raises AnchorError,
    with the candidates, where the quote is missing or several places fit equally well.
    """
    if "first" in quote or "last" in quote:
        first, last = str(quote.get("first", "")), str(quote.get("last", ""))
        head = resolve_quote(text, {"exact": first, "prefix": quote.get("prefix", "")}, near)
        tails = [found for found in occurrences(text, last, "", quote.get("suffix", "")) if found[1] >= head[1]]
        if not tails:
            raise AnchorError(f"no {last!r} after {first!r}", look_alikes(text, last))
        return head[0], tails[0][1]
    exact = str(quote.get("exact", ""))
    found = occurrences(text, exact, quote.get("prefix", ""), quote.get("suffix", ""))
    if not found:
        alike = look_alikes(text, exact) if exact else ()
        hint = f"; most alike: {describe(text, alike)}" if alike else ""
        raise AnchorError(f"the quote {exact!r} is not in the text{hint}", alike)
    if len(found) > 1 and near is not None:
        found = [range_ for range_ in found if not (cuts_word(text, range_[0]) or cuts_word(text, range_[1], clitics=True))] or found  # `ia` is no part of `Sebagian`
        distance = [max(near[0] - end, start - near[1], 0) for start, end in found]
        found = [range_ for range_, d in zip(found, distance) if d == min(distance)]
    if len(found) > 1:
        raise AnchorError(
            f"the quote {exact!r} stands {len(found)} times; add prefix or suffix: {describe(text, found[:6])}", tuple(found)
        )
    return found[0]
