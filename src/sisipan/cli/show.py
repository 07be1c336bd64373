"""`sisipan show`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from sisipan.build import load_article
from sisipan.cli.common import root_option, the_root
from sisipan.errors import SisipanError
from sisipan.model import article_to_record
from sisipan.show import heading, legend, render, spam_list
from sisipan.store import GOLD, PASSES, article_path, document_path


@click.command()
@click.argument("article")
@click.option("--pass", "annotation_pass", type=click.Choice([GOLD, *PASSES]), default=GOLD, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The nested record as JSON.")
@click.option("--color/--no-color", default=None, help="Colour, whatever standard output is (default: on a terminal).")
@root_option
def show(article: str, annotation_pass: str, as_json: bool, color: bool | None, root: Path | None) -> None:
    """One article with its three layers.

    \b
    sisipan show gempa-sangihe-petta
    sisipan show gempa-sangihe-petta --pass pass-b --json
    """
    base = the_root(root)
    if "/" in article or not article_path(base, article).is_file() or not document_path(base, article, annotation_pass).is_file():
        near = [path.stem for path in sorted((base / "corpus").glob("*.txt")) if article[:4] in path.stem][:5]
        raise SisipanError(f"{article[:80]}: no such article in {annotation_pass}{'; there is ' + ', '.join(near) if near else ''}")
    value = load_article(base, article, annotation_pass)
    if as_json:
        click.echo(json.dumps(article_to_record(value), ensure_ascii=False, indent=1))
        return
    console = Console(force_terminal=color, no_color=False if color else None, highlight=False, soft_wrap=False)
    console.print(heading(value), style="bold")
    console.print(legend())
    console.print()
    console.print(render(value))
    console.print()
    for line in spam_list(value):
        console.print(f"spam {line}")
    console.print(f"{len(value.entities)} entities, {len(value.claims)} claims ({sum(c.checkworthy for c in value.claims)} check-worthy), {len(value.spam)} spam regions", markup=False)
