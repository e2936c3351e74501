"""The confusion matrices of Figures 18 to 20, 26, 27, 32: measured beside published."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthlib import thesis
from synthlib.tables import comparable
from synthlib.tables.measured import confusion_counts, runs_of


@dataclass(frozen=True)
class Matrices:
    """One figure's counts: `measured` (the mean over seeds; None without runs), `published` (None
    at a scale of stand-ins), the experiment and a caption."""

    number: int
    experiment: str
    measured: pd.DataFrame | None
    published: pd.DataFrame | None
    caption: str


def matrices(number: int, outputs: Path, scale: str) -> Matrices:
    """The matrices of a figure. Raises ValueError for a figure that is no confusion matrix."""
    printed = thesis.matrix(number)
    p = comparable.scale_params(outputs, scale)
    fill = thesis.fills("figure", number).iloc[0]
    runs = runs_of(outputs, scale, fill["experiment"], fill["protocol"], fill["test_set"])
    measured = confusion_counts(runs, fill["test_set"]) if len(runs) else None
    n_test = float(measured.to_numpy().sum()) if measured is not None else None
    notes = [] if measured is not None else [f"{fill['experiment']}: {comparable.NOT_RUN}."]
    if not p.stand_in:
        missing = int((~thesis.matrix_rows(number)["transcribed"]).sum())
        notes.append(f"{missing} published rows are not transcribed." if missing else "")
    text = f"Figure {number}. {thesis.caption('figure', number)}."
    parts = [text, *notes, comparable.scale_note(p, n_test)]
    caption = ("STAND-IN: " if p.stand_in else "") + " ".join(part for part in parts if part)
    return Matrices(number, fill["experiment"], measured, None if p.stand_in else printed, caption)


def predicted_share(counts: pd.DataFrame, classes: Sequence[str]) -> float:
    """Percent of a matrix's images that are called one of `classes`, over the rows that it has."""
    whole = counts.dropna()
    named = [name for name in classes if name in whole.columns]
    return float(100 * whole[named].to_numpy().sum() / whole.to_numpy().sum())
