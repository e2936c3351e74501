"""The samples of each training step: the thesis's shuffled union, or batches of a fixed mixture.

Under the `thesis` protocol an epoch is one shuffle of the union of real and synthetic samples, cut
into batches, the last one smaller (5.3.6). Samples left over that are too few for batch norm
(`Params.min_batch_size`: a single one, up to three on 1 x 1 maps) join the batch before. Under
`matched` and `tuned` every run takes the same number of steps, and a mixed run's batches hold a
given share of real samples, the same in all steps or one per phase of the training
(`phase_ends`); each domain is a stream of shuffles without end. The samples of a step depend on
(seed, step) alone, so any run can resume.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.seeding import rng_for

DomainLabels = tuple[np.ndarray | None, np.ndarray | None]
REAL, SYNTHETIC = 0, 1
ORDER_STREAMS = ("order_real", "order_syn")

EQUAL_STEPS_PER_ROUND = 100
"""Steps between two log rows and checkpoints where all runs take the same number of steps."""


@dataclass(frozen=True)
class BatchIndices:
    """The samples of one step.

    Attributes:
        real: Numbers of the real samples, int64 (n_real,).
        real_epoch: The pass over the data in which each is drawn, from 0, int64 (n_real,).
        synthetic: Numbers of the synthetic samples, int64 (n_synthetic,).
        synthetic_epoch: The same number for the synthetic samples, int64 (n_synthetic,).
    """

    real: np.ndarray
    real_epoch: np.ndarray
    synthetic: np.ndarray
    synthetic_epoch: np.ndarray

    def for_rank(self, rank: int, world_size: int) -> "BatchIndices":
        """The part of one of several processes: every `world_size`-th sample of each domain.

        Args:
            rank: Number of the process, from 0.
            world_size: Number of processes.

        Returns:
            The samples of that process; the parts of all processes together are the whole batch.

        Raises:
            ValueError: If `rank` is not in [0, world_size).
        """
        if not 0 <= rank < world_size:
            raise ValueError(
                f"rank is {rank}; allowed: 0 to {world_size - 1}, as world_size is {world_size}"
            )
        part = slice(rank, None, world_size)
        return BatchIndices(
            self.real[part],
            self.real_epoch[part],
            self.synthetic[part],
            self.synthetic_epoch[part],
        )


@dataclass(frozen=True, eq=False)
class BatchSampler:
    """The steps of a run and the samples of each.

    Attributes:
        n_real: Number of real samples.
        n_synthetic: Number of synthetic samples.
        batch_size: Samples per step.
        steps: Number of steps.
        steps_per_round: Steps between two checkpoints; an epoch for the shuffled union.
        seed: Seed of all shuffles.
        n_real_by_step: Number of real samples in each batch, int64 (steps,); None shuffles the
            union.
        labels: Class indices of the real and of the synthetic samples, given if all classes shall
            be equally frequent: an epoch then repeats samples of small classes and leaves out some
            of large ones.
    """

    n_real: int
    n_synthetic: int
    batch_size: int
    steps: int
    steps_per_round: int
    seed: int
    n_real_by_step: np.ndarray | None = None
    labels: DomainLabels = (None, None)

    @property
    def n_rounds(self) -> int:
        """Number of log rows and checkpoints of the whole run."""
        return math.ceil(self.steps / self.steps_per_round)

    @cached_property
    def n_real_before(self) -> np.ndarray:
        """Real samples in all batches before each step, int64 (steps + 1,), of given mixtures."""
        assert self.n_real_by_step is not None  # the union has no given mixture
        return np.concatenate([[0], np.cumsum(self.n_real_by_step)])

    def first_step(self, domain: int) -> int:
        """The first step whose batch has samples of a domain.

        Args:
            domain: `REAL` or `SYNTHETIC`.

        Returns:
            The number of the step, from 0; `steps` if no batch has any. 0 for a shuffled union.
        """
        if self.n_real_by_step is None:
            return 0
        n = self.n_real_by_step if domain == REAL else self.batch_size - self.n_real_by_step
        return int(np.argmax(n > 0)) if (n > 0).any() else self.steps

    def round_steps(self, index: int) -> range:
        """The steps of a round, after which a log row and a checkpoint are written.

        Args:
            index: Number of the round, in [0, n_rounds).

        Returns:
            The numbers of its steps, from 0; the last round may be shorter.
        """
        start = index * self.steps_per_round
        return range(start, min(start + self.steps_per_round, self.steps))

    def batch_indices(self, step: int) -> BatchIndices:
        """The samples of a step.

        Args:
            step: Number of the step, from 0.

        Returns:
            The samples, which depend on `seed` and `step` alone.

        Raises:
            IndexError: If `step` is not in [0, steps).
        """
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} of a run of {self.steps} steps")
        if self.n_real_by_step is None:
            return self._from_union(step)
        real = self.n_real_before[step : step + 2]
        synthetic = self.batch_size * np.arange(step, step + 2) - real
        return BatchIndices(
            *self._from_stream(REAL, *real), *self._from_stream(SYNTHETIC, *synthetic)
        )

    def counts(self) -> dict[str, float]:
        """The amount of training data, as all tables report it.

        Returns:
            `n_real`, `n_synthetic`, `steps`, `images_seen`, and the passes over each domain,
            `real_epochs` and `synthetic_epochs`, rounded to two decimals.
        """
        if self.n_real_by_step is None:
            total = self.n_real + self.n_synthetic
            epochs, rest = divmod(self.steps, self.steps_per_round)
            images = epochs * total + min(rest * self.batch_size, total)
            real_seen = images * self.n_real / total if total else 0.0
        else:
            images = self.steps * self.batch_size
            real_seen = int(self.n_real_before[-1])
        synthetic_seen = images - real_seen
        return {
            "n_real": self.n_real,
            "n_synthetic": self.n_synthetic,
            "steps": self.steps,
            "images_seen": images,
            "real_epochs": round(real_seen / self.n_real, 2) if self.n_real else 0.0,
            "synthetic_epochs": (
                round(synthetic_seen / self.n_synthetic, 2) if self.n_synthetic else 0.0
            ),
        }

    def _from_union(self, step: int) -> BatchIndices:
        epoch, position = divmod(step, self.steps_per_round)
        order = _shuffle(self.n_real + self.n_synthetic, self.seed, "order", epoch)
        is_last = position == self.steps_per_round - 1  # takes all that is left
        batch = order[position * self.batch_size :][: None if is_last else self.batch_size]
        real, synthetic = batch[batch < self.n_real], batch[batch >= self.n_real] - self.n_real
        columns = []
        for domain, index in ((REAL, real), (SYNTHETIC, synthetic)):
            if self.labels[domain] is None:
                columns += [index, np.full_like(index, epoch)]
            else:
                columns += [column[index] for column in _balanced_epoch(self, domain, epoch)]
        return BatchIndices(*columns)

    def _from_stream(self, domain: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Samples [start, stop) of a domain's stream of shuffles, and their epochs."""
        n = (self.n_real, self.n_synthetic)[domain]
        positions = np.arange(start, stop)
        if n == 0 or start == stop:
            return positions[:0], positions[:0]
        epochs, index = np.divmod(positions, n)
        if self.labels[domain] is None:
            samples = [
                _shuffle(n, self.seed, ORDER_STREAMS[domain], int(e))[i]
                for e, i in zip(epochs, index, strict=True)
            ]
            return np.array(samples, np.int64), epochs
        parts = [_balanced_epoch(self, domain, int(e)) for e in np.unique(epochs)]
        in_parts = index + n * (epochs - epochs[0])
        samples, turns = (np.concatenate(column)[in_parts] for column in zip(*parts, strict=True))
        return samples, turns


