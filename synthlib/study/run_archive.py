"""Finished runs as small archives for a repository, so that a study outlives its machine.

`keep` writes `<protocol>-<experiment>-seed<k>-<digest8>.zip` a run: what tables are made of, no
weights, no image, no path of this machine. `bring` puts such runs into another outputs folder,
where they count in tables and figures beside those that ran there. In place of logits a kept run
has `ranks.parquet`: which class was likelier than which (0 is the likeliest), a tenth of the size.
From it follow all of the tables' numbers, exactly but for equal logits; confidences and losses do
not.

Archives of an earlier version (`runs.of_earlier_version`) stay readable: tables and figures are
made of them alone. They do not mix with runs of this version, and a batch does not count them as
done.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from synthlib import evaluation
from synthlib.params import Params, validate_params
from synthlib.runs import (
    RENDER_RECIPE,
    RunError,
    is_from_earlier_version,
    load_run,
    load_runs,
    read_status,
)
from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import raise_on_absolute_paths, write_atomic
from synthlib.utils.locks import lock_holder_message

LOG_FILES = ("environment.json", "log.csv")
ARCHIVED_FILES = ("params.yaml", "metrics.json", *LOG_FILES, "ranks.parquet")
STATUS_FILE = "status.json"
"""Brought last: without it a folder holds no finished run."""

MACHINE_PARAMETERS = {"outputs": "outputs", "data_root": "", "models_root": "", "scheduler": ""}
"""Parameters that name places of a machine: kept as their defaults, no digest is made of them."""

RENDER_DIGEST = {"renders": ""}
"""The part of the data that may differ in its bytes, as long as its recipe is the same."""

COMPOSITE_COLUMNS = ["background", "placement", "sample_seed"]
"""Columns of the predictions that only serve to draw a composite again: not kept."""


def archive_runs(params: Params, target: Path) -> list[Path]:
    """Archives of a scale's finished runs in a folder; those that are there are not made again,
    unless a run was, with other results (as after it was moved away to be tested on more)."""
    found = load_runs(params.output_dir, params.scale)
    return [_archive_run(Path(row["folder"]), target) for row in found.to_dict("records")]


def restore_runs(params: Params, archive_folder: Path) -> list[Path]:
    """Puts a scale's kept runs that its outputs lack there, but for one that a process is making;
    returns their folders.

    Raises ArchiveError or RunError naming an archive that is none or holds no finished run, or
    one of an earlier version where the outputs hold runs of this one.
    """
    brought = []
    _refuse_mixing(params, archive_folder)
    for archive, folder, _ in runs_to_restore(params, archive_folder):
        for name in ARCHIVED_FILES:
            write_atomic(folder / name, archives.read_file(archive, name))
        write_atomic(folder / STATUS_FILE, archives.read_file(archive, STATUS_FILE))
        brought.append(folder)
    return brought


def earlier(p: Params, source: Path) -> list[Path]:
    """A scale's archives in a folder that an earlier version of synthlib made."""
    read = [(archive, *_read_archive(archive, p)) for archive in sorted(source.glob("*.zip"))]
    return [
        a for a, status, its in read if its.scale == p.scale and is_from_earlier_version(status)
    ]


def _refuse_mixing(p: Params, source: Path) -> None:
    old, here = earlier(p, source), load_runs(p.output_dir, p.scale)
    if old and any(
        not is_from_earlier_version(read_status(folder)) for folder in here.get("folder", ())
    ):
        raise RunError(
            f"{len(old)} archives in {source} ({old[0].name}, ...) were made by an earlier version "
            f"of synthlib, and do not mix with the runs under {p.output_dir}: move them out of the "
            "folder, or read them into empty --outputs"
        )


def runs_to_restore(p: Params, archive_folder: Path) -> list[tuple[Path, Path, Params]]:
    """What `bring` would bring: each archive, its folder and its run's parameters."""
    found = []
    for archive in sorted(archive_folder.glob("*.zip")):
        status, params = _read_archive(archive, p)
        folder = params.experiment_dir / f"seed{params.seed}-{status['digest'][:8]}"
        if params.scale != p.scale or read_status(folder)["state"] == "done":
            continue
        if not (
            folder.is_dir() and lock_holder_message(folder)
        ):  # else a process is making this very run
            found.append((archive, folder, params))
    return found


