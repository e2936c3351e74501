"""`synthlib archive ...`: a scale's renders, or its runs with weights, for others to fetch."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthlib.cli.options import load_baseline, option_group, scale_options, user_errors

if TYPE_CHECKING:
    from synthlib.utils.shards import Archive


@click.group()
def archive() -> None:
    """Write renders, or runs with weights, as files that others fetch.

    Put the folder on any web server; `synthlib fetch renders --url URL` fetches it.
    """


_archive_options = option_group(
    click.option("--to", required=True, metavar="FOLDER", help="New or empty folder."),
    click.option(
        "--shard-mb",
        type=click.IntRange(1),
        default=500,
        show_default=True,
        help="Size of a file, in MB.",
    ),
)


@archive.command()
@scale_options
@_archive_options
@user_errors
def renders(scale, data_root, outputs, settings, to, shard_mb) -> None:
    """Write a scale's render store, verified, with the licences of what it shows.

    \b
    Example:
      synthlib archive renders --scale tiny --to shared/renders
    """
    params = load_baseline(scale, settings, data_root=data_root, outputs=outputs)

    from synthlib.study import shared_archives

    _print(shared_archives.archive_renders(params, Path(to), shard_bytes=shard_mb * 1_000_000), to)


@archive.command()
@scale_options
@_archive_options
@click.option("--only", multiple=True, metavar="NAME", help="An experiment; may be repeated.")
@user_errors
def runs(scale, data_root, outputs, settings, to, shard_mb, only) -> None:
    """Write a scale's finished runs with weights and predictions, without images.

    `synthlib results --to` writes far smaller archives, without weights.

    \b
    Example:
      synthlib archive runs --scale tiny --only baseline --to shared/runs
    """
    params = load_baseline(scale, settings, data_root=data_root, outputs=outputs)

    from synthlib.study import shared_archives

    size = shard_mb * 1_000_000
    _print(shared_archives.archive_trained_runs(params, Path(to), only=only, shard_bytes=size), to)


def _print(written: "Archive", to: str) -> None:
    from synthlib.study.shared_archives import licences_sentence

    click.echo(
        f"archive of {written.kind} in {to}: {len(written.entries):,} entries in "
        f"{len(written.shards)} shards, {written.bytes / 1e6:,.1f} MB, digest {written.digest}"
    )
    click.echo(licences_sentence(written), err=True)
