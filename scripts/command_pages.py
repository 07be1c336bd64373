"""The `--help` of every command as a page of the docs.

    python scripts/command_pages.py                  prints the page
    python scripts/command_pages.py --write          writes docs/commands.md
"""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from sisipan.cli import COMMANDS, cli
from sisipan.store import write_atomically

PAGE = Path(__file__).parents[1] / "docs/commands.md"
HEAD = "# Commands\n\nWritten by `python scripts/command_pages.py --write` from the commands themselves.\n"


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for name in COMMANDS:
        shown = CliRunner().invoke(cli, [name, "--help"], prog_name="sisipan", terminal_width=100, max_content_width=100).output
        parts.append(f"\n## sisipan {name}\n\n```text\n{shown}```\n")
    return "".join(parts)


@click.command(help=__doc__.replace("\n    ", "\n\n    \b\n    ", 1))
@click.option("--write", is_flag=True, help="Write the page.")
def main(write: bool) -> None:
    """Entry point."""
    if write:
        write_atomically(PAGE, page())
        click.echo(f"wrote {PAGE}")
    else:
        click.echo(page(), nl=False)


if __name__ == "__main__":
    main()
