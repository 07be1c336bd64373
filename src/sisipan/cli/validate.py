"""`sisipan validate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from sisipan.checks import BY_CODE
from sisipan.cli.common import cores, progress, root_option, the_root
from sisipan.cli.fixing import fix as mend
from sisipan.cli.fixing import fix_command, root_of
from sisipan.cli.judging import weighed, write_out
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.fixes import ONLY, how_mended
from sisipan.foreign import as_yaml, fields_of, guess, read_fields, validate_others
from sisipan.formats import FORMATS
from sisipan.linefiles import validate_lines
from sisipan.manifest import MANIFEST
from sisipan.releases import validate_parquet, validate_release
from sisipan.remembered import default_cache
from sisipan.results import Result
from sisipan.selection import chosen, keep
from sisipan.store import find_root
from sisipan.validate import validate_sources, validate_unchanged

_SMALL = 20  # articles


def _merge(results: Sequence[Result]) -> Result:
    if len(results) == 1:
        return results[0]
    findings = tuple(finding for result in results for finding in result.findings)
    ran = frozenset[str]().union(*(result.ran for result in results))
    return Result(tuple(dict.fromkeys(findings)), sum(r.articles for r in results), sum(r.files for r in results), ran)


def _cache_of(root: Path, wanted: bool) -> Path | None:
    """Where results about the sources of a corpus are kept; a small one is examined faster than it is worth writing beside it."""
    worth = wanted and sum(1 for _, _ in zip(range(_SMALL), (root / "corpus").glob("*.txt"))) == _SMALL
    return default_cache() if worth else None


def _run(paths: tuple[Path, ...], root: Path | None, workers: int, cache: bool) -> tuple[Result, dict[str, Path]]:
    """The findings, and what folder the path of each is below."""
    results: list[tuple[Path, Result]] = []
    here = Path.cwd()
    files: dict[Path, list[Path]] = {}
    with progress("validating") as step:
        for path in paths:
            above = Path(os.path.abspath(path)).parent
            folder = above if (above / MANIFEST).is_file() and (path / "manifest.json").is_file() else path
            if path.is_dir() and (path / "corpus").is_dir() and (path / "annotations").is_dir():
                results.append((path, validate_unchanged(path, step, _cache_of(path, cache), workers)))
            elif path.is_dir() and (folder / MANIFEST).is_file():
                results.append((here, validate_release(folder, here)))
            elif path.is_dir():
                tables = sorted(path.rglob("*.parquet"))
                results += [(here, validate_parquet(table, here)) for table in tables]
                inside = [p for p in sorted(path.rglob("*")) if p.suffix in (".txt", ".json") and p.is_file()]
                if tables and not inside:
                    continue
                if not inside:
                    raise SisipanError(f"{path}: neither sources (corpus/, annotations/) nor a release ({MANIFEST}), and no source file in it")
                files.setdefault(the_root(root) if root else find_root(path), []).extend(inside)
            elif path.name == "manifest.json" and (above.parent / MANIFEST).is_file():
                results.append((here, validate_release(above.parent, here)))
            elif path.suffix == ".parquet":
                results.append((here, validate_parquet(path, here)))
            elif path.suffix == ".jsonl":
                results.append((here, validate_lines(path, here, step, workers, default_cache() if cache else None)))
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
            results.append((base, validate_sources(base, known, step, workers)))
        if not paths:
            base = the_root(root)
            results.append((base, validate_unchanged(base, step, _cache_of(base, cache), workers)))
    if len({os.path.realpath(base) for base, _ in results}) > 1:  # files of two corpora may have one name
        results = [(here, _from(here, base, result)) for base, result in results]
    return _merge([result for _, result in results]), {finding.path: base for base, result in results for finding in result.findings}


def _from(here: Path, base: Path, result: Result) -> Result:
    """The result with paths as they are from here, of one with paths below `base`."""
    return replace(result, findings=tuple(replace(one, path=os.path.relpath(base / one.path, here)) for one in result.findings))


def _others(paths: tuple[Path, ...], schema: Path | None, fields: Path | None) -> Result:
    """Another corpus: where its parts stand is said by the fields file, or guessed and told."""
    if fields is not None:
        where = read_fields(fields)
    else:
        guessed = guess(paths)
        say("fields guessed (say otherwise with --fields):", "", *as_yaml(guessed).splitlines(), "", err=True)
        where = fields_of(guessed)
    with progress("validating") as step:
        return validate_others(paths, where, schema, step)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How findings are written. With github, a summary goes to $GITHUB_STEP_SUMMARY too.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write them to this file instead of standard output.")
@click.option("--select", multiple=True, metavar="CODES", help="Only codes that begin so: E2,W501. What says that something was not examined is always shown.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Without codes that begin so; the longer beginning wins over --select.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Known findings of released records, which warn; all others count.")
@click.option("--write-baseline", type=click.Path(path_type=Path, dir_okay=False), help="Write what is found now in released records as known findings.")
@click.option("--fix", is_flag=True, help="Mend what has one right answer: a diff first, then it asks; then validates.")
@click.option("--yes", is_flag=True, help="With --fix: write without asking.")
@click.option("--explain", metavar="CODE", help="Say what a code means, and stop.")
@click.option("--schema", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Another corpus: the JSON Schema of one of its records.")
@click.option("--fields", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Another corpus: where text, spans and offsets stand in a record (default: guessed).")
@click.option("--guess-fields", is_flag=True, help="Another corpus: print the fields file that would be guessed, and stop.")
@click.option("--workers", type=click.IntRange(1), default=cores, show_default="all cores", help="Processes for thousands of source files or a large .jsonl file.")
@click.option("--no-cache", is_flag=True, help="Examine sources and .jsonl files anew although nothing in them has changed.")
@root_option
def validate(
    paths: tuple[Path, ...],
    format_: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    fix: bool,
    yes: bool,
    explain: str | None,
    schema: Path | None,
    fields: Path | None,
    guess_fields: bool,
    workers: int,
    no_cache: bool,
    root: Path | None,
) -> None:
    """Check sources, annotation files, Parquet files, releases, JSON lines of nested records; or another corpus.

    Without PATHS, all sources. Exit code 0: no error (there may be warnings); 1: errors; 2: could not run.
    --fix without a terminal and without --yes shows the diff, changes nothing and exits with 1. With --schema or
    --fields, PATHS are JSON lines or Parquet files of any corpus with texts and stand-off spans: see docs/other-corpora.md.

    \b
    sisipan validate
    sisipan validate annotations/gold/gempa-sangihe-petta.json
    sisipan validate data --format json
    sisipan validate --select E2,E3 --ignore E207
    sisipan validate --write-baseline known.json
    sisipan validate --baseline known.json --format github
    sisipan validate --fix corpus/gempa-sangihe-petta.txt
    sisipan validate articles.jsonl --workers 2
    sisipan validate --explain E203
    sisipan validate --schema theirs.schema.json --fields theirs.yaml theirs.jsonl
    """
    if explain:
        if explain.upper() not in BY_CODE:
            raise SisipanError(f"{explain}: no such code; there are {', '.join(sorted(BY_CODE))}")
        check = BY_CODE[explain.upper()]
        how = {"yes": "`sisipan validate --fix` mends it.", "some": f"`sisipan validate --fix` mends it where the message ends: {ONLY.get(check.code)}."}.get(how_mended(check.code))
        say(f"{check.code} {check.name} ({check.severity})", "", *check.explanation.splitlines(), *(["", how] if how else []))
        return
    if baseline and write_baseline:
        raise SisipanError("--baseline reads known findings, --write-baseline writes them; give one")
    if yes and not fix:
        raise SisipanError("--yes goes with --fix")
    if fix and (select or ignore):
        raise SisipanError("--fix mends all that it can; give --select or --ignore without it")
    codes = chosen(select, ignore)
    if schema or fields or guess_fields:
        if not paths:
            raise SisipanError("name the files of the other corpus: JSON lines or Parquet")
        if baseline or write_baseline or fix:
            raise SisipanError("--fix and known findings are for a corpus of Sisipan's own shape; give --schema and --fields without them")
        if guess_fields:
            say(*as_yaml(guess(paths)).splitlines())
            return
        result, command = keep(_others(paths, schema, fields), codes), ""
        bases = {finding.path: Path.cwd() for finding in result.findings}
    else:
        home = root_of(paths, root) if baseline or write_baseline else None
        if fix:
            mend(paths, root, yes, diff_aside=format_ != "text" and output is None)
        result, bases = _run(paths, root, workers, not no_cache)
        result, command = keep(result, codes), "" if fix else fix_command(result, bases)  # what --fix has left it would leave again
        if home:
            result = weighed(result, home, baseline, write_baseline, whole=[path.resolve() for path in paths] in ([], [home]))
    write_out(result, format_, output, bases, command)
    sys.exit(0 if result.clean else 1)
