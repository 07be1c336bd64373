"""What unchanged sources were found to be: results by the content they are about, the schema, the code and what else decides.

Neither size nor date of a file counts, only its bytes. What is broken here is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import unicodedata
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sisipan.findings import Finding
from sisipan.manifest import schema_sha256
from sisipan.results import Result
from sisipan.schemas import Schemas
from sisipan.store import write_atomically

_DECIDE = ("google-re2", "jsonschema", "jsonschema-rs", "referencing", "numpy", "pyarrow", "pyyaml", "click")
_MOST = 1000  # results that are kept


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """Hash of all code of the package and of the versions of what it relies on to decide."""
    folder = Path(__file__).parent
    digest = hashlib.sha256(json.dumps([sys.version, unicodedata.unidata_version, *(version(name) for name in _DECIDE)]).encode())
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sources_sha256(root: Path) -> str | None:
    """Hash of all files of the sources below `root`, names and bytes; None where one is no plain readable file."""
    digest = hashlib.sha256()
    try:
        for name in ("corpus", "annotations", "schema"):
            if not stat.S_ISDIR(os.lstat(root / name).st_mode):
                return None
            for folder, below, files in os.walk(root / name, onerror=_raise):
                below.sort()
                for file in sorted([*files, *below]):
                    path = Path(folder, file)
                    mode = path.lstat().st_mode
                    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                        return None
                    content = file_sha256(path) if stat.S_ISREG(mode) else "folder"
                    digest.update(os.fsencode(path.relative_to(root)) + b"\0" + content.encode() + b"\n")
    except OSError:
        return None
    return digest.hexdigest()


def _raise(error: OSError) -> None:
    raise error


def default_cache() -> Path:
    """Where results are kept: where a user's caches lie, never in a corpus, which may come from anybody with results of its own making."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sisipan" / "validated"


def _written(value: Any) -> Any:
    return {"set": sorted(value)} if isinstance(value, frozenset) else value


def _read(value: Any) -> Any:
    return frozenset(value["set"]) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Remembered:
    """Results kept in a folder, for one schema and one code."""

    folder: Path
    schemas: Schemas

    def _path(self, kind: str, shown: str, content: str) -> Path:
        key = json.dumps([schema_sha256(self.schemas), code_sha256(), kind, shown, content])
        return self.folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, kind: str, shown: str, content: str) -> Result | None:
        """The result about this content, where it is known. `shown` is how messages name it."""
        try:
            check, _, body = self._path(kind, shown, content).read_bytes().partition(b"\n")
            if check != hashlib.sha256(body).hexdigest().encode():
                return None
            stored = json.loads(body)
            findings = tuple(Finding(**finding) for finding in stored.pop("findings"))
            return Result(findings, **{name: _read(value) for name, value in stored.items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def put(self, kind: str, shown: str, content: str, result: Result) -> None:
        """Keep a result. Where that cannot be done, nothing is kept."""
        stored = {field.name: _written(getattr(result, field.name)) for field in fields(result)}
        body = json.dumps(stored | {"findings": [asdict(finding) for finding in result.findings]}).encode()
        try:
            write_atomically(self._path(kind, shown, content), hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            kept = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in kept[:-_MOST]:
                path.unlink(missing_ok=True)
        except OSError:
            pass
