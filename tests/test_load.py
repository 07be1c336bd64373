"""The release as other libraries read it, and the loading script."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import datasets
import duckdb
import mlcroissant
import pandas
import polars
import pytest

from sisipan.build import build
from sisipan.load import folder_reader, load_with_datasets, open_release, read_articles
from sisipan.errors import SisipanError
from sisipan.model import LAYERS
from sisipan.schemas import load_schemas


@pytest.fixture
def release(root: Path) -> Path:
    build(root)
    return root


def test_the_default_configuration_is_the_nested_record(release: Path, tmp_path: Path) -> None:
    loaded = datasets.load_dataset(str(release), cache_dir=str(tmp_path))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 1, "test": 1}
    row = loaded["train"][0]
    features = loaded["train"].features
    assert features["topic"].int2str(row["topic"]) == "disaster"
    assert row["published"].isoformat() == "2024-03-18"
    assert row["claims"][0]["speaker"] == {"start": 64, "end": 92} and row["claims"][1]["speaker"] is None
    assert [row["text"][s["start"] : s["end"]] for s in row["spam"]] == ["slot wangi", "Togel Tiga Rupa\n\nBy lelemerah"]
    assert loaded["test"].features["defects"].feature.int2str(loaded["test"][0]["defects"]) == ["glued_dateline"]


@pytest.mark.parametrize("config", ["entities", "claims", "spam", "ner", "sentences"])
def test_the_other_configurations(release: Path, tmp_path: Path, config: str) -> None:
    loaded = load_with_datasets(release, config, tmp_path)
    assert list(loaded["train"].features) == [field.name for field in load_schemas().configs[config]]
    assert loaded["train"][0]["article_id"] == "banjir-demak"


def test_pandas_polars_and_duckdb_read_the_same(release: Path) -> None:
    path = str(release / "data/spam/train.parquet")
    surfaces = ["slot wangi", "Togel Tiga Rupa\n\nBy lelemerah"]
    assert pandas.read_parquet(path)["text"].tolist() == surfaces
    assert polars.read_parquet(path)["text"].to_list() == surfaces
    assert [row[0] for row in duckdb.sql(f"select text from '{path}' order by start").fetchall()] == surfaces
    nested = polars.read_parquet(release / "data/articles/train.parquet")
    assert nested["claims"][0][0]["cue"] == {"start": 59, "end": 63}
    counted = duckdb.sql(f"select id, len(entities) from '{release}/data/articles/*.parquet' order by id").fetchall()
    assert counted == [("banjir-demak", 6), ("panen-garam", 3)]


def test_the_script_is_an_importable_builder(release: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(repository / "scripts")
    builder = importlib.import_module("sisipan_dataset").SisipanDataset(config_name="entities", data_dir=str(release), cache_dir=str(tmp_path))
    builder.download_and_prepare()
    assert str(builder.info.version) == "0.1.0"
    by_card = datasets.load_dataset(str(release), "entities", cache_dir=str(tmp_path / "card"))
    for split, rows in builder.as_dataset().items():
        assert rows.features == by_card[split].features and rows.to_list() == by_card[split].to_list()


def test_croissant_is_valid_and_each_record_set_loads(release: Path) -> None:
    dataset = mlcroissant.Dataset(str(release / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    sets = {record_set.id for record_set in dataset.metadata.record_sets}
    assert sets == {"articles", "entities", "claims", "spam", "ner", "sentences"}
    loaded = {name: list(dataset.records(name)) for name in sorted(sets)}
    assert {name: len(records) for name, records in loaded.items()} == {"articles": 2, "claims": 3, "entities": 9, "ner": 5, "sentences": 7, "spam": 2}
    assert loaded["spam"][0]["spam/text"] == b"slot wangi"


def test_croissant_hashes_are_those_of_the_manifest(release: Path) -> None:
    described = {o["@id"]: o["sha256"] for o in json.loads((release / "croissant.json").read_bytes())["distribution"] if "sha256" in o}
    manifest = {e["path"]: e["sha256"] for e in json.loads((release / "data/manifest.json").read_bytes())["files"]}
    assert described == manifest


def test_what_is_no_release_is_named(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(SisipanError, match="is .* a release"):
        read_articles(folder_reader(tmp_path), load_schemas())
    with pytest.raises(SisipanError, match="no data/manifest.json in this revision"):
        read_articles(open_release("no-such-revision", repository), load_schemas())


def test_spans_of_the_flat_tables_are_those_of_the_nested_one(release: Path) -> None:
    _, articles = read_articles(folder_reader(release), load_schemas())
    for layer in LAYERS:
        flat = [row for path in sorted((release / f"data/{layer}").glob("*.parquet"), reverse=True) for row in pandas.read_parquet(path).to_dict("records")]
        assert [(r["article_id"], r["id"], r["start"]) for r in flat] == [(a.id, s.id, s.start) for a in articles for s in getattr(a, layer)]
