"""Renders or fetched photographs added to a tenth of the photographs, on the same test images."""

from pathlib import Path

import pandas as pd
import pytest

from synthlib.evaluation.added_data import added_images, compare_at_equal_number
from tests.helpers.fake_runs import write_fake_run


def write_run(outputs: Path, name: str, top1: float, seed: int = 0) -> None:
    """A finished run; each photograph of `real_4` and `real_5` is also in `real_rest`, which has 50
    more per class where the experiment is tested on it."""
    folder = write_fake_run(outputs, name, top1, protocol="tuned", seed=seed, n=50)
    table = pd.read_parquet(folder / "predictions.parquet")
    first = {"real": 1000, "real_4": 0, "real_5": 50, "real_rest": 0, "real_1": 200}
    position = table.groupby(["test_set", "true"]).cumcount() + table["test_set"].map(first)
    names = zip(table["true"], position, strict=True)
    table["sample"] = [f"{true}/{number}" for true, number in names]
    table.to_parquet(folder / "predictions.parquet")


def test_rows_share_their_photographs(tmp_path: Path) -> None:
    assert added_images(tmp_path, "tiny", "tuned").empty
    assert compare_at_equal_number(tmp_path, "tiny", "tuned") is None
    for seed in (0, 1):
        for name, top1 in {"real10": 40, "mixed_real10": 50, "fetched10": 46}.items():
            write_run(tmp_path, name, top1, seed)
    table = added_images(tmp_path, "tiny", "tuned")
    found = table.set_index("kind").T.to_dict()
    assert set(found) == {"alone", "renders", "photographs"}
    # val and real_4: the first 50 of real_rest, on which real10 and mixed_real10 were tested
    assert set(table["n"]) == {7 * 100}
    assert found["alone"]["top1"] == pytest.approx(40)
    assert found["renders"]["gain"] == pytest.approx(10)
    assert found["photographs"]["gain"] == pytest.approx(6)
    assert found["alone"]["n_added"] == 0
    assert found["renders"]["gain_low"] < 10 < found["renders"]["gain_high"]
    assert set(table["seeds"]) == {"0, 1"}
    assert compare_at_equal_number(tmp_path, "tiny", "tuned") is None


def test_as_many_photographs_are_compared_with_as_many_renders(tmp_path: Path) -> None:
    write_run(tmp_path, "fetched10", 46)
    write_run(tmp_path, "mixed_real10_synth30", 42)
    equal = compare_at_equal_number(tmp_path, "tiny", "tuned")
    assert equal is not None
    assert (equal["seeds"], equal["n"], equal["n_renders"]) == ("0", 7 * 150, 1289)
    assert equal["difference"] == pytest.approx(4)
    assert equal["low"] < 4 < equal["high"]
