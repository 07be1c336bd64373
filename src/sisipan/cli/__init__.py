"""The command `sisipan`: one file a subcommand. Errors that a user can mend are one line and exit code 2."""

from __future__ import annotations

import importlib
import os
import sys

import click

from sisipan.cli.say import safe, say
from sisipan.errors import SisipanError


COMMANDS = ("new", "anchor", "adjudicate", "validate", "build", "rehydrate", "diff", "show", "search", "stats", "explore", "export", "import", "score", "tag", "clean", "agreement", "signs", "audit")


class _Lazy(click.Group):
    """Loads a subcommand when it is asked for: a quick start, and Ctrl-C while loading is handled like any other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = "import_" if cmd_name == "import" else cmd_name  # a keyword of Python
        return getattr(importlib.import_module(f"sisipan.cli.{name}"), name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sisipan", message="sisipan %(version)s")
def cli() -> None:
    """Indonesian news with entities, claims and spam regions: sources, checks, releases.

    \b
    sisipan validate                 check every source
    sisipan build                    write the release
    sisipan show gempa-sangihe-petta one article with its layers in colour
    """


def main() -> None:
    """Run the command; no traceback reaches the user."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.message = "\n".join(map(safe, error.message.split("\n")))  # click's own messages have several lines
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("sisipan: stopped; nothing is half-written", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except SisipanError as error:
        say(f"sisipan: error: {error}", *error.below, err=True)
        sys.exit(2)
    except OSError as error:
        say(f"sisipan: error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(2)
