"""`sisipan export`."""

from __future__ import annotations

from pathlib import Path

import click

from sisipan.cli.common import articles_of, progress, write_folder
from sisipan.cli.say import say
from sisipan.convert import FORMATS, export_files
from sisipan.errors import SisipanError
from sisipan.schemas import load_schemas

_FORMATS = "\n    ".join(f"{name:<13} {one.about}" for name, one in FORMATS.items())


@click.command(
    help=f"""Write articles for an annotation tool or a tagger, into the new folder OUT.

    \b
    {_FORMATS}

    A span that a format cannot hold stops the export, or, for the two with tokens, is listed. Withheld articles are left out.

    \b
    sisipan export --to brat for-brat
    sisipan export --to prodigy --split validation --article banjir-demak out
    """
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--to", "name", required=True, type=click.Choice(list(FORMATS)), help="The format.")
@click.option("--release", type=click.Path(path_type=Path, file_okay=False, exists=True), help="The release (default: here or above).")
@click.option("--split", default=None, help="Only this split.")
@click.option("--article", "chosen", multiple=True, help="Only this article; may be repeated.")
def export(out: Path, name: str, release: Path | None, split: str | None, chosen: tuple[str, ...]) -> None:
    schemas = load_schemas()
    with progress("writing"):
        _, articles = articles_of(release, schemas)
        if unknown := sorted(set(chosen) - {article.id for article in articles}):
            raise SisipanError(f"{unknown[0]}: no such article in the release")
        kept = [a for a in articles if a.text is not None and split in (None, a.split) and (not chosen or a.id in chosen)]
        if not kept:
            raise SisipanError("no article with text fits; look at --split and --article")
        files, lost = export_files(kept, name, schemas)
        write_folder(out, files)
    for article, span in lost:
        say(f"{article}: {span} fits no run of tokens and is left out", err=True)
    say(f"{len(kept)} articles in {len(files)} {'file' if len(files) == 1 else 'files'} in {out}" + (f"; {len(lost)} spans left out" if lost else ""))
