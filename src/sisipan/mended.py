"""What a corpus would be found to have if some of its articles were mended, asked before anything is written."""

from __future__ import annotations

import os
import shutil
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sisipan.checks.context import Corpus
from sisipan.findings import Finding
from sisipan.known import key
from sisipan.results import Located, corpus_findings
from sisipan.schemas import Schemas, load_schemas
from sisipan.sourcefiles import record_of
from sisipan.store import GOLD, PASSES, article_path, document_path, read_article, read_document
from sisipan.validate import retired_ids, validate_sources

Contents = Mapping[str, Mapping[str, str]]  # new contents by article and path below the root


def files_of(root: Path, article: str) -> list[Path]:
    """The files of an article that are there: its text, then its documents."""
    places = [article_path(root, article), *(document_path(root, article, name) for name in (GOLD, *PASSES))]
    return [place for place in places if place.is_file()]


def _new(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[Finding]:
    """Findings that there were not before, wherever they stand now."""
    left = Counter((one.path, one.code, one.span) for one in map(key, before))
    for finding in after:
        one = key(finding)
        kind = (one.path, one.code, one.span)
        if left[kind] > 0:
            left[kind] -= 1
        else:
            yield finding


@contextmanager
def _mended(root: Path, contents: Contents) -> Iterator[Path]:
    """A copy of these articles with their new contents, and of what their checks look into."""
    with tempfile.TemporaryDirectory(prefix="sisipan-fix-") as folder:
        copy = Path(folder)
        audited = root / "annotations" / "audited.jsonl"
        for place in [*(place for article in contents for place in files_of(root, article)), *([audited] if audited.is_file() else [])]:
            target = copy / place.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, target)
        if (root / "schema").is_dir():
            shutil.copytree(root / "schema", copy / "schema")
        for files in contents.values():
            for name, content in files.items():
                (copy / name).write_bytes(content.encode("utf-8"))
        yield copy


def _gold(root: Path, article: str, schemas: Schemas, place: Path | None = None) -> Located:
    """An article with its gold, read below `root`, as one that lies below `place`."""
    there = place or root
    source = replace(read_article(article_path(root, article), root), path=article_path(there, article))
    path = document_path(root, article)
    document = replace(read_document(path, root), path=document_path(there, article)) if os.path.lexists(path) else None
    return Located(record_of(source, document, schemas, False), source, document, str(source.path))


def _compared(located: Located) -> dict[str, Any]:
    """What of an article the checks of the whole look at."""
    return {name: value for name, value in located.record.data.items() if name not in ("entities", "claims")}


def _across(root: Path, copy: Path, articles: Iterable[str]) -> dict[str, Finding]:
    """For each article that would cause a new finding of the whole corpus if it were as in the copy, the first such finding."""
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    mended = {article: _gold(copy, article, schemas, root) for article in articles}
    now = {article: _gold(root, article, schemas) for article in mended}
    changed = [article for article in mended if _compared(mended[article]) != _compared(now[article])]
    if not changed:
        return {}
    now = {path.stem: now.get(path.stem) or _gold(root, path.stem, schemas) for path in sorted((root / "corpus").glob("*.txt"))}
    passes = {name: frozenset(path.stem for path in (root / "annotations" / name).glob("*.json")) for name in (GOLD, *PASSES)}
    retired = retired_ids(root)

    def found(with_mended: Iterable[str]) -> list[Finding]:
        all_of_them = {**now, **{article: mended[article] for article in with_mended}}
        corpus = Corpus(tuple(one.record for one in all_of_them.values()), retired, {name: ids for name, ids in passes.items() if ids or name == GOLD})
        return list(corpus_findings(corpus, {id(one.record): one for one in all_of_them.values()}, root))

    before = found(())

    def first_new(count: int) -> Finding | None:
        """The first finding that there would be with the first so many of the changed articles mended."""
        return next(_new(before, found(islice(changed, count))), None)

    worse: dict[str, Finding] = {}
    while changed and first_new(len(changed)):
        # it may stand in an article that is left as it is: the one that causes it is the first with which it is there
        last = bisect_left(range(1, len(changed)), True, key=lambda count: first_new(count) is not None)
        worse[changed[last]] = first_new(last + 1)
        del changed[last]
    return worse


def worsened(root: Path, contents: Contents) -> dict[str, Finding]:
    """For each article that would have, or cause elsewhere, a finding that there is not now, the first such finding."""
    before = validate_sources(root, [path for article in contents for path in files_of(root, article)]).findings
    with _mended(root, contents) as copy:
        after = validate_sources(copy, [path for article in contents for path in files_of(copy, article)]).findings
        worse: dict[str, Finding] = {}
        for finding in _new(before, after):
            if finding.article:
                worse.setdefault(finding.article, finding)
        return worse | _across(root, copy, [article for article in contents if article not in worse])
