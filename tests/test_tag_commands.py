"""`sisipan tag` and `sisipan clean` as a person meets them: streams, folders, and whatever may stop them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pages import alive, children, command_of, finished, ids_of, parts, read_rows, rows, stamps, texts, wait_for, write_crawl

from sisipan.aside import remove_stale
from sisipan.cli import main, running
from sisipan.errors import SisipanError
from sisipan.runner import Settings
from sisipan.tag.tagger import Tagger

SPAM = next(text for text in texts() if Tagger().tag(text))
FILES, EACH = 16, 80
FULL = Path("/dev/full")


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "sisipan", *map(str, words)]


def run(*words: object, data: bytes = b"", **more: object) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(command(*words), input=data, capture_output=True, check=False, **more)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


@contextlib.contextmanager
def started(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, of which nothing is left afterwards."""
    process = subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Enough files that a run is in their midst when the first is done."""
    folder = tmp_path_factory.mktemp("crawl") / "in"
    return folder, write_crawl(folder, FILES, EACH)


def line_of(text: str | None, **more: object) -> bytes:
    return json.dumps({**more, "text": text}).encode() + b"\n"


def test_from_stream_to_stream() -> None:
    done = run("tag", "-", "-", data=line_of(SPAM, id="a") + line_of(None, id="b"))
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0 and first["spans"] and second == {"id": "b", "text": None, "spans": None, "error": "text is null"}
    assert re.search(rb"pages +2\n  with spam +1  50\.00%\n", done.stderr) and b"standard input:2 ('b'): text is null" in done.stderr
    done = run("clean", "-", "-", "--text-column", "body", "--threshold", "0.1", data=json.dumps({"body": SPAM}).encode())
    row = json.loads(done.stdout)
    assert row["body"] != SPAM and sum(len(region["text"]) for region in row["removed"]) == len(SPAM) - len(row["body"])
    done = run("clean", "-", "-", "--format", "text", data=SPAM.encode())
    assert len(done.stdout.decode()) < len(SPAM)
    table = pa.table({"text": [SPAM, None]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    done = run("tag", "-", "-", "--format", "parquet", data=sink.getvalue().to_pybytes())
    assert pq.read_table(pa.py_buffer(done.stdout)).column("error").to_pylist() == [None, "text is null"]


def test_from_file_to_file_and_the_report_as_json(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(line_of(SPAM) + line_of("Hujan turun.") + b"{\n")
    done = run("clean", "in.jsonl", "new/out.jsonl.gz", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    characters = len(SPAM) + len("Hujan turun.")
    assert {name: found[name] for name in ("pages", "pages_with_spam", "characters", "bad_rows")} == {"pages": 3, "pages_with_spam": 1, "characters": characters, "bad_rows": 1}
    removed = [region for row in read_rows(tmp_path / "new/out.jsonl.gz") for region in row["removed"] or []]
    assert found["spam_characters"] == sum(len(region["text"]) for region in removed) > 0 and found["spam_characters_share"] == found["spam_characters"] / characters
    assert {name: label["regions"] for name, label in found["labels"].items()} == {name: [region["label"] for region in removed].count(name) for name in {region["label"] for region in removed}}
    assert os.listdir(tmp_path / "new") == ["out.jsonl.gz"]
    done = run("clean", "in.jsonl", "-", "--json", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 3 and json.loads(done.stderr[done.stderr.index(b"{") :])["pages"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.jsonl", "out"), "nowhere.jsonl: no such file or folder"),
        (("in.jsonl", "in.jsonl"), "in.jsonl: is the input itself; name another file for the result"),
        (("in.jsonl", "out.parquet"), "out.parquet: the result is jsonl, as the input asks; name it so"),
        (("in.jsonl", "folder"), "folder: is a folder, but in.jsonl is no folder; name a file for the result"),
        (("in.csv", "out"), "in.csv: neither .parquet nor .jsonl, .ndjson, .json.gz or .txt; say with --format what it is"),
        (("in.jsonl", "out", "--workers", "2"), "--workers is for a folder; one file is done by one process"),
        (("folder", "-"), "folder: is a folder; OUT is then one too, and its files are told by their names"),
        (("folder", "in.jsonl"), "in.jsonl: is a file, but folder is a folder; name a folder for the results"),
        (("folder", "folder/out"), "folder/out: lies in folder, or the other way round; name a folder apart for the results"),
        (("in.jsonl", "in.csv/out.jsonl"), "in.csv/out.jsonl: not a directory; nothing is half-written, and what is finished is not done again"),
        (("in.parquet", "out.parquet"), "in.parquet: Parquet file size is 0 bytes"),
    ],
)
def test_slips_are_one_line(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.txt").write_text("x")
    (tmp_path / "in.jsonl").write_bytes(line_of("x"))
    for name in ("in.csv", "in.parquet"):
        (tmp_path / name).touch()
    before = sorted(tmp_path.rglob("*"))
    done = run("tag", *words, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.decode().startswith(f"sisipan: error: {message}") and done.stderr.count(b"\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_side_file_is_never_the_input_nor_beside_a_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "q.removed.jsonl"
    source.write_text(SPAM)
    with pytest.raises(SisipanError, match=r"q\.removed\.jsonl: is the input itself"):
        running.run_pages(str(source), str(tmp_path / "q"), Settings("clean"), None, "text")
    assert source.read_text() == SPAM and os.listdir(tmp_path) == [source.name]
    assert running.run_pages(str(source), "/dev/null", Settings("clean"), None, "text")[0].rows == 1
    assert "/dev/null: is no regular file, so what is taken out is not written beside it" in capsys.readouterr().err and not Path("/dev/null.removed.jsonl").exists()


def test_parquet_through_a_pipe_with_a_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "in.parquet")
    os.mkfifo(tmp_path / "pipe.parquet")
    thread = threading.Thread(target=lambda: (tmp_path / "pipe.parquet").write_bytes((tmp_path / "in.parquet").read_bytes()))
    thread.start()
    counts, _ = running.run_pages(str(tmp_path / "pipe.parquet"), str(tmp_path / "out.parquet"), Settings("tag"), None, None)
    thread.join()
    assert counts.rows == 1 and read_rows(tmp_path / "out.parquet")[0]["spans"] == []


def test_a_folder_file_by_file(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    ids = write_crawl(source, 3, 4)
    (source / "deep").mkdir()
    (source / "deep/a.txt").write_text(SPAM)
    (source / "notes.doc").write_text("x")
    (source / "broken.parquet").write_bytes(b"PAR1 and no more")
    done = run("tag", source, out, "--workers", "2")
    assert done.returncode == 1 and b"left alone, no file of Parquet, JSON lines or text: notes.doc\n" in done.stderr
    assert b"sisipan: 4 of 5 files done\nsisipan: failed: broken.parquet: " in done.stderr
    assert ids_of(out) == {**dict.fromkeys(ids, 1), "deep/a.txt": 1}
    (source / "broken.parquet").unlink()
    (source / "f000.parquet").unlink()
    before = stamps(out)
    (source / "f001.jsonl.gz").rename(source / "f009.jsonl.gz")
    done = run("tag", source, out)
    assert done.returncode == 0 and b"3 of 3 files done, 2 of them before\n" in done.stderr
    assert {name: stamp for name, stamp in stamps(out).items() if name in before} == before


def test_plain_lines_tell_rate_and_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write_crawl(tmp_path / "in", 3, 40)
    monkeypatch.setattr(running, "LINE_EVERY_S", 0)
    monkeypatch.setattr(sys, "argv", ["sisipan", "tag", str(tmp_path / "in"), str(tmp_path / "out"), "--workers", "1"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err
    assert re.search(r"sisipan: tag: [12] of 3 files, \d+\.\d of \d+\.\d MB, \d+\.\d\d MB/s, \d min \d+ s left\n", said), said


def test_a_killed_worker_does_not_end_the_run(crawl: tuple[Path, set[str]], tmp_path: Path) -> None:
    source, ids = crawl
    with started("tag", source, tmp_path / "out", "--workers", 2) as process:
        wait_for(lambda: parts(tmp_path / "out") and finished(tmp_path / "out"))
        worker = next(pid for pid in children(process.pid) if "spawn_main" in command_of(pid))
        os.kill(worker, signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0 and b"a worker was killed (SIGKILL)" in said and b"Traceback" not in said, said.decode()
    assert ids_of(tmp_path / "out") == dict.fromkeys(ids, 1) and not parts(tmp_path / "out")


def test_a_file_that_kills_its_workers_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / f"in/{name}.jsonl").write_bytes(line_of(SPAM, id=name))
    (tmp_path / "in/slow.jsonl").write_bytes(b"".join(line_of(row["text"]) for row in rows(1500, "x")))
    out, seen = tmp_path / "out", set()
    with started("tag", tmp_path / "in", out, "--workers", 2) as process:
        wait_for(lambda: len(finished(out)) == 2)
        for _ in range(3):
            seen |= wait_for(lambda: {path.name for path in parts(out) if "slow" in path.name} - seen)
            for pid in [pid for pid in children(process.pid) if "spawn_main" in command_of(pid)]:
                os.kill(pid, signal.SIGKILL)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and b"failed: slow.jsonl: its worker was killed (SIGKILL), 3 times; is memory short?" in said, said.decode()
    assert said.count(b"at slow.jsonl; it is tried again") == 2
    assert ids_of(out) == {"a": 1, "b": 1} and not parts(out)


def test_a_killed_job_is_resumed(crawl: tuple[Path, set[str]], tmp_path: Path) -> None:
    source, ids = crawl
    out = tmp_path / "out"
    with started("clean", source, out, "--workers", 2) as process:
        wait_for(lambda: parts(out) and list(out.glob(".sisipan/*.json")))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    before = {path.name.removesuffix(".json") for path in out.glob(".sisipan/f*.json")}
    stamped = stamps(out)
    assert before and len(before) < FILES
    done = run("clean", source, out, "--workers", "2")
    assert done.returncode == 0 and f"{FILES} of {FILES} files done, {len(before)} of them before".encode() in done.stderr
    assert {name: stamp for name, stamp in stamps(out).items() if name in before} == {name: stamp for name, stamp in stamped.items() if name in before}
    assert ids_of(out) == dict.fromkeys(ids, 1) and not parts(out)


def test_workers_of_a_killed_run_stop_too(crawl: tuple[Path, set[str]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started("tag", crawl[0], out, "--workers", 2) as process:
        wait_for(lambda: parts(out) and finished(out))
        workers = [pid for pid in children(process.pid) if "spawn_main" in command_of(pid)]
        os.kill(process.pid, signal.SIGKILL)
        wait_for(lambda: not any(map(alive, workers)), 20)
    assert len(workers) == 2 and 0 < len(finished(out)) < FILES
    assert wait_for(lambda: remove_stale(out) or not parts(out), 10)


@pytest.mark.parametrize("way", ["Ctrl-C", "SIGTERM", "SIGINT of the run alone"])
def test_a_stop_leaves_no_half_file(crawl: tuple[Path, set[str]], tmp_path: Path, way: str) -> None:
    with started("tag", crawl[0], tmp_path / "out", "--workers", 2) as process:
        wait_for(lambda: parts(tmp_path / "out") and finished(tmp_path / "out"))
        workers = list(children(process.pid))
        if way == "Ctrl-C":  # a terminal sends it to the whole group
            os.killpg(process.pid, signal.SIGINT)
        else:
            os.kill(process.pid, signal.SIGTERM if way == "SIGTERM" else signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said.splitlines()[-1]) == (130, b"sisipan: stopped; nothing is half-written") and b"Traceback" not in said, said.decode()
    assert not parts(tmp_path / "out") and wait_for(lambda: not any(map(alive, workers)), 10)
    names = {path.name for path in finished(tmp_path / "out")}
    assert 0 < len(names) < FILES
    for path in finished(tmp_path / "out"):
        assert len(read_rows(path)) == EACH


def test_a_stop_of_one_file_leaves_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.jsonl")
    with started("tag", tmp_path / "in.jsonl", tmp_path / "out.jsonl") as process, open(tmp_path / "in.jsonl", "wb") as pipe:
        pipe.write(line_of(SPAM) * 600)
        pipe.flush()
        wait_for(lambda: parts(tmp_path))
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130 and os.listdir(tmp_path) == ["in.jsonl"]


def check_full(done: subprocess.CompletedProcess[bytes], out: Path, why: str) -> None:
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 2 and re.fullmatch(rf"sisipan: error: {re.escape(str(out))}\S*: {why}; nothing is half-written, and what is finished is not done again", lines[-1]), lines
    assert len(lines) == 1 and not parts(out)
    for path in finished(out):
        assert read_rows(path)


def test_a_full_disk_stops_the_run_and_the_next_goes_on(crawl: tuple[Path, set[str]], tmp_path: Path) -> None:
    source, ids = crawl
    out = tmp_path / "disk"
    out.mkdir()
    size = sum(path.stat().st_size for path in source.iterdir()) // 3
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", out], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        check_full(run("tag", source, out, "--workers", "2"), out, "no space left on device")
        before = stamps(out)
        assert 0 < len(before) < FILES
        subprocess.run(["mount", "-o", "remount,size=1g", out], check=True)
        assert run("tag", source, out, "--workers", "2").returncode == 0
        assert ids_of(out) == dict.fromkeys(ids, 1) and len(before.items() & stamps(out).items()) >= len(before) - 2
    finally:
        subprocess.run(["umount", "-l", out], check=True)


def test_a_file_that_may_not_grow_is_like_a_full_disk(crawl: tuple[Path, set[str]], tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    check_full(run("tag", crawl[0], tmp_path / "out", "--workers", "2", preexec_fn=limited), tmp_path / "out", "file too large")
    assert not finished(tmp_path / "out")
    done = run("tag", "-", FULL, data=line_of(SPAM))
    assert done.returncode == 2 and done.stderr.startswith(b"sisipan: error: /dev/full: no space left on device;")


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"".join(line_of(row["text"]) for row in rows(300, "x")))
    done = subprocess.run(f"{sys.executable} -m sisipan tag {tmp_path}/in.jsonl - | head -c 10", shell=True, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr and len(done.stdout) == 10
