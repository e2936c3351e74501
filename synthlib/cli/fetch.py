"""`synthlib fetch ...`: data sets for the scale tiny; what needs a licence click is named."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from synthlib.photographs.fetch import FetchReport

from synthlib.cli.options import user_errors


@click.group()
def fetch() -> None:
    """Download real photographs for the scale tiny into a data root.

    The scale thesis needs ImageNet (https://image-net.org/download, into
    FOLDER/imagenet/{train,val}/<synset>/) and Places205 or Places365
    (http://places2.csail.mit.edu, into FOLDER/places/<category>/): both want their terms accepted
    there, so download them by hand.
    """


def _fetch_options(command: Callable) -> Callable:
    for option in (
        click.option("--accept-terms", is_flag=True, help="Don't ask whether the terms are fine."),
        click.option("--keep-archive", is_flag=True, help="Keep it in FOLDER/.fetch/."),
        click.option(
            "--url",
            default="",
            metavar="URL",
            help="A mirror: its file, or its folder (ending in /).",
        ),
        click.option("--data-root", default="", metavar="FOLDER", help="Else $SYNTHLIB_DATA."),
    ):
        command = option(command)
    return command


@fetch.command("tiny-imagenet")
@_fetch_options
@user_errors
def tiny_imagenet(data_root, url, keep_archive, accept_terms) -> None:
    """7 classes at 64 px, 450 train + 50 val each (248 MB)."""
    from synthlib.photographs import fetch

    root = fetch.target_data_root(data_root)
    options = fetch.FetchOptions(
        agree=_terms_prompt(accept_terms), url=url, keep_archives=keep_archive
    )
    report = fetch.fetch_tiny_imagenet(root, options)
    _print_report(root, report, "synset")


@fetch.command()
@_fetch_options
@user_errors
def places(data_root, url, keep_archive, accept_terms) -> None:
    """100 photographs of each of the classes' scenes (593 MB)."""
    from synthlib.photographs import fetch

    root = fetch.target_data_root(data_root)
    options = fetch.FetchOptions(
        agree=_terms_prompt(accept_terms), url=url, keep_archives=keep_archive
    )
    report = fetch.fetch_places(root, options)
    _print_report(root, report, "scene category")


@fetch.command(short_help="By hand, for the scale thesis: says how.")
@click.option("--data-root", default="FOLDER", metavar="FOLDER", help="To be named in the answer.")
def imagenet(data_root) -> None:
    """ImageNet itself cannot be fetched for you; says what to download where."""
    _raise_manual_download("imagenet", data_root)


@fetch.command(short_help="By hand, for the scale thesis: says how.")
@click.option("--data-root", default="FOLDER", metavar="FOLDER", help="To be named in the answer.")
def places205(data_root) -> None:
    """Places205 cannot be fetched for you; says what to download where."""
    _raise_manual_download("places205", data_root)


def _raise_manual_download(name: str, root: str) -> None:
    from synthlib.classes import THESIS_CLASSES
    from synthlib.photographs.fetch import MANUAL_DOWNLOADS

    synsets = ", ".join(c.synset for c in THESIS_CLASSES.values())
    raise click.ClickException(MANUAL_DOWNLOADS[name].format(root=root, synsets=synsets))


def _terms_prompt(accepted: bool) -> Callable[[str], None]:
    """Says the terms and asks, unless they were accepted already."""

    def agree(terms: str) -> None:
        click.echo(terms, err=True)
        if accepted:
            return
        if not _is_interactive():
            raise click.ClickException("add --accept-terms if you agree; nothing was downloaded.")
        click.confirm("Do you agree?", abort=True, err=True)

    return agree


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _print_report(root: Path, report: "FetchReport", what: str) -> None:
    for folder in report.fetched:
        click.echo(folder.relative_to(root))
    for path in report.kept_archives:
        click.echo(f"kept {path}", err=True)
    made, there = len(report.fetched), len(report.existing)
    click.echo(f"{what} folders in {root}: {made} fetched, {there} were there", err=True)
    command = f"synthlib batch --scale tiny --data-root {shlex.quote(str(root))}"
    if not (root / "models").is_dir():
        click.echo("no models/ there: objects come from the generators alone", err=True)
        command += " --set assets=procedural"
    click.echo(f"next: {command}", err=True)
