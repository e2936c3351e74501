"""Fetched photographs instead of renders: which may be used, their labels, and leaks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synthlib import runs, training
from synthlib.data import datasets, explain, labels, prepare, study_tables
from synthlib.data.synthetic_images import FetchedPhotographs
from synthlib.params import Params, validate_params
from synthlib.photographs.photographs import DataError
from synthlib.photographs.subsets import fetched_photographs, real_subset, unused_real
from synthlib.training import prediction
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_data import CLASSES, micro_params, write_photographs

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("photographs"), train=32, val=4, scenes=2)


def fetched_params(root: Path, outputs: Path, **overrides) -> Params:
    values = {
        "data_root": str(root),
        "real_fraction": 0.1,
        "synthetic_domain": "fetched",
        "labelled_by": "real10",
        "protocol": "matched",
        "dev_per_class": 2,
        "test_sets": ["real", "dev", "real_4", "real_5"],
    }
    return micro_params(outputs, **(values | overrides))


def photograph_table(params: Params) -> pd.DataFrame:
    folder = prepare.photograph_root(params)
    return study_tables.study_photographs(
        params, folder, prepare.select_classes(params.classes)
    ).table


def write_label_file(params: Params, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Label all candidates, or the given photographs, as the class after their true one."""
    rows = labels.candidates(params, photograph_table(params)) if rows is None else rows
    following = dict(zip(CLASSES, [*CLASSES[1:], CLASSES[0]], strict=True))
    rows = rows.assign(label=rows["class"].map(following))[labels.LABEL_COLUMNS]
    path = labels.labels_path(params)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, index=False)
    return rows


def test_only_photographs_that_are_in_no_test_may_be_fetched(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path)
    table = photograph_table(params)
    used = real_subset(table, 0.1, params.seed)
    chosen = labels.candidates(params, table)
    # 30 training photographs per class, 3 used, folds of 27 // 5 = 5
    assert chosen["class"].value_counts().to_dict() == dict.fromkeys(CLASSES, 15)
    assert set(chosen["split"]) == {"train"}
    write_label_file(params)
    data = prepare.prepare_data(params, quiet=True)
    tests = datasets.test_sets(params, data)
    tested = {name for test in tests.values() for name in test.table["sample"]}
    assert len(tested) == 3 * (4 + 2 + 5 + 5)
    assert not tested & set(chosen["sample"])
    assert not set(used["sample"]) & set(chosen["sample"])
    train = datasets.training_set(params, data)
    assert train.real is not None
    assert train.synthetic is not None
    assert set(train.real.names) == set(used["sample"])
    assert set(train.synthetic.renders.names) == set(chosen["sample"])


def test_a_twin_of_a_photograph_left_for_tests_is_not_fetched(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path)
    table = photograph_table(params)
    chosen = labels.candidates(params, table)
    used = real_subset(table, 0.1, params.seed)
    unused = unused_real(table, used, params.seed)
    left = unused[~unused["sample"].isin(chosen["sample"])].iloc[0]
    twin = chosen.iloc[0]
    table.loc[table["sample"] == twin["sample"], "sha256"] = left["sha256"]
    again = fetched_photographs(table, used, params.seed)
    assert left["sha256"] not in set(again["sha256"])


@pytest.mark.parametrize("kind", ["used", "val", "dev", "tested"])
def test_a_label_of_a_photograph_of_a_test_or_of_the_run_is_refused(
    kind: str, root: Path, tmp_path: Path
) -> None:
    params = fetched_params(root, tmp_path)
    table = photograph_table(params)
    chosen = labels.candidates(params, table)
    used = real_subset(table, 0.1, params.seed)
    unused = unused_real(table, used, params.seed)
    wrong = {
        "used": used,
        "val": table[table["split"] == "val"],
        "dev": table[table["split"] == "dev"],
        "tested": unused[~unused["sample"].isin(chosen["sample"])],
    }[kind].head(1)
    write_label_file(params, pd.concat([chosen, wrong]))
    with pytest.raises(DataError, match="is not among the photographs that this run may fetch"):
        prepare.prepare_data(params, quiet=True)


