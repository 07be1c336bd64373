"""`sisipan signs`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sisipan.build import load_corpus
from sisipan.cli.common import progress, root_option, the_root
from sisipan.cli.say import say
from sisipan.signs import signs as measure


@click.command()
@click.option("--examples", is_flag=True, help="Show what breaks a bound, or comes nearest to it.")
@root_option
def signs(examples: bool, root: Path | None) -> None:
    """Measure the signs of a toy: repetition, sameness, a poor vocabulary.

    Over every article with gold. Exit code 1 where a bound is broken.

    \b
    sisipan signs --examples
    """
    with progress("measuring"):
        found = measure(load_corpus(the_root(root)))
    for sign in found:
        say(f"{'ok    ' if sign.holds else 'BROKEN'} {sign.name}: {sign.value} ({sign.bound})")
        for example in sign.examples if examples else ():
            say(f"         {example}")
    sys.exit(0 if all(sign.holds for sign in found) else 1)
