"""What several subcommands share: where the corpus or release is, a folder written whole, and progress."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sisipan.aside import cannot_write, folder_aside
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.load import folder_reader, read_articles
from sisipan.manifest import find_release
from sisipan.model import Article
from sisipan.schemas import Schemas
from sisipan.store import find_root

root_option = click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=None, help="Folder that holds corpus/ and annotations/ (default: here or above)."
)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def the_root(given: Path | None) -> Path:
    """The folder given, or the nearest one upwards that holds a corpus."""
    return find_root(given or Path.cwd())


def articles_of(release: Path | None, schemas: Schemas) -> tuple[str, list[Article]]:
    """Version and articles of the release given, or of the nearest one upwards."""
    return read_articles(folder_reader(release or find_release(Path.cwd())), schemas)


def write_folder(out: Path, files: dict[str, bytes]) -> None:
    """A folder with the files, whole or not at all: written aside and renamed. Raises SisipanError where it exists with anything in it."""
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
            raise SisipanError(f"{name[:80]!r} would be written outside {out}; the id of an article is a slug")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SisipanError(f"{out}: exists; name a new folder")
    try:
        with folder_aside(out) as aside:
            for name, data in files.items():
                (aside / name).parent.mkdir(exist_ok=True)
                (aside / name).write_bytes(data)
    except OSError as error:
        raise cannot_write(out, OSError(error.errno, error.strerror, str(out)), "nothing was written") from None


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error; a plain line where that is no terminal."""
    if not sys.stderr.isatty():
        say(f"{title} …", err=True)
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {stage}", completed=done, total=total)

        yield step
