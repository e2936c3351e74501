"""Intervals and tests against known values, closed forms and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binomtest, bootstrap as scipy_bootstrap, norm

from synthlib.evaluation import bootstrap, statistics
from synthlib.evaluation.statistics import REPLACEMENT_MARGIN, superiority_verdict
from synthlib.seeding import rng_for


def random_correct(accuracy: float, n: int, seeds: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((seeds, n)) < accuracy


def first_correct(k: int, n: int) -> np.ndarray:
    return (np.arange(n) < k)[None]


def test_the_interval_of_one_run_is_scipys_bootstrap() -> None:
    found = statistics.accuracy_interval(first_correct(140, 350))
    data = (first_correct(140, 350)[0].astype(float),)
    known = scipy_bootstrap(data, np.mean, method="percentile", rng=np.random.default_rng(1))
    assert found == pytest.approx(
        (100 * known.confidence_interval.low, 100 * known.confidence_interval.high), abs=0.5
    )


def test_wilsons_interval_is_that_of_a_textbook() -> None:
    low, high = statistics.wilson_interval(50.0, 100)  # 0.4038 to 0.5962 in textbooks
    assert (low, high) == (pytest.approx(40.38, abs=0.01), pytest.approx(59.62, abs=0.01))
    assert statistics.wilson_interval(100.0, 50)[1] == 100.0


def test_several_seeds_on_the_same_images_do_not_count_them_twice() -> None:
    one = first_correct(175, 350)
    width = np.diff(statistics.accuracy_interval(one))[0]
    same = np.diff(statistics.accuracy_interval(np.repeat(one, 5, axis=0)))[0]
    assert same == pytest.approx(width, rel=0.05)  # equal seeds add no information


def test_the_spread_of_seeds_widens_the_interval() -> None:
    apart = np.concatenate([first_correct(k, 1000) for k in (400, 500, 600)])
    together = np.concatenate([first_correct(500, 1000)] * 3)
    assert np.diff(statistics.accuracy_interval(apart)) > 2 * np.diff(
        statistics.accuracy_interval(together)
    )


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for trial in range(200):
        low, high = statistics.accuracy_interval(
            random_correct(0.4, 300, seed=trial), n_resamples=500
        )
        covered += low <= 40 <= high
    assert 180 <= covered <= 199  # 190 expected; both ends are over 3 standard deviations away


def with_gaps(correct: np.ndarray, tested: np.ndarray) -> np.ndarray:
    """Correctness where tested, NaN elsewhere; images that no seed was tested on are left out."""
    return np.where(tested, correct, np.nan)[:, tested.any(axis=0)]


def test_with_complete_data_the_interval_is_the_crossed_bootstrap() -> None:
    """The seeds' and images' resamples, and a mean over both."""
    a, b = random_correct(0.6, 80, 3), random_correct(0.5, 80, 3, seed=1)
    [(seed_weights, counts)] = bootstrap._resample_weights(3, 80, 0, 400)
    resampled = 100 * ((seed_weights @ (a * 1.0 - b)) * counts / 80).sum(axis=1)
    expected = np.quantile(resampled, [0.025, 0.975])
    assert statistics.paired_interval(a, b, n_resamples=400) == pytest.approx(tuple(expected))


def test_an_image_counts_in_the_seeds_that_were_tested_on_it() -> None:
    """So an interval is narrower than on the images that all seeds share, here none."""
    a, b = random_correct(0.7, 900, seed=1), random_correct(0.5, 900, seed=2)
    a, b = np.repeat(a, 3, axis=0), np.repeat(b, 3, axis=0)  # all seeds agree
    tested = np.arange(900) % 3 != np.arange(3)[:, None]
    found = statistics.paired_interval(with_gaps(a, tested), with_gaps(b, tested))
    assert np.diff(found) < 0.8 * np.diff(statistics.paired_interval(a[:, :300], b[:, :300]))
    few = np.array([[1, 1, 1, 0, np.nan], [np.nan, np.nan, np.nan, np.nan, 1]])
    assert bootstrap.mean_accuracy(few) == pytest.approx((75 + 100) / 2)
    low, high = statistics.accuracy_interval(few)  # some resamples have no prediction
    assert 0 <= low < 87.5 < high <= 100
    assert statistics.sign_flip_p_value(few, 1 - few) == pytest.approx(2 * 6 / 32)


@pytest.mark.parametrize("share", [0.67, 1.0])
def test_the_interval_of_unused_photographs_covers_the_truth(share: float) -> None:
    """Each of three seeds is tested on its own share of 200 photographs."""
    covered = 0
    for trial in range(200):
        rng = np.random.default_rng(trial)
        difficulty = rng.normal(size=(2, 1, 200)) + 0.3 * rng.normal(size=(2, 3, 200))
        a, b = difficulty < np.array([0.5, 0.0])[:, None, None]
        tested = rng.permuted(np.tile(np.arange(200), (3, 1)), axis=1) < share * 200
        low, high = statistics.paired_interval(
            with_gaps(a, tested), with_gaps(b, tested), n_resamples=300
        )
        covered += low <= 100 * (norm.cdf(0.5 / math.hypot(1, 0.3)) - 0.5) <= high
    assert 180 <= covered <= 199  # 190 expected, as above


def cross_validation(
    n_folds: int, n: int, gain: float, fold_sd: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Correctness of two models, (folds, folds * n), NaN outside of each fold's own n images."""
    rng = np.random.default_rng(seed)
    difficulty = np.where(rng.random((2, n_folds, n)) < 0.65, rng.random((n_folds, n)), 1)
    difficulty = np.where(difficulty == 1, rng.random((2, n_folds, n)), difficulty)
    accuracy = 0.7 + rng.normal(size=(n_folds, 1)) * fold_sd
    a, b = difficulty[0] < accuracy + gain, difficulty[1] < 0.7
    tested = np.kron(np.eye(n_folds, dtype=bool), np.ones((1, n), bool))
    return tuple(with_gaps(np.tile(c.reshape(1, -1), (n_folds, 1)), tested) for c in (a, b))


