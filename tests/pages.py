"""Pages for the tests of runner, commands and engines: texts of the corpus, under ids of their own, in files of every kind."""

from __future__ import annotations

import glob
import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

HOST = "Bupati meresmikan jembatan gantung di Desa Sukamaju, Selasa (4/6). Warga menyambutnya dengan doa bersama.\n\n"
TAIL = "\n\nJembatan itu menghubungkan dua dusun yang terpisah sungai sejak banjir tahun lalu, kata kepala desa."
REPOSITORY = Path(__file__).parents[1]


def texts() -> list[str]:
    """Texts of the training split, those with spam first."""
    rows = pq.read_table(REPOSITORY / "data/articles/train.parquet", columns=["text", "spam"]).to_pylist()
    return [row["text"] for row in sorted((row for row in rows if row["text"]), key=lambda row: not row["spam"])]


def rows(count: int, prefix: str) -> list[dict[str, Any]]:
    """So many rows, with ids that begin with the prefix."""
    known = texts()
    return [{"id": f"{prefix}-{number}", "url": f"http://{prefix}.example/{number}", "text": known[number % len(known)]} for number in range(count)]


def write_crawl(folder: Path, files: int, each: int) -> set[str]:
    """A folder of Parquet and JSON lines files, every third packed; the ids in it."""
    folder.mkdir(parents=True)
    ids = set()
    for number in range(files):
        made = rows(each, f"f{number:03}")
        ids |= {row["id"] for row in made}
        if number % 3 == 0:
            pq.write_table(pa.Table.from_pylist(made), folder / f"f{number:03}.parquet")
        else:
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made).encode()
            path = folder / f"f{number:03}.jsonl{'.gz' if number % 3 == 1 else ''}"
            path.write_bytes(gzip.compress(lines, 1) if path.suffix == ".gz" else lines)
    return ids


def finished(out: Path) -> list[Path]:
    """The results in a folder, without what begins with a dot."""
    return sorted(path for path in out.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(out).parts))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a result."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.splitlines()]


def ids_of(out: Path) -> Counter[str]:
    """How often each id stands in the results of a folder."""
    return Counter(row["id"] for path in finished(out) for row in read_rows(path))


def parts(out: Path) -> list[Path]:
    """The temporaries under a folder."""
    return list(out.rglob("*.sisipan-part"))


def stamps(out: Path) -> dict[str, int]:
    """When each result was written."""
    return {path.name: path.stat().st_mtime_ns for path in finished(out)}


def wait_for(what: Callable[[], Any], seconds: float = 120) -> Any:
    """What the function gives as soon as that is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := what():
            return value
        time.sleep(0.002)
    raise TimeoutError(what)


def told(path: str) -> str:
    """What the system tells of a process; nothing once it is gone."""
    try:
        return Path(f"/proc/{path}").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def children(pid: int) -> Iterator[int]:
    """The processes that a process started, and theirs."""
    for task in glob.glob(f"/proc/{pid}/task/*"):
        for child in map(int, told(f"{task[6:]}/children").split()):
            yield child
            yield from children(child)


def command_of(pid: int) -> str:
    """The command line of a process."""
    return told(f"{pid}/cmdline").replace("\0", " ")


def alive(pid: int) -> bool:
    """Whether a process runs still."""
    return told(f"{pid}/stat").rpartition(")")[2].split()[:1] not in ([], ["Z"])
