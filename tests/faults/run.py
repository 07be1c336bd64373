"""Stop build, rehydrate, import and release at many points and look at what is left: `python tests/faults/run.py --kills 100`.

A point is an act on a file (a write, a rename, …); kills beyond their number come at random moments. The command is killed, or meets a full disk, a read-only file system or Ctrl-C; then it is run again and must
end with exactly the bytes of an undisturbed run. Exit code 1 where anything is not as it should be.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from scenes import SCENES, composed, files, git, in_child, killed_at, schemas_once, state_of, stopped, strays

CODES = {"interrupt": (130,), "ENOSPC": (2,), "EROFS": (2,)}
WORDS = {"ENOSPC": "no space left on device", "EROFS": "read-only file system"}


class Faults:
    """One scene: its folder as it is before the command, and what an undisturbed run makes of it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.scene, self.folder = name, SCENES[name], folder
        self.before, self.work = folder / "before", folder / "work"
        in_child(lambda: self.scene.prepare(self.work) if not self.work.mkdir(parents=True) else None)
        os.rename(self.work, self.before)
        self._fresh()
        status, found = in_child(lambda: (stopped(self.scene, self.work, None, "kill"), composed.packed()), folder / "said")
        assert status == 0 and found, (name, status, (folder / "said").read_text())
        self.acts = found[0]
        composed.learn(found[1])
        self._fresh()
        began = time.perf_counter()
        in_child(lambda: stopped(self.scene, self.work, None, "kill"), folder / "said")
        self.seconds = time.perf_counter() - began
        self.new = files(self.work / self.scene.watched)
        self.old = files(self.before / self.scene.watched) if (self.before / self.scene.watched).exists() else {}

    def _fresh(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.before, self.work, symlinks=True)

    def kill(self, share: float) -> list[str]:
        """What is not as it should be after a kill at a moment, given as a share (0 to 1) of the time that the command takes."""
        self._fresh()
        in_child(lambda: killed_at(self.scene, self.work, max(1e-4, share * self.seconds)), self.folder / "said")
        return self._left("kill", False) + self._again()

    def stop(self, at: int, act: str) -> list[str]:
        """What is not as it should be after a stop before the act of a number."""
        self._fresh()
        status, acts = in_child(lambda: stopped(self.scene, self.work, at, act), self.folder / "said")
        said = (self.folder / "said").read_text()
        wrong = []
        ended = acts is not None  # nothing that mattered failed
        if "Traceback" in said:
            wrong.append(f"a traceback: {said.strip().splitlines()[-1][:150]}")
        if act == "kill" and status != -9 and not ended:
            wrong.append(f"not killed but ended with {status}")
        if act != "kill" and not ended:
            if status not in CODES[act]:
                wrong.append(f"exit code {status}, expected {CODES[act][0]}: {said.strip()[-200:]}")
            if act in WORDS and WORDS[act] not in said.lower():
                wrong.append(f"the reason is not told: {said.strip()[-200:]}")
        wrong += self._left(act, ended)
        return wrong + self._again()

    def _left(self, act: str, ended: bool) -> list[str]:
        """What is wrong with what a stopped command left."""
        watched = self.work / self.scene.watched
        found = {path: data for path, data in files(watched).items() if not path.startswith(".sisipan-stage/") and ".sisipan-part" not in path} if watched.exists() else {}
        wrong = [f"{path} is half-written" for path, data in found.items() if data not in (self.old.get(path), self.new.get(path))]
        tables = {path: data for path, data in found.items() if path.startswith("data/")}
        sides = [{path: data for path, data in side.items() if path.startswith("data/")} for side in (self.old, self.new)]
        if tables not in sides:
            wrong.append("data/ is neither the old one nor the new one")
        if self.name == "import" and found not in (self.old, self.new):
            wrong.append("a part of the import")
        if tables and (watched / "data/manifest.json").exists():
            state = in_child(lambda: state_of(watched))[1]
            if not state["loaded"][0].isdigit():
                wrong.append(f"cannot be loaded: {state['loaded']}")
            whole = found in (self.old, self.new)
            if not whole and not state["errors"] and self.name != "release":
                wrong.append("old and new files side by side, and validation is clean")
        if act != "kill" and not ended and act != "EROFS":
            late = act == "interrupt" and found == self.new  # all was in place, and only what had been kept aside was being removed
            if found != self.old and not late and self.name != "release":
                wrong.append(f"the old files are not all there: {sorted(path for path in {*found, *self.old} if found.get(path) != self.old.get(path))[:3]}")
            if left := strays(self.work):
                wrong.append(f"left behind: {left[:3]}")
        return wrong

    def _again(self) -> list[str]:
        """What is wrong after the next run."""
        wrong = []
        watched = self.work / self.scene.watched
        if self.name == "import" and watched.exists():
            return [] if not strays(self.work) and files(watched) == self.new else ["not whole"]
        if self.name == "release":
            return self._release_again(watched)
        status, _ = in_child(lambda: self.scene.run(self.work), self.folder / "said")
        said = (self.folder / "said").read_text()
        if status or "Traceback" in said:
            wrong.append(f"the next run ends with {status}: {said.strip()[-200:]}")
        elif files(watched) != self.new:
            wrong.append("the next run does not end with the bytes of an undisturbed one")
        if left := strays(self.work):
            wrong.append(f"the next run leaves {left[:3]}")
        return wrong

    def _release_again(self, root: Path) -> list[str]:
        """A release that was stopped is not taken for one: its tag is there with everything, or the next run says what to do, and can."""
        wrong = []
        lock = root / ".git/index.lock"
        if lock.exists():  # Git's own, which its message names
            lock.unlink()
        if git(root, "tag", "--list", "v0.1.0"):
            if git(root, "status", "--porcelain") or git(root, "show", "v0.1.0:corpus/VERSION") != "0.1.0\n":
                wrong.append("tagged, but not whole")
            return wrong
        status, _ = in_child(lambda: self.scene.run(self.work), self.folder / "said")
        said = (self.folder / "said").read_text()
        if "Traceback" in said:
            wrong.append(f"a traceback: {said.strip()[-200:]}")
        if status and "uncommitted changes" in said:
            git(root, "reset", "--hard", "-q")
            git(root, "clean", "-qfd")
            shutil.rmtree(root / ".sisipan-stage", ignore_errors=True)
            status, _ = in_child(lambda: self.scene.run(self.work), self.folder / "said")
            said = (self.folder / "said").read_text()
        if status or not git(root, "tag", "--list", "v0.1.0"):
            wrong.append(f"the next release ends with {status}: {said.strip()[-200:]}")
        elif {path: data for path, data in files(root).items()} != self.new:
            wrong.append("the next release does not end with the bytes of an undisturbed one")
        return wrong