@pytest.mark.parametrize(("fold_sd", "fewest"), [(0.0, 280), (0.01, 270), (0.02, 262)])
def test_the_interval_of_cross_validation_covers_the_truth(fold_sd: float, fewest: int) -> None:
    """Also where training varies: 288, 282 and 276 of 300 are expected, +- 2.5 standard errors."""
    studies = [cross_validation(5, 300, 0.03, fold_sd, trial) for trial in range(300)]
    intervals = np.array([statistics.paired_interval(a, b) for a, b in studies])
    covered = (intervals[:, 0] <= 3) & (intervals[:, 1] >= 3)
    assert fewest <= covered.sum() < 300
    p = np.array([statistics.paired_p_value(a, b) for a, b in studies])
    assert ((p < 0.05) == ((intervals > 0).all(1) | (intervals < 0).all(1))).all()


def test_cross_validation_has_an_interval_about_its_mean_over_folds() -> None:
    a, b = cross_validation(4, 200, 0.05, 0.0, seed=3)
    low, high = statistics.paired_interval(a, b)
    middle = bootstrap.mean_accuracy(a) - bootstrap.mean_accuracy(b)
    assert (low + high) / 2 == pytest.approx(middle)
    of_images = np.nanmean(a - b, axis=0).std() / math.sqrt(800)
    assert 1.95 * 100 * of_images < (high - low) / 2 < 1.6 * 1.96 * 100 * of_images
    low, high = statistics.accuracy_interval(a)
    assert (low + high) / 2 == pytest.approx(bootstrap.mean_accuracy(a))
    same = np.where(np.isnan(a), np.nan, 1.0)
    assert statistics.paired_p_value(same, same) == 1
    assert statistics.paired_p_value(same, 1 - same) < 1e-9


def test_a_paired_interval_is_narrower_than_an_unpaired_one() -> None:
    a = random_correct(0.5, 400, seed=3)
    b = a.copy()
    b[0, :10] = False
    paired = np.diff(statistics.paired_interval(a, b))[0]
    alone = np.diff(statistics.accuracy_interval(a))[0]
    assert 0 < paired < alone / 3


