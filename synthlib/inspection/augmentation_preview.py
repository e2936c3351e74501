"""Composites under any augmentation: notebook 02 without clicks.

`preset_strengths` lists every number of a preset that can be changed; `preview_composites` shows a
few renders under one setting of them.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import torch

from synthlib.compositing.augmentation import Preset
from synthlib.compositing.placement import PlacementRange
from synthlib.data.samples import SyntheticImages
from synthlib.photographs.photographs import DataError
from synthlib.seeding import uniforms

CPU = torch.device("cpu")

STRENGTH_LIMITS: dict[str, tuple[float, float]] = {
    "affine_angle": (0, 180),
    "affine_shift": (0, 1),
    "affine_scale": (0.05, 1.5),
    "rotation": (-180, 360),
    "scale": (0.1, 1),
    "crop_area": (0.02, 1),
    "crop_ratio": (0.25, 4),
    "blur_sigma": (0.1, 1.5),  # what `photometric.blur` has taps for
    "noise_spread": (0, 0.3),
    "jpeg_quality": (5, 100),
}
"""From where to where a strength is turned; those not named here are probabilities or relative
changes, in [0, 1]."""


def preset_strengths(preset: Preset) -> dict[str, float | tuple[float, float]]:
    """Every number of a preset and of its placement, by name: one, or a range of two."""
    found: dict[str, Any] = {}
    for part in (preset.placement, preset):
        for field in fields(part) if part is not None else ():
            value = getattr(part, field.name)
            if not (isinstance(value, str) or is_dataclass(value) or value is None):
                found[field.name] = value
    return found


def with_strengths(preset: Preset, strengths: dict[str, float | tuple[float, float]]) -> Preset:
    """The preset with these strengths. Raises ValueError naming one that it has not, or a value
    outside its limits."""
    known = preset_strengths(preset)
    for name, value in strengths.items():
        if name not in known:
            raise ValueError(f"{name} is no strength of {preset.name}; it has {', '.join(known)}")
        low, high = STRENGTH_LIMITS.get(name, (0.0, 1.0))
        both = value if isinstance(value, tuple) else (value, value)
        if not low <= both[0] <= both[1] <= high:
            raise ValueError(f"{name} is {value}; allowed are {low:g} to {high:g}")
    placed = {f.name for f in fields(PlacementRange)}
    inner: dict[str, Any] = {name: value for name, value in strengths.items() if name in placed}
    outer: dict[str, Any] = {name: value for name, value in strengths.items() if name not in placed}
    if preset.placement is not None:
        outer["placement"] = replace(preset.placement, **inner)
    return replace(preset, **outer)


def preview_composites(
    synthetic: SyntheticImages,
    preset: Preset,
    class_index: int,
    size: int,
    *,
    n: int = 12,
    seed: int = 0,
) -> np.ndarray:
    """uint8 (n, size, size, 3): renders of a class, each on a scene or, where the class is, on
    black, as a preset says.

    The same `seed` draws the same chances, so that turning one strength changes it alone. Raises
    DataError if the class has no render.
    """
    rows = np.flatnonzero(synthetic.renders.labels == class_index)
    if not len(rows):
        raise DataError(f"class number {class_index} has no training render")
    index = rows[np.linspace(0, len(rows) - 1, n).astype(int)]
    which = "black_preset" if synthetic.on_black[class_index] else "preset"
    made = replace(synthetic, **{which: preset})
    u = uniforms(seed, "variants", ids=np.arange(n), n=made.n_draws)
    images = made.images(index, u, size, CPU)
    return (images.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy()
