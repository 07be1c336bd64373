"""Other people's corpora as a person meets them: guesses, schemas and files that are no good, exit codes, formats. No traceback, ever."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import gzip
import json
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Done
from cases import with_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan.build import build
from sisipan.errors import SisipanError
from sisipan.foreign import fields_of, guess, validate_others
from sisipan.foreign.lines import MAX_LINE, read_rows
from sisipan.report import as_text

Run = Callable[..., Done]
RECORD = {"id": "a", "text": "Halo Budi di Solo.", "spans": [{"start": 5, "end": 9, "label": "PER", "text": "Budi"}]}
FIELDS = "id: id\ntext: text\nlayers:\n  spans: {shape: objects, path: spans, start: start, end: end, label: label, surface: text}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of one record, with its schema and fields file."""
    (tmp_path / "a.jsonl").write_text(json.dumps(RECORD) + "\n", "utf-8")
    (tmp_path / "schema.json").write_text('{"type": "object"}', "utf-8")
    (tmp_path / "fields.yaml").write_text(FIELDS, "utf-8")
    return tmp_path


COMMAND = ("validate", "--schema", "schema.json", "--fields", "fields.yaml", "a.jsonl")


def test_exit_codes_and_formats(folder: Path, run: Run) -> None:  # noqa: F811
    done = run(*COMMAND, cwd=folder)
    assert done.returncode == 0 and done.stdout.endswith("\n1 article in 1 file: 5 notes\n")
    (folder / "a.jsonl").write_text(json.dumps(RECORD).replace('"end": 9', '"end": 8') + "\n", "utf-8")
    done = run(*COMMAND, "--format", "json", cwd=folder)
    assert done.returncode == 1
    found = [one for one in json.loads(done.stdout) if one["severity"] == "error"]
    assert found == [
        {
            "code": "E203",
            "name": "quote-mismatch",
            "severity": "error",
            "path": "a.jsonl",
            "line": 1,
            "column": 53,
            "article": "a",
            "span": "#1 5:8",
            "message": 'text is "Budi" but the record has "Bud"; the offsets fit code points with an inclusive end: convert them, or say so in the fields file',
            "known": False,
            "fixable": False,
        }
    ]
    assert {"E203", "I410"} == {one["ruleId"] for one in json.loads(run(*COMMAND, "--format", "sarif", cwd=folder).stdout)["runs"][0]["results"]}
    assert ElementTree.fromstring(run(*COMMAND, "--format", "junit", cwd=folder).stdout)[0].get("failures") == "1"
    assert "::error file=a.jsonl,line=1,col=53" in run(*COMMAND, "--format", "github", cwd=folder).stdout
    assert run("validate", "--schema", "schema.json", cwd=folder).stderr == "sisipan: error: name the files of the other corpus: JSON lines or Parquet\n"


def test_own_corpus_by_this_way_is_clean(root: Path) -> None:
    build(root)
    files = sorted(root.glob("data/articles/*.parquet"))
    fields = fields_of(guess(files))
    assert [layer.rules.name for layer in fields.layers] == ["entities", "claims", "spam"]
    result = validate_others(files, fields, root / "schema/article.schema.json")
    assert result.articles == 2 and result.clean and result.count("warning") == 0
    with_rows("data/articles/test.parquet", "articles", lambda rows: [{**rows[0], "topic": "sport"}, {**rows[0], "text": rows[0]["text"] + "!"}])(root)
    found = validate_others(files, fields, root / "schema/article.schema.json").findings
    assert [(finding.code, finding.line) for finding in found if finding.severity == "error"] == [("E108", 2), ("E401", 2)]


