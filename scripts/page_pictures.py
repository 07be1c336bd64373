"""Pictures of the page that `sisipan explore` writes, for the documents. Needs Chromium and playwright.

    python scripts/page_pictures.py        writes docs/explore-read.png and docs/explore-passes.png
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
ARTICLE, CLAIM = "gempa-sangihe-petta", "c4"


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
def main() -> None:
    """Entry point."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        click.echo("page_pictures: error: no Chromium on the path", err=True)
        sys.exit(2)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, "-m", "sisipan", "explore", str(site), str(ROOT)], check=True)
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        page = browser.new_page(viewport={"width": 1200, "height": 760})
        page.goto(f"file://{site}/index.html#{ARTICLE}/{CLAIM}")
        page.screenshot(path=str(ROOT / "docs/explore-read.png"))
        page.goto(f"file://{site}/index.html#{ARTICLE}")
        page.click("#tab-passes")
        page.wait_for_selector("#columns .list")
        page.screenshot(path=str(ROOT / "docs/explore-passes.png"))
        browser.close()


if __name__ == "__main__":
    main()
