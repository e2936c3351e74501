"""Optimiser and learning rate (thesis 5.2, 5.3.5, Table 9)."""

import math

import torch
from torch import nn

from synthlib.data.batch_sampler import BatchSampler
from synthlib.params import Params


def build_optimizer(params: Params, model: nn.Module) -> torch.optim.Optimizer:
    """SGD with momentum, or Adam, over all weights, with torch's fused kernel where it has one."""
    lr, decay = params.learning_rate, params.weight_decay
    weights = list(model.parameters())
    fused = weights[0].device.type in ("cpu", "cuda")
    if params.optimizer == "adam":
        return torch.optim.Adam(weights, lr=lr, weight_decay=decay, fused=fused)
    return torch.optim.SGD(
        weights, lr=lr, momentum=params.momentum, weight_decay=decay, fused=fused
    )


def learning_rate_at(params: Params, batch_sampler: BatchSampler, step: int) -> float:
    """The learning rate at `step` in [0, batch_sampler.steps).

    The parameter `schedule` chooses the rule:

    - `step` multiplies by `lr_decay_factor` every `lr_decay_every` epochs, or every
      `matched_decay_every` steps under the `matched` protocol; 0 means never.
    - `constant` keeps `learning_rate`.
    - `cosine` falls from `learning_rate` to 0 along half a cosine, without restart.
    """
    if params.schedule == "constant":
        return params.learning_rate
    if params.schedule == "cosine":
        return params.learning_rate * 0.5 * (1 + math.cos(math.pi * step / batch_sampler.steps))
    if params.protocol == "matched":
        passed, decay_every = step, params.matched_decay_every
    else:
        passed, decay_every = step // batch_sampler.steps_per_round, params.lr_decay_every
    n_decays = passed // decay_every if decay_every else 0
    return params.learning_rate * params.lr_decay_factor**n_decays
