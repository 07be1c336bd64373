"""Mistakes with the manifest of a release: lost, cut off, stale, edited by hand."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from corruptions.material import Corruption, operator
from corruptions.releases import MANIFEST, Release, at, of_manifest


@operator("release", "E603")
def manifest_lost(r: Release, random: Random) -> Corruption | None:
    """No manifest: the Parquet files copied alone."""
    return Corruption({MANIFEST: None}, (of_manifest("E603"),))


@operator("release", "E603")
def manifest_truncated(r: Release, random: Random) -> Corruption | None:
    """A manifest cut off."""
    data = (r.root / MANIFEST).read_bytes()
    return Corruption({MANIFEST: data[: random.randrange(0, len(data) - 3)]}, (of_manifest("E603"),))


@operator("release", "E603")
def version_edited_in_the_manifest(r: Release, random: Random) -> Corruption | None:
    """The version edited in the manifest alone."""
    return r.with_manifest(lambda manifest: manifest.update(version="9.0.0"), of_manifest("E603"))


@operator("release", "E603")
def version_raised_without_a_build(r: Release, random: Random) -> Corruption | None:
    """The version raised in the sources and the release not built: a stale manifest."""
    return Corruption({"corpus/VERSION": b"9.0.0\n"}, (of_manifest("E603"),))


@operator("release", "E603")
def manifest_of_another_schema(r: Release, random: Random) -> Corruption | None:
    """A release that was built before a change of the schema."""
    return r.with_manifest(lambda manifest: manifest.update(schema_sha256="0" * 64), of_manifest("E603"))


def _entry(name: str, mistake: str, code: str, change: Callable[[dict[str, Any]], object]) -> None:
    def make(r: Release, random: Random) -> Corruption | None:
        number = random.randrange(len(r.manifest["files"]))
        entry = r.manifest["files"][number]
        expected = at(entry, code) if code != "E603" else (of_manifest("E603"),)
        return r.with_manifest(lambda manifest: change(manifest["files"][number]), *expected)

    make.__name__, make.__doc__ = name, mistake
    operator("release", code)(make)


_entry("file_hash_edited", "The hash of a file edited in the manifest.", "E604", lambda entry: entry.update(sha256="0" * 64))
_entry("size_edited", "The size of a file edited in the manifest.", "E604", lambda entry: entry.update(bytes=entry["bytes"] + 1))
_entry("row_count_edited", "The number of rows edited in the manifest.", "E605", lambda entry: entry.update(rows=entry["rows"] + 1))
_entry("content_hash_edited", "The hash of the content edited in the manifest.", "E605", lambda entry: entry.update(content_sha256="0" * 64))
_entry("entry_without_hash", "A hash missing from the manifest.", "E603", lambda entry: entry.pop("sha256"))
_entry("entry_with_wrong_split", "The split of a file edited in the manifest.", "E603", lambda entry: entry.update(split="dev"))
_entry("entry_path_outside", "A path in the manifest that leads out of the folder.", "E603", lambda entry: entry.update(path="../" + entry["path"]))


@operator("release", "E607")
def entry_lost(r: Release, random: Random) -> Corruption | None:
    """A file missing from the manifest."""
    number = random.randrange(len(r.manifest["files"]))
    return r.with_manifest(lambda manifest: manifest["files"].pop(number), *at(r.manifest["files"][number], "E607"))


@operator("release", "E603")
def entry_twice(r: Release, random: Random) -> Corruption | None:
    """A file twice in the manifest with different hashes, after a merge."""
    number = random.randrange(len(r.manifest["files"]))
    return r.with_manifest(lambda manifest: manifest["files"].insert(number, {**manifest["files"][number], "sha256": "0" * 64}), of_manifest("E603"))
