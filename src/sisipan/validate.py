"""Run every check over sources, annotation files, Parquet files and release folders, and give each hit its place."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.checks import at_level
from sisipan.checks.context import Corpus, ParquetFile, Record, Release
from sisipan.checks.release import matches_schema
from sisipan.errors import SisipanError
from sisipan.findings import Finding
from sisipan.journal import pending
from sisipan.manifest import MANIFEST, data_path, read_manifest, schema_sha256
from sisipan.model import LAYERS, article_from_record
from sisipan.offsets import text_sha256
from sisipan.results import Located, Progress, Result, by_place, corpus_findings, file_findings, finding_of, record_findings, shown_path
from sisipan.schemas import Schemas, load_schemas
from sisipan.store import GOLD, PASSES, ArticleSource, DocumentSource, Problem, article_path, read_article, read_document
from sisipan.tables import from_table, rows

def _record(source: ArticleSource, document: DocumentSource | None, schemas: Schemas, with_front: bool) -> Record:
    data: dict[str, Any] = {"id": source.id, **source.front}
    data["text"] = source.text
    if source.text is not None and "text_sha256" not in data and not any("\ud800" <= c <= "\udfff" for c in source.text):
        data["text_sha256"] = text_sha256(source.text)
    parts = [("front", "front_matter", source.front)] if with_front else []
    annotations = document.data if document is not None else None
    if annotations is not None:
        data.update({layer: annotations[layer] for layer in LAYERS if layer in annotations})
        parts.append(("document", "document", annotations))
    return Record(source.id, data, schemas, tuple(parts), annotations, document.path.stem if document is not None else None)


def _readable(source: ArticleSource) -> bool:
    return not any(problem.kind in ("unreadable", "symlink-outside", "too-large", "empty-file", "not-utf8", "front-matter") for problem in source.problems)


def errors_of(article: str, front: Mapping[str, Any], text: str, document: Mapping[str, Any], schemas: Schemas) -> list[str]:
    """What would be wrong with an article that is about to be written, as messages."""
    source = ArticleSource(Path(f"{article}.txt"), article, dict(front), text=text)
    record = _record(source, DocumentSource(Path(f"{article}.json"), article, data=document), schemas, True)
    found = [hit for check in at_level("record") if check.code.startswith("E") for hit in check.run(record)]
    return [f"{hit.place.at[0]}: {hit.message}" if hit.place.part == "front" and hit.place.at else hit.message for hit in found]


def retired_ids(root: Path) -> dict[str, Any]:
    path = root / "corpus" / "retired.json"
    if not path.exists():
        return {}
    try:
        retired = json.loads(path.read_bytes())
        if isinstance(retired, dict):
            return retired
    except (ValueError, RecursionError, OSError):
        pass
    raise SisipanError(f"{path}: expected an object of retired ids and their successors, such as {{\"old-id\": \"new-id\"}}")


def _stray(root: Path) -> Iterator[ArticleSource]:
    """Files that no command reads, as sources that say so."""
    known = {"VERSION", "retired.json", "README.md"}
    expected = [(root / "corpus", ".txt"), *((root / "annotations" / name, ".json") for name in (GOLD, *PASSES))]
    for folder, ending in expected:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix != ending and path.name not in known and not path.name.startswith("."):
                yield ArticleSource(path, path.stem, problems=(Problem("unknown-file", 1, 1, f"not read by any command; expected ID{ending} here"),))
            elif path.suffix == ending and ending == ".json" and not article_path(root, path.stem).exists():
                yield ArticleSource(path, path.stem, problems=(Problem("unknown-file", 1, 1, _why_unread(root, path)),))
    for folder in sorted((root / "annotations").iterdir()) if (root / "annotations").is_dir() else ():
        if folder.is_dir() and folder.name not in (GOLD, *PASSES, "guidelines") and any(folder.iterdir()):
            wording = f"no pass of this name; expected {', '.join((GOLD, *PASSES))}"
            yield ArticleSource(folder, folder.name, problems=(Problem("unknown-file", 1, 1, wording),))


def validate_sources(root: Path, only: Iterable[Path] = (), progress: Progress = lambda *_: None) -> Result:
    """Check the sources below `root`: all of them, or only the given files of `corpus/` and `annotations/`."""
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    wanted = {os.path.realpath(path.parent) + os.sep + path.name for path in only}
    unread = set(wanted)

    def asked_for(path: Path) -> bool:
        name = os.path.realpath(path.parent) + os.sep + path.name
        unread.discard(name)
        return not wanted or name in wanted

    passes = {name: frozenset(path.stem for path in (root / "annotations" / name).glob("*.json")) for name in (GOLD, *PASSES)}
    texts = sorted((root / "corpus").glob("*.txt"))
    findings: list[Finding] = []
    gold: dict[int, Located] = {}
    records: list[Record] = []
    examined = 0
    for number, path in enumerate(texts):
        progress("articles", number, len(texts))
        places = {name: root / "annotations" / name / f"{path.stem}.json" for name in (GOLD, *PASSES)}
        asked = {place: asked_for(place) for place in (path, *places.values())}
        if not any(asked.values()):
            continue
        source = read_article(path, root)
        if asked[path]:
            findings += file_findings(source, root)
            examined += 1
        for name, place in places.items():
            document = read_document(place, root) if path.stem in passes[name] else None
            if document is not None and asked[place]:
                findings += file_findings(document, root)
                examined += 1
            if not _readable(source):
                continue
            with_front = name == GOLD and asked[path]
            if document is None and not with_front:
                continue
            record = _record(source, document if asked[place] or name == GOLD else None, schemas, with_front)
            located = Located(record, source, document, str(path))
            found = list(record_findings(located, root))
            if name != GOLD:
                found = [finding for finding in found if finding.path == shown_path(place, root)]
            findings += [f for f in found if asked_for(root / f.path)]
            if name == GOLD:
                gold[id(record)] = located
                records.append(record)
    for name in sorted(unread):
        lost = ArticleSource(Path(name), Path(name).stem, problems=(Problem("unknown-file", 1, 1, _why_unread(root, Path(name))),))
        findings += [replace(finding, article=None) for finding in file_findings(lost, root)]
    if wanted:
        message = "checks of the whole corpus (E401 to E407) were not run on single files; run `sisipan validate` for them"
        first = min(map(Path, wanted))
        findings.append(Finding(shown_path(first, root), 1, 1, "I410", "not-run", "note", None, None, message))
    else:
        progress("corpus", len(texts), len(texts))
        for stray in _stray(root):
            findings += [replace(finding, article=None) for finding in file_findings(stray, root)]
        corpus = Corpus(tuple(records), retired_ids(root), {k: v for k, v in passes.items() if v or k == GOLD})
        findings += corpus_findings(corpus, gold, root)
    return Result(tuple(sorted(set(findings), key=by_place)), len(records), examined)


def _why_unread(root: Path, path: Path) -> str:
    """Why no command reads a file below the root."""
    if path.suffix == ".json" and path.parent.name in (GOLD, *PASSES):
        return f"no corpus/{path.stem}.txt for this document; restore the text or remove the annotations"
    return f"not read by any command; expected corpus/ID.txt or annotations/{{{','.join((GOLD, *PASSES))}}}/ID.json"


def config_of(schemas: Schemas, names: Iterable[str]) -> str | None:
    """The configuration whose columns are most like `names`, or None where more than half are foreign."""
    found = set(names)
    scores = {config: len(found & {f.name for f in fields}) / len(found | {f.name for f in fields}) for config, fields in schemas.configs.items()}
    best = max(scores, key=scores.get)
    return best if scores[best] > 0.5 else None


def read_parquet(path: Path, shown: str, schemas: Schemas, config: str | None = None) -> ParquetFile:
    """A Parquet file with its rows; what keeps it from being read is in `problem`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return ParquetFile(shown, problem=str(error.strerror or error))
    file = ParquetFile(shown, len(data), hashlib.sha256(data).hexdigest())
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        table.validate(full=True)
        if len(set(table.schema.names)) != len(table.schema.names):
            raise ValueError("two columns have the same name")
        file = replace(file, table=table, config=config if config in schemas.configs else config_of(schemas, table.schema.names))
        if not matches_schema(Release(schemas, ()), file):
            return file
        return replace(file, rows=tuple(from_table(schemas.configs[file.config], table)))
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        return replace(file, table=None, problem=str(error).splitlines()[0][:120])


