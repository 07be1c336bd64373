"""From sources to a release: Parquet, manifest, card, Croissant file, figures. All or nothing, and the same bytes always."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.card import card_metadata, with_front_matter
from sisipan.checks import CHECKS
from sisipan.croissant import croissant
from sisipan.errors import SisipanError
from sisipan.figures import field_tables, fill_blocks, grid, label_counts, lengths, split_counts
from sisipan.foreign.fields import fields_table
from sisipan.journal import locked, recover, replace_all
from sisipan.manifest import MANIFEST, content_sha256, data_path, format_manifest
from sisipan.model import LAYERS, Article, article_from_record
from sisipan.offsets import text_sha256
from sisipan.report import table_of_codes
from sisipan.schemas import Schemas, load_schemas
from sisipan.store import article_path, document_path, read_article, read_document, read_text
from sisipan.tables import config_tables, from_table
from sisipan.results import Progress, Result
from sisipan.validate import validate_sources

Blocks = Callable[[Path], Mapping[str, str]]
DOCUMENTS = ("README.md", "DATASHEET.md", "docs/findings.md", "docs/corruptions.md", "docs/other-corpora.md")
WRITER = {"compression": "zstd", "compression_level": 3, "use_content_defined_chunking": True, "write_page_index": True}
_DESCRIPTION = "Indonesian news articles with three stand-off span layers: entities, claims and spam regions slipped into the page."


def read_version(root: Path) -> str:
    """The version of the corpus, from `corpus/VERSION`."""
    try:
        version = read_text(root / "corpus" / "VERSION").strip()
    except SisipanError as error:
        raise SisipanError(f"{error}; corpus/VERSION holds the version, such as 0.1.0") from None
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version):
        raise SisipanError(f"{root}/corpus/VERSION: {version[:40]!r} is not a version such as 0.1.0")
    return version


def load_article(root: Path, article: str, annotation_pass: str = "gold") -> Article:
    """One article of the sources, which must be valid, with the layers of a pass."""
    source = read_article(article_path(root, article), root)
    document = read_document(document_path(root, article, annotation_pass), root)
    if document.data is None or source.problems:
        raise SisipanError(f"{article}: cannot be read; `sisipan validate` tells why")
    record = {"text_sha256": text_sha256(source.text) if source.text is not None else None, **source.front}
    record |= {"id": article, "text": source.text, **{layer: document.data.get(layer) for layer in LAYERS}}
    try:
        return article_from_record(record)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise SisipanError(f"{document.path}: not what the schema says; `sisipan validate {document.path}` tells more") from None


def load_corpus(root: Path, annotation_pass: str = "gold") -> list[Article]:
    """Every article of valid sources that has a document in the pass, in order of id."""
    folder = root / "annotations" / annotation_pass
    return [load_article(root, path.stem, annotation_pass) for path in sorted((root / "corpus").glob("*.txt")) if (folder / f"{path.stem}.json").exists()]


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as Parquet: zstd, content-defined chunks, page index; one thread or many give the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **WRITER)
    return sink.getvalue().to_pybytes()


def release_date(changelog: str, version: str) -> str:
    """The date that the changelog gives a version, else that of its latest dated version, else 1970-01-01."""
    found = re.search(rf"^## {re.escape(version)}[^\n]*?(\d{{4}}-\d{{2}}-\d{{2}})", changelog, re.MULTILINE)
    latest = found or re.search(r"^## [^\n]*?(\d{4}-\d{2}-\d{2})", changelog, re.MULTILINE)
    return latest.group(1) if latest else "1970-01-01"


def release_files(
    schemas: Schemas, articles: Sequence[Article], version: str, documents: Mapping[str, str], published: str, more_blocks: Mapping[str, str], license_: str, progress: Progress = lambda *_: None
) -> dict[str, bytes]:
    """Every generated file of a release by its path: a pure function of its arguments.

    `documents` holds the hand-written Markdown into which front matter and tables are filled; `more_blocks` those
    tables that are made of more than the articles; `license_` is what the card says of the texts.
    """
    tables = config_tables(schemas, articles)
    files: dict[str, bytes] = {}
    entries = []
    for number, ((config, split), table) in enumerate(tables.items()):
        progress("tables", number, len(tables))
        path = data_path(config, split)
        files[path] = parquet_bytes(table)
        digest = hashlib.sha256(files[path]).hexdigest()
        content = content_sha256(from_table(schemas.configs[config], table))
        entries.append({"path": path, "config": config, "split": split, "rows": table.num_rows, "bytes": len(files[path]), "sha256": digest, "content_sha256": content})
    files[MANIFEST] = format_manifest(version, schemas, entries).encode()
    files["croissant.json"] = croissant(version, published, _DESCRIPTION, schemas, entries, license_).encode()
    blocks = {
        "splits": split_counts(schemas, articles),
        "labels": label_counts(schemas, articles),
        "grid": grid(schemas, articles),
        "lengths": lengths(articles),
        "fields": field_tables(schemas),
        "codes": table_of_codes(CHECKS),
        "fields-file": fields_table(),
        **more_blocks,
    }
    metadata = card_metadata(version, license_, schemas, tables, {path: len(data) for path, data in files.items()})
    for path, document in documents.items():
        filled = fill_blocks(document, blocks)
        files[path] = (with_front_matter(filled, metadata) if path == "README.md" else filled).encode()
    return files


def compose(root: Path, progress: Progress = lambda *_: None, more_blocks: Blocks = lambda root: {}) -> tuple[dict[str, bytes] | None, Result]:
    """The files that a build of `root` writes, or None where the sources have errors; and the findings."""
    result = validate_sources(root, progress=progress)
    if not result.clean:
        return None, result
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    documents = {path: read_text(root / path) for path in DOCUMENTS if (root / path).is_file()}
    documents.setdefault("README.md", "# Sisipan\n")
    changelog = read_text(root / "CHANGELOG.md") if (root / "CHANGELOG.md").is_file() else ""
    version = read_version(root)
    return release_files(schemas, load_corpus(root), version, documents, release_date(changelog, version), more_blocks(root), "cc-by-4.0", progress), result


def stray_parquet(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """Parquet files below `data/` that the release does not have."""
    return sorted(path for p in (root / "data").rglob("*.parquet") if (path := p.relative_to(root).as_posix()) not in files)


def build(root: Path, progress: Progress = lambda *_: None, more_blocks: Blocks = lambda root: {}) -> tuple[list[str], Result]:
    """Write the release of `root`. Returns the paths that changed and the findings; with errors nothing is written."""
    with locked(root):
        recover(root)
        files, result = compose(root, progress, more_blocks)
        if files is None:
            return [], result
        changed = stale(root, files)
        if changed:
            replace_all(root, {path: data for path, data in files.items() if path in changed}, stray_parquet(root, files))
        return changed, result


def stale(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """The paths whose content is not what a build would write, and those it would remove."""
    differing = [path for path, data in files.items() if not (root / path).is_file() or (root / path).read_bytes() != data]
    return sorted([*differing, *stray_parquet(root, files)])
