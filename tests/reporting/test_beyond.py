"""Texts, costs and figures of notebook 09, with and without runs."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from synthlib import evaluation, params as parameters
from synthlib.evaluation import screening
from synthlib.reporting import figures, tables
from synthlib.reporting.tables import render_cost
from tests.helpers.fake_runs import write_fake_run

PRICES = {
    "minutes_per_photograph": 0.5,
    "cost_per_hour_of_work": 20.0,
    "cost_per_hour_of_rendering": 0.1,
}


@pytest.fixture
def p(tmp_path: Path) -> parameters.Params:
    return parameters.load("tiny", "baseline", outputs=str(tmp_path))


def test_without_runs_every_part_names_its_command(p: parameters.Params) -> None:
    effects = evaluation.screening_effects(p.output_dir, "tiny")
    gains = evaluation.paired_gains(p.output_dir, "tiny")
    added = tables.added_images_cost(p, "tuned", **PRICES)
    text = tables.screening_markdown(effects, p)
    assert "0 of 16 runs; `synthlib batch --scale tiny --screening --only synth_bg`" in text
    text = tables.gains_of_mixes_markdown(gains, p)
    assert text.count("not run at this scale; `synthlib batch --scale tiny --seeds 0,1,2,3,4") == 2
    text = tables.added_images_markdown(added, p, "tuned")
    assert "--only real10 --only mixed_real10_synth30" in text
    own = {"photographs": 50, "classes": 7, "test_photographs": 100, "protocols": ["tuned"]}
    assert "not run at this scale" in tables.own_data_markdown(gains, p, **own)
    for figure in (
        figures.screening_figure(effects, p),
        figures.paired_gains_figure(gains, p),
        figures.added_images_figure(added, p),
    ):
        assert any("not run" in text.get_text() for ax in figure.axes for text in ax.texts)
        plt.close(figure)


def test_gains_are_stated_with_what_could_have_been_found(p: parameters.Params) -> None:
    for name, top1 in {"real10": 40, "mixed_real10": 42}.items():
        write_fake_run(p.output_dir, name, top1, protocol="tuned", test_sets=["real"])
    for name, top1 in {"baseline": 40, "mixed_synth100": 60}.items():
        write_fake_run(p.output_dir, name, top1, protocol="tuned", test_sets=["real"])
    for name, top1 in {"crossval_real": 40, "crossval_mixed": 60}.items():
        write_fake_run(p.output_dir, name, top1, protocol="tuned", test_sets=["real_rest"])
    gains = evaluation.paired_gains(p.output_dir, "tiny")
    ten, all_, *_ = tables.gains_of_mixes_markdown(gains, p).splitlines()
    assert ten.startswith("- Primary test, `mixed_real10` less `real10`, protocol `tuned`: ")
    assert "40.0% to 42.0%, +2.0 points" in ten
    assert f"{gains['detectable'].iloc[0]:.1f} points would be found in 80%" in ten
    assert "would be found" not in all_  # it is decided
    assert "+20.0 points" in all_
    assert "p < 0.001 after Holm's correction" in all_
    own = tables.own_data_markdown(
        gains, p, photographs=100, classes=7, test_photographs=350, protocols=["tuned"]
    )
    expected = evaluation.expected_gain(gains, "tuned", photographs=100, classes=7)
    assert f"renders add {expected.gain:+.1f} points" in own
    assert f"takes {expected.test_photographs:,.0f} test photographs" in own
    outside = tables.own_data_markdown(
        gains, p, photographs=5000, classes=7, test_photographs=350, protocols=["tuned"]
    )
    assert "this study measured 39 to 390 per class" in outside
    stand_in = p.model_copy(update={"stand_in": True})
    assert "**" not in tables.gains_of_mixes_markdown(gains, stand_in)


def test_costs_are_hours_times_prices(
    p: parameters.Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiments = {"real10": 40, "mixed_real10_synth30": 44, "mixed_real10": 48}
    for name, top1 in (experiments | {"fetched10_third": 43, "fetched10": 46}).items():
        write_fake_run(p.output_dir, name, top1, protocol="tuned", test_sets=["real"])
    renders = pd.DataFrame({"split": ["train"] * 4000 + ["test"] * 1000})
    monkeypatch.setattr(render_cost, "finished_renders", lambda p: renders)
    monkeypatch.setattr(render_cost, "train_render_hours", lambda p: (2.0, 100, 100))
    rows = tables.added_images_cost(p, "tuned", **PRICES)
    table = rows.set_index("experiment").T.to_dict()
    assert table["real10"]["cost"] == 0
    assert table["mixed_real10"]["hours"] == pytest.approx(4368 * 2 / 4000)
    assert table["mixed_real10"]["cost"] == pytest.approx(4368 * 2 / 4000 * 0.1)
    fetched = table["fetched10_third"]
    assert fetched["hours"] == pytest.approx(fetched["n_added"] / 120)
    assert fetched["cost"] == pytest.approx(fetched["hours"] * 20)
    text = tables.added_images_markdown(rows, p, "tuned")
    assert "At equal number (4,368 photographs, 1,289 renders)" in text
    # the line from 0 to the first point, at the cost of all renders
    share = table["mixed_real10"]["cost"] / fetched["cost"]
    number, gain = share * fetched["n_added"], share * fetched["gain"]
    assert f"and {number:,.0f} photographs about {gain:+.1f} (interpolated)" in text
    figure = figures.added_images_figure(rows, p)
    assert len(figure.axes) == 2
    plt.close(figure)


def test_factors_are_sorted_and_columns_without_one_come_last(p: parameters.Params) -> None:
    design = screening.plackett_burman(16)
    names = [*"abcdefghijkl", *(f"{screening.FREE_COLUMN} {i}" for i in (1, 2, 3))]
    rng = np.random.default_rng(0)
    effects = [
        screening.design_effects(
            (rng.random((16, 300)) < 0.5 + 0.1 * design[:, [2]]) * 1.0, design, names
        ).assign(experiment=name, seeds="0")
        for name in ("synth_bg", "mixed_real10")
    ]
    table = pd.concat(effects, ignore_index=True)
    figure = figures.screening_figure(table, p)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "c"
    assert labels[12:] == names[12:]
    plt.close(figure)
    text = tables.screening_markdown(table, p)
    assert "of 12 factors, " in text
    assert "c +" in text


def test_batches_are_drawn_for_both_protocols_of_equal_steps(p: parameters.Params) -> None:
    figure = figures.real_share_figure(p)
    shares = {line.get_label(): set(np.unique(line.get_ydata())) for line in figure.axes[0].lines}
    assert shares == {"matched": {50.0}, "tuned": {0.0, 60.0}}
    plt.close(figure)
