"""Power of paired comparisons, checked against simulations with the exact tests of the suite."""

import math

import numpy as np
import pytest

from synthlib.evaluation import power, statistics
from synthlib.evaluation.statistics import mcnemar


def simulated_power(n: int, difference: float, discordant: float, repeats: int = 800) -> float:
    rng = np.random.default_rng(0)
    chances = [(discordant + difference) / 2, (discordant - difference) / 2, 1 - discordant]
    found = 0
    for only_a, only_b, _ in rng.multinomial(n, chances, repeats):
        a = np.repeat([True, False, True], [only_a, only_b, n - only_a - only_b])
        b = np.repeat([False, True, True], [only_a, only_b, n - only_a - only_b])
        found += mcnemar(a, b)["p"] < 0.05
    return found / repeats


@pytest.mark.parametrize(("difference", "discordant"), [(0.05, 0.3), (0.1, 0.3), (-0.04, 0.15)])
def test_the_number_of_photographs_gives_the_power(difference: float, discordant: float) -> None:
    n = power.photographs_needed(difference, discordant)
    assert power.paired_test_power(n, difference, discordant) == pytest.approx(0.8, abs=0.005)
    assert power.paired_test_power(n - 5, difference, discordant) < 0.8
    # the exact test is somewhat conservative
    assert simulated_power(n, abs(difference), discordant) == pytest.approx(0.8, abs=0.06)


def test_connors_example() -> None:
    """10 points and 30% discordant: ((1.95996 * 0.54772 + 0.84162 * 0.53852) / 0.1)^2 = 233.1."""
    assert power.photographs_needed(0.1, 0.3) == 234


def test_impossible_shares_are_refused() -> None:
    for difference, discordant in ((0, 0.3), (0.3, 0.2), (0.1, 1.2)):
        with pytest.raises(ValueError, match="allowed"):
            power.photographs_needed(difference, discordant)


def test_the_smallest_detectable_effect() -> None:
    assert power.smallest_detectable_effect(1.0) == pytest.approx(1.960 + 0.842, abs=0.001)
    assert power.smallest_detectable_effect(1.0, 3) == pytest.approx(3.182 + 0.978, abs=0.001)
    rng = np.random.default_rng(0)
    effect = float(power.smallest_detectable_effect(1.0))
    assert np.mean(rng.normal(effect, 1, 20_000) > 1.96) == pytest.approx(0.8, abs=0.02)


def test_the_detectable_difference_is_detected_in_80_percent_of_repetitions() -> None:
    n, disagreements = 400, 0.25
    sd = math.sqrt(disagreements / n)  # of the mean of per-image differences in -1, 0, 1
    effect = power.detectable_difference(-196 * sd, 196 * sd)
    assert effect == pytest.approx(280 * sd, rel=2e-3)
    # simulate tests in which the first model is better by this effect
    shares = [(disagreements + effect / 100) / 2, (disagreements - effect / 100) / 2]
    draws = np.random.default_rng(0).multinomial(n, [*shares, 1 - disagreements], size=20_000)
    mean = (draws[:, 0] - draws[:, 1]) / n
    error = np.sqrt(((draws[:, 0] + draws[:, 1]) / n - mean**2) / n)
    assert ((mean - 1.96 * error) > 0).mean() == pytest.approx(0.8, abs=0.02)


def test_the_detectable_difference_of_a_bootstrap_interval() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 1, 2000)) < 0.5
    low, high = statistics.paired_interval(a, b)
    expected = 2.8 * 100 * (a.astype(float) - b).std() / math.sqrt(2000)
    assert power.detectable_difference(low, high) == pytest.approx(expected, rel=0.03)


def test_the_table_leaves_out_what_cannot_be() -> None:
    table = power.sample_size_table(0.08)
    assert table["difference"].tolist() == [1, 2, 3, 5]
    assert table["test photographs"].is_monotonic_decreasing
    assert power.sample_size_table(float("nan")).empty


def test_all_discordant_photographs_on_one_side() -> None:
    assert power.paired_test_power(100, 1.0, 1.0) == 1
    assert power.paired_test_power(2, 1.0, 1.0) == 0
