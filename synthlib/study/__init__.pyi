from .batch import run_batch as run_batch
from .experiments import EXPERIMENTS as EXPERIMENTS, plan_study as plan_study
from .hybrid import resolve_hybrid_classes as resolve_hybrid_classes
from .run_archive import archive_runs as archive_runs, restore_runs as restore_runs
