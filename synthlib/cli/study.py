"""`synthlib batch` and `table`: a scale's study."""

import sys
from pathlib import Path

import click

from synthlib import params as parameters
from synthlib.cli.options import (
    STUDY_RESERVED,
    parse_seeds,
    parse_settings,
    scale_options,
    user_errors,
)
from synthlib.runs import RunError
from synthlib.utils.errors import ParameterError
from synthlib.utils.executors import connect_executor

SEARCH_RESERVED = dict.fromkeys(("learning_rate", "augmentation", "test_sets"), "the search itself")


@click.command()
@scale_options
@click.option("--only", multiple=True, metavar="NAME", help="An experiment; may be repeated.")
@click.option("--seeds", default="0", show_default=True, help="Comma-separated.")
@click.option("--search", is_flag=True, help="The fair baseline's search instead of the study.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True,
              help="Runs at once on this machine.")  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS",
              help="A Dask scheduler's, such as tcp://host:8786: it renders and runs.")  # fmt: skip
@click.option("--kept", metavar="FOLDER", type=click.Path(exists=True, file_okay=False),
              help="Runs that `results` kept: these count as done.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print the plan and its time; reads no data.")
@user_errors
def batch(
    scale, data_root, outputs, settings, only, seeds, search, jobs, scheduler, kept, dry_run
) -> None:
    """Render, train and test every experiment of a scale, and write the report."""
    places = {"data_root": data_root, "outputs": outputs, "scheduler": scheduler}
    given = parse_settings(settings, STUDY_RESERVED | (SEARCH_RESERVED if search else {}), **places)
    wanted = parse_seeds(seeds)
    parameters.load(scale, "baseline", **given)  # a mistake is said before slow imports

    from synthlib.evaluation import fair_baseline
    from synthlib.study import batch as study, estimate, run_archive as archived

    if search:
        planned = fair_baseline.plan_search(scale, seeds=wanted, **given)
        searched = {p.experiment.partition("@")[0] for p in planned}
        if unknown := sorted(set(only) - searched):
            allowed = ", ".join(sorted(searched))
            raise ParameterError(f"{unknown[0]} is no part of the search; allowed: {allowed}")
        planned = [p for p in planned if not only or p.experiment.partition("@")[0] in only]
    else:
        planned = study.plan_study(scale, only=only, seeds=wanted, **given)
    if not planned:
        raise ParameterError(
            f"nothing to run: {', '.join(only)} runs under another protocol than batch_protocols "
            "names"
        )
    if kept and not any(Path(kept).glob("*.zip")):
        raise ParameterError(f"{kept} holds no archive of a run (`synthlib results` makes them)")
    if kept and (old := archived.earlier(planned[0], Path(kept))):
        raise ParameterError(
            f"{len(old)} archives in {kept} ({old[0].name}, ...) were made by an earlier version "
            "of synthlib, with other renders and defaults, so they cannot count as done: move them "
            "away, or leave out --kept, and the batch makes their runs again"
        )
    if dry_run:
        there = (
            [ran for *_, ran in archived.runs_to_restore(planned[0], Path(kept))] if kept else []
        )
        if kept:
            click.echo(f"{len(there)} runs would be brought from {kept}")
        for line in estimate.estimate_lines(planned, jobs, there):
            click.echo(line)
        return
    if kept:
        brought = archived.restore_runs(planned[0], Path(kept))
        click.echo(f"{len(brought)} runs brought from {kept}")
    with connect_executor(scheduler or "") as (executor, _):
        sys.exit(study.run_batch(planned, jobs=jobs, executor=executor))


@click.command()
@scale_options
@user_errors
def table(scale, data_root, outputs, settings) -> None:
    """Print the metrics of every finished run of a scale, as CSV."""
    from synthlib import evaluation

    params = parameters.load(scale, "baseline", **parse_settings(settings, outputs=outputs))
    found = evaluation.metrics_table(params.output_dir, scale)
    if found.empty:
        raise RunError(f"no finished run of scale {scale} under {params.output_dir}")
    click.echo(found.to_csv(index=False, float_format="%.2f"), nl=False)
