"""What a run of the checks came to: all findings, each with its place in a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sisipan.checks import BY_CODE, at_level
from sisipan.checks.context import Corpus, Record
from sisipan.findings import Check, Finding, Hit, Place
from sisipan.store import ArticleSource, DocumentSource

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Result:
    """All findings of a run, in order of file and line, and how much was examined.

    `ran` holds the codes whose checks ran, `left_out` those whose findings were not asked for. `gone` names the known
    findings that no longer occur; it is None where no baseline was given.
    """

    findings: tuple[Finding, ...]
    articles: int
    files: int
    ran: frozenset[str] = frozenset(BY_CODE)
    left_out: tuple[str, ...] = ()
    gone: tuple[str, ...] | None = None

    def count(self, severity: str) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def clean(self) -> bool:
        """No error: warnings and notes do not fail a run."""
        return self.count("error") == 0


def ran_at(*levels: str) -> frozenset[str]:
    """The codes of the checks that are called with these, and of those that say what was not run."""
    return frozenset(code for code, check in BY_CODE.items() if check.level in (*levels, "none"))


@dataclass(frozen=True)
class Located:
    """A record with the sources that know where its parts stand."""

    record: Record
    text: ArticleSource | None
    document: DocumentSource | None
    path: str
    row: int = 1

    def place(self, place: Place) -> tuple[Path | str, int, int]:
        if place.part == "document" and self.document is not None:
            return self.document.path, *self.document.place(place.at)
        if place.part == "text" and self.text is not None:
            return self.text.path, *self.text.text_place(place.at[0])
        if self.text is not None and place.part in ("front", "text"):
            key = place.at[0] if place.at else ""
            return self.text.path, *self.text.front_places.get(key, (1, 1))
        if self.document is not None:
            return self.document.path, 1, 1
        return self.path, self.row, 1


def shown_path(path: Path | str, base: Path) -> str:
    """A path as messages show it: below `base` where it lies there; links are not followed."""
    absolute = Path(os.path.abspath(path))
    for folder in (Path(os.path.abspath(base)), base.resolve()):
        if absolute.is_relative_to(folder):
            return absolute.relative_to(folder).as_posix()
    return Path(path).as_posix()


def _one_line(words: str) -> str:
    """Words of the data, or about it, that can neither pass for another line nor for a command to the runner of a workflow (`##[error]`)."""
    return words.replace("\n", "\\n").replace("##[", "\\u0023#[")


def finding_of(check: Check, hit: Hit, path: str, line: int, column: int, article: str | None) -> Finding:
    article, span = (words and _one_line(words) for words in (article, hit.span))
    return Finding(path, line, column, check.code, check.name, check.severity, article, span, _one_line(hit.message))


def file_findings(source: ArticleSource | DocumentSource, base: Path) -> Iterator[Finding]:
    for check in at_level("file"):
        for hit in check.run(source):
            yield finding_of(check, hit, shown_path(source.path, base), *hit.place.at, source.id)


def record_findings(located: Located, base: Path) -> Iterator[Finding]:
    for check in at_level("record"):
        for hit in check.run(located.record):
            path, line, column = located.place(hit.place)
            yield finding_of(check, hit, shown_path(path, base), line, column, located.record.article)


def corpus_findings(corpus: Corpus, located: Mapping[int, Located], base: Path, checks: Iterable[Check] | None = None) -> Iterator[Finding]:
    """What the checks of a whole corpus say: all of them, or only those given."""
    for check in at_level("corpus") if checks is None else checks:
        for record, hit in check.run(corpus):
            path, line, column = located[id(record)].place(hit.place)
            yield finding_of(check, hit, shown_path(path, base), line, column, record.article)


def by_place(finding: Finding) -> tuple:
    return finding.path, finding.line, finding.column, finding.code, finding.span or "", finding.message
