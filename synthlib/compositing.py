"""Paste a batch of renders into photographs of scenes (thesis 5.1 and 5.2), on any torch device.

Each render is resampled once, from its own pixels to the picture's, with alpha premultiplied (no
fringe) and smoothed to the scale it shrinks to (no aliasing). Only the pixels around the object
are computed: a render comes as a cutout, its alpha's box, and is pasted as a square tile.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.placement import Maps, Placement, maps
from synthlib.resampling import halve, read

TAP = 0.25
"""Half the distance of two readings, in output pixels: they then lie evenly over the picture, and
a thin object has the same area wherever it stands."""


@dataclass(frozen=True)
class Cutouts:
    """N renders cut to their alpha's box: `pixels` uint8 (N, H, W, 4) with colours premultiplied
    by alpha, padded with 0 at the right and below; on the CPU, in pixels, int64: `sizes` (N, 2),
    height and width; `corners` (N, 2), top and left in the render; `sides` (N,) of the render."""

    pixels: Tensor
    sizes: Tensor
    corners: Tensor
    sides: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    @classmethod
    def whole(cls, renders: Tensor) -> "Cutouts":
        """Of whole renders, uint8 (N, S, S, 4) with straight alpha."""
        n, side = len(renders), renders.shape[1]
        pixels = renders.clone()
        pixels[..., :3] = (renders[..., :3] * (renders[..., 3:] / 255)).round().byte()
        sizes = torch.tensor((side, side)).expand(n, 2)
        return cls(pixels, sizes, torch.zeros_like(sizes), sizes[:, 0])


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


def composite(cutouts: Cutouts, backgrounds: Tensor, placement: Placement) -> Composite:
    """Paste cutouts into `backgrounds`, uint8 or float in [0, 1] (N, 3, size, size), on the device
    where they are; these stay as they were.

    The thesis merges at the background's own size and resizes after; here backgrounds come at
    the output's size, which for square ones differs by the resampling alone.
    """
    as_floats = backgrounds.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    layers = torch.cat([as_floats, torch.zeros_like(as_floats[:, :1])], dim=1)
    if backgrounds.dtype == torch.uint8:
        layers[:, :3].div_(255)
    paste(cutouts, layers, placement)
    return Composite(layers[:, :3], layers[:, 3])


def paste(cutouts: Cutouts, images: Tensor, placement: Placement) -> None:
    """The same into `images`, float32 (N, 3 or 4, size, size), in place. A fourth channel gets
    the object's mask, if it was 0."""
    size, placed = images.shape[-1], maps(placement)
    shrinks = cutouts.sides / (size * placed.zoom)  # texels an output pixel
    # two readings lie at most two texels apart, as bilinear reading allows
    levels = (2 * TAP * shrinks).clamp(min=1).log2().floor().long()
    corners, tiles = _tiles(cutouts, placed, size)
    keys = torch.stack([levels, tiles], 1)
    for level, tile in torch.unique(keys[tiles > 0], dim=0).tolist():
        rows = ((levels == level) & (tiles == tile)).nonzero()[:, 0]
        part = _tile_layers(cutouts, placed, rows, corners[rows], level, tile, size)
        channels, rest = images.shape[1], 1 - part[:, 3:]
        for k, (row, (x, y)) in enumerate(zip(rows.tolist(), corners[rows].tolist(), strict=True)):
            spot = images[row, :, y : y + tile, x : x + tile]
            torch.addcmul(part[k, :channels], spot, rest[k], out=spot)


def flatten_black(cutouts: Cutouts, size: int) -> Tensor:
    """float32 (N, 3, size, size) in [0, 1]: renders on black, resized (thesis 5.2)."""
    images = torch.empty(len(cutouts), 3, size, size, device=cutouts.pixels.device)
    for side in torch.unique(cutouts.sides).tolist():
        rows = (cutouts.sides == side).nonzero()[:, 0].tolist()
        whole = torch.zeros(len(rows), 3, side, side, device=images.device)
        for k, row in enumerate(rows):
            (h, w), (top, left) = cutouts.sizes[row].tolist(), cutouts.corners[row].tolist()
            color = cutouts.pixels[row, :h, :w, :3].permute(2, 0, 1)
            whole[k, :, top : top + h, left : left + w] = color
        whole.mul_(1 / 255)
        if side != size:
            whole = F.interpolate(whole, (size, size), mode="bilinear", antialias=True)
        images[rows] = whole
    return images


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


