"""The manifest of a release: for each file its hash, and the hash of what it says, whatever its encoding."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sisipan.errors import SisipanError
from sisipan.schemas import Schemas

MANIFEST = "data/manifest.json"


def data_path(config: str, split: str) -> str:
    """Path of a Parquet file inside a release."""
    return f"data/{config}/{split}.parquet"


def content_sha256(rows: Iterable[Mapping[str, Any]]) -> str:
    """Hash of rows as canonical JSON lines (sorted keys, no spaces, UTF-8): independent of Parquet's encoding."""
    digest = hashlib.sha256()
    for row in rows:
        line = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def schema_sha256(schemas: Schemas) -> str:
    """Hash of all schema files together."""
    return content_sha256([schemas.documents])


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release folder. Raises SisipanError where there is none or it is not one."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        files = manifest["files"]
        if not isinstance(manifest["version"], str) or not isinstance(files, list):
            raise TypeError
        for entry in files:
            for key, kind in {"path": str, "config": str, "split": str, "rows": int, "bytes": int, "sha256": str, "content_sha256": str}.items():
                if not isinstance(entry[key], kind):
                    raise TypeError
        return manifest
    except OSError as error:
        raise SisipanError(f"{path}: no manifest ({error.strerror}); is {folder} a release? `sisipan build` makes one") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SisipanError(f"{path}: not a manifest; `sisipan build` writes it anew") from None


def format_manifest(version: str, schemas: Schemas, files: list[dict[str, Any]]) -> str:
    """The manifest as it is written, a file a line."""
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in files)
    head = f'  "name": "sisipan",\n  "version": {json.dumps(version)},\n  "schema_sha256": "{schema_sha256(schemas)}",\n'
    return "{\n" + head + f'  "files": [\n{lines}\n  ]\n}}\n'
