"""`sisipan new`."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import click

from sisipan.anchor import anchor_document, entities_from_marks, parse_marked
from sisipan.build import read_version
from sisipan.cli.common import root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.known import coming_version
from sisipan.schemas import load_schemas
from sisipan.splits import choose_split
from sisipan.store import GOLD, PASSES, article_path, document_path, format_article, format_document, read_article, read_text, write_atomically
from sisipan.validate import errors_of, retired_ids


@click.command()
@click.argument("article")
@click.option("--from", "source", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text file; entity marks such as [Bank Indonesia|ORG] become spans.")
@click.option("--published", default=None, help="Date of the page, YYYY-MM-DD (default: today).")
@click.option("--topic", required=True, help="One of the topics in schema/article.schema.json, such as disaster.")
@click.option("--register", required=True, help="One of the registers there, such as agency_report.")
@click.option("--origin", default="written", show_default=True, help="written or machine_translated.")
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
    taken = [path for path in (article_path(base, article), *(document_path(base, article, name) for name in (GOLD, *PASSES))) if path.exists()]
    if taken:
        raise SisipanError(f"{article}: exists already ({taken[0]}); choose another id")
    if article in retired_ids(base):
        raise SisipanError(f"{article}: was retired (corpus/retired.json), and an id is never reused; choose another")
    schemas = load_schemas(base / "schema" if (base / "schema").is_dir() else None)
    marked = read_text(source).removesuffix("\n") if source else "Judul\n\nIsi berita."
    text, marks = parse_marked(marked, schemas.labels("entities"))
    others = [read_article(path).front for path in sorted((base / "corpus").glob("*.txt"))]
    changelog = base / "CHANGELOG.md"
    front = {
        "title": text.split("\n", 1)[0],
        "published": published or datetime.date.today().isoformat(),
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
        "added_in": coming_version(read_text(changelog) if changelog.is_file() else None, read_version(base)),
    }
    document, _ = anchor_document(text, {"article": article, "entities": entities_from_marks(text, marks), "claims": [], "spam": []})
    wrong = errors_of(article, front, text, document, schemas)
    if wrong:
        raise SisipanError(f"{source or article}: nothing was written: {'; '.join(wrong)}")
    write_atomically(article_path(base, article), format_article(front, text))
    write_atomically(document_path(base, article, "pass-a"), format_document(document))
    say(f"wrote {article_path(base, article)} ({front['split']})")
    say(f"wrote {document_path(base, article, 'pass-a')} ({len(marks)} entities)")
    say(f"next: annotate pass A by quoting, then `sisipan anchor {document_path(base, article, 'pass-a')}`")
