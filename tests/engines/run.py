"""Run the tests of the engines, each in an environment of its own, with the real executors.

`make test-engines` runs it. Environments are made from the hashed locks beside this file and kept in `.cache/engines`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from environments import REPOSITORY, environment  # noqa: E402


def run(lock: Path) -> tuple[int, int]:
    """How many tests of an engine passed and failed."""
    python = environment(lock, with_sisipan=True)
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
