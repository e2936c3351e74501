"""`synthlib fetch ...`: download data sets, or explain how to get those that need a login; and
download what `synthlib archive` wrote."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthlib import __version__
from synthlib.cli.options import option_group, user_errors

if TYPE_CHECKING:
    from synthlib.photographs.fetch import FetchReport
    from synthlib.utils.fetch_shards import FetchedArchive


@click.group()
def fetch() -> None:
    """Download photographs, or what others have rendered and trained.

    tiny-imagenet and places fetch the photographs of the scale tiny into a data root; renders and
    runs fetch what `synthlib archive` wrote into an outputs folder, on which everything but
    rendering works without Blender.

    The scale thesis needs ImageNet (https://image-net.org/download, into
    FOLDER/imagenet/{train,val}/<synset>/) and Places205 or Places365
    (http://places2.csail.mit.edu, into FOLDER/places/<category>/). Their terms must be accepted on
    these sites, so download them by hand.

    \b
    Examples:
      synthlib fetch tiny-imagenet --data-root data
      synthlib fetch places --data-root data --accept-terms
    """


_data_set_options = option_group(
    click.option("--data-root", default="", metavar="FOLDER", help="Default: $SYNTHLIB_DATA."),
    click.option(
        "--url", default="", metavar="URL", help="A mirror's file, or its folder (ending in /)."
    ),
    click.option(
        "--keep-archive", is_flag=True, help="Keep the downloaded archive in FOLDER/.fetch/."
    ),
    click.option("--accept-terms", is_flag=True, help="Accept the terms without being asked."),
)


@fetch.command("tiny-imagenet")
@_data_set_options
@user_errors
def tiny_imagenet(data_root, url, keep_archive, accept_terms) -> None:
    """7 classes at 64 px, 450 train + 50 val each, and backgrounds (248 MB).

    \b
    Example:
      synthlib fetch tiny-imagenet --data-root data
    """
    from synthlib.photographs.fetch import fetch_tiny_imagenet

    _fetch(fetch_tiny_imagenet, "synset", data_root, url, keep_archive, accept_terms)


@fetch.command()
@_data_set_options
@user_errors
def places(data_root, url, keep_archive, accept_terms) -> None:
    """100 photographs of each of the classes' scenes (593 MB).

    \b
    Example:
      synthlib fetch places --data-root data
    """
    from synthlib.photographs.fetch import fetch_places

    _fetch(fetch_places, "scene category", data_root, url, keep_archive, accept_terms)


@fetch.command(short_help="Explain the download by hand (scale thesis).")
@click.option("--data-root", default="FOLDER", metavar="FOLDER", help="For the explanation.")
def imagenet(data_root) -> None:
    """Explain how to download ImageNet by hand, which cannot be done automatically.

    \b
    Example:
      synthlib fetch imagenet --data-root data
    """
    _raise_manual_download("imagenet", data_root)


@fetch.command(short_help="Explain the download by hand (scale thesis).")
@click.option("--data-root", default="FOLDER", metavar="FOLDER", help="For the explanation.")
def places205(data_root) -> None:
    """Explain how to download Places205 by hand, which cannot be done automatically.

    \b
    Example:
      synthlib fetch places205 --data-root data
    """
    _raise_manual_download("places205", data_root)


_archive_options = option_group(
    click.option("--url", required=True, metavar="URL", help="The archive's folder."),
    click.option("--outputs", default="outputs", show_default=True, help="Folder of all outputs."),
)


@fetch.command()
@_archive_options
@user_errors
def renders(url, outputs) -> None:
    """A render store that `synthlib archive renders` wrote.

    Renders that exist are compared and left alone. An interrupted fetch is continued by the same
    command.

    \b
    Example:
      synthlib fetch renders --url https://example.org/shared/renders
    """
    from synthlib.study import shared_archives

    _print_fetched(shared_archives.fetch_renders(url, Path(outputs)), url, outputs)


@fetch.command()
@_archive_options
@user_errors
def runs(url, outputs) -> None:
    """Runs with weights that `synthlib archive runs` wrote.

    They appear in results and in the explorer as if they had been made here.

    \b
    Example:
      synthlib fetch runs --url https://example.org/shared/runs
    """
    from synthlib.study import shared_archives

    _print_fetched(shared_archives.fetch_runs(url, Path(outputs)), url, outputs)


def _print_fetched(report: "FetchedArchive", url: str, outputs: str) -> None:
    from synthlib.study.shared_archives import licences_sentence, next_command

    click.echo(
        f"{len(report.fetched):,} entries fetched ({report.bytes / 1e6:,.1f} MB), "
        f"{len(report.existing):,} existed, from {url}"
    )
    if report.different:
        click.echo(
            f"left alone: {len(report.different):,} that exist with other content, the first is "
            f"{report.different[0].path}; move it away and fetch again to have the archive's",
            err=True,
        )
    if report.archive.synthlib != __version__:
        click.echo(
            f"made by synthlib {report.archive.synthlib}, and this is {__version__}, whose objects "
            "may differ: `synthlib render --dry-run` says what is missing",
            err=True,
        )
    click.echo(licences_sentence(report.archive), err=True)
    click.echo(f"next: {next_command(report.archive, outputs)}", err=True)


def _raise_manual_download(name: str, root: str) -> None:
    from synthlib.classes import THESIS_CLASSES
    from synthlib.photographs.fetch import MANUAL_DOWNLOADS

    synsets = ", ".join(c.synset for c in THESIS_CLASSES.values())
    raise click.ClickException(MANUAL_DOWNLOADS[name].format(root=root, synsets=synsets))


def _terms_prompt(accepted: bool) -> Callable[[str], None]:
    """A function that shows terms and asks for agreement, unless they are accepted already."""

    def agree(terms: str) -> None:
        click.echo(terms, err=True)
        if accepted:
            return
        if not _is_interactive():
            raise click.UsageError("add --accept-terms if you agree; nothing was downloaded.")
        click.confirm("Do you agree?", abort=True, err=True)

    return agree


def _is_interactive() -> bool:
    return sys.stdin.isatty()


def _fetch(
    download: Callable[..., "FetchReport"],
    folder_kind: str,
    data_root: str,
    url: str,
    keep_archive: bool,
    accept_terms: bool,
) -> None:
    """Fetch a data set, and print what was fetched and the command to run next."""
    from synthlib.photographs import fetch

    root = fetch.target_data_root(data_root)
    options = fetch.FetchOptions(
        agree=_terms_prompt(accept_terms), url=url, keep_archives=keep_archive
    )
    report = download(root, options)
    for folder in report.fetched:
        click.echo(folder.relative_to(root))
    for path in report.kept_archives:
        click.echo(f"kept {path}", err=True)
    click.echo(
        f"{folder_kind} folders in {root}: {len(report.fetched)} fetched, "
        f"{len(report.existing)} existed",
        err=True,
    )
    command = f"synthlib batch --scale tiny --data-root {shlex.quote(str(root))}"
    if not (root / "models").is_dir():
        click.echo("without models/, all objects come from the generators", err=True)
        command += " --set assets=procedural"
    click.echo(f"next: {command}", err=True)
