"""Other people's corpora: the page's two shapes with their slips, random spans in every shape and unit, hostile schemas and files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY, Done
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan.foreign import fields_of, read_fields, validate_others
from sisipan.foreign.fields import fields_table
from sisipan.offsets import text_sha256
from sisipan.report import as_text, block

PAGE = (REPOSITORY / "docs/other-corpora.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(python|sh|text)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
Run = Callable[..., Done]


def do(language: str, code: str, folder: Path) -> str:
    """Standard output of a block of the page."""
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, code + done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str]]]:
    """The two corpora as the page writes them, before it spoils them; and what each text block says beside what was said."""
    folder, kept, said, last = tmp_path_factory.mktemp("page"), tmp_path_factory.mktemp("kept"), [], ""
    for language, code in BLOCKS:
        if language == "text":
            said.append((code, last))
            continue
        if code.startswith("python - <<"):
            shutil.copytree(folder, kept, dirs_exist_ok=True)
        last = do(language, code, folder)
    return kept, said


@pytest.fixture
def corpora(page: tuple[Path, list[tuple[str, str]]], tmp_path: Path) -> Path:
    """A copy of the two corpora, to be spoilt."""
    return Path(shutil.copytree(page[0], tmp_path / "corpora"))


def test_the_page_says_what_its_blocks_say(page: tuple[Path, list[tuple[str, str]]]) -> None:
    assert len(page[1]) == 5
    for shown, said in page[1]:
        assert shown == said


def test_the_page_has_the_keys_of_the_schema() -> None:
    assert f"<!-- generated: fields-file -->\n\n{fields_table()}\n<!-- /generated -->" in PAGE


def findings(folder: Path, name: str, severities: tuple[str, ...] = ("error", "warning")) -> list[str]:
    """The findings of one of the corpora, without the notes on what was not run."""
    with contextlib.chdir(folder):
        file, schema = {"messages": ("messages.jsonl", "messages.schema.json"), "recipes": ("recipes.parquet", "recipe.schema.json")}[name]
        result = validate_others([Path(file)], read_fields(Path(f"{name}.yaml")), Path(schema))
        as_text(result)
        return [block(finding) for finding in result.findings if finding.severity in severities]


@pytest.mark.parametrize("name", ["messages", "recipes"])
def test_the_corpora_are_clean(corpora: Path, name: str) -> None:
    assert findings(corpora, name) == []


# what replaces what in messages.jsonl (once), and what must be said
MESSAGES = {
    "end beyond the text": ("[46, 51,", "[46, 151,", "messages.jsonl:2:125: error E202 range [m2 #2 46:151]\n  end 151 lies beyond the text, which has 52 UTF-16 units; it stands at 46:51"),
    "half a pair": ("[3, 19, ", "[1, 19, ", 'messages.jsonl:1:90: error E202 range [m1 #1 1:19]\n  1:19 cuts a character in two, counted in UTF-16 units; it stands at 3:19'),
    "backwards": ("[46, 51,", "[51, 46,", "messages.jsonl:2:125: error E202 range [m2 #2 51:46]\n  start 51 is not before end 46; it stands at 46:51"),
    "before the text": ("[0, 8,", "[-1, 8,", "messages.jsonl:2:96: error E202 range [m2 #1 -1:8]\n  start -1 lies before the text; it stands at 0:8"),
    "white space": ('[46, 51, "TEMPAT", "Wates"', '[45, 51, "TEMPAT", " Wates"', 'messages.jsonl:2:125: error E204 untrimmed [m2 #2 45:51]\n  " Wates" starts or ends with white space; trim it'),
    "order": ('[0, 8, "ORANG", "Pak Wira"], [46, 51, "TEMPAT", "Wates"]', '[46, 51, "TEMPAT", "Wates"], [0, 8, "ORANG", "Pak Wira"]', "messages.jsonl:2:125: error E207 unsorted [m2 #2 0:8]\n  stands after #1 46:51; sort the layer by start"),
    "id twice": ('"no": "m2"', '"no": "m1"', 'messages.jsonl:2:8: error E401 duplicate-article [m1]\n  the id "m1" is taken by messages.jsonl:1; give it another'),
    "carriage return": ("Pak Wira 🙏", "Pak Wira\\r🙏", "messages.jsonl:2:30: error E103 carriage-return [m2]\n  at code point 8: carriage return (1 in the text); save the file with line feeds only"),
    "NUL": ("lengkap.", "lengkap.\\u0000", "messages.jsonl:3:30: error E104 nul [m3]\n  at code point 38: NUL character (1 in the text); remove it"),
    "lone surrogate": ("lengkap.", "lengkap.\\ud83d", "messages.jsonl:3:30: error E105 lone-surrogate [m3]\n  at code point 38: lone surrogate U+D83D; restore the character it was half of"),
    "decomposed": ("lengkap.", "le\\u0301ngkap.", 'messages.jsonl:3:30: error E102 not-nfc [m3]\n  at code point 31: from "e\u0301ng" on, the text is not in NFC; save it normalised, then count the offsets anew'),
    "no JSON": ('{"no": "m3"', '{"no": m3"', "messages.jsonl:3:8: error E009 json-syntax\n  not JSON: expected a value"),
    "key twice": ('{"no": "m3"', '{"no": "m3", "no": "m4"', "messages.jsonl:3:14: error E010 duplicate-key\n  the key 'no' stands twice in its object; keep one"),
    "a float": ("[46, 51,", "[46.0, 51,", "messages.jsonl:2:125: error E701 field-mismatch [m2 #2]\n  start is 46.0, not an integer"),
    "no list": ('"label": []', '"label": {}', "messages.jsonl:3:82: error E101 schema [m3]\n  {} is not of type array\nmessages.jsonl:3:82: error E701 field-mismatch [m3]\n  label is {}, not a list of spans"),
    "no id": ('"no": "m3", ', "", 'messages.jsonl:3:1: error E101 schema\n  the field "no" is missing'),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_slip_in_nested_lists_is_told_exactly(corpora: Path, name: str) -> None:
    old, new, expected = MESSAGES[name]
    path = corpora / "messages.jsonl"
    content = path.read_text("utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), "utf-8")
    assert "\n".join(findings(corpora, "messages")) == expected


def spoil(path: Path, row: int, **values: object) -> None:
    """Other values in a row of a Parquet file."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[row] |= values
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


