"""Estimated time of a plan, from earlier runs of the same kind on this machine."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from synthlib.data import prepare
from synthlib.params import Params
from synthlib.rendering import store
from synthlib.rendering.plan import missing_instances
from synthlib.runs import load_runs, read_params
from synthlib.study.parallel import format_duration
from synthlib.utils import executors
from synthlib.utils.errors import SynthlibError


@dataclass(frozen=True)
class Estimate:
    """Estimated time of one planned run.

    Attributes:
        params: Parameters of the run.
        seconds: 0 for a finished run, NaN if no run of its kind has been timed here.
        basis: The reason for the number, as text.
    """

    params: Params
    seconds: float
    basis: str

    def __str__(self) -> str:
        p = self.params
        text = f"about {format_duration(self.seconds)}, " if self.seconds > 0 else ""
        return f"{p.protocol:9s}{p.experiment:26s}seed {p.seed}  {text}{self.basis}"


def estimate_runs(planned: Sequence[Params], to_restore: Sequence[Params] = ()) -> list[Estimate]:
    """Estimate the time of each planned run.

    A finished run takes no time. Another takes the mean time of runs of the same experiment with
    other seeds or, without such, of all runs of its protocol and network, under protocols of equal
    steps in proportion to its steps.

    Args:
        planned: Runs of one scale, from `study.plan_study`.
        to_restore: Archived runs that the batch would restore first, so that they count as done.
    """
    run_times = _finished_run_times(planned[0], to_restore)
    return [_estimate_run(p, run_times) for p in planned]


def remaining_render_seconds(params: Params) -> float:
    """Seconds that the missing renders will take here; NaN if none has been timed.

    Raises:
        SynthlibError: If models are missing.
    """
    plan = prepare.render_plan(params)
    missing = len(missing_instances(plan))
    if not missing:
        return 0.0
    seconds = store.seconds_by_instance(plan)
    if not len(seconds):
        return math.nan
    return float(seconds.mean()) * missing / (params.workers or executors.available_cores())


def estimate_lines(
    planned: Sequence[Params], jobs: int = 1, to_restore: Sequence[Params] = ()
) -> list[str]:
    """The plan as lines of text: one per run, one on the renders, and the total.

    Args:
        planned: Runs of one scale, from `study.plan_study`.
        jobs: Number of runs at once.
        to_restore: As in `estimate_runs`.
    """
    estimates = estimate_runs(planned, to_restore)
    known = [estimate.seconds for estimate in estimates if not math.isnan(estimate.seconds)]
    left = sum(seconds > 0 for seconds in known)
    unknown = len(estimates) - len(known)
    text = f"{len(estimates)} runs, {len(known) - left} done"
    if left:
        text += f"; {left} take about {format_duration(sum(known) / jobs)}"
        text += f" with {jobs} at once" if jobs > 1 else ""
    if unknown:
        text += f"; {unknown} of a kind that has not run here yet"
    needs_renders = next((p for p in planned if prepare.needs_renders(p)), None)
    renders = "none, as photographs alone need none"
    if needs_renders is not None:
        renders = _render_time_text(needs_renders)
    return [*map(str, estimates), f"renders: {renders}", text]


def _render_time_text(params: Params) -> str:
    try:
        seconds = remaining_render_seconds(params)
    except SynthlibError as error:
        return f"not known ({error})"
    if seconds == 0:
        return "complete"
    return f"about {format_duration(seconds)} left" if seconds > 0 else "none timed here yet"


def _finished_run_times(params: Params, to_restore: Sequence[Params]) -> list[tuple[Params, float]]:
    """The finished runs of a scale: parameters, and seconds; NaN if made on another machine."""
    run_times = [(run, math.nan) for run in to_restore]
    for folder in load_runs(params.output_dir, params.scale).get("folder", ()):
        seconds = math.nan
        if (folder / "predictions.parquet").exists():  # not restored from an archive
            environment = json.loads((folder / "environment.json").read_text())
            seconds = sum(environment["seconds"].values())
        run_times.append((read_params(folder), seconds))
    return run_times


def _estimate_run(params: Params, run_times: list[tuple[Params, float]]) -> Estimate:
    same_protocol = [(p, seconds) for p, seconds in run_times if p.protocol == params.protocol]
    same_experiment = [run for run in same_protocol if run[0].experiment == params.experiment]
    # a hybrid run chooses its classes when it starts, so a finished one has more than the plan
    open_choice = {"hybrid_nobg": params.hybrid_nobg}
    result_parameters = params.result_parameters()
    if any(p.result_parameters() | open_choice == result_parameters for p, _ in same_experiment):
        return Estimate(params, 0.0, "has run")
    if timed := [seconds for _, seconds in same_experiment if not math.isnan(seconds)]:
        return Estimate(params, fmean(timed), "as before with another seed")
    timed = [
        seconds * (params.equal_steps / p.equal_steps if params.has_equal_steps else 1)
        for p, seconds in same_protocol
        if p.architecture == params.architecture and not math.isnan(seconds)
    ]
    if timed:
        return Estimate(params, fmean(timed), f"the mean of {len(timed)} runs of its kind here")
    return Estimate(params, math.nan, "not measured here yet")
