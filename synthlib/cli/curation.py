"""`synthlib renders curate`: near-duplicates and sparse views left out of a scale's renders."""

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.rendering.worker_process import RenderError

DEFAULT_NEAR_DUPLICATE_BITS = 6.0
"""A sensible `near_duplicate_bits`.

Among 170 generated instances (10 per class, 64 px, 4 samples), the two most similar of a class
differ in 13.6 bits and are clearly different to the eye; at 6 bits none is a near-duplicate."""

DEFAULT_MIN_COVERAGE = 0.05
"""A sensible `min_coverage`.

Among 4,420 renders of 170 generated instances, the 28 below it (0.6%) are keyboards and wall clocks
seen edge-on. The thesis dropped 2,010 of 198,458 renders (1.0%)."""


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
    target = plan.store / "curated.parquet"
    click.echo(f"{len(curated.manifest):,} of {len(table):,} renders stay: {target}", err=True)
