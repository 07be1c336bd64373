"""Findings as SARIF 2.1.0, which code scanning reads."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from sisipan.checks import BY_CODE
from sisipan.findings import Check, Finding
from sisipan.fixes import mendable
from sisipan.known import fingerprints
from sisipan.report import AS_IT_IS, plural, visible, where
from sisipan.selection import CODES, in_short
from sisipan.results import Result
from sisipan.workspace import Shown

LIMIT = 5000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def _rule(check: Check) -> dict[str, Any]:
    explanation = " ".join(check.explanation.split())
    return {
        "id": check.code,
        "name": check.name,
        "shortDescription": {"text": check.name},
        "fullDescription": {"text": explanation},
        "help": {"text": f"{explanation}\n\n`sisipan validate --explain {check.code}`"},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _result(finding: Finding, fingerprint: str, rule: int, state: str | None, path: str) -> dict[str, Any]:
    uri = {"uri": quote(path.encode("utf-8", "surrogatepass")), **({} if path.startswith("/") else {"uriBaseId": "%SRCROOT%"})}
    place = {"artifactLocation": uri, "region": {"startLine": finding.line, "startColumn": finding.column}}
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": visible(finding.message + where(finding))},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"sisipan/v1": fingerprint},
        **({"baselineState": state} if state else {}),
        **({"properties": {"fixable": True}} if mendable(finding) else {}),
    }


def _notices(result: Result, kept: int) -> list[str]:
    """What a reader of the log would otherwise take for passed."""
    said = []
    if kept < len(result.findings):
        said.append(f"{plural(len(result.findings) - kept, 'finding')} of {len(result.findings)} left out of this log, which holds {kept}; errors come first")
    if result.left_out:
        said.append(f"left out: {in_short(result.left_out)}")
    if not_run := set(CODES) - result.ran:
        said.append(f"not run on what was given: {in_short(not_run)}")
    return said


def as_sarif(result: Result, shown: Shown = AS_IT_IS) -> str:
    """A log with one run. Of more than 5,000 findings, which is what GitHub shows, the gravest are kept.

    Each has the fingerprint that a baseline knows it by; where a baseline was given, whether it is new or unchanged.
    Paths are as `shown`, from the top of the sources, which a viewer knows: code scanning takes them from the top of the repository.
    """
    marks = fingerprints(result.findings)
    found = list(zip(result.findings, marks))
    if len(found) > LIMIT:
        gravest = sorted(range(len(found)), key=lambda n: (list(_LEVELS).index(found[n][0].severity), n))[:LIMIT]
        found = [found[n] for n in sorted(gravest)]
    codes = sorted({finding.code for finding, _ in found})
    state = {True: "unchanged", False: "new"} if result.gone is not None else {}
    notices = [{"level": "note", "message": {"text": words}} for words in _notices(result, len(found))]
    run = {
        "tool": {"driver": {"name": "sisipan", "rules": [_rule(BY_CODE[code]) for code in codes]}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, mark, codes.index(finding.code), state.get(finding.known), shown(finding.path)) for finding, mark in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"
