"""Ray with real workers: one is killed in mid-run, or the whole driver, and every row comes out once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray
from pages import alive, children, command_of, finished, ids_of, parts, rows, stamps, texts, wait_for, write_crawl

from sisipan.engines.ray import clean_files, tag_files
from sisipan.errors import SisipanError
from sisipan.tag.arrow import tag_arrow
from sisipan.tag.tagger import Tagger

FILES, EACH = 12, 100
SPAM = next(text for text in texts() if Tagger().tag(text))

DRIVER = """
import ray
from sisipan.engines.ray import tag_files

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
outcome = tag_files("in", "out")
print(len(outcome.done), sum(done.skipped for done in outcome.done), flush=True)
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def killing(name: str, ready: Callable[[], object]) -> tuple[threading.Thread, list[int]]:
    """A thread that kills a worker of Ray that runs the function, once the time is ready; the list gets its number."""
    killed: list[int] = []

    def act() -> None:
        wait_for(ready)
        pid = wait_for(lambda: next((pid for pid in children(os.getpid()) if command_of(pid).startswith(f"ray::{name}")), None))
        os.kill(pid, signal.SIGKILL)
        killed.append(pid)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread, killed


def test_a_killed_worker_does_not_end_the_run(cluster: None, tmp_path: Path) -> None:
    ids = write_crawl(tmp_path / "in", FILES, EACH)
    out = tmp_path / "out"
    thread, killed = killing("_do", lambda: finished(out) and parts(out))
    outcome = tag_files(str(tmp_path / "in"), str(out))
    thread.join()
    assert killed and not outcome.failed and len(outcome.done) == FILES
    assert ids_of(out) == dict.fromkeys(ids, 1) and not parts(out)
    before = stamps(out)
    assert all(done.skipped for done in tag_files(str(tmp_path / "in"), str(out)).done) and stamps(out) == before


def test_a_file_that_fails_fails_alone_and_a_full_disk_stops(cluster: None, tmp_path: Path) -> None:
    write_crawl(tmp_path / "in", 3, 3)
    (tmp_path / "in/broken.parquet").write_bytes(b"PAR1")
    outcome = clean_files(str(tmp_path / "in"), str(tmp_path / "out"))
    assert list(outcome.failed) == ["broken.parquet"] and len(outcome.done) == len(finished(tmp_path / "out")) == 3
    (tmp_path / "file").touch()
    with pytest.raises(SisipanError, match="not a directory"):
        clean_files(str(tmp_path / "in"), str(tmp_path / "file/out"))


def test_ray_data_takes_the_function_as_it_is(cluster: None, tmp_path: Path) -> None:
    made = [{"id": "a", "text": SPAM}, {"id": "b", "text": None}, {"id": "c", "text": "Hujan turun."}]
    pq.write_table(pa.Table.from_pylist(made), tmp_path / "in.parquet")
    came = ray.data.read_parquet(str(tmp_path / "in.parquet")).map_batches(tag_arrow, batch_format="pyarrow").take_all()
    assert {row["id"]: (len(row["spans"]) if row["spans"] is not None else None, row["error"]) for row in came} == {
        "a": (len(Tagger().tag(SPAM)), None), "b": (None, "text is null"), "c": (0, None),
    }  # fmt: skip


def test_ray_data_survives_a_killed_worker(cluster: None, tmp_path: Path) -> None:
    made = [row for number in range(FILES) for row in rows(EACH, f"f{number}")]
    (tmp_path / "in").mkdir()
    for number in range(FILES):
        pq.write_table(pa.Table.from_pylist(made[number * EACH : (number + 1) * EACH]), tmp_path / f"in/{number}.parquet")
    thread, killed = killing("MapBatches(tag_arrow)", lambda: True)
    ray.data.read_parquet(str(tmp_path / "in"), override_num_blocks=FILES).repartition(FILES).map_batches(tag_arrow, batch_format="pyarrow").write_parquet(str(tmp_path / "out"))
    thread.join()
    table = pa.concat_tables([pq.read_table(path, columns=["id", "error"]) for path in finished(tmp_path / "out")])
    assert killed and Counter(table.column("id").to_pylist()) == {row["id"]: 1 for row in made} and set(table.column("error").to_pylist()) == {None}


def test_a_killed_driver_is_resumed(tmp_path: Path) -> None:
    ids = write_crawl(tmp_path / "in", FILES, EACH)
    out = tmp_path / "out"
    (tmp_path / "driver.py").write_text(DRIVER)

    def driver() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "driver.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)

    process = driver()
    wait_for(lambda: len(list(out.glob(".sisipan/f*.json"))) >= 2 and parts(out))
    cluster = list(children(process.pid))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_for(lambda: all("Agent" in command_of(pid) for pid in cluster if alive(pid)))  # the agents, which do no task, take a minute to notice
    for pid in filter(alive, cluster):
        os.kill(pid, signal.SIGKILL)
    before = {path.name.removesuffix(".json") for path in out.glob(".sisipan/f*.json")}
    stamped = stamps(out)
    assert 2 <= len(before) < FILES
    process = driver()
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and said.split() == [str(FILES), str(len(before))]
    assert ids_of(out) == dict.fromkeys(ids, 1) and not parts(out)
    assert {name: stamps(out)[name] for name in before} == {name: stamped[name] for name in before}
