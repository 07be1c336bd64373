"""Make a release: check everything, set the version, build, date the changelog, commit, tag; upload to the Hub if asked.

    python scripts/release.py 0.2.0                                   what would happen
    python scripts/release.py 0.2.0 --yes                             do it
    python scripts/release.py 0.2.0 --push-to-hub OWNER/sisipan       what would be uploaded from the tag v0.2.0
    python scripts/release.py 0.2.0 --push-to-hub OWNER/sisipan --yes upload it
"""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import click

from sisipan.build import read_version
from sisipan.diff import comparable, diff, required_bump, schema_change
from sisipan.errors import SisipanError
from sisipan.load import folder_reader, open_release, read_release
from sisipan.publish import check as what_is_stale
from sisipan.publish import publish
from sisipan.store import write_atomically
from sisipan.releases import validate_release

STEPS = ("patch", "minor", "major")


def git(root: Path, *words: str) -> str:
    """Output of a git command. Raises SisipanError where it fails."""
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SisipanError(f"git {words[0]}: {done.stderr.strip() or 'failed'}")
    return done.stdout.strip()


def numbers(version: str) -> tuple[int, int, int]:
    """A version as numbers. Raises SisipanError where it is none."""
    match = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    if match is None:
        raise SisipanError(f"{version[:40]!r} is not a version such as 0.2.0")
    return tuple(int(part) for part in match.groups())


def step_between(old: str, new: str) -> str | None:
    """Which step leads from one version to a higher one; None where it is not higher."""
    a, b = numbers(old), numbers(new)
    if b <= a:
        return None
    return "major" if b[0] > a[0] else "minor" if b[1] > a[1] else "patch"


def dated_changelog(changelog: str, version: str, today: str) -> str:
    """The changelog with the heading of the version dated. Raises SisipanError where there is none to date."""
    heading = f"## {version} (unreleased)"
    if changelog.count(heading) != 1:
        raise SisipanError(f"CHANGELOG.md: expected the heading {heading!r} once, with what changed below it")
    return changelog.replace(heading, f"## {version} ({today})")


def check_step(root: Path, latest: str, version: str) -> str:
    """Hold a version against what changed since the latest tag. Raises SisipanError where the step is too low or an id vanished.

    Below 1.0.0 a minor step does for what is major above it, as in Semantic Versioning.
    """
    step = step_between(latest[1:], version)
    if step is None:
        raise SisipanError(f"{version} is not above {latest[1:]}")
    _, old_fields, before = read_release(open_release(latest, root))
    _, new_fields, after = read_release(folder_reader(root))
    wanted = required_bump(diff(comparable(before), comparable(after)), schema_change(old_fields, new_fields))
    enough = "minor" if wanted == "major" and numbers(latest[1:])[0] == 0 else wanted
    if wanted != "none" and STEPS.index(step) < STEPS.index(enough):
        raise SisipanError(f"the changes since {latest} ask for a {wanted} step; {version} is a {step} step")
    gone = sorted({row["id"] for row in before} - {row["id"] for row in after})
    path = root / "corpus" / "retired.json"
    retired = json.loads(path.read_bytes()) if path.exists() else {}
    if unnamed := [article for article in gone if article not in retired]:
        raise SisipanError(f"{', '.join(unnamed)}: gone since {latest}; list each in corpus/retired.json with its successor, or null")
    return f"{latest} -> v{version}: the changes ask for a step of {wanted}, this is {step}"


def read_head(root: Path) -> str:
    """The subject of the latest commit."""
    return git(root, "log", "-1", "--format=%s")


def untagged(root: Path, version: str) -> bool:
    """Whether an earlier run committed this release and was stopped before it set the tag."""
    return read_head(root) == f"Release {version}" and not git(root, "tag", "--list", f"v{version}") and not git(root, "status", "--porcelain")


def check_everything(root: Path, version: str) -> list[str]:
    """What was found in order. Raises SisipanError at the first thing that forbids a release."""
    said = []
    if dirty := git(root, "status", "--porcelain"):
        stopped = f"; if a release that was stopped left them, `git reset --hard` and `sisipan build` bring back {read_head(root)[:60]!r}" if read_version(root) == version else ""
        raise SisipanError(f"the tree has uncommitted changes; commit or stash them first: {dirty.splitlines()[0]}{stopped}")
    stale, result = what_is_stale(root)
    if not result.clean:
        raise SisipanError(f"the sources have {result.count('error')} errors; `sisipan validate` names them")
    if stale:
        raise SisipanError(f"the release is stale ({stale[0]}); run `sisipan build` and commit what it writes")
    tags = [tag for tag in git(root, "tag", "--list", "v*").splitlines() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]
    if f"v{version}" in tags:
        raise SisipanError(f"v{version} is tagged already; a version is released once")
    if tags:
        latest = max(tags, key=lambda tag: numbers(tag[1:]))
        said.append(check_step(root, latest, version))
    dated_changelog((root / "CHANGELOG.md").read_text("utf-8"), version, "")
    said.append(f"sources: {result.articles} articles, no errors, {result.count('warning')} warnings")
    return said


