"""What `sisipan tag` and `sisipan clean` share: options, where pages come from and go to, progress, the report."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from sisipan.cli.common import cores
from sisipan.cli.say import safe, say
from sisipan.counts import Counts, total
from sisipan.errors import SisipanError
from sisipan.jobs import Outcome, Task, Watch, plan, run_tasks, stopping_politely
from sisipan.rowfiles import FORMATS, format_of
from sisipan.runner import Settings, convert, convert_to, results
from sisipan.tag.tagger import THRESHOLD

LINE_EVERY_S = 30
NAMES_SHOWN = 5
STREAM = "-"


def page_options(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options of a command over pages."""
    decorators = (
        click.argument("source", metavar="IN"),
        click.argument("out", metavar="OUT"),
        click.option("--text-column", default="text", show_default=True, metavar="NAME", help="The column or key that holds the text."),
        click.option("--id-column", default="id", show_default=True, metavar="NAME", help="The column or key that names a row in messages, and names text files in results."),
        click.option("--threshold", default=THRESHOLD, show_default=True, type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Higher finds less and errs less."),
        click.option("--workers", type=click.IntRange(min=1), default=None, help="Worker processes for a folder (default: one a processor)."),
        click.option("--format", "kind", type=click.Choice(FORMATS), default=None, help="What IN is (default: by its name; jsonl on standard input)."),
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@dataclass
class _Pace:
    """How far a run is: bytes of all files, without those that had been done before."""

    title: str
    files: int
    size: int
    started: float = field(default_factory=time.monotonic)
    parts: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    spoken: float = field(default_factory=time.monotonic)

    def words(self) -> str:
        done, spent = sum(self.parts.values()), time.monotonic() - self.started
        rate = done / spent if spent else 0
        left = f", {_duration((self.size - done) / rate)} left" if rate else ""
        return f"{self.title}: {self.finished} of {self.files} files, {done / 1e6:,.1f} of {self.size / 1e6:,.1f} MB, {rate / 1e6:.2f} MB/s{left}"


def _duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"


@contextlib.contextmanager
def _watching(title: str, tasks: tuple[Task, ...]) -> Iterator[Watch]:
    """A bar with rate and time left on standard error; a plain line now and then where that is no terminal."""
    pace = _Pace(title, len(tasks), sum(task.size for task in tasks))
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[files]}"), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        shown = bar.add_task(title, total=pace.size, files=f"0/{pace.files} files")

        def seen(task: Task, count: int) -> None:
            pace.parts[task.name] = min(count, task.size)

        def done(task: Task, skipped: bool) -> None:
            pace.finished += 1
            if skipped:
                pace.size -= task.size
                pace.parts.pop(task.name, None)
            else:
                pace.parts[task.name] = task.size

        def say(words: str) -> None:
            bar.console.print(f"sisipan: {safe(words)}", markup=False, highlight=False, soft_wrap=True)

        def tick() -> None:
            bar.update(shown, total=pace.size, completed=sum(pace.parts.values()), files=f"{pace.finished}/{pace.files} files")
            if bar.disable and time.monotonic() - pace.spoken >= LINE_EVERY_S:
                pace.spoken = time.monotonic()
                say(pace.words())

        yield Watch(seen, done, say, tick)


def _tell(words: str) -> None:
    say(f"sisipan: {words}", err=True)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else "")


def _folder(source: Path, out: Path, settings: Settings, workers: int | None) -> Outcome:
    if out.exists() and not out.is_dir():
        raise SisipanError(f"{out}: is a file, but {source} is a folder; name a folder for the results")
    planned = plan(source, out, settings)
    if planned.left:
        _tell(f"left alone, no file of Parquet, JSON lines or text: {_some(planned.left)}")
    with _watching(settings.action, planned.tasks) as watch:
        outcome = run_tasks(out, planned.tasks, settings, workers or cores(), watch)
    skipped = sum(done.skipped for done in outcome.done)
    before = f", {skipped} of them before" if skipped else ""
    _tell(f"{len(outcome.done)} of {len(planned.tasks)} files done{before}")
    for words in outcome.failed.values():
        _tell(f"failed: {words}")
    return outcome


def _kind(source: str, given: str | None) -> str:
    kind = given or ("jsonl" if source == STREAM else format_of(source))
    if kind is None:
        raise SisipanError(f"{source}: neither .parquet nor .jsonl, .ndjson, .json.gz or .txt; say with --format what it is")
    return kind


@contextlib.contextmanager
def _opened(source: str, kind: str) -> Iterator[tuple[BinaryIO, str]]:
    """A file or standard input as a stream, with its name for messages. Parquet, which is read from its end, is copied where it comes through a pipe."""
    name = "standard input" if source == STREAM else source
    with contextlib.nullcontext(sys.stdin.buffer) if source == STREAM else open(source, "rb") as stream:
        if kind != "parquet" or source != STREAM and stream.seekable():
            yield stream, name
            return
        with tempfile.TemporaryFile() as file:
            shutil.copyfileobj(stream, file)
            file.seek(0)
            yield file, name


def _check_target(source: str, out: Path, kind: str, settings: Settings) -> None:
    """A result keeps the format of its file, so a name that promises another is a slip, as is one that is the input's."""
    wanted = "jsonl" if (kind, settings.action) == ("text", "tag") else kind
    if out.is_dir():
        raise SisipanError(f"{out}: is a folder, but {source} is no folder; name a file for the result")
    if format_of(out.name) not in (wanted, None):
        raise SisipanError(f"{out}: the result is {wanted}, as the input asks; name it so")
    for result in results(out, kind, settings):
        if source != STREAM and result.exists() and result.samefile(source):
            raise SisipanError(f"{result}: is the input itself; name another file for the result")


def _one(source: str, out: str, kind: str, settings: Settings) -> Counts:
    """A file or standard input, into a file or standard output."""
    size = 0 if source == STREAM else Path(source).stat().st_size
    task = Task(source, Path(source), Path(out), Path(out), kind, size)
    if out != STREAM:
        _check_target(source, Path(out), kind, settings)
        if (kind, settings.action) == ("text", "clean") and len(results(Path(out), kind, settings)) == 1:
            _tell(f"{out}: is no regular file, so what is taken out is not written beside it")
    elif kind == "parquet" and sys.stdout.isatty():
        raise SisipanError("Parquet is nothing for a terminal; name a file, or pass it on with |")
    with _opened(source, kind) as (stream, name), _watching(settings.action, (task,)) as watch, stopping_politely():

        def seen(count: int) -> None:
            watch.seen(task, count)
            watch.tick()

        if out != STREAM:
            return convert_to(stream, Path(out), kind, name, settings, seen)
        found, _ = convert(stream, sys.stdout.buffer, kind, name, settings, seen)
        sys.stdout.buffer.flush()
        return found


def run_pages(source: str, out: str, settings: Settings, workers: int | None, kind: str | None) -> tuple[Counts, int]:
    """Do what was asked for; what was counted, and the exit code: 1 where a file of a folder failed."""
    if source != STREAM and Path(source).is_dir():
        if out == STREAM or kind:
            raise SisipanError(f"{source}: is a folder; OUT is then one too, and its files are told by their names")
        outcome = _folder(Path(source), Path(out), settings, workers)
        return total(done.counts for done in outcome.done), 1 if outcome.failed else 0
    if source != STREAM and not Path(source).exists():
        raise SisipanError(f"{source}: no such file or folder")
    if workers:
        raise SisipanError("--workers is for a folder; one file is done by one process")
    return _one(source, out, _kind(source, kind), settings), 0
