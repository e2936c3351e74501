"""The thesis's published numbers as data, and which run fills which cell.

`published(14)` is Table 14 as printed, `matrix(26)` the counts of Figure 26, `FILLS` says which
experiment fills each of their cells, `catalogue()` which notebook makes each table and figure, and
`checks.recomputed()` holds the numbers against each other.
"""

from synthlib.thesis.catalogue import catalogue
from synthlib.thesis.published import (
    DOUBTFUL,
    FILLS,
    HEADERS,
    METRICS,
    caption,
    claim,
    fills,
    matrix,
    matrix_rows,
    published,
    remark,
    stated,
)

__all__ = [
    "DOUBTFUL",
    "FILLS",
    "HEADERS",
    "METRICS",
    "caption",
    "catalogue",
    "claim",
    "fills",
    "matrix",
    "matrix_rows",
    "published",
    "remark",
    "stated",
]
