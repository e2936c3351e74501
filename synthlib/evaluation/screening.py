"""Screening: the effect of each factor of the images, from one Plackett-Burman design of runs.

`params/screening.yaml` names factors with two levels each, such as the camera poses or the blending
of edges. Every run of the design sets all of them, in a combination that a row of an orthogonal
array gives: each factor has each level in half of the runs, and each pair of levels of two factors
in a quarter. The effect of a factor is the mean accuracy of the runs with its second level less
that of the runs with its first (Plackett and Burman 1946), so every run counts for every factor. A
run is named after its experiment and its row, `mixed_real10@screen_03`, so that no other table
contains it.

The variance of an effect is the sum of two parts:

- Photographs: the effect is a mean over the test photographs of each one's own effect (the mean of
  its correctness over half of the runs less that over the others), as all runs are tested on the
  same ones. The squared standard error of that mean is what a paired bootstrap over photographs
  estimates.
- The design: other weights and batches, and combinations of factors that do more or less than
  their sum. Columns of the array to which no factor is assigned have no effect of their own, so
  the mean square of their apparent effects, less the part that is due to photographs, estimates it.

Effects of single factors are confounded with interactions of two others: a screening chooses what
to examine one factor at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import hadamard
from scipy.stats import t as student_t

from synthlib import params as parameters
from synthlib.evaluation.power import smallest_detectable_effect
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.params import Params
from synthlib.runs import RunError, load_runs, read_params, read_status
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import project_dir
from synthlib.utils.validation import read_yaml_mapping

FIRST_ROW_OF_12 = "++-+++---+-"
"""First row of the design of 12 runs; the next rows but the last are its rotations."""

DESIGN_SIZES = (12, 16)
"""Numbers of runs for which there is a design."""

SHARED_COLUMNS = 7
"""Columns of the design of 16 runs whose levels are equal in pairs of runs, 1 and 2 to 15 and 16.

If the factors that change renders come first, only eight sets of renders are needed."""

MIN_FREE_COLUMNS = 3
"""Fewest columns without a factor, from which the error of the design is estimated."""

FREE_COLUMN = "no factor"
"""First words of the name of a column without a factor."""

EFFECT_COLUMNS = ["experiment", "factor", "first_top1", "second_top1", "effect", "low", "high"]
EFFECT_COLUMNS += ["detectable", "n", "runs", "seeds"]
"""Columns of `screening_effects`."""


@dataclass(frozen=True)
class Screening:
    """The content of `params/screening.yaml`.

    Attributes:
        protocol: Protocol of all runs.
        experiments: By the name of each experiment, the parameters that it needs in the screening.
        test_sets: Test sets of photographs by which factors are judged.
        factors: By the name of each factor, the parameters of its first and its second level.
    """

    protocol: str
    experiments: dict[str, dict[str, Any]]
    test_sets: list[str]
    factors: dict[str, tuple[dict[str, Any], dict[str, Any]]]

    @property
    def design(self) -> np.ndarray:
        """-1 for the first and 1 for the second level, int (runs, columns).

        The columns of the factors come first, those without a factor last.
        """
        needed = len(self.factors) + MIN_FREE_COLUMNS
        return plackett_burman(next(n for n in DESIGN_SIZES if n > needed))

    @property
    def column_names(self) -> list[str]:
        """The factor of each column of the design."""
        n_free = self.design.shape[1] - len(self.factors)
        return [*self.factors, *(f"{FREE_COLUMN} {i + 1}" for i in range(n_free))]

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters that the screening sets."""
        pairs = self.factors.values()
        varied = {key for pair in pairs for level in pair for key in level}
        return frozenset(varied | {"protocol", "test_sets"})

    def levels(self, row: int) -> dict[str, Any]:
        """The parameters that a row of the design sets, by name."""
        signs = self.design[row]
        return {
            key: value
            for (first, second), sign in zip(self.factors.values(), signs, strict=False)
            for key, value in (second if sign > 0 else first).items()
        }


