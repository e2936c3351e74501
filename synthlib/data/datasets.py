"""Training and test sets: batches computed from packed pixels and random draws of each sample.

Every random draw (background, placement, crop, flip, ...) is keyed by the seed, the epoch and the
sample's name, so a sample's image does not depend on the rest of its batch, on the device or on a
resume. Pixels are copied to the device as uint8; augmentation runs there, and the result is
normalised float32 (N, 3, size, size).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synthlib.compositing import augmentation
from synthlib.compositing.augmentation import Preset, normalise_, preset_placements
from synthlib.compositing.composite import paste, render_on_black
from synthlib.compositing.placement import Placement
from synthlib.data import render_subsets
from synthlib.data.backgrounds import BACKGROUND_DRAWS, BackgroundSampler, background_sampler
from synthlib.data.batch_sampler import BatchSampler, build_batch_sampler
from synthlib.data.leakage import (
    check_test_classes,
    check_training_classes,
    raise_on_shared_backgrounds,
    raise_on_shared_images,
)
from synthlib.data.prepare import StudyData
from synthlib.data.samples import (
    ImageSet,
    packed_renders,
    photograph_image_set,
    render_image_set,
)
from synthlib.data.synthetic_images import (
    SyntheticImages,
    fetched_photographs,
    synthetic_images,
    with_crop_area,
)
from synthlib.params import Domain, Params, TestSetName
from synthlib.photographs.subsets import training_photographs, unused_real, unused_real_fold
from synthlib.seeding import uniforms
from synthlib.utils.allocator import keep_freed_memory

TEST_BATCH_SIZE = 128
"""Number of test images computed at once; it does not change their pixels."""


@dataclass(frozen=True)
class Batch:
    """The input of one training step.

    Attributes:
        images: float32 (N, 3, size, size), normalised by ImageNet's mean and standard deviation, in
            channels-last memory format.
        labels: Class indices, int64 (N,).
        names: Names of the N samples.
        n_real: Number of photographs; they come first, followed by the synthetic images.
    """

    images: Tensor
    labels: Tensor
    names: list[str]
    n_real: int


@dataclass(frozen=True)
class TrainingSet:
    """The samples that a run trains on, and the steps in which it uses them.

    Attributes:
        batch_sampler: Chooses the samples of each step.
        size: Side of the model's input in pixels.
        real: The photographs; None if the run uses none.
        real_preset: Augmentation of the photographs.
        synthetic: The synthetic images; None if the run uses none.
        curriculum_until: Share of the steps over which the range of the objects' sizes in
            composites widens from the largest to all, an easy start for a curriculum (thesis 7.4,
            Hinterstoisser et al. 2019); 0: all sizes from the start.
    """

    batch_sampler: BatchSampler
    size: int
    real: ImageSet | None
    real_preset: Preset
    synthetic: SyntheticImages | None
    curriculum_until: float = 0.0

    def batch(
        self, step: int, device: torch.device, *, rank: int = 0, world_size: int = 1
    ) -> Batch:
        """Compute the input of one step, which depends only on the seed and the step.

        Args:
            step: Number of the step, from 0.
            device: Device of the result.
            rank: Number of this process among those that train together, in [0, world_size).
            world_size: Number of processes that train together. Each gets every `world_size`-th
                sample of each domain; all parts together are the batch of a single process.

        Raises:
            IndexError: If the run has no such step.
        """
        indices = self.batch_sampler.batch_indices(step).for_rank(rank, world_size)
        n_real = len(indices.real)
        n = n_real + len(indices.synthetic)
        parts, names, labels = [], [], [np.zeros(0, np.int64)]
        if n_real:
            assert self.real is not None  # the sampler draws from domains that exist
            u = self.uniform_draws("real", indices.real, indices.real_epoch)
            parts.append(
                self.real.augmented_photographs(
                    indices.real, u, self.real_preset, self.size, device
                )
            )
            names += self.real.names[indices.real].tolist()
            labels.append(self.real.labels[indices.real])
        if n > n_real:
            assert self.synthetic is not None
            renders = self.synthetic.renders
            u = self.uniform_draws("synthetic", indices.synthetic, indices.synthetic_epoch)
            widening = self.curriculum_until * self.batch_sampler.steps
            synthetic = self.synthetic.with_sizes(step / widening if widening else 1.0)
            parts.append(synthetic.images(indices.synthetic, u, self.size, device))
            names += renders.names[indices.synthetic].tolist()
            labels.append(renders.labels[indices.synthetic])
        if not n:
            parts.append(torch.empty(0, 3, self.size, self.size, device=device))
        images = normalise_(parts[0] if len(parts) == 1 else torch.cat(parts))
        all_labels = torch.from_numpy(np.concatenate(labels)).to(device)
        return Batch(images, all_labels, names, n_real)

    def uniform_draws(
        self, domain: Literal["real", "synthetic"], index: np.ndarray, epochs: np.ndarray
    ) -> np.ndarray:
        """Draw all random numbers from which the images of some samples are computed.

        Args:
            domain: Domain of the samples: photographs (`real`) or synthetic images (`synthetic`).
            index: Positions of the samples in the image set of that domain, int (n,).
            epochs: Pass over the domain in which each sample is used, from 0, int (n,).

        Returns:
            Uniform in [0, 1), float (n, n_draws), with the `n_draws` of `real_preset` or of
            `synthetic`.
        """
        if domain == "real":
            image_set, n_draws = self.real, self.real_preset.n_draws
        else:
            assert self.synthetic is not None
            image_set, n_draws = self.synthetic.renders, self.synthetic.n_draws
        assert image_set is not None
        u = np.empty((len(index), n_draws))
        for epoch in np.unique(epochs).tolist():
            rows = epochs == epoch
            ids = image_set.sample_ids[index[rows]]
            u[rows] = uniforms(self.batch_sampler.seed, "augment", epoch, ids=ids, n=n_draws)
        return u


@dataclass(frozen=True)
class TestSet:
    """A set of test images, the same in every run with the same data seed.

    Attributes:
        table: One row per image: `sample` (its name), `true` (name of its class), `background`
            (name of the background, "" if there is none), `placement` (from
            `Placement.to_json_rows`, "" if there is none), `sample_seed` (the data seed).
        image_set: The photographs or renders, in the table's order.
        backgrounds: The backgrounds of `synthetic_bg`, else None.
        domain: `real`, `synthetic_bg` or `synthetic_nobg`.
        size: Side of the images in pixels.
        background_rows: Row of each image's background in `backgrounds`, int64 (N,), or None.
    """

    __test__ = False  # keeps pytest from collecting a class of this name
    table: pd.DataFrame
    image_set: ImageSet
    backgrounds: BackgroundSampler | None
    domain: Domain
    size: int
    background_rows: np.ndarray | None

    def images(self, index: np.ndarray, device: torch.device, with_masks: bool = False) -> Tensor:
        """Compute the images of some rows of the table.

        Args:
            index: Numbers of the rows, int (n,).
            device: Device of the result.
            with_masks: Add a fourth channel, the share of each pixel that the object covers; not
                for photographs.

        Returns:
            float32 (n, 3 or 4, size, size) in [0, 1], not yet normalised.
        """
        if self.domain == "real":
            preset = augmentation.THESIS_TEST
            u = np.zeros((len(index), preset.n_draws))  # its centre crop needs no draws
            return self.image_set.augmented_photographs(index, u, preset, self.size, device)
        cutouts = self.image_set.cutouts(index, device)
        if self.backgrounds is None:
            return render_on_black(cutouts, self.size, with_masks)
        assert self.background_rows is not None
        images = self.backgrounds.load_images(self.background_rows[index], self.size, device)
        if with_masks:
            images = torch.cat([images, torch.zeros_like(images[:, :1])], dim=1)
        paste(cutouts, images, Placement.from_json_rows(list(self.table["placement"].iloc[index])))
        return images

    def batches(self, device: torch.device) -> Iterator[Tensor]:
        """Iterate over all images in the table's order, in batches of `TEST_BATCH_SIZE`.

        Yields:
            Normalised float32 (n, 3, size, size).
        """
        for start in range(0, len(self.image_set), TEST_BATCH_SIZE):
            index = np.arange(start, min(start + TEST_BATCH_SIZE, len(self.image_set)))
            yield normalise_(self.images(index, device))


def training_set(params: Params, data: StudyData) -> TrainingSet:
    """The training set of a run: its share of each domain, and its steps (thesis 5.3.6).

    Args:
        params: The run's parameters.
        data: The data that `prepare_data` returned for these parameters.

    Returns:
        The training set. Pixels are read only when a batch is computed.

    Raises:
        DataError: If a domain that the run uses is empty or has no sample of a class.

    Examples:
        >>> train = training_set(params, prepare_data(params))
        >>> batch = train.batch(step=0, device=torch.device("cpu"))
        >>> batch.images.shape, batch.labels.shape, batch.n_real
        (torch.Size([64, 3, 64, 64]), torch.Size([64]), 12)
    """
    keep_freed_memory()
    real = renders = synthetic = None  # a domain that the run does not use
    if params.real_fraction > 0:
        real = photograph_image_set(
            params, data, training_photographs(params, data.photographs.table)
        )
    if params.labelled_by:
        synthetic = fetched_photographs(params, data, photograph_preset(params))
        renders = synthetic.renders
    elif params.synthetic_fraction > 0:
        kept_files = _render_subset_files(params, data)
        renders = render_image_set(params, data, ("train",), params.synthetic_fraction, kept_files)
    labels = (None if real is None else real.labels, None if renders is None else renders.labels)
    batch_sampler = build_batch_sampler(params, len(real or ()), len(renders or ()), labels)
    check_training_classes(params, "real", real)
    if synthetic is None:
        # a model may predict a class for no photograph
        check_training_classes(params, "synthetic", renders)
        synthetic = None if renders is None else synthetic_images(params, data, renders)
    return TrainingSet(
        batch_sampler,
        params.image_size,
        real,
        photograph_preset(params),
        synthetic,
        params.curriculum_until,
    )


def photograph_preset(params: Params) -> Preset:
    """The augmentation that photographs get in a run's training."""
    matched = params.augmentation_protocol == "matched"
    preset = augmentation.MATCHED if matched else augmentation.THESIS_REAL
    return with_crop_area(preset, params)


