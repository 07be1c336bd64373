"""E6xx: a release against its manifest, its schema and itself."""

from __future__ import annotations

from collections.abc import Iterator

from sisipan.checks.context import ParquetFile, Release, brief
from sisipan.columns import arrow_schema
from sisipan.findings import Hit, Place, check, checks_in
from sisipan.manifest import MANIFEST

Found = Iterator[tuple[str, Hit]]


def _hit(message: str, row: int = 1) -> Hit:
    return Hit(Place("file", (row, 1)), message)


def matches_schema(release: Release, file: ParquetFile) -> bool:
    """Whether a file has exactly the columns of its configuration, so that its rows could be read."""
    if file.schema is None or file.config is None:
        return False
    return file.schema.equals(arrow_schema(release.schemas.configs[file.config]), check_metadata=False)


@check("E601", "not-parquet", "release")
def not_parquet(release: Release) -> Found:
    """The file cannot be read as Parquet: truncated, damaged, or something else under that name."""
    for file in release.files:
        if file.problem:
            yield file.path, _hit(f"cannot be read as Parquet ({file.problem}); get the file again, or run `sisipan build`")


@check("E602", "parquet-schema", "release")
def parquet_schema(release: Release) -> Found:
    """The columns, their types and the `datasets` features in the metadata are those generated from `schema/`."""
    for file in release.files:
        if file.schema is None:
            continue
        found = file.schema
        if file.config is None:
            yield file.path, _hit(f"its columns ({', '.join(found.names[:6])}) are those of no configuration; a foreign file?")
            continue
        expected = arrow_schema(release.schemas.configs[file.config])
        for name in expected.names:
            if name not in found.names:
                yield file.path, _hit(f"column {brief(name)} is missing")
            elif found.field(name).type != expected.field(name).type:
                yield file.path, _hit(f"column {brief(name)} is {found.field(name).type}, expected {expected.field(name).type}")
        for name in found.names:
            if name not in expected.names:
                yield file.path, _hit(f"column {brief(name)} is not in the schema")
        if sorted(found.names) == sorted(expected.names) and found.names != expected.names:
            yield file.path, _hit(f"its columns stand in another order; expected {', '.join(expected.names)}")
        elif required := [name for name in expected.names if name in found.names and not found.field(name).nullable]:
            yield file.path, _hit(f"column {brief(required[0])} is marked as never null; a release marks none, since `datasets` loses labels by it")
        if (found.metadata or {}).get(b"huggingface") != expected.metadata[b"huggingface"]:
            yield file.path, _hit("the `datasets` features in its metadata are not those of the schema; run `sisipan build`")


@check("E603", "manifest", "release")
def manifest(release: Release) -> Found:
    """A release carries `data/manifest.json`. Without it nothing tells whether a file is the one that was released."""
    if release.manifest_problem:
        yield MANIFEST, _hit(release.manifest_problem)


@check("E604", "file-hash", "release")
def file_hash(release: Release) -> Found:
    """The bytes of each file are those that the manifest names."""
    for file in release.files:
        entry = release.listed.get(file.path)
        if entry and (file.size, file.sha256) != (entry["bytes"], entry["sha256"]):
            yield file.path, _hit(f"{file.size:,} bytes, sha256 {file.sha256[:12]}…, but the manifest has {entry['bytes']:,} bytes, {entry['sha256'][:12]}…")


@check("E605", "content-hash", "release")
def content_hash(release: Release) -> Found:
    """The rows of each file are those that the manifest names, whatever their encoding."""
    for file in release.files:
        entry = release.listed.get(file.path)
        if entry is None or not matches_schema(release, file):
            continue
        if file.rows != entry["rows"]:
            yield file.path, _hit(f"{file.rows} rows, but the manifest has {entry['rows']}")
        elif file.content_sha256 != entry["content_sha256"]:
            yield file.path, _hit("its rows are not those that the manifest names, though as many")


@check("E606", "label-range", "release")
def label_range(release: Release) -> Found:
    """Labels are stored as numbers into the list of the schema. `datasets` loads a number out of range in silence."""
    for file in release.files:
        for path, labels, *bounds in file.bounds:
            for value in sorted(set(bounds)):
                if not 0 <= value < len(labels):
                    yield file.path, _hit(f"column {path} holds the label number {value}; the schema has 0 to {len(labels) - 1}")


@check("E607", "unlisted-file", "release")
def unlisted_file(release: Release) -> Found:
    """Exactly the Parquet files that the manifest lists lie in `data/`; a stray one may be picked up by a loader."""
    if release.manifest_problem or not release.whole:
        return
    present = {file.path for file in release.files}
    for path in sorted(present - set(release.listed)):
        yield path, _hit("the manifest does not list this file; remove it, or run `sisipan build`")
    for path in sorted(set(release.listed) - present):
        yield path, _hit("the manifest lists this file but it is not there; get it again, or run `sisipan build`")


@check("E608", "derived-table", "release")
def derived_table(release: Release) -> Found:
    """The flat, sentence and token tables say the same as the nested records of the same release."""
    for file in release.files:
        expected = release.derived.get(file.path)
        if expected is None or not matches_schema(release, file):
            continue
        if expected.differs:
            number, name, found, wanted = expected.differs
            yield file.path, _hit(f"{name} is {brief(found)} but the nested record gives {brief(wanted)}", number)
        elif file.rows != expected.rows:
            yield file.path, _hit(f"{file.rows} rows, but the nested records give {expected.rows}")
    for path in sorted(set(release.derived) - {file.path for file in release.files} - set(release.listed)):
        yield path, _hit(f"there is no such file, but the nested records give {release.derived[path].rows} rows")


@check("E609", "wrong-split", "release")
def wrong_split(release: Release) -> Found:
    """A row stands in the file of its split."""
    for file in release.files:
        if file.strange_split:
            number, split = file.strange_split
            yield file.path, _hit(f"row {number} has split {brief(split)}, but this is the file of {brief(release.listed[file.path]['split'])}", number)


CHECKS = checks_in(globals())