def plackett_burman(n_runs: int) -> np.ndarray:
    """Make a two-level design with orthogonal columns.

    Args:
        n_runs: Number of runs, one of `DESIGN_SIZES`.

    Returns:
        -1 or 1, int64 (n_runs, n_runs - 1). Each column has either as often, and the products of
        any two columns sum to 0. One row has the first level of all factors: the last of 12, the
        first of 16. Of 16, two neighbouring rows have equal levels in the first `SHARED_COLUMNS`.

    Raises:
        ValueError: If no design has that number of runs.
    """
    if n_runs == 12:
        first = np.array([1 if sign == "+" else -1 for sign in FIRST_ROW_OF_12])
        rotations = [np.roll(first, shift) for shift in range(n_runs - 1)]
        return np.vstack([*rotations, np.full(n_runs - 1, -1)])
    if n_runs == 16:
        # an entry is 1 if the numbers of its row and column share an even number of binary ones, so
        # even columns do not depend on the last digit of the row
        columns = [*range(2, n_runs, 2), *range(1, n_runs, 2)]
        return -hadamard(n_runs)[:, columns]
    raise ValueError(f"no design of {n_runs} runs; there are {', '.join(map(str, DESIGN_SIZES))}")


def read_screening() -> Screening:
    """Read `params/screening.yaml` of the study's folder.

    Raises:
        ParameterError: The file does not exist or is malformed, has too many factors, or two
            factors set the same parameter.
        FileError: The file cannot be read.
    """
    path = project_dir() / "params" / "screening.yaml"
    if not path.exists():
        raise ParameterError(f"no {path}, which names the factors of a screening")
    values = read_yaml_mapping(path, "`protocol`, `experiments`, `test_sets` and `factors`")
    if set(values) != {"protocol", "experiments", "test_sets", "factors"}:
        raise ParameterError(
            f"{path} has the keys {', '.join(map(str, values))}; allowed and needed: protocol, "
            "experiments, test_sets, factors"
        )
    factors, setters = {}, {}
    for name, levels in values["factors"].items():
        if not (isinstance(levels, list) and len(levels) == 2 and all(map(_is_mapping, levels))):
            raise ParameterError(
                f"{path}: factor {name} needs two levels, [{{...}}, {{...}}], each of parameters"
            )
        for key in set(levels[0]) | set(levels[1]):
            if setters.setdefault(key, name) != name:
                raise ParameterError(f"{path}: {key} is set by both {setters[key]} and {name}")
        factors[str(name)] = (levels[0], levels[1])
    most = max(DESIGN_SIZES) - 1 - MIN_FREE_COLUMNS
    if not 2 <= len(factors) <= most:
        raise ParameterError(f"{path} has {len(factors)} factors; allowed: 2 to {most}")
    return Screening(
        values["protocol"], dict(values["experiments"]), list(values["test_sets"]), factors
    )


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def plan_screening(scale: str, *, seeds: Sequence[int] = (0,), **overrides) -> list[Params]:
    """Plan the runs of the screening.

    Args:
        scale: Scale of the study, such as `tiny`.
        seeds: Seeds with which every run of the design is trained.
        **overrides: Parameters that override those of the files, but not the factors' levels.

    Returns:
        Validated parameters, ordered by seed, then row of the design, then experiment, so that the
        renders of a row are made once.

    Raises:
        ParameterError: If a parameter is wrong.
    """
    screening = read_screening()
    return [
        _row_params(screening, scale, experiment, row, seed, overrides)
        for seed in seeds
        for row in range(len(screening.design))
        for experiment in screening.experiments
    ]


def screening_run_name(experiment: str, row: int) -> str:
    """Experiment name of a run of the screening, such as `mixed_real10@screen_03` for row 2."""
    return f"{experiment}@screen_{row + 1:02d}"


