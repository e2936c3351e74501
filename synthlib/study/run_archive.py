"""Finished runs as small archives for a repository, so that a study outlives its machine.

`archive_runs` writes `<protocol>-<experiment>-seed<k>-<digest8>.zip` per run: all that tables are
made from, without weights, images or paths of this machine. `restore_runs` puts such runs into
another outputs folder, where they count in tables and figures like the runs made there. An archived
run has `ranks.parquet` in place of `predictions.parquet`: the rank of every class for each test
image (0 is the most likely class), a tenth of the size of logits. All numbers of the tables follow
from it exactly, except where logits are equal; confidences and losses do not.

Archives of an earlier version (`runs.is_from_earlier_version`) stay readable: tables and figures
can be made from them alone. They do not mix with runs of this version, and a batch does not count
them as done.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from synthlib import evaluation
from synthlib.params import Params, validate_params
from synthlib.runs import (
    RENDER_RECIPE,
    Run,
    RunError,
    is_from_earlier_version,
    load_run,
    load_runs,
    read_status,
)
from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import raise_on_absolute_paths, read_text, write_atomic
from synthlib.utils.locks import lock_holder_message

LOG_FILES = ("environment.json", "log.csv")
ARCHIVED_FILES = ("params.yaml", "metrics.json", *LOG_FILES, "ranks.parquet")
STATUS_FILE = "status.json"
"""Restored last: without it a folder contains no finished run."""

ARCHIVED_STATUS_KEYS = ("state", "schema", "digest", "data", "ended")

MACHINE_PARAMETERS = {
    "outputs": "outputs",
    **dict.fromkeys(("data_root", "models_root", "scheduler", "blender_python"), ""),
}
"""Parameters that name places of a machine, archived as their defaults; they are in no digest."""

RENDER_DIGEST = {"renders": ""}
"""The part of the data whose bytes may differ between machines, as long as its recipe is equal."""

COMPOSITE_COLUMNS = ["background", "placement", "sample_seed"]
"""Columns of the predictions from which composites are drawn again; not archived."""


class RunArchive(NamedTuple):
    """An archive of a finished run: its path, its run's status, and its run's parameters with the
    outputs folder of this machine."""

    path: Path
    status: dict
    params: Params

    @property
    def run_folder(self) -> Path:
        """The folder of the run once it is restored."""
        digest8 = self.status["digest"][:8]
        return self.params.experiment_dir / f"seed{self.params.seed}-{digest8}"


def archive_runs(params: Params, target: Path) -> list[Path]:
    """Archive the finished runs of a scale.

    The same run gives the same bytes. An archive that exists is kept, unless the run has other
    metrics now, for example after it was repeated on more test sets.

    Args:
        params: Parameters with the scale and the outputs folder.
        target: Folder of the archives.

    Returns:
        Path of each run's archive, in the order of `runs.load_runs`.

    Raises:
        SynthlibError: If a file of a run contains a path of this machine.

    Examples:
        >>> archive_runs(params.load("tiny", "baseline"), Path("docs/results/tiny/runs"))
        [PosixPath('docs/results/tiny/runs/thesis-baseline-seed0-1a2b3c4d.zip')]
    """
    runs = load_runs(params.output_dir, params.scale)
    return [_archive_run(Path(row["folder"]), target) for row in runs.to_dict("records")]


def restore_runs(params: Params, archive_folder: Path) -> list[Path]:
    """Restore a scale's archived runs that the outputs folder does not have.

    Runs that another process is making are left out. An interrupted restore is completed by the
    next call.

    Args:
        params: Parameters with the scale and the outputs folder.
        archive_folder: Folder of the archives.

    Returns:
        Folders of the restored runs.

    Raises:
        ArchiveError: If an archive is damaged or contains no finished run.
        RunError: If archives of an earlier version would mix with runs of this one.

    Examples:
        >>> tiny = params.load("tiny", "baseline", outputs="other_outputs")
        >>> len(restore_runs(tiny, Path("docs/results/tiny/runs")))
        67
    """
    _raise_on_mixed_versions(params, archive_folder)
    restored = []
    for archive in runs_to_restore(params, archive_folder):
        for name in (*ARCHIVED_FILES, STATUS_FILE):
            write_atomic(archive.run_folder / name, archives.read_file(archive.path, name))
        restored.append(archive.run_folder)
    return restored


def runs_to_restore(params: Params, archive_folder: Path) -> list[RunArchive]:
    """The archives that `restore_runs` would restore."""
    return [
        archive
        for archive in _read_archives(params, archive_folder)
        if read_status(archive.run_folder)["state"] != "done" and not _is_held(archive.run_folder)
    ]


def earlier_version_archives(params: Params, archive_folder: Path) -> list[Path]:
    """A scale's archives in a folder that an earlier version of synthlib made."""
    return [
        archive.path
        for archive in _read_archives(params, archive_folder)
        if is_from_earlier_version(archive.status)
    ]


def archived_params(archive_folder: Path) -> list[Params]:
    """Parameters of all archived runs in a folder, of every scale and version.

    Raises:
        ArchiveError: If an archive is damaged or contains no finished run.
    """
    outputs = str(MACHINE_PARAMETERS["outputs"])
    return [_read_archive(path, outputs).params for path in sorted(archive_folder.glob("*.zip"))]


