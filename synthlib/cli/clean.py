"""`synthlib clean`: stores, packs and caches that no run needs."""

import sys
import time
from pathlib import Path

import click

from synthlib.cli.options import user_errors
from synthlib.utils.files import resolve_in_project


@click.command()
@click.option("--outputs", default="outputs", show_default=True, help="Folder of all outputs.")
@click.option(
    "--data-root", default="", metavar="FOLDER", help="Of runs that name none; or $SYNTHLIB_DATA."
)
@click.option(
    "--kept",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Archived runs (from `results`), which count too; may be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Only list them.")
@click.option("--yes", is_flag=True, help="Remove them without being asked.")
@user_errors
def clean(outputs, data_root, kept, dry_run, yes) -> None:
    """Remove render stores, packs and caches that no run of any scale needs; never a run.

    What was changed in the last hour, or is being written, is kept. Render stores that no run has
    used yet are listed too, so look at the list first:

    \b
    Examples:
      synthlib clean --dry-run
      synthlib clean --kept results/runs --yes
    """
    from synthlib.study import clean as cleaning

    plan = cleaning.find_leftovers(resolve_in_project(outputs), data_root=data_root, archives=kept)
    for leftover in plan.leftovers:
        day = time.strftime("%Y-%m-%d", time.localtime(leftover.changed))
        size = f"{leftover.size / 1e6:,.1f} MB"
        click.echo(f"{leftover.kind:20s} {size:>12s}  {day}  {leftover.path}")
    total = sum(leftover.size for leftover in plan.leftovers)
    click.echo(
        f"{len(plan.leftovers)} of {total / 1e6:,.1f} MB are needed by none of {plan.n_runs} runs; "
        f"{plan.n_recent} more were changed in the last hour and are kept",
        err=True,
    )
    for sentence in plan.undecided:
        click.echo(sentence, err=True)
    if dry_run or not plan.leftovers:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("add --yes to remove them; nothing was removed.")
        click.confirm("Remove them?", abort=True, err=True)
    sentences = [cleaning.remove_leftover(leftover) for leftover in plan.leftovers]
    for sentence in filter(None, sentences):
        click.echo(sentence, err=True)
    click.echo(f"removed {sum(not sentence for sentence in sentences)}", err=True)
