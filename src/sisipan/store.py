"""The one reader and writer of the source files. It keeps where everything stands, and never raises on bad content.

`corpus/ID.txt` is front matter between two `---` lines, then the raw text; the newline that ends the file is the
file's, not the text's. `annotations/PASS/ID.json` is one document with a span a line. What is wrong with a file comes
back as `Problem` values; `sisipan.checks.files` documents each kind.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sisipan.aside import cannot_write, remove_stale_of, written_aside
from sisipan.errors import Problem, SisipanError
from sisipan.frontmatter import read_front_matter
from sisipan.model import LAYERS, SPAN_TYPES
from sisipan.offsets import line_column, line_starts
from sisipan.positions import Positions, json_positions

MAX_BYTES = 8 * 1024 * 1024
MAX_EXPORT_BYTES = 1024 * 1024 * 1024
GOLD, PASSES = "gold", ("pass-a", "pass-b")
_HEAD = ("article", "text_sha256")
_FRONT = re.compile(r"---\r?\n(?P<front>.*?)^---\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)
# what nobody sees, as the inside of a set of characters: written as an escape in documents
INVISIBLE = "\x7f-\xa0\xad\u0600-\u0605\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


@dataclass(frozen=True)
class ArticleSource:
    """A text file of `corpus/`. `text` is None for a withheld article; `front` holds what the front matter says."""

    path: Path
    id: str
    front: dict[str, Any] = field(default_factory=dict)
    front_places: dict[str, tuple[int, int]] = field(default_factory=dict)
    text: str | None = None
    first_line: int = 1
    problems: tuple[Problem, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text or "")

    def text_place(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of a code point of the text."""
        line, column = line_column(self._starts, offset)
        return line + self.first_line - 1, column


@dataclass(frozen=True)
class DocumentSource:
    """An annotation document; `data` is None where it could not be read."""

    path: Path
    id: str
    raw: str = ""
    data: Any = None
    problems: tuple[Problem, ...] = ()

    @cached_property
    def _positions(self) -> Positions:
        return json_positions(self.raw)

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.raw)

    def place(self, pointer: tuple[str | int, ...]) -> tuple[int, int]:
        """Line and column of the value at a path of keys and indices, or of the nearest one above it."""
        while pointer and pointer not in self._positions.values:
            pointer = pointer[:-1]
        return line_column(self._starts, self._positions.values.get(pointer, 0))


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upwards, that holds `corpus/` and `annotations/`."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "corpus").is_dir() and (folder / "annotations").is_dir():
            return folder
    raise SisipanError(f"{start}: no corpus here: looked for a folder with corpus/ and annotations/, here and above; give one with --root")


def article_path(root: Path, article: str) -> Path:
    """Path of an article's text file."""
    return root / "corpus" / f"{article}.txt"


def document_path(root: Path, article: str, annotation_pass: str = GOLD) -> Path:
    """Path of an article's annotation document in gold or a pass."""
    return root / "annotations" / annotation_pass / f"{article}.json"


def _line_column_bytes(data: bytes, at: int) -> tuple[int, int]:
    line_start = data.rfind(b"\n", 0, at) + 1
    return data.count(b"\n", 0, at) + 1, len(data[line_start:at].decode("utf-8", "replace")) + 1


def plain_bytes(path: Path) -> bytes | None:
    """Bytes of a plain file of bearable size; None where it is anything else, or cannot be read: `read_article` and `read_document` say why."""
    if not hasattr(os, "O_NOFOLLOW"):
        return None
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            state = os.fstat(file)
            data = os.read(file, state.st_size + 1) if stat.S_ISREG(state.st_mode) and state.st_size <= MAX_BYTES else None
        finally:
            os.close(file)
    except OSError:
        return None
    return data if data is not None and len(data) == state.st_size else None


def _bytes(path: Path, root: Path | None, limit: int = MAX_BYTES) -> tuple[bytes, tuple[Problem, ...]]:
    """Bytes of a file, or what keeps it from being read."""
    try:
        real = os.path.realpath(path)
        if root is not None and not Path(real).is_relative_to(os.path.realpath(root)):
            target = os.readlink(path) if path.is_symlink() else real
            return b"", (Problem("symlink-outside", 1, 1, f"links to {target}, outside the corpus; put the file itself here"),)
        if path.exists() and not path.is_file():
            return b"", (Problem("unreadable", 1, 1, "is no file but a folder, pipe or device"),)
        size = path.stat().st_size
        if size > limit:
            wording = "a source file has at most {:,}; split the article" if limit == MAX_BYTES else "a file has at most {:,}; split it"
            return b"", (Problem("too-large", 1, 1, f"{size:,} bytes; {wording.format(limit)}"),)
        return path.read_bytes(), ()
    except OSError as error:
        return b"", (Problem("unreadable", 1, 1, f"cannot be read: {error.strerror or error}"),)
    except RuntimeError:
        return b"", (Problem("unreadable", 1, 1, "cannot be read: the links lead in a circle"),)


