"""Where files lie in the repository that a corpus is part of: what annotates a change names them from its top."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

Shown = Callable[[str], str]


def top_above(folder: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The top of the Git repository that a folder is in; where it is in none, GitHub's workspace, if that is above it."""
    here = Path(os.path.realpath(folder))
    for above in (here, *here.parents):
        if (above / ".git").exists():
            return above
    workspace = Path(os.path.realpath(environment["GITHUB_WORKSPACE"])) if environment.get("GITHUB_WORKSPACE") else None
    return workspace if workspace and here.is_relative_to(workspace) else None


def from_the_top(bases: Mapping[str, Path], environment: Mapping[str, str] = os.environ) -> Shown:
    """What gives a finding's path as from the top of the repository, where it lies in one. `bases` says what folder each path is below."""
    tops = {base: top_above(base, environment) for base in set(bases.values())}

    def shown(path: str) -> str:
        base = bases.get(path)
        top = tops.get(base)
        if top is None:
            return path
        place = Path(os.path.normpath(os.path.join(os.path.realpath(base), path)))
        return place.relative_to(top).as_posix() if place.is_relative_to(top) else path

    return shown
