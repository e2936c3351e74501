"""`synthlib doctor`: what this machine lacks, and what to do."""

import sys
from pathlib import Path

import click

from synthlib.cli.options import user_errors
from synthlib.files import resolve_in_project

STATE_LABELS = {"ok": "ok      ", "advice": "advice  ", "missing": "MISSING "}


@click.command()
@click.option("--data-root", default="", metavar="FOLDER", help="imagenet/, places/, models/.")
@click.option("--outputs", type=click.Path(path_type=Path), help="Where everything is written.")
@user_errors
def doctor(data_root, outputs) -> None:
    """Check this machine and say what to do; exit code 1 if something needed is missing."""
    from synthlib import doctor as checks

    folder = resolve_in_project(outputs or "outputs")
    missing = 0
    for finding in checks.run_checks(data_root, folder):
        click.echo(f"{STATE_LABELS[finding.state]}{finding.name:17s}{finding.result}")
        if finding.action:
            click.echo(f"{'':25s}-> {finding.action}")
        missing += finding.state == "missing"
    click.echo(f"{missing} missing" if missing else "this machine can run the suite")
    sys.exit(1 if missing else 0)
