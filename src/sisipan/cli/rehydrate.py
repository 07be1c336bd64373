"""`sisipan rehydrate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sisipan.cli.common import progress
from sisipan.cli.say import say
from sisipan.manifest import find_release
from sisipan.rehydrate import rehydrate as make_whole
from sisipan.schemas import load_schemas


@click.command()
@click.option("--texts", required=True, type=click.Path(path_type=Path, file_okay=False, exists=True), help="Folder of the texts; names do not matter.")
@click.option("--out", default=Path("rehydrated"), show_default=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write the whole release to.")
@click.option("--release", type=click.Path(path_type=Path, file_okay=False, exists=True), default=None, help="Release folder (default: here or above).")
def rehydrate(texts: Path, out: Path, release: Path | None) -> None:
    """Give withheld articles their text back, from a folder of texts that you have.

    Each text is known by its SHA-256, so only the exact text fits. OUT then loads with `load_dataset`. Exit code 0:
    all were found; 1: some were not found or differ; 2: could not run.

    \b
    sisipan rehydrate --texts ../texts --out ../sisipan-whole
    """
    release = release or find_release(Path.cwd())
    with progress("rehydrating"):
        outcome = make_whole(release, texts, out, load_schemas())
    for article, path in outcome.found.items():
        say(f"found    {article}: {path}")
    for article, (path, reason) in outcome.differing.items():
        say(f"differs  {article}: {path}: {reason}")
    for article in outcome.missing:
        say(f"missing  {article}: no file in {texts} has its SHA-256")
    if outcome.found:
        say(f"wrote {out}: do not publish it, its texts may not be given out")
    elif not outcome.differing and not outcome.missing:
        say("no article of this release is withheld; nothing to do")
    else:
        say("nothing was written")
    sys.exit(1 if outcome.differing or outcome.missing else 0)
