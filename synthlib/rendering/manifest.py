"""The manifest of a render store: one row per render, made from the files of its instances."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import groupby, repeat
from pathlib import Path

import pandas as pd

from synthlib.assets.instances import Instance
from synthlib.rendering.plan import RenderPlan
from synthlib.rendering.view_files import MASK_SUFFIX, has_others, view_file
from synthlib.rendering.worker_process import RenderError

MANIFEST_COLUMNS = (
    "class instance view split kind azimuth elevation roll field_of_view shift_x shift_y distance "
    "coverage left top right bottom asset source licence textures seed sha256 file"
).split()
"""Columns of a manifest.

The pose from azimuth to distance is as in `viewpoints.View`; coverage is the share of pixels that
the own mask (alpha by default) covers by more than half; left, top, right and bottom are the
bounding box of these pixels, right and bottom excluded; `file` is relative to the store. `source`
and `licence` are the asset's, as its library states them now. Where views have own masks
(`view_files`), there is a column `mask_sha256` too; with companions, occluders or distractors also
`others`, the names of those in the view, `others_cut`, true if the frame cuts them off,
`occluded`, the share that they hide of the object's part of the frame, and `FULL_BOX_COLUMNS`."""

FULL_BOX_COLUMNS = ("full_left", "full_top", "full_right", "full_bottom")
"""Bounding box of the object's part of the frame, with what others hide."""


def read_manifest(plan: RenderPlan) -> pd.DataFrame:
    """Read the finished renders of a plan from their `instance.json` files.

    Args:
        plan: From `plan_renders`. Instances that are not rendered are left out.

    Returns:
        One row per render with `MANIFEST_COLUMNS`, sorted by class, instance and view.

    Raises:
        RenderError: If an `instance.json` cannot be read; the message names it.

    Examples:
        >>> table = read_manifest(plan)
        >>> table.groupby(["class", "split"]).size()
    """
    instances = sorted(
        zip(plan.instances, plan.instance_names, strict=True),
        key=lambda pair: (pair[0].cls, pair[0].name),
    )
    tables = [
        pd.DataFrame(_manifest_columns(plan, of_class))
        for _, of_class in groupby(instances, key=lambda pair: pair[0].cls)
    ]
    not_empty = [table for table in tables if len(table)]
    if not not_empty:
        return pd.DataFrame(columns=_column_names(plan))
    return pd.concat(not_empty, ignore_index=True)


def _column_names(plan: RenderPlan) -> list[str]:
    """Columns of a plan's manifest."""
    masks = ["mask_sha256"] if MASK_SUFFIX in plan.settings.file_suffixes else []
    others = (
        ["others", "others_cut", "occluded", *FULL_BOX_COLUMNS]
        if has_others(asdict(plan.settings))
        else []
    )
    return [*MANIFEST_COLUMNS, *masks, *others]


def _manifest_columns(
    plan: RenderPlan, instances: Iterable[tuple[Instance, str]]
) -> dict[str, list]:
    """The values of each manifest column, for those of the instances that are rendered.

    Args:
        plan: The plan.
        instances: Instances, each with its folder in the store.
    """
    columns: dict[str, list] = {column: [] for column in _column_names(plan)}
    for instance, folder in instances:
        content = read_instance_json(plan.store, folder)
        if content is None:
            continue
        views = content["views"]
        # not in the file: these may change while the renders stay
        content |= {
            "split": instance.split,
            "licence": instance.licence,
            "source": instance.origin,
        }
        for name in content.keys() & columns.keys():
            columns[name].extend(repeat(content[name], len(views)))
        for name in views[0].keys() & columns.keys():
            columns[name].extend([view[name] for view in views])
        boxes = zip(*(view["box"] for view in views), strict=True)
        for name, values in zip(("left", "top", "right", "bottom"), boxes, strict=True):
            columns[name].extend(values)
        if FULL_BOX_COLUMNS[0] in columns:
            full_boxes = zip(*(view["full_box"] for view in views), strict=True)
            for name, values in zip(FULL_BOX_COLUMNS, full_boxes, strict=True):
                columns[name].extend(values)
        columns["file"].extend(f"{folder}/{view_file(view['view'])}" for view in views)
    return columns


def read_instance_json(store: Path, name: str) -> dict | None:
    """Read the `instance.json` of an instance's folder; None if it is not rendered.

    Raises:
        RenderError: If the file cannot be read.
    """
    path = store / name / "instance.json"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RenderError(
            f"{path} is broken ({error}); `synthlib render verify` names what else is."
        ) from error


def render_names(manifest: pd.DataFrame) -> list[str]:
    """Names "<class>/<instance>/<view>" of a manifest's rows, as in predictions and flags."""
    columns = (manifest[name].tolist() for name in ("class", "instance", "view"))
    return [f"{cls}/{instance}/{view:02d}" for cls, instance, view in zip(*columns, strict=True)]
