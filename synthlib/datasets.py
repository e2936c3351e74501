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

from synthlib import augmentation, curation
from synthlib.allocator import keep_freed_memory
from synthlib.augmentation import Preset, normalise_, place
from synthlib.compositing import flatten_black, paste
from synthlib.overlap import check_classes, check_tested, refuse_overlap, refuse_shared_scenes
from synthlib.params import Domain, Params, Tested
from synthlib.placement import Placement
from synthlib.samples import Samples, Scenes, manifest, photographs, renders, scenes_of
from synthlib.schedule import BatchPlan, plan_batches
from synthlib.seeding import uniforms
from synthlib.sources import Sources
from synthlib.subsets import real_part, real_rest, real_subset
from synthlib.synthetic import SCENE_DRAWS, Synthetic, synthetic

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
    """What a run trains on, and in which steps (`plan`). A domain it does not use is None."""

    plan: BatchPlan
    size: int
    real: Samples | None
    real_preset: Preset
    synthetic: Synthetic | None

    def batch(self, step: int, device: torch.device, *, rank: int = 0, world: int = 1) -> Batch:
        """The input of one step: the same for the same seed, whatever was asked before.

        Of `world` processes that train together, process `rank` gets every world-th sample of each
        domain; all parts together are the batch of a single process.
        """
        picks = self.plan.picks(step).part(rank, world)
        n_real, n = len(picks.real), len(picks.real) + len(picks.synthetic)
        images = torch.empty(n, 3, self.size, self.size, device=device)
        names, labels = [], []
        if n_real:
            assert self.real is not None  # the plan picks from domains that exist
            u = self._draws(self.real, picks.real, picks.real_epoch, self.real_preset.draws)
            made = self.real.photographs(picks.real, u, self.real_preset, self.size, device)
            images[:n_real] = made
            names += self.real.names[picks.real].tolist()
            labels.append(self.real.labels[picks.real])
        if n > n_real:
            assert self.synthetic is not None
            objects, index = self.synthetic.objects, picks.synthetic
            u = self._draws(objects, index, picks.synthetic_epoch, self.synthetic.draws)
            images[n_real:] = self.synthetic.images(index, u, self.size, device)
            names += objects.names[index].tolist()
            labels.append(objects.labels[index])
        merged = torch.from_numpy(np.concatenate(labels or [np.zeros(0, np.int64)]))
        return Batch(normalise_(images), merged.to(device), names, n_real)

    def _draws(self, samples: Samples, index: np.ndarray, epochs: np.ndarray, n: int) -> np.ndarray:
        u = np.empty((len(index), n))
        for epoch in np.unique(epochs).tolist():
            here, ids = epochs == epoch, samples.ids[index[epochs == epoch]]
            u[here] = uniforms(self.plan.seed, "augment", epoch, ids=ids, n=n)
        return u


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
        if self.domain == "real":
            u = np.zeros((len(index), augmentation.THESIS_TEST.draws))
            preset = augmentation.THESIS_TEST
            return self.samples.photographs(index, u, preset, self.size, device)
        cutouts = self.samples.cutouts(index, device)
        if self.scenes is None:
            return flatten_black(cutouts, self.size)
        assert self.background_rows is not None
        images = self.scenes.images(self.background_rows[index], self.size, device)
        paste(cutouts, images, Placement.from_rows(list(self.table["placement"].iloc[index])))
        return images

    def batches(self, device: torch.device) -> Iterator[Tensor]:
        """Normalised images, in the table's order, in batches."""
        for start in range(0, len(self.samples), TEST_BATCH):
            index = np.arange(start, min(start + TEST_BATCH, len(self.samples)))
            yield normalise_(self.images(index, device))


