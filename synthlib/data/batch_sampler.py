"""Which samples make up each training step: the thesis's shuffled union, or steps with set shares.

Under the `thesis` protocol an epoch is one shuffle of the union of real and synthetic samples, cut
into batches, the last one smaller (5.3.6); a single sample left over joins the batch before it, as
batch norm knows no variance of one on 1 x 1 maps. Under `matched` every run takes the same number
of steps, and a mixed run's batches hold a set share of real samples, each domain drawn from its own
endless row of shuffles. What a step holds depends on (seed, step) alone, so any run can resume.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.seeding import rng_for

DomainLabels = tuple[np.ndarray | None, np.ndarray | None]
REAL, SYNTHETIC = 0, 1
ORDER_STREAMS = ("order_real", "order_syn")

MATCHED_STEPS_PER_ROUND = 100
"""Steps between two log rows and checkpoints under the `matched` protocol."""


@dataclass(frozen=True)
class BatchIndices:
    """The samples of one step, a domain: int64 row numbers, and each one's epoch in its domain."""

    real: np.ndarray
    real_epoch: np.ndarray
    synthetic: np.ndarray
    synthetic_epoch: np.ndarray

    def for_rank(self, rank: int, world_size: int) -> "BatchIndices":
        """Those of process `rank` in [0, world): every world-th of each domain."""
        if not 0 <= rank < world_size:
            raise ValueError(
                f"rank is {rank}; allowed: 0 to {world_size - 1}, as world is {world_size}"
            )
        mine = slice(rank, None, world_size)
        return BatchIndices(
            self.real[mine],
            self.real_epoch[mine],
            self.synthetic[mine],
            self.synthetic_epoch[mine],
        )


