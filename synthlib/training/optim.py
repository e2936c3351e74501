"""Optimiser, learning rate and input size by step (thesis 5.2, 5.3.5, Table 9).

Learning rate and size are pure functions of the step, so that a run resumes from any checkpoint.
"""

import math

import torch
from torch import Tensor, nn

from synthlib.data.batch_sampler import BatchSampler, phase_bounds
from synthlib.params import Params

SIZE_STEP = 8
"""Multiple of pixels in which the input grows (`small_size`)."""


def build_optimizer(params: Params, model: nn.Module) -> torch.optim.Optimizer:
    """SGD with momentum, or Adam, over all weights, with torch's fused kernel where it has one.

    Weight decay applies to all weights, as in the thesis, or without `decay_norms` only to those of
    convolutions and linear layers.
    """
    lr, decay = params.learning_rate, params.weight_decay
    weights = list(model.parameters())
    fused = weights[0].device.type in ("cpu", "cuda")
    groups = weights if params.decay_norms else _groups_by_decay(weights)
    if params.optimizer == "adam":
        return torch.optim.Adam(groups, lr=lr, weight_decay=decay, fused=fused)
    return torch.optim.SGD(
        groups,
        lr=lr,
        momentum=params.momentum,
        weight_decay=decay,
        nesterov=params.nesterov,
        fused=fused,
    )


def learning_rate_at(params: Params, batch_sampler: BatchSampler, step: int) -> float:
    """The learning rate at `step` in [0, batch_sampler.steps).

    The parameter `schedule` chooses the rule:

    - `step` multiplies by `lr_decay_factor` every `lr_decay_every` epochs, or every
      `matched_decay_every` steps under a protocol of equal steps; 0 means never.
    - `constant` keeps `learning_rate`.
    - `cosine` falls from `learning_rate` to 0 along half a cosine, without restart.
    - `linear` falls from `learning_rate` to 0 along a straight line.

    Before it, the learning rate rises linearly over the share `warmup` of the steps; warm-up and
    `linear` together are the one-cycle policy (Smith and Topin, 2018). The factor of the step's
    phase multiplies the result (`phase_lr_factors`), and with `phase_restart` the steps are those
    of the phase, not of the run.
    """
    start, stop, peak = 0, batch_sampler.steps, params.learning_rate
    if params.phase_ends:
        bounds = phase_bounds(params, batch_sampler.steps)
        phase = int(bounds.searchsorted(step, "right")) - 1
        peak *= (params.phase_lr_factors or [1.0] * len(params.phase_ends))[phase]
        if params.phase_restart:
            start, stop = bounds[phase : phase + 2].tolist()
    passed, n_warm = step - start, round(params.warmup * (stop - start))
    if passed < n_warm:
        return peak * (passed + 1) / n_warm
    fallen = (passed - n_warm) / (stop - start - n_warm)
    if params.schedule == "constant":
        return peak
    if params.schedule == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * fallen))
    if params.schedule == "linear":
        return peak * (1 - fallen)
    decay_every = params.matched_decay_every
    if not params.has_equal_steps:
        passed, decay_every = passed // batch_sampler.steps_per_round, params.lr_decay_every
    n_decays = passed // decay_every if decay_every else 0
    return peak * params.lr_decay_factor**n_decays


def input_size_at(params: Params, steps: int, step: int) -> int:
    """Side in pixels of the model's input at a step.

    It grows linearly, in multiples of `SIZE_STEP`, from `small_size` to `image_size`, which it
    reaches at the share `small_until` of the steps. Small inputs take less time, and the model's
    global pooling takes any size (Howard's progressive resizing).

    Args:
        params: The run's parameters.
        steps: Number of steps of the run.
        step: Number of the step, from 0.
    """
    first, last = params.small_size or params.image_size, params.image_size
    share = step / (params.small_until * steps)
    if first == last or share >= 1:
        return last
    return min(last, first + math.floor((last - first) * share / SIZE_STEP) * SIZE_STEP)


def resize_input(images: Tensor, size: int) -> Tensor:
    """Images (N, 3, H, H) reduced to `size` px by averaging; unchanged if they have that size."""
    if images.shape[2] == size or not len(images):
        return images
    return nn.functional.interpolate(images, (size, size), mode="bilinear", antialias=True)


def _groups_by_decay(weights: list[nn.Parameter]) -> list[dict]:
    """Two groups: weights of convolutions and linear layers, and all that have one dimension."""
    return [
        {"params": [weight for weight in weights if weight.ndim > 1]},
        {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
    ]
