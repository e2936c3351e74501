"""`synthlib renders curate`: near-duplicates and sparse views left out of a scale's renders."""

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.rendering.curation.curate import DEFAULT_MIN_COVERAGE
from synthlib.rendering.curation.near_duplicates import DEFAULT_NEAR_DUPLICATE_BITS
from synthlib.rendering.worker_process import RenderError


@click.command()
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
    """Write which training renders are worth keeping (`curated.parquet`), and print, as CSV, what
    was dropped a class; no render is removed."""
    from synthlib import rendering
    from synthlib.data import prepare

    given = parse_settings(settings, data_root=data_root, outputs=outputs)
    plan = prepare.render_plan(parameters.load(scale, "baseline", **given))
    table = rendering.read_manifest(plan)
    if table.empty:
        raise RenderError(f"no renders in {plan.store}; `synthlib render` makes them")
    curated = rendering.curate_store(
        table,
        plan.store,
        near_duplicate_bits=near_duplicate_bits,
        min_coverage=min_coverage,
    )
    rendering.write_curation(curated, plan.store)
    click.echo(curated.dropped_table().to_csv(index=False), nl=False)
    click.echo(
        f"{len(curated.manifest):,} of {len(table):,} renders stay: {plan.store / 'curated.parquet'}",
        err=True,
    )
