"""`synthlib params`: the parameters of a run, what they mean, and what sets them."""

import itertools
import shutil
import sys
import textwrap

import click

from synthlib import params as parameters
from synthlib.cli import param_reference
from synthlib.cli.options import user_errors
from synthlib.cli.param_reference import ParamInfo
from synthlib.params import Params

NAME_WIDTH, VALUE_WIDTH = 28, 14
"""Characters of the first two columns of the list."""


@click.command()
@click.argument("key", required=False)
@click.option("--scale", metavar="NAME", help="Show the values at this scale: demo, tiny, ...")
@click.option("--experiment", metavar="NAME", help="... of this experiment; default: baseline.")
@click.option("--protocol", metavar="NAME", help="... under this protocol: thesis, matched, tuned.")
@user_errors
def params(key, scale, experiment, protocol) -> None:
    """List all parameters, or explain the parameter KEY and say which files set it.

    \b
    Examples:
      synthlib params
      synthlib params epochs
      synthlib params --scale tiny
      synthlib params learning_rate --scale tiny --experiment real33 --protocol tuned
    """
    if (experiment or protocol) and not scale:
        raise click.UsageError("--experiment and --protocol need --scale")
    info = param_reference.describe_param(key) if key else None
    run = None
    if scale:
        overrides = {"protocol": protocol} if protocol else {}
        run = parameters.load(scale, experiment or "baseline", **overrides)
    if info is None:
        _print_list(run)
    else:
        _print_details(info, run, "--protocol" if protocol and key == "protocol" else "")


def _print_list(run: Params | None) -> None:
    """Print a line per parameter; to a terminal it is wrapped."""
    infos = param_reference.describe_params().values()
    for group, members in itertools.groupby(infos, lambda info: info.group):
        click.echo(f"\n{group}")
        for info in members:
            value, default = info.default or "-", ""
            if run is not None:
                value = param_reference.value_text(getattr(run, info.name))
                is_default = value == info.default or not info.default
                default = "" if is_default else f"; default {info.default}"
            columns = f"  {info.name:{NAME_WIDTH - 3}s} {_shorten(value):{VALUE_WIDTH}s}"
            click.echo(_wrapped(f"{columns} {info.summary} ({info.allowed}{default})"))
    value_name = "default" if run is None else "value"
    click.echo(f"\nname, {value_name}, meaning (allowed values); `synthlib params KEY` says more")


def _print_details(info: ParamInfo, run: Params | None, option: str) -> None:
    """Print the description of a parameter, what sets it, and its value in a run.

    Args:
        info: The parameter.
        run: The run; None: none was asked for.
        option: The option that gives the value; "": none does.
    """
    click.echo(f"{info.name} ({info.group})\n")
    click.echo(textwrap.fill(info.description, _terminal_width()))
    click.echo(f"\nallowed: {info.allowed}")
    click.echo(f"default: {info.default or 'none; each experiment sets it'}")
    click.echo(
        "runs with other values are other runs"
        if info.changes_results
        else "it changes no result: runs with other values are the same run"
    )
    files = param_reference.files_that_set(info.name)
    click.echo("set by:" if files else "set by no file in params/")
    width = max(map(len, files), default=0)
    for file, value in files.items():
        click.echo(f"  {file:{width}s}  {value}")
    if run is not None:
        value = param_reference.value_text(getattr(run, info.name))
        source = option or param_reference.source_of(info.name, run)
        click.echo(
            f"value at scale {run.scale}, experiment {run.experiment}, protocol {run.protocol}: "
            f"{value} (from {source})"
        )


def _shorten(value: str) -> str:
    return value if len(value) <= VALUE_WIDTH else f"{value[: VALUE_WIDTH - 3]}..."


def _wrapped(line: str) -> str:
    """A line wrapped for the terminal; unchanged if the output is a file or a pipe."""
    if not sys.stdout.isatty():
        return line
    indent = " " * (NAME_WIDTH + VALUE_WIDTH + 1)
    return textwrap.fill(line, _terminal_width(), subsequent_indent=indent)


def _terminal_width() -> int:
    return min(120, shutil.get_terminal_size().columns)
