"""`sisipan tag`."""

from __future__ import annotations

import sys

import click

from sisipan.cli.running import page_options, run_pages
from sisipan.cli.say import say
from sisipan.counts import report
from sisipan.runner import Settings


@click.command()
@page_options
def tag(source: str, out: str, text_column: str, id_column: str, threshold: float, workers: int | None, kind: str | None) -> None:
    """Find the spam regions of pages.

    IN is a Parquet file, JSON lines (.jsonl, .ndjson, .json.gz; .gz and .zst are read), a text file, a folder of such files, or - for
    standard input. OUT gets the same rows with two more columns: `spans`, a list of {start, end, label, score} in code points, and
    `error`, which says of a bad row what is wrong with it. A text becomes a line of JSON. OUT may be - for standard output.

    A folder is done file by file, under the same names. Run the command again to go on after whatever stopped it: finished
    files are skipped as long as input, tagger and settings are the same. Exit code 1 where a file failed.

    \b
    sisipan tag pages.parquet tagged.parquet
    sisipan tag crawl/ tagged/ --workers 8
    zcat pages.jsonl.gz | sisipan tag - - --text-column content > tagged.jsonl
    """
    counts, code = run_pages(source, out, Settings("tag", text_column, id_column, threshold), workers, kind)
    say(*report(counts).split("\n")[:-1], err=True)
    sys.exit(code)
