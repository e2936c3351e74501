"""Batch-norm statistics recomputed on real photographs (`bn_real`; docs/design.md, Batch norm).

A mixed run's statistics are those of the union, which is mostly synthetic. Here they are computed
anew from the run's real training photographs, in the test's preprocessing (Resize, CenterCrop: no
draws), since they are to fit test photographs; weights stay. A run on real photographs alone
changes too, because random crops are not centre crops: its change is the yardstick of a mixed
run's.
"""

import copy

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from synthlib.compositing.augmentation import normalise_
from synthlib.data.datasets import TestSet
from synthlib.photographs.photographs import DataError
from synthlib.seeding import rng_for

MAX_BATCH_SIZE = 128
"""Photographs a batch, at most; all batches of a pass are equal to within one."""


def recalibrate_batch_norm(model: nn.Module, photographs: TestSet, seed: int) -> nn.Module:
    """A copy of `model` whose batch-norm statistics are the average over batches of photographs.

    The photographs are shuffled by `seed`, so that a batch is not of one class.
    """
    fresh = copy.deepcopy(model)
    device = next(model.parameters()).device
    n = len(photographs.image_set)
    if n < 2:
        raise DataError(f"batch-norm statistics need 2 photographs or more, there are {n}")
    order = rng_for(seed, "bn_real").permutation(n)
    parts = np.array_split(order, -(-n // MAX_BATCH_SIZE))
    with torch.no_grad():
        update_bn((normalise_(photographs.images(part, device)) for part in parts), fresh)
    return fresh.eval()
