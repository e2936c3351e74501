"""A finished run opened for inspection, and the search for the runs to open."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from synthlib import evaluation, rendering, runs, training
from synthlib.data import datasets, prepare
from synthlib.data.datasets import TestSet
from synthlib.data.prepare import StudyData
from synthlib.inspection import nearest, provenance, saliency, sample_table
from synthlib.inspection.features import extract_features
from synthlib.inspection.sample_table import Selection
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.rendering.worker_process import RenderError
from synthlib.reporting.figures.style import readable_name
from synthlib.runs import Run, RunError, load_run, load_runs


class RunInspector:
    """A finished run: its predictions, images, model and training samples.

    Only the predictions are read when a run is opened. Data, model and the features of training
    samples are loaded when they are first needed. A sample is identified by its row: its label in
    the index of `table`.

    Attributes:
        run: The run.
        predictions: Its predictions, as `evaluation.read_predictions` returns them.
        table: Its sample table (`sample_table.build_sample_table`).
        test_images: The images it was tested on.

    Examples:
        Why was the banana with the highest loss misclassified?

        >>> run = newest_run(params)  # or RunInspector(runs.load_run(folder))
        >>> wrong = Selection(kind="misclassified", true="banana")
        >>> row = select_samples(run.table, wrong).index[0]
        >>> run.class_probabilities(row).head(5)  # most likely classes
        >>> image = run.image(row)  # as tested
        >>> run.saliency_overlay(row, image)  # evidence for the predicted class
        >>> run.nearest_training_samples(image)  # most similar samples it trained on
        >>> run.origin(row).facts()  # render, background, placement; composites only
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.predictions = evaluation.read_predictions(run.folder)
        self.table = sample_table.build_sample_table(self.predictions)
        self.test_images = ImageCache(lambda: datasets.test_sets(self.run.params, self.data))

    @property
    def params(self) -> Params:
        """The run's parameters."""
        return self.run.params

    @property
    def name(self) -> str:
        """Experiment, protocol and seed, for titles."""
        p = self.params
        return f"{p.experiment}, {p.protocol}, seed {p.seed}"

    @cached_property
    def data(self) -> StudyData:
        """The run's photographs, renders and backgrounds; missing renders are not made.

        Raises:
            RenderError: Renders are missing.
            RunError: The run was made by an earlier version of synthlib.
        """
        if runs.is_from_earlier_version(self.run.status):
            raise RunError(runs.earlier_version_message(self.run.folder))
        return load_run_data(self.params)

    @cached_property
    def model(self) -> nn.Module:
        """The trained model, in evaluation mode.

        Raises:
            RunError: The run's weights are missing.
        """
        if not (self.run.folder / "model.safetensors").exists():
            raise RunError(f"{self.run.folder} has lost its model.safetensors: run it again")
        return training.load_model(self.run).eval()

    @cached_property
    def training_samples(self) -> nearest.TrainingSamples:
        """The training samples and their features; computing these takes minutes at full scale."""
        return nearest.load_training_samples(self.run, self.model, self.data)

    def sample(self, row: int) -> dict[str, Any]:
        """A row of the sample table, by column."""
        return {str(name): value for name, value in self.table.loc[row].items()}

    def class_probabilities(self, row: int) -> pd.Series:
        """Probability of each class, in [0, 1]; most likely first."""
        return sample_table.class_probabilities(self.predictions, row)

    def image(self, row: int) -> np.ndarray:
        """The image as tested, uint8 (size, size, 3)."""
        sample = self.sample(row)
        return self.test_images.images(sample["test_set"], [sample["sample"]])[0]

    def saliency_overlay(self, row: int, image: np.ndarray, target_class: str = "") -> np.ndarray:
        """Draw the Grad-CAM map of a class over an image.

        Args:
            row: Row of the sample.
            image: uint8 (H, W, 3), as `image` returns it.
            target_class: The class whose evidence is shown; empty: the predicted class.

        Returns:
            uint8 (H, W, 3).
        """
        name = target_class or self.sample(row)["predicted"]
        class_index = self.params.classes.index(name)
        return saliency.overlay_saliency(image, saliency.grad_cam(self.model, image, class_index))

    def nearest_training_samples(self, image: np.ndarray, n: int = 8) -> pd.DataFrame:
        """Find the training samples with the most similar features.

        Args:
            image: uint8 (H, W, 3).
            n: Number of samples.

        Returns:
            Columns domain, sample, class, similarity (cosine, in [-1, 1]) and image (uint8
            (size, size, 3)), nearest first.
        """
        features = extract_features(self.model, image[None])[0]
        table = self.training_samples.nearest(features, n)
        cache = ImageCache(lambda: self.training_samples.sets)
        images = [
            cache.images(domain, [name])[0]
            for domain, name in zip(table["domain"], table["sample"], strict=True)
        ]
        return table.assign(image=images)

    def origin(self, row: int) -> provenance.Origin:
        """The parts of a synthetic sample.

        Raises:
            DataError: The sample is a photograph, or its render is no longer in the manifest.
        """
        return provenance.trace_origin(self.sample(row), self.data)


