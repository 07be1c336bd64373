"""What changed between two releases, told span by span."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from conftest import BASE

from sisipan.build import build, load_article
from sisipan.diff import comparable, diff, format_change, required_bump, schema_change
from sisipan.model import Entity, article_to_record
from sisipan.schemas import load_schemas

FLOOD = load_article(BASE, "banjir-demak")
SALT = load_article(BASE, "panen-garam")


def lines(old: list, new: list) -> list[str]:
    return [format_change(change) for change in diff(old, new)]


def test_equal_releases_have_no_difference() -> None:
    assert lines([FLOOD, SALT], [SALT, FLOOD]) == []
    assert required_bump([]) == "none"


def test_each_kind_of_change() -> None:
    relabelled = replace(FLOOD.entities[4], label="NOR")
    moved = replace(FLOOD.entities[5], start=109, end=114)
    added = Entity("e9", 114, 118, "pagi", "TIM")
    claims = (replace(FLOOD.claims[0], checkworthy=False), FLOOD.claims[1])
    new = replace(FLOOD, topic="environment", entities=(*FLOOD.entities[1:4], relabelled, moved, added), claims=claims)
    assert lines([FLOOD, SALT], [new]) == [
        "banjir-demak (train) article changed topic: disaster -> environment",
        'banjir-demak (train) entities removed e1 7:12 GPE "Demak"',
        'banjir-demak (train) entities relabelled e5 82:92 NOR "BPBD Demak" label: ORG -> NOR',
        'banjir-demak (train) entities moved e6 109:114 DAT "Senin" offsets: 108:113 -> 109:114',
        'banjir-demak (train) entities added e9 114:118 TIM "pagi"',
        'banjir-demak (train) claims relabelled c1 31:57 statistic "Hujan merendam 2.316 rumah" checkworthy: True -> False',
        "panen-garam (test) article removed",
    ]


def test_renumbered_spans_are_not_changes_of_meaning() -> None:
    renumbered = tuple(replace(e, id=f"x{e.id}") for e in FLOOD.entities)
    claims = tuple(replace(c, claimant=c.claimant and f"x{c.claimant}") for c in FLOOD.claims)
    changed = lines([FLOOD], [replace(FLOOD, entities=renumbered, claims=claims)])
    assert changed == ['banjir-demak (train) claims relabelled c1 31:57 statistic "Hujan merendam 2.316 rumah" claimant: e4 -> xe4']


def test_the_version_step_asked_for() -> None:
    assert required_bump(diff([FLOOD], [FLOOD, SALT])) == "minor"
    assert required_bump(diff([FLOOD, SALT], [FLOOD])) == "major"
    assert required_bump(diff([FLOOD], [replace(FLOOD, split="test")])) == "major"
    assert required_bump(diff([FLOOD], [replace(FLOOD, text="x", text_sha256="0" * 64)])) == "major"
    assert required_bump(diff([FLOOD], [replace(FLOOD, entities=FLOOD.entities[1:])])) == "patch"


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.test", *words], check=True, capture_output=True)


def committed(root: Path) -> None:
    """The release of the base as the first commit of a repository."""
    build(root)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")


def test_folders_and_git_revisions(root: Path) -> None:
    committed(root)
    path = root / "annotations/gold/banjir-demak.json"
    path.write_text(path.read_text("utf-8").replace('"label": "PER"', '"label": "ORG"'), "utf-8")
    build(root)
    done = subprocess.run([sys.executable, "-m", "sisipan", "diff", "HEAD", ".", "--json"], cwd=root, capture_output=True, text=True, check=False)
    value = json.loads(done.stdout)
    assert (done.returncode, value["bump"], len(value["changes"])) == (1, "patch", 1), done.stdout + done.stderr
    assert value["changes"][0] == {
        "article": "banjir-demak", "split": "train", "layer": "entities", "kind": "relabelled", "span": "e4 64:76",
        "label": "ORG", "surface": "Tirta Wenang", "fields": {"label": ["PER", "ORG"]},
    }  # fmt: skip
    same = subprocess.run([sys.executable, "-m", "sisipan", "diff", ".", "."], cwd=root, capture_output=True, text=True, check=False)
    assert (same.returncode, same.stdout) == (0, "0.1.0 -> 0.1.0: no difference; version step: none\n"), same.stderr


def test_a_release_of_an_older_schema_is_read_by_its_own_labels(root: Path) -> None:
    committed(root)
    path = root / "schema/entity.schema.json"
    path.write_text(path.read_text("utf-8").replace('"CRD", "DAT"', '"DAT", "ANM", "CRD"'), "utf-8")
    build(root)
    done = subprocess.run([sys.executable, "-m", "sisipan", "diff", "HEAD", "."], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "schema added entities.label: ANM\n0.1.0 -> 0.1.0: 1 schema added; version step: minor\n"
    (root / "data").mkdir(exist_ok=True)
    below = subprocess.run([sys.executable, "-m", "sisipan", "diff", "HEAD", "HEAD"], cwd=root / "corpus", capture_output=True, text=True, check=False)
    assert (below.returncode, below.stdout) == (0, "0.1.0 -> 0.1.0: no difference; version step: none\n")


def test_a_renamed_column_is_a_change_of_the_schema() -> None:
    fields = load_schemas().configs["articles"]
    renamed = tuple(replace(field, name="url") if field.name == "source" else field for field in fields)
    change = schema_change(fields, renamed)
    assert (change.added, change.removed) == (("url (string)",), ("source (string)",))
    assert required_bump([], change) == "major"
    rows = [article_to_record(FLOOD)]
    rows[0]["url"] = rows[0].pop("source")
    assert lines([FLOOD], comparable(rows)) == ["banjir-demak (train) article changed source: events invented -> None"]
