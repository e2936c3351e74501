"""The explained steps of a training image end in the image that training sees."""

from pathlib import Path

import pytest
import torch

from synthlib import data
from synthlib.compositing.augmentation import denormalise
from synthlib.data.prepare import StudyData
from tests.helpers.fake_data import make_study_data, micro_params

CPU = torch.device("cpu")
PHOTOGRAPH_STEPS = ["photograph", "crop", "augmented", "model_input"]
COMPOSITE_STEPS = ["render", "background", "composite", "augmented", "model_input"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explain")


@pytest.fixture(scope="module")
def study_data(folder: Path) -> StudyData:
    return make_study_data(folder, micro_params(folder))


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
def test_last_image_is_the_batch_s(folder: Path, study_data: StudyData, protocol: str) -> None:
    train = data.training_set(micro_params(folder, protocol=protocol), study_data)
    step = train.batch_sampler.steps - 1  # an epoch after the first
    batch = train.batch(step, CPU)
    steps = []
    for index, name in enumerate(batch.names):
        explained = data.explain_sample(train, step, index)
        assert explained.name == name
        assert explained.label == batch.labels[index]
        images = explained.images
        steps.append(list(images))
        torch.testing.assert_close(images["model_input"], batch.images[index], atol=1e-4, rtol=0)
        shown = denormalise(images["model_input"][None])[0]
        torch.testing.assert_close(shown, images["augmented"], atol=1e-5, rtol=0)
        assert images["model_input"].shape == (3, 32, 32)
        assert all(image.dtype == torch.float32 for image in images.values())
    n_synthetic = len(batch.names) - batch.n_real
    assert steps == [PHOTOGRAPH_STEPS] * batch.n_real + [COMPOSITE_STEPS] * n_synthetic
    with pytest.raises(IndexError, match=f"index is {len(batch.names)}; allowed: 0 to"):
        data.explain_sample(train, step, len(batch.names))


def test_steps_of_photographs_and_composites(folder: Path, study_data: StudyData) -> None:
    train = data.training_set(micro_params(folder), study_data)
    batch = train.batch(0, CPU)
    photograph = data.explain_sample(train, 0, 0)
    assert photograph.images["photograph"].shape == (3, 37, 44)
    assert photograph.images["crop"].shape == (3, 32, 32)
    assert torch.equal(photograph.images["crop"], photograph.images["augmented"])  # no colour
    composite = data.explain_sample(train, 0, len(batch.names) - 1)
    assert composite.placement is not None
    changed = (composite.images["composite"] - composite.images["background"]).abs().amax(0)
    assert 0 < (changed > 2 / 255).float().mean() < 0.9
    assert composite.images["render"].amax() > 0.3


def test_on_black_there_is_no_background(folder: Path, study_data: StudyData) -> None:
    params = micro_params(folder, synthetic_domain="synthetic_nobg", real_fraction=0.0)
    explained = data.explain_sample(data.training_set(params, study_data), 0, 0)
    assert list(explained.images) == [step for step in COMPOSITE_STEPS if step != "background"]
    assert explained.placement is None
    assert torch.equal(explained.images["composite"], explained.images["render"])
