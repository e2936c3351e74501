"""How long a plan will take, by what runs of the same kind took here before."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from synthlib import rendering
from synthlib.data import prepare
from synthlib.params import Params
from synthlib.rendering import store
from synthlib.runs import load_runs, read_params
from synthlib.study.parallel import format_duration
from synthlib.utils import executors
from synthlib.utils.errors import SynthlibError


@dataclass(frozen=True)
class Estimate:
    """Of one planned run: `seconds` (NaN: nothing of its kind has run here) and in words why."""

    params: Params
    seconds: float
    basis: str

    def __str__(self) -> str:
        p = self.params
        text = f"about {format_duration(self.seconds)}, " if self.seconds > 0 else ""
        return f"{p.protocol:9s}{p.experiment:26s}seed {p.seed}  {text}{self.basis}"


def estimate_runs(planned: Sequence[Params], to_restore: Sequence[Params] = ()) -> list[Estimate]:
    """One a planned run. A finished run of the same parameters: nothing; else the mean time of the
    same experiment with other seeds; else of all runs of its protocol and network. `kept`: finished
    runs that a batch would bring here."""
    measured = _finished_run_times(planned[0], to_restore)
    return [_estimate_run(p, measured) for p in planned]


def remaining_render_seconds(params: Params) -> float:
    """Seconds that the renders will still take here; NaN if none has been timed.

    Raises the sentence on missing models.
    """
    plan = prepare.render_plan(params)
    names = [f"{i.cls}/{i.name}" for i in plan.instances]
    given_up = {failed["name"] for failed in rendering.failed_instances(plan)}
    left = sum(not (plan.store / n / "instance.json").exists() for n in {*names} - given_up)
    took = store.seconds_by_instance(plan)
    if not left or not len(took):
        return float("nan") if left else 0.0
    return float(took.mean()) * left / (params.workers or executors.available_cores())


def estimate_lines(
    planned: Sequence[Params], jobs: int = 1, to_restore: Sequence[Params] = ()
) -> list[str]:
    """The plan in lines: its runs, then its renders and all runs together. `kept`: as above."""
    found = estimate_runs(planned, to_restore)
    known = [e.seconds for e in found if e.seconds == e.seconds]
    left, unknown = sum(seconds > 0 for seconds in known), len(found) - len(known)
    text = f"{len(found)} runs, {len(known) - left} done"
    if left:
        text += f"; {left} take about {format_duration(sum(known) / jobs)}"
        text += f" with {jobs} at once" if jobs > 1 else ""
    if unknown:
        text += f"; {unknown} of a kind that has not run here yet"
    on_renders = next((p for p in planned if prepare.needs_renders(p)), None)
    renders = (
        _render_time_text(on_renders) if on_renders else "none, as photographs alone need none"
    )
    return [*map(str, found), f"renders: {renders}", text]


def _render_time_text(params: Params) -> str:
    try:
        seconds = remaining_render_seconds(params)
    except SynthlibError as error:
        return f"not known ({error})"
    if seconds == 0:
        return "all there"
    return f"about {format_duration(seconds)} left" if seconds > 0 else "none timed here yet"


def _finished_run_times(params: Params, to_restore: Sequence[Params]) -> pd.DataFrame:
    """Finished runs of a scale: protocol, experiment, architecture, keys (of a result), here (not
    brought from another machine), seconds."""
    rows = [_run_keys(ran) | {"here": False, "seconds": float("nan")} for ran in to_restore]
    for row in load_runs(params.output_dir, params.scale).to_dict("records"):
        about = pd.read_json(row["folder"] / "environment.json", typ="series")
        here = {"here": (row["folder"] / "predictions.parquet").exists()}
        rows.append(
            _run_keys(read_params(row["folder"]))
            | here
            | {"seconds": sum(about["seconds"].values())}
        )
    columns = ["protocol", "experiment", "architecture", "keys", "here", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def _run_keys(params: Params) -> dict:
    keys = {"protocol": params.protocol, "experiment": params.experiment}
    return keys | {"architecture": params.architecture, "keys": params.result_parameters()}


def _estimate_run(params: Params, run_times: pd.DataFrame) -> Estimate:
    same = run_times[run_times["protocol"] == params.protocol]
    named = same[same["experiment"] == params.experiment]
    open_choice = {"hybrid_nobg": params.hybrid_nobg}  # a hybrid run chooses when it starts
    if any(keys | open_choice == params.result_parameters() for keys in named["keys"]):
        return Estimate(params, 0.0, "has run")
    same, named = same[same["here"].astype(bool)], named[named["here"].astype(bool)]
    if len(named):
        return Estimate(params, float(named["seconds"].mean()), "as before with another seed")
    alike = same[same["architecture"] == params.architecture]
    if len(alike):
        n = len(alike)
        return Estimate(
            params, float(alike["seconds"].mean()), f"the mean of {n} runs of its kind here"
        )
    return Estimate(params, float("nan"), "not measured here yet")
