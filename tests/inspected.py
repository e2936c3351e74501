"""A finished run on drawn shapes, opened for inspection: no Blender, seconds."""

from pathlib import Path

from fakes import make_sources, micro

from synthlib import datasets, evaluation, predicting, runs, training
from synthlib.opened import OpenRun
from synthlib.params import Params


def finished(folder: Path, **more) -> OpenRun:
    """A run of `fakes.micro` in `folder`, with its data beside it."""
    params = micro(folder / "outputs", data_root=str(folder / "data"), assets="procedural", **more)
    data = make_sources(folder, params)
    run = runs.open_run(params, data.digests)
    train, tests = datasets.training_set(params, data), datasets.test_sets(params, data)
    model = training.fit(run, train, bar=False)
    predicting.predict(run, model, tests)
    evaluation.measure(run, train.plan.counts())
    runs.finish(
        run, {"start": 0.0, "data": 0.0, "training": 0.0, "testing": 0.0}, {"device": "cpu"}
    )
    return reopened(folder, params)


def reopened(folder: Path, params: Params) -> OpenRun:
    """The run, read from its folder, on the drawn data."""
    data = make_sources(folder, params)
    found = OpenRun(runs.at(runs.find_run(params, data.digests).folder))
    found.data = data  # in the place of what Blender would render
    return found
