"""Small data for tests: photographs and renders that a model can learn, without Blender.

Each class is a shape in a colour: bars, discs and squares on noise.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from synthlib import photographs
from synthlib.classes import select_classes
from synthlib.data.datasets import training_set
from synthlib.data.packs import build_or_open_pack
from synthlib.data.prepare import StudyData, render_sides
from synthlib.data.preprocess import crop_centre_square, crop_to_alpha, resize_shorter_side
from synthlib.data.study_tables import table_digest
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.params import Params, validate_params
from synthlib.photographs.photographs import photograph_side
from synthlib.seeding import rng_for

CLASSES = ["banana", "basketball", "backpack"]
COLORS = {"banana": (240, 220, 40), "basketball": (230, 100, 20), "backpack": (30, 60, 200)}


LAYER_PER_DOMAIN = {
    "protocol": "tuned",
    "steps": 8,
    "phase_ends": [0.5, 1.0],
    "phase_real_shares": [0.0, 0.5],
    "separate_last_layers": True,
}
"""Parameters of a mixed run whose photographs come at step 4, with a last layer for each domain."""


def micro_params(outputs: Path, **overrides) -> Params:
    """Parameters of a run that takes seconds; `overrides` replace single values."""
    values = {
        "scale": "micro",
        "experiment": "mixed",
        "classes": CLASSES,
        "outputs": str(outputs),
        "real_fraction": 1.0,
        "synthetic_fraction": 1.0,
        "image_size": 32,
        "architecture": "resnet18",
        "epochs": 2,
        "lr_decay_every": 1,
        "batch_size": 16,
        "matched_steps": 5,
        "matched_decay_every": 3,
        "test_sets": ["real", "synthetic_bg"],
        "missing_scenes": "any",
    }
    return validate_params(values | overrides)


def object_image(cls: str, size: int, seed: int) -> np.ndarray:
    """The class's shape in its colour on a transparent background, uint8 (size, size, 4)."""
    rng = rng_for(seed, "object", cls)
    y, x = np.mgrid[:size, :size] / size - 0.5
    radius = rng.uniform(0.25, 0.45)
    shape = {
        "banana": (abs(y) < radius / 3) & (abs(x) < radius),
        "basketball": x**2 + y**2 < radius**2,
        "backpack": (abs(x) < radius) & (abs(y) < radius),
    }[cls]
    image = np.zeros((size, size, 4), np.uint8)
    image[shape, :3] = np.clip(np.array(COLORS[cls]) + rng.integers(-20, 20, 3), 0, 255)
    image[shape, 3] = 255
    return image


def write_photographs(root: Path, *, train: int = 12, val: int = 6, scenes: int = 6) -> Path:
    """Write folders like those of ImageNet and Places below `root`.

    Photographs are objects on noise, backgrounds are noise; `train`, `val` and `scenes` are numbers
    per class and per scene category.
    """
    for cls in select_classes(CLASSES):
        for split, n in (("train", train), ("val", val)):
            folder = root / "imagenet" / split / cls.synset
            folder.mkdir(parents=True)
            for i in range(n):
                image = object_image(cls.name, 40, i if split == "train" else 1000 + i)
                noise = rng_for(i, split, cls.name).integers(0, 160, (40, 48, 3), dtype=np.uint8)
                photograph = Image.fromarray(noise)
                photograph.paste(Image.fromarray(image), (4, 0), Image.fromarray(image[..., 3]))
                photograph.save(folder / f"{cls.synset}_{i}.JPEG", quality=90)
    for category in ("kitchen", "living_room"):
        folder = root / "places" / category
        folder.mkdir(parents=True)
        for i in range(scenes):
            scene = rng_for(i, "scene", category).integers(0, 160, (48, 40, 3), dtype=np.uint8)
            Image.fromarray(scene).save(folder / f"{i:04d}.jpg", quality=90)
    return root


def make_study_data(folder: Path, params: Params) -> StudyData:
    """Study data as `prepare.prepare_data` returns it, with drawn shapes instead of renders.

    Photographs are in `folder/data`, renders in `folder/store`.
    """
    root = folder / "data"
    if not root.exists():
        write_photographs(root)
    classes = select_classes(CLASSES)
    scanned = photographs.scan_photographs(root, classes, dev_per_class=2, data_seed=0)
    backgrounds = photographs.scan_backgrounds(root, classes, missing_scenes="any", data_seed=0)
    renders = write_renders(folder / "store")
    packs = folder / "packed"

    def packed(base: Path, table: pd.DataFrame, column: str, transform, recipe: str, mode="RGB"):
        files, hashes = [base / name for name in table[column]], list(table["sha256"])
        return build_or_open_pack(
            packs, files, hashes, transform=transform, recipe=recipe, mode=mode
        )

    return StudyData(
        scanned,
        packed(root, scanned.table, "sample", resize_shorter_side(37), "shorter"),
        renders,
        tuple(
            packed(folder / "store", renders, "file", crop_to_alpha(side), f"cutout{side}", "RGBA")
            for side in render_sides(params)
        ),
        backgrounds,
        {
            side: packed(
                root, backgrounds.table, "sample", crop_centre_square(side), f"square{side}"
            )
            for side in (params.image_size, photograph_side(params.image_size))
        },
        {"renders": table_digest(renders, "file")},
    )


def make_synthetic_images(folder: Path, **overrides) -> tuple[SyntheticImages, Params]:
    """The synthetic training images of a run of `micro_params(**overrides)`, and its parameters."""
    params = micro_params(folder / "outputs", data_root=str(folder / "data"), **overrides)
    synthetic = training_set(params, make_study_data(folder, params)).synthetic
    assert synthetic is not None
    return synthetic, params


def write_renders(store: Path, instances: int = 5, views: int = 3) -> pd.DataFrame:
    """Write a store of drawn renders; the manifest's rows. The last instance is for testing."""
    rows = []
    for cls in CLASSES:
        for i in range(instances):
            for view in range(views):
                file = f"{cls}/p{i:04d}/{view:02d}.png"
                (store / file).parent.mkdir(parents=True, exist_ok=True)
                image = object_image(cls, 48, 100 * i + view)
                Image.fromarray(image).save(store / file)
                split = "test" if i == instances - 1 else "train"
                row = {"class": cls, "instance": f"p{i:04d}", "view": view, "split": split}
                row |= {"file": file, "sha256": file}
                row |= {"asset": "procedural", "source": "synthlib", "licence": "MIT"}
                row |= {"coverage": float((image[..., 3] > 0).mean())}
                rows.append(row | {"left": 2, "top": 2, "right": 46, "bottom": 46})
    return pd.DataFrame(rows)
