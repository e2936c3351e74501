"""Paste a batch of renders into photographs of scenes (thesis 5.1 and 5.2), on any torch device.

Each render is resampled once, from its own pixels to the picture's, with alpha premultiplied (no
fringe) and smoothed to the scale it shrinks to (no aliasing). Only the pixels around the object
are computed: a render comes as a cutout, its alpha's box, and is pasted as a square tile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.compositing.placement import Placement, PlacementTransforms, placement_transforms
from synthlib.compositing.resampling import halve, sample_affine

SUPERSAMPLE_OFFSET = 0.25
"""Half the distance of two readings, in output pixels: they then lie evenly over the picture, and
a thin object has the same area wherever it stands."""

MIN_TILE_SIDE = 8
"""Side in pixels of the smallest tile."""


@dataclass(frozen=True)
class CutoutBatch:
    """N renders at one scale, each cut to its alpha's box; int64, in pixels: `sizes` (N, 2),
    height and width; `corners` (N, 2), top and left in the render; `sides` (N,) of the render.
    `pixels` gives those of rows, uint8 (n, H, W, 4) on the device, colours premultiplied by alpha,
    padded with 0 at the right and below."""

    load_pixels: Callable[[np.ndarray], Tensor]
    sizes: np.ndarray
    corners: np.ndarray
    canvas_sides: np.ndarray

    def __len__(self) -> int:
        return len(self.canvas_sides)


CutoutPyramid = Sequence[CutoutBatch]
"""The same renders at falling scales, each about half of the one before."""


def uncropped(renders: Tensor) -> CutoutPyramid:
    """Whole renders, uint8 (N, S, S, 4) with straight alpha, as cutouts at their one scale."""
    n, side = len(renders), renders.shape[1]
    premultiplied = renders.clone()
    premultiplied[..., :3] = (renders[..., :3] * (renders[..., 3:] / 255)).round().byte()
    sizes = np.full((n, 2), side)
    return [
        CutoutBatch(
            lambda rows: premultiplied[torch.from_numpy(rows).to(renders.device)],
            sizes,
            np.zeros_like(sizes),
            sizes[:, 0],
        )
    ]


@dataclass(frozen=True)
class Composite:
    """`images` float32 (N, 3, size, size) in [0, 1]; `masks` float32 (N, size, size), the share
    of a pixel that the object covers."""

    images: Tensor
    masks: Tensor

    @property
    def boxes(self) -> Tensor:
        """float32 (N, 4): x0, y0, x1, y1 in pixels around mask > 0.5, ends exclusive; zeros where
        nothing is seen of the object."""
        return boxes(self.masks)


def make_composites(pyramid: CutoutPyramid, backgrounds: Tensor, placement: Placement) -> Composite:
    """Paste renders into `backgrounds`, uint8 or float in [0, 1] (N, 3, size, size), on the device
    where these are; they stay as they were.

    The thesis merges at the background's own size and resizes after; here backgrounds come at
    the output's size, which for square ones differs by the resampling alone.
    """
    as_floats = backgrounds.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    layers = torch.cat([as_floats, torch.zeros_like(as_floats[:, :1])], dim=1)
    if backgrounds.dtype == torch.uint8:
        layers[:, :3].div_(255)
    paste(pyramid, layers, placement)
    return Composite(layers[:, :3], layers[:, 3])


def paste(pyramid: CutoutPyramid, images: Tensor, placement: Placement) -> None:
    """The same into `images`, float32 (N, 3 or 4, size, size), in place. A fourth channel gets
    the object's mask, if it was 0."""
    size, placed = images.shape[-1], placement_transforms(placement)
    shrinks = np.stack([cutouts.canvas_sides for cutouts in pyramid]) / (size * placed.render_scale)
    # of the scales, the smallest that still has two texels an output pixel, one for each reading
    chosen = np.maximum((shrinks >= 2 * (1 - 1e-9)).sum(axis=0) - 1, 0)
    left = shrinks[chosen, np.arange(len(chosen))] / 2
    halvings = np.log2(np.maximum(left, 1)).astype(int)
    corners, tiles = _object_tiles(pyramid[0], placed, size)
    keys = np.stack([chosen, halvings, tiles], axis=1)
    for key in np.unique(keys[tiles > 0], axis=0):
        rows = np.flatnonzero((keys == key).all(axis=1))
        scale, steps, tile = key.tolist()
        part = _tile_layers(pyramid[scale], placed, rows, corners[rows], steps, tile, size)
        channels, rest = images.shape[1], 1 - part[:, 3:]
        for k, (row, (x, y)) in enumerate(zip(rows.tolist(), corners[rows].tolist(), strict=True)):
            spot = images[row, :, y : y + tile, x : x + tile]
            torch.addcmul(part[k, :channels], spot, rest[k], out=spot)


def render_on_black(pyramid: CutoutPyramid, size: int) -> Tensor:
    """float32 (N, 3, size, size) in [0, 1]: renders on black, resized (thesis 5.2)."""
    cutouts = pyramid[0]
    made: Tensor | None = None
    for side in np.unique(cutouts.canvas_sides).tolist():
        rows = np.flatnonzero(cutouts.canvas_sides == side)
        pixels = cutouts.load_pixels(rows)
        sheet = pixels.new_zeros(len(rows), side, side, 3)
        for k, row in enumerate(rows.tolist()):
            (h, w), (top, left) = cutouts.sizes[row].tolist(), cutouts.corners[row].tolist()
            sheet[k, top : top + h, left : left + w] = pixels[k, :h, :w, :3]
        planes = sheet.permute(0, 3, 1, 2)
        images = planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)
        if side != size:
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
        if made is None:
            made = images.new_empty(len(cutouts), 3, size, size)
        made[torch.from_numpy(rows).to(made.device)] = images
    return torch.zeros(0, 3, size, size) if made is None else made


