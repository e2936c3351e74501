from .curation.curate import (
    curate_manifest as curate_manifest,
    curate_store as curate_store,
    drop_sparse_views as drop_sparse_views,
    record_step as record_step,
    write_curation as write_curation,
)
from .curation.near_duplicates import (
    find_near_duplicates as find_near_duplicates,
    view_hashes as view_hashes,
)
from .manifest import MANIFEST_COLUMNS as MANIFEST_COLUMNS, read_manifest as read_manifest
from .plan import (
    RenderPlan as RenderPlan,
    failed_instances as failed_instances,
    plan_renders as plan_renders,
    plan_summary as plan_summary,
)
from .settings import RenderSettings as RenderSettings
from .stage import render as render
from .store import store_statistics as store_statistics, verify_store as verify_store
from .supervisor import RenderOptions as RenderOptions, RenderReport as RenderReport
from .worker_process import RenderError as RenderError
