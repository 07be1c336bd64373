"""A copy of the small corpus in `tests/base`, for tests to break."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
BASE = Path(__file__).parent / "base"


def pytest_configure() -> None:
    """No test may look for a hub, and none may read another's cache."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"


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
