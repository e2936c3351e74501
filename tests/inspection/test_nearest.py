"""Nearest training samples: by similarity, of the images that the run saw, from a cache."""

import numpy as np
import pandas as pd
import pytest

from synthlib.inspection import nearest
from synthlib.inspection.features import extract_features
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.test_images import ImageCache
from synthlib.seeding import rng_for


def test_the_nearest_have_the_most_similar_features() -> None:
    features = rng_for(0, "features").normal(size=(20_000, 16))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    names = [f"{i}" for i in range(len(features))]
    table = pd.DataFrame({"domain": "real", "sample": names, "class": "banana"})
    samples = nearest.TrainingSamples({}, table, features.astype(np.float16))
    near = samples.nearest(features[12_345], 5)
    expected = np.argsort(-features @ features[12_345])[:5]
    assert near["sample"].tolist() == [f"{i}" for i in expected]
    similarity = (features @ features[12_345])[expected]
    assert near["similarity"].to_numpy() == pytest.approx(similarity, abs=2e-3)


def test_training_samples_are_compared_as_the_run_saw_them(inspector: RunInspector) -> None:
    tested = set(inspector.table["sample"])
    samples = inspector.training_samples
    for domain, source in samples.sets.items():
        name = source.table["sample"].iloc[3]
        image = ImageCache(lambda: samples.sets).images(domain, [name])[0]
        features = extract_features(inspector.model, image[None])[0]
        position = samples.table.index[samples.table["sample"] == name][0]
        similarity = features @ samples.features[position].astype(float)
        assert similarity == pytest.approx(1, abs=5e-3)
        near = inspector.nearest_training_samples(image, 4)
        assert near["similarity"].is_monotonic_decreasing
        assert near.loc[0, "similarity"] == pytest.approx(1, abs=5e-3)
        assert all(image.shape == (32, 32, 3) for image in near["image"])
        assert not set(near["sample"]) & tested
    # 10 photographs per class without dev; 3 views of 4 training instances per class
    assert len(samples.table) == 3 * 10 + 3 * 4 * 3
    assert set(samples.table["domain"]) == {"real", "synthetic_bg"}


def test_features_are_cached_until_the_weights_change(
    inspector: RunInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = inspector.training_samples
    monkeypatch.setattr(nearest, "batch_features", None)  # fails if features are computed again
    again = nearest.load_training_samples(inspector.run, inspector.model, inspector.data)
    assert (np.asarray(again.features) == np.asarray(expected.features)).all()
    weights = inspector.run.folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content + b" ")
    with pytest.raises(TypeError):
        nearest.load_training_samples(inspector.run, inspector.model, inspector.data)
    weights.write_bytes(content)
