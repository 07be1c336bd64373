"""Run the tests of the engines, each in an environment of its own, with the real executors.

`make test-engines` runs it. Environments are made from the hashed locks beside this file and kept in `.cache/engines`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
CACHE = REPOSITORY / ".cache" / "engines"


def environment(lock: Path) -> Path:
    """Python of the environment of a lock file, with sisipan in it; made anew when the lock changed."""
    folder = CACHE / lock.stem
    stamp = folder / ".locked"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {lock.stem}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
        subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", REPOSITORY], check=True)
        stamp.write_text(wanted)
    return python


def run(lock: Path) -> tuple[int, int]:
    """How many tests of an engine passed and failed."""
    python = environment(lock)
    print(f"testing {lock.stem}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
        subprocess.run([python, "-m", "pytest", HERE / f"{lock.stem}_jobs.py", f"--junitxml={report}", "-p", "no:cacheprovider"], cwd=REPOSITORY, env={**os.environ, **quiet}, check=False)
        if not report.exists():
            return 0, 1
        suite = ElementTree.parse(report).getroot().find("testsuite")
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        return int(suite.get("tests")) - failed - int(suite.get("skipped")), failed


def main() -> int:
    """Test every engine; 0 where all tests passed."""
    found = [run(lock) for lock in sorted(HERE.glob("*.lock"))]
    passed, failed = (sum(column) for column in zip(*found))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
