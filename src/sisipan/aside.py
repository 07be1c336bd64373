"""Files written aside: under a name that nothing takes for a result, then renamed.

What a killed run left is removed by the next run over the folder; a run of one file looks for nothing but its own.
A temporary is locked as long as it is written, and the lock ends with the process that holds it, however it ends. So a
temporary without a lock is what a dead run left, on whichever machine that was.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from sisipan.errors import SisipanError

SUFFIX = ".sisipan-part"


def _locked(handle: int) -> bool:
    """Whether this process has the lock now; so it is where the file system knows no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _new(target: Path) -> tuple[Path, int]:
    """A locked temporary beside the target. One may be swept away between its making and its locking; then another is made."""
    while True:
        # 255 bytes are the limit of a name, and a character takes up to four: what tells them apart is chance
        path = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}{SUFFIX}")
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
        if _locked(handle) and path.exists():
            return path, handle
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems have none for folders
    finally:
        os.close(handle)


@contextlib.contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path to write; when the block ends it is flushed to disk and renamed to the target, on any error it is removed.

    A target that is no regular file, such as a pipe or a device, is written straight.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(target.stat().st_mode):
            yield target
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    path, handle = _new(target)
    try:
        yield path
        os.fsync(handle)
        os.replace(path, target)
        _sync_folder(target.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def remove_stale(folder: Path) -> None:
    """Remove every temporary under the folder that nobody is writing, where locks are known. Raises SisipanError where one cannot be opened."""
    for path in folder.rglob(f".*{SUFFIX}"):
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SisipanError(f"{path}: {(error.strerror or str(error)).lower()}; a killed run left it, and it cannot be removed") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except OSError:
            pass  # somebody writes it, or there are no locks here
        finally:
            os.close(handle)


@contextlib.contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """The block, by one process at a time; a process that dies gives the lock back."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
    try:
        with contextlib.suppress(OSError):  # no locks on this file system
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
