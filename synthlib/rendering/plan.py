"""The render store: its instances, its folder, and what is missing in it.

A store is the folder `<outputs>/renders/<digest>`. The digest is `RenderSettings.digest`: it names
everything that fixes an instance's bytes except its asset and its class. The asset's digest is part
of the instance's name. The class's ranges of views, size and companions are part of the name of the
class's folder, where they count (`RenderPlan.instance_names`). With environments, the store is also
named by its instances, because training and test instances have different ones. In a store:

- `<class>/<instance>/<view:02d>.png`: RGBA, 8 bits per channel, straight alpha. With some settings
  a view has further files, such as its own mask (`view_files`).
- `<class>/<instance>/instance.json`: written last; its existence alone marks an instance as done.
- `manifest.parquet`: one row per render (`manifest`).
- `settings.json`: the `RenderSettings`, so that estimates know what was timed.
- `failed.jsonl`: one failure per line (`supervisor`).
- `plan-<key>.json`: the instances of a plan, in a store that was fetched (`recorded_plan`).
- `timings.jsonl`: one line per rendered instance, with the seconds that its worker took.

`manifest` reads a store, and `stage` renders what is missing in it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from synthlib.assets.instances import (
    AssetError,
    Instance,
    generator_versions,
    list_instances,
)
from synthlib.classes import NO_CLASS_THINGS, THESIS_CLASSES, class_or_default
from synthlib.rendering.recorded_plan import plan_file, recorded_plans
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.supervisor import (
    read_failures,
)
from synthlib.rendering.viewpoints import view_ranges
from synthlib.rendering.worker_process import Failure, RenderError
from synthlib.utils.files import digest

SETTINGS_FILE = "settings.json"
"""Name of a store's file with its settings; stores of earlier versions have none."""


@dataclass(frozen=True)
class RenderPlan:
    """The instances of a study and the store that they are rendered into.

    Attributes:
        store: The store's folder; it need not exist yet.
        settings: Parameters of the renders.
        instances: The instances, in the order of the classes.
    """

    store: Path
    settings: RenderSettings
    instances: tuple[Instance, ...]

    @property
    def render_count(self) -> int:
        """Number of renders in total."""
        return len(self.instances) * self.settings.views

    @property
    def instance_names(self) -> list[str]:
        """Names of the instances' folders in the store, "<class>/<instance>".

        If the renders depend on what the table of classes says, a digest of that follows the
        class: a class whose entry changes is rendered again, and the others are not.
        """
        folders = {cls: self._class_folder(cls) for cls in {i.cls for i in self.instances}}
        return [f"{folders[instance.cls]}/{instance.name}" for instance in self.instances]

    def file_of(self, sample: str) -> Path:
        """File of the render "<class>/<instance>/<view>", a sample's name in predictions."""
        cls, instance, view = sample.split("/")
        return self.store / self._class_folder(cls) / instance / f"{view}.png"

    @property
    def recipe(self) -> str:
        """Digest of the instances and settings: 12 hex digits, equal on every machine.

        The bytes of renders may differ between machines, the recipe does not.
        """
        return self._digest_with([name.split("/")[0] for name in self.instance_names])

    @property
    def store_name(self) -> str:
        """Name of the store's folder."""
        # the light of an instance depends on its side of the split, which the instances decide
        # together
        if self.settings.environments:
            return self._digest_with([instance.cls for instance in self.instances])
        return self._settings_digest

    def _digest_with(self, classes: list[str]) -> str:
        """Digest of the settings and instances, with the given names of their classes."""
        rows = zip(classes, self.instances, strict=True)
        return digest([self._settings_digest, [(cls, i.name, i.split) for cls, i in rows]])

    @property
    def _settings_digest(self) -> str:
        """Digest of the settings and, where they count, of what builds the distractors."""
        if not self.settings.distractors:
            return self.settings.digest
        versions = generator_versions()
        return digest(
            [self.settings.digest, {name: versions.get(name, 0) for name in self.distractor_names}]
        )

    def _class_folder(self, cls: str) -> str:
        """Name of a class's folder in the store: the class, and a digest of its ranges of views,
        its size in photographs, its companions and the versions of the generators that build
        these, where they count."""
        known, parts = class_or_default(cls), []
        if self.settings.poses == "photographed" or self.settings.ground_shadow:
            parts.append(view_ranges(cls, close_ups=self.settings.close_ups))
        if self.settings.companions or self.settings.distractors:
            parts.append(known.size)  # of which the object's share of a group's frame is drawn
        if self.settings.companions:
            versions = generator_versions()
            used = sorted(set(known.companions) & set(versions))
            parts.append([known.companions, {name: versions[name] for name in used}])
        return f"{cls}-{digest(parts)[:8]}" if parts else cls

    @property
    def distractor_names(self) -> list[str]:
        """Generators of the thesis's classes that are not of the plan, which build distractors;
        things of no class if there is none."""
        classes = {class_or_default(instance.cls).generator for instance in self.instances}
        return [name for name in THESIS_CLASSES if name not in classes] or list(NO_CLASS_THINGS)


