"""How varied the objects of a class are, and which a model of real photographs knows (4.4.2, 7.3).

Two yardsticks, both a mean over pairs of images, 0 for equal ones:

- features: cosine distance of what the last layer of a trained model sees, in [0, 2];
- hash: share of the 64 bits of a perceptual hash that differ, in [0, 1]; 0.5 for unrelated images.

Renders are compared with the same fixed view of other instances of their class, on mid grey;
photographs with all others of their class. Those differ in scene and light too, so theirs is what
a class looks like in the world rather than how much its objects differ.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
import torch
from PIL import Image, ImageOps
from scipy.special import softmax
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

from synthlib.compositing.augmentation import normalise
from synthlib.evaluation.predictions import logits_and_classes
from synthlib.seeding import rng_for
from synthlib.utils.errors import file_errors

GREY = (128, 128, 128)
MAX_IMAGES_PER_CLASS = 30
"""Instances, or photographs, of a class that are compared at most."""


def render_variety(
    model: nn.Module, manifest: pd.DataFrame, store: Path, size: int
) -> pd.DataFrame:
    """Variety of a manifest's renders, generated objects and model files apart.

    Columns: class, source ("generated" or "model files"), n (instances), features, hash (NaN with
    fewer than two). A model file's own variations are left out; only the fixed views are compared.
    """
    fixed = manifest[manifest["kind"] == "deterministic"]
    generated = fixed["asset"] == "procedural"
    kept = fixed[generated | fixed["instance"].str.contains("-v0-", regex=False)]
    source = np.where(kept["asset"] == "procedural", "generated", "model files")
    rows = []
    for (cls, kind), part in kept.groupby(["class", source], sort=False):
        names = sorted(part["instance"].unique())[:MAX_IMAGES_PER_CLASS]
        part = part[part["instance"].isin(names)]
        images = [_paste_on_grey(store / file, size) for file in part["file"]]
        measured = _mean_pair_distances(model, images, part["view"].to_numpy())
        rows.append({"class": cls, "source": kind, "n": len(names), **measured})
    return pd.DataFrame(rows)


def photograph_variety(
    model: nn.Module, table: pd.DataFrame, root: Path, size: int
) -> pd.DataFrame:
    """Variety of `MOST` training photographs a class, in the columns of `of_renders`."""
    rows = []
    for cls, part in table[table["split"] == "train"].groupby("class", sort=False):
        order = rng_for(0, "diversity", str(cls)).permutation(len(part))[:MAX_IMAGES_PER_CLASS]
        images = []
        for name in part["sample"].iloc[order]:
            with file_errors(root / name, "read"), Image.open(root / name) as image:
                images.append(ImageOps.fit(image.convert("RGB"), (size, size)))
        measured = _mean_pair_distances(model, images, np.zeros(len(images), int))
        rows.append({"class": cls, "source": "photographs", "n": len(images), **measured})
    return pd.DataFrame(rows)


def variety_by_class(*tables: pd.DataFrame) -> pd.DataFrame:
    """One row a class: each yardstick of each source, and how many instances it rests on."""
    table = pd.concat(tables).pivot_table(
        index="class", columns="source", values=["features", "hash", "n"], sort=False, dropna=False
    )
    return table.sort_index(axis=1, level=0, sort_remaining=False)


def predict_on_grey(
    model: nn.Module, classes: Sequence[str], manifest: pd.DataFrame, store: Path, size: int
) -> pd.DataFrame:
    """What a model makes of every render on plain grey, filling the frame: the object without a
    scene to help or mislead. Columns as `by_instance` reads them: sample, true, logit_<class>."""
    device, found = next(model.parameters()).device, []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(manifest), 128):
            files = manifest["file"].iloc[start : start + 128]
            batch = _to_batch([_paste_on_grey(store / file, size) for file in files], device)
            found.append(model(batch).float().cpu())
    logits = pd.DataFrame(torch.cat(found).numpy(), columns=[f"logit_{c}" for c in classes])
    sample = manifest["file"].str.removesuffix(".png").to_numpy()
    return logits.assign(sample=sample, true=manifest["class"].to_numpy())


def accuracy_by_instance(predictions: pd.DataFrame) -> pd.DataFrame:
    """How often each instance's views were recognised, worst first.

    Columns: class, instance, top1 (percent), probability (percent, that its class has on average,
    which orders those of one top1), n (views), taken_for (the most frequent wrong class).
    predictions: rows of one synthetic test set (samples are `<class>/<instance>/<view>`).
    """
    logits, classes = logits_and_classes(predictions)
    guess = pd.Series(np.array(classes)[logits.argmax(axis=1)], predictions.index)
    parts = predictions["sample"].str.split("/", expand=True)
    table = pd.DataFrame({"class": parts[0], "instance": parts[1], "guess": guess})
    table["right"] = table["guess"] == table["class"]
    likely = softmax(logits, axis=1)
    table["likely"] = likely[np.arange(len(table)), table["class"].map(classes.index)]

    groups = table.groupby(["class", "instance"])
    counted = groups.agg(
        top1=("right", "mean"), probability=("likely", "mean"), n=("right", "size")
    )
    mistakes = table[~table["right"]].groupby(["class", "instance"])["guess"]
    counted["taken_for"] = mistakes.agg(lambda names: names.mode().iloc[0])
    counted[["top1", "probability"]] *= 100
    order = ["top1", "probability"]
    return counted.fillna({"taken_for": ""}).sort_values(order, kind="stable").reset_index()


def _mean_pair_distances(
    model: nn.Module, images: Sequence[Image.Image], groups: np.ndarray
) -> dict:
    """Mean distances of pairs within a group, each group weighing the same."""
    directions = _extract_features(model, images)
    hashes = np.array([imagehash.phash(image.convert("L")).hash.ravel() for image in images])
    features, bits = [], []
    for group in np.unique(groups):
        index = np.flatnonzero(groups == group)
        pairs = np.array(list(combinations(index, 2)))
        if len(pairs):
            one, two = pairs.T
            features.append(1.0 - (directions[one] * directions[two]).sum(axis=1).mean())
            bits.append((hashes[one] != hashes[two]).mean())
    if not features:
        return {"features": np.nan, "hash": np.nan}
    return {"features": float(np.mean(features)), "hash": float(np.mean(bits))}


def _extract_features(model: nn.Module, images: Sequence[Image.Image]) -> np.ndarray:
    """float (N, D): unit vectors, the input of the model's last layer."""
    body = create_feature_extractor(model.eval(), ["flatten"])
    device = next(model.parameters()).device
    found: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(images), 128):
            batch = _to_batch(images[start : start + 128], device)
            found.append(body(batch)["flatten"].float().cpu())
    values = torch.cat(found)
    return nn.functional.normalize(values, dim=1).numpy()


def _to_batch(images: Sequence[Image.Image], device: torch.device) -> Tensor:
    """float32 (N, 3, H, W), normalised: RGB images of one size."""
    batch = torch.from_numpy(np.stack([np.asarray(image) for image in images])).to(device)
    return normalise(batch.permute(0, 3, 1, 2) / 255.0)


def _paste_on_grey(file: Path, size: int) -> Image.Image:
    with file_errors(file, "read"), Image.open(file) as image:
        sheet = Image.new("RGB", image.size, GREY)
        sheet.paste(image, mask=image.getchannel("A"))
    return sheet.resize((size, size), Image.Resampling.LANCZOS)
