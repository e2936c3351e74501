"""`synthlib render` and `synthlib renders ...`: make, check and count a scale's renders."""

import sys

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.rendering.worker_process import RenderError


@click.command()
@scale_options
@click.option("--retry-failed", is_flag=True, help="Try again the instances that failed before.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786.")
@user_errors
def render(scale, data_root, outputs, settings, retry_failed, scheduler) -> None:
    """Render what is missing in a scale's store; exit code 1 if an instance failed."""
    from synthlib.data import prepare

    overrides = parse_settings(settings, data_root=data_root, outputs=outputs, scheduler=scheduler)
    params = parameters.load(scale, "baseline", **overrides)
    prepare.render_and_curate(params, retry_failed=retry_failed)
    sys.exit(1 if prepare.print_failures(prepare.render_plan(params)) else 0)


@click.group()
def renders() -> None:
    """Check or count the renders of a scale's store."""


@renders.command()
@scale_options
@click.option(
    "--remove", is_flag=True, help="Remove faulty instances, so that they are rendered again."
)
@user_errors
def verify(scale, data_root, outputs, settings, remove) -> None:
    """Compare a store with its hashes: name files that are missing, truncated or changed.

    The exit code is 1 if there are any.
    """
    from synthlib.data import prepare
    from synthlib.rendering import store

    overrides = parse_settings(settings, data_root=data_root, outputs=outputs)
    plan = prepare.render_plan(parameters.load(scale, "baseline", **overrides))
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


@renders.command()
@scale_options
@user_errors
def stats(scale, data_root, outputs, settings) -> None:
    """Print the number of instances and renders per class as CSV (Tables 6 to 8).

    The curated columns apply the scale's near_duplicate_bits and min_coverage (0: keep all).
    """
    from synthlib import rendering
    from synthlib.data import prepare
    from synthlib.rendering import store

    overrides = parse_settings(settings, data_root=data_root, outputs=outputs)
    params = parameters.load(scale, "baseline", **overrides)
    plan = prepare.render_plan(params)
    table = rendering.read_manifest(plan)
    if table.empty:
        raise RenderError(f"no renders in {plan.store}; `synthlib render` makes them")
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
