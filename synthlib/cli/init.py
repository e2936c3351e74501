"""`synthlib init FOLDER`: make a folder with the notebooks and parameter files of a study."""

import shutil
from pathlib import Path

import click

from synthlib import __version__
from synthlib.cli.options import user_errors
from synthlib.utils.errors import ParameterError, file_errors
from synthlib.utils.files import STUDY_MARKER, study_sources, write_atomic

_COPIED = ("notebooks/*.ipynb", "params/**/*.yaml", "constraints.txt")

_MARKER_TEXT = f"""\
# A study folder of synthlib, made by `synthlib init`. Commands and notebooks that run in it read
# its params/ and write to its outputs/. constraints.txt has the versions that were tried together.
version: {__version__}
"""


def make_study_folder(folder: Path) -> None:
    """Copy the notebooks, parameter files and pinned versions, and make an empty `outputs/`.

    Args:
        folder: A new or empty folder.

    Raises:
        ParameterError: The folder is a file or is not empty.
        FileError: The folder cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ParameterError(
            f"{folder} exists and is not empty: name a new folder; your own files can be added "
            "afterwards"
        )
    sources = study_sources()
    with file_errors(folder):
        for path in sorted(path for pattern in _COPIED for path in sources.glob(pattern)):
            target = folder / path.relative_to(sources)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        (folder / "outputs").mkdir()
    # last: a folder without it was not made completely
    write_atomic(folder / STUDY_MARKER, _MARKER_TEXT)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@user_errors
def init(folder) -> None:
    """Make FOLDER with notebooks, parameter files to edit, and a place for outputs.

    Commands and notebooks that run in FOLDER read its files, not those of the installation.

    \b
    Example:
      synthlib init my_study
    """
    make_study_folder(folder)
    click.echo(f"{folder}/: notebooks/, params/ and outputs/ of synthlib {__version__}")
    click.echo(
        f"next: cd {folder}, then `synthlib doctor`, `synthlib batch --scale demo --jobs 2` or "
        "`jupyter lab --notebook-dir=. notebooks/00_start_here.ipynb`"
    )
