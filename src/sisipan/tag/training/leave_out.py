"""What the tagger finds of a trade, a form or a disguise that it was not trained on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sisipan.model import Article
from sisipan.offsets import overlap
from sisipan.tag.tagger import Tagger

ATTRIBUTES = ("label", "form", "obfuscation")


def found_of(model: bytes, articles: Sequence[Article]) -> dict[str, tuple[int, int, int]]:
    """For each trade, form and obfuscation: characters found, characters there are, and regions there are, in the articles."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        path.write_bytes(model)
        tagger = Tagger(model=path)
    out: dict[str, tuple[int, int, int]] = {}
    for article in articles:
        found = tagger.tag(article.text)
        for span in article.spam:
            hit = sum(overlap(one.start, one.end, span.start, span.end) for one in found)
            for attribute in ATTRIBUTES:
                key = f"{attribute}:{getattr(span, attribute)}"
                a, b, c = out.get(key, (0, 0, 0))
                out[key] = (a + hit, b + span.end - span.start, c + 1)
    return out
