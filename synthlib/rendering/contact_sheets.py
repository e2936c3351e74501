"""Contact sheets of a class's instances (thesis Figures 3 to 5), to look at before a study.

Renders are shown pixel for pixel, so that a sheet shows what a model will see.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import RenderPlan, failed_instances
from synthlib.rendering.problems import print_failures
from synthlib.rendering.stage import render
from synthlib.rendering.supervisor import RenderOptions
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import file_errors

_GAP = 4
"""Pixels between images."""

_LABEL_HEIGHT = 14
"""Pixels of a line of text."""


def instance_sheet(plan: RenderPlan) -> Image.Image:
    """Show the instances of a plan of one class: one column per instance, one row per view.

    Views that the plan's store does not have are rendered first; warnings and failures are logged.

    Raises:
        RenderError: If no instance can be rendered; the message names the class.
    """
    table = _render_class(plan).sort_values(["view", "instance"])
    print_failures(plan)
    names = [name.rsplit("-", 1)[0] for name in table["instance"]]
    labels = [name if view == 0 else "" for name, view in zip(names, table["view"], strict=True)]
    files = [plan.store / file for file in table["file"]]
    return montage(files, labels, columns=table["instance"].nunique())


def view_sheet(plan: RenderPlan) -> Image.Image:
    """Show the views of a plan of one instance with azimuth and elevation (thesis 4.3.3).

    Views that the plan's store does not have are rendered first.

    Raises:
        RenderError: If the instance cannot be rendered; the message names the class.
    """
    table = _render_class(plan)
    labels = [f"{view.azimuth:.0f}, {view.elevation:.0f}" for view in table.itertuples()]
    return montage([plan.store / file for file in table["file"]], labels, columns=9)


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


def _render_class(plan: RenderPlan) -> pd.DataFrame:
    """The manifest of a plan of one class, after rendering."""
    render(plan, RenderOptions(recycle_after=4))
    table = read_manifest(plan)
    if table.empty:
        cls, reason = plan.instances[0].cls, failed_instances(plan)[0]["reason"]
        raise RenderError(f"no instance of {cls} could be rendered: {reason}")
    return table
