"""A trial trains for seconds and adds nothing to the runs."""

from pathlib import Path

import pandas as pd

from synthlib import training
from synthlib.data import datasets
from synthlib.runs import load_runs
from synthlib.training import trial
from tests.helpers.fake_data import make_study_data, micro_params


def test_a_trial_is_short_and_separate_from_the_runs(tmp_path: Path, caplog) -> None:
    params = micro_params(
        tmp_path / "outputs", data_root=str(tmp_path / "data"), epochs=500, peek=True
    )
    data = make_study_data(tmp_path, params)
    whole = datasets.training_set(params, data).batch_sampler.steps
    stale = tmp_path / "outputs" / "peeks" / "micro" / "thesis" / "mixed" / "checkpoint.pt"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an older peek")
    caplog.set_level("INFO")
    chosen, run = trial.open_run_or_trial(params, data, seconds=0.5)
    assert 1 <= chosen.steps < whole
    assert run.folder == stale.parent
    assert not stale.exists()
    assert "kept in no table" in caplog.text
    training.train(run, datasets.training_set(chosen, data), show_progress=False)
    assert len(pd.read_csv(run.folder / "log.csv")) >= 1
    assert load_runs(tmp_path / "outputs").empty
    assert not (tmp_path / "outputs" / "runs").exists()
    plain, run = trial.open_run_or_trial(params.model_copy(update={"peek": False}), data)
    assert plain.steps == 0
    assert "runs" in run.folder.parts
