"""The render store: plan the instances, render what is missing, read the manifest. Never bpy.

    plan = rendering.plan(outputs, ["banana"], 30, assets="both", models_root=..., settings=...)
    report = rendering.render(plan)
    table = rendering.manifest(plan)

Store: `<outputs>/renders/<digest>/<class>/<instance>/<view:02d>.png`, RGBA, straight alpha, and
`instance.json` beside them, written last: the only thing that says an instance is done. The digest
is of all that fixes an instance's bytes besides its asset, whose digest is in the instance's name.
`manifest.parquet` and `failed.jsonl` (see `supervision`) lie in the store.
"""

import io
import json
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from synthlib.assets import AssetError, Instance, instances_of, source_digest
from synthlib.chunks import RenderError
from synthlib.classes import CLASSES
from synthlib.files import digest, write_atomic
from synthlib.supervision import SuperviseReport, supervise
from synthlib.viewpoints import VIEWS, Poses

RenderReport = SuperviseReport
"""What `render` returns: names done now, number skipped, failures (name, reason), seconds."""

COLUMNS = (
    "class instance view split kind azimuth elevation roll field_of_view coverage "
    "left top right bottom asset source licence textures seed sha256 file"
).split()
"""The manifest's columns; degrees, pixels (right and bottom excluded), `file` from the store.
`source` and `licence` are the asset's as they are known now, in its own words."""

_HERE = Path(__file__).parent
_FIX_BYTES = [
    _HERE / f"{name}.py"
    for name in ("viewpoints", "seeding", "framing", "obj_files", "model_files", "model_faults")
] + [
    _HERE / "blender" / f"{name}.py"
    for name in ("scene", "instances", "importers", "baking", "mend", "lost_images")
]
"""The sources that fix a render's bytes, besides its generator."""

_FIX_PATTERNS = [_HERE / "blender" / f"{name}.py" for name in ("retexture", "graphs", "colours")]
"""The sources that fix random textures."""


@dataclass(frozen=True)
class RenderSettings:
    """All that fixes a render's bytes besides the asset.

    size in px, >= 16; samples a pixel, >= 1; views an instance, the first 1 to 26 of the 26;
    field_of_view in degrees, in [1, 120] (default: Blender's 50 mm lens); fill in (0, 1], the share
    of the frame that the object's larger side takes; seed: the data seed. poses: the thesis's 26
    views, or 26 from where the class is photographed; random_textures in [0, 1] is the share of
    instances whose materials are replaced by patterns that say nothing of the class.
    """

    size: int = 512
    samples: int = 16
    denoise: bool = False
    views: int = VIEWS
    field_of_view: float = 39.6
    fill: float = 0.95
    seed: int = 0
    poses: Poses = "thesis"
    random_textures: float = 0.0

    def __post_init__(self) -> None:
        allowed = {"size": (16, 16384), "samples": (1, 65536), "views": (1, VIEWS)}
        allowed |= {"field_of_view": (1, 120), "fill": (0.05, 1), "random_textures": (0, 1)}
        for name, (low, high) in allowed.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed are {low} to {high}.")
        if self.poses not in get_args(Poses):
            raise ValueError(f"poses is {self.poses!r}; allowed are {', '.join(get_args(Poses))}.")

    @property
    def digest(self) -> str:
        """Names the store: 12 hex digits of all that fixes bytes besides the assets."""
        parts = asdict(self) | {"bpy": version("bpy"), "sources": source_digest(_FIX_BYTES)}
        if self.poses == "photographed":
            parts["ranges"] = {c.name: [c.azimuth, c.elevation] for c in CLASSES.values()}
        if self.random_textures:
            parts["patterns"] = source_digest(_FIX_PATTERNS)
        return digest(parts)


@dataclass(frozen=True)
class RenderPlan:
    """The instances of a study, in the order of the classes, and the store they belong in."""

    store: Path
    settings: RenderSettings
    instances: tuple[Instance, ...]

    @property
    def frames(self) -> int:
        """Renders in all."""
        return len(self.instances) * self.settings.views