def boxes(masks: Tensor) -> Tensor:
    """float32 (N, 4): x0, y0, x1, y1 in pixels around masks (N, H, W) > 0.5, zeros if empty."""
    inside = masks > 0.5
    edges = []
    for axis in (1, 2):  # seen along x: any of a column; along y: any of a row
        hit = inside.any(dim=axis)
        first = hit.byte().argmax(dim=1)
        last = hit.shape[1] - hit.flip(1).byte().argmax(dim=1)
        edges.append(torch.stack([first, last]) * hit.any(dim=1))
    (x0, x1), (y0, y1) = edges
    return torch.stack([x0, y0, x1, y1], dim=1).float()


def _object_tiles(
    cutouts: CutoutBatch, transforms: PlacementTransforms, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """A square of the output that holds each object: int64 corners (N, 2), x and y, and sides (N,),
    0 where nothing of it is inside. Sides are few: size, and that halved again and again by the
    root of 2, so that squares of one side make batches."""
    share = cutouts.canvas_sides[:, None]
    (y0, x0), (high, wide) = (cutouts.corners / share).T, (cutouts.sizes / share).T
    ends = np.stack([[x0, x0 + wide, x0, x0 + wide], [y0, y0, y0 + high, y0 + high]])  # (2, 4, N)
    back = np.linalg.inv(transforms.to_render[:, :, :2]) * size
    seen_at = back @ (ends.transpose(2, 0, 1) - transforms.to_render[:, :, 2:])
    low = np.maximum(np.floor(seen_at.min(axis=2) - 1), 0)
    top = np.minimum(np.ceil(seen_at.max(axis=2) + 1), size)
    needed = np.maximum((top - low).max(axis=1), min(MIN_TILE_SIDE, size))
    steps = np.floor(2 * np.log2(size / needed))
    sides = np.minimum(np.ceil(size * 2 ** (-steps / 2)), size).astype(int)
    corners = np.clip(low, 0, size - sides[:, None]).astype(int)
    return corners, sides * (top > low).all(axis=1)


def _tile_layers(
    cutouts: CutoutBatch,
    transforms: PlacementTransforms,
    rows: np.ndarray,
    corners: np.ndarray,
    halvings: int,
    tile: int,
    size: int,
) -> Tensor:
    """float32 (M, 4, tile, tile) in [0, 1]: premultiplied colour and alpha in tiles of the output.

    The cutouts are first halved, so that 2 x 2 readings a pixel see every texel. How a sample is
    computed depends on its own scale and tile alone, never on its batch.
    """
    layer = cutouts.load_pixels(rows).permute(0, 3, 1, 2)
    layer = layer.to(torch.float32, memory_format=torch.contiguous_format)
    for _ in range(halvings):
        layer = halve(layer)
    texels = cutouts.canvas_sides[rows, None, None] / 2**halvings
    to_layer = _transform_from_tile(transforms.to_render[rows], corners, size) * texels
    to_layer[:, :, 2] -= cutouts.corners[rows, ::-1] / 2**halvings
    part = sample_affine(layer, to_layer, to_layer[:, :, :2] * SUPERSAMPLE_OFFSET, tile).mul_(
        1 / 255
    )
    to_canvas = _transform_from_tile(transforms.to_canvas[rows], corners, size)
    _mask_by_canvas(part, to_canvas)
    return part


def _transform_from_tile(to: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Maps (M, 2, 3) from the picture's sides of 1, from pixels of a tile at `corners` instead."""
    moved = to[:, :, 2:] + to[:, :, :2] @ (corners[:, :, None] / size)
    return np.concatenate([to[:, :, :2] / size, moved], axis=2)


def _mask_by_canvas(part: Tensor, to_canvas: np.ndarray) -> None:
    """Multiplies tiles by the share of each pixel that lies on the affine's canvas, which cuts."""
    tile = part.shape[-1]
    ends = to_canvas[:, :, :2] @ np.array([[0, tile, 0, tile], [0, 0, tile, tile]])
    ends += to_canvas[:, :, 2:]
    cut = np.flatnonzero((ends.min(axis=(1, 2)) < 0) | (ends.max(axis=(1, 2)) > 1))
    if not len(cut):
        return
    maps = to_canvas[cut]
    step = np.linalg.norm(maps[:, :, :2], axis=(1, 2)) / 2**0.5  # of one output pixel
    half = torch.from_numpy((0.5 / step).astype(np.float32)).to(part.device)[:, None, None]
    along, share = np.arange(tile) + 0.5, None
    for axis in (0, 1):
        columns = maps[:, axis, 0, None] * along
        rows = maps[:, axis, 1, None] * along + maps[:, axis, 2, None] - 0.5
        x, y = (
            torch.from_numpy((v / step[:, None]).astype(np.float32)).to(part.device)
            for v in (columns, rows)
        )
        inside = (half + 0.5 - (x[:, None] + y[:, :, None]).abs_()).clamp_(0, 1)
        share = inside if share is None else share.mul_(inside)
    assert share is not None
    for k, row in enumerate(cut.tolist()):
        part[row].mul_(share[k])
