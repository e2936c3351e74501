"""Batches are reproducible by sample and labelled correctly; train and test are disjoint."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synthlib.compositing.augmentation import denormalise
from synthlib.compositing.composite import Placement
from synthlib.data import datasets, render_subsets
from synthlib.data.prepare import StudyData
from synthlib.photographs.photographs import DataError
from tests.helpers.fake_data import CLASSES, make_study_data, micro_params

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="module")
def study_data(folder: Path) -> StudyData:
    return make_study_data(folder, micro_params(folder))


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
def test_a_batch_is_a_function_of_its_step(
    folder: Path, study_data: StudyData, protocol: str
) -> None:
    params = micro_params(folder, protocol=protocol)
    first, second = (datasets.training_set(params, study_data) for _ in range(2))
    last = first.batch_sampler.steps - 1
    for step in (last, 0):  # any order
        a, b = first.batch(step, CPU), second.batch(step, CPU)
        assert a.names == b.names
        assert torch.equal(a.images, b.images)
    other = datasets.training_set(micro_params(folder, protocol=protocol, seed=1), study_data)
    assert other.batch(0, CPU).names != first.batch(0, CPU).names


def test_a_sample_looks_the_same_whatever_batch_it_is_in(
    folder: Path, study_data: StudyData
) -> None:
    def images(size: int) -> dict[str, torch.Tensor]:
        data = datasets.training_set(micro_params(folder, batch_size=size), study_data)
        steps = [data.batch(step, CPU) for step in range(data.batch_sampler.steps_per_round)]
        return {n: x for batch in steps for n, x in zip(batch.names, batch.images, strict=True)}

    small, large = images(4), images(64)
    assert small.keys() == large.keys()
    assert max(float((small[n] - large[n]).abs().max()) for n in small) < 1e-4


def test_fractions_of_the_renders_are_nested_and_rounded_half_up(
    folder: Path, study_data: StudyData
) -> None:
    def names(share: float, **overrides) -> list[str]:
        params = micro_params(folder, real_fraction=0.0, synthetic_fraction=share, **overrides)
        synthetic = datasets.training_set(params, study_data).synthetic
        assert synthetic is not None
        return synthetic.renders.names.tolist()

    whole = pd.Series([name.split("/")[0] for name in names(1.0)]).value_counts()
    before: set[str] = set()
    for share in (0.1, 0.37, 0.5, 1.0):
        subset = names(share)
        counts = pd.Series([name.split("/")[0] for name in subset]).value_counts()
        expected = np.floor(share * whole + 0.5).astype(int)
        assert counts.to_dict() == expected[expected > 0].to_dict()
        assert before < set(subset)
        before = set(subset)
    assert set(names(0.5, data_seed=1)) != set(names(0.5))


def test_split_by_view_tests_on_objects_that_it_trains_on(
    folder: Path, study_data: StudyData
) -> None:
    assert study_data.renders is not None
    leaky = replace(study_data, renders=render_subsets.split_by_view(study_data.renders, seed=0))
    shared, images = [], []
    for data in (study_data, leaky):
        params = micro_params(folder, test_sets=["synthetic_bg"])
        synthetic = datasets.training_set(params, data).synthetic
        assert synthetic is not None
        tested = datasets.test_sets(params, data)["synthetic_bg"].table["sample"]
        trained = set(synthetic.renders.names)
        images.append(trained & set(tested))
        objects = ({name.rsplit("/", 1)[0] for name in names} for names in (trained, tested))
        shared.append(set.intersection(*objects))
    assert images == [set(), set()]
    assert not shared[0]
    assert shared[1]


def test_another_epoch_shows_another_view_of_the_sample(
    folder: Path, study_data: StudyData
) -> None:
    data = datasets.training_set(micro_params(folder), study_data)
    batches = [data.batch(step, CPU) for step in range(data.batch_sampler.steps)]
    seen: dict[str, list[torch.Tensor]] = {}
    for batch in batches:
        for name, image in zip(batch.names, batch.images, strict=True):
            seen.setdefault(name, []).append(image)
    assert {len(images) for images in seen.values()} == {2}
    assert all(not torch.equal(*images) for images in seen.values())


def test_labels_match_the_names_and_real_samples_come_first(folder, study_data) -> None:
    data = datasets.training_set(micro_params(folder), study_data)
    table = study_data.photographs.table.set_index("sample")["class"]
    for step in range(data.batch_sampler.steps):
        batch = data.batch(step, CPU)
        for i, (name, label) in enumerate(zip(batch.names, batch.labels.tolist(), strict=True)):
            cls = table[name] if i < batch.n_real else name.split("/")[0]
            assert CLASSES[label] == cls
    assert batch.images.shape[1:] == (3, 32, 32)
    assert batch.images.dtype == torch.float32


def test_training_and_testing_share_no_photograph_instance_or_background(
    folder, study_data
) -> None:
    params = micro_params(folder)
    data, tests = datasets.training_set(params, study_data), datasets.test_sets(params, study_data)
    trained = {n for s in range(data.batch_sampler.steps) for n in data.batch(s, CPU).names}
    instances = {n.rsplit("/", 1)[0] for n in trained}
    table = study_data.photographs.table.set_index("sample")
    for name, test in tests.items():
        assert not trained & set(test.table["sample"])
        if name == "real":
            assert set(table.loc[test.table["sample"], "split"]) == {"val"}
        else:
            assert not instances & {n.rsplit("/", 1)[0] for n in test.table["sample"]}
            splits = study_data.backgrounds.table.set_index("sample")["split"]
            assert set(splits[test.table["background"]]) == {"test"}
    assert set(table.loc[[n for n in trained if n in table.index], "split"]) == {"train"}


def test_a_class_without_test_samples_is_named(folder: Path, study_data: StudyData) -> None:
    renders, table = study_data.renders, study_data.photographs.table
    assert renders is not None
    lone = renders.assign(split=renders["split"].where(renders["class"] != CLASSES[1], "train"))
    words = f"class {CLASSES[1]} has no sample in test set synthetic_bg, .* a second model"
    with pytest.raises(DataError, match=words):
        datasets.test_sets(micro_params(folder), replace(study_data, renders=lone))
    left = table[(table["class"] != CLASSES[0]) | (table["split"] != "val")]
    flagged = replace(study_data, photographs=replace(study_data.photographs, table=left))
    with pytest.raises(DataError, match=f"class {CLASSES[0]} has no sample in test set real,"):
        datasets.test_sets(micro_params(folder), flagged)


def test_a_test_image_can_be_recomputed_from_its_row(folder: Path, study_data: StudyData) -> None:
    test = datasets.test_sets(micro_params(folder), study_data)["synthetic_bg"]
    whole = torch.cat(list(test.batches(CPU)))
    one = test.images(np.array([4]), CPU)
    assert torch.allclose(denormalise(whole[4:5]), one, atol=1e-5)
    assert len(Placement.from_json_rows(list(test.table["placement"]))) == len(test.image_set)


def test_test_sets_do_not_depend_on_the_run(folder: Path, study_data: StudyData) -> None:
    first = datasets.test_sets(micro_params(folder), study_data)
    other = datasets.test_sets(
        micro_params(folder, seed=5, protocol="matched", epochs=9), study_data
    )
    for name in first:
        assert first[name].table.equals(other[name].table)


def test_real_subsets_are_nested_and_shared(folder: Path, study_data: StudyData) -> None:
    def real(**overrides) -> set[str]:
        data = datasets.training_set(micro_params(folder, **overrides), study_data)
        return set(data.real.names)

    third = real(real_fraction=0.3333)
    assert third < real(real_fraction=0.6667) < real()
    assert third == real(real_fraction=0.3333, synthetic_fraction=0.0)
    assert len(third) == 3 * round(len(real()) / 9)


def test_seeds_of_a_cross_validation_leave_out_other_folds(
    folder: Path, study_data: StudyData
) -> None:
    tested: set[str] = set()
    for seed in range(4):
        params = micro_params(folder, folds=3, seed=seed, test_sets=["real_rest"])
        trained = set(datasets.training_set(params, study_data).real.names)
        left_out = set(datasets.test_sets(params, study_data)["real_rest"].table["sample"])
        assert not trained & left_out
        assert (seed == 3) == bool(tested & left_out)  # fold 3 is fold 0 again
        tested |= left_out
    table = study_data.photographs.table
    assert tested == set(table["sample"][table["split"] == "train"])


def test_without_background_the_object_is_on_black(folder: Path, study_data: StudyData) -> None:
    params = micro_params(folder, synthetic_domain="synthetic_nobg", real_fraction=0.0)
    batch = datasets.training_set(params, study_data).batch(0, CPU)
    corners = denormalise(batch.images)[:, :, 0, 0]
    assert float(corners.abs().max()) < 1e-5
    assert batch.n_real == 0