def release(root: Path, version: str, tests: bool, write: bool) -> None:
    """Check, and with `write` set the version, build, date the changelog, commit and tag."""
    if untagged(root, version):
        if write:
            git(root, "tag", "-a", f"v{version}", "-m", f"Sisipan {version}")
        click.echo(f"{version} is committed already; {'tagged' if write else 'would tag'} v{version}, which a run that was stopped had left to do")
        return
    for line in check_everything(root, version):
        click.echo(line)
    if tests:
        click.echo("running the tests")
        if subprocess.run([sys.executable, "-m", "pytest", "-n", "2"], cwd=root, check=False).returncode:
            raise SisipanError("the tests fail")
    if not write:
        click.echo(f"would set version {version}, build, date the changelog, commit, and tag v{version}; add --yes to do it")
        return
    changed = [root / "CHANGELOG.md", root / "CITATION.cff", root / "corpus" / "VERSION"]
    before = {path: path.read_bytes() for path in changed}
    try:
        write_atomically(changed[0], dated_changelog(before[changed[0]].decode(), version, datetime.date.today().isoformat()))
        write_atomically(changed[1], re.sub(r"(?m)^version: .*$", f"version: {version}", before[changed[1]].decode()))
        write_atomically(changed[2], f"{version}\n")
        _, result = publish(root)
        if not result.clean or not validate_release(root).clean:
            raise SisipanError("the built release does not validate; `sisipan validate data` tells why")
        git(root, "add", "-A")
        git(root, "commit", "-m", f"Release {version}")
    except BaseException:
        if read_head(root) != f"Release {version}":  # else it is done but for the tag
            git(root, "reset", "--quiet")
            for path, content in before.items():
                write_atomically(path, content)
            publish(root)
        raise
    git(root, "tag", "-a", f"v{version}", "-m", f"Sisipan {version}")
    click.echo(f"tagged v{version}; next: git push --follow-tags")


def push(root: Path, version: str, repository: str, write: bool) -> None:
    """Upload the tree of the tag to the Hub and set the same tag there; without `write` say what it would be."""
    tag = f"v{version}"
    files = git(root, "ls-tree", "-r", "--name-only", tag).splitlines()
    click.echo(f"{tag}: {len(files)} files for https://huggingface.co/datasets/{repository}")
    if not write:
        click.echo("would upload them as one commit and tag it; add --yes to do it")
        return
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "tree.tar"
        git(root, "archive", "--format=tar", f"--output={archive}", tag)
        with tarfile.open(archive) as tar:
            tar.extractall(Path(folder) / "tree", filter="data")
        api = HfApi()
        api.create_repo(repository, repo_type="dataset", exist_ok=True)
        commit = api.upload_folder(repo_id=repository, repo_type="dataset", folder_path=Path(folder) / "tree", commit_message=f"Release {version}", delete_patterns="*")
        api.create_tag(repository, repo_type="dataset", tag=tag, revision=commit.oid)
    click.echo(f"uploaded and tagged {tag}")


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.argument("version")
@click.option("--yes", is_flag=True, help="Do it; without, say what would be done.")
@click.option("--push-to-hub", "repository", metavar="OWNER/NAME", help="Upload the tagged version instead of making one.")
@click.option("--skip-tests", is_flag=True, help="Where the tests have just passed.")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True), default=Path(__file__).parents[1], help="The repository.")
def main(version: str, yes: bool, repository: str | None, skip_tests: bool, root: Path) -> None:
    """Entry point."""
    try:
        numbers(version)
        if repository:
            push(root, version, repository, yes)
        else:
            release(root, version, not skip_tests, yes)
            click.echo(f"was {read_version(root)}" if not yes else f"is {read_version(root)}")
    except SisipanError as error:
        click.echo(f"release: error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"release: error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("release: stopped; what was begun is undone", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
