"""The render stage: render what is missing in the store of a plan, and write its manifest.

This module does not import `bpy`; workers in subprocesses do.
"""

import json
from dataclasses import asdict

from synthlib.assets.instances import Instance
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import SETTINGS_FILE, RenderPlan
from synthlib.rendering.supervisor import (
    DEFAULT_OPTIONS,
    RenderJob,
    RenderOptions,
    RenderReport,
    supervise,
)
from synthlib.utils.errors import file_errors
from synthlib.utils.files import write_atomic

INSTANCE_MODULE = "synthlib.blender.render_instance"
"""The module whose `run_item` renders an `InstanceItem`."""


def render(plan: RenderPlan, options: RenderOptions = DEFAULT_OPTIONS) -> RenderReport:
    """Render the plan's instances that are not in the store yet, and write the store's manifest.

    Rendering can be killed at any time and started again: finished instances are skipped, and the
    bytes are those of an undisturbed run. A broken model does not stop the others: it is reported
    as a failure and recorded in the store's `failed.jsonl`.

    Args:
        plan: From `plan_renders`.
        options: Workers, limits, device and display.

    Returns:
        The names of the instances rendered by this call, the number of instances skipped, the
        failures, and the duration.

    Raises:
        FileError: If the store cannot be written to.
        RenderError: If rendering cannot continue at all, for example because the disk is full,
            Blender cannot start, or another process renders into the store.

    Examples:
        >>> report = render(plan, RenderOptions(workers=2, progress=False))
        >>> [failure["name"] for failure in report.failed]
        []
    """
    job = RenderJob(
        module=INSTANCE_MODULE,
        items=[
            instance_item(instance, name)
            for instance, name in zip(plan.instances, plan.instance_names, strict=True)
        ],
        settings=asdict(plan.settings) | {"distractor_names": plan.distractor_names},
        out=plan.store,
        is_done=lambda name: (plan.store / name / "instance.json").exists(),
        frames_per_item=plan.settings.views,
        timings_file=plan.store / "timings.jsonl",
    )
    report = supervise(job, options)
    _write_manifest(plan)
    return report


def instance_item(instance: Instance, folder: str = "") -> InstanceItem:
    """The instance as a worker needs it, with absolute paths.

    Args:
        instance: The instance.
        folder: Its folder in the store; by default "<class>/<instance>".
    """
    return InstanceItem(
        name=folder or f"{instance.cls}/{instance.name}",
        cls=instance.cls,
        instance=instance.name,
        asset=instance.asset,
        source=str(instance.model_file.resolve()) if instance.model_file else None,
        folder=str(instance.model_folder.resolve()) if instance.model_folder else None,
        turn=instance.turn,
        variation=instance.variation,
        split=instance.split,
        generator=instance.generator,
    )


def _write_manifest(plan: RenderPlan) -> None:
    """Write the manifest, unless the same one exists: a complete store may be read-only."""
    content = read_manifest(plan).to_parquet(index=False)
    path = plan.store / "manifest.parquet"
    with file_errors(path):
        if not path.exists() or path.read_bytes() != content:
            settings = json.dumps(asdict(plan.settings), indent=1) + "\n"
            write_atomic(plan.store / SETTINGS_FILE, settings)
            write_atomic(path, content)
