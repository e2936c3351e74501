"""Fake finished runs: folders and predictions without any training."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from synthlib import params as parameters
from synthlib.classes import CLASSES
from synthlib.params import SCHEMA_VERSION, Params
from synthlib.runs import describe_training_data
from synthlib.seeding import rng_for

N_REAL, N_SYNTHETIC = 2730, 4368
"""Numbers of training images of a complete domain at the scale `tiny`."""

DATA_DIGESTS = {
    "photographs": "f0f0f0",
    "renders": "abcabc",
    "backgrounds": "bdbdbd",
    "recipe": "cecece",
}
"""Digests of the data of fake runs."""


def write_fake_run(
    outputs: Path,
    experiment: str,
    top1: float,
    *,
    scale: str = "tiny",
    protocol: str = "thesis",
    seed: int = 0,
    n: int = 50,
    steps: int = 1000,
    bn_real: float | None = None,
    **overrides,
) -> Path:
    """Write a finished run of exactly the given accuracy in every class.

    Args:
        outputs: Outputs folder.
        experiment: Experiment; its file gives the test sets.
        top1: Percent of correct images of each class; which ones depends on the seed.
        scale: Scale.
        protocol: Training protocol.
        seed: Training seed.
        n: Number of images per class and test set.
        steps: Number of training steps.
        bn_real: Percent of correct images with batch-norm statistics of real photographs; None: the
            run has no such predictions.
        **overrides: Parameters that replace those of the files.

    Returns:
        The run's folder.
    """
    overrides |= {"protocol": protocol, "seed": seed, "outputs": str(outputs)}
    p = parameters.load(scale, experiment, **overrides)
    digest = rng_for(seed, experiment, protocol).bytes(6).hex()
    folder = p.experiment_dir / f"seed{seed}-{digest[:8]}"
    folder.mkdir(parents=True)
    counts = training_counts(p, steps)
    table = pd.concat(
        [fake_predictions(p, name, top1, n) for name in p.test_sets], ignore_index=True
    )
    if bn_real is not None:
        again = pd.concat([fake_predictions(p, name, bn_real, n) for name in p.test_sets])
        second = again.filter(regex="^logit_").add_prefix("bn_real_").reset_index(drop=True)
        table = pd.concat([table, second], axis=1)
    table.to_parquet(folder / "predictions.parquet", index=False)
    (folder / "params.yaml").write_text(yaml.safe_dump(p.model_dump()))
    summary = counts | {"label": describe_training_data(p, counts), "seed": seed, "data_seed": 0}
    measured = {"counts": summary | {"stand_in": p.stand_in}}
    measured["test_sets"] = {key: {"top1": top1} for key in p.test_sets}
    (folder / "metrics.json").write_text(json.dumps(measured))
    ended = f"2026-01-01T00:00:{seed:02d}+0000"
    status = {
        "state": "done",
        "schema": SCHEMA_VERSION,
        "digest": digest,
        "data": DATA_DIGESTS,
        "ended": ended,
    }
    (folder / "status.json").write_text(json.dumps(status))
    environment = {"device": "cpu", "cores": 2, "seconds": {"training": 100.0, "testing": 2.0}}
    (folder / "environment.json").write_text(json.dumps(environment))
    fake_log(p, top1).to_csv(folder / "log.csv", index=False)
    return folder


def training_counts(params: Params, steps: int) -> dict[str, int | float]:
    """Numbers of training images, steps and epochs, as in `metrics.json`."""
    n_real = round(params.real_fraction * N_REAL)
    n_synthetic = round(params.synthetic_fraction * N_SYNTHETIC)
    epochs = {"real_epochs": 20.0 * (n_real > 0), "synthetic_epochs": 20.0 * (n_synthetic > 0)}
    counts = {"n_real": n_real, "n_synthetic": n_synthetic, "steps": steps}
    return counts | {"images_seen": 64 * steps} | epochs


def fake_predictions(params: Params, test_set: str, top1: float, n: int) -> pd.DataFrame:
    """n images per class, `top1` percent of them correct; the others are predicted as the next."""
    rng = rng_for(params.seed, params.experiment, test_set)
    frames = []
    for i, cls in enumerate(params.classes):
        correct = np.zeros(n, bool)
        correct[rng.permutation(n)[: round(n * top1 / 100)]] = True
        predicted = np.where(correct, i, (i + 1) % len(params.classes))
        logits = rng.normal(0, 0.1, (n, len(params.classes)))
        logits[np.arange(n), predicted] += 5
        synset = CLASSES[cls].synset
        names = [f"imagenet/val/{synset}/{j}.JPEG" for j in range(n)]
        if test_set.startswith("synthetic"):
            names = [f"{cls}/p{j // 26:04d}/{j % 26:02d}" for j in range(n)]
        about = {
            "test_set": test_set,
            "sample": names,
            "true": cls,
            "background": "places/kitchen/0001.jpg" if test_set == "synthetic_bg" else None,
            "placement": None,
            "sample_seed": 0,
        }
        columns = {f"logit_{name}": logits[:, k] for k, name in enumerate(params.classes)}
        frames.append(pd.DataFrame(about | columns))
    return pd.concat(frames, ignore_index=True)


def fake_log(params: Params, top1: float) -> pd.DataFrame:
    """A log of ten epochs, with the columns that training writes."""
    epoch = np.arange(1, 11)
    reached = (top1 + (100 - top1) * 0.6) * (1 - np.exp(-epoch / 3))
    return pd.DataFrame(
        {
            "round": epoch,
            "step": epoch * 100,
            "learning_rate": 0.01,
            "train_loss": 2 * np.exp(-epoch / 4),
            "train_top1_real": reached if params.real_fraction else np.nan,
            "train_top1_synthetic": reached * 1.02 if params.synthetic_fraction else np.nan,
        }
    )


REAL_ONLY_TOP1 = {"real3": 20, "real16": 30, "real33": 40, "baseline": 60}
MIXED_TOP1 = {"mixed_real3": 30, "mixed_real16": 44, "mixed_real33": 50, "mixed_synth100": 70}


def write_fake_curves(outputs: Path, seeds: int = 1, **top1: float) -> None:
    """Finished runs of both learning curves; `top1` adds experiments or changes their accuracy."""
    for name, value in (REAL_ONLY_TOP1 | MIXED_TOP1 | top1).items():
        for seed in range(seeds):
            write_fake_run(outputs, name, value, seed=seed)
