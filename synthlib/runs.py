"""Run folders: one experiment at one scale under one protocol with one seed.

`outputs/runs/<scale>/<protocol>/<experiment>/seed<k>-<digest8>/` contains `params.yaml`,
`status.json` (which alone says if the run is finished), `log.csv`, `checkpoint.pt`,
`model.safetensors`, `predictions.parquet`, `metrics.json`, `environment.json`, `notebook.ipynb`.
A run restored from an archive (`study.run_archive`) has no weights, and `ranks.parquet` instead of
predictions.

The digest covers everything that can change a result, so that a changed parameter makes another
run: the data, and the parameters that differ from the defaults of a schema version. `status.json`
records that version.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from synthlib.params import SCHEMA_VERSION, Params, validate_params
from synthlib.utils.environment import environment_record
from synthlib.utils.errors import ParameterError, SynthlibError
from synthlib.utils.files import digest, read_text, write_atomic
from synthlib.utils.locks import acquire, release
from synthlib.utils.processes import interrupt_when_supervisor_dies

logger = logging.getLogger(__name__)

RENDER_RECIPE = "recipe"
"""Key, in `Run.data_digests`, of the digest of what its renders are made of.

It is equal on all machines, and not part of the run's digest. The run's digest contains `renders`
instead, the digest of the renders' bytes, which may differ between machines."""


DIVERGED = "the training diverged; choose a lower learning_rate or a larger batch_size"
"""Cause of weights or logits that are not finite, and what to do."""


class RunError(SynthlibError):
    """A run is missing, was made by another version, or cannot be continued."""


@dataclass(frozen=True)
class Run:
    """A run: its folder, and everything that determines its results.

    Attributes:
        folder: Its folder, which need not exist yet.
        params: Its parameters.
        digest: Digest of its data and of the parameters that can change a result.
        data_digests: Digest of each part of its data, by the part's name.
    """

    folder: Path
    params: Params
    digest: str
    data_digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> dict[str, Any]:
        """Content of `status.json`; {"state": "new"} before the run started."""
        return read_status(self.folder)

    @property
    def is_done(self) -> bool:
        """True if the run is finished: trained, tested and measured."""
        return self.status["state"] == "done"

    def write_status(self, state: str, **details: Any) -> None:
        """Write the run's state (`running`, `done`, `failed`, `interrupted`) atomically."""
        content = {
            "state": state,
            "schema": SCHEMA_VERSION,
            "digest": self.digest,
            "data": dict(self.data_digests),
            "pid": os.getpid(),
            **details,
        }
        write_atomic(self.folder / "status.json", json.dumps(content, indent=1))

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file into the run's folder atomically."""
        write_atomic(self.folder / name, json.dumps(content, indent=1, sort_keys=True))


def find_run(params: Params, data_digests: Mapping[str, str]) -> Run:
    """The run of these parameters on data with these digests; nothing is written.

    Args:
        params: The run's parameters.
        data_digests: Digest of each part of its data, from `StudyData.digests`.
    """
    data = {part: value for part, value in data_digests.items() if part != RENDER_RECIPE}
    run_digest = digest({"params": params.digest_parameters(), "data": data})
    folder = params.experiment_dir / f"seed{params.seed}-{run_digest[:8]}"
    return Run(folder, params, run_digest, data_digests)


def open_run(params: Params, data_digests: Mapping[str, str]) -> Run:
    """Open a run to train it: create and lock its folder, and mark the run as running.

    The folder stays locked by this process until `finish_run` or the end of the process. One log
    line says whether the run is new, is continued, or is done already; a run that is done is not
    changed.

    Args:
        params: The run's parameters.
        data_digests: Digest of each part of its data, from `StudyData.digests`.

    Raises:
        LockedError: Another process is making the run.
        RunError: The folder belongs to another run, or the run is done and was not tested on all
            `test_sets`.

    Examples:
        >>> data = prepare_data(params)
        >>> run = open_run(params, data.digests)
    """
    run = find_run(params, data_digests)
    if not run.is_done:
        acquire(run.folder)
        interrupt_when_supervisor_dies()
    state = run.status["state"]
    if state != "new" and run.status.get("digest") != run.digest:
        raise RunError(f"{run.folder} belongs to another run: move it away and start again")
    if message := missing_test_sets_message(run.folder, params):
        raise RunError(message)
    description = {"new": "new", "done": "done already, nothing is computed again"}
    logger.info(
        f"run {run.folder.relative_to(params.output_dir)}: {description.get(state, 'continued')}"
    )
    if state == "done":
        mark_as_newest(run.folder)
    else:
        text = yaml.safe_dump(params.model_dump(), sort_keys=False)
        write_atomic(run.folder / "params.yaml", text)
        run.write_status("running")
    return run


