"""Validate a release folder or a Parquet file, some rows at a time: memory does not grow with the file."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sisipan.checks import at_level
from sisipan.checks.context import Derived, ParquetFile, Record, Release
from sisipan.checks.release import matches_schema
from sisipan.errors import SisipanError
from sisipan.fast.mask import Judge
from sisipan.findings import Finding
from sisipan.journal import pending
from sisipan.manifest import MANIFEST, data_path, read_manifest, schema_sha256
from sisipan.model import LAYERS
from sisipan.results import Located, Progress, Result, by_place, finding_of, ran_at, record_findings, shown_path
from sisipan.schemas import Schemas, load_schemas
from sisipan.store import read_json_lines
from sisipan.tablefiles import batches_of, compare, read_parquet, rows_of
from sisipan.wholes import Whole, compared


def accepted_mentions(root: Path) -> dict[str, frozenset[tuple[str, str]]]:
    """Bare mentions by article that `sisipan audit --accept` says are right as they stand."""
    path, found = root / "annotations" / "audited.jsonl", defaultdict(set)
    for _, value in read_json_lines(path) if path.is_file() else ():
        if value.get("signal") == "untagged_mention":
            found[value.get("article")].add((value.get("words"), value.get("before")))
    return {article: frozenset(mentions) for article, mentions in found.items()}


class _Articles:
    """Examines the articles of a release's files as they come."""

    def __init__(self, schemas: Schemas, base: Path, whole: Whole, accepted: Mapping[str, frozenset[tuple[str, str]]]) -> None:
        self._judge = Judge(schemas)
        self._fields = schemas.configs["articles"]
        self._splits = next(field.labels for field in self._fields if field.name == "split")
        self._base, self._whole, self._accepted = base, whole, accepted
        self._found: list[Finding] = []
        self._sound = True

    def see(self, path: Path, before: int, batch: pa.RecordBatch) -> None:
        """More rows of the file that is being read."""
        verdicts = self._judge.verdicts(batch)
        numbers, clean = np.arange(batch.num_rows), verdicts.clean
        others = numbers[~clean]
        records = []
        for number, row in zip(others.tolist(), rows_of(batch.take(pa.array(others)), self._fields) if len(others) else ()):
            one = self._located(path, before + number + 1, row, bool(verdicts.fits[number]))
            self._found += record_findings(one, self._base)
            self._sound &= not one.record.violations and all(len(one.record.sound[layer]) == len(one.record.data[layer]) for layer in LAYERS)
            records.append((number, one.record))
        part = (numbers, batch, verdicts.texts) if clean.all() else (numbers[clean], batch.filter(pa.array(clean)), None)
        _, keys, shingled = compared([part], records, self._splits, self._judge.schemas)
        self._whole.add(keys, shingled)

    def _located(self, path: Path, number: int, row: Mapping[str, Any], fits: bool) -> Located:
        name = row["id"] if isinstance(row["id"], str) else None
        parts = () if fits else (("row", "article", row),)
        record = Record(name, row, self._judge.schemas, parts, accepted=self._accepted.get(name, frozenset()))
        return Located(record, None, None, str(path), number)

    def finish(self) -> tuple[list[Finding], bool]:
        """What was found in the file that was read, and whether all its articles are sound."""
        found, sound = self._found, self._sound
        self._found, self._sound = [], True
        return found, sound

    def fetch(self, paths: Sequence[tuple[Path, int]], articles: Sequence[int]) -> Iterator[Located]:
        """Articles by their numbers, counted through the files and their rows, in order."""
        first = 0
        for path, count in paths:
            wanted = np.array([n - first for n in articles if first <= n < first + count], np.int64)
            first += count
            before = 0
            for batch in batches_of(path) if len(wanted) else ():
                inside = wanted[(wanted >= before) & (wanted < before + batch.num_rows)]
                some = rows_of(batch.take(pa.array(inside - before)), self._fields) if len(inside) else []
                for number, row in zip(inside.tolist(), some):
                    yield self._located(path, number + 1, row, False)
                before += batch.num_rows


