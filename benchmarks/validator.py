"""Speed and memory of the validator beside plain ways to do the same, in one run: `python benchmarks/validator.py`.

Data are made up (28 spans an article, a quarter with characters beyond the BMP). Runs are interleaved and the best of the rounds counts;
CPU time of one core. The plain ways do fewer articles, since a rate is all that is asked of them.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS"):
    os.environ[name] = "1"

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import pyarrow.parquet as pq
from generated import article, head, json_lines
from multiplied import multiplied
from plain import Loop, bundled_validator, rows_of_release, source_files

from sisipan.aside import written_aside
from sisipan.columns import arrow_schema
from sisipan.figures import table
from sisipan.linefiles import validate_lines
from sisipan.linetables import build_lines, write_lines
from sisipan.releases import validate_parquet
from sisipan.schemas import load_schemas
from sisipan.tables import to_table
from sisipan.validate import validate_sources

ROOT = Path(__file__).parents[1]
FEW = 100_000


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this process for one call."""
    began = time.process_time()
    act()
    return time.process_time() - began


def parquet(folder: Path, count: int) -> Path:
    """The same articles as a table of the default configuration, in row groups of 10,000; beyond `FEW` those of a smaller table in other words."""
    path = folder / f"articles-{count}.parquet"
    if not path.exists():
        fields = load_schemas().configs["articles"]
        if count > FEW:
            tables = multiplied(parquet(folder, FEW), -(-count // FEW))
        else:
            tables = (to_table(fields, (article(number) for number in range(first, min(first + 10_000, count)))) for first in range(0, count, 10_000))
        with written_aside(path) as aside, pq.ParquetWriter(aside, arrow_schema(fields), compression="zstd", compression_level=3) as writer:
            for rows in tables:
                writer.write_table(rows)
    return path


def peak(path: Path) -> tuple[float, float]:
    """Peak memory in MB and CPU seconds of a process that validates a file."""
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from sisipan.linefiles import validate_lines; from sisipan.releases import validate_parquet\n"
        "path = Path(sys.argv[1]); (validate_parquet if path.suffix == '.parquet' else validate_lines)(path, path.parent)\n"
        "use = resource.getrusage(resource.RUSAGE_SELF)\n"
        # the peak of this program alone: ru_maxrss starts with that of the process that started it
        "high = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(int(high.split()[1]) / 1024, use.ru_utime + use.ru_stime)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    megabytes, seconds = map(float, done.stdout.split())
    return megabytes, seconds


def must_be_clean(result: object) -> None:
    """A benchmark of something that finds fault with sound data would measure the wrong thing."""
    assert not [finding for finding in result.findings if finding.code != "I410"], result.findings[:3]


def build_rates(folder: Path, count: int, rounds: int) -> dict[str, float]:
    """CPU seconds from a file of JSON lines to a Parquet file on disk, by way: `datasets` (snappy) and ours (zstd 3)."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets

    datasets.disable_progress_bars()
    path, fields = json_lines(folder, count), load_schemas().configs["articles"]

    def theirs(aside: Path) -> None:
        loaded = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(aside / "cache"))
        loaded.to_parquet(str(aside / "out.parquet"))

    acts: dict[str, Callable[[Path], object]] = {
        'load_dataset("json").to_parquet': theirs,
        "build": lambda aside: write_lines(path, aside / "out.parquet", fields),
        "build, validated first": lambda aside: must_be_clean(build_lines(path, aside / "out.parquet", aside)[1]),
    }
    best = dict.fromkeys(acts, float("inf"))
    for _ in range(rounds):
        for name, act in acts.items():
            with tempfile.TemporaryDirectory() as aside:  # a fresh cache each time
                best[name] = min(best[name], cpu(lambda act=act, aside=aside: act(Path(aside))))
    return best


def source_rates(few: int, rounds: int) -> list[list[str]]:
    """Articles of the corpus per CPU second, gold and two passes each, read from their source files; and times the plain ways, which read `few` of them."""
    schemas = load_schemas()
    ids = sorted(path.stem for path in (ROOT / "corpus").glob("*.txt") if "text_status: included" in path.read_text("utf-8"))
    some = ids[:: max(1, len(ids) // few)]
    names = ("front_matter", "document")
    bundled = {name: bundled_validator(schemas, name) for name in names}
    acts: dict[str, tuple[int, Callable[[], object]]] = {
        "yaml, json, jsonschema and a loop": (len(some), lambda: source_files(ROOT, some, schemas.validators)),
        "the same, references inlined": (len(some), lambda: source_files(ROOT, some, bundled)),
        "source files": (len(list((ROOT / "corpus").glob("*.txt"))), lambda: must_be_clean(validate_sources(ROOT))),
    }
    best = dict.fromkeys(acts, float("inf"))
    for _ in range(rounds):
        for name, (count, act) in acts.items():
            best[name] = min(best[name], cpu(act) / count)
    ours = best["source files"]
    return [[name, f"{1 / seconds:,.0f}", *(f"{one / ours:.1f}" for one in list(best.values())[:2] if name == "source files")] for name, seconds in best.items()]


@click.command(help=__doc__)
@click.option("--articles", type=click.IntRange(100), default=10_000, show_default=True, help="Articles that the validator reads.")
@click.option("--plain", "few", type=click.IntRange(10), default=100, show_default=True, help="Articles that the plain ways read.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--memory", multiple=True, type=click.IntRange(100), help="Measure the peak memory at so many articles too (beyond 100,000 as Parquet only, by hundred thousands; 1000000 takes half an hour).")
@click.option("--sources/--no-sources", default=False, show_default=True, help="The corpus's own source files too.")
@click.option("--build", "built", type=click.IntRange(0), default=5000, show_default=True, help="Articles that are built, beside `datasets`; 0 for none.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=Path(tempfile.gettempdir()) / "sisipan-benchmark", help="Where the data are kept.")
def main(articles: int, few: int, rounds: int, memory: tuple[int, ...], sources: bool, built: int, data: Path) -> None:
    """Entry point."""
    data.mkdir(parents=True, exist_ok=True)
    lines, stored = json_lines(data, articles), parquet(data, articles)
    cache = data / "cache"
    some = list(head(lines, few))
    schemas = load_schemas()
    validators = {"json, jsonschema and a loop": schemas.validators["article"], "the same, references inlined": bundled_validator(schemas)}

    def plain(name: str) -> None:
        loop = Loop()
        for line in some:
            record = json.loads(line)
            assert not list(validators[name].iter_errors(record)) and not loop.faults(record)
        assert not loop.faults_of_all()

    def unchanged() -> None:
        must_be_clean(validate_lines(lines, data, cache=cache))

    unchanged()
    acts: dict[str, tuple[int, Callable[[], object]]] = {
        **{name: (few, lambda name=name: plain(name)) for name in validators},
        "to_pylist and a loop": (few * 10, lambda: rows_of_release(stored, few * 10)),
        "JSON lines": (articles, lambda: must_be_clean(validate_lines(lines, data))),
        "JSON lines, unchanged": (articles, unchanged),
        "Parquet": (articles, lambda: must_be_clean(validate_parquet(stored, data))),
    }
    best = dict.fromkeys(acts, float("inf"))
    for _ in range(rounds):
        for name, (count, act) in acts.items():
            best[name] = min(best[name], cpu(act) / count)
    both = best["json, jsonschema and a loop"], best["the same, references inlined"]
    aims = {"JSON lines": ("60 to 100", *both), "JSON lines, unchanged": ("400", *both), "Parquet": ("8", best["to_pylist and a loop"])}
    body = []
    for name, seconds in best.items():
        aim, *plain_ways = aims.get(name, ("",))
        body.append([name, f"{1 / seconds:,.0f}", *(f"{one / seconds:.1f}" for one in plain_ways), *[""] * (2 - len(plain_ways)), aim])
    click.echo(table(["way", "articles per CPU second", "times the plain way", "references inlined", "aim"], body))
    if built:
        seconds = build_rates(data, built, rounds)
        theirs = seconds['load_dataset("json").to_parquet']
        body = [[name, f"{built / taken:,.0f}", f"{theirs / taken:.2f}"] for name, taken in seconds.items()]
        click.echo(table([f"JSON lines to Parquet, {built:,} articles", "articles per CPU second", "times less CPU (aim 3)"], body))
    if sources:
        rows = [[*row, *[""] * (4 - len(row))] for row in source_rates(min(few, 16), rounds)]
        click.echo(table(["source files of the corpus, three passes", "articles per CPU second", "times the plain way", "references inlined"], rows))
    if memory:
        rows = []
        for count in memory:
            for path in (*([json_lines(data, count)] if count <= FEW else []), parquet(data, count)):
                megabytes, seconds = peak(path)
                rows.append([f"{count:,}", path.suffix[1:], f"{megabytes:.0f}", f"{seconds:.0f}"])
        click.echo(table(["articles", "format", "peak MB", "CPU seconds"], rows))


if __name__ == "__main__":
    main()
