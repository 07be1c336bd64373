"""The JSON Schemas, which are the single definition of every field and label, and what follows from them.

`load_schemas` reads `schema/*.schema.json`; validators, the schemas of the source files and the table columns are
derived from what it read, so that a label added there is everywhere.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from sisipan.errors import SisipanError
from sisipan.model import LAYERS

SPAN_SCHEMAS = {"entities": "entity", "claims": "claim", "spam": "spam"}
# JSON Schema takes 6.0 for an integer; an offset is none
_STRICT = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_NAMES = ("article", "entity", "claim", "spam", "sentence", "ner")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u180e\u2028\u2029\ufeff\ud800-\udfff]|^0000-")
_SOURCE_ONLY_ONCE = ("text", *LAYERS)


def packaged_schema_dir() -> Path:
    """The folder of the schemas that belong to this version of the package."""
    inside = Path(__file__).parent / "_schema"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "schema"


def _odd(value: Any) -> bool:
    """Whether a value is, or holds, one that two libraries may judge differently."""
    if isinstance(value, str):
        return bool(_ODD.search(value))
    if isinstance(value, dict):
        return any(_odd(one) for item in value.items() for one in item)
    return any(map(_odd, value)) if isinstance(value, list) else type(value) not in (int, bool, type(None))


@dataclass(frozen=True)
class Field:
    """A column, or a field inside one.

    `kind` is string, integer, boolean, date, label, struct or list; `labels` belongs to label, `children` are the
    fields of a struct or the one item of a list.
    """

    name: str
    kind: str
    description: str = ""
    labels: tuple[str, ...] = ()
    children: tuple[Field, ...] = ()
    nullable: bool = False


@dataclass(frozen=True, eq=False)
class Schemas:
    """The parsed schema files by name (`article`, `entity`, …), references between them resolved on demand."""

    documents: Mapping[str, Mapping[str, Any]]

    @cached_property
    def registry(self) -> Registry:
        # without `$schema`, which would send each reference to the validator of the draft, whose integers may be 6.0
        plain = ({key: value for key, value in document.items() if key != "$schema"} for document in self.documents.values())
        return Registry().with_resources((document["$id"], DRAFT202012.create_resource(document)) for document in plain)

    def resolve(self, base: str, node: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Follow `$ref` from a node of the schema `base` to the end; siblings such as the description win."""
        siblings: dict[str, Any] = {}
        while "$ref" in node:
            siblings = {**{key: value for key, value in node.items() if key != "$ref"}, **siblings}
            target, _, pointer = node["$ref"].partition("#")
            base = target.removesuffix(".schema.json") or base
            node = self.documents[base]
            for key in pointer.split("/")[1:]:
                node = node[key]
        return base, {**node, **siblings}

    def labels(self, layer: str) -> tuple[str, ...]:
        """The closed list of labels of a layer, in the order that numbers them."""
        return tuple(self.documents[SPAN_SCHEMAS[layer]]["properties"]["label"]["enum"])

    @cached_property
    def bio_tags(self) -> tuple[str, ...]:
        """O, then B- and I- of each entity label."""
        return ("O", *(f"{prefix}-{label}" for label in self.labels("entities") for prefix in "BI"))

    @cached_property
    def validators(self) -> Mapping[str, Draft202012Validator]:
        """A validator for each file of `schema/`, and `front_matter` and `document` for the source files."""
        checker = Draft202012Validator.FORMAT_CHECKER
        validator = validators.extend(Draft202012Validator, type_checker=_STRICT)
        derived = {"front_matter": self._front_matter(), "document": self._document()}
        return {
            name: validator(document, registry=self.registry, format_checker=checker)
            for name, document in {**self.documents, **derived}.items()
        }

    @cached_property
    def _quick(self) -> Mapping[str, jsonschema_rs.Draft202012Validator]:
        known = jsonschema_rs.Registry([(uri, self.registry.contents(uri)) for uri in self.registry])
        linear, out = jsonschema_rs.RegexOptions(), {}
        for name, validator in self.validators.items():
            with contextlib.suppress(ValueError):  # a pattern or reference that only the exact library takes
                out[name] = jsonschema_rs.Draft202012Validator(validator.schema, registry=known, validate_formats=True, pattern_options=linear, offline=True)
        return out

    def certainly_valid(self, name: str, instance: Any) -> bool:
        """Whether the validator `name` has nothing to say of a parsed JSON value for certain, told by a faster library.

        False says nothing. It is never True where the two libraries may differ: a float may be an integer to one, some
        characters white space, a year nought.
        """
        try:
            return name in self._quick and self._quick[name].is_valid(instance) and not _odd(instance)
        except (ValueError, TypeError, RecursionError):
            return False

    def _front_matter(self) -> dict[str, Any]:
        """Front matter of `corpus/ID.txt`: the article without its text and layers; the hash only when withheld."""
        article = self.documents["article"]
        properties = {k: v for k, v in article["properties"].items() if k not in _SOURCE_ONLY_ONCE}
        required = [k for k in article["required"] if k in properties and k not in ("id", "text_sha256")]
        base = article["$id"]
        return {
            "$schema": article["$schema"],
            "$id": base.replace("article", "front-matter"),
            "type": "object",
            "additionalProperties": False,
            "required": required,
            "properties": {k: {"$ref": f"{base}#/properties/{k}"} for k in properties if k != "id"},
        }

    def _document(self) -> dict[str, Any]:
        """`annotations/PASS/ID.json`: which article, the hash of the text it fits, the three layers."""
        article = self.documents["article"]
        base = article["$id"]
        return {
            "$schema": article["$schema"],
            "$id": base.replace("article", "document"),
            "type": "object",
            "additionalProperties": False,
            "required": ["article", "text_sha256", *LAYERS],
            "properties": {
                "article": {"$ref": f"{base}#/properties/id"},
                "text_sha256": {"$ref": f"{base}#/properties/text_sha256"},
                **{layer: {"$ref": f"{base}#/properties/{layer}"} for layer in LAYERS},
            },
        }

    def _field(self, name: str, base: str, node: Mapping[str, Any]) -> Field:
        base, node = self.resolve(base, node)
        description = node.get("description", "")
        if "anyOf" in node:
            options = [option for option in node["anyOf"] if option.get("type") != "null"]
            inner = self._field(name, base, options[0])
            return Field(name, inner.kind, description, inner.labels, inner.children, nullable=True)
        types = node.get("type", "string")
        types = [types] if isinstance(types, str) else list(types)
        nullable = "null" in types
        kind = next(one for one in types if one != "null")
        if "enum" in node:
            return Field(name, "label", description, tuple(node["enum"]), nullable=nullable)
        if kind == "array":
            return Field(name, "list", description, children=(self._field("item", base, node["items"]),))
        if kind == "object":
            children = tuple(self._field(key, base, value) for key, value in node["properties"].items())
            return Field(name, "struct", description, children=children, nullable=nullable)
        if kind == "string" and node.get("format") == "date":
            kind = "date"
        return Field(name, kind, description, nullable=nullable)

    def _fields(self, base: str) -> tuple[Field, ...]:
        return tuple(self._field(key, base, node) for key, node in self.documents[base]["properties"].items())

    @cached_property
    def configs(self) -> Mapping[str, tuple[Field, ...]]:
        """The columns of each configuration; the first is the default one."""
        row_of = self.documents["sentence"]["properties"]
        owner = tuple(self._field(key, "sentence", row_of[key]) for key in ("article_id", "split"))
        flat = {layer: owner + self._fields(SPAN_SCHEMAS[layer]) for layer in LAYERS}
        return {"articles": self._fields("article"), **flat, "ner": self._fields("ner"), "sentences": self._fields("sentence")}