def load_run_data(params: Params) -> StudyData:
    """Prepare the data of a run without rendering.

    Raises:
        RenderError: Renders are missing.
    """
    if prepare.needs_renders(params):
        plan = prepare.render_plan(params)
        missing = plan.render_count - len(rendering.read_manifest(plan))
        # instances that could not be rendered are not missing: the run was made without them
        missing -= len(rendering.failed_instances(plan)) * plan.settings.views
        if missing > 0:
            raise RenderError(
                f"{missing:,} of the run's {plan.render_count:,} renders are not in {plan.store}: "
                f"make them with `synthlib render --scale {params.scale}`"
            )
    return prepare.prepare_data(params, quiet=True)


def load_test_sets(folder: Path, params: Params, names: Sequence[str]) -> dict[str, TestSet]:
    """Load test sets of a finished run from the outputs and data folders in use now.

    Args:
        folder: The run's folder.
        params: Parameters whose `outputs` and `data_root` are used instead of the run's own, as
            both folders may have been moved since.
        names: Names of the test sets.

    Returns:
        The test sets by name.

    Raises:
        RenderError: Renders are missing.
    """
    update = {"outputs": params.outputs, "data_root": params.data_root, "test_sets": list(names)}
    run_params = load_run(folder).params.model_copy(update=update)
    return datasets.test_sets(run_params, load_run_data(run_params))


def inspect_run(folder: Path, params: Params) -> RunInspector:
    """Open the finished run of a folder.

    A run that was made on another machine names no data root; that of `params` is used.

    Raises:
        RunError: The folder holds no finished run.
    """
    run = load_run(folder)
    if not run.params.data_root:
        places = {"data_root": params.data_root}
        run = replace(run, params=run.params.model_copy(update=places))
    return RunInspector(run)


def newest_run(params: Params) -> RunInspector:
    """Open the newest finished run of the parameters' scale, experiment, protocol and seed.

    Runs restored from archives, which have neither weights nor images, are opened only where the
    scale has no others: their predictions can be inspected.

    Raises:
        RunError: There is no such run; the message has the command that makes one.
    """
    folder = _newest_folder(params, params.experiment)
    if folder is None:
        raise RunError(
            f"no finished run of {params.experiment} at scale {params.scale} (protocol "
            f"{params.protocol}, seed {params.seed}) under {params.output_dir}; make one: "
            f"{runs.batch_command(params.scale, params.experiment, params.protocol, params.seed)}"
        )
    return inspect_run(folder, params)


def comparison_run(params: Params) -> RunInspector | None:
    """Open the run to compare with.

    Args:
        params: Parameters of the first run. The other run has the same scale, protocol and seed;
            its experiment is `compare_with`, or if that is empty the first other experiment that
            has such a run.

    Returns:
        The newest such run; None if `compare_with` is empty and there is none.

    Raises:
        RunError: The experiment `compare_with` has no such run.
    """
    if params.compare_with:
        return newest_run(params.model_copy(update={"experiment": params.compare_with}))
    table = _inspectable_runs(params)
    for name in [] if table.empty else table["experiment"].unique():
        folder = None if name == params.experiment else _newest_folder(params, str(name))
        if folder is not None:
            return inspect_run(folder, params)
    return None


def errors_in_short(run: RunInspector, other: RunInspector | None, test_set: str) -> str:
    """Describe a run's mistakes on a test set in a few bullets, and compare it with a second run.

    Args:
        run: Run A.
        other: Run B; None leaves the comparison out.
        test_set: Name of the test set.
    """
    table = run.table[run.table["test_set"] == test_set]
    wrong = table[table["true"].astype(str) != table["predicted"].astype(str)]
    chance = 100 / len(run.params.classes)
    bullets = [
        f"Run A, {run.name}: {len(wrong):,} of {len(table):,} samples of `{test_set}` are "
        f"misclassified; {100 - 100 * len(wrong) / len(table):.1f}% are correct, by chance "
        f"{chance:.1f}%."
    ]
    pairs = sample_table.most_confused_pairs(sample_table.count_sample_confusions(table), n=3)
    if len(pairs):
        names = [
            f"{readable_name(pair['true'])} as {readable_name(pair['predicted'])} ({pair['count']})"
            for pair in pairs.to_dict("records")
        ]
        bullets.append(f"Its most frequent mistakes: {', '.join(names)}.")
    if other is not None:
        compared = sample_table.compare_samples(run.table, other.table)
        outcome = sample_table.paired_outcome(compared, Selection(test_set=test_set))
        sentence = sample_table.paired_outcome_sentence(outcome)
        bullets.append(f"Run B, {other.name}, on the same samples: {sentence}.")
    return "\n".join(f"- {bullet}" for bullet in bullets)


def _newest_folder(params: Params, experiment: str) -> Path | None:
    table = _inspectable_runs(params)
    if table.empty:
        return None
    keys = {"experiment": experiment, "protocol": params.protocol, "seed": params.seed}
    for column, value in keys.items():
        table = table[table[column] == value]
    return None if table.empty else table["folder"].iloc[-1]


def _inspectable_runs(params: Params) -> pd.DataFrame:
    """The scale's runs that have weights; if there are none, those restored from archives."""
    table = load_runs(params.output_dir, params.scale, with_weights=True)
    return load_runs(params.output_dir, params.scale) if table.empty else table
