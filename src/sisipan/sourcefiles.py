"""Examine source files, many articles at a time: most files at once, the others one by one."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sisipan.checks.context import Record
from sisipan.fast.corpus import Keys
from sisipan.fast.documents import SourceReader, covered
from sisipan.fast.duplicates import Shingled
from sisipan.fast.mask import Judge
from sisipan.findings import Finding
from sisipan.model import LAYERS
from sisipan.offsets import lone_surrogate, text_sha256
from sisipan.results import Located, file_findings, record_findings, shown_path
from sisipan.schemas import Schemas
from sisipan.store import GOLD, PASSES, ArticleSource, DocumentSource, article_of, document_of, document_path, plain_bytes, read_article, read_document
from sisipan.wholes import compared

FEW = 16  # articles; when fewer are asked about, loading what the quick way needs takes longer than it saves
TOGETHER = 128  # articles that are handed to a process
_MANY = 16  # such portions are worth other processes, which take a second to start
_HELD = 8 * 1024 * 1024  # bytes of files that are judged together
_UNREADABLE = frozenset({"unreadable", "symlink-outside", "too-large", "empty-file", "not-utf8", "front-matter"})


@dataclass(frozen=True)
class Asked:
    """An article and which of its files are asked about: the text (`itself`), and of the documents that exist (gold first) each by name."""

    path: Path
    itself: bool
    documents: tuple[tuple[str, Path, bool], ...]
    accepted: frozenset[tuple[str, str]] = frozenset()

    @property
    def files(self) -> int:
        """How many files are asked about."""
        return self.itself + sum(wanted for _, _, wanted in self.documents)


def record_of(source: ArticleSource, document: DocumentSource | None, schemas: Schemas, with_front: bool, accepted: frozenset[tuple[str, str]] = frozenset()) -> Record:
    """The record of an article with a document. `with_front` says that its front matter must satisfy the schema."""
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
    return not any(problem.kind in _UNREADABLE for problem in source.problems)


@dataclass(frozen=True)
class _Row:
    """What gives a record: an article (its number) with a document. Where that was read as bytes only, `body` holds its layers."""

    number: int
    asked: Asked
    source: ArticleSource
    name: str = GOLD
    path: Path | None = None
    wanted: bool = False
    document: DocumentSource | None = None
    data: bytes = b""
    body: bytes = b""
    sha256: str = ""

    def located(self, schemas: Schemas, fits: bool) -> Located:
        """The record. `fits` says that it certainly satisfies the schema, which then isn't asked again."""
        document = document_of(self.path, self.data) if self.body else self.document
        record = record_of(self.source, document, schemas, self.name == GOLD and self.asked.itself, self.asked.accepted)
        return Located(replace(record, parts=()) if fits else record, self.source, document, str(self.asked.path))

    def files(self, root: Path) -> set[str]:
        """The files, as messages name them, of which something may be said."""
        itself = [self.asked.path] if self.name == GOLD and self.asked.itself else []
        return {shown_path(path, root) for path in (*itself, *([self.path] if self.wanted else []))}


@dataclass(frozen=True)
class Part:
    """Some articles that have a record, by their numbers, and what the checks of the whole corpus compare of them, where that was asked for."""

    numbers: Sequence[int]
    compared: tuple[Keys, Shingled] | None = None


