"""Tables of what the prepared data holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthlib.data.prepare import StudyData
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import RenderPlan
from synthlib.rendering.settings import RenderSettings
from synthlib.reporting import data_summary
from tests.helpers.fake_data import make_study_data, micro_params


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def data(folder: Path) -> StudyData:
    params = micro_params(folder / "outputs", data_root=str(folder / "data"))
    return make_study_data(folder, params)


def test_photographs_instances_and_renders_are_counted_by_split(data: StudyData) -> None:
    table = data_summary.class_balance(data).set_index("class")
    assert (table["photographs train"] == 10).all()
    assert (table["photographs dev"] == 2).all()
    assert (table["instances train"] == 4).all()
    assert (table["renders test"] == 3).all()


def test_sparse_views_are_counted(data: StudyData) -> None:
    renders = data.renders
    assert renders is not None
    shares = renders.assign(coverage=np.linspace(0, 0.5, len(renders)))
    table = data_summary.coverage_by_class(shares).set_index("class")
    assert int(table["views below 10"].sum()) == int((shares["coverage"] < 0.1).sum()) > 0


def test_unreadable_and_identical_photographs_are_faults(folder: Path, data: StudyData) -> None:
    plan = RenderPlan(folder / "store", RenderSettings(), ())
    broken = type(data.photographs)(data.photographs.table, ("a.jpg: truncated",), ("b = c",))
    faulty = replace(data, photographs=broken, renders=None)
    rows = data_summary.data_faults(faulty, plan).values.tolist()
    assert ["unreadable", "a.jpg", "truncated"] in rows
    assert ["byte-identical", "b", "c"] in rows


def test_backgrounds_of_each_class(data: StudyData) -> None:
    table = data_summary.backgrounds_by_class(data).set_index("class")
    assert table.loc["basketball", "n_here"] == 0
    assert table.loc["basketball", "own"] == "no: any scene of the study"
    assert table.loc["basketball", "photographs"] == 12
    assert table.loc["banana", "categories"] == "kitchen"
    assert table.loc["banana", "n_here"] + table.loc["banana", "n_missing"] == 10
    with pytest.raises(DataError, match="has no backgrounds"):
        data_summary.backgrounds_by_class(replace(data, backgrounds=None))
