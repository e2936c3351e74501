"""Masks: the share of each pixel that some of the scene's objects cover, without their colours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.blender.companions.things import Thing
from synthlib.rendering.view_files import decode_png

MASK_SAMPLES = 4
"""Samples per pixel of a mask, fewer than of a render: edges are soft, and nothing is noisy."""


def visible_mask(folder: Path, things: Sequence[Thing]) -> np.ndarray:
    """Render the mask of what is visible of the object behind and between other things.

    Args:
        folder: For a temporary file.
        things: All in the scene that is not of the object's class.

    Returns:
        uint8 (height, width), 255 where a pixel is covered.
    """
    with _set_on_objects(things, "is_holdout", True):
        return _render_alpha(folder)


def full_mask(folder: Path, things: Sequence[Thing]) -> np.ndarray:
    """Render the mask that the object would have without the other things, likewise."""
    with _set_on_objects(things, "visible_camera", False):
        return _render_alpha(folder)


def _render_alpha(folder: Path) -> np.ndarray:
    """Alpha of the frame, with few samples, without light that bounces or is denoised."""
    cycles = bpy.context.scene.cycles
    settings = {"samples": MASK_SAMPLES, "max_bounces": 0, "use_denoising": False}
    before = {name: getattr(cycles, name) for name in settings}
    for name, value in settings.items():
        setattr(cycles, name, value)
    file = folder / "mask.png"
    alpha = decode_png(scene.render_png(file))[:, :, 3]
    file.unlink()
    for name, value in before.items():
        setattr(cycles, name, value)
    return alpha


@contextmanager
def _set_on_objects(things: Sequence[Thing], name: str, value: bool) -> Iterator[None]:
    objects = [obj for thing in things for obj in thing.objects]
    for obj in objects:
        setattr(obj, name, value)
    yield
    for obj in objects:
        setattr(obj, name, not value)
