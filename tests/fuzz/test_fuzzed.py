"""Inputs that once failed, a few hundred new ones of every kind, and time that grows no faster than the input."""

from __future__ import annotations

import ast
import gzip
import io
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from targets import TARGETS, World, close, one  # noqa: E402

from sisipan import releases  # noqa: E402
from sisipan.errors import SisipanError  # noqa: E402

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
KEPT = sorted(path for path in (HERE / "regressions").rglob("*") if path.is_file())
FEW = {"tagger": 5, "arrow": 5, "release": 4, "sources-retired": 4, "sources-text": 8, "sources-document": 8, "parquet": 20, "rows": 15}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(Path(tempfile.mkdtemp(prefix="sisipan-fuzz-")))
    yield made
    close(made)


def read(world: World, name: str, data: bytes) -> None:
    try:
        TARGETS[name].read(world, data)
    except SisipanError:
        pass


@pytest.mark.parametrize("path", KEPT, ids=[f"{path.parent.name}/{path.name}" for path in KEPT])
def test_what_once_failed(world: World, path: Path) -> None:
    read(world, path.parent.name, path.read_bytes())


@pytest.mark.parametrize("name", list(TARGETS))
def test_inputs_of_a_seed(world: World, name: str) -> None:
    for number in range(FEW.get(name, 40)):
        read(world, name, one(world, name, 20261126, number))


def _regexes() -> Iterator[tuple[str, str, int, str]]:
    """Every pattern that the package writes out and holds against texts of others, with its place, flags and the function that applies it; and the patterns of the schemas."""
    flags = {"IGNORECASE": re.IGNORECASE, "DOTALL": re.DOTALL, "MULTILINE": re.MULTILINE}
    for path in sorted((REPOSITORY / "src").rglob("*.py")):
        if "training" in path.parts:  # reads the corpus alone
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args:
                named = {one.attr for word in [*node.args[1:], *(keyword.value for keyword in node.keywords)] for one in ast.walk(word) if isinstance(one, ast.Attribute)}
                try:
                    pattern = ast.literal_eval(node.args[0])
                except ValueError:  # put together when it runs
                    continue
                if isinstance(pattern, str):
                    yield f"{path.name}:{node.lineno}", pattern, sum(value for name, value in flags.items() if name in named), node.func.attr
    for path in sorted((REPOSITORY / "schema").glob("*.json")):
        found = re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', path.read_text("utf-8"))
        yield from ((f"{path.name}: {pattern}", json.loads(pattern), 0, "search") for pattern in found)


def _assembled() -> Iterator[tuple[str, str, int, str]]:
    from sisipan.segment import _WORD
    from sisipan.tag.innocent import stem_pattern
    from sisipan.tag.words import _APART, _LINE, _TAG, _TOKEN

    for name, pattern in (("words._TOKEN", _TOKEN), ("words._LINE", _LINE), ("words._TAG", _TAG), ("words._APART", _APART), ("innocent.stem_pattern", stem_pattern()), ("segment._WORD", _WORD)):
        yield name, pattern.pattern, pattern.flags, "finditer"


# quadratic in principle, but held against single words, which are cut at so many characters, and against paths
BOUNDED = {r"\d+$": 64, r"(?:.*/)?(?:corpus/[^/]+\.txt|annotations/[^/]+/[^/]+\.json)": 4096}
PUMPS = ("a", "1", " ", "\n", "-", ".", "a.", "a-", "<", "<a", "[", "[url", "a ", "1.", "\\", "http://", "@a", "&a", "a\n", "---\n", "x_", "s l o t ", "é", "\u200b", '"', "[a|", "|", "0-", "a1", "(", "style=")


def _seconds(pattern: re.Pattern[str], act: str, text: str) -> float:
    best = 1e9
    for _ in range(2):
        began = time.process_time()
        if act in ("match", "fullmatch", "search"):
            getattr(pattern, act)(text)
        else:
            for _ in pattern.finditer(text):
                pass
        best = min(best, time.process_time() - began)
        if best < 0.1:
            break
    return best


@pytest.mark.parametrize(("place", "pattern", "flags", "act"), [pytest.param(*one, id=one[0]) for one in (*_regexes(), *_assembled())])
def test_no_regex_is_slow_on_any_pumped_text(place: str, pattern: str, flags: int, act: str) -> None:
    compiled = re.compile(pattern, flags)
    for pump in PUMPS:
        spent = _seconds(compiled, act, (pump * 40_000)[: BOUNDED.get(pattern, 40_000)] + "\0!")
        assert spent < 0.4, f"{place}: {spent:.2f} s for 40,000 characters of {pump!r}: {pattern[:80]}"  # linear ones take a few ms


def _bomb(rows: int, text: str) -> bytes:
    """A small Parquet file whose rows are all one long text."""
    sink = io.BytesIO()
    table = pa.table({"id": pa.array(["a"] * rows), "text": pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text])).cast(pa.dictionary(pa.int32(), pa.string()))})
    pq.write_table(table.cast(pa.schema([("id", pa.string()), ("text", pa.dictionary(pa.int32(), pa.string()))])), sink, compression="zstd", store_schema=False)
    return sink.getvalue()


def test_a_parquet_file_that_grows_beyond_bounds_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    path.write_bytes(_bomb(2_000, "a" * 3_000_000))  # six gigabytes
    assert path.stat().st_size < 1_000_000
    result = releases.validate_parquet(path, tmp_path)
    assert any(finding.code == "E601" and "grow beyond" in finding.message for finding in result.findings)


def test_a_line_that_unpacks_beyond_bounds_is_refused(world: World) -> None:
    from sisipan.rowfiles import LONGEST_LINE
    from sisipan.runner import Settings, convert_to

    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as out:
        for _ in range(LONGEST_LINE // (1 << 20) + 2):
            out.write(b"a" * (1 << 20))
    packed.seek(0)
    with pytest.raises(SisipanError, match="line 1 is longer than"):
        convert_to(packed, world.scratch / "o.jsonl.gz", "jsonl", "o.jsonl.gz", Settings("tag"))
