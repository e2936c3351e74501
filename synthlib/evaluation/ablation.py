"""Ablation: what each factor of the images adds to the settings of a protocol.

`params/ablation.yaml` names factors, each with the parameters that undo it, such as the camera
poses of the thesis. One run of each experiment has all factors, `mixed_real10@ablation_none`, and
each other run is without one, `mixed_real10@ablation_pose`. The effect of a factor is the accuracy
with all less the accuracy without it, on the same photographs. A factor that can be undone only
together with another is compared with the run without that other (`compared_with`).

An interval covers the choice of photographs and, with several seeds, of seeds. With one seed it
says nothing about other initial weights and batches. A screening (`screening`) estimates its
effects from more runs, in all combinations of the other factors; an ablation says what is lost by
leaving out one factor, and cannot tell what two do together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib import params as parameters
from synthlib.evaluation import bootstrap, power, statistics
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.evaluation.screening import EFFECT_COLUMNS, raise_on_other_settings
from synthlib.params import Params
from synthlib.runs import load_runs
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import project_dir
from synthlib.utils.validation import read_yaml_mapping

NONE = "none"
"""Stands for the missing factor in the names of the runs that have all factors."""


@dataclass(frozen=True)
class Ablation:
    """The content of `params/ablation.yaml`.

    Attributes:
        protocol: Protocol of all runs.
        experiments: By the name of each experiment, the parameters that it needs in the ablation.
        test_sets: Test sets of photographs by which factors are judged.
        without: By the name of each factor, the parameters that undo it.
        compared_with: By the name of a factor, the factor without which the run is that it is
            compared with. The others are compared with the run that has all factors.
    """

    protocol: str
    experiments: dict[str, dict[str, Any]]
    test_sets: list[str]
    without: dict[str, dict[str, Any]]
    compared_with: dict[str, str]

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters that the ablation sets."""
        varied = {key for level in self.without.values() for key in level}
        return frozenset(varied | {"protocol", "test_sets"})

    @property
    def factors(self) -> list[str]:
        """The factor that each run of an experiment is without: `NONE`, then each."""
        return [NONE, *self.without]

    def load(self, scale: str, experiment: str, factor: str, **overrides) -> Params:
        """Load the parameters of the run without a factor.

        Args:
            scale: Scale of the study, such as `tiny`.
            experiment: One of `experiments`.
            factor: One of `factors`.
            **overrides: Parameters that override those of the files, but not the ablation's.

        Raises:
            ParameterError: If a parameter is wrong.
        """
        fixed = {"protocol": self.protocol, "test_sets": self.test_sets}
        values = {**overrides, **self.experiments[experiment], **self.without.get(factor, {})}
        return parameters.load(scale, ablation_run_name(experiment, factor), **values, **fixed)


def read_ablation() -> Ablation:
    """Read `params/ablation.yaml` of the study's folder.

    Raises:
        ParameterError: The file does not exist or is malformed.
        FileError: The file cannot be read.
    """
    path = project_dir() / "params" / "ablation.yaml"
    if not path.exists():
        raise ParameterError(f"no {path}, which names the factors of an ablation")
    keys = [field.name for field in fields(Ablation)]
    values = read_yaml_mapping(path, ", ".join(f"`{key}`" for key in keys))
    if set(values) != set(keys):
        raise ParameterError(
            f"{path} has the keys {', '.join(map(str, values))}; allowed and needed: "
            f"{', '.join(keys)}"
        )
    for key in ("experiments", "without", "compared_with"):
        if not isinstance(values[key], Mapping):
            raise ParameterError(f"{path}: {key} is {values[key]!r}; needed: a mapping, {{...}}")
    for name, level in values["without"].items():
        if not isinstance(level, Mapping) or not level:
            raise ParameterError(f"{path}: factor {name} needs parameters that undo it, {{...}}")
    for pair in values["compared_with"].items():
        if unknown := set(pair) - set(values["without"]):
            raise ParameterError(
                f"{path}: compared_with names {', '.join(map(str, unknown))}; allowed: "
                f"{', '.join(values['without'])}"
            )
    return Ablation(**values)


def plan_ablation(scale: str, *, seeds: Sequence[int] = (0,), **overrides) -> list[Params]:
    """Plan the runs of the ablation.

    Args:
        scale: Scale of the study, such as `tiny`.
        seeds: Seeds of each run.
        **overrides: Parameters that override those of the files, but not the ablation's.

    Returns:
        Validated parameters, ordered by seed, then factor, then experiment, so that the renders of
        a factor are made once; the runs with all factors are first.

    Raises:
        ParameterError: If a parameter is wrong, or a factor changes nothing.
    """
    ablation = read_ablation()
    planned = [
        ablation.load(scale, experiment, factor, seed=seed, **overrides)
        for seed in seeds
        for factor in ablation.factors
        for experiment in ablation.experiments
    ]
    of_all = planned[0].result_parameters()
    for factor, level in ablation.without.items():
        if all(of_all.get(key) == value for key, value in level.items()):
            raise ParameterError(
                f"params/ablation.yaml: factor {factor} changes nothing under the protocol "
                f"{ablation.protocol} at scale {scale}, which has {level} already"
            )
    return planned


