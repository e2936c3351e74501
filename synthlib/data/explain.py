"""One training image step by step, from the packed file to the model's input, for teaching.

The images come from the functions that training calls, with the same random draws.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from synthlib.compositing.augmentation import normalise, preset_placements
from synthlib.compositing.composite import render_on_black
from synthlib.compositing.crops import crop_and_resize
from synthlib.compositing.placement import Placement
from synthlib.data.backgrounds import BACKGROUND_DRAWS
from synthlib.data.datasets import TrainingSet
from synthlib.data.synthetic_images import FetchedPhotographs

CPU = torch.device("cpu")


@dataclass(frozen=True)
class ExplainedSample:
    """The way of one training image.

    Attributes:
        name: Name of the sample.
        label: Index of its class.
        images: The image after each step, by the step's name in order, float32 (3, H, W) in [0, 1].
            Of a photograph: `photograph` (as packed), `crop` (cropped and resized to the model's
            input), `augmented`, `model_input`. Of a render: `render` (on black), `background`
            (missing on black), `composite`, `augmented`, `model_input`. The last is
            normalised: its values have about zero mean and unit variance.
        placement: The render's placement on its background; None for photographs, for renders that
            are shown whole on black, and for backgrounds without object (`bg_only`).
    """

    name: str
    label: int
    images: dict[str, Tensor]
    placement: Placement | None = None


def explain_sample(training_set: TrainingSet, step: int, index: int) -> ExplainedSample:
    """Compute one training image and all images on the way to it.

    Args:
        training_set: What a run trains on.
        step: Number of the training step, from 0.
        index: Position in that step's batch, from 0; the first `n_real` are photographs.

    Returns:
        The images by step; the last is `training_set.batch(step, device).images[index]`.

    Raises:
        IndexError: If the run has no such step, or the batch no such position.

    Examples:
        >>> explained = explain_sample(train, step=0, index=0)
        >>> {name: tuple(image.shape) for name, image in explained.images.items()}
        {'photograph': (3, 73, 98), 'crop': (3, 64, 64), 'augmented': (3, 64, 64),
         'model_input': (3, 64, 64)}
    """
    indices = training_set.batch_sampler.batch_indices(step)
    n_real = len(indices.real)
    n = n_real + len(indices.synthetic)
    if not 0 <= index < n:
        raise IndexError(f"index is {index}; allowed: 0 to {n - 1}, the samples of step {step}")
    if index < n_real:
        sample = slice(index, index + 1)
        return _explain_photograph(training_set, indices.real[sample], indices.real_epoch[sample])
    sample = slice(index - n_real, index - n_real + 1)
    if isinstance(training_set.synthetic, FetchedPhotographs):
        fetched = replace(training_set, real=training_set.synthetic.renders)
        return _explain_photograph(
            fetched, indices.synthetic[sample], indices.synthetic_epoch[sample]
        )
    return _explain_render(training_set, indices.synthetic[sample], indices.synthetic_epoch[sample])


def _explain_photograph(
    training_set: TrainingSet, row: np.ndarray, epoch: np.ndarray
) -> ExplainedSample:
    real, preset, size = training_set.real, training_set.real_preset, training_set.size
    assert real is not None  # the sampler draws from domains that exist
    u = training_set.uniform_draws("real", row, epoch)
    packed = torch.from_numpy(real.pack.gather(real.pack_rows[row])[0])
    pixels, crop = real.crop_windows(row, u, preset, size, CPU)
    images = {
        "photograph": packed.permute(0, 3, 1, 2) / 255,
        "crop": crop_and_resize(pixels, crop, size),
        "augmented": real.augmented_photographs(row, u, preset, size, CPU),
    }
    return _explained(real.names[row[0]], real.labels[row[0]], images)


def _explain_render(
    training_set: TrainingSet, row: np.ndarray, epoch: np.ndarray
) -> ExplainedSample:
    synthetic, size = training_set.synthetic, training_set.size
    assert synthetic is not None  # the sampler draws from domains that exist
    u = training_set.uniform_draws("synthetic", row, epoch)
    renders = synthetic.renders
    label = renders.labels[row[0]]
    preset = synthetic.preset_of(label)
    side = int(synthetic.composite_sides(row, u, size)[0])
    images = {"render": render_on_black(renders.cutouts(row, CPU), side)}
    if not synthetic.on_black[label]:
        images["background"] = synthetic.background_images(row, u, side, CPU)
    images["composite"] = synthetic.composites(row, u, size, CPU)
    images["augmented"] = synthetic.images(row, u, size, CPU)
    placement = None
    if preset.placement is not None and synthetic.with_object:
        placement = (
            preset_placements(u[:, BACKGROUND_DRAWS:], preset)
            if synthetic.on_black[label]
            else synthetic.placements(row, u)
        )
    return _explained(renders.names[row[0]], label, images, placement)


def _explained(
    name: str, label: int, images: dict[str, Tensor], placement: Placement | None = None
) -> ExplainedSample:
    images["model_input"] = normalise(images["augmented"])
    single = {step: batch[0] for step, batch in images.items()}
    return ExplainedSample(name, int(label), single, placement)
