"""Validate JSON lines of nested records, chunk by chunk: memory does not grow with the file, and all cores help."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from sisipan.checks.context import Record
from sisipan.errors import SisipanError
from sisipan.fast.corpus import Keys
from sisipan.fast.duplicates import Shingled
from sisipan.fast.lines import LineJudge
from sisipan.fast.texts import Texts
from sisipan.findings import Finding
from sisipan.remembered import Remembered, file_sha256
from sisipan.results import Located, Progress, Result, by_place, file_findings, ran_at, record_findings, shown_path
from sisipan.schemas import Schemas, load_schemas
from sisipan.store import MAX_BYTES, ArticleSource, Problem, parse_json
from sisipan.wholes import Whole, compared

CHUNK = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Chunk:
    """Whole lines of a file: the number of the first one (from 1) and where its bytes start. `cut` says that it is one line, cut off where it was too long."""

    first_line: int
    offset: int
    data: bytes
    cut: int = 0

    @property
    def lines(self) -> int:
        return self.data.count(b"\n") + (not self.data.endswith(b"\n"))


def chunks(path: Path) -> Iterator[Chunk]:
    """The file in chunks of whole lines. A line that is longer than any article can be comes alone and cut off, with its true size."""
    line, offset, held = 1, 0, b""
    try:
        with open(path, "rb") as file:
            while block := file.read(CHUNK):
                held += block
                at = held.rfind(b"\n") + 1
                if at:
                    yield Chunk(line, offset, held[:at])
                    line += held.count(b"\n", 0, at)
                    offset += at
                    held = held[at:]
                elif len(held) > MAX_BYTES:
                    size = len(held)
                    while b"\n" not in block and (block := file.read(CHUNK)):
                        size += len(block)
                    rest = block[block.find(b"\n") + 1 :] if b"\n" in block else b""
                    size -= len(rest)
                    yield Chunk(line, offset, held[:64], size)
                    line, offset, held = line + 1, offset + size, rest
            if held:
                yield Chunk(line, offset, held)
    except OSError as error:
        raise SisipanError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def read_line(line: bytes, first: bool) -> tuple[object, tuple[Problem, ...]]:
    """The record in a line and what is wrong with the line as such; places count from the start of the line."""
    problems: tuple[Problem, ...] = ()
    if first and line.startswith(_BOM):
        problems, line = (Problem("byte-order-mark", 1, 1, "the file starts with a byte-order mark; save it as plain UTF-8"),), line[3:]
    if len(line) > MAX_BYTES:
        return None, (*problems, too_large(len(line)))
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8", "replace")) + 1
        return None, (*problems, Problem("not-utf8", 1, column, f"byte 0x{line[error.start]:02x} is not UTF-8 ({error.reason}); save the file as UTF-8"))
    if not text.strip():
        return None, problems
    data, more = parse_json(text)
    if not more and not isinstance(data, dict):
        more = (Problem("json-syntax", 1, 1, "expected an object: a nested record of the default configuration"),)
    return (data if isinstance(data, dict) else None), (*problems, *more)


def too_large(size: int) -> Problem:
    """What is said of a line that was not read."""
    return Problem("too-large", 1, 1, f"{size:,} bytes in one line; an article has at most {MAX_BYTES:,}; split it")


def located(data: dict, path: str, number: int, schemas: Schemas, fits: bool = False) -> Located:
    """The record of a line. `fits` says that it certainly satisfies the schema, which then isn't asked again."""
    name = data["id"] if isinstance(data.get("id"), str) else None
    return Located(Record(name, data, schemas, () if fits else (("row", "article", data),)), None, None, path, number)


@dataclass(frozen=True)
class Read:
    """What came of a chunk: findings of single articles, what the checks of the whole compare, and the lines that the articles stand in."""

    findings: tuple[Finding, ...]
    lines: np.ndarray
    keys: Keys
    shingled: Shingled


@lru_cache(maxsize=1)
def _judge() -> LineJudge:
    return LineJudge(load_schemas())


