"""Random damage to the sources: always findings or a clean run, never an exception."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY, copy_base
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sisipan.anchor import anchor_document
from sisipan.releases import validate_parquet
from sisipan.report import as_text
from sisipan.schemas import load_schemas
from sisipan.tables import from_table
from sisipan.validate import validate_sources

GOLD = "annotations/gold/banjir-demak.json"
TEXT = "corpus/banjir-demak.txt"
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["e1", "e1\n", "PER", "slot", "0000-01-01", "\x1cx", 0, 5, 165, -1, 2**63, 6.0])
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["id", "start", "end", "text", "label", "speaker", "cue", "exact"]), v, max_size=4), max_leaves=6)


@st.composite
def damaged(draw: st.DrawFn, base: dict) -> dict:
    """A document with some of its values replaced, removed or doubled."""
    document = json.loads(json.dumps(base))
    for _ in range(draw(st.integers(1, 4))):
        node, key = document, draw(st.sampled_from(list(document)))
        while draw(st.booleans()) and isinstance(node[key], (dict, list)) and node[key]:
            node = node[key]
            key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        act = draw(st.sampled_from(["replace", "remove", "append"]))
        if act == "append" and isinstance(node[key], list):
            node[key].append(draw(values))
        elif act == "remove" and len(node) > 1:
            del node[key]
            if node is document and not document:
                break
        else:
            node[key] = draw(values)
    return document


BASE = json.loads((Path(__file__).parent / "base" / GOLD).read_bytes())
ROOT = copy_base(Path(tempfile.mkdtemp(prefix="sisipan-fuzz-")) / "c")
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(damaged(BASE))
def test_damaged_documents(document: dict) -> None:
    (ROOT / GOLD).write_text(json.dumps(document), "utf-8")
    result = validate_sources(ROOT, [ROOT / GOLD])
    as_text(result)
    if json.dumps(document) != json.dumps(BASE):  # 6.0 equals 6 in Python, but is no offset
        assert result.findings


SCHEMAS = load_schemas()
ARTICLE = {name: value[:2] if isinstance(value, list) else value for name, value in from_table(SCHEMAS.configs["articles"], pq.read_table(REPOSITORY / "data/articles/test.parquet").slice(0, 1))[0].items()}


@settings(parent=many, max_examples=1000)
@given(damaged(BASE).map(lambda one: ("document", one)) | damaged(ARTICLE).map(lambda one: ("article", one)))
def test_what_is_certainly_valid_has_no_error(damage: tuple[str, dict]) -> None:
    name, value = damage
    if SCHEMAS.certainly_valid(name, value):
        assert list(SCHEMAS.validators[name].iter_errors(value)) == []


@pytest.mark.parametrize("published", ["0000-01-01", "2026-02-30", "2026-13-01", "2026-01-01\n", "٢٠٢٦-٠١-٠١"])
def test_no_date_is_certain_that_is_none(published: str) -> None:
    assert SCHEMAS.certainly_valid("article", ARTICLE) and not SCHEMAS.certainly_valid("article", ARTICLE | {"published": published})
    assert not SCHEMAS.certainly_valid("article", ARTICLE | {"brands": ["\x1cgacor"]})


@many
@given(damaged(BASE))
def test_anchoring_a_damaged_document_raises_nothing(document: dict) -> None:
    anchor_document("Banjir Demak Meluas, kata Tirta", document)


@many
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3), st.integers(0, 5)), min_size=1, max_size=4), st.sampled_from([GOLD, TEXT]))
def test_damaged_bytes(edits: list[tuple[float, bytes, int]], path: str) -> None:
    whole = (Path(__file__).parent / "base" / path).read_bytes()
    data = whole
    for place, inserted, removed in edits:
        at = int(place * len(data))
        data = data[:at] + inserted + data[at + removed :]
    (ROOT / path).write_bytes(data)
    try:
        as_text(validate_sources(ROOT, [ROOT / path]))
    finally:
        (ROOT / path).write_bytes(whole)


@many
@given(st.binary(max_size=60), st.floats(0, 1))
def test_damaged_parquet(inserted: bytes, place: float) -> None:
    from sisipan.build import build

    if not (ROOT / "data").exists():
        (ROOT / GOLD).write_bytes((Path(__file__).parent / "base" / GOLD).read_bytes())
        build(ROOT)
    data = (ROOT / "data/claims/train.parquet").read_bytes()
    at = int(place * len(data))
    path = ROOT / "broken.parquet"
    path.write_bytes(data[:at] + inserted + data[at + len(inserted) :])
    as_text(validate_parquet(path, ROOT))
