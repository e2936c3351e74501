"""Paste a batch of renders into photographs of scenes (thesis 5.1 and 5.2), on any torch device.

A placement is the thesis's RandomAffine on the render followed by its merge: rotate, scale to a
share of the largest size that fits, paste at a random place. Both are similarities, so together
they are one: each render is resampled once, from its own pixels to the output's, with alpha
premultiplied (no fringe) and smoothed to the scale it shrinks to (no aliasing).
Coordinates below are normalised: x to the right and y down, -1 and 1 at the picture's edges.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

DRAWS = 8
"""Uniforms that one placement needs."""


@dataclass(frozen=True)
class PlacementRange:
    """From what a placement is drawn, uniformly. The defaults are the thesis's."""

    affine_angle: tuple[float, float] = (0.0, 180.0)  # degrees
    affine_shift: float = 1 / 3  # of the render's side, in either direction
    affine_scale: tuple[float, float] = (0.1, 1.0)
    rotation: tuple[float, float] = (0.0, 360.0)  # degrees
    scale: tuple[float, float] = (0.5, 1.0)  # of the largest that fits


@dataclass(frozen=True)
class Placement:
    """Where N objects stand: float32 (N,) each, on the CPU.

    First the affine, on the render's own canvas, which cuts off what leaves it: turned by
    `affine_angle` degrees clockwise, scaled by `affine_scale`, moved by `affine_dx`, `affine_dy`
    (fractions of the side). Then the merge: that canvas turned by `rotation` degrees
    anticlockwise, its bounding square scaled to `scale` of the picture's side, and put at `x`, `y`
    in [0, 1] (fractions of the room that is left, from the left and from the top).
    """

    affine_angle: Tensor
    affine_dx: Tensor
    affine_dy: Tensor
    affine_scale: Tensor
    rotation: Tensor
    scale: Tensor
    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def rows(self) -> list[str]:
        """One line of JSON a sample, exact: `from_rows` gives the same float32 back."""
        columns = {name: value.tolist() for name, value in asdict(self).items()}
        shortest = {k: [float(str(np.float32(v))) for v in vs] for k, vs in columns.items()}
        return [json.dumps({k: vs[i] for k, vs in shortest.items()}) for i in range(len(self))]

    @classmethod
    def from_rows(cls, rows: Sequence[str]) -> "Placement":
        """The placements that `rows` wrote."""
        items = [json.loads(row) for row in rows]
        return cls(*(torch.tensor([i[f.name] for i in items]) for f in fields(cls)))


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


def sample_placements(u: np.ndarray, ranges: PlacementRange) -> Placement:
    """Placements from uniforms `u`, float (N, >= 8) in [0, 1): a row depends on its row alone."""

    def between(column: int, low: float, high: float) -> Tensor:
        return torch.from_numpy((low + (high - low) * u[:, column]).astype(np.float32))

    return Placement(
        affine_angle=between(0, *ranges.affine_angle),
        affine_dx=between(1, -ranges.affine_shift, ranges.affine_shift),
        affine_dy=between(2, -ranges.affine_shift, ranges.affine_shift),
        affine_scale=between(3, *ranges.affine_scale),
        rotation=between(4, *ranges.rotation),
        scale=between(5, *ranges.scale),
        x=between(6, 0, 1),
        y=between(7, 0, 1),
    )


def composite(renders: Tensor, backgrounds: Tensor, placement: Placement, size: int) -> Composite:
    """Paste `renders`, uint8 (N, S, S, 4) with straight alpha, into `backgrounds`, uint8 or
    float in [0, 1] (N, 3, size, size), on the device where the two are.

    The thesis merges at the background's own size and resizes after; here backgrounds come at
    the output's size, which for square ones differs by the resampling alone.
    """
    layer = _place(premultiplied(renders), placement, size)
    if backgrounds.dtype == torch.uint8:
        backgrounds = backgrounds.float().div_(255)
    images = torch.addcmul(layer[:, :3], backgrounds, 1 - layer[:, 3:])
    return Composite(images, layer[:, 3])


def flatten_black(renders: Tensor, size: int) -> Tensor:
    """float32 (N, 3, size, size): uint8 (N, S, S, 4) renders on black, resized (thesis 5.2)."""
    color = premultiplied(renders)[:, :3]
    return F.interpolate(color, (size, size), mode="bilinear", antialias=True)


def premultiplied(renders: Tensor) -> Tensor:
    """float32 (N, 4, S, S) in [0, 1]: colour times alpha, and alpha, of uint8 (N, S, S, 4)."""
    planes = renders.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
    alpha = planes[:, 3:].div_(255)
    planes[:, :3].mul_(alpha / 255)
    return planes


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


