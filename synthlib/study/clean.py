"""Stores, packs and caches in the outputs folder that no run needs, and their removal.

A run is a folder below `runs/` with its `params.yaml`, finished or not, or an archive. What it
needs follows from its parameters (`data.needs`). Runs, reports, flags and logs are never removed.
"""

import json
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from synthlib.data import needs, prepare
from synthlib.params import Params
from synthlib.runs import read_params
from synthlib.study.run_archive import archived_params
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.fetch_shards import FETCH_FOLDER
from synthlib.utils.files import is_hidden
from synthlib.utils.locks import lock_folder, unlock_folder

Kind = Literal[
    "render store",
    "stand-in photographs",
    "pack",
    "unfinished pack",
    "features",
    "unfinished download",
]

RECENT_SECONDS = 3600.0
"""Age of the youngest leftover that is removed: a run that is starting may need younger ones."""

NEEDS: dict[Kind, Callable[[Params], set[Path]]] = {
    "render store": needs.needed_store,
    "stand-in photographs": needs.needed_stand_ins,
    "pack": needs.needed_packs,
}

_REMOVED = ".removed-"
"""Beginning of the name of a folder that is being removed."""

DATA_INDEPENDENT = frozenset(
    {"scale", "experiment", "protocol", "batch_protocols", "seed", "compare_with", "peek"}
    | {"real_fraction", "real_split", "folds", "synthetic_fraction", "synthetic_domain"}
    | {"hybrid_nobg", "steps_factor", "separate_last_layers"}
    | {"nobg_affine", "render_subset", "augmentation", "object_sizes", "object_in_crop"}
    | {"real_share", "steps", "balanced", "architecture", "stem", "optimizer", "learning_rate"}
    | {"momentum", "weight_decay", "batch_size", "epochs", "schedule", "lr_decay_every"}
    | {"lr_decay_factor", "precision", "matched_steps", "matched_decay_every", "test_sets"}
    | {"matched_real_share", "workers", "scheduler", "render_device", "frame_limit", "time_limit"}
    | {"recycle_after"}
)
"""Parameters on which a run's folders of data do not depend, except through
`prepare.needs_renders` and `prepare.composite_sides`."""


@dataclass(frozen=True)
class Leftover:
    """A folder or file that no run needs.

    Attributes:
        kind: Its kind.
        path: Its path.
        size: Size of its files in bytes.
        changed: Time of its last change, in seconds since 1970.
    """

    kind: Kind
    path: Path
    size: int
    changed: float


@dataclass(frozen=True)
class CleanPlan:
    """All that can be removed.

    Attributes:
        leftovers: All that no run needs, sorted by kind and path.
        n_runs: Number of runs whose needs were looked up.
        n_recent: Number of leftovers that are kept, as they were changed in the last hour.
        undecided: A sentence for each kind of which everything is kept, because the needs of a run
            are not known.
    """

    leftovers: list[Leftover]
    n_runs: int
    n_recent: int
    undecided: list[str]


def find_leftovers(
    outputs: Path, *, data_root: str = "", archives: Sequence[Path] = (), now: float | None = None
) -> CleanPlan:
    """Find all that no run needs.

    Photographs are listed, and decoded if that has not been done before, to know their packs.

    Args:
        outputs: The folder of all outputs.
        data_root: Data root of runs whose parameters name none; empty: $SYNTHLIB_DATA.
        archives: Folders of archived runs, whose needs count too.
        now: Time in seconds since 1970; default: the present.

    Raises:
        SynthlibError: If a run's parameters cannot be read; the message names it.
    """
    runs = [read_params(path.parent) for path in _params_files(outputs)]
    for folder in archives:
        runs += archived_params(folder)
    distinct = _distinct_data(runs, outputs, data_root)
    leftovers, undecided = [], []
    for kind, candidates in _candidates(outputs).items():
        try:
            needed = _needed(kind, distinct, outputs)
        except SynthlibError as error:
            undecided.append(f"every {kind} is kept, as what a run needs is not known: {error}")
            continue
        leftovers += [
            Leftover(kind, path, _size(path), _last_change(path))
            for path in candidates
            if path not in needed
        ]
    oldest_recent = (time.time() if now is None else now) - RECENT_SECONDS
    old = [leftover for leftover in leftovers if leftover.changed <= oldest_recent]
    return CleanPlan(old, len(runs), len(leftovers) - len(old), undecided)


