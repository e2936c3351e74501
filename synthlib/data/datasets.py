"""Training and test sets: batches made on the device, from packed pixels and per-sample draws.

Every draw (background, placement, crop, flip) is keyed by (seed, epoch, the sample's name), so a
batch does not depend on the batch size, the device or a resume.
Images reach the device as uint8 and leave as float32 (N, 3, size, size), normalised.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.compositing import augmentation
from synthlib.compositing.augmentation import Preset, normalise_, preset_placements
from synthlib.compositing.composite import paste, render_on_black
from synthlib.compositing.placement import Placement
from synthlib.data import render_subsets
from synthlib.data.batch_sampler import BatchSampler, build_batch_sampler
from synthlib.data.leakage import (
    check_test_classes,
    check_training_classes,
    raise_on_shared_backgrounds,
    raise_on_shared_images,
)
from synthlib.data.prepare import StudyData
from synthlib.data.samples import (
    BACKGROUND_DRAWS,
    BackgroundSampler,
    ImageSet,
    SyntheticImages,
    background_sampler,
    packed_renders,
    photograph_image_set,
    render_image_set,
    synthetic_images,
)
from synthlib.params import Domain, Params, TestSetName
from synthlib.photographs.subsets import real_subset, unused_real, unused_real_fold
from synthlib.seeding import uniforms
from synthlib.utils.allocator import keep_freed_memory

TEST_BATCH_SIZE = 128


@dataclass(frozen=True)
class Batch:
    """One step's input: `images` float32 (N, 3, size, size), normalised; `labels` int64 (N,);
    `names` of the samples; the first `n_real` of them are photographs, the rest synthetic."""

    images: Tensor
    labels: Tensor
    names: list[str]
    n_real: int


@dataclass(frozen=True)
class TrainingSet:
    """What a run trains on, and in which steps (`plan`). A domain it does not use is None."""

    batch_sampler: BatchSampler
    size: int
    real: ImageSet | None
    real_preset: Preset
    synthetic: SyntheticImages | None

    def batch(
        self, step: int, device: torch.device, *, rank: int = 0, world_size: int = 1
    ) -> Batch:
        """The input of one step: the same for the same seed, whatever was asked before.

        Of `world` processes that train together, process `rank` gets every world-th sample of each
        domain; all parts together are the batch of a single process.
        """
        picks = self.batch_sampler.batch_indices(step).for_rank(rank, world_size)
        n_real, n = len(picks.real), len(picks.real) + len(picks.synthetic)
        images = torch.empty(n, 3, self.size, self.size, device=device)
        names, labels = [], []
        if n_real:
            assert self.real is not None  # the plan picks from domains that exist
            u = self._uniform_draws(
                self.real, picks.real, picks.real_epoch, self.real_preset.n_draws
            )
            made = self.real.augmented_photographs(
                picks.real, u, self.real_preset, self.size, device
            )
            images[:n_real] = made
            names += self.real.names[picks.real].tolist()
            labels.append(self.real.labels[picks.real])
        if n > n_real:
            assert self.synthetic is not None
            objects, index = self.synthetic.renders, picks.synthetic
            u = self._uniform_draws(objects, index, picks.synthetic_epoch, self.synthetic.n_draws)
            images[n_real:] = self.synthetic.images(index, u, self.size, device)
            names += objects.names[index].tolist()
            labels.append(objects.labels[index])
        merged = torch.from_numpy(np.concatenate(labels or [np.zeros(0, np.int64)]))
        return Batch(normalise_(images), merged.to(device), names, n_real)

    def _uniform_draws(
        self, image_set: ImageSet, index: np.ndarray, epochs: np.ndarray, n: int
    ) -> np.ndarray:
        u = np.empty((len(index), n))
        for epoch in np.unique(epochs).tolist():
            here, ids = epochs == epoch, image_set.sample_ids[index[epochs == epoch]]
            u[here] = uniforms(self.batch_sampler.seed, "augment", epoch, ids=ids, n=n)
        return u


@dataclass(frozen=True)
class TestSet:
    """A fixed set of test images: `table` (sample, true, background, placement, sample_seed) and
    the images to it, the same in every run of a data seed."""

    __test__ = False  # not a test case, whatever pytest makes of the name
    table: pd.DataFrame
    image_set: ImageSet
    backgrounds: BackgroundSampler | None
    domain: Domain
    size: int
    background_rows: np.ndarray | None

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1], not yet normalised."""
        if self.domain == "real":
            u = np.zeros((len(index), augmentation.THESIS_TEST.n_draws))
            preset = augmentation.THESIS_TEST
            return self.image_set.augmented_photographs(index, u, preset, self.size, device)
        cutouts = self.image_set.cutouts(index, device)
        if self.backgrounds is None:
            return render_on_black(cutouts, self.size)
        assert self.background_rows is not None
        images = self.backgrounds.load_images(self.background_rows[index], self.size, device)
        paste(cutouts, images, Placement.from_json_rows(list(self.table["placement"].iloc[index])))
        return images

    def batches(self, device: torch.device) -> Iterator[Tensor]:
        """Normalised images, in the table's order, in batches."""
        for start in range(0, len(self.image_set), TEST_BATCH_SIZE):
            index = np.arange(start, min(start + TEST_BATCH_SIZE, len(self.image_set)))
            yield normalise_(self.images(index, device))


