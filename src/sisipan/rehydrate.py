"""Make withheld articles whole again for someone who has their texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sisipan.aside import cannot_write
from sisipan.build import release_files
from sisipan.errors import SisipanError
from sisipan.journal import STAGE, locked, replace_all
from sisipan.load import folder_reader, read_articles
from sisipan.model import LAYERS, Article
from sisipan.offsets import text_sha256
from sisipan.schemas import Schemas
from sisipan.store import MAX_BYTES

MARKER = ".sisipan-rehydrated"


@dataclass(frozen=True)
class Rehydration:
    """What became of each withheld article: the file its text was found in; near misses, with the reason; not found."""

    found: Mapping[str, Path]
    differing: Mapping[str, tuple[Path, str]]
    missing: tuple[str, ...]


def rehydrated(article: Article, text: str) -> Article:
    """The article with its text, title and surfaces. The caller has verified the hash."""
    layers = {layer: tuple(replace(span, text=text[span.start : span.end]) for span in getattr(article, layer)) for layer in LAYERS}
    return replace(article, title=text.split("\n", 1)[0], text=text, **layers)


def _readings(data: bytes) -> Iterator[str]:
    """The texts that a file may stand for: as it is; without byte-order mark, carriage returns, the file's last newline."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield text
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    yield plain
    yield plain.removesuffix("\n")
    yield plain.rstrip()


def find_texts(articles: list[Article], folder: Path) -> tuple[dict[str, str], Rehydration]:
    """Texts of withheld articles, by id, among the files of `folder`: each is known by its SHA-256, whatever its name."""
    wanted = {article.text_sha256: article for article in articles if article.text_status == "withheld"}
    texts: dict[str, str] = {}
    found: dict[str, Path] = {}
    named: dict[str, tuple[Path, str]] = {}
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
    except OSError as error:
        raise SisipanError(f"{folder}: cannot be read ({error.strerror})") from None
    if not folder.is_dir():
        raise SisipanError(f"{folder}: no such folder; --texts names the folder that holds the texts")
    for path in paths:
        if path.stat().st_size > MAX_BYTES:
            continue
        data = path.read_bytes()
        for text in _readings(data):
            article = wanted.get(text_sha256(text))
            if article is not None:
                texts[article.id], found[article.id] = text, path
                break
        else:
            for article in wanted.values():
                if path.stem == article.id:
                    named[article.id] = (path, f"its SHA-256 is not {article.text_sha256[:12]}…: another edition, or edited")
    differing = {key: value for key, value in named.items() if key not in found}
    missing = tuple(sorted(article.id for article in wanted.values() if article.id not in found and article.id not in differing))
    return texts, Rehydration(found, differing, missing)


def _ours(out: Path) -> bool:
    """Whether a folder is empty, an earlier copy, or what a killed run left of one."""
    if not out.is_dir():
        return False
    names = {path.name for path in out.iterdir()}
    return MARKER in names or names <= {STAGE} or (out / STAGE / "new" / MARKER).is_file()


def rehydrate(release: Path, texts: Path, out: Path, schemas: Schemas) -> Rehydration:
    """Write a release like that in `release` to `out`, with every withheld article whole whose text is in `texts`.

    `text_status` stays `withheld`, so that `sisipan validate` warns whoever is about to give the copy away, and the
    folder tells Git to ignore all of it. Where no text is found nothing is written. Raises SisipanError where a folder
    is missing, or where `out` holds anything but an earlier copy of this kind.
    """
    if out.resolve() == release.resolve():
        raise SisipanError(f"{out}: is the release itself; the texts may not be given out with it: choose another folder")
    if out.exists() and not _ours(out):
        raise SisipanError(f"{out}: holds other things; choose a new or empty folder")
    version, articles = read_articles(folder_reader(release), schemas)
    by_id, outcome = find_texts(articles, texts)
    if not by_id:
        return outcome
    whole = [rehydrated(article, by_id[article.id]) if article.id in by_id else article for article in articles]
    for article in whole:
        if article.id in by_id and any(span.end > len(article.text) for layer in LAYERS for span in getattr(article, layer)):
            raise SisipanError(f"{article.id}: a span lies beyond the text though its hash fits; the release is damaged: `sisipan validate` tells more")
    readme = "# Sisipan, rehydrated\n\nA private copy that holds texts which may not be given out. Do not publish it.\n"
    files = release_files(schemas, whole, version, {"README.md": readme}, "1970-01-01", {}, "other")
    files |= {MARKER: b"Written by `sisipan rehydrate`, which may overwrite this folder.\n", ".gitignore": b"*\n"}
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(out, error, "nothing was written") from None
    with locked(out):
        replace_all(out, files, [])
    return outcome
