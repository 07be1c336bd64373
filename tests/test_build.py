"""A build is all or nothing, and the same bytes everywhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import copy_base

from sisipan import journal
from sisipan.build import build, compose, stale
from sisipan.errors import SisipanError
from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.releases import validate_release

GENERATED = ("README.md", "croissant.json", "data")


def files(root: Path) -> dict[str, bytes]:
    """Every generated file by its path."""
    paths = [p for name in GENERATED for p in ([root / name] if (root / name).is_file() else (root / name).rglob("*"))]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def test_same_bytes_in_another_folder_locale_zone_and_hash_seed(tmp_path: Path) -> None:
    first = copy_base(tmp_path / "a")
    second = copy_base(tmp_path / "sub folder" / "ü")
    build(first)
    environment = {**os.environ, "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Jayapura", "PYTHONHASHSEED": "7", "COLUMNS": "40"}
    subprocess.run([sys.executable, "-m", "sisipan", "build", "--root", str(second)], env=environment, check=True, capture_output=True)
    assert files(first) == files(second)
    assert len(files(first)) == 14  # card, croissant, manifest, eleven tables: nothing is spam in the test split


def test_second_build_changes_nothing(root: Path) -> None:
    assert build(root)[0]
    assert build(root)[0] == []


def test_check_names_exactly_what_is_stale(root: Path) -> None:
    build(root)
    (root / "data/spam/train.parquet").unlink()
    (root / "data/stray.parquet").write_bytes(b"x")
    (root / "croissant.json").write_text("{}")
    assert stale(root, compose(root)[0]) == ["croissant.json", "data/spam/train.parquet", "data/stray.parquet"]
    done = subprocess.run([sys.executable, "-m", "sisipan", "build", "--check", "--root", str(root)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "stale croissant.json\nstale data/spam/train.parquet\nstale data/stray.parquet\n"


def test_sources_with_errors_build_nothing(root: Path) -> None:
    build(root)
    before = files(root)
    gold = root / "annotations/gold/banjir-demak.json"
    gold.write_text(gold.read_text("utf-8").replace('"start": 64', '"start": 63'), "utf-8")
    changed, result = build(root)
    assert (changed, result.clean, files(root)) == ([], False, before)


def changed_source(root: Path) -> None:
    """Another valid state of the base, in which most generated files differ."""
    text = root / "corpus/banjir-demak.txt"
    text.write_text(text.read_text("utf-8").replace("split: train", "split: validation"), "utf-8")
    (root / "corpus/VERSION").write_text("0.2.0\n")


def piecemeal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system on which two folders cannot change places: `data/` is replaced file by file."""
    monkeypatch.setattr(journal, "exchange", lambda one, other: False)


@pytest.mark.parametrize("nth", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_an_error_at_any_rename_leaves_the_old_release(root: Path, monkeypatch: pytest.MonkeyPatch, nth: int, error: BaseException) -> None:
    build(root)
    before = files(root)
    changed_source(root)
    calls = 0
    real = os.replace

    def failing(source: object, target: object) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise error
        real(source, target)

    piecemeal(monkeypatch)
    monkeypatch.setattr(journal.os, "replace", failing)
    with pytest.raises((SisipanError, KeyboardInterrupt)):
        build(root)
    monkeypatch.undo()
    assert files(root) == before
    assert not (root / journal.STAGE).exists()


def test_an_exchange_that_is_interrupted_is_undone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(root)
    before = files(root)
    changed_source(root)
    real = journal.exchange
    done = []

    def interrupted(one: Path, other: Path) -> bool:
        done.append(real(one, other))
        if len(done) == 1:
            raise KeyboardInterrupt
        return done[-1]

    monkeypatch.setattr(journal, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(root)
    assert files(root) == before and not (root / journal.STAGE).exists()


def test_killed_builds_leave_a_whole_release(root: Path) -> None:
    build(root)
    old = files(root)
    changed_source(root)
    new = compose(root)[0]
    for delay in (0.3, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4):
        process = subprocess.Popen([sys.executable, "-m", "sisipan", "build", "--root", str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert all(data in (old.get(path), new.get(path)) for path, data in files(root).items())  # no file is ever half-written
        if journal.pending(root):
            assert not validate_release(root).clean  # whoever reads now is told
        journal.recover(root)
        assert files(root) in (old, new)
    build(root)
    assert files(root) == new


def test_a_kill_between_renames_is_finished_by_the_next_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(root)
    changed_source(root)
    new = compose(root)[0]
    script = (
        "import os, pathlib, sys\n"
        "from sisipan import journal, build\n"
        "journal.exchange = lambda one, other: False\n"
        "real, seen = os.replace, []\n"
        "def dying(a, b):\n"
        "    real(a, b); seen.append(b)\n"
        "    if len(seen) == 8: os.kill(os.getpid(), 9)\n"
        "journal.os.replace = dying\n"
        "build.build(pathlib.Path(sys.argv[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(root)], check=False, capture_output=True).returncode == -signal.SIGKILL
    told = [finding.message for finding in validate_release(root).findings if finding.code == "E603"]
    assert told == ["a build was killed while it replaced files; run `sisipan build`, which finishes it"]
    assert journal.recover(root) is True
    assert files(root) == new


def test_two_builds_at_once(root: Path) -> None:
    with journal.locked(root), pytest.raises(SisipanError, match="another build is at work"):
        build(root)


def test_version_is_checked(root: Path) -> None:
    (root / "corpus/VERSION").write_text("v1\n")
    with pytest.raises(SisipanError, match="'v1' is not a version"):
        build(root)


def test_manifest_says_what_the_files_hold(root: Path) -> None:
    build(root)
    manifest = json.loads((root / "data/manifest.json").read_bytes())
    assert manifest["version"] == "0.1.0"
    rows = {(e["config"], e["split"]): e["rows"] for e in manifest["files"]}
    assert rows["articles", "train"] == 1 and rows["spam", "train"] == 2 and rows["entities", "test"] == 3
    version, articles = read_articles(folder_reader(root), load_schemas())
    assert (version, [a.id for a in articles]) == ("0.1.0", ["banjir-demak", "panen-garam"])
    assert articles[0].text[articles[0].spam[0].start : articles[0].spam[0].end] == "slot wangi"
