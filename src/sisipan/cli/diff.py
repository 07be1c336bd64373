"""`sisipan diff`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from sisipan.diff import diff as compare
from sisipan.diff import format_change, required_bump
from sisipan.load import open_release, read_articles
from sisipan.report import visible
from sisipan.schemas import load_schemas


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_json", is_flag=True, help="Write one object with versions, the version step asked for and all changes.")
def diff(old: str, new: str, as_json: bool) -> None:
    """What changed between two releases, to the level of spans.

    OLD and NEW are release folders or Git revisions of this repository. Exit code 0: equal; 1: they differ.

    \b
    sisipan diff v0.1.0 v0.2.0
    sisipan diff HEAD . --json
    """
    schemas = load_schemas()
    old_version, before = read_articles(open_release(old, Path.cwd()), schemas)
    new_version, after = read_articles(open_release(new, Path.cwd()), schemas)
    changes = compare(before, after)
    if as_json:
        value = {"old": old_version, "new": new_version, "bump": required_bump(changes), "changes": [asdict(change) for change in changes]}
        click.echo(json.dumps(value, indent=1))
    else:
        for change in changes:
            click.echo(visible(format_change(change)))
        counts = Counter(f"{change.layer or 'articles'} {change.kind}" for change in changes)
        shown = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no difference"
        click.echo(f"{old_version} -> {new_version}: {shown}; version step: {required_bump(changes)}")
    sys.exit(1 if changes else 0)