def _tiles(cutouts: Cutouts, placed: Maps, size: int) -> tuple[Tensor, Tensor]:
    """A square of the output that holds each object: int64 corners (N, 2), x and y, and sides (N,),
    0 where nothing of it is inside. Sides are few: size, and that halved again and again by the
    root of 2, so that squares of one side make batches."""
    share = cutouts.sides[:, None].double()
    top_left, extent = cutouts.corners / share, cutouts.sizes / share
    y, x = (
        top_left[:, i, None] + extent[:, i, None] * torch.tensor(k).double() for i, k in _CORNERS
    )
    back = torch.linalg.inv(placed.to_render[:, :, :2])
    ends = back @ (torch.stack([x, y], 1) - placed.to_render[:, :, 2:]) * size
    low = ends.amin(2).sub(1).floor().clamp(min=0)
    high = ends.amax(2).add(1).ceil().clamp(max=size)
    needed = (high - low).amax(1)
    steps = (2 * (size / needed.clamp(min=max(8, size / 32))).log2()).floor()
    side = (size * 2 ** (-steps / 2)).ceil().long().clamp(max=size)
    seen = ((high - low) > 0).all(1)
    corner = torch.minimum(low.long(), size - side[:, None]).clamp(min=0)
    return corner, side * seen


_CORNERS = ((0, (0.0, 0.0, 1.0, 1.0)), (1, (0.0, 1.0, 0.0, 1.0)))


def _tile_layers(
    cutouts: Cutouts, placed: Maps, rows: Tensor, corners: Tensor, level: int, tile: int, size: int
) -> Tensor:
    """float32 (M, 4, tile, tile) in [0, 1]: premultiplied colour and alpha in tiles of the output.

    The cutouts are first halved `level` times, so that 2 x 2 readings a pixel see every texel.
    How a sample is computed depends on its own level and tile alone, never on its batch.
    """
    height, width = cutouts.sizes[rows].amax(0).tolist()
    layer = cutouts.pixels[rows.to(cutouts.pixels.device)][:, :height, :width].permute(0, 3, 1, 2)
    layer = layer.to(torch.float32, memory_format=torch.contiguous_format)
    for _ in range(level):
        layer = halve(layer)
    texels = (cutouts.sides[rows].double() / 2**level)[:, None, None]
    to_layer = _from_tile(placed.to_render[rows], corners, size) * texels
    to_layer[:, :, 2] -= cutouts.corners[rows].flip(1).double() / 2**level
    part = read(layer, to_layer, to_layer[:, :, :2] * TAP, (tile, tile)).mul_(1 / 255)
    return _cut_by_canvas(part, cutouts, placed, rows, corners, size)


def _from_tile(to: Tensor, corners: Tensor, size: int) -> Tensor:
    """Maps (M, 2, 3) from the picture's sides of 1, from pixels of a tile at `corners` instead."""
    moved = to[:, :, 2:] + to[:, :, :2] @ (corners[:, :, None].double() / size)
    return torch.cat([to[:, :, :2] / size, moved], dim=2)


def _cut_by_canvas(
    part: Tensor, cutouts: Cutouts, placed: Maps, rows: Tensor, corners: Tensor, size: int
) -> Tensor:
    """Tiles, times the share of each pixel that lies on the affine's canvas, which cuts."""
    to_canvas = _from_tile(placed.to_canvas[rows], corners, size)
    step = to_canvas[:, :, :2].norm(dim=(1, 2)) / 2**0.5  # of one output pixel
    along = torch.arange(part.shape[-1], device=part.device) + 0.5
    scaled = (to_canvas / step[:, None, None]).to(part)
    half = (0.5 / step).to(part)[:, None, None]
    for axis in (0, 1):
        across = scaled[:, axis, 0, None, None] * along + (
            scaled[:, axis, 1, None, None] * along[:, None] + scaled[:, axis, 2, None, None] - half
        )
        part.mul_((half + 0.5 - across.abs_()).clamp_(0, 1)[:, None])
    return part
