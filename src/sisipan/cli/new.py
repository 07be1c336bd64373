"""`sisipan new`."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click

from sisipan.anchor import anchor_document, entities_from_marks, parse_marked
from sisipan.build import read_version
from sisipan.cli.common import root_option, the_root
from sisipan.errors import SisipanError
from sisipan.schemas import load_schemas
from sisipan.splits import choose_split
from sisipan.store import article_path, document_path, format_article, format_document, read_article, write_atomically

_SCHEMA = load_schemas().documents["article"]["properties"]


@click.command()
@click.argument("article")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text file; entity marks such as [Bank Indonesia|ORG] become spans.")
@click.option("--published", default=None, help="Date of the page, YYYY-MM-DD (default: today).")
@click.option("--topic", type=click.Choice(_SCHEMA["topic"]["enum"]), required=True)
@click.option("--register", type=click.Choice(_SCHEMA["register"]["enum"]), required=True)
@click.option("--origin", type=click.Choice(_SCHEMA["origin"]["enum"]), default="written", show_default=True)
@click.option("--event", default=None, help="Slug of the event (default: the article's id).")
@click.option("--brand", "brands", multiple=True, help="An invented brand that its spam promotes; may be repeated.")
@click.option("--source-note", default="events invented", show_default=True, help="Where the facts are from.")
@root_option
def new(article: str, source: Path | None, published: str | None, topic: str, register: str, origin: str, event: str | None, brands: tuple[str, ...], source_note: str, root: Path | None) -> None:
    """Start an article: its text file, and pass A to be annotated.

    The split is that of the event where it has one, else the one furthest below its share; it stays for good.

    \b
    sisipan new banjir-demak --from draft.txt --topic disaster --register agency_report
    """
    base = the_root(root)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", article) or len(article) > 80:
        raise SisipanError(f"{article[:60]!r} is no id: small letters and digits, joined by single hyphens, at most 80 characters")
    if article_path(base, article).exists() or document_path(base, article, "pass-a").exists():
        raise SisipanError(f"{article}: exists already; choose another id")
    try:
        date = datetime.date.fromisoformat(published) if published else datetime.date.today()
    except ValueError:
        raise SisipanError(f"{published!r} is no date; write YYYY-MM-DD") from None
    try:
        marked = source.read_text("utf-8").removesuffix("\n") if source else "Judul\n\nIsi berita."
    except UnicodeDecodeError as error:
        raise SisipanError(f"{source}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    text, marks = parse_marked(marked.replace("\r\n", "\n"), load_schemas().labels("entities"))
    if not text.strip():
        raise SisipanError(f"{source}: holds no text")
    others = [read_article(path).front for path in sorted((base / "corpus").glob("*.txt"))]
    front = {
        "title": text.split("\n", 1)[0],
        "published": date.isoformat(),
        "language": "id",
        "origin": origin,
        "original_language": "en" if origin == "machine_translated" else None,
        "topic": topic,
        "register": register,
        "event": event or article,
        "brands": list(brands),
        "source": source_note,
        "license": "CC-BY-4.0",
        "text_status": "included",
        "defects": [],
        "split": choose_split(event or article, others),
        "added_in": read_version(base),
    }
    document, _ = anchor_document(text, {"article": article, "entities": entities_from_marks(text, marks), "claims": [], "spam": []})
    write_atomically(article_path(base, article), format_article(front, text))
    write_atomically(document_path(base, article, "pass-a"), format_document(document))
    click.echo(f"wrote {article_path(base, article)} ({front['split']})")
    click.echo(f"wrote {document_path(base, article, 'pass-a')} ({len(marks)} entities)")
    click.echo(f"next: annotate pass A by quoting, then `sisipan anchor {document_path(base, article, 'pass-a')}`")