def ablation_run_name(experiment: str, factor: str) -> str:
    """Experiment name of a run of the ablation, such as `mixed_real10@ablation_object_in_crop`."""
    return f"{experiment}@ablation_{factor.replace(' ', '_').replace('-', '_')}"


def ablation_state(outputs: Path, scale: str) -> pd.DataFrame:
    """Count the finished runs of the ablation: one row per experiment, with the columns
    experiment, done and planned."""
    ablation = read_ablation()
    folders = _finished_folders(outputs, scale, ablation)
    done = [sum(map(bool, by_factor.values())) for by_factor in folders.values()]
    planned = len(ablation.factors)
    return pd.DataFrame({"experiment": [*folders], "done": done, "planned": planned})


def ablation_effects(outputs: Path, scale: str) -> pd.DataFrame:
    """Estimate what each factor adds to the accuracy of each experiment of the ablation.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.

    Returns:
        One row per experiment and factor whose run and the one that it is compared with have
        finished:

        - `experiment`, `factor`.
        - `first_top1`, `second_top1`: top-1 without the factor, and of the run that it is compared
          with, in percent.
        - `effect`, `low`, `high`: the second less the first, in points, with its paired 95%
          interval (`statistics.paired_interval`).
        - `detectable`: the smallest effect that would be found with a probability of 80%.
        - `n`: number of photographs; `runs`: number of runs; `seeds`.

    Raises:
        RunError: If a run was made with other settings than the file has now, or on other
            photographs than the others.
    """
    ablation = read_ablation()
    rows = [
        {"experiment": experiment, "factor": factor} | effect
        for experiment, by_factor in _finished_folders(outputs, scale, ablation).items()
        for factor in ablation.without
        if (effect := _effect(ablation, scale, experiment, factor, by_factor))
    ]
    return pd.DataFrame(rows, columns=EFFECT_COLUMNS)


def _finished_folders(
    outputs: Path, scale: str, ablation: Ablation
) -> dict[str, dict[str, dict[int, Path]]]:
    """Folders of the finished runs by experiment, factor and seed."""
    runs = load_runs(outputs, scale)
    folders = {name: {factor: {} for factor in ablation.factors} for name in ablation.experiments}
    named = {
        ablation_run_name(name, factor): by_seed
        for name, by_factor in folders.items()
        for factor, by_seed in by_factor.items()
    }
    for run in runs.to_dict("records"):
        if run["protocol"] == ablation.protocol and run["experiment"] in named:
            named[run["experiment"]][run["seed"]] = run["folder"]
    return folders


def _effect(
    ablation: Ablation,
    scale: str,
    experiment: str,
    factor: str,
    folders: Mapping[str, Mapping[int, Path]],
) -> dict[str, Any] | None:
    """The numbers of a row of `ablation_effects`; None if the runs share no seed."""
    reference = ablation.compared_with.get(factor, NONE)
    seeds = sorted(folders[reference].keys() & folders[factor].keys())
    if not seeds:
        return None
    of_all = ablation.load(scale, experiment, NONE).result_parameters()
    settings = {key: of_all.get(key) for key in ablation.parameters}
    levels = [settings | ablation.without.get(name, {}) for name in (reference, factor)]
    for seed in seeds:
        pair = [folders[name][seed] for name in (reference, factor)]
        raise_on_other_settings("ablation", experiment, pair, levels, ablation.parameters)
    by_run = {
        (name, seed): pd.concat(
            {t: correct_by_sample(folders[name][seed], t) for t in ablation.test_sets}
        )
        for name in (reference, factor)
        for seed in seeds
    }
    table = pd.DataFrame(by_run).astype(float)
    # each seed has its own unused photographs, which are those of both of its runs
    complete, without = table[reference].to_numpy().T, table[factor].to_numpy().T
    low, high = statistics.paired_interval(complete, without)
    top1 = bootstrap.mean_accuracy(complete), bootstrap.mean_accuracy(without)
    return {
        "first_top1": top1[1],
        "second_top1": top1[0],
        "effect": top1[0] - top1[1],
        "low": low,
        "high": high,
        "detectable": power.detectable_difference(low, high),
        "n": len(table),
        "runs": 2 * len(seeds),
        "seeds": ", ".join(map(str, seeds)),
    }
