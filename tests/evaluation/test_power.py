"""Power of paired comparisons, checked against simulations with the exact tests of the suite."""

import numpy as np
import pytest

from synthlib.evaluation import power
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
    assert power.detectable_by_interval(-1.96, 1.96) == pytest.approx(2.80, abs=0.01)
    rng = np.random.default_rng(0)
    effect = float(power.smallest_detectable_effect(1.0))
    assert np.mean(rng.normal(effect, 1, 20_000) > 1.96) == pytest.approx(0.8, abs=0.02)


def test_the_table_leaves_out_what_cannot_be() -> None:
    table = power.sample_size_table(0.08)
    assert table["difference"].tolist() == [1, 2, 3, 5]
    assert table["test photographs"].is_monotonic_decreasing
    assert power.sample_size_table(float("nan")).empty


def test_all_discordant_photographs_on_one_side() -> None:
    assert power.paired_test_power(100, 1.0, 1.0) == 1
    assert power.paired_test_power(2, 1.0, 1.0) == 0
