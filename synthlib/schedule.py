"""Which samples make up each training step: the thesis's shuffled union, or steps with set shares.

Under the `thesis` protocol an epoch is one shuffle of the union of real and synthetic samples, cut
into batches, the last one smaller (5.3.6). Under `matched` every run takes the same number of
steps, and a mixed run's batches hold a set share of real samples, each domain drawn from its own
endless row of shuffles. What a step holds depends on (seed, step) alone, so any run can resume.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthlib.params import Params
from synthlib.seeding import rng_for

MATCHED_ROUND = 100
"""Steps between two log rows and checkpoints under the `matched` protocol."""


@dataclass(frozen=True)
class Picks:
    """The samples of one step, a domain: int64 row numbers, and each one's epoch in its domain."""

    real: np.ndarray
    real_epoch: np.ndarray
    synthetic: np.ndarray
    synthetic_epoch: np.ndarray

    def part(self, rank: int, world: int) -> "Picks":
        """Those of process `rank` in [0, world): every world-th of each domain."""
        if not 0 <= rank < world:
            raise ValueError(f"rank is {rank}; allowed: 0 to {world - 1}, as world is {world}")
        mine = slice(rank, None, world)
        return Picks(
            self.real[mine],
            self.real_epoch[mine],
            self.synthetic[mine],
            self.synthetic_epoch[mine],
        )


@dataclass(frozen=True)
class BatchPlan:
    """Steps of a run on `n_real` + `n_synthetic` samples. `steps_per_round`: steps between two
    checkpoints. `real_share`: share of real samples a batch, None for the shuffled union."""

    n_real: int
    n_synthetic: int
    batch_size: int
    steps: int
    steps_per_round: int
    seed: int
    real_share: float | None = None

    @property
    def rounds(self) -> int:
        """Log rows and checkpoints of the whole run."""
        return math.ceil(self.steps / self.steps_per_round)

    def picks(self, step: int) -> Picks:
        """The samples of step `step` in [0, steps)."""
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} of a run of {self.steps} steps")
        if self.real_share is None:
            return self._from_union(step)
        n_real = round(self.real_share * self.batch_size)
        return Picks(
            *_from_stream(self.n_real, n_real, step, self.seed, "order_real"),
            *_from_stream(self.n_synthetic, self.batch_size - n_real, step, self.seed, "order_syn"),
        )

    def _from_union(self, step: int) -> Picks:
        epoch, place = divmod(step, self.steps_per_round)
        order = _shuffle(self.n_real + self.n_synthetic, self.seed, "order", epoch)
        chosen = order[place * self.batch_size : (place + 1) * self.batch_size]
        real = chosen[chosen < self.n_real]
        synthetic = chosen[chosen >= self.n_real] - self.n_real
        return Picks(real, np.full_like(real, epoch), synthetic, np.full_like(synthetic, epoch))

    def counts(self) -> dict[str, float]:
        """What the run trains on, as every table carries it: `n_real`, `n_synthetic`, `steps`,
        `images_seen`, and how often each domain is gone through."""
        if self.real_share is None:
            epochs = self.steps / self.steps_per_round
            seen = {"real": epochs * self.n_real, "synthetic": epochs * self.n_synthetic}
        else:
            share = round(self.real_share * self.batch_size)
            seen = {"real": self.steps * share}
            seen["synthetic"] = self.steps * self.batch_size - seen["real"]
        return {
            "n_real": self.n_real,
            "n_synthetic": self.n_synthetic,
            "steps": self.steps,
            "images_seen": round(sum(seen.values())),
            "real_epochs": round(seen["real"] / self.n_real, 2) if self.n_real else 0.0,
            "synthetic_epochs": (
                round(seen["synthetic"] / self.n_synthetic, 2) if self.n_synthetic else 0.0
            ),
        }


def plan_batches(params: Params, n_real: int, n_synthetic: int) -> BatchPlan:
    """The steps of a run of `params` on so many samples. Raises ValueError on an empty domain."""
    for domain, wanted, found in (
        ("real", params.real_fraction, n_real),
        ("synthetic", params.synthetic_fraction, n_synthetic),
    ):
        if wanted > 0 and found == 0:
            raise ValueError(f"{domain}_fraction is {wanted}, but there is no {domain} sample")
    size = params.batch_size
    if params.protocol == "thesis":
        per_epoch = math.ceil((n_real + n_synthetic) / size)
        return BatchPlan(
            n_real, n_synthetic, size, params.epochs * per_epoch, per_epoch, params.seed
        )
    share = params.matched_real_share if params.mixed else float(params.real_fraction > 0)
    per_round = min(MATCHED_ROUND, params.matched_steps)
    return BatchPlan(n_real, n_synthetic, size, params.matched_steps, per_round, params.seed, share)


def learning_rate(params: Params, plan: BatchPlan, step: int) -> float:
    """The rate at `step`: decayed by a factor every so many epochs, or steps (Table 9)."""
    if params.protocol == "matched":
        passed, every = step, params.matched_decay_every
    else:
        passed, every = step // plan.steps_per_round, params.lr_decay_every
    return params.learning_rate * params.lr_decay_factor ** (passed // every if every else 0)


def _from_stream(n: int, k: int, step: int, seed: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Places [step * k, (step + 1) * k) of an endless row of shuffles of n samples."""
    places = np.arange(step * k, (step + 1) * k)
    if n == 0 or k == 0:
        return places[:0], places[:0]
    epochs, index = np.divmod(places, n)
    rows = [_shuffle(n, seed, name, int(e))[i] for e, i in zip(epochs, index, strict=True)]
    return np.array(rows, np.int64), epochs


@lru_cache(maxsize=8)
def _shuffle(n: int, seed: int, name: str, epoch: int) -> np.ndarray:
    return rng_for(seed, name, epoch).permutation(n)
