"""`synthlib results`: what a scale's runs found, as small text files."""

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


@click.command()
@scale_options
@click.option("--to", required=True, metavar="FOLDER", help="Where the files are written.")
@click.option("--seeds", default="0", show_default=True, help="Planned, comma-separated.")
@click.option("--matched-seeds", default="", help="Planned under matched; default: --seeds.")
@user_errors
def results(scale, data_root, outputs, settings, to, seeds, matched_seeds) -> None:
    """Write the results of a scale's finished runs as CSV and Markdown, no images, no weights."""
    from synthlib.study import plan_study, results as written

    given = parse_settings(settings, STUDY_RESERVED, data_root=data_root, outputs=outputs)
    parameters.load(scale, "baseline", **given)  # a mistake is said before slow imports
    wanted = {"thesis": parse_seeds(seeds), "matched": parse_seeds(matched_seeds or seeds)}
    planned = [
        params
        for protocol, chosen in wanted.items()
        for params in plan_study(scale, seeds=chosen, **given)
        if params.protocol == protocol
    ]
    files = written.write_results(planned[0], Path(to), planned)
    click.echo(f"{len(files)} files in {to}")
