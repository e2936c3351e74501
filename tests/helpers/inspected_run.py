"""A finished run on drawn shapes, opened for inspection; takes seconds, without Blender."""

from pathlib import Path

from synthlib import evaluation, runs, training
from synthlib.data import datasets
from synthlib.inspection.run_inspector import RunInspector
from synthlib.params import Params
from synthlib.training import prediction
from tests.helpers.fake_data import make_study_data, micro_params


def finished_run(folder: Path, **overrides) -> RunInspector:
    """Train and test a run of `micro_params(**overrides)`, with its data in `folder`."""
    params = micro_params(
        folder / "outputs", data_root=str(folder / "data"), assets="procedural", **overrides
    )
    data = make_study_data(folder, params)
    run = runs.open_run(params, data.digests)
    train, tests = datasets.training_set(params, data), datasets.test_sets(params, data)
    model = training.train(run, train, show_progress=False)
    prediction.predict(run, model, tests)
    evaluation.write_run_metrics(run, train.batch_sampler.counts())
    timestamps = dict.fromkeys(("start", "data", "training", "testing"), 0.0)
    runs.finish_run(run, timestamps, {"device": "cpu"})
    return reopen_run(folder, params)


def reopen_run(folder: Path, params: Params) -> RunInspector:
    """Open a run of `finished_run` again, with its drawn data."""
    data = make_study_data(folder, params)
    inspector = RunInspector(runs.load_run(runs.find_run(params, data.digests).folder))
    inspector.data = data  # otherwise Blender's renders would be looked for
    return inspector
