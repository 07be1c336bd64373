"""Read a release back: from a folder or a Git revision, as articles or by `datasets`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.columns import hf_features, stored_fields
from sisipan.errors import SisipanError
from sisipan.manifest import MANIFEST, parse_manifest
from sisipan.model import Article, article_from_record
from sisipan.schemas import Field, Schemas
from sisipan.tables import from_table

Reader = Callable[[str], bytes]


def folder_reader(folder: Path) -> Reader:
    """Reads files of a release folder by their path in it."""

    def read(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except OSError as error:
            raise SisipanError(f"{folder / path}: cannot be read ({error.strerror}); is {folder} a release?") from None

    return read


def revision_reader(root: Path, revision: str) -> Reader:
    """Reads files of a Git revision of the repository at `root`."""

    def read(path: str) -> bytes:
        command = ["git", "-C", str(root), "show", "--end-of-options", f"{revision}:./{path}"]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            raise SisipanError("git is not installed; give release folders instead of revisions") from None
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["unknown"]
            raise SisipanError(f"{revision}: no {path} in this revision ({reason[0][:160]})")
        return done.stdout

    return read


def open_release(name: str, root: Path) -> Reader:
    """A reader for a release folder, or else for a Git revision of the repository at `root`."""
    folder = Path(name)
    return folder_reader(folder) if folder.is_dir() else revision_reader(root, name)


def read_release(read: Reader) -> tuple[str, tuple[Field, ...], list[dict[str, Any]]]:
    """Version, fields and nested rows of a release, as its own files describe them, whatever schema is in force today.

    Raises SisipanError where a file is missing or cannot be read.
    """
    manifest = parse_manifest(read(MANIFEST), MANIFEST)
    fields: tuple[Field, ...] = ()
    rows: list[dict[str, Any]] = []
    for entry in (entry for entry in manifest["files"] if entry["config"] == "articles"):
        try:
            # in one thread: a worker of the pool may let go of the bytes only when Python is gone already, which ends the process with SIGABRT
            table = pq.ParquetFile(pa.BufferReader(read(entry["path"]))).read(use_threads=False)
            fields = stored_fields(table.schema)
            rows += from_table(fields, table)
        except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
            raise SisipanError(f"{entry['path']}: cannot be read as Parquet of a release: {str(error).splitlines()[0][:120]}") from None
    return manifest["version"], fields, sorted(rows, key=lambda row: str(row.get("id")))


def read_articles(read: Reader, schemas: Schemas) -> tuple[str, list[Article]]:
    """Version and articles of a release made with `schemas`. Raises SisipanError where it was not, or cannot be read."""
    version, fields, rows = read_release(read)
    if rows and hf_features(fields) != hf_features(schemas.configs["articles"]):
        raise SisipanError("its columns or labels are those of another version of the schema; use that version of sisipan")
    try:
        return version, [article_from_record(row) for row in rows]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise SisipanError("a row is not what the schema says; `sisipan validate data` tells more") from None


def load_with_datasets(folder: Path, config: str = "articles", cache: Path | None = None) -> Any:
    """The release as a `datasets.DatasetDict`, by the card alone, as a user loads it. Offline."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import datasets

    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset(str(folder.resolve()), config, cache_dir=str(cache) if cache else None)
    except Exception as error:  # datasets raises whatever the reader below it raised
        raise SisipanError(f"{folder}: `load_dataset` fails on {config}: {str(error).splitlines()[0][:160]}; `sisipan validate` tells more") from None
