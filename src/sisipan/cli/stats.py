"""`sisipan stats`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from sisipan.cli.say import say
from sisipan.load import folder_reader, load_with_datasets, read_articles
from sisipan.manifest import find_release
from sisipan.model import LAYERS
from sisipan.schemas import load_schemas


def _counts(release: Path, with_datasets: bool) -> dict[str, dict[str, Counter]]:
    """Per layer and split: spans by label."""
    schemas = load_schemas()
    if not with_datasets:
        _, articles = read_articles(folder_reader(release), schemas)
        splits = schemas.documents["article"]["properties"]["split"]["enum"]
        out = {layer: {s: Counter(span.label for a in articles if a.split == s for span in getattr(a, layer)) for s in splits} for layer in LAYERS}
        out["articles"] = {s: Counter(a.topic for a in articles if a.split == s) for s in splits}
        return out
    out = {}
    for config, field in (("articles", "topic"), *((layer, "label") for layer in LAYERS)):
        loaded = load_with_datasets(release, config)
        out[config] = {split: Counter(rows.features[field].int2str(rows[field])) for split, rows in loaded.items()}
    return out


@click.command()
@click.argument("release", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
@click.option("--with-datasets", is_flag=True, help="Load by `datasets.load_dataset`, as a user does, not by pyarrow.")
@click.option("--json", "as_json", is_flag=True, help="The counts as JSON.")
def stats(release: Path | None, with_datasets: bool, as_json: bool) -> None:
    """Counts of a release per split, layer and label.

    \b
    sisipan stats
    sisipan stats --with-datasets --json
    """
    release = release or find_release(Path.cwd())
    counts = _counts(release, with_datasets)
    if as_json:
        say(*json.dumps(counts, indent=1).splitlines())
        return
    table = Table(title=f"Sisipan: {sum(sum(c.values()) for c in counts['articles'].values())} articles")
    splits = list(counts["articles"])
    for name in ("layer", "label"):
        table.add_column(name)
    for name in (*splits, "all"):
        table.add_column(name, justify="right")
    for layer in ("articles", *LAYERS):
        labels = sorted({label for split in splits for label in counts[layer][split]}) if layer != "articles" else []
        totals = [sum(counts[layer][split].values()) for split in splits]
        table.add_row(layer, "", *(f"{n:,}" for n in totals), f"{sum(totals):,}", style="bold", end_section=not labels)
        for number, label in enumerate(labels, start=1):
            row = [counts[layer][split][label] for split in splits]
            table.add_row("", label, *(f"{n:,}" for n in row), f"{sum(row):,}", end_section=number == len(labels))
    Console().print(table)
