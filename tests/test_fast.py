"""The quick way through many articles says exactly what the checks say, and is taken where it should be."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import BASE, REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sisipan.build import load_corpus
from sisipan.checks.context import Corpus, Record
from sisipan.fast import corpus, mask
from sisipan.fast.canonical import Unusual, canonical_lines
from sisipan.fast.lines import LineJudge
from sisipan.fast.texts import plain
from sisipan.findings import Finding
from sisipan.linefiles import located, read_line, validate_lines
from sisipan.manifest import canonical_line
from sisipan.model import article_to_record
from sisipan.releases import validate_parquet
from sisipan.results import Located, Result, by_place, corpus_findings, file_findings, record_findings
from sisipan.schemas import load_schemas
from sisipan.store import ArticleSource, Problem
from sisipan.tablefiles import batches_of, rows_of
from sisipan.tables import from_table, to_table
from sisipan.validate import validate_unchanged

sys.path.insert(0, str(REPOSITORY / "benchmarks"))
from generated import article as generated  # noqa: E402

SCHEMAS = load_schemas()
RECORDS = [*map(article_to_record, load_corpus(BASE)), generated(4), generated(7)]
some = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def exactly(path: Path) -> tuple[Finding, ...]:
    """What the checks say of every line, one after the other, and of all together."""
    findings, records = [], []
    for number, line in enumerate(path.read_bytes().removesuffix(b"\n").split(b"\n"), 1):
        data, problems = read_line(line, number == 1)
        source = ArticleSource(path, "", problems=tuple(Problem(one.kind, number, one.column, one.message) for one in problems))
        findings += [replace(finding, article=None) for finding in file_findings(source, path.parent)]
        if data is not None:
            records.append(located(data, str(path), number, SCHEMAS))
            findings += record_findings(records[-1], path.parent)
    by_id = {id(one.record): one for one in records}
    findings += corpus_findings(Corpus(tuple(one.record for one in records), from_sources=False), by_id, path.parent)
    return tuple(sorted(set(findings), key=by_place))


def both(content: bytes) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Quick and exact findings of the same lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.jsonl"
        path.write_bytes(content)
        return validate_lines(path, path.parent).findings, exactly(path)


def dumped(record: Any, **options: Any) -> str:
    return json.dumps(record, **{"ensure_ascii": False, **options})


def clean_of(content: str | bytes) -> list[bool]:
    """Which lines the quick way vouches for."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    flags = np.zeros(data.count(b"\n") + 1, bool)
    for judged in LineJudge(SCHEMAS).judged(data):
        flags[judged.numbers] = judged.verdicts.clean
    return flags.tolist()


def test_every_check_is_covered() -> None:
    assert mask.covered() and corpus.covered()


def test_sound_articles_take_the_quick_way() -> None:
    records = [generated(number) for number in range(12)]
    for options in ({}, {"ensure_ascii": True}, {"sort_keys": True}, {"separators": (",", ":")}):
        assert clean_of("\n".join(dumped(record, **options) for record in records)) == [True] * 12, options


def test_most_of_the_corpus_takes_it() -> None:
    records = [article_to_record(article) for article in load_corpus(REPOSITORY)[::6] if article.text]
    flags = clean_of("\n".join(map(dumped, records)))
    assert sum(flags) > 0.75 * len(flags)


ODD = ["", " ", "\r", "\0", "\t", "a\u0301", "\u00e9", "\u200b", "\ufeff", "\ud83d", "\u1100\u1161", "\u0958", "😀", "\u2028", "x" * 401, "\\", '"', '"id": null', '": null', "\n"]
scalars = st.none() | st.booleans() | st.integers(-2, 200) | st.floats() | st.sampled_from([2**31, 2**63, 10**30, 0.0, 1.0, "e1", "e4", "PER", "slot", "togel", "train", "2024-02-30", "2024-02-29\n", "CC-BY-4.0", "withheld", *ODD]) | st.text(max_size=3)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["id", "start", "end", "text", "label", "exact"]), v, max_size=3), max_leaves=5)


