"""Contact sheets of a class's instances (thesis Figures 3 to 5), to look at before a study.

Renders are shown pixel for pixel, so that a sheet shows what a model will see.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from synthlib.rendering.plan import failed_instances, plan_renders, read_manifest, render
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.supervisor import RenderOptions
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import file_errors

logger = logging.getLogger(__name__)

SHEET_SETTINGS = RenderSettings(size=128, samples=8, views=3, poses="photographed")
"""Three views of each instance, from where people photograph its class."""

_GAP = 4
"""Pixels between images."""

_LABEL_HEIGHT = 14
"""Pixels of a line of text."""


def instance_sheet(
    outputs: Path,
    cls: str,
    n_instances: int = 12,
    *,
    assets: Literal["procedural", "models", "both"] = "procedural",
    models_root: Path | None = None,
    settings: RenderSettings = SHEET_SETTINGS,
) -> Image.Image:
    """Show a class's instances: one column per instance, one row per view.

    Views that the store below `outputs` does not have are rendered first.

    Args:
        outputs: Folder of all results.
        cls: A class's name.
        n_instances: Number of instances, at least 1.
        assets: As in `plan_renders`.
        models_root: As in `plan_renders`.
        settings: Parameters of the renders; `views` is the number of rows.

    Raises:
        RenderError: If no instance of the class can be rendered; the message names the class.
    """
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
    settings: RenderSettings = SHEET_SETTINGS,
) -> Image.Image:
    """Show the 26 thesis views of a class's first instance with azimuth and elevation (4.3.3).

    Arguments and errors are those of `instance_sheet`; the settings' poses and number of views are
    not used.
    """
    settings = replace(settings, views=VIEWS_PER_INSTANCE, poses="thesis")
    table, store = _render_class(outputs, cls, 1, assets, models_root, settings)
    labels = [f"{view.azimuth:.0f}, {view.elevation:.0f}" for view in table.itertuples()]
    return montage([store / file for file in table["file"]], labels, columns=9)


def montage(
    files: Sequence[Path], labels: Sequence[str], columns: int, side: int | None = None
) -> Image.Image:
    """Arrange square images in rows on a chequerboard.

    Args:
        files: Image files, at least one.
        labels: One text per file, drawn above its image; "" for none.
        columns: Images per row.
        side: Side of each image in pixels; default: the first image's.

    Returns:
        An RGB image.

    Raises:
        FileError: If a file cannot be read.
    """
    images = []
    for file in files:
        with file_errors(file, "read"), Image.open(file) as image:
            side = side or image.width
            images.append(image.convert("RGBA").resize((side, side), Image.Resampling.BOX))
    assert side is not None, "no images"
    n_rows = -(-len(images) // columns)
    has_labels = [any(labels[row * columns : (row + 1) * columns]) for row in range(n_rows)]
    tops = np.cumsum([0, *(side + _GAP + _LABEL_HEIGHT * has_label for has_label in has_labels)])
    sheet = Image.new("RGB", (columns * (side + _GAP), int(tops[-1])), "white")
    background = _chequerboard(side)
    draw = ImageDraw.Draw(sheet)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        row, column = divmod(index, columns)
        left, top = column * (side + _GAP), int(tops[row])
        corner = (left, top + _LABEL_HEIGHT * has_labels[row])
        sheet.paste(background, corner)
        sheet.paste(image, corner, image)
        draw.text((left, top), label, fill="black")
    return sheet


def _chequerboard(side: int) -> Image.Image:
    y, x = np.indices((side, side)) // max(1, side // 12)
    return Image.fromarray(np.where((x + y) % 2, 217, 178).astype(np.uint8)).convert("RGB")


def _render_class(
    outputs: Path,
    cls: str,
    n_instances: int,
    assets: Literal["procedural", "models", "both"],
    models_root: Path | None,
    settings: RenderSettings,
) -> tuple[pd.DataFrame, Path]:
    """The manifest of a class's renders, and their store."""
    plan = plan_renders(
        outputs, [cls], n_instances, assets=assets, models_root=models_root, settings=settings
    )
    render(plan, RenderOptions(recycle_after=4))
    table = read_manifest(plan)
    failures = failed_instances(plan)
    if table.empty:
        raise RenderError(f"no instance of {cls} could be rendered: {failures[0]['reason']}")
    for failure in failures:
        logger.warning(f"not on the sheet: {failure['name']}: {failure['reason']}")
    return table, plan.store
