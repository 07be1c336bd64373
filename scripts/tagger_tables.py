"""How well the tagger does: on the test split by the official scorer, by threshold, on pages as a crawl brings them and on harder ones.

    python scripts/tagger_tables.py                             prints the tables
    python scripts/tagger_tables.py --out docs/tagger.md        writes them into the page
    python scripts/tagger_tables.py --check docs/tagger.md      exit code 1 where the page is stale
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from sisipan.errors import SisipanError
from sisipan.figures import differing, fill_blocks, table
from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.store import write_atomically
from sisipan.tag.report import Page, curve_table, page_tables, read_pages, split_tables
from sisipan.tag.tagger import Tagger

ROOT = Path(__file__).parents[1]
PAGES = {"crawl": ROOT / "tests/crawl", "hard": ROOT / "tests/challenge"}
READ, COUNTED, UNSEEN = "pages read while it was built", "pages only counted", "pages written when it was done"
CRAWL = {"r4": COUNTED, "r5": COUNTED, "r8": COUNTED, "r0": UNSEEN}  # by how a page's id begins; what the tagger does to the others was looked at


def card_table(card: dict) -> str:
    """What the model says of itself."""
    rows = [[name, value] for name, value in card.items() if name != "recipe"] + [["recipe", ", ".join(f"{name} {value}" for name, value in card["recipe"].items() if value != [])]]
    return table(["model", ""], [[name, str(value)] for name, value in rows])


def seen(page: Page) -> str:
    """What was seen, while the tagger was built, of what it does to a page."""
    if page.id.startswith("r"):
        return CRAWL.get(page.id[:2], READ)
    return READ if int(page.id[-3:]) % 2 == 1 else COUNTED


def measure() -> dict[str, str]:
    """The blocks of the page."""
    _, articles = read_articles(folder_reader(ROOT), load_schemas())
    held = {split: [a for a in articles if a.text is not None and a.split == split] for split in ("validation", "test")}
    pages = {name: [page for path in sorted(folder.glob("*.txt")) for page in read_pages(path)] for name, folder in PAGES.items()}
    left_out = json.loads((ROOT / "docs/tagger-left-out.json").read_text("utf-8"))
    rows = [[row["attribute"], row["value"], row["regions"], f"{row['found']:.3f}", f"{row['found_left_out']:.3f}"] for row in left_out]
    return {
        "card": card_table(Tagger().card),
        "split": split_tables(held["test"]),
        "curve": curve_table(held, {name: [page for page in some if seen(page) != UNSEEN] for name, some in pages.items()}),
        **{name: page_tables(some, seen) for name, some in pages.items()},
        "left-out": table(["", "", "regions", "of its characters found", "found when left out of training"], rows),
    }


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Write the tables into the page's marked places.")
@click.option("--check", "page", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Compare with a page written before; exit code 1 where it is stale.")
def main(out: Path | None, page: Path | None) -> None:
    """Entry point."""
    try:
        blocks = measure()
    except SisipanError as error:
        click.echo(f"tagger_tables: error: {error}", err=True)
        sys.exit(2)
    if out:
        write_atomically(out, fill_blocks(out.read_text("utf-8"), blocks))
    click.echo("\n".join(blocks.values()))
    if page and (stale := differing(fill_blocks(page.read_text("utf-8"), blocks), page.read_text("utf-8"), tolerance=0.02)):
        click.echo("\n".join([f"{page} is stale; write it anew with --out:", *stale]), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
