"""`sisipan show`."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import click
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from sisipan.build import load_article
from sisipan.cli.common import root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.model import article_to_record
from sisipan.show import heading, legend, render, spam_list
from sisipan.store import GOLD, PASSES, article_path, document_path, write_atomically
from sisipan.validate import validate_sources

# rich's picture loads a font from the network; ours takes what the reader has
PICTURE = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")


@click.command()
@click.argument("article")
@click.option("--pass", "annotation_pass", type=click.Choice([GOLD, *PASSES]), default=GOLD, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The nested record as JSON.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw it into this SVG file instead.")
@click.option("--color/--no-color", default=None, help="Colour, whatever standard output is (default: on a terminal).")
@root_option
def show(article: str, annotation_pass: str, as_json: bool, svg: Path | None, color: bool | None, root: Path | None) -> None:
    """One article with its three layers.

    \b
    sisipan show gempa-sangihe-petta
    sisipan show gempa-sangihe-petta --pass pass-b --json
    """
    base = the_root(root)
    if "/" in article or not article_path(base, article).is_file() or not document_path(base, article, annotation_pass).is_file():
        if "/" not in article and article_path(base, article).is_file():
            others = [name for name in (GOLD, *PASSES) if document_path(base, article, name).is_file()]
            raise SisipanError(f"{article}: not annotated in {annotation_pass} yet{'; try --pass ' + others[0] if others else ''}")
        near = [path.stem for path in sorted((base / "corpus").glob("*.txt")) if article[:4] in path.stem][:5]
        raise SisipanError(f"{article[:80]}: no such article in {annotation_pass}{'; there is ' + ', '.join(near) if near else ''}")
    path = document_path(base, article, annotation_pass)
    errors = validate_sources(base, [article_path(base, article), path]).count("error")
    if errors:
        raise SisipanError(f"{path}: {errors} error{'s' if errors > 1 else ''} in it or its text; `sisipan validate {path}` tells which")
    value = load_article(base, article, annotation_pass)
    if as_json:
        say(*json.dumps(article_to_record(value), ensure_ascii=False, indent=1).split("\n"))
        return
    drawn = {"record": True, "width": 108, "file": io.StringIO(), "force_terminal": True} if svg else {}
    console = Console(**{"force_terminal": color, "no_color": False if color else None, "highlight": False, **drawn})
    console.print(heading(value), style="bold")
    console.print(legend())
    console.print()
    console.print(render(value))
    console.print()
    for line in spam_list(value):
        console.print(f"spam {line}")
    console.print(f"{len(value.entities)} entities, {len(value.claims)} claims ({sum(c.checkworthy for c in value.claims)} check-worthy), {len(value.spam)} spam region{'' if len(value.spam) == 1 else 's'}", markup=False)
    if svg:
        write_atomically(svg, console.export_svg(title=f"sisipan show {article}", code_format=PICTURE, unique_id="sisipan", theme=SVG_EXPORT_THEME))
        say(f"wrote {svg}")
