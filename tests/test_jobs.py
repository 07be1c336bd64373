"""A folder of files through the tagger: what is planned, what workers make of it, what the manifest and the report say."""

from __future__ import annotations

import json
import os
from collections import deque
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datasets
import pytest
from pages import finished, write_crawl

from sisipan.counts import Counts, Label, counts_from, plain, report
from sisipan.errors import SisipanError
from sisipan.jobs import Watch, _Run, _Worker, all_recorded, plan, run_tasks, write_manifest
from sisipan.runner import Settings, TargetError

TAG, CLEAN = Settings("tag"), Settings("clean")


def test_a_plan_takes_what_it_knows_and_names_the_rest(tmp_path: Path) -> None:
    names = ["a.parquet", "b/c.JSONL", "b/d.json.gz", "e.ndjson.zst", "f.txt", "g.json", "h.csv", ".hidden.jsonl", ".git/i.jsonl"]
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"x")
    (tmp_path / "in/lost.txt").symlink_to("nowhere")
    os.mkfifo(tmp_path / "in/pipe.txt")
    planned = plan(tmp_path / "in", tmp_path / "out", TAG)
    assert [(task.name, task.kind, task.target.name) for task in planned.tasks] == [
        ("a.parquet", "parquet", "a.parquet"), ("b/c.JSONL", "jsonl", "c.JSONL"), ("b/d.json.gz", "jsonl", "d.json.gz"), ("e.ndjson.zst", "jsonl", "e.ndjson.zst"),
        ("f.txt", "text", "f.txt.jsonl"), ("lost.txt", "text", "lost.txt.jsonl"),
    ]  # fmt: skip
    assert planned.left == ("g.json", "h.csv", "pipe.txt")
    for out in (tmp_path / "in", tmp_path / "in/out", tmp_path):
        with pytest.raises(SisipanError, match="folder apart"):
            plan(tmp_path / "in", out, TAG)
    (tmp_path / "in/f.txt.jsonl").write_bytes(b"x")
    with pytest.raises(SisipanError, match=r"f\.txt and f\.txt\.jsonl would both become"):
        plan(tmp_path / "in", tmp_path / "out", TAG)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SisipanError, match="no file to tag"):
        plan(tmp_path / "empty", tmp_path / "out", TAG)


def test_a_plan_follows_links_to_folders_but_in_no_circle(tmp_path: Path) -> None:
    for name in ("in/a.jsonl", "in/b/b.jsonl", "elsewhere/c.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "in/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/b/up").symlink_to("..")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "in")
    planned = plan(tmp_path / "in", tmp_path / "out", TAG)
    assert [task.name for task in planned.tasks] == ["a.jsonl", "b/b.jsonl", "link/c.jsonl"] and planned.left == ("b/up", "link/back")
    (tmp_path / "out").mkdir()
    (tmp_path / "in/results").symlink_to(tmp_path / "out")
    with pytest.raises(SisipanError, match="folder apart"):
        plan(tmp_path / "in", tmp_path / "out", TAG)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    (tmp_path / "in/shut").mkdir(parents=True)
    (tmp_path / "in/a.jsonl").write_bytes(b"x")
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(SisipanError, match="in/shut: Permission denied"):
        plan(tmp_path / "in", tmp_path / "out", TAG)


def test_a_worker_that_dies_in_the_midst_of_a_word_is_buried(tmp_path: Path) -> None:
    ours, theirs = Pipe()
    os.write(theirs.fileno(), b"\0\0\0\x63half")
    theirs.close()
    said: list[str] = []
    run = _Run(TAG, Watch(say=said.append), deque())
    run.workers.append(_Worker(SimpleNamespace(join=lambda: None, exitcode=-9), ours, ready=True))
    run.hear(run.workers[0])
    assert not run.workers and said == ["a worker was killed (SIGKILL) between two files"]


def test_a_manifest_takes_no_offence_at_records_that_vanish(tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 1, 1)
    out = tmp_path / "out"
    tasks = plan(tmp_path / "in", out, TAG).tasks
    assert not all_recorded(out, tasks)
    run_tasks(out, tasks, TAG, 1, Watch())
    assert all_recorded(out, tasks)
    (out / ".sisipan/gone.json").symlink_to("nowhere")
    write_manifest(out)
    assert list(json.loads((out / ".sisipan/manifest.json").read_text())["files"]) == ["f000.parquet"]
    (out / ".sisipan/folder.json").mkdir()
    with pytest.raises(TargetError, match=r"folder\.json: is a directory"):
        write_manifest(out)


def test_workers_give_the_same_bytes_and_the_same_manifest(tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 4, 5)
    made = []
    for workers in (1, 2):
        out = tmp_path / f"out{workers}"
        outcome = run_tasks(out, plan(tmp_path / "in", out, CLEAN).tasks, CLEAN, workers, Watch())
        assert [done.name for done in outcome.done] == sorted(os.listdir(tmp_path / "in")) and not outcome.failed
        made.append({path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert made[0] == made[1]
    manifest = json.loads(made[0][".sisipan/manifest.json"])
    assert sorted(manifest["files"]) == sorted(path.name for path in finished(tmp_path / "out1"))
    assert manifest["files"]["f000.parquet"]["counts"]["rows"] == 5 and manifest["files"]["f000.parquet"]["settings"]["action"] == "clean"
    (tmp_path / "out1/.sisipan/f000.parquet.json").write_text("{")
    write_manifest(tmp_path / "out1")
    assert "f000.parquet" not in json.loads((tmp_path / "out1/.sisipan/manifest.json").read_text())["files"]


def test_results_of_a_folder_load_as_a_dataset(tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 3, 4)
    for name in ("f000.parquet", "f001.jsonl.gz"):
        (tmp_path / "in" / name).unlink()
    outcome = run_tasks(tmp_path / "out", plan(tmp_path / "in", tmp_path / "out", TAG).tasks, TAG, 1, Watch())
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(loaded) == 4 == outcome.done[0].counts.rows and loaded.column_names == ["id", "url", "text", "spans", "error"]


def test_counts_add_up_and_are_read_back() -> None:
    one = Counts(4, 1, 2, 100, {"togel": Label(2, 20), "slot": Label(1, 5)}, ("a: x",))
    two = Counts(1, 0, 1, 100, {"slot": Label(1, 25)})
    both = one + two
    assert both == Counts(5, 1, 3, 200, {"slot": Label(2, 30), "togel": Label(2, 20)}, ("a: x",))
    assert counts_from(json.loads(json.dumps({**one.__dict__, "labels": {"togel": {"regions": 2, "characters": 20}, "slot": {"regions": 1, "characters": 5}}}))) == one
    assert report(both) == (
        "pages                     5\n"
        "  with spam               3  60.00%\n"
        "characters              200\n"
        "  of spam                50  25.00%\n"
        "label               regions      characters  share\n"
        "slot                      2              30  15.00%\n"
        "togel                     2              20  10.00%\n"
        "bad rows                  1  kept as they were, each with its error\n"
        "  a: x\n"
    )
    assert plain(Counts())["pages_with_spam_share"] == 0
