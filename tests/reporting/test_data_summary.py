"""Tables of the data: numbers per class, coverage, faults."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from synthlib.rendering.plan import RenderPlan, RenderSettings
from synthlib.reporting import data_summary
from tests.helpers.fake_data import make_study_data, micro_params


def test_tables_count_the_data(tmp_path: Path) -> None:
    data = make_study_data(tmp_path, micro_params(tmp_path / "outputs"))
    table = data_summary.class_balance(data).set_index("class")
    assert (table["photographs train"] == 10).all()
    assert (table["photographs dev"] == 2).all()
    assert (table["instances train"] == 4).all()
    assert (table["renders test"] == 3).all()
    assert data.renders is not None
    renders = data.renders.assign(coverage=np.linspace(0, 0.5, len(data.renders)))
    coverage = data_summary.coverage_by_class(renders).set_index("class")
    n_sparse = int((renders["coverage"] < 0.1).sum())
    assert int(coverage["views below 10"].sum()) == n_sparse > 0
    photographs = replace(data.photographs, broken=("a.jpg: truncated",), duplicates=("b = c",))
    plan = RenderPlan(tmp_path / "store", RenderSettings(), ())
    faulty = replace(data, photographs=photographs, renders=None)
    rows = data_summary.data_faults(faulty, plan).values.tolist()
    assert ["unreadable", "a.jpg", "truncated"] in rows
    assert ["byte-identical", "b", "c"] in rows
