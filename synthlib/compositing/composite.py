"""Alpha compositing of a batch of renders over backgrounds (thesis 5.1 and 5.2), on any device.

Each render is resampled once, from its own pixels directly to those of the composite. Colours are
premultiplied by alpha, which avoids fringes at the object's edge, and large renders are averaged
down to the scale at which they appear, which avoids aliasing.

Only pixels around the object are stored and computed: a render is stored as a cutout (cropped to
the bounding box of its alpha) and is pasted as a square tile of the composite. The whole square
image of a render, of which the cutout is a part, is called its canvas. A texel is a pixel of the
image that is read, as opposed to a pixel of the output.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from synthlib.compositing.blending import BLUR_RADIUS, blend
from synthlib.compositing.extents import ObjectExtents, object_extents
from synthlib.compositing.photometric import adjust_cutouts
from synthlib.compositing.placement import Placement, PlacementTransforms, placement_transforms
from synthlib.compositing.resampling import halve, sample_affine

SUPERSAMPLE_OFFSET = 0.25
"""Distance of the 2 x 2 bilinear readings of an output pixel from its centre, along each axis and
in output pixels. The readings of all pixels are then evenly spaced, and a thin object covers the
same area at every position."""

MIN_TILE_SIDE = 8
"""Side in pixels of the smallest tile."""


@dataclass(frozen=True)
class CutoutBatch:
    """N renders at one scale, each cropped to the bounding box of its alpha.

    Attributes:
        load_pixels: Function from positions in this batch, int64 (n,), to RGBA pixels, uint8
            (n, H, W, 4) on the device, with colours premultiplied by alpha. A fifth channel is the
            object's own mask, where alpha covers more, such as a shadow. H and W are those of the
            largest of the n cutouts; smaller ones are padded with 0 at the right and bottom.
        sizes: Height and width of each cutout in pixels, int64 (N, 2).
        corners: Top and left of each cutout on its canvas, in pixels, int64 (N, 2).
        canvas_sides: Side of each canvas in pixels, int64 (N,).
    """

    load_pixels: Callable[[np.ndarray], Tensor]
    sizes: np.ndarray
    corners: np.ndarray
    canvas_sides: np.ndarray

    def __len__(self) -> int:
        return len(self.canvas_sides)

    def with_tone(self, contrast: float, brightness: float) -> "CutoutBatch":
        """These objects with another contrast and brightness (`photometric.adjust_cutouts`)."""
        return replace(
            self,
            load_pixels=lambda rows: adjust_cutouts(self.load_pixels(rows), contrast, brightness),
        )


CutoutPyramid = Sequence[CutoutBatch]
"""N renders at decreasing scales, each about half the size of the one before it."""


@dataclass(frozen=True)
class Composite:
    """A batch of composites.

    Attributes:
        images: float32 (N, 3, size, size) in [0, 1].
        masks: Share of each pixel that the object itself covers (without its shadow), float32
            (N, size, size) in [0, 1].
        extents: Boxes and areas of the whole objects, with parts outside of the composite.
    """

    images: Tensor
    masks: Tensor
    extents: ObjectExtents

    @property
    def boxes(self) -> Tensor:
        """Bounding boxes of what is visible of the objects (see `boxes`), float32 (N, 4)."""
        return boxes(self.masks)

    @property
    def occluded(self) -> Tensor:
        """Share of each object that is not visible, float32 (N,) in [0, 1]."""
        return self.extents.hidden_shares(self.masks)


def uncropped(renders: Tensor) -> CutoutPyramid:
    """Wrap whole renders as cutouts at a single scale, for `make_composites` and `paste`.

    Args:
        renders: RGBA with straight (not premultiplied) alpha, uint8 (N, S, S, 4); or with the own
            mask as fifth channel, (N, S, S, 5).
    """
    n, side = len(renders), renders.shape[1]
    premultiplied = renders.clone()
    premultiplied[..., :3] = (renders[..., :3] * (renders[..., 3:4] / 255)).round().byte()
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

    The thesis pastes at the background's original size and resizes the result. Here backgrounds
    have the output's size already; for square backgrounds, only the resampling differs.

    Args:
        pyramid: N renders at one or more scales, e.g. from `uncropped`.
        backgrounds: uint8, or float in [0, 1], (N, 3, size, size); not modified.
        placement: N placements, e.g. from `sample_placements`.

    Returns:
        The composites and the objects' masks, on the device of the backgrounds.

    Examples:
        >>> renders = uncropped(torch.from_numpy(rgba))  # uint8 (N, S, S, 4)
        >>> composite = make_composites(renders, backgrounds, placement)
        >>> composite.images.shape, composite.boxes.shape
        (torch.Size([16, 3, 64, 64]), torch.Size([16, 4]))
    """
    as_floats = backgrounds.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    rgb_and_mask = torch.cat([as_floats, torch.zeros_like(as_floats[:, :1])], dim=1)
    if backgrounds.dtype == torch.uint8:
        rgb_and_mask[:, :3].div_(255)
    paste(pyramid, rgb_and_mask, placement)
    extents = object_extents(pyramid, placement, backgrounds.shape[-1])
    return Composite(rgb_and_mask[:, :3], rgb_and_mask[:, 3], extents)


