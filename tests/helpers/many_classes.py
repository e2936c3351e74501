"""An explorer of two runs on 17 classes: made-up predictions of drawn images, without a model."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch

from synthlib import inspection, params
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.test_images import ImageCache
from synthlib.seeding import rng_for
from synthlib.training.models import build_model
from synthlib.widgets.explorer import Explorer

PER_CLASS = 30
SIDE = 64


class DrawnImages:
    """Stripes whose number, colour and angle depend on the row."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def images(self, index: np.ndarray, device: torch.device) -> torch.Tensor:
        y, x = np.mgrid[:SIDE, :SIDE] / SIDE
        rows = []
        for i in index:
            rng = rng_for(int(i), "drawn")
            angle, color = rng.uniform(0, np.pi), rng.uniform(0.2, 1, (3, 1, 1))
            wave = np.sin(rng.integers(8, 30) * (x * np.cos(angle) + y * np.sin(angle)))
            rows.append(color * (0.6 + 0.4 * wave))
        return torch.tensor(np.stack(rows), dtype=torch.float32)


class MadeUpRun(RunInspector):
    """A run with made-up predictions, activation maps, features and training samples.

    Args:
        folder: Folder of outputs.
        experiment: Name of the run.
        strength: Mean logit of the true class; others have 0.
    """

    def __init__(self, folder: Path, experiment: str, strength: float) -> None:
        p = params.load("thesis", experiment, outputs=str(folder))
        self.run = SimpleNamespace(params=p, folder=folder / experiment)
        self.predictions = made_up_predictions(p.classes, experiment, strength)
        self.table = inspection.build_sample_table(self.predictions)
        self.model = build_model("resnet18", len(p.classes), 0)
        self.test_images = ImageCache(lambda: {"real": DrawnImages(self.table)})

    def saliency_overlay(self, row: int, image: np.ndarray, target_class: str = "") -> np.ndarray:
        return np.clip(image.astype(int) + np.array([60, 0, 0]), 0, 255).astype(np.uint8)

    def nearest_training_samples(self, image: np.ndarray, n: int = 8) -> pd.DataFrame:
        images = self.test_images.images("real", self.table["sample"].tolist()[:n])
        names = [f"imagenet/train/{i}.JPEG" for i in range(n)]
        table = pd.DataFrame({"domain": "real", "sample": names, "image": list(images)})
        return table.assign(similarity=np.linspace(1, 0, n), **{"class": self.params.classes[:n]})


def made_up_predictions(classes: list[str], name: str, strength: float) -> pd.DataFrame:
    true = np.repeat(np.arange(len(classes)), PER_CLASS)
    rng = rng_for(0, "made up", name)
    logits = rng.normal(0, 1, (len(true), len(classes)))
    logits[np.arange(len(true)), true] += strength
    logits[np.arange(len(true)), (5 * true + 3) % len(classes)] += 1
    table = pd.DataFrame(logits.astype(np.float32), columns=[f"logit_{c}" for c in classes])
    table.insert(0, "test_set", "real")
    samples = [
        f"imagenet/val/{classes[k]}/{classes[k]}_{i % PER_CLASS}.JPEG" for i, k in enumerate(true)
    ]
    names = [classes[k] for k in true]
    return table.assign(sample=samples, true=names, background="", placement="", sample_seed=0)


def explorer_of_many_classes(folder: Path) -> Explorer:
    runs = MadeUpRun(folder, "baseline", 2.0), MadeUpRun(folder, "mixed_synth100", 2.5)
    return Explorer(*runs, {run.name: run.run.folder for run in runs})
