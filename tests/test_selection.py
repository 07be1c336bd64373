"""Codes are chosen as people know it from other linters, and nothing that was not examined passes unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cases import CASES, GOLD, apply
from conftest import Done

from sisipan.build import build
from sisipan.errors import SisipanError
from sisipan.selection import ALWAYS, CODES, chosen, in_short


def test_without_choice_every_code_is_reported() -> None:
    assert chosen([], []) == set(CODES)


def test_codes_are_chosen_by_their_beginnings() -> None:
    assert chosen(["E2,W5"], []) - ALWAYS == {code for code in CODES if code.startswith(("E2", "W5"))}
    assert chosen([], ["e20", "W012, W404"]) == {code for code in CODES if not code.startswith("E20") and code not in ("W012", "W404")}


def test_the_longer_beginning_wins_and_of_equal_ones_ignore() -> None:
    assert chosen(["E203"], ["E2"]) - ALWAYS == {"E203"}
    assert chosen(["E2"], ["E203"]) - ALWAYS == {code for code in CODES if code.startswith("E2")} - {"E203"}
    assert chosen(["E203"], ["E203"]) == ALWAYS


@pytest.mark.parametrize("given", ["X", "E9", "E2033", "quote-mismatch"])
def test_an_unknown_beginning_is_refused_with_the_codes(given: str) -> None:
    for arguments in (([given], []), ([], [given])):
        with pytest.raises(SisipanError, match=rf"^{given.upper()}: no code begins so; there are E001, E002, .*{CODES[-1]}$"):
            chosen(*arguments)


@pytest.mark.parametrize("given", ["I410", "E006", "E01"])
def test_what_was_not_examined_cannot_be_ignored(given: str) -> None:
    if given == "E01":  # E011 too
        assert ALWAYS <= chosen([], [given]) and "E011" not in chosen([], [given])
    else:
        with pytest.raises(SisipanError, match=f"^{given}: says that something could not be examined"):
            chosen([], [given])


def test_codes_in_a_row_are_shown_as_a_range() -> None:
    assert in_short(["E203", "E201", "W501", "E202", "E205", "E206"]) == "E201 to E203, E205, E206, W501"


def test_the_exit_code_follows_what_is_left_and_the_summary_names_the_rest(root: Path, run: Callable[..., Done]) -> None:
    apply(root, next(case for case in CASES if case.code == "E203").bad)
    done = run("validate", "--ignore", "E203", cwd=root)
    assert (done.returncode, done.stdout) == (0, "2 articles in 8 files: no findings; left out: E203\n")
    assert run("validate", "--select", "E203", cwd=root).returncode == 1
    done = run("validate", "--select", "E1", cwd=root)
    assert (done.returncode, done.stdout) == (0, "2 articles in 8 files: no findings; left out: E005, E008, E011, E201 to E407, I403, W012 to W504\n")


def test_a_file_that_cannot_be_read_fails_whatever_was_selected(root: Path, run: Callable[..., Done]) -> None:
    (root / GOLD).write_bytes(b'{"article": "\xff"}')
    done = run("validate", "--select", "E2", cwd=root)
    assert done.returncode == 1 and "error E006 not-utf8" in done.stdout
    done = run("validate", "--select", "Q", cwd=root)
    assert done.returncode == 2 and done.stderr.startswith("sisipan: error: Q: no code begins so; there are E001, ")


@pytest.mark.parametrize(("target", "skipped"), [("", "E6"), (GOLD, "E4 E6"), ("data", "E0"), ("data/spam/train.parquet", "E0 E603 E604 E605 E607 E608 E609")])
def test_what_did_not_run_is_skipped_in_junit_and_named_in_the_summary(root: Path, run: Callable[..., Done], target: str, skipped: str) -> None:
    build(root)
    if target.endswith(".parquet"):
        (root / "data/manifest.json").unlink()
    words = ["validate", *([target] if target else [])]
    suite = ElementTree.fromstring(run(*words, "--format", "junit", cwd=root).stdout.encode()).find("testsuite")
    found = {case.get("name").split()[0] for case in suite.findall("testcase") if case.find("skipped") is not None}
    expected = {code for code in CODES if code.startswith(tuple(skipped.split()))} | ({"W012"} if "E0" in skipped else {"I403", "W404"} if "E4" in skipped else set())
    assert {code for code in found if code[1] != "7"} == expected
    assert f"Not run on what was given: {in_short(found)}." in run(*words, "--format", "markdown", cwd=root).stdout
