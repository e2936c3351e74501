"""Runs as tables: all runs of a scale, and the thesis's numbered tables filled by them.

`metrics_table` has a row a run and test set; `table(14, outputs, scale)` is Table 14, measured
beside published. Numbers are percent, and all of them are computed from `predictions.parquet`.
"""

from synthlib.tables.answer import baseline_crossing, learning_curve_table
from synthlib.tables.answered import (
    answer_markdown,
    published_crossing,
    published_curves,
    published_equivalents,
    real_equivalent_markdown,
    real_equivalents,
)
from synthlib.tables.comparable import NOT_RUN, scale_note
from synthlib.tables.data_tables import finished_renders
from synthlib.tables.fair import fair_comparison
from synthlib.tables.gained import class_gains
from synthlib.tables.hours import gain_per_hour, render_hours_markdown, train_render_hours
from synthlib.tables.matrix import ConfusionPair, confusion_pair, predicted_share
from synthlib.tables.measured import (
    finished_runs,
    mean_confusion_counts,
    measured_row,
    metrics_by_test_set,
)
from synthlib.tables.numbered import ThesisTable, thesis_table
from synthlib.tables.overview import (
    METRICS,
    TRAINING_COUNTS,
    class_accuracy_by_run,
    metrics_table,
    stage_times,
    style_table,
    top1_interval,
    wilson_interval,
)
from synthlib.tables.paired import (
    CorrectPredictions,
    common_runs,
    compare_experiments,
    load_correct_predictions,
    verdict,
)
from synthlib.tables.said import (
    stability_markdown,
    statements,
    statements_markdown,
    verdict_table,
    verdicts_markdown,
)
from synthlib.tables.sentences import (
    classes_markdown,
    confusions_markdown,
    fair_comparison_markdown,
    gains_markdown,
    generalisation_gap_markdown,
    predicted_share_markdown,
    rows_markdown,
)
from synthlib.tables.views import COVERAGE_EDGES, ELEVATION_EDGES, accuracy_by_view

__all__ = [
    "COVERAGE_EDGES",
    "ELEVATION_EDGES",
    "METRICS",
    "NOT_RUN",
    "TRAINING_COUNTS",
    "ConfusionPair",
    "CorrectPredictions",
    "ThesisTable",
    "accuracy_by_view",
    "answer_markdown",
    "baseline_crossing",
    "class_accuracy_by_run",
    "class_gains",
    "classes_markdown",
    "common_runs",
    "compare_experiments",
    "confusion_pair",
    "confusions_markdown",
    "fair_comparison",
    "fair_comparison_markdown",
    "finished_renders",
    "finished_runs",
    "gain_per_hour",
    "gains_markdown",
    "generalisation_gap_markdown",
    "learning_curve_table",
    "load_correct_predictions",
    "mean_confusion_counts",
    "measured_row",
    "metrics_by_test_set",
    "metrics_table",
    "predicted_share",
    "predicted_share_markdown",
    "published_crossing",
    "published_curves",
    "published_equivalents",
    "real_equivalent_markdown",
    "real_equivalents",
    "render_hours_markdown",
    "rows_markdown",
    "scale_note",
    "stability_markdown",
    "stage_times",
    "statements",
    "statements_markdown",
    "style_table",
    "thesis_table",
    "top1_interval",
    "train_render_hours",
    "verdict",
    "verdict_table",
    "verdicts_markdown",
    "wilson_interval",
]
