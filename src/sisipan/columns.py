"""Arrow schemas and `datasets` features of each configuration, generated from the JSON Schemas.

Labels are stored as int64 with a ClassLabel, and every field is nullable: `datasets` from 2.14 to 5 reads that the
same way. The `huggingface` metadata uses the spelling from before 4.0, which newer versions still read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any

import pyarrow as pa

from sisipan.schemas import Field

_ARROW = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(), "label": pa.int64()}
DTYPES = {"string": "string", "integer": "int64", "boolean": "bool", "date": "date32"}


def arrow_type(field: Field) -> pa.DataType:
    """Arrow type of a column; labels are int64."""
    if field.kind == "list":
        return pa.list_(arrow_type(field.children[0]))
    if field.kind == "struct":
        return pa.struct([pa.field(child.name, arrow_type(child)) for child in field.children])
    return _ARROW[field.kind]


def hf_feature(field: Field) -> Any:
    """Feature of a column as `datasets` serialises it, in the spelling from before 4.0."""
    if field.kind == "list":
        item = field.children[0]
        if item.kind == "struct":
            return [hf_feature(item)]
        return {"feature": hf_feature(item), "_type": "Sequence"}
    if field.kind == "struct":
        return {child.name: hf_feature(child) for child in field.children}
    if field.kind == "label":
        return {"names": list(field.labels), "_type": "ClassLabel"}
    return {"dtype": DTYPES[field.kind], "_type": "Value"}


def hf_features(fields: Sequence[Field]) -> dict[str, Any]:
    """Features of a configuration, ready for `Features.from_dict`."""
    return {field.name: hf_feature(field) for field in fields}


def arrow_schema(fields: Sequence[Field]) -> pa.Schema:
    """Arrow schema of a configuration, with the features in its metadata."""
    metadata = {"huggingface": json.dumps({"info": {"features": hf_features(fields)}})}
    return pa.schema([pa.field(field.name, arrow_type(field)) for field in fields], metadata=metadata)


def _field_of(name: str, feature: Any) -> Field:
    """The field that a stored feature describes; the inverse of `hf_feature` but for descriptions."""
    if isinstance(feature, list):
        return Field(name, "list", children=(_field_of("item", feature[0]),))
    if feature.get("_type") == "Sequence":
        return Field(name, "list", children=(_field_of("item", feature["feature"]),))
    if feature.get("_type") == "ClassLabel":
        return Field(name, "label", labels=tuple(feature["names"]))
    if feature.get("_type") == "Value":
        return Field(name, {dtype: kind for kind, dtype in DTYPES.items()}[feature["dtype"]])
    return Field(name, "struct", children=tuple(_field_of(key, value) for key, value in feature.items()))


def stored_fields(schema: pa.Schema) -> tuple[Field, ...]:
    """The fields that a Parquet file says it has, labels by the names in its own metadata.

    Raises ValueError where the metadata is missing or is not what `hf_features` writes.
    """
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return tuple(_field_of(name, features[name]) for name in schema.names)
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError("no `datasets` features in its metadata") from error


def _yaml_type(field: Field) -> dict[str, Any]:
    if field.kind == "label":
        return {"dtype": {"class_label": {"names": {str(i): name for i, name in enumerate(field.labels)}}}}
    if field.kind == "struct":
        return {"struct": [yaml_feature(child) for child in field.children]}
    if field.kind == "list":
        item = field.children[0]
        if item.kind == "struct":
            return {"list": [yaml_feature(child) for child in item.children]}
        return {"sequence": _yaml_type(item)["dtype"]}
    return {"dtype": DTYPES[field.kind]}


def yaml_feature(field: Field) -> dict[str, Any]:
    """Feature of a column for the `dataset_info` of the card."""
    return {"name": field.name, **_yaml_type(field)}


_BLANK = {"string": "", "integer": 0, "boolean": False, "date": "1970-01-01"}


def _blank(field: Field) -> Any:
    """What stands below a null: Arrow's own builders put such a value there, not a null, which would take another bitmap."""
    if field.kind == "struct":
        return {child.name: _blank(child) for child in field.children}
    return () if field.kind == "list" else field.labels[0] if field.kind == "label" else _BLANK[field.kind]


def _label_numbers(values: Sequence[Any], field: Field) -> pa.Array:
    numbers: dict[Any, int | None] = {label: number for number, label in enumerate(field.labels)} | {None: None}
    try:
        return pa.array([numbers[value] for value in values], pa.int64())
    except (KeyError, TypeError):
        strange = next(value for value in values if value is not None and value not in field.labels)
        raise ValueError(f"{field.name}: no label {strange!r}") from None


def arrow_column(values: Sequence[Any], field: Field) -> pa.Array:
    """A column as Arrow stores it, of its values as JSON has them: labels become their numbers, ISO dates days.

    Raises ValueError for a label that the schema does not have, KeyError for a key that is missing.
    """
    if field.kind == "label":
        return _label_numbers(values, field)
    if field.kind == "date":
        return pa.array(values, pa.string()).cast(pa.date32())
    if field.kind not in ("list", "struct"):
        return pa.array(values, arrow_type(field))
    nulls = pa.array([value is None for value in values], pa.bool_()) if None in values else None
    blank = _blank(field)
    there = values if nulls is None else [blank if value is None else value for value in values]
    if field.kind == "list":
        offsets = pa.array([*accumulate(map(len, there), initial=0)], pa.int32())
        return pa.ListArray.from_arrays(offsets, arrow_column([*chain.from_iterable(there)], field.children[0]), arrow_type(field), mask=nulls)
    columns = [arrow_column([*map(itemgetter(child.name), there)], child) for child in field.children]
    return pa.StructArray.from_arrays(columns, fields=list(arrow_type(field)), mask=nulls)


def decode(value: Any, field: Field) -> Any:
    """A value as JSON has it, of one as Arrow gives it; a label number out of range is returned as it is, for a check to name."""
    if value is None:
        return None
    if field.kind == "label":
        return field.labels[value] if 0 <= value < len(field.labels) else value
    if field.kind == "list":
        return [decode(item, field.children[0]) for item in value]
    if field.kind == "struct":
        return {child.name: decode(value[child.name], child) for child in field.children}
    if field.kind == "date":
        return value.isoformat()
    return value
