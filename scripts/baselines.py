"""The baselines of each layer, scored on the test split by the official scorer.

    python scripts/baselines.py                                 prints the tables
    python scripts/baselines.py --out docs/baselines.md         writes the page
    python scripts/baselines.py --check docs/baselines.md       exit code 1 where the page is stale
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from sisipan.baselines import checkworthy, predict
from sisipan.errors import SisipanError
from sisipan.figures import differing, table
from sisipan.load import folder_reader, read_articles
from sisipan.model import LAYERS
from sisipan.schemas import load_schemas
from sisipan.scoreboard import LayerScore, layer_score, paired
from sisipan.store import write_atomically

HEAD = """# Baselines

What a simple system reaches that was trained on the training split alone (`sisipan.baselines`: a CRF over words for spans,
logistic regression over sentences for check-worthiness), on the test split, by the official scorer (`sisipan score`).
Made by `python scripts/baselines.py --out docs/baselines.md`; CI measures it again.

"""


def _row(one: LayerScore) -> list[str]:
    strict, chars = one.scores["strict"], one.scores["characters"]
    low, high = one.intervals["strict"]
    return [one.layer, *(f"{v:.3f}" for v in (strict.precision, strict.recall, strict.f1)), f"{low:.2f} to {high:.2f}", f"{one.scores['boundary'].f1:.3f}", f"{one.scores['overlap'].f1:.3f}", f"{chars.f1:.3f}", f"{one.macro['strict']:.3f}"]


def measure(root: Path) -> str:
    """The tables as Markdown."""
    _, articles = read_articles(folder_reader(root), load_schemas())
    held = [article for article in articles if article.text is not None]
    learn, read = ([a for a in held if a.split == split] for split in ("train", "test"))
    scores = []
    for layer in LAYERS:
        began = time.monotonic()
        scores.append(layer_score(paired(read, predict(layer, learn, read)), layer))
        click.echo(f"{layer}: {time.monotonic() - began:.0f} s", err=True)
    found = checkworthy(learn, read)
    labels = [[one.layer, label, int(s["strict"].wanted), f"{s['strict'].f1:.3f}", f"{s['characters'].f1:.3f}"] for one in scores for label, s in one.labels.items()]
    forms = [[attribute, value, count, f"{hits:.3f}", f"{inside:.3f}"] for attribute, values in scores[-1].recall_of.items() for value, (hits, inside, count) in values.items()]
    return "\n".join(
        [
            table(["layer", "precision", "recall", "strict F1", "95 % of resamples", "boundary F1", "overlap F1", "character F1", "macro strict F1"], map(_row, scores)),
            table(["sentences", "average precision", "F1", "share of check-worthy"], [["check-worthy", *(f"{found[name]:.3f}" for name in ("average_precision", "f1", "share"))]]),
            table(["layer", "label", "in gold", "strict F1", "character F1"], labels),
            table(["spam", "value", "in gold", "found strictly", "of its characters"], forms),
        ]
    )


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page that holds the tables.")
@click.option("--check", "page", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Compare with a page written before; exit code 1 where it is stale.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(__file__).parents[1], help="The release.")
def main(out: Path | None, page: Path | None, root: Path) -> None:
    """Entry point."""
    try:
        shown = measure(root)
    except SisipanError as error:
        click.echo(f"baselines: error: {error}", err=True)
        sys.exit(2)
    if out:
        write_atomically(out, HEAD + shown)
    click.echo(shown)
    # per label and form a single span moves the score, so that only the first two tables are held
    first_two = ["\n\n".join(text[text.index("| layer |") :].split("\n\n")[:2]) for text in (shown, page.read_text("utf-8") if page else shown)]
    if stale := differing(*first_two, tolerance=0.02):
        click.echo("\n".join([f"{page} is stale; write it anew with --out:", *stale]), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
