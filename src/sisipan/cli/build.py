"""`sisipan build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sisipan.cli.common import progress, root_option, the_root
from sisipan.cli.say import say
from sisipan.publish import check as what_is_stale
from sisipan.publish import publish
from sisipan.report import as_text
from sisipan.results import Result


def _stop_on_errors(result: Result) -> None:
    if not result.clean:
        say(*as_text(result).split("\n")[:-1])
        say("nothing was built: mend the errors first", err=True)
        sys.exit(1)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name what is stale.")
@root_option
def build(check: bool, root: Path | None) -> None:
    """Write the release: Parquet, manifest, card, Croissant file, figures.

    Validates first. All files are replaced together or not at all; the same sources give the same bytes.

    \b
    sisipan build
    sisipan build --check
    """
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
