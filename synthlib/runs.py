"""Run folders: one experiment at one scale under one protocol with one seed.

`outputs/runs/<scale>/<protocol>/<experiment>/seed<k>-<digest8>/` holds `params.yaml`,
`status.json` (the only word on whether the run finished), `log.csv`, `checkpoint.pt`,
`model.safetensors`, `predictions.parquet`, `metrics.json`, `environment.json`, `notebook.ipynb`.
One brought from elsewhere (`kept`) has no weights, and `ranks.parquet` for predictions.
The digest is of everything that can change a result, so a changed parameter is another run: of the
data, and of the parameters that differ from the defaults of a schema version, which `status.json`
has.
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
from synthlib.utils.errors import ParameterError, SynthlibError, file_errors
from synthlib.utils.files import digest, write_atomic
from synthlib.utils.locks import acquire, release
from synthlib.utils.processes import interrupt_when_supervisor_dies

logger = logging.getLogger(__name__)


class RunError(SynthlibError):
    """A run is missing, of another version, or cannot be gone on with."""


RENDER_RECIPE = "recipe"
"""The part of a run's data that says what its renders are made of, on any machine: no part of its
digest, which has `renders`, their bytes on this one."""


@dataclass(frozen=True)
class Run:
    """One run's folder and what fixes it; `data` has the digest of each part of its data."""

    folder: Path
    params: Params
    digest: str
    data_digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> dict[str, Any]:
        """What `status.json` says; {"state": "new"} before the run started."""
        return read_status(self.folder)

    @property
    def is_done(self) -> bool:
        """Whether the run finished: trained, tested, measured."""
        return self.status["state"] == "done"

    def write_status(self, state: str, **more: Any) -> None:
        """Write the run's state (`running`, `done`, `failed`, `interrupted`) atomically."""
        about = {"schema": SCHEMA_VERSION, "digest": self.digest, "data": dict(self.data_digests)}
        content = {"state": state, **about, "pid": os.getpid(), **more}
        write_atomic(self.folder / "status.json", json.dumps(content, indent=1))

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write `content` into the run's folder atomically."""
        write_atomic(self.folder / name, json.dumps(content, indent=1, sort_keys=True))


def find_run(params: Params, data_digests: Mapping[str, str]) -> Run:
    """The run of `params` on data with these digests; nothing is written."""
    data = {part: value for part, value in data_digests.items() if part != RENDER_RECIPE}
    key = digest({"params": params.digest_parameters(), "data": data})
    return Run(params.experiment_dir / f"seed{params.seed}-{key[:8]}", params, key, data_digests)


def open_run(params: Params, data_digests: Mapping[str, str]) -> Run:
    """The run of `params`, its folder made if it is not there; it is marked as running, and this
    process's until `finish` or its end.

    Says in one line whether the run is new, goes on, or is done already (and stays so). Raises
    LockedError if another process makes it now, RunError if it is done and lacks a test
    set of `params`.
    """
    run = find_run(params, data_digests)
    if not run.is_done:
        acquire(run.folder)
        interrupt_when_supervisor_dies()
    state = run.status["state"]
    if state != "new" and run.status.get("digest") != run.digest:
        raise RunError(f"{run.folder} belongs to another run: move it away and start again")
    if lacking := missing_test_sets_message(run.folder, params):
        raise RunError(lacking)
    words = {"new": "new", "done": "done already, nothing is computed again"}
    logger.info(f"run {run.folder.relative_to(params.output_dir)}: {words.get(state, 'goes on')}")
    if state == "done":
        mark_as_newest(run.folder)
    else:
        text = yaml.safe_dump(params.model_dump(), sort_keys=False)
        write_atomic(run.folder / "params.yaml", text)
        run.write_status("running")
    return run


def mark_as_newest(folder: Path) -> None:
    """Makes a finished run the newest of its experiment and seed again, now that it was asked for:
    a trial with other parameters, made since, is then no longer what tables show."""
    same = folder.parent.glob(f"{folder.name.partition('-')[0]}-*")
    if any(read_status(other)["state"] == "done" for other in same if other != folder):
        asked = read_status(folder) | {"asked": pd.Timestamp.now("UTC").isoformat()}
        write_atomic(folder / "status.json", json.dumps(asked, indent=1))


def missing_test_sets_message(folder: Path, params: Params) -> str:
    """A sentence if a run is done and was not tested on all of the `test_sets`, else "". They are
    in no digest, as they change nothing else."""
    if read_status(folder)["state"] != "done":
        return ""
    tested = _read_json(folder / "metrics.json")["test_sets"]
    lacking = ", ".join(name for name in params.test_sets if name not in tested)
    words = f"{folder} is done, and was not tested on {lacking}: move it away, and it is made again"
    return words if lacking else ""


def describe_training_data(params: Params, counts: Mapping[str, float]) -> str:
    """The run's training data in plain words: "33% real (910) + synthetic (4,368)"."""
    parts = []
    words = {
        "synthetic_bg": "synthetic",
        "synthetic_nobg": "synthetic without background",
        "hybrid": "synthetic, background by class",
        "bg_only": "backgrounds without object",
    }
    for fraction, word, n in (
        (params.real_fraction, "real", counts["n_real"]),
        (params.synthetic_fraction, words[params.synthetic_domain], counts["n_synthetic"]),
    ):
        if fraction > 0:
            share = "" if fraction == 1 else f"{100 * fraction:.3g}% ".replace("33.3%", "33%")
            parts.append(f"{share}{word} ({n:,})")
    leak = ", renders split by view" if params.split_by == "view" else ""
    return " + ".join(parts) + leak


