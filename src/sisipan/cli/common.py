"""What several subcommands share: where the corpus is, and progress."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sisipan.store import find_root

root_option = click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=None, help="Folder that holds corpus/ and annotations/ (default: here or above)."
)


def the_root(given: Path | None) -> Path:
    """The folder given, or the nearest one upwards that holds a corpus."""
    return find_root(given or Path.cwd())


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error; a plain line where that is no terminal."""
    if not sys.stderr.isatty():
        click.echo(f"{title} …", err=True)
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {stage}", completed=done, total=total)

        yield step
