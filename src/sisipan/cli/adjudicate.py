"""`sisipan adjudicate`."""

from __future__ import annotations

from pathlib import Path

import click

from sisipan.adjudicate import compare, decide, worksheet
from sisipan.build import load_article
from sisipan.cli.common import root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.store import PASSES, article_path, compact_json, document_path, format_document, parse_json, read_article, read_document, read_text, write_atomically


@click.command()
@click.argument("article")
@click.option("--decisions", type=click.Path(path_type=Path, exists=True, dir_okay=False), help='A JSON object from number to "a", "b", "none" or a list of quoted spans; writes gold.')
@root_option
def adjudicate(article: str, decisions: Path | None, root: Path | None) -> None:
    """Make gold of passes A and B.

    Without --decisions, prints the differences as a worksheet, one JSON object a line. With them, settles each and
    writes annotations/gold/ARTICLE.json.

    \b
    sisipan adjudicate gempa-sangihe-petta > worksheet.jsonl
    sisipan adjudicate gempa-sangihe-petta --decisions decisions.json
    """
    base = the_root(root)
    source = read_article(article_path(base, article), base)
    passes = [read_document(document_path(base, article, name), base) for name in PASSES]
    for read in (source, *passes):
        if read.problems:
            raise SisipanError(f"{read.path}: {read.problems[0].message}; `sisipan validate` tells more")
    if source.text is None:
        raise SisipanError(f"{article}: the text is withheld; put it back to adjudicate")
    for name in PASSES:
        load_article(base, article, name)  # says what is wrong with a pass
    a, b = (document.data for document in passes)
    if decisions is None:
        for row in worksheet(source.text, compare(source.text, a, b)[1]):
            say(compact_json(row))
        return
    chosen, problems = parse_json(read_text(decisions))
    if not isinstance(chosen, dict):
        raise SisipanError(f"{decisions}: {problems[0].message if problems else 'expected an object of decisions'}")
    path = document_path(base, article)
    write_atomically(path, format_document(decide(source.text, article, a, b, chosen)))
    say(f"wrote {path}")
