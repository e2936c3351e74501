"""Runs as tables: all runs of a scale, and the thesis's numbered tables filled by them.

`metrics_table` has a row a run and test set; `table(14, outputs, scale)` is Table 14, measured
beside published. Numbers are percent, and all of them are computed from `predictions.parquet`.
"""

from synthlib.tables.measured import gains, run_values, runs_of, top1_interval
from synthlib.tables.numbered import NumberedTable, table
from synthlib.tables.overview import (
    METRICS,
    TRAINED_ON,
    class_table,
    interval,
    metrics_table,
    show,
    stage_times,
)

__all__ = [
    "METRICS",
    "TRAINED_ON",
    "NumberedTable",
    "class_table",
    "gains",
    "interval",
    "metrics_table",
    "run_values",
    "runs_of",
    "show",
    "stage_times",
    "table",
    "top1_interval",
]