@dataclass(frozen=True, eq=False)
class BatchSampler:
    """Steps of a run on `n_real` + `n_synthetic` samples. `steps_per_round`: steps between two
    checkpoints. `real_share`: share of real samples a batch, None for the shuffled union.
    `labels`: those of real and of synthetic samples, given if every class is to come as often as
    any other: an epoch then shows more of a small class and less of a large one."""

    n_real: int
    n_synthetic: int
    batch_size: int
    steps: int
    steps_per_round: int
    seed: int
    real_share: float | None = None
    labels: DomainLabels = (None, None)

    @property
    def n_rounds(self) -> int:
        """Log rows and checkpoints of the whole run."""
        return math.ceil(self.steps / self.steps_per_round)

    def batch_indices(self, step: int) -> BatchIndices:
        """The samples of step `step` in [0, steps)."""
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} of a run of {self.steps} steps")
        if self.real_share is None:
            return self._from_union(step)
        n_real = round(self.real_share * self.batch_size)
        return BatchIndices(
            *self._from_stream(REAL, n_real, step),
            *self._from_stream(SYNTHETIC, self.batch_size - n_real, step),
        )

    def _from_union(self, step: int) -> BatchIndices:
        epoch, place = divmod(step, self.steps_per_round)
        order = _shuffle(self.n_real + self.n_synthetic, self.seed, "order", epoch)
        last = place == self.steps_per_round - 1  # takes all that is left
        chosen = order[place * self.batch_size :][: None if last else self.batch_size]
        real, synthetic = chosen[chosen < self.n_real], chosen[chosen >= self.n_real] - self.n_real
        parts = []
        for domain, index in ((REAL, real), (SYNTHETIC, synthetic)):
            labels = self.labels[domain]
            if labels is None:
                parts += [index, np.full_like(index, epoch)]
            else:
                parts += [column[index] for column in _balanced_epoch(self, domain, epoch)]
        return BatchIndices(*parts)

    def _from_stream(self, domain: int, k: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Places [step * k, (step + 1) * k) of an endless row of shuffles of a domain."""
        n = (self.n_real, self.n_synthetic)[domain]
        places = np.arange(step * k, (step + 1) * k)
        if n == 0 or k == 0:
            return places[:0], places[:0]
        epochs, index = np.divmod(places, n)
        if self.labels[domain] is None:
            rows = [
                _shuffle(n, self.seed, ORDER_STREAMS[domain], int(e))[i]
                for e, i in zip(epochs, index, strict=True)
            ]
            return np.array(rows, np.int64), epochs
        parts = [_balanced_epoch(self, domain, int(e)) for e in np.unique(epochs)]
        first = index + n * (epochs - epochs[0])
        rows, rounds = (np.concatenate(column)[first] for column in zip(*parts, strict=True))
        return rows, rounds

    def counts(self) -> dict[str, float]:
        """What the run trains on, as every table carries it: `n_real`, `n_synthetic`, `steps`,
        `images_seen`, and how often each domain is gone through."""
        if self.real_share is None:
            total = self.n_real + self.n_synthetic
            epochs, rest = divmod(self.steps, self.steps_per_round)
            images = epochs * total + min(rest * self.batch_size, total)
            seen = {"real": images * self.n_real / total if total else 0.0}
            seen["synthetic"] = images - seen["real"]
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


def build_batch_sampler(
    params: Params, n_real: int, n_synthetic: int, labels: DomainLabels = (None, None)
) -> BatchSampler:
    """The steps of a run of `params` on so many samples; `labels` of the real and the synthetic
    ones are for balanced classes. Raises DataError on an empty domain."""
    for domain, wanted, found in (
        ("real", params.real_fraction, n_real),
        ("synthetic", params.synthetic_fraction, n_synthetic),
    ):
        if wanted > 0 and found == 0:
            raise DataError(f"{domain}_fraction is {wanted}, but there is no {domain} sample")
    matched, size = params.protocol == "matched", params.batch_size
    whole, rest = divmod(n_real + n_synthetic, size)
    per_epoch = max(1, whole + (rest > 1))
    share = params.real_share or None
    if matched and not share:
        share = params.matched_real_share if params.is_mixed else float(params.real_fraction > 0)
    steps = params.steps or (params.matched_steps if matched else params.epochs * per_epoch)
    per_round = min(MATCHED_STEPS_PER_ROUND, steps) if matched else per_epoch
    labels = labels if params.balanced else (None, None)
    return BatchSampler(n_real, n_synthetic, size, steps, per_round, params.seed, share, labels)


@lru_cache(maxsize=4)
def _balanced_epoch(
    batch_sampler: BatchSampler, domain: int, epoch: int
) -> tuple[np.ndarray, np.ndarray]:
    """One epoch of a domain in which every class comes as often as any other: row numbers, and the
    how manieth time its class is gone through. As long as a plain epoch."""
    labels = batch_sampler.labels[domain]
    assert labels is not None  # asked for only where labels were given
    classes = np.unique(labels)
    share = np.diff(np.arange(len(classes) + 1) * len(labels) // len(classes))
    rows, rounds = [], []
    for label, k in zip(classes.tolist(), share.tolist(), strict=True):
        members, name = np.flatnonzero(labels == label), f"{ORDER_STREAMS[domain]}/{label}"
        turns, index = np.divmod(np.arange(epoch * k, (epoch + 1) * k), len(members))
        orders = [
            _shuffle(len(members), batch_sampler.seed, name, int(t)) for t in np.unique(turns)
        ]
        rows.append(members[np.stack(orders)[turns - turns[0], index]] if k else members[:0])
        rounds.append(turns)
    mix = _shuffle(len(labels), batch_sampler.seed, f"{ORDER_STREAMS[domain]}/mix", epoch)
    return np.concatenate(rows)[mix], np.concatenate(rounds)[mix]


@lru_cache(maxsize=64)
def _shuffle(n: int, seed: int, name: str, epoch: int) -> np.ndarray:
    return rng_for(seed, name, epoch).permutation(n)
