"""The release script: says first, then does, and undoes what fails."""

from __future__ import annotations

import contextlib
import io
import runpy
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest
from conftest import REPOSITORY
from test_diff import git

from sisipan.publish import publish


@pytest.fixture
def repository(root: Path) -> Path:
    """The base as a Git repository that is ready for release 0.1.0."""
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 (unreleased)\n\n### Texts\n\n- Two.\n")
    shutil.copy(REPOSITORY / "CITATION.cff", root / "CITATION.cff")
    publish(root)
    git(root, "init", "-q")
    git(root, "config", "user.name", "t")
    git(root, "config", "user.email", "t@example.test")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


SCRIPT = REPOSITORY / "scripts/release.py"


@cache
def script() -> click.Command:
    return runpy.run_path(str(SCRIPT))["main"]


def release(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            script().main([*words, "--skip-tests", "--root", str(root)])
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess([], code, out.getvalue(), err.getvalue())


def log(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout


def test_it_says_first_and_then_does(repository: Path) -> None:
    said = subprocess.run([sys.executable, SCRIPT, "0.1.0", "--skip-tests", "--root", repository], capture_output=True, text=True, check=False)
    assert said.returncode == 0 and "would set version 0.1.0, build, date the changelog, commit, and tag v0.1.0" in said.stdout
    assert log(repository, "tag") == "" and log(repository, "status", "--porcelain") == ""
    done = release(repository, "0.1.0", "--yes")
    assert done.returncode == 0, done.stderr
    assert log(repository, "tag") == "v0.1.0\n" and log(repository, "status", "--porcelain") == ""
    assert "(unreleased)" not in (repository / "CHANGELOG.md").read_text()
    assert "version: 0.1.0" in (repository / "CITATION.cff").read_text()
    shown = release(repository, "0.1.0", "--push-to-hub", "someone/sisipan")
    assert "would upload them as one commit and tag it" in shown.stdout
    assert "v0.1.0 is tagged already" in release(repository, "0.1.0").stderr


def test_what_forbids_a_release(repository: Path) -> None:
    assert "is not a version" in release(repository, "v2").stderr
    assert "expected the heading '## 0.2.0 (unreleased)' once" in release(repository, "0.2.0", "--yes").stderr
    (repository / "stray").write_text("x")
    assert "uncommitted changes" in release(repository, "0.1.0", "--yes").stderr
    (repository / "stray").unlink()
    gold = repository / "annotations/gold/panen-garam.json"
    gold.write_text(gold.read_text("utf-8").replace('"start": 29', '"start": 30'))
    git(repository, "commit", "-qam", "broken")
    assert "the sources have 1 errors" in release(repository, "0.1.0", "--yes").stderr
    assert log(repository, "tag") == ""


def test_the_step_must_be_high_enough(repository: Path) -> None:
    (repository / "corpus/VERSION").write_text("1.0.0\n")
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0 (unreleased)\n\n- One.\n")
    publish(repository)
    git(repository, "commit", "-qam", "one")
    done = release(repository, "1.0.0", "--yes")
    assert done.returncode == 0, done.stderr
    for path in ("corpus/panen-garam.txt", "annotations/gold/panen-garam.json", "annotations/pass-a/panen-garam.json", "annotations/pass-b/panen-garam.json"):
        (repository / path).unlink()
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.1.0 (unreleased)\n\n## 2.0.0 (unreleased)\n\n- Less.\n")
    git(repository, "commit", "-qam", "less")
    assert "the release is stale (" in release(repository, "1.1.0", "--yes").stderr
    publish(repository)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "built")
    done = release(repository, "1.1.0", "--yes")
    assert done.returncode == 2 and "the changes since v1.0.0 ask for a major step; 1.1.0 is a minor step" in done.stderr
    assert "panen-garam: gone since v1.0.0; list each in corpus/retired.json" in release(repository, "2.0.0", "--yes").stderr
    (repository / "corpus/retired.json").write_text('{"panen-garam": null}')
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "retired")
    assert release(repository, "2.0.0").returncode == 0
