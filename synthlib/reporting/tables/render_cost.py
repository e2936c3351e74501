"""What renders cost, and what they gain: points over the baseline against hours of rendering."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.data import prepare
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.run_metrics import finished_runs
from synthlib.params import Params
from synthlib.rendering import store
from synthlib.reporting.tables.data_tables import finished_renders

SYNTHETIC_SHARE_EXPERIMENTS = ("mixed_synth10", "mixed_synth37", "mixed_synth100")
COLUMNS = ["experiment", "label", "protocol", "n_synthetic", "hours", "gain", "low", "high", "n"]


def train_render_hours(params: Params) -> tuple[float, int, int]:
    """Hours that one worker takes for all training renders, how many instances those are, and of
    how many the time is known: the mean of these stands for all. (NaN, 0, 0) without renders.
    """
    renders = finished_renders(params)
    if renders.empty:
        return np.nan, 0, 0
    train = renders[renders["split"] == "train"]
    names = set(train["class"] + "/" + train["instance"])
    seconds = store.seconds_by_instance(prepare.render_plan(params))
    seconds = seconds[seconds.index.isin(names)]
    return float(seconds.mean() * len(names) / 3600), len(names), len(seconds)


def gain_per_hour(outputs: Path, params: Params) -> pd.DataFrame:
    """Points that mixed runs gain over the baseline, and the hours of one worker that their share
    of the training renders took.

    Columns: experiment, label, protocol, n_synthetic, hours (NaN where unknown), gain, low, high
    (95%, paired), n (photographs). Only rows that have run.
    """
    rows = []
    hours, renders = train_render_hours(params)[0], finished_renders(params)
    whole = int((renders["split"] == "train").sum()) if len(renders) else 0
    for protocol in ("thesis", "matched"):
        for name in SYNTHETIC_SHARE_EXPERIMENTS:
            found = compare_experiments(outputs, params.scale, name, "baseline", protocol)
            if found is None:
                continue
            n = float(finished_runs(outputs, params.scale, name, protocol)["n_synthetic"].mean())
            about = {"experiment": name, "protocol": protocol, "n_synthetic": n, "n": found["n"]}
            about |= {"label": f"{n:,.0f} renders", "gain": found["difference"]}
            about |= {"hours": hours * n / whole if whole else np.nan}
            rows.append(about | {key: found[key] for key in ("low", "high")})
    return pd.DataFrame(rows, columns=COLUMNS)


def render_hours_markdown(params: Params) -> str:
    """How the hours were counted, in a sentence."""
    hours, instances, known = train_render_hours(params)
    if not known:
        return "How long rendering took is not known on this machine."
    text = (
        f"All training renders took {hours:.2f} hours of one worker: {instances:,} objects, "
        f"{3600 * hours / instances:.1f} s each"
    )
    return text + (f" (known of {known:,})." if known < instances else ".")
