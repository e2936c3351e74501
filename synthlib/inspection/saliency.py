"""Where a model looked: Grad-CAM (Selvaraju et al. 2017), from captum.

The map is of the last stage of the ResNet that still has 4 x 4 cells or more: stage 4 (7 x 7) at
224 px, stage 3 (4 x 4) at 64 px, where stage 4 has only 2 x 2.
"""

from typing import cast

import matplotlib
import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam
from torch import nn

from synthlib.compositing.augmentation import normalise

MIN_CELLS = 4
"""Cells along a side that a stage needs, or its map says nothing of where."""

STAGES = ("layer4", "layer3", "layer2", "layer1")


def grad_cam(model: nn.Module, image: np.ndarray, class_index: int) -> np.ndarray:
    """float32 (H, W) in [0, 1]: how much each place spoke for class `label`, 0 where against it.

    `image`: uint8 (H, W, 3), as the model was tested on it. All zeros if nothing spoke for it.
    """
    device = next(model.parameters()).device
    model.eval()
    pixels = torch.from_numpy(np.ascontiguousarray(image)).to(device)
    batch = normalise(pixels.permute(2, 0, 1)[None] / 255.0)
    with torch.enable_grad():
        method = LayerGradCam(model, _choose_stage(model, batch))
        cells = cast(
            torch.Tensor, method.attribute(batch, target=class_index, relu_attributions=True)
        )
    full = LayerAttribution.interpolate(cells.detach(), image.shape[:2], "bilinear")
    values = cast(torch.Tensor, full)[0, 0].clamp(min=0).cpu().numpy()
    top = float(values.max())
    return (values / top if top > 0 else values).astype(np.float32)


def overlay_saliency(image: np.ndarray, saliency_map: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3): an image in grey under the map `looked` (H, W) in [0, 1], in inferno."""
    grey = image.astype(float).mean(axis=2, keepdims=True).repeat(3, axis=2)
    colors = matplotlib.colormaps["inferno"](saliency_map)[..., :3] * 255
    share = 0.75 * saliency_map[..., None] ** 0.5
    return (grey * (1 - share) + colors * share).round().clip(0, 255).astype(np.uint8)


def _choose_stage(model: nn.Module, batch: torch.Tensor) -> nn.Module:
    """The last stage whose map of this input has enough cells."""
    sides: dict[str, int] = {}
    hooks = [
        getattr(model, name).register_forward_hook(
            lambda _module, _inputs, output, name=name: sides.update({name: min(output.shape[2:])})
        )
        for name in STAGES
    ]
    try:
        with torch.no_grad():
            model(batch)
    finally:
        for hook in hooks:
            hook.remove()
    fitting = [name for name in STAGES if sides[name] >= MIN_CELLS]
    return getattr(model, (fitting or ["layer1"])[0])
