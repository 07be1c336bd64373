"""One file through the tagger: every row once, all that is not ours as it was, bad rows with their error, done files skipped."""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import datasets
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st
from pages import parts, texts

from sisipan.aside import SUFFIX, remove_stale, written_aside
from sisipan.counts import Counts
from sisipan.errors import SisipanError
from sisipan.runner import Done, Settings, TargetError, convert, convert_to, run_file, tagger_of
from sisipan.tag.arrow import clean_arrow, tag_arrow, without
from sisipan.tag.tagger import THRESHOLD

TAG, CLEAN = Settings("tag"), Settings("clean")
SPAM = next(text for text in texts() if tagger_of(THRESHOLD).tag(text))
PLAIN = "Hujan turun di Demak sejak pagi."


def regions(text: str, action: str = "tag") -> list[dict[str, Any]]:
    """What the tagger finds in a text, as JSON lines show it."""
    more = (lambda one: {"text": text[one.start : one.end]}) if action == "clean" else (lambda one: {})
    return [{"start": one.start, "end": one.end, "label": one.label, "score": pytest.approx(one.score, abs=1e-4), **more(one)} for one in tagger_of(THRESHOLD).tag(text)]


def converted(data: bytes, settings: Settings, kind: str = "jsonl", name: str = "in.jsonl") -> tuple[Counts, bytes]:
    sink = io.BytesIO()
    found, _ = convert(io.BytesIO(data), sink, kind, name, settings)
    return found, sink.getvalue()


def parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def raw_strings(values: list[bytes | None], kind: pa.DataType = pa.string()) -> pa.Array:
    """Text that may be no UTF-8, as broken writers leave it."""
    return pa.array(values, pa.large_binary() if kind == pa.large_string() else pa.binary()).view(kind)


def file_of(tmp_path: Path, data: bytes, name: str = "in.jsonl") -> tuple[Path, Path, Path]:
    """A source with its content, its target and its record."""
    source = tmp_path / name
    source.write_bytes(data)
    return source, tmp_path / "out" / name, tmp_path / "out/.sisipan" / f"{name}.json"


def test_the_tests_have_spam_to_find() -> None:
    assert regions(SPAM) and not regions(PLAIN)


def test_a_line_keeps_every_character_that_is_not_ours() -> None:
    head = '{"id" : "a",  "n": 1.00000000000000000001, "big": 1e999, "esc": "\\u0061\\ud800", "nested": {"text": "x", "spans": 1}, "text": '
    line = f"{head}{json.dumps(SPAM)}  }}"
    _, tagged = converted(line.encode() + b"\r\n", TAG)
    assert tagged.decode().startswith(f"{line[:-1].rstrip()}, ") and tagged.endswith(b"}\n") and tagged.count(b"\n") == 1
    more = json.loads(tagged)
    assert more["spans"] == regions(SPAM) and more["error"] is None
    _, cleaned = converted(line.encode(), CLEAN)
    clean = without(SPAM, tagger_of(THRESHOLD).tag(SPAM))
    assert cleaned.decode().startswith(f'{head}{json.dumps(clean, ensure_ascii=False)}, "removed": ')
    assert json.loads(cleaned)["removed"] == regions(SPAM, "clean")


BAD_LINES = [
    (b'{"id": 1, "text": null}', '{"id": 1, "text": null, "spans": null, "error": "text is null"}'),
    (b'{"id": [1], "text": null}', '{"id": [1], "text": null, "spans": null, "error": "text is null"}'),
    (b'{"id": 1}', '{"id": 1, "spans": null, "error": "no key \'text\'; the keys are \'id\'"}'),
    (b'{"\\ud800' + b"k" * 99 + b'": 1}', '{"\\ud800' + "k" * 99 + '": 1, "spans": null, "error": "no key \'text\'; the keys are \'\\\\ud800' + "k" * 33 + '"}'),
    (b"{}", '{"spans": null, "error": "no key \'text\'; the keys are none"}'),
    (b'{"text": 5}', '{"text": 5, "spans": null, "error": "text is not a string"}'),
    (b'{"text": "a", "text": "b"}', '{"text": "a", "text": "b", "spans": null, "error": "the key \'text\' stands twice"}'),
    (b'{"text": "\\ud800"}', '{"text": "\\ud800", "spans": null, "error": "text is not UTF-8 (byte 0)"}'),
    (b'{"text": "x"', '{"raw": "{\\"text\\": \\"x\\"", "spans": null, "error": "line 2: not a JSON object: expected , or } (column 13)"}'),
    (b'{"text": }', '{"raw": "{\\"text\\": }", "spans": null, "error": "line 2: not a JSON object: expected a value (column 10)"}'),
    (b'{"text": "x"} x', '{"raw": "{\\"text\\": \\"x\\"} x", "spans": null, "error": "line 2: not a JSON object: expected the end of the line (column 14)"}'),
    (b"[1]", '{"raw": "[1]", "spans": null, "error": "line 2: not a JSON object: expected { (column 1)"}'),
    (b'{"text": "\xff"}', '{"raw_base64": "eyJ0ZXh0IjogIv8ifQ==", "spans": null, "error": "line 2: not UTF-8 (byte 10)"}'),
    (b'{"text": "x", "error": 1}', '{"raw": "{\\"text\\": \\"x\\", \\"error\\": 1}", "spans": null, "error": "line 2: has a key \'error\' already, which is the name of a result; rename it first"}'),
]


