"""`synthlib assets ...`: contact sheets of objects, checks and unpacking of model libraries."""

import io
import sys
from pathlib import Path

import click

from synthlib.cli.options import user_errors
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import resolve_in_project, write_atomic
from synthlib.utils.suggestions import allowed_names


@click.group()
def assets() -> None:
    """Look at the objects of the classes, or add more.

    \b
    Examples:
      synthlib assets sheet --class cup
      synthlib assets check models
    """


@assets.command()
@click.option("--class", "classes", multiple=True, metavar="NAME", help="May be repeated.")
@click.option(
    "--seeds",
    default=12,
    show_default=True,
    type=click.IntRange(min=1),
    help="Instances per class.",
)
@click.option(
    "--assets",
    "kind",
    default="procedural",
    show_default=True,
    type=click.Choice(["procedural", "models", "both"]),
)
@click.option("--models-root", type=click.Path(path_type=Path), help="Folder of <class>/<name>/.")
@click.option("--size", default=128, show_default=True, help="Side of a render in pixels.")
@click.option("--outputs", default="outputs", show_default=True, help="Folder of all outputs.")
@user_errors
def sheet(classes, seeds, kind, models_root, size, outputs) -> None:
    """Write contact sheets: the instances of each class, and the 26 views of the first one.

    \b
    Examples:
      synthlib assets sheet --class cup --class vase --seeds 6
      synthlib assets sheet --assets models --models-root models
    """
    from synthlib.classes import CLASSES, THESIS_CLASSES, generator_names
    from synthlib.rendering import RenderPlan, RenderSettings, plan_renders
    from synthlib.rendering.contact_sheets import instance_sheet, view_sheet

    known = dict.fromkeys([*CLASSES, *generator_names()])
    # models may be of any class
    if kind == "procedural" and (unknown := [cls for cls in classes if cls not in known]):
        raise ParameterError(f"unknown class {unknown[0]!r}; {allowed_names(unknown[0], known)}")
    folder = resolve_in_project(outputs)
    target = folder / "reports" / "assets"
    root = resolve_in_project(models_root) if models_root else None
    photographed = RenderSettings(size=size, samples=8, views=3, poses="photographed")
    thesis_views = RenderSettings(size=size, samples=8)

    def plan(cls: str, instances: int, settings: RenderSettings) -> RenderPlan:
        return plan_renders(
            folder, [cls], instances, assets=kind, models_root=root, settings=settings
        )

    for cls in classes or THESIS_CLASSES:
        for name, image in (
            (f"{cls}.png", instance_sheet(plan(cls, seeds, photographed))),
            (f"{cls}_views.png", view_sheet(plan(cls, 1, thesis_views))),
        ):
            content = io.BytesIO()
            image.save(content, "PNG")
            write_atomic(target / name, content.getvalue())
            click.echo(target / name)


@assets.command()
@click.argument("folder", type=click.Path(path_type=Path))
@user_errors
def check(folder) -> None:
    """Import all models of FOLDER, which holds <class>/<name>/, and say what is wrong with them.

    Nothing is rendered. The exit code is 1 if a model cannot be used.

    \b
    Example:
      synthlib assets check models
    """
    from synthlib.rendering.problems import check_models, problem_summary
    from synthlib.utils.files import printable_name

    root = resolve_in_project(folder)
    problems = check_models(root)
    for file, found in problems.items():
        for problem in found:
            click.echo(f"{printable_name(str(file.relative_to(root)))}: {problem}")
    click.echo(problem_summary(problems), err=True)
    failed = [file for file, found in problems.items() if "failed: " in " ".join(found)]
    sys.exit(1 if failed else 0)


@assets.command()
@click.argument("libraries", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--models-root", required=True, type=click.Path(path_type=Path), help="Where the models go."
)
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML of `class: [pattern, ...]`.")
@user_errors
def unpack(libraries, models_root, mapping) -> None:
    """Unpack the models of the 17 classes from .sh3f or .zip libraries (Sweet Home 3D's).

    \b
    Example:
      synthlib assets unpack furniture.sh3f --models-root models
    """
    from synthlib.assets import unpack

    root = resolve_in_project(models_root)
    mapping = mapping or unpack.SWEET_HOME_3D_MAPPING
    reports = [unpack.unpack_library(library, root, mapping) for library in libraries]
    for report in reports:
        for folder in report.unpacked:
            click.echo(folder)
    failed = [failure for report in reports for failure in report.failed]
    for name, reason in failed:
        click.echo(f"{name}: {reason}", err=True)
    unpacked = sum(len(report.unpacked) for report in reports)
    existing = sum(len(report.existing) for report in reports)
    click.echo(f"{unpacked} models unpacked, {existing} existed", err=True)
    sys.exit(1 if failed else 0)
