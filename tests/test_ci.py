"""What GitHub and pre-commit read: workflows, the problem matcher, the hooks."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from conftest import REPOSITORY, Done

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
MATCHER = REPOSITORY / ".github/sisipan-matcher.json"
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))}
RIGHTS = {"ci.yml": {"contents": "read"}}


def tool(name: str) -> str:
    """A command of the environment that runs the tests."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, f"{name} is not installed; it is one of the packages for tests"
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(path.read_text("utf-8"))["jobs"]


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def sisipan(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sisipan", *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)


def place_of(report: Path, format_: str) -> tuple[str, str]:
    """The file that a reader of a report opens, and the fingerprint of what is found there."""
    if format_ == "sarif":
        [found] = json.loads(report.read_text("utf-8"))["runs"][0]["results"]
        artifact = found["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        return unquote(artifact["uri"]), found["partialFingerprints"]["sisipan/v1"]
    if format_ == "github":
        return re.match(r"::error file=([^,]*),line=8,", report.read_text("utf-8"))[1].replace("%3A", ":"), ""
    return unquote(re.search(r"\]\(([^)]*)#L8\)", report.read_text("utf-8"))[1]), ""


@pytest.mark.parametrize("format_", ["github", "sarif", "markdown"])
@pytest.mark.parametrize("kind", ["a repository", "a worktree", "a checkout below the workspace", "a workspace without Git", "nothing above"])
@pytest.mark.parametrize("within", [False, True], ids=["from the top", "from the corpus"])
def test_what_annotates_a_change_names_files_from_the_top_of_the_repository(root: Path, kind: str, format_: str, within: bool, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Done]) -> None:
    top = root.parent / "work" / "our repository"
    here = top / "corpora" / "of: two"
    here.parent.mkdir(parents=True)
    root.rename(here)
    if kind == "a worktree":
        (top / ".git").write_text("gitdir: elsewhere\n")
    elif kind in ("a repository", "a checkout below the workspace"):
        (top / ".git").mkdir()
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    if "workspace" in kind:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(top if kind == "a workspace without Git" else top.parent))
    gold = here / "annotations/gold/banjir-demak.json"
    gold.write_text(gold.read_text("utf-8").replace('"start": 64, "end": 76', '"start": 65, "end": 77'), "utf-8")
    report = root.parent / "report"
    where = ["--root", here] if not within else []
    assert run("validate", "--format", format_, "--output", report, *where, cwd=here if within else top).returncode == 1
    base = here if kind == "nothing above" else top
    place, fingerprint = place_of(report, format_)
    assert base / place == gold
    text = run("validate", *where, cwd=here if within else top).stdout
    assert text.startswith("annotations/gold/banjir-demak.json:8:5: error E203")
    if format_ == "sarif":
        assert fingerprint == "6553da30822f406e0729a4d5a2f8cc4d:1"


