"""A finished run on drawn shapes, opened for inspection: no Blender, seconds."""

from pathlib import Path

from synthlib import evaluation, runs, training
from synthlib.data import datasets
from synthlib.inspection.run_inspector import RunInspector
from synthlib.params import Params
from synthlib.training import prediction
from tests.helpers.fake_data import make_study_data, micro_params


def finished_run(folder: Path, **overrides) -> RunInspector:
    """A run of `fakes.micro` in `folder`, with its data beside it."""
    params = micro_params(
        folder / "outputs", data_root=str(folder / "data"), assets="procedural", **overrides
    )
    data = make_study_data(folder, params)
    run = runs.open_run(params, data.digests)
    train, tests = datasets.training_set(params, data), datasets.test_sets(params, data)
    model = training.train(run, train, show_progress=False)
    prediction.predict(run, model, tests)
    evaluation.write_run_metrics(run, train.batch_sampler.counts())
    runs.finish_run(
        run, {"start": 0.0, "data": 0.0, "training": 0.0, "testing": 0.0}, {"device": "cpu"}
    )
    return reopen_run(folder, params)


def reopen_run(folder: Path, params: Params) -> RunInspector:
    """The run, read from its folder, on the drawn data."""
    data = make_study_data(folder, params)
    found = RunInspector(runs.load_run(runs.find_run(params, data.digests).folder))
    found.data = data  # in the place of what Blender would render
    return found
