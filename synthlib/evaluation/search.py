"""The fair baseline: real photographs alone and mixed, each at its best of the same small search.

At each real fraction both are trained with every learning rate and augmentation of the search, for
equally many steps (protocol `matched`), and tested on `dev`, which no run trains on, and on `real`.
What is best on `dev` is compared on `real`. A run of the search is named after its experiment and
its setting, `real33@lr0.03-thesis`, so that it fills no table.
"""

from collections.abc import Sequence

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.utils.errors import ParameterError

REAL_AND_MIXED_PAIRS = (
    ("baseline", "mixed_synth100"),
    ("real33", "mixed_real33"),
    ("real16", "mixed_real16"),
    ("real3", "mixed_real3"),
)
"""Real photographs alone and mixed, at each fraction."""

LEARNING_RATES = (0.003, 0.01, 0.03)
AUGMENTATIONS = ("matched", "thesis")
SEARCHED_PARAMETERS = ("learning_rate", "augmentation")
"""Parameters in which runs of one experiment differ by their settings."""

SETTING_NAMES = tuple(f"lr{rate:g}-{preset}" for rate in LEARNING_RATES for preset in AUGMENTATIONS)


def plan_search(scale: str, *, seeds: Sequence[int] = (0,), **overrides) -> list[Params]:
    """The runs of the search at a scale, checked. `given` parameters override the files.

    Raises ParameterError where the scale cuts no `dev` from its training photographs.
    """
    if parameters.load(scale, "baseline", **overrides).dev_per_class == 0:
        raise ParameterError(
            f"scale {scale} has dev_per_class 0, so there is nothing to search on: set it"
        )
    return [
        parameters.load(
            scale,
            search_experiment_name(experiment, f"lr{rate:g}-{preset}"),
            **overrides
            | {"learning_rate": rate, "augmentation": preset, "seed": seed}
            | {"protocol": "matched", "test_sets": ["dev", "real"]},
        )
        for seed in seeds
        for pair in REAL_AND_MIXED_PAIRS
        for experiment in pair
        for rate in LEARNING_RATES
        for preset in AUGMENTATIONS
    ]


def search_experiment_name(experiment: str, setting: str) -> str:
    """What a run of the search is called."""
    return f"{experiment}@{setting}"
