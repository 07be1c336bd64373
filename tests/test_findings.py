"""Every code has its bad case with the exact output, and a valid near-twin without it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from cases import CASES, Case, apply

from sisipan.checks import CHECKS
from sisipan.foreign import read_fields, validate_others
from sisipan.report import block
from sisipan.releases import validate_parquet, validate_release
from sisipan.results import Result
from sisipan.validate import validate_sources

EXPECTED = Path(__file__).parent / "expected"
by_code = pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)


def run(root: Path, target: str) -> Result:
    """Validate what a case is about."""
    if target.startswith("others/"):
        with contextlib.chdir(root):
            return validate_others([Path(target)], read_fields(Path("others/fields.yaml")))
    if target.endswith(".parquet"):
        return validate_parquet(root / target, root)
    if target.endswith(".json"):
        return validate_sources(root, [root / target])
    return validate_release(root) if target else validate_sources(root)


def test_each_code_has_a_case_and_no_code_two() -> None:
    codes = [check.code for check in CHECKS]
    assert len(codes) == len(set(codes))
    assert sorted(codes) == sorted(case.code for case in CASES)


def test_each_check_is_documented() -> None:
    for check in CHECKS:
        assert len(check.explanation) > 30, check.code


@by_code
def test_bad_case_says_exactly_this(case: Case, root: Path) -> None:
    apply(root, case.bad)
    result = run(root, case.target)
    assert case.code in {finding.code for finding in result.findings}
    assert "".join(f"{block(finding)}\n" for finding in result.findings) == (EXPECTED / f"{case.code}.txt").read_text("utf-8")


@by_code
def test_twin_has_no_such_finding(case: Case, root: Path) -> None:
    apply(root, case.twin)
    target = "" if case.code == "I410" else case.target  # its twin is the whole corpus
    assert case.code not in {finding.code for finding in run(root, target).findings}


def test_the_base_is_clean(root: Path) -> None:
    assert validate_sources(root).findings == ()
