"""Every code block of the guides runs, in the order in which it stands; `--help` is what the page of commands says."""

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


@pytest.mark.parametrize(("page", "least"), [("guide", 8), ("tagger", 3), ("crawl", 1)])
def test_every_block_runs_in_its_order(tmp_path: Path, page: str, least: int) -> None:
    blocks = re.findall(r"^```(python|sh)\n(.*?)^```", (REPOSITORY / f"docs/{page}.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    clone = tmp_path / "path/to/sisipan"
    clone.mkdir(parents=True)
    for name in ("README.md", "corpus", "annotations", "schema", "data"):
        source = REPOSITORY / name
        shutil.copytree(source, clone / name) if source.is_dir() else shutil.copy(source, clone / name)
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home/hf")}
    assert len(blocks) >= least
    for language, code in blocks:
        command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, code + done.stdout + done.stderr
        assert done.stdout.strip(), code


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    page = runpy.run_path(str(REPOSITORY / "scripts/command_pages.py"))["page"]()
    assert (REPOSITORY / "docs/commands.md").read_text("utf-8") == page, "write it anew: python scripts/command_pages.py --write"
