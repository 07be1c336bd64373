"""A few of the stops of `make faults`, and what they cannot show: a full disk in the midst of a file, two commands at once."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import run as faults
from scenes import SCENES, git, in_child, schemas_once, strays

from sisipan import journal
from sisipan.build import build
from sisipan.releases import validate_release

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_build import changed_source, files  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def read_once() -> Iterator[None]:
    undo = schemas_once()
    yield
    undo()


def sisipan(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sisipan", *map(str, words)], capture_output=True, text=True, check=False, **more)


@pytest.mark.parametrize("name", list(SCENES))
def test_nothing_is_wrong_after_a_stop(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = faults.run([name], kills=3, others=1, seed=7)
    assert wrong == 0, capsys.readouterr().out


def test_where_folders_cannot_be_exchanged_the_stops_show_it_and_the_next_build_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "exchange", lambda one, other: False)
    one = faults.Faults("build", tmp_path)
    told = [one.stop(at, "kill") for at in range(one.acts - 24, one.acts - 12, 3)]
    assert {wrong for wrongs in told for wrong in wrongs} == {"data/ is neither the old one nor the new one"}  # but never clean, and always finished


@contextlib.contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], capture_output=True, check=False).returncode:
        pytest.skip("no right to mount")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


def test_a_disk_that_is_full_in_the_midst_of_a_file(root: Path, tmp_path: Path) -> None:
    build(root)
    changed_source(root)
    with small_disk(tmp_path / "disk", "1m") as disk:
        subprocess.run(["cp", "-r", root, disk / "c"], check=True)
        before = files(disk / "c")
        with open(disk / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
        os.truncate(disk / "ballast", os.path.getsize(disk / "ballast") - 8 * 4096)
        done = sisipan("build", "--root", disk / "c")
        assert done.returncode == 2 and "cannot be written (no space left on device); the files there are as they were; free some space and run it again" in done.stderr
        assert f"{disk}/c/.sisipan-stage/" in done.stderr and "Traceback" not in done.stderr
        assert files(disk / "c") == before and not strays(disk)
        (disk / "ballast").unlink()
        assert sisipan("build", "--root", disk / "c").returncode == 0


def test_a_limit_on_the_size_of_files_ends_no_file_half_way(root: Path) -> None:
    build(root)
    before = files(root)
    changed_source(root)
    done = sisipan("build", "--root", root, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000)))
    assert done.returncode == 2 and "cannot be written (file too large); the files there are as they were" in done.stderr
    assert files(root) == before and not strays(root)


def test_two_builds_at_once_say_who_is_at_work(root: Path) -> None:
    with journal.locked(root):
        done = sisipan("build", "--root", root)
    assert done.returncode == 2 and "another build is at work here (" in done.stderr and "wait for it to end" in done.stderr
    if Path("/proc/locks").exists():
        assert f"process {os.getpid()}: " in done.stderr


def test_builds_that_race_leave_one_whole_release(root: Path) -> None:
    build(root)
    changed_source(root)
    racing = [subprocess.Popen([sys.executable, "-m", "sisipan", "build", "--root", root], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate()[1] for one in racing]
    assert 0 in [one.returncode for one in racing] and all(one.returncode == 0 or "another build is at work" in words for one, words in zip(racing, said))
    assert validate_release(root).clean and not strays(root)


def test_data_is_never_a_mixture_for_who_looks_all_the_time(root: Path) -> None:
    build(root)
    old = {path: data for path, data in files(root).items() if path.startswith("data/")}
    changed_source(root)
    process = subprocess.Popen([sys.executable, "-m", "sisipan", "build", "--root", root], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = []
    while process.poll() is None:
        handle = os.open(root / "data", os.O_RDONLY)  # holds one state of the folder, as `cd data` does
        with contextlib.suppress(FileNotFoundError):
            seen.append({f"data/{path}": open(os.open(path, os.O_RDONLY, dir_fd=handle), "rb").read() for path in ("manifest.json", "claims/train.parquet", "articles/test.parquet")})
        os.close(handle)
    new = {path: data for path, data in files(root).items() if path.startswith("data/")}
    assert new != old and seen
    assert all(any(found == {path: side.get(path) for path in found} for side in (old, new)) for found in seen)


def test_a_release_that_was_committed_but_not_tagged_is_tagged_by_the_next_run(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    in_child(lambda: SCENES["release"].prepare(folder))
    in_child(lambda: SCENES["release"].run(folder), tmp_path / "said")
    git(folder / "c", "tag", "-d", "v0.1.0")
    assert in_child(lambda: SCENES["release"].run(folder), tmp_path / "said")[0] == 0
    assert "0.1.0 is committed already; tagged v0.1.0" in (tmp_path / "said").read_text()
    assert git(folder / "c", "tag", "--list", "v0.1.0") == "v0.1.0\n"


def test_a_killed_rehydration_is_not_taken_for_somebody_elses_folder(tmp_path: Path) -> None:
    one = faults.Faults("rehydrate", tmp_path)
    assert one.stop(one.acts // 2, "kill") == []


def test_a_folder_that_may_not_be_written_is_named(root: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = sisipan("import", __file__, disk / "out", "--from", "brat", "--root", root)
        assert done.returncode == 2 and "Traceback" not in done.stderr
        done = sisipan("validate", "--output", disk / "report.json", "--root", root)
        assert done.returncode == 2 and f"{disk}/report.json: cannot be written (read-only file system); the file is as it was; work on a copy in a place that may be written" in done.stderr


def test_ctrl_c_says_so_and_ends_with_130(root: Path) -> None:
    build(root)
    before = files(root)
    changed_source(root)
    process = subprocess.Popen([sys.executable, "-m", "sisipan", "build", "--root", root], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "building …\n"
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert (process.returncode, said.lstrip()) == (130, "sisipan: stopped; nothing is half-written\n")
    assert files(root) == before and not strays(root)
