"""Files written aside: under a name that nothing takes for a result, then renamed.

What a killed run left is removed by the next run over the folder; a run of one file looks for nothing but its own.
A temporary is locked as long as it is written, and the lock ends with the process that holds it, however it ends. So a
temporary without a lock is what a dead run left, on whichever machine that was.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sisipan.errors import SisipanError

SUFFIX = ".sisipan-part"
_WAYS_OUT = {
    errno.ENOSPC: "free some space and run it again",
    errno.EDQUOT: "free some of your quota and run it again",
    errno.EFBIG: "raise the limit on the size of a file and run it again",
    errno.EROFS: "work on a copy in a place that may be written",
    errno.EACCES: "make it writable for you, or work on a copy",
    errno.EPERM: "make it writable for you, or work on a copy",
}



def cannot_write(path: object, error: OSError, state: str) -> SisipanError:
    """The error of a place that cannot be written: file, reason, what became of the rest, way out."""
    reason, way_out = (error.strerror or str(error)).lower(), _WAYS_OUT.get(error.errno, "mend that and run it again")
    return SisipanError(f"{error.filename or path}: cannot be written ({reason}); {state}; {way_out}")


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


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk."""
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
        sync_folder(target.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _remove_dead(path: Path) -> None:
    """Remove a temporary, file or folder, that nobody is writing, where locks are known."""
    try:
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SisipanError(f"{path}: {(error.strerror or str(error)).lower()}; a killed run left it, and it cannot be removed") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        pass  # somebody writes it, or there are no locks here
    finally:
        os.close(handle)


def remove_stale(folder: Path) -> None:
    """Remove every temporary under the folder that nobody is writing, where locks are known. Raises SisipanError where one cannot be opened."""
    for path in list(folder.rglob(f".*{SUFFIX}")):
        _remove_dead(path)


def remove_stale_of(target: Path) -> None:
    """Remove what killed runs left of one target. Raises SisipanError where it cannot be opened."""
    for path in list(target.parent.glob(f".{glob.escape(target.name[:40])}.*{SUFFIX}")):
        _remove_dead(path)


@contextlib.contextmanager
def folder_aside(out: Path) -> Iterator[Path]:
    """A folder to fill; when the block ends it is flushed to disk and renamed to `out`, on any error it is removed.

    `out` is not there or an empty folder. What killed runs left of it is removed first.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    remove_stale_of(out)
    path = out.with_name(f".{out.name[:40]}.{secrets.token_hex(8)}{SUFFIX}")
    path.mkdir()
    handle = os.open(path, os.O_RDONLY)
    try:
        _locked(handle)
        yield path
        for at, _, names in os.walk(path):
            for name in names:
                with open(os.path.join(at, name), "rb") as file:
                    os.fsync(file.fileno())
            sync_folder(Path(at))
        with contextlib.suppress(FileNotFoundError):
            out.rmdir()
        os.rename(path, out)
        sync_folder(out.parent)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
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
