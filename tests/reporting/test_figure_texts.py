"""No text of a figure covers another or is cut off, and every figure has an alternative text."""

import re
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from synthlib import evaluation, params as parameters
from synthlib.params import Params
from synthlib.reporting import Report, figures, tables
from synthlib.reporting.figures.image_grids import page_sheet
from synthlib.reporting.figures.style import alt_text
from synthlib.study import EXPERIMENTS
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.text_overlap import cut_texts, overlapping_texts


@pytest.fixture(scope="module", params=["small", "full"])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Params:
    """A study of two runs, or of every experiment, with mixed ones under all protocols."""
    outputs = tmp_path_factory.mktemp(request.param)
    is_full = request.param == "full"
    names = list(EXPERIMENTS) if is_full else ["baseline", "mixed_real33"]
    for i, name in enumerate(names):
        has_all = is_full and name in ("baseline", "synth_bg", *MIXED_EXPERIMENTS)
        for protocol in ("thesis", "matched", "tuned") if has_all else ("thesis",):
            top1 = 20 + 20 * (i % 4)
            write_fake_run(outputs, name, top1, protocol=protocol, n=5)
    return parameters.load("tiny", "baseline", outputs=str(outputs))


MIXED_EXPERIMENTS = ("real33", "mixed_real33", "mixed_synth100", "mixed_real3", "real3")
"""Experiments of the full study that run under all protocols."""


def table(number: int, p: Params) -> tables.ThesisTable:
    return tables.thesis_table(number, p.output_dir, p.scale)


def matrices(p: Params) -> list:
    return [tables.confusion_pair(number, p.output_dir, p.scale) for number in (26, 27)]


FIGURES: dict[str, Callable[[Params], Figure]] = {
    "forest": lambda p: figures.forest_plot_figure(tables.statements(p.output_dir, p.scale), p),
    "answer": figures.learning_curves_figure,
    "bars": lambda p: figures.accuracy_bars_figure(
        evaluation.metrics_table(p.output_dir, p.scale), "thesis", p
    ),
    "figure_16": lambda p: figures.results_figure(table(11, p), "Figure 16: a title", p),
    "figure_23": lambda p: figures.results_figure(table(18, p), "Figure 23: a title", p),
    "figure_30": lambda p: figures.results_figure(table(23, p), "Figure 30: a title", p),
    "figure_25": lambda p: figures.contribution_figure(table(19, p), "synthetic", "Figure 25", p),
    "figure_31": lambda p: figures.contribution_figure(table(23, p), "real", "Figure 31", p),
    "figure_26": lambda p: figures.confusion_figure(matrices(p)[0], p),
    "difference": lambda p: figures.confusion_difference_figure(*matrices(p), p),
    "steps": lambda p: figures.accuracy_curves_grid(p, ["baseline", "synth_bg", "mixed_real33"]),
    "steps_of_one": lambda p: figures.accuracy_curves_figure(p, "mixed_real33"),
    "hours": figures.gain_against_hours_figure,
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_covers_another_or_is_cut_off(name: str, study: Params) -> None:
    figure = FIGURES[name](study)
    assert overlapping_texts(figure) == []
    assert cut_texts(figure) == []
    plt.close(figure)


def test_bars_of_classes_and_views() -> None:
    classes = parameters.load("thesis", "baseline").classes
    sets = ["real photographs", "synthetic with background", "a run"]
    accuracy = pd.DataFrame(np.full((len(classes), 3), 40.0), classes, sets)
    figure, ax = plt.subplots(figsize=(9, 3.4), layout="constrained")
    figures.class_bars(ax, accuracy, "top-1 accuracy per class")
    assert overlapping_texts(figure) == []
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == [*sets, "chance (5.9%)"]
    figure, axes = plt.subplots(1, 2, figsize=(6.5, 2.6), layout="constrained")
    rows = pd.DataFrame({"at": np.arange(8) * 10.0, "top1": 50.0, "low": 40.0, "high": 60.0})
    by_view = pd.concat(
        [rows.assign(domain=d, n=12345) for d in ("synthetic_bg", "synthetic_nobg")]
    )
    figures.view_accuracy_curves(axes, [by_view, by_view])
    assert overlapping_texts(figure) == []
    plt.close("all")


@pytest.mark.parametrize("n", [1, 3, 8, 20])
def test_a_sheet_uses_the_page(n: int) -> None:
    images = [np.zeros((8, 8, 3), np.uint8)] * n
    titles = ["computer desk"] * n
    sheets = {
        "grid": figures.image_grid(images, titles, title="a title", image_inches=6.5 / 8),
        "page": page_sheet(images, titles, columns=8, title="a title"),
        "rows": figures.labelled_image_rows([images[:2]] * 6, ["computer desk"] * 6, title="t"),
    }
    for name, sheet in sheets.items():
        assert overlapping_texts(sheet) == [], name
        assert cut_texts(sheet) == [], name
        sides = [ax.get_window_extent().width / sheet.dpi for ax in sheet.axes if ax.images]
        assert min(sides) > 0.6, name
        # few images are not small ones in a corner: they fill the width, or are as large as allowed
        if name != "rows":
            assert min(n, 8) * (max(sides) + 0.1) > 6 or max(sides) > 1.4, name
    plt.close("all")


def test_a_statement_stands_in_words_beside_its_rows(tmp_path: Path) -> None:
    for name, top1 in {"baseline": 60, "baseline_lr01": 20, "synth_bg": 40}.items():
        write_fake_run(tmp_path, name, top1)
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    figure = figures.forest_plot_figure(tables.statements(tmp_path, "tiny"), p)
    words = [" ".join(text.get_text().split()) for text in figure.axes[0].texts]
    assert "The learning rate 0.01 beats 0.1 on real data (6.1)" in words
    assert len(words) == len(set(words))
    labels = {label.get_text() for label in figure.axes[1].get_yticklabels()}
    assert labels == {"thesis"}
    assert not any("baseline" in text for text in [*words, *labels])
    plt.close(figure)


def test_figures_have_an_alternative_text_where_they_are_shown_and_saved(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    figure, ax = plt.subplots()
    ax.set(title="protocol thesis", xlabel="step", ylabel="top-1 accuracy (%)")
    figure.suptitle("Accuracy against\nsteps")
    shown = Report(p).figure(figure, "steps")
    expected = "Accuracy against steps; protocol thesis; top-1 accuracy (%) against step"
    assert alt_text(figure) == expected
    content, metadata = DisplayFormatter().format(shown)  # as a notebook does
    assert metadata["image/png"]["alt"] == expected
    assert re.match("iVBORw0KGgo", content["image/png"])  # the start of a PNG, in base 64
    with Image.open(Report(p).path("steps", "png")) as image:
        assert image.info["Description"] == expected
    assert alt_text(plt.figure()) == "figure"
    plt.close("all")
