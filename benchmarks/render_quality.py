"""Quality of cheaper renders: PSNR and SSIM at the model's input, and the cost of a frame.

    python benchmarks/render_quality.py [--inputs 64 224] [--views 18 4] [--keep FOLDER]

For each input size, one instance of several kinds (clear glass, glaze, thin legs, fine print, a
fruit) is rendered with 256 samples at the size of the scale, then with cheaper settings. Each
render is composited on mid grey, reduced to the input size as in training, and compared within the
object's box. The cost is the CPU time of a frame in one thread, which other work on the machine
affects little; ratios are relative to the reference. A setting is good enough if no class is below
`QUALITY_FLOOR`. Needs nothing but the installation.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from kornia.metrics import psnr, ssim
from PIL import Image
from torch.nn.functional import interpolate

from synthlib.rendering.settings import RenderSettings

INSTANCES = ["vase 0003", "vase 0000", "computer_desk 0000", "pc_keyboard 0000", "banana 0000"]
"""Class and instance: clear glass, a glazed vase with petals, thin legs, fine print, a fruit."""

QUALITY_FLOOR = (36.0, 0.97)
"""Minimum PSNR in dB and SSIM of a class: a root-mean-square error of 4 levels of 255."""

REFERENCE = "reference"
SettingsOverride = dict[str, float | int | bool]

VARIANTS: dict[int, dict[str, SettingsOverride]] = {
    64: {
        REFERENCE: {"size": 128, "samples": 256},
        "128 px, 32 samples": {"size": 128, "samples": 32},
        "128 px, 16 samples": {"size": 128, "samples": 16},
        "128 px, 8 samples": {"size": 128, "samples": 8},
        "128 px, 4 samples": {"size": 128, "samples": 4},
        "128 px, 32, adaptive 0.1": {"size": 128, "samples": 32, "adaptive_threshold": 0.1},
        "128 px, 8, 4 bounces": {"size": 128, "samples": 8, "bounces": 4},
        "128 px, 16, denoised": {"size": 128, "samples": 16, "denoise": True},
        "128 px, 8, denoised": {"size": 128, "samples": 8, "denoise": True},
        "128 px, 4, denoised": {"size": 128, "samples": 4, "denoise": True},
        "96 px, 16 samples": {"size": 96, "samples": 16},
        "96 px, 16, denoised": {"size": 96, "samples": 16, "denoise": True},
        "96 px, 8, denoised": {"size": 96, "samples": 8, "denoise": True},
        "64 px, 32 samples": {"size": 64, "samples": 32},
    },
    224: {
        REFERENCE: {"size": 512, "samples": 256},
        "512 px, 16 samples": {"size": 512, "samples": 16},
        "512 px, 8 samples": {"size": 512, "samples": 8},
        "512 px, 4 samples": {"size": 512, "samples": 4},
        "512 px, 16, adaptive 0.1": {"size": 512, "samples": 16, "adaptive_threshold": 0.1},
        "512 px, 8, 4 bounces": {"size": 512, "samples": 8, "bounces": 4},
        "512 px, 8, denoised": {"size": 512, "samples": 8, "denoise": True},
        "512 px, 4, denoised": {"size": 512, "samples": 4, "denoise": True},
        "512 px, 2, denoised": {"size": 512, "samples": 2, "denoise": True},
        "384 px, 8 samples": {"size": 384, "samples": 8},
        "384 px, 8, denoised": {"size": 384, "samples": 8, "denoise": True},
        "256 px, 16 samples": {"size": 256, "samples": 16},
        "256 px, 8, denoised": {"size": 256, "samples": 8, "denoise": True},
    },
}


def main() -> None:
    """Render and compare; print one table per input size and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--views", type=int, nargs="+", default=[18])
    parser.add_argument("--keep", type=Path, help="folder in which to keep the renders")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for side in given.inputs:
            out = (given.keep or Path(temporary)) / str(side)
            result = render_variants(VARIANTS[side], given.views, out)
            rows = dict(
                compare_variants(out, side, list(VARIANTS[side]), given.views, result["costs"])
            )
            print_table(side, rows, result["again"])
            found[side] = rows
    print(
        "\n" + json.dumps({"benchmark": "render_quality", "enough": QUALITY_FLOOR, "inputs": found})
    )


