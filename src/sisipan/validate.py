"""Run every check over the sources and give each hit its place; `releases` and `linefiles` do so for Parquet and JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sisipan.checks import at_level
from sisipan.checks.context import Corpus, Record
from sisipan.errors import SisipanError
from sisipan.findings import Finding
from sisipan.model import LAYERS
from sisipan.offsets import lone_surrogate, text_sha256
from sisipan.releases import accepted_mentions
from sisipan.remembered import Remembered, sources_sha256
from sisipan.results import Located, Progress, Result, by_place, corpus_findings, file_findings, ran_at, record_findings, shown_path
from sisipan.schemas import Schemas, load_schemas
from sisipan.store import GOLD, PASSES, ArticleSource, DocumentSource, Problem, article_path, read_article, read_document


def _record(source: ArticleSource, document: DocumentSource | None, schemas: Schemas, with_front: bool, accepted: frozenset[tuple[str, str]] = frozenset()) -> Record:
    data: dict[str, Any] = {"id": source.id, **source.front}
    data["text"] = source.text
    if source.text is not None and "text_sha256" not in data and lone_surrogate(source.text) is None:
        data["text_sha256"] = text_sha256(source.text)
    parts = [("front", "front_matter", source.front)] if with_front else []
    annotations = document.data if document is not None else None
    if annotations is not None:
        data.update({layer: annotations[layer] for layer in LAYERS if layer in annotations})
        parts.append(("document", "document", annotations))
    return Record(source.id, data, schemas, tuple(parts), annotations, document.path.stem if document is not None else None, accepted)


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


def validate_unchanged(root: Path, progress: Progress = lambda *_: None, cache: Path | None = None) -> Result:
    """Check all sources below `root`; the result about the same bytes is taken from `cache`, a folder, where it is known."""
    content = sources_sha256(root) if cache is not None else None
    if content is None:
        return validate_sources(root, progress=progress)
    remembered = Remembered(cache, load_schemas(root / "schema"))
    known = remembered.get("sources", "", content)
    if known is not None:
        return known
    result = validate_sources(root, progress=progress)
    if sources_sha256(root) == content:
        remembered.put("sources", "", content, result)
    return result


def validate_sources(root: Path, only: Iterable[Path] = (), progress: Progress = lambda *_: None) -> Result:
    """Check the sources below `root`: all of them, or only the given files of `corpus/` and `annotations/`."""
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    wanted = {os.path.realpath(path.parent) + os.sep + path.name for path in only}
    unread = set(wanted)

    def asked_for(path: Path) -> bool:
        name = os.path.realpath(path.parent) + os.sep + path.name
        unread.discard(name)
        return not wanted or name in wanted

    accepted = accepted_mentions(root)
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
            record = _record(source, document if asked[place] or name == GOLD else None, schemas, with_front, accepted.get(path.stem, frozenset()))
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
    ran = ran_at("file", "record") if wanted else ran_at("file", "record", "corpus")
    return Result(tuple(sorted(set(findings), key=by_place)), len(records), examined, ran)


def _why_unread(root: Path, path: Path) -> str:
    """Why no command reads a file below the root."""
    if path.suffix == ".json" and path.parent.name in (GOLD, *PASSES):
        return f"no corpus/{path.stem}.txt for this document; restore the text or remove the annotations"
    return f"not read by any command; expected corpus/ID.txt or annotations/{{{','.join((GOLD, *PASSES))}}}/ID.json"
