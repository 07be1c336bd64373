"""Earlier texts of an article, from the Git repository that the corpus is in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sisipan.offsets import text_sha256

_LOOKED_AT = 50


def _git(root: Path, *words: str) -> str | None:
    """Output of a git command, or None where there is no git, no repository or no such thing.

    Signatures are not looked at, since the repository's own configuration names the program that would do it.
    """
    try:
        done = subprocess.run(["git", "-c", "log.showSignature=false", "-C", str(root), *words], capture_output=True, check=False)
        return done.stdout.decode("utf-8") if done.returncode == 0 else None
    except (OSError, UnicodeDecodeError):
        return None


def earlier_text(root: Path, article: str, sha256: str) -> str | None:
    """The text of the article with this SHA-256, from the index or the latest revisions of its file; None where Git has none."""
    path = f"corpus/{article}.txt"
    revisions = (_git(root, "log", f"-{_LOOKED_AT}", "--format=%H", "--", path) or "").split()
    for revision in ("", *revisions):
        raw = _git(root, "show", f"{revision}:./{path}")
        match = re.match(r"---\n.*?^---\n", raw, re.DOTALL | re.MULTILINE) if raw else None
        if match:
            text = raw[match.end() :].removesuffix("\n")
            if text_sha256(text) == sha256:
                return text
    return None


def tagged_articles(root: Path, version: str) -> frozenset[str] | None:
    """The articles that the tag of a version has in `corpus/`; None where Git has no such tag."""
    names = _git(root, "ls-tree", "--name-only", f"v{version}:./corpus")
    return None if names is None else frozenset(name.removesuffix(".txt") for name in names.splitlines() if name.endswith(".txt"))
