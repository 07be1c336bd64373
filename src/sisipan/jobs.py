"""Many files: what is to be done, worker processes that may die, and the manifest of what was done.

A worker takes a file at a time. When one dies, its file is given to another, three times at most; the rest goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection, context, get_context, parent_process
from pathlib import Path
from typing import Any, NoReturn

from sisipan.aside import one_at_a_time, remove_stale, written_aside
from sisipan.errors import SisipanError
from sisipan.rowfiles import format_of, reading, target_name
from sisipan.runner import Done, Settings, TargetError, results, run_file, unwritable

RECORDS = ".sisipan"  # hidden, since readers of a folder of JSON lines take any .json they see for data
ATTEMPTS = 3
PATIENCE_S = 10
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """A file to do, and where its result and its record go. `name` is the input's, relative to its folder."""

    name: str
    source: Path
    target: Path
    record: Path
    kind: str
    size: int


@dataclass(frozen=True)
class Plan:
    """The files to do, in the order of their names, and the names of those that are left alone."""

    tasks: tuple[Task, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the files done, and for each that failed why."""

    done: tuple[Done, ...]
    failed: dict[str, str]


def _unlisted(error: OSError) -> NoReturn:
    raise SisipanError(f"{error.filename}: {error.strerror or error}; the files in it cannot be told")


def _check_apart(source: Path, out: Path) -> None:
    inner, outer = sorted((source.resolve(), out.resolve()), key=lambda path: len(path.parts), reverse=True)
    if inner.is_relative_to(outer):
        raise SisipanError(f"{out}: lies in {source}, or the other way round; name a folder apart for the results")


def _walk(source: Path, out: Path) -> Iterator[tuple[Path, bool]]:
    """What lies under a folder, hidden things aside: each file, and each link back to a folder that holds it, for which it says False."""
    above = {str(source): (os.path.realpath(source),)}
    for folder, folders, files in os.walk(source, onerror=_unlisted, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in list(folders):
            path = os.path.join(folder, name)
            real = os.path.realpath(path)
            _check_apart(Path(path), out)
            if real in above[folder]:
                folders.remove(name)
                yield Path(path), False
            above[path] = (*above[folder], real)
        yield from ((Path(folder) / name, True) for name in files if not name.startswith("."))


def plan(source: Path, out: Path, settings: Settings) -> Plan:
    """The files under a folder, hidden ones aside; links to folders are followed, but not in a circle.

    Raises SisipanError where there is nothing to do, a folder cannot be read or two files would have one result.
    """
    _check_apart(source, out)
    tasks, left = [], []
    for path, is_file in _walk(source, out):
        name = path.relative_to(source).as_posix()
        kind = format_of(name)
        with reading(path):
            there = path.exists()
            if not is_file or kind is None or there and not path.is_file():  # a pipe would be waited for
                left.append(name)
                continue
            size = path.stat().st_size if there else 0  # a link to nowhere fails when it is read
        target = target_name(name, settings.action)
        tasks.append(Task(name, path, out / target, out / RECORDS / f"{target}.json", kind, size))
    if not tasks:
        raise SisipanError(f"{source}: no file to {settings.action}; they are named .parquet, .jsonl, .ndjson, .json.gz or .txt, the JSON lines also with .gz or .zst")
    makers: dict[Path, str] = {}
    for task in sorted(tasks, key=lambda task: task.name):
        for result in results(task.target, task.kind, settings):
            if result in makers:
                raise SisipanError(f"{makers[result]} and {task.name} would both become {result}; rename one")
            makers[result] = task.name
    return Plan(tuple(sorted(tasks, key=lambda task: task.name)), tuple(sorted(left)))


def do_task(task: Task, settings: Settings, seen: Callable[[int], None] = lambda _: None) -> Done:
    """Do one file of a plan."""
    return run_file(task.source, task.target, task.kind, task.name, settings, task.record, seen)


def write_manifest(out: Path) -> None:
    """Write `.sisipan/manifest.json` from the records of all files that are done, whoever did them. The same files give the same bytes.

    Raises TargetError where records cannot be read or the manifest cannot be written.
    """
    folder = out / RECORDS
    try:
        with one_at_a_time(folder / "lock"):
            records = {}
            for path in sorted(folder.rglob("*.json")):
                if path.name != "manifest.json" or path.parent != folder:
                    with contextlib.suppress(ValueError, FileNotFoundError):  # broken, or its file is being done again: no record
                        records[path.relative_to(folder).as_posix().removesuffix(".json")] = json.loads(path.read_bytes())
            with written_aside(folder / "manifest.json") as path:
                path.write_text(json.dumps({"files": records}, indent=1, sort_keys=True) + "\n", "utf-8")
    except OSError as error:
        raise unwritable(Path(error.filename or folder / "manifest.json"), error) from None


def all_recorded(out: Path, tasks: tuple[Task, ...]) -> bool:
    """Whether each of the files has a record, by the names alone."""
    return {task.record for task in tasks} <= set((out / RECORDS).rglob("*.json"))


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that are started in the block calculate in one thread each, as there is one a processor, unless the environment says otherwise."""
    new = [name for name in ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(new, "1"))
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


def _follow_the_run() -> None:
    """End this process with the one that started it. Nothing needs to be tidied: its temporary is left without a lock, for the next run to remove."""
    connection.wait([parent_process().sentinel])
    os._exit(1)


def _work(pipe: connection.Connection, settings: Settings) -> None:
    """What a worker does. A signal ends it at once, as the run that stops it removes its temporary."""
    threading.Thread(target=_follow_the_run, daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        _serve(pipe, settings)


def _serve(pipe: connection.Connection, settings: Settings) -> None:
    try:
        _ = settings.recorded  # loads the model
        pipe.send(("ready", None))
    except SisipanError as error:
        pipe.send(("stop", str(error)))
        return
    while (task := pipe.recv()) is not None:
        try:
            pipe.send(("done", do_task(task, settings, lambda count: pipe.send(("seen", count)))))
        except TargetError as error:
            pipe.send(("stop", str(error)))
        except SisipanError as error:
            pipe.send(("failed", str(error)))
        except Exception as error:  # whatever is wrong with one file, the others go on
            pipe.send(("failed", f"{task.name}: {type(error).__name__}: {error}"))


@dataclass
class _Worker:
    process: context.SpawnProcess
    pipe: connection.Connection
    ready: bool = False
    task: Task | None = None


@dataclass
class Watch:
    """Who looks on while files are done: told of a part of a file, of a file that is done or failed, of a word to the user."""

    seen: Callable[[Task, int], None] = lambda task, count: None
    done: Callable[[Task, bool], None] = lambda task, skipped: None
    say: Callable[[str], None] = lambda words: None
    tick: Callable[[], None] = lambda: None


@dataclass
class _Run:
    settings: Settings
    watch: Watch
    waiting: deque[Task]
    workers: list[_Worker] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)
    stillborn: int = 0
    done: list[Done] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_work, args=(theirs, self.settings), daemon=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C reaches the whole group: workers inherit that it is not theirs
        try:
            with _one_thread():
                process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        self.workers.append(_Worker(process, ours))

    def hear(self, worker: _Worker) -> None:
        """What a worker says, its end included."""
        try:
            word, value = worker.pipe.recv()
        except (EOFError, OSError):  # also in the midst of a word
            self.bury(worker)
            return
        if word == "seen":
            self.watch.seen(worker.task, value)
            return
        if word == "stop":
            raise TargetError(value)
        if word == "done":
            self.done.append(value)
            self.watch.done(worker.task, value.skipped)
        elif word == "failed":
            self.failed[worker.task.name] = value
            self.watch.done(worker.task, False)
        worker.ready, worker.task = True, None
        self.give(worker)

    def give(self, worker: _Worker) -> None:
        if self.waiting:
            worker.task = self.waiting.popleft()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it is dead, which is heard next
                worker.pipe.send(worker.task)

    def bury(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self.workers.remove(worker)
        code, task = worker.process.exitcode, worker.task
        how = f"was killed ({signal.Signals(-code).name})" if code is not None and code < 0 else f"died (exit code {code})"
        if not worker.ready:
            self.stillborn += 1
            if self.stillborn == ATTEMPTS:
                raise SisipanError(f"a worker {how} as it started, {ATTEMPTS} times; is memory short? fewer --workers need less")
        if task is None:
            self.watch.say(f"a worker {how} between two files")
        else:
            self.deaths[task.name] = self.deaths.get(task.name, 0) + 1
            if self.deaths[task.name] < ATTEMPTS:
                self.watch.say(f"a worker {how} at {task.name}; it is tried again")
                self.waiting.append(task)
            else:
                self.failed[task.name] = f"{task.name}: its worker {how}, {ATTEMPTS} times; is memory short? fewer --workers need less"
                self.watch.done(task, False)
        if self.waiting:
            self.start()

    def all(self, workers: int) -> None:
        for _ in range(min(workers, len(self.waiting))):
            self.start()
        while self.waiting or any(worker.task for worker in self.workers):
            for ready in connection.wait([worker.pipe for worker in self.workers], timeout=0.5):
                self.hear(next(worker for worker in self.workers if worker.pipe is ready))
            self.watch.tick()

    def end(self) -> None:
        """Stop what still runs."""
        for worker in self.workers:
            if worker.task is None:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
            else:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join(PATIENCE_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()


@contextlib.contextmanager
def stopping_politely() -> Iterator[None]:
    """SIGTERM, which batch systems send before they kill, stops the block as Ctrl-C does."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # which alone may handle signals
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_tasks(out: Path, tasks: tuple[Task, ...], settings: Settings, workers: int, watch: Watch) -> Outcome:
    """Do the files with so many worker processes. Raises TargetError where results cannot be written; what is finished stays."""
    run = _Run(settings, watch, deque(tasks))
    with stopping_politely():
        try:
            remove_stale(out)
            run.all(workers)
        finally:
            run.end()
            remove_stale(out)
    write_manifest(out)
    return Outcome(tuple(sorted(run.done, key=lambda done: done.name)), dict(sorted(run.failed.items())))
