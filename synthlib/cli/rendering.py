"""`synthlib render ...`: make, verify, count and curate a scale's renders."""

import sys
from typing import TYPE_CHECKING

import click

from synthlib.cli.options import (
    DefaultCommandGroup,
    load_baseline,
    scale_options,
    user_errors,
)
from synthlib.params import Params
from synthlib.rendering.worker_process import RenderError

if TYPE_CHECKING:
    import pandas as pd

    from synthlib.rendering import RenderPlan

DEFAULT_NEAR_DUPLICATE_BITS = 6.0
"""A sensible `near_duplicate_bits`.

Among 170 generated instances (10 per class, 64 px, 4 samples), the two most similar of a class
differ in 13.6 bits and are clearly different to the eye; at 6 bits none is a near-duplicate."""

DEFAULT_MIN_COVERAGE = 0.05
"""A sensible `min_coverage`.

Among 4,420 renders of 170 generated instances, the 28 below it (0.6%) are keyboards and wall clocks
seen edge-on. The thesis dropped 2,010 of 198,458 renders (1.0%)."""


@click.group(cls=DefaultCommandGroup, default="make")
def render() -> None:
    """Render the objects of a scale; verify, count or curate its renders.

    With options and no command, `make` is meant.

    \b
    Examples:
      synthlib render --scale tiny
      synthlib render --scale tiny --dry-run
      synthlib render verify --scale tiny
    """


@render.command()
@scale_options
@click.option("--retry-failed", is_flag=True, help="Try again the instances that failed before.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786.")
@click.option("--dry-run", is_flag=True, help="Print what is missing, its disk space and time.")
@user_errors
def make(scale, data_root, outputs, settings, retry_failed, scheduler, dry_run) -> None:
    """Render what is missing in a scale's store; exit code 1 if an instance failed.

    \b
    Examples:
      synthlib render --scale tiny
      synthlib render --scale tiny --set assets=procedural --dry-run
      synthlib render --scale tiny --retry-failed
    """
    params = load_baseline(
        scale, settings, data_root=data_root, outputs=outputs, scheduler=scheduler
    )
    if dry_run:
        _print_estimate(params)
        return

    from synthlib.data import prepare

    prepare.render_and_curate(params, retry_failed=retry_failed)
    sys.exit(1 if prepare.print_failures(prepare.render_plan(params)) else 0)


def _print_estimate(params: Params) -> None:
    from synthlib.rendering.estimate import estimate_renders
    from synthlib.rendering.from_params import render_plan
    from synthlib.study.parallel import format_duration

    plan = render_plan(params)
    estimate = estimate_renders(plan, params.workers)
    settings, missing = plan.settings, estimate.missing_frames
    existing = estimate.existing_instances * settings.views
    click.echo(f"store: {plan.store}")
    failed = estimate.failed_instances * settings.views
    without = f", {failed:,} of instances that failed before" if failed else ""
    click.echo(f"frames: {plan.render_count:,}: {existing:,} exist, {missing:,} missing{without}")
    if not missing:
        return
    free = estimate.free_bytes
    click.echo(
        f"disk: about {estimate.missing_bytes / 1e6:,.1f} MB, {estimate.size.value / 1e3:.1f} kB "
        f"per frame ({estimate.size.basis}); {free / 1e6:,.0f} MB are free"
        + (": not enough" if free < estimate.missing_bytes else "")
    )
    denoisers = ("with", "without") if settings.denoise else ("without", "with")
    click.echo(
        f"time: about {format_duration(estimate.missing_seconds)} with {estimate.workers} workers "
        f"{denoisers[0]} the denoiser, {estimate.seconds.value:.3f} s per frame and worker "
        f"({estimate.seconds.basis}); about "
        f"{format_duration(estimate.missing_seconds_otherwise)} {denoisers[1]}"
    )


def _read_renders(params: Params) -> tuple["RenderPlan", "pd.DataFrame"]:
    from synthlib import rendering
    from synthlib.rendering.from_params import render_plan

    plan = render_plan(params)
    table = rendering.read_manifest(plan)
    if table.empty:
        raise RenderError(f"no renders in {plan.store}; `synthlib render` makes them")
    return plan, table


@render.command()
@scale_options
@click.option(
    "--remove", is_flag=True, help="Remove faulty instances, so that they are rendered again."
)
@user_errors
def verify(scale, data_root, outputs, settings, remove) -> None:
    """Compare a store with its hashes: name files that are missing, truncated or changed.

    The exit code is 1 if there are any.

    \b
    Examples:
      synthlib render verify --scale tiny
      synthlib render verify --scale tiny --remove
    """
    from synthlib.rendering import store
    from synthlib.rendering.from_params import render_plan

    plan = render_plan(load_baseline(scale, settings, data_root=data_root, outputs=outputs))
    report = store.verify_store(plan)
    for fault in report.faults:
        click.echo(f"{fault.kind}: {plan.store / fault.file}")
    click.echo(
        f"{report.files:,} files of {report.instances:,} instances: {len(report.faults)} faults; "
        f"{report.failed} instances known to fail",
        err=True,
    )
    if remove and report.faults:
        count = store.remove_faulty_instances(plan, report.faults)
        click.echo(f"removed {count} instances; `synthlib render` renders them again", err=True)
    sys.exit(1 if report.faults else 0)


@render.command()
@scale_options
@user_errors
def stats(scale, data_root, outputs, settings) -> None:
    """Print the number of instances and renders per class as CSV (Tables 6 to 8).

    The curated columns apply the scale's near_duplicate_bits and min_coverage (0: keep all).

    \b
    Example:
      synthlib render stats --scale tiny > renders.csv
    """
    from synthlib import rendering
    from synthlib.rendering import store

    params = load_baseline(scale, settings, data_root=data_root, outputs=outputs)
    plan, table = _read_renders(params)
    limits = params.near_duplicate_bits, params.min_coverage
    curated = rendering.curate_store(table, plan.store, *limits, progress=False).manifest
    click.echo(
        store.store_statistics(table, curated).to_csv(index=False, float_format="%.1f"), nl=False
    )
    size = store.png_bytes(plan)
    click.echo(
        f"{len(table):,} of {plan.render_count:,} renders, {size / 1e6:,.1f} MB, "
        f"{size / len(table) / 1e3:.1f} kB each, in {plan.store}",
        err=True,
    )


@render.command()
@scale_options
@click.option(
    "--near-duplicate-bits",
    type=click.FloatRange(0, 64),
    default=DEFAULT_NEAR_DUPLICATE_BITS,
    show_default=True,
    help="Mean bits of 64 in which the hashes of two instances may differ; 0: keep all.",
)
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 1),
    default=DEFAULT_MIN_COVERAGE,
    show_default=True,
    help="Share of a render's pixels that its object must cover; 0: keep all.",
)
@user_errors
def curate(scale, data_root, outputs, settings, near_duplicate_bits, min_coverage) -> None:
    """Write which training renders are worth keeping, and print as CSV how many are not.

    The file is `curated.parquet` in the store; no render is removed.

    \b
    Example:
      synthlib render curate --scale tiny --min-coverage 0.1
    """
    from synthlib import rendering

    params = load_baseline(scale, settings, data_root=data_root, outputs=outputs)
    plan, table = _read_renders(params)
    curated = rendering.curate_store(table, plan.store, near_duplicate_bits, min_coverage)
    rendering.write_curation(curated, plan.store)
    click.echo(curated.dropped_table().to_csv(index=False), nl=False)
    target = plan.store / "curated.parquet"
    click.echo(f"{len(curated.manifest):,} of {len(table):,} renders stay: {target}", err=True)
