"""The command `synthlib`: thin over the library; every error a user can mend is one sentence."""

import click

from synthlib.cli import assets, curation, doctor, fetch, rendering, results, study, training


@click.group()
@click.version_option(package_name="synthlib")
def main() -> None:
    """How much real data can rendered data replace?"""


for command in (
    study.batch,
    rendering.render,
    rendering.renders,
    training.train,
    study.table,
    results.results,
    assets.assets,
    doctor.doctor,
    fetch.fetch,
):
    main.add_command(command)
rendering.renders.add_command(curation.curate)
