"""The confusion matrices of Figures 18 to 20, 26, 27, 32: measured beside published."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthlib.evaluation.run_metrics import finished_runs, mean_confusion_counts
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables import captions


@dataclass(frozen=True)
class ConfusionPair:
    """One figure's counts: `measured` (the mean over `seeds`; None without runs), `published` (None
    at a scale of stand-ins), the experiment, its protocol and a caption."""

    number: int
    experiment: str
    protocol: str
    seeds: tuple[int, ...]
    measured: pd.DataFrame | None
    published: pd.DataFrame | None
    caption: str


def confusion_pair(number: int, outputs: Path, scale: str) -> ConfusionPair:
    """The matrices of a figure. Raises ValueError for a figure that is no confusion matrix."""
    printed = thesis.published_confusion_matrix(number)
    p = captions.scale_params(outputs, scale)
    fill = thesis.cell_experiments("figure", number).iloc[0]
    runs = finished_runs(outputs, scale, fill["experiment"], fill["protocol"], fill["test_set"])
    measured = mean_confusion_counts(runs, fill["test_set"]) if len(runs) else None
    n_test = float(measured.to_numpy().sum()) if measured is not None else None
    notes = [] if measured is not None else [f"{fill['experiment']}: {captions.NOT_RUN}."]
    if not p.stand_in:
        missing = int((~thesis.matrix_transcription(number)["transcribed"]).sum())
        notes.append(f"{missing} published rows are not transcribed." if missing else "")
    text = f"Figure {number}. {thesis.published_caption('figure', number)}."
    parts = [text, *notes, captions.scale_note(p, n_test)]
    caption = ("STAND-IN: " if p.stand_in else "") + " ".join(part for part in parts if part)
    seeds = tuple(runs["seed"]) if len(runs) else ()
    about = (fill["experiment"], fill["protocol"], seeds)
    return ConfusionPair(number, *about, measured, None if p.stand_in else printed, caption)


def predicted_share(
    figure_numbers: Sequence[int], classes: Sequence[str], params: Params
) -> pd.DataFrame:
    """Percent of images that are called one of `classes`, a row a figure: number, measured,
    published, NaN where there is none; lacks: which of them the measured study does not have, so
    that measured is of the others (NaN if it has none of them). Published shares are of the true
    classes whose rows are transcribed in all of the figures, so that they can be held against each
    other."""
    pairs = [confusion_pair(number, params.output_dir, params.scale) for number in figure_numbers]
    there = [pair.published.dropna().index for pair in pairs if pair.published is not None]
    both = [c for c in (there[0] if there else []) if all(c in rows for rows in there)]
    rows = []
    for pair in pairs:
        beside = None if pair.published is None else pair.published.loc[both]
        shares = {
            "measured": _percent_predicted(pair.measured, classes),
            "published": _percent_predicted(beside, classes),
        }
        here = pair.measured
        lacks = [] if here is None else [name for name in classes if name not in here.columns]
        rows.append({"number": pair.number} | shares | {"lacks": ", ".join(lacks)})
    return pd.DataFrame(rows)


def _percent_predicted(counts: pd.DataFrame | None, classes: Sequence[str]) -> float:
    named = [] if counts is None else [name for name in classes if name in counts.columns]
    if counts is None or not named:
        return float("nan")
    return float(100 * counts[named].to_numpy().sum() / counts.to_numpy().sum())
