"""What all commands share: the options of a scale, and errors that leave as one sentence."""

import functools
import sys
from collections.abc import Callable, Mapping

import click
import yaml

from synthlib.utils.errors import ParameterError, SynthlibError


def user_errors(command: Callable) -> Callable:
    """Show an error that a user can mend as one sentence, with exit code 1 and no traceback.

    With `synthlib --debug` it keeps its traceback, as every other error always does.
    """

    @functools.wraps(command)
    def guarded(**options) -> None:
        try:
            command(**options)
        except SynthlibError as error:
            if click.get_current_context().find_root().params.get("debug"):
                raise
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


def parse_settings(
    settings: tuple[str, ...], reserved: Mapping[str, str] = {}, **options: str | None
) -> dict:
    """Parameters given on the command line; values are read as YAML reads them. `elsewhere`: by
    what else a command is told a parameter, which `--set` would not reach."""
    given = {key: value for key, value in options.items() if value is not None}
    reserved = {"scale": "--scale", "experiment": "--only or --experiment"} | dict(reserved)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ParameterError(f"--set {setting}: expected KEY=VALUE")
        if key in reserved:
            raise ParameterError(f"--set {setting}: this command is told so by {reserved[key]}")
        try:
            given[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ParameterError(f"--set {setting}: {value!r} is no YAML: {error}") from error
    return given


STUDY_RESERVED = {"seed": "--seeds", "protocol": "batch_protocols=[thesis], =[matched] or both"}
"""Of a command over a whole study."""


def parse_seeds(text: str) -> list[int]:
    """Seeds as they are typed, 0,1,2, each once. Raises ParameterError on anything else."""
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as error:
        raise ParameterError(
            f"seeds {text!r}: expected numbers with commas, such as 0,1,2"
        ) from error