def find_restored_run(params: Params, data: Mapping[str, str]) -> Path | None:
    """The folder of a run that was brought here and is the one of these parameters on these data.

    Its renders are of the same assets, views and settings, and may differ in their bytes, as those
    of one kind of CPU do from the next one's. None where samples are left out by hand
    (`exclude_flagged`), since no digest then says which renders.
    """
    for ranks in sorted(params.experiment_dir.glob(f"seed{params.seed}-*/ranks.parquet")):
        if read_status(ranks.parent)["state"] != "done":
            continue
        if is_from_earlier_version(read_status(ranks.parent)):
            continue
        run = load_run(ranks.parent)
        if params.exclude_flagged or run.params.exclude_flagged:
            continue
        mine, its = dict(data) | RENDER_DIGEST, dict(run.data_digests) | RENDER_DIGEST
        if run.params.digest_parameters() == params.digest_parameters() and mine == its:
            return run.folder
    return None


def _read_archive(archive: Path, p: Params) -> tuple[dict, Params]:
    """An archive's status and parameters, its outputs being those of `p`."""
    texts = [archives.read_file(archive, name) for name in (STATUS_FILE, "params.yaml")]
    try:
        status, given = dict(json.loads(texts[0])), dict(yaml.safe_load(texts[1]))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ArchiveError(f"{archive} is damaged ({error}): remove it") from error
    if status.get("state") != "done" or not str(status.get("digest")).isalnum():
        raise ArchiveError(f"{archive} holds no finished run: remove it")
    data = status.get("data", {})
    if "renders" in data and RENDER_RECIPE not in data:
        raise ArchiveError(
            f"{archive} does not say what its renders are made of, as its run was made by an "
            "older version: remove it, and `synthlib batch` makes the run again"
        )
    try:
        return status, validate_params(given | {"outputs": p.outputs})
    except ParameterError as error:
        raise ArchiveError(f"{archive}, params.yaml: {error}") from error


def _archive_run(folder: Path, target: Path) -> Path:
    run = load_run(folder)
    archive = target / f"{run.params.protocol}-{run.params.experiment}-{folder.name}.zip"
    if archive.exists() and _has_same_metrics(archive, folder):
        return archive
    flagged = {"exclude_flagged": Path(run.params.exclude_flagged).name}  # that it was, not where
    params = run.params.model_copy(update=MACHINE_PARAMETERS | flagged)
    kept = ("state", "schema", "digest", "data", "ended")
    status = {key: value for key, value in run.status.items() if key in kept}
    texts = {name: (folder / name).read_text() for name in ("metrics.json", *LOG_FILES)}
    texts["params.yaml"] = yaml.safe_dump(params.model_dump(), sort_keys=False)
    texts[STATUS_FILE] = json.dumps(status, indent=1)
    for name, text in texts.items():
        raise_on_absolute_paths(name, text)
    ranks = _ranks_parquet(evaluation.logits_to_ranks(evaluation.read_predictions(folder)))
    write_atomic(archive, _zip_bytes(texts | {"ranks.parquet": ranks}))
    return archive


def _has_same_metrics(archive: Path, folder: Path) -> bool:
    """Whether an archive has a run's numbers; test sets are in no digest, so not in its name."""
    try:
        return archives.read_file(archive, "metrics.json") == (folder / "metrics.json").read_bytes()
    except archives.ArchiveError:  # it is damaged, and the run is here
        return False


def _ranks_parquet(ranks: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    ranks.drop(columns=COMPOSITE_COLUMNS, errors="ignore").to_parquet(
        buffer, index=False, compression="zstd"
    )
    return buffer.getvalue()


def _zip_bytes(content: Mapping[str, str | bytes]) -> bytes:
    """A zip of files, the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(content):
            file.writestr(zipfile.ZipInfo(name), content[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()
