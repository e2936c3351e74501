"""Features of images: the input of a model's last layer, scaled to unit length.

The cosine similarity of two images is the dot product of their features.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor

from synthlib.compositing.augmentation import normalise

BATCH_SIZE = 128


def extract_features(model: nn.Module, images: np.ndarray | Sequence[Image.Image]) -> np.ndarray:
    """Features of images of one size.

    Args:
        model: A ResNet of `training.build_model`; set to evaluation mode.
        images: uint8 (N, H, W, 3), or N RGB images.

    Returns:
        float32 (N, D): unit vectors.
    """
    starts = range(0, len(images), BATCH_SIZE)
    return batch_features(model, (to_batch(images[i : i + BATCH_SIZE]) for i in starts))


def batch_features(model: nn.Module, batches: Iterable[Tensor]) -> np.ndarray:
    """Features of batches of images, float32 (n, 3, H, W) in [0, 1]; as `extract_features`."""
    extractor = create_feature_extractor(model.eval(), ["flatten"])
    device = next(model.parameters()).device
    parts = []
    for batch in batches:
        with torch.inference_mode():
            values = extractor(normalise(batch.to(device)))["flatten"].float()
            parts.append(nn.functional.normalize(values, dim=1).cpu().numpy())
    return np.concatenate(parts)


def to_batch(images: np.ndarray | Sequence[Image.Image]) -> Tensor:
    """float32 (N, 3, H, W) in [0, 1], of uint8 (N, H, W, 3) or of N RGB images of one size."""
    pixels = np.stack([np.asarray(image) for image in images])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255.0
