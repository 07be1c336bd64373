"""Loading script for people who need a builder: `load_dataset` on the folder itself needs none.

An importable `ArrowBasedBuilder` in every version of datasets, and a script for versions up to 3.6:

    SisipanDataset(config_name="entities", data_dir="path/to/clone").download_and_prepare()
    load_dataset("path/to/clone/scripts/sisipan_dataset.py", "entities", trust_remote_code=True)
"""

import json
import os

import datasets
import pyarrow.parquet as pq

CONFIGS = ("articles", "entities", "claims", "spam", "ner", "sentences")


class SisipanDataset(datasets.ArrowBasedBuilder):
    """Reads the Parquet files that `data/manifest.json` lists; features are those in their metadata."""

    BUILDER_CONFIGS = [datasets.BuilderConfig(name=name) for name in CONFIGS]
    DEFAULT_CONFIG_NAME = "articles"

    def _root(self):
        if self.config.data_dir:
            return self.config.data_dir
        beside = self.base_path or os.path.dirname(os.path.abspath(__file__))
        return os.path.join(beside, "..")

    def _manifest(self):
        path = os.path.join(self._root(), "data", "manifest.json")
        if not os.path.isfile(path):
            raise FileNotFoundError(f"{path}: no release here; give the folder of the clone as data_dir")
        with open(path, encoding="utf-8") as handle:
            return json.load(handle)

    def _files(self):
        root = self._root()
        entries = self._manifest()["files"]
        return {e["split"]: os.path.join(root, e["path"]) for e in entries if e["config"] == self.config.name}

    def _info(self):
        schema = pq.read_schema(next(iter(self._files().values())))
        self.config.version = datasets.Version(self._manifest()["version"])
        return datasets.DatasetInfo(
            features=datasets.Features.from_arrow_schema(schema),
            version=self.config.version,
        )

    def _split_generators(self, dl_manager):
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"path": os.path.abspath(path)})
            for split, path in self._files().items()
        ]

    def _generate_tables(self, path):
        parquet = pq.ParquetFile(path)
        for number in range(parquet.num_row_groups):
            yield number, parquet.read_row_group(number)
