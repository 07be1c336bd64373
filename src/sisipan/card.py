"""The YAML front matter of README.md, which makes the folder a dataset that `load_dataset` reads without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import yaml

from sisipan.columns import yaml_feature
from sisipan.manifest import data_path
from sisipan.schemas import Schemas

_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class _Dumper(yaml.SafeDumper):
    """Indents lists, and quotes versions, so that no reader takes 0.1 for a number."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


class _Quoted(str):
    pass


_Dumper.add_representer(_Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"'))


def size_category(count: int) -> str:
    """The size class that the Hugging Face Hub has for a number of rows."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if count < limit:
            return name
    return "1M<n<10M"


def card_metadata(version: str, license_: str, schemas: Schemas, tables: Mapping[tuple[str, str], pa.Table], sizes: Mapping[str, int]) -> dict[str, Any]:
    """The front matter as a dict. `sizes` gives the bytes of each file by its path in the release."""
    configs, info = [], []
    for number, (config, fields) in enumerate(schemas.configs.items()):
        splits = [split for name, split in tables if name == config]
        if not splits:
            continue
        files = [{"split": split, "path": data_path(config, split)} for split in splits]
        default = {"default": True} if number == 0 else {}
        configs.append({"config_name": config, **default, "version": _Quoted(version), "data_files": files})
        held = {split: tables[config, split] for split in splits}
        info.append(
            {
                "config_name": config,
                "features": [yaml_feature(field) for field in fields],
                "splits": [{"name": split, "num_bytes": held[split].nbytes, "num_examples": held[split].num_rows} for split in splits],
                "download_size": sum(sizes[data_path(config, split)] for split in splits),
                "dataset_size": sum(table.nbytes for table in held.values()),
            }
        )
    return {
        "pretty_name": "Sisipan",
        "language": ["id"],
        "license": license_,
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "size_categories": [size_category(sum(table.num_rows for (config, _), table in tables.items() if config == "articles"))],
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition"],
        "tags": ["indonesian", "news", "spam-detection", "claim-detection", "check-worthiness", "stand-off-annotation", "croissant"],
        "configs": configs,
        "dataset_info": info,
    }


def with_front_matter(readme: str, metadata: Mapping[str, Any]) -> str:
    """README with its front matter written anew, the rest as it is."""
    front = yaml.dump(dict(metadata), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{front}---\n" + _FRONT.sub("", readme, count=1)
