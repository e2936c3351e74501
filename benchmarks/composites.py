"""Composites per second: batches of synthlib compared with one image at a time in Pillow.

    python benchmarks/composites.py [--size 64 224] [--rounds 5]

Both apply the thesis's merge (5.1) with its affine augmentation (5.2), resize to the input size,
convert to tensors and normalise. The per-image method is a `Dataset` of torchvision's PIL
transforms in a `DataLoader` with 2 workers, reading PNG renders and JPEG backgrounds; synthlib
reads its packs and computes in one process, with 1 thread (as in a run on 2 cores, see
`devices.reserve_one_core`) and with 2, and with 1 thread also with options of composites beyond the
thesis's: blending, storage as photographs, squares of backgrounds. They use the same files and
cores, in turn.
"""

import argparse
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

import fake_data
import harness
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from synthlib.compositing import augmentation
from synthlib.data.backgrounds import BackgroundSampler
from synthlib.data.batch_sampler import BatchSampler
from synthlib.data.datasets import TrainingSet
from synthlib.data.packs import Pack, build_or_open_pack
from synthlib.data.preprocess import crop_centre_square, crop_to_alpha, resize_shorter_side
from synthlib.data.samples import ImageSet
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.photographs.photographs import photograph_side
from synthlib.photographs.storage import read_image_storage
from synthlib.seeding import sample_ids
from synthlib.utils.allocator import keep_freed_memory

BATCH, CORES, N_IMAGES = 64, 2, 256
RENDER_SIDE = {64: 128, 224: 512}  # px, of the scales `tiny` and `thesis`
SCENE_SIDE = 256  # px, as Places gives them


class PillowComposites(Dataset):
    """The reference: affine, rotation, scaling to fit, pasting at random, resizing, tensor."""

    def __init__(self, renders: list[Path], scenes: list[Path], size: int) -> None:
        self.renders, self.scenes = renders, scenes
        bilinear = v2.InterpolationMode.BILINEAR
        self.affine = v2.RandomAffine((0, 180), (1 / 3, 1 / 3), (0.1, 1.0), interpolation=bilinear)
        self.to_input = v2.Compose(
            [
                v2.Resize((size, size)),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(list(augmentation.IMAGENET_MEAN), list(augmentation.IMAGENET_STD)),
            ]
        )

    def __len__(self) -> int:
        return 10**6

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        rng = np.random.default_rng(index)
        with Image.open(self.renders[index % len(self.renders)]) as file:
            canvas = self.affine(file.convert("RGBA"))
        with Image.open(self.scenes[rng.integers(len(self.scenes))]) as file:
            scene = file.convert("RGB")
        turned = canvas.rotate(rng.uniform(0, 360), Image.Resampling.BILINEAR, expand=True)
        side = round(min(scene.size) * rng.uniform(0.5, 1))
        turned = turned.resize((side, side), Image.Resampling.BILINEAR)
        corner = (rng.integers(scene.width - side + 1), rng.integers(scene.height - side + 1))
        scene.paste(turned, corner, turned)
        return self.to_input(scene), index % 17


def make_pack(folder: Path, files: list[Path], transform, recipe: str, mode: str = "RGB") -> Pack:
    """Pack of the given files."""
    hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return build_or_open_pack(folder, files, hashes, transform=transform, recipe=recipe, mode=mode)


def synthetic_training_set(
    folder: Path, renders: list[Path], scenes: list[Path], size: int, batch: int = BATCH
) -> TrainingSet:
    """As `datasets.training_set` makes it for `synthetic_bg` under the thesis's augmentation."""
    side = photograph_side(size)
    packs = [
        make_pack(folder, renders, crop_to_alpha(s), f"cutout{s}", "RGBA")
        for s in (side, round(side / 2), round(side / 4))
    ]
    names = np.array([file.name for file in renders], object)
    objects = ImageSet(
        packs[0],
        names,
        np.zeros(len(renders), np.int64),
        np.arange(len(renders)),
        sample_ids(list(names)),
        names,
        tuple(packs[1:]),
    )
    behind = make_pack(folder, scenes, crop_centre_square(size), f"square{size}")
    rows = [[np.arange(len(scenes))]]
    titles = np.array([file.name for file in scenes], object)
    preset = augmentation.THESIS_SYNTHETIC
    return TrainingSet(
        BatchSampler(0, len(renders), batch, 10**6, len(renders) // batch, 0),
        size,
        None,
        augmentation.THESIS_REAL,
        SyntheticImages(
            objects,
            BackgroundSampler({size: behind}, titles, titles, rows),
            np.array([False]),
            preset,
            augmentation.THESIS_SYNTHETIC_NOBG,
        ),
    )


def with_options(data: TrainingSet, folder: Path, scenes: list[Path]) -> dict[str, TrainingSet]:
    """The training set with options of composites beyond the thesis's, one at a time and all."""
    synthetic = data.synthetic
    assert synthetic is not None
    assert synthetic.backgrounds is not None
    storage = read_image_storage(scenes[0].parent, [path.name for path in scenes])
    storage = replace(storage, sides=np.full(len(storage), data.size))
    largest = round(2 * data.size)  # twice the side of the smallest square's, a quarter of the area
    uncut = make_pack(folder, scenes, resize_shorter_side(largest), f"shorter{largest}")
    backgrounds = replace(synthetic.backgrounds, uncut=uncut, crop_area=(0.25, 1.0))
    options = {
        "random blending": {"blending": "random"},
        "stored as photographs": {"storage": storage},
        "squares of backgrounds": {"backgrounds": backgrounds},
    }
    options["all three"] = {key: value for one in options.values() for key, value in one.items()}
    return {
        name: replace(data, synthetic=replace(synthetic, **option))
        for name, option in options.items()
    }


def main() -> None:
    """Measure, and print one table per size and the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", type=int, nargs="+", default=[64, 224])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    keep_freed_memory()
    results = {}
    for size in args.size:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            renders = fake_data.write_renders(folder / "renders", N_IMAGES, RENDER_SIDE[size])
            scenes = fake_data.write_photographs(
                folder / "scenes", N_IMAGES, (SCENE_SIDE, SCENE_SIDE)
            )
            loader = DataLoader(PillowComposites(renders, scenes, size), BATCH, num_workers=CORES)
            data = synthetic_training_set(folder / "packed", renders, scenes, size)
            contenders = {
                "Pillow, DataLoader, 2 workers": harness.loader_contender(loader, 2 * CORES, 6),
            } | {
                f"synthlib, threads: {n}": harness.training_set_contender(data, 2560 // size, n)
                for n in (1, CORES)
            }
            for name, training_set in with_options(data, folder / "packed", scenes).items():
                contender = harness.training_set_contender(training_set, 2560 // size, 1)
                contenders[f"synthlib, threads: 1, {name}"] = contender
            rates = harness.run_rounds(contenders, args.rounds)
            del contenders, loader
        harness.print_table(f"synthetic composites at {size} px, batches of {BATCH}", rates)
        results |= harness.ratios(rates, f"composites_{size}")
    harness.print_result("composites", **results)


if __name__ == "__main__":
    main()