def _row_params(
    screening: Screening,
    scale: str,
    experiment: str,
    row: int,
    seed: int,
    overrides: Mapping[str, Any],
) -> Params:
    fixed = {"seed": seed, "protocol": screening.protocol, "test_sets": screening.test_sets}
    values = {**overrides, **screening.experiments[experiment], **screening.levels(row), **fixed}
    return parameters.load(scale, screening_run_name(experiment, row), **values)


def design_table() -> pd.DataFrame:
    """The levels of all factors in each run of the design.

    Returns:
        One row per run, indexed by its number from 1, and one column per factor: `first` or
        `second`.
    """
    screening = read_screening()
    signs = screening.design[:, : len(screening.factors)]
    table = pd.DataFrame(np.where(signs > 0, "second", "first"), columns=[*screening.factors])
    return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="run"))


def screening_state(outputs: Path, scale: str) -> pd.DataFrame:
    """Count the finished runs of the screening: one row per experiment, with the columns
    experiment, done and planned."""
    screening = read_screening()
    folders = _finished_folders(outputs, scale, screening)
    done = [sum(map(bool, rows)) for rows in folders.values()]
    return pd.DataFrame({"experiment": [*folders], "done": done, "planned": len(screening.design)})


def screening_effects(outputs: Path, scale: str) -> pd.DataFrame:
    """Estimate the effect of each factor on the accuracy of each experiment of the screening.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.

    Returns:
        One row per experiment and column of the design, as `design_effects` describes them, with
        the column `seeds` (those that all runs share). Experiments of which a run of the design is
        missing have no rows.

    Raises:
        RunError: If a run was made with other levels than the file has now, or on other
            photographs than the others.
    """
    screening = read_screening()
    tables = []
    for experiment, folders in _finished_folders(outputs, scale, screening).items():
        loaded = _load_correct(screening, experiment, folders)
        if loaded is not None:
            correct, seeds = loaded
            effects = design_effects(correct, screening.design, screening.column_names)
            tables.append(effects.assign(experiment=experiment, seeds=", ".join(map(str, seeds))))
    if not tables:
        return pd.DataFrame(columns=EFFECT_COLUMNS)
    return pd.concat(tables, ignore_index=True)[EFFECT_COLUMNS]


