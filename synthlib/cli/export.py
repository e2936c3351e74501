"""`synthlib export`: composites or renders as a data set that other tools read."""

from pathlib import Path
from typing import Any

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors


@click.command()
@scale_options
@click.option("--to", required=True, metavar="FOLDER", help="New or empty folder.")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["imagefolder", "coco", "yolo"]),
    help="Form of the data set.",
)
@click.option(
    "--content",
    default="composites",
    show_default=True,
    type=click.Choice(["composites", "renders"]),
    help="Composites, or the renders alone.",
)
@click.option(
    "--experiment",
    default="synth_bg",
    show_default=True,
    help="Whose composites: a file in params/experiments.",
)
@click.option("--seed", type=int, help="Of the composites for training.")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    help="Passes over the renders for training, each with new composites; default: 1.",
)
@click.option(
    "--licences",
    default="",
    metavar="LIST",
    help="Leave out images of anything else: open, non-commercial, unknown, or names such as "
    "CC-BY*, comma-separated.",
)
@user_errors
def export(
    scale, data_root, outputs, settings, to, form, content, experiment, seed, epochs, licences
) -> None:
    """Write composites, as drawn in training, or renders, with boxes and masks.

    \b
    Examples:
      synthlib export --scale tiny --to composites --format coco --epochs 2
      synthlib export --scale tiny --to renders --format yolo --content renders --licences open
    """
    if content == "renders" and (epochs or seed is not None):
        raise click.UsageError("--epochs and --seed are about composites, not --content renders")
    options = {"data_root": data_root, "outputs": outputs}
    overrides: dict[str, Any] = parse_settings(settings, {"seed": "--seed"}, **options)
    if seed is not None:
        overrides["seed"] = seed
    params = parameters.load(scale, experiment, **overrides)
    allowed = tuple(entry.strip() for entry in licences.split(",") if entry.strip())

    from synthlib.data.export import export as exporting
    from synthlib.study.hybrid import resolve_hybrid_classes
    from synthlib.utils.folders import raise_if_not_empty

    export_settings = exporting.ExportSettings(form, content, epochs or 1, allowed)
    target = Path(to)
    raise_if_not_empty(target)  # before anything is rendered
    if content == "composites":
        params = resolve_hybrid_classes(params)
    report = exporting.export_dataset(params, target, export_settings)
    click.echo(f"{report.images:,} images of {len(params.classes)} classes in {target}")
    if report.left_out:
        click.echo(f"{report.left_out:,} images left out for their licences", err=True)
    if report.restricted:
        click.echo(f"{report.restricted}; {target / 'sources.csv'} lists all", err=True)
