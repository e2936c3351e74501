"""The place of an object in a composite: drawn from ranges, stored as JSON, turned into matrices.

A placement is the thesis's RandomAffine on the render followed by its merge (5.1, 5.2): rotate,
scale to a share of the largest size that fits, paste at a random position. Both are similarity
transforms, so together they are one affine map from the composite to the render.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

PLACEMENT_DRAWS = 8
"""Uniform draws per placement."""

UPRIGHT_ROTATION = (-10.0, 10.0)
"""Range of the rotation of upright objects, in degrees."""

UPRIGHT_FOOT = (0.55, 0.95)
"""Range of the height of an upright object's foot in the composite, as a share of its height from
the top: the lower part of a scene, where its ground mostly is."""


@dataclass(frozen=True)
class PlacementRange:
    """The ranges from which placements are drawn uniformly. The defaults are the thesis's."""

    affine_angle: tuple[float, float] = (0.0, 180.0)  # degrees
    affine_shift: float = 1 / 3  # of the render's side, in either direction
    affine_scale: tuple[float, float] = (0.1, 1.0)
    rotation: tuple[float, float] = (0.0, 360.0)  # degrees
    scale: tuple[float, float] = (0.5, 1.0)  # of the largest that fits
    foot: tuple[float, float] | None = None  # of the composite's height, from the top; None: any

    def upright(self) -> "PlacementRange":
        """The ranges of objects that stand on the ground, of the same sizes: turned by at most
        `UPRIGHT_ROTATION`, with the foot in `UPRIGHT_FOOT`."""
        return replace(
            self,
            affine_angle=(0.0, 0.0),
            affine_shift=0.0,
            rotation=UPRIGHT_ROTATION,
            foot=UPRIGHT_FOOT,
        )


