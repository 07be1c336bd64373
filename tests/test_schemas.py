"""The JSON Schema is the single definition: what is generated from it changes with it."""

from __future__ import annotations

import ast
import dataclasses
import json
import shutil
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from sisipan import model
from sisipan.anchor import _LAYER_KEYS
from sisipan.build import build, compose
from sisipan.columns import arrow_column, arrow_schema, decode, hf_features
from sisipan.errors import SisipanError
from sisipan.schemas import SPAN_SCHEMAS, load_schemas


def test_an_offset_is_no_float_anywhere_in_a_document() -> None:
    span = {"id": "e1", "start": 0.0, "end": 4, "text": "Kota", "label": "GPE"}
    document = {"article": "a", "text_sha256": "0" * 64, "entities": [span], "claims": [], "spam": []}
    assert [error.json_path for error in load_schemas().validators["document"].iter_errors(document)] == ["$.entities[0].start"]


def test_model_has_the_fields_of_the_schema_in_their_order() -> None:
    schemas = load_schemas()
    for cls, name in ((model.Article, "article"), (model.Entity, "entity"), (model.Claim, "claim"), (model.Spam, "spam")):
        assert [f.name for f in dataclasses.fields(cls)] == list(schemas.documents[name]["properties"])
    assert {layer: list(keys) for layer, keys in _LAYER_KEYS.items()} == {layer: list(schemas.documents[name]["properties"]) for layer, name in SPAN_SCHEMAS.items()}


def test_a_label_added_to_the_schema_is_in_every_generated_thing(root: Path) -> None:
    (root / "DATASHEET.md").write_text("<!-- generated: fields -->\n<!-- /generated -->\n")
    before = compose(root)[0]
    path = root / "schema/entity.schema.json"
    path.write_text(path.read_text("utf-8").replace('"CRD", ', '"CRD", "XYZ", '), "utf-8")
    build(root)
    after = compose(root)[0]
    tags = {"ner": "ner_tags", "entities": "label"}
    for config, column in tags.items():
        stored = pq.read_schema(root / f"data/{config}/train.parquet")
        features = datasets.Features.from_arrow_schema(stored)
        feature = features[column] if config == "entities" else features[column].feature
        assert any("XYZ" in name for name in feature.names), config
    card = yaml.safe_load(after["README.md"].decode().split("---\n")[1])
    named = {info["config_name"]: json.dumps(info) for info in card["dataset_info"]}
    assert all("XYZ" in named[config] for config in ("articles", "entities", "ner"))
    for path in ("README.md", "croissant.json", "DATASHEET.md", "data/manifest.json", "data/articles/train.parquet", "data/entities/train.parquet", "data/ner/train.parquet"):
        assert before[path] != after[path], path
    assert "XYZ" in after["croissant.json"].decode() and "XYZ" in after["DATASHEET.md"].decode()


def test_features_agree_with_datasets_own_reading() -> None:
    for config, fields in load_schemas().configs.items():
        ours = datasets.Features.from_dict(hf_features(fields))
        assert ours.arrow_schema.remove_metadata().equals(arrow_schema(fields).remove_metadata()), config


def test_the_card_gives_the_same_features_as_the_files(root: Path) -> None:
    build(root)
    loaded = datasets.load_dataset_builder(str(root), "claims", cache_dir=str(root / "cache"))
    fields = load_schemas().configs["claims"]
    assert loaded.info.features == datasets.Features.from_dict(hf_features(fields))


def test_a_value_comes_back_from_its_column() -> None:
    fields = {f.name: f for f in load_schemas().configs["claims"]}
    for value, field in (("cause", "label"), ({"start": 1, "end": 2}, "speaker"), (None, "speaker"), (None, "claimant"), (True, "checkworthy")):
        assert decode(arrow_column([value], fields[field])[0].as_py(), fields[field]) == value


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"type": 5}'])
def test_a_broken_schema_file_is_named(tmp_path: Path, repository: Path, content: bytes) -> None:
    shutil.copytree(repository / "schema", tmp_path / "schema")
    (tmp_path / "schema/claim.schema.json").write_bytes(content)
    with pytest.raises(SisipanError, match=r"claim\.schema\.json: not a JSON Schema"):
        load_schemas(tmp_path / "schema")


ORDER = (
    "errors aside offsets ranges model positions frontmatter schemas columns store rowfiles splits quotes reanchor anchor history adjudicate segment tables manifest journal shingles findings checks results remembered fast wholes linefiles tablefiles releases sourcefiles validate foreign selection remap fixes known mended workspace report sarif jobsummary formats "
    "keywords figures card croissant build linetables load views reader convert explore rehydrate diff show score scoreboard agreement signs publish curve crossval audit baselines tag counts runner jobs engines cli"
).split()


def test_each_module_imports_only_from_those_before_it(repository: Path) -> None:
    source = repository / "src/sisipan"
    modules = {path.relative_to(source).parts[0].removesuffix(".py") for path in source.rglob("*.py")} - {"__init__", "__main__"}
    assert modules == set(ORDER)
    for path in source.rglob("*.py"):
        own = path.relative_to(source).parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("sisipan."):
                    other = name.split(".")[1]
                    assert ORDER.index(other) <= ORDER.index(own), f"{path}: {own} imports {other}"


def test_modules_are_short(repository: Path) -> None:
    for path in (repository / "src").rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 400, path


def test_arrow_types_are_what_every_version_of_datasets_reads() -> None:
    for fields in load_schemas().configs.values():
        for field in arrow_schema(fields):
            assert field.nullable
            assert "int32" not in str(field.type) and not pa.types.is_dictionary(field.type)
