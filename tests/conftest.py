"""A copy of the small corpus in `tests/base`, for tests to break."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
BASE = Path(__file__).parent / "base"


def pytest_configure() -> None:
    """No test may look for a hub, none may read another's cache, and none fails because the machine is slow."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
    if importlib.util.find_spec("hypothesis"):  # the environments of the engines have none
        from hypothesis import settings

        settings.register_profile("sisipan", deadline=None)
        settings.load_profile("sisipan")


def copy_base(to: Path) -> Path:
    """The base with the schemas of the repository, as a corpus of its own."""
    shutil.copytree(BASE, to)
    shutil.copytree(REPOSITORY / "schema", to / "schema")
    return to


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fresh copy of the base."""
    return copy_base(tmp_path / "corpus-of-two")


@pytest.fixture
def repository() -> Path:
    """The repository itself."""
    return REPOSITORY


@dataclass
class Done:
    """What a run of the command left."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command, in this process: an exception that would be a traceback fails the test."""
    from sisipan.cli import main

    def act(*words: object, cwd: Path, **environment: str) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["sisipan", *map(str, words)])
            for name, value in environment.items():
                patch.setenv(name, value)
            capsys.readouterr()
            try:
                main()
                code = 0
            except SystemExit as stop:
                code = stop.code or 0
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return act
