"""The render store that a run's parameters ask for, rendered and curated.

This is the one module where `Params` meet rendering; the other data of a run join in
`data.prepare`, through which these functions are usually called.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from synthlib.params import Params
from synthlib.render_ranges import LIGHT_PARAMETERS, VIEW_PARAMETERS
from synthlib.rendering.curation.curate import curate_store
from synthlib.rendering.lighting import list_environments
from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import RenderPlan, plan_renders
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.stage import render
from synthlib.rendering.supervisor import RenderOptions
from synthlib.utils.executors import connect_executor
from synthlib.utils.files import data_root, resolve_in_project


def render_plan(params: Params) -> RenderPlan:
    """Plan the render store that a run needs; nothing is rendered.

    Raises:
        RenderError: If a class has neither a generator nor models.
    """
    models_root = resolve_in_project(params.models_root) if params.models_root else None
    if models_root is None and params.assets != "procedural":
        models_root = data_root(params.data_root) / "models"
    settings = RenderSettings(
        size=params.render_size,
        samples=params.render_samples,
        denoise=params.render_denoise,
        bounces=params.render_bounces,
        adaptive_threshold=params.render_adaptive_threshold,
        views=params.views,
        seed=params.data_seed,
        poses=params.poses,
        close_ups=params.close_ups,
        random_textures=params.random_textures,
        companions=params.companions,
        occluders=params.occluders,
        distractors=params.distractors,
        ground_shadow=params.ground_shadow,
        passes=tuple(params.passes),
        bpy_version=params.bpy_version,
        environments=_environments(params),
        **{
            name: getattr(params, name)
            for name in (*VIEW_PARAMETERS.values(), *LIGHT_PARAMETERS.values())
        },
    )
    return plan_renders(
        params.output_dir,
        params.classes,
        params.instances,
        assets=params.assets,
        models_root=models_root,
        settings=settings,
    )


def _environments(params: Params) -> tuple[str, ...]:
    """The environments that a run's renders are lit by; a relative folder is in the project's."""
    if params.environments in ("", "blender"):
        return list_environments(params.environments)
    return list_environments(resolve_in_project(params.environments))


def render_and_curate(
    params: Params,
    *,
    retry_failed: bool = False,
    quiet: bool = False,
    on_done: Callable[[str], None] | None = None,
) -> tuple[pd.DataFrame, Path]:
    """Render what a run's store does not have yet, and curate it.

    Args:
        params: The run's parameters.
        retry_failed: If true, try instances again that failed before.
        quiet: If true, show no progress.
        on_done: Called with "<class>/<instance>" of each instance that is finished.

    Returns:
        The curated manifest, and the store's folder. Instances that cannot be rendered are left
        out; `problems.print_failures` names them.

    Raises:
        RenderError: If rendering cannot continue at all.
        ClusterError: If the scheduler does not answer.
        ParameterError: If curation leaves a class without training renders.
    """
    plan = render_plan(params)
    with connect_executor(params.scheduler) as (executor, slots):
        options = RenderOptions(
            executor=executor,
            workers=params.workers or slots,
            recycle_after=params.recycle_after,
            frame_limit=params.frame_limit,
            time_limit=params.time_limit,
            device=params.render_device,
            python=params.blender_python,
            progress=not quiet,
            on_done=on_done,
            retry_failed=retry_failed,
        )
        render(plan, options)
    return curated_renders(params, plan, quiet=quiet), plan.store


def curated_renders(params: Params, plan: RenderPlan, *, quiet: bool = False) -> pd.DataFrame:
    """The curated manifest of what a run's store has now; nothing is rendered.

    Raises:
        ParameterError: If curation leaves a class without training renders.
    """
    curated = curate_store(
        read_manifest(plan),
        plan.store,
        near_duplicate_bits=params.near_duplicate_bits,
        min_coverage=params.min_coverage,
        progress=not quiet,
    )
    return curated.manifest
