from .curate import curate_manifest as curate_manifest
from .curate import record_step as record_step
from .curate import write_curation as write_curation
from .near_duplicates import drop_sparse_views as drop_sparse_views
from .near_duplicates import find_near_duplicates as find_near_duplicates
from .near_duplicates import view_hashes as view_hashes
