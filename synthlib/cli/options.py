"""Options that commands share, and the display of errors that a user can fix."""

import functools
import sys
from collections.abc import Callable, Mapping

import click
import yaml

from synthlib.utils.errors import ParameterError, SynthlibError


def user_errors(command: Callable) -> Callable:
    """Decorate a command: show an error that a user can fix as one sentence, with exit code 1.

    With `synthlib --debug` such an error keeps its traceback. Other errors always keep it.
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
            click.echo("interrupted: the same command continues from here", err=True)
            sys.exit(130)

    return guarded


def scale_options(command: Callable) -> Callable:
    """Decorate a command: add the options of all commands about a scale."""
    for option in (
        click.option(
            "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override a parameter."
        ),
        click.option("--outputs", metavar="FOLDER", help="Folder of all outputs."),
        click.option(
            "--data-root", metavar="FOLDER", help="Folder of imagenet/, places/, models/."
        ),
        click.option("--scale", required=True, help="demo, tiny, thesis or your own."),
    ):
        command = option(command)
    return command


def parse_settings(
    settings: tuple[str, ...], reserved: Mapping[str, str] = {}, **options: str | None
) -> dict:
    """Collect the parameters that are given on the command line.

    Args:
        settings: Values of `--set`, as KEY=VALUE; the value is read as YAML.
        reserved: Parameters that `--set` cannot change: name -> what determines it instead. `scale`
            and `experiment` are always reserved.
        **options: Parameters that have an option of their own; None if it is not given.

    Returns:
        The parameters by name.

    Raises:
        ParameterError: A setting is malformed or reserved.
    """
    overrides = {key: value for key, value in options.items() if value is not None}
    reserved = {"scale": "--scale", "experiment": "--only or --experiment"} | dict(reserved)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ParameterError(f"--set {setting}: expected KEY=VALUE")
        if key in reserved:
            raise ParameterError(f"--set {setting}: this command gets {key} from {reserved[key]}")
        try:
            overrides[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ParameterError(f"--set {setting}: {value!r} is not YAML: {error}") from error
    return overrides


STUDY_RESERVED = {"seed": "--seeds", "protocol": "batch_protocols=[thesis], =[matched] or both"}
"""Parameters that commands about a whole study reserve (`parse_settings`)."""


def parse_seeds(text: str) -> list[int]:
    """Parse comma-separated seeds, such as "0,1,2"; repeated ones count once.

    Raises:
        ParameterError: A seed is not an integer.
    """
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as error:
        raise ParameterError(
            f"seeds {text!r}: expected numbers separated by commas, such as 0,1,2"
        ) from error
