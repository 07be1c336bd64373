"""Environments of their own for what must not meet the project's: other versions of `datasets`, the engines."""

from __future__ import annotations

import hashlib
import subprocess
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def environment(lock: Path, with_sisipan: bool) -> Path:
    """Python of the environment of a hashed lock file, kept in `.cache` under the name of the lock's folder; made anew when the lock changed."""
    folder = REPOSITORY / ".cache" / lock.parent.name / lock.stem
    stamp = folder / ".locked"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {lock.stem}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
        if with_sisipan:
            subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", REPOSITORY], check=True)
        stamp.write_text(wanted)
    return python
