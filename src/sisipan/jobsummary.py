"""Findings as the Markdown summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sisipan.checks import BY_CODE
from sisipan.findings import Finding
from sisipan.report import AS_IT_IS, mending, summary, visible, where
from sisipan.selection import CODES, in_short
from sisipan.results import Result
from sisipan.workspace import Shown

LIMIT = 1_000_000  # bytes; GitHub refuses a summary of a step above 1 MiB
PLACES = 10
_LONGEST = 300


def _code(text: str, longest: int = _LONGEST) -> str:
    """Words of the data as a code span, in which nothing is markup: on one line, cut where they are long."""
    shown = visible(text.replace("\n", "⏎"))
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if not shown.strip() or shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def link_base(environment: Mapping[str, str]) -> str:
    """Where the files of this commit can be read, as GitHub's variables tell; empty where they tell nothing."""
    server, repository, commit = (environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    return f"{server}/{repository}/blob/{commit}/" if server and repository and commit else ""


def _place(finding: Finding, base: str, shown: Shown) -> str:
    path = shown(finding.path)
    target = f"{base}{quote(path.encode('utf-8', 'surrogatepass'))}#L{finding.line}"
    known = "known: " if finding.known else ""
    return f"- [{_code(f'{path}:{finding.line}')}]({target}) {known}{_code((where(finding) + ' ').lstrip() + finding.message)}"


def _group(found: Sequence[Finding], places: int, base: str, shown: Shown) -> list[str]:
    lines = [f"**{found[0].code} {found[0].name}**", "", *(_place(finding, base, shown) for finding in found[:places])]
    return [*lines, f"- and {len(found) - places} more", ""] if len(found) > places else [*lines, ""]


def _with_places(result: Result, places: int, base: str, shown: Shown, command: str) -> str:
    by_code = {code: [finding for finding in result.findings if finding.code == code] for code in CODES}
    by_code = {code: found for code, found in by_code.items() if found}
    lines = ["### sisipan validate", "", summary(result), ""]
    mended = mending(result, command and _code(command, len(command)))
    lines += [mended, ""] if mended else []
    if by_code:
        lines += ["| code | severity | findings | known | what it means |", "|---|---|--:|--:|---|"]
        for code, found in by_code.items():
            meaning = " ".join(BY_CODE[code].explanation.split()).replace("|", "\\|")
            lines.append(f"| {code} {BY_CODE[code].name} | {BY_CODE[code].severity} | {len(found)} | {sum(f.known for f in found)} | {meaning} |")
        lines.append("")
    for found in by_code.values() if places else ():
        lines += _group(found, places, base, shown)
    if result.gone:
        lines += ["**Known findings that are gone**", "", *(f"- {_code(one)}" for one in result.gone[:places]), ""]
    if not_run := set(CODES) - result.ran:
        lines += [f"Not run on what was given: {in_short(not_run)}.", ""]
    return "\n".join(lines)


def as_markdown(result: Result, base: str = "", limit: int = LIMIT, shown: Shown = AS_IT_IS, command: str = "") -> str:
    """A table of the codes found, then the first places of each as links below `base`, then what was not run.

    It has at most `limit` bytes in UTF-8: the more findings there are, the fewer places are given; a table always.
    Paths are as `shown`; `command` is the one that mends.
    """
    for places in (PLACES, 5, 2, 1, 0):
        written = _with_places(result, places, base, shown, command)
        if len(written.encode("utf-8", "replace")) <= limit:
            break
    return written
