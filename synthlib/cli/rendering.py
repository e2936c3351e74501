"""`synthlib render` and `renders ...`: a scale's render store, made, checked and counted."""

import sys

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.rendering.worker_process import RenderError


@click.command()
@scale_options
@click.option("--retry-failed", is_flag=True, help="Try instances again that failed before.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler's, such as tcp://host:8786.")
@user_errors
def render(scale, data_root, outputs, settings, retry_failed, scheduler) -> None:
    """Render a scale's store (done instances are skipped); exit code 1 if an instance failed."""
    from synthlib.data import prepare

    given = parse_settings(settings, data_root=data_root, outputs=outputs, scheduler=scheduler)
    params = parameters.load(scale, "baseline", **given)
    prepare.render_and_curate(params, retry_failed=retry_failed)
    sys.exit(1 if prepare.print_failures(prepare.render_plan(params)) else 0)


@click.group()
def renders() -> None:
    """Check or count the renders of a scale's store."""


@renders.command()
@scale_options
@click.option("--remove", is_flag=True, help="Remove faulty instances, to be rendered anew.")
@user_errors
def verify(scale, data_root, outputs, settings, remove) -> None:
    """Hash a store again and name what is missing, truncated or changed; exit code 1 if anything
    is."""
    from synthlib.data import prepare
    from synthlib.rendering import store

    given = parse_settings(settings, data_root=data_root, outputs=outputs)
    plan = prepare.render_plan(parameters.load(scale, "baseline", **given))
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
        click.echo(f"removed {count} instances; `synthlib render` makes them anew", err=True)
    sys.exit(1 if report.faults else 0)


@renders.command()
@scale_options
@user_errors
def stats(scale, data_root, outputs, settings) -> None:
    """Print how many instances and renders a store has, by class, as CSV (Tables 6 to 8).

    Curated columns are after the scale's near_duplicate_bits and min_coverage (0: all are kept).
    """
    from synthlib import rendering
    from synthlib.data import prepare
    from synthlib.rendering import store

    given = parse_settings(settings, data_root=data_root, outputs=outputs)
    params = parameters.load(scale, "baseline", **given)
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
