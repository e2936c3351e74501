"""Batches: reproducible sample by sample, labelled right, train and test apart."""

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
def sources(folder: Path) -> StudyData:
    return make_study_data(folder, micro_params(folder))


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
def test_a_batch_is_a_function_of_its_step(folder: Path, sources: StudyData, protocol: str) -> None:
    params = micro_params(folder, protocol=protocol)
    first, second = (datasets.training_set(params, sources) for _ in range(2))
    last = first.batch_sampler.steps - 1
    for step in (last, 0):  # any order
        a, b = first.batch(step, CPU), second.batch(step, CPU)
        assert a.names == b.names
        assert torch.equal(a.images, b.images)
    other = datasets.training_set(micro_params(folder, protocol=protocol, seed=1), sources)
    assert other.batch(0, CPU).names != first.batch(0, CPU).names


def test_a_sample_looks_the_same_whatever_batch_it_is_in(folder: Path, sources: StudyData) -> None:
    def images(size: int) -> dict[str, torch.Tensor]:
        data = datasets.training_set(micro_params(folder, batch_size=size), sources)
        steps = [data.batch(step, CPU) for step in range(data.batch_sampler.steps_per_round)]
        return {n: x for batch in steps for n, x in zip(batch.names, batch.images, strict=True)}

    small, large = images(4), images(64)
    assert small.keys() == large.keys()
    assert max(float((small[n] - large[n]).abs().max()) for n in small) < 1e-4


def test_shares_of_the_renders_are_nested_and_counted_in_halves_up(
    folder: Path, sources: StudyData
) -> None:
    def names(share: float, **more) -> list[str]:
        params = micro_params(folder, real_fraction=0.0, synthetic_fraction=share, **more)
        synthetic = datasets.training_set(params, sources).synthetic
        assert synthetic is not None
        return synthetic.renders.names.tolist()

    whole = pd.Series([name.split("/")[0] for name in names(1.0)]).value_counts()
    before: set[str] = set()
    for share in (0.1, 0.37, 0.5, 1.0):
        found = names(share)
        counts = pd.Series([name.split("/")[0] for name in found]).value_counts()
        expected = np.floor(share * whole + 0.5).astype(int)
        assert counts.to_dict() == expected[expected > 0].to_dict()
        assert before < set(found)
        before = set(found)
    assert set(names(0.5, data_seed=1)) != set(names(0.5))


def test_split_by_view_tests_on_objects_that_it_trains_on(folder: Path, sources: StudyData) -> None:
    assert sources.renders is not None
    leaky = replace(sources, renders=render_subsets.split_by_view(sources.renders, seed=0))
    shared, images = [], []
    for data in (sources, leaky):
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


def test_another_epoch_shows_another_view_of_the_sample(folder: Path, sources: StudyData) -> None:
    data = datasets.training_set(micro_params(folder), sources)
    batches = [data.batch(step, CPU) for step in range(data.batch_sampler.steps)]
    seen: dict[str, list[torch.Tensor]] = {}
    for batch in batches:
        for name, image in zip(batch.names, batch.images, strict=True):
            seen.setdefault(name, []).append(image)
    assert {len(images) for images in seen.values()} == {2}
    assert all(not torch.equal(*images) for images in seen.values())


def test_labels_are_the_names_classes_and_real_ones_come_first(folder, sources) -> None:
    data = datasets.training_set(micro_params(folder), sources)
    table = sources.photographs.table.set_index("sample")["class"]
    for step in range(data.batch_sampler.steps):
        batch = data.batch(step, CPU)
        for i, (name, label) in enumerate(zip(batch.names, batch.labels.tolist(), strict=True)):
            cls = table[name] if i < batch.n_real else name.split("/")[0]
            assert CLASSES[label] == cls
    assert batch.images.shape[1:] == (3, 32, 32)
    assert batch.images.dtype == torch.float32


def test_training_and_testing_share_no_photograph_instance_or_background(folder, sources) -> None:
    params = micro_params(folder)
    data, tests = datasets.training_set(params, sources), datasets.test_sets(params, sources)
    trained = {n for s in range(data.batch_sampler.steps) for n in data.batch(s, CPU).names}
    instances = {n.rsplit("/", 1)[0] for n in trained}
    table = sources.photographs.table.set_index("sample")
    for name, test in tests.items():
        assert not trained & set(test.table["sample"])
        if name == "real":
            assert set(table.loc[test.table["sample"], "split"]) == {"val"}
        else:
            assert not instances & {n.rsplit("/", 1)[0] for n in test.table["sample"]}
            scenes = sources.backgrounds.table.set_index("sample")["split"]
            assert set(scenes[test.table["background"]]) == {"test"}
    assert set(table.loc[[n for n in trained if n in table.index], "split"]) == {"train"}


def test_a_class_that_is_not_tested_is_named(folder: Path, sources: StudyData) -> None:
    renders, table = sources.renders, sources.photographs.table
    assert renders is not None
    lone = renders.assign(split=renders["split"].where(renders["class"] != CLASSES[1], "train"))
    words = f"class {CLASSES[1]} has no sample in test set synthetic_bg, .* a second model"
    with pytest.raises(DataError, match=words):
        datasets.test_sets(micro_params(folder), replace(sources, renders=lone))
    left = table[(table["class"] != CLASSES[0]) | (table["split"] != "val")]
    flagged = replace(sources, photographs=replace(sources.photographs, table=left))
    with pytest.raises(DataError, match=f"class {CLASSES[0]} has no sample in test set real,"):
        datasets.test_sets(micro_params(folder), flagged)


def test_a_test_image_can_be_made_again_from_its_row(folder: Path, sources: StudyData) -> None:
    test = datasets.test_sets(micro_params(folder), sources)["synthetic_bg"]
    whole = torch.cat(list(test.batches(CPU)))
    one = test.images(np.array([4]), CPU)
    assert torch.allclose(denormalise(whole[4:5]), one, atol=1e-5)
    assert len(Placement.from_json_rows(list(test.table["placement"]))) == len(test.image_set)


def test_test_sets_do_not_depend_on_the_run(folder: Path, sources: StudyData) -> None:
    first = datasets.test_sets(micro_params(folder), sources)
    other = datasets.test_sets(micro_params(folder, seed=5, protocol="matched", epochs=9), sources)
    for name in first:
        assert first[name].table.equals(other[name].table)


def test_real_subsets_are_nested_and_shared(folder: Path, sources: StudyData) -> None:
    def real(**more) -> set[str]:
        data = datasets.training_set(micro_params(folder, **more), sources)
        return set(data.real.names)

    third = real(real_fraction=0.3333)
    assert third < real(real_fraction=0.6667) < real()
    assert third == real(real_fraction=0.3333, synthetic_fraction=0.0)
    assert len(third) == 3 * round(len(real()) / 9)


def test_without_background_the_object_stands_on_black(folder: Path, sources: StudyData) -> None:
    params = micro_params(folder, synthetic_domain="synthetic_nobg", real_fraction=0.0)
    batch = datasets.training_set(params, sources).batch(0, CPU)
    corners = denormalise(batch.images)[:, :, 0, 0]
    assert float(corners.abs().max()) < 1e-5
    assert batch.n_real == 0
