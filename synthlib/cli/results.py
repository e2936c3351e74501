"""`synthlib results`: what a scale's runs found, as small text files."""

from pathlib import Path

import click

from synthlib import params as parameters
from synthlib.cli.options import SEEDED, given_from, numbers, scale_options, sentences


@click.command()
@scale_options
@click.option("--to", required=True, metavar="FOLDER", help="Where the files are written.")
@click.option("--seeds", default="0", show_default=True, help="Planned, comma-separated.")
@click.option("--matched-seeds", default="", help="Planned under matched; default: --seeds.")
@sentences
def results(scale, data_root, outputs, settings, to, seeds, matched_seeds) -> None:
    """Write the results of a scale's finished runs as CSV and Markdown, no images, no weights."""
    from synthlib import batch
    from synthlib import results as written

    given = given_from(settings, SEEDED, data_root=data_root, outputs=outputs)
    parameters.load(scale, "baseline", **given)  # a mistake is said before slow imports
    wanted = {"thesis": numbers(seeds), "matched": numbers(matched_seeds or seeds)}
    planned = [
        params
        for protocol, chosen in wanted.items()
        for params in batch.plan(scale, seeds=chosen, **given)
        if params.protocol == protocol
    ]
    files = written.write(planned[0], Path(to), planned)
    click.echo(f"{len(files)} files in {to}")