def _text(data: bytes) -> tuple[str | None, tuple[Problem, ...]]:
    """Text of a file's bytes, and what is wrong with them."""
    if not data:
        return None, (Problem("empty-file", 1, 1, "the file is empty; write it anew or remove it"),)
    problems: tuple[Problem, ...] = ()
    if data.startswith(b"\xef\xbb\xbf"):
        problems = (Problem("byte-order-mark", 1, 1, "the file starts with a byte-order mark; save it as plain UTF-8"),)
        data = data[3:]
    try:
        return data.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        line, column = _line_column_bytes(data, error.start)
        byte = data[error.start]
        wording = f"byte 0x{byte:02x} is not UTF-8 ({error.reason}); save the file as UTF-8"
        return None, (*problems, Problem("not-utf8", line, column, wording))


def _read(path: Path, root: Path | None, limit: int = MAX_BYTES) -> tuple[str | None, tuple[Problem, ...]]:
    """Text of a file, or what keeps it from being read."""
    data, problems = _bytes(path, root, limit)
    return (None, problems) if problems else _text(data)


def read_article(path: Path, root: Path | None = None) -> ArticleSource:
    """Read a text file of `corpus/`; everything wrong with it is in `problems`."""
    data, problems = _bytes(path, root)
    return ArticleSource(path, path.stem, problems=problems) if problems else article_of(path, data)


def article_of(path: Path, data: bytes) -> ArticleSource:
    """The text file with these bytes."""
    raw, problems = _text(data)
    if raw is None:
        return ArticleSource(path, path.stem, problems=problems)
    match = _FRONT.match(raw)
    if match is None or len(match["front"]) > 65_536:
        wording = "expected front matter: a line ---, lines of the form key: value, a line ---, then the text"
        return ArticleSource(path, path.stem, problems=(*problems, Problem("front-matter", 1, 1, wording)))
    front, places, more = read_front_matter(match["front"])
    body = raw[match.end() :]
    first_line = raw.count("\n", 0, match.end()) + 1
    problems += more
    if body and not body.endswith("\n"):
        line = first_line + body.count("\n")
        wording = "the last line has no newline; the file ends with one, which is not part of the text"
        problems += (Problem("missing-final-newline", line, len(body) - body.rfind("\n"), wording),)
    text = body[:-1] if body.endswith("\n") else body
    return ArticleSource(path, path.stem, front, places, text or None, first_line, problems)


class _BadNumber(ValueError):
    pass


def _number(digits: str) -> int:
    if len(digits) > 20:
        raise _BadNumber
    return int(digits)


def parse_json(raw: str) -> tuple[Any, tuple[Problem, ...]]:
    """Value of a JSON text, or what is wrong with it. Duplicate keys, NaN, depth and endless numbers are refused."""

    def problem(kind: str, offset: int, message: str) -> Problem:
        return Problem(kind, *line_column(line_starts(raw), offset), message)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            raise KeyError
        return out

    def no_constant(name: str) -> None:
        raise _BadNumber

    try:
        return json.loads(raw, object_pairs_hook=unique, parse_int=_number, parse_constant=no_constant), ()
    except (ValueError, RecursionError, KeyError):
        positions = json_positions(raw)
    if positions.duplicates:
        return None, tuple(problem("duplicate-key", at, f"the key {key!r} stands twice in its object; keep one") for at, key in positions.duplicates)
    if positions.error:
        return None, (problem("json-syntax", positions.error[0], f"not JSON: {positions.error[1]}"),)
    numbers = [at for at in positions.values.values() if re.compile(r"-?[0-9]{21,}").match(raw, at)]
    return None, (problem("json-syntax", min(numbers, default=0), "a number of more than 20 digits"),)


def read_document(path: Path, root: Path | None = None) -> DocumentSource:
    """Read an annotation document; everything wrong with it is in `problems`."""
    data, problems = _bytes(path, root)
    return DocumentSource(path, path.stem, problems=problems) if problems else document_of(path, data)


