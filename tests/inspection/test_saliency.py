"""Grad-CAM maps: at the evidence, of a stage with enough cells, without a change to the model."""

import numpy as np
import pytest
import torch
from torch import nn

from synthlib.inspection import saliency
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_figures import saliency_title


class BrightnessNet(nn.Module):
    """A net of four stages whose output for class 1 is the mean brightness of the image."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1, self.layer2 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.layer3, self.layer4 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.weight = nn.Parameter(torch.tensor([[0.0], [1.0]]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        cells = self.layer4(self.layer3(self.layer2(self.layer1(images.clamp(min=0)))))
        return cells.mean(dim=(1, 2, 3))[:, None] @ self.weight.T


def test_the_map_is_highest_at_the_evidence() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:16, 48:] = 255  # upper right
    bright = saliency.grad_cam(BrightnessNet(), image, 1)
    assert bright.shape == (64, 64)
    assert bright.max() == 1
    y, x = np.unravel_index(bright.argmax(), bright.shape)
    assert y < 20
    assert x > 44
    assert bright[40:].max() == 0
    nothing = saliency.grad_cam(BrightnessNet(), image, 0)  # no evidence for class 0
    assert nothing.max() == 0
    titles = [
        saliency_title(saliency.overlay_saliency(image, values), "run A")
        for values in (nothing, bright)
    ]
    assert titles == ["where run A looked: nowhere", "where run A looked"]


@pytest.mark.parametrize(("size", "stage"), [(224, "layer4"), (64, "layer3"), (32, "layer2")])
def test_the_stage_has_four_cells_per_side(inspector: RunInspector, size: int, stage: str) -> None:
    chosen = saliency._choose_stage(inspector.model, torch.zeros(1, 3, size, size))
    assert chosen is getattr(inspector.model, stage)


def test_an_overlay_has_the_image_s_shape_and_leaves_the_model_unchanged(
    inspector: RunInspector, real_row: int
) -> None:
    before = {name: value.clone() for name, value in inspector.model.state_dict().items()}
    image = inspector.image(real_row)
    overlay = inspector.saliency_overlay(real_row, image)
    assert overlay.shape == image.shape
    assert overlay.dtype == np.uint8
    after = inspector.model.state_dict()
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert all(value.grad is None for value in inspector.model.parameters())