SCHEMAS = {
    "no JSON": ("{", "schema.json:1:2: the schema is not JSON: not JSON: expected a key in double quotes"),
    "empty": ("", "schema.json:1:1: the file is empty; write it anew or remove it"),
    "a list": ("[]", "schema.json: a JSON Schema is an object, found []"),
    "invalid": ('{"properties": {"id": {"type": 5}}}', 'schema.json: not a valid JSON Schema: properties.id.type: "5 is not valid under any of the given schemas"'),
    "key twice": ('{"type": "object", "type": "array"}', "schema.json:1:20: the schema is not JSON: the key 'type' stands twice in its object; keep one"),
    "deep": ('{"not": ' * 400 + "{}" + "}" * 400, "schema.json: the schema is nested too deeply, or refers to itself without end"),
    "itself": ('{"$ref": "#"}', "schema.json: the schema is nested too deeply, or refers to itself without end"),
    "another draft": ('{"$schema": "http://example.org/draft-99"}', 'schema.json: $schema "http://example.org/draft-99" is no draft that is known here; drafts 3 to 2020-12 are'),
    "the network": ('{"$ref": "https://example.org/s.json"}', 'schema.json: $ref "https://example.org/s.json" leads nowhere: it is not in the schema nor in a file beside it, and nothing is fetched from the network'),
    "the network, deep down": ('{"properties": {"a": {"items": {"$ref": "http://127.0.0.1:9/s.json"}}}}', 'schema.json: $ref "http://127.0.0.1:9/s.json" leads nowhere: it is not in the schema nor in a file beside it, and nothing is fetched from the network'),
    "out of the folder": ('{"$ref": "file:///etc/passwd"}', 'schema.json: $ref "file:///etc/passwd" leads nowhere: it is not in the schema nor in a file beside it, and nothing is fetched from the network'),
    "a link out of the folder": ('{"$ref": "link.json"}', 'schema.json: $ref "link.json" leads out of the folder of the schema; put the file into'),
    "drafts mixed": ('{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "new.json"}', 'new.json: is of another draft ("https://json-schema.org/draft/2020-12/schema") than schema.json (http://json-schema.org/draft-07/schema#); bring both to one'),
    "look-round": ('{"properties": {"id": {"pattern": "^(?=a)"}}}', 'schema.json: pattern "^(?=a)" cannot run in linear time ("invalid perl operator: (?="); write it without look-round and back references'),
    "of a list": ('{"type": "array", "items": {}}', 'schema.json: describes a list; give the schema of one record, such as a file beside it with {"$ref": "schema.json#/items"}'),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_is_no_good_is_refused(folder: Path, name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def no_network(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    content, expected = SCHEMAS[name]
    (folder / "schema.json").write_text(content, "utf-8")
    (folder / "new.json").write_text('{"$schema": "https://json-schema.org/draft/2020-12/schema"}')
    (folder / "link.json").symlink_to("/etc/hostname")
    done = run(*COMMAND, cwd=folder)
    assert done.returncode == 2
    assert f"sisipan: error: {expected}" in done.stderr.replace(f"{folder.resolve()}/", "")


def errors(done: Done) -> list[tuple[int, int, str, str]]:
    """Line, column, code and message of the errors in JSON output."""
    return [(one["line"], one["column"], one["code"], one["message"]) for one in json.loads(done.stdout) if one["severity"] == "error"]


def test_patterns_take_linear_time_wherever_they_stand(folder: Path, run: Run) -> None:  # noqa: F811
    slow = "^(a+)+$"
    (folder / "parts.json").write_text(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"p": {"pattern": slow}}}))
    schema = {"properties": {"p": {"pattern": slow}, "q": {"$ref": "parts.json#/$defs/p"}}, "patternProperties": {slow: {"type": "integer"}, r"^\p{Lu}": {"type": "null"}}, "additionalProperties": True, "propertyNames": {"pattern": "^[^!]*$"}}
    (folder / "schema.json").write_text(json.dumps(schema))
    long = "a" * 60 + "!"
    (folder / "a.jsonl").write_text(json.dumps({**RECORD, "p": long, "q": long, long: 1, "aaa": "x", "Éx": 1}) + "\n")
    done = run(*COMMAND, "--format", "json", cwd=folder)
    assert sorted(message for _, _, _, message in errors(done)) == sorted([f'"{long[:58]}… does not match ^(a+)+$'] * 2 + [f'"{long[:58]}… does not match ^[^!]*$', '"x" is not of type integer', "1 is not of type null"])


def test_a_reference_leads_to_a_file_beside_it_by_name_and_by_id(folder: Path, run: Run) -> None:  # noqa: F811
    (folder / "defs").mkdir()
    (folder / "defs/span.json").write_text('{"properties": {"label": {"$ref": "label.json"}}}')
    (folder / "defs/label.json").write_text('{"enum": ["ORG"]}')
    (folder / "by-id.json").write_text('{"$id": "https://example.org/id.json", "pattern": "^b"}')
    schema = {"$id": "https://example.net/schemas/record.json", "properties": {"id": {"$ref": "https://example.org/id.json"}, "spans": {"items": {"$ref": "defs/span.json"}}}}
    (folder / "schema.json").write_text(json.dumps(schema))
    done = run(*COMMAND, "--format", "json", cwd=folder)
    assert errors(done) == [(1, 8, "E101", '"a" does not match ^b'), (1, 85, "E101", '"PER" is not one of ORG')]


