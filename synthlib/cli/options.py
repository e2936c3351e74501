"""What all commands share: the options of a scale, and errors that leave as one sentence."""

import functools
import sys
from collections.abc import Callable

import click
import yaml

from synthlib.chunks import RenderError


def sentences(command: Callable) -> Callable:
    """Errors that a user can mend leave as one sentence and exit code 2, without a traceback."""

    @functools.wraps(command)
    def guarded(**options) -> None:
        try:
            command(**options)
        except (ValueError, OSError, FloatingPointError, RenderError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("interrupted: the same command goes on from here", err=True)
            sys.exit(130)

    return guarded


def scale_options(command: Callable) -> Callable:
    """The options that every command over a scale has."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A parameter."),
        click.option("--outputs", metavar="FOLDER", help="Where everything is written."),
        click.option("--data-root", metavar="FOLDER", help="imagenet/, places/, models/ lie here."),
        click.option("--scale", required=True, help="demo, tiny, thesis or a file of your own."),
    ):
        command = option(command)
    return command


def given_from(settings: tuple[str, ...], **options: str | None) -> dict:
    """Parameters given on the command line; values are read as YAML reads them."""
    given = {key: value for key, value in options.items() if value is not None}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"--set {setting}: expected KEY=VALUE")
        given[key] = yaml.safe_load(value)
    return given
