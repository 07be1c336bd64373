"""How `sisipan validate` weighs findings: codes chosen, known findings, and where the findings are written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from sisipan.build import read_version
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.formats import FORMATS, FROM_THE_TOP
from sisipan.history import tagged_articles
from sisipan.jobsummary import LIMIT, as_markdown, link_base
from sisipan.known import Known, against, format_baseline, known_findings, parse_baseline, released_records
from sisipan.report import mending, plural, visible
from sisipan.store import article_path, read_article, read_text, write_atomically
from sisipan.results import Result
from sisipan.workspace import from_the_top


def _released(root: Path, result: Result) -> frozenset[str]:
    """Which of the articles that have findings are in a release."""
    found = {finding.article for finding in result.findings if finding.article}
    added_in = {article: read_article(path, root).front.get("added_in") for article in sorted(found) if (path := article_path(root, article)).is_file()}
    changelog = root / "CHANGELOG.md"
    written = read_text(changelog) if changelog.is_file() else None
    return released_records(added_in, written, read_version(root) if written is None else "", lambda version: tagged_articles(root, version))


def _known(baseline: Path) -> Counter[Known]:
    if not baseline.is_file():
        raise SisipanError(f"{baseline}: no such file; `sisipan validate --write-baseline {baseline}` writes one")
    return parse_baseline(read_text(baseline), str(baseline))


def weighed(result: Result, root: Path, baseline: Path | None, write_baseline: Path | None, whole: bool) -> Result:
    """The result against a baseline: that of a file, or one that is written now. `whole` says that all sources were examined."""
    if write_baseline and not (whole and not result.left_out):
        raise SisipanError("a baseline holds the findings of all sources, by all checks; drop PATHS, --select and --ignore")
    if write_baseline is None and baseline is None:
        return result
    released = _released(root, result)
    if write_baseline is None:
        return against(result, _known(baseline), released, whole)
    known = known_findings(result.findings, released)
    write_atomically(write_baseline, format_baseline(known))
    say(f"wrote {plural(sum(known.values()), 'known finding')} to {write_baseline}", err=True)
    return against(result, known, released, whole)


def write_out(result: Result, format_: str, output: Path | None, bases: Mapping[str, Path], command: str = "", environment: Mapping[str, str] = os.environ) -> None:
    """Write the findings to a file or standard output, and for `github` add a summary to that of the job.

    `bases` says what folder the path of a finding is below; `command` is the one that mends.
    """
    shown = {"shown": from_the_top(bases, environment)} if format_ in FROM_THE_TOP else {}
    summed = {**shown, "base": link_base(environment), "command": command}
    written = FORMATS[format_](result, **(summed if format_ == "markdown" else shown))
    if format_ == "text" and (line := mending(result, command)):
        written += visible(line) + "\n"
    if output:
        write_atomically(output, written)
    else:
        click.echo(written, nl=False)
    if format_ == "github" and (name := environment.get("GITHUB_STEP_SUMMARY")):
        summary = Path(name)
        left = LIMIT - (summary.stat().st_size if summary.is_file() else 0)
        with summary.open("a", encoding="utf-8") as out:
            out.write(as_markdown(result, limit=left, **summed))
