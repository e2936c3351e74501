"""Gains of mixed runs over the same photographs alone, and those to expect of one's own data.

The two primary tests, named before the runs that confirm them, are under `tuned` a tenth of the
photographs (`mixed_real10` against `real10`) on `val` (test set `real`), and all of them in
cross-validation (`crossval_mixed` against `crossval_real`) on the photographs left out (test set
`real_rest`). Only these two are corrected for each other (Holm); all other rows describe. Among
them are the mix of a tenth against photographs alone with twice the steps, and with as many
photographs seen.
Of photographs that a run leaves out (`real_rest`), those by which settings of `tuned` were chosen
do not count (`unseen_photographs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import power, statistics
from synthlib.evaluation.comparisons import CorrectPredictions, load_correct_predictions
from synthlib.evaluation.real_equivalent import REAL_ONLY_BY_MIX
from synthlib.evaluation.run_metrics import finished_runs, shown_protocols
from synthlib.runs import read_params

PRIMARY_PROTOCOL = "tuned"
PRIMARY_TESTS = (
    ("mixed_real10", "real10", "real"),
    ("crossval_mixed", "crossval_real", "real_rest"),
)
"""Mix, photographs alone and test set of each primary test."""

OTHER_PAIRS = (
    ("crossval_mixed", "crossval_real"),
    ("mixed_real10", "real10_twice"),
    ("mixed_real10", "real10_exposure"),
)
"""Pairs of a mix and photographs alone in addition to those of `REAL_ONLY_BY_MIX`."""

TEST_SETS = ("real", "real_rest")
"""Test sets of photographs: `val`, and those that the run leaves out."""

GAIN_COLUMNS = ["protocol", "mix", "alone", "test_set", "n_real", "classes", "alone_top1"]
GAIN_COLUMNS += ["mixed_top1", "difference", "low", "high", "detectable", "discordant", "p"]
GAIN_COLUMNS += ["primary", "p_holm", "n", "seeds", "verdict"]
"""Columns of `paired_gains`."""


def paired_gains(
    outputs: Path, scale: str, protocols: Sequence[str] = (), test_sets: Sequence[str] = TEST_SETS
) -> pd.DataFrame:
    """Compare each mix with the same photographs alone.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.
        protocols: Protocols; default: those that have runs (`shown_protocols`).
        test_sets: Test sets of photographs.

    Returns:
        One row per protocol, pair and test set of which both runs exist; the pairs of
        `REAL_ONLY_BY_MIX`, few photographs first, then `OTHER_PAIRS`:

        - `protocol`, `mix`, `alone` (experiments), `test_set`.
        - `n_real`: number of real training photographs; `classes`: number of classes.
        - `alone_top1`, `mixed_top1`: percent, on the seeds and photographs that both share.
        - `difference`, `low`, `high`: mixed less alone in points, with its paired 95% interval.
        - `detectable`: the smallest difference that would be found with a probability of 80%.
        - `discordant`: share of photographs on which one of the two alone is correct.
        - `p`: the larger of two p-values, of the bootstrap over seeds and photographs (with several
          seeds) and of the exact sign-flip test.
        - `primary`, `p_holm`: True for the primary tests, and p after Holm's correction for the
          two of them, NaN for other rows. A primary test that has not run counts with p 1.
        - `n`: number of photographs; `seeds`; `verdict`: whether synthetic images help.

    Raises:
        RunError: If the runs belong to different studies.
    """
    rows = [
        row
        for protocol in protocols or shown_protocols(outputs, scale)
        for pair in (*REAL_ONLY_BY_MIX.items(), *OTHER_PAIRS)
        for test_set in test_sets
        if (row := _gain_row(outputs, scale, pair, protocol, test_set))
    ]
    table = pd.DataFrame(rows).reindex(columns=GAIN_COLUMNS)
    tests = zip(table["mix"], table["alone"], table["test_set"], strict=True)
    is_primary = np.array([test in PRIMARY_TESTS for test in tests], bool)
    is_primary &= table["protocol"] == PRIMARY_PROTOCOL
    table["primary"] = is_primary
    p = table.loc[is_primary, "p"].to_numpy(float)
    missing = np.ones(len(PRIMARY_TESTS) - len(p))
    table.loc[is_primary, "p_holm"] = statistics.holm_correction(np.append(p, missing))[: len(p)]
    return table.astype({"p_holm": float})


def _gain_row(
    outputs: Path,
    scale: str,
    pair: tuple[str, str],
    protocol: str,
    test_set: str,
) -> dict | None:
    """A row of `paired_gains`; None if a run is missing, or not tested on the set."""
    mix, alone = pair
    correct = load_correct_predictions(outputs, scale, pair, protocol, test_set)
    if correct is None:
        return None
    runs = finished_runs(outputs, scale, mix, protocol, test_set)
    a, b = (correct.by_experiment[name] for name in pair)
    low, high = statistics.paired_interval(a, b)
    return {
        "protocol": protocol,
        "mix": mix,
        "alone": alone,
        "test_set": test_set,
        "n_real": float(runs["n_real"].mean()),
        "classes": len(read_params(runs["folder"].iloc[0]).classes),
        "alone_top1": correct.top1(alone),
        "mixed_top1": correct.top1(mix),
        "difference": correct.top1(mix) - correct.top1(alone),
        "low": low,
        "high": high,
        "detectable": power.detectable_difference(low, high),
        "discordant": float(np.nanmean(abs(a - b))),
        "p": _p_value(correct, mix, alone),
        "n": correct.n,
        "seeds": ", ".join(map(str, correct.seeds)),
        "verdict": statistics.superiority_verdict(low, high),
    }


def _p_value(correct: CorrectPredictions, first: str, second: str) -> float:
    a, b = correct.by_experiment[first], correct.by_experiment[second]
    p = statistics.sign_flip_p_value(a, b)
    return max(p, statistics.paired_p_value(a, b)) if len(a) > 1 else p


# --- one's own data -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expectation:
    """Accuracy and gain to expect of one's own data, from a study's results under one protocol.

    Attributes:
        photographs: Photographs per class.
        classes: Number of classes.
        alone_top1: Accuracy of photographs alone, percent.
        gain: Points that synthetic images add; `low` and `high` are the ends of its interval.
        low: See `gain`.
        high: See `gain`.
        discordant: Share of test photographs on which one of the two models alone is correct.
        measured_range: Fewest and most photographs per class that the study measured. Outside of
            them all numbers are NaN, as nothing is known there.
    """

    photographs: float
    classes: int
    alone_top1: float
    gain: float
    low: float
    high: float
    discordant: float
    measured_range: tuple[float, float]

    @property
    def test_photographs(self) -> float:
        """Test photographs with which a paired test finds the gain (80%); NaN if it is not known,
        infinity if it is 0."""
        if not np.isfinite(self.gain):
            return np.nan
        difference = abs(self.gain) / 100
        if difference == 0:
            return np.inf
        return power.photographs_needed(difference, max(self.discordant, difference))

    def test_power(self, n: int) -> float:
        """Probability that a paired test on n photographs finds the gain; NaN if unknown."""
        if not np.isfinite(self.gain) or self.gain == 0:
            return np.nan
        difference = abs(self.gain) / 100
        return power.paired_test_power(n, difference, max(self.discordant, difference))


def expected_gain(
    gains: pd.DataFrame, protocol: str, *, photographs: float, classes: int
) -> Expectation:
    """Read the accuracy and gain to expect of one's own data off the measured curves.

    Numbers between two measured fractions are interpolated linearly in the logarithm of the
    photographs per class. Accuracies above chance are assumed to be equal shares of what is
    possible with another number of classes: (accuracy - 1/m) / (1 - 1/m) stays.

    Args:
        gains: Rows of `paired_gains`.
        protocol: Protocol of the rows to use, on the test set `real`.
        photographs: Real training photographs per class.
        classes: Number of classes, at least 2.

    Raises:
        ValueError: If a number is too small.
    """
    if photographs <= 0 or classes < 2:
        raise ValueError(
            f"photographs is {photographs} and classes {classes}; allowed: above 0, and 2 or more"
        )
    on_curve = gains["mix"].map(REAL_ONLY_BY_MIX) == gains["alone"]
    rows = gains[on_curve & (gains["protocol"] == protocol) & (gains["test_set"] == TEST_SETS[0])]
    rows = rows.assign(per_class=rows["n_real"] / rows["classes"]).sort_values("per_class")
    measured = (float(rows["per_class"].min()), float(rows["per_class"].max()))  # NaN if empty
    if not measured[0] <= photographs <= measured[1]:
        return Expectation(photographs, classes, *[np.nan] * 5, measured_range=measured)
    at = {
        name: float(np.interp(np.log(photographs), np.log(rows["per_class"]), rows[name]))
        for name in ("alone_top1", "difference", "low", "high", "discordant")
    }
    measured_chance, chance = 100 / rows["classes"].iloc[0], 100 / classes
    scale = (100 - chance) / (100 - measured_chance)
    return Expectation(
        photographs,
        classes,
        alone_top1=chance + (at["alone_top1"] - measured_chance) * scale,
        gain=at["difference"] * scale,
        low=at["low"] * scale,
        high=at["high"] * scale,
        discordant=min(1.0, at["discordant"] * scale),
        measured_range=measured,
    )
