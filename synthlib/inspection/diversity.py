"""Variety of the objects of a class, and accuracy per object (4.4.2, 7.3).

Variety is measured in two ways, each a mean over pairs of images, 0 for equal ones:

- features: cosine distance of a trained model's features (`features`), in [0, 2];
- hash: fraction of the 64 bits of a perceptual hash that differ, in [0, 1]; 0.5 for unrelated
  images.

Renders are compared with the same fixed view of other instances of their class, on mid grey;
photographs with all others of their class. Those differ in background and light as well, so their
variety is that of a class in the world rather than that of its objects alone.
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

from synthlib.compositing.augmentation import normalise
from synthlib.evaluation.predictions import logits_and_classes
from synthlib.inspection.features import BATCH_SIZE, extract_features, to_batch
from synthlib.seeding import rng_for
from synthlib.utils.errors import file_errors

GREY = (128, 128, 128)
MAX_IMAGES_PER_CLASS = 30
"""Maximum number of instances, or photographs, of a class that are compared."""


def render_variety(
    model: nn.Module, manifest: pd.DataFrame, store: Path, size: int
) -> pd.DataFrame:
    """Variety of renders per class, of generated objects and of model files.

    Only the fixed views are compared. Variations of a model file are left out.

    Args:
        model: Model whose features are compared.
        manifest: Rows of the renders to compare.
        store: Folder of the renders.
        size: Side in px at which the model sees them.

    Returns:
        Columns class, source ("generated" or "model files"), n (instances), features, hash (both
        NaN with fewer than two instances).
    """
    views = manifest[manifest["kind"] == "deterministic"]
    generated = views["asset"] == "procedural"
    views = views[generated | views["instance"].str.contains("-v0-", regex=False)]
    sources = np.where(views["asset"] == "procedural", "generated", "model files")
    rows = []
    for (cls, source), part in views.groupby(["class", sources], sort=False):
        names = sorted(part["instance"].unique())[:MAX_IMAGES_PER_CLASS]
        part = part[part["instance"].isin(names)]
        images = [_paste_on_grey(store / file, size) for file in part["file"]]
        distances = _mean_pair_distances(model, images, part["view"].to_numpy())
        rows.append({"class": cls, "source": source, "n": len(names), **distances})
    return pd.DataFrame(rows)


def photograph_variety(
    model: nn.Module, table: pd.DataFrame, root: Path, size: int
) -> pd.DataFrame:
    """Variety of up to `MAX_IMAGES_PER_CLASS` training photographs per class.

    Args:
        model: Model whose features are compared.
        table: Photographs, with the columns class, split and sample.
        root: Data root that `sample` is relative to.
        size: Side in px at which the model sees them.

    Returns:
        The columns of `render_variety`; the source is "photographs".
    """
    rows = []
    for cls, part in table[table["split"] == "train"].groupby("class", sort=False):
        order = rng_for(0, "diversity", str(cls)).permutation(len(part))[:MAX_IMAGES_PER_CLASS]
        images = []
        for name in part["sample"].iloc[order]:
            with file_errors(root / name, "read"), Image.open(root / name) as image:
                images.append(ImageOps.fit(image.convert("RGB"), (size, size)))
        distances = _mean_pair_distances(model, images, np.zeros(len(images), int))
        rows.append({"class": cls, "source": "photographs", "n": len(images), **distances})
    return pd.DataFrame(rows)


def variety_by_class(*tables: pd.DataFrame) -> pd.DataFrame:
    """One row per class: both measures and the number of instances, by source."""
    table = pd.concat(tables).pivot_table(
        index="class", columns="source", values=["features", "hash", "n"], sort=False, dropna=False
    )
    return table.sort_index(axis=1, level=0, sort_remaining=False)


def predict_on_grey(
    model: nn.Module, classes: Sequence[str], manifest: pd.DataFrame, store: Path, size: int
) -> pd.DataFrame:
    """Predictions for renders that fill a plain grey frame, with no background to help or mislead.

    Args:
        model: A trained model.
        classes: Its classes, in the order of its outputs.
        manifest: Rows of the renders.
        store: Folder of the renders.
        size: Side in px at which the model sees them.

    Returns:
        One row per render, with the columns sample, true and logit_<class>.
    """
    device = next(model.parameters()).device
    parts: list[Tensor] = []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(manifest), BATCH_SIZE):
            files = manifest["file"].iloc[start : start + BATCH_SIZE]
            batch = to_batch([_paste_on_grey(store / file, size) for file in files])
            parts.append(model(normalise(batch.to(device))).float().cpu())
    logits = pd.DataFrame(torch.cat(parts).numpy(), columns=[f"logit_{c}" for c in classes])
    sample = manifest["file"].str.removesuffix(".png").to_numpy()
    return logits.assign(sample=sample, true=manifest["class"].to_numpy())


def accuracy_by_instance(predictions: pd.DataFrame) -> pd.DataFrame:
    """Accuracy over the views of each instance, lowest first.

    Args:
        predictions: Rows of one synthetic test set, or of `predict_on_grey` (samples are
            `<class>/<instance>/<view>`).

    Returns:
        Columns class, instance, top1 (percent), probability (mean probability of the true class in
        percent, which orders instances of equal top1), n (views) and taken_for (the most frequent
        wrong prediction, or empty).
    """
    logits, classes = logits_and_classes(predictions)
    parts = predictions["sample"].str.split("/", expand=True)
    table = pd.DataFrame({"class": parts[0], "instance": parts[1]})
    table["predicted"] = np.array(classes)[logits.argmax(axis=1)]
    table["correct"] = table["predicted"] == table["class"]
    labels = table["class"].map(classes.index)
    table["probability"] = softmax(logits, axis=1)[np.arange(len(table)), labels]

    keys = ["class", "instance"]
    accuracy = table.groupby(keys).agg(
        top1=("correct", "mean"), probability=("probability", "mean"), n=("correct", "size")
    )
    accuracy[["top1", "probability"]] *= 100
    mistakes = table[~table["correct"]].groupby(keys)["predicted"]
    accuracy["taken_for"] = mistakes.agg(lambda names: names.mode().iloc[0])
    order = ["top1", "probability"]
    return accuracy.fillna({"taken_for": ""}).sort_values(order, kind="stable").reset_index()


def _mean_pair_distances(
    model: nn.Module, images: Sequence[Image.Image], groups: np.ndarray
) -> dict[str, float]:
    """Mean distances of the pairs within a group, with equal weight for each group."""
    features = extract_features(model, images)
    hashes = np.array([imagehash.phash(image.convert("L")).hash.ravel() for image in images])
    feature_distances, hash_distances = [], []
    for group in np.unique(groups):
        pairs = np.array(list(combinations(np.flatnonzero(groups == group), 2)))
        if len(pairs):
            a, b = pairs.T
            feature_distances.append(1.0 - (features[a] * features[b]).sum(axis=1).mean())
            hash_distances.append((hashes[a] != hashes[b]).mean())
    if not feature_distances:
        return {"features": np.nan, "hash": np.nan}
    return {"features": float(np.mean(feature_distances)), "hash": float(np.mean(hash_distances))}


def _paste_on_grey(file: Path, size: int) -> Image.Image:
    with file_errors(file, "read"), Image.open(file) as image:
        sheet = Image.new("RGB", image.size, GREY)
        sheet.paste(image, mask=image.getchannel("A"))
    return sheet.resize((size, size), Image.Resampling.LANCZOS)
