"""Masks: the share of each pixel that some of the scene's objects cover, without their colours."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.rendering.view_files import decode_png

MASK_SAMPLES = 4
"""Samples per pixel of a mask, fewer than of a render: edges are soft, and nothing is noisy."""


def render_mask(
    folder: Path, others: Iterable[bpy.types.Object], treat_others: Literal["hide", "cut out"]
) -> np.ndarray:
    """Render the mask of all that is in the frame except `others`.

    Args:
        folder: For a temporary file.
        others: Objects that are no part of the mask.
        treat_others: "hide": the mask is what would be visible without them; "cut out": only what
            is visible behind them.

    Returns:
        uint8 (height, width), 255 where a pixel is covered.
    """
    file = folder / "mask.png"
    with _few_samples(), _treated(list(others), treat_others):
        mask = decode_png(scene.render_png(file))[:, :, 3]
    file.unlink()
    return mask


@contextmanager
def _few_samples() -> Iterator[None]:
    """Trace only what covers a pixel: few samples, no light that bounces, no denoiser."""
    cycles = bpy.context.scene.cycles
    settings = {"samples": MASK_SAMPLES, "max_bounces": 0, "use_denoising": False}
    before = {name: getattr(cycles, name) for name in settings}
    for name, value in settings.items():
        setattr(cycles, name, value)
    yield
    for name, value in before.items():
        setattr(cycles, name, value)


@contextmanager
def _treated(others: list[bpy.types.Object], how: Literal["hide", "cut out"]) -> Iterator[None]:
    """Hide objects from the camera, or let them cut out what is behind them."""
    name, value = ("visible_camera", False) if how == "hide" else ("is_holdout", True)
    before = [getattr(obj, name) for obj in others]
    for obj in others:
        setattr(obj, name, value)
    yield
    for obj, old in zip(others, before, strict=True):
        setattr(obj, name, old)
