"""`sisipan clean`."""

from __future__ import annotations

import json
import sys

import click

from sisipan.cli.running import STREAM, page_options, run_pages
from sisipan.cli.say import say
from sisipan.counts import plain, report
from sisipan.runner import Settings


@click.command()
@page_options
@click.option("--json", "as_json", is_flag=True, help="The report as JSON, on standard output (on standard error where OUT is -).")
def clean(source: str, out: str, text_column: str, id_column: str, threshold: float, workers: int | None, kind: str | None, as_json: bool) -> None:
    """Take the spam regions out of pages.

    OUT gets the same rows with the clean text in place of the text, and two more columns: `removed`, what was taken out as a list of
    {start, end, label, score, text} in code points of the text as it came, and `error`, which says of a bad row what is wrong with
    it. A text file stays one; what was taken out stands beside it in NAME.removed.jsonl. A report of pages and characters by
    label is on standard error. IN, OUT, folders and going on after a stop are as in `sisipan tag`.

    \b
    sisipan clean pages.jsonl clean.jsonl.zst
    sisipan clean crawl/ clean/ --workers 8 --json > report.json
    sisipan clean - - --format text < page.txt
    """
    counts, code = run_pages(source, out, Settings("clean", text_column, id_column, threshold), workers, kind)
    if as_json:
        say(*json.dumps(plain(counts), indent=1).splitlines(), err=out == STREAM)
    else:
        say(*report(counts).split("\n")[:-1], err=True)
    sys.exit(code)
