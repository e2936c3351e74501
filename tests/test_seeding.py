"""Random streams depend on their names alone, are uniform, and are independent."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st

from synthlib.seeding import rng_for, sample_ids, stream_key, uniforms

names = st.lists(st.text(max_size=8), min_size=1, max_size=20, unique=True)


def test_a_stream_depends_on_its_name():
    assert (
        rng_for(0, "views", "a").random(4).tolist() == rng_for(0, "views", "a").random(4).tolist()
    )
    others = [rng_for(1, "views", "a"), rng_for(0, "views"), rng_for(0, "viewsa"), rng_for(0, "a")]
    firsts = {rng.random() for rng in [rng_for(0, "views", "a"), *others]}
    assert len(firsts) == 5


def test_similar_keys_differ():
    assert (
        len({stream_key("a", 1), stream_key("a1"), stream_key("a", "1"), stream_key(1, "a")}) == 4
    )
    assert stream_key(np.int64(3)) == stream_key(3)
    for wrong in (True, 1.0, None, b"a"):
        with pytest.raises(TypeError, match="a string or an integer"):
            stream_key(wrong)


def test_another_process_has_the_same_streams():
    code = (
        "from synthlib.seeding import *\n"
        "ids = sample_ids(['a', 'b'])\n"
        "print(rng_for(7, 'x', 2).random(), uniforms(7, 'x', ids=ids, n=2).sum())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = rng_for(7, "x", 2).random(), uniforms(7, "x", ids=sample_ids(["a", "b"]), n=2).sum()
    assert run.stdout.split() == [str(value) for value in here]


@given(names, st.integers(0, 5), st.randoms())
def test_a_row_of_uniforms_depends_on_its_own_id_alone(samples, seed, random):
    ids = sample_ids(samples)
    whole_batch = uniforms(seed, "crop", 3, ids=ids, n=5)
    order = list(range(len(samples)))
    random.shuffle(order)
    np.testing.assert_array_equal(
        uniforms(seed, "crop", 3, ids=ids[order], n=5), whole_batch[order]
    )
    np.testing.assert_array_equal(uniforms(seed, "crop", 3, ids=ids, n=2), whole_batch[:, :2])
    assert len(np.unique(whole_batch)) == whole_batch.size
    assert not np.array_equal(uniforms(seed + 1, "crop", 3, ids=ids, n=5), whole_batch)
    assert not np.array_equal(uniforms(seed, "crop", 4, ids=ids, n=5), whole_batch)


def test_uniforms_are_uniform_and_independent():
    u = uniforms(0, "test", ids=sample_ids([str(i) for i in range(20_000)]), n=3)
    assert u.min() >= 0
    assert u.max() < 1
    counts = np.stack([np.histogram(column, bins=20, range=(0, 1))[0] for column in u.T])
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)
    seeds = uniforms(1, "test", ids=sample_ids([str(i) for i in range(20_000)]), n=1)
    everything = np.corrcoef(np.column_stack([u, seeds, np.roll(u[:, :1], 1)]), rowvar=False)
    assert np.abs(everything - np.eye(5)).max() < 0.035
    assert uniforms(0, "test", ids=np.array([], np.uint64), n=3).shape == (0, 3)