@dataclass(frozen=True)
class Examiner:
    """Examines the source files below `root`: one by one where they stand `alone`, with nothing to compare."""

    root: Path
    schemas: Schemas
    alone: bool = False

    @cached_property
    def _reader(self) -> SourceReader:
        return SourceReader(self.schemas)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.schemas)

    def examine(self, some: Sequence[Asked]) -> tuple[tuple[Finding, ...], tuple[Part, ...]]:
        """All that the checks say of single files and articles, and the articles with their numbers in `some`."""
        findings: list[Finding] = []
        parts: list[Part] = []
        rows: list[_Row] = []
        held, top = 0, os.path.realpath(self.root)
        folders = {name: document_path(self.root, "any", name).parent for name in (GOLD, *PASSES)} | {"": self.root / "corpus"}
        inside = frozenset(name for name, folder in folders.items() if Path(os.path.realpath(folder)).is_relative_to(top))
        for number, asked in enumerate(some):
            found, mine = self._read(number, asked, inside)
            findings += found
            rows += mine
            held += sum(len(row.data) for row in mine) + len(mine[0].source.text or "" if mine else "")
            if held > _HELD or number + 1 == len(some):
                found, part = self._settled(rows)
                findings += found
                parts.append(part)
                rows, held = [], 0
        return tuple(findings), tuple(parts)

    def _read(self, number: int, asked: Asked, inside: Container[str]) -> tuple[list[Finding], list[_Row]]:
        """What is said of the files of an article as such, and its records. `inside` names the passes (and "", the texts) whose folder lies below the root."""
        rows: list[_Row] = []
        data = plain_bytes(asked.path) if "" in inside else None
        source = read_article(asked.path, self.root) if data is None else article_of(asked.path, data)
        findings = list(file_findings(source, self.root)) if asked.itself and not (covered() and not source.problems) else []
        sha256 = text_sha256(source.text) if not self.alone and covered() and self._reader.reads(source) else ""
        head = self._reader.head(source.id, sha256) if sha256 else b""
        for name, path, wanted in asked.documents:
            if name != GOLD and not wanted:
                continue
            data = plain_bytes(path) if name in inside else None
            body = self._reader.body(data, head) if data is not None else None
            if body is not None:
                rows.append(_Row(number, asked, source, name, path, wanted, None, data, body, sha256))
                continue
            document = read_document(path, self.root) if data is None else document_of(path, data)
            findings += file_findings(document, self.root) if wanted else ()
            rows.append(_Row(number, asked, source, name, path, wanted, document, data or b""))
        if asked.itself and not any(row.name == GOLD for row in rows):
            rows.insert(0, _Row(number, asked, source))
        return findings, rows if _readable(source) else []

    def _settled(self, rows: Sequence[_Row]) -> tuple[list[Finding], Part]:
        """What is said of records: those of which nothing certainly is are not looked at again."""
        findings: list[Finding] = []
        fits, clean, batches = self._judged(rows)
        records = []
        for row, sound, silent in zip(rows, fits.tolist(), clean.tolist()):
            if silent:
                continue
            located = row.located(self.schemas, sound)
            if found := list(record_findings(located, self.root)):
                files = row.files(self.root)
                findings += [finding for finding in found if finding.path in files]
            if row.name == GOLD:
                records.append((row.number, located.record))
        if self.alone:
            return findings, Part([number for number, _ in records])
        numbers, keys, shingled = compared(batches, records, (), self.schemas)
        return findings, Part(numbers.tolist(), (keys, shingled))

    def _judged(self, rows: Sequence[_Row]) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, pa.RecordBatch, None]]]:
        """Which records certainly satisfy the schema, which have no finding at all, and the gold ones among these."""
        fits, clean = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
        some = np.array([at for at, row in enumerate(rows) if row.body], np.int64)
        chosen = [rows[at] for at in some.tolist()]
        numbers, owners = np.unique([row.number for row in chosen], return_inverse=True)
        first = dict(zip((row.number for row in reversed(chosen)), reversed(chosen)))
        sources = [first[number] for number in numbers.tolist()]
        batch = self._reader.batch([row.source for row in sources], [row.sha256 for row in sources], owners.tolist(), [row.body for row in chosen]) if chosen else None
        if batch is None:
            return fits, clean, []
        verdicts = self._judge.verdicts(batch, [row.asked.accepted for row in chosen])
        fits[some], clean[some] = verdicts.fits, verdicts.clean
        gold = verdicts.clean & np.array([row.name == GOLD for row in chosen])
        return fits, clean, [(np.array([row.number for row in chosen])[gold], batch.filter(pa.array(gold)), None)]


@lru_cache(maxsize=1)
def _examiner(root: Path, schema: str, alone: bool) -> Examiner:
    return Examiner(root, Schemas(json.loads(schema)), alone)


def _examine(some: Sequence[Asked], *whose: Any) -> tuple[tuple[Finding, ...], tuple[Part, ...]]:
    return _examiner(*whose).examine(some)


def examined(asked: Sequence[Asked], root: Path, schemas: Schemas, workers: int = 1, whole: bool = True) -> Iterator[tuple[int, tuple[Finding, ...], tuple[Part, ...]]]:
    """Findings of single files and articles, in order: those of the articles from a number on; their parts count from there.

    `whole` says that all articles of the corpus are asked about, which will be compared.
    """
    whose = root, json.dumps(schemas.documents), not whole and len(asked) < FEW
    jobs = [(first, asked[first : first + TOGETHER]) for first in range(0, len(asked), TOGETHER)]
    if workers < 2 or len(jobs) < _MANY:
        for first, some in jobs:
            yield first, *_examine(some, *whose)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting: list = []
        for first, some in jobs:
            waiting.append((first, pool.submit(_examine, some, *whose)))
            if len(waiting) > workers + 1:
                done, future = waiting.pop(0)
                yield done, *future.result()
        for done, future in waiting:
            yield done, *future.result()


def reread(asked: Asked, root: Path, schemas: Schemas) -> Located:
    """The record of an article with its gold, read with care."""
    source = read_article(asked.path, root)
    document = next((read_document(path, root) for name, path, _ in asked.documents if name == GOLD), None)
    return Located(record_of(source, document, schemas, asked.itself, asked.accepted), source, document, str(asked.path))