def test_sets(params: Params, data: StudyData) -> dict[str, TestSet]:
    """The test sets of a run by name.

    Placements and backgrounds of synthetic test sets are fixed by the data seed. The instances and
    backgrounds that they show are in no training set.

    Args:
        params: The run's parameters; `params.test_sets` lists the names of the sets.
        data: The data that `prepare_data` returned for these parameters.

    Raises:
        DataError: If a class has no test sample, or a test image or its background is identical to
            a file that the run trains on.

    Examples:
        >>> tests = test_sets(params, data)
        >>> tests["real"].table[["sample", "true"]].head(2)
        >>> images = next(tests["real"].batches(torch.device("cpu")))  # float32 (128, 3, 64, 64)
    """
    keep_freed_memory()
    sets = {name: _test_set(params, data, name) for name in params.test_sets}
    trained = training_set(params, data)
    for name, test_set in sets.items():
        check_test_classes(params, name, test_set.image_set)
        raise_on_shared_images(name, trained.real, test_set.image_set, data)
        if trained.synthetic is not None:
            raise_on_shared_images(name, trained.synthetic.renders, test_set.image_set, data)
            raise_on_shared_backgrounds(
                name, trained.synthetic.backgrounds, test_set.backgrounds, test_set.background_rows
            )
    return sets