def render_variants(variants: dict[str, SettingsOverride], views: list[int], out: Path) -> dict:
    """Report of a single-threaded process that renders all variants (see `cycles_loop`)."""
    out.mkdir(parents=True, exist_ok=True)
    job = {
        "do": "variants",
        "items": work_items(),
        "settings": asdict(RenderSettings()),
        "variants": variants,
        "reference": REFERENCE,
        "views": views,
        "out": str(out),
        "threads": 1,
    }
    (out / "job.json").write_text(json.dumps(job))
    loop = Path(__file__).with_name("cycles_loop.py")
    subprocess.run([sys.executable, loop, out / "job.json"], check=True, stdout=subprocess.DEVNULL)
    return json.loads((out / "result.json").read_text())


def work_items() -> list[dict]:
    """`INSTANCES` in the form that a worker gets."""
    keys = ("name", "cls", "instance")
    named = [dict(zip(keys, (name, *name.split()), strict=True)) for name in INSTANCES]
    return [item | {"source": None} for item in named]


def compare_variants(
    out: Path, side: int, variants: list[str], views: list[int], costs: dict
) -> Iterator[tuple[str, dict]]:
    """Seconds of each variant, ratio to the reference, and mean and worst scores."""
    for name in variants:
        seconds = sum(costs[name].values()) / len(INSTANCES)
        row = {"seconds": round(seconds, 4)}
        if name != REFERENCE:
            whole = sum(costs[REFERENCE].values()) / len(INSTANCES)
            row |= {"share": round(seconds / whole, 4)} | quality_scores(out, side, name, views)
        yield name, row


def quality_scores(out: Path, side: int, name: str, views: list[int]) -> dict:
    """Mean and worst class of PSNR in dB and of SSIM; those of a class are means over its views."""
    found = []
    for instance in INSTANCES:
        each = []
        for view in views:
            file = f"{instance}-{view:02d}.png"
            truth, alpha = read_at_input_size(out / REFERENCE / file, side)
            image, _ = read_at_input_size(out / name / file, side)
            rows, columns = (np.flatnonzero(alpha.amax(dim).numpy() > 0.5) for dim in (1, 0))
            box = np.s_[..., rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            alike = ssim(image[box], truth[box], window_size=7).mean()
            each.append((float(psnr(image[box], truth[box], 1.0)), float(alike)))
        found.append(np.mean(each, axis=0))
    psnrs, ssims = np.array(found).T
    return {
        "psnr": round(float(psnrs.mean()), 1),
        "worst_psnr": round(float(psnrs.min()), 1),
        "ssim": round(float(ssims.mean()), 4),
        "worst_ssim": round(float(ssims.min()), 4),
        "worst": INSTANCES[int(ssims.argmin())],
    }


def read_at_input_size(path: Path, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """float32 (1, 3, side, side) in [0, 1], on mid grey; and the alpha, (side, side)."""
    with Image.open(path) as image:
        rgba = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255.0
    alpha = rgba[:, 3:]
    pasted = torch.cat([rgba[:, :3] * alpha + 0.5 * (1.0 - alpha), alpha], dim=1)
    small = interpolate(pasted, (side, side), mode="bilinear", antialias=True)
    return small[:, :3], small[0, 3]


def print_table(side: int, rows: dict[str, dict], again: dict[str, bool]) -> None:
    """Print one line per variant, with a mark at the cheapest that is good enough."""
    enough = [n for n, r in rows.items() if n != REFERENCE and is_good_enough(r)]
    best = min(enough, key=lambda name: rows[name]["seconds"], default="")
    print(f"\nInput {side} px; reference: {VARIANTS[side][REFERENCE]}")
    print(f"{'':27s}CPU s/frame  of ref.  PSNR (worst)    SSIM (worst)       worst class")
    for name, row in rows.items():
        line = f"{name:27s}{row['seconds']:11.4f}"
        if name != REFERENCE:
            line += f"{row['share']:9.1%}{row['psnr']:6.1f} ({row['worst_psnr']:.1f})"
            line += f"  {row['ssim']:.4f} ({row['worst_ssim']:.4f})   {row['worst']}"
        mark = "  <- cheapest that is good enough" if name == best else ""
        print(line + mark + ("" if again[name] else "  OTHER PIXELS WHEN REPEATED"))


def is_good_enough(row: dict) -> bool:
    """True if no class is below `QUALITY_FLOOR`."""
    return row["worst_psnr"] >= QUALITY_FLOOR[0] and row["worst_ssim"] >= QUALITY_FLOOR[1]


if __name__ == "__main__":
    main()
