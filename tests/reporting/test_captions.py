"""Notes in captions: rows without a run, backgrounds of other classes."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from synthlib import params as parameters
from synthlib.reporting.tables import captions
from tests.helpers.fake_runs import write_fake_run


@pytest.mark.parametrize(
    ("measured", "note"),
    [
        ([True, True, True, True], ""),
        ([False] * 4, "All rows: not run at this scale."),
        ([True, False, False, False], "Not run at this scale: a (some rows), b."),
        ([True, True, False, True], "Not run at this scale: b."),
    ],
)
def test_rows_without_a_run_are_named(measured: list[bool], note: str) -> None:
    experiments = pd.Series(["a", "a", "b", ""])  # the last row is published only
    found = captions.missing_runs_note(experiments, pd.Series(measured) & (experiments != ""))
    assert found == note


def test_without_background_names_borrowed_ones_are_not_known(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "synth_bg", 60)
    path = folder / "predictions.parquet"
    table = pd.read_parquet(path).assign(placement="{}")
    table.assign(background="").to_parquet(path)
    assert captions.borrowed_backgrounds([folder]) == {}
    other = write_fake_run(tmp_path, "bg_only", 60)
    table.assign(background="places/igloo/1.jpg").to_parquet(other / "predictions.parquet")
    assert set(captions.borrowed_backgrounds([other]).values()) == {1}
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    assert captions.borrowed_backgrounds_note(p).startswith(
        "Backgrounds of other classes are used for "
    )
    shutil.rmtree(other)
    assert "Which classes is not known" in captions.borrowed_backgrounds_note(p)
    shutil.rmtree(folder)
    write_fake_run(tmp_path, "real3", 60)  # tested on no composite
    assert captions.borrowed_backgrounds_note(p) == ""


def test_the_parameters_of_a_scale_are_not_those_of_one_experiment(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg_resnet101", 20, epochs=33)
    p = captions.scale_params(tmp_path, "tiny")
    plain = parameters.load("tiny", "baseline")
    assert (p.architecture, p.epochs) == (plain.architecture, 33)
    assert not [text for text in captions.differences_from_thesis(p) if "101" in text]


def test_a_class_of_the_thesis_that_the_user_changes_is_not_the_thesis_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = parameters.load("thesis", "baseline")
    assert captions.differences_from_thesis(p) == []
    (tmp_path / "mine.yaml").write_text("cup: {synset: my_cups}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(tmp_path / "mine.yaml"))
    assert captions.differences_from_thesis(p) == ["17 classes, not all of them the thesis's"]