BOILED, EDITED = "Rebus 500 gram daging, lalu saring kaldunya.", "Rebus 500 gram daging, lalu saring kaldunya!"
# file, row, what is written there, and what must be said
RECIPES = {
    "moved by one": ("recipe-spans", 4, {"awal": 8, "akhir": 20}, 'recipe-spans.parquet:5:1: error E203 quote-mismatch [r3 1 8:20]\n  text is "bawang goreng" but the record has "awang goreng;"; it stands at 7:19'),
    "inside a character": ("recipe-spans", 5, {"awal": 32}, "recipe-spans.parquet:6:1: error E202 range [r3 2 32:44]\n  32:44 cuts a character in two, counted in bytes; it stands at 33:44"),
    "overlap": ("recipe-spans", 3, {"awal": 10, "kutipan": "gram daging"}, "recipe-spans.parquet:4:1: error E206 overlap [r2 2 10:20]\n  overlaps 1 6:13 of the same layer; keep one, or cut one short"),
    "id twice": ("recipe-spans", 5, {"urut": 1}, "recipe-spans.parquet:6:1: error E205 duplicate-id [r3 1 33:44]\n  the id 1 is taken by an earlier span of bits; give it another"),
    "label": ("recipe-spans", 2, {"jenis": "Takaran"}, 'recipe-spans.parquet:3:1: error E704 unknown-label [r2 1 6:13]\n  "Takaran" is not one of tempat, porsi, takaran, bahan, cara'),
    "no document": ("recipe-spans", 4, {"kode": None}, "recipe-spans.parquet:5:1: error E701 field-mismatch\n  no document at kode"),
    "schema of the table": ("recipe-spans", 0, {"awal": None}, "recipe-spans.parquet:1:1: error E101 schema [r1 1]\n  None is not of type integer\nrecipe-spans.parquet:1:1: error E701 field-mismatch [r1 1]\n  no start at awal"),
    "edited text": ("recipes", 1, {"naskah": EDITED}, f"recipes.parquet:2:1: error E108 hash-mismatch [r2]\n  the hash is {text_sha256(BOILED)[:12]}… but the text has {text_sha256(EDITED)[:12]}…; the text was edited since, or hashed in another form"),
    "text of another split": ("recipes", 2, {"naskah": BOILED}, "recipes.parquet:3:1: error E407 near-duplicate-across-splits [r3]\n  the text is, to the letter, that of r2 (recipes.parquet:2), which is in latih, not uji"),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_slip_in_flat_tables_is_told_exactly(corpora: Path, name: str) -> None:
    file, row, values, expected = RECIPES[name]
    spoil(corpora / f"{file}.parquet", row, **values)
    found = findings(corpora, "recipes")
    if "E407" in expected:  # its spans and its hash are wrong, too
        found = [one for one in found if "E407" in one]
    assert "\n".join(found) == expected


WORDS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff", categories=("L", "N", "P", "S", "Zs")) | st.sampled_from("a \n🙏é–𝒮"), max_size=30).map(lambda text: unicodedata.normalize("NFC", text)), min_size=1, max_size=4, unique=True)
SHAPES = ("objects", "lists", "columns", "table")


@st.composite
def corpus(draw: st.DrawFn) -> tuple[list[str], list[list[tuple[int, int]]]]:
    """Texts, and for each the ranges of some trimmed spans in code points."""
    texts = draw(WORDS)
    spans = []
    for text in texts:
        ranges = draw(st.sets(st.tuples(st.integers(0, max(len(text) - 1, 0)), st.integers(1, max(len(text), 1))), max_size=4))
        spans.append(sorted((start, end) for start, end in ranges if start < end <= len(text) and text[start:end] == text[start:end].strip()))
    return texts, spans


def counted(text: str, start: int, end: int, unit: str, inclusive: bool) -> tuple[int, int]:
    """A range as another corpus counts it, by way of encodings alone."""
    encode = {"code_points": lambda part: len(part), "utf-16": lambda part: len(part.encode("utf-16-le")) // 2, "bytes": lambda part: len(part.encode())}[unit]
    return encode(text[:start]), encode(text[:end]) - inclusive


def written(folder: Path, texts: list[str], spans: list[list[tuple[int, int]]], shape: str, parquet: bool) -> tuple[Path, dict]:
    """The corpus in a shape; spans are written as they are given. Returns its file and the layer of its fields file."""
    rows = [{"id": f"d{n}", "text": text} for n, text in enumerate(texts)]
    layer = {"shape": shape, "path": "spans", "start": "a", "end": "b", "surface": "w"}
    flat = []
    for row, marks in zip(rows, spans):
        if shape == "objects":
            row["spans"] = [{"a": a, "b": b, "w": w} for a, b, w in marks]
        elif shape == "lists":
            row["spans"] = [list(mark) for mark in marks]
        elif shape == "columns":
            row["spans"] = {"a": [a for a, _, _ in marks], "b": [b for _, b, _ in marks], "w": [w for _, _, w in marks]}
        flat += [{"d": row["id"], "a": a, "b": b, "w": w} for a, b, w in marks]
    if shape == "lists":
        layer |= {"start": 0, "end": 1, "surface": 2}
        parquet = False  # Parquet knows no list of unlike values
    if shape == "table":
        del layer["path"]
        layer |= {"file": str(write_rows(folder / "spans", flat, parquet and bool(flat))), "document": "d"}
    return write_rows(folder / "texts", rows, parquet), layer


def write_rows(path: Path, rows: list[dict], parquet: bool) -> Path:
    """Rows as Parquet or as JSON lines."""
    if parquet:
        pq.write_table(pa.Table.from_pylist(rows), path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path.with_suffix(".jsonl")


@settings(max_examples=200, deadline=None)
@given(corpus(), st.sampled_from(SHAPES), st.sampled_from(("code_points", "utf-16", "bytes")), st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_whatever_the_shape_right_spans_are_clean_and_a_moved_one_is_found(made: tuple, shape: str, unit: str, inclusive: bool, parquet: bool, random: Random) -> None:
    texts, ranges = made
    spans = [[(*counted(text, a, b, unit, inclusive), text[a:b]) for a, b in marks] for text, marks in zip(texts, ranges)]
    with tempfile.TemporaryDirectory() as name:
        file, layer = written(Path(name), texts, spans, shape, parquet)
        fields = {"id": "id", "text": "text", "unit": unit, "end": "inclusive" if inclusive else "exclusive", "layers": {"spans": layer}}
        result = validate_others([file], fields_of(fields))
        problems = [block(finding) for finding in result.findings if finding.severity == "error" and "no span has" not in finding.message]
        if not any(spans):  # then nothing is there that the fields file names
            problems = [problem for problem in problems if "E701" not in problem and "E004" not in problem]
        assert problems == []
        place = [(n, m) for n, marks in enumerate(spans) for m in range(len(marks))]
        if not place:
            return
        n, m = random.choice(place)
        a, b, surface = spans[n][m]
        moved = random.choice([(a + 1, b), (a - 1, b), (a, b + 1), (a, b - 1), (a + 1, b + 1)])
        spans[n][m] = (*moved, surface)
        file, layer = written(Path(name), texts, spans, shape, parquet)
        result = validate_others([file], fields_of(fields))
        errors = [finding for finding in result.findings if finding.code in ("E202", "E203")]
        if any(finding.article != f"d{n}" for finding in errors) or not errors:
            # moving both ends by one may land on the same words: then, and only then, nothing is wrong
            assert not errors and moved == (a + 1, b + 1) and surface == surface[:1] * len(surface)
        assert all(finding.line == (sum(map(len, spans[:n])) + m if shape == "table" else n) + 1 for finding in errors)
