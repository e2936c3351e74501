"""What a caption says of a scale: rows without a run, scenes that were borrowed."""

from pathlib import Path

import pandas as pd
import pytest
from fake_runs import fabricate

from synthlib.tables import comparable


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        ([True, True, True, True], ""),
        ([False] * 4, "All rows: not run at this scale."),
        ([True, False, False, False], "Not run at this scale: a (some rows), b."),
        ([True, True, False, True], "Not run at this scale: b."),
    ],
)
def test_rows_without_a_run_are_named(measured: list[bool], said: str) -> None:
    experiments = pd.Series(["a", "a", "b", ""])  # the last row is published only
    found = comparable.runs_missing(experiments, pd.Series(measured) & (experiments != ""))
    assert found == said


def test_runs_that_lost_their_backgrounds_say_nothing_of_scenes(tmp_path: Path) -> None:
    folder = fabricate(tmp_path, "synth_bg", 60)
    path = folder / "predictions.parquet"
    table = pd.read_parquet(path).assign(placement="{}")
    table.assign(background="").to_parquet(path)
    assert comparable.borrowed_scenes([folder]) == {}
    other = fabricate(tmp_path, "bg_only", 60)
    table.assign(background="places/igloo/1.jpg").to_parquet(other / "predictions.parquet")
    assert set(comparable.borrowed_scenes([other]).values()) == {1}
