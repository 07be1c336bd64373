"""The manifest of a release: for each file its hash, and the hash of what it says, whatever its encoding."""

from __future__ import annotations

import hashlib
import json
import re
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
        digest.update(canonical_line(row))
    return digest.hexdigest()


def canonical_line(row: Mapping[str, Any]) -> bytes:
    """A row as canonical JSON, with its line end."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def schema_sha256(schemas: Schemas) -> str:
    """Hash of all schema files together."""
    return content_sha256([schemas.documents])


_ENTRY = {"path": str, "config": str, "split": str, "rows": int, "bytes": int, "sha256": str, "content_sha256": str}


def parse_manifest(data: bytes, name: str) -> dict[str, Any]:
    """The manifest in `data`. Raises SisipanError where it is not one; `name` is what the message calls it."""
    try:
        manifest = json.loads(data)
        if not isinstance(manifest["version"], str) or not isinstance(manifest["schema_sha256"], str) or not isinstance(manifest["files"], list):
            raise TypeError
        for entry in manifest["files"]:
            if not all(isinstance(entry[key], kind) for key, kind in _ENTRY.items()) or entry["path"] != data_path(entry["config"], entry["split"]):
                raise TypeError
            if not re.fullmatch(r"[A-Za-z0-9_-]+", entry["config"] + entry["split"]):  # a name, no way out of the release
                raise TypeError
        if len({entry["path"] for entry in manifest["files"]}) != len(manifest["files"]):
            raise ValueError
        return manifest
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SisipanError(f"{name}: not a manifest; `sisipan build` writes it anew") from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release folder. Raises SisipanError where there is none or it is not one."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SisipanError(f"{path}: no manifest ({error.strerror}); is {folder} a release? `sisipan build` makes one") from None
    return parse_manifest(data, str(path))


def find_release(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds a release. Raises SisipanError where there is none."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / MANIFEST).is_file():
            return folder
    raise SisipanError(f"no release here or above (no {MANIFEST}); run `sisipan build` or name a folder")


def format_manifest(version: str, schemas: Schemas, files: list[dict[str, Any]]) -> str:
    """The manifest as it is written, a file a line."""
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in files)
    head = f'  "name": "sisipan",\n  "version": {json.dumps(version)},\n  "schema_sha256": "{schema_sha256(schemas)}",\n'
    return "{\n" + head + f'  "files": [\n{lines}\n  ]\n}}\n'
