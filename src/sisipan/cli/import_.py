"""`sisipan import`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sisipan.cli.common import progress, root_option, the_root, write_folder
from sisipan.cli.say import say
from sisipan.convert import FORMATS, read_pages, to_document
from sisipan.errors import SisipanError
from sisipan.schemas import load_schemas
from sisipan.store import article_path, format_document, read_article

_READABLE = [name for name, one in FORMATS.items() if one.read]


def documents(base: Path, source: Path, name: str) -> dict[str, bytes]:
    """The annotation documents, by file name, of the pages in `source`. Raises SisipanError where one is not of this corpus."""
    validators = load_schemas().validators
    files = {}
    for page in read_pages(source, name):
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", page.id) or len(page.id) > 80:
            raise SisipanError(f"{page.id[:80]!r} is no id of an article; {source} names another corpus, or lost the ids that were exported")
        path = article_path(base, page.id)
        if not path.exists():
            raise SisipanError(f"{page.id[:80]}: no such article in {base / 'corpus'}; start it with `sisipan new`")
        text = read_article(path, base).text
        if text != page.text:
            at = next((n for n, (a, b) in enumerate(zip(page.text, text or "")) if a != b), min(len(page.text), len(text or "")))
            raise SisipanError(f"{page.id}: the text differs from {path} at character {at}: {page.text[at:at + 20]!r} against {(text or '')[at:at + 20]!r}; annotate the text as it is")
        document = to_document(page)
        if error := next(iter(validators["document"].iter_errors(document)), None):
            at = "".join(f"[{part}]" if isinstance(part, int) else f" {part}" for part in error.absolute_path)
            raise SisipanError(f"{page.id}:{at}: {error.message[:120]}; mend it in the tool")
        files[f"{page.id}.json"] = format_document(document).encode()
    return files


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--from", "name", required=True, type=click.Choice(_READABLE), help="The format.")
@root_option
def import_(source: Path, out: Path, name: str, root: Path | None) -> None:
    """Read annotations made in a tool, for review: annotation documents in the new folder OUT.

    SOURCE is a file or a folder of them. Every article must be one of this corpus and have its text unchanged; nothing is
    written over annotations that are there. Compare with gold by `git diff --no-index`, then move what was reviewed into a
    pass, where `sisipan validate` checks it.

    \b
    sisipan import --from brat for-brat review
    sisipan import --from label-studio export.json review
    """
    base = the_root(root)
    if out.resolve().is_relative_to((base / "annotations").resolve()):
        raise SisipanError(f"{out}: lies in annotations/; import into a folder of its own, then move what was reviewed")
    with progress("reading"):
        files = documents(base, source, name)
        write_folder(out, files)
    say(f"{len(files)} annotation documents in {out}")
