"""A withheld text stays out, and comes back exactly for who has it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest
from cases import WITHHELD, apply

from sisipan.build import build
from sisipan.errors import SisipanError
from sisipan.load import folder_reader, read_articles
from sisipan.rehydrate import rehydrate
from sisipan.schemas import load_schemas
from sisipan.releases import validate_release

SECRET = "Rahasia negara bocor"
SEED = Path(__file__).parents[2] / "shared" / "seed" / "pakistan-as-kontra-terorisme.txt"
needs_seed = pytest.mark.skipif(not SEED.is_file(), reason="the withheld specimen is not at hand")


def readable(path: Path) -> str:
    """All that a file says: of Parquet, which is compressed, every string of every column."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
    return data.decode("utf-8", "ignore")


def test_a_leak_inside_parquet_is_seen(release: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a").write_text(SECRET)
    rehydrate(release, tmp_path / "texts", tmp_path / "out", load_schemas())
    assert SECRET in readable(tmp_path / "out/data/articles/train.parquet")


@pytest.fixture
def release(root: Path) -> Path:
    apply(root, WITHHELD)
    build(root)
    return root


def test_the_release_holds_no_word_of_it(release: Path) -> None:
    for path in release.rglob("*"):
        if path.is_file():
            assert "Rahasia" not in readable(path), path
    _, articles = read_articles(folder_reader(release), load_schemas())
    hidden = {a.id: a for a in articles}["tertutup"]
    assert (hidden.text, hidden.title, hidden.entities[0].text) == (None, None, None)
    assert (hidden.entities[0].start, hidden.entities[0].end) == (0, 7)


@pytest.mark.parametrize("content", [SECRET, SECRET + "\n", "\ufeff" + SECRET + "\r\n"], ids=["exact", "newline", "windows"])
def test_it_is_found_by_its_hash_whatever_its_name(release: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "texts/deep").mkdir(parents=True)
    (tmp_path / "texts/deep/anything.md").write_bytes(content.encode())
    (tmp_path / "texts/other.txt").write_text("something else")
    outcome = rehydrate(release, tmp_path / "texts", tmp_path / "out", load_schemas())
    assert list(outcome.found) == ["tertutup"] and not outcome.missing and not outcome.differing
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    row = next(row for row in loaded["train"] if row["id"] == "tertutup")
    assert (row["text"], row["title"], row["entities"][0]["text"]) == (SECRET, SECRET, "Rahasia")
    codes = {finding.code for finding in validate_release(tmp_path / "out").findings}
    assert codes == {"E111"}  # whoever is about to give it away is told


def test_what_is_missing_or_differs_is_told_and_nothing_is_written(release: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    outcome = rehydrate(release, tmp_path / "texts", tmp_path / "out", load_schemas())
    assert outcome.missing == ("tertutup",)
    (tmp_path / "texts/tertutup.txt").write_text(SECRET + "!")
    outcome = rehydrate(release, tmp_path / "texts", tmp_path / "out", load_schemas())
    assert outcome.missing == () and "another edition, or edited" in outcome.differing["tertutup"][1]
    assert not (tmp_path / "out").exists()


def test_it_never_overwrites_other_things_and_is_ignored_by_git(release: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a").write_text(SECRET)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/README.md").write_text("mine")
    with pytest.raises(SisipanError, match="holds other things"):
        rehydrate(release, tmp_path / "texts", tmp_path / "mine", load_schemas())
    assert (tmp_path / "mine/README.md").read_text() == "mine"
    subprocess.run(["git", "-C", str(release), "init", "-q"], check=True)
    for _ in range(2):
        rehydrate(release, tmp_path / "texts", release / "whole", load_schemas())
    status = subprocess.run(["git", "-C", str(release), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True).stdout
    assert "whole" not in status and "corpus/" in status
    assert "license: other" in (release / "whole/README.md").read_text()


def test_it_is_not_written_into_the_release(release: Path, tmp_path: Path) -> None:
    with pytest.raises(SisipanError, match="is the release itself"):
        rehydrate(release, tmp_path, release, load_schemas())


@needs_seed
def test_no_line_of_the_specimen_is_committed(repository: Path) -> None:
    lines = [line for line in SEED.read_text("utf-8").splitlines() if len(line) > 25]
    assert len(lines) > 10
    tracked = subprocess.run(["git", "-C", str(repository), "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    words = [line[at : at + 45] for line in lines for at in range(0, max(1, len(line) - 45), 20)]
    for name in filter(None, tracked):
        path = repository / name
        content = readable(path) if path.is_file() else ""
        for piece in words:
            assert piece not in content, (name, piece)


@needs_seed
def test_the_specimen_comes_back_with_its_tail_of_27_characters(repository: Path, tmp_path: Path) -> None:
    outcome = rehydrate(repository, SEED.parent, tmp_path / "out", load_schemas())
    assert "pakistan-as-kontra-terorisme" in outcome.found
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    rows = {row["id"]: row for split in loaded.values() for row in split}
    row = rows["pakistan-as-kontra-terorisme"]
    assert row["text"] == SEED.read_text("utf-8")
    assert [(s["start"], s["end"]) for s in row["spam"]] == [(len(row["text"]) - 27, len(row["text"]))]
    for layer in ("entities", "claims", "spam"):
        assert row[layer]
        for span in row[layer]:
            assert span["text"] == row["text"][span["start"] : span["end"]]
