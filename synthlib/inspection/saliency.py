"""Evidence for a class by position in an image: Grad-CAM (Selvaraju et al. 2017), from captum.

The map is that of the last ResNet stage with at least 4 x 4 cells: stage 4 (7 x 7) at 224 px,
stage 3 (4 x 4) at 64 px, where stage 4 has only 2 x 2.
"""

from typing import cast

import matplotlib
import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam
from torch import nn

from synthlib.compositing.augmentation import normalise
from synthlib.inspection.features import to_batch

MIN_CELLS = 4
"""Minimum number of cells per side; maps of fewer cells do not locate the evidence."""


def grad_cam(model: nn.Module, image: np.ndarray, class_index: int) -> np.ndarray:
    """Compute the Grad-CAM map of one image.

    Args:
        model: A ResNet of `training.build_model`; set to evaluation mode.
        image: uint8 (H, W, 3), as tested.
        class_index: The class whose evidence is shown.

    Returns:
        float32 (H, W) in [0, 1], scaled so that its maximum is 1; 0 where the evidence is against
        the class, and everywhere if there is none for it.
    """
    model.eval()
    batch = normalise(to_batch(image[None]).to(next(model.parameters()).device))
    with torch.enable_grad():
        method = LayerGradCam(model, _choose_stage(model, batch))
        attributions = method.attribute(batch, target=class_index, relu_attributions=True)
    cells = cast(torch.Tensor, attributions).detach()
    full = LayerAttribution.interpolate(cells, image.shape[:2], "bilinear")
    values = cast(torch.Tensor, full)[0, 0].clamp(min=0).cpu().numpy()
    top = float(values.max())
    return (values / top if top > 0 else values).astype(np.float32)


def overlay_saliency(image: np.ndarray, saliency_map: np.ndarray) -> np.ndarray:
    """Draw a map over an image.

    Args:
        image: uint8 (H, W, 3), drawn in grey.
        saliency_map: float (H, W) in [0, 1], drawn in the colours of inferno.

    Returns:
        uint8 (H, W, 3).
    """
    grey = image.astype(float).mean(axis=2, keepdims=True).repeat(3, axis=2)
    colors = matplotlib.colormaps["inferno"](saliency_map)[..., :3] * 255
    opacity = 0.75 * saliency_map[..., None] ** 0.5
    return (grey * (1 - opacity) + colors * opacity).round().clip(0, 255).astype(np.uint8)


def _choose_stage(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """The last stage with at least `MIN_CELLS` cells per side for this input, else the first."""
    chosen, cells = model.get_submodule("layer1"), batch
    with torch.no_grad():
        for name, module in model.named_children():  # in the order of the forward pass
            if name == "avgpool":
                break
            cells = module(cells)
            if name.startswith("layer") and min(cells.shape[2:]) >= MIN_CELLS:
                chosen = module
    return chosen
