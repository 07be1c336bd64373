"""Speed of the tagger beside a keyword filter and beside `datasets`' own loop, in one run: `python benchmarks/tagger.py`.

Runs are interleaved, each system once a round, and the best of the rounds counts; one core (BLAS too). Texts are the corpus's own,
repeated: articles that no keyword filter hits, articles with hard negatives, polluted articles. So a tagger has met all words before; how quick one is
that begins is told below the table.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import pyarrow as pa

from sisipan.figures import table
from sisipan.keywords import keyword_hits
from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.tag.arrow import default_tagger, tag_arrow

ROOT = Path(__file__).parents[1]


def texts() -> dict[str, list[str]]:
    """The three sorts of articles."""
    held = [article for article in read_articles(folder_reader(ROOT), load_schemas())[1] if article.text is not None]
    clean = [article.text for article in held if not article.spam]
    return {
        "clean, no keyword": [text for text in clean if not keyword_hits(text)],
        "clean, hard negatives": [text for text in clean if keyword_hits(text)],
        "polluted": [article.text for article in held if article.spam],
    }


def drop_lines(values: list[str]) -> list[str]:
    """The keyword filter: lines with a keyword go."""
    return ["\n".join(line for line in text.split("\n") if not keyword_hits(line)) for text in values]


def systems(values: list[str], cache: Path) -> dict[str, Callable[[], object]]:
    """What is timed, each over the same texts."""
    import datasets

    datasets.disable_progress_bars()
    datasets.config.HF_DATASETS_CACHE = cache
    batch = pa.table({"text": values})
    rows = datasets.Dataset(batch).with_format("arrow")
    fresh = {"keep_in_memory": True, "load_from_cache_file": False, "batched": True}
    return {
        "tagger (tag_arrow)": lambda: tag_arrow(batch),
        "keyword filter, drop the line": lambda: drop_lines(values),
        "datasets' own loop (map of nothing)": lambda: rows.map(lambda some: some, **fresh),
        "tagger in Dataset.map": lambda: rows.map(tag_arrow, **fresh),
    }


def alone(code: str, *words: str) -> float:
    """What some code prints in a process of its own that has loaded the tagger and tagged one line."""
    begin = "import resource, sys, time; sys.path.insert(0, sys.argv[1])\nfrom tagger import texts; from sisipan.tag import Tagger\ntagger = Tagger(); tagger.tag('slot gacor')\n"
    done = subprocess.run([sys.executable, "-c", begin + code, str(Path(__file__).parent), *words], capture_output=True, text=True, check=True)
    return float(done.stdout)


def new(sort: str) -> float:
    """The MB/s of a process with its first texts, those of a sort, each once; the first look has been run over them before, since its automata are built as they go."""
    return alone(
        "from sisipan.tag.first_look import suspect, windows\n"
        "some = texts()[sys.argv[2]]; [suspect(text) and windows(text) for text in some]; began = time.perf_counter(); tagger.tag_many(some)\n"
        "print(sum(len(text.encode()) for text in some) / 1e6 / (time.perf_counter() - began))",
        sort,
    )


def start() -> float:
    """The seconds that the first look takes in a new process for all sorts of texts once, more than the second time."""
    return alone(
        "from sisipan.tag.first_look import suspect, windows\n"
        "def look():\n"
        "    began = time.perf_counter(); [suspect(text) and windows(text) for values in some.values() for text in values]; return time.perf_counter() - began\n"
        "some = texts(); print(look() - look())"
    )


def peak(megabytes: int) -> float:
    """Peak memory, in MB, of a process that tags so much polluted text."""
    return alone(
        "some, size = texts()['polluted'], 0\n"
        "while size < int(sys.argv[2]) * 1e6:\n"
        "    tagger.tag_many(some); size += sum(len(text.encode()) for text in some)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)",
        str(megabytes),
    )


@click.command(help=__doc__)
@click.option("--megabytes", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="Text of each sort.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(megabytes: float, rounds: int) -> None:
    """Entry point."""
    default_tagger().tag("slot gacor")
    body = []
    with tempfile.TemporaryDirectory() as folder:
        for sort, some in texts().items():
            size = sum(len(text.encode()) for text in some) / 1e6
            values = some * max(1, round(megabytes / size))
            size = sum(len(text.encode()) for text in values) / 1e6
            known = systems(values, Path(folder))
            best = dict.fromkeys(known, float("inf"))
            for _ in range(rounds):
                for name, act in known.items():
                    began = time.perf_counter()
                    act()
                    best[name] = min(best[name], time.perf_counter() - began)
            ours = best["tagger (tag_arrow)"]
            body += [[sort, name, f"{size / seconds:.1f}", f"{seconds / ours:.2f}"] for name, seconds in best.items()]
    click.echo(table(["texts", "system", "MB/s", "time, of the tagger's"], body))
    first = "; ".join(f"{sort} {max(new(sort) for _ in range(rounds)):.1f}" for sort in texts())
    click.echo(f"A new process with its first texts, MB/s: {first}. Its automata take {min(start() for _ in range(rounds)):.1f} s to build.")
    small, large = peak(2), peak(20)
    click.echo(f"Peak memory: {small:.0f} MB after 2 MB of polluted text, {large:.0f} MB after 20 MB.")
    click.echo(f"This process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.", err=True)


if __name__ == "__main__":
    main()