def read_status(folder: Path) -> dict[str, Any]:
    """What a run folder's `status.json` says; {"state": "new"} where there is none."""
    path = folder / "status.json"
    return _read_json(path) if path.exists() else {"state": "new"}


def _read_json(path: Path) -> dict[str, Any]:
    with file_errors(path, "read"):
        text = path.read_text()
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError) as error:
        raise RunError(f"{path} is damaged ({error}): remove the run's folder") from error


def is_from_earlier_version(status: Mapping[str, Any]) -> bool:
    """Whether a run's `status.json` says that an earlier version of synthlib made it: one in which
    parameters had other defaults, or digests were made otherwise. Its numbers can be read; which
    run of today's it would be cannot be known, so that a batch makes that one."""
    return status.get("schema") != SCHEMA_VERSION


def earlier_version_message(folder: Path) -> str:
    """What to tell a person about a run of an earlier version, and what to do; names its folder."""
    return (
        f"{folder} was made by an earlier version of synthlib, with other renders and defaults: "
        "its numbers can be read, but not compared with runs of this version. Move it out of the "
        "outputs folder, and `synthlib batch` makes the run again"
    )


def load_runs(
    outputs: Path, scale: str | None = None, *, with_weights: bool = False
) -> pd.DataFrame:
    """Every finished run below `outputs`, a row each.

    Columns: scale, protocol, experiment, seed, label, folder, then the training data's counts
    (n_real, n_synthetic, steps, images_seen, real_epochs, synthetic_epochs), sorted by scale,
    protocol, experiment and seed. Of runs with the same four only the newest is taken, which is the
    one that ended last, or was asked for since (`prefer`). `whole`: leaves out those that were
    brought from elsewhere without weights and logits.
    """
    rows = []
    for status in sorted((outputs / "runs").glob("*/*/*/seed*/status.json")):
        state = _read_json(status)
        if state["state"] != "done" or (
            with_weights and not (status.parent / "predictions.parquet").exists()
        ):
            continue
        found_scale, protocol, experiment = status.parts[-5:-2]
        if scale in (None, found_scale):
            counts = _read_json(status.parent / "metrics.json")["counts"]
            keys = {"scale": found_scale, "protocol": protocol, "experiment": experiment}
            when = state.get("asked", state["ended"])
            ended = pd.to_datetime(when, utc=True)  # runs may be of several time zones
            rows.append(keys | counts | {"folder": status.parent, "ended": ended})
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows).sort_values("ended")
    table = table.drop_duplicates(["scale", "protocol", "experiment", "seed"], keep="last")
    return table.sort_values(["scale", "protocol", "experiment", "seed"], ignore_index=True)


def newest_run(outputs: Path, scale: str, experiment: str, protocol: str = "thesis") -> Run:
    """The newest finished run of an experiment at a scale, with its weights.

    Raises RunError with the command that makes one if there is none.
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
    """What to type to make a run."""
    words = f"synthlib batch --scale {scale} --only {experiment.partition('@')[0]}"
    if "@" in experiment:
        return f"{words} --search --seeds {seed}"
    return f"{words} --seeds {seed} --set 'batch_protocols=[{protocol}]'"


def read_params(folder: Path) -> Params:
    """A run's parameters as it had them. Raises RunError naming the run if they fit no more."""
    path = folder / "params.yaml"
    with file_errors(path, "read"):
        text = path.read_text()
    try:
        return validate_params(dict(yaml.safe_load(text)))
    except (ParameterError, ValueError, TypeError, yaml.YAMLError) as error:
        raise RunError(
            f"{path}: {error}. The run was made by another version of synthlib: move it out of "
            "the outputs folder, and `synthlib batch` makes it again"
        ) from error


def load_run(folder: Path) -> Run:
    """The run of a folder, its renders and flags beside it even if all were moved since.

    Raises RunError with a sentence if the folder holds no run that finished.
    """
    if not (folder / "params.yaml").exists() or read_status(folder)["state"] != "done":
        raise RunError(f"{folder} holds no finished run: run it, or name another")
    params = read_params(folder)
    above = folder.absolute().parents
    if len(above) > 4 and above[3].name == "runs":  # where the run lies, not where it was made
        params = params.model_copy(update={"outputs": str(above[4])})
    status = read_status(folder)
    return Run(folder, params, status.get("digest", ""), status.get("data", {}))


def finish_run(run: Run, timestamps: Mapping[str, float], compute_info: Mapping[str, Any]) -> None:
    """Marks a run as done: `environment.json`, then `status.json`. A run that was done stays as it
    was. `clock` has a reading in seconds at the start and one after each stage; `machine` is what
    `devices.machine` says."""
    if run.is_done:
        return
    stages = list(timestamps)
    seconds = {b: timestamps[b] - timestamps[a] for a, b in pairwise(stages)}
    content = environment_record(compute_info, seconds)
    run.write_json("environment.json", content)
    run.write_status("done", ended=content["ended"])
    release(run.folder)
