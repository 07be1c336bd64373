"""Load the release in four versions of datasets, each in its own environment, and hold their digests equal.

`make test-compat` runs it. Environments are made from the hashed locks beside this file and kept in `.cache/compat`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from environments import REPOSITORY, environment  # noqa: E402


def main() -> int:
    """Print a line for each version; 0 where all ways of loading in all versions gave the same."""
    found: dict[str, dict[str, dict[str, str | None]]] = {}
    for lock in sorted(HERE.glob("*.lock")):
        done = subprocess.run([environment(lock, with_sisipan=False), HERE / "digest.py", REPOSITORY], capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            print(f"FAILED {lock.stem}: the release did not load")
            return 1
        result = json.loads(done.stdout.splitlines()[-1])
        found[result["version"]] = result["configs"]
    failed = 0
    for config in next(iter(found.values())):
        digests = {digest for configs in found.values() for digest in configs[config].values() if digest}
        failed += len(digests) != 1
        print(f"{config:10} {'same' if len(digests) == 1 else 'DIFFERS'} {' '.join(sorted(d[:12] for d in digests))}")
        if len(digests) != 1:
            for version, configs in found.items():
                print(f"  {version}: {configs[config]}")
    ways = sum(bool(d) for configs in found.values() for ways in configs.values() for d in ways.values())
    print(f"{ways - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
