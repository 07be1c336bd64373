"""The learning curve of a plain CRF: 25, 50 and 100 % of the training split, tested here and on other people's text.

    python scripts/learning_curve.py --external ../shared/external      prints the table
    python scripts/learning_curve.py --external ../shared/external --out docs/learning-curve.md
    python scripts/learning_curve.py --external ../shared/external --check docs/learning-curve.md

Files of other sets are measured on, never trained on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pyarrow.parquet as pq

from sisipan.curve import Sentence, apart, coarse, evaluate, read_columns, sample, train
from sisipan.errors import SisipanError
from sisipan.figures import differing, table
from sisipan.manifest import data_path
from sisipan.schemas import load_schemas
from sisipan.store import write_atomically
from sisipan.tables import from_table

SHARES = (0.25, 0.5, 1.0)


def tagged(root: Path, split: str) -> dict[str, list[Sentence]]:
    """Sentences of a split of the release by article, tags coarse."""
    rows = from_table(load_schemas(root / "schema").configs["ner"], pq.read_table(root / data_path("ner", split)))
    out: dict[str, list[Sentence]] = {}
    for row in rows:
        out.setdefault(row["article_id"], []).append([(word, coarse(tag)) for word, tag in zip(row["tokens"], row["ner_tags"])])
    return out


def climb(shown: str) -> str:
    """What the last doubling brought, in words."""
    half, whole = ([float(cell) for cell in row.split("|")[4:-1]] for row in shown.strip().splitlines()[-2:])
    gains = [b - a for a, b in zip(half, whole)]
    verdict = "The curve still climbs" if all(gain > 0 for gain in gains) else "The curve no longer climbs everywhere"
    return f"From half to all: {', '.join(f'{gain:+.3f}' for gain in gains)}. {verdict}.\n"


def measure(root: Path, external: list[Path]) -> str:
    """The table as Markdown."""
    training = tagged(root, "train")
    tests = {"test split": [s for sentences in tagged(root, "test").values() for s in sentences]}
    tests |= {path.name: read_columns(path) for path in external}
    body = []
    for share in SHARES:
        articles = sample(list(training), share)
        chosen = [s for article in articles for s in training[article]]
        tagger = train(apart(chosen))
        scores = [f"{evaluate(tagger, sentences).f1:.3f}" for sentences in tests.values()]
        body.append([f"{share:.0%}", len(articles), sum(map(len, chosen)), *scores])
        click.echo(f"{share:.0%} done", err=True)
    return table(["share of the training split", "articles", "words and signs", *tests], body)


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.option("--external", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Folder of column files of other sets.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page that holds the table.")
@click.option("--check", "page", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Compare with a page written before; exit code 1 where it is stale.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(__file__).parents[1], help="The repository.")
def main(external: Path | None, out: Path | None, page: Path | None, root: Path) -> None:
    """Entry point."""
    try:
        files = sorted(path for path in external.iterdir() if path.suffix in (".txt", ".tsv")) if external else []
        shown = measure(root, files)
    except SisipanError as error:
        click.echo(f"learning_curve: error: {error}", err=True)
        sys.exit(2)
    if out:
        head = "# Learning curve\n\nStrict F1 over persons, places and organisations of a plain CRF (`sisipan.curve`), made by\n`python scripts/learning_curve.py`. Columns of files are validation parts of other people's human-annotated sets.\n\n"
        write_atomically(out, f"{head}{shown}\n{climb(shown)}")
    click.echo(shown)
    if page and (stale := differing(shown, page.read_text("utf-8"))):
        click.echo("\n".join([f"{page} is stale; write it anew with --out:", *stale]), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
