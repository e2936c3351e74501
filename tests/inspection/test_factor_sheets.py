"""Contact sheet of the factors of a screening, on drawn renders."""

from dataclasses import replace
from pathlib import Path

import pytest

from synthlib.data import prepare
from synthlib.evaluation.screening import read_screening
from synthlib.inspection import factor_sheets
from synthlib.params import Params
from synthlib.rendering.worker_process import RenderError
from tests.helpers.fake_data import make_study_data, micro_params

FACTORS = {
    "pose": ({}, {"poses": "photographed"}),
    "place": ({}, {"object_placement": "upright"}),
    "instances": ({"instances": 30, "views": 26}, {"instances": 98, "views": 8}),
}


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Renders of all levels but the photographed poses are at hand."""

    def prepared(params: Params, *, quiet: bool):
        assert quiet
        return make_study_data(tmp_path, params)

    screening = replace(read_screening(), factors=FACTORS)
    monkeypatch.setattr(factor_sheets, "read_screening", lambda: screening)
    monkeypatch.setattr(factor_sheets, "_is_rendered", lambda p: p.poses == "thesis")
    monkeypatch.setattr(prepare, "prepare_data", prepared)
    return micro_params(tmp_path / "outputs", data_root=str(tmp_path / "data"))


def test_levels_at_hand_are_drawn_in_two_rows_each(params: Params) -> None:
    figure, missing = factor_sheets.factor_sheet(params)
    assert missing == ["pose"]  # numbers of instances are in no image
    assert figure is not None
    assert [text.get_text() for text in figure.texts if text.get_text()][:2] == [
        "place\nfirst",
        "second",
    ]
    first, second = figure.axes[: factor_sheets.COLUMNS], figure.axes[factor_sheets.COLUMNS :]
    assert len(second) == factor_sheets.COLUMNS
    pixels = [[ax.images[0].get_array() for ax in row] for row in (first, second)]
    assert any((a != b).any() for a, b in zip(*pixels, strict=True))
    text = factor_sheets.missing_factors_markdown(missing)
    assert "pose" in text
    assert "render_factor_examples" in text


def test_without_renders_or_data_there_is_no_figure(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(params: Params) -> bool:
        raise RenderError("the models are not on this machine")

    monkeypatch.setattr(factor_sheets, "_is_rendered", fail)
    figure, missing = factor_sheets.factor_sheet(params)
    assert figure is None
    assert missing == ["pose", "place"]
    assert factor_sheets.missing_factors_markdown([]) == ""


def test_examples_are_small(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[Params] = []
    monkeypatch.setattr(prepare, "prepare_data", lambda p, quiet: prepared.append(p))
    factor_sheets.render_factor_examples(params)
    assert [p.poses for p in prepared] == ["thesis", "photographed", "thesis", "thesis"]
    assert {(p.instances, p.views, len(p.classes)) for p in prepared} == {(2, 6, 3)}