@pytest.mark.parametrize("draft", [3, 4, 6, 7])
def test_old_drafts(folder: Path, draft: int, run: Run) -> None:  # noqa: F811
    name = {"required": True, "type": "string"} if draft == 3 else {"type": "string"}
    schema = {"$schema": f"http://json-schema.org/draft-0{draft}/schema#", "properties": {"name": name}, **({} if draft == 3 else {"required": ["name"]})}
    (folder / "schema.json").write_text(json.dumps(schema))
    assert [code for _, _, code, _ in errors(run(*COMMAND, "--format", "json", cwd=folder))] == ["E101"]


FIELD_FILES = {
    "no text": ("id: id\nlayers: {s: {shape: objects, path: spans, start: a, end: b}}", 'fields.yaml:1:1: fields file: the field "text" is missing; see docs/other-corpora.md'),
    "a slip in a key": (FIELDS.replace("label:", "lable:"), 'fields.yaml:4:3: layers.spans: unknown field "lable"; known are shape'),
    "a shape": (FIELDS.replace("objects", "object"), 'fields.yaml:4:11: layers.spans.shape: "object" is not one of objects, lists, columns, table; see docs/other-corpora.md'),
    "no end": (FIELDS.replace("end: end, ", ""), "fields.yaml:4:3: layers.spans: start and end are given together"),
    "names in lists": (FIELDS.replace("objects", "lists"), 'fields.yaml:4:38: layers.spans.start: "start" is not of type integer'),
    "numbers in objects": (FIELDS.replace("start: start", "start: 0"), "fields.yaml:4:40: layers.spans.start: 0 is not of type string or array"),
    "a unit": ("unit: chars\n" + FIELDS, 'fields.yaml:1:1: unit: "chars" is not one of code_points, utf-16, bytes'),
    "key twice": ("id: id\n" + FIELDS, "fields.yaml:2:1: the key 'id' stands twice; keep one"),
    "aliases": ("a: &a [x]\nb: *a\n", "fields.yaml: aliases (*name) are not read here; write the value out"),
    "no YAML": ("id: [", "fields.yaml:1:6: expected the node content, but found '<stream end>'"),
    "deep": ("[" * 300_000 + "]" * 300_000, "fields.yaml:1:21: nested deeper than 20; a fields file needs five"),
    "a list": ("- id", "fields.yaml:1:1: fields file: ['id'] is not of type object"),
    "a reference to no layer": (FIELDS.replace("end: end", "end: end, references: {head: names}"), 'fields.yaml: layers.spans.references.head: "names" is no layer; they are spans'),
    "a reference without ids": (FIELDS.replace("end: end", "end: end, references: {head: spans}"), "fields.yaml: layers.spans.references.head: spans of spans have no id here; name it there, or say by: index"),
    "no such table": ("id: id\ntext: text\nlayers: {s: {shape: table, file: x.parquet, document: d, start: a, end: b}}", "fields.yaml: layers.s.file: there is no x.parquet"),
    "nothing to check": ("text: text\nlayers: {s: {shape: objects, path: spans, label: label}}", "fields.yaml: layers.s: has neither start and end nor references, so nothing of it could be checked"),
}


@pytest.mark.parametrize("name", FIELD_FILES)
def test_a_fields_file_that_is_no_good_names_the_key(folder: Path, name: str, run: Run) -> None:  # noqa: F811
    content, expected = FIELD_FILES[name]
    (folder / "fields.yaml").write_text(content, "utf-8")
    done = run(*COMMAND, cwd=folder)
    assert done.returncode == 2 and f"sisipan: error: {expected}" in done.stderr


