"""Memory, disk space and start-up time of the data path at the full `thesis` scale.

    python benchmarks/memory.py [--renders 187928] [--photographs 20400] [--backgrounds 30000]

Packs of that many images are laid out like real ones (framed objects at 256 px, half and a quarter
of it; photographs of 256 px and more; backgrounds of 224 px), but as sparse files: their pixels are
zeros that take no disk space, and reading them costs as much memory as reading real ones. Prints
the space that they would take on disk, the time that a run takes to start, and the growth of the
process while it makes batches of 64 (half of them photographs).
"""

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path

import harness
import numpy as np
import pandas as pd
import psutil
import torch

from synthlib import photographs
from synthlib.classes import CLASSES
from synthlib.data import datasets
from synthlib.data.pack_builder import sampled_hash
from synthlib.data.packs import Pack, build_or_open_pack
from synthlib.data.prepare import StudyData
from synthlib.data.study_tables import table_digest
from synthlib.params import validate_params
from synthlib.seeding import rng_for
from synthlib.utils.files import digest

SIZE, SIDE, VIEWS = 224, 256, 26


def sparse_pack(folder: Path, table: pd.DataFrame, index: np.ndarray, recipe: str, n: int) -> Pack:
    """A pack of zeros with this index, opened by `build_or_open_pack` like any other."""
    mode, hashes = ("RGB", "RGBA")[n - 3], list(table["sha256"])
    target = folder / digest({"recipe": recipe, "mode": mode, "sources": hashes})
    target.mkdir(parents=True)
    pixels = target / "pixels.bin"
    size = int(index[:, :2].astype(np.int64).prod(axis=1).sum()) * n
    with open(pixels, "wb") as file:
        file.truncate(size)
    np.save(target / "index.npy", index.astype(np.int32))
    meta = {
        "images": len(index),
        "channels": n,
        "mode": mode,
        "bytes": size,
        "index": hashlib.sha256((target / "index.npy").read_bytes()).hexdigest(),
        "sampled": sampled_hash(pixels),
    }
    (target / "pack.json").write_text(json.dumps(meta))
    started = time.perf_counter()
    pack = build_or_open_pack(
        folder, [], hashes, transform=lambda image: image, recipe=recipe, mode=mode
    )
    print(
        f"  {recipe:16s}{len(pack):9,} images{size / 2**30:7.1f} GiB, opened in "
        f"{time.perf_counter() - started:.1f} s"
    )
    return pack


def cutout_index(n: int, side: int) -> np.ndarray:
    """Index of framed objects: the larger side is 95% of the render's, the other 33 to 95%."""
    rng = rng_for(0, "memory", "cutouts")
    extent = np.stack([np.full(n, 0.95), rng.uniform(0.33, 0.95, n)], axis=1)
    extent = np.where(rng.random((n, 1)) < 0.5, extent, extent[:, ::-1])
    sizes = np.ceil(extent * side)
    return np.column_stack([sizes, np.floor((side - sizes) / 2), np.full(n, side)])


def fake_tables(n_renders: int, n_photographs: int, n_backgrounds: int) -> tuple[pd.DataFrame, ...]:
    """Manifest, photographs and backgrounds of the 17 classes, nearly all for training."""
    names = np.array(list(CLASSES))
    i = np.arange(n_renders)
    cls, instance, view = names[i // VIEWS % 17], i // VIEWS // 17, i % VIEWS
    files = [f"{c}/m{k}/{v:02d}.png" for c, k, v in zip(cls, instance, view, strict=True)]
    renders = pd.DataFrame({"class": cls, "view": view, "split": "train", "file": files})
    renders["instance"] = [f"m{k}" for k in instance]
    i = np.arange(n_photographs)
    shots = pd.DataFrame({"class": names[i % 17], "split": np.where(i < 850, "val", "train")})
    shots["sample"] = [f"imagenet/{names[k % 17]}/{k}.JPEG" for k in i]
    scenes = pd.DataFrame({"sample": [f"places/s{k % 40}/{k}.jpg" for k in range(n_backgrounds)]})
    scenes["category"] = [f"s{k % 40}" for k in range(n_backgrounds)]
    scenes["split"] = np.where(np.arange(n_backgrounds) // 40 % 5, "train", "test")
    for part, column in ((renders, "file"), (shots, "sample"), (scenes, "sample")):
        part["sha256"] = [hashlib.sha256(x.encode()).hexdigest() for x in part[column]]
    return renders, shots, scenes


def main() -> None:
    """Lay out the packs, start a run, make batches, and print the cost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--renders", type=int, default=187_928)
    parser.add_argument("--photographs", type=int, default=20_400)
    parser.add_argument("--backgrounds", type=int, default=30_000)
    parser.add_argument("--steps", type=int, default=60)
    args = parser.parse_args()
    torch.set_num_threads(2)
    process = psutil.Process()
    renders, shots, scenes = fake_tables(args.renders, args.photographs, args.backgrounds)
    empty = process.memory_info().rss
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("packs")
        wide = rng_for(0, "memory", "photographs").integers(SIDE, 384, len(shots))
        photo_index = np.column_stack([np.full(len(shots), SIDE), wide, *np.zeros((3, len(shots)))])
        square = np.tile([SIZE, SIZE, 0, 0, 0], (len(scenes), 1))
        packs = {
            "photographs": sparse_pack(folder, shots, photo_index, "shorter256", 3),
            "backgrounds": sparse_pack(folder, scenes, square, "square224", 3),
        }
        scales = [
            sparse_pack(folder, renders, cutout_index(len(renders), side), f"cutout{side}", 4)
            for side in (SIDE, SIDE // 2, SIDE // 4)
        ]
        params = validate_params({"real_fraction": 1, "synthetic_fraction": 1, "real_share": 0.5})
        choices = {c: tuple(f"s{k}" for k in range(40)) for c in CLASSES}
        study_data = StudyData(
            photographs.Photographs(shots, (), ()),
            packs["photographs"],
            renders,
            tuple(scales),
            photographs.Backgrounds(scenes, choices, {}, (), (), ()),
            {SIZE: packs["backgrounds"]},
            {},
        )
        started = time.perf_counter()
        table_digest(renders, "file")
        digested = time.perf_counter() - started
        data = datasets.training_set(params, study_data)
        ready = time.perf_counter() - started
        loaded = process.memory_info().rss
        started, most, taken = time.perf_counter(), 0, 0
        for step in range(args.steps):
            taken += len(data.batch(step, torch.device("cpu")).names)
            most = max(most, process.memory_info().rss)
        rate = taken / (time.perf_counter() - started)
        disk = sum(len(p.pixels) for p in (*packs.values(), *scales)) / 2**30
    print(
        f"\na run ready in {ready:.1f} s (of these the digest "
        f"{digested:.1f} s); memory: tables {empty / 2**20:,.0f} MiB, run started "
        f"{loaded / 2**20:,.0f} MiB, most while taking {args.steps} batches "
        f"{most / 2**20:,.0f} MiB at {rate:.0f} images/s"
    )
    harness.print_result(
        "memory",
        packs_gib=round(disk, 1),
        startup_seconds=round(ready, 1),
        started_mib=round(loaded / 2**20),
        peak_mib=round(most / 2**20),
    )


if __name__ == "__main__":
    main()