def test_two_that_agree_on_few_images_are_not_known_to_be_equal() -> None:
    for n in (1, 14, 350):
        a = random_correct(0.5, n)
        low, high = statistics.paired_interval(a, a)
        assert low == -high
        exact = binomtest(0, n).proportion_ci(method="exact").high
        assert high == pytest.approx(100 * exact)
    assert high < 1.1
    objects = np.array(["one", "two"] * 175)
    assert statistics.paired_interval(a, a, instance_ids=objects)[1] > 80


def differing(first: int, second: int, n: int, seeds: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Correctness of two models: each alone is correct on `first` or `second` images, the same ones
    for every seed."""
    image = np.tile(np.arange(n), (seeds, 1))
    return image < first, (first <= image) & (image < first + second)


@pytest.mark.parametrize("n", [20, 40, 350])
@pytest.mark.parametrize("pair", [(4, 0), (3, 0), (6, 1), (1, 0)])
def test_a_handful_of_images_decides_nothing_that_mcnemar_does_not(
    n: int, pair: tuple[int, int]
) -> None:
    a, b = differing(*pair, n)
    assert statistics.mcnemar(a[0], b[0])["p"] > 0.1
    low, high = statistics.paired_interval(a, b)
    assert low < 0 < high
    same = np.diff(statistics.paired_interval(a, a))[0]
    assert high - low >= same  # to disagree on a few is no more certain than on none


def test_images_on_which_two_seeds_agree_are_not_counted_twice() -> None:
    once, twice = differing(6, 0, 50), differing(6, 0, 50, seeds=2)
    assert (
        statistics.sign_flip_p_value(*once)
        == statistics.sign_flip_p_value(*twice)
        == pytest.approx(2 / 64)
    )
    assert statistics.paired_interval(*twice) == pytest.approx(statistics.paired_interval(*once))
    apart = [np.concatenate([side, np.roll(side, 6)]) for side in once]  # other images for seed 1
    assert statistics.sign_flip_p_value(*apart) == pytest.approx(2 / 2**12)


@given(st.integers(0, 20), st.integers(0, 20))
def test_the_exact_p_of_one_seed_is_mcnemars(first: int, second: int) -> None:
    a, b = differing(first, second, 40)
    assert statistics.sign_flip_p_value(a, b) == pytest.approx(statistics.mcnemar(a[0], b[0])["p"])


def test_bounds_of_few_cover_the_truth() -> None:
    draws = np.random.default_rng(0).multinomial(50, [0.05, 0.02, 0.93], 400)
    drawn, n_drawn = np.unique(draws, axis=0, return_counts=True)  # many are alike
    covered = 0
    for counts, n in zip(drawn, n_drawn, strict=True):
        low, high = statistics.mean_difference_bounds(np.repeat([1.0, -1.0, 0.0], counts))
        covered += n * (low <= 3.0 <= high)
    assert covered / 400 > 0.95


@pytest.mark.parametrize("first", [12, 13, 15, 24, 27, 32])
def test_the_order_of_a_sum_decides_no_verdict(first: int) -> None:
    for second in range(first):
        low, _ = statistics.paired_interval(*differing(first, second, 350), n_resamples=1000)
        assert low == 0 or abs(low) > 1e-6


@given(st.integers(0, 1000))
def test_a_paired_interval_changes_sign_with_its_arguments(seed: int) -> None:
    a, b = random_correct(0.5, 60, 2, seed), random_correct(0.6, 60, 2, seed + 1)
    low, high = statistics.paired_interval(a, b, n_resamples=200)
    assert statistics.paired_interval(b, a, n_resamples=200) == pytest.approx((-high, -low))


def test_the_same_seed_gives_the_same_interval() -> None:
    a = random_correct(0.3, 100)
    first = statistics.accuracy_interval(a)
    bootstrap._cached_weights.cache_clear()  # so that they are drawn again
    assert statistics.accuracy_interval(a) == first
    few = [statistics.accuracy_interval(a, seed=seed, n_resamples=99) for seed in range(5)]
    assert len(set(few)) > 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 10))
def test_mcnemar_is_the_binomial_test_of_discordant_images(b: int, c: int, both: int) -> None:
    one = np.array([True] * b + [False] * c + [True] * both, bool)
    two = np.array([False] * b + [True] * c + [True] * both, bool)
    found = statistics.mcnemar(one, two)
    assert (found["only_a"], found["only_b"]) == (b, c)
    known = binomtest(b, b + c).pvalue if b + c else 1.0
    assert found["p"] == pytest.approx(known)


def test_holm_by_hand() -> None:
    assert statistics.holm_correction(np.array([0.01, 0.04, 0.03])) == pytest.approx(
        [0.03, 0.06, 0.06]
    )
    assert len(statistics.holm_correction(np.array([]))) == 0


def test_a_bootstrap_p_is_small_where_the_interval_is_clear_of_zero() -> None:
    rng = rng_for(0, "paired p")
    a, b = (rng.random((3, 200)) < share for share in (0.7, 0.5))
    assert statistics.paired_interval(a, b)[0] > 0
    assert statistics.paired_p_value(a, b) < 0.05
    assert statistics.paired_p_value(a, b) == statistics.paired_p_value(b, a)
    assert statistics.paired_p_value(a, a) == 1


def test_spread() -> None:
    assert statistics.mean_and_sd(np.array([50.0, 52, 54])) == {"mean": 52, "sd": 2, "n": 3}
    assert math.isnan(statistics.mean_and_sd(np.array([50.0]))["sd"])
    with pytest.raises(ValueError, match="no values"):
        statistics.mean_and_sd(np.array([]))


def test_verdicts() -> None:
    assert superiority_verdict(0.1, 3) == "supported"
    assert superiority_verdict(-3, 0) == "contradicted"
    assert superiority_verdict(-1, 1) == "inconclusive"
    assert superiority_verdict(-1.9, 5, REPLACEMENT_MARGIN) == "supported"
    assert superiority_verdict(-2, 5, REPLACEMENT_MARGIN) == "inconclusive"
    with pytest.raises(ValueError, match="at most"):
        superiority_verdict(1, 0)


def test_images_of_one_instance_are_resampled_together() -> None:
    rng = rng_for(0, "objects")
    covered = {"alone": 0, "together": 0}
    for _ in range(200):
        easy = rng.beta(2, 3, 40)  # accuracy on each of 40 instances; 0.4 on average
        right = rng.random((40, 20)) < easy[:, None]
        objects = np.repeat([f"o{i}" for i in range(40)], 20)
        alone = statistics.accuracy_interval(right.ravel(), n_resamples=300)
        together = statistics.accuracy_interval(
            right.ravel(), instance_ids=objects, n_resamples=300
        )
        for name, (low, high) in (("alone", alone), ("together", together)):
            covered[name] += low <= 40 <= high
    assert covered["alone"] < 140
    assert 175 < covered["together"] < 200


def test_instances_of_one_image_each_are_images() -> None:
    a, b = random_correct(0.4, 50, 2), random_correct(0.6, 50, 2, seed=1)
    names = np.array([f"{i:03}" for i in range(50)])
    assert statistics.paired_interval(a, b, instance_ids=names) == pytest.approx(
        statistics.paired_interval(a, b)
    )
    few = np.repeat(names[:5], 10)
    assert np.diff(statistics.accuracy_interval(a, instance_ids=few)) > 0


def test_the_interval_is_wilsons_where_all_are_correct() -> None:
    wilson = statistics.wilson_interval(100, 50)
    assert statistics.accuracy_interval(np.ones((3, 50), bool)) == wilson
    views = np.repeat([f"o{i}" for i in range(50)], 4)
    assert statistics.accuracy_interval(np.ones(200, bool), instance_ids=views) == wilson
    assert statistics.accuracy_interval(np.zeros((2, 50), bool))[1] > 5


def test_correctness_that_does_not_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="same seeds and images"):
        statistics.paired_interval(first_correct(1, 3), first_correct(1, 4))
    with pytest.raises(ValueError, match="same seeds and images"):
        statistics.paired_interval(np.array([[1, 0, np.nan], [0, 1, 1]]), np.ones((2, 3)))
    with pytest.raises(ValueError, match="a prediction of each seed and each image"):
        statistics.accuracy_interval(np.array([[1, np.nan], [0, np.nan]]))
    with pytest.raises(ValueError, match="one run"):
        statistics.mcnemar(first_correct(1, 3), first_correct(1, 3))
