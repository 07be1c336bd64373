"""The formats by the names that the command gives them."""

from __future__ import annotations

from collections.abc import Callable

from sisipan.jobsummary import as_markdown
from sisipan.report import as_github, as_json, as_junit, as_text
from sisipan.sarif import as_sarif

FORMATS: dict[str, Callable[..., str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "markdown": as_markdown,
    "sarif": as_sarif,
    "junit": as_junit,
}
FROM_THE_TOP = ("github", "markdown", "sarif")  # take how a path is shown: what annotates a change names files from the top of the repository