def mark_as_newest(folder: Path) -> None:
    """Make a finished run the newest of its experiment and seed, because the user opened it again.

    Otherwise tables would keep showing a run with other parameters that was made in between. The
    time is stored as `asked` in `status.json`, if a newer run exists.
    """
    same_seed = folder.parent.glob(f"{folder.name.partition('-')[0]}-*")
    statuses = {other: read_status(other) for other in same_seed}
    times = {other: _newest_time(s) for other, s in statuses.items() if s["state"] == "done"}
    if times and max(times, key=lambda other: times[other]) != folder:
        status = statuses[folder] | {"asked": pd.Timestamp.now("UTC").isoformat()}
        write_atomic(folder / "status.json", json.dumps(status, indent=1))


def _newest_time(status: Mapping[str, Any]) -> pd.Timestamp:
    """Time when a finished run ended, or was opened again since; in UTC, as runs may come from
    several time zones."""
    return pd.to_datetime(status.get("asked", status["ended"]), utc=True)


def missing_test_sets_message(folder: Path, params: Params) -> str:
    """A sentence if a finished run was not tested on all of the parameters' `test_sets`, else "".

    Such a run has the digest of these parameters, because test sets are not part of it: they change
    no other result.
    """
    if read_status(folder)["state"] != "done":
        return ""
    tested = _read_json(folder / "metrics.json")["test_sets"]
    missing = ", ".join(name for name in params.test_sets if name not in tested)
    if not missing:
        return ""
    return f"{folder} is done, and was not tested on {missing}: move it away, and it is made again"


def describe_training_data(params: Params, counts: Mapping[str, float]) -> str:
    """Describe a run's training data as text: "33% real (910) + synthetic (4,368)".

    Args:
        params: The run's parameters.
        counts: Number of samples, as `n_real` and `n_synthetic`.
    """
    synthetic_title = {
        "synthetic_bg": "synthetic",
        "synthetic_nobg": "synthetic without background",
        "hybrid": "synthetic, background by class",
        "bg_only": "backgrounds without object",
        "fetched": "photographs labelled by a model",
    }[params.synthetic_domain]
    parts = []
    for fraction, title, n in (
        (params.real_fraction, "real", counts["n_real"]),
        (params.synthetic_fraction, synthetic_title, counts["n_synthetic"]),
    ):
        if fraction > 0:
            share = "" if fraction == 1 else f"{100 * fraction:.3g}% ".replace("33.3%", "33%")
            parts.append(f"{share}{title} ({n:,})")
    split_note = ", renders split by view" if params.split_by == "view" else ""
    return " + ".join(parts) + split_note


def read_status(folder: Path) -> dict[str, Any]:
    """Content of a run folder's `status.json`; {"state": "new"} if there is none."""
    path = folder / "status.json"
    return _read_json(path) if path.exists() else {"state": "new"}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(read_text(path)))
    except (ParameterError, ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged ({error}): remove the run's folder") from error


def is_from_earlier_version(status: Mapping[str, Any]) -> bool:
    """True if a run was made by an earlier version of synthlib, according to its `status.json`.

    In earlier versions parameters had other defaults, or digests were computed differently. The
    numbers of such a run can be read, but a batch does not recognise it as one of its runs, and
    computes the run again.
    """
    return status.get("schema") != SCHEMA_VERSION


def earlier_version_message(folder: Path) -> str:
    """A sentence for the user about a run of an earlier version, and what to do about it."""
    return (
        f"{folder} was made by an earlier version of synthlib, with other renders and defaults: "
        "its numbers can be read, but not compared with runs of this version. Move it out of the "
        "outputs folder, and `synthlib batch` recreates it"
    )


def load_runs(
    outputs: Path, scale: str | None = None, *, with_weights: bool = False
) -> pd.DataFrame:
    """Table of the finished runs, one row per scale, protocol, experiment and seed.

    If several runs have the same scale, protocol, experiment and seed, only the newest is included:
    the one that ended last, or that the user opened again since (`mark_as_newest`).

    Args:
        outputs: The folder that contains `runs/`.
        scale: The only scale to include; None: all.
        with_weights: If true, leave out runs that were restored from an archive, which have neither
            weights nor logits.

    Returns:
        Columns scale, protocol, experiment, seed, label, folder, ended, and the counts of the
        training data (n_real, n_synthetic, steps, images_seen, real_epochs, synthetic_epochs),
        sorted by scale, protocol, experiment and seed; an empty table if there is no finished run.

    Raises:
        RunError: A file of a run is damaged.

    Examples:
        >>> table = load_runs(params.output_dir, "tiny")
    """
    rows = []
    for path in sorted((outputs / "runs").glob("*/*/*/seed*/status.json")):
        folder = path.parent
        status = _read_json(path)
        has_required_files = not with_weights or (folder / "predictions.parquet").exists()
        run_scale, protocol, experiment = path.parts[-5:-2]
        if status["state"] != "done" or not has_required_files or scale not in (None, run_scale):
            continue
        keys = {"scale": run_scale, "protocol": protocol, "experiment": experiment}
        counts = _read_json(folder / "metrics.json")["counts"]
        rows.append(keys | counts | {"folder": folder, "ended": _newest_time(status)})
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows).sort_values("ended")
    table = table.drop_duplicates(["scale", "protocol", "experiment", "seed"], keep="last")
    return table.sort_values(["scale", "protocol", "experiment", "seed"], ignore_index=True)


