"""What a class gains by another run (Table 22), and whether that is more than chance.

Only seeds that both experiments have count. Intervals resample seeds, then images. With one seed p
is McNemar's exact one; with more the larger of the bootstrap's, which knows how seeds differ, and
the exact one of the photographs, each counted once. `p_holm` is corrected for the number of
classes (Holm).
"""

import numpy as np
import pandas as pd

from synthlib import discordant, evaluation, statistics

GAIN_COLUMNS = ["measured", "spread", "low", "high", "n", "p", "p_holm", "clear"]
SIGNIFICANCE_LEVEL = 0.05


def class_gains(runs: pd.DataFrame, baseline_runs: pd.DataFrame, test_set: str) -> pd.DataFrame:
    """Points a class gains over other runs: index class; columns measured (mean over seeds),
    spread, low, high (95%, paired by seed and image), n (images), p (two-sided), p_holm, clear
    ("gain" or "loss" where p_holm is below 0.05, else ""). Empty without a common seed."""
    seeds = (
        sorted(set(runs["seed"]) & set(baseline_runs["seed"]))
        if len(runs) and len(baseline_runs)
        else []
    )
    if not seeds:
        return pd.DataFrame(columns=GAIN_COLUMNS)
    pairs = [
        [t.loc[t["seed"] == seed, "folder"].iloc[0] for t in (runs, baseline_runs)]
        for seed in seeds
    ]
    part = evaluation.read_predictions(pairs[0][0], test_set)
    true = pd.Series(part["true"].to_numpy(), part["sample"].to_numpy())
    right = pd.DataFrame(
        {(which, i): evaluation.correct_by_sample(folder, test_set)
         for i, pair in enumerate(pairs) for which, folder in zip("ab", pair, strict=True)}
    ).dropna()  # fmt: skip
    _, names = evaluation.logits_and_classes(part)
    rows = {}
    for name in names:
        mine = right[true.reindex(right.index) == name]
        if len(mine):
            rows[name] = _class_gain(*(mine[which].to_numpy(bool).T for which in "ab"))
    table = pd.DataFrame(rows).T.astype(float)
    table["p_holm"] = statistics.holm_correction(table["p"].to_numpy())
    word = np.where(table["measured"] > 0, "gain", "loss")
    table["clear"] = np.where(table["p_holm"] < SIGNIFICANCE_LEVEL, word, "")
    return table.reindex(names)[GAIN_COLUMNS].rename_axis("class")


def _class_gain(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """A class's numbers, of bool (seeds, images) each."""
    by_seed = 100 * (a.mean(axis=1) - b.mean(axis=1))
    low, high = statistics.paired_interval(a, b)
    p = discordant.sign_flip_p_value(a, b)
    if len(a) > 1:
        p = max(p, statistics.paired_p_value(a, b))
    found = statistics.mean_and_sd(by_seed)
    about = {"measured": found["mean"], "spread": found["sd"], "low": low, "high": high}
    return about | {"n": a.shape[1], "p": p}
