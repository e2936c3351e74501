"""Options that several commands share, their values, and the display of errors."""

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
import yaml

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.utils.errors import ParameterError, SynthlibError


class _WrongUsage(click.ClickException):
    """An error in what the user gave; click's own class would also print the command's usage."""

    exit_code = 2


def user_errors(command: Callable) -> Callable:
    """Decorate a command so that an error that a user can fix is shown as one sentence.

    Such errors are subclasses of `SynthlibError`; the exit code is 2 for a ParameterError, which is
    about what the user gave, and 1 for the others. With `synthlib --debug` they are shown with a
    traceback. Other errors, which are bugs, always are. The exit code after Ctrl-C is 130.

    Args:
        command: Function of a click command; apply this decorator last, next to the function.
    """

    @functools.wraps(command)
    def wrapped(**options) -> None:
        try:
            command(**options)
        except SynthlibError as error:
            if click.get_current_context().find_root().params.get("debug"):
                raise
            shown = _WrongUsage if isinstance(error, ParameterError) else click.ClickException
            raise shown(str(error)) from error
        except KeyboardInterrupt:
            click.echo("interrupted: the same command continues from here", err=True)
            sys.exit(130)

    return wrapped


class DefaultCommandGroup(click.Group):
    """A group of commands that runs one of them, `default`, if options follow its own name."""

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command before an option that is not `--help`."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def option_group(*options: Callable) -> Callable[[Callable], Callable]:
    """Make one decorator of several `click.option`, which the help lists in the given order."""

    def decorate(command: Callable) -> Callable:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


scale_options = option_group(
    click.option("--scale", required=True, help="demo, tiny, thesis or your own."),
    click.option("--data-root", metavar="FOLDER", help="Folder of imagenet/, places/, models/."),
    click.option("--outputs", metavar="FOLDER", help="Folder of all outputs."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a parameter; `synthlib params` lists all.",
    ),
)
"""Options of all commands about a scale, which these receive as the arguments `scale`, `data_root`,
`outputs` and `settings`."""


def parse_settings(
    settings: tuple[str, ...], reserved: Mapping[str, str] = {}, **options: str | None
) -> dict:
    """Collect the parameters that are given on the command line.

    Args:
        settings: Values of `--set`, as KEY=VALUE; the value is read as YAML.
        reserved: Parameters that `--set` cannot change, each with the name of the option that
            determines it. `scale` and `experiment` are always reserved.
        **options: Values of parameters that have their own option, such as `outputs`; None if the
            option was not given.

    Returns:
        Values of the given parameters by name, for `params.load`.

    Raises:
        ParameterError: If a setting is malformed or reserved.

    Examples:
        >>> parse_settings(("epochs=2", "test_sets=[real, dev]"), outputs="out", data_root=None)
        {'outputs': 'out', 'epochs': 2, 'test_sets': ['real', 'dev']}
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
        except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date
            raise ParameterError(f"--set {setting}: {value!r} is not YAML: {error}") from error
    return overrides


def load_baseline(scale: str, settings: tuple[str, ...], **options: str | None) -> Params:
    """The parameters of a scale's baseline; other arguments are those of `parse_settings`."""
    return parameters.load(scale, "baseline", **parse_settings(settings, {}, **options))


STUDY_RESERVED = {
    "seed": "--seeds",
    "protocol": "batch_protocols=[thesis], =[matched], =[tuned] or several",
}
"""Parameters that `--set` cannot change in commands about a whole study (`parse_settings`)."""


def parse_seeds(text: str) -> list[int]:
    """Parse comma-separated seeds, such as "0,1,2"; duplicates are removed.

    Raises:
        ParameterError: If a seed is not an integer.
    """
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as error:
        raise ParameterError(
            f"seeds {text!r}: expected numbers separated by commas, such as 0,1,2"
        ) from error
