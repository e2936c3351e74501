"""Contact sheets of assets (thesis Figures 3 to 5): what a class's instances look like, before a
study is rendered. Pixel for pixel, so that a sheet shows what a model will see.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from synthlib.params import Poses
from synthlib.rendering.plan import (
    RenderSettings,
    failed_instances,
    plan_renders,
    read_manifest,
    render,
)
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import file_errors

logger = logging.getLogger(__name__)

_GAP, _LABEL_HEIGHT = 4, 14
"""Pixels between images, and of a line of text."""


def instance_sheet(
    outputs: Path,
    cls: str,
    n_instances: int = 12,
    *,
    views: int = 3,
    assets: Literal["procedural", "models", "both"] = "procedural",
    models_root: Path | None = None,
    size: int = 128,
    samples: int = 8,
    poses: Poses = "photographed",
    seed: int = 0,
) -> Image.Image:
    """A column an instance, a row a view; renders what the store below `outputs` lacks.

    poses "photographed" shows an instance as people see its class, "thesis" from the fixed views;
    size in px. Raises RenderError naming the class if nothing of it could be rendered.
    """
    settings = RenderSettings(size=size, samples=samples, views=views, poses=poses, seed=seed)
    table, store = _render_class(outputs, cls, n_instances, assets, models_root, settings)
    table = table.sort_values(["view", "instance"])
    names = [name.rsplit("-", 1)[0] for name in table["instance"]]
    labels = [name if view == 0 else "" for name, view in zip(names, table["view"], strict=True)]
    return montage([store / file for file in table["file"]], labels, table["instance"].nunique())


def view_sheet(
    outputs: Path,
    cls: str,
    *,
    assets: Literal["procedural", "models", "both"] = "procedural",
    models_root: Path | None = None,
    size: int = 128,
    samples: int = 8,
    seed: int = 0,
) -> Image.Image:
    """The 26 views of a class's first instance, each with its azimuth and elevation (4.3.3)."""
    settings = RenderSettings(size=size, samples=samples, views=VIEWS_PER_INSTANCE, seed=seed)
    table, store = _render_class(outputs, cls, 1, assets, models_root, settings)
    labels = [f"{view.azimuth:.0f}, {view.elevation:.0f}" for view in table.itertuples()]
    return montage([store / file for file in table["file"]], labels, columns=9)


def montage(
    files: Sequence[Path], labels: Sequence[str], columns: int, side: int | None = None
) -> Image.Image:
    """RGB: square images in rows on a chequerboard, each under its label if it has one.

    side in px; None: as the first image is.
    """
    pictures = []
    for file in files:
        with file_errors(file, "read"), Image.open(file) as image:
            side = side or image.width
            pictures.append(image.convert("RGBA").resize((side, side), Image.Resampling.BOX))
    assert side is not None, "no images"
    rows = -(-len(pictures) // columns)
    labelled = [any(labels[row * columns : (row + 1) * columns]) for row in range(rows)]
    tops = np.cumsum([0, *(side + _GAP + _LABEL_HEIGHT * line for line in labelled)])
    sheet = Image.new("RGB", (columns * (side + _GAP), int(tops[-1])), "white")
    board, pen = _chequerboard(side), ImageDraw.Draw(sheet)
    for place, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        row, column = divmod(place, columns)
        corner = column * (side + _GAP), int(tops[row]) + _LABEL_HEIGHT * labelled[row]
        sheet.paste(board, corner)
        sheet.paste(picture, corner, picture)
        pen.text((corner[0], int(tops[row])), label, fill="black")
    return sheet


def _chequerboard(side: int) -> Image.Image:
    y, x = np.indices((side, side)) // max(1, side // 12)
    return Image.fromarray(np.where((x + y) % 2, 217, 178).astype(np.uint8)).convert("RGB")


def _render_class(
    outputs: Path,
    cls: str,
    count: int,
    assets: Literal["procedural", "models", "both"],
    models_root: Path | None,
    settings: RenderSettings,
) -> tuple[pd.DataFrame, Path]:
    plan = plan_renders(
        outputs, [cls], count, assets=assets, models_root=models_root, settings=settings
    )
    render(plan, recycle_after=4)
    table = read_manifest(plan)
    failed = failed_instances(plan)
    if table.empty:
        raise RenderError(f"no instance of {cls} could be rendered: {failed[0]['reason']}")
    for record in failed:
        logger.warning(f"not on the sheet: {record['name']}: {record['reason']}")
    return table, plan.store
