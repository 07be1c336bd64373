"""The command `sisipan`: one file a subcommand. Errors that a user can mend are one line and exit code 2."""

from __future__ import annotations

import os
import sys

import click

from sisipan.cli.adjudicate import adjudicate
from sisipan.cli.agreement import agreement
from sisipan.cli.anchor import anchor
from sisipan.cli.build import build
from sisipan.cli.diff import diff
from sisipan.cli.new import new
from sisipan.cli.rehydrate import rehydrate
from sisipan.cli.show import show
from sisipan.cli.signs import signs
from sisipan.cli.stats import stats
from sisipan.cli.validate import validate
from sisipan.errors import SisipanError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sisipan", message="sisipan %(version)s")
def cli() -> None:
    """Indonesian news with entities, claims and spam regions: sources, checks, releases.

    \b
    sisipan validate                 check every source
    sisipan build                    write the release
    sisipan show gempa-sangihe-petta one article with its layers in colour
    """


for command in (new, anchor, adjudicate, validate, build, rehydrate, diff, show, stats, agreement, signs):
    cli.add_command(command)


def main() -> None:
    """Run the command; no traceback reaches the user."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("sisipan: stopped; nothing is half-written", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except SisipanError as error:
        click.echo(f"sisipan: error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"sisipan: error: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(2)
