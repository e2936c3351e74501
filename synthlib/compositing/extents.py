"""Boxes and areas of whole pasted objects, whatever of them their composites show.

Visible boxes come from the masks of composites (`composite.boxes`). Here the renders' own masks are
transformed, so that parts count which are outside the composite or behind something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from synthlib.compositing.placement import Placement, placement_transforms

if TYPE_CHECKING:
    from synthlib.compositing.composite import CutoutBatch


@dataclass(frozen=True)
class ObjectExtents:
    """Whole objects in N composites.

    Attributes:
        boxes: Columns x0, y0, x1, y1 in pixels of the composite, x1 and y1 exclusive, float32
            (N, 4). They may reach beyond the composite. Zeros for an empty mask.
        areas: Pixels that each object would cover, float32 (N,).
    """

    boxes: Tensor
    areas: Tensor

    def hidden_shares(self, masks: Tensor) -> Tensor:
        """Share of each object that a composite does not show.

        Args:
            masks: The visible share of each pixel, float (N, H, W) in [0, 1].

        Returns:
            float32 (N,) in [0, 1]; 0 for an empty object.
        """
        visible = masks.sum(dim=(1, 2)).cpu() / self.areas.clamp(min=1e-6)
        return torch.where(self.areas > 0, (1 - visible).clamp(0, 1), 0.0)


def object_extents(
    pyramid: "Sequence[CutoutBatch]", placement: Placement, size: int
) -> ObjectExtents:
    """Boxes and areas of whole objects, also of parts that their composites do not show.

    Args:
        pyramid: N renders at one or more scales; only the largest is read.
        placement: N placements.
        size: Side of the composites in pixels.

    Examples:
        >>> extents = object_extents(renders, placement, size=64)
        >>> extents.hidden_shares(composite.masks)
        tensor([0.0000, 0.2500])
    """
    cutouts, transforms = pyramid[0], placement_transforms(placement)
    if not len(cutouts):
        return ObjectExtents(torch.zeros(0, 4), torch.zeros(0))
    masks = cutouts.load_pixels(np.arange(len(cutouts)))[..., -1].cpu().numpy()
    points = _outline_points(masks > 127)  # (N, points, 2), x and y in texels
    sides = cutouts.canvas_sides[:, None, None]
    on_render = (points + cutouts.corners[:, None, ::-1]) / sides
    offsets = (on_render - transforms.to_render[:, None, :, 2]).swapaxes(1, 2)
    placed = np.linalg.solve(transforms.to_render[:, :, :2], offsets) * size  # (N, 2, points)
    low = np.fmin.reduce(placed, axis=2, initial=np.inf)
    high = np.fmax.reduce(placed, axis=2, initial=-np.inf)
    edges = np.concatenate([low, high], axis=1)
    edges[~np.isfinite(edges).all(axis=1)] = 0.0
    texel_side = transforms.render_scale * size / cutouts.canvas_sides
    areas = masks.sum(axis=(1, 2), dtype=np.float64) / 255 * texel_side**2
    return ObjectExtents(
        torch.from_numpy(edges.astype(np.float32)), torch.from_numpy(areas.astype(np.float32))
    )


def placed_boxes(boxes: np.ndarray, placement: Placement, size: int) -> Tensor:
    """Boxes around the boxes of renders that are placed in composites.

    Args:
        boxes: Left, top, right and bottom as shares of the render's side, float (N, 4).
        placement: N placements.
        size: Side of the composites in pixels.

    Returns:
        Columns x0, y0, x1, y1 in pixels, float32 (N, 4). They may reach beyond the composite, and
        those of rotated renders are larger than the objects in them need.
    """
    transforms = placement_transforms(placement)
    corners = boxes[:, [[0, 1], [2, 1], [0, 3], [2, 3]]]  # (N, 4, 2)
    offsets = (corners - transforms.to_render[:, None, :, 2]).swapaxes(1, 2)
    placed = np.linalg.solve(transforms.to_render[:, :, :2], offsets) * size
    edges = np.concatenate([placed.min(axis=2), placed.max(axis=2)], axis=1)
    return torch.from_numpy(edges.astype(np.float32))


def _outline_points(covered: np.ndarray) -> np.ndarray:
    """Corners of the first and last covered texel of each row.

    Args:
        covered: bool (N, H, W).

    Returns:
        x and y in texels, float64 (N, 4 * H, 2); NaN for rows without covered texels.
    """
    n, height, width = covered.shape
    first = covered.argmax(axis=2).astype(float)
    last = width - covered[:, :, ::-1].argmax(axis=2).astype(float)
    rows = np.broadcast_to(np.arange(height, dtype=float), (n, height))
    corners = [np.stack([x, rows + below], -1) for x in (first, last) for below in (0.0, 1.0)]
    points = np.stack(corners, axis=2)
    points[~covered.any(axis=2)] = np.nan
    return points.reshape(n, -1, 2)