def paste(
    pyramid: CutoutPyramid,
    images: Tensor,
    placement: Placement,
    blending_methods: np.ndarray | None = None,
) -> None:
    """Paste renders into images, in place.

    Args:
        pyramid: N renders at one or more scales. Each render is read at the smallest scale that
            has enough pixels for its size in the composite.
        images: RGB, float32 (N, 3, size, size) in [0, 1], or (N, 4, size, size) with a fourth
            channel of zeros, which becomes the object's own mask.
        placement: N placements.
        blending_methods: Method of `blending` by which each is blended, str (N,); None: hard edges.
            The mask is that of the hard edge in any case.

    Examples:
        >>> images = backgrounds.clone()  # float32 (N, 3, 64, 64)
        >>> paste(renders.cutouts(index, device), images, sample_placements(u, PlacementRange()))
    """
    size, n_channels = images.shape[-1], images.shape[1]
    transforms = placement_transforms(placement)
    # one pixel of margin for the bilinear readings, and what blending adds around the object
    margin = 1 if blending_methods is None else 1 + BLUR_RADIUS
    corners, sides = _object_tiles(pyramid[0], transforms, size, margin)
    scales, halvings, to_cutout = _transforms_to_cutouts(pyramid, transforms, corners, size)
    canvas_points, half_canvas = _points_on_canvas(transforms.to_canvas, corners, size)
    # objects of the same scale, halvings and tile side are computed together
    groups = defaultdict(list)
    for i, key in enumerate(zip(scales.tolist(), halvings.tolist(), sides.tolist(), strict=True)):
        groups[key].append(i)
    for (scale, n_halvings, side), group in groups.items():
        if not side:
            continue  # no part of these objects is inside the output
        tiles = _tile_layers(
            pyramid[scale], np.array(group), to_cutout[group], n_halvings, side, n_channels > 3
        )
        tiles *= _share_on_canvas(canvas_points[group, ..., :side], half_canvas[group], tiles)
        layers, transparencies = _rgb_and_mask(tiles)[:, :n_channels], 1 - tiles[:, 3:4]
        if blending_methods is not None:
            blended = blend(tiles, blending_methods[group], images[group, :3])
            layers = torch.cat([blended[:, :3], layers[:, 3:]], dim=1)
            transparencies = 1 - blended[:, 3:]
        parts = zip(group, corners[group].tolist(), layers, transparencies, strict=True)
        for i, (x, y), layer, transparency in parts:
            target = images[i, :, y : y + side, x : x + side]
            # "over" with premultiplied alpha: object + background * (1 - alpha)
            torch.addcmul(layer, target, transparency, out=target)


