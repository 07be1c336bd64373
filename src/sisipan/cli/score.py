"""`sisipan score`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sisipan.cli.common import progress
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.figures import table
from sisipan.load import folder_reader, read_articles
from sisipan.model import LAYERS, Article
from sisipan.schemas import load_schemas
from sisipan.scoreboard import LayerScore, Prediction, layer_score, paired, prediction
from sisipan.store import read_json_lines
from sisipan.views import as_article


def read_gold(path: Path, split: str | None) -> list[Article]:
    """Gold articles with text: of a release folder, or of a JSON lines file of its records."""
    if path.is_dir():
        _, articles = read_articles(folder_reader(path), load_schemas())
    else:
        articles = []
        for where, value in read_json_lines(path):
            if value.get("text") is not None:
                try:
                    articles.append(as_article(value))
                except SisipanError as error:
                    raise SisipanError(f"{where}: {error}") from None
    chosen = [article for article in articles if article.text is not None and split in (None, article.split)]
    if not chosen:
        raise SisipanError(f"{path}: no article with text" + (f" in the split {split!r}" if split else ""))
    return chosen


def read_predictions(path: Path) -> list[Prediction]:
    """Predictions of a JSON lines file."""
    labels = {layer: load_schemas().labels(layer) for layer in LAYERS}
    return [prediction(value, labels, where) for where, value in read_json_lines(path)]


def score_tables(found: list[LayerScore]) -> str:
    """Scores as Markdown: a row a layer and measure, then labels, origins, attributes, relations."""
    rows, labels, groups, recalls, relations = [], [], [], [], []
    for one in found:
        for name, score in one.scores.items():
            low, high = one.intervals[name]
            rows.append([one.layer, name, *(f"{value:.3f}" for value in (score.precision, score.recall, score.f1)), f"{low:.3f} to {high:.3f}", f"{one.macro[name]:.3f}"])
        rows.append([one.layer, "characters, mean of articles", "", "", f"{one.articles_mean:.3f}", "", ""])
        labels += [[one.layer, label, int(s["strict"].wanted), int(s["strict"].found), *(f"{s[name].f1:.3f}" for name in s)] for label, s in one.labels.items()]
        groups += [[one.layer, group, *(f"{s[name].f1:.3f}" for name in s)] for group, s in one.groups.items()]
        recalls += [[one.layer, attribute, value, count, f"{hits:.3f}", f"{inside:.3f}"] for attribute, values in one.recall_of.items() for value, (hits, inside, count) in values.items()]
        relations += [[name, f"{whole.f1:.3f}", f"{given.f1:.3f}", int(whole.wanted)] for name, (whole, given) in one.relations.items()]
    measures = ["strict F1", "boundary F1", "overlap F1", "character F1"]
    parts = [
        table(["layer", "measure", "precision", "recall", "F1", "95 % of resamples", "macro F1 of labels"], rows),
        table(["layer", "label", "in gold", "predicted", *measures], labels),
        table(["layer", "origin", *measures], groups),
    ]
    parts += [table(["layer", "attribute", "value", "in gold", "found strictly", "of its characters"], recalls)] if recalls else []
    parts += [table(["relation", "strict F1", "F1 given matched claims", "in gold"], relations)] if relations else []
    return "\n".join(parts)


def _plain(found: LayerScore) -> dict[str, Any]:
    def scores(one: Any) -> dict[str, Any]:
        return {name: {"precision": s.precision, "recall": s.recall, "f1": s.f1, "gold": s.wanted, "predicted": s.found} for name, s in one.items()}

    return {
        **scores(found.scores),
        "macro_f1": dict(found.macro),
        "characters_mean_f1": found.articles_mean,
        "intervals": dict(found.intervals),
        "labels": {label: scores(one) for label, one in found.labels.items()},
        "origins": {origin: scores(one) for origin, one in found.groups.items()},
        "recall": {attribute: {value: {"strict": h, "characters": c, "gold": n} for value, (h, c, n) in values.items()} for attribute, values in found.recall_of.items()},
        "relations": {name: scores({"strict": whole, "given_matched": given}) for name, (whole, given) in found.relations.items()},
    }


@click.command()
@click.argument("gold", type=click.Path(path_type=Path, exists=True))
@click.argument("pred", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--layer", "layers", multiple=True, type=click.Choice(LAYERS), help="Only this layer; may be repeated (default: every layer that is predicted).")
@click.option("--split", default=None, help="Only the articles of this split, such as test.")
@click.option("--json", "as_json", is_flag=True, help="The scores as JSON.")
def score(gold: Path, pred: Path, layers: tuple[str, ...], split: str | None, as_json: bool) -> None:
    """The official scores of predictions.

    GOLD is a release folder or a JSON lines file of its nested records, one a line; PRED a JSON lines file: an object an article with
    `id`, `text_sha256` and any of `entities`, `claims`, `spam`, each a list of {start, end, label} in code points.
    An article without a line counts as one without spans. Another text or an unknown id is refused.

    \b
    sisipan score . predictions.jsonl --split test
    sisipan score . predictions.jsonl --split test --layer spam --json
    """
    with progress("scoring"):
        articles, guesses = read_gold(gold, split), read_predictions(pred)
        pairs = paired(articles, guesses)
        chosen = layers or [layer for layer in LAYERS if any(layer in guess.layers for guess in guesses)] or list(LAYERS)
        found = [layer_score(pairs, layer) for layer in chosen]
    if len(guesses) < len(articles):
        say(f"{len(articles) - len(guesses)} of {len(articles)} articles have no prediction; they count as without spans", err=True)
    if as_json:
        say(*json.dumps({"articles": len(articles), "layers": {one.layer: _plain(one) for one in found}}, indent=1).splitlines())
    else:
        say(*score_tables(found).split("\n")[:-1])
