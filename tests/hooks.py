"""The pre-commit hooks as another repository gets them: pre-commit clones this one at its last commit and installs it from there.

`make test-hooks` runs it. Slow, as the packages are installed anew; `tests/test_ci.py` holds what can be known without.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import REPOSITORY, copy_base


def run(*command: object, cwd: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def main() -> int:
    """Print what was seen; 0 where all of it is right."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        corpus = copy_base(work / "corpus-of-two")
        git = ("git", "-c", "user.name=t", "-c", "user.email=t@t.example")
        run("git", "init", "--quiet", cwd=corpus)
        run(*git, "commit", "--quiet", "--allow-empty", "--message", "empty", cwd=corpus)
        pinned = re.findall(r"^([\w.-]+==[^ ;\\]+)", (REPOSITORY / "requirements.lock").read_text("utf-8"), re.MULTILINE)
        (work / "constraints.txt").write_text("\n".join(pinned), "utf-8")
        revision = run("git", "rev-parse", "HEAD", cwd=REPOSITORY)[1].strip()
        (corpus / ".pre-commit-config.yaml").write_text(f"repos:\n- repo: {REPOSITORY}\n  rev: {revision}\n  hooks:\n  - id: sisipan-validate\n  - id: sisipan-build-check\n", "utf-8")
        settings = {"PRE_COMMIT_HOME": str(work / "home"), "PIP_CONSTRAINT": str(work / "constraints.txt")}

        def hook(name: str) -> tuple[int, str]:
            run("git", "add", "--all", cwd=corpus)
            return run(sys.executable, "-m", "pre_commit", "run", name, "--verbose", cwd=corpus, **settings)

        valid = hook("sisipan-validate")
        text = corpus / "corpus" / "banjir-demak.txt"
        good = text.read_bytes()
        text.write_bytes(good.replace(b"2.316", b"2.31", 1))
        broken = hook("sisipan-validate")
        stale = hook("sisipan-build-check")
        text.write_bytes(good)
        unbuilt = hook("sisipan-build-check")
        seen = {
            "passes what is valid": valid[0] == 0 and "Passed" in valid[1],
            "names what an edit broke": broken[0] == 1 and "error E203 quote-mismatch" in broken[1],
            "refuses a release that cannot be built": stale[0] == 1,
            "refuses a release that was not built": unbuilt[0] == 1 and "stale data/manifest.json" in unbuilt[1],
        }
        for name, right in seen.items():
            print(f"{'ok    ' if right else 'FAILED'} {name}")
        if not all(seen.values()):
            print(valid[1][-2000:], broken[1][-2000:], stale[1][-2000:], unbuilt[1][-2000:], sep="\n---\n")
        return 0 if all(seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
