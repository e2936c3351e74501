"""Faults of a plan's instances: those that a render left behind, and a check before any render.

A warning begins with its kind, such as "lost texture: " or "changed geometry: ".
"""

import logging
import tempfile
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

from synthlib.assets.instances import AssetError, list_instances
from synthlib.assets.library import list_models
from synthlib.rendering.manifest import read_instance_json
from synthlib.rendering.plan import RenderPlan, failed_instances
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.stage import INSTANCE_MODULE, instance_item
from synthlib.rendering.supervisor import RenderJob, RenderOptions, supervise

logger = logging.getLogger(__name__)


def print_failures(plan: RenderPlan) -> int:
    """Log the warnings of rendered instances, the failures, and a summary of the model files.

    Returns:
        Number of instances that could not be rendered.
    """
    names_by_warning: dict[str, list[str]] = defaultdict(list)
    for name in plan.instance_names:
        for warning in (read_instance_json(plan.store, name) or {}).get("warnings", []):
            names_by_warning[warning].append(name)
    for warning, names in names_by_warning.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        logger.warning(f"rendered with a warning, {warning} ({names[0]}{others})")
    failures = failed_instances(plan)
    for failure in failures:
        logger.warning(f"not rendered: {failure['name']}: {failure['reason']}")
    if problems := model_problems(plan):
        logger.info(problem_summary(problems))
    return len(failures)


def model_problems(plan: RenderPlan) -> dict[Path, list[str]]:
    """The warnings of each model file of a plan, once each; "failed: ..." if it cannot be rendered.

    Files that are not rendered yet are left out.
    """
    reasons = {failure["name"]: failure["reason"] for failure in failed_instances(plan)}
    problems: dict[Path, dict[str, None]] = {}
    for instance, name in zip(plan.instances, plan.instance_names, strict=True):
        content = read_instance_json(plan.store, name)
        if instance.model_file is None or (content is None and name not in reasons):
            continue
        reason = reasons.get(name, "").removeprefix(f"{instance.model_file.resolve()} ")
        found = content["warnings"] if content else [f"failed: {reason}"]
        problems.setdefault(instance.model_file, {}).update(dict.fromkeys(found))
    return {file: list(found) for file, found in problems.items()}


def problem_summary(problems: dict[Path, list[str]]) -> str:
    """Count the model files with each kind of problem, in one line."""
    kinds: Counter[str] = Counter()
    for found in problems.values():
        kinds.update({problem.partition(": ")[0] for problem in found} or {"no problem"})
    counts = ", ".join(f"{count} with {kind}" for kind, count in sorted(kinds.items()))
    return f"{len(problems)} model files: {counts}".replace("with failed", "failed")


def check_models(models_root: Path) -> dict[Path, list[str]]:
    """Import every model of a library as a render does, without rendering it.

    Args:
        models_root: The folder of `<class>/<name>/`.

    Returns:
        As for `model_problems`. Of copies of one file only the first is checked.

    Raises:
        AssetError: The folder has no models, or its models.yaml is wrong.
        RenderError: Blender cannot start.
    """
    classes = [folder.name for folder in sorted(models_root.glob("*/")) if folder.is_dir()]
    counts = {cls: len(list_models(cls, models_root)) for cls in classes}
    listed = [
        instance
        for cls, count in counts.items()
        if count
        for instance in list_instances(cls, count, assets="models", models_root=models_root, seed=0)
    ]
    instances = tuple(instance for instance in listed if instance.variation == 0)
    if not instances:
        raise AssetError(f"{models_root} has no model files; give the folder of <class>/<name>/.")
    with tempfile.TemporaryDirectory() as folder:
        plan = RenderPlan(Path(folder), RenderSettings(), instances)
        job = RenderJob(
            module=INSTANCE_MODULE,
            items=[instance_item(instance) for instance in instances],
            settings=asdict(plan.settings) | {"views": 0},
            out=plan.store,
            is_done=lambda name: False,
            unit="model",
        )
        supervise(job, RenderOptions(workers=1, device="cpu"))
        return model_problems(plan)
