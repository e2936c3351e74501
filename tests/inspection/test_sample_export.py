"""Test samples of finished runs in a Parquet file."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synthlib import evaluation, params as parameters
from synthlib.inspection import sample_export
from synthlib.runs import RunError
from tests.helpers.inspected_run import finished_run


def test_rows_have_image_provenance_predictions_and_features(tmp_path, monkeypatch):
    inspector = finished_run(tmp_path, test_sets=["real", "synthetic_bg"])
    monkeypatch.setattr(sample_export, "inspect_run", lambda *_: inspector)
    file = tmp_path / "samples.parquet"
    returned = sample_export.export_samples(inspector.params, file)
    table = pd.read_parquet(file)
    predictions = evaluation.read_predictions(inspector.run.folder)
    assert len(table) == len(predictions) == len(returned)
    assert set(zip(table["test_set"], table["sample"], strict=True)) == set(
        zip(predictions["test_set"], predictions["sample"], strict=True)
    )
    p = inspector.params
    column = f"predicted_{p.protocol}_{p.experiment}_seed{p.seed}"
    assert (table[column] == table["predicted"]).all()
    assert (table["right"] == (table["predicted"] == table["true"])).all()

    features = np.stack(table["features"].to_numpy())
    assert np.allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)
    position = 3
    row = inspector.table.index[position]
    with Image.open(io.BytesIO(table["image"][position]["bytes"])) as image:
        assert np.array_equal(np.asarray(image), inspector.image(row))

    composites = table[table["test_set"] == "synthetic_bg"]
    assert (composites["path"] == "").all()
    assert composites["background"].ne("").all()
    row = inspector.table.index.tolist()[composites.index[0]]
    facts = inspector.origin(row)
    assert composites["instance"].iloc[0] == facts.render["instance"]
    photographs = table[table["test_set"] == "real"]
    assert photographs["path"].str.endswith(tuple(photographs["sample"])).all()


def test_without_weights_there_are_no_features(tmp_path):
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    with pytest.raises(RunError, match="no finished run of scale tiny"):
        sample_export.export_samples(p, tmp_path / "samples.parquet")
    assert not (tmp_path / "samples.parquet").exists()
