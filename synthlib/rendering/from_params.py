"""Where parameters meet rendering: the store that a run asks for, rendered and curated.

The rest of a run's data comes together in `sources`, through which these are called.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from synthlib.params import RANGE_PARAMETERS, Params
from synthlib.rendering.curation import curate
from synthlib.rendering.plan import (
    RenderPlan,
    RenderSettings,
    failed_instances,
    plan_renders,
    read_instance_json,
    read_manifest,
    render,
)
from synthlib.utils import executors, files
from synthlib.utils.files import resolve_in_project

logger = logging.getLogger(__name__)


def render_plan(params: Params) -> RenderPlan:
    """The render store that a run of `params` asks for."""
    models = resolve_in_project(params.models_root) if params.models_root else None
    if models is None and params.assets != "procedural":
        models = files.data_root(params.data_root) / "models"
    settings = RenderSettings(
        size=params.render_size,
        samples=params.render_samples,
        denoise=params.render_denoise,
        bounces=params.render_bounces,
        adaptive_threshold=params.render_adaptive_threshold,
        views=params.views,
        seed=params.data_seed,
        poses=params.poses,
        random_textures=params.random_textures,
        bpy_version=params.bpy_version,
        **{name: getattr(params, name) for name in RANGE_PARAMETERS.values()},
    )
    return plan_renders(
        params.output_dir,
        params.classes,
        params.instances,
        assets=params.assets,
        models_root=models,
        settings=settings,
    )


def render_and_curate(
    params: Params,
    *,
    retry_failed: bool = False,
    quiet: bool = False,
    on_done: Callable[[str], None] | None = None,
) -> tuple[pd.DataFrame, Path]:
    """The manifest of the run's renders and their store; renders what is missing.

    Instances that cannot be rendered are in `say_failures`; the rest go on. `on_done` is called
    with "<class>/<instance>" of each that is finished.
    """
    plan = render_plan(params)
    with executors.connect_executor(params.scheduler) as (executor, slots):
        render(
            plan,
            executor=executor,
            workers=params.workers or slots,
            frame_limit=params.frame_limit,
            time_limit=params.time_limit,
            recycle_after=params.recycle_after,
            device=params.render_device,
            progress=not quiet,
            on_done=on_done,
            retry_failed=retry_failed,
        )
    given = (
        read_manifest(plan),
        plan.store,
        params.near_duplicate_bits,
        params.min_coverage,
    )
    return curate.curate_store(*given, progress=not quiet).manifest, plan.store


def print_failures(plan: RenderPlan) -> int:
    """Log the instances of the plan that could not be rendered, and why, and what was amiss with
    models that were; how many could not."""
    failed = failed_instances(plan)
    amiss: dict[str, list[str]] = {}
    for instance in plan.instances:
        name = f"{instance.cls}/{instance.name}"
        for text in (read_instance_json(plan.store, name) or {}).get("warnings", []):
            amiss.setdefault(text, []).append(name)
    for text, names in amiss.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        logger.warning(f"rendered, but {text} ({names[0]}{more})")
    for record in failed:
        logger.warning(f"not rendered: {record['name']}: {record['reason']}")
    return len(failed)
