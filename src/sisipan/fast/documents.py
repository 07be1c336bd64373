"""Source files of many articles as one Arrow batch: documents that stand in the canonical form, which hide nothing, and front matter that lacks nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import groupby
from typing import Any

import pyarrow as pa
import re2

from sisipan.checks import at_level
from sisipan.fast.lines import plain_schema, plain_type, read_lines
from sisipan.model import LAYERS, SPAN_TYPES
from sisipan.schemas import Field, Schemas
from sisipan.store import INVISIBLE, ArticleSource, compact_json

# the checks of a file that have nothing to say of one without problems, that of the canonical form apart
COVERED = frozenset("E001 E002 E003 E004 E005 E006 E007 E008 E009 E010 E011 W012".split())
_APART = ("id", "text", "text_sha256", *LAYERS)
_NUMBER = "(?:0|[1-9][0-9]{0,9})"


def covered() -> bool:
    """Whether all checks of a file are covered here."""
    return {check.code for check in at_level("file")} <= COVERED


def _escapes() -> str:
    """How the invisible characters of the basic plane are written."""
    seen = re.compile(f"[{INVISIBLE}]")
    codes = [f"{point:04x}" for point in range(0x10000) if seen.match(chr(point))]
    return "|".join(f"{head}[{''.join(code[3] for code in group)}]" for head, group in groupby(codes, lambda code: code[:3]))


_STRING = rf'"(?:[^"\\\x00-\x1f{INVISIBLE}]|\\(?:["\\bfnrt]|u(?:{_escapes()})))*"'


def _value(field: Field) -> str:
    """The pattern of a value as `format_document` writes it."""
    kinds = {"string": _STRING, "label": _STRING, "integer": _NUMBER, "boolean": "(?:true|false)"}
    written = _object(field.children) if field.kind == "struct" else kinds[field.kind]
    return f"(?:{written}|null)" if field.nullable else written


def _object(parts: Sequence[Field]) -> str:
    return r"\{" + ", ".join(f'"{part.name}": {_value(part)}' for part in parts) + r"\}"


@dataclass(frozen=True)
class SourceReader:
    """Reads text files and documents that can be judged many at a time."""

    schemas: Schemas

    @cached_property
    def _fields(self) -> dict[str, Field]:
        return {field.name: field for field in self.schemas.configs["articles"]}

    @cached_property
    def _front(self) -> dict[str, bool]:
        """The keys of a front matter, and whether each has a list."""
        return {name: field.kind == "list" for name, field in self._fields.items() if name not in _APART}

    @cached_property
    def _body(self) -> Any:
        """The pattern of a canonical document after its head; None where the schema's spans are not those of the writer."""
        options = re2.Options()
        options.max_mem = 64 << 20
        options.log_errors = False
        layers = []
        try:
            for layer in LAYERS:
                parts = {part.name: part for part in self._fields[layer].children[0].children}
                order = [part.name for part in fields(SPAN_TYPES[layer])]
                if set(order) != set(parts):
                    return None
                span = _object([parts[name] for name in order])
                layers.append(rf'  "{layer}": \[(?:\n    {span}(?:,\n    {span})*\n  )?\]')
            return re2.compile(",\n".join(layers) + r"\n\}\n", options=options)
        except (re2.error, LookupError):
            return None

    def reads(self, source: ArticleSource) -> bool:
        """Whether a text file has nothing wrong with it and all that `batch` needs."""
        if source.problems or source.text is None or source.front.keys() != self._front.keys():
            return False
        return all(isinstance(source.front[name], list) == is_list for name, is_list in self._front.items())

    def head(self, article: str, sha256: str) -> bytes:
        """How every document of this article and this text begins; empty where none can be read."""
        known = self._body is not None and article.isascii()
        return f'{{\n  "article": {compact_json(article)},\n  "text_sha256": "{sha256}",\n'.encode() if known else b""

    def body(self, data: bytes, head: bytes) -> bytes | None:
        """The layers of a document without findings of its own: in canonical form, after this head; None where that isn't certain."""
        if not head or not data.startswith(head):
            return None
        body = data[len(head) :]
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return body if self._body.fullmatch(body) else None

    def batch(self, sources: Sequence[ArticleSource], sha256: Sequence[str], owners: Sequence[int], bodies: Sequence[bytes]) -> pa.RecordBatch | None:
        """A nested record for each body, whose article is at the place `owners` says; None where they cannot be read."""
        lines = pa.py_buffer(b"".join(b"{" + body.replace(b"\n", b" ") + b"\n" for body in bodies))
        layers = read_lines(lines, len(bodies), plain_schema([self._fields[layer] for layer in LAYERS]))
        if layers is None:
            return None
        apart: Mapping[str, Sequence[Any]] = {"id": [source.id for source in sources], "text": [source.text for source in sources], "text_sha256": sha256}
        whose = pa.array(owners, pa.int64())
        columns = []
        for name, field in self._fields.items():
            if name in LAYERS:
                columns.append(layers.column(name))
            else:
                values = apart[name] if name in apart else [source.front[name] for source in sources]
                try:
                    columns.append(pa.array(values, plain_type(field)).take(whose))
                except (pa.ArrowException, TypeError, ValueError):
                    return None
        return pa.RecordBatch.from_arrays(columns, list(self._fields))
