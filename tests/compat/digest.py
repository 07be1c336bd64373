"""Print one digest of the features and rows that this version of datasets loads from a release folder.

Runs in any environment that has datasets; called with the folder, prints a line of JSON. Every way of loading must
give the same rows.
"""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile

CONFIGS = ("articles", "entities", "claims", "spam", "ner", "sentences")


def plain_feature(feature):
    """A feature in a spelling that no version changes."""
    kind = type(feature).__name__
    if kind == "ClassLabel":
        return ["label", list(feature.names)]
    if kind == "Value":
        return feature.dtype
    if kind in ("List", "LargeList", "Sequence"):
        return ["list", plain_feature(feature.feature)]
    if isinstance(feature, dict):
        return {key: plain_feature(value) for key, value in feature.items()}
    if isinstance(feature, (list, tuple)):
        return ["list", plain_feature(feature[0])]
    raise TypeError(kind)


def digest(splits):
    """Hash of the features and rows of a loaded configuration."""
    out = hashlib.sha256()
    for split in sorted(splits):
        rows = splits[split]
        out.update(json.dumps([str(split), plain_feature(dict(rows.features))], sort_keys=True).encode())
        for row in rows:
            out.update(json.dumps(row, sort_keys=True, default=str).encode())
    return out.hexdigest()


def by_card(datasets, folder, config):
    """As a user loads it: the card says everything."""
    return digest(datasets.load_dataset(folder, config))


def by_stream(datasets, folder, config):
    """Row by row, without a copy in the cache."""
    loaded = datasets.load_dataset(folder, config, streaming=True)
    out = hashlib.sha256()
    for split in sorted(loaded):
        features = plain_feature(dict(loaded[split].features))
        out.update(json.dumps([str(split), features], sort_keys=True).encode())
        for row in loaded[split]:
            out.update(json.dumps(row, sort_keys=True, default=str).encode())
    return out.hexdigest()


def by_builder(datasets, folder, config):
    """By the importable builder of the loading script."""
    spec = importlib.util.spec_from_file_location("sisipan_dataset", os.path.join(folder, "scripts", "sisipan_dataset.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["sisipan_dataset"] = module
    spec.loader.exec_module(module)
    builder = module.SisipanDataset(config_name=config, data_dir=folder, cache_dir=tempfile.mkdtemp())
    builder.download_and_prepare()
    return digest(builder.as_dataset())


def by_script(datasets, folder, config):
    """By the loading script, in versions that still run one."""
    major, minor = (int(part) for part in datasets.__version__.split(".")[:2])
    if major >= 4:
        return None
    trust = {"trust_remote_code": True} if (major, minor) >= (2, 16) else {}
    return digest(datasets.load_dataset(os.path.join(folder, "scripts", "sisipan_dataset.py"), config, **trust))


def main(folder):
    """All ways, all configurations; exits 1 where two ways of one version disagree."""
    os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()
    os.environ["HF_MODULES_CACHE"] = tempfile.mkdtemp()
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
    import datasets

    datasets.disable_progress_bar() if hasattr(datasets, "disable_progress_bar") else datasets.disable_progress_bars()
    result = {"version": datasets.__version__, "configs": {}}
    for config in CONFIGS:
        found = {way.__name__: way(datasets, folder, config) for way in (by_card, by_stream, by_builder, by_script)}
        result["configs"][config] = found
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