def _expand_bio(documents: dict[str, dict[str, Any]]) -> None:
    """Replace the keyword `bioOf` by the tag set that it stands for."""
    schemas = Schemas(documents)
    for definition in documents["ner"].get("$defs", {}).values():
        if definition.pop("bioOf", None):
            definition["enum"] = list(schemas.bio_tags)


def _patterns(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from (node["pattern"],) if "pattern" in node else ()
        yield from node.get("patternProperties", ())
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _patterns(part)


def _certainly_schema(document: Any) -> bool:
    """Whether a document is a JSON Schema for certain, told by a faster library; that one does not look at patterns."""
    try:
        for pattern in _patterns(document):
            re.compile(pattern)
        return document["$schema"] == Draft202012Validator.META_SCHEMA["$id"] and jsonschema_rs.meta.is_valid(document)
    except (re.error, ValueError, TypeError, LookupError, RecursionError, jsonschema_rs.ReferencingError):
        return False


def load_schemas(directory: Path | None = None) -> Schemas:
    """Read `*.schema.json` from `directory`, by default those of this version of the package.

    Raises SisipanError where a file is missing or is not JSON.
    """
    directory = directory or packaged_schema_dir()
    documents = {}
    for name in _NAMES:
        path = directory / f"{name}.schema.json"
        try:
            documents[name] = json.loads(path.read_text("utf-8"))
            if not _certainly_schema(documents[name]):
                Draft202012Validator.check_schema(documents[name])
        except OSError as error:
            raise SisipanError(f"{path}: the schema cannot be read ({error.strerror}); restore it from the repository") from None
        except Exception as error:
            raise SisipanError(f"{path}: not a JSON Schema: {str(error).splitlines()[0]}") from None
    _expand_bio(documents)
    return Schemas(documents)
