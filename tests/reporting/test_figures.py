"""The content of figures, from published numbers and from fake runs."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer

from synthlib import evaluation, params as parameters
from synthlib.evaluation.run_metrics import measured_row
from synthlib.reporting import figures, tables, thesis
from synthlib.reporting.figures.bars import row_colors
from synthlib.reporting.figures.curves import percent_by_row
from synthlib.reporting.figures.style import COLORS
from synthlib.reporting.tables import render_cost
from synthlib.reporting.thesis.published import CONFUSION_MATRIX_FIGURES
from tests.helpers.fake_runs import N_SYNTHETIC, write_fake_run


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    figure.canvas.draw()  # what cannot be laid out fails here
    plt.close(figure)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def heights(ax: Axes) -> np.ndarray:
    bars = [c for c in ax.containers if isinstance(c, BarContainer)]
    return np.array([[bar.get_height() for bar in container] for container in bars])


@pytest.mark.parametrize(("figure", "table"), [(16, 11), (17, 14), (23, 18), (24, 19), (30, 23)])
def test_bars_are_the_table_s_numbers(figure: int, table: int, ax: Axes, tmp_path: Path) -> None:
    frame = tables.thesis_table(table, tmp_path, "tiny").frame
    figures.metric_bars(ax, frame, "published")
    printed = thesis.published_table(table)[["top1", "top3", "top5", "precision", "recall"]]
    assert heights(ax) == pytest.approx(printed.to_numpy())
    names = figures.printed_row_labels(frame)
    assert len(set(names)) == len(names) == len(printed)


def test_bars_without_a_run_say_so(ax: Axes, tmp_path: Path) -> None:
    figures.metric_bars(ax, tables.thesis_table(14, tmp_path, "tiny").frame, "measured")
    assert texts(ax) == ["not run at this scale"]
    assert not ax.containers


def test_measured_bars_have_their_place_and_interval(ax: Axes, tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)
    frame = tables.thesis_table(14, tmp_path, "tiny").frame
    figures.metric_bars(ax, frame, "measured")
    drawn = heights(ax)
    assert drawn[1, 0] == pytest.approx(20)
    assert np.isnan(drawn[[0, 2, 3]]).all()


def test_a_doubtful_number_has_a_dagger_wherever_it_is_drawn(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    table = tables.thesis_table(23, tmp_path, "tiny")
    drawn = {
        "bars": figures.results_figure(table, "Figure 30", p).axes[1],
        "curve": figures.contribution_figure(table, "real", "Figure 31", p).axes[0],
        "answer": figures.learning_curves_figure(p).axes[0],
    }
    for name, ax in drawn.items():
        assert sum("\N{DAGGER}" in text for text in texts(ax)) == 1, name
        assert "\N{DAGGER}" in ax.get_title() + ax.get_title(loc="left")
        plt.close(ax.figure)
    [dagger] = [text for text in drawn["curve"].texts if text.get_text() == "\N{DAGGER}"]
    assert dagger.xy == pytest.approx((3.33, 49.61), abs=0.01)


def test_bars_are_means_over_the_seeds_that_they_name(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    for name, top1 in {"synth_nobg": 10, "real3": 30, "mixed_real33": 50, "baseline": 60}.items():
        write_fake_run(tmp_path, name, top1)

    def draw() -> tuple[Axes, str]:
        table = evaluation.metrics_table(tmp_path, "tiny")
        figure = figures.accuracy_bars_figure(table, "thesis", p)
        plt.close(figure)
        return figure.axes[0], figure.get_suptitle()

    ax, title = draw()
    assert title == "Tested on 350 real photographs: protocol thesis, seed 0"
    names = [label.get_text().split("\n")[0] for label in ax.get_yticklabels()]
    assert names == ["baseline", "real3", "mixed real33", "synth nobg"]  # alone, mixed, renders
    write_fake_run(tmp_path, "baseline", 66, seed=1)
    ax, title = draw()
    assert title.endswith("protocol thesis, mean of each one's seeds")
    assert ax.patches[0].get_width() == pytest.approx(63)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0].endswith(", seeds 0, 1")
    assert labels[1].endswith(", seed 0")
    baseline = evaluation.finished_runs(tmp_path, "tiny", "baseline")
    row = measured_row(baseline, "real")
    drawn = ax.containers[0].lines[2][0].get_segments()[0][:, 0]  # ends of the interval
    assert drawn == pytest.approx([row["top1", "low"], row["top1", "high"]])
    for name, top1 in {"synth_nobg": 10, "real3": 30, "mixed_real33": 50}.items():
        write_fake_run(tmp_path, name, top1, seed=1)
    assert draw()[1].endswith("protocol thesis, mean of seeds 0, 1")


def test_views_of_a_finished_run_without_its_renders_are_not_called_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    monkeypatch.setattr(tables, "finished_renders", lambda _: pd.DataFrame())
    for seed, reason in enumerate((tables.NOT_RUN, "its renders are not on this machine")):
        figure = figures.view_accuracy_figure(p, "baseline")
        assert texts(figure.axes[0]) == [f"baseline: {reason}"]
        plt.close(figure)
        write_fake_run(tmp_path, "baseline", 60, n=5, seed=seed)


def test_shares_follow_the_counts_as_printed(tmp_path: Path) -> None:
    nineteen, twentythree = (tables.thesis_table(n, tmp_path, "tiny").frame for n in (19, 23))
    found = percent_by_row(nineteen, "synthetic")
    assert list(found) == ["1", "4", "3", "2"]
    assert list(found.values()) == pytest.approx([0, 10.56, 37.27, 100], abs=0.01)
    found = percent_by_row(twentythree, "real")
    assert list(found) == ["6", "5", "4", "3", "2"]
    assert list(found.values()) == pytest.approx([0, 3.33, 16.67, 33.33, 100], abs=0.01)


@pytest.mark.parametrize(("table", "column"), [(19, "synthetic"), (23, "real")])
def test_curves_have_a_dashed_baseline(table: int, column, ax: Axes, tmp_path: Path) -> None:
    figures.contribution_curve(ax, tables.thesis_table(table, tmp_path, "tiny").frame, column)
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashed] == [66.82]
    curve = next(line for line in ax.lines if line.get_marker() == "s")
    assert curve.get_ydata()[-1] == 75.65


def test_a_matched_curve_without_runs_says_so(ax: Axes, tmp_path: Path) -> None:
    companion = tables.thesis_table(19, tmp_path, "tiny").companions["matched"]
    figures.contribution_curve(ax, companion.frame, "synthetic")
    assert texts(ax) == ["not run at this scale"]


@pytest.mark.parametrize("figure", CONFUSION_MATRIX_FIGURES)
def test_matrices_show_their_counts_and_name_missing_rows(figure: int, ax: Axes) -> None:
    counts = thesis.published_confusion_matrix(figure)
    figures.confusion_matrix(ax, counts)
    shown = texts(ax)
    missing = int(counts.isna().all(axis=1).sum())
    assert shown.count("not transcribed") == missing
    numbers = [int(text) for text in shown if text != "not transcribed"]
    assert sum(numbers) == 50 * (17 - missing)


def test_the_difference_of_two_matrices(ax: Axes) -> None:
    figures.confusion_difference(
        ax, thesis.published_confusion_matrix(26), thesis.published_confusion_matrix(27)
    )
    shown = texts(ax)
    assert "+11" in shown  # tv remotes: 41 of 50 for 30
    assert "-6" in shown  # cups predicted as vases
    assert shown.count("not transcribed") == 4
    assert sum(int(t) for t in shown if t != "not transcribed") == 0  # rows hold 50 in both
    assert ax.collections[0].colorbar.ax.get_ylabel() == "images, second less first"


def test_numbers_of_a_matrix_stand_out(ax: Axes) -> None:
    names = ["a", "b"]
    counts = pd.DataFrame([[90.0, 10.0], [50.0, 50.0]], names, names)
    figures.confusion_matrix(ax, counts)
    inks = {text.get_text(): text.get_color() for text in ax.texts}
    assert inks == {"90": "white", "10": "#111111", "50": "#111111"}


def test_a_difference_of_unequal_tests_is_in_percent(ax: Axes) -> None:
    names = ["a", "b"]
    first = pd.DataFrame([[10.0, 0.0], [5.0, 5.0]], names, names)
    second = pd.DataFrame([[20.0, 0.0], [5.0, 15.0]], names, names)
    figures.confusion_difference(ax, first, second)
    assert set(texts(ax)) == {"-25", "+25"}
    with pytest.raises(ValueError, match="different classes"):
        figures.confusion_difference(ax, first, second.rename(index={"a": "c"}))


def test_a_difference_of_means_over_seeds_is_in_images(ax: Axes) -> None:
    """Rows have 50 images up to rounding."""
    names = ["a", "b"]
    first = pd.DataFrame([[50.0, 0.0], [20.0, 30.0]], names, names)
    second = pd.DataFrame([[40.0, 10.0 + 7e-15], [20.0, 30.0]], names, names)
    assert (first.sum(axis=1) != second.sum(axis=1)).any()
    figures.confusion_difference(ax, first, second)
    assert set(texts(ax)) == {"-10", "+10"}


def test_a_learning_curve_points_at_its_equivalents(ax: Axes) -> None:
    alone = pd.DataFrame({"n_real": [100, 1000], "top1": [20.0, 40.0]})
    mixed = pd.DataFrame({"n_real": [0, 100], "top1": [10.0, 30.0]})
    figures.learning_curves(ax, alone, mixed, equivalents=[(100, 30.0, 316.0, "316 (90 to 800)")])
    assert "100 with synthetic: as 316 (90 to 800) alone" in texts(ax)
    assert ax.get_xscale() == "log"
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 1]  # no point at 0 photographs


def test_a_learning_curve_of_some_runs_has_their_ticks(ax: Axes) -> None:
    alone = pd.DataFrame({"n_real": [np.nan, 910, 2730], "top1": [np.nan, 40.0, 50.0]})
    mixed = pd.DataFrame({"n_real": [910, np.nan], "top1": [45.0, np.nan]})
    figures.learning_curves(ax, alone, mixed)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["910", "2,730"]
    low, high = ax.get_xlim()
    assert low < 910 < 2730 < high


def test_a_learning_curve_without_runs_says_so(ax: Axes) -> None:
    nothing = pd.DataFrame({"n_real": [np.nan], "top1": [np.nan]})
    figures.learning_curves(ax, nothing, nothing)
    assert texts(ax) == ["not run at this scale"]


def test_a_forest_of_differences(ax: Axes) -> None:
    rows = {"label": ["a - b", "a - c"], "difference": [1.0, -9.0], "low": [-1.0, -12.0]}
    rows |= {
        "high": [3.0, -6.0],
        "verdict": ["inconclusive", "contradicted"],
        "bounds": [(-2,), (0,)],
    }
    figures.forest_plot(ax, pd.DataFrame(rows))
    assert "+1.0 [-1.0, +3.0]  inconclusive" in texts(ax)
    drawn = [c for c in ax.collections if isinstance(c, LineCollection)]
    ends = [segment for lines in drawn for segment in lines.get_segments()]
    assert [start[0] for start, end in ends if start[0] == end[0]] == [-2]  # the one bound
    colors = [to_hex(lines.get_color()[0]) for lines in drawn]
    assert [c for c in colors if c != "#b00020"] == ["#555555", "#d55e00"]


def test_steps_show_training_and_test(ax: Axes, tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "mixed_real33", 50)
    log = pd.read_csv(folder / "log.csv")
    figures.accuracy_curves(ax, log, {"real": 50.0, "synthetic_bg": 90.0})
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        "training, real", "training, synthetic",
        "final test, photographs: 50.0", "final test, renders with background: 90.0",
    ]  # fmt: skip
    figures.accuracy_curves(ax, log, {"synthetic_bg": 90.0})  # its mark does not depend on others
    marks = [line.get_marker() for line in ax.lines if "renders with" in line.get_label()]
    assert marks == ["s", "s"]


def test_a_fall_of_the_learning_rate_is_at_the_first_step_that_has_it(ax: Axes) -> None:
    loss = ax.figure.add_subplot(2, 1, 1)
    log = pd.DataFrame({"step": [10, 20, 30], "learning_rate": [0.1, 0.1, 0.01]})
    log = log.assign(train_loss=1.0, train_top1_real=50.0, train_top1_synthetic=np.nan)
    figures.training_curves([loss, ax], log)
    assert [line.get_xdata()[0] for line in loss.lines[1:]] == [20]


def test_steps_of_several_runs_share_a_legend(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "mixed_real33", 50, protocol="matched")
    figure = figures.accuracy_curves_grid(p, ["baseline", "mixed_real33"])
    figure.canvas.draw()
    assert len(figure.axes) == 4
    drawn = [bool(ax.lines) for ax in figure.axes]
    assert drawn == [True, False, False, True]
    assert texts(figure.axes[1]) == ["not run at this scale"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == len(set(labels))
    assert {"training, real", "training, synthetic", "final test, photographs"} <= set(labels)
    assert figure.axes[0].get_title() == "baseline, thesis, seed 0"
    plt.close(figure)


def test_gain_against_hours_of_rendering(tmp_path: Path, monkeypatch) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    for name, top1 in {"baseline": 50, "mixed_synth100": 60, "mixed_synth10": 54}.items():
        write_fake_run(tmp_path, name, top1)
    names = [f"p{i:04d}" for i in range(180) for _ in range(26)]
    split = ["train"] * N_SYNTHETIC + ["test"] * (180 * 26 - N_SYNTHETIC)
    renders = pd.DataFrame({"class": "banana", "instance": names, "split": split})
    seconds = pd.Series(30.0, [f"banana/{name}" for name in dict.fromkeys(names)])
    monkeypatch.setattr(render_cost, "finished_renders", lambda _: renders)
    monkeypatch.setattr(render_cost.prepare, "render_plan", lambda _: None)
    monkeypatch.setattr(render_cost.store, "seconds_by_instance", lambda _: seconds[50:])
    assert tables.train_render_hours(p) == (pytest.approx(168 * 30 / 3600), 168, 118)
    assert "168 objects, 30.0 s each (time known for 118)" in tables.render_hours_markdown(p)
    rows = tables.gain_per_hour(p).set_index("experiment")
    assert rows.loc["mixed_synth100", "hours"] == pytest.approx(1.4)
    used = rows.loc["mixed_synth10", "n_synthetic"] / N_SYNTHETIC
    assert rows.loc["mixed_synth10", "hours"] == pytest.approx(1.4 * used)
    assert rows.loc["mixed_synth100", "gain"] == pytest.approx(10)
    assert rows.loc["mixed_synth100", "low"] < 10 < rows.loc["mixed_synth100", "high"]
    figure = figures.gain_against_hours_figure(p)
    assert texts(figure.axes[0]) == [rows.loc[name, "label"].replace(" ", "\n") for name in
                                     ("mixed_synth10", "mixed_synth100")]  # fmt: skip
    assert texts(figure.axes[1]) == ["not run at this scale"]
    plt.close(figure)


def test_gain_without_known_hours_says_so(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path), models_root=str(tmp_path / "m"))
    for name in ("baseline", "mixed_synth100"):
        write_fake_run(tmp_path, name, 50)
    figure = figures.gain_against_hours_figure(p)
    assert texts(figure.axes[0]) == ["hours of rendering\nnot known here"]
    plt.close(figure)
    assert "not known on this machine" in tables.render_hours_markdown(p)


def test_views_and_hours(tmp_path: Path) -> None:
    one = {"domain": ["synthetic_bg"], "at": [10.0], "top1": [50.0], "low": [40.0], "high": [60.0]}
    one |= {"n": [1234]}
    figure, axes = plt.subplots(1, 2)
    figures.view_accuracy_curves(axes, [pd.DataFrame(one)] * 2)
    assert [a.get_xlabel().split(" ")[0] for a in axes] == ["elevation", "coverage"]
    assert texts(axes[0]) == ["1,234"]
    plt.close(figure)
    figure, only = plt.subplots()
    hours = {"label": ["10%", "100%"], "hours": [0.1, 1.0], "gain": [2.0, 6.0]}
    figures.gain_against_hours(only, pd.DataFrame(hours | {"low": [0.0, 3.0], "high": [4.0, 9.0]}))
    assert texts(only) == ["10%", "100%"]
    plt.close(figure)


def test_bars_have_the_colour_of_their_training_data(tmp_path: Path) -> None:
    colors = row_colors(tables.thesis_table(23, tmp_path, "tiny").frame)
    assert to_hex(colors[0]) == COLORS["real"].lower()
    assert to_hex(colors[1]) == COLORS["mixed"].lower()
    assert to_hex(colors[5]) == COLORS["synthetic_bg"].lower()
    lightness = [sum(color) for color in colors[1:5]]  # of the four mixed runs
    assert lightness == sorted(set(lightness))
    write_fake_run(tmp_path, "baseline", 60, n=5)  # Table 11: one run on three test sets
    colors = row_colors(tables.thesis_table(11, tmp_path, "tiny").frame)
    wanted = [COLORS[name].lower() for name in ("real", "synthetic_bg", "synthetic_nobg")]
    assert [to_hex(color) for color in colors[:3]] == wanted


def test_bars_are_labelled_by_their_runs(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)
    write_fake_run(tmp_path, "synth_bg_adam", 22)
    write_fake_run(tmp_path, "baseline", 60)
    eighteen = figures.run_row_labels(tables.thesis_table(18, tmp_path, "tiny").frame)
    assert eighteen[3].startswith("4. synth bg adam: synthetic (")
    assert eighteen[1] == "2. not run at this scale"
    assert len(set(eighteen)) == len(eighteen)
    eleven = figures.run_row_labels(tables.thesis_table(11, tmp_path, "tiny").frame)
    assert eleven[0].startswith("1. on Imagenet: real (")
    twenty_three = figures.run_row_labels(tables.thesis_table(23, tmp_path, "tiny").frame)
    assert twenty_three[0].startswith("1. real (")
    assert "20,400" not in "".join(twenty_three)
