"""A peek leaves no run; curves while training; what notebook 00 says."""

import json
import time
from pathlib import Path

import pandas as pd
import pytest

from synthlib import training
from synthlib.data import datasets
from synthlib.runs import load_runs
from synthlib.study import overview
from synthlib.training import trial
from synthlib.widgets import live_curves
from tests.helpers.fake_data import make_study_data, micro_params
from tests.helpers.inspected_run import finished_run


def test_a_peek_is_short_and_kept_from_the_runs(tmp_path: Path, capsys) -> None:
    params = micro_params(
        tmp_path / "outputs", data_root=str(tmp_path / "data"), epochs=500, peek=True
    )
    data = make_study_data(tmp_path, params)
    whole = datasets.training_set(params, data).batch_sampler.steps
    stale = tmp_path / "outputs" / "peeks" / "micro" / "thesis" / "mixed" / "checkpoint.pt"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an older peek")
    chosen, run = trial.open_run_or_trial(params, data, seconds=0.5)
    assert 1 <= chosen.steps < whole
    assert run.folder == stale.parent
    assert not stale.exists()
    assert "kept in no table" in capsys.readouterr().out
    training.train(run, datasets.training_set(chosen, data), show_progress=False)
    assert len(pd.read_csv(run.folder / "log.csv")) >= 1
    assert load_runs(tmp_path / "outputs").empty
    assert not (tmp_path / "outputs" / "runs").exists()
    plain, found = trial.open_run_or_trial(params.model_copy(update={"peek": False}), data)
    assert plain.steps == 0
    assert "runs" in found.folder.parts


LOG = {"round": 1, "step": 10, "learning_rate": 0.1, "train_loss": 1.5, "train_top1": 50.0,
       "train_top1_real": 50.0, "train_top1_synthetic": 40.0}  # fmt: skip


@pytest.mark.parametrize("live", [True, False])
def test_curves_are_redrawn_while_training_and_harmless_in_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    shown: list[str] = []

    class Handle:
        def display(self, page) -> None:
            shown.append(page.data)

        update = display

    monkeypatch.setattr(live_curves, "DisplayHandle", Handle)
    monkeypatch.setattr(live_curves, "is_interactive", lambda: live)
    with live_curves.live_training_curves(tmp_path, stand_in=True, poll_seconds=0.01):
        for n in (1, 2):
            rows = [LOG | {"round": i + 1, "step": 10 * (i + 1)} for i in range(n)]
            pd.DataFrame(rows).to_csv(tmp_path / "new.csv", index=False)
            (tmp_path / "new.csv").rename(tmp_path / "log.csv")
            until = time.monotonic() + 20
            while live and len(shown) < n + 1 and time.monotonic() < until:
                time.sleep(0.01)
    if not live:
        assert shown == []
        return
    assert "curves appear after the first epoch" in shown[0]
    assert "round 1, step 10: loss 1.500" in shown[1]
    assert "round 2, step 20" in shown[2]
    assert shown[-1] == ""
    said = [text.get_text() for text in live_curves.curves_figure(pd.DataFrame([LOG]), True).texts]
    assert any("STAND-IN" in text for text in said)


def test_a_failed_training_ends_the_curves_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_curves, "is_interactive", lambda: True)
    with (
        pytest.raises(FloatingPointError),
        live_curves.live_training_curves(tmp_path, poll_seconds=0.01),
    ):
        raise FloatingPointError("the loss is nan")


def test_an_empty_machine_is_told_what_to_do_next(tmp_path: Path) -> None:
    params = micro_params(tmp_path / "outputs")
    assert overview.newest_training_curve(params) is None
    assert overview.sample_strip(params) is None
    assert overview.next_command(params)[0] == "synthlib doctor"
    found = overview.local_inventory(params).set_index("what")["how many"]
    assert found["photographs"] == "none"
    assert found["finished runs"] == "0"
    stand_in = params.model_copy(update={"stand_in": True})
    assert overview.next_command(stand_in)[0] == "synthlib batch --scale micro"


def test_after_a_run_there_is_a_curve_and_a_strip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(tmp_path, epochs=1)
    plan = type("Plan", (), {"store": tmp_path / "store"})
    monkeypatch.setattr(overview.sources, "render_plan", lambda _: plan)
    figure = overview.newest_training_curve(run.params)
    assert figure is not None
    assert "the newest run: mixed" in figure.get_suptitle()
    strip = overview.sample_strip(run.params)
    assert strip is not None
    titles = [ax.get_title() for ax in strip.axes]
    assert all(title.endswith(": render") for title in titles[::3])
    assert titles[1::3] == ["composite"] * 2
    assert titles[2::3] == ["photograph"] * 2
    assert overview.next_command(run.params)[0].endswith("--only baseline")
    assert json.dumps(overview.local_inventory(run.params).to_dict("records"))
