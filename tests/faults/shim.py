"""Stops a process at its k-th act on files below a folder: by a kill, by an error of the file system, by Ctrl-C.

Acts are seen by an audit hook: a file opened for writing, a rename, an unlink, a folder made or removed, a link, a chmod, a
program started. What has no audit event (`fsync`, the exchange of two folders) is wrapped. The stop comes before the act.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sisipan import journal

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_PATHS = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.link": 2, "os.chmod": 1, "os.truncate": 1}
ACTS = ("kill", "interrupt", "ENOSPC", "EROFS")


def _below(path: Any, folder: str) -> bool:
    if isinstance(path, int) or path is None:
        return False
    return os.path.abspath(os.fsdecode(path)).startswith(folder)


def install(folder: Path, stop_at: int | None, act: str) -> Callable[[], int]:
    """Watch this process from now on. Gives what tells the number of acts so far.

    An error of the file system meets every later act of its kind too: a full disk stays full, and only what needs space fails.
    """
    below, count, busy = os.path.abspath(folder), 0, False

    def happen(event: str, path: Any, needs_space: bool) -> None:
        nonlocal count, busy
        if busy:
            return
        count += 1
        if stop_at is None or count < stop_at:
            return
        if act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif act == "interrupt":
            if count == stop_at:
                raise KeyboardInterrupt
        elif act == "EROFS" or needs_space:
            raise OSError(getattr(errno, act), os.strerror(getattr(errno, act)), None if path is None else os.fsdecode(path))

    def hook(event: str, args: tuple) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & _WRITES and _below(path, below):
                happen(event, path, True)
        elif event in _PATHS:
            paths = args[: _PATHS[event]]
            if any(_below(path, below) for path in paths):
                happen(event, paths[-1], event in ("os.mkdir", "os.link"))
        elif event == "subprocess.Popen" and act in ("kill", "interrupt"):
            happen(event, None, False)

    real_sync, real_exchange = os.fsync, journal.exchange

    def sync(handle: int) -> None:
        happen("fsync", None, act == "ENOSPC" and not os.path.isdir(f"/proc/self/fd/{handle}"))
        real_sync(handle)

    def exchange(one: Path, other: Path) -> bool:
        happen("exchange", other, False)
        return real_exchange(one, other)

    os.fsync, journal.exchange = sync, exchange
    sys.addaudithook(hook)
    return lambda: count