@pytest.mark.parametrize(("line", "wanted"), BAD_LINES, ids=[str(number) for number in range(len(BAD_LINES))])
def test_a_bad_line_comes_out_with_its_error_between_its_neighbours(line: bytes, wanted: str) -> None:
    good = json.dumps({"id": "good", "text": PLAIN}).encode()
    found, out = converted(b"\xef\xbb\xbf" + good + b"\n" + line + b"\n\n" + good, TAG)
    whole = good.decode()[:-1] + ', "spans": [], "error": null}\n'
    assert out.decode() == whole + wanted + "\n" + whole
    assert (found.rows, found.bad_rows, found.characters) == (3, 1, 2 * len(PLAIN))
    assert found.samples[0].startswith("in.jsonl:2") and "line 2" not in found.samples[0]


def test_depth_and_endless_numbers_do_not_end_the_run() -> None:
    found, out = converted(b'{"a": ' + b"[" * 100_000 + b'}\n{"text": "a", "n": ' + b"9" * 5000 + b'}\n{"text": "a"}\n', TAG)
    assert (found.rows, found.bad_rows) == (3, 1) and out.count(b"\n") == 3 and b'"n": ' + b"9" * 5000 in out


def test_lines_that_all_lack_the_text_are_an_error_of_the_file(tmp_path: Path) -> None:
    lines = b'{"content": "x"}\n{"content": "y"}\n'
    source, target, record = file_of(tmp_path, lines + b"{\n")
    with pytest.raises(SisipanError, match=r"^in\.jsonl: no key 'text'; the keys are 'content', .*\(--text-column\)$") as caught:
        run_file(source, target, "jsonl", source.name, TAG, record)
    assert not isinstance(caught.value, TargetError) and not target.exists() and not record.exists()
    for some in (lines + b'{"text": null}\n', b"{\n", b""):
        converted(some, TAG)


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"text_column": "spans"}, "^--text-column: 'spans' is the name of a result"), ({"id_column": "error"}, "^--id-column: 'error'"), ({"id_column": "text"}, "^--id-column: 'text' is the column of the text")],
)
def test_columns_that_would_be_one_are_refused(columns: dict[str, str], message: str) -> None:
    with pytest.raises(SisipanError, match=message):
        Settings("tag", **columns)
    assert Settings("clean", text_column="spans").new == ("removed", "error")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8)
