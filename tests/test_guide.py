"""Every code block of the user guide runs, in the order in which it stands; `--help` is what the page of commands says."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

GUIDE = (REPOSITORY / "docs/guide.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(python|sh)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has a copy of the repository at `path/to/sisipan`."""
    folder = tmp_path_factory.mktemp("guide")
    clone = folder / "path/to/sisipan"
    clone.mkdir(parents=True)
    for name in ("README.md", "corpus", "annotations", "schema", "data"):
        source = REPOSITORY / name
        shutil.copytree(source, clone / name) if source.is_dir() else shutil.copy(source, clone / name)
    return folder


@pytest.mark.xdist_group("guide")
@pytest.mark.parametrize(("number", "language", "code"), [(n, *block) for n, block in enumerate(BLOCKS)], ids=[f"{n}-{language}" for n, (language, _) in enumerate(BLOCKS)])
def test_blocks_run(place: Path, number: int, language: str, code: str) -> None:
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(place / "home"), "HF_HUB_OFFLINE": "1", "HF_HOME": str(place / "home/hf")}
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    page = runpy.run_path(str(REPOSITORY / "scripts/command_pages.py"))["page"]()
    assert (REPOSITORY / "docs/commands.md").read_text("utf-8") == page, "write it anew: python scripts/command_pages.py --write"
