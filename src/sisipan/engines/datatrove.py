"""Blocks for datatrove pipelines. Needs `sisipan[datatrove]`.

    from datatrove.executor.slurm import SlurmPipelineExecutor
    from sisipan.engines.datatrove import CleanFiles

    SlurmPipelineExecutor(pipeline=[CleanFiles("crawl", "clean")], tasks=1000, time="04:00:00", partition="cpu", job_name="clean", logging_dir="logs").run()
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sisipan.aside import remove_stale
from sisipan.errors import SisipanError
from sisipan.jobs import all_recorded, do_task, plan, write_manifest
from sisipan.runner import Settings, TargetError, tagger_of
from sisipan.tag.arrow import without
from sisipan.tag.tagger import THRESHOLD

try:
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.logging import logger
except ImportError:
    raise SisipanError("datatrove is not installed; pip install 'sisipan[datatrove]'") from None


class _Files(PipelineStep):
    """Does the files of a folder, those of its rank: one file after another, finished ones skipped."""

    type = "🧹 - SPAM"
    action = ""

    def __init__(self, source: str, out: str, text_column: str = "text", id_column: str = "id", threshold: float = THRESHOLD) -> None:
        super().__init__()
        self.source, self.out = Path(source).absolute(), Path(out).absolute()  # tasks may stand elsewhere
        self.settings = Settings(self.action, text_column, id_column, threshold)

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Documents from before pass through; the files are done first."""
        self.do(rank, world_size)
        yield from data or ()

    def do(self, rank: int, world_size: int) -> None:
        """Do every `world_size`-th file. A file that fails fails the task at its end, so that the next run tries it again.

        Whoever finds that all files are done tidies up and writes the manifest; until then only rank 0 tidies, at its start.
        """
        if rank == 0:
            remove_stale(self.out)
        failed = []
        tasks = plan(self.source, self.out, self.settings).tasks
        for task in tasks[rank::world_size]:
            try:
                with self.track_time("file"):
                    done = do_task(task, self.settings)
            except TargetError:
                raise
            except SisipanError as error:
                failed.append(str(error))
                logger.error(str(error))
                continue
            counts = done.counts
            self.stat_update("files_skipped" if done.skipped else "files_done", unit="task")
            for name, value in (("rows", counts.rows), ("bad_rows", counts.bad_rows), ("rows_with_spam", counts.rows_with_spam), ("spam_characters", counts.spam_characters)):
                self.stat_update(name, value=value, unit="file")
        if all_recorded(self.out, tasks):
            remove_stale(self.out)
            write_manifest(self.out)
        if failed:
            raise SisipanError(f"{len(failed)} files failed, the first: {failed[0]}")


class TagFiles(_Files):
    """Writes the files of a folder again with their spans, as `sisipan tag` does."""

    name = "Sisipan tag"
    action = "tag"


class CleanFiles(_Files):
    """Writes the files of a folder again without their spam, as `sisipan clean` does."""

    name = "Sisipan clean"
    action = "clean"


class CleanDocuments(PipelineStep):
    """Cleans each document between a reader and a writer; `metadata["spam"]` holds what was taken out, `metadata["spam_error"]` why a document was left as it is."""

    type = "🧹 - SPAM"
    name = "Sisipan clean documents"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        super().__init__()
        self.threshold = threshold

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """The same documents in the same order."""
        for document in data:
            with self.track_time():
                self.clean(document)
            yield document

    def clean(self, document: Any) -> None:
        """Clean a document in place."""
        text = document.text
        self.stat_update("total")
        try:
            found = tagger_of(self.threshold).tag(text)
            clean, removed = without(text, found), [{**asdict(one), "text": text[one.start : one.end]} for one in found]
        except Exception as error:  # one document that cannot be read must not end the job
            document.metadata.update(spam=None, spam_error="text is null" if text is None else f"{type(error).__name__}: {error}")
            self.stat_update("bad")
            return
        document.text = clean
        document.metadata.update(spam=removed, spam_error=None)
        self.stat_update("with_spam", value=int(bool(found)))
        self.stat_update("spam_characters", value=len(text) - len(clean))
