"""The render store: plan the instances, render what is missing, read the manifest. Never bpy.

    plan = rendering.plan(outputs, ["banana"], 30, assets="both", models_root=..., settings=...)
    report = rendering.render(plan)
    table = rendering.manifest(plan)

Store: `<outputs>/renders/<digest>/<class>/<instance>/<view:02d>.png`, RGBA, straight alpha, and
`instance.json` beside them, written last: the only thing that says an instance is done. The digest
is of all that fixes an instance's bytes besides its asset, whose digest is in the instance's name.
`manifest.parquet`, `failed.jsonl` (see `supervision`) and `timings.jsonl` lie in the store.
"""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from itertools import groupby, repeat
from pathlib import Path
from typing import Literal

import pandas as pd

from synthlib.assets.instances import AssetError, Instance, list_instances
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.supervisor import SuperviseReport, read_failures, supervise
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import file_errors
from synthlib.utils.files import digest, write_atomic

RenderReport = SuperviseReport
"""What `render` returns: names done now, number skipped, failures (name, reason), seconds, and the
most memory that a worker used, in MB."""

MANIFEST_COLUMNS = (
    "class instance view split kind azimuth elevation roll field_of_view shift_x shift_y distance "
    "coverage left top right bottom asset source licence textures seed sha256 file"
).split()
"""The manifest's columns; degrees, pixels (right and bottom excluded), `file` from the store.
shift_x, shift_y and distance as in `viewpoints.View`.
`source` and `licence` are the asset's as they are known now, in its own words."""


@dataclass(frozen=True)
class RenderPlan:
    """The instances of a study, in the order of the classes, and the store they belong in."""

    store: Path
    settings: RenderSettings
    instances: tuple[Instance, ...]

    @property
    def render_count(self) -> int:
        """Renders in all."""
        return len(self.instances) * self.settings.views

    @property
    def recipe(self) -> str:
        """Digest of what is rendered, and how: the same on every machine, as its bytes are not."""
        return digest([self.settings.digest, [(i.cls, i.name, i.split) for i in self.instances]])


def plan_renders(
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
    if not classes:
        raise RenderError("classes is empty; name at least one.")
    twice = [cls for cls, n in Counter(classes).items() if n > 1]
    if twice:
        raise RenderError(f"classes names {twice[0]} twice.")
    try:
        found = [
            instance
            for cls in classes
            for instance in list_instances(
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
    frame_limit: float = 120.0,
    time_limit: float = 1800.0,
    recycle_after: int = 64,
    device: Literal["auto", "cpu", "gpu"] = "auto",
    progress: bool = True,
    on_done: Callable[[str], None] | None = None,
    retry_failed: bool = False,
) -> RenderReport:
    """Renders the plan's instances that are not in the store yet, and writes its manifest.

    A broken model costs only itself: it is named in `report.failed` and the store's failed.jsonl.

    `executor`: where tasks run, default threads here; a Dask client's `get_executor()` spreads them
    over a cluster (`clusters`). `workers`: Blender processes at once, default one a core, each with
    one thread: at 64 px two processes of one thread make 64 frames/s where one of two threads makes
    50, at 128 px 17.5 against 16 (2 cores), and only one thread gives the same bytes everywhere.
    With an executor, `workers` says how many tasks it runs at once.

    `frame_limit` is the seconds that a frame may take (also the import or build before the first),
    `time_limit` those of an instance with all its views: then its worker is killed. A worker makes
    `recycle_after` instances, then a fresh one takes over. `on_done` is called with the name,
    "<class>/<instance>", of each instance that is finished. See `supervision.supervise`.
    """
    settings = plan.settings
    report = supervise(
        "instances",
        [_worker_item(instance) for instance in plan.instances],
        settings=asdict(settings),
        out=plan.store,
        is_done=lambda item: (plan.store / item["name"] / "instance.json").exists(),
        executor=executor,
        workers=workers,
        recycle_after=recycle_after,
        frame_limit=frame_limit,
        time_limit=time_limit,
        device=device,
        progress=progress,
        on_done=on_done,
        frames_per_item=settings.views,
        retry_failed=retry_failed,
        timings_file=plan.store / "timings.jsonl",
    )
    _write_manifest(plan)
    return report


def _write_manifest(plan: RenderPlan) -> None:
    """Writes the manifest unless it is there and the same (a whole store may be read-only)."""
    table, path = io.BytesIO(), plan.store / "manifest.parquet"
    read_manifest(plan).to_parquet(table, index=False)
    with file_errors(path):
        if not path.exists() or path.read_bytes() != table.getvalue():
            write_atomic(path, table.getvalue())


def failed_instances(plan: RenderPlan) -> list[dict]:
    """The plan's instances that could not be rendered: name, reason, log; from failed.jsonl."""
    names = {f"{i.cls}/{i.name}" for i in plan.instances}
    return [failed for name, failed in read_failures(plan.store).items() if name in names]


def read_manifest(plan: RenderPlan) -> pd.DataFrame:
    """The finished renders of the plan, a row each (`COLUMNS`), by class, instance and view.

    Raises RenderError naming an instance.json that cannot be read.
    """
    tables = [pd.DataFrame(columns=MANIFEST_COLUMNS)]
    instances = sorted(plan.instances, key=lambda i: (i.cls, i.name))
    for _, part in groupby(instances, key=lambda i: i.cls):
        tables.append(pd.DataFrame(_instance_columns(plan.store, part)))
    whole = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(whole, ignore_index=True)


def _instance_columns(store: Path, instances: Iterable[Instance]) -> dict[str, list]:
    columns: dict[str, list] = {column: [] for column in MANIFEST_COLUMNS}
    for instance in instances:
        folder = f"{instance.cls}/{instance.name}"
        content = read_instance_json(store, folder)
        if content is None:
            continue
        views = content["views"]
        about = {"split": instance.split, "licence": instance.licence, "source": instance.origin}
        for name, value in (content | about).items():
            if name in columns:
                columns[name].extend(repeat(value, len(views)))
        for name in views[0].keys() & columns.keys():
            columns[name].extend([view[name] for view in views])
        sides = zip(*(view["box"] for view in views), strict=True)
        for name, values in zip(("left", "top", "right", "bottom"), sides, strict=True):
            columns[name].extend(values)
        columns["file"].extend(f"{folder}/{view['view']:02d}.png" for view in views)
    return columns


def read_instance_json(store: Path, name: str) -> dict | None:
    """The instance.json of "<class>/<instance>"; None if it is not rendered.

    Raises RenderError if it cannot be read.
    """
    path = store / name / "instance.json"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RenderError(
            f"{path} is broken ({error}); `synthlib renders verify` names what else is."
        ) from error


def plan_summary(plan: RenderPlan) -> pd.DataFrame:
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


def _worker_item(instance: Instance) -> dict:
    """What a worker needs to know of an instance; plain JSON."""
    return {
        "name": f"{instance.cls}/{instance.name}",
        "cls": instance.cls,
        "instance": instance.name,
        "asset": instance.asset,
        "source": str(instance.model_file.resolve()) if instance.model_file else None,
        "folder": str(instance.model_folder.resolve()) if instance.model_folder else None,
        "turn": list(instance.turn),
        "variation": instance.variation,
    }


def render_names(manifest: pd.DataFrame) -> list[str]:
    """`<class>/<instance>/<view>` a row: what draws, predictions and flags know a render by."""
    columns = (manifest[name].tolist() for name in ("class", "instance", "view"))
    return [f"{cls}/{instance}/{view:02d}" for cls, instance, view in zip(*columns, strict=True)]
