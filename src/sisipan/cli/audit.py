"""`sisipan audit`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from sisipan.audit import SIGNALS, audit as look, format_accepted, key, parse_accepted
from sisipan.build import load_corpus
from sisipan.cli.common import progress, root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.report import in_context
from sisipan.store import article_path, read_article, read_json_lines, write_atomically

_SIGNALS = "\n    ".join(f"{name:<19} {signal.__doc__}" for name, signal in SIGNALS.items())


@click.command(
    help=f"""Likely slips of annotation, as a list to look at; nothing is changed.

    Over every article with gold. Exit code 1 where anything is listed. What was looked at and is right as it stands is
    put into annotations/audited.jsonl by --accept, and not listed again. The signals:

    \b
    {_SIGNALS}

    \b
    sisipan audit --signal bare_name --signal two_labels
    sisipan audit --article banjir-demak --accept
    """
)
@click.option("--signal", "names", multiple=True, type=click.Choice(list(SIGNALS)), help="Only this signal; may be repeated (default: all; `contested` takes minutes).")
@click.option("--without", "left_out", multiple=True, type=click.Choice(list(SIGNALS)), help="All but this signal; may be repeated.")
@click.option("--article", "chosen", multiple=True, help="Only items of this article; may be repeated.")
@click.option("--accept", is_flag=True, help="What is listed was looked at and is right as it stands.")
@click.option("--all", "everything", is_flag=True, help="List accepted items too.")
@click.option("--json", "as_json", is_flag=True, help="The list as JSON.")
@root_option
def audit(names: tuple[str, ...], left_out: tuple[str, ...], chosen: tuple[str, ...], accept: bool, everything: bool, as_json: bool, root: Path | None) -> None:
    base = the_root(root)
    store = base / "annotations" / "audited.jsonl"
    accepted = parse_accepted(read_json_lines(store)) if store.exists() else frozenset()
    with progress("looking"):
        articles = load_corpus(base)
        if unknown := sorted(set(chosen) - {article.id for article in articles}):
            raise SisipanError(f"{unknown[0][:80]}: no article with gold; look at its spelling")
        found = look(articles, [name for name in names or SIGNALS if name not in left_out])
    texts = {article.id: article.text for article in articles}
    shown = [s for s in found if (not chosen or s.article in chosen) and (everything or key(s, texts[s.article]) not in accepted)]
    if as_json:
        say(*json.dumps([{**asdict(s), "words": texts[s.article][s.start : s.end]} for s in shown], ensure_ascii=False, indent=1).split("\n"))
    else:
        for s in shown:
            text, source = texts[s.article], read_article(article_path(base, s.article), base)
            line, column = source.text_place(s.start)
            say(f"corpus/{s.article}.txt:{line}:{column}: {s.signal} [{s.article} {s.start}:{s.end}] {s.why}", f"  {in_context(text, s.start, s.end)}")
        counts = Counter(s.signal for s in shown)
        say(f"{len(shown)} to look at" + (": " if shown else "") + ", ".join(f"{name} {count}" for name, count in counts.items()) + f"; {len(accepted)} accepted before")
    if accept:
        write_atomically(store, format_accepted([*accepted, *(key(s, texts[s.article]) for s in shown)]))
        say(f"{len(shown)} accepted in {store.relative_to(base)}", err=True)
    sys.exit(1 if shown and not accept else 0)