@pytest.mark.parametrize("parquet", [False, True])
def test_what_no_record_has_is_an_error_not_a_pass(folder: Path, parquet: bool, run: Run) -> None:  # noqa: F811
    (folder / "fields.yaml").write_text(FIELDS.replace("id: id", "id: nomor").replace("text: text\n", "text: teks\n").replace("surface: text", "surface: kata") + "  more: {shape: objects, path: lain, start: a, end: b}\n")
    if parquet:
        pq.write_table(pa.Table.from_pylist([RECORD]), folder / "a.parquet")
    done = run(*COMMAND[:-1], "a.parquet" if parquet else "a.jsonl", "--format", "json", cwd=folder)
    assert done.returncode == 1
    assert [message for _, _, code, message in errors(done) if code == "E701"] == ["id: no record has nomor", "layers.more: no record has lain", "layers.spans.surface: no span has kata", "text: no record has teks"]


def test_bad_lines_are_told_and_the_run_goes_on(folder: Path, run: Run) -> None:  # noqa: F811
    good = json.dumps(RECORD)
    lines = [b"\xef\xbb\xbf" + good.encode(), b"", b"[]", b'{"id": ', b'{"id": "\xff"}', b'{"id": 1, "id": 2}', b"[" * 100_000, b'{"a": NaN}', b'{"a": ' + b"9" * 30 + b"}", b'{"id": "y", "text": "' + b"a" * MAX_LINE + b'"}', good.replace('"a"', '"z"').replace("5,", "6,").replace("Halo", "Hai,").encode()]
    (folder / "a.jsonl").write_bytes(b"\n".join(lines))
    expected = [
        (1, 1, "E005", "the file starts with a byte-order mark; save it as plain UTF-8"),
        (2, 1, "E009", "the line is empty; a line holds one record"),
        (3, 1, "E009", "expected one object a line, found a list"),
        (4, 8, "E009", "not JSON: expected a value"),
        (5, 9, "E006", "byte 0xff is not UTF-8 (invalid start byte); the line is left out"),
        (6, 11, "E010", "the key 'id' stands twice in its object; keep one"),
        (7, 65, "E009", "not JSON: nested deeper than 64 levels"),
        (8, 7, "E009", "not JSON: expected a value"),
        (9, 7, "E009", "a number of more than 20 digits"),
        (10, 1, "E003", "the line has more than 67,108,864 bytes, and was not read"),
        (11, 53, "E203", 'text is "Budi" but the record has "udi"; it stands at 5:9'),
    ]
    assert errors(run(*COMMAND, "--format", "json", cwd=folder)) == expected
    with gzip.open(folder / "a.jsonl.gz", "wb") as packed:
        packed.write((folder / "a.jsonl").read_bytes())
    assert errors(run(*COMMAND[:-1], "a.jsonl.gz", "--format", "json", cwd=folder)) == expected


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz", "a.jsonl.zst", "a.jsonl"])
def test_files_that_cannot_be_read_are_findings(folder: Path, name: str, run: Run) -> None:  # noqa: F811
    pq.write_table(pa.Table.from_pylist([RECORD]), folder / "whole.parquet")
    whole = gzip.compress(json.dumps(RECORD).encode() * 50) if name.endswith("gz") else (folder / "whole.parquet").read_bytes()
    for content in (b"", b"x", whole[: len(whole) // 2], bytes(range(256)) * 40):
        (folder / name).write_bytes(content)
        done = run(*COMMAND[:-1], name, cwd=folder)
        assert done.returncode == 1 and "Traceback" not in done.stderr, content[:20]


GUESSES = {
    "doccano": ({"id": 1, "text": "Halo Budi", "label": [[5, 9, "PER"]], "Comments": []}, {"label": {"shape": "lists", "path": "label", "start": 0, "end": 1, "label": 2}}),
    "prodigy": ({"text": "Halo Budi", "meta": {"id": "x"}, "spans": [{"start": 5, "end": 9, "token_start": 1, "token_end": 1, "label": "PER"}]}, {"spans": {"shape": "objects", "path": "spans", "start": "start", "end": "end", "label": "label"}}),
    "columns": ({"text": "Halo Budi", "entities": {"start": [5], "end": [9], "text": ["Budi"], "type": ["PER"]}}, {"entities": {"shape": "columns", "path": "entities", "start": "start", "end": "end", "label": "type", "surface": "text"}}),
    "nested": ({"content": "Halo Budi", "annotations": {"ner": [{"start_offset": 5, "end_offset": 9, "entity_type": "PER"}]}}, {"ner": {"shape": "objects", "path": "annotations.ner", "start": "start_offset", "end": "end_offset", "label": "entity_type"}}),
    "offsets in an object": ({"body": "Halo Budi", "e": [{"span": {"begin": 5, "end": 9}, "tag": "PER"}]}, {"e": {"shape": "objects", "path": "e", "start": "span.begin", "end": "span.end", "label": "tag"}}),
    "a dotted key": ({"text": "Halo Budi", "a.b": [{"start": 5, "end": 9}]}, {"a.b": {"shape": "objects", "path": ["a.b"], "start": "start", "end": "end"}}),
}


@pytest.mark.parametrize("name", GUESSES)
def test_usual_names_are_guessed_and_the_guess_fits(tmp_path: Path, name: str) -> None:
    record, layers = GUESSES[name]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record) + "\n")
    value = guess([path])
    assert value["layers"] == layers and (value["unit"], value["end"]) == ("code_points", "exclusive")
    assert validate_others([path], fields_of(value)).clean
    path.write_text(json.dumps(record).replace("9", "90") + "\n")
    assert [finding.code for finding in validate_others([path], fields_of(value)).findings if finding.severity == "error"] == ["E202"]