def plan(
    outputs: Path,
    classes: Sequence[str],
    instances: int,
    *,
    assets: Literal["procedural", "models", "both"],
    models_root: Path | None,
    settings: RenderSettings,
) -> RenderPlan:
    """Which instances to render, `instances` of each class, and where; renders nothing.

    Raises RenderError, naming the class or folder, if a class has nothing to be built from.
    """
    if assets not in ("procedural", "models", "both"):
        raise RenderError(f"assets is {assets!r}; allowed are 'procedural', 'models' and 'both'.")
    if instances < 1:
        raise RenderError(f"instances is {instances}; each class needs at least 1.")
    try:
        found = [
            instance
            for cls in classes
            for instance in instances_of(
                cls, instances, assets=assets, models_root=models_root, seed=settings.seed
            )
        ]
    except AssetError as error:
        raise RenderError(str(error)) from error
    return RenderPlan(Path(outputs) / "renders" / settings.digest, settings, tuple(found))


def render(
    plan: RenderPlan,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    time_limit: float = 120.0,
    chunk: int = 16,
    device: Literal["auto", "cpu", "gpu"] = "auto",
    progress: bool = True,
    retry_failed: bool = False,
) -> RenderReport:
    """Renders the plan's instances that are not in the store yet, and writes its manifest.

    A broken model costs only itself: it is named in `report.failed` and the store's failed.jsonl.
    `workers` are processes at once (default: one a core, one thread each); `time_limit` is the
    seconds a worker may take for a frame before it is killed. See `supervision.supervise`.
    """
    settings = plan.settings
    report = supervise(
        "instances",
        [_item(instance) for instance in plan.instances],
        settings=asdict(settings),
        out=plan.store,
        done=lambda item: (plan.store / item["name"] / "instance.json").exists(),
        executor=executor,
        workers=workers,
        chunk=chunk,
        time_limit=time_limit,
        device=device,
        progress=progress,
        frames_per_item=settings.views,
        retry_failed=retry_failed,
    )
    table = io.BytesIO()
    manifest(plan).to_parquet(table, index=False)
    write_atomic(plan.store / "manifest.parquet", table.getvalue())
    return report


def failures(plan: RenderPlan) -> list[dict]:
    """The plan's instances that could not be rendered: name, reason, log; from failed.jsonl."""
    path = plan.store / "failed.jsonl"
    names = {f"{i.cls}/{i.name}" for i in plan.instances}
    records = map(json.loads, path.read_text().splitlines() if path.exists() else [])
    return [record for record in records if record["name"] in names]


def manifest(plan: RenderPlan) -> pd.DataFrame:
    """The finished renders of the plan, a row each (`COLUMNS`), by class, instance and view."""
    rows = []
    for instance in plan.instances:
        folder = f"{instance.cls}/{instance.name}"
        try:
            content = json.loads((plan.store / folder / "instance.json").read_text())
        except FileNotFoundError:
            continue
        for view in content["views"]:
            row = {**content, **view, "split": instance.split}
            row |= {"licence": instance.licence, "source": instance.origin}
            row |= dict(zip(("left", "top", "right", "bottom"), view["box"], strict=True))
            row["file"] = f"{folder}/{view['view']:02d}.png"
            rows.append([row[column] for column in COLUMNS])
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["class", "instance", "view"], ignore_index=True)


def plan_table(plan: RenderPlan) -> pd.DataFrame:
    """Instances and renders that a plan asks for, a row a class (thesis Tables 6 to 8)."""
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


def _item(instance: Instance) -> dict:
    """What a worker needs to know of an instance; plain JSON."""
    return {
        "name": f"{instance.cls}/{instance.name}",
        "cls": instance.cls,
        "instance": instance.name,
        "asset": instance.asset,
        "source": str(instance.source.resolve()) if instance.source else None,
        "turn": list(instance.turn),
        "variation": instance.variation,
    }
