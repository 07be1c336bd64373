"""`sisipan validate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from sisipan.checks import BY_CODE
from sisipan.cli.common import progress, root_option, the_root
from sisipan.errors import SisipanError
from sisipan.linefiles import validate_lines
from sisipan.manifest import MANIFEST
from sisipan.releases import validate_parquet, validate_release
from sisipan.remembered import default_cache
from sisipan.report import FORMATS
from sisipan.results import Result
from sisipan.store import find_root
from sisipan.validate import validate_sources, validate_unchanged

_SMALL = 20  # articles


def _merge(results: list[Result]) -> Result:
    findings = tuple(finding for result in results for finding in result.findings)
    return Result(tuple(dict.fromkeys(findings)), sum(r.articles for r in results), sum(r.files for r in results))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cache_of(root: Path, wanted: bool) -> Path | None:
    """Where results about the sources of a corpus are kept; a small one is examined faster than it is worth writing beside it."""
    worth = wanted and sum(1 for _, _ in zip(range(_SMALL), (root / "corpus").glob("*.txt"))) == _SMALL
    return default_cache(root) if worth else None


def _run(paths: tuple[Path, ...], root: Path | None, workers: int, cache: bool) -> Result:
    results: list[Result] = []
    files: dict[Path, list[Path]] = {}
    with progress("validating") as step:
        for path in paths:
            above = Path(os.path.abspath(path)).parent
            folder = above if (above / MANIFEST).is_file() and (path / "manifest.json").is_file() else path
            if path.is_dir() and (path / "corpus").is_dir() and (path / "annotations").is_dir():
                results.append(validate_unchanged(path, step, _cache_of(path, cache)))
            elif path.is_dir() and (folder / MANIFEST).is_file():
                results.append(validate_release(folder, Path.cwd()))
            elif path.is_dir():
                tables = sorted(path.rglob("*.parquet"))
                results += [validate_parquet(table, Path.cwd()) for table in tables]
                inside = [p for p in sorted(path.rglob("*")) if p.suffix in (".txt", ".json") and p.is_file()]
                if tables and not inside:
                    continue
                if not inside:
                    raise SisipanError(f"{path}: neither sources (corpus/, annotations/) nor a release ({MANIFEST}), and no source file in it")
                files.setdefault(the_root(root) if root else find_root(path), []).extend(inside)
            elif path.name == "manifest.json" and (above.parent / MANIFEST).is_file():
                results.append(validate_release(above.parent, Path.cwd()))
            elif path.suffix == ".parquet":
                results.append(validate_parquet(path, Path.cwd()))
            elif path.suffix == ".jsonl":
                results.append(validate_lines(path, Path.cwd(), step, workers, default_cache(None) if cache else None))
            elif path.suffix in (".txt", ".json"):
                files.setdefault(the_root(root) if root else find_root(path.parent), []).append(path)
            else:
                raise SisipanError(f"{path}: expected a text of corpus/ (.txt), annotations (.json), a .parquet file, nested records (.jsonl) or a folder")
        for base, chosen in files.items():
            places = [Path(os.path.realpath(p.parent)) for p in chosen]
            known = [p for p, place in zip(chosen, places) if base in (place.parent, place.parent.parent)]
            strangers = sorted(set(chosen) - set(known))
            if strangers and len(strangers) == len(chosen):
                raise SisipanError(f"{strangers[0]}: is no file of {base}/corpus or {base}/annotations")
            results.append(validate_sources(base, known, step))
        if not paths:
            here = the_root(root)
            results.append(validate_unchanged(here, step, _cache_of(here, cache)))
    return results[0] if len(results) == 1 else _merge(results)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How findings are written.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write them to this file instead of standard output.")
@click.option("--explain", metavar="CODE", help="Say what a code means, and stop.")
@click.option("--workers", type=click.IntRange(1), default=_cores, show_default="all cores", help="Processes for a large .jsonl file.")
@click.option("--no-cache", is_flag=True, help="Examine sources and .jsonl files anew although nothing in them has changed.")
@root_option
def validate(paths: tuple[Path, ...], format_: str, output: Path | None, explain: str | None, workers: int, no_cache: bool, root: Path | None) -> None:
    """Check sources, an annotation file, a Parquet file, a release folder, or JSON lines of nested records.

    Without PATHS, all sources. Exit code 0: no error (there may be warnings); 1: errors; 2: could not run.

    \b
    sisipan validate
    sisipan validate annotations/gold/gempa-sangihe-petta.json
    sisipan validate data --format json
    sisipan validate articles.jsonl --workers 2
    sisipan validate --explain E203
    """
    if explain:
        if explain.upper() not in BY_CODE:
            raise SisipanError(f"{explain}: no such code; there are {', '.join(sorted(BY_CODE))}")
        check = BY_CODE[explain.upper()]
        click.echo(f"{check.code} {check.name} ({check.severity})\n\n{check.explanation}")
        return
    result = _run(paths, root, workers, not no_cache)
    written = FORMATS[format_](result)
    if output:
        output.write_text(written, "utf-8")
    else:
        click.echo(written, nl=False)
    sys.exit(0 if result.clean else 1)