ROW = st.dictionaries(st.text().filter(lambda key: key not in ("spans", "removed", "error", "text")), JSON, max_size=4)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ROW, st.sampled_from([SPAM, PLAIN, "", None, 7])), max_size=6), st.booleans(), st.sampled_from([TAG, CLEAN]))
def test_every_line_once_in_order_and_other_keys_untouched(made: list[tuple[dict[str, Any], Any]], ascii_only: bool, settings: Settings) -> None:
    given_rows = [{**row, "text": text} for row, text in made]
    data = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in given_rows).encode("utf-8", "surrogatepass")
    found, out = converted(data, settings)
    came = [json.loads(line) for line in out.decode().split("\n")[:-1]]
    assert len(came) == len(given_rows) == found.rows
    for row, one in zip(given_rows, came):
        assert {key: value for key, value in one.items() if key not in (*settings.new, "text")} == {key: value for key, value in row.items() if key != "text"}
        assert (one["error"] is None) == isinstance(row["text"], str) == (one[settings.new[0]] is not None)
        if settings is CLEAN and isinstance(row["text"], str):
            back = one["text"]
            for region in one["removed"]:
                back = back[: region["start"]] + region["text"] + back[region["start"] :]
            assert back == row["text"]
        else:
            assert one["text"] == row["text"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("settings", [TAG, CLEAN], ids=lambda settings: settings.action)
def test_parquet_keeps_schema_metadata_columns_and_bad_rows(kind: pa.DataType, settings: Settings) -> None:
    values = [SPAM.encode(), None, b"kapal \xff karam", PLAIN.encode(), b""]
    schema = pa.schema(
        [pa.field("id", pa.string(), metadata={"a": "b"}), pa.field("text", kind, metadata={"c": "d"}), pa.field("more", pa.list_(pa.struct([("x", pa.int8())]))), pa.field("day", pa.dictionary(pa.int32(), pa.string()))],
        metadata={"pandas": "{}", "own": "kept"},
    )
    table = pa.Table.from_arrays([pa.array(list("abcde")), raw_strings(values, kind), pa.array([[{"x": 1}], None, [], [{"x": None}], []], schema.field("more").type), pa.array(["m", "m", None, "n", "n"]).dictionary_encode()], schema=schema)
    found, out = converted(parquet(table, row_group_size=2), settings, "parquet", "in.parquet")
    came = pq.ParquetFile(io.BytesIO(out))
    back = came.read()
    assert came.schema_arrow.metadata[b"own"] == b"kept" and back.column_names == [*table.column_names, *settings.new]
    for name in ("id", "more", "day"):
        assert back.column(name).combine_chunks().equals(table.column(name).combine_chunks())
    assert back.schema.field("text").type == kind and back.schema.field("text").metadata[b"c"] == b"d"
    texts = [scalar.as_buffer().to_pybytes() if scalar.is_valid else None for scalar in back.column("text")]
    clean = without(SPAM, tagger_of(THRESHOLD).tag(SPAM)).encode()
    assert texts == ([clean, *values[1:]] if settings is CLEAN else values)
    assert back.column("error").to_pylist() == [None, "text is null", "text is not UTF-8 (byte 6)", None, None]
    spam = back.column(settings.new[0]).to_pylist()
    assert spam == [regions(SPAM, settings.action), None, None, [], []]
    assert (found.rows, found.bad_rows, found.rows_with_spam, found.characters) == (5, 2, 1, len(SPAM) + len(PLAIN))
    assert found.samples == ("in.parquet: row 2 ('b'): text is null", "in.parquet: row 3 ('c'): text is not UTF-8 (byte 6)")


def test_parquet_rows_are_kept_over_many_batches_and_groups() -> None:
    made = pa.Table.from_pylist([{"id": str(number), "text": PLAIN} for number in range(2000)])
    found, out = converted(parquet(made, row_group_size=300), TAG, "parquet", "in.parquet")
    came = pq.ParquetFile(io.BytesIO(out))
    assert came.read(["id", "text"]).equals(made) and came.num_row_groups == 1 and found.rows == 2000
    assert converted(parquet(made.slice(0, 0)), TAG, "parquet", "in.parquet")[0] == Counts()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"id": [1], "content": ["x"]}, r"in\.parquet: no column 'text'.*'content'.*--text-column"),
        ({"text": [1]}, r"in\.parquet: .*'text' holds int64.*--text-column"),
        ({"text": ["x"], "error": ["x"]}, r"in\.parquet: has a column 'error' already.*rename it"),
    ],
)
def test_a_parquet_file_that_cannot_be_done_says_the_way_out(table: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(SisipanError, match=message):
        converted(parquet(pa.table(table)), TAG, "parquet", "in.parquet")


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_row_of_100_megabytes(kind: str) -> None:
    long = "a" * 100_000_000
    given_rows = [{"id": "a", "text": PLAIN}, {"id": "b", "text": long}, {"id": "c", "text": PLAIN}]
    data = "".join(json.dumps(row) + "\n" for row in given_rows).encode() if kind == "jsonl" else parquet(pa.Table.from_pylist(given_rows))
    found, out = converted(data, TAG, kind, f"in.{kind}")
    came = [json.loads(line) for line in out.splitlines()] if kind == "jsonl" else pq.read_table(io.BytesIO(out)).to_pylist()
    assert [row["id"] for row in came] == ["a", "b", "c"] and came[1]["text"] == long and len(came[1]["spans"]) == 0 and came[1]["error"] is None
    assert found.characters == 100_000_000 + 2 * len(PLAIN)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_packed_lines_are_read_and_written(tmp_path: Path, suffix: str) -> None:
    line = json.dumps({"id": 1, "text": PLAIN}).encode() + b"\n"
    source, target, record = file_of(tmp_path, {"": line * 3, ".gz": gzip.compress(line * 2) + gzip.compress(line), ".zst": pa.compress(line * 3, "zstd", asbytes=True)}[suffix], f"in.jsonl{suffix}")
    run_file(source, target, "jsonl", source.name, TAG, record)
    data = target.read_bytes()
    assert suffix or b'"spans"' in data
    if suffix:
        data = gzip.decompress(data) if suffix == ".gz" else pa.input_stream(pa.py_buffer(data), compression="zstd").read()
    assert [json.loads(one)["error"] for one in data.splitlines()] == [None] * 3
    again = tmp_path / "again" / target.name
    run_file(source, again, "jsonl", source.name, TAG, tmp_path / "again.json")
    assert again.read_bytes() == target.read_bytes()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(os.urandom(30_000).hex().encode() + b"\n")[:-200], "in.jsonl.gz"),
        (pa.compress(b"{}\n" * 9, "zstd", asbytes=True)[:-4], "in.jsonl.zst"),
        (b"not packed\n", "in.jsonl.gz"),
        (parquet(pa.table({"text": ["x"] * 9}))[:-30], "in.parquet"),
        (b"", "in.parquet"),
    ],
)
def test_a_broken_file_is_named_and_leaves_nothing(tmp_path: Path, data: bytes, name: str) -> None:
    source, target, record = file_of(tmp_path, data, name)
    with pytest.raises(SisipanError, match=name) as caught:
        run_file(source, target, "parquet" if name.endswith("parquet") else "jsonl", name, TAG, record)
    assert not isinstance(caught.value, TargetError) and not target.exists() and not record.exists() and not parts(tmp_path)


