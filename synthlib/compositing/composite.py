"""Pasting a batch of renders into backgrounds (thesis 5.1 and 5.2), on any torch device.

Each render is resampled once, from its own pixels to the composite's, with alpha premultiplied (no
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
"""Half the distance of two readings, in output pixels: the readings are then evenly spaced, and a
thin object has the same area at every position."""

MIN_TILE_SIDE = 8
"""Side in pixels of the smallest tile."""


@dataclass(frozen=True)
class CutoutBatch:
    """N renders at one scale, each cropped to its alpha's box.

    Attributes:
        load_pixels: Maps row numbers (n,) to their pixels, uint8 (n, H, W, 4) on the device, with
            colours premultiplied by alpha, padded with 0 at the right and below.
        sizes: Height and width of each cutout in pixels, int64 (N, 2).
        corners: Top and left of each cutout in its render, in pixels, int64 (N, 2).
        canvas_sides: Side of each whole render in pixels, int64 (N,).
    """

    load_pixels: Callable[[np.ndarray], Tensor]
    sizes: np.ndarray
    corners: np.ndarray
    canvas_sides: np.ndarray

    def __len__(self) -> int:
        return len(self.canvas_sides)


CutoutPyramid = Sequence[CutoutBatch]
"""Renders at falling scales, each about half the size of the one before."""


@dataclass(frozen=True)
class Composite:
    """A batch of composites.

    Attributes:
        images: float32 (N, 3, size, size) in [0, 1].
        masks: Share of each pixel that the object covers, float32 (N, size, size).
    """

    images: Tensor
    masks: Tensor

    @property
    def boxes(self) -> Tensor:
        """Bounding boxes of the objects (see `boxes`), float32 (N, 4)."""
        return boxes(self.masks)


def uncropped(renders: Tensor) -> CutoutPyramid:
    """Whole renders, uint8 (N, S, S, 4) with straight alpha, as cutouts at a single scale."""
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


def make_composites(pyramid: CutoutPyramid, backgrounds: Tensor, placement: Placement) -> Composite:
    """Paste renders into copies of backgrounds.

    The thesis merges at the background's own size and resizes after; here backgrounds come at the
    output's size, which for square ones differs by the resampling alone.

    Args:
        pyramid: N renders at one or more scales, e.g. from `uncropped`.
        backgrounds: (N, 3, size, size), uint8 or float in [0, 1]; they are not changed.
        placement: N placements.

    Returns:
        The composites with the objects' masks, on the device of the backgrounds.

    Examples:
        >>> renders = uncropped(torch.from_numpy(rgba))  # uint8 (N, S, S, 4)
        >>> composite = make_composites(renders, backgrounds, placement)
        >>> composite.images.shape, composite.boxes.shape
        (torch.Size([16, 3, 64, 64]), torch.Size([16, 4]))
    """
    as_floats = backgrounds.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    layers = torch.cat([as_floats, torch.zeros_like(as_floats[:, :1])], dim=1)
    if backgrounds.dtype == torch.uint8:
        layers[:, :3].div_(255)
    paste(pyramid, layers, placement)
    return Composite(layers[:, :3], layers[:, 3])


def paste(pyramid: CutoutPyramid, images: Tensor, placement: Placement) -> None:
    """Paste renders into images, in place.

    Args:
        pyramid: N renders at one or more scales. Of each, the smallest scale with enough pixels
            for its size in the composite is read.
        images: float32 (N, 3 or 4, size, size) in [0, 1]. A fourth channel of zeros becomes the
            object's mask.
        placement: N placements.

    Examples:
        >>> images = backgrounds.clone()  # float32 (N, 3, 64, 64)
        >>> paste(renders.cutouts(index, device), images, sample_placements(u, PlacementRange()))
    """
    size = images.shape[-1]
    transforms = placement_transforms(placement)
    canvas_sides = np.stack([cutouts.canvas_sides for cutouts in pyramid])
    shrinks = canvas_sides / (size * transforms.render_scale)
    # the smallest scale that still has two texels per output pixel, one for each reading
    scales = np.maximum((shrinks >= 2 * (1 - 1e-9)).sum(axis=0) - 1, 0)
    remaining_shrink = shrinks[scales, np.arange(len(scales))] / 2
    halvings = np.log2(np.maximum(remaining_shrink, 1)).astype(int)
    corners, tile_sides = _object_tiles(pyramid[0], transforms, size)
    # objects of the same scale, halvings and tile side are computed together
    keys = np.stack([scales, halvings, tile_sides], axis=1)
    for key in np.unique(keys[tile_sides > 0], axis=0):
        rows = np.flatnonzero((keys == key).all(axis=1))
        scale, n_halvings, tile_side = key.tolist()
        layers = _tile_layers(
            pyramid[scale], transforms, rows, corners[rows], n_halvings, tile_side, size
        )
        channels, transparency = images.shape[1], 1 - layers[:, 3:]
        for k, (row, (x, y)) in enumerate(zip(rows.tolist(), corners[rows].tolist(), strict=True)):
            tile = images[row, :, y : y + tile_side, x : x + tile_side]
            torch.addcmul(layers[k, :channels], tile, transparency[k], out=tile)


def render_on_black(pyramid: CutoutPyramid, size: int) -> Tensor:
    """Renders on black, resized (thesis 5.2): float32 (N, 3, size, size) in [0, 1]."""
    cutouts = pyramid[0]
    if not len(cutouts):
        return torch.zeros(0, 3, size, size)
    result: Tensor | None = None
    for side in np.unique(cutouts.canvas_sides).tolist():
        rows = np.flatnonzero(cutouts.canvas_sides == side)
        pixels = cutouts.load_pixels(rows)
        canvases = pixels.new_zeros(len(rows), side, side, 3)
        for k, row in enumerate(rows.tolist()):
            (h, w), (top, left) = cutouts.sizes[row].tolist(), cutouts.corners[row].tolist()
            canvases[k, top : top + h, left : left + w] = pixels[k, :h, :w, :3]
        planes = canvases.permute(0, 3, 1, 2)
        images = planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)
        if side != size:
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
        if result is None:
            result = images.new_empty(len(cutouts), 3, size, size)
        result[torch.from_numpy(rows).to(result.device)] = images
    assert result is not None  # there is a cutout, so there is a side
    return result


def boxes(masks: Tensor) -> Tensor:
    """Bounding boxes of the pixels that are more than half covered.

    Args:
        masks: Share of each pixel that an object covers, float (N, H, W).

    Returns:
        x0, y0, x1, y1 in pixels, ends exclusive, float32 (N, 4); zeros for an empty mask.
    """
    inside = masks > 0.5
    edges = []
    for axis in (1, 2):  # along x: any pixel of a column; along y: any pixel of a row
        covered = inside.any(dim=axis)
        start = covered.byte().argmax(dim=1)
        end = covered.shape[1] - covered.flip(1).byte().argmax(dim=1)
        edges.append(torch.stack([start, end]) * covered.any(dim=1))
    (x0, x1), (y0, y1) = edges
    return torch.stack([x0, y0, x1, y1], dim=1).float()


def _object_tiles(
    cutouts: CutoutBatch, transforms: PlacementTransforms, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """A square of the output around each object: corners and sides.

    Sides are few (the output's side, divided by powers of the square root of 2), so that tiles of
    one side make batches.

    Returns:
        x and y of the corners, int64 (N, 2), and the sides, int64 (N,), in pixels; a side is 0
        where no part of the object is inside the output.
    """
    canvas = cutouts.canvas_sides[:, None]
    (y0, x0), (height, width) = (cutouts.corners / canvas).T, (cutouts.sizes / canvas).T
    xs = [x0, x0 + width, x0, x0 + width]
    ys = [y0, y0, y0 + height, y0 + height]
    vertices = np.stack([xs, ys])  # (2, 4, N)
    from_render = np.linalg.inv(transforms.to_render[:, :, :2]) * size
    placed = from_render @ (vertices.transpose(2, 0, 1) - transforms.to_render[:, :, 2:])
    low = np.maximum(np.floor(placed.min(axis=2) - 1), 0)
    high = np.minimum(np.ceil(placed.max(axis=2) + 1), size)
    needed = np.maximum((high - low).max(axis=1), min(MIN_TILE_SIDE, size))
    steps = np.floor(2 * np.log2(size / needed))
    sides = np.minimum(np.ceil(size * 2 ** (-steps / 2)), size).astype(int)
    corners = np.clip(low, 0, size - sides[:, None]).astype(int)
    return corners, sides * (high > low).all(axis=1)


def _tile_layers(
    cutouts: CutoutBatch,
    transforms: PlacementTransforms,
    rows: np.ndarray,
    corners: np.ndarray,
    halvings: int,
    tile_side: int,
    size: int,
) -> Tensor:
    """Premultiplied colour and alpha in tiles of the output: float32 (M, 4, tile, tile) in [0, 1].

    The cutouts are first halved, so that 2 x 2 readings per pixel cover every texel. The
    computation for a sample depends on its own scale and tile alone, never on its batch.
    """
    cutout_layers = cutouts.load_pixels(rows).permute(0, 3, 1, 2)
    cutout_layers = cutout_layers.to(torch.float32, memory_format=torch.contiguous_format)
    for _ in range(halvings):
        cutout_layers = halve(cutout_layers)
    texels = cutouts.canvas_sides[rows, None, None] / 2**halvings
    to_layer = _transform_from_tile(transforms.to_render[rows], corners, size) * texels
    to_layer[:, :, 2] -= cutouts.corners[rows, ::-1] / 2**halvings
    offsets = to_layer[:, :, :2] * SUPERSAMPLE_OFFSET
    tiles = sample_affine(cutout_layers, to_layer, offsets, tile_side).mul_(1 / 255)
    to_canvas = _transform_from_tile(transforms.to_canvas[rows], corners, size)
    _mask_by_canvas(tiles, to_canvas)
    return tiles


def _transform_from_tile(transforms: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Transforms (M, 2, 3) of composites of side 1, as transforms of the pixels of a tile."""
    translation = transforms[:, :, 2:] + transforms[:, :, :2] @ (corners[:, :, None] / size)
    return np.concatenate([transforms[:, :, :2] / size, translation], axis=2)


def _mask_by_canvas(tiles: Tensor, to_canvas: np.ndarray) -> None:
    """Multiply tiles by the share of each pixel that is on the affine's canvas, in place."""
    side = tiles.shape[-1]
    vertices = to_canvas[:, :, :2] @ np.array([[0, side, 0, side], [0, 0, side, side]])
    vertices += to_canvas[:, :, 2:]
    cut = np.flatnonzero((vertices.min(axis=(1, 2)) < 0) | (vertices.max(axis=(1, 2)) > 1))
    if not len(cut):
        return
    transforms = to_canvas[cut]
    pixel = np.linalg.norm(transforms[:, :, :2], axis=(1, 2)) / 2**0.5  # an output pixel's side
    half = torch.from_numpy((0.5 / pixel).astype(np.float32)).to(tiles.device)[:, None, None]
    centres, share = np.arange(side) + 0.5, None
    for axis in (0, 1):
        columns = transforms[:, axis, 0, None] * centres
        rows = transforms[:, axis, 1, None] * centres + transforms[:, axis, 2, None] - 0.5
        x, y = (
            torch.from_numpy((values / pixel[:, None]).astype(np.float32)).to(tiles.device)
            for values in (columns, rows)
        )
        inside = (half + 0.5 - (x[:, None] + y[:, :, None]).abs_()).clamp_(0, 1)
        share = inside if share is None else share.mul_(inside)
    assert share is not None
    for k, row in enumerate(cut.tolist()):
        tiles[row].mul_(share[k])