AMBIGUOUS = {
    "two texts": ({"text": "a", "content": "b", "spans": [{"start": 0, "end": 1}]}, "ambiguous: text could be text or content; say where things are with --fields FILE, such as\n\ntext: text\nunit: code_points\n"),
    "two starts": ({"text": "a", "spans": [{"start": 0, "begin": 0, "end": 1}]}, "ambiguous: spans: start could be start or begin; say"),
    "two strings": ({"text": "a", "spans": [[0, 1, "PER", "a"]]}, "ambiguous: spans: the label could be at position 2 or 3; say"),
    "three numbers": ({"text": "a", "spans": [[0, 1, 7]]}, "ambiguous: spans: start and end could be any two of the positions 0, 1, 2; say"),
    "a row a span": ({"doc_id": "a", "start": 0, "end": 1}, "each record is one span, not a text with its spans: name the file of the texts here and this one in the fields file; say"),
    "tokens": ({"text": "a b", "tokens": ["a", "b"], "ner_tags": [0, 1]}, "no list of spans with a start and an end was found; the keys are text, tokens, ner_tags; say"),
    "no text": ({"title": 5, "spans": [{"start": 0, "end": 1}]}, "no text was found; the keys are title, spans; say"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_is_ambiguous_is_asked_with_a_file_to_start_from(folder: Path, name: str, run: Run) -> None:  # noqa: F811
    record, expected = AMBIGUOUS[name]
    (folder / "a.jsonl").write_text(json.dumps(record) + "\n")
    for words in (("--guess-fields",), ("--schema", "schema.json")):
        done = run("validate", *words, "a.jsonl", cwd=folder)
        assert done.returncode == 2 and f"sisipan: error: a.jsonl: {expected}" in done.stderr
    (folder / "fields.yaml").write_text(done.stderr.split("\n\n", 1)[1])
    assert run(*COMMAND, cwd=folder).returncode in (0, 1, 2)


def test_the_guess_is_told_and_can_be_used(folder: Path, run: Run) -> None:  # noqa: F811
    done = run("validate", "--schema", "schema.json", "a.jsonl", cwd=folder)
    assert done.returncode == 0 and "fields guessed (say otherwise with --fields):\n\nid: id\ntext: text\n" in done.stderr
    (folder / "fields.yaml").write_text(run("validate", "--guess-fields", "a.jsonl", cwd=folder).stdout)
    again = run(*COMMAND, cwd=folder)
    assert (again.returncode, again.stdout.replace("fields.yaml", "a.jsonl")) == (0, done.stdout)


def test_names_and_values_cannot_drive_the_terminal(folder: Path, run: Run) -> None:  # noqa: F811
    evil = "\x1b[31m\u202e"
    (folder / "a.jsonl").write_text(json.dumps({"id": evil, "text": evil, evil: [{"start": 0, "end": 99, evil: 1}]}) + "\n")
    for words in (("--schema", "schema.json"), ("--guess-fields",)):
        done = run("validate", *words, "a.jsonl", cwd=folder)
        assert "\x1b" not in done.stdout + done.stderr and "\u202e" not in done.stdout + done.stderr


def test_an_unknown_kind_of_file_is_refused(folder: Path, run: Run) -> None:  # noqa: F811
    (folder / "a.csv").write_text("x")
    assert run(*COMMAND[:-1], "a.csv", cwd=folder).stderr.endswith("a.csv: expected JSON lines (.jsonl, .ndjson, .json, also .gz or .zst) or Parquet (.parquet)\n")
    with pytest.raises(SisipanError, match=r"expected JSON lines"):
        guess([folder])


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4) | st.sampled_from(["a", 0, 5, -1, 2**63, "\ud800", "é🙏"])
keys = st.sampled_from(["id", "text", "spans", "start", "end", "label", "surface", "head", "sha", "split"])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=12)
LAYERS = (
    {"shape": "objects", "path": "spans", "start": "start", "end": "end", "label": "label", "surface": "surface", "id": "id", "labels": ["a"], "overlap": "forbidden", "order": "start", "references": {"head": "x"}},
    {"shape": "lists", "path": "spans", "start": 0, "end": 1, "label": 2, "surface": 3, "overlap": "forbidden", "order": "start"},
    {"shape": "columns", "path": "spans", "start": "start", "end": "end", "label": "label", "id": "id"},
    {"shape": "objects", "path": "spans", "start": "head.start", "end": "head.end", "references": {"label": {"layer": "x", "by": "index"}}},
    {"shape": "table", "document": "id", "start": "start", "end": "end", "surface": "surface", "order": "start", "overlap": "forbidden"},
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.dictionaries(keys, values, max_size=6), min_size=1, max_size=4), st.sampled_from(LAYERS), st.sampled_from(["code_points", "utf-16", "bytes"]), st.sampled_from(["exclusive", "inclusive"]))
def test_whatever_a_record_holds_nothing_is_raised(records: list[dict], layer: dict, unit: str, end: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, schema = Path(name) / "a.jsonl", Path(name) / "s.json"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        schema.write_text('{"properties": {"spans": {"items": {"oneOf": [{"required": ["start"]}, {"type": "array", "minItems": 2}]}}, "id": {"type": "string", "minLength": 1}}, "additionalProperties": {"not": {"type": "null"}}}')
        layer = {**layer, "file": str(path), "schema": str(schema)} if layer["shape"] == "table" else layer
        fields = fields_of({"id": "id", "text": "text", "text_sha256": "sha", "split": "split", "unit": unit, "end": end, "layers": {"x": layer}})
        as_text(validate_others([path], fields, schema))
        with contextlib.suppress(SisipanError):
            guess([path])


def test_parquet_is_read_as_json_would_have_it(tmp_path: Path) -> None:
    features = {"e": {"feature": {"a": {"dtype": "int64", "_type": "Value"}, "l": {"names": ["PER", "ORG"], "_type": "ClassLabel"}}, "_type": "Sequence"}, "l": {"names": ["x", "y"], "_type": "ClassLabel"}}
    texts = pa.array([b"Halo", b"\xff"], pa.binary()).view(pa.string())
    columns = {
        "t": texts,
        "when": pa.array([datetime.date(2020, 1, 2), None]),
        "d": pa.array([decimal.Decimal("1.50"), decimal.Decimal("2.00")]),
        "m": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
        "b": [b"teks", b"\xff"],
        "e": pa.array([{"a": [1, 2], "l": [0, 7]}, None]),
        "l": [1, None],
    }
    table = pa.table(columns).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, tmp_path / "a.parquet")
    first, second = read_rows(tmp_path / "a.parquet")
    assert first.value == {"t": "Halo", "when": "2020-01-02", "d": 1.5, "m": [["k", 1]], "b": "teks", "e": {"a": [1, 2], "l": ["PER", 7]}, "l": "y"}
    assert second.value is None and [(problem.kind, problem.line) for problem in second.problems] == [("not-utf8", 2)]


def test_what_a_record_says_passes_for_no_line_of_ours(folder: Path, run: Run) -> None:
    text = json.dumps(RECORD).replace('"end": 9', '"end": 8').replace('"Budi"', '"Budi\\n##[error]x"')
    (folder / "a.jsonl").write_text(text.replace('"a"', '"a\\n##[error]y"') + "\n", "utf-8")
    said = run(*COMMAND, cwd=folder).stdout
    assert "u0023#[error]" in said and "##[error]" not in said
