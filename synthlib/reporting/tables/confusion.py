"""The confusion matrices of Figures 18 to 20, 26, 27 and 32, measured and published."""

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
    """The measured and published confusion matrix of one figure.

    Attributes:
        number: Number of the figure.
        experiment: Name of the experiment that was run for it.
        protocol: Protocol of the run.
        seeds: Seeds of the runs; () without runs.
        measured: Counts, true classes down and predicted ones across, averaged over the seeds; None
            without runs.
        published: Counts as printed, NaN in rows that are not transcribed; None at a scale of
            stand-in photographs.
        caption: The thesis's caption, with notes.
    """

    number: int
    experiment: str
    protocol: str
    seeds: tuple[int, ...]
    measured: pd.DataFrame | None
    published: pd.DataFrame | None
    caption: str


def confusion_pair(number: int, outputs: Path, scale: str) -> ConfusionPair:
    """Read the measured and the published confusion matrix of a figure.

    Args:
        number: Number of the figure: 18, 19, 20, 26, 27 or 32.
        outputs: Folder with the runs.
        scale: Name of the scale.

    Returns:
        Both matrices, with the experiment that was run for the figure.

    Raises:
        ValueError: If the figure is not a confusion matrix.

    Examples:
        >>> pair = tables.confusion_pair(26, params.output_dir, params.scale)
        >>> figures.confusion_figure(pair, params)
    """
    published = thesis.published_confusion_matrix(number)
    params = captions.scale_params(outputs, scale)
    cell = thesis.cell_experiments("figure", number).iloc[0]
    runs = finished_runs(outputs, scale, cell["experiment"], cell["protocol"], cell["test_set"])
    measured = mean_confusion_counts(runs, cell["test_set"]) if len(runs) else None
    n_test = float(measured.to_numpy().sum()) if measured is not None else None
    notes = [] if measured is not None else [f"{cell['experiment']}: {captions.NOT_RUN}."]
    if not params.stand_in:
        missing = int((~thesis.matrix_transcription(number)["transcribed"]).sum())
        notes.append(f"{missing} published rows are not transcribed." if missing else "")
    published_caption = f"Figure {number}. {thesis.published_caption('figure', number)}."
    parts = [published_caption, *notes, captions.scale_note(params, n_test)]
    caption = " ".join(part for part in parts if part)
    seeds = tuple(runs["seed"]) if len(runs) else ()
    return ConfusionPair(
        number,
        cell["experiment"],
        cell["protocol"],
        seeds,
        measured,
        None if params.stand_in else published,
        caption,
    )


def predicted_share(
    figure_numbers: Sequence[int], classes: Sequence[str], params: Params
) -> pd.DataFrame:
    """Compute the share of images that are predicted as any of the given classes.

    Args:
        figure_numbers: Numbers of figures with a confusion matrix.
        classes: Names of the predicted classes to count.
        params: Parameters of the scale.

    Returns:
        One row per figure, with columns number (of the figure), measured and published (percent of
        the images; NaN if unknown) and missing (those of `classes` that the study does not have,
        joined by commas; `measured` counts the others). Published percentages cover the true
        classes whose rows are transcribed in all of the figures, so that figures can be compared.
    """
    pairs = [confusion_pair(number, params.output_dir, params.scale) for number in figure_numbers]
    transcribed = [pair.published.dropna().index for pair in pairs if pair.published is not None]
    common_classes = [c for c in (transcribed or [[]])[0] if all(c in rows for rows in transcribed)]
    rows = []
    for pair in pairs:
        available = classes if pair.measured is None else pair.measured.columns
        published = None if pair.published is None else pair.published.loc[common_classes]
        rows.append(
            {
                "number": pair.number,
                "measured": _percent_predicted(pair.measured, classes),
                "published": _percent_predicted(published, classes),
                "missing": ", ".join(name for name in classes if name not in available),
            }
        )
    return pd.DataFrame(rows)


def _percent_predicted(counts: pd.DataFrame | None, classes: Sequence[str]) -> float:
    """The share of all counts in the columns of some classes; NaN without any such column."""
    columns = [] if counts is None else [name for name in classes if name in counts.columns]
    if counts is None or not columns:
        return float("nan")
    return float(100 * counts[columns].to_numpy().sum() / counts.to_numpy().sum())
