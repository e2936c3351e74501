"""Each sample comes once per epoch, mixtures have fixed shares, and counts add up."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from synthlib.data.batch_sampler import (
    REAL,
    SYNTHETIC,
    BatchSampler,
    build_batch_sampler,
    real_shares,
)
from synthlib.params import validate_params
from synthlib.photographs.photographs import DataError

BOTH = {"real_fraction": 1.0, "synthetic_fraction": 1.0}


@given(
    n_real=st.integers(0, 50),
    n_synthetic=st.integers(0, 50),
    size=st.integers(2, 20),
    seed=st.integers(0, 9),
)
def test_an_epoch_of_the_union_shows_every_sample_once(n_real, n_synthetic, size, seed) -> None:
    total = n_real + n_synthetic
    if total == 0:
        return
    shares = {"real_fraction": float(n_real > 0), "synthetic_fraction": float(n_synthetic > 0)}
    wanted = validate_params(shares | {"epochs": 2, "batch_size": size, "seed": seed})
    sampler = build_batch_sampler(wanted, n_real, n_synthetic)
    per_epoch = sampler.steps_per_round
    assert sampler.steps == 2 * per_epoch
    sizes = [
        sum(map(len, (p.real, p.synthetic)))
        for p in map(sampler.batch_indices, range(sampler.steps))
    ]
    assert min(sizes) > 1 or total == 1  # batch norm refuses one sample on a 1 x 1 map
    assert max(sizes) <= size + 1
    for epoch in range(2):
        step_indices = [sampler.batch_indices(epoch * per_epoch + i) for i in range(per_epoch)]
        real = np.concatenate([p.real for p in step_indices])
        synthetic = np.concatenate([p.synthetic for p in step_indices])
        assert sorted(real) == list(range(n_real))
        assert sorted(synthetic) == list(range(n_synthetic))
        assert all((p.real_epoch == epoch).all() for p in step_indices)


@given(n=st.integers(4, 90), size=st.integers(4, 20))
def test_on_maps_of_one_pixel_no_batch_has_fewer_than_four_samples(n, size) -> None:
    wanted = validate_params(
        {"real_fraction": 1.0, "synthetic_fraction": 0.0}
        | {"image_size": 32, "epochs": 1, "batch_size": size}
    )
    sampler = build_batch_sampler(wanted, n, 0)
    sizes = [len(sampler.batch_indices(step).real) for step in range(sampler.steps)]
    assert sum(sizes) == n
    assert min(sizes) >= 4
    assert max(sizes) <= size + 3


@given(
    n_real=st.integers(1, 40),
    n_synthetic=st.integers(1, 40),
    share=st.floats(0.1, 0.9),
    size=st.integers(4, 24),
)
def test_matched_batches_hold_their_share_and_cycle_through_each_domain(
    n_real, n_synthetic, share, size
) -> None:
    n_real_by_step = np.full(30, round(share * size))
    sampler = BatchSampler(n_real, n_synthetic, size, 30, 10, 0, n_real_by_step)
    step_indices = [sampler.batch_indices(step) for step in range(30)]
    assert {len(p.real) for p in step_indices} == {round(share * size)}
    assert {len(p.real) + len(p.synthetic) for p in step_indices} == {size}
    for index, epoch, n in (
        (
            np.concatenate([p.real for p in step_indices]),
            [p.real_epoch for p in step_indices],
            n_real,
        ),
        (
            np.concatenate([p.synthetic for p in step_indices]),
            [p.synthetic_epoch for p in step_indices],
            n_synthetic,
        ),
    ):
        epochs = np.concatenate(epoch)
        for e in range(len(index) // n):
            assert sorted(index[epochs == e]) == list(range(n))


def test_the_thesis_counts_its_steps_as_we_do() -> None:
    real = {"real_fraction": 0.0333, "synthetic_fraction": 0.0}
    assert build_batch_sampler(validate_params(real), 680, 0).steps == 1_320  # Table 25.3
    mixed = {"real_fraction": 0.0333, "synthetic_fraction": 1.0}
    assert build_batch_sampler(validate_params(mixed), 680, 187_928).steps == 353_640  # Table 23.5


def test_counts_of_both_protocols() -> None:
    thesis = build_batch_sampler(
        validate_params(BOTH | {"epochs": 3, "batch_size": 10}), 20, 25
    ).counts()
    assert thesis == {
        "n_real": 20,
        "n_synthetic": 25,
        "steps": 15,
        "images_seen": 135,
        "real_epochs": 3.0,
        "synthetic_epochs": 3.0,
    }
    matched = BOTH | {"protocol": "matched", "matched_steps": 8, "batch_size": 10}
    assert build_batch_sampler(validate_params(matched), 20, 25).counts() == {
        "n_real": 20,
        "n_synthetic": 25,
        "steps": 8,
        "images_seen": 80,
        "real_epochs": 2.0,
        "synthetic_epochs": 1.6,
    }


def test_an_empty_domain_is_refused() -> None:
    with pytest.raises(DataError, match=r"synthetic_fraction is 1\.0, but there is no synthetic"):
        build_batch_sampler(validate_params(BOTH), 10, 0)


@given(
    n=st.lists(st.integers(1, 30), min_size=2, max_size=4),
    size=st.integers(2, 20),
    seed=st.integers(0, 5),
    share=st.sampled_from([None, 0.5]),
)
def test_balanced_classes_come_as_often_and_no_sample_twice_in_a_turn(n, size, seed, share) -> None:
    labels = np.repeat(np.arange(len(n)), n)
    total = len(labels)
    per_epoch = -(-2 * total // size)
    steps = 3 * per_epoch
    n_real_by_step = None if share is None else np.full(steps, round(share * size))
    sampler = BatchSampler(
        total, total, size, steps, per_epoch, seed, n_real_by_step, (labels, labels)
    )
    step_indices = [sampler.batch_indices(step) for step in range(steps)]
    index = np.concatenate([p.synthetic for p in step_indices])
    turns = np.concatenate([p.synthetic_epoch for p in step_indices])
    counts = np.bincount(labels[index], minlength=len(n))
    if share is None:
        # three whole epochs: a class's part of each differs by one sample at most
        assert counts.max() - counts.min() <= 3
    pairs = list(zip(index.tolist(), turns.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)  # so that every view of a sample is another one


def test_real_share_and_steps_override_either_protocol() -> None:
    for protocol in ("thesis", "matched"):
        params = validate_params(BOTH | {"protocol": protocol, "real_share": 0.25, "steps": 7})
        sampler = build_batch_sampler(params, 500, 900)
        assert sampler.steps == 7
        assert {len(sampler.batch_indices(step).real) for step in range(7)} == {16}
    union = build_batch_sampler(validate_params(BOTH | {"steps": 9, "batch_size": 64}), 128, 128)
    assert union.counts()["images_seen"] == 9 * 64
    assert union.counts()["real_epochs"] == 2.25


PHASES = BOTH | {"protocol": "tuned", "tuned_steps": 40, "batch_size": 10}
"""A mixed run of 40 steps, to be divided into phases."""


@given(
    ends=st.lists(st.floats(0.05, 0.95), max_size=3, unique=True),
    shares=st.lists(st.floats(0, 1), min_size=5, max_size=5),
    n=st.tuples(st.integers(3, 90), st.integers(3, 90)),
    balanced=st.booleans(),
)
def test_phases_go_on_with_both_streams_and_count_what_they_show(ends, shares, n, balanced) -> None:
    ends = [*sorted(ends), 1.0]
    shares = [0.0, *shares[: len(ends) - 1]] if len(ends) > 1 else [0.3]
    if len(ends) > 1:
        shares[-1] = max(shares[-1], 0.2)
    params = validate_params(
        PHASES | {"phase_ends": ends, "phase_real_shares": shares, "balanced": balanced}
    )
    labels = tuple(np.arange(k) % 3 for k in n)
    sampler = build_batch_sampler(params, *n, labels)
    step_indices = [sampler.batch_indices(step) for step in range(40)]
    phases = np.searchsorted(np.rint(np.array(ends) * 40), np.arange(40), "right")
    wanted = [round(shares[phase] * 10) for phase in phases.tolist()]
    assert [len(p.real) for p in step_indices] == wanted
    assert [len(p.synthetic) for p in step_indices] == [10 - k for k in wanted]
    real = np.concatenate([p.real for p in step_indices])
    epochs = np.concatenate([p.real_epoch for p in step_indices])
    if not balanced:
        for epoch in range(len(real) // n[0]):  # no sample twice before all have come
            assert sorted(real[epochs == epoch]) == list(range(n[0]))
    counts = sampler.counts()
    assert counts["images_seen"] == 400
    assert counts["real_epochs"] == round(sum(wanted) / n[0], 2)
    assert counts["synthetic_epochs"] == round((400 - sum(wanted)) / n[1], 2)


def test_one_share_more_than_phases_changes_linearly() -> None:
    params = validate_params(PHASES | {"phase_ends": [0.5, 1.0], "phase_real_shares": [0, 1, 0.4]})
    shares = real_shares(params, 40)
    assert shares is not None
    assert shares[[0, 10, 20, 30]] == pytest.approx([0, 0.5, 1, 0.7])
    sampler = build_batch_sampler(params, 50, 50)
    assert [len(sampler.batch_indices(step).real) for step in (0, 10, 20, 30)] == [0, 5, 10, 7]


def test_the_first_step_of_each_domain_is_where_its_samples_start() -> None:
    for shares, expected in (([0.0, 0.6], (3, 0)), ([1.0, 0.5], (0, 3)), ([1.0, 0.0], (0, 3))):
        phases = {"phase_ends": [0.5, 1.0], "phase_real_shares": shares, "tuned_steps": 6}
        sampler = build_batch_sampler(validate_params(PHASES | phases), 20, 30)
        assert (sampler.first_step(REAL), sampler.first_step(SYNTHETIC)) == expected
        batches = [sampler.batch_indices(step) for step in range(6)]
        assert min(i for i, b in enumerate(batches) if len(b.real)) == expected[0]
        assert min(i for i, b in enumerate(batches) if len(b.synthetic)) == expected[1]
    only_real = BatchSampler(20, 0, 4, 6, 3, 0, np.full(6, 4))
    assert only_real.first_step(SYNTHETIC) == 6
    assert BatchSampler(20, 10, 4, 6, 3, 0).first_step(SYNTHETIC) == 0


def test_a_run_of_one_domain_ignores_shares_of_mixed_runs() -> None:
    for fractions, n_real in (((1.0, 0.0), 10), ((0.0, 1.0), 0)):
        given = dict(zip(("real_fraction", "synthetic_fraction"), fractions, strict=True))
        sampler = build_batch_sampler(validate_params(PHASES | given), 30, 30)
        assert {len(sampler.batch_indices(step).real) for step in range(40)} == {n_real}


def test_a_part_is_every_third_of_a_domain() -> None:
    indices = build_batch_sampler(validate_params(BOTH), 100, 100).batch_indices(0)
    parts = [indices.for_rank(rank, 3) for rank in range(3)]
    assert sorted(np.concatenate([p.real for p in parts])) == sorted(indices.real)
    assert parts[1].synthetic.tolist() == indices.synthetic[1::3].tolist()
    assert parts[2].real_epoch.tolist() == indices.real_epoch[2::3].tolist()