def document_of(path: Path, data: bytes) -> DocumentSource:
    """The annotation document with these bytes."""
    raw, problems = _text(data)
    if raw is None:
        return DocumentSource(path, path.stem, problems=problems)
    data, more = parse_json(raw)
    if not more and not isinstance(data, Mapping):
        data, more = None, (Problem("json-syntax", 1, 1, "expected an object with article, text_sha256, entities, claims, spam"),)
    return DocumentSource(path, path.stem, raw, data, (*problems, *more))


def read_text(path: Path) -> str:
    """A whole text file. Raises SisipanError, with the place, where it cannot be read or is not UTF-8."""
    text, problems = _read(path, None)
    if text is None or problems:
        first = problems[0]
        raise SisipanError(f"{path}:{first.line}:{first.column}: {first.message}")
    return text


def read_export(path: Path) -> str:
    """A whole text file that another tool wrote: large ones too, a byte-order mark dropped, an empty one is an empty text.

    Raises SisipanError, with the place, where it cannot be read or is not UTF-8.
    """
    text, problems = _read(path, None, MAX_EXPORT_BYTES)
    if text is None and problems[0].kind == "empty-file":
        return ""
    if text is None:
        raise SisipanError(f"{path}:{problems[0].line}:{problems[0].column}: {problems[0].message}")
    return text


def read_json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON lines file, each with its place `path:line`. Only a line feed ends a line.

    Raises SisipanError, with the place, for a line that is no object.
    """
    for number, line in enumerate(read_export(path).split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise SisipanError(f"{path}:{number}: no JSON ({str(error)[:80]}); a line holds one object") from None
            if not isinstance(value, dict):
                raise SisipanError(f"{path}:{number}: expected an object, found {str(value)[:60]}")
            yield f"{path}:{number}", value


def compact_json(value: Any) -> str:
    """One line of JSON in which invisible characters are escaped, so that a person sees them."""
    return _INVISIBLE.sub(lambda match: json.dumps(match.group())[1:-1], json.dumps(value, ensure_ascii=False))


def _in_order(layer: str, span: Any) -> Any:
    """A whole span with its keys in the order of the schema; what lacks one or has another stays as it is."""
    keys = [field.name for field in fields(SPAN_TYPES[layer])]
    return {key: span[key] for key in keys} if isinstance(span, Mapping) and set(span) == set(keys) else span


def format_document(document: Mapping[str, Any]) -> str:
    """The canonical form of an annotation document: a span a line, keys and layers in order."""
    names = [key for key in _HEAD if key in document] + [key for key in document if key not in (*_HEAD, *LAYERS)]
    head = [f'  "{key}": {compact_json(document[key])}' for key in names]
    for layer in LAYERS:
        spans = ",\n".join(f"    {compact_json(_in_order(layer, span))}" for span in document.get(layer, ()))
        head.append(f'  "{layer}": [\n{spans}\n  ]' if spans else f'  "{layer}": []')
    return "{\n" + ",\n".join(head) + "\n}\n"


def _yaml_scalar(value: Any, quoted: bool = False) -> str:
    if value is None:
        return "null"
    odd = quoted or value in ("~", "null") or value != value.strip() or not value.isprintable()
    plain = yaml.safe_dump(value, allow_unicode=True, width=10_000, default_style='"' if odd or not value else None)
    return plain.removesuffix("\n...\n").removesuffix("\n")


def _yaml_item(value: str) -> str:
    """A value inside a flow list: plain only where nothing in it could end it."""
    return _yaml_scalar(value, not re.fullmatch(r"[^\W\d_][\w .+-]*\w", value))


def format_article(front: Mapping[str, Any], text: str | None) -> str:
    """The canonical form of a text file: front matter in the order given, then the text."""
    lines = []
    for key, value in front.items():
        if isinstance(value, (list, tuple)):
            lines.append(f"{key}: [{', '.join(_yaml_item(item) for item in value)}]")
        elif isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            lines.append(f"{key}: {value}")
        else:
            lines.append(f"{key}: {_yaml_scalar(value)}")
    return "---\n" + "\n".join(lines) + "\n---\n" + ("" if text is None else text + "\n")


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write aside, flush to disk, rename: a reader sees the old file or the new one, never a part.

    Raises SisipanError where it cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        remove_stale_of(path)
        with written_aside(path) as aside:
            aside.write_bytes(data)
            if aside != path and path.exists():
                os.chmod(aside, path.stat().st_mode & 0o777)
    except OSError as error:
        raise cannot_write(path, OSError(error.errno, error.strerror, str(path)), "the file is as it was") from None
