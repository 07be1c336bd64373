"""What the documents say is so: code blocks run, links lead somewhere, tables are those of the schema."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY
from huggingface_hub import DatasetCard

from sisipan.cli import COMMANDS

MARKDOWN = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md"), *REPOSITORY.glob("annotations/guidelines/*.md")])
README = (REPOSITORY / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("code", blocks(README, "python"), ids=lambda code: code.split()[1])
def test_python_blocks_of_the_readme_run(code: str, tmp_path: Path) -> None:
    for name in ("README.md", "data"):
        source, target = REPOSITORY / name, tmp_path / "path/to/sisipan" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": "", "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def test_contributing_adds_an_article(root: Path) -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    draft = re.search(r"^   ```text\n(.*?)^   ```", text, re.DOTALL | re.MULTILINE)[1]
    (root / "draft.txt").write_text(re.sub(r"(?m)^   ", "", draft), "utf-8")
    command = re.search(r"sisipan (new panen-subang .*)", text)[1].split()
    assert subprocess.run([sys.executable, "-m", "sisipan", *command], cwd=root, capture_output=True, check=False).returncode == 0
    path = root / "annotations/pass-a/panen-subang.json"
    span = re.search(r"^   (\{\"exact\".*\})$", text, re.MULTILINE)[1]
    path.write_text(path.read_text("utf-8").replace('"claims": []', f'"claims": [{span}]'), "utf-8")
    for words in (("anchor", "annotations/pass-a/panen-subang.json"), ("validate",), ("build",)):
        done = subprocess.run([sys.executable, "-m", "sisipan", *words], cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "panen-subang" in subprocess.run([sys.executable, "-m", "sisipan", "validate"], cwd=root, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_command_is_in_the_readme() -> None:
    for name in COMMANDS:
        assert f"`sisipan {name}`" in README, name


def test_the_card_is_one_that_the_hub_reads() -> None:
    card = DatasetCard(README)
    assert card.data.pretty_name == "Sisipan" and card.data.license == "cc-by-4.0"
    raw = yaml.safe_load(README.split("---\n")[1])
    assert [c["config_name"] for c in raw["configs"]] == ["articles", "entities", "claims", "spam", "ner", "sentences"]
    assert [c.get("default", False) for c in raw["configs"]] == [True, False, False, False, False, False]
    assert all(isinstance(c["version"], str) for c in raw["configs"])


def test_the_datasheet_has_all_sections() -> None:
    text = (REPOSITORY / "DATASHEET.md").read_text("utf-8")
    for section in ("Motivation", "Composition", "Collection", "Preprocessing", "Annotation", "Uses", "Distribution", "Maintenance"):
        assert f"\n## {section}\n" in text
    assert "language models" in text.lower()


def test_the_citation_has_the_version() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text("utf-8"))
    assert str(citation["version"]) == (REPOSITORY / "corpus/VERSION").read_text().strip()


def test_the_picture_is_what_the_command_draws(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sisipan", "show", "--svg", str(tmp_path / "article.svg"), "gempa-sangihe-petta"]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    drawn = (tmp_path / "article.svg").read_text("utf-8")
    assert drawn == (REPOSITORY / "docs/article.svg").read_text("utf-8")
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg|https://www\.textualize\.io", "", drawn)
