"""The thesis's published numbers as data, and which run fills which cell.

`published(14)` is Table 14 as printed, `matrix(26)` the counts of Figure 26, `FILLS` says which
experiment fills each of their cells, `catalogue()` which notebook makes each table and figure, and
`checks.recomputed()` holds the numbers against each other.
"""

from synthlib.thesis.catalogue import load_catalogue
from synthlib.thesis.published import (
    CELL_EXPERIMENTS,
    COLUMN_HEADERS,
    DOUBTFUL_TOP1_ROWS,
    METRICS,
    cell_experiments,
    matrix_transcription,
    published_caption,
    published_claim,
    published_confusion_matrix,
    published_remark,
    published_table,
    stated,
)

__all__ = [
    "CELL_EXPERIMENTS",
    "COLUMN_HEADERS",
    "DOUBTFUL_TOP1_ROWS",
    "METRICS",
    "cell_experiments",
    "load_catalogue",
    "matrix_transcription",
    "published_caption",
    "published_claim",
    "published_confusion_matrix",
    "published_remark",
    "published_table",
    "stated",
]