def build_batch_sampler(
    params: Params, n_real: int, n_synthetic: int, labels: DomainLabels = (None, None)
) -> BatchSampler:
    """The steps of a run.

    Args:
        params: The run's parameters.
        n_real: Number of real samples.
        n_synthetic: Number of synthetic samples.
        labels: Class indices of the real and of the synthetic samples, needed for `balanced`.

    Returns:
        The sampler, with as many steps as the parameters and their protocol ask for.

    Raises:
        DataError: If a domain that the run uses is empty.
    """
    for domain, fraction, n in (
        ("real", params.real_fraction, n_real),
        ("synthetic", params.synthetic_fraction, n_synthetic),
    ):
        if fraction > 0 and n == 0:
            raise DataError(f"{domain}_fraction is {fraction}, but there is no {domain} sample")
    batch_size = params.batch_size
    full_batches, rest = divmod(n_real + n_synthetic, batch_size)
    per_epoch = max(1, full_batches + (rest >= params.min_batch_size))
    if params.has_equal_steps:
        steps = params.equal_steps
    else:
        steps = params.steps or max(1, round(params.epochs * per_epoch * params.steps_factor))
    shares = real_shares(params, steps)
    return BatchSampler(
        n_real,
        n_synthetic,
        batch_size,
        steps,
        steps_per_round=min(EQUAL_STEPS_PER_ROUND, steps) if params.has_equal_steps else per_epoch,
        seed=params.seed,
        # half a sample rounds to the even number, as round() does
        n_real_by_step=None if shares is None else np.rint(shares * batch_size).astype(np.int64),
        labels=labels if params.balanced else (None, None),
    )


