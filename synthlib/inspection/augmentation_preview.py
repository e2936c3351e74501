"""Composites under an augmentation whose strengths are changed: notebook 02 without sliders.

A strength is a number of a preset or of its placement: a probability, a magnitude, or a range of
two numbers.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import torch

from synthlib.compositing.augmentation import Preset
from synthlib.compositing.placement import PlacementRange
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.photographs.photographs import DataError
from synthlib.reporting.sheets.run_images import to_uint8
from synthlib.seeding import uniforms

CPU = torch.device("cpu")

Strength = float | tuple[float, float]

STRENGTH_LIMITS: dict[str, tuple[float, float]] = {
    "affine_angle": (0, 180),
    "affine_shift": (0, 1),
    "affine_scale": (0.05, 1.5),
    "rotation": (-180, 360),
    "scale": (0.1, 1),
    "crop_area": (0.02, 1),
    "crop_ratio": (0.25, 4),
    "blur_sigma": (0.1, 1.5),  # the widths that the kernel of `photometric.blur` can hold
    "noise_spread": (0, 0.3),
    "jpeg_quality": (5, 100),
}
"""Lowest and highest value by strength; others are probabilities or relative changes in [0, 1]."""


def preset_strengths(preset: Preset) -> dict[str, Strength]:
    """The strengths of a preset and of its placement, by name."""
    strengths: dict[str, Any] = {}
    for part in (preset.placement, preset):
        for field in fields(part) if part is not None else ():
            value = getattr(part, field.name)
            if not (isinstance(value, str) or is_dataclass(value) or value is None):
                strengths[field.name] = value
    return strengths


def with_strengths(preset: Preset, strengths: dict[str, Strength]) -> Preset:
    """A preset with other strengths.

    Args:
        preset: The preset to change.
        strengths: New values by name; strengths that are not named stay.

    Raises:
        ValueError: The preset does not have a strength, or a value is outside its limits.
    """
    known = preset_strengths(preset)
    for name, value in strengths.items():
        if name not in known:
            raise ValueError(
                f"{name} is not a strength of {preset.name}; it has {', '.join(known)}"
            )
        low, high = STRENGTH_LIMITS.get(name, (0.0, 1.0))
        start, end = value if isinstance(value, tuple) else (value, value)
        if not low <= start <= end <= high:
            raise ValueError(f"{name} is {value}; allowed are {low:g} to {high:g}")
    placement_names = {field.name for field in fields(PlacementRange)}
    changes: dict[str, Any] = {k: v for k, v in strengths.items() if k not in placement_names}
    if preset.placement is not None:
        in_placement: dict[str, Any] = {k: v for k, v in strengths.items() if k in placement_names}
        changes["placement"] = replace(preset.placement, **in_placement)
    return replace(preset, **changes)


def preview_composites(
    synthetic: SyntheticImages,
    preset: Preset,
    class_index: int,
    size: int,
    *,
    n: int = 12,
    seed: int = 0,
) -> np.ndarray:
    """Composites of a class under a preset, on a background or, if the class has none, on black.

    Args:
        synthetic: Synthetic training images.
        preset: The augmentation.
        class_index: Index of the class.
        size: Side of a composite in px.
        n: Number of composites, of renders that are spread evenly over those of the class.
        seed: Seed of the draws. They do not depend on the preset, so that a changed strength is the
            only difference between two previews.

    Returns:
        uint8 (n, size, size, 3).

    Raises:
        DataError: The class has no training render.
    """
    rows = np.flatnonzero(synthetic.renders.labels == class_index)
    if not len(rows):
        raise DataError(f"class number {class_index} has no training render")
    index = rows[np.linspace(0, len(rows) - 1, n).astype(int)]
    field = "black_preset" if synthetic.on_black[class_index] else "preset"
    previewed = replace(synthetic, **{field: preset})
    u = uniforms(seed, "variants", ids=np.arange(n), n=previewed.n_draws)
    return to_uint8(previewed.images(index, u, size, CPU))
