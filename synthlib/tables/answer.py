"""The answer (thesis 7.1): how many real photographs synthetic data is worth.

Curves are read between their points, linear in the logarithm of the number of photographs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib import statistics, thesis
from synthlib.tables.measured import run_values, runs_of
from synthlib.tables.paired import Hits, hits_of

ALONE = ("real3", "real16", "real33", "baseline")
MIXED = ("mixed_real3", "mixed_real16", "mixed_real33", "mixed_synth100")
PUBLISHED = {
    "real3": (25, "3"),
    "real16": (25, "2"),
    "real33": (25, "1"),
    "baseline": (23, "1"),
    "mixed_real3": (23, "5"),
    "mixed_real16": (23, "4"),
    "mixed_real33": (23, "3"),
    "mixed_synth100": (23, "2"),
}
"""Each curve's experiments, from few photographs to all, and their published rows."""


def equivalent(n: np.ndarray, top1: np.ndarray, target: float) -> float:
    """The number of photographs at which a curve of photographs first reaches an accuracy.

    n: ascending counts above 0; top1: their accuracies. inf if the curve never does; its first
    count if it starts above.
    """
    if top1[0] >= target:
        return float(n[0])
    for i in range(len(n) - 1):
        if top1[i] < target <= top1[i + 1]:
            share = (target - top1[i]) / (top1[i + 1] - top1[i])
            return float(np.exp(np.log(n[i]) + share * np.log(n[i + 1] / n[i])))
    return float("inf")


def curves(
    outputs: Path, scale: str, protocol: str = "thesis", seeds: Sequence[int] | None = None
) -> pd.DataFrame:
    """Both curves, a row an experiment: curve (alone, mixed), experiment, n_real, n_synthetic,
    top1, low, high, published (top1), published_recall, doubtful (`thesis.DOUBTFUL`), published_n.
    NaN in rows without a run.
    `seeds`: only these runs; None: all, which may be others from row to row."""
    rows = []
    for curve, names in (("alone", ALONE), ("mixed", MIXED)):
        for name in names:
            runs = runs_of(outputs, scale, name, protocol)
            if seeds is not None and len(runs):
                runs = runs[runs["seed"].isin(seeds)]
            values = run_values(runs, "real")
            keys = {"n_real": ("run", "n_real"), "n_synthetic": ("run", "n_synthetic")}
            keys |= {"top1": ("top1", "measured"), "low": ("top1", "low")}
            keys |= {"high": ("top1", "high")}
            row = {key: values.get(where, np.nan) for key, where in keys.items()}
            table, index = PUBLISHED[name]
            printed = thesis.published(table).set_index("index").loc[index]
            count = int(str(printed["real"]).split("(")[0].replace(",", ""))
            about = {"curve": curve, "experiment": name}
            beside = {"published": printed["top1"], "published_recall": printed["recall"]}
            beside |= {"doubtful": index in thesis.DOUBTFUL.get(table, ())}
            rows.append(about | row | beside | {"published_n": count})
    return pd.DataFrame(rows)


