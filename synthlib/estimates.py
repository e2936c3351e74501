"""How long a plan will take, by what runs of the same kind took here before."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from synthlib import clusters, rendering, sources, stores
from synthlib.params import Params
from synthlib.runs import load_runs, params_of
from synthlib.together import words
from synthlib.utils.errors import SynthlibError


@dataclass(frozen=True)
class Estimate:
    """Of one planned run: `seconds` (NaN: nothing of its kind has run here) and in words why."""

    params: Params
    seconds: float
    why: str

    def __str__(self) -> str:
        p = self.params
        text = f"about {words(self.seconds)}, " if self.seconds > 0 else ""
        return f"{p.protocol:9s}{p.experiment:26s}seed {p.seed}  {text}{self.why}"


def estimates(planned: Sequence[Params], kept: Sequence[Params] = ()) -> list[Estimate]:
    """One a planned run. A finished run of the same parameters: nothing; else the mean time of the
    same experiment with other seeds; else of all runs of its protocol and network. `kept`: finished
    runs that a batch would bring here."""
    measured = _measured(planned[0], kept)
    return [_of(p, measured) for p in planned]


def render_seconds(p: Params) -> float:
    """Seconds that the renders will still take here; NaN if none has been timed.

    Raises the sentence on missing models.
    """
    plan = sources.render_plan(p)
    names = [f"{i.cls}/{i.name}" for i in plan.instances]
    given_up = {failed["name"] for failed in rendering.failures(plan)}
    left = sum(not (plan.store / n / "instance.json").exists() for n in {*names} - given_up)
    took = stores.worker_seconds(plan)
    if not left or not len(took):
        return float("nan") if left else 0.0
    return float(took.mean()) * left / (p.workers or clusters.cores())


def said(planned: Sequence[Params], jobs: int = 1, kept: Sequence[Params] = ()) -> list[str]:
    """The plan in lines: its runs, then its renders and all runs together. `kept`: as above."""
    found = estimates(planned, kept)
    known = [e.seconds for e in found if e.seconds == e.seconds]
    left, unknown = sum(seconds > 0 for seconds in known), len(found) - len(known)
    text = f"{len(found)} runs, {len(known) - left} done"
    if left:
        text += f"; {left} take about {words(sum(known) / jobs)}"
        text += f" with {jobs} at once" if jobs > 1 else ""
    if unknown:
        text += f"; {unknown} of a kind that has not run here yet"
    on_renders = next((p for p in planned if sources.needs_renders(p)), None)
    renders = _renders_said(on_renders) if on_renders else "none, as photographs alone need none"
    return [*map(str, found), f"renders: {renders}", text]


def _renders_said(p: Params) -> str:
    try:
        seconds = render_seconds(p)
    except SynthlibError as error:
        return f"not known ({error})"
    if seconds == 0:
        return "all there"
    return f"about {words(seconds)} left" if seconds > 0 else "none timed here yet"


def _measured(p: Params, kept: Sequence[Params]) -> pd.DataFrame:
    """Finished runs of a scale: protocol, experiment, architecture, keys (of a result), here (not
    brought from another machine), seconds."""
    rows = [_keys(ran) | {"here": False, "seconds": float("nan")} for ran in kept]
    for row in load_runs(p.output_dir, p.scale).to_dict("records"):
        about = pd.read_json(row["folder"] / "environment.json", typ="series")
        here = {"here": (row["folder"] / "predictions.parquet").exists()}
        rows.append(
            _keys(params_of(row["folder"])) | here | {"seconds": sum(about["seconds"].values())}
        )
    columns = ["protocol", "experiment", "architecture", "keys", "here", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def _keys(ran: Params) -> dict:
    keys = {"protocol": ran.protocol, "experiment": ran.experiment}
    return keys | {"architecture": ran.architecture, "keys": ran.result_parameters()}


def _of(p: Params, measured: pd.DataFrame) -> Estimate:
    same = measured[measured["protocol"] == p.protocol]
    named = same[same["experiment"] == p.experiment]
    open_choice = {"hybrid_nobg": p.hybrid_nobg}  # a hybrid run chooses when it starts
    if any(keys | open_choice == p.result_parameters() for keys in named["keys"]):
        return Estimate(p, 0.0, "has run")
    same, named = same[same["here"].astype(bool)], named[named["here"].astype(bool)]
    if len(named):
        return Estimate(p, float(named["seconds"].mean()), "as before with another seed")
    alike = same[same["architecture"] == p.architecture]
    if len(alike):
        n = len(alike)
        return Estimate(p, float(alike["seconds"].mean()), f"the mean of {n} runs of its kind here")
    return Estimate(p, float("nan"), "not measured here yet")
