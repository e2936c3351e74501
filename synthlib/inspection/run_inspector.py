"""A finished run opened for inspection: each thing that is asked of it is made once, when asked.

run = opened.newest(params)                  # or opened.OpenRun(runs.at(folder))
run.table                                    # inspection.samples of its predictions
run.pictures.images("real", [...])           # what it was tested on
run.looked(row)                              # where it looked
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from synthlib import evaluation, rendering, runs, training
from synthlib.data import datasets, prepare
from synthlib.data.prepare import StudyData
from synthlib.inspection import nearest, provenance, saliency, sample_table
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.rendering.worker_process import RenderError
from synthlib.runs import Run, RunError, load_run, load_runs


class RunInspector:
    """A finished run: its table of samples at once; data, pictures, model and the features of what
    it trained on when they are first asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.predictions = evaluation.read_predictions(run.folder)
        self.table = sample_table.build_sample_table(self.predictions)
        self.test_images = ImageCache(lambda: datasets.test_sets(self.run.params, self.data))

    @property
    def params(self) -> Params:
        """The run's parameters."""
        return self.run.params

    @cached_property
    def data(self) -> StudyData:
        """The run's photographs, renders and backgrounds. Looking at a run never starts to
        render: raises RenderError if renders are missing, RunError if an earlier version made them."""
        if runs.is_from_earlier_version(self.run.status):
            raise runs.RunError(runs.earlier_version_message(self.run.folder))
        return load_run_data(self.params)

    @cached_property
    def model(self) -> nn.Module:
        """The trained model. Raises RunError if its weights are gone."""
        if not (self.run.folder / "model.safetensors").exists():
            raise RunError(f"{self.run.folder} has lost its model.safetensors: run it again")
        return training.load_model(self.run).eval()

    @cached_property
    def training_samples(self) -> nearest.TrainingSamples:
        """What the run trained on, with features: minutes the first time at a large scale."""
        return nearest.load_training_samples(self.run, self.model, self.data)

    def sample(self, row: int) -> dict[str, Any]:
        """A row of the table of samples, by column."""
        return {str(name): value for name, value in self.table.loc[row].items()}

    @property
    def name(self) -> str:
        """What figures call it: experiment, protocol and seed."""
        p = self.params
        return f"{p.experiment}, {p.protocol}, seed {p.seed}"

    def class_probabilities(self, row: int) -> pd.Series:
        """Probability of each class of a row of the predictions, most likely first."""
        return sample_table.class_probabilities(self.predictions, row)

    def image(self, row: int) -> np.ndarray:
        """uint8 (size, size, 3): a row's picture, as tested."""
        sample = self.sample(row)
        return self.test_images.images(sample["test_set"], [sample["sample"]])[0]

    def saliency_overlay(self, row: int, image: np.ndarray, target_class: str = "") -> np.ndarray:
        """uint8 (H, W, 3): where the model looked for class `toward` (default: the predicted one),
        over the picture `image` of the row."""
        name = target_class or self.sample(row)["predicted"]
        label = self.params.classes.index(name)
        return saliency.overlay_saliency(image, saliency.grad_cam(self.model, image, label))

    def nearest_training_samples(self, image: np.ndarray, n: int = 8) -> pd.DataFrame:
        """The n training samples nearest to a picture: domain, sample, class, similarity, image."""
        found = self.training_samples.nearest(
            nearest.extract_features(self.model, image[None])[0], n
        )
        pictures = ImageCache(lambda: self.training_samples.sets)
        images = [
            pictures.images(domain, [name])[0]
            for domain, name in zip(found["domain"], found["sample"], strict=True)
        ]
        return found.assign(image=images)

    def origin(self, row: int) -> provenance.Origin:
        """What a synthetic sample is made of."""
        return provenance.trace_origin(self.sample(row), self.data)


def load_run_data(params: Params) -> StudyData:
    """All the data of a run, but nothing is rendered: raises RenderError if renders are missing."""
    if prepare.needs_renders(params):
        plan = prepare.render_plan(params)
        lacking = plan.render_count - len(rendering.read_manifest(plan))
        lacking -= len(rendering.failed_instances(plan)) * plan.settings.views
        if lacking > 0:
            raise RenderError(
                f"{lacking:,} of the run's {plan.render_count:,} renders are not in {plan.store}: "
                f"make them with `synthlib render --scale {params.scale}`"
            )
    return prepare.prepare_data(params, quiet=True)


def newest_run(params: Params) -> RunInspector:
    """The newest finished run of the parameters' experiment, protocol and seed at their scale.

    Raises RunError with the command that makes one if there is none.
    """
    folder = _newest_folder(params, params.experiment)
    if folder is None:
        raise RunError(
            f"no finished run of {params.experiment} at scale {params.scale} (protocol "
            f"{params.protocol}, seed {params.seed}) under {params.output_dir}; make one: "
            f"{runs.batch_command(params.scale, params.experiment, params.protocol, params.seed)}"
        )
    return RunInspector(load_run(folder))


def comparison_run(params: Params) -> RunInspector | None:
    """The run to compare with: of experiment `compare_with`, or if that is empty the first other
    one of the same protocol and seed; None if there is none."""
    if params.compare_with:
        return newest_run(params.model_copy(update={"experiment": params.compare_with}))
    found = load_runs(params.output_dir, params.scale, with_weights=True)
    for name in [] if found.empty else found["experiment"].unique():
        folder = None if name == params.experiment else _newest_folder(params, str(name))
        if folder is not None:
            return RunInspector(load_run(folder))
    return None


def _newest_folder(params: Params, experiment: str) -> Path | None:
    found = load_runs(params.output_dir, params.scale, with_weights=True)
    if found.empty:
        return None
    keys = {"experiment": experiment, "protocol": params.protocol, "seed": params.seed}
    for column, value in keys.items():
        found = found[found[column] == value]
    return None if found.empty else found["folder"].iloc[-1]
