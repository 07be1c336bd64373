"""`sisipan diff`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from sisipan.cli.say import say
from sisipan.diff import diff as compare
from sisipan.diff import comparable, format_change, required_bump, schema_change
from sisipan.load import open_release, read_release
from sisipan.manifest import find_release


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
    root = find_release(Path.cwd()) if not (Path(old).is_dir() and Path(new).is_dir()) else Path.cwd()
    old_version, old_fields, before = read_release(open_release(old, root))
    new_version, new_fields, after = read_release(open_release(new, root))
    schema = schema_change(old_fields, new_fields)
    changes = compare(comparable(before), comparable(after))
    bump = required_bump(changes, schema)
    if as_json:
        value = {"old": old_version, "new": new_version, "bump": bump, "schema": asdict(schema), "changes": [asdict(change) for change in changes]}
        say(*json.dumps(value, indent=1).splitlines())
    else:
        for kind, names in (("added", schema.added), ("removed", schema.removed)):
            for name in names:
                say(f"schema {kind} {name}")
        for change in changes:
            say(format_change(change))
        counts = Counter(f"{change.layer or 'articles'} {change.kind}" for change in changes)
        counts.update({f"schema {kind}": len(names) for kind, names in (("added", schema.added), ("removed", schema.removed)) if names})
        shown = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no difference"
        say(f"{old_version} -> {new_version}: {shown}; version step: {bump}")
    sys.exit(1 if changes or schema.added or schema.removed else 0)
