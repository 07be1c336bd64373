"""Replace several files as one act: all of them or none.

New files are written into a folder beside the old ones, then a journal is written, then files are renamed into place.
A kill before the journal changes nothing; after it, the next command that calls `recover` finishes the renames. An
error or Ctrl-C in between is undone at once. A lock keeps two writers apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sisipan.errors import SisipanError

STAGE = ".sisipan-stage"


def _sync_write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the right to write below `root`. Raises SisipanError where another command holds it."""
    try:
        handle = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise SisipanError(f"{root}: cannot be opened ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise SisipanError(f"{root}: another build is at work here; wait for it to end") from None
    try:
        yield
    finally:
        os.close(handle)


def _apply(root: Path, stage: Path, paths: list[str], gone: list[str]) -> None:
    """Move the staged files into place. Every step may be repeated."""
    for path in paths:
        if (stage / "new" / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(stage / "new" / path, root / path)
    for path in gone:
        (root / path).unlink(missing_ok=True)
    shutil.rmtree(stage)


def _undo(root: Path, stage: Path, paths: list[str], gone: list[str]) -> None:
    for path in [*paths, *gone]:
        if (stage / "old" / path).exists():
            os.replace(stage / "old" / path, root / path)
        elif not (stage / "new" / path).exists():
            (root / path).unlink(missing_ok=True)
    shutil.rmtree(stage, ignore_errors=True)


def pending(root: Path) -> bool:
    """Whether a command was killed below `root` while it replaced files, so that old and new ones may lie side by side."""
    return (root / STAGE / "journal.json").exists()


def _check_inside(root: Path, stage: Path, journal: Any) -> None:
    """A journal may come with a corpus of somebody else: only what `replace_all` would have written is done."""
    lists = [journal.get(key) for key in ("paths", "gone")] if isinstance(journal, dict) else [None]
    names = [name for one in lists for name in (one if isinstance(one, list) else [None])]
    if not all(isinstance(name, str) and Path(os.path.realpath(root / name)).is_relative_to(os.path.realpath(root)) for name in names):
        raise SisipanError(f"{stage}: is not what a build left behind, or leads out of {root}; look at it, then remove it")


def recover(root: Path) -> bool:
    """Finish what a killed command had begun below `root`, or forget what it had only prepared. True if it finished.

    Raises SisipanError, and does nothing, where the journal leads out of `root`.
    """
    stage = root / STAGE
    if stage.is_symlink():
        raise SisipanError(f"{stage}: is a link, which no build leaves behind; look at it, then remove it")
    if not stage.exists():
        return False
    try:
        journal = json.loads((stage / "journal.json").read_bytes())
    except (OSError, ValueError):
        shutil.rmtree(stage, ignore_errors=True)
        return False
    _check_inside(root, stage, journal)
    _apply(root, stage, journal["paths"], journal["gone"])
    return True


def replace_all(root: Path, files: Mapping[str, bytes], gone: list[str]) -> None:
    """Write `files` (by path below `root`) and remove `gone`, as one act. Call it inside `locked`.

    Raises SisipanError where the disk is full or the folder may not be written; the old files are then all there.
    """
    stage = root / STAGE
    recover(root)
    paths = sorted(files)
    begun = False
    try:
        for path in [*paths, *gone]:
            if not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
                raise SisipanError(f"{root / path}: leads out of {root} by a link; put a real folder there")
            if path in files:
                _sync_write(stage / "new" / path, files[path])
            if (root / path).exists():
                (stage / "old" / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / path, stage / "old" / path)
        _sync_write(stage / "journal.tmp", json.dumps({"paths": paths, "gone": sorted(gone)}).encode())
        os.replace(stage / "journal.tmp", stage / "journal.json")
        begun = True
        _apply(root, stage, paths, sorted(gone))
    except BaseException as error:
        if begun and stage.exists():
            (stage / "journal.json").unlink(missing_ok=True)
            _undo(root, stage, paths, sorted(gone))
        else:
            shutil.rmtree(stage, ignore_errors=True)
        if isinstance(error, OSError):
            raise SisipanError(f"{root}: cannot be written ({error.strerror or error}); the files there are as they were") from None
        raise
