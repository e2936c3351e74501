"""Upright placements: where the foot is, and what stays as in the thesis's placements."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st

from synthlib.compositing.augmentation import MATCHED, THESIS_SYNTHETIC
from synthlib.compositing.composite import make_composites, uncropped
from synthlib.compositing.placement import (
    PLACEMENT_DRAWS,
    UPRIGHT_FOOT,
    PlacementRange,
    sample_placements,
)

RANGES = {"thesis": THESIS_SYNTHETIC.placement, "matched": MATCHED.placement}


def foot_height(row: dict[str, float], foot: np.ndarray) -> float:
    """Height of a point of the render in the composite, step by step as `Placement` states it."""
    dx, dy = (foot - 0.5) * row["affine_scale"] + [row["affine_dx"], row["affine_dy"]]
    angle = np.radians(row["rotation"])
    side = row["scale"] / (abs(np.cos(angle)) + abs(np.sin(angle)))  # of the turned canvas
    turned = -np.sin(angle) * dx + np.cos(angle) * dy  # anticlockwise, y down
    return row["y"] * (1 - row["scale"]) + row["scale"] / 2 + side * turned


@settings(max_examples=60, deadline=None)
@given(
    u=st.lists(st.floats(0, 1, exclude_max=True), min_size=8, max_size=8),
    foot=st.tuples(st.floats(0.2, 0.8), st.floats(0.3, 1.0)),
    name=st.sampled_from(sorted(RANGES)),
    limits=st.sampled_from([None, (0.1, 0.3), (1.0, 1.0)]),
)
def test_the_foot_is_on_the_lower_part_of_the_scene(u, foot, name, limits):
    ranges = RANGES[name]
    draws = np.array([u])
    scales = None if limits is None else np.array([limits])
    feet = np.array([foot])
    upright = sample_placements(draws, ranges.upright(), scales, feet)
    plain = sample_placements(draws, ranges, scales)
    row = {key: getattr(upright, key).item() for key in upright.__dataclass_fields__}
    assert row["affine_angle"] == row["affine_dx"] == row["affine_dy"] == 0
    assert abs(row["rotation"]) <= 10
    for key in ("scale", "affine_scale", "x"):  # sizes and the place from left to right
        assert row[key] == getattr(plain, key).item()
    low, high = UPRIGHT_FOOT
    wanted = low + (high - low) * u[7]
    height = foot_height(row, feet[0])
    assert 0 <= row["y"] <= 1
    if 0 < row["y"] < 1:
        assert height == pytest.approx(wanted, abs=1e-4)
    elif row["scale"] < 1:
        assert height >= wanted - 1e-4 if row["y"] == 0 else height <= wanted + 1e-4


def test_a_foot_is_pasted_where_it_was_drawn():
    """The lowest row of the pasted mask, against the uniform draw."""
    side, size, n = 64, 96, 40
    render = np.zeros((side, side, 4), np.uint8)
    render[10:50, 24:40] = 255
    renders = uncropped(torch.from_numpy(render).expand(n, -1, -1, -1))
    ranges = replace(PlacementRange().upright(), scale=(0.4, 0.4), affine_scale=(1.0, 1.0))
    ranges = replace(ranges, rotation=(0.0, 0.0))
    u = np.random.default_rng(0).random((n, PLACEMENT_DRAWS))
    feet = np.tile([32 / side, 50 / side], (n, 1))
    placement = sample_placements(u, ranges, None, feet)
    composite = make_composites(renders, torch.zeros(n, 3, size, size), placement)
    low, high = UPRIGHT_FOOT
    wanted = (low + (high - low) * u[:, 7]) * size
    reachable = (placement.y > 0) & (placement.y < 1)
    assert reachable.float().mean() > 0.6
    difference = np.abs(composite.boxes[:, 3].numpy() - wanted)[reachable.numpy()]
    assert difference.max() <= 1.0


def test_upright_placements_need_feet():
    with pytest.raises(ValueError, match="feet"):
        sample_placements(np.zeros((1, PLACEMENT_DRAWS)), PlacementRange().upright())
