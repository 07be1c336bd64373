"""Findings as text, JSON, GitHub annotations and JUnit XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from sisipan.checks import BY_CODE, CHECKS
from sisipan.findings import Finding
from sisipan.fixes import how_mended, mendable
from sisipan.selection import in_short
from sisipan.results import Result
from sisipan.workspace import Shown

GITHUB_LIMIT = 10
_KEYS = ("code", "name", "severity", "path", "line", "column", "article", "span", "message", "known")
AS_IT_IS: Shown = str
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """Text whose control, bidirectional and invisible characters are shown as escapes, safe for a terminal."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def in_context(text: str, start: int, end: int, reach: int = 30) -> str:
    """A range of a text between » and « with its surroundings, on one line and safe for a terminal."""
    return visible(f"{text[max(0, start - reach) : start]}»{text[start:end]}«{text[end : end + reach]}".replace("\n", "⏎"))


def where(finding: Finding) -> str:
    """Article and span of a finding in brackets, after a blank; empty where it has neither."""
    inside = " ".join(part for part in (finding.article, finding.span) if part)
    return f" [{inside}]" if inside else ""


def plural(count: int, word: str) -> str:
    """A count with its word."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def summary(result: Result) -> str:
    """One line: how much was examined, what was found, and what was left out."""
    found = [plural(result.count(severity), severity) for severity in ("error", "warning", "note") if result.count(severity)]
    known = sum(finding.known for finding in result.findings)
    line = f"{plural(result.articles, 'article')} in {plural(result.files, 'file')}: {', '.join(found) or 'no findings'}{f' ({known} known)' if known else ''}"
    if result.left_out:
        line += f"; left out: {in_short(result.left_out)}"
    if result.gone:
        line += f"; {plural(len(result.gone), 'known finding')} gone: run --write-baseline"
    return line


def mending(result: Result, command: str) -> str:
    """How many of the findings a command mends; empty where none are of a kind that it does, and where there is no such command."""
    count = sum(map(mendable, result.findings))
    return f"--fix mends {count} of these, or says why not: {command}" if count and command else ""


def block(f: Finding) -> str:
    """A finding in two lines: its place, code and span; what was found and the way out."""
    return visible(f"{f.path}".replace("\n", "\\n")) + visible(f":{f.line}:{f.column}: {'known ' if f.known else ''}{f.severity} {f.code} {f.name}{where(f)}") + visible(f"\n  {f.message}")


def as_text(result: Result) -> str:
    """A block a finding, then a long explanation once per code, then the summary."""
    lines = [block(finding) for finding in result.findings]
    for code in sorted({finding.code for finding in result.findings}):
        explanation = " ".join(BY_CODE[code].explanation.split())
        lines += ["", f"{code} {BY_CODE[code].name}: {explanation}"]
    if result.gone:
        lines += ["", *(visible(f"gone: {one}".replace("\n", "\\n")) for one in result.gone)]
    if result.findings or result.gone:
        lines.append("")
    return "\n".join([*lines, summary(result)]) + "\n"


def as_json(result: Result) -> str:
    """A list of objects with `code, name, severity, path, line, column, article, span, message, known, fixable`."""
    rows = [{key: getattr(finding, key) for key in _KEYS} | {"fixable": mendable(finding)} for finding in result.findings]
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + ("\n]\n" if rows else "]\n")


def _escape(text: str, also: str = "") -> str:
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def as_github(result: Result, shown: Shown = AS_IT_IS) -> str:
    """Workflow annotations, with paths as `shown`. GitHub shows ten of a kind a step and fifty a job, so beyond ten there is one for each code."""
    lines = []
    for severity, command in (("error", "error"), ("warning", "warning"), ("note", "notice")):
        found = [finding for finding in result.findings if finding.severity == severity]
        groups: list[Sequence[Finding]] = [[finding] for finding in found]
        if len(found) > GITHUB_LIMIT:
            codes = sorted({finding.code for finding in found})
            groups = [[f for f in found if f.code == code] for code in codes]
            if len(groups) > GITHUB_LIMIT:
                groups = [*groups[: GITHUB_LIMIT - 1], [f for group in groups[GITHUB_LIMIT - 1 :] for f in group]]
        for group in groups:
            first = group[0]
            more = f" (and {len(group) - 1} more like it; see the job summary)" if len(group) > 1 else ""
            place = f"file={_escape(visible(shown(first.path)), ':,')},line={first.line},col={first.column},title={_escape(f'{first.code} {first.name}', ':,')}"
            lines.append(f"::{command} {place}::{_escape(visible(('known: ' if first.known else '') + first.message + where(first) + more))}")
    return "\n".join([*lines, summary(result)]) + "\n"


def _xml(text: str) -> str:
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", visible(text))


def as_junit(result: Result) -> str:
    """JUnit XML: a test case for each check. Errors are its failure, warnings and notes its output; one that did not run is skipped."""
    failed = {finding.code for finding in result.findings if finding.severity == "error"}
    found = {check.code: [finding for finding in result.findings if finding.code == check.code] for check in CHECKS}
    silent = {code for code in found if not found[code] and (code not in result.ran or code in result.left_out)}
    counts = {"tests": str(len(CHECKS)), "failures": str(len(failed)), "errors": "0"}
    suite = ElementTree.Element("testsuite", {"name": "sisipan validate", **counts, "skipped": str(len(silent))})
    for check in CHECKS:
        case = ElementTree.SubElement(suite, "testcase", classname="sisipan.validate", name=f"{check.code} {check.name}")
        if check.code in silent:
            ElementTree.SubElement(case, "skipped", message="left out" if check.code in result.left_out else "not run on what was given")
        elif found[check.code]:
            text = "\n".join(_xml(f"{f.path}:{f.line}:{f.column}:{' known:' if f.known else ''}{where(f)} {f.message}") for f in found[check.code])
            tag = "failure" if check.code in failed else "system-out"
            attributes = {"type": check.severity, "message": plural(len(found[check.code]), "finding")}
            ElementTree.SubElement(case, tag, attributes if tag == "failure" else {}).text = text
    root = ElementTree.Element("testsuites", counts)
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def table_of_codes(checks: Iterable = CHECKS) -> str:
    """The table of codes for the documentation, generated from the docstrings."""
    rows = [f"| {c.code} | {c.name} | {c.severity} | {how_mended(c.code)} | {' '.join(c.explanation.split())} |" for c in checks]
    return "\n".join(["| code | name | severity | `--fix` | what it means |", "|---|---|---|---|---|", *rows]) + "\n"
