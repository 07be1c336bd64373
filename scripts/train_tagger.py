"""Train the tagger's model on the training split of this repository's release: `python scripts/train_tagger.py` (about twenty minutes).

The same data, seed and versions of the packages give the same bytes on the same kind of processor.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sisipan.cli.common import progress
from sisipan.load import folder_reader, read_articles
from sisipan.manifest import find_release
from sisipan.schemas import load_schemas
from sisipan.store import write_atomically
from sisipan.tag.training.train import Recipe, train

MODEL = Path(__file__).parents[1] / "src/sisipan/tag/model.npz"


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=MODEL, show_default=False, help="Where the model is written (default: into the package).")
@click.option("--seed", type=int, default=Recipe().seed, show_default=True)
@click.option("--rounds", type=int, default=Recipe().rounds, show_default=True, help="Examples made of each article.")
@click.option("--epochs", type=int, default=Recipe().epochs, show_default=True, help="Passes over them; the network that is taught makes twice as many.")
def main(out: Path, seed: int, rounds: int, epochs: int) -> None:
    """Train the tagger's model on the training split and write it."""
    schemas = load_schemas()
    version, articles = read_articles(folder_reader(find_release(Path(__file__).parents[1])), schemas)
    learn = [article for article in articles if article.split == "train" and article.text is not None]
    recipe = Recipe(seed=seed, rounds=rounds, epochs=epochs, taught_epochs=2 * epochs)
    card = {"trained_on": f"Sisipan {version}, training split", "articles": len(learn), "regions": sum(len(article.spam) for article in learn), "recipe": asdict(recipe)}
    with progress("training") as step:
        data = train(learn, schemas.labels("spam"), recipe, card, step)
    write_atomically(out, data)
    click.echo(f"{out}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
