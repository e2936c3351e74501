"""The shadow of an object on the ground: which views have it, and how it gets into their pixels.

The ground is a plane through the object's lowest point, which is never seen itself. Blender renders
how much of the light on it the object takes away, as a map seen from above (`blender.shadow_map`);
such a map holds for all views in the same light. Here the map is read where each pixel's ray meets
the ground, and put below the object, whose pixels stay those of a render without ground: the ground
reflects no light onto it. Needs only numpy.
"""

from dataclasses import dataclass

import numpy as np

from synthlib.classes import class_or_default
from synthlib.rendering.framing import pixel_rays
from synthlib.rendering.viewpoints import View

MIN_ELEVATION = 5.0
"""Degrees of elevation above which a view shows the ground; below, it would be a line."""

REACH = 2.0
"""Half the side of a map, in radii of the object. Shadows beyond it are left out."""

EDGE = 0.04
"""Share of the frame's side, and of the map's, over which a shadow fades out towards the edge, so
that a composite shows no straight cut."""

DISPLAY_GAMMA = 2.2
"""Exponent that approximates sRGB. Pixels are composited by their encoded values, and a surface
that loses a share s of its light has (1 - s) ** (1 / 2.2) of its encoded value."""


def has_ground_shadow(view: View, cls: str) -> bool:
    """True for a view from above that is as upright as photographs of the class are."""
    roll = (view.roll + 180.0) % 360.0 - 180.0
    low, high = class_or_default(cls).roll
    return view.elevation > MIN_ELEVATION and min(low, 0.0) <= roll <= max(high, 0.0)


@dataclass(frozen=True)
class ShadowMap:
    """Shadow on the ground, seen from above.

    Attributes:
        shares: Share of the light that the object takes away, float (side, side) in [0, 1]; rows
            go from +Y to -Y, columns from -X to +X.
        centre: The map's centre, float64 (3,) in metres; z is the ground's.
        half_side: Half the side of the map in metres.
    """

    shares: np.ndarray
    centre: np.ndarray
    half_side: float

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Read the map bilinearly at points of the ground, in metres; 0 outside of the map."""
        side = len(self.shares)
        across, down = (x - self.centre[0]) / self.half_side, (self.centre[1] - y) / self.half_side
        inside = np.clip((1.0 - np.maximum(np.abs(across), np.abs(down))) / (2 * EDGE), 0.0, 1.0)
        columns, rows = (
            np.clip((v + 1.0) / 2.0 * side - 0.5, 0.0, side - 1.001) for v in (across, down)
        )
        column, row = columns.astype(int), rows.astype(int)
        right, below = columns - column, rows - row
        top = self.shares[row, column] * (1 - right) + self.shares[row, column + 1] * right
        bottom = (
            self.shares[row + 1, column] * (1 - right) + self.shares[row + 1, column + 1] * right
        )
        return (top * (1 - below) + bottom * below) * inside


def smooth(shares: np.ndarray) -> np.ndarray:
    """Reduce the noise of few samples: a binomial filter of 5 x 5 texels, float (side, side)."""
    for _ in range(2):
        for axis in (0, 1):
            padded = np.pad(shares, [(1, 1) if axis == a else (0, 0) for a in (0, 1)], mode="edge")
            before, middle, after = (
                np.take(padded, np.arange(shares.shape[axis]) + i, axis) for i in range(3)
            )
            shares = (before + 2.0 * middle + after) / 4.0
    return shares


def shadow_in_frame(
    shadow_map: ShadowMap, axes: np.ndarray, position: np.ndarray, view: View, size: int
) -> np.ndarray:
    """The shadow that a camera sees on the ground, as if the object were invisible.

    Args:
        shadow_map: The shadow on the ground.
        axes: The camera's axes, float64 (3, 3), rows right, up and back.
        position: The camera's position, float64 (3,) in metres.
        view: The view, of which the field of view and the lens shift count.
        size: Side of the frame in pixels.

    Returns:
        Share of the light that is missing, float64 (size, size) in [0, 1].
    """
    rays = pixel_rays(axes, view.field_of_view, (view.shift_x, view.shift_y), size)
    falls = rays[..., 2] < -1e-9  # others never meet the ground
    steps = (shadow_map.centre[2] - position[2]) / np.where(falls, rays[..., 2], -1.0)
    x, y = (position[axis] + steps * rays[..., axis] for axis in (0, 1))
    # a close-up's object is cut off by the frame too, where composites end
    fade = 1.0 if view.aim else _fade_to_edges(size)
    return np.where(falls & (steps > 0.0), shadow_map.at(x, y), 0.0) * fade


def put_shadow_below(pixels: np.ndarray, shadow: np.ndarray) -> np.ndarray:
    """Put a black shadow below an object.

    Args:
        pixels: The object's render with straight alpha, uint8 (size, size, 4).
        shadow: Share of the light that is missing, float (size, size) in [0, 1].

    Returns:
        uint8 (size, size, 4), straight alpha. Where the object is opaque or nothing is in the
        shadow, pixels are unchanged.
    """
    alpha = pixels[..., 3:] / 255.0
    opacity = 1.0 - (1.0 - np.clip(shadow, 0.0, 1.0)[..., None]) ** (1.0 / DISPLAY_GAMMA)
    total = alpha + (1.0 - alpha) * opacity
    colour = pixels[..., :3] * (alpha / np.maximum(total, 1e-9))
    shaded = np.rint(np.concatenate([colour, total * 255.0], axis=-1)).astype(np.uint8)
    is_changed = shaded[..., 3:] > pixels[..., 3:]
    return np.where(is_changed, shaded, pixels)


def _fade_to_edges(size: int) -> np.ndarray:
    """Factors that fall to 0 at the frame's edges, float64 (size, size)."""
    centres = (np.arange(size) + 0.5) / size
    along = np.clip(np.minimum(centres, 1.0 - centres) / EDGE, 0.0, 1.0)
    return along[:, None] * along
