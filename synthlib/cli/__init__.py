"""The command `synthlib`: thin over the library; every error a user can mend is one sentence."""

import click

from synthlib.cli import assets, curation, doctor, fetch, rendering, results, study, training
from synthlib.utils import log


@click.group()
@click.version_option(package_name="synthlib")
@click.option("--debug", is_flag=True, help="Show the traceback of every error.")
def main(debug: bool) -> None:
    """How much real data can rendered data replace?"""
    log.show_log_messages()  # `debug` is read where errors are shown, in `options.sentences`


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
