"""Cases of keyboards: body, beds, lamps, media keys, knobs and touchpads.

Lengths are in key units (u) of 19 mm; the deck lies at z = 0, the keys stand on it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from synthlib.blender.generators.parts.keyboards.layouts import Cluster, corners
from synthlib.blender.generators.parts.keyboards.looks import KeyboardLook
from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plain, plastic
from synthlib.blender.modelling.shapes import Shape

_BRAND_NAMES = ("NORDIS", "tavo", "OREL", "Lumen", "KORA", "Model K", "typo", "8-BIT 64", "RIFT")


_MIN_ASPECT_RATIO = 1.65
"""Least width over depth of a case: margins in front and behind are reduced to it."""


def with_fitting_margins(
    look: KeyboardLook, clusters: Sequence[Cluster], sag: float
) -> KeyboardLook:
    """Reduce the margins in front and behind, where the case would be too deep for its width.

    Args:
        sag: Depth in u that the bend of the deck adds.
    """
    lower, upper = corners(key for cluster in clusters for key in cluster)
    left, front, right, back = look.margins
    width, depth = upper - lower
    share = ((width + left + right) / _MIN_ASPECT_RATIO - depth - sag) / (front + back)
    if share >= 1.0:
        return look
    share = max(share, 0.2)
    return replace(look, margins=(left, share * front, right, share * back))


def case(
    rng: np.random.Generator, look: KeyboardLook, clusters: Sequence[Cluster]
) -> tuple[list[Shape], np.ndarray, np.ndarray]:
    """Build the body with a bed under each cluster.

    Returns:
        The parts, and the body's lower left and upper right corner, (2,) each.
    """
    lower, upper = corners(key for cluster in clusters for key in cluster)
    margins = np.array(look.margins)
    lower, upper = lower - margins[:2], upper + margins[2:]
    size, centre = upper - lower, (lower + upper) / 2
    top_fillet = rng.uniform(0.04, 0.12)
    thickness = look.thickness
    profile = [(0.06, -thickness), (0.0, -thickness + 0.06)]
    profile += shapes.fillet_profile(thickness - 0.06, top_fillet, -thickness + 0.06)[1:]
    # Rings inside the top let it follow a bent deck.
    profile += [(share * size.min(), 0.0) for share in (0.12, 0.3, 0.45, 0.49)]
    body = shapes.slab(size[0], size[1], profile, look.corner, segments=8, resample_count=200)
    parts = [body.translated(*centre).with_material(look.case)]
    for cluster in clusters:
        low, high = corners(cluster)
        width, depth = high - low + 0.12
        plate = shapes.slab(width, depth, [(0.0, -0.05), (0.0, 0.012)], 0.06, resample_count=100)
        parts.append(plate.translated(*((low + high) / 2)).with_material(look.bed))
    return parts, lower, upper


def back_strip(
    rng: np.random.Generator, look: KeyboardLook, lower: np.ndarray, upper: np.ndarray
) -> list[Shape]:
    """Build what stands behind the keys: lamps, a name, media keys, a knob or vents."""
    depth = look.margins[3]
    if depth < 0.4 or look.kind in ("silicone", "laptop"):
        return []
    y = upper[1] - 0.5 * depth
    width = upper[0] - lower[0]
    parts = []
    if width > 18 and rng.random() < 0.6:
        parts += _lamps(rng, upper[0] - 3.6, y)
    if depth > 1.6:
        parts += _vents(rng, look, lower, upper)
    elif depth > 0.75 and rng.random() < 0.6:
        parts += _media_keys(rng, look, lower[0] + rng.uniform(1.5, 5.0), y, depth)
        if rng.random() < 0.4:
            parts += _knob(look, upper[0] - 1.1, y, min(0.4 * depth, 0.55))
    if rng.random() < 0.6:
        name = meshes.text_shape(str(rng.choice(_BRAND_NAMES)), min(0.3, 0.4 * depth))
        x = (
            lower[0] + 0.5 * width
            if rng.random() < 0.5
            else lower[0] + 0.6 + 0.5 * np.ptp(name.vertices[:, 0])
        )
        parts.append(name.translated(x, y, 0.01).with_material(look.detail))
    return parts


def _lamps(rng: np.random.Generator, x: float, y: float) -> list[Shape]:
    """Build three lamps in a row from x on."""
    code = str(rng.choice(["3fd06a", "dfe9f2", "4aa3f0", "e0402c"]))
    material = plain(jitter_colour(rng, code))
    lamp = shapes.slab(0.24, 0.09, [(0.0, -0.05), (0.0, 0.02)], 0.045).with_material(material)
    return [lamp.translated(x + k, y) for k in range(3)]


def _media_keys(
    rng: np.random.Generator, look: KeyboardLook, x: float, y: float, depth: float
) -> list[Shape]:
    """Build a row of small round or oblong keys from x on."""
    height = min(0.5 * depth, 0.5)
    width = height * rng.choice([1.0, 1.8])
    key = shapes.slab(width, height, shapes.fillet_profile(0.14, 0.06, -0.04), 0.5 * height)
    key = key.with_material(look.detail if rng.random() < 0.5 else look.tones[1])
    return [key.translated(x + k * (width + 0.25), y) for k in range(rng.integers(3, 8))]


def _knob(look: KeyboardLook, x: float, y: float, radius: float) -> list[Shape]:
    """Build a volume knob."""
    profile = [(0.0, -0.05), (radius, -0.05), (radius, 0.3), (0.9 * radius, 0.36), (0.0, 0.36)]
    return [shapes.lathe(profile, 32).translated(x, y).with_material(look.tones[1])]


def _vents(
    rng: np.random.Generator, look: KeyboardLook, lower: np.ndarray, upper: np.ndarray
) -> list[Shape]:
    """Build slots across the broad back of a home computer."""
    dark = plain((0.012, 0.011, 0.01), 0.7)
    depth = look.margins[3] - 0.9
    slot = shapes.slab(0.14, depth, [(0.0, -0.05), (0.0, 0.006)], 0.05).with_material(dark)
    count = int(rng.integers(8, 26))
    start = rng.uniform(lower[0] + 0.8, max(lower[0] + 1.0, upper[0] - 0.35 * count - 0.8))
    y = upper[1] - 0.45 - depth / 2
    return [slot.translated(start + 0.35 * k, y) for k in range(count)]


def laptop_deck(
    rng: np.random.Generator, look: KeyboardLook, lower: np.ndarray, upper: np.ndarray
) -> list[Shape]:
    """Build the rest of a laptop's deck: touchpad, hinge, a pointing stick, stickers."""
    x = 0.5 * (lower[0] + upper[0]) + rng.uniform(-0.8, 0.0)
    front = look.margins[1]
    height = front * rng.uniform(0.62, 0.8)
    pad = shapes.slab(height * rng.uniform(1.3, 1.9), height, [(0, -0.05), (0, 0.012)], 0.12)
    y = lower[1] + 0.5 * front
    pad_material = look.case if rng.random() < 0.5 else look.detail
    rim = shapes.slab(
        np.ptp(pad.vertices[:, 0]) + 0.06, height + 0.06, [(0, -0.05), (0, 0.006)], 0.15
    )
    parts = [
        rim.translated(x, y).with_material(look.detail),
        pad.translated(x, y).with_material(pad_material),
    ]
    hinge_start, hinge_end = (lower[0] + share * (upper[0] - lower[0]) for share in (0.1, 0.9))
    hinge = shapes.rod((hinge_start, upper[1], -0.1), (hinge_end, upper[1], -0.1), 0.18, 16)
    parts.append(hinge.with_material(look.detail))
    if rng.random() < 0.2:
        red = plastic(jitter_colour(rng, "b8231c"), 0.7)
        stick = shapes.lathe([(0.0, 0.0), (0.13, 0.0), (0.17, 0.3), (0.1, 0.36), (0.0, 0.36)], 16)
        parts.append(stick.translated(6.75, 2.95).with_material(red))
    for _ in range(int(rng.integers(0, 3))):
        colour = jitter_colour(rng, str(rng.choice(["2f6fc0", "c0c4c8", "d9a441", "2f8f4a"])))
        sticker = shapes.slab(0.8, 0.8, [(0, -0.05), (0, 0.01)], 0.06).with_material(plain(colour))
        sticker_x = upper[0] - 0.8 - rng.uniform(0.0, 0.8)
        parts.append(sticker.translated(sticker_x, lower[1] + rng.uniform(0.6, front - 0.6)))
    return parts
