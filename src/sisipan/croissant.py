"""`croissant.json`: the release described in Croissant 1.0 (MLCommons), generated from the schema and the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sisipan.model import LAYERS
from sisipan.schemas import Field, Schemas

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "boolean": "sc:Boolean", "date": "sc:Date", "label": "sc:Integer"}


def _field(config: str, field: Field) -> dict[str, Any] | None:
    repeated = field.kind == "list"
    inner = field.children[0] if repeated else field
    if inner.kind == "struct":
        return None
    description = field.description
    if inner.kind == "label":
        description += " Number into the list: " + ", ".join(f"{n} {label}" for n, label in enumerate(inner.labels)) + "."
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{field.name}",
        "name": field.name,
        "description": description,
        "dataType": _TYPES[inner.kind],
        **({"repeated": True} if repeated else {}),
        "source": {"fileSet": {"@id": f"files-{config}"}, "extract": {"column": field.name}},
    }


def _record_set(config: str, fields: Sequence[Field]) -> dict[str, Any]:
    made = [value for field in fields if (value := _field(config, field)) is not None]
    if config in LAYERS:
        next(value for value in made if value["name"] == "article_id")["references"] = {"field": {"@id": "articles/id"}}
    about = "Rows of the configuration" if config != "articles" else "Articles; their layers are the record sets entities, claims and spam"
    key = {} if config in LAYERS else {"key": {"@id": f"{config}/id"}}
    return {"@type": "cr:RecordSet", "@id": config, "name": config, "description": f"{about} `{config}`." if config != "articles" else f"{about}.", **key, "field": made}


def croissant(version: str, published: str, description: str, schemas: Schemas, files: Sequence[Mapping[str, Any]], license_: str) -> str:
    """The file as text. `files` are the entries of the manifest, `published` the date of the version."""
    distribution: list[dict[str, Any]] = []
    for entry in files:
        distribution.append(
            {
                "@type": "cr:FileObject",
                "@id": entry["path"],
                "name": entry["path"],
                "contentUrl": entry["path"],
                "contentSize": f"{entry['bytes']} B",
                "encodingFormat": "application/x-parquet",
                "sha256": entry["sha256"],
            }
        )
    for config in schemas.configs:
        distribution.append(
            {
                "@type": "cr:FileSet",
                "@id": f"files-{config}",
                "name": f"files-{config}",
                "encodingFormat": "application/x-parquet",
                "includes": f"data/{config}/*.parquet",
            }
        )
    value = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "sisipan",
        "description": description,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **({"license": "https://creativecommons.org/licenses/by/4.0/"} if license_ == "cc-by-4.0" else {}),
        "version": version,
        "datePublished": published,
        "inLanguage": "id",
        "isLiveDataset": False,
        "keywords": ["Indonesian", "news", "spam", "named entities", "claims"],
        "distribution": distribution,
        "recordSet": [_record_set(config, fields) for config, fields in schemas.configs.items()],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
