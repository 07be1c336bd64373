"""Conversion to and from the formats of annotation tools: which there are, the files of an export, the pages of an import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisipan.convert import brat, cas, jsonl, label_studio, tagged_files
from sisipan.convert.regions import LossError, Page, to_document, to_page
from sisipan.errors import SisipanError
from sisipan.model import Article
from sisipan.schemas import Schemas
from sisipan.store import parse_json, read_export, read_json_lines

__all__ = ["FORMATS", "LossError", "Page", "export_files", "read_pages", "to_document", "to_page"]


@dataclass(frozen=True)
class Format:
    """A format: what it is for, how articles become files (by name) and what is lost, how a file becomes pages. `suffix` is that of the files to read; a format without `read` is for export only."""

    about: str
    write: Callable[[Sequence[Article], Schemas], tuple[dict[str, bytes], list[tuple[str, str]]]]
    suffix: str
    read: Callable[[Path], Iterator[Page]] | None = None


def _check_inside(path: Path, folder: Path) -> None:
    """Raises SisipanError for a link out of a folder: whoever made the folder does not choose which files of the reader are read."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SisipanError(f"{path}: links to {path.resolve()}, outside {folder}; put the file itself there")


def _json(path: Path) -> Any:
    value, problems = parse_json(read_export(path))
    if problems:
        raise SisipanError(f"{path}:{problems[0].line}:{problems[0].column}: {problems[0].message}")
    return value


def _write_brat(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
    files = dict(brat.configuration(schemas))
    for article in articles:
        files |= brat.write(to_page(article))
    return {name: text.encode() for name, text in files.items()}, []


def _read_brat(path: Path) -> Iterator[Page]:
    text = path.with_suffix(".txt")
    if not text.exists():
        raise SisipanError(f"{path}: has no {text.name} beside it; brat keeps text and annotations together")
    _check_inside(text, path.parent)
    yield brat.read(path.stem, read_export(text), read_export(path))


def _write_label_studio(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
    tasks = [label_studio.write(to_page(article)) for article in articles]
    files = {"tasks.json": json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", **label_studio.configuration(schemas)}
    return {name: text.encode() for name, text in files.items()}, []


def _read_label_studio(path: Path) -> Iterator[Page]:
    tasks = _json(path)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise LossError(f"{path}: expected a list of tasks, as Label Studio exports them as JSON")
    for number, task in enumerate(tasks):
        yield label_studio.read(task, f"{path}: task {number}")


def _write_cas(form: str, suffix: str) -> Callable[[Sequence[Article], Schemas], tuple[dict[str, bytes], list]]:
    def write(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
        files = {f"{article.id}{suffix}": cas.write(to_page(article), form).encode() for article in articles}
        return {**files, **({"TypeSystem.xml": cas.typesystem().to_xml().encode()} if form == "xmi" else {})}, []

    return write


def _read_cas(form: str) -> Callable[[Path], Iterator[Page]]:
    def read(path: Path) -> Iterator[Page]:
        yield cas.read(read_export(path), form, path.stem)

    return read


def _write_lines(dialect: str) -> Callable[[Sequence[Article], Schemas], tuple[dict[str, bytes], list]]:
    def write(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
        lines = [json.dumps(jsonl.write(to_page(article), dialect), ensure_ascii=False) for article in articles]
        return {f"{dialect}.jsonl": "".join(f"{line}\n" for line in lines).encode()}, []

    return write


def _read_lines(dialect: str) -> Callable[[Path], Iterator[Page]]:
    def read(path: Path) -> Iterator[Page]:
        for where, value in read_json_lines(path):
            yield jsonl.READERS[dialect](value, where)

    return read


def _write_conll(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
    text, lost = tagged_files.conll(articles)
    return {"sisipan.conll": text.encode()}, lost


def _write_docbin(articles: Sequence[Article], schemas: Schemas) -> tuple[dict[str, bytes], list]:
    data, lost = tagged_files.docbin(articles)
    return {"sisipan.spacy": data}, lost


FORMATS = {
    "brat": Format("brat stand-off, a .txt and an .ann an article", _write_brat, ".ann", _read_brat),
    "label-studio": Format("Label Studio, tasks as full JSON, and its interface", _write_label_studio, ".json", _read_label_studio),
    "xmi": Format("UIMA CAS as XMI (INCEpTION, DKPro), with its type system", _write_cas("xmi", ".xmi"), ".xmi", _read_cas("xmi")),
    "cas-json": Format("UIMA CAS as JSON (INCEpTION)", _write_cas("json", ".json"), ".json", _read_cas("json")),
    **{name: Format(f"span JSON lines of {name.capitalize() if name != 'doccano' else name}", _write_lines(name), ".jsonl", _read_lines(name)) for name in jsonl.DIALECTS},
    "conll": Format("columns with BIO tags of each layer (export only)", _write_conll, ".conll"),
    "docbin": Format("spaCy DocBin (export only)", _write_docbin, ".spacy"),
}


def export_files(articles: Sequence[Article], name: str, schemas: Schemas) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The files of an export by name, and the spans that did not fit, as (article, span id).

    Raises LossError where something would be lost, SisipanError for an unknown format or a missing extra.
    """
    if name not in FORMATS:
        raise SisipanError(f"{name!r} is no format; they are {', '.join(FORMATS)}")
    return FORMATS[name].write(articles, schemas)


def read_pages(path: Path, name: str) -> list[Page]:
    """The pages of a file, or of every file of the format's suffix in a folder, in order of name.

    Raises SisipanError for a format that cannot be read and for an article that comes twice; LossError as the formats do.
    """
    form = FORMATS.get(name)
    if form is None or form.read is None:
        raise SisipanError(f"{name!r} cannot be imported; {', '.join(key for key, one in FORMATS.items() if one.read)} can")
    paths = sorted(path.glob(f"*{form.suffix}")) if path.is_dir() else [path]
    if not paths:
        raise SisipanError(f"{path}: no {form.suffix} file in it")
    pages = []
    for one in paths:
        if path.is_dir():
            _check_inside(one, path)
        try:
            pages += form.read(one)
        except (AttributeError, TypeError, KeyError, IndexError, ValueError, RecursionError) as error:
            raise LossError(f"{one}: is not shaped as {name} is ({type(error).__name__}: {str(error)[:80]}); export it again from the tool") from None
    seen: set[str] = set()
    for page in pages:
        if not isinstance(page.id, str):
            raise LossError(f"{path}: is not shaped as {name} is (the id of a document is {str(page.id)[:80]!r}, not a string); export it again from the tool")
        if any("\ud800" <= character <= "\udfff" for character in page.text):
            raise LossError(f"{path}: the text of {page.id[:80]!r} holds half of a UTF-16 pair, which is no character; export it again from the tool")
        if page.id in seen:
            raise LossError(f"{path}: the article {page.id} comes twice; import one of them")
        seen.add(page.id)
    return pages