def places(node: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every place inside a record."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


def parent(record: Any, path: tuple) -> Any:
    for key in path[:-1]:
        record = record[key]
    return record


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A record with some of its values changed in a way that somebody's program might."""
    record = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(1, 2))):
        act = draw(st.sampled_from(["value", "remove", "offset", "shift", "text", "id", "swap", "copy", "surface", "reorder"]))
        layer = draw(st.sampled_from(["entities", "claims", "spam"]))
        spans = record.get(layer) if isinstance(record, dict) else None
        spans = [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
        path = draw(st.sampled_from(list(places(record)) or [()]))
        if not path:
            continue
        node, key = parent(record, path), path[-1]
        if act == "value":
            node[key] = draw(values)
        elif act == "remove":
            del node[key]
        elif act == "reorder" and isinstance(node, dict):
            node[key] = node.pop(key)
        elif act == "text" and isinstance(record.get("text"), str):
            at = draw(st.integers(0, len(record["text"])))
            record["text"] = record["text"][:at] + draw(st.sampled_from(ODD)) + record["text"][at + draw(st.integers(0, 2)) :]
            if draw(st.booleans()):
                record["text_sha256"] = hashlib.sha256(record["text"].encode("utf-8", "surrogatepass")).hexdigest()
        elif spans and act in ("offset", "shift", "id", "copy", "surface", "swap"):
            span = draw(st.sampled_from(spans))
            if act == "offset":
                span[draw(st.sampled_from(["start", "end"]))] = draw(st.integers(-1, 300))
            elif act == "shift" and isinstance(span.get("start"), int) and isinstance(span.get("end"), int) and isinstance(record.get("text"), str):
                span["start"] += draw(st.integers(-2, 2))
                span["end"] += draw(st.integers(-2, 2))
                span["text"] = record["text"][max(0, span["start"]) : max(0, span["end"])]
            elif act == "id":
                span[draw(st.sampled_from(["id", "claimant"] if layer == "claims" else ["id"]))] = draw(st.sampled_from(["e1", "c1", "s1", "e99", "e1234567890", "E1", "abcdefg1", "abcdefg2"]))
            elif act == "copy":
                record[layer].insert(draw(st.integers(0, len(record[layer]))), copy.deepcopy(span))
            elif act == "surface" and isinstance(span.get("text"), str):
                span["text"] = span["text"] + draw(st.sampled_from(ODD))
            else:
                record[layer].reverse()
    return record


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Lines of sound and damaged records, written in various ways, and now and then damaged as bytes."""
    records = [draw(damaged()), *draw(st.lists(st.sampled_from(RECORDS), max_size=2)), *draw(st.lists(damaged(), max_size=1))]
    options = draw(st.sampled_from([{}, {"ensure_ascii": True}, {"sort_keys": True}, {"separators": (",", ":")}]))
    written = []
    for record in draw(st.permutations(records)):
        line = dumped(record, **options).encode("utf-8", "surrogatepass")
        act = draw(st.sampled_from(["", "", "", "twice", "moved twice", "space", "bytes", "float"]))
        keys = [key for key in ("start", "cue", "speaker", "claimant", "text", "original_language", "id", "end") if f'"{key}":'.encode() in line]
        key = draw(st.sampled_from(keys)).encode() if keys else b"id"
        at = [n for n in range(len(line)) if line.startswith(b'"' + key + b'":', n)]
        if act and at:
            here = draw(st.sampled_from(at))
            if act == "twice":
                line = line[:here] + b'"' + key + b'": ' + draw(st.sampled_from([b"null", b"1", b'"e1"'])) + b", " + line[here:]
            elif act == "moved twice":  # here a key becomes another one, there it stands twice
                other = draw(st.sampled_from(at))
                line = line[:here] + b'"' + draw(st.sampled_from(keys)).encode() + b'":' + line[here + len(key) + 3 :]
                line = line[:other] + b'"' + key + b'": null, ' + line[other:]
            elif act == "space":
                line = line[: here + len(key) + 2] + draw(st.sampled_from([b" ", b"  ", b"\t", b"\r"])) + line[here + len(key) + 2 :]
            elif act == "float":
                line = line.replace(b'"start": 0,', b'"start": 0.0,')
            else:
                where = draw(st.integers(0, len(line)))
                line = line[:where] + draw(st.binary(max_size=2)) + line[where + draw(st.integers(0, 2)) :]
        written.append(line)
    return b"\n".join(written) + draw(st.sampled_from([b"", b"\n", b"\n\n", b"\r\n"]))


@some
@given(lines())
def test_quick_and_exact_say_the_same(content: bytes) -> None:
    quick, exact = both(content)
    assert quick == exact


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"cue": null', '"cue": null, "cue": null', 1),
        lambda line: line.replace('"speaker": null, "cue": null', '"cue": null, "cue": null', 1),
        lambda line: line.replace('"claimant": null', '"speaker": null', 1),
        lambda line: line.replace('"start": 0', '"start": 0.0', 1),
        lambda line: line.replace('"original_language": null, ', "", 1),
        lambda line: line.replace('"text": null', '"text" : null', 1),
        lambda line: "[" + line + "]",
        lambda line: line + line,
        lambda line: line.replace('{"id"', '{"i\\u0064": "x", "id"', 1),
    ],
)
def test_what_a_lax_reader_is_silent_about(change: Callable[[str], str]) -> None:
    record = copy.deepcopy(RECORDS[2])
    record["claims"][1] |= {"claimant": None, "speaker": None, "cue": None}
    line = dumped(record)
    changed = change(line)
    quick, exact = both(f"{line.replace('kabar-4', 'kabar-5')}\n{changed}\n".encode())
    assert quick == exact
    if changed != line:
        assert quick


@settings(max_examples=400, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_plain_characters_are_in_normal_form_wherever_they_stand(text: str) -> None:
    if all(map(plain, text)):
        assert unicodedata.is_normalized("NFC", text)


def test_no_character_that_joins_another_is_plain() -> None:
    for point in (*range(0x300, 0x370), *range(0x900, 0xE00), *range(0x1100, 0x1200), 0x3099, 0x110BA):
        character = chr(point)
        if plain(character):
            for before in "aeou\u0915\u09c7\u1100\uac00\u304b":
                assert unicodedata.is_normalized("NFC", before + character), hex(point)


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000", "\x1c"])
def test_white_space_beyond_ascii_is_white_space(space: str) -> None:
    record = copy.deepcopy(generated(5))

    def put(piece: str) -> dict[str, Any]:
        start = len(record["text"])
        record["text"] += piece
        return {"start": start, "end": start + len(piece), "text": piece}

    put("\nkata")
    speaker = put(f"{space}Budi Sangat")
    put(" dan ")
    record["entities"].append({"id": "e98", **put(f"Ani Sekali{space}"), "label": "PER"})
    put("\n")
    kind = {"label": "slot", "form": "keyword_tail", "obfuscation": "none"}
    record["spam"].append({"id": "s98", **put("slot satu"), **kind})
    put(space)
    record["spam"].append({"id": "s99", **put("slot dua"), **kind})
    record["claims"][-1] |= {"speaker": {key: speaker[key] for key in ("start", "end")}, "claimant": None}
    record["text_sha256"] = hashlib.sha256(record["text"].encode()).hexdigest()
    quick, exact = both(dumped(record).encode())
    assert quick == exact
    assert {finding.code for finding in quick} >= {"E204", "E209", "E304"}
    for name, code in (("entities", "E204"), ("spam", "E209")):  # each by itself, too
        one = copy.deepcopy(record)
        one["claims"][-1]["speaker"] = None
        one["spam" if name == "entities" else "entities"].pop()
        quick, exact = both(dumped(one).encode())
        assert quick == exact and code in {finding.code for finding in quick}
    one["spam"].pop()
    one["claims"] = record["claims"]
    quick, exact = both(dumped(one).encode())
    assert quick == exact and "E304" in {finding.code for finding in quick}


def test_near_duplicates_and_crossing_events_are_found_in_a_large_file(tmp_path: Path) -> None:
    records = [generated(number) for number in range(60)]
    twin = copy.deepcopy(records[3]) | {"id": "kabar-kembar", "split": "test", "brands": [], "event": "lain"}
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(map(dumped, [*records, twin, {**records[8], "split": "validation"}])), "utf-8")
    found = validate_lines(path, tmp_path).findings
    assert {finding.code for finding in found} >= {"E401", "E405", "E406", "E407"}
    assert found == exactly(path)


def test_results_are_kept_by_content_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "some.jsonl", tmp_path / "cache"
    path.write_text("\n".join(dumped(generated(number)) for number in range(3)), "utf-8")
    before = path.stat()
    assert validate_lines(path, tmp_path, cache=cache).findings == ()
    changed = path.read_bytes().replace(b'"label": "PER"', b'"label": "PXR"', 1)
    path.write_bytes(changed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    found = validate_lines(path, tmp_path, cache=cache)
    assert [finding.code for finding in found.findings] == ["E101", "I208"]
    monkeypatch.setattr("sisipan.linefiles.examine", None)  # what is known is not examined again
    assert validate_lines(path, tmp_path, cache=cache) == found


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-9], lambda data: data.replace(b'"articles": 3', b'"articles": 4'), lambda data: b"\xff" * 80])
def test_a_damaged_cache_is_as_if_there_were_none(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path, cache = tmp_path / "some.jsonl", tmp_path / "cache"
    path.write_text("\n".join(dumped(generated(number)) for number in range(3)), "utf-8")
    result = validate_lines(path, tmp_path, cache=cache)
    kept = list(cache.iterdir())
    assert len(kept) == 1
    kept[0].write_bytes(damage(kept[0].read_bytes()))
    assert validate_lines(path, tmp_path, cache=cache) == result


def test_another_schema_or_another_code_is_another_question(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = root / ".cache" / "validated"
    assert validate_unchanged(root, cache=cache).findings == ()
    monkeypatch.setattr("sisipan.validate.validate_sources", lambda *_, **__: Result((), 77, 77))
    assert validate_unchanged(root, cache=cache).articles == 2
    (root / "schema/entity.schema.json").write_text((root / "schema/entity.schema.json").read_text("utf-8").replace('"WOA"]', '"WOA", "XYZ"]'), "utf-8")
    assert validate_unchanged(root, cache=cache).articles == 77
    monkeypatch.setattr("sisipan.remembered.code_sha256", lambda: "other")
    monkeypatch.setattr("sisipan.validate.validate_sources", lambda *_, **__: Result((), 78, 78))
    assert validate_unchanged(root, cache=cache).articles == 78


def test_sources_edited_without_a_new_size_or_date_are_read_again(root: Path) -> None:
    cache, path = root / ".cache" / "validated", root / "annotations/gold/banjir-demak.json"
    assert validate_unchanged(root, cache=cache).findings == ()
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"label": "PER"', b'"label": "PXR"'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert {finding.code for finding in validate_unchanged(root, cache=cache).findings} == {"E101", "I208"}


def test_workers_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sisipan.linefiles.CHUNK", 20_000)
    records = [generated(number) for number in range(12)]
    records[5] = {**records[5], "topic": "flood"}
    records[9] = {**records[9], "id": "kabar-2"}
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(map(dumped, records)) + "\n{\n", "utf-8")
    one = validate_lines(path, tmp_path)
    assert [(finding.line, finding.code) for finding in one.findings] == [(6, "E101"), (10, "E401"), (13, "E009")]
    assert validate_lines(path, tmp_path, workers=2) == one


def test_a_line_longer_than_any_article_is_named_and_the_others_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sisipan.linefiles.CHUNK", 20_000)
    monkeypatch.setattr("sisipan.linefiles.MAX_BYTES", 50_000)
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join([dumped(generated(1)), "x" * 200_000, dumped(generated(2) | {"topic": "flood"})]), "utf-8")
    result = validate_lines(path, tmp_path)
    assert [(finding.line, finding.code) for finding in result.findings] == [(2, "E003"), (3, "E101")]
    assert "200,00" in result.findings[0].message and result.articles == 2


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(damaged(), min_size=1, max_size=3))
def test_quick_and_exact_say_the_same_of_tables(records: list[Any]) -> None:
    fields = SCHEMAS.configs["articles"]
    batch = []
    for record in [*records, RECORDS[0], RECORDS[2]]:
        try:
            to_table(fields, [record])
            batch.append(record)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, pa.ArrowException):
            continue  # Arrow cannot hold it
    table = to_table(fields, batch)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.parquet"
        try:
            pq.write_table(table, path)
        except UnicodeEncodeError:
            return
        quick = [finding for finding in validate_parquet(path, path.parent).findings if finding.code[1] != "6" and finding.code != "I410"]
        try:
            rows = from_table(fields, table)
        except OverflowError:
            return
        all_ = [Located(Record(row["id"], row, SCHEMAS, (("row", "article", row),)), None, None, str(path), number) for number, row in enumerate(rows, 1)]
        exact = [finding for one in all_ for finding in record_findings(one, path.parent)]
        exact += corpus_findings(Corpus(tuple(one.record for one in all_), from_sources=False), {id(one.record): one for one in all_}, path.parent)
        assert quick == sorted(set(exact), key=by_place)


def test_canonical_lines_are_those_that_the_manifest_hashes(repository: Path) -> None:
    for path in sorted((repository / "data").rglob("test.parquet")):
        fields = SCHEMAS.configs[path.parent.name]
        for batch in batches_of(path):
            assert bytes(canonical_lines(batch, fields)) == b"".join(map(canonical_line, rows_of(batch, fields))), path
    odd = {**RECORDS[2], "title": 'a "b" \\ c', "brands": ["\u2028", "\x7f"], "original_language": "en"}
    table = to_table(SCHEMAS.configs["articles"], [odd, {**odd, "title": None, "claims": []}])
    for batch in table.to_batches():
        assert bytes(canonical_lines(batch, SCHEMAS.configs["articles"])) == b"".join(map(canonical_line, rows_of(batch, SCHEMAS.configs["articles"])))
    with pytest.raises(Unusual):
        canonical_lines(to_table(SCHEMAS.configs["articles"], [{**odd, "title": "a\tb"}]).to_batches()[0], SCHEMAS.configs["articles"])
