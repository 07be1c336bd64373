"""What a command says to a person: lines that neither a terminal nor the runner of a workflow obeys, whatever stands in the data."""

from __future__ import annotations

import re

import click

_COMMAND = re.compile(r"^\s*::|##\[")


def safe(line: str) -> str:
    """One line: control, bidirectional and invisible characters as escapes, line ends too, and the start of a workflow command (`::`, `##[`).

    JSON stays the same value, as these are its own escapes.
    """
    from sisipan.report import visible  # loads slowly: only when there is something to say

    return _COMMAND.sub(lambda match: match.group().replace("::", "\\u003a:").replace("##", "\\u0023#"), visible(line).replace("\n", "\\n"))


def say(*lines: str, err: bool = False) -> None:
    """Write lines to standard output, or to standard error. A line end within one is shown, so that data cannot pass for a line of ours."""
    click.echo("\n".join(map(safe, lines)), err=err)
