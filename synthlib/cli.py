"""The command `synthlib`: thin over the library; every error a user can mend is one sentence."""

import functools
import io
import sys
from collections.abc import Callable
from pathlib import Path

import click

from synthlib import params as parameters
from synthlib.chunks import RenderError
from synthlib.files import write_atomic


def _sentences(command: Callable) -> Callable:
    """Errors that a user can mend leave as one sentence and exit code 2, without a traceback."""

    @functools.wraps(command)
    def guarded(**options) -> None:
        try:
            command(**options)
        except (ValueError, OSError, RenderError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("interrupted: the same command goes on from here", err=True)
            sys.exit(130)

    return guarded


def _scale(command: Callable) -> Callable:
    """The options that every command over a scale has."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A parameter."),
        click.option("--outputs", metavar="FOLDER", help="Where everything is written."),
        click.option("--data-root", metavar="FOLDER", help="imagenet/, places/, models/ lie here."),
        click.option("--scale", required=True, help="demo, tiny, thesis or a file of your own."),
    ):
        command = option(command)
    return command


def _given(settings: tuple[str, ...], **options: str | None) -> dict:
    """Parameters given on the command line; values are read as YAML reads them."""
    import yaml

    given = {key: value for key, value in options.items() if value is not None}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"--set {setting}: expected KEY=VALUE")
        given[key] = yaml.safe_load(value)
    return given


@click.group()
@click.version_option(package_name="synthlib")
def main() -> None:
    """How much real data can rendered data replace?"""


@main.command()
@_scale
@click.option("--only", multiple=True, metavar="NAME", help="An experiment; may be repeated.")
@click.option("--seeds", default="0", show_default=True, help="Comma-separated.")
@click.option("--dry-run", is_flag=True, help="Print the plan, compute nothing.")
@_sentences
def batch(scale, data_root, outputs, settings, only, seeds, dry_run) -> None:
    """Render, train and test every experiment of a scale, and write the report."""
    from synthlib import batch as study

    given = _given(settings, data_root=data_root, outputs=outputs)
    planned = study.plan(scale, only=only, seeds=[int(seed) for seed in seeds.split(",")], **given)
    if dry_run:
        for params in planned:
            click.echo(f"{params.protocol:9s}{params.experiment:16s}seed {params.seed}")
        return
    sys.exit(study.run_all(planned))


@main.command()
@_scale
@click.option("--retry-failed", is_flag=True, help="Try instances again that failed before.")
@_sentences
def render(scale, data_root, outputs, settings, retry_failed) -> None:
    """Render a scale's store (done instances are skipped); exit code 1 if an instance failed."""
    from synthlib import sources

    given = _given(settings, data_root=data_root, outputs=outputs)
    params = parameters.load(scale, "baseline", **given)
    sources.render(params, retry_failed=retry_failed)
    sys.exit(1 if sources.say_failures(sources.render_plan(params)) else 0)


@main.command()
@_scale
@_sentences
def table(scale, data_root, outputs, settings) -> None:
    """Print the metrics of every finished run of a scale, as CSV."""
    from synthlib import tables

    params = parameters.load(scale, "baseline", **_given(settings, outputs=outputs))
    found = tables.metrics_table(params.output_dir, scale)
    if found.empty:
        raise ValueError(f"no finished run of scale {scale} under {params.output_dir}")
    click.echo(found.to_csv(index=False, float_format="%.2f"), nl=False)


@main.group()
def assets() -> None:
    """Look at the objects that classes are made of."""


@assets.command()
@click.option("--class", "classes", multiple=True, metavar="NAME", help="May be repeated.")
@click.option("--seeds", default=12, show_default=True, type=click.IntRange(min=1),
              help="Instances of each class.")  # fmt: skip
@click.option("--assets", "kind", default="procedural", show_default=True,
              type=click.Choice(["procedural", "models", "both"]))  # fmt: skip
@click.option("--models-root", type=click.Path(path_type=Path), help="<class>/<name>/ lie here.")
@click.option("--size", default=128, show_default=True, help="Pixels a render.")
@click.option("--outputs", default="outputs", show_default=True, help="Where all is written.")
@_sentences
def sheet(classes, seeds, kind, models_root, size, outputs) -> None:
    """Contact sheets: instances as people see them, and the 26 views of the first one."""
    from synthlib import sheets
    from synthlib.classes import CLASSES

    folder = parameters.project_dir() / outputs
    target = folder / "reports" / "assets"
    for cls in classes or CLASSES:
        given = {"assets": kind, "models_root": models_root, "size": size}
        for name, picture in (
            (f"{cls}.png", sheets.instances(folder, cls, seeds, **given)),
            (f"{cls}_views.png", sheets.views(folder, cls, **given)),
        ):
            content = io.BytesIO()
            picture.save(content, "PNG")
            write_atomic(target / name, content.getvalue())
            click.echo(target / name)


@assets.command()
@click.argument("libraries", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--models-root", required=True, type=click.Path(path_type=Path), help="Where to.")
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML, class: [pattern, ...].")
@_sentences
def unpack(libraries, models_root, mapping) -> None:
    """Take the models of the 17 classes out of .sh3f or .zip libraries (Sweet Home 3D's)."""
    from synthlib import model_archives

    mapping = mapping or model_archives.SWEET_HOME
    reports = [model_archives.unpack(library, models_root, mapping) for library in libraries]
    for folder in [folder for report in reports for folder in report.made]:
        click.echo(folder)
    failed = [failure for report in reports for failure in report.failed]
    for name, reason in failed:
        click.echo(f"{name}: {reason}", err=True)
    made, there = (sum(len(getattr(r, word)) for r in reports) for word in ("made", "there"))
    click.echo(f"{made} models unpacked, {there} were there", err=True)
    sys.exit(1 if failed else 0)