def test_text_files(tmp_path: Path) -> None:
    data = SPAM.replace("\n", "\r\n").encode()
    source, target, record = file_of(tmp_path, data, "a.txt")
    text = data.decode()
    run_file(source, target, "text", "b/a.txt", CLEAN, record)
    assert target.read_bytes().decode() == without(text, tagger_of(THRESHOLD).tag(text))
    beside = target.with_name("a.txt.removed.jsonl")
    assert json.loads(beside.read_text()) == {"id": "b/a.txt", "removed": regions(text, "clean"), "error": None}
    assert run_file(source, target, "text", "b/a.txt", CLEAN, record).skipped
    beside.unlink()
    assert not run_file(source, target, "text", "b/a.txt", CLEAN, record).skipped and beside.exists()
    sink = io.BytesIO()
    convert(io.BytesIO(data), sink, "text", "b/a.txt", TAG)
    assert json.loads(sink.getvalue()) == {"id": "b/a.txt", "text": text, "spans": regions(text), "error": None}
    found, clean = converted(b"kapal \xff", CLEAN, "text", "a.txt")
    assert clean == b"kapal \xff" and found.samples == ("a.txt: text is not UTF-8 (byte 6)",)


def test_a_finished_file_is_skipped_and_only_that(tmp_path: Path) -> None:
    source, target, record = file_of(tmp_path, b'{"text": "satu", "other": ""}\n')

    def act(settings: Settings = TAG) -> Done:
        return run_file(source, target, "jsonl", source.name, settings, record)

    first = act()
    stamp = target.stat().st_mtime_ns
    assert not first.skipped and act() == Done("in.jsonl", first.counts, skipped=True) and target.stat().st_mtime_ns == stamp
    times = source.stat()
    source.write_bytes(b'{"text": "dua!", "other": ""}\n')
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert source.stat().st_size == times.st_size and not act().skipped and b"dua!" in target.read_bytes()
    for other in (Settings("tag", threshold=0.9), Settings("tag", text_column="other"), Settings("tag", id_column="url"), CLEAN):
        assert not act(other).skipped and act(other).skipped
    for spoil in (lambda: target.write_bytes(b""), target.unlink, record.unlink, lambda: record.write_text("{"), lambda: record.write_text("[]")):
        act()
        spoil()
        assert not act().skipped and act().skipped and b"dua!" in target.read_bytes()


