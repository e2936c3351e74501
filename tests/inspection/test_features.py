"""Features: unit vectors, equal for arrays and images and for any batch size."""

import numpy as np
import pytest
from PIL import Image

from synthlib.inspection import features
from synthlib.seeding import rng_for
from synthlib.training.loop import build_model


def test_arrays_and_images_have_equal_features(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build_model("resnet18", 3, seed=0)
    pixels = rng_for(0, "images").integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    values = features.extract_features(model, pixels)
    assert values.shape == (5, 512)
    assert values.dtype == np.float32
    assert np.linalg.norm(values, axis=1) == pytest.approx(1, abs=1e-5)
    monkeypatch.setattr(features, "BATCH_SIZE", 2)
    of_images = features.extract_features(model, [Image.fromarray(image) for image in pixels])
    assert of_images == pytest.approx(values, abs=1e-5)
    assert not model.training
