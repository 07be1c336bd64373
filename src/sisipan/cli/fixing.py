"""What `sisipan validate --fix` does: plan, show, ask, write, all files of an article together."""

from __future__ import annotations

import difflib
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.fixes import Fixed, fix_article, mendable
from sisipan.history import earlier_text
from sisipan.journal import locked, pending, recover, replace_all
from sisipan.mended import files_of, worsened
from sisipan.report import plural, visible
from sisipan.results import Result
from sisipan.store import find_root, read_article, read_document


_FEW = 3  # files that are named


def articles_named(paths: Sequence[Path], root: Path) -> list[str]:
    """The articles that the paths lead to; all of them for the root itself or no path. Raises SisipanError for a path of none."""
    owner = {path: article.stem for article in sorted((root / "corpus").glob("*.txt")) for path in files_of(root, article.stem)}
    named: set[str] = set()
    for path in paths:
        real = Path(os.path.realpath(path.parent), path.name) if path.is_file() else Path(os.path.realpath(path))
        found = {article for place, article in owner.items() if place == real or place.is_relative_to(real)}
        if not found:
            raise SisipanError(f"{path}: nothing here that --fix mends; it takes texts of {root}/corpus and documents of {root}/annotations")
        named |= found
    return sorted(named or set(owner.values()))


def _plan(root: Path, article: str) -> tuple[Fixed, dict[str, bytes]]:
    """What is to be mended in an article, and its files as they were read."""
    paths = {path.relative_to(root).as_posix(): path for path in files_of(root, article)}
    before = {name: path.read_bytes() for name, path in paths.items()}
    name = next(iter(paths))
    if links := [name for name, path in paths.items() if path.is_symlink()]:
        return Fixed({}, (), (f"{links[0]}: is a link; only files are mended",)), before
    source = read_article(paths[name], root)
    if any(problem.kind == "not-utf8" for problem in source.problems):
        return Fixed({}, (), ()), before
    documents = {name: read_document(path, root) for name, path in list(paths.items())[1:]}
    return fix_article(source, before[name].decode("utf-8"), documents, name, lambda sha256: earlier_text(root, article, sha256) is not None), before


def _lines(content: str) -> list[str]:
    lines = content.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([f"{lines[-1]}\n\\ No newline at end of file\n"] if lines[-1] else [])


def unified_diff(files: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    """The lines of a unified diff, as `git apply` takes it, of files from their old bytes to their new content."""
    for name, (old, new) in files.items():
        yield from difflib.unified_diff(_lines(old.decode("utf-8")), _lines(new), f"a/{name}", f"b/{name}")


def _write(root: Path, files: Mapping[str, tuple[bytes, str]]) -> None:
    with locked(root):
        for name, (old, _) in files.items():
            if (root / name).read_bytes() != old:
                raise SisipanError(f"{name}: was changed while the fix was shown; nothing was written, run it again")
        replace_all(root, {name: new.encode("utf-8") for name, (_, new) in files.items()}, [])


def root_of(paths: Sequence[Path], given: Path | None) -> Path:
    """The corpus that the paths are in: the one given, or the nearest one above the first of them, or above here."""
    return find_root(given or (paths[0] if paths and paths[0].is_dir() else paths[0].parent if paths else Path.cwd()))


def fix_command(result: Result, bases: Mapping[str, Path]) -> str:
    """The command that mends what of a result can be mended, one for each corpus: files by name where they are few. `bases` says what folder each path is below."""
    files: dict[str, set[str]] = {}
    for path in sorted({finding.path for finding in result.findings if mendable(finding)}):
        place = Path(os.path.realpath(bases[path]), path)
        files.setdefault(str(place.parents[1 if place.suffix == ".txt" else 2]), set()).add(str(place))  # corpus/ID.txt, annotations/PASS/ID.json
    places = [sorted(inside) if len(inside) <= _FEW else [root] for root, inside in sorted(files.items())]
    return "; ".join(shlex.join(["sisipan", "validate", "--fix", *(os.path.relpath(one) for one in some if one != os.getcwd())]) for some in places)


def fix(paths: Sequence[Path], given: Path | None, yes: bool, diff_aside: bool) -> None:
    """Show what can be mended, and write it where that was agreed to; else exit with 1. Returns where nothing is to be mended, or it was.

    The diff goes to standard output, or with `diff_aside` to standard error; all else that is said to standard error.
    """
    root = root_of(paths, given)
    if pending(root):
        with locked(root):
            recover(root)
    plans: dict[str, Fixed] = {}
    before: dict[str, bytes] = {}
    refused: list[str] = []
    for article in articles_named(paths, root):
        plan, read = _plan(root, article)
        refused += plan.refused
        if plan.files:
            plans[article] = plan
            before |= read
    for article, finding in worsened(root, {article: plan.files for article, plan in plans.items()}).items() if plans else ():
        where = "it" if finding.article == article else finding.article
        refused.append(f"{article}: left as it is, since {where} would then have {finding.code} {finding.name}: {finding.message}")
        del plans[article]
    files = {name: (before[name], content) for plan in plans.values() for name, content in plan.files.items()}
    for line in unified_diff(files):
        click.echo(visible(line) if (sys.stderr if diff_aside else sys.stdout).isatty() else line, nl=False, err=diff_aside)
    for line in (line for plan in plans.values() for line in plan.done):
        say(f"mends {line}", err=True)
    for line in refused:
        say(f"leaves {line}", err=True)
    if not files:
        say("nothing to mend", err=True)
        return
    what = f"{plural(len(files), 'file')} of {plural(len(plans), 'article')}"
    if not yes and not (sys.stdin.isatty() and sys.stdout.isatty()):
        say(f"nothing was written: {what} can be mended; --yes writes them", err=True)
        sys.exit(1)
    if not yes and not click.confirm(f"write {what}?", err=True):
        say("nothing was written", err=True)
        sys.exit(1)
    _write(root, files)
    say(f"wrote {what}", err=True)