def find_restored_run(params: Params, data_digests: Mapping[str, str]) -> Path | None:
    """Find a restored run with the same parameters and data.

    Its renders must have the same recipe (assets, views and settings); their bytes may differ, as
    they do between kinds of CPU.

    Args:
        params: Parameters of the planned run.
        data_digests: Digests of its data, from `prepare_data`.

    Returns:
        Folder of the run; None if there is none, or if samples are left out by hand
        (`exclude_flagged`), since no digest then identifies the renders that remain.
    """
    data = dict(data_digests) | RENDER_DIGEST
    for ranks in sorted(params.experiment_dir.glob(f"seed{params.seed}-*/ranks.parquet")):
        status = read_status(ranks.parent)
        if status["state"] != "done" or is_from_earlier_version(status):
            continue
        run = load_run(ranks.parent)
        if params.exclude_flagged or run.params.exclude_flagged:
            continue
        same_parameters = run.params.digest_parameters() == params.digest_parameters()
        if same_parameters and dict(run.data_digests) | RENDER_DIGEST == data:
            return run.folder
    return None


def _raise_on_mixed_versions(params: Params, archive_folder: Path) -> None:
    earlier = earlier_version_archives(params, archive_folder)
    folders = load_runs(params.output_dir, params.scale).get("folder", ())
    if earlier and any(not is_from_earlier_version(read_status(folder)) for folder in folders):
        raise RunError(
            f"{len(earlier)} archives in {archive_folder} ({earlier[0].name}, ...) were made by an "
            "earlier version of synthlib, and do not mix with the runs under "
            f"{params.output_dir}: move them out of the folder, or read them into empty --outputs"
        )


def _is_held(folder: Path) -> bool:
    """True if a process is making the run of a folder."""
    return folder.is_dir() and bool(lock_holder_message(folder))


def _read_archives(params: Params, archive_folder: Path) -> list[RunArchive]:
    """The archives of the scale's runs in a folder."""
    paths = sorted(archive_folder.glob("*.zip"))
    archives = (_read_archive(path, params.outputs) for path in paths)
    return [archive for archive in archives if archive.params.scale == params.scale]


def _read_archive(path: Path, outputs: str) -> RunArchive:
    texts = [archives.read_file(path, name) for name in (STATUS_FILE, "params.yaml")]
    try:
        status, parameters = dict(json.loads(texts[0])), dict(yaml.safe_load(texts[1]))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ArchiveError(f"{path} is damaged ({error}): remove it") from error
    if status.get("state") != "done" or not str(status.get("digest")).isalnum():
        raise ArchiveError(f"{path} contains no finished run: remove it")
    data = status.get("data", {})
    if "renders" in data and RENDER_RECIPE not in data:
        raise ArchiveError(
            f"{path} does not record the recipe of its renders, as its run was made by an older "
            "version: remove it, and `synthlib batch` repeats the run"
        )
    try:
        # the parameters are those of another machine, only the outputs folder is this one's
        run_params = validate_params(parameters | {"outputs": outputs})
    except ParameterError as error:
        raise ArchiveError(f"{path}, params.yaml: {error}") from error
    return RunArchive(path, status, run_params)


def _archive_run(folder: Path, target: Path) -> Path:
    run = load_run(folder)
    path = target / f"{run.params.protocol}-{run.params.experiment}-{folder.name}.zip"
    if path.exists() and _has_same_metrics(path, folder):
        return path
    texts = run_texts(run)
    ranks = evaluation.logits_to_ranks(evaluation.read_predictions(folder))
    ranks = ranks.drop(columns=COMPOSITE_COLUMNS, errors="ignore")
    content = texts | {"ranks.parquet": ranks.to_parquet(index=False, compression="zstd")}
    write_atomic(path, _zip_bytes(content))
    return path


def run_texts(run: Run) -> dict[str, str]:
    """The text files of a finished run by name, without what is of this machine.

    Raises:
        SynthlibError: If a text contains a path of this machine.
    """
    # the name of a list of flags shows that samples were left out, without its place
    flags = {"exclude_flagged": Path(run.params.exclude_flagged).name}
    params = run.params.model_copy(update=MACHINE_PARAMETERS | flags)
    status = {key: value for key, value in run.status.items() if key in ARCHIVED_STATUS_KEYS}
    texts = {name: read_text(run.folder / name) for name in ("metrics.json", *LOG_FILES)}
    texts["params.yaml"] = yaml.safe_dump(params.model_dump(), sort_keys=False)
    texts[STATUS_FILE] = json.dumps(status, indent=1)
    for name, text in texts.items():
        raise_on_absolute_paths(name, text)
    return texts


def _has_same_metrics(path: Path, folder: Path) -> bool:
    """True if an archive has a run's numbers. Its name does not tell, as the digest in it does not
    depend on the test sets."""
    try:
        return archives.read_file(path, "metrics.json") == (folder / "metrics.json").read_bytes()
    except ArchiveError:  # the archive is damaged, and the run is here
        return False


def _zip_bytes(content: Mapping[str, str | bytes]) -> bytes:
    """A zip of files, with the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(content):
            file.writestr(zipfile.ZipInfo(name), content[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()
