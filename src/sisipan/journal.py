"""Replace several files as one act: all of them or none.

New files are written into a folder beside the old ones, then a journal is written, then files are renamed into place; the
folder `data/` is prepared whole and changes places with the old one in a single act, where system and file system can
(Linux: renameat2), so that nobody ever sees tables of two releases in it. A kill before the journal changes nothing;
after it, the next command that calls `recover` finishes what was begun. An error or Ctrl-C in between is undone at once. A
lock keeps two writers apart.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sisipan.aside import cannot_write, sync_folder
from sisipan.errors import SisipanError

STAGE = ".sisipan-stage"
WHOLE = "data"  # the folder that is exchanged as one
FORWARD, BACK = "journal.json", "undo.json"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE


@dataclass(frozen=True)
class _Plan:
    """What is written (path and SHA-256) and removed, what of it was there before, and whether `WHOLE` is exchanged as one."""

    paths: Mapping[str, str]
    gone: Sequence[str]
    had: Sequence[str]
    whole: bool

    def apart(self, paths: Iterable[str]) -> list[str]:
        """Those of the paths that are not part of the exchange."""
        return [path for path in paths if not (self.whole and path.startswith(f"{WHOLE}/"))]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as out:  # never into a file that the old release shares
        try:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None


def _holder(handle: int) -> str:
    """Which process has the lock of an open folder, as far as the system tells."""
    try:
        number = os.fstat(handle).st_ino
        locks = Path("/proc/locks").read_text("ascii")
        process = re.search(rf"FLOCK +\w+ +WRITE +(\d+) +\S+:{number} ", locks).group(1)
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return f"process {process}: {' '.join(words).strip()[:80]}"
    except (OSError, AttributeError):
        return "the system does not tell which"


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the right to write below `root`. Raises SisipanError where another command holds it."""
    try:
        handle = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise SisipanError(f"{root}: cannot be opened ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = _holder(handle)
        os.close(handle)
        raise SisipanError(f"{root}: another build is at work here ({who}); wait for it to end") from None
    except OSError:
        pass  # no locks on this file system
    try:
        yield
    finally:
        os.close(handle)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places as one act. False where the system or the file system cannot; then nothing has changed."""
    call = getattr(ctypes.CDLL(None), "renameat2", None)
    return call is not None and call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _exchanged(root: Path, plan: _Plan) -> bool:
    """Whether `WHOLE` is the new one: every file of it that differs has its new bytes."""
    inside = [path for path in plan.paths if path not in plan.apart(plan.paths)]
    removed = [path for path in plan.gone if path not in plan.apart(plan.gone)]
    try:
        new = all(hashlib.sha256((root / path).read_bytes()).hexdigest() == plan.paths[path] for path in inside)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return new and not any((root / path).exists() for path in removed)


def _touches(plan: _Plan) -> bool:
    return plan.whole and any(path.startswith(f"{WHOLE}/") for path in (*plan.paths, *plan.gone))


def _forget(stage: Path) -> None:
    """Remove the stage, its journal first: what is left without one means nothing."""
    for name in (FORWARD, BACK):
        (stage / name).unlink(missing_ok=True)
    shutil.rmtree(stage, ignore_errors=True)


def _apply(root: Path, stage: Path, plan: _Plan) -> None:
    """Move the staged files into place, `WHOLE` last. Every step may be repeated."""
    for path in plan.apart(plan.paths):
        if (stage / "new" / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(stage / "new" / path, root / path)
    for path in plan.apart(plan.gone):
        (root / path).unlink(missing_ok=True)
    if _touches(plan) and not _exchanged(root, plan):
        if not (root / WHOLE).exists():
            os.rename(stage / "new" / WHOLE, root / WHOLE)
        elif not exchange(stage / "new" / WHOLE, root / WHOLE):
            piecemeal = _Plan(plan.paths, plan.gone, plan.had, False)
            _journal(stage, piecemeal)
            _apply(root, stage, piecemeal)
    for folder in {root / Path(path).parent for path in plan.paths}:
        sync_folder(folder)


def _undo(root: Path, stage: Path, plan: _Plan) -> None:
    """Move the old files back. Every step may be repeated."""
    if _touches(plan) and _exchanged(root, plan):
        if any(path.startswith(f"{WHOLE}/") for path in plan.had):
            exchange(stage / "new" / WHOLE, root / WHOLE)
        else:
            os.rename(root / WHOLE, stage / "new" / WHOLE)
    for path in plan.apart([*plan.paths, *plan.gone]):
        if path not in plan.had:
            (root / path).unlink(missing_ok=True)
        elif (stage / "old" / path).exists():
            os.replace(stage / "old" / path, root / path)


def _journal(stage: Path, plan: _Plan) -> None:
    (stage / "journal.tmp").unlink(missing_ok=True)
    _write(stage / "journal.tmp", json.dumps(asdict(plan)).encode())
    os.replace(stage / "journal.tmp", stage / FORWARD)
    sync_folder(stage)


def _stage(root: Path, stage: Path, files: Mapping[str, bytes], gone: Sequence[str]) -> _Plan:
    """Write the new files aside, keep the old ones, and prepare `WHOLE` as it will be."""
    stage.mkdir()
    _write(stage / ".gitignore", b"*\n")  # what is left of a killed run is nobody's to commit
    paths = [*sorted(files), *sorted(gone)]
    for path in paths:
        if not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
            raise SisipanError(f"{root / path}: leads out of {root} by a link; put a real folder there")
    folder = root / WHOLE
    whole = not folder.is_symlink() and (folder.is_dir() or not folder.exists())
    if whole and folder.is_dir() and any(path.startswith(f"{WHOLE}/") for path in paths):

        def changed(at: str, names: list[str]) -> list[str]:
            return [name for name in names if os.path.relpath(os.path.join(at, name), root) in {*files, *gone}]

        shutil.copytree(folder, stage / "new" / WHOLE, symlinks=True, ignore=changed, copy_function=_link)
    for path in sorted(files):
        _write(stage / "new" / path, files[path])
    had = [path for path in paths if (root / path).exists()]
    for path in had:
        (stage / "old" / path).parent.mkdir(parents=True, exist_ok=True)
        _link(str(root / path), str(stage / "old" / path))
    for at, _, _ in os.walk(stage):
        sync_folder(Path(at))
    return _Plan({path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}, sorted(gone), had, whole)


def pending(root: Path) -> bool:
    """Whether a command was killed below `root` while it replaced files, so that old and new ones may lie side by side."""
    return any((root / STAGE / name).exists() for name in (FORWARD, BACK))


def _planned(root: Path, stage: Path, name: str) -> _Plan | None:
    """The plan of a journal, None where there is none. It may come with a corpus of somebody else: only what `replace_all` would have written is taken."""
    try:
        read = json.loads((stage / name).read_bytes())
    except (OSError, ValueError):
        return None
    try:
        plan = _Plan(**read)
        names = [*plan.paths, *plan.paths.values(), *plan.gone, *plan.had]
        sound = isinstance(plan.paths, dict) and isinstance(plan.gone, list) and isinstance(plan.had, list) and all(isinstance(one, str) for one in names)
    except (TypeError, AttributeError):
        sound = False
    if not sound or not all(Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)) for path in [*plan.paths, *plan.gone, *plan.had]):
        raise SisipanError(f"{stage}: is not what a build left behind, or leads out of {root}; look at it, then remove it")
    return plan


def recover(root: Path) -> bool:
    """Finish what a killed command had begun below `root`, or forget what it had only prepared. True if it finished.

    Call it inside `locked`. Raises SisipanError, and does nothing, where the journal is not one or leads out of `root`.
    """
    stage = root / STAGE
    if stage.is_symlink():
        raise SisipanError(f"{stage}: is a link, which no build leaves behind; look at it, then remove it")
    if not stage.exists():
        return False
    for name, act in ((BACK, _undo), (FORWARD, _apply)):
        plan = _planned(root, stage, name)
        if plan is None:
            continue
        try:
            act(root, stage, plan)
            _forget(stage)
        except OSError as error:
            raise cannot_write(root, error, "a build that was killed here waits to be finished") from None
        return True
    _forget(stage)
    return False


def replace_all(root: Path, files: Mapping[str, bytes], gone: Sequence[str]) -> None:
    """Write `files` (by path below `root`) and remove `gone`, as one act. Call it inside `locked`.

    Raises SisipanError where the disk is full or the folder may not be written; the old files are then all there.
    """
    stage = root / STAGE
    plan = None
    try:
        recover(root)
        plan = _stage(root, stage, files, gone)
        _journal(stage, plan)
        _apply(root, stage, plan)
        _forget(stage)
    except BaseException as error:
        try:
            if plan is not None and (stage / FORWARD).exists():
                os.replace(stage / FORWARD, stage / BACK)
                _undo(root, stage, _Plan(**json.loads((stage / BACK).read_bytes())))
            _forget(stage)
        except OSError as worse:
            raise cannot_write(root, worse, "old and new files may lie side by side until `sisipan build` can write and finishes it") from None
        if isinstance(error, OSError):
            raise cannot_write(root, error, "the files there are as they were") from None
        raise
