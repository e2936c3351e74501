"""Power: the smallest effect that a comparison can find, and the photographs that it needs.

Two models that are tested on the same photographs are compared by McNemar's test, which uses only
the photographs on which one of them alone is correct (the discordant ones). Formulas are the usual
normal approximations for a two-sided test at 5%; those of McNemar's test are Connor's (1987).
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm, t as student_t

from synthlib.evaluation.bootstrap import INTERVAL_QUANTILES

POWER = 0.8
"""Probability with which an effect shall be found."""

_QUANTILE = float(norm.ppf(INTERVAL_QUANTILES[1]))


def smallest_detectable_effect(
    standard_error: np.ndarray | float,
    degrees_of_freedom: np.ndarray | float = np.inf,
    power: float = POWER,
) -> np.ndarray:
    """The smallest true effect whose 95% interval excludes 0 with a given probability.

    Args:
        standard_error: Standard error of the estimated effect, float (k,) or a number.
        degrees_of_freedom: Its degrees of freedom, likewise; infinity for a normal distribution.
        power: The probability.

    Returns:
        float (k,) or a number, in the unit of the standard error.
    """
    quantiles = student_t.ppf(INTERVAL_QUANTILES[1], degrees_of_freedom) + student_t.ppf(
        power, degrees_of_freedom
    )
    return quantiles * standard_error


def detectable_difference(low: float, high: float) -> float:
    """Smallest effect that a comparison with this 95% interval detects with a power of 80%.

    The standard error is taken from the width of the interval, as if it were normal: its half
    width is 1.96 standard errors, and the effect (1.96 + 0.84) standard errors.

    Args:
        low: Lower end of the interval, in points.
        high: Upper end.

    Returns:
        Distance of the true difference from the bound of the claim, in points, at which 80% of
        such intervals lie entirely on one side of the bound.
    """
    return float(smallest_detectable_effect((high - low) / (2 * _QUANTILE)))


def paired_test_power(n: int, difference: float, discordant: float) -> float:
    """Probability that McNemar's test finds a difference of two models.

    Args:
        n: Number of test photographs.
        difference: Difference of the accuracies, in (0, 1]; negative ones count as positive.
        discordant: Share of photographs that one of the models alone predicts correctly, in
            [|difference|, 1].

    Returns:
        The probability, in [0, 1].

    Raises:
        ValueError: If the difference is 0 or exceeds the discordant share.
    """
    difference = _checked_difference(difference, discordant)
    shift = math.sqrt(n) * difference - _QUANTILE * math.sqrt(discordant)
    spread = discordant - difference**2
    return float(norm.cdf(shift / math.sqrt(spread))) if spread > 0 else float(shift > 0)


def photographs_needed(difference: float, discordant: float, power: float = POWER) -> int:
    """Number of test photographs with which McNemar's test finds a difference of two models.

    Args:
        difference: Difference of the accuracies, in (0, 1]; negative ones count as positive.
        discordant: Share of photographs that one of the models alone predicts correctly, in
            [|difference|, 1].
        power: Probability with which the difference shall be found.

    Raises:
        ValueError: If the difference is 0 or exceeds the discordant share.
    """
    difference = _checked_difference(difference, discordant)
    spread = math.sqrt(max(0.0, discordant - difference**2))
    root = (_QUANTILE * math.sqrt(discordant) + float(norm.ppf(power)) * spread) / difference
    return math.ceil(root**2)


def sample_size_table(
    discordant: float, differences: Sequence[float] = (1, 2, 3, 5, 10, 15)
) -> pd.DataFrame:
    """Numbers of test photographs with which McNemar's test finds differences (80%).

    Args:
        discordant: Share of photographs on which one of the two models alone is correct, as
            `mix_gains.paired_gains` measures it; NaN if it is not known.
        differences: Differences of the accuracies in points.

    Returns:
        Columns difference (points) and test photographs; differences above the discordant share
        are left out, as they cannot be. Empty if the share is NaN.
    """
    rows = [
        {"difference": d, "test photographs": photographs_needed(d / 100, discordant)}
        for d in differences
        if d / 100 <= discordant
    ]
    return pd.DataFrame(rows, columns=["difference", "test photographs"])


def _checked_difference(difference: float, discordant: float) -> float:
    """The absolute difference; raises ValueError if the two shares contradict each other."""
    if not 0 < abs(difference) <= discordant <= 1:
        raise ValueError(
            f"a difference of {difference} with a discordant share of {discordant}; allowed: a "
            "difference other than 0, and a share from its size to 1"
        )
    return abs(difference)
