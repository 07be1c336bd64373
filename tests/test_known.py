"""Known findings of released records warn; what is new fails, and a record new since the release gets no amnesty."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from cases import GOLD, SALT, TEXT, apply
from conftest import REPOSITORY, Done
from hypothesis import given
from hypothesis import strategies as st

from sisipan.checks import CHECKS
from sisipan.errors import SisipanError
from sisipan.findings import Finding
from sisipan.known import Known, against, coming_version, fingerprints, format_baseline, key, known_findings, parse_baseline, released_records
from sisipan.selection import CODES, keep
from sisipan.results import Result

MOVED = (GOLD, '"start": 64, "end": 76, "text": "Tirta Wenang"', '"start": 65, "end": 77, "text": "Tirta Wenang"')
LABEL = (GOLD, '"label": "PER"', '"label": "PERSON"')
SALT_TITLE = (SALT, "title: Petani Madura memanen garam", "title: Petani Madura  memanen garam")


def finding(message: str, line: int = 1, span: str | None = "e4 65:77", article: str | None = "a", code: str = "E203") -> Finding:
    """A finding of an article."""
    check = next(check for check in CHECKS if check.code == code)
    return Finding("annotations/gold/a.json", line, 1, code, check.name, check.severity, article, span, message)


def test_a_finding_is_known_whatever_its_line_and_offsets() -> None:
    before = finding('text is "Rp 1.200" but article has "x"; it stands at 65:77: run `sisipan anchor`', 8)
    after = finding('text is "Rp 1.200" but article has "x"; it stands at 165:177: run `sisipan anchor`', 9, "e4 165:177")
    assert key(before) == key(after) == Known("annotations/gold/a.json", "E203", "e4", 'text is "Rp 1.200" but article has "x"; it stands at #:#: run `sisipan anchor`')
    assert fingerprints([before]) == fingerprints([after])
    assert key(finding("end 166 lies beyond the text, which has 165 code points")).message == "end # lies beyond the text, which has # code points"


@pytest.mark.parametrize("other", [finding('text is "b"'), finding('text is "a"', span="e5 65:77"), finding('text is "a"', code="E202"), replace(finding('text is "a"'), path="annotations/pass-a/a.json")])
def test_another_word_span_code_or_file_is_another_finding(other: Finding) -> None:
    assert key(other) != key(finding('text is "a"'))
    assert fingerprints([other]) != fingerprints([finding('text is "a"')])


def test_of_two_equal_findings_one_known_the_second_is_new() -> None:
    result = Result((finding("m", 1), finding("m", 2)), 1, 1)
    found = against(result, Counter({key(finding("m")): 1}), {"a"}, True)
    assert [(f.severity, f.known) for f in found.findings] == [("warning", True), ("error", False)]
    assert not found.clean and found.gone == ()
    assert len(set(fingerprints(result.findings))) == 2


def test_what_no_longer_occurs_is_named_unless_it_was_not_looked_for() -> None:
    known = Counter({key(finding("m")): 2, key(finding("w", code="W501")): 1})
    result = Result((finding("m"),), 1, 1)
    assert against(result, known, {"a"}, True).gone == ("annotations/gold/a.json: E203 [e4] m", "annotations/gold/a.json: W501 [e4] w")
    assert against(result, known, {"a"}, False).gone == ()
    assert against(keep(result, frozenset(CODES) - {"W501"}), known, {"a"}, True).gone == ("annotations/gold/a.json: E203 [e4] m",)


def test_a_record_of_no_release_is_never_forgiven_even_if_a_baseline_names_it() -> None:
    found = against(Result((finding("m"), finding("n", article=None)), 1, 1), Counter({key(finding("m")): 1, key(finding("n")): 1}), set(), True)
    assert [(f.severity, f.known) for f in found.findings] == [("error", False)] * 2 and found.gone == ()
    assert known_findings([finding("m"), finding("n", article=None), finding("o", code="I403")], {"a"}) == {key(finding("m")): 1}


words = st.text(max_size=8)
known_ones = st.dictionaries(st.builds(Known, words, st.sampled_from(CODES), st.none() | words, words), st.integers(1, 9), max_size=9).map(Counter)


@given(known_ones)
def test_a_baseline_is_read_as_it_was_written_and_does_not_depend_on_order(known: Counter[Known]) -> None:
    written = format_baseline(known)
    assert parse_baseline(written, "x") == known
    assert format_baseline(Counter(dict(reversed(known.items())))) == written
    assert len(written.split("\n")) == len(known) + 3


@pytest.mark.parametrize("raw", ["", "[]", "{}", "[" * 10**5, '{"sisipan_baseline": 2, "findings": []}', '{"sisipan_baseline": 1, "findings": [1]}', '{"sisipan_baseline": 1, "findings": [{"path": "a", "code": "E203", "span": null, "message": "m", "count": 0}]}'])  # fmt: skip
def test_what_is_no_baseline_is_refused(raw: str) -> None:
    with pytest.raises(SisipanError, match=r"^known\.json: not a baseline \(.+\); `sisipan validate --write-baseline known\.json` writes one$"):
        parse_baseline(raw, "known.json")


def test_a_record_is_released_when_its_version_has_a_date_and_the_tag_has_it() -> None:
    added = {"old": "0.1.0", "new": "0.3.0", "begun-since": "0.2.0", "odd": "soon", "none": None}
    changelog = "# Changelog\n\n## 0.3.0 (unreleased)\n\n## 0.2.0 (2026-11-26)\n\n## 0.1.0 (2026-11-23)\n"
    tags = {"0.2.0": {"old"}}
    assert released_records(added, changelog, "0.2.0", lambda version: None) == {"old", "begun-since"}
    assert released_records(added, changelog, "0.2.0", tags.get) == {"old"}
    assert released_records(added, None, "0.2.0", lambda version: None) == {"old", "begun-since"}
    assert released_records({"a": "0.10.0", "b": "0.9.0"}, None, "0.9.1", lambda version: None) == {"b"}


def test_known_findings_warn_and_new_ones_fail(root: Path, run: Callable[..., Done]) -> None:
    apply(root, (MOVED,))
    done = run("validate", "--write-baseline", "known.json", cwd=root)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "wrote 1 known finding to known.json")
    assert (root / "known.json").read_text("utf-8") == (
        '{"sisipan_baseline": 1, "findings": [\n'
        '  {"path": "annotations/gold/banjir-demak.json", "code": "E203", "span": "e4", '
        '"message": "text is \\"Tirta Wenang\\" but article has \\"irta Wenang \\"; the offsets fit UTF-16 units: convert them", "count": 1}\n]}\n'
    )
    done = run("validate", "--baseline", "known.json", "--select", "E1", cwd=root)
    assert (done.returncode, "gone" in done.stdout) == (0, False)
    done = run("validate", "--baseline", "known.json", cwd=root)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "annotations/gold/banjir-demak.json:8:5: known warning E203 quote-mismatch [banjir-demak e4 65:77]"
    assert done.stdout.splitlines()[-2] == "2 articles in 8 files: 1 warning (1 known)"
    rows = json.loads(run("validate", "--baseline", "known.json", "--format", "json", cwd=root).stdout)
    assert [(row["severity"], row["known"]) for row in rows] == [("warning", True)]
    apply(root, (LABEL,))
    done = run("validate", "--baseline", "known.json", cwd=root)
    assert done.returncode == 1 and "error E101 schema [banjir-demak e4" in done.stdout
    assert run("validate", "--baseline", "known.json", "corpus/panen-garam.txt", cwd=root).returncode == 0


def test_a_known_finding_that_was_mended_is_named(root: Path, run: Callable[..., Done]) -> None:
    apply(root, (SALT_TITLE,))
    assert run("validate", "--write-baseline", "known.json", cwd=root).returncode == 0
    apply(root, ((SALT_TITLE[0], SALT_TITLE[2], SALT_TITLE[1]),))
    assert run("validate", "--baseline", "known.json", cwd=root).stdout == (
        "\n"
        'gone: corpus/panen-garam.txt: E106 title is "Petani Madura  memanen garam" but the first line is "Petani Madura memanen garam"; make them equal\n'
        "\n"
        "2 articles in 8 files: no findings; 1 known finding gone: run --write-baseline\n"
    )
    assert run("validate", "--write-baseline", "known.json", cwd=root).returncode == 0
    assert (root / "known.json").read_text("utf-8") == '{"sisipan_baseline": 1, "findings": [\n]}\n'


def test_a_record_new_since_the_last_release_gets_no_amnesty(root: Path, run: Callable[..., Done]) -> None:
    apply(root, (MOVED, SALT_TITLE))
    (root / "CHANGELOG.md").write_text("## 0.2.0 (unreleased)\n\n## 0.1.0 (2026-11-23)\n", "utf-8")
    apply(root, ((TEXT, "added_in: 0.1.0", "added_in: 0.2.0"),))
    done = run("validate", "--write-baseline", "known.json", cwd=root)
    assert done.returncode == 1 and "wrote 1 known finding to known.json" in done.stderr
    assert "error E203 quote-mismatch [banjir-demak" in done.stdout and "known warning E106" in done.stdout


def test_a_record_begun_after_the_release_is_told_by_the_tag(root: Path, run: Callable[..., Done]) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "-C", str(root)]
    for words in (["init", "-q"], ["add", "corpus/panen-garam.txt"], ["commit", "-qm", "x"], ["tag", "v0.1.0"]):
        subprocess.run([*git, *words], check=True)
    apply(root, (MOVED, SALT_TITLE))
    done = run("validate", "--write-baseline", "known.json", cwd=root)
    assert done.returncode == 1 and "error E203 quote-mismatch [banjir-demak" in done.stdout and "known warning E106" in done.stdout


def test_a_baseline_is_of_all_sources(root: Path, run: Callable[..., Done]) -> None:
    for words in (["corpus"], ["--select", "E2"], ["--ignore", "E2"]):
        done = run("validate", "--write-baseline", "known.json", *words, cwd=root)
        assert done.returncode == 2 and "a baseline holds the findings of all sources" in done.stderr
    assert run("validate", ".", "--write-baseline", "known.json", cwd=root).returncode == 0
    done = run("validate", "--baseline", "none.json", cwd=root)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "sisipan: error: none.json: no such file; `sisipan validate --write-baseline none.json` writes one")
    assert run("validate", "--baseline", "known.json", "--write-baseline", "known.json", cwd=root).returncode == 2


def test_github_gets_a_job_summary_too(root: Path, tmp_path: Path, run: Callable[..., Done]) -> None:
    apply(root, (MOVED,))
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    environment = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "o/n", "GITHUB_SHA": "abc"}
    done = run("validate", "--format", "github", cwd=root, **environment)
    assert done.stdout.startswith("::error file=annotations/gold/banjir-demak.json,line=8,")
    assert summary.read_text("utf-8") == "before\n" + run("validate", "--format", "markdown", cwd=root, **environment).stdout
    assert "](https://github.example/o/n/blob/abc/annotations/gold/banjir-demak.json#L8)" in summary.read_text("utf-8")


def test_the_page_of_findings_says_how(root: Path, tmp_path: Path) -> None:
    """Its blocks run, and so do the steps of its workflow that are ours."""
    page = (REPOSITORY / "docs/findings.md").read_text("utf-8")
    workflow = yaml.safe_load(re.search(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[1])
    steps = [step["run"] for step in workflow["jobs"]["validate"]["steps"] if step.get("run", "").startswith("sisipan ")]
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 3 and len(steps) == 2
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}

    def sh(code: str) -> int:
        return subprocess.run(["bash", "-euc", code], cwd=root, capture_output=True, check=False, env=environment).returncode

    good = (root / GOLD).read_bytes()
    apply(root, (MOVED,))
    assert [sh(code) for code in (blocks[0], blocks[1], *steps)] == [1, 0, 0, 0]
    assert (tmp_path / "summary.md").read_text("utf-8").startswith("### sisipan validate")
    assert json.loads((root / "sisipan.sarif").read_bytes())["runs"][0]["results"][0]["baselineState"] == "unchanged"
    (root / GOLD).write_bytes(good.replace(b"\n", b"\r\n"))
    assert sh(blocks[2]) == 0 and (root / GOLD).read_bytes() == good


@pytest.mark.parametrize(
    ("changelog", "version", "expected"),
    [
        (None, "0.1.0", "0.2.0"),
        ("## 0.2.1 (unreleased)\n\n## 0.2.0 (2026-11-26)\n", "0.2.0", "0.3.0"),
        ("## 0.2.1 (unreleased)\n\n## 0.2.0 (2026-11-26)\n", "0.2.1", "0.3.0"),
        ("## 1.0.0 (unreleased)\n\n## 0.2.0 (2026-11-26)\n", "1.0.0", "1.0.0"),
        ("## 0.10.0 (2026-11-26)\n\n## 0.9.0 (2026-11-23)\n", "0.10.0", "0.11.0"),
        ("## 0.1.0 (unreleased)\n", "0.1.0", "0.1.0"),
    ],
)
def test_a_new_article_counts_as_no_released_one(changelog: str | None, version: str, expected: str) -> None:
    assert coming_version(changelog, version) == expected
    assert released_records({"baru": expected}, changelog, version, lambda _: None) == frozenset()