def phase_bounds(params: Params, steps: int) -> np.ndarray:
    """First step of each phase of the training, and last the number of steps, int64 (phases + 1,).

    A run without `phase_ends` is a single phase.
    """
    return np.rint(np.array([0.0, *(params.phase_ends or [1.0])]) * steps).astype(np.int64)


def real_shares(params: Params, steps: int) -> np.ndarray | None:
    """Share of real samples in the batch of each step.

    Args:
        params: The run's parameters. The shares are, in this order of precedence:
            `phase_real_shares`, constant in each phase or linear between its ends; `real_share`;
            under a protocol of equal steps `matched_real_share` in mixed runs, else 0 or 1.
        steps: Number of steps.

    Returns:
        float64 (steps,), in [0, 1]; None if batches are cut from the shuffled union.
    """
    shares, bounds = params.phase_real_shares, phase_bounds(params, steps)
    if shares and len(shares) == len(bounds):
        return np.interp(np.arange(steps), bounds, shares)
    if shares:
        return np.repeat(shares, np.diff(bounds))
    share = params.real_share or None
    if share is None and params.has_equal_steps:
        share = params.matched_real_share if params.is_mixed else float(params.real_fraction > 0)
    return None if share is None else np.full(steps, share)


@lru_cache(maxsize=4)
def _balanced_epoch(
    batch_sampler: BatchSampler, domain: int, epoch: int
) -> tuple[np.ndarray, np.ndarray]:
    """An epoch of a domain in which all classes are equally frequent, as long as a plain one.

    Returns:
        Numbers of the samples, and how many times the class of each has been cycled through.
    """
    labels = batch_sampler.labels[domain]
    assert labels is not None  # asked for only where labels were given
    classes = np.unique(labels)
    class_sizes = np.diff(np.arange(len(classes) + 1) * len(labels) // len(classes))
    samples, all_turns = [], []
    for label, k in zip(classes.tolist(), class_sizes.tolist(), strict=True):
        members, stream = np.flatnonzero(labels == label), f"{ORDER_STREAMS[domain]}/{label}"
        turns, index = np.divmod(np.arange(epoch * k, (epoch + 1) * k), len(members))
        orders = [
            _shuffle(len(members), batch_sampler.seed, stream, int(t)) for t in np.unique(turns)
        ]
        samples.append(members[np.stack(orders)[turns - turns[0], index]] if k else members[:0])
        all_turns.append(turns)
    mix = _shuffle(len(labels), batch_sampler.seed, f"{ORDER_STREAMS[domain]}/mix", epoch)
    return np.concatenate(samples)[mix], np.concatenate(all_turns)[mix]


@lru_cache(maxsize=64)
def _shuffle(n: int, seed: int, stream: str, epoch: int) -> np.ndarray:
    return rng_for(seed, stream, epoch).permutation(n)
