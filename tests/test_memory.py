"""Memory does not grow with the number of row groups of a Parquet file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

# what Arrow holds while the first and the last batches are read
READ = """
import sys
from pathlib import Path
import pyarrow as pa
path, way = Path(sys.argv[1]), sys.argv[2]
if way == "validator":
    from sisipan.tablefiles import batches_of
    held = [pa.total_allocated_bytes() for _ in batches_of(path)]
else:
    from sisipan.rowfiles import read_parquet
    with open(path, "rb") as stream, read_parquet(stream, path) as (_, _, batches):
        held = [pa.total_allocated_bytes() for _ in batches]
few = len(held) // 5
print(min(held[:few]), min(held[-few:]))
"""


@pytest.mark.parametrize("way", ["validator", "tagger"])
def test_no_row_group_is_held_to_the_end(tmp_path: Path, way: str) -> None:
    noise = np.random.default_rng(1).integers(97, 123, (5000, 400), np.uint8)
    rows = pa.table({"text": [bytes(row).decode() for row in noise]})
    with pq.ParquetWriter(tmp_path / "a.parquet", rows.schema) as writer:
        for _ in range(60):
            writer.write_table(rows)
    done = subprocess.run([sys.executable, "-c", READ, tmp_path / "a.parquet", way], capture_output=True, text=True, check=True)
    first, last = map(int, done.stdout.split())
    assert last < first * 1.5
