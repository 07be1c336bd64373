"""Build the wheel, install it in an empty environment outside the repository, tag and clean with it. `make test-wheel` runs it.

Versions are those of `requirements.lock`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CRAWL = [{"id": 1, "text": "Rapat ditutup pukul dua.\n\nsl0t g4c0r m4xw1n"}, {"id": 2, "text": "Jalan diperbaiki."}, {"id": 3, "text": None}]


def run(*command: object, **more: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
    if done.returncode:
        print(done.stdout[-1000:], done.stderr[-3000:], file=sys.stderr)
        sys.exit(f"failed: {' '.join(map(str, command))[:200]}")
    return done.stdout


def main() -> int:
    """Print what was seen; 0 where all of it is right."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", work, REPOSITORY)
        [wheel] = work.glob("sisipan-*.whl")
        pinned = re.findall(r"^([\w.-]+==[^ ;\\]+)", (REPOSITORY / "requirements.lock").read_text("utf-8"), re.MULTILINE)
        (work / "constraints.txt").write_text("\n".join(pinned), "utf-8")
        venv.create(work / "env", with_pip=True)
        python, sisipan = work / "env/bin/python", work / "env/bin/sisipan"
        run(python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", wheel, "--constraint", work / "constraints.txt")
        away = {"cwd": work, "env": {"PATH": os.environ["PATH"], "HOME": str(work / "home"), "LANG": "C.UTF-8"}}
        (work / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CRAWL), "utf-8")
        run(sisipan, "tag", "in.jsonl", "tagged.jsonl", **away)
        run(sisipan, "clean", "in.jsonl", "clean.jsonl", **away)
        code = "import sisipan.tag, sys; assert 'site-packages' in sisipan.tag.__file__; print(len(sisipan.tag.Tagger().tag(sys.argv[1])))"
        inside = run(python, "-c", code, CRAWL[0]["text"], **away).strip()
        tagged, clean = ([json.loads(line) for line in (work / name).read_text("utf-8").splitlines()] for name in ("tagged.jsonl", "clean.jsonl"))
        seen = {
            "tags": [CRAWL[0]["text"][s["start"] : s["end"]] for s in tagged[0]["spans"]] == ["sl0t g4c0r m4xw1n"],
            "leaves the clean page": tagged[1]["spans"] == [] and clean[1]["text"] == CRAWL[1]["text"],
            "says what is wrong with a bad row": tagged[2]["error"] == "text is null",
            "cleans": clean[0]["text"] == "Rapat ditutup pukul dua.\n\n" and clean[0]["removed"][0]["text"] == "sl0t g4c0r m4xw1n",
            "works in Python": inside == "1",
            "is small": wheel.stat().st_size < 4_000_000,
        }
        for name, right in seen.items():
            print(f"{'ok    ' if right else 'FAILED'} {name}")
        print(f"{sum(seen.values())} passed, {len(seen) - sum(seen.values())} failed")
        return 0 if all(seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
