"""Photographs by which no setting of the protocol `tuned` was chosen.

Settings of `tuned` were chosen on `dev` and on the first fifth of the unused photographs (`real_1`)
of two seeds, and trials of synthetic images alone were tested on the photographs that the first
seed trains on, too. The unused photographs of another seed include these. All comparisons under
`tuned` therefore leave them out (docs/results/looked_at.md).
"""

from pathlib import Path

from synthlib.evaluation.predictions import read_predictions
from synthlib.evaluation.run_metrics import finished_runs

CHOSEN_PROTOCOL = "tuned"
"""The protocol whose settings were chosen."""

CHOSEN_BY = ("real10", (0, 1), "real_1")
"""Experiment, seeds and test set of the photographs by which settings were chosen. Those that the
first seed's run trains on were looked at too."""


def unseen_photographs(outputs: Path, scale: str, protocol: str) -> frozenset[str] | None:
    """Find the training photographs by which no setting of a protocol was chosen.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.
        protocol: Protocol of the runs that are compared.

    Returns:
        Names of samples. None: all photographs, as under protocols without chosen settings, and
        where no run of `CHOSEN_BY` says which photographs others are.
    """
    if protocol != CHOSEN_PROTOCOL:
        return None
    experiment, seeds, test_set = CHOSEN_BY
    left_out = _samples(outputs, scale, experiment, "real_rest", seeds[:1])
    chosen_by = _samples(outputs, scale, experiment, test_set, seeds)
    return frozenset(left_out - chosen_by) if chosen_by else None


def _samples(
    outputs: Path, scale: str, experiment: str, test_set: str, seeds: tuple[int, ...]
) -> set[str]:
    """Names of the photographs of a test set, of all runs with the given seeds."""
    runs = finished_runs(outputs, scale, experiment, CHOSEN_PROTOCOL, test_set)
    folders = runs["folder"][runs["seed"].isin(seeds)] if len(runs) else ()
    return {image for f in folders for image in read_predictions(f, test_set)["sample"]}
