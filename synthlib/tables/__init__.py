"""Runs as tables: all runs of a scale, and the thesis's numbered tables filled by them.

`metrics_table` has a row a run and test set; `table(14, outputs, scale)` is Table 14, measured
beside published. Numbers are percent, and all of them are computed from `predictions.parquet`.
"""

from synthlib.tables.answer import crossing, curves
from synthlib.tables.answered import (
    headline,
    published_crossing,
    published_curves,
    published_equivalents,
    real_equivalents,
    the_answer,
)
from synthlib.tables.comparable import NOT_RUN, scale_note
from synthlib.tables.data_tables import manifest
from synthlib.tables.fair import fair_comparison
from synthlib.tables.gained import gains
from synthlib.tables.hours import gain_per_hour, hours_said, train_hours
from synthlib.tables.matrix import Matrices, called_share, matrices
from synthlib.tables.measured import (
    confusion_counts,
    metrics_of,
    run_values,
    runs_of,
)
from synthlib.tables.numbered import NumberedTable, table
from synthlib.tables.overview import (
    METRICS,
    TRAINED_ON,
    class_table,
    interval,
    metrics_table,
    show,
    stage_times,
    top1_interval,
)
from synthlib.tables.paired import Hits, common_runs, compare, hits_of, verdict
from synthlib.tables.said import said, stability_said, statements, verdict_table, verdicts_said
from synthlib.tables.sentences import (
    called_said,
    classes_said,
    confusions_said,
    fair_said,
    fit_said,
    gains_said,
    rows_said,
)
from synthlib.tables.views import COVERAGES, ELEVATIONS, accuracy_by_view

__all__ = [
    "COVERAGES",
    "ELEVATIONS",
    "METRICS",
    "NOT_RUN",
    "TRAINED_ON",
    "Hits",
    "Matrices",
    "NumberedTable",
    "accuracy_by_view",
    "called_said",
    "called_share",
    "class_table",
    "classes_said",
    "common_runs",
    "compare",
    "confusion_counts",
    "confusions_said",
    "crossing",
    "curves",
    "fair_comparison",
    "fair_said",
    "fit_said",
    "gain_per_hour",
    "gains",
    "gains_said",
    "headline",
    "hits_of",
    "hours_said",
    "interval",
    "manifest",
    "matrices",
    "metrics_of",
    "metrics_table",
    "published_crossing",
    "published_curves",
    "published_equivalents",
    "real_equivalents",
    "rows_said",
    "run_values",
    "runs_of",
    "said",
    "scale_note",
    "show",
    "stability_said",
    "stage_times",
    "statements",
    "table",
    "the_answer",
    "top1_interval",
    "train_hours",
    "verdict",
    "verdict_table",
    "verdicts_said",
]
