"""Boxes and areas of whole objects, against larger composites in which nothing is cut off."""

import numpy as np
import pytest
import torch

from synthlib.compositing.composite import boxes, make_composites, uncropped
from synthlib.compositing.extents import object_extents
from synthlib.compositing.placement import PLACEMENT_DRAWS, PlacementRange, sample_placements

SIDE, SIZE = 64, 72


def renders(n: int, channels: int = 4):
    """A bent object; with 5 channels, alpha covers everything and the mask is the object."""
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[8:56, 12:24] = pixels[44:56, 12:52] = 255
    if channels == 5:
        pixels = np.dstack([pixels, pixels[..., 3]])
        pixels[..., 3] = 255
    return uncropped(torch.from_numpy(pixels).expand(n, -1, -1, -1))


@pytest.mark.parametrize("channels", [4, 5])
def test_full_boxes_and_areas_of_objects_that_are_all_visible(channels):
    n = 30
    ranges = PlacementRange((0.0, 0.0), 0.0, (1.0, 1.0), rotation=(-40.0, 40.0))
    u = np.random.default_rng(0).random((n, PLACEMENT_DRAWS))
    placement = sample_placements(u, ranges)
    composite = make_composites(renders(n, channels), torch.zeros(n, 3, SIZE, SIZE), placement)
    assert (composite.extents.boxes - composite.boxes).abs().max() <= 1.5
    areas = composite.masks.sum(dim=(1, 2))
    assert torch.allclose(composite.extents.areas, areas, rtol=0.02)
    assert composite.occluded.max() < 0.02


def test_parts_beyond_the_canvas_and_the_composite_are_counted():
    """The thesis's affine moves parts off the canvas, where they are cut off."""
    n = 60
    u = np.random.default_rng(1).random((n, PLACEMENT_DRAWS))
    placement = sample_placements(u, PlacementRange(affine_scale=(0.5, 1.0)))
    composite = make_composites(renders(n), torch.zeros(n, 3, SIZE, SIZE), placement)
    extents = composite.extents
    visible, full = composite.boxes, extents.boxes
    shown = composite.masks.amax(dim=(1, 2)) > 0.5
    assert (visible[shown, :2] >= full[shown, :2] - 1.5).all()
    assert (visible[shown, 2:] <= full[shown, 2:] + 1.5).all()
    hidden = composite.occluded
    assert (hidden > 0.2).any()
    assert (hidden < 0.02).any()
    side = placement.affine_scale * placement.scale * SIZE  # of the render, divided by its turn
    angle = torch.deg2rad(placement.rotation)
    side = side / (angle.cos().abs() + angle.sin().abs())
    share = (48 * 12 + 12 * 28) / SIDE**2  # of the render that the object covers
    assert torch.allclose(extents.areas, share * side**2, rtol=1e-3)


def test_something_in_front_is_occlusion():
    n = 4
    ranges = PlacementRange((0.0, 0.0), 0.0, (1.0, 1.0), rotation=(0.0, 0.0))
    placement = sample_placements(np.full((n, PLACEMENT_DRAWS), 0.5), ranges)
    composite = make_composites(renders(n), torch.zeros(n, 3, SIZE, SIZE), placement)
    covered = composite.masks.clone()
    x0, _, x1, _ = boxes(covered)[0].tolist()
    covered[:, :, int((x0 + x1) / 2) :] = 0
    shares = composite.extents.hidden_shares(covered)
    expected = 1 - covered.sum(dim=(1, 2)) / composite.masks.sum(dim=(1, 2))
    assert torch.allclose(shares, expected, atol=0.02)


def test_an_empty_render_has_no_box():
    empty = uncropped(torch.zeros(2, SIDE, SIDE, 4, dtype=torch.uint8))
    u = np.random.default_rng(0).random((2, PLACEMENT_DRAWS))
    extents = object_extents(empty, sample_placements(u, PlacementRange()), SIZE)
    assert extents.boxes.tolist() == [[0, 0, 0, 0]] * 2
    assert extents.hidden_shares(torch.zeros(2, SIZE, SIZE)).tolist() == [0, 0]
