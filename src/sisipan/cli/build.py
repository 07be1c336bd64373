"""`sisipan build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sisipan.cli.common import cores, progress, root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.linetables import build_lines
from sisipan.publish import check as what_is_stale
from sisipan.publish import publish
from sisipan.remembered import default_cache
from sisipan.report import as_text, plural
from sisipan.results import Result


def _stop_on_errors(result: Result) -> None:
    if not result.clean:
        say(*as_text(result).split("\n")[:-1])
        say("nothing was built: mend the errors first", err=True)
        sys.exit(1)


def _table(lines: Path, out: Path | None) -> None:
    """Write the nested table of JSON lines."""
    if lines.suffix != ".jsonl":
        raise SisipanError(f"{lines}: expected nested records as JSON lines (.jsonl), as `sisipan validate` reads them")
    if out is None or out.suffix != ".parquet":
        raise SisipanError(f"{lines}: name the file to write: --out {lines.stem}.parquet")
    with progress("building") as step:
        rows, result = build_lines(lines, out, Path.cwd(), step, cores(), default_cache())
    _stop_on_errors(result)
    say(f"wrote {out}: {plural(rows, 'article')}")


@click.command()
@click.argument("lines", required=False, metavar="[FILE.jsonl]", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.parquet", help="With FILE.jsonl: the file to write, or to replace.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name what is stale.")
@root_option
def build(lines: Path | None, out: Path | None, check: bool, root: Path | None) -> None:
    """Write the release: Parquet, manifest, card, Croissant file, figures. Or the nested table of a larger corpus.

    Validates first. All files are replaced together or not at all; the same sources give the same bytes.

    With FILE.jsonl, nested records as JSON lines (the columns of the default configuration, in any order), their table is written
    as a stream: memory does not grow with the file. The articles keep their order.

    \b
    sisipan build
    sisipan build --check
    sisipan build articles.jsonl --out articles.parquet
    """
    if lines is not None:
        if check or root:
            raise SisipanError("--check and --root are for a release; FILE.jsonl goes with --out alone")
        _table(lines, out)
        return
    if out is not None:
        raise SisipanError("--out goes with FILE.jsonl; a release is written where its sources are")
    base = the_root(root)
    with progress("checking" if check else "building") as step:
        changed, result = (what_is_stale if check else publish)(base, step)
    _stop_on_errors(result)
    for path in changed:
        say(f"{'stale' if check else 'wrote'} {path}")
    if check and changed:
        say("run `sisipan build` and commit what it writes", err=True)
        sys.exit(1)
    if not changed:
        say("everything is up to date")