def photograph_test_set(params: Params, image_set: ImageSet) -> TestSet:
    """Test set of any photographs, with the preprocessing of test images (Resize, CenterCrop)."""
    return _build_test_set(params, image_set, "real", {"background": "", "placement": ""})


def all_renders_test_set(params: Params, data: StudyData) -> TestSet:
    """Test set of all renders of a study on test backgrounds, training instances included.

    It is meant for models that were trained on no renders: it shows how well they classify each
    instance.
    """
    return _synthetic_test_set(params, data, "synthetic_bg", ("train", "test"))


def _test_set(params: Params, data: StudyData, name: TestSetName) -> TestSet:
    if name == "synthetic_bg" or name == "synthetic_nobg":
        return _synthetic_test_set(params, data, name, ("test",))
    return photograph_test_set(
        params, photograph_image_set(params, data, _test_photographs(params, data, name))
    )


def _test_photographs(params: Params, data: StudyData, name: TestSetName) -> pd.DataFrame:
    """Photographs of a real test set: a split of the data, or those that the run does not use.

    The set `real` is the split `val`, and `dev` the split `dev`. `real_rest` contains all training
    photographs that the run does not use, and `real_<i>` one fold of them.
    """
    table = data.photographs.table
    if name in ("real", "dev"):
        return table[table["split"] == ("val" if name == "real" else "dev")]
    used = training_photographs(params, table) if params.real_fraction > 0 else None
    unused = unused_real(table, used, params.seed)
    if name == "real_rest":
        return unused
    return unused_real_fold(unused, int(name.removeprefix("real_")))