def render_on_black(pyramid: CutoutPyramid, size: int, with_masks: bool = False) -> Tensor:
    """Show whole renders on black, resized to the output (thesis 5.2).

    Args:
        pyramid: N renders; only the largest scale is read.
        size: Side of the output in pixels.
        with_masks: Add a fourth channel, the object's mask.

    Returns:
        float32 (N, 3 or 4, size, size) in [0, 1].
    """
    cutouts = pyramid[0]
    channels = [0, 1, 2, -1] if with_masks else [0, 1, 2]
    if not len(cutouts):
        return torch.zeros(0, len(channels), size, size)
    result: Tensor | None = None
    for side in np.unique(cutouts.canvas_sides).tolist():
        rows = np.flatnonzero(cutouts.canvas_sides == side)
        pixels = cutouts.load_pixels(rows)
        canvases = pixels.new_zeros(len(rows), side, side, len(channels))
        for k, row in enumerate(rows.tolist()):
            (h, w), (top, left) = cutouts.sizes[row].tolist(), cutouts.corners[row].tolist()
            # a colour that is premultiplied by alpha is the colour on black
            canvases[k, top : top + h, left : left + w] = pixels[k, :h, :w, channels]
        planes = canvases.permute(0, 3, 1, 2)
        images = planes.to(torch.float32, memory_format=torch.contiguous_format).div_(255)
        if side != size:
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
        if result is None:
            result = images.new_empty(len(cutouts), len(channels), size, size)
        result[torch.from_numpy(rows).to(result.device)] = images
    assert result is not None  # there is a cutout, so there is a side
    return result


def boxes(masks: Tensor) -> Tensor:
    """Bounding boxes of the pixels that are more than half covered.

    Args:
        masks: Share of each pixel that an object covers, float (N, H, W) in [0, 1].

    Returns:
        Columns x0, y0, x1, y1 in pixels, x1 and y1 exclusive, float32 (N, 4); zeros for an empty
        mask.
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
    cutouts: CutoutBatch, transforms: PlacementTransforms, size: int, margin: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose a square of the output around each object, with `margin` pixels on all sides.

    Sides take few values (the output's side divided by powers of the square root of 2), so that
    many tiles have the same side and can be computed in one batch.

    Returns:
        x and y of each square's upper left corner, int64 (N, 2), and its side, int64 (N,), in
        pixels. The side is 0 where no part of the object is inside the output.
    """
    # the cutout's box on a canvas of side 1, then in pixels of the output
    canvas = cutouts.canvas_sides[:, None]
    (y0, x0), (height, width) = (cutouts.corners / canvas).T, (cutouts.sizes / canvas).T
    xs = [x0, x0 + width, x0, x0 + width]
    ys = [y0, y0, y0 + height, y0 + height]
    vertices = np.stack([xs, ys])  # (2, 4, N)
    # the inverse of a similarity transform
    from_render = transforms.to_render[:, :, :2].swapaxes(1, 2) * (
        size * transforms.render_scale[:, None, None] ** 2
    )
    placed = from_render @ (vertices.transpose(2, 0, 1) - transforms.to_render[:, :, 2:])
    # clipped to the output
    low = np.maximum(np.floor(placed.min(axis=2) - margin), 0)
    high = np.minimum(np.ceil(placed.max(axis=2) + margin), size)
    needed = np.maximum((high - low).max(axis=1), min(MIN_TILE_SIDE, size))
    steps = np.floor(2 * np.log2(size / needed))
    sides = np.minimum(np.ceil(size * 2 ** (-steps / 2)), size).astype(int)
    corners = np.clip(low, 0, size - sides[:, None]).astype(int)
    return corners, sides * (high > low).all(axis=1)


