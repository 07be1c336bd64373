"""What the tagger finds of a trade, form or obfuscation that it was not trained on: `python scripts/leave_out.py` (about an hour on two cores).

For each value of each attribute a model (one network, without teachers) is trained on articles from which every region with that value was cut, and on
examples in which that form or disguise is never made. Measured on the validation and test splits together, since single values
are rare. What is done is kept: a run that was stopped goes on. Needs the extra `train`.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import click

from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.store import write_atomically
from sisipan.tag.training.leave_out import ATTRIBUTES, found_of
from sisipan.tag.training.train import Recipe, train

ROOT = Path(__file__).parents[1]


def measured(value: str | None) -> dict[str, tuple[int, int, int]]:
    """What is found of everything by a model that has not seen `value`; of one that has seen all where it is None."""
    schemas = load_schemas()
    _, articles = read_articles(folder_reader(ROOT), schemas)
    held = [article for article in articles if article.text is not None]
    learn = [article for article in held if article.split == "train"]
    model = train(learn, schemas.labels("spam"), Recipe(teachers=0, without=(value,) if value else ()), {})
    return found_of(model, [article for article in held if article.split != "train"])


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=ROOT / "docs/tagger-left-out.json", show_default=False, help="Where the figures are written.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count(), show_default=False, help="Trainings at a time (default: one per processor).")
def main(out: Path, workers: int) -> None:
    """Entry point."""
    kept = out.with_suffix(".part.json")
    done: dict[str, dict[str, list[int]]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    documents = load_schemas().documents["spam"]["properties"]
    values = [(attribute, value) for attribute in ATTRIBUTES for value in documents[attribute]["enum"] if value != "none"]
    waiting = [name for name in (None, *(value for _, value in values)) if str(name) not in done]
    with ProcessPoolExecutor(workers) as pool:
        jobs = {pool.submit(measured, name): name for name in waiting}
        for job in as_completed(jobs):
            done[str(jobs[job])] = job.result()
            write_atomically(kept, json.dumps(done))
            click.echo(f"{len(done)} of {len(values) + 1}: without {jobs[job]}", err=True)
    rows = []
    for attribute, value in values:
        key = f"{attribute}:{value}"
        hits, size, regions = done["None"][key]
        rows.append({"attribute": attribute, "value": value, "regions": regions, "found": round(hits / size, 4), "found_left_out": round(done[value][key][0] / size, 4)})
    write_atomically(out, json.dumps(rows, indent=1) + "\n")
    kept.unlink()


if __name__ == "__main__":
    main()
