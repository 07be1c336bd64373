"""Train the Punkt model for Indonesian (Kiss and Strunk 2006) on the corpus and write it as JSON.

    python scripts/train_punkt.py               prints what would change
    python scripts/train_punkt.py --write       writes src/sisipan/punkt-id.json

Abbreviations stay those curated by hand, since what Punkt takes for one in 400 articles is right half of the time; it
prints its candidates for a person to judge. Collocations, sentence starters and the orthographic context are learned,
from articles that are no translations (false sentence breaks are among the artefacts of those), spam taken out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from nltk.tokenize.punkt import PunktTrainer

from sisipan.build import load_corpus
from sisipan.errors import SisipanError
from sisipan.model import Article
from sisipan.shingles import editorial_text
from sisipan.store import write_atomically

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "src/sisipan/punkt-id.json"
LEAST = 2


def learn(articles: list[Article], abbreviations: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The model's four parameter sets, and the abbreviations that Punkt proposes beyond those given."""
    trainer = PunktTrainer()
    trainer.INCLUDE_ALL_COLLOCS = False
    for article in articles:
        trainer.train(editorial_text(article), finalize=False)
    trainer.finalize_training()
    found = trainer.get_params()
    counts = trainer._type_fdist  # the only place that knows how often a type was seen
    model = {
        "abbreviations": sorted(abbreviations),
        "collocations": sorted(map(list, found.collocations)),
        "sentence_starters": sorted(found.sent_starters),
        "orthographic_context": {word: flags for word, flags in sorted(found.ortho_context.items()) if counts[word] + counts[f"{word}."] >= LEAST},
    }
    return model, sorted(set(found.abbrev_types) - set(abbreviations))


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.option("--write", is_flag=True, help="Write the model.")
def main(write: bool) -> None:
    """Entry point."""
    try:
        old = json.loads(MODEL.read_text("utf-8"))
        articles = [a for a in load_corpus(ROOT) if a.text is not None and a.origin == "written"]
        model, proposed = learn(articles, old["abbreviations"])
    except SisipanError as error:
        click.echo(f"train_punkt: error: {error}", err=True)
        sys.exit(2)
    click.echo(f"{len(articles)} articles: " + ", ".join(f"{len(value):,} {name.replace('_', ' ')}" for name, value in model.items()))
    click.echo(f"Punkt also takes for abbreviations: {' '.join(proposed)}")
    if write:
        write_atomically(MODEL, json.dumps(model, ensure_ascii=False, indent=1) + "\n")
        click.echo(f"wrote {MODEL.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
