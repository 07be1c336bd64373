"""`sisipan anchor`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sisipan.anchor import anchor_document, entities_from_marks, parse_marked
from sisipan.cli.common import root_option
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.history import earlier_text
from sisipan.offsets import text_sha256
from sisipan.schemas import load_schemas
from sisipan.store import article_path, find_root, format_document, read_article, read_document, read_text, write_atomically


def _anchored(path: Path, root: Path, marked: Path | None) -> tuple[str, tuple[str, ...], bool]:
    """The document as it would be written, what was refused, and whether spans moved without the earlier text."""
    document = read_document(path, root)
    if document.data is None:
        first = document.problems[0]
        raise SisipanError(f"{path}:{first.line}:{first.column}: {first.message}")
    source = read_article(article_path(root, path.stem), root)
    if source.text is None:
        reason = source.problems[0].message if source.problems else "the text is withheld"
        raise SisipanError(f"{source.path}: {reason}; without the text nothing can be anchored")
    value = dict(document.data)
    if value.get("article", path.stem) != path.stem:
        raise SisipanError(f"{path}: belongs to {str(value['article'])[:80]!r}, not to {path.stem!r}; rename the file or mend the field")
    if marked is not None:
        text, marks = parse_marked(read_text(marked), load_schemas().labels("entities"))
        if text.rstrip("\n") != source.text.rstrip("\n"):
            at = next((n for n, (a, b) in enumerate(zip(text, source.text)) if a != b), min(len(text), len(source.text)))
            raise SisipanError(f"{marked}: without its marks it differs from {source.path} at character {at}: {text[at:at + 30]!r} against {source.text[at:at + 30]!r}")
        value["entities"] = entities_from_marks(source.text, marks)
    stored = value.get("text_sha256")
    earlier = earlier_text(root, path.stem, stored) if stored not in (None, text_sha256(source.text)) else None
    out, refused = anchor_document(source.text, {**value, "article": path.stem}, earlier)
    blind = earlier is None and stored not in (None, text_sha256(source.text))
    return format_document(out), refused, blind


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--marked", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Take the entities from a copy of the text with marks such as [Bank Indonesia|ORG].")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@root_option
def anchor(paths: tuple[Path, ...], marked: Path | None, dry_run: bool, root: Path | None) -> None:
    """Turn quotes into offsets, and fit offsets onto an edited text.

    PATHS are annotation documents. A span is quoted as {"exact": …} with "prefix" and "suffix" where the quote stands
    more than once, or by its "first" and "last" words. After an edit of the text, spans move with the words round them
    when Git has the earlier text, else by their surfaces alone. What is missing or ambiguous is refused with the
    candidates; then that file is left as it was and the exit code is 1.

    \b
    sisipan anchor annotations/pass-a/gempa-sangihe-petta.json
    sisipan anchor --marked marked.txt annotations/pass-b/gempa-sangihe-petta.json
    """
    if marked and len(paths) > 1:
        raise SisipanError("--marked belongs to one document; give one path")
    failed = False
    for path in paths:
        base = find_root(root or path.parent)
        written, refused, blind = _anchored(path, base, marked)
        for message in refused:
            say(f"{path}: refused: {message}")
        if refused:
            failed = True
        elif path.read_bytes() == written.encode():
            say(f"{path}: already in place")
        else:
            if not dry_run:
                write_atomically(path, written)
            say(f"{path}: {'would be ' if dry_run else ''}anchored")
            if blind:
                say(f"{path}: Git has no earlier text of this hash; spans moved by their words alone: look at each speaker and cue")
    sys.exit(1 if failed else 0)
