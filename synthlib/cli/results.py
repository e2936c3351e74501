"""`synthlib results`: the results of a scale's runs as small text files."""

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
@click.option("--to", required=True, metavar="FOLDER", help="Folder of the files.")
@click.option("--seeds", default="0", show_default=True, help="Planned seeds, comma-separated.")
@click.option(
    "--matched-seeds", default="", help="Planned seeds of the protocol matched; default: --seeds."
)
@user_errors
def results(scale, data_root, outputs, settings, to, seeds, matched_seeds) -> None:
    """Write the results of a scale's finished runs as CSV and Markdown, no images, no weights."""
    overrides = parse_settings(settings, STUDY_RESERVED, data_root=data_root, outputs=outputs)
    parameters.load(scale, "baseline", **overrides)  # shows a mistake before the slow imports
    seeds_by_protocol = {
        "thesis": parse_seeds(seeds),
        "matched": parse_seeds(matched_seeds or seeds),
    }

    from synthlib.study import plan_study, results as study_results

    planned = [
        params
        for protocol, protocol_seeds in seeds_by_protocol.items()
        for params in plan_study(scale, seeds=protocol_seeds, **overrides)
        if params.protocol == protocol
    ]
    files = study_results.write_results(planned[0], Path(to), planned)
    click.echo(f"{len(files)} files in {to}")