def training_set(params: Params, sources: Sources) -> TrainingSet:
    """The training set of a run: its share of each domain, and the steps (thesis 5.3.6).

    Raises DataError on an empty domain or a class without samples in one.
    """
    keep_freed_memory()
    real = objects = None
    if params.real_fraction > 0:
        real = photographs(params, sources, _trained_on(params, sources))
    if params.synthetic_fraction > 0:
        kept = _render_subset(params, sources)
        objects = renders(params, sources, ("train",), params.synthetic_fraction, kept)
    matched = params.pipeline == "matched"
    labels = (None if real is None else real.labels, None if objects is None else objects.labels)
    plan = plan_batches(params, len(real or ()), len(objects or ()), labels)
    check_classes(params, "real", real)
    check_classes(params, "synthetic", objects)
    return TrainingSet(
        plan,
        params.image_size,
        real,
        augmentation.MATCHED if matched else augmentation.THESIS_REAL,
        None if objects is None else synthetic(params, sources, objects),
    )


def test_sets(params: Params, sources: Sources) -> dict[str, TestSet]:
    """The run's test sets by name; placements and backgrounds of synthetic ones are fixed by the
    data seed, and their instances and backgrounds are in no training set.

    Raises DataError when a class has no test sample, or a test image's file equals one that the run
    trains on.
    """
    keep_freed_memory()
    sets = {name: _test_set(params, sources, name) for name in params.test_sets}
    trained = training_set(params, sources)
    for name, found in sets.items():
        check_tested(params, name, found.samples)
        refuse_overlap(name, trained.real, found.samples, sources)
        if trained.synthetic is not None:
            refuse_overlap(name, trained.synthetic.objects, found.samples, sources)
            refuse_shared_scenes(name, trained.synthetic, found.background_rows)
    return sets


def photograph_set(params: Params, samples: Samples) -> TestSet:
    """Any photographs, in the test's preprocessing."""
    return _fixed(params, samples, "real", {"background": "", "placement": ""})


def all_composites(params: Params, sources: Sources) -> TestSet:
    """Every render of a study on a test background, those of training instances too: what a model
    that never saw a render makes of each instance."""
    return _synthetic(params, sources, "synthetic_bg", ("train", "test"))


def _test_set(params: Params, sources: Sources, name: Tested) -> TestSet:
    if name == "synthetic_bg" or name == "synthetic_nobg":
        return _synthetic(params, sources, name, ("test",))
    return photograph_set(params, photographs(params, sources, _tested_on(params, sources, name)))


def _trained_on(params: Params, sources: Sources) -> pd.DataFrame:
    table = sources.photographs.table
    return real_subset(table, params.real_fraction, params.seed, params.real_split)


def _tested_on(params: Params, sources: Sources, name: Tested) -> pd.DataFrame:
    """The photographs of a real test set: kept apart on disk, or left over by the run's subset."""
    table = sources.photographs.table
    if name in ("real", "dev"):
        return table[table["split"] == ("val" if name == "real" else "dev")]
    used = _trained_on(params, sources) if params.real_fraction > 0 else None
    rest = real_rest(table, used, params.seed)
    return rest if name == "real_rest" else real_part(rest, int(name.removeprefix("real_")))


def _render_subset(params: Params, sources: Sources) -> set[str] | None:
    """Files of the training renders that `render_subset` keeps; None: all."""
    if params.render_subset == "all":
        return None
    table, _ = manifest(sources)
    photographed = sources.photographs.table
    n = photographed[photographed["split"] == "train"].groupby("class").size().max()
    train = table[table["split"] == "train"]
    kept = curation.subset(train, params.render_subset, n=int(n), seed=params.data_seed)
    return set(kept["file"])


def _synthetic(
    params: Params, sources: Sources, domain: Domain, splits: tuple[str, ...]
) -> TestSet:
    samples = renders(params, sources, splits)
    if domain == "synthetic_nobg":
        return _fixed(params, samples, domain, {"background": "", "placement": ""})
    preset, scenes = augmentation.THESIS_SYNTHETIC, scenes_of(params, sources, "test")
    u = uniforms(params.data_seed, "test", ids=samples.ids, n=SCENE_DRAWS + preset.draws)
    rows = scenes.draw(samples.labels, u[:, :SCENE_DRAWS])
    behind = {
        "background": scenes.names[rows],
        "placement": place(u[:, SCENE_DRAWS:], preset).rows(),
    }
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