def training_set(params: Params, data: StudyData) -> TrainingSet:
    """The training set of a run: its share of each domain, and the steps (thesis 5.3.6).

    Raises DataError on an empty domain or a class without samples in one.
    """
    keep_freed_memory()
    real = objects = None
    if params.real_fraction > 0:
        real = photograph_image_set(params, data, _training_photographs(params, data))
    if params.synthetic_fraction > 0:
        kept = _render_subset_files(params, data)
        objects = render_image_set(params, data, ("train",), params.synthetic_fraction, kept)
    matched = params.augmentation_protocol == "matched"
    labels = (None if real is None else real.labels, None if objects is None else objects.labels)
    plan = build_batch_sampler(params, len(real or ()), len(objects or ()), labels)
    check_training_classes(params, "real", real)
    check_training_classes(params, "synthetic", objects)
    return TrainingSet(
        plan,
        params.image_size,
        real,
        augmentation.MATCHED if matched else augmentation.THESIS_REAL,
        None if objects is None else synthetic_images(params, data, objects),
    )


def test_sets(params: Params, data: StudyData) -> dict[str, TestSet]:
    """The run's test sets by name; placements and backgrounds of synthetic ones are fixed by the
    data seed, and their instances and backgrounds are in no training set.

    Raises DataError when a class has no test sample, or a test image's file equals one that the run
    trains on.
    """
    keep_freed_memory()
    sets = {name: _test_set(params, data, name) for name in params.test_sets}
    trained = training_set(params, data)
    for name, found in sets.items():
        check_test_classes(params, name, found.image_set)
        raise_on_shared_images(name, trained.real, found.image_set, data)
        if trained.synthetic is not None:
            raise_on_shared_images(name, trained.synthetic.renders, found.image_set, data)
            raise_on_shared_backgrounds(name, trained.synthetic, found.background_rows)
    return sets


def photograph_test_set(params: Params, image_set: ImageSet) -> TestSet:
    """Any photographs, in the test's preprocessing."""
    return _build_test_set(params, image_set, "real", {"background": "", "placement": ""})


def all_renders_test_set(params: Params, data: StudyData) -> TestSet:
    """Every render of a study on a test background, those of training instances too: what a model
    that never saw a render makes of each instance."""
    return _synthetic_test_set(params, data, "synthetic_bg", ("train", "test"))


def _test_set(params: Params, data: StudyData, name: TestSetName) -> TestSet:
    if name == "synthetic_bg" or name == "synthetic_nobg":
        return _synthetic_test_set(params, data, name, ("test",))
    return photograph_test_set(
        params, photograph_image_set(params, data, _test_photographs(params, data, name))
    )


def _training_photographs(params: Params, data: StudyData) -> pd.DataFrame:
    table = data.photographs.table
    return real_subset(table, params.real_fraction, params.seed, params.real_split)


def _test_photographs(params: Params, data: StudyData, name: TestSetName) -> pd.DataFrame:
    """The photographs of a real test set: kept apart on disk, or left over by the run's subset."""
    table = data.photographs.table
    if name in ("real", "dev"):
        return table[table["split"] == ("val" if name == "real" else "dev")]
    used = _training_photographs(params, data) if params.real_fraction > 0 else None
    rest = unused_real(table, used, params.seed)
    return rest if name == "real_rest" else unused_real_fold(rest, int(name.removeprefix("real_")))


def _render_subset_files(params: Params, data: StudyData) -> set[str] | None:
    """Files of the training renders that `render_subset` keeps; None: all."""
    if params.render_subset == "all":
        return None
    table, _ = packed_renders(data)
    photographed = data.photographs.table
    n = photographed[photographed["split"] == "train"].groupby("class").size().max()
    train = table[table["split"] == "train"]
    kept = render_subsets.render_subset(
        train, params.render_subset, photographs_per_class=int(n), seed=params.data_seed
    )
    return set(kept["file"])


def _synthetic_test_set(
    params: Params, data: StudyData, domain: Domain, splits: tuple[str, ...]
) -> TestSet:
    samples = render_image_set(params, data, splits)
    if domain == "synthetic_nobg":
        return _build_test_set(params, samples, domain, {"background": "", "placement": ""})
    preset, scenes = augmentation.THESIS_SYNTHETIC, background_sampler(params, data, "test")
    u = uniforms(
        params.data_seed, "test", ids=samples.sample_ids, n=BACKGROUND_DRAWS + preset.n_draws
    )
    rows = scenes.sample_rows(samples.labels, u[:, :BACKGROUND_DRAWS])
    behind = {
        "background": scenes.names[rows],
        "placement": preset_placements(u[:, BACKGROUND_DRAWS:], preset).to_json_rows(),
    }
    return _build_test_set(params, samples, domain, behind, scenes, rows)


def _build_test_set(
    params: Params,
    image_set: ImageSet,
    domain: Domain,
    background_columns: dict,
    backgrounds: BackgroundSampler | None = None,
    background_rows: np.ndarray | None = None,
) -> TestSet:
    """A test set whose table has the columns `behind`: background and placement."""
    true = [params.classes[i] for i in image_set.labels]
    table = pd.DataFrame({"sample": image_set.names, "true": true})
    table = table.assign(**background_columns, sample_seed=params.data_seed)
    return TestSet(table, image_set, backgrounds, domain, params.image_size, background_rows)
