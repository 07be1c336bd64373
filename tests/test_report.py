"""Machine formats are what their readers expect, whatever stands in the data."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from sisipan.checks import CHECKS
from sisipan.findings import Finding
from sisipan.report import FORMATS, as_github, as_junit, as_sarif, as_text, table_of_codes, visible
from sisipan.validate import Result

anything = st.text(max_size=30)
findings = st.builds(
    lambda check, path, line, column, article, span, message: Finding(path, line, column, check.code, check.name, check.severity, article, span, message),
    st.sampled_from(CHECKS), anything, st.integers(1, 10**6), st.integers(1, 10**6), st.none() | anything, st.none() | anything, anything,
)  # fmt: skip
results = st.lists(findings, max_size=30).map(lambda found: Result(tuple(found), 3, 4))


@given(results)
def test_every_format_can_be_parsed(result: Result) -> None:
    rows = json.loads(FORMATS["json"](result))
    assert [row["message"] for row in rows] == [finding.message for finding in result.findings]
    assert all(list(row) == ["code", "name", "severity", "path", "line", "column", "article", "span", "message"] for row in rows)
    sarif = json.loads(as_sarif(result))
    run = sarif["runs"][0]
    assert {r["ruleId"] for r in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    suite = ElementTree.fromstring(as_junit(result).encode()).find("testsuite")
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(CHECKS)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))


@given(results)
def test_github_annotations_stay_below_its_limits(result: Result) -> None:
    lines = as_github(result).split("\n")
    for kind in ("::error ", "::warning ", "::notice "):
        assert sum(line.startswith(kind) for line in lines) <= 10
    assert len(lines) <= 32


@given(results)
def test_no_terminal_code_from_the_data_reaches_the_reader(result: Result) -> None:
    for name in ("text", "json", "github", "sarif", "junit"):
        assert not set(FORMATS[name](result)) & set("\x1b\x07\x08\r\x9b\u202e\u2066\u200b")


def test_a_summary_counts_by_severity() -> None:
    found = tuple(Finding("a", 1, 1, c.code, c.name, c.severity, None, None, "m") for c in CHECKS if c.code in ("E203", "E204", "W501"))
    assert as_text(Result(found, 2, 8)).splitlines()[-1] == "2 articles in 8 files: 2 errors, 1 warning"
    assert as_text(Result((), 1, 1)) == "1 article in 1 file: no findings\n"


def test_invisible_characters_are_shown() -> None:
    assert visible("s\u200blot\x1b[31m é 😀\n") == "s\\u200blot\\u001b[31m é 😀\n"


def test_the_table_has_every_code() -> None:
    rows = table_of_codes().splitlines()
    assert len(rows) == len(CHECKS) + 2
    assert all(row.count(" | ") >= 3 for row in rows[2:])
