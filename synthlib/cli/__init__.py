"""The command `synthlib`: parses options and calls the library.

Errors that a user can fix are shown as one sentence (`options.user_errors`).
"""

import click

from synthlib.cli import assets, curation, doctor, fetch, rendering, results, study, training
from synthlib.utils import log


@click.group()
@click.version_option(package_name="synthlib")
@click.option("--debug", is_flag=True, help="Show the traceback of every error.")
def main(debug: bool) -> None:
    """How much real data can rendered data replace?"""
    log.show_log_messages()  # `debug` is read by `options.user_errors`


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