def newest_run(outputs: Path, scale: str, experiment: str, protocol: str = "thesis") -> Run:
    """Load the newest finished run of an experiment at a scale that has its weights.

    Raises:
        RunError: There is no such run; the message has the command that makes one.
    """
    table = load_runs(outputs, scale, with_weights=True)
    if not table.empty:
        table = table[(table["experiment"] == experiment) & (table["protocol"] == protocol)]
    if table.empty:
        raise RunError(
            f"no finished run of {experiment} (protocol {protocol}) at scale {scale} under "
            f"{outputs}; make one: {batch_command(scale, experiment, protocol)}"
        )
    return load_run(table.sort_values("ended")["folder"].iloc[-1])


def batch_command(scale: str, experiment: str, protocol: str, seed: int = 0) -> str:
    """The shell command that makes a run."""
    command = f"synthlib batch --scale {scale} --only {experiment.partition('@')[0]}"
    if "@" in experiment:
        plans = {"screen": "screening", "ablation": "ablation"}
        plan = plans.get(experiment.partition("@")[2].partition("_")[0], "search")
        return f"{command} --{plan} --seeds {seed}"
    return f"{command} --seeds {seed} --set 'batch_protocols=[{protocol}]'"


def read_params(folder: Path) -> Params:
    """Read the parameters that a run was made with.

    Raises:
        RunError: The parameters are not valid in this version of synthlib.
        FileError: The file cannot be read.
    """
    path = folder / "params.yaml"
    try:
        return validate_params(dict(yaml.safe_load(read_text(path))))
    except (ParameterError, ValueError, TypeError, yaml.YAMLError) as error:
        raise RunError(
            f"{path}: {error}. The run was made by another version of synthlib: move it out of "
            "the outputs folder, and `synthlib batch` recreates it"
        ) from error


def load_run(folder: Path) -> Run:
    """Load a finished run from its folder.

    Its parameter `outputs` becomes the folder that contains it now, so that its renders and flags
    are found even if that folder has been moved since.

    Raises:
        RunError: The folder holds no finished run.
    """
    if not (folder / "params.yaml").exists() or read_status(folder)["state"] != "done":
        raise RunError(f"{folder} holds no finished run: run it, or name another")
    params = read_params(folder)
    ancestors = folder.absolute().parents  # experiment, protocol, scale, runs, outputs, ...
    if len(ancestors) > 4 and ancestors[3].name == "runs":
        params = params.model_copy(update={"outputs": str(ancestors[4])})
    status = read_status(folder)
    return Run(folder, params, status.get("digest", ""), status.get("data", {}))


def finish_run(run: Run, timestamps: Mapping[str, float], compute_info: Mapping[str, Any]) -> None:
    """Mark a run as done and unlock its folder; a run that is done already is not changed.

    `environment.json` is written before `status.json`, so that every finished run has it.

    Args:
        run: The run.
        timestamps: Readings of a clock in seconds, in order: one at the start, under any name, and
            one at the end of each stage, under the stage's name.
        compute_info: Description of the device, from `devices.compute_info`.
    """
    if run.is_done:
        return
    stages = list(timestamps)
    seconds = {
        stage: timestamps[stage] - timestamps[previous] for previous, stage in pairwise(stages)
    }
    record = environment_record(compute_info, seconds)
    run.write_json("environment.json", record)
    run.write_status("done", ended=record["ended"])
    release(run.folder)
