"""The files of a view: its render, its own mask, its depth. Needs only numpy and Pillow.

A view's render is `<view:02d>.png`. Some settings add files, whose names have a suffix:

- `_mask.png`: the own mask, 8-bit greyscale: the share of each pixel that the object itself covers
  and that is visible. The alpha of the render may cover more, such as a shadow. Without this file
  the alpha is the mask.
- `_depth.png`: 16-bit greyscale: the depth of the first surface at each pixel's centre, measured
  along the camera's axis, as a multiple of the record's `depth_scale` in metres. 0 is no surface.
"""

import hashlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

MASK_SUFFIX, DEPTH_SUFFIX = "_mask", "_depth"

MASK_THRESHOLD = 127
"""A pixel counts as covered if its 8-bit mask is larger, which means that more than half is."""

_HASH_KEYS = {"": "sha256", MASK_SUFFIX: "mask_sha256", DEPTH_SUFFIX: "depth_sha256"}
"""The key of a file's SHA-256 in a view's record in `instance.json`, by the file's suffix."""


def has_others(settings: Mapping[str, Any]) -> bool:
    """True if some render settings put other things into the views of an object."""
    return any(settings[name] for name in ("companions", "occluders", "distractors"))


def view_suffixes(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Suffixes of the files of each view with some render settings, the render's "" first."""
    needs_masks = settings["ground_shadow"] or has_others(settings)
    has_masks = needs_masks or "mask" in settings["passes"]
    has_depth = "depth" in settings["passes"]
    return ("", *[MASK_SUFFIX] * has_masks, *[DEPTH_SUFFIX] * has_depth)


def view_file(view: int, suffix: str = "") -> str:
    """Name of a file of a view, which is given by its number."""
    return f"{view:02d}{suffix}.png"


def mask_file(render_file: str) -> str:
    """Path of the own mask that belongs to the path of a render."""
    return f"{render_file.removesuffix('.png')}{MASK_SUFFIX}.png"


def recorded_hashes(record: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of each file of a view by its name, from the view's record in `instance.json`."""
    return {
        view_file(record["view"], suffix): record[key]
        for suffix, key in _HASH_KEYS.items()
        if key in record
    }


def hash_record(contents: dict[str, bytes]) -> dict[str, str]:
    """The entries of a view's record for the contents of its files, by their suffixes."""
    return {
        _HASH_KEYS[suffix]: hashlib.sha256(data).hexdigest() for suffix, data in contents.items()
    }


def decode_png(content: bytes) -> np.ndarray:
    """The pixels of a PNG, (height, width) or (height, width, channels)."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def encode_png(pixels: np.ndarray) -> bytes:
    """Encode an array, uint8 or uint16 (height, width) or uint8 (height, width, 4), as a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def depth_levels(depths: np.ndarray, scale: float) -> np.ndarray:
    """Depths as a depth file stores them.

    Args:
        depths: Metres, inf where there is no surface, float (height, width).
        scale: Metres per level.

    Returns:
        uint16 (height, width); the depth of a surface is at least 1.
    """
    is_surface = np.isfinite(depths)
    levels = np.rint(np.where(is_surface, depths, 0.0) / scale).clip(1, 65535)
    return np.where(is_surface, levels, 0).astype(np.uint16)


def mask_extent(mask: np.ndarray) -> dict[str, Any]:
    """Coverage and box of a mask, as a view's record states them.

    Args:
        mask: uint8 (height, width).

    Returns:
        `coverage` (share of covered pixels) and `box` (left, top, right, bottom of the covered
        pixels in px, right and bottom excluded; zeros if there is none).
    """
    covered = mask > MASK_THRESHOLD
    rows = np.flatnonzero(covered.any(axis=1))
    columns = np.flatnonzero(covered.any(axis=0))
    box = [0, 0, 0, 0]
    if len(rows):
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {"coverage": float(covered.mean()), "box": box}