def remove_leftover(leftover: Leftover) -> str:
    """Remove something that no run needs.

    It loses its name at once, so that nobody uses a folder that is half removed.

    Returns:
        "", or a sentence if it is kept because a process writes into it.

    Raises:
        FileError: If it cannot be removed.
    """
    path = leftover.path
    with file_errors(path, "removed"):
        if path.is_file():
            path.unlink()
            return ""
        try:
            lock = lock_folder(path)
        except BlockingIOError:
            return f"{path} is kept: another process writes into it"
        removed = path.with_name(_REMOVED + path.name)
        try:
            path.rename(removed)
        finally:
            unlock_folder(lock)
        shutil.rmtree(removed)
    return ""


def _params_files(outputs: Path) -> list[Path]:
    return sorted((outputs / "runs").glob("*/*/*/seed*/params.yaml"))


def _distinct_data(runs: Sequence[Params], outputs: Path, data_root: str) -> list[Params]:
    """One run for each set of parameters that data depend on, in this outputs folder."""
    distinct = {}
    for run in runs:
        places = {"outputs": str(outputs), "data_root": run.data_root or data_root}
        params = run.model_copy(update=places)
        key = [prepare.needs_renders(params), prepare.composite_sides(params)]
        values = params.model_dump().items()
        key += [(name, value) for name, value in values if name not in DATA_INDEPENDENT]
        distinct.setdefault(json.dumps(key), params)
    return list(distinct.values())


def _candidates(outputs: Path) -> dict[Kind, list[Path]]:
    """All folders and files of each kind; links are the user's own and left out."""
    packs = _entries(outputs / "packed", "*")
    unfinished = f".*.{socket.gethostname()}.*"
    return {
        "render store": [p for p in _entries(outputs / "renders", "*") if p.is_dir()],
        "stand-in photographs": [p for p in _entries(outputs / "stand_in", "*") if p.is_dir()],
        "pack": [p for p in packs if not is_hidden(p.name) or p.name.startswith(_REMOVED)],
        "unfinished pack": _entries(outputs / "packed", unfinished),
        "features": _entries(outputs / "cache" / "features", "*.npy"),
        "unfinished download": [p for p in _entries(outputs / FETCH_FOLDER, "*") if p.is_dir()],
    }


def _entries(folder: Path, pattern: str) -> list[Path]:
    return [path for path in sorted(folder.glob(pattern)) if not path.is_symlink()]


def _needed(kind: Kind, runs: Sequence[Params], outputs: Path) -> set[Path]:
    """Paths of a kind that are needed.

    Raises:
        SynthlibError: If the needs of a run are not known.
    """
    if kind == "unfinished pack":  # the last part of its name is the process that builds it
        return {
            path
            for path in _candidates(outputs)[kind]
            if not (pid := path.name.rpartition(".")[2]).isdigit() or psutil.pid_exists(int(pid))
        }
    if kind == "unfinished download":  # one that continues was changed recently
        return set()
    if kind == "features":
        names = {path.parent.name for path in _params_files(outputs)}
        features = _candidates(outputs)[kind]
        return {path for path in features if path.name.rpartition("-")[0] in names}
    return set().union(*(NEEDS[kind](params) for params in runs))


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.lstat().st_size for file in files if file.is_file())


def _last_change(path: Path) -> float:
    """Time of the last change of a path or of what is directly in it."""
    paths = [path, *(path.iterdir() if path.is_dir() else ())]
    return max(entry.lstat().st_mtime for entry in paths)