def _release_findings(release: Release, base: Path, folder: Path) -> Iterator[Finding]:
    for check in at_level("release"):
        for path, hit in check.run(release):
            yield finding_of(check, hit, shown_path(folder / path, base), *hit.place.at, None)
    located: dict[int, Located] = {}
    records = []
    for file in release.files:
        if file.config == "articles":
            for number, row in enumerate(file.rows, start=1):
                name = row["id"] if isinstance(row["id"], str) else None
                record = Record(name, row, release.schemas, (("row", "article", row),))
                located[id(record)] = Located(record, None, None, str(folder / file.path), number)
                records.append(record)
                yield from record_findings(located[id(record)], base)
    yield from corpus_findings(Corpus(tuple(records), from_sources=False), located, base)


def _derived(release: Release) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """The rows that the other tables should have, by path, from the nested records where all of them are sound."""
    out: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for file in release.files:
        if file.config != "articles" or file.path not in release.listed:
            continue
        records = [Record("", row, release.schemas, (("row", "article", row),)) for row in file.rows]
        if any(r.violations or any(len(r.sound[layer]) != len(r.data[layer]) for layer in LAYERS) for r in records):
            continue
        articles = [article_from_record(row) for row in file.rows]
        for config in release.schemas.configs:
            expected = tuple(rows(config, articles)) if config != "articles" else ()
            if expected:
                out[data_path(config, release.listed[file.path]["split"])] = expected
    return out


