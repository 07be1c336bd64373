"""The table of JSON lines is that of the records that `json` reads, written whole or not at all."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY, Done
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fast import RECORDS, lines, some
from test_tables import values_of

from sisipan import linetables
from sisipan.columns import hf_features
from sisipan.errors import SisipanError
from sisipan.linefiles import Chunk
from sisipan.linetables import _at_once, build_lines, table_of
from sisipan.schemas import load_schemas
from sisipan.tables import to_table

SCHEMAS = load_schemas()
FIELDS = SCHEMAS.configs["articles"]


def as_somebody_writes(value: Any, chance: random.Random) -> str:
    """JSON in one line: keys in any order, white space and escapes anywhere they may be."""
    space = lambda: chance.choice(["", "", "", " ", "  ", "\t", "\r"])  # noqa: E731
    if isinstance(value, dict):
        items = [[space() + as_somebody_writes(one, chance) + space() for one in item] for item in chance.sample(list(value.items()), len(value))]
        return "{" + space() + ",".join(map(":".join, items)) + "}"
    if isinstance(value, list):
        return "[" + space() + ",".join(f"{space()}{as_somebody_writes(one, chance)}{space()}" for one in value) + "]"
    if not isinstance(value, str):
        return "-0" if value == 0 and type(value) is int and chance.random() < 0.3 else json.dumps(value)
    if chance.random() < 0.7:
        return json.dumps(value, ensure_ascii=chance.random() < 0.5)
    escape = lambda character: "".join(chance.choice(["\\u{:04x}", "\\u{:04X}"]).format(int.from_bytes(unit, "big")) for unit in units(character))  # noqa: E731
    plain = lambda character: "\\/" if character == "/" else json.dumps(character, ensure_ascii=False)[1:-1]  # noqa: E731
    return '"' + "".join(escape(one) if chance.random() < 0.2 else plain(one) for one in value) + '"'


def units(character: str) -> list[bytes]:
    """The UTF-16 units of a character."""
    data = character.encode("utf-16-be")
    return [data[at : at + 2] for at in range(0, len(data), 2)]


def exactly(data: bytes) -> pa.Table:
    """The table that `json` and the row by row way give."""
    return to_table(FIELDS, [json.loads(line) for line in data.split(b"\n") if line.decode().strip()])


@some
@given(st.data(), st.sampled_from(list(SCHEMAS.configs)), st.integers(0, 2**32))
def test_arrow_reads_what_json_reads(data: st.DataObject, config: str, seed: int) -> None:
    """Nulls and values of any kind at any depth, written in any way: the quick way takes them, and gives the same table."""
    fields = SCHEMAS.configs[config]
    rows = data.draw(st.lists(st.fixed_dictionaries({field.name: values_of(field) for field in fields}), min_size=1, max_size=4))
    chance = random.Random(seed)
    content = "\n".join(as_somebody_writes(row, chance) for row in rows) + chance.choice(["", "\n"])
    table = _at_once(Chunk(1, 0, content.encode()), fields)
    assert table is not None
    table.validate(full=True)
    assert table.equals(to_table(fields, rows), check_metadata=True)


@settings(some, max_examples=60)
@given(lines() | st.integers(0, 2**32).map(lambda seed: sound_lines(random.Random(seed))))
def test_a_file_is_refused_or_built_exactly(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "some.jsonl"), Path(folder, "out.parquet")
        path.write_bytes(content)
        rows, result = build_lines(path, out, Path(folder))
        assert out.exists() == result.clean
        if result.clean:
            assert pq.read_table(out).equals(exactly(content)) and rows == result.articles


def sound_lines(chance: random.Random) -> bytes:
    """Lines of sound records as somebody writes them, blank ones between."""
    written = [as_somebody_writes(record, chance) for record in chance.sample(RECORDS, chance.randint(1, len(RECORDS)))]
    for _ in range(chance.randint(0, 2)):
        written.insert(chance.randint(0, len(written)), chance.choice(["", " ", "\t", "\r", "\u2028"]))
    return (chance.choice(["\n", "\r\n"]).join(written) + chance.choice(["", "\n", "\n\n", "\r\n"])).encode()


def test_sound_lines_are_built(tmp_path: Path) -> None:
    for seed in range(12):
        path, content = tmp_path / "some.jsonl", sound_lines(random.Random(seed))
        path.write_bytes(content)
        _, result = build_lines(path, tmp_path / "out.parquet", tmp_path)
        assert result.clean and pq.read_table(tmp_path / "out.parquet").equals(exactly(content)), seed


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    record = copy.deepcopy(RECORDS[2])
    change(record)
    return json.dumps(record, ensure_ascii=True).encode()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (changed(lambda record: record.update(topic="flood")), "not what the schema says (ValueError: topic: no label 'flood')"),
        (changed(lambda record: record["claims"][1].update(label="rumour")), "not what the schema says (ValueError: label: no label 'rumour')"),
        (changed(lambda record: record.update(published="2024-02-30")), "not what the schema says (ArrowInvalid: Failed to parse string: '2024-02-30' as a scalar of type date32[day])"),
        (changed(lambda record: record["spam"][0].update(end=2**63)), "not what the schema says (OverflowError: "),
        (changed(lambda record: record.update(source="\ud83d")), "not what the schema says (UnicodeEncodeError: "),
        (changed(lambda record: record.update(source="\ude00")), "not what the schema says (UnicodeEncodeError: "),
        (changed(lambda record: record.update(source=b"\xff".decode("latin-1"))).replace(b"\\u00ff", b"\xff"), "byte 0xff is not UTF-8"),
        (b'{"id": "a", "id": "b"}', "the key 'id' stands twice in its object; keep one"),
        (b"[1]", "expected an object"),
        (b"{", "not JSON: "),
    ],
)
def test_what_cannot_be_stored_is_named_by_its_line(line: bytes, told: str) -> None:
    with pytest.raises(SisipanError) as caught:
        table_of(Chunk(7, 0, json.dumps(RECORDS[2]).encode() + b"\n" + line), FIELDS, Path("big.jsonl"))
    assert str(caught.value).startswith(f"big.jsonl:8: {told}")


@pytest.mark.parametrize("number", ["1.0", "1e0", "10e-1", "-0.0"])
def test_an_offset_with_a_fraction_is_left_to_json(number: str) -> None:
    record = copy.deepcopy(RECORDS[2])
    record["spam"][0]["start"] = 424242
    line = json.dumps(record).replace("424242", number).encode()
    assert _at_once(Chunk(1, 0, line), FIELDS) is None
    assert table_of(Chunk(1, 0, line), FIELDS, Path("big.jsonl")).equals(exactly(line))


def file_of(folder: Path, count: int = 12) -> Path:
    from generated import article

    path = folder / "articles.jsonl"
    path.write_text("".join(json.dumps(article(number), ensure_ascii=False) + "\n" for number in range(count)), "utf-8")
    return path


def test_the_command_writes_a_table_that_validates_and_loads(tmp_path: Path, run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linetables, "GROUP_ROWS", 5)
    monkeypatch.setattr("sisipan.linefiles.CHUNK", 20_000)
    path = file_of(tmp_path)
    done = run("build", path.name, "--out", "deep/articles.parquet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "wrote deep/articles.parquet: 12 articles\n")
    written = tmp_path / "deep/articles.parquet"
    assert pq.read_table(written).equals(exactly(path.read_bytes()))
    groups = pq.ParquetFile(written).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [6, 6]
    assert run("validate", written, cwd=tmp_path).returncode == 0
    loaded = datasets.load_dataset("parquet", data_files=str(written), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features == datasets.Features.from_dict(hf_features(FIELDS))
    assert loaded.features == datasets.Features.from_arrow_schema(pq.read_schema(REPOSITORY / "data/articles/train.parquet"))
    assert loaded[4]["text"] == json.loads(path.read_text("utf-8").split("\n")[4])["text"]
    before = written.read_bytes()
    run("build", path.name, "--out", "deep/articles.parquet", cwd=tmp_path)
    assert written.read_bytes() == before and os.listdir(written.parent) == ["articles.parquet"]


def test_with_errors_the_file_that_was_there_stays(tmp_path: Path, run: Callable[..., Done]) -> None:
    path, out = file_of(tmp_path, 3), tmp_path / "out.parquet"
    path.write_text(path.read_text("utf-8").replace('"topic": "economy"', '"topic": "flood"', 1), "utf-8")
    out.write_bytes(b"before")
    done = run("build", path.name, "--out", out.name, cwd=tmp_path)
    told = run("validate", path.name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, told.stdout)
    assert done.stderr == "building …\nnothing was built: mend the errors first\n"
    assert out.read_bytes() == b"before" and sorted(os.listdir(tmp_path)) == ["articles.jsonl", "out.parquet"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["ctrl-c", "full"])
def test_whatever_stops_it_leaves_nothing(tmp_path: Path, run: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr(linetables, "GROUP_ROWS", 1)
    monkeypatch.setattr("sisipan.linefiles.CHUNK", 20_000)
    path, out = file_of(tmp_path), tmp_path / "out.parquet"
    out.write_bytes(b"before")
    real, calls = pq.ParquetWriter.write_table, []

    def stopped(self: pq.ParquetWriter, table: pa.Table, *rest: Any) -> None:
        calls.append(table)
        if len(calls) == 3:
            raise error
        real(self, table, *rest)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", stopped)
    done = run("build", path.name, "--out", out.name, cwd=tmp_path)
    assert len(calls) == 3 and out.read_bytes() == b"before" and sorted(os.listdir(tmp_path)) == ["articles.jsonl", "out.parquet"]
    if isinstance(error, KeyboardInterrupt):
        assert (done.returncode, done.stderr) == (130, "building …\n\nsisipan: stopped; nothing is half-written\n")
    else:
        told = "sisipan: error: out.parquet: cannot be written (no space left on device); nothing was written; free some space and run it again\n"
        assert (done.returncode, done.stderr) == (2, f"building …\n{told}")


def test_a_disk_that_is_full_is_told(tmp_path: Path) -> None:
    """In a process of its own: where Arrow itself meets the error, it ends the process."""
    path, out = file_of(tmp_path, 60), tmp_path / "out.parquet"
    code = (
        "import resource, sys; from sisipan import cli, linetables\n"
        "real = linetables.write_lines\n"
        "def limited(*words):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); return real(*words)\n"
        "linetables.write_lines = limited; cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "build", path.name, "--out", out.name], cwd=tmp_path, capture_output=True, text=True, check=False)
    told = "sisipan: error: out.parquet: cannot be written (file too large); nothing was written; raise the limit on the size of a file and run it again\n"
    assert (done.returncode, done.stderr) == (2, f"building …\n{told}")
    assert os.listdir(tmp_path) == ["articles.jsonl"]


def test_a_file_that_changes_after_it_was_validated_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = file_of(tmp_path, 3), tmp_path / "out.parquet"
    real = linetables.validate_lines

    def then_changed(*words: Any) -> Any:
        result = real(*words)
        path.write_text(path.read_text("utf-8").replace('"claimant": "e1", ', "", 1), "utf-8")
        return result

    monkeypatch.setattr(linetables, "validate_lines", then_changed)
    with pytest.raises(SisipanError, match="changed while it was read; nothing was written; run it again"):
        build_lines(path, out, tmp_path)
    assert os.listdir(tmp_path) == ["articles.jsonl"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["articles.jsonl"], "articles.jsonl: name the file to write: --out articles.parquet"),
        (["articles.jsonl", "--out", "articles.csv"], "articles.jsonl: name the file to write: --out articles.parquet"),
        (["articles.json", "--out", "a.parquet"], "articles.json: expected nested records as JSON lines (.jsonl), as `sisipan validate` reads them"),
        (["articles.jsonl", "--check"], "--check and --root are for a release; FILE.jsonl goes with --out alone"),
        (["--out", "a.parquet"], "--out goes with FILE.jsonl; a release is written where its sources are"),
    ],
)
def test_words_that_do_not_go_together(tmp_path: Path, run: Callable[..., Done], words: list[str], told: str) -> None:
    for name in ("articles.jsonl", "articles.json"):
        (tmp_path / name).write_text("\n")
    done = run("build", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"sisipan: error: {told}\n")


def test_a_file_without_records_is_not_built(tmp_path: Path, run: Callable[..., Done]) -> None:
    (tmp_path / "none.jsonl").write_text("\n\n")
    done = run("build", "none.jsonl", "--out", "none.parquet", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "building …\nsisipan: error: none.jsonl: no record in it, and a table without rows cannot be loaded\n")
    (tmp_path / "none.jsonl").write_text("")
    done = run("build", "none.jsonl", "--out", "none.parquet", cwd=tmp_path)
    assert done.returncode == 1 and "the file is empty" in done.stdout and os.listdir(tmp_path) == ["none.jsonl"]
