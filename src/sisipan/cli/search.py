"""`sisipan search`."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from sisipan.cli.common import articles_of
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Article
from sisipan.offsets import line_column, line_starts
from sisipan.report import in_context
from sisipan.schemas import load_schemas
from sisipan.store import compact_json


def _pattern(words: str, as_regex: bool) -> re.Pattern[str]:
    try:
        return re.compile(words if as_regex else re.escape(unicodedata.normalize("NFC", words)), re.IGNORECASE)
    except re.error as error:
        raise SisipanError(f"{words!r} is no regular expression: {error}") from None


def hits(article: Article, pattern: re.Pattern[str], layer: str | None, label: str | None) -> Iterator[dict[str, Any]]:
    """Matches in the text, or spans of the layer whose surface matches (all of them where the pattern is empty)."""
    if layer is None and label is None:
        for match in pattern.finditer(article.text):
            if match.end() > match.start():
                yield {"article": article.id, "start": match.start(), "end": match.end(), "text": match.group()}
        return
    for name in LAYERS if layer is None else (layer,):
        for span in getattr(article, name):
            if (label is None or span.label == label) and pattern.search(span.text):
                yield {"article": article.id, "layer": name, **asdict(span)}


@click.command()
@click.argument("words", default="")
@click.option("--layer", type=click.Choice(LAYERS), help="Search the spans of this layer, not the whole text.")
@click.option("--label", default=None, help="Only spans with this label.")
@click.option("--topic", default=None, help="Only articles of this topic.")
@click.option("--split", default=None, help="Only articles of this split.")
@click.option("--regex", is_flag=True, help="WORDS is a regular expression.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="At most so many lines.")
@click.option("--json", "as_json", is_flag=True, help="Every hit as JSON lines, without a limit.")
@click.option("--release", type=click.Path(path_type=Path, file_okay=False, exists=True), help="The release (default: here or above).")
def search(words: str, layer: str | None, label: str | None, topic: str | None, split: str | None, regex: bool, limit: int, as_json: bool, release: Path | None) -> None:
    """Find words in texts or spans. Exit code 1 where there is no hit.

    \b
    sisipan search "Bank Indonesia"
    sisipan search --layer spam --label togel
    sisipan search --layer claims --label statistic --topic economy inflasi --json
    """
    if not words and layer is None and label is None:
        raise SisipanError("nothing to search for; give words, or --layer or --label")
    schemas = load_schemas()
    fields = schemas.documents["article"]["properties"]
    labels = [one for name in ([layer] if layer else LAYERS) for one in schemas.labels(name)]
    for name, value, known in (("label", label, labels), ("topic", topic, fields["topic"]["enum"]), ("split", split, fields["split"]["enum"])):
        if value is not None and value not in known:
            raise SisipanError(f"{value[:40]!r} is no {name}; they are {', '.join(known)}")
    _, articles = articles_of(release, schemas)
    chosen = [a for a in articles if a.text is not None and topic in (None, a.topic) and split in (None, a.split)]
    pattern = _pattern(words, regex)
    found = [(article, hit) for article in chosen for hit in hits(article, pattern, layer, label)]
    if as_json:
        for _, hit in found:
            say(compact_json(hit))
        sys.exit(0 if found else 1)
    for article, hit in found[:limit]:
        line, column = line_column(line_starts(article.text), hit["start"])
        named = f" {hit['layer']} {hit['id']} {hit['label']}" if "layer" in hit else ""
        say(f"{article.id}:{line}:{column}{named}", f"  {in_context(article.text, hit['start'], hit['end'])}")
    more = f", {limit} shown" if len(found) > limit else ""
    say(f"{len(found)} hits in {len({article.id for article, _ in found})} articles{more}")
    sys.exit(0 if found else 1)