def test_a_run_on_fetched_photographs_cannot_be_tested_on_them(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path, test_sets=["real_rest"])
    write_label_file(params)
    data = prepare.prepare_data(params, quiet=True)
    with pytest.raises(DataError, match="real_rest: 45 of its images are trained on"):
        datasets.test_sets(params, data)


def test_labels_are_those_of_the_file_and_pixels_those_of_photographs(
    root: Path, tmp_path: Path
) -> None:
    params = fetched_params(root, tmp_path)
    rows = write_label_file(params).set_index("sample")["label"]
    data = prepare.prepare_data(params, quiet=True)
    assert data.renders is None
    train = datasets.training_set(params, data)
    fetched, real = train.synthetic, train.real
    assert isinstance(fetched, FetchedPhotographs)
    assert real is not None
    names = fetched.renders.names
    assert [CLASSES[k] for k in fetched.renders.labels] == rows[names].tolist()
    batch = train.batch(0, CPU)
    n_fetched = len(batch.names) - batch.n_real
    assert n_fetched == batch.n_real == 8  # half of each batch, as of a mix
    assert [CLASSES[k] for k in batch.labels[batch.n_real :]] == [
        rows[name] for name in batch.names[batch.n_real :]
    ]
    # the same photograph with the same draws as among the real ones
    index, epoch = np.array([3]), np.array([0])
    u = train.uniform_draws("synthetic", index, epoch)
    as_real = replace(train, real=fetched.renders, synthetic=None)
    np.testing.assert_array_equal(u, as_real.uniform_draws("real", index, epoch))
    assert torch.equal(
        fetched.images(index, u, 32, CPU),
        fetched.renders.augmented_photographs(index, u, train.real_preset, 32, CPU),
    )
    explained = explain.explain_sample(train, 0, len(batch.names) - 1)
    assert torch.equal(explained.images["model_input"], batch.images[-1])


def test_smaller_shares_are_nested_and_change_the_run(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path)
    write_label_file(params)
    names, digests = {}, {}
    for share in (1.0, 0.5, 0.2):
        some = fetched_params(root, tmp_path, synthetic_fraction=share)
        data = prepare.prepare_data(some, quiet=True)
        assert data.fetched is not None
        names[share], digests[share] = set(data.fetched["sample"]), data.digests["labels"]
    assert [len(names[share]) for share in (1.0, 0.5, 0.2)] == [45, 22, 9]
    assert names[0.2] < names[0.5] < names[1.0]
    assert len(set(digests.values())) == 3


def test_missing_labels_name_the_command(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path)
    with pytest.raises(DataError, match="synthlib batch --scale micro --only real10"):
        prepare.prepare_data(params, quiet=True)
    with prepare.naming_packs() as folders:  # as `synthlib clean` does, without the file
        prepare.prepare_data(params, quiet=True)
    assert len(folders) == 1


def test_parameters_that_contradict_each_other_are_refused(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path).model_dump()
    for changes, message in (
        ({"labelled_by": ""}, "labelled_by"),
        ({"synthetic_domain": "synthetic_bg"}, "labelled_by"),
        ({"real_fraction": 1.0, "test_sets": ["real"]}, "real_fraction"),
    ):
        with pytest.raises(ParameterError, match=message):
            validate_params(params | changes)


def test_a_run_on_fetched_photographs_trains_and_says_what_on(root: Path, tmp_path: Path) -> None:
    params = fetched_params(root, tmp_path, matched_steps=2)
    write_label_file(params)
    data = prepare.prepare_data(params, quiet=True)
    train = datasets.training_set(params, data)
    counts = train.batch_sampler.counts()
    text = runs.describe_training_data(params, counts)
    assert text == "10% real (9) + photographs labelled by a model (45)"
    run = runs.open_run(params, data.digests)
    model = training.train(run, train, show_progress=False)
    tests = datasets.test_sets(params, data)
    predicted = prediction.predict(run, model, tests, train)
    assert len(predicted) == 3 * (4 + 2 + 5 + 5)
