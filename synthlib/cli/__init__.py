"""The command `synthlib`: parses options and calls the library.

In: the command line. Out: the files that the called functions write, text or CSV on stdout, and an
exit code (0: success, 1: an error, or a part failed, 2: wrong usage, such as an unknown key or a
value that is not allowed, 130: interrupted).

Each module has one command or a group of related ones; `options` has what they share. Errors that a
user can fix are shown as one sentence (`options.user_errors`). Slow imports, such as torch, are
inside functions, so that `synthlib --help` and messages about wrong options appear at once.
"""

import click

from synthlib.cli import (
    archive,
    assets,
    clean,
    doctor,
    export,
    fetch,
    init,
    params,
    rendering,
    study,
    training,
)
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
    training.train,
    study.table,
    study.results,
    assets.assets,
    doctor.doctor,
    params.params,
    init.init,
    fetch.fetch,
    export.export,
    archive.archive,
    clean.clean,
):
    main.add_command(command)
