"""The thesis's statements, each decided by the comparison that `statements.yaml` names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from synthlib.evaluation.comparisons import INTERVAL_COLUMNS, compare_experiments, verdict
from synthlib.evaluation.run_metrics import shown_protocols

UNUSED_PHOTOGRAPHS_SUFFIX = ", unused photographs"
"""Suffix of a statement's label when it is tested on the training photographs that neither run
used (test set `real_rest`)."""


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """Decide each statement of the thesis by the comparison that `statements.yaml` names.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.

    Returns:
        One row per statement, test set and protocol, with the columns:

        - `statement`, `protocol`, and `label`, the two experiments.
        - `difference`, `low`, `high`, `detectable`, `n`, `n_other`, `seeds`: as in
          `compare_experiments`; NaN without runs.
        - `verdict`: as in `verdict`, or `not run`.
        - `above`, `within`: the bounds of the claim, in points; `within` is NaN if it has none.
        - `bn_real_difference`, `bn_real_low`, `bn_real_high`, `bn_real_verdict`: the comparison
          with batch-norm statistics of the real training photographs, where one of the experiments
          is a mix and both have such predictions; NaN and "" elsewhere.

    Raises:
        RunError: If the runs belong to different studies.
    """
    protocols = shown_protocols(outputs, scale)
    rows = [
        _decide_statement(outputs, scale, entry, test_sets, protocol)
        for entry in read_statements()
        for test_sets in _statement_test_sets(entry)
        for protocol in _statement_protocols(entry, protocols)
    ]
    columns = ["statement", "label", "protocol", *INTERVAL_COLUMNS]
    columns += ["detectable", "n", "n_other", "seeds", "verdict", "above", "within"]
    columns += [f"bn_real_{name}" for name in (*INTERVAL_COLUMNS, "verdict")]
    return pd.DataFrame(rows).reindex(columns=columns)


def read_statements() -> list[dict[str, Any]]:
    """The entries of `statements.yaml`, which explains their keys."""
    return yaml.safe_load(Path(__file__).with_name("statements.yaml").read_text())


def _statement_protocols(entry: dict, protocols: Sequence[str]) -> Sequence[str]:
    """Select from protocols, `thesis` first, what an entry of `statements.yaml` asks for."""
    first, *equal_steps = protocols
    return {"thesis": [first], "equal_steps": equal_steps, "both": protocols}[
        entry.get("protocols", "thesis")
    ]


def _decide_statement(
    outputs: Path, scale: str, entry: dict, test_sets: tuple[str, str | None], protocol: str
) -> dict[str, Any]:
    """Decide one statement on one pair of test sets; returns a row of `statements`."""
    pair = (entry["first"], entry["second"])
    label = " - ".join(pair)
    if test_sets[1]:
        label += f", {test_sets[0]} - {test_sets[1]}"
    if test_sets[0] == "real_rest":
        label += UNUSED_PHOTOGRAPHS_SUFFIX
    row = {
        "statement": entry["statement"],
        "label": label,
        "protocol": protocol,
        "above": entry.get("above", 0),
        "within": entry.get("within", np.nan),
    }
    bound = {key: entry[key] for key in ("above", "within") if key in entry}
    trained = compare_experiments(outputs, scale, *pair, protocol, *test_sets)
    bn_real = None
    if trained and any(name.startswith("mixed") for name in pair):
        bn_real = compare_experiments(
            outputs, scale, *pair, protocol, *test_sets, batch_norm="bn_real"
        )
    row |= trained or {}
    row |= {"verdict": _verdict_or_empty(trained, bound) or "not run"}
    row |= {f"bn_real_{key}": bn_real[key] for key in INTERVAL_COLUMNS if bn_real}
    return row | {"bn_real_verdict": _verdict_or_empty(bn_real, bound)}


def _verdict_or_empty(comparison: dict[str, Any] | None, bound: dict[str, float]) -> str:
    return verdict(comparison["low"], comparison["high"], **bound) if comparison else ""


def _statement_test_sets(entry: dict) -> list[tuple[str, str | None]]:
    """Test sets of the two experiments of a statement, one pair per comparison.

    The second set is None where both experiments are tested on the first. With the entry's key
    `rest`, the training photographs that neither run used are a further test set, as there are more
    of them.
    """
    sets: list[tuple[str, str | None]] = [tuple(entry.get("test_sets", ("real", None)))]
    return [*sets, ("real_rest", None)] if entry.get("rest") else sets
