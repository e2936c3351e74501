"""Where an object stands in a composite: drawn from ranges, written down, turned into maps.

A placement is the thesis's RandomAffine on the render followed by its merge (5.1, 5.2): rotate,
scale to a share of the largest size that fits, paste at a random place. Both are similarities, so
together they are one map from the picture to the render.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import torch
from torch import Tensor

PLACEMENT_DRAWS = 8
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

    def to_json_rows(self) -> list[str]:
        """One line of JSON a sample, exact: `from_rows` gives the same float32 back."""
        columns = {name: value.tolist() for name, value in asdict(self).items()}
        shortest = {k: [float(str(np.float32(v))) for v in vs] for k, vs in columns.items()}
        return [json.dumps({k: vs[i] for k, vs in shortest.items()}) for i in range(len(self))]

    @classmethod
    def from_json_rows(cls, rows: Sequence[str]) -> "Placement":
        """The placements that `rows` wrote."""
        items = [json.loads(row) for row in rows]
        return cls(*(torch.tensor([i[f.name] for i in items]) for f in fields(cls)))


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


@dataclass(frozen=True)
class PlacementTransforms:
    """The same in matrices, float64, all sides of length 1 and origins at the upper left.
    `to_canvas` and `to_render`, (N, 2, 3): a place in the picture to the one on the affine's
    canvas, and in the render. `zoom`, (N,): how large a render's side is in the picture."""

    to_canvas: np.ndarray
    to_render: np.ndarray
    render_scale: np.ndarray


def placement_transforms(placement: Placement) -> PlacementTransforms:
    """The maps of placements."""
    p = {f.name: getattr(placement, f.name).double().numpy() for f in fields(placement)}
    turn, angle = np.deg2rad(p["rotation"]), np.deg2rad(p["affine_angle"])
    zoom = p["scale"] / (abs(np.cos(turn)) + abs(np.sin(turn)))
    room = (1 - p["scale"])[:, None]
    centre = np.stack([p["x"], p["y"]], 1) * room + p["scale"][:, None] / 2
    to_canvas = _inverse_transform(-turn, zoom, centre)
    shift = np.stack([p["affine_dx"], p["affine_dy"]], 1) + 0.5
    from_canvas = _inverse_transform(angle, p["affine_scale"], shift)
    to_render = from_canvas[:, :, :2] @ to_canvas
    to_render[:, :, 2] += from_canvas[:, :, 2]
    return PlacementTransforms(to_canvas, to_render, zoom * p["affine_scale"])


def _inverse_transform(angle: np.ndarray, scale: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(N, 2, 3): the inverse of turning a unit square about its middle clockwise by `angle`
    (radians), scaling it, and putting its middle at `centre`."""
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.stack([np.stack([cos, sin], 1), np.stack([-sin, cos], 1)], 1)
    return np.concatenate([matrix, 0.5 - matrix @ centre[:, :, None]], axis=2)