def validate_release(folder: Path, base: Path | None = None) -> Result:
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
    files = tuple(read_parquet(folder / path, path, schemas, listed.get(path, {}).get("config")) for path in paths)
    release = Release(schemas, files, listed, problem, whole=True)
    release = replace(release, derived=_derived(release))
    findings = set(_release_findings(release, base or folder, folder))
    articles = sum(len(file.rows) for file in files if file.config == "articles")
    return Result(tuple(sorted(findings, key=by_place)), articles, len(files))


def validate_parquet(path: Path, base: Path) -> Result:
    """Check one Parquet file; against the manifest too where the release that it is part of is round it."""
    schemas = load_schemas()
    file = read_parquet(path, path.name, schemas)
    release = Release(schemas, (file,))
    for folder in path.resolve().parents:
        if (folder / MANIFEST).is_file():
            shown = path.resolve().relative_to(folder).as_posix()
            try:
                listed = {e["path"]: e for e in read_manifest(folder)["files"] if e["path"] == shown}
            except SisipanError as error:
                release = replace(release, manifest_problem=str(error).split(": ", 1)[-1])
                break
            if listed:
                release = Release(schemas, (replace(file, path=shown),), listed)
                findings = set(_release_findings(release, base, folder))
                return Result(tuple(sorted(findings, key=by_place)), len(file.rows) if file.config == "articles" else 0, 1)
    findings = set(_release_findings(release, base, path.parent))
    findings.add(Finding(shown_path(path, base), 1, 1, "I410", "not-run", "note", None, None, "no manifest lists this file: E603 to E609 were not run"))
    return Result(tuple(sorted(findings, key=by_place)), len(file.rows) if file.config == "articles" else 0, 1)
