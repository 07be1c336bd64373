"""Run every check over the sources and give each hit its place; `releases` and `linefiles` do so for Parquet and JSON lines."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sisipan.checks import at_level
from sisipan.errors import SisipanError
from sisipan.findings import Finding
from sisipan.releases import accepted_mentions
from sisipan.remembered import Remembered, sources_sha256
from sisipan.results import Progress, Result, by_place, file_findings, ran_at, shown_path
from sisipan.schemas import Schemas, load_schemas
from sisipan.sourcefiles import Asked, examined, record_of, reread
from sisipan.store import GOLD, PASSES, ArticleSource, DocumentSource, Problem, article_path, document_path
from sisipan.wholes import Whole, findings_of_names


def errors_of(article: str, front: Mapping[str, Any], text: str, document: Mapping[str, Any], schemas: Schemas) -> list[str]:
    """What would be wrong with an article that is about to be written, as messages."""
    source = ArticleSource(Path(f"{article}.txt"), article, dict(front), text=text)
    record = record_of(source, DocumentSource(Path(f"{article}.json"), article, data=document), schemas, True)
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
    there = {name for name in _names(root / "corpus", ".txt") if article_path(root, name).exists()}
    for folder, ending in expected:
        for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
            if name.endswith(ending) and name != ending:
                if ending == ".json" and name.removesuffix(ending) not in there:
                    path = folder / name
                    yield ArticleSource(path, path.stem, problems=(Problem("unknown-file", 1, 1, _why_unread(root, path)),))
            elif name not in known and not name.startswith("."):
                path = folder / name
                yield ArticleSource(path, path.stem, problems=(Problem("unknown-file", 1, 1, f"not read by any command; expected ID{ending} here"),))
    for folder in sorted((root / "annotations").iterdir()) if (root / "annotations").is_dir() else ():
        if folder.is_dir() and folder.name not in (GOLD, *PASSES, "guidelines") and any(folder.iterdir()):
            wording = f"no pass of this name; expected {', '.join((GOLD, *PASSES))}"
            yield ArticleSource(folder, folder.name, problems=(Problem("unknown-file", 1, 1, wording),))


def _names(folder: Path, ending: str) -> list[str]:
    """The names of the files with this ending in a folder, without it; none where there is no such folder."""
    try:
        return [name.removesuffix(ending) for name in os.listdir(folder) if name.endswith(ending) and name != ending]
    except OSError:
        return []


def _namer() -> Callable[[Path], str]:
    """What tells the file of a path from any other, links among its folders followed."""
    folder = lru_cache(os.path.realpath)
    return lambda path: folder(path.parent) + os.sep + path.name


def validate_unchanged(root: Path, progress: Progress = lambda *_: None, cache: Path | None = None, workers: int = 1) -> Result:
    """Check all sources below `root`; the result about the same bytes is taken from `cache`, a folder, where it is known."""
    content = sources_sha256(root) if cache is not None else None
    if content is None:
        return validate_sources(root, progress=progress, workers=workers)
    remembered = Remembered(cache, load_schemas(root / "schema"))
    known = remembered.get("sources", "", content)
    if known is not None:
        return known
    result = validate_sources(root, progress=progress, workers=workers)
    if sources_sha256(root) == content:
        remembered.put("sources", "", content, result)
    return result


def validate_sources(root: Path, only: Iterable[Path] = (), progress: Progress = lambda *_: None, workers: int = 1) -> Result:
    """Check the sources below `root`: all of them, or only the given files of `corpus/` and `annotations/`."""
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    named = _namer()
    wanted = {named(path) for path in only}
    accepted = accepted_mentions(root)
    passes = {name: frozenset(_names(root / "annotations" / name, ".json")) for name in (GOLD, *PASSES)}
    texts = sorted(_names(root / "corpus", ".txt"), key=lambda name: f"{name}.txt")  # as paths are sorted: `a-b` before `a`
    asked: list[Asked] = []
    unread = set(wanted)
    folders = {name: document_path(root, "any", name).parent for name in passes}
    for article in texts:
        path = article_path(root, article)
        places = [(name, folders[name] / f"{article}.json") for name in passes if wanted or article in passes[name]]
        if wanted:
            mine = {named(place) for place in (path, *(place for _, place in places))}
            unread -= mine
            if not mine & wanted:
                continue
        there = tuple((name, place, not wanted or named(place) in wanted) for name, place in places if article in passes[name])
        asked.append(Asked(path, not wanted or named(path) in wanted, there, accepted.get(article, frozenset())))
    findings: list[Finding] = []
    kept: list[Asked] = []  # those that have a record
    with tempfile.TemporaryDirectory(prefix="sisipan-") as folder:
        whole = Whole(Path(folder))
        for first, found, parts in examined(asked, root, schemas, workers, whole=not wanted):
            progress("articles", first, len(asked))
            findings += found
            for part in parts:
                kept += [asked[first + number] for number in part.numbers]
                if not wanted and part.compared is not None:
                    whole.add(*part.compared)
        for name in sorted(unread):
            lost = ArticleSource(Path(name), Path(name).stem, problems=(Problem("unknown-file", 1, 1, _why_unread(root, Path(name))),))
            findings += [replace(finding, article=None) for finding in file_findings(lost, root)]
        if wanted:
            message = "checks of the whole corpus (E401 to E407) were not run on single files; run `sisipan validate` for them"
            first_path = min(map(Path, wanted))
            findings.append(Finding(shown_path(first_path, root), 1, 1, "I410", "not-run", "note", None, None, message))
        else:
            progress("corpus", len(texts), len(texts))
            for stray in _stray(root):
                findings += [replace(finding, article=None) for finding in file_findings(stray, root)]
            findings += whole.findings(lambda numbers: (reread(kept[number], root, schemas) for number in numbers), root)
            some = {k: v for k, v in passes.items() if v or k == GOLD}
            findings += findings_of_names([(one.path.stem, one.path) for one in kept], retired_ids(root), some, root, schemas)
    ran = ran_at("file", "record") if wanted else ran_at("file", "record", "corpus")
    return Result(tuple(sorted(set(findings), key=by_place)), len(kept), sum(one.files for one in asked), ran)


def _why_unread(root: Path, path: Path) -> str:
    """Why no command reads a file below the root."""
    if path.suffix == ".json" and path.parent.name in (GOLD, *PASSES):
        return f"no corpus/{path.stem}.txt for this document; restore the text or remove the annotations"
    return f"not read by any command; expected corpus/ID.txt or annotations/{{{','.join((GOLD, *PASSES))}}}/ID.json"