def plan_renders(
    outputs: Path,
    classes: Sequence[str],
    instances: int,
    *,
    assets: Literal["procedural", "models", "both"],
    models_root: Path | None,
    settings: RenderSettings,
) -> RenderPlan:
    """Choose the instances to render and name their store; nothing is rendered.

    Args:
        outputs: Folder of all results; the store is in its subfolder `renders`.
        classes: Names of classes, each at most once.
        instances: Number of instances per class, at least 1.
        assets: "procedural" for generated instances, "models" for model files and their
            variations, "both" for every model file once and then generated instances.
        models_root: Folder with one subfolder of models per class; None if there are no models. If
            it does not exist, a store that was fetched complete gives the instances.
        settings: Parameters of the renders; `settings.seed` also decides the split.

    Returns:
        The plan, with the instances of each class split into about 80% train and 20% test.

    Raises:
        RenderError: If an argument is not allowed, or a class has neither a generator nor models;
            the message names it.

    Examples:
        >>> settings = RenderSettings(size=64, views=26)
        >>> plan = plan_renders(
        ...     Path("outputs"), ["cup"], 30, assets="procedural", models_root=None,
        ...     settings=settings,
        ... )
        >>> plan.render_count
        780
    """
    if assets not in ("procedural", "models", "both"):
        raise RenderError(f"assets is {assets!r}; allowed are 'procedural', 'models' and 'both'.")
    if instances < 1:
        raise RenderError(f"instances is {instances}; each class needs at least 1.")
    if not classes:
        raise RenderError("classes is empty; name at least one.")
    if settings.companions and not any(class_or_default(cls).companions for cls in classes):
        raise RenderError(
            f"companions is {settings.companions:g}, but none of the classes lists any: list some "
            "in the file of the classes (docs/own_data.md), or set companions to 0."
        )
    repeated = [cls for cls, n in Counter(classes).items() if n > 1]
    if repeated:
        raise RenderError(f"classes names {repeated[0]} twice.")
    if assets != "procedural" and not (models_root and models_root.is_dir()):
        recorded = _recorded_plan(outputs, plan_file(classes, instances, assets), settings)
        if recorded:
            return recorded
    try:
        planned = [
            instance
            for cls in classes
            for instance in list_instances(
                cls, instances, assets=assets, models_root=models_root, seed=settings.seed
            )
        ]
    except AssetError as error:
        raise RenderError(str(error)) from error
    plan = RenderPlan(Path(), settings, tuple(planned))
    return replace(plan, store=Path(outputs) / "renders" / plan.store_name)


def _recorded_plan(outputs: Path, name: str, settings: RenderSettings) -> RenderPlan | None:
    """The plan that a store of these settings records; None if there is none with all instances,
    as those that are missing could not be rendered."""
    for store, instances in recorded_plans(Path(outputs), name):
        plan = RenderPlan(store, settings, instances)
        failed = {failure["name"] for failure in failed_instances(plan)}
        if store.name == plan.store_name and all(
            (store / instance / "instance.json").exists() or instance in failed
            for instance in plan.instance_names
        ):
            return plan
    return None


def failed_instances(plan: RenderPlan) -> list[Failure]:
    """The plan's instances that could not be rendered, from the store's `failed.jsonl`."""
    names = set(plan.instance_names)
    return [failure for name, failure in read_failures(plan.store).items() if name in names]


def missing_instances(plan: RenderPlan) -> list[str]:
    """Names of the plan's instances that are neither rendered nor known to fail, sorted."""
    names = set(plan.instance_names) - {failure["name"] for failure in failed_instances(plan)}
    return sorted(name for name in names if not (plan.store / name / "instance.json").exists())


def plan_summary(plan: RenderPlan) -> pd.DataFrame:
    """Count the instances and renders of a plan (thesis Tables 6 to 8).

    Returns:
        One row per class and one named "all", with columns class, instances, from model files,
        generated, train, test (numbers of instances) and renders.
    """
    rows = pd.DataFrame(
        {
            "class": [i.cls for i in plan.instances],
            "generated": [i.asset == "procedural" for i in plan.instances],
            "test": [i.split == "test" for i in plan.instances],
        }
    )
    table = rows.groupby("class", sort=False).agg(
        instances=("test", "size"), generated=("generated", "sum"), test=("test", "sum")
    )
    table.insert(1, "from model files", table["instances"] - table["generated"])
    table.insert(3, "train", table["instances"] - table["test"])
    table["renders"] = table["instances"] * plan.settings.views
    table.loc["all"] = table.sum()
    return table.reset_index()