def _transforms_to_cutouts(
    pyramid: CutoutPyramid, transforms: PlacementTransforms, corners: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose the scale at which each object is read, and the texels that its pixels read there.

    Args:
        pyramid: N renders.
        transforms: Their placements.
        corners: x and y of each tile's upper left corner in pixels, int (N, 2).
        size: Side of the output in pixels.

    Returns:
        The scale of each object in the pyramid, int (N,); how often its cutout is halved, int (N,),
        so that 2 x 2 readings per output pixel cover every texel; and affine maps from pixels of
        its tile to texels of the halved cutout, float (N, 2, 3).
    """
    every = np.arange(len(corners))
    canvas_sides = np.stack([cutouts.canvas_sides for cutouts in pyramid])
    texels_per_pixel = canvas_sides / (size * transforms.render_scale)  # (scales, N)
    # The smallest scale that still has two texels per output pixel along each axis, one for each
    # reading; the largest scale if none has. 1e-9 allows for rounding.
    scales = np.maximum((texels_per_pixel >= 2 * (1 - 1e-9)).sum(axis=0) - 1, 0)
    halvings = np.log2(np.maximum(texels_per_pixel[scales, every] / 2, 1)).astype(int)
    # from pixels of the tile to texels of the halved canvas, then of the halved cutout
    canvas_texels = canvas_sides[scales, every] / 2**halvings
    to_cutout = _transforms_from_tiles(transforms.to_render, corners, size)
    to_cutout *= canvas_texels[:, None, None]
    cutout_corners = np.stack([cutouts.corners for cutouts in pyramid])[scales, every]
    to_cutout[:, :, 2] -= cutout_corners[:, ::-1] / 2 ** halvings[:, None]  # top, left -> x, y
    return scales, halvings, to_cutout


def _transforms_from_tiles(transforms: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Make affine maps take pixels of a tile instead of points of a composite of side 1.

    Args:
        transforms: Affine maps from a composite of side 1, float (N, 2, 3).
        corners: x and y of each tile's upper left corner in pixels, int (N, 2).
        size: Side of the composite in pixels.
    """
    translation = transforms[:, :, 2:] + transforms[:, :, :2] @ (corners[:, :, None] / size)
    return np.concatenate([transforms[:, :, :2] / size, translation], axis=2)


def _tile_layers(
    cutouts: CutoutBatch,
    rows: np.ndarray,
    to_cutout: np.ndarray,
    halvings: int,
    side: int,
    with_mask: bool,
) -> Tensor:
    """Resample M cutouts, `rows` of a scale, to tiles of the output.

    `to_cutout` and `halvings` are those of `_transforms_to_cutouts`; without `with_mask` a fifth
    channel of the cutouts is left out. The result for a sample
    depends on its own scale and tile, never on its batch.

    Returns:
        Premultiplied RGB, alpha and the own mask if there is one, float32
        (M, 4 or 5, side, side) in [0, 1].
    """
    pixels = cutouts.load_pixels(rows)
    layers = (pixels if with_mask else pixels[..., :4]).float().permute(0, 3, 1, 2)
    for _ in range(halvings):
        layers = halve(layers)
    offsets = to_cutout[:, :, :2] * SUPERSAMPLE_OFFSET
    return sample_affine(layers, to_cutout, offsets, side).mul_(1 / 255)


def _rgb_and_mask(tiles: Tensor) -> Tensor:
    """Premultiplied RGB and the own mask, which is alpha where tiles have no fifth channel."""
    return tiles if tiles.shape[1] == 4 else tiles[:, [0, 1, 2, 4]]


def _points_on_canvas(
    to_canvas: np.ndarray, corners: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute where the pixels of N tiles are on the canvas, in output pixels from its middle.

    Returns:
        Two parts that add up to the place of a pixel along each axis of the canvas, that of its
        column and that of its row, float32 (N, 2, 2 axes, size); and half the canvas's side,
        float32 (N, 1, 1, 1).
    """
    to_canvas = _transforms_from_tiles(to_canvas, corners, size)
    # side of an output pixel on the canvas: the scale of a similarity transform
    pixel_side = np.linalg.norm(to_canvas[:, :, :2], axis=(1, 2))[:, None, None, None] / 2**0.5
    points = to_canvas[:, :, :2].swapaxes(1, 2)[..., None] * (np.arange(size) + 0.5)
    points[:, 1] += to_canvas[:, :, 2:] - 0.5
    return (points / pixel_side).astype(np.float32), (0.5 / pixel_side).astype(np.float32)


def _share_on_canvas(points: np.ndarray, half_canvas: np.ndarray, tiles: Tensor) -> Tensor:
    """Share of each pixel of M tiles that lies on the canvas, float32 (M, 1, side, side) in [0, 1].

    In the thesis, the affine transform moves the object on its canvas, and parts that leave the
    canvas are cut off. `points` and `half_canvas` are those of `_points_on_canvas`.
    """
    columns, rows = torch.from_numpy(points).to(tiles.device).unbind(1)
    distances = (columns[:, :, None] + rows[..., None]).abs_()
    limits = torch.from_numpy(half_canvas).to(tiles.device) + 0.5
    shares = (limits - distances).clamp_(0, 1)
    return shares[:, :1] * shares[:, 1:]
