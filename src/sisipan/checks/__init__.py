"""Checks: small pure functions that yield what is wrong. Each has a code that is never reused."""

from sisipan.checks import corpus, files, foreign, layers, release, spans, texts
from sisipan.findings import Check

CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
    *texts.CHECKS,
    *spans.CHECKS,
    *layers.CHECKS,
    *corpus.CHECKS,
    *release.CHECKS,
    *foreign.CHECKS,
)
BY_CODE = {check.code: check for check in CHECKS}


def at_level(level: str) -> tuple[Check, ...]:
    """The checks that are called with a file, a record, a corpus or a release."""
    return tuple(check for check in CHECKS if check.level == level)
