"""A small study as a project folder: photographs, renders, finished runs.

Its scale is called `demo`, so that every notebook runs on it by default. Photographs are drawn
shapes; renders are Blender's, of two views at 32 px.
"""

import shutil
import time
from pathlib import Path

import yaml

from synthlib import evaluation, runs, training
from synthlib.data import datasets, prepare
from synthlib.params import read_params_yaml, validate_params
from synthlib.training import devices, prediction
from tests.helpers.fake_data import write_photographs

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ["banana", "basketball", "backpack"]
DEMO_SCALE = {
    "scale": "demo",
    "classes": CLASSES,
    "assets": "procedural",
    "instances": 3,
    "views": 2,
    "render_size": 32,
    "render_samples": 1,
    "dev_per_class": 2,
    "missing_scenes": "any",
    "image_size": 32,
    "architecture": "resnet18",
    "epochs": 6,
    "lr_decay_every": 4,
    "batch_size": 8,
    "matched_steps": 2,
    "matched_decay_every": 0,
}


def make_project(folder: Path) -> Path:
    """Copy the project's notebooks/ and params/ to a folder, with a small scale `demo`."""
    ignored = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=ignored)
    shutil.copytree(ROOT / "params", folder / "params")
    root = write_photographs(folder / "data", train=8, val=8, scenes=4)
    scale = DEMO_SCALE | {"data_root": str(root)}
    (folder / "params" / "scales" / "demo.yaml").write_text(yaml.safe_dump(scale))
    return folder


def make_runs(project: Path, experiments: tuple[str, ...]) -> None:
    """Train and test experiments of the project's scale `demo`, as notebook 03 does."""
    for experiment in experiments:
        params = project_params(project, experiment)
        data = prepare.prepare_data(params, quiet=True)
        run = runs.open_run(params, data.digests)
        timestamps = {"start": time.perf_counter()}
        train, tests = datasets.training_set(params, data), datasets.test_sets(params, data)
        timestamps["data"] = time.perf_counter()
        model = training.train(run, train, show_progress=False)
        timestamps["training"] = time.perf_counter()
        prediction.predict(run, model, tests, train)
        evaluation.write_run_metrics(run, train.batch_sampler.counts())
        timestamps["testing"] = time.perf_counter()
        runs.finish_run(run, timestamps, devices.compute_info())


def project_params(project: Path, experiment: str, **overrides):
    """The parameters of an experiment of the project, from any working folder."""
    values = read_params_yaml(project / "params" / "scales" / "demo.yaml")
    values |= read_params_yaml(project / "params" / "experiments" / f"{experiment}.yaml")
    outputs = {"outputs": str(project / "outputs")}
    return validate_params(
        values | {"scale": "demo", "experiment": experiment} | outputs | overrides
    )