def _findings(release: Release, folder: Path, base: Path, progress: Progress = lambda *_: None) -> tuple[set[Finding], int]:
    """All findings of a release whose `files` only have their paths yet, and the number of articles."""
    schemas = release.schemas
    broken: dict[str, ParquetFile] = {}
    while True:
        findings: set[Finding] = set()
        read: list[ParquetFile] = []
        sound: set[str] = set()
        nested: list[tuple[Path, int]] = []
        with tempfile.TemporaryDirectory(prefix="sisipan-") as aside:
            whole = Whole(Path(aside))
            articles = _Articles(schemas, base, whole, accepted_mentions(folder))
            for number, named in enumerate(release.files):
                progress("files", number, len(release.files))
                path, seen = folder / named.path, whole.articles
                see = lambda before, batch, path=path: articles.see(path, before, batch) if _nested(batch, schemas) else None  # noqa: E731
                file = broken.get(named.path) or read_parquet(path, named.path, schemas, release.listed.get(named.path), see)
                read.append(file)
                if file.config == "articles" and file.problem is None:
                    found, ok = articles.finish()
                    findings.update(found)
                    sound |= {file.path} if ok and matches_schema(release, file) else set()
                    nested.append((path, file.rows))
                elif whole.articles > seen:
                    broken[named.path] = file
                    break
            else:
                findings.update(whole.findings(lambda numbers: articles.fetch(nested, numbers), base))
                count = whole.articles
                break
        # articles of a file that turned out to be broken further on are no part of the whole: once more without it
    release = replace(release, files=tuple(read))
    release = replace(release, derived=_derived(release, folder, sound, progress))
    for check in at_level("release"):
        for path, hit in check.run(release):
            findings.add(finding_of(check, hit, shown_path(folder / path, base), *hit.place.at, None))
    return findings, count


def _nested(batch: pa.RecordBatch, schemas: Schemas) -> bool:
    return set(batch.schema.names) == {field.name for field in schemas.configs["articles"]}


def _derived(release: Release, folder: Path, sound: set[str], progress: Progress) -> dict[str, Derived]:
    """The other tables beside the nested records of their split, where all of those are sound."""
    out: dict[str, Derived] = {}
    files = {file.path: file for file in release.files}
    for path in sorted(sound & set(release.listed)):
        for config in release.schemas.configs:
            other = data_path(config, release.listed[path]["split"])
            there = files.get(other)
            if config == "articles" or there is None and other in release.listed or there is not None and not matches_schema(release, there):
                continue
            progress("tables", len(out), len(files))
            compared = compare(config, folder / path, folder / other if there is not None else None, release.schemas)
            if compared.rows or compared.differs:
                out[other] = compared
    return out


def validate_release(folder: Path, base: Path | None = None, progress: Progress = lambda *_: None) -> Result:
    """Check a release folder (the one that holds `data/manifest.json`), its files against each other and the manifest."""
    schemas = load_schemas(folder / "schema" if (folder / "schema").is_dir() else None)
    listed: dict[str, Mapping[str, Any]] = {}
    problem = None
    try:
        manifest = read_manifest(folder)
        listed = {entry["path"]: entry for entry in manifest["files"]}
        version = folder / "corpus" / "VERSION"
        if pending(folder):
            problem = "a build was killed while it replaced files; run `sisipan build`, which finishes it"
        elif manifest["schema_sha256"] != schema_sha256(schemas):
            problem = "was made with another schema than the one here; use the sisipan of that version, or run `sisipan build`"
        elif version.is_file() and version.read_bytes().strip() != manifest["version"].encode():
            problem = f"says version {manifest['version']}, but corpus/VERSION does not; run `sisipan build`"
    except SisipanError as error:
        problem = str(error).split(": ", 1)[-1]
    paths = sorted(path.relative_to(folder).as_posix() for path in (folder / "data").rglob("*.parquet"))
    release = Release(schemas, tuple(map(ParquetFile, paths)), listed, problem, whole=True)
    findings, articles = _findings(release, folder, base or folder, progress)
    return Result(tuple(sorted(findings, key=by_place)), articles, len(paths), ran_at("release", "record", "corpus"))


def validate_parquet(path: Path, base: Path) -> Result:
    """Check one Parquet file; against the manifest too where the release that it is part of is round it."""
    schemas = load_schemas()
    release = Release(schemas, (ParquetFile(path.name),))
    for folder in path.resolve().parents:
        if (folder / MANIFEST).is_file():
            name = path.resolve().relative_to(folder).as_posix()
            try:
                listed = {e["path"]: e for e in read_manifest(folder)["files"] if e["path"] == name}
            except SisipanError as error:
                release = replace(release, manifest_problem=str(error).split(": ", 1)[-1])
                break
            if listed:
                findings, articles = _findings(Release(schemas, (ParquetFile(name),), listed), folder, base)
                return Result(tuple(sorted(findings, key=by_place)), articles, 1, ran_at("release", "record", "corpus"))
    findings, articles = _findings(release, path.parent, base)
    findings.add(Finding(shown_path(path, base), 1, 1, "I410", "not-run", "note", None, None, "no manifest lists this file: E603 to E609 were not run"))
    ran = ran_at("release", "record", "corpus") - {f"E{number}" for number in range(603, 610) if number != 606}
    return Result(tuple(sorted(findings, key=by_place)), articles, 1, ran)