def _place(layer: Tensor, placement: Placement, size: int) -> Tensor:
    """(N, 4, size, size): the layer (N, 4, S, S) resampled to where it stands in the output.

    By levels: level L, the layer at S / 2^L, serves the samples that shrink it to a half or a
    quarter; what shrinks less uses level 0. 2 x 2 samples an output pixel then lie at most two
    texels apart, as bilinear reading allows, and a tile of the output holds the whole render.
    How a sample is computed depends on its own level alone, never on the others of the batch.
    """
    to_canvas, to_render, zoom = _transforms(placement)
    side = layer.shape[-1]
    levels = (side / (size * zoom) / 2).clamp(min=1).log2().floor().long()
    placed = layer.new_zeros(len(layer), 4, size, size)
    kept, texels = torch.arange(len(layer)), float(side)
    for level in range(int(levels.max()) + 1):
        if level:
            deeper = levels[kept] >= level
            layer = _halve(layer if deeper.all() else layer[deeper.to(layer.device)])
            kept, texels = kept[deeper], texels / 2
        here = levels[kept] == level
        if here.any():
            rows = kept[here]
            tile = min(size, math.ceil(texels / 2**0.5) + 1) if level else size
            corner = _corner(to_render[rows], tile, size)
            render_map = _from_tile(to_render[rows], corner, tile, size)
            canvas_map = _from_tile(to_canvas[rows], corner, tile, size)
            part = layer if here.all() else layer[here.to(layer.device)]
            tiles = _sample(part, render_map.to(layer), texels / layer.shape[-1], tile)
            tiles *= _canvas_share(canvas_map.to(layer), tile)
            _put(placed, tiles, rows.to(layer.device), corner.to(layer.device))
    return placed


def _halve(layer: Tensor) -> Tensor:
    """Means of 2 x 2 pixels; an odd side is first padded with nothing, at the right and below."""
    odd = layer.shape[-1] % 2
    layer = F.pad(layer, (0, odd, 0, odd)) if odd else layer
    rows = layer[:, :, ::2] + layer[:, :, 1::2]
    return (rows[..., ::2] + rows[..., 1::2]).mul_(0.25)


def _corner(to_render: Tensor, tile: int, size: int) -> Tensor:
    """int64 (M, 2): x, y of a tile of the output around each render's centre, in pixels."""
    centre = -torch.linalg.solve(to_render[:, :, :2], to_render[:, :, 2])
    return ((centre + 1) * size / 2 - tile / 2).round().long().clamp(0, size - tile)


def _from_tile(maps: Tensor, corner: Tensor, tile: int, size: int) -> Tensor:
    """The maps (M, 2, 3) for coordinates of a tile instead of the output's."""
    centre = (2 * corner + tile) / size - 1
    moved = maps[:, :, 2:] + maps[:, :, :2] @ centre[:, :, None]
    return torch.cat([maps[:, :, :2] * (tile / size), moved], dim=2)


def _sample(layer: Tensor, to_render: Tensor, filled: float, tile: int) -> Tensor:
    """(M, 4, tile, tile): bilinear samples of the layer (M, 4, T, T), means of 2 x 2 a pixel."""
    to_layer = to_render * filled
    to_layer[:, :, 2] += filled - 1  # a padded layer's render stands at its upper left
    grid = F.affine_grid(to_layer, [len(layer), 4, tile, tile], align_corners=False)
    total = None
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)):
        step = to_layer[:, :, :2] @ to_layer.new_tensor((x, y)) / tile
        part = F.grid_sample(layer, grid + step[:, None, None, :], align_corners=False)
        total = part if total is None else total.add_(part)
    return total.mul_(0.25)


def _put(placed: Tensor, tiles: Tensor, rows: Tensor, corner: Tensor) -> None:
    """Write tiles (M, 4, t, t) into rows of placed (N, 4, size, size) at corner (M, 2), x and y."""
    if tiles.shape[-1] == placed.shape[-1]:
        placed[rows] = tiles
        return
    along = torch.arange(tiles.shape[-1], device=placed.device)
    x, y = corner[:, 0, None] + along, corner[:, 1, None] + along
    channel = torch.arange(4, device=placed.device)[None, :, None, None]
    placed[rows[:, None, None, None], channel, y[:, None, :, None], x[:, None, None, :]] = tiles


def _transforms(p: Placement) -> tuple[Tensor, Tensor, Tensor]:
    """float32 (N, 2, 3) from output to the affine's canvas, and to the render; and the zoom (N,):
    how large a render's side is in sides of the output."""
    turn, angle = torch.deg2rad(p.rotation), torch.deg2rad(p.affine_angle)
    zoom = p.scale / (turn.cos().abs() + turn.sin().abs())
    centre = torch.stack([2 * p.x - 1, 2 * p.y - 1], dim=1) * (1 - p.scale)[:, None]
    to_canvas = _inverse(-turn, zoom, centre)
    shift = 2 * torch.stack([p.affine_dx, p.affine_dy], dim=1)
    from_canvas = _inverse(angle, p.affine_scale, shift)
    linear = from_canvas[:, :, :2] @ to_canvas
    linear[:, :, 2] += from_canvas[:, :, 2]
    return to_canvas, linear, zoom * p.affine_scale


def _inverse(angle: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """(N, 2, 3): the inverse of turning clockwise by `angle` (radians), scaling, then shifting."""
    cos, sin = angle.cos() / scale, angle.sin() / scale
    matrix = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
    return torch.cat([matrix, -matrix @ shift[:, :, None]], dim=2)


def _canvas_share(to_canvas: Tensor, size: int) -> Tensor:
    """(N, 1, size, size): how much of an output pixel lies on the affine's canvas, which cuts."""
    grid = F.affine_grid(to_canvas, [len(to_canvas), 1, size, size], align_corners=False)
    step = to_canvas[:, :, :2].norm(dim=(1, 2)) * 2**0.5 / size  # of one output pixel
    share = (1 - grid.abs()) / step[:, None, None, None] + 0.5
    return share.clamp_(0, 1).prod(dim=3)[:, None]
