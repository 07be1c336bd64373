"""Signs of a toy: what tells written-out texts from templates, each measured over a whole corpus.

The bounds are those of four human-annotated Indonesian NER sets where they were measured, else of the project's plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sisipan.model import Article
from sisipan.segment import sentence_spans, word_spans
from sisipan.shingles import editorial_text, shared_shares

RUN = 30_000


@dataclass(frozen=True)
class Sign:
    """One measure: `holds` says whether `value` keeps to the bound; `examples` are what breaks it, or the nearest to it."""

    name: str
    value: str
    bound: str
    holds: bool
    examples: tuple[str, ...] = ()


def _words(text: str) -> list[str]:
    return [text[a:b] for a, b in word_spans(text) if any(character.isalnum() for character in text[a:b])]


def near_duplicates(texts: dict[str, str]) -> Sign:
    """No two articles share more than a tenth of their 5-word shingles."""
    pairs = sorted(((share, a, b) for a, b, share in shared_shares(texts)), reverse=True)
    worst = pairs[0][0] if pairs else 0.0
    return Sign("near-duplicates: largest share of 5-word shingles of two articles", f"{worst:.1%}", "at most 10 %", worst <= 0.10, tuple(f"{share:.1%} {a} and {b}" for share, a, b in pairs[:5]))


def repeated_sentences(texts: dict[str, str]) -> Sign:
    """No sentence of seven words or more stands in two articles."""
    where: dict[tuple[str, ...], set[str]] = {}
    for key, text in texts.items():
        for start, end in sentence_spans(text):
            words = tuple(word.casefold() for word in _words(text[start:end]))
            if len(words) >= 7:
                where.setdefault(words, set()).add(key)
    twice = sorted((" ".join(words), sorted(keys)) for words, keys in where.items() if len(keys) > 1)
    return Sign("sentences of seven words or more in two articles", str(len(twice)), "none", not twice, tuple(f"{text[:80]} ({', '.join(keys)})" for text, keys in twice[:5]))


def openings(texts: dict[str, str]) -> Sign:
    """The first five words of the body are unlike in 95 of 100 articles."""
    firsts = Counter(tuple(word.casefold() for word in _words(text.split("\n", 1)[-1])[:5]) for text in texts.values())
    unlike = sum(count == 1 for count in firsts.values()) / max(1, len(texts))
    common = tuple(f"{' '.join(words)} ({count})" for words, count in firsts.most_common(5) if count > 1)
    return Sign("openings: articles whose first five words are their own", f"{unlike:.1%}", "at least 95 %", unlike >= 0.95, common)


def vocabulary(texts: dict[str, str]) -> Sign:
    """The first 30,000 running words, articles in order of id, hold at least 6,500 distinct ones (real sets: 6,100 to 7,500)."""
    running = [word.casefold() for key in sorted(texts) for word in _words(texts[key])][:RUN]
    distinct = len(set(running))
    enough = len(running) == RUN
    value = f"{distinct:,} in {len(running):,}" + ("" if enough else " (too few words to judge)")
    return Sign("distinct words in 30,000 running ones", value, "at least 6,500", not enough or distinct >= 6_500)


def unique_share(name: str, surfaces: Sequence[str], least: float) -> Sign:
    """The share of distinct surfaces that occur once."""
    counts = Counter(surfaces)
    share = sum(count == 1 for count in counts.values()) / max(1, len(counts))
    common = tuple(f"{surface[:40]!r} ({count})" for surface, count in counts.most_common(5) if count > 1)
    return Sign(name, f"{share:.1%}", f"at least {least:.0%}", not counts or share >= least, common)


def signs(articles: Sequence[Article]) -> list[Sign]:
    """Every sign, over the articles whose text is at hand."""
    held = [article for article in articles if article.text is not None]
    texts = {article.id: editorial_text(article) for article in held}
    return [
        near_duplicates(texts),
        repeated_sentences(texts),
        openings(texts),
        vocabulary(texts),
        unique_share("entity texts that occur once", [span.text for a in held for span in a.entities], 0.60),
        unique_share("spam regions that occur once", [span.text for a in held for span in a.spam], 0.80),
    ]
