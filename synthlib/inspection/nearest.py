"""The training samples that a model finds most like a test sample, by its last layer's features.

Training samples are shown to the model once: photographs cropped in the middle as in a test,
renders by one draw of the training's augmentation (which itself draws anew every epoch).
Features are kept in `outputs/cache/features/`, named by the run and its weights.
"""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor
from tqdm import tqdm

from synthlib.compositing.augmentation import normalise
from synthlib.data.datasets import photograph_test_set, training_set
from synthlib.data.prepare import StudyData
from synthlib.data.samples import SyntheticImages
from synthlib.inspection.test_images import ImageSource
from synthlib.params import Params
from synthlib.runs import Run
from synthlib.seeding import rng_for, uniforms
from synthlib.utils.files import digest, write_atomic

MAX_SAMPLES_PER_DOMAIN = 20_000
"""Training samples of a domain that are compared at most, drawn by the run's seed."""

_BATCH_SIZE = 128


@dataclass(frozen=True)
class TrainingSamples:
    """What a run trained on, as pictures: `sets` by domain, and the features of all of them:
    `table` (domain, sample, class) and `features`, float16 (N, D), unit vectors."""

    sets: dict[str, ImageSource]
    table: pd.DataFrame
    features: np.ndarray

    def nearest(self, features: np.ndarray, n: int = 8) -> pd.DataFrame:
        """The n training samples nearest to a sample's `features` (D,): domain, sample, class and
        similarity (cosine, in [-1, 1]), nearest first."""
        blocks = range(0, len(self.features), 8192)  # float32 is far faster than float16
        likeness = np.concatenate(
            [self.features[start : start + 8192].astype(np.float32) @ features for start in blocks]
        )
        order = np.argsort(-likeness, kind="stable")[:n]
        return self.table.iloc[order].assign(similarity=likeness[order]).reset_index(drop=True)


def load_training_samples(run: Run, model: nn.Module, sources: StudyData) -> TrainingSamples:
    """The features of a run's training samples, from the cache or computed now with a bar."""
    sets = training_image_sources(run, sources)
    parts: list[pd.DataFrame] = []
    names: dict[str, np.ndarray] = {}
    for domain, found in sets.items():
        order = rng_for(run.params.seed, "neighbours", domain).permutation(len(found.table))
        names[domain] = np.sort(order[:MAX_SAMPLES_PER_DOMAIN])
        rows = found.table.iloc[names[domain]]
        parts.append(pd.DataFrame({"domain": domain, "sample": rows["sample"]}).assign(
            **{"class": rows["true"]}))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    weights = hashlib.sha256((run.folder / "model.safetensors").read_bytes()).hexdigest()
    key = digest([run.folder.name, weights, table.values.tolist()])
    path = run.params.output_dir / "cache" / "features" / f"{run.folder.name}-{key}.npy"
    if path.exists():
        return TrainingSamples(sets, table, np.load(path, mmap_mode="r"))
    found = np.concatenate(
        [_extract_all(model, sets[domain], rows) for domain, rows in names.items()]
    )
    content = io.BytesIO()
    np.save(content, found)
    write_atomic(path, content.getvalue())
    return TrainingSamples(sets, table, found)


def training_image_sources(run: Run, sources: StudyData) -> dict[str, ImageSource]:
    """A run's training samples by domain, as pictures that stay the same."""
    params, found = run.params, {}
    data = training_set(params, sources)
    if data.real is not None:
        found["real"] = photograph_test_set(params, data.real)
    if data.synthetic is not None:
        names, labels = data.synthetic.renders.names, data.synthetic.renders.labels
        true = [params.classes[label] for label in labels]
        table = pd.DataFrame({"sample": names, "true": true})
        found[params.synthetic_domain] = _FixedAugmentation(table, data.synthetic, params)
    return found


@dataclass(frozen=True)
class _FixedAugmentation:
    """Synthetic training samples as one draw of the run's own augmentation shows them."""

    table: pd.DataFrame
    synthetic: SyntheticImages
    params: Params

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1]."""
        ids, n = self.synthetic.renders.sample_ids[index], self.synthetic.n_draws
        u = uniforms(self.params.seed, "neighbours", ids=ids, n=n)
        return self.synthetic.images(index, u, self.params.image_size, device)


def extract_features(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """float32 (n, D): unit vectors, the input of the model's last layer, of uint8 (n, H, W, 3)."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2) / 255.0
    return _batch_features(model, normalise(pixels))


def _extract_all(model: nn.Module, data: ImageSource, rows: np.ndarray) -> np.ndarray:
    device, found = next(model.parameters()).device, []
    starts = range(0, len(rows), _BATCH_SIZE)
    for start in tqdm(starts, desc="features of training samples", leave=False, mininterval=1):
        found.append(
            _batch_features(
                model, normalise(data.images(rows[start : start + _BATCH_SIZE], device))
            )
        )
    return np.concatenate(found).astype(np.float16)


def _batch_features(model: nn.Module, batch: torch.Tensor) -> np.ndarray:
    body = create_feature_extractor(model.eval(), ["flatten"])
    with torch.inference_mode():
        values = body(batch.to(next(model.parameters()).device))["flatten"].float()
    return nn.functional.normalize(values, dim=1).cpu().numpy()
