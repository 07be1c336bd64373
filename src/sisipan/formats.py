"""The formats by the names that the command gives them."""

from __future__ import annotations

from collections.abc import Callable

from sisipan.jobsummary import as_markdown
from sisipan.report import as_github, as_json, as_junit, as_text
from sisipan.sarif import as_sarif
from sisipan.results import Result

FORMATS: dict[str, Callable[[Result], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "markdown": as_markdown,
    "sarif": as_sarif,
    "junit": as_junit,
}