@dataclass(frozen=True)
class Placement:
    """Placements of N objects.

    First the affine transform, on the render's own canvas, which cuts off what leaves it. Then the
    merge, which pastes that canvas into the background.

    Attributes:
        affine_angle: Rotation of the object on its canvas, in degrees clockwise. This and all
            others are float32 tensors (N,) on the CPU.
        affine_dx: Shift of the object to the right, as a fraction of the canvas's side.
        affine_dy: Shift of the object down, as a fraction of the canvas's side.
        affine_scale: Scale of the object on its canvas.
        rotation: Rotation of the canvas, in degrees anticlockwise.
        scale: Side of the rotated canvas's bounding square, as a fraction of the composite's side.
        x: Position of that square in [0, 1], as a fraction of the free space from the left.
        y: Position of that square in [0, 1], as a fraction of the free space from the top.
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

    def fill_frame(self, rows: np.ndarray) -> "Placement":
        """The placements, except that those of `rows` (bool, (N,)) show the render's whole canvas
        as large as the composite, upright."""
        fixed = dict.fromkeys(("affine_angle", "affine_dx", "affine_dy", "rotation"), 0.0)
        fixed |= {"affine_scale": 1.0, "scale": 1.0, "x": 0.5, "y": 0.5}
        chosen = torch.from_numpy(rows)
        return Placement(
            **{name: getattr(self, name).masked_fill(chosen, v) for name, v in fixed.items()}
        )

    def to_json_rows(self) -> list[str]:
        """One line of JSON per placement; `from_json_rows` returns the same float32 values."""
        columns = {name: value.tolist() for name, value in asdict(self).items()}
        shortest = {k: [float(str(np.float32(v))) for v in vs] for k, vs in columns.items()}
        return [json.dumps({k: vs[i] for k, vs in shortest.items()}) for i in range(len(self))]

    @classmethod
    def from_json_rows(cls, rows: Sequence[str]) -> "Placement":
        """The placements that `to_json_rows` wrote."""
        items = [json.loads(row) for row in rows]
        return cls(*(torch.tensor([item[f.name] for item in items]) for f in fields(cls)))


def sample_placements(
    u: np.ndarray,
    ranges: PlacementRange,
    scales: np.ndarray | None = None,
    feet: np.ndarray | None = None,
    places: np.ndarray | None = None,
) -> Placement:
    """Draw placements from uniform numbers.

    With a range `foot`, the foot is at the height that is drawn, or as near to it as the canvas
    comes without leaving the composite.

    Args:
        u: Uniform draws in [0, 1), float (N, 8 or more); a placement depends on its own row alone.
        ranges: The ranges to draw from, e.g. `preset.placement`.
        scales: Least and greatest `scale` of each sample, float (N, 2), instead of `ranges.scale`.
        feet: The point of each render at the bottom of its object, x and y as shares of the side
            from the upper left, float (N, 2); read only with a range `foot`.
        places: Ranges of `x` and of the foot of each sample, float (N, 2, 2), instead of [0, 1] and
            `ranges.foot`; read only with a range `foot`.

    Returns:
        N placements.

    Raises:
        ValueError: If there is a range `foot` and no `feet`.

    Examples:
        >>> u = uniforms(0, "augment", ids=np.arange(4), n=PLACEMENT_DRAWS)
        >>> placement = sample_placements(u, PlacementRange(scale=(0.5, 0.5)))
        >>> placement.scale
        tensor([0.5000, 0.5000, 0.5000, 0.5000])
    """

    def between(column: int, low: float | np.ndarray, high: float | np.ndarray) -> Tensor:
        return torch.from_numpy((low + (high - low) * u[:, column]).astype(np.float32))

    placement = Placement(
        affine_angle=between(0, *ranges.affine_angle),
        affine_dx=between(1, -ranges.affine_shift, ranges.affine_shift),
        affine_dy=between(2, -ranges.affine_shift, ranges.affine_shift),
        affine_scale=between(3, *ranges.affine_scale),
        rotation=between(4, *ranges.rotation),
        scale=between(5, *(ranges.scale if scales is None else scales.T)),
        x=between(6, 0, 1),
        y=between(7, 0, 1),
    )
    if ranges.foot is None:
        return placement
    foot = ranges.foot
    if places is not None:
        across, foot = places.swapaxes(0, 1)
        placement, foot = replace(placement, x=between(6, *across.T)), foot.T
    if feet is None:
        raise ValueError("placements with a range of the foot need the feet of the renders")
    return _put_foot_at(placement, between(7, *foot), feet)


def _put_foot_at(placement: Placement, height: Tensor, feet: np.ndarray) -> Placement:
    """Move objects along y, so that their feet are at a height of the composite, float32 (N,)."""
    # the place of the foot if the square were centred in the composite
    centred = replace(placement, y=torch.full_like(placement.y, 0.5))
    to_render = placement_transforms(centred).to_render
    offset = (feet[:, :, None] - to_render[:, :, 2:]).astype(float)
    at_centre = np.linalg.solve(to_render[:, :, :2], offset)[:, 1, 0]
    free_space = (1.0 - placement.scale.double().numpy()).clip(min=1e-6)
    y = 0.5 + (height.double().numpy() - at_centre) / free_space
    return replace(placement, y=torch.from_numpy(y.clip(0.0, 1.0).astype(np.float32)))


@dataclass(frozen=True)
class PlacementTransforms:
    """Placements as matrices, float64. All sides have length 1, origins are at the upper left.

    Attributes:
        to_canvas: Maps a point of the composite to the affine's canvas, (N, 2, 3).
        to_render: Maps a point of the composite to the render, (N, 2, 3).
        render_scale: Side of the render in the composite, (N,).
    """

    to_canvas: np.ndarray
    to_render: np.ndarray
    render_scale: np.ndarray


def placement_transforms(placement: Placement) -> PlacementTransforms:
    """Matrices of placements."""
    p = {f.name: getattr(placement, f.name).double().numpy() for f in fields(placement)}
    rotation, affine_angle = np.deg2rad(p["rotation"]), np.deg2rad(p["affine_angle"])
    canvas_scale = p["scale"] / (abs(np.cos(rotation)) + abs(np.sin(rotation)))
    free_space = (1 - p["scale"])[:, None]
    centre = np.stack([p["x"], p["y"]], 1) * free_space + p["scale"][:, None] / 2
    to_canvas = _inverse_transform(-rotation, canvas_scale, centre)
    affine_centre = np.stack([p["affine_dx"], p["affine_dy"]], 1) + 0.5
    from_canvas = _inverse_transform(affine_angle, p["affine_scale"], affine_centre)
    to_render = from_canvas[:, :, :2] @ to_canvas
    to_render[:, :, 2] += from_canvas[:, :, 2]
    return PlacementTransforms(to_canvas, to_render, canvas_scale * p["affine_scale"])


def _inverse_transform(angle: np.ndarray, scale: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Inverse of a similarity transform of the unit square, (N, 2, 3).

    The transform rotates the square about its middle clockwise by `angle` (radians), scales it and
    moves its middle to `centre`.
    """
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.stack([np.stack([cos, sin], 1), np.stack([-sin, cos], 1)], 1)
    return np.concatenate([matrix, 0.5 - matrix @ centre[:, :, None]], axis=2)
