"""Read a release back: from a folder or a Git revision, as articles or by `datasets`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.columns import arrow_schema
from sisipan.errors import SisipanError
from sisipan.manifest import MANIFEST
from sisipan.model import Article, article_from_record
from sisipan.schemas import Schemas
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


def read_articles(read: Reader, schemas: Schemas) -> tuple[str, list[Article]]:
    """Version and articles of a release. Raises SisipanError where a file is missing or is not of this schema."""
    try:
        manifest = json.loads(read(MANIFEST))
        entries = [entry for entry in manifest["files"] if entry["config"] == "articles"]
        version = str(manifest["version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SisipanError(f"{MANIFEST}: not a manifest; `sisipan validate` tells more") from None
    fields = schemas.configs["articles"]
    articles = []
    for entry in entries:
        try:
            table = pq.ParquetFile(pa.BufferReader(read(entry["path"]))).read()
        except (pa.ArrowException, OSError) as error:
            raise SisipanError(f"{entry['path']}: not Parquet: {str(error).splitlines()[0][:120]}") from None
        if not table.schema.equals(arrow_schema(fields), check_metadata=False):
            raise SisipanError(f"{entry['path']}: its columns are those of another version of the schema; use that version of sisipan")
        articles += [article_from_record(row) for row in from_table(fields, table)]
    return version, sorted(articles, key=lambda article: article.id)


def load_with_datasets(folder: Path, config: str = "articles", cache: Path | None = None) -> Any:
    """The release as a `datasets.DatasetDict`, by the card alone, as a user loads it. Offline."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import datasets

    datasets.disable_progress_bars()
    return datasets.load_dataset(str(folder), config, cache_dir=str(cache) if cache else None)
