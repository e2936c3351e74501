"""Images of test samples: as tested, loaded when needed, cached up to a limit."""

import numpy as np
import pytest
import torch

from synthlib.compositing.augmentation import normalise
from synthlib.data import datasets
from synthlib.inspection.features import to_batch
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.test_images import ImageCache
from synthlib.photographs.photographs import DataError


def test_images_are_those_the_model_was_tested_on(
    inspector: RunInspector, real_row: int, composite_row: int
) -> None:
    for row in (real_row, composite_row):
        batch = to_batch(inspector.image(row)[None])
        with torch.no_grad():
            logits = inspector.model(normalise(batch)).float()[0].numpy()
        columns = [f"logit_{name}" for name in inspector.params.classes]
        stored = inspector.predictions.loc[row, columns].to_numpy(float)
        assert logits == pytest.approx(stored, abs=0.05 * np.abs(stored).max() + 0.05)


def test_data_are_loaded_with_the_first_image_and_few_images_are_cached(
    inspector: RunInspector,
) -> None:
    loads = []

    def load():
        loads.append(1)
        return datasets.test_sets(inspector.params, inspector.data)

    cache = ImageCache(load, max_cached=3)
    assert not cache.is_loaded
    assert loads == []
    names = inspector.table["sample"][inspector.table["test_set"] == "real"].tolist()[:8]
    uris = cache.data_uris("real", names)
    assert len(uris) == 8
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in uris)
    assert len(cache) == 3
    assert cache.data_uris("real", names) == uris
    assert loads == [1]


def test_images_of_several_test_sets_are_in_the_order_of_the_table(
    inspector: RunInspector,
) -> None:
    rows = inspector.table.sample(frac=1, random_state=0).head(9)
    assert rows["test_set"].nunique() == 2
    images = inspector.test_images.table_images(rows)
    for row, image in zip(rows.index, images, strict=True):
        assert (image == inspector.image(int(row))).all()


def test_a_missing_sample_or_test_set_is_named(inspector: RunInspector) -> None:
    with pytest.raises(DataError, match=r"no/such\.jpg is no longer in the data of test set real"):
        inspector.test_images.images("real", ["no/such.jpg"])
    with pytest.raises(DataError, match="test set dev is not among this run's: real, synthetic_bg"):
        inspector.test_images.images("dev", [])
