"""Training samples that look most like a test sample to a model, by the features of its last layer.

The model sees each training sample once: photographs cropped at the centre as in a test, renders
with one fixed draw of the training augmentation (training itself draws again every epoch). The
features are cached in `outputs/cache/features/`, under a name made of the run and its weights.
"""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from synthlib.data.datasets import photograph_test_set, training_set
from synthlib.data.prepare import StudyData
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.inspection.features import BATCH_SIZE, batch_features
from synthlib.inspection.test_images import ImageSource
from synthlib.params import Params
from synthlib.runs import Run
from synthlib.seeding import rng_for, uniforms
from synthlib.utils.files import digest, write_atomic
from synthlib.utils.progress import progress_bar

MAX_SAMPLES_PER_DOMAIN = 20_000
"""Maximum number of training samples of a domain that are compared, drawn by the run's seed."""

_BLOCK_ROWS = 8192


@dataclass(frozen=True)
class TrainingSamples:
    """The training samples of a run and their features.

    Attributes:
        sets: Images by domain.
        table: One row per sample, with the columns domain, sample and class.
        features: float16 (N, D): unit vectors in the order of the table.
    """

    sets: dict[str, ImageSource]
    table: pd.DataFrame
    features: np.ndarray

    def nearest(self, features: np.ndarray, n: int = 8) -> pd.DataFrame:
        """Find the training samples nearest to an image.

        Args:
            features: float (D,): the image's features.
            n: Number of samples.

        Returns:
            Columns domain, sample, class and similarity (cosine, in [-1, 1]), nearest first.
        """
        # in blocks, because float32 is far faster than float16 but needs twice the memory
        blocks = range(0, len(self.features), _BLOCK_ROWS)
        similarity = np.concatenate(
            [self.features[i : i + _BLOCK_ROWS].astype(np.float32) @ features for i in blocks]
        )
        order = np.argsort(-similarity, kind="stable")[:n]
        return self.table.iloc[order].assign(similarity=similarity[order]).reset_index(drop=True)


def load_training_samples(run: Run, model: nn.Module, data: StudyData) -> TrainingSamples:
    """Load the training samples of a run, with features from the cache or computed now.

    Args:
        run: A finished run.
        model: Its trained model.
        data: Its photographs, renders and backgrounds.
    """
    sets = training_image_sources(run.params, data)
    rows_by_domain: dict[str, np.ndarray] = {}
    for domain, images in sets.items():
        order = rng_for(run.params.seed, "neighbours", domain).permutation(len(images.table))
        rows_by_domain[domain] = np.sort(order[:MAX_SAMPLES_PER_DOMAIN])
    chosen = [
        sets[name].table.iloc[rows].assign(domain=name) for name, rows in rows_by_domain.items()
    ]
    table = pd.concat(chosen, ignore_index=True).rename(columns={"true": "class"})
    table = table[["domain", "sample", "class"]]
    weights = hashlib.sha256((run.folder / "model.safetensors").read_bytes()).hexdigest()
    key = digest([run.folder.name, weights, table.values.tolist()])
    path = run.params.output_dir / "cache" / "features" / f"{run.folder.name}-{key}.npy"
    if path.exists():
        return TrainingSamples(sets, table, np.load(path, mmap_mode="r"))
    features = np.concatenate(
        [_source_features(model, sets[domain], rows) for domain, rows in rows_by_domain.items()]
    )
    content = io.BytesIO()
    np.save(content, features)
    write_atomic(path, content.getvalue())
    return TrainingSamples(sets, table, features)


def training_image_sources(params: Params, data: StudyData) -> dict[str, ImageSource]:
    """The training images of a run by domain, without the randomness of training."""
    sources: dict[str, ImageSource] = {}
    train = training_set(params, data)
    if train.real is not None:
        sources["real"] = photograph_test_set(params, train.real)
    if train.synthetic is not None:
        renders = train.synthetic.renders
        true = [params.classes[label] for label in renders.labels]
        table = pd.DataFrame({"sample": renders.names, "true": true})
        sources[params.synthetic_domain] = _FixedAugmentation(table, train.synthetic, params)
    return sources


@dataclass(frozen=True)
class _FixedAugmentation:
    """Synthetic training samples under one fixed draw of the run's augmentation."""

    table: pd.DataFrame
    synthetic: SyntheticImages
    params: Params

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        ids, n = self.synthetic.renders.sample_ids[index], self.synthetic.n_draws
        u = uniforms(self.params.seed, "neighbours", ids=ids, n=n)
        return self.synthetic.images(index, u, self.params.image_size, device)


def _source_features(model: nn.Module, source: ImageSource, rows: np.ndarray) -> np.ndarray:
    device = next(model.parameters()).device
    starts = range(0, len(rows), BATCH_SIZE)
    title = "features of training samples"
    progress = progress_bar(starts, title=title, unit="batches", leave=False)
    batches = (source.images(rows[start : start + BATCH_SIZE], device) for start in progress)
    return batch_features(model, batches).astype(np.float16)
