"""Fuzz every reader with inputs that a seed makes: `python tests/fuzz/run.py --inputs 1000000 --seed 1`.

    python tests/fuzz/run.py --minutes 10                       as many as fit, shared out as `targets.py` says
    python tests/fuzz/run.py --only parquet --inputs 20000
    python tests/fuzz/run.py --only parquet --seed 1 --number 17   one input again, with its traceback
    python tests/fuzz/run.py --only json --coverage 60          60 seconds guided by coverage, where atheris is installed

Inputs are read in a child, so that a crash of native code is seen. What fails is kept in .cache/fuzz/. Exit code 1 where
anything failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import mmap
import os
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".cache" / "fuzz"
LIMIT_S = 5.0
LIMIT_BYTES = 1 << 30
ADDRESSES = 8 << 30  # beyond any honest need: saves the machine, where the measure of memory would come too late
ROUNDS = 20
_BEAT = struct.Struct("<qq")


class TooSlow(BaseException):
    """An input took longer than the limit."""


def _too_slow(*_: object) -> None:
    raise TooSlow


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def shares(only: list[str], inputs: int) -> dict[str, int]:
    """How many inputs each target gets."""
    from targets import TARGETS

    chosen = {name: TARGETS[name].share for name in (only or TARGETS)}
    whole = sum(chosen.values())
    return {name: max(1, round(inputs * share / whole)) for name, share in chosen.items()}


def chunks(wanted: dict[str, int]) -> list[tuple[str, int, int]]:
    """(target, first, past the last) in rounds, so that a run that is stopped has seen every target."""
    rounds = min(ROUNDS, max(wanted.values()))
    return [(name, count * at // rounds, count * (at + 1) // rounds) for at in range(rounds) for name, count in wanted.items() if count * at // rounds < count * (at + 1) // rounds]


def _signature(name: str, error: BaseException) -> str:
    frames = [f"{Path(frame.filename).name}:{frame.name}" for frame in traceback.extract_tb(error.__traceback__) if "fuzz" not in frame.filename][-1:]
    return f"{name}: {type(error).__name__} in {frames[0] if frames else 'a reader'}: {str(error).splitlines()[0][:100] if str(error) else ''}"


def child(plan: list[tuple[str, int, int]], at: int, number: int, seed: int, until: float, beat: mmap.mmap) -> None:
    """Read inputs, one after another; say what was done by lines of JSON."""
    from targets import TARGETS, World, close, one

    from sisipan.errors import SisipanError

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    world = World(Path(tempfile.mkdtemp(prefix="sisipan-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)))
    signal.signal(signal.SIGALRM, _too_slow)
    try:
        for place in range(at, len(plan)):
            name, first, end = plan[place]
            first = max(first, number) if place == at else first
            _reset_peak()
            worst, refused, began = (0.0, first), 0, time.perf_counter()
            done = first
            for n in range(first, end):
                _BEAT.pack_into(beat, 0, place, n)
                data = one(world, name, seed, n)
                started = time.perf_counter()
                signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
                try:
                    TARGETS[name].read(world, data)
                except SisipanError:
                    refused += 1
                except (TooSlow, Exception) as error:
                    print(json.dumps({"failed": _signature(name, error), "target": name, "number": n}), flush=True)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                worst = max(worst, (time.perf_counter() - started, n))
                done = n + 1
                if _peak() > LIMIT_BYTES:
                    print(json.dumps({"failed": f"{name}: memory of {_peak() >> 20} MiB", "target": name, "number": n}), flush=True)
                    _reset_peak()
                if time.time() > until:
                    break
            print(json.dumps({"target": name, "done": done - first, "refused": refused, "worst_s": worst[0], "worst": worst[1], "peak": _peak(), "s": time.perf_counter() - began}), flush=True)
            if time.time() > until:
                return
    finally:
        close(world)


def _keep(name: str, seed: int, number: int) -> str:
    """The input of a number in a file, made in a process of its own."""
    made = subprocess.run([sys.executable, __file__, "--only", name, "--seed", str(seed), "--number", str(number), "--make"], capture_output=True, check=False).stdout
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{name}-{hashlib.sha256(made).hexdigest()[:12]}"
    path.write_bytes(made)
    return str(path)


def run(wanted: dict[str, int], seed: int, minutes: float | None) -> int:
    """Do the inputs in children, and print what was done. The number of unlike failures."""
    plan = chunks(wanted)
    until = time.time() + minutes * 60 if minutes else 1e12
    seen: dict[str, dict[str, Any]] = {name: {"done": 0, "refused": 0, "worst_s": 0.0, "worst": 0, "peak": 0, "s": 0.0} for name in wanted}
    failures: dict[str, tuple[str, int, int]] = {}
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(_BEAT.size))
        file.flush()
        beat = mmap.mmap(file.fileno(), _BEAT.size)
        at, number, told = 0, 0, time.time()
        while at < len(plan) and time.time() < until:
            command = [sys.executable, __file__, "--child", json.dumps([plan, at, number, seed, until, file.name])]
            process = subprocess.Popen(command, stdout=subprocess.PIPE)
            before, since, hung = None, time.time(), False
            os.set_blocking(process.stdout.fileno(), False)
            rest = b""
            while True:
                ended = process.poll() is not None
                rest += process.stdout.read() or b""
                *lines, rest = rest.split(b"\n")
                for line in filter(None, lines):
                    value = json.loads(line)
                    if "failed" in value:
                        first = failures.get(value["failed"])
                        failures[value["failed"]] = (value["target"], first[1] if first else value["number"], first[2] + 1 if first else 1)
                        if first is None:
                            print(f"FAILED {value['failed']} (number {value['number']})", flush=True)
                        continue
                    one = seen[value["target"]]
                    for key in ("done", "refused", "s"):
                        one[key] += value[key]
                    if value["worst_s"] > one["worst_s"]:
                        one["worst_s"], one["worst"] = value["worst_s"], value["worst"]
                    one["peak"] = max(one["peak"], value["peak"])
                if ended:
                    break
                now = _BEAT.unpack_from(beat)
                if now != before:
                    before, since = now, time.time()
                elif time.time() - since > 12 * LIMIT_S:
                    hung = True
                    process.kill()
                if time.time() - told > 60:
                    told = time.time()
                    print(f"  {sum(one['done'] for one in seen.values()):,} inputs, {len(failures)} failures", flush=True)
                time.sleep(0.2)
            at, number = _BEAT.unpack_from(beat)
            if process.returncode == 0:
                break
            how = "hangs in native code" if hung else f"ends the process ({signal.Signals(-process.returncode).name})" if process.returncode < 0 else f"ends the process (exit code {process.returncode})"
            name = plan[at][0]
            failures[f"{name}: {how} #{number}"] = (name, number, 1)
            print(f"FAILED {name}: {how} (number {number})", flush=True)
            if sum(how in key for key in failures) > 20:
                break
            number += 1
    print(f"\n{'target':18} {'inputs':>9} {'refused':>9} {'per s':>7} {'worst s':>8} {'peak MiB':>9}")
    for name, one in seen.items():
        print(f"{name:18} {one['done']:>9,} {one['refused']:>9,} {one['done'] / max(one['s'], 1e-9):>7.0f} {one['worst_s']:>8.2f} {one['peak'] >> 20:>9}")
    print(f"{'all':18} {sum(one['done'] for one in seen.values()):>9,}   seed {seed}, limits {LIMIT_S:g} s and {LIMIT_BYTES >> 20} MiB an input")
    for wording, (name, number, times) in failures.items():
        print(f"FAILED {wording} ({times} times); first --only {name} --seed {seed} --number {number}: {_keep(name, seed, number)}")
    return len(failures)


def guided(name: str, seconds: float) -> None:
    """Inputs that coverage of the reader's code guides, from a few that the seed makes. A failure ends the process with its traceback."""
    import atheris

    with atheris.instrument_imports(include=["sisipan"]):
        from targets import TARGETS, World, one

        from sisipan.errors import SisipanError
    folder = Path(tempfile.mkdtemp(prefix="sisipan-fuzz-"))
    world = World(folder)
    corpus = folder / "inputs"
    corpus.mkdir()
    for number in range(200):
        (corpus / str(number)).write_bytes(one(world, name, 1, number))

    def read(data: bytes) -> None:
        try:
            TARGETS[name].read(world, data)
        except SisipanError:
            pass

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds:g}", f"-timeout={LIMIT_S:g}", f"-rss_limit_mb={LIMIT_BYTES >> 20}", "-print_final_stats=1", "-verbosity=1", str(corpus)], read)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--only", action="append", default=[], metavar="TARGET")
    parser.add_argument("--number", type=int, help="This input alone, in this process.")
    parser.add_argument("--make", action="store_true", help="With --number: write the input to standard output, and read nothing.")
    parser.add_argument("--coverage", type=float, metavar="SECONDS")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        plan, at, number, seed, until, name = json.loads(given.child)
        with open(name, "r+b") as file:
            child([tuple(one) for one in plan], at, number, seed, until, mmap.mmap(file.fileno(), _BEAT.size))
        return 0
    if given.coverage:
        guided(given.only[0], given.coverage)
        return 0
    if given.number is not None:
        from targets import TARGETS, World, close, one

        world = World(Path(tempfile.mkdtemp(prefix="sisipan-fuzz-")))
        try:
            data = one(world, given.only[0], given.seed, given.number)
            if given.make:
                sys.stdout.buffer.write(data)
            else:
                TARGETS[given.only[0]].read(world, data)
        finally:
            close(world)
        return 0
    return 1 if run(shares(given.only, given.inputs), given.seed, given.minutes) else 0


if __name__ == "__main__":
    sys.exit(main())
