"""Photographs per second at 224 px: batches of synthlib compared with ImageFolder and PIL.

    python benchmarks/photographs.py [--size 224] [--rounds 5]

Both apply the thesis's training augmentation (5.2): RandomResizedCrop, flip, conversion to tensors
and normalisation. The usual method decodes every JPEG of 500 x 375 px in each epoch, with 2
`DataLoader` workers; synthlib reads the crops from its pack (shorter side 256 px) in one process,
with 1 thread (as in a run on 2 cores, see `devices.reserve_one_core`) and with 2.
"""

import argparse
import tempfile
from pathlib import Path

import composites
import fake_data
import harness
import numpy as np
import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from synthlib.compositing import augmentation
from synthlib.data.batch_sampler import BatchSampler
from synthlib.data.datasets import TrainingSet
from synthlib.data.preprocess import resize_shorter_side
from synthlib.data.samples import ImageSet
from synthlib.photographs.photographs import photograph_side
from synthlib.seeding import sample_ids
from synthlib.utils.allocator import keep_freed_memory

BATCH, CORES, N_PHOTOGRAPHS = 64, 2, 512


def photograph_training_set(folder: Path, files: list[Path], size: int) -> TrainingSet:
    """As `datasets.training_set` makes it for real photographs under the thesis's augmentation."""
    side = photograph_side(size)
    names = np.array([file.name for file in files], object)
    real = ImageSet(
        composites.make_pack(folder, files, resize_shorter_side(side), f"shorter{side}"),
        names,
        np.zeros(len(files), np.int64),
        np.arange(len(files)),
        sample_ids(list(names)),
        names,
    )
    plan = BatchSampler(len(files), 0, BATCH, 10**6, len(files) // BATCH, 0)
    return TrainingSet(plan, size, real, augmentation.THESIS_REAL, None)


def main() -> None:
    """Measure, and print a table and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    keep_freed_memory()
    usual = v2.Compose(
        [
            v2.RandomResizedCrop(args.size),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(list(augmentation.IMAGENET_MEAN), list(augmentation.IMAGENET_STD)),
        ]
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = fake_data.write_photographs(folder / "files", N_PHOTOGRAPHS, (500, 375), classes=4)
        images = ImageFolder(folder / "files", usual)
        more = torch.utils.data.ConcatDataset([images] * 200)  # enough epochs for one loader
        loader = DataLoader(more, BATCH, num_workers=CORES, shuffle=True)
        data = photograph_training_set(folder / "packed", files, args.size)
        contenders = {
            "ImageFolder, DataLoader, 2 workers": harness.loader_contender(loader, 2 * CORES, 6),
        } | {
            f"synthlib, threads: {n}": harness.training_set_contender(data, 20, n)
            for n in (1, CORES)
        }
        rates = harness.run_rounds(contenders, args.rounds)
        del contenders, loader
    harness.print_table(f"real photographs at {args.size} px, batches of {BATCH}", rates)
    harness.print_result("photographs", **harness.ratios(rates, f"photographs_{args.size}"))


if __name__ == "__main__":
    main()
