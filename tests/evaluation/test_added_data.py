"""Renders or fetched photographs beside a tenth of the photographs, on the same test images."""

from pathlib import Path

import pandas as pd
import pytest

from synthlib.evaluation.added_data import added_images
from tests.helpers.fake_runs import write_fake_run


def test_rows_share_their_photographs(tmp_path: Path) -> None:
    assert added_images(tmp_path, "tiny", "tuned").empty
    for seed in (0, 1):
        for name, top1 in {"real10": 40, "mixed_real10": 50, "fetched10": 46}.items():
            folder = write_fake_run(tmp_path, name, top1, protocol="tuned", seed=seed, n=50)
            table = pd.read_parquet(folder / "predictions.parquet")
            # photographs of each set have own names; half of real_rest is real_4 and real_5
            number = table.groupby(["test_set", "true"]).cumcount()
            folds = {"real_4": 0, "real_5": 50, "real_rest": 0, "real": 1000}
            position = number + table["test_set"].map(folds)
            table["sample"] = table["true"].astype(str) + "/" + position.astype(str)
            if name != "fetched10":
                rest = table[table["test_set"] == "real_rest"]
                far = rest.assign(sample="far/" + rest["sample"])
                table = pd.concat([table, far])
            table.to_parquet(folder / "predictions.parquet")
    table = added_images(tmp_path, "tiny", "tuned")
    found = table.set_index("kind").T.to_dict()
    assert set(found) == {"alone", "renders", "photographs"}
    # val and fold real_4, whose names real_rest has too
    assert set(table["n"]) == {7 * 100}
    assert found["alone"]["top1"] == pytest.approx(40)
    assert found["renders"]["gain"] == pytest.approx(10)
    assert found["photographs"]["gain"] == pytest.approx(6)
    assert found["alone"]["n_added"] == 0
    assert found["renders"]["gain_low"] < 10 < found["renders"]["gain_high"]
    assert set(table["seeds"]) == {"0, 1"}
