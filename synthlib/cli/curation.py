"""`synthlib renders curate`: choose the training renders of a scale that are worth keeping."""

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.rendering.curation.near_duplicates import (
    DEFAULT_MIN_COVERAGE,
    DEFAULT_NEAR_DUPLICATE_BITS,
)
from synthlib.rendering.worker_process import RenderError


@click.command()
@scale_options
@click.option(
    "--near-duplicate-bits",
    type=click.FloatRange(0, 64),
    default=DEFAULT_NEAR_DUPLICATE_BITS,
    show_default=True,
    help="Leave out instances whose hashes differ in fewer bits (mean, of 64); 0: keep all.",
)
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 1),
    default=DEFAULT_MIN_COVERAGE,
    show_default=True,
    help="Leave out renders whose object covers a smaller share of the pixels; 0: keep all.",
)
@user_errors
def curate(scale, data_root, outputs, settings, near_duplicate_bits, min_coverage) -> None:
    """Leave near-duplicates and views of little coverage out of training.

    Writes the remaining renders to `curated.parquet`, and prints what was left out per class as
    CSV. No render is removed.
    """
    from synthlib import rendering
    from synthlib.data import prepare

    overrides = parse_settings(settings, data_root=data_root, outputs=outputs)
    plan = prepare.render_plan(parameters.load(scale, "baseline", **overrides))
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
        f"{len(curated.manifest):,} of {len(table):,} renders stay: "
        f"{plan.store / 'curated.parquet'}",
        err=True,
    )
