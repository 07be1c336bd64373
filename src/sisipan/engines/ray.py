"""The files of a folder on a Ray cluster. Needs `sisipan[ray]`.

    from sisipan.engines.ray import clean_files

    outcome = clean_files("crawl", "clean")

Both folders must be seen by every node. To tag a dataset of Ray Data, no code of ours is needed but the function itself:

    ray.data.read_parquet("crawl").map_batches(sisipan.tag.arrow.tag_arrow, batch_format="pyarrow").write_parquet("tagged")
"""

from __future__ import annotations

from pathlib import Path

from sisipan.aside import remove_stale
from sisipan.errors import SisipanError
from sisipan.jobs import ATTEMPTS, Outcome, Task, Watch, do_task, plan, write_manifest
from sisipan.runner import Done, Settings, TargetError
from sisipan.tag.tagger import THRESHOLD

try:
    import ray
except ImportError:
    raise SisipanError("Ray is not installed; pip install 'sisipan[ray]'") from None


def _do(task: Task, settings: Settings) -> Done | SisipanError:
    """A file in a worker of Ray. What is wrong with it is its result: only a worker that dies is tried again by Ray."""
    try:
        return do_task(task, settings)
    except SisipanError as error:
        return error
    except Exception as error:
        return SisipanError(f"{task.name}: {type(error).__name__}: {error}")


def _files(source: str, out: str, settings: Settings, watch: Watch, cpus: float) -> Outcome:
    folder = Path(out).absolute()  # workers may stand elsewhere
    planned = plan(Path(source).absolute(), folder, settings)
    remove_stale(folder)
    remote = ray.remote(num_cpus=cpus, max_retries=ATTEMPTS - 1)(_do)
    waiting = {remote.remote(task, settings): task for task in planned.tasks}
    done: list[Done] = []
    failed: dict[str, str] = {}
    try:
        while waiting:
            (ready,), _ = ray.wait(list(waiting), num_returns=1)
            task = waiting.pop(ready)
            try:
                value = ray.get(ready)
            except ray.exceptions.RayError as error:
                value = SisipanError(f"{task.name}: its worker died {ATTEMPTS} times ({type(error).__name__})")
            if isinstance(value, TargetError):
                raise value
            if isinstance(value, SisipanError):
                failed[task.name] = str(value)
            else:
                done.append(value)
            watch.done(task, isinstance(value, Done) and value.skipped)
    finally:
        for ready in waiting:
            ray.cancel(ready)
        remove_stale(folder)
    write_manifest(folder)
    return Outcome(tuple(sorted(done, key=lambda one: one.name)), dict(sorted(failed.items())))


def tag_files(
    source: str, out: str, text_column: str = "text", id_column: str = "id", threshold: float = THRESHOLD, watch: Watch = Watch(), cpus: float = 1
) -> Outcome:
    """Write the files of a folder again with their spans, as `sisipan tag` does: a task of Ray a file, finished ones skipped."""
    return _files(source, out, Settings("tag", text_column, id_column, threshold), watch, cpus)


def clean_files(
    source: str, out: str, text_column: str = "text", id_column: str = "id", threshold: float = THRESHOLD, watch: Watch = Watch(), cpus: float = 1
) -> Outcome:
    """Write the files of a folder again without their spam, as `sisipan clean` does: a task of Ray a file, finished ones skipped."""
    return _files(source, out, Settings("clean", text_column, id_column, threshold), watch, cpus)
