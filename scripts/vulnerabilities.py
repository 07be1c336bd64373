"""Known holes in the locked packages, by pip-audit. Where its index does not answer, a notice. `make vulnerabilities` runs it.

pip-audit is asked, not the advisories themselves, as it knows ranges of versions, withdrawn advisories and aliases. It lives in an environment
of its own, kept in `.cache`, so that its packages are none of the project's.
"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from pathlib import Path

from pip._internal.models.index import PyPI  # the one that pip-audit asks

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
FOLDER = ROOT / ".cache" / "vulnerabilities"
PATIENCE_S = 20


def unreachable(lock: Path) -> str | None:
    """Why advisories about the first package of a lock cannot be had, or None where they can."""
    name, version = re.findall(r"^([\w.-]+)==([^ ;\\]+)", lock.read_text("utf-8"), re.MULTILINE)[0]
    address = f"{PyPI.pypi_url}/{name}/{version}/json"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S):
            return None
    except OSError as error:  # no network, no answer in time, or the answer that it does not know
        return f"{address}: {error}"


def main() -> int:
    """0: nothing known, or not asked; 1: holes, listed by pip-audit."""
    if why := unreachable(LOCK):
        print(f"notice: the dependencies were not audited, as the index of advisories does not answer ({why})")
        return 0
    tool = FOLDER / "bin" / "pip-audit"
    if not tool.exists():
        venv.create(FOLDER, with_pip=True, clear=True)
        subprocess.run([FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit>=2.9"], check=True)
    return subprocess.run([tool, "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--requirement", LOCK], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
