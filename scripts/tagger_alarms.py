"""What the tagger takes from pages that hold no spam: `python scripts/tagger_alarms.py FOLDER...` for HTML files, or folders of them.

Each page is read as its source; as text, without scripts and style sheets; and with nothing but its tags taken out, so that code stays. The pages are no part of
this repository: docs/tagger.md says which were measured.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from sisipan.figures import table
from sisipan.tag import Tagger
from sisipan.tag.source import blanked, code
from sisipan.tag.tagger import THRESHOLD


def without_tags(source: str) -> str:
    """A page's source without its tags; what scripts hold stays."""
    return html.unescape(re.sub(r"[ \t]*\n\s*", "\n", re.sub(r"<[^<>]*>", " ", source)))


FORMS: dict[str, Callable[[str], str]] = {"source": str, "text": lambda source: without_tags(blanked(source, code(source))), "source without tags": without_tags}


def pages(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """The HTML files, by name; those that are not UTF-8 are taken for Latin 1."""
    for path in sorted({file for path in paths for file in (path.rglob("*.htm*") if path.is_dir() else [path]) if file.is_file()}):
        data = path.read_bytes()
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError:
            yield path, data.decode("latin-1")


@click.command(help=__doc__)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--threshold", type=float, default=THRESHOLD, show_default=True)
@click.option("--show", is_flag=True, help="Print what is taken.")
def main(paths: tuple[Path, ...], threshold: float, show: bool) -> None:
    """Entry point."""
    held = list(pages(paths))
    if not held:
        click.echo(f"tagger_alarms: error: no .html file in {', '.join(map(str, paths))}", err=True)
        sys.exit(2)
    tagger, rows = Tagger(threshold), []
    for name, form in FORMS.items():
        texts = [form(source) for _, source in held]
        found = tagger.tag_many(texts)
        taken, size = sum(one.end - one.start for some in found for one in some), sum(map(len, texts))
        rows.append([name, str(len(texts)), f"{size / 1e6:.1f}", str(sum(map(bool, found))), f"{100 * taken / size:.3f}"])
        for (path, _), text, some in zip(held, texts, found):
            for one in some if show else ():
                click.echo(f"{path} ({name}) {one.start} {one.label} {one.score}: {text[one.start : one.end][:200]!r}")
    click.echo(table(["pages as", "pages", "million code points", "pages hit", "% taken"], rows))


if __name__ == "__main__":
    main()
