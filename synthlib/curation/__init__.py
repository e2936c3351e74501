"""Which of the rendered views a study trains on (thesis 4.3.2, 5.3.6): from manifest to manifest.

    hashes = curation.view_hashes(manifest, store)
    curated = curation.curate(manifest, hashes, near_duplicate_bits=6, min_coverage=0.02)
    chosen = curation.subset(curated.table, "1200", n=1200, seed=0)

Every function takes a manifest (`rendering.COLUMNS`) and gives its rows that stay, with their index
and in their order. They choose among the rows of split `train`; those of `test` pass through, so
that test sets are the same whatever is curated (the thesis reduced its training set only, Table 8).
No function but `view_hashes` and `write` touches a file. What a step did is a `Record`.
"""

from synthlib.curation.dropping import drop_sparse_views, find_near_duplicates
from synthlib.curation.hashes import view_hashes
from synthlib.curation.records import CurationRecord, CurationResult, record_step
from synthlib.curation.steps import curate_manifest, curate_store, write_curation
from synthlib.curation.subsets import (
    dense_view_subset,
    fraction_subset,
    per_class_subset,
    render_names,
    render_subset,
    split_by_view,
)

__all__ = [
    "CurationRecord",
    "CurationResult",
    "curate_manifest",
    "curate_store",
    "dense_view_subset",
    "drop_sparse_views",
    "find_near_duplicates",
    "fraction_subset",
    "per_class_subset",
    "record_step",
    "render_names",
    "render_subset",
    "split_by_view",
    "view_hashes",
    "write_curation",
]