def _render_subset_files(params: Params, data: StudyData) -> set[str] | None:
    """Files of the training renders that the parameter `render_subset` selects; None: all."""
    if params.render_subset == "all":
        return None
    table, _ = packed_renders(data)
    photographs = data.photographs.table
    per_class = photographs[photographs["split"] == "train"].groupby("class").size()
    selected = render_subsets.render_subset(
        table[table["split"] == "train"],
        params.render_subset,
        photographs_per_class=int(per_class.max()),
        seed=params.data_seed,
    )
    return set(selected["file"])


def _synthetic_test_set(
    params: Params, data: StudyData, domain: Domain, splits: tuple[str, ...]
) -> TestSet:
    renders = render_image_set(params, data, splits)
    if domain == "synthetic_nobg":
        return _build_test_set(params, renders, domain, {"background": "", "placement": ""})
    preset = augmentation.THESIS_SYNTHETIC  # under every protocol, so that test images are equal
    backgrounds = background_sampler(params, data, "test")
    n_draws = BACKGROUND_DRAWS + preset.n_draws
    u = uniforms(params.data_seed, "test", ids=renders.sample_ids, n=n_draws)
    rows = backgrounds.sample_rows(renders.labels, u[:, :BACKGROUND_DRAWS])
    is_cut_off = renders.cut_off(np.arange(len(renders)))
    placements = preset_placements(u[:, BACKGROUND_DRAWS:], preset)
    columns = {
        "background": backgrounds.names[rows],
        "placement": placements.fill_frame(is_cut_off).to_json_rows(),
    }
    return _build_test_set(params, renders, domain, columns, backgrounds, rows)


def _build_test_set(
    params: Params,
    image_set: ImageSet,
    domain: Domain,
    background_columns: dict,
    backgrounds: BackgroundSampler | None = None,
    background_rows: np.ndarray | None = None,
) -> TestSet:
    true_classes = [params.classes[label] for label in image_set.labels]
    table = pd.DataFrame({"sample": image_set.names, "true": true_classes})
    table = table.assign(**background_columns, sample_seed=params.data_seed)
    return TestSet(table, image_set, backgrounds, domain, params.image_size, background_rows)
