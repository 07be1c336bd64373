"""`sisipan explore`."""

from __future__ import annotations

from pathlib import Path

import click

from sisipan.build import load_article
from sisipan.cli.common import progress, write_folder
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.explore import site_files
from sisipan.load import folder_reader, read_articles
from sisipan.manifest import find_release
from sisipan.schemas import load_schemas
from sisipan.store import PASSES, document_path


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("release", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
def explore(out: Path, release: Path | None) -> None:
    """Write a page to look at the corpus, into the new folder OUT.

    Open OUT/index.html in a browser; it needs no server and no network. RELEASE is the release to show (default: here or
    above); where its sources lie beside it, passes A and B are shown side by side, too.

    \b
    sisipan explore site
    """
    schemas = load_schemas()
    folder = release or find_release(Path.cwd())
    with progress("writing") as step:
        version, articles = read_articles(folder_reader(folder), schemas)
        passes, unseen = {}, []
        for number, article in enumerate(articles):
            step("passes", number, len(articles))
            if article.text is not None and all(document_path(folder, article.id, name).exists() for name in PASSES):
                try:
                    a, b = (load_article(folder, article.id, name) for name in PASSES)
                except SisipanError as error:
                    unseen.append(str(error).splitlines()[0])
                    continue
                if a.text_sha256 == b.text_sha256 == article.text_sha256:
                    passes[article.id] = (a, b)
                else:
                    unseen.append(f"{article.id}: its text is no longer that of the release; run `sisipan build`")
        write_folder(out, site_files(version, schemas, articles, passes))
    say(f"{len(articles)} articles, {len(passes)} of them with both passes: open {out / 'index.html'}")
    if unseen:
        say(f"passes that lie here are not shown, of {len(unseen)} article{'s' * (len(unseen) > 1)}:", *(f"  {reason}" for reason in unseen[:5]), *["  …"] * (len(unseen) > 5), err=True)