def test_files_of_a_release_are_named_from_the_top_of_the_repository(root: Path) -> None:
    """They are below the folder that the command runs in, not below the corpus."""
    top = root.parent
    (top / ".git").mkdir()
    assert sisipan("build", cwd=root).returncode == 0
    (root / "data/spam/train.parquet").write_bytes(b"x")
    (root / "corpus/panen-garam.txt").write_bytes((root / "corpus/panen-garam.txt").read_bytes()[:-1])
    lines = sisipan("validate", "--format", "github", "spam/train.parquet", "../corpus/panen-garam.txt", cwd=root / "data").stdout.splitlines()
    assert {re.match(r"::error file=([^,]*),", line)[1] for line in lines if line.startswith("::error")} == {f"{root.name}/data/spam/train.parquet", f"{root.name}/corpus/panen-garam.txt"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_one_by_its_schema_and_by_the_linter(path: Path) -> None:
    for command in ([tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows"], [tool("zizmor"), "--offline", "--no-progress", "--persona", "auditor"]):
        done = subprocess.run([*command, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_right_that_it_does_not_need(path: Path) -> None:
    whole = yaml.safe_load(path.read_text("utf-8"))
    assert whole["permissions"] == {} and whole["concurrency"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(whole[True])  # YAML reads `on` as true
    for job in whole["jobs"].values():
        assert job["permissions"] == RIGHTS[path.name] and 0 < job["timeout-minutes"] <= 90
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_commands_hold_no_expression(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: *(.*)$", path.read_text("utf-8"), re.MULTILINE)
    assert len(used) == sum("uses" in step for step in steps(path)) > 0
    for one in used:
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one
    assert not [step["run"] for step in steps(path) if "${{" in step.get("run", "")]


def test_every_target_of_make_that_ci_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"^ *make ([\w-]+)", (REPOSITORY / ".ci/run").read_text("utf-8"), re.MULTILINE))
    for path in WORKFLOWS:
        named |= {target for step in steps(path) for target in re.findall(r"\bmake ([\w-]+)", step.get("run", ""))}
        named |= {target for job in jobs(path).values() for target in job.get("strategy", {}).get("matrix", {}).get("target", [])}
    assert {"environment", "check", "test", "test-compat", "test-hooks", "vulnerabilities"} <= named <= targets
    assert "build --check" in (REPOSITORY / "Makefile").read_text("utf-8").split("\ncheck:")[1].split("\n\n")[0]


def test_the_workflow_for_other_corpora_is_one_and_its_commands_run(root: Path, tmp_path: Path, run: Callable[..., Done]) -> None:
    words = re.search(r"## In CI\n\n```yaml\n(.*?)```", (REPOSITORY / "docs/findings.md").read_text("utf-8"), re.DOTALL)[1]
    workflow = tmp_path / "shown.yml"
    workflow.write_text(words, "utf-8")
    done = subprocess.run([tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", workflow], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [job] = jobs(workflow).values()
    assert job["permissions"]["security-events"] == "write" and yaml.safe_load(words)["permissions"] == {}
    text = root / "corpus/panen-garam.txt"
    text.write_bytes(text.read_bytes()[:-1])
    run("validate", "--write-baseline", "known.json", cwd=root)
    commands = [shlex.split(step["run"]) for step in job["steps"] if step.get("run", "").startswith("sisipan ")]
    assert [run(*command[1:], cwd=root).returncode for command in commands] == [0, 0]
    [uploaded] = [step["with"]["sarif_file"] for step in job["steps"] if "upload-sarif" in step.get("uses", "")]
    assert [found["level"] for found in json.loads((root / uploaded).read_text("utf-8"))["runs"][0]["results"]] == ["warning"]
    text.write_bytes(text.read_bytes().replace(b"split: test", b"split: trial"))
    assert [run(*command[1:], cwd=root).returncode for command in commands] == [1, 1]
    assert "error" in [found["level"] for found in json.loads((root / uploaded).read_text("utf-8"))["runs"][0]["results"]]


def matched(output: str) -> list[dict[str, str]]:
    """What GitHub would annotate: each matcher's patterns are tried on lines that follow one another."""
    lines, found = output.split("\n"), []
    for matcher in json.loads(MATCHER.read_text("utf-8"))["problemMatcher"]:
        first, second = matcher["pattern"]
        for one, other in zip(lines, lines[1:]):
            a, b = re.match(first["regexp"], one), re.match(second["regexp"], other)
            if a and b:
                values = {key: (a if pattern is first else b)[group] for pattern in (first, second) for key, group in pattern.items() if key != "regexp"}
                found.append({"severity": matcher.get("severity"), **values})
    return found


def test_the_matcher_reads_what_validate_writes(root: Path) -> None:
    """Every finding, with its place, and nothing else: in a folder with spaces and colons, with errors, warnings and notes."""
    apart = root.parent / "my corpus: of two"
    shutil.copytree(root, apart / "a b")
    gold = apart / "a b/annotations/gold/banjir-demak.json"
    gold.write_text(gold.read_text("utf-8").replace('"text": "Demak"', '"text": "demak"').replace('"start": 46', '"start": 45'), "utf-8")
    text = apart / "a b/corpus/panen-garam.txt"
    text.write_text(text.read_text("utf-8").replace("brands: []", "brands: [nirmala]"), "utf-8")
    where = ("a b/annotations/gold/banjir-demak.json", "a b/corpus/panen-garam.txt")
    told = json.loads(sisipan("validate", *where, "--format", "json", cwd=apart).stdout)
    assert {row["severity"] for row in told} == {"error", "warning", "note"}
    done = sisipan("validate", *where, cwd=apart)
    assert done.returncode == 1
    severities = {"note": "notice"}
    assert sorted(tuple(row.values()) for row in matched(done.stdout)) == sorted(
        (severities.get(row["severity"], row["severity"]), row["path"], str(row["line"]), str(row["column"]), row["code"], row["message"]) for row in told
    )


def test_the_matcher_reads_known_findings_too(root: Path, run: Callable[..., Done]) -> None:
    text = root / "corpus/panen-garam.txt"
    text.write_bytes(text.read_bytes()[:-1])
    assert run("validate", "--write-baseline", "known.json", cwd=root).returncode == 0
    done = run("validate", "--baseline", "known.json", cwd=root)
    assert "known warning E008" in done.stdout
    assert [(row["severity"], row["file"], row["code"]) for row in matched(done.stdout)] == [("warning", "corpus/panen-garam.txt", "E008")]


def test_the_matcher_is_registered_where_findings_are_text() -> None:
    [step] = [step["run"] for path in WORKFLOWS for step in steps(path) if "add-matcher" in step.get("run", "")]
    assert (REPOSITORY / re.search(r"::add-matcher::(\S+?)\"", step)[1]) == MATCHER


def test_the_hooks_are_ones_by_pre_commit() -> None:
    done = subprocess.run([tool("pre-commit"), "validate-manifest", REPOSITORY / ".pre-commit-hooks.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(HOOKS) == {"sisipan-validate", "sisipan-build-check"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("corpus/banjir-demak.txt", ["sisipan-validate", "sisipan-build-check"]),
        ("annotations/gold/banjir-demak.json", ["sisipan-validate", "sisipan-build-check"]),
        ("annotations/pass-b/banjir-demak.json", ["sisipan-validate", "sisipan-build-check"]),
        ("annotations/guidelines/README.md", ["sisipan-build-check"]),
        ("schema/claim.schema.json", ["sisipan-build-check"]),
        ("data/manifest.json", ["sisipan-build-check"]),
        ("corpora/elsewhere/corpus/a.txt", ["sisipan-validate"]),
        ("src/sisipan/cli/validate.py", []),
    ],
)
def test_a_hook_runs_on_the_files_that_it_is_about(path: str, wanted: list[str]) -> None:
    assert [name for name, hook in HOOKS.items() if re.search(hook["files"], path)] == wanted


def test_a_hook_refuses_what_an_edit_broke(root: Path) -> None:
    words = shlex.split(HOOKS["sisipan-validate"]["entry"])
    assert words[0] == "sisipan"
    text = root / "corpus/banjir-demak.txt"
    assert sisipan(*words[1:], "corpus/banjir-demak.txt", cwd=root).returncode == 0
    text.write_bytes(text.read_bytes().replace(b"2.316", b"2.31", 1))
    done = sisipan(*words[1:], "corpus/banjir-demak.txt", "annotations/gold/banjir-demak.json", cwd=root)
    assert done.returncode == 1 and "error E203 quote-mismatch" in done.stdout


def test_a_hook_looks_at_a_corpus_in_a_folder(root: Path, run: Callable[..., Done]) -> None:
    """As CONTRIBUTING.md says: the files of the first are named from the top; the second is told the root."""
    here = root.parent / "corpora/ours"
    here.parent.mkdir()
    root.rename(here)
    words = re.search(r"`files: (\S+)` and `args: (\[.*?\])`", (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8"))
    assert re.search(words[1], "corpora/ours/annotations/gold/a.json")
    entry = [*shlex.split(HOOKS["sisipan-build-check"]["entry"]), *yaml.safe_load(words[2])]
    assert run(*entry[1:], cwd=here.parents[1]).returncode == 1
    assert run("build", "--root", "corpora/ours", cwd=here.parents[1]).returncode == 0
    assert run(*entry[1:], cwd=here.parents[1]).returncode == 0
    files = [f"corpora/ours/{path.relative_to(here)}" for path in sorted(here.rglob("*-*.*")) if re.search(HOOKS["sisipan-validate"]["files"], str(path.relative_to(here)))]
    assert len(files) == 8 and run(*shlex.split(HOOKS["sisipan-validate"]["entry"])[1:], *files, cwd=here.parents[1]).returncode == 0


def test_a_hook_refuses_a_release_that_was_not_built(root: Path) -> None:
    words = shlex.split(HOOKS["sisipan-build-check"]["entry"])
    done = sisipan(*words[1:], cwd=root)
    assert done.returncode == 1 and "stale data/manifest.json" in done.stdout
