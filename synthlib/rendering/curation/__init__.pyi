from .curate import (
    curate_manifest as curate_manifest,
    curate_store as curate_store,
    drop_sparse_views as drop_sparse_views,
    record_step as record_step,
    write_curation as write_curation,
)
from .near_duplicates import (
    find_near_duplicates as find_near_duplicates,
    view_hashes as view_hashes,
)