def examine(chunk: Chunk, path: str, base: Path) -> Read:
    """Examine the lines of a chunk: most at once, the others one by one."""
    judge = _judge()
    findings: list[Finding] = []
    if chunk.cut:
        findings += _about_line(path, chunk.first_line, (too_large(chunk.cut),), base)
        return Read(tuple(findings), *compared((), (), (), judge.schemas))
    fits = np.zeros(chunk.lines, bool)
    clean = np.zeros(chunk.lines, bool)
    batches: list[tuple[np.ndarray, pa.RecordBatch, Texts | None]] = []
    for judged in judge.judged(chunk.data):
        fits[judged.numbers], clean[judged.numbers] = judged.verdicts.fits, judged.verdicts.clean
        some = judged.verdicts.clean
        whole = judged.numbers, judged.batch, judged.verdicts.texts
        batches.append(whole if some.all() else (judged.numbers[some], judged.batch.filter(pa.array(some)), None))
    records = []
    for number, line in enumerate(chunk.data.split(b"\n")[: chunk.lines]) if not clean.all() else ():
        if clean[number]:
            continue
        data, problems = read_line(line, chunk.first_line + number == 1)
        findings += _about_line(path, chunk.first_line + number, problems, base)
        if data is not None:
            one = located(data, path, chunk.first_line + number, judge.schemas, bool(fits[number]))
            findings += record_findings(one, base)
            records.append((number, one.record))
    return Read(tuple(findings), *compared(batches, records, (), judge.schemas))


def _about_line(path: str, number: int, problems: Iterable[Problem], base: Path) -> Iterator[Finding]:
    moved = tuple(Problem(one.kind, number, one.column, one.message) for one in problems)
    yield from (replace(finding, article=None) for finding in file_findings(ArticleSource(Path(path), "", problems=moved), base)) if moved else ()


def _examined(path: Path, base: Path, workers: int) -> Iterator[tuple[Chunk, Read]]:
    """Every chunk with what came of it, in order."""
    if workers < 2 or path.stat().st_size < 2 * CHUNK:
        for chunk in chunks(path):
            yield chunk, examine(chunk, str(path), base)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting: list = []
        for chunk in chunks(path):
            waiting.append((chunk, pool.submit(examine, chunk, str(path), base)))
            if len(waiting) > workers + 1:
                done, future = waiting.pop(0)
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()


def validate_lines(path: Path, base: Path, progress: Progress = lambda *_: None, workers: int = 1, cache: Path | None = None) -> Result:
    """Check a file of JSON lines, one nested record a line. Raises SisipanError where the file cannot be read.

    With `cache`, a folder, the result about the same bytes is taken from there.
    """
    schemas = load_schemas()
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SisipanError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if not size:
        source = ArticleSource(path, "", problems=(Problem("empty-file", 1, 1, "the file is empty; write it anew or remove it"),))
        return Result(tuple(replace(finding, article=None) for finding in file_findings(source, base)), 0, 1, ran_at("file", "record", "corpus"))
    shown = shown_path(path, base)
    remembered = Remembered(cache, schemas) if cache is not None else None
    known = remembered.get("lines", shown, file_sha256(path)) if remembered else None
    if known is not None:
        return known
    content = hashlib.sha256()  # of the very bytes that are examined
    reread, whole_read = False, True
    findings: list[Finding] = []
    places: list[tuple[int, int, np.ndarray]] = []

    def fetch(articles: Sequence[int]) -> Iterator[Located]:
        """The records of these articles, read again."""
        nonlocal reread
        reread = True
        firsts = np.cumsum([0, *(len(lines) for _, _, lines in places)])
        with open(path, "rb") as file:
            chunk, at = -1, 0  # where the file stands
            for article in articles:
                number = int(np.searchsorted(firsts, article, side="right")) - 1
                first_line, offset, lines = places[number]
                line = int(lines[article - firsts[number]])
                if number != chunk or line < at:
                    file.seek(offset)
                    chunk, at = number, 0
                for _ in range(line - at):
                    file.readline()
                at = line + 1
                data, _ = read_line(file.readline().removesuffix(b"\n"), first_line + line == 1)
                yield located(data, str(path), first_line + line, schemas)

    with tempfile.TemporaryDirectory(prefix="sisipan-") as folder:
        whole = Whole(Path(folder))
        for chunk, read in _examined(path, base, workers):
            content.update(chunk.data)
            whole_read = whole_read and not chunk.cut
            findings += read.findings
            places.append((chunk.first_line, chunk.offset, read.lines.astype(np.uint32)))
            whole.add(read.keys, read.shingled)
            progress("bytes", chunk.offset, size)
        findings += whole.findings(fetch, base)
    result = Result(tuple(sorted(set(findings), key=by_place)), whole.articles, 1, ran_at("file", "record", "corpus"))
    if remembered and whole_read and not (reread and file_sha256(path) != content.hexdigest()):
        remembered.put("lines", shown, content.hexdigest(), result)
    return result