def points(acts: int, count: int, rng: Random) -> list[int]:
    """The acts to stop before: all of them where they are no more than `count`, else a sample."""
    every = range(1, acts + 1)
    return list(every) if acts <= count else sorted(rng.sample(every, count))


def run(names: list[str], kills: int, others: int, seed: int) -> int:
    """Stop each scene; print what was done. The number of things that are wrong."""
    bad = 0
    print(f"{'command':10} {'acts':>5} {'stop':10} {'points':>6} {'moments':>7} {'wrong':>5} {'s':>5}", flush=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="sisipan-faults-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
            faults = Faults(name, Path(folder))
            for act, count in {"kill": kills, "interrupt": others, "ENOSPC": others, "EROFS": others}.items():
                if not count:
                    continue
                began, rng, wrong = time.time(), Random(f"{seed}/{name}/{act}"), Counter()
                chosen = points(faults.acts, count, rng)
                moments = [rng.random() for _ in range(count - len(chosen))] if act == "kill" else []
                stops = [*((f"before act {at}", functools.partial(faults.stop, at, act)) for at in chosen), *((f"at {share:.4f}", functools.partial(faults.kill, share)) for share in moments)]
                for where, stop in stops:
                    for one in stop():
                        wrong[one] += 1
                        if wrong[one] == 1:
                            print(f"WRONG {name}: {act} {where}: {one}", flush=True)
                bad += sum(wrong.values())
                print(f"{name:10} {faults.acts:>5} {act:10} {len(chosen):>6} {len(moments):>7} {sum(wrong.values()):>5} {time.time() - began:>5.0f}", flush=True)
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="Kills of each command.")
    parser.add_argument("--others", type=int, default=20, help="Points for each other stop.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=list(SCENES), default=[])
    given = parser.parse_args()
    schemas_once()
    return 1 if run(given.only or list(SCENES), given.kills, given.others, given.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
