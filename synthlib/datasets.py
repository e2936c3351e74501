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

from synthlib import augmentation
from synthlib.augmentation import Preset, augment, normalise, place
from synthlib.compositing import Placement, composite, flatten_black
from synthlib.params import Domain, Params, Tested
from synthlib.photos import real_subset
from synthlib.samples import Samples, Scenes, composites, photographs, renders, scenes_of
from synthlib.schedule import BatchPlan, plan_batches
from synthlib.seeding import uniforms
from synthlib.sources import Sources

TEST_BATCH = 128


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
    """What a run trains on, and in which steps (`plan`). `scenes` is None without backgrounds."""

    plan: BatchPlan
    size: int
    real: Samples | None
    real_preset: Preset
    objects: Samples | None
    scenes: Scenes | None
    object_preset: Preset

    def batch(self, step: int, device: torch.device, *, rank: int = 0, world: int = 1) -> Batch:
        """The input of one step: the same for the same seed, whatever was asked before.

        Of `world` processes that train together, process `rank` gets every world-th sample of each
        domain; all parts together are the batch of a single process.
        """
        picks = self.plan.picks(step).part(rank, world)
        images, names, labels = [], [], []
        for samples, chosen, epochs, make in (
            (self.real, picks.real, picks.real_epoch, self._photographs),
            (self.objects, picks.synthetic, picks.synthetic_epoch, self._synthetic),
        ):
            for epoch in np.unique(epochs):
                assert samples is not None  # the plan picks from domains that exist
                index = chosen[epochs == epoch]
                images.append(make(samples, index, int(epoch), device))
                names += list(samples.names[index])
                labels.append(samples.labels[index])
        return Batch(
            normalise(torch.cat(images)),
            torch.from_numpy(np.concatenate(labels)).to(device),
            names,
            len(picks.real),
        )

    def _draws(self, samples: Samples, index: np.ndarray, epoch: int, n: int) -> np.ndarray:
        return uniforms(self.plan.seed, "augment", epoch, ids=samples.ids[index], n=n)

    def _photographs(self, samples, index, epoch, device) -> Tensor:
        u = self._draws(samples, index, epoch, self.real_preset.draws)
        pixels, sizes = samples.pixels(index, device)
        return augment(pixels, u, self.real_preset, self.size, sizes)

    def _synthetic(self, samples, index, epoch, device) -> Tensor:
        u = self._draws(samples, index, epoch, 2 + self.object_preset.draws)
        if self.scenes is None:
            images = flatten_black(samples.pixels(index, device)[0], self.size)
        else:
            pasted, _, _ = composites(
                samples, self.scenes, index, u, self.object_preset, self.size, device
            )
            images = pasted.images
        return augment(images, u[:, 2:], self.object_preset, self.size)


@dataclass(frozen=True)
class TestSet:
    """A fixed set of test images: `table` (sample, true, background, placement, sample_seed) and
    the images to it, the same in every run of a data seed."""

    __test__ = False  # not a test case, whatever pytest makes of the name
    table: pd.DataFrame
    samples: Samples
    scenes: Scenes | None
    domain: Domain
    size: int
    background_rows: np.ndarray | None

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1], not yet normalised."""
        pixels, sizes = self.samples.pixels(index, device)
        if self.domain == "real":
            u = np.zeros((len(index), augmentation.THESIS_TEST.draws))
            return augment(pixels, u, augmentation.THESIS_TEST, self.size, sizes)
        if self.scenes is None:
            return flatten_black(pixels, self.size)
        assert self.background_rows is not None
        behind = self.scenes.pixels(self.background_rows[index], device)
        placement = Placement.from_rows(list(self.table["placement"].iloc[index]))
        return composite(pixels, behind, placement, self.size).images

    def batches(self, device: torch.device) -> Iterator[Tensor]:
        """Normalised images, in the table's order, in batches."""
        for start in range(0, len(self.samples), TEST_BATCH):
            index = np.arange(start, min(start + TEST_BATCH, len(self.samples)))
            yield normalise(self.images(index, device))


def training_set(params: Params, sources: Sources) -> TrainingSet:
    """The training set of a run: its share of each domain, and the steps (thesis 5.3.6)."""
    if params.synthetic_domain in ("hybrid", "bg_only") or params.render_subset != "all":
        raise ValueError("synthetic_domain hybrid, bg_only and render_subset: not built yet")
    real = None
    if params.real_fraction > 0:
        chosen = real_subset(sources.photographs.table, params.real_fraction, params.seed)
        real = photographs(params, sources, chosen)
    objects = None
    if params.synthetic_fraction > 0:
        objects = renders(params, sources, ("train",), params.synthetic_fraction)
    matched = params.protocol == "matched"
    with_background = params.synthetic_domain == "synthetic_bg"
    thesis = (
        augmentation.THESIS_SYNTHETIC if with_background else augmentation.THESIS_SYNTHETIC_NOBG
    )
    return TrainingSet(
        plan_batches(params, len(real or ()), len(objects or ())),
        params.image_size,
        real,
        augmentation.MATCHED if matched else augmentation.THESIS_REAL,
        objects,
        scenes_of(params, sources, "train") if objects is not None and with_background else None,
        augmentation.MATCHED if matched else thesis,
    )


def test_sets(params: Params, sources: Sources) -> dict[str, TestSet]:
    """The run's test sets by name; placements and backgrounds of synthetic ones are fixed by the
    data seed, and their instances and backgrounds are in no training set."""
    return {name: _test_set(params, sources, name) for name in params.test_sets}


def all_composites(params: Params, sources: Sources) -> TestSet:
    """Every render of a study on a test background, those of training instances too: what a model
    that never saw a render makes of each instance."""
    return _synthetic(params, sources, "synthetic_bg", ("train", "test"))


def _test_set(params: Params, sources: Sources, name: Tested) -> TestSet:
    if name == "synthetic_bg" or name == "synthetic_nobg":
        return _synthetic(params, sources, name, ("test",))
    table = sources.photographs.table
    chosen = table[table["split"] == ("val" if name == "real" else "dev")]
    samples = photographs(params, sources, chosen)
    return _fixed(params, samples, "real", {"background": "", "placement": ""})


def _synthetic(
    params: Params, sources: Sources, domain: Domain, splits: tuple[str, ...]
) -> TestSet:
    samples = renders(params, sources, splits)
    if domain == "synthetic_nobg":
        return _fixed(params, samples, domain, {"background": "", "placement": ""})
    preset, scenes = augmentation.THESIS_SYNTHETIC, scenes_of(params, sources, "test")
    u = uniforms(params.data_seed, "test", ids=samples.ids, n=2 + preset.draws)
    rows = scenes.draw(samples.labels, u[:, :2])
    behind = {"background": scenes.names[rows], "placement": place(u[:, 2:], preset).rows()}
    return _fixed(params, samples, domain, behind, scenes, rows)


def _fixed(
    params: Params,
    samples: Samples,
    domain: Domain,
    behind: dict,
    scenes: Scenes | None = None,
    rows: np.ndarray | None = None,
) -> TestSet:
    """A test set whose table has the columns `behind`: background and placement."""
    true = [params.classes[i] for i in samples.labels]
    table = pd.DataFrame({"sample": samples.names, "true": true})
    table = table.assign(**behind, sample_seed=params.data_seed)
    return TestSet(table, samples, scenes, domain, params.image_size, rows)