def design_effects(correct: np.ndarray, design: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Estimate the effects of the columns of a design.

    Args:
        correct: Correctness of each run on each photograph, averaged over seeds, float
            (runs, photographs) in [0, 1].
        design: -1 or 1, int (runs, columns).
        names: Factor of each column; those that begin with `FREE_COLUMN` have none.

    Returns:
        One row per column of the design:

        - `factor`: its name.
        - `first_top1`, `second_top1`: mean top-1 of the runs with either level, in percent.
        - `effect`, `low`, `high`: the second less the first, in points, with its 95% interval. The
          module's docstring has its variance; its degrees of freedom are Satterthwaite's.
        - `detectable`: the smallest effect that would be found with a probability of 80%.
        - `n`: number of photographs; `runs`: number of runs.
    """
    n_runs, n = correct.shape
    second = np.maximum(design, 0).T @ correct / (n_runs / 2)
    first = np.maximum(-design, 0).T @ correct / (n_runs / 2)
    by_photograph = 100 * (second - first)  # (columns, photographs)
    effects = by_photograph.mean(axis=1)
    photograph_variance = by_photograph.var(axis=1, ddof=1) / n
    is_free = np.array([name.startswith(FREE_COLUMN) for name in names])
    free_square = float(np.mean(effects[is_free] ** 2))
    design_variance = max(0.0, free_square - float(photograph_variance[is_free].mean()))
    variance = photograph_variance + design_variance
    # the mean square of m normal effects has m degrees of freedom, so its variance is 2/m times
    # its square; a sum with the precisely known part has proportionally more (Satterthwaite 1946)
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees_of_freedom = is_free.sum() * (variance / free_square) ** 2
    degrees_of_freedom = np.minimum(
        np.nan_to_num(degrees_of_freedom, nan=np.inf, posinf=np.inf), 1e6
    )
    half_width = student_t.ppf(0.975, degrees_of_freedom) * np.sqrt(variance)
    return pd.DataFrame(
        {
            "factor": list(names),
            "first_top1": 100 * first.mean(axis=1),
            "second_top1": 100 * second.mean(axis=1),
            "effect": effects,
            "low": effects - half_width,
            "high": effects + half_width,
            "detectable": smallest_detectable_effect(np.sqrt(variance), degrees_of_freedom),
            "n": n,
            "runs": n_runs,
        }
    )


def _finished_folders(
    outputs: Path, scale: str, screening: Screening
) -> dict[str, list[dict[int, Path]]]:
    """Folders of the finished runs: by experiment, one entry per row of the design, by seed."""
    runs = load_runs(outputs, scale)
    folders = {name: [{} for _ in screening.design] for name in screening.experiments}
    rows = {
        screening_run_name(name, row): by_seed
        for name, of_rows in folders.items()
        for row, by_seed in enumerate(of_rows)
    }
    for run in runs.to_dict("records"):
        if run["protocol"] == screening.protocol and run["experiment"] in rows:
            rows[run["experiment"]][run["seed"]] = run["folder"]
    return folders


def _load_correct(
    screening: Screening, experiment: str, folders: list[dict[int, Path]]
) -> tuple[np.ndarray, list[int]] | None:
    """Correctness of an experiment's runs: float (rows of the design, photographs), and the seeds
    over which it is averaged; None if a run is missing."""
    seeds = sorted(set.intersection(*map(set, folders)))
    if not seeds:
        return None
    levels = [screening.levels(row) for row in range(len(folders))]
    for seed in seeds:
        of_seed = [by_seed[seed] for by_seed in folders]
        raise_on_other_settings("screening", experiment, of_seed, levels, screening.parameters)
    rows = []
    for by_seed in folders:
        of_seeds = []
        for seed in seeds:
            by_set = {name: correct_by_sample(by_seed[seed], name) for name in screening.test_sets}
            of_seeds.append(pd.concat(by_set).astype(float))
        # each seed has its own unused photographs; one that several seeds share counts once
        rows.append(pd.concat(of_seeds, axis=1).mean(axis=1))
    return pd.concat(rows, axis=1, join="inner").to_numpy().T, seeds


def raise_on_other_settings(
    plan: str,
    experiment: str,
    folders: Sequence[Path],
    levels: Sequence[Mapping[str, Any]],
    varied: frozenset[str],
) -> None:
    """Raise RunError unless runs differ in nothing but the settings that a plan gives them.

    Args:
        plan: `screening` or `ablation`: the name of its file in `params/` and of its option.
        experiment: Experiment of the runs.
        folders: Folders of the runs.
        levels: The settings that the plan gives each run.
        varied: Names of all parameters that the plan sets.
    """
    common: dict[str, Any] = {}
    for folder, level in zip(folders, levels, strict=True):
        values = read_params(folder).result_parameters()
        values["photographs"] = read_status(folder).get("data", {}).get("photographs")
        if wrong := [key for key, value in level.items() if values.get(key) != value]:
            raise RunError(
                f"{folder} was made with {wrong[0]} {values.get(wrong[0])}, and params/"
                f"{plan}.yaml leads to {level[wrong[0]]}: move it out of the outputs folder, and "
                f"`synthlib batch --{plan}` recreates it"
            )
        for key in values.keys() - varied:
            if common.setdefault(key, values[key]) != values[key]:
                raise RunError(
                    f"runs of the {plan} of {experiment} differ in {key}: {folder} has "
                    f"{values[key]}, another {common[key]}. Move one study out of the outputs "
                    "folder"
                )