def test_a_source_that_changes_while_it_is_read_is_not_taken_for_done(tmp_path: Path) -> None:
    source, target, record = file_of(tmp_path, b'{"text": "satu"}\n')

    def append(_: int) -> None:
        with open(source, "ab") as file:
            file.write(b'{"text": "dua"}\n')

    with pytest.raises(SisipanError, match="changed while it was read"):
        run_file(source, target, "jsonl", source.name, TAG, record, append)
    assert not record.exists()
    with pytest.raises(SisipanError, match=r"^in\.jsonl: No such file") as caught:
        run_file(source, target, "jsonl", source.name, TAG, record, lambda _: source.unlink())
    assert not isinstance(caught.value, TargetError) and not record.exists()


def test_long_names(tmp_path: Path) -> None:
    source, target, record = file_of(tmp_path, b'{"text": "a"}\n', "漢" * 80 + ".jsonl")
    assert not run_file(source, target, "jsonl", source.name, TAG, record).skipped and record.exists()
    source, target, record = file_of(tmp_path, b'{"text": "a"}\n', "a" * 247 + ".jsonl")
    with pytest.raises(SisipanError, match="name is too long") as caught:
        run_file(source, target, "jsonl", source.name, TAG, record)
    assert not isinstance(caught.value, TargetError) and not target.exists() and not parts(tmp_path)


def test_what_cannot_be_written_is_told_from_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"/dev/full: no space left on device"):
        convert_to(io.BytesIO(b'{"text": "a"}\n'), Path("/dev/full"), "jsonl", "in.jsonl", TAG)
    with pytest.raises(TargetError, match="no space left"):
        convert_to(io.BytesIO(parquet(pa.table({"text": ["a"]}))), Path("/dev/full"), "parquet", "in.parquet", TAG)
    with pytest.raises(SisipanError, match="nowhere: No such file") as caught:
        run_file(tmp_path / "nowhere", tmp_path / "out", "jsonl", "nowhere", TAG, tmp_path / "record")
    assert not isinstance(caught.value, TargetError) and not list(tmp_path.iterdir())
    read, write = os.pipe()
    os.close(write)
    with open(read, "rb") as pipe, pytest.raises(SisipanError, match=r"^in\.parquet: .*seek") as caught:
        convert_to(pipe, tmp_path / "out.parquet", "parquet", "in.parquet", TAG)
    assert not isinstance(caught.value, TargetError) and not list(tmp_path.iterdir())
    convert_to(io.BytesIO(SPAM.encode()), Path("/dev/null"), "text", "a.txt", CLEAN)
    assert not Path("/dev/null.removed.jsonl").exists()


def test_only_temporaries_that_nobody_writes_are_removed(tmp_path: Path) -> None:
    dead = tmp_path / f".a.jsonl.12345678{SUFFIX}"
    dead.write_bytes(b"half")
    with written_aside(tmp_path / "b.jsonl") as path:
        path.write_bytes(b"whole")
        remove_stale(tmp_path)
        assert path.exists() and not dead.exists() and not (tmp_path / "b.jsonl").exists()
        with open(path, "rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert [path.name for path in tmp_path.iterdir()] == ["b.jsonl"] and (tmp_path / "b.jsonl").read_bytes() == b"whole"
    dead.mkdir()  # a folder that was written aside
    remove_stale(tmp_path)
    assert not dead.exists()


def test_dataset_map_and_polars_take_the_function_as_it_is() -> None:
    made = [{"id": "spam", "text": SPAM}, {"id": "plain", "text": PLAIN}]
    wanted = [regions(row["text"]) for row in made]
    mapped = datasets.Dataset.from_list(made).with_format("arrow").map(tag_arrow, batched=True, batch_size=1)
    assert mapped.with_format(None)["spans"][:] == wanted and wanted[0]
    frame = polars.from_arrow(tag_arrow(polars.DataFrame(made)))
    assert frame["spans"].to_list() == wanted and frame["id"].to_list() == [row["id"] for row in made]
    clean = polars.from_arrow(clean_arrow(polars.DataFrame(made)))
    assert clean["text"].to_list() == [without(SPAM, tagger_of(THRESHOLD).tag(SPAM)), PLAIN]
