"""Other people's JSON Schema, of any draft: read with the files beside it, never from the network, with patterns that take linear time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_specifications
import re2
from jsonschema import FormatChecker, ValidationError, validators
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import specification_with

from sisipan.checks.context import brief, schema_message
from sisipan.errors import SisipanError
from sisipan.findings import Hit, Place
from sisipan.store import parse_json, read_text

DEFAULT_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def _pattern(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    return re2.compile(pattern, options=options)


def _found(pattern: str, text: str) -> bool:
    return _pattern(pattern).search(text.encode("utf-8", "replace").decode("utf-8")) is not None


def _match(validator: Validator, pattern: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _found(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Validator, properties: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    for pattern, subschema in properties.items() if validator.is_type(instance, "object") else ():
        for key, value in instance.items():
            if _found(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Validator, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    extras = [key for key in instance if key not in schema.get("properties", {}) and not any(_found(pattern, key) for pattern in schema.get("patternProperties", {}))]
    if allowed is False and extras:
        yield ValidationError(f"{', '.join(map(repr, extras[:5]))} unexpected")
    elif validator.is_type(allowed, "object"):
        for key in extras:
            yield from validator.descend(instance[key], allowed, path=key)


# jsonschema takes Python's `re` for these, which some patterns keep busy for ever
_LINEAR: dict[str, Callable] = {"pattern": _match, "patternProperties": _pattern_properties, "additionalProperties": _additional_properties}


def _reference(known: Mapping[int, Any]) -> Callable:
    """The keyword `$ref` with its targets looked up beforehand: a lookup costs more than most checks of a value."""

    def ref(validator: Validator, named: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        target = known[id(schema)]
        yield from validator.descend(instance, target.contents, resolver=target.resolver)

    return ref


def _without_dialect(value: Any) -> Any:
    """The schema without `$schema`: wherever jsonschema meets one, it goes on with a stock validator instead of ours."""
    if isinstance(value, list):
        return [_without_dialect(item) for item in value]
    return {key: _without_dialect(item) for key, item in value.items() if not (key == "$schema" and isinstance(item, str))} if isinstance(value, dict) else value


def _document(path: Path) -> Any:
    value, problems = parse_json(read_text(path))
    if problems:
        raise SisipanError(f"{path}:{problems[0].line}:{problems[0].column}: the schema is not JSON: {problems[0].message}")
    if not isinstance(value, (dict, bool)):
        raise SisipanError(f"{path}: a JSON Schema is an object, found {brief(value)}")
    return value


def _dialect(value: Any) -> str:
    said = value.get("$schema") if isinstance(value, dict) else None
    return said if isinstance(said, str) else DEFAULT_DIALECT


def _retriever(path: Path, root_uri: str, dialect: str, fetched: dict[str, Resource]) -> Callable[[str], Resource]:
    """What finds the files beside a schema: by their name below its folder, else by their `$id`. They are kept in `fetched`."""
    folder = path.resolve().parent
    base = root_uri.rsplit("/", 1)[0] + "/" if "/" in root_uri else ""

    def beside(uri: str) -> Path | None:
        inside = uri.removeprefix(base) if base and uri.startswith(base) else uri
        if not urlsplit(inside).scheme and not inside.startswith("//"):
            found = (folder / unquote(inside)).resolve()
            if not found.is_relative_to(folder):
                raise SisipanError(f"{path}: $ref {brief(uri)} leads out of the folder of the schema; put the file into {folder}")
            if found.is_file():
                return found
        for other in sorted(folder.glob("*.json")):
            if other.name != path.name and other.stat().st_size < 8 * 1024 * 1024 and json.dumps(uri)[1:-1] in other.read_text("utf-8", "replace"):
                value = _document(other)
                if isinstance(value, dict) and str(value.get("$id", value.get("id"))).removesuffix("#") == uri:
                    return other
        return None

    def retrieve(uri: str) -> Resource:
        found = beside(uri)
        if found is None:
            raise NoSuchResource(ref=uri)
        value = _document(found)
        if _dialect(value).rstrip("#") != dialect.rstrip("#") and "$schema" in value:
            raise SisipanError(f"{found}: is of another draft ({brief(value['$schema'])}) than {path} ({dialect}); bring both to one")
        fetched[uri] = specification_with(dialect).create_resource(_without_dialect(value))
        return fetched[uri]

    return retrieve


def _linear(path: Path, schema: Mapping[str, Any]) -> None:
    patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    patterns += list(schema["patternProperties"]) if isinstance(schema.get("patternProperties"), dict) else []
    for pattern in patterns:
        try:
            _pattern(pattern)
        except re2.error as error:
            why = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else str(error)
            raise SisipanError(f"{path}: pattern {brief(pattern)} cannot run in linear time ({brief(why)}); write it without look-round and back references") from None


def _raise_ours(error: BaseException | None) -> None:
    """Raise what a retriever of ours said, which the library wraps."""
    while error is not None:
        if isinstance(error, SisipanError):
            raise error from None
        error = error.__cause__


def _walk(path: Path, resource: Resource, resolver: Any, cls: type, seen: dict[int, Any], known: dict[int, Any]) -> None:
    """Follow every reference before any record is read, and try every pattern. `known` gets the target of each `$ref`."""
    if id(resource.contents) in seen:
        return
    seen[id(resource.contents)] = resource.contents
    if isinstance(resource.contents, dict):
        _linear(path, resource.contents)
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            named = resource.contents.get(keyword)
            if isinstance(named, str):
                try:
                    target = resolver.lookup(named)
                except Unresolvable as error:
                    _raise_ours(error)
                    raise SisipanError(f"{path}: {keyword} {brief(named)} leads nowhere: it is not in the schema nor in a file beside it, and nothing is fetched from the network") from None
                if keyword == "$ref":
                    known[id(resource.contents)] = target
                _check(path, target.contents, cls)
                specification = specification_with(cls.META_SCHEMA.get("$schema", DEFAULT_DIALECT))
                _walk(path, specification.create_resource(target.contents), target.resolver, cls, seen, known)
    for inner in resource.subresources():
        _walk(path, inner, resolver.in_subresource(inner), cls, seen, known)


def _check(path: Path, value: Any, cls: type) -> None:
    """Hold a schema against its own meta-schema; its patterns are another matter, since RE2 knows more than Python."""
    checker = validators.validator_for(cls.META_SCHEMA, default=cls)(cls.META_SCHEMA, format_checker=FormatChecker(formats=()))
    worst = best_match(checker.iter_errors(value))
    if worst is not None:
        raise SisipanError(f"{path}: not a valid JSON Schema: {'.'.join(map(str, worst.absolute_path)) or 'schema'}: {brief(worst.message, 160)}")


def read_schema(path: Path) -> Validator:
    """The validator of a record. Raises SisipanError where the schema is not JSON, not valid, or leads to what is not at hand."""
    value = _document(path)
    dialect = _dialect(value)
    cls = validators.validator_for({"$schema": dialect}, default=None)
    if cls is None:
        raise SisipanError(f"{path}: $schema {brief(dialect)} is no draft that is known here; drafts 3 to 2020-12 are")
    if isinstance(value, dict) and value.get("type") == "array":
        raise SisipanError(f'{path}: describes a list; give the schema of one record, such as a file beside it with {{"$ref": "{path.name}#/items"}}')
    try:
        _check(path, value, cls)
        plain = _without_dialect(value)
        resource = specification_with(dialect).create_resource(plain)
        uri = resource.id() or ""
        fetched: dict[str, Resource] = {}
        registry = jsonschema_specifications.REGISTRY.combine(Registry(retrieve=_retriever(path, uri, dialect, fetched))).with_resource(uri, resource)
        seen: dict[int, Any] = {}
        known: dict[int, Any] = {}
        _walk(path, resource, registry.resolver(uri), cls, seen, known)
        ours = validators.extend(cls, {keyword: run for keyword, run in {**_LINEAR, "$ref": _reference(known)}.items() if keyword in cls.VALIDATORS})
        if {"unevaluatedProperties", "patternProperties"} <= {keyword for schema in seen.values() if isinstance(schema, dict) for keyword in schema}:
            raise SisipanError(f"{path}: unevaluatedProperties beside patternProperties cannot be checked in linear time; use additionalProperties")
        validator = ours(plain, registry=registry.with_resources(fetched.items()).crawl(), format_checker=cls.FORMAT_CHECKER)
        validator.is_valid({})
        return validator
    except RecursionError:
        raise SisipanError(f"{path}: the schema is nested too deeply, or refers to itself without end") from None


def violations(validator: Validator, value: Any) -> Iterator[Hit]:
    """Every violation of the schema in a record, with the path to it."""
    for error in validator.iter_errors(value):
        if error.validator in ("anyOf", "oneOf") and error.context:
            error = best_match([error]) or error
        try:
            exact = error.validator == "additionalProperties" and error.schema.get("patternProperties")
            message = error.message if exact else schema_message(error)
        except (TypeError, AttributeError, StopIteration):  # keywords mean other things in drafts 3 and 4
            message = error.message
        yield Hit(Place("value", tuple(error.absolute_path)), message if len(message) <= 300 else f"{message[:299]}…")
