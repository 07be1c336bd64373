"""The blocks for datatrove in its own executor: killed and run again, every row comes out once."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from pages import finished, ids_of, parts, read_rows, stamps, texts, wait_for, write_crawl

from sisipan.engines.datatrove import CleanDocuments, CleanFiles, TagFiles
from sisipan.errors import SisipanError
from sisipan.tag.arrow import without
from sisipan.tag.tagger import Tagger

FILES, EACH, TASKS = 12, 100, 4
SPAM = next(text for text in texts() if Tagger().tag(text))

FILE_JOB = """
from datatrove.executor import LocalPipelineExecutor
from sisipan.engines.datatrove import TagFiles

if __name__ == "__main__":
    LocalPipelineExecutor(pipeline=[TagFiles("in", "out")], tasks=4, workers=2, logging_dir="logs").run()
"""

DOCUMENT_JOB = """
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from sisipan.engines.datatrove import CleanDocuments

if __name__ == "__main__":
    pipeline = [JsonlReader("in", glob_pattern="*.jsonl*"), CleanDocuments(), JsonlWriter("out")]
    LocalPipelineExecutor(pipeline=pipeline, tasks=4, workers=2, logging_dir="logs").run()
"""


def job(tmp_path: Path, script: str) -> subprocess.Popen[bytes]:
    """A job as a batch system starts it, in a process group of its own."""
    (tmp_path / "job.py").write_text(script)
    return subprocess.Popen([sys.executable, "job.py"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole job, as a batch system does when its time is over."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_killed_job_is_resumed_file_by_file(tmp_path: Path) -> None:
    ids = write_crawl(tmp_path / "in", FILES, EACH)
    out = tmp_path / "out"
    process = job(tmp_path, FILE_JOB)
    wait_for(lambda: len(list(out.glob(".sisipan/f*.json"))) >= 2 and parts(out))
    kill(process)
    before = {path.name.removesuffix(".json") for path in out.glob(".sisipan/f*.json")}
    stamped = stamps(out)
    assert 2 <= len(before) < FILES
    process = job(tmp_path, FILE_JOB)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()
    assert ids_of(out) == dict.fromkeys(ids, 1) and not parts(out)
    assert {name: stamps(out)[name] for name in before} == {name: stamped[name] for name in before}
    manifest = json.loads((out / ".sisipan/manifest.json").read_text())
    assert sorted(manifest["files"]) == [path.name for path in finished(out)]


def test_a_killed_job_of_documents_gives_each_once(tmp_path: Path) -> None:
    ids = write_crawl(tmp_path / "in", FILES, EACH)
    lost = {row["id"] for path in (tmp_path / "in").glob("*.parquet") for row in read_rows(path)}
    process = job(tmp_path, DOCUMENT_JOB)
    wait_for(lambda: list(tmp_path.glob("logs/completions/*")))
    kill(process)
    assert len(list(tmp_path.glob("logs/completions/*"))) < TASKS
    process = job(tmp_path, DOCUMENT_JOB)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()
    assert ids_of(tmp_path / "out") == dict.fromkeys(ids - lost, 1)
    row = next(row for path in finished(tmp_path / "out") for row in read_rows(path) if row["metadata"]["spam"])
    assert row["metadata"]["spam"][0]["text"] not in ("", row["text"]) and row["metadata"]["spam_error"] is None


def test_a_document_is_cleaned_and_a_bad_one_carries_its_error() -> None:
    step = CleanDocuments()
    documents = [Document(SPAM, "a", metadata={"url": "x"}), Document(None, "b"), Document("Hujan turun.", "c"), Document(5, "d")]
    came = list(step.run(iter(documents)))
    found = Tagger().tag(SPAM)
    assert [one.id for one in came] == list("abcd") and came[0].text == without(SPAM, found) and came[0].metadata["url"] == "x"
    assert [region["text"] for region in came[0].metadata["spam"]] == [SPAM[one.start : one.end] for one in found]
    assert came[1].text is None and came[1].metadata == {"spam": None, "spam_error": "text is null"}
    assert came[2].metadata == {"spam": [], "spam_error": None} and came[3].metadata["spam"] is None and came[3].metadata["spam_error"]
    assert step.stats["bad"].total == 2 and step.stats["total"].total == 4


def test_a_file_that_fails_fails_its_task_after_the_others(tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 4, 3)
    (tmp_path / "in/f000.parquet").write_bytes(b"broken")
    step = CleanFiles(str(tmp_path / "in"), str(tmp_path / "out"))
    with pytest.raises(SisipanError, match=r"1 files failed, the first: f000\.parquet"):
        list(step.run(None, 0, 1))
    assert [path.name for path in finished(tmp_path / "out")] == ["f001.jsonl.gz", "f002.jsonl", "f003.parquet"]


def test_ranks_share_the_files_and_pass_documents_on(tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 5, 2)
    for rank in range(3):
        document = Document("x", "x")
        assert list(TagFiles(str(tmp_path / "in"), str(tmp_path / f"out{rank}")).run(iter([document]), rank, 3)) == [document]
    assert [[path.name[:4] for path in finished(tmp_path / f"out{rank}")] for rank in range(3)] == [["f000", "f003"], ["f001", "f004"], ["f002"]]
    for rank in range(3):
        (tmp_path / "shared").mkdir(exist_ok=True)
        part = tmp_path / f"shared/.x.{rank}.sisipan-part"
        part.touch()
        list(TagFiles(str(tmp_path / "in"), str(tmp_path / "shared")).run(None, rank, 3))
        assert part.exists() == (rank == 1) and (tmp_path / "shared/.sisipan/manifest.json").exists() == (rank == 2)
    LocalPipelineExecutor(pipeline=[CleanFiles(str(tmp_path / "in"), str(tmp_path / "clean"))], tasks=1, logging_dir=str(tmp_path / "logs")).run()
    assert len(finished(tmp_path / "clean")) == 5 and b"removed" in gzip.decompress((tmp_path / "clean/f001.jsonl.gz").read_bytes())
    stats = {name: value for step in json.loads((tmp_path / "logs/stats.json").read_text()) for name, value in step["stats"].items()}
    assert (stats["rows"]["total"], stats["files_done"]["total"]) == (10, 5) and "files_skipped" not in stats