def real_equivalents(
    outputs: Path, scale: str, protocol: str = "thesis", only: Sequence[str] = MIXED
) -> pd.DataFrame:
    """How many real photographs alone reach each mixed accuracy, with 95% interval.

    Columns: experiment, n_real, n_synthetic, top1, seeds (those that the mix and all of the curve
    share, of which top1 is), real_equivalent, low, high (0: fewer than the curve's first point,
    inf: more than all), words (the three, in words), per_replaced, per_replaced_low,
    per_replaced_high (synthetic images for each real photograph that they stand for; NaN unless
    both this interval and that of the gain say that they stand for some), and under the protocol
    `thesis`, which is the published curves', published_equivalent, published_per_replaced;
    recall_equivalent, recall_per_replaced: the same of the published recall, where it is not the
    top-1 that it must be on as many images of each class (Table 23.5, whose 49.61 no 850 images
    give). NaN where runs are missing.
    """
    both = curves(outputs, scale, protocol)
    alone, mixed = (both[both["curve"] == name] for name in ("alone", "mixed"))
    printed = (alone["published_n"].to_numpy(float), alone["published"].to_numpy(float))
    used = thesis.claim("synthetic_used")
    rows = []
    for row in mixed[mixed["experiment"].isin(only)].to_dict("records"):
        found = hits_of(outputs, scale, [*ALONE, row["experiment"]], protocol)
        published = {}
        for kind, target in (("published", row["published"]), ("recall", row["published_recall"])):
            if kind == "published" or target != row["published"]:
                there = equivalent(*printed, target)
                published[f"{kind}_equivalent"] = there
                published[f"{kind}_per_replaced"] = _ratio(used, there - row["published_n"])
        about = {k: row[k] for k in ("experiment", "n_real", "n_synthetic", "top1")}
        measured = {}
        if found is not None:
            here = _read_off(found, alone, row["experiment"])
            measured = {"real_equivalent": here.n, "low": here.low, "high": here.high}
            measured |= {"words": str(here), "top1": found.top1(row["experiment"])}
            measured |= {"seeds": ", ".join(map(str, found.seeds))} | _replaced(row, here, found)
        rows.append(about | measured | (published if protocol == "thesis" else {}))
    columns = ["experiment", "n_real", "n_synthetic", "top1", "seeds", "real_equivalent"]
    columns += ["low", "high", "words", "per_replaced", "per_replaced_low", "per_replaced_high"]
    columns += ["published_equivalent", "published_per_replaced"]
    columns += ["recall_equivalent", "recall_per_replaced"]
    return pd.DataFrame(rows).reindex(columns=columns)


def crossing(outputs: Path, scale: str, protocol: str = "thesis") -> dict[str, float]:
    """Percent of the real photographs at which the mixed curve reaches the baseline of all of
    them: `measured`, `low`, `high` (NaN without runs; 0: below the curve's first point, inf: it
    never does), `published`."""
    both = curves(outputs, scale, protocol)
    mixed, base = both[both["curve"] == "mixed"], both[both["experiment"] == "baseline"]
    share = 100 * mixed["published_n"].to_numpy(float) / thesis.claim("train_images")
    target = float(base["published"].iloc[0])
    published = equivalent(share, mixed["published"].to_numpy(float), target)
    found = hits_of(outputs, scale, ["baseline", *MIXED], protocol)
    if found is None:
        return {"measured": np.nan, "low": np.nan, "high": np.nan, "published": published}
    here, whole = _read_off(found, mixed, "baseline"), float(base["n_real"].iloc[0])
    percents = {"measured": here.n, "low": here.low, "high": here.high}
    return {k: 100 * n / whole for k, n in percents.items()} | {"published": published}


def _read_off(found: Hits, curve: pd.DataFrame, target: str) -> statistics.RealEquivalent:
    """How many photographs a curve's experiments need for the target's accuracy."""
    sizes = zip(curve["n_real"], curve["experiment"], strict=True)
    points = {int(n): found.by_name[name] for n, name in sizes}
    return statistics.real_equivalent(points, found.by_name[target])


def _replaced(row: dict, here: statistics.RealEquivalent, found: Hits) -> dict[str, float]:
    """Synthetic images for each photograph replaced, where it is clear that some are: the mix needs
    more photographs than its own, and beats those alone."""
    name = row["experiment"]
    both = found.by_name[name], found.by_name[ALONE[MIXED.index(name)]]
    clear = here.low > row["n_real"] and statistics.paired_interval(*both)[0] > 0
    if not clear or np.isinf(here.n):
        return {}
    ends = {"": here.n, "_low": here.high, "_high": here.low}  # the more stand for, the fewer each
    return {
        f"per_replaced{end}": row["n_synthetic"] / (n - row["n_real"]) for end, n in ends.items()
    }


def _ratio(images: float, photographs: float) -> float:
    """Images a photograph; NaN where no photograph is replaced, or without end."""
    return images / photographs if 0 < photographs < np.inf else float("nan")
