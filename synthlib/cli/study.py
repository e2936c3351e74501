"""`synthlib batch`, `synthlib results` and `synthlib table`: a scale's runs and their results."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from synthlib import params as parameters
from synthlib.cli.options import (
    STUDY_RESERVED,
    load_baseline,
    parse_seeds,
    parse_settings,
    scale_options,
    user_errors,
)
from synthlib.params import Params
from synthlib.utils.errors import ParameterError
from synthlib.utils.executors import connect_executor
from synthlib.utils.suggestions import allowed_names

SEARCH_RESERVED: dict[str, str] = dict.fromkeys(
    ("learning_rate", "augmentation", "test_sets"), "the search itself"
)
"""Parameters that `--set` cannot change with `--search`, as the search varies or fixes them."""


@click.command()
@scale_options
@click.option("--only", multiple=True, metavar="NAME", help="An experiment; may be repeated.")
@click.option("--seeds", default="0", show_default=True, help="Comma-separated.")
@click.option(
    "--search", is_flag=True, help="Run the search of a fair baseline instead of the study."
)
@click.option(
    "--screening",
    is_flag=True,
    help="Run the screening of the factors in params/screening.yaml instead.",
)
@click.option(
    "--ablation",
    is_flag=True,
    help="Run the ablation of the factors in params/ablation.yaml instead.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Runs at the same time on this machine.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Of a Dask scheduler that renders and trains, such as tcp://host:8786.",
)
@click.option(
    "--kept",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    help="Archived runs (from `results`), which count as done.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print the plan and its time, and check that the data are there; decode none of them.",
)
@user_errors
def batch(
    scale,
    data_root,
    outputs,
    settings,
    only,
    seeds,
    search,
    screening,
    ablation,
    jobs,
    scheduler,
    kept,
    dry_run,
) -> None:
    """Render, train and test every experiment of a scale, and write the report.

    What is done is skipped, and what was interrupted continues. The exit code is 1 if a run failed.

    \b
    Examples:
      synthlib batch --scale demo --jobs 2
      synthlib batch --scale tiny --only baseline --only real33 --seeds 0,1,2
      synthlib batch --scale tiny --set assets=procedural --dry-run
    """
    plans = {"search": search, "screening": screening, "ablation": ablation}
    given = [name for name, is_given in plans.items() if is_given]
    if len(given) > 1:
        raise click.UsageError(f"--{given[0]} and --{given[1]} are two plans; give one of them")
    plan = given[0] if given else "study"
    options = {"data_root": data_root, "outputs": outputs, "scheduler": scheduler}
    overrides = parse_settings(settings, STUDY_RESERVED | _plan_reserved(plan), **options)
    seed_list = parse_seeds(seeds)
    # raises an error on a wrong parameter before the slow imports
    parameters.load(scale, "baseline", **overrides)

    from synthlib import study
    from synthlib.data import prepare
    from synthlib.study import estimate, run_archive

    if plan == "study":
        planned = study.plan_study(scale, only=only, seeds=seed_list, **overrides)
    else:
        planned = _plan_variants(plan, scale, only, seed_list, overrides)
    if not planned:
        raise ParameterError(
            f"nothing to run: {', '.join(only)} runs under another protocol than batch_protocols "
            "names"
        )
    archives = Path(kept) if kept else None
    if archives:
        _check_archives(planned[0], archives)
    if dry_run:
        to_restore = run_archive.runs_to_restore(planned[0], archives) if archives else []
        if archives:
            click.echo(f"{len(to_restore)} runs would be restored from {archives}")
        restored_params = [archive.params for archive in to_restore]
        for line in estimate.estimate_lines(planned, jobs, restored_params):
            click.echo(line)
        with_renders = [params for params in planned if prepare.needs_renders(params)]
        click.echo(f"data: {prepare.check_folders((with_renders or planned)[0])}")
        return
    if archives:
        restored = run_archive.restore_runs(planned[0], archives)
        click.echo(f"{len(restored)} runs restored from {archives}")
    with connect_executor(scheduler or "") as (executor, _):
        sys.exit(study.run_batch(planned, jobs=jobs, executor=executor))


def _plan_reserved(plan: str) -> dict[str, str]:
    """Parameters that `--set` cannot change, as a plan varies or fixes them, and what sets them."""
    if plan in ("study", "search"):
        return SEARCH_RESERVED if plan == "search" else {}
    from synthlib.evaluation.ablation import read_ablation
    from synthlib.evaluation.screening import read_screening

    content = read_screening() if plan == "screening" else read_ablation()
    return dict.fromkeys(content.parameters, f"the {plan} itself")


def _plan_variants(
    plan: str, scale: str, only: Sequence[str], seeds: list[int], overrides: dict[str, Any]
) -> list[Params]:
    """Plan runs that are variants of experiments, named <experiment>@<setting>.

    Args:
        plan: `search` (of a fair baseline), `screening` or `ablation` (of factors of the images).
        scale: Name of the scale.
        only: Experiments to run; empty: all of the plan.
        seeds: Seeds of the runs.
        overrides: Parameters that replace those of the files.

    Raises:
        ParameterError: If an experiment in `only` is not part of the plan.
    """
    from synthlib.evaluation import ablation, fair_baseline, screening

    planners = {
        "search": fair_baseline.plan_search,
        "screening": screening.plan_screening,
        "ablation": ablation.plan_ablation,
    }
    planned = planners[plan](scale, seeds=seeds, **overrides)
    known = {params.experiment.partition("@")[0] for params in planned}
    if unknown := sorted(set(only) - known):
        raise ParameterError(
            f"{unknown[0]} is not part of the {plan}; {allowed_names(unknown[0], sorted(known))}"
        )
    return [params for params in planned if not only or params.experiment.partition("@")[0] in only]


def _check_archives(params: Params, folder: Path) -> None:
    """Raise ParameterError if a folder has no archives, or some were made by an earlier version."""
    from synthlib.study import run_archive

    if not any(folder.glob("*.zip")):
        raise ParameterError(f"{folder} holds no archive of a run (`synthlib results` makes them)")
    if earlier := run_archive.earlier_version_archives(params, folder):
        raise ParameterError(
            f"{len(earlier)} archives in {folder} ({earlier[0].name}, ...) were made by an earlier "
            "version of synthlib, with other renders and defaults, so they cannot count as done: "
            "move them away, or leave out --kept, and the batch repeats their runs"
        )


@click.command()
@scale_options
@click.option("--to", metavar="FOLDER", help="Write numbers as CSV and Markdown, and archive runs.")
@click.option("--paper", metavar="FOLDER", help="Write figures as PDF and tables as LaTeX.")
@click.option("--samples", metavar="FILE", help="Write the test samples to a Parquet file.")
@click.option("--seeds", default="0", show_default=True, help="Planned seeds, comma-separated.")
@click.option(
    "--matched-seeds", default="", help="Planned seeds of the protocol matched; default: --seeds."
)
@click.option("--tuned-seeds", default="", help="Planned seeds of the protocol tuned, likewise.")
@user_errors
def results(
    scale, data_root, outputs, settings, to, paper, samples, seeds, matched_seeds, tuned_seeds
) -> None:
    """Write the results of a scale's finished runs, in one or more forms.

    \b
    Examples:
      synthlib results --scale tiny --to results      # small files for a repository
      synthlib results --scale tiny --paper paper     # paper/main.tex shows them all
      synthlib results --scale tiny --samples samples.parquet
      embedding-atlas samples.parquet --vector features
    """
    if not (to or paper or samples):
        raise click.UsageError("say what to write: --to, --paper or --samples")
    overrides = parse_settings(settings, STUDY_RESERVED, data_root=data_root, outputs=outputs)
    parameters.load(scale, "baseline", **overrides)  # shows a mistake before the slow imports
    seeds_by_protocol = {
        "thesis": parse_seeds(seeds),
        "matched": parse_seeds(matched_seeds or seeds),
        "tuned": parse_seeds(tuned_seeds or seeds),
    }

    from synthlib.study import batch as study_batch, plan_study, results as study_results

    planned = [
        params
        for protocol, protocol_seeds in seeds_by_protocol.items()
        for params in plan_study(scale, seeds=protocol_seeds, **overrides)
        if params.protocol == protocol
    ]
    if to:
        files = study_results.write_results(planned[0], Path(to), planned)
        click.echo(f"{len(files)} files in {to}")
    if paper:
        main = study_batch.write_paper(planned[0], Path(paper))
        click.echo(f"{main} shows all tables and figures")
    if samples:
        from synthlib.inspection.sample_export import export_samples

        rows = export_samples(planned[0], Path(samples))
        click.echo(f"{len(rows)} test samples in {samples}")


@click.command()
@scale_options
@user_errors
def table(scale, data_root, outputs, settings) -> None:
    """Print the metrics of every finished run of a scale, as CSV.

    \b
    Example:
      synthlib table --scale tiny > metrics.csv
    """
    from synthlib import evaluation
    from synthlib.runs import RunError

    params = load_baseline(scale, settings, outputs=outputs)
    metrics = evaluation.metrics_table(params.output_dir, scale)
    if metrics.empty:
        raise RunError(f"no finished run of scale {scale} under {params.output_dir}")
    click.echo(metrics.to_csv(index=False, float_format="%.2f"), nl=False)
