"""Hours of rendering and of photographs, and the points of top-1 that runs gain for them."""

import numpy as np
import pandas as pd

from synthlib.data import prepare
from synthlib.evaluation.added_data import added_images
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.run_metrics import finished_runs, shown_protocols
from synthlib.params import Params
from synthlib.rendering import store
from synthlib.reporting.tables.data_tables import finished_renders

SYNTHETIC_SHARE_EXPERIMENTS = ("mixed_synth10", "mixed_synth37", "mixed_synth100")
COLUMNS = ["experiment", "label", "protocol", "n_synthetic", "hours", "gain", "low", "high", "n"]


def train_render_hours(params: Params) -> tuple[float, int, int]:
    """Estimate the hours that one worker needs to render all training instances.

    Returns:
        Hours, the number of training instances, and the number of those whose time is known; the
        mean of the known times stands for all. (NaN, 0, 0) without renders.
    """
    renders = finished_renders(params)
    if renders.empty:
        return np.nan, 0, 0
    train = renders[renders["split"] == "train"]
    names = set(train["class"] + "/" + train["instance"])
    seconds = store.seconds_by_instance(prepare.render_plan(params))
    seconds = seconds[seconds.index.isin(names)]
    return float(seconds.mean() * len(names) / 3600), len(names), len(seconds)


def gain_per_hour(params: Params) -> pd.DataFrame:
    """Compare the gain of mixed runs over the baseline with the rendering time that they needed.

    Returns:
        One row per finished experiment and protocol, with columns experiment, label, protocol,
        n_synthetic (renders trained on), hours (of one worker, for these renders; NaN where
        unknown), gain, low and high (points of top-1 with the paired 95% interval) and n (test
        photographs).
    """
    outputs, scale = params.output_dir, params.scale
    hours, renders = train_render_hours(params)[0], finished_renders(params)
    n_train = int((renders["split"] == "train").sum()) if len(renders) else 0
    rows = []
    for protocol in shown_protocols(outputs, scale):
        for name in SYNTHETIC_SHARE_EXPERIMENTS:
            comparison = compare_experiments(outputs, scale, name, "baseline", protocol)
            if comparison is None:
                continue
            n = float(finished_runs(outputs, scale, name, protocol)["n_synthetic"].mean())
            rows.append(
                {
                    "experiment": name,
                    "label": f"{n:,.0f} renders",
                    "protocol": protocol,
                    "n_synthetic": n,
                    "hours": hours * n / n_train if n_train else np.nan,
                    "gain": comparison["difference"],
                    "low": comparison["low"],
                    "high": comparison["high"],
                    "n": comparison["n"],
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def added_images_cost(
    params: Params,
    protocol: str,
    *,
    minutes_per_photograph: float,
    cost_per_hour_of_work: float,
    cost_per_hour_of_rendering: float,
) -> pd.DataFrame:
    """Add the cost of the images to the rows of `evaluation.added_images`.

    Args:
        params: Parameters of the scale, whose renders were timed on this machine.
        protocol: Protocol of the runs.
        minutes_per_photograph: A person's time to find, fetch and check one photograph.
        cost_per_hour_of_work: Cost of an hour of that person, in any currency.
        cost_per_hour_of_rendering: Cost of an hour of one render process, in the same currency.

    Returns:
        The rows, with the columns hours (of work or of rendering; NaN if renders were not timed
        here) and cost.
    """
    table = added_images(params.output_dir, params.scale, protocol)
    renders = finished_renders(params)
    n_train = int((renders["split"] == "train").sum()) if len(renders) else 0
    hours_per_render = train_render_hours(params)[0] / n_train if n_train else np.nan
    is_fetched = table["kind"] == "photographs"
    per_image = np.where(is_fetched, minutes_per_photograph / 60, hours_per_render)
    hours = np.where(table["kind"] == "alone", 0.0, table["n_added"].astype(float) * per_image)
    rate = np.where(is_fetched, cost_per_hour_of_work, cost_per_hour_of_rendering)
    return table.assign(hours=hours, cost=hours * rate)


def render_hours_markdown(params: Params) -> str:
    """Describe in a sentence how the hours of rendering were counted."""
    hours, instances, known = train_render_hours(params)
    if not known:
        return "How long rendering took is not known on this machine."
    text = (
        f"All training renders took {hours:.2f} hours of one worker: {instances:,} objects, "
        f"{3600 * hours / instances:.1f} s each"
    )
    return text + (f" (time known for {known:,})." if known < instances else ".")
