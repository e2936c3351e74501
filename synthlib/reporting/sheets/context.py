"""Shared parts of the sheets: their data, and the choice of classes, titles and images."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from synthlib.data import prepare
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.plan import RenderPlan
from synthlib.reporting import thesis
from synthlib.reporting.figures.style import readable_name
from synthlib.seeding import rng_for
from synthlib.utils.errors import file_errors

FIGURE_CLASS_GROUPS: tuple[dict[int, str], ...] = (
    {3: "banana", 4: "toaster", 5: "laptop"},
    {6: "basketball", 7: "food_table"},
    {10: "alarm_clock", 12: "food_table", 14: "tv_remote"},
    {11: "alarm_clock", 13: "food_table", 15: "tv_remote"},
)
"""Figures that show a single class, with the class that the thesis shows in each. A dictionary is a
group of figures that must show different classes."""

THESIS_CLASS_ORDER = (
    "alarm_clock digital_clock wall_clock backpack basketball soccer cup pc_mouse pc_keyboard "
    "laptop pc_monitor tv_remote food_table computer_desk toaster vase banana"
).split()
"""The thesis's classes, in the order of its Tables 2 and 5."""

MAX_PHOTOGRAPH_SIDE = 224
"""Largest side in px of a photograph on a sheet; about an inch in print."""

MAX_COLUMNS = 7
"""Largest number of columns of a sheet with one image per class."""

TITLE_WIDTH = 80
"""Characters per line of a title; a line fits the page even with "STAND-IN" in front."""


@dataclass(frozen=True)
class SheetContext:
    """The data of a study that sheets show.

    Attributes:
        params: Parameters of the scale.
        data: Its prepared data.
        store: Folder of its renders.
        root: Folder of its photographs.
    """

    params: Params
    data: StudyData
    store: Path
    root: Path

    @property
    def renders(self) -> pd.DataFrame:
        """The manifest of renders.

        Raises:
            DataError: If the data was prepared without renders.
        """
        if self.data.renders is None:
            raise DataError("the data has no renders: prepare it with a synthetic domain")
        return self.data.renders


def sheet_context(params: Params, data: StudyData, plan: RenderPlan) -> SheetContext:
    """Collect the data that the sheets of a study need.

    Args:
        params: Parameters of the scale.
        data: Its prepared data (`data.prepare_data`).
        plan: Its renders (`prepare.render_plan`).
    """
    return SheetContext(params, data, plan.store, prepare.photograph_root(params, quiet=True))


def figure_class(figure_number: int, classes: Sequence[str]) -> tuple[str, str]:
    """Choose the class that a figure shows.

    If the study does not have the thesis's class, another of its classes is chosen: one that no
    other figure of the group shows, if there are enough.

    Args:
        figure_number: Number of a figure that shows one class.
        classes: The study's classes.

    Returns:
        The class, and a line for the title that names the class if it is not the thesis's, else "".

    Raises:
        ValueError: If the figure does not show a single class.
    """
    for group in FIGURE_CLASS_GROUPS:
        if figure_number in group:
            available = substitute_classes(list(group.values()), classes)
            cls = dict(zip(group, available, strict=True))[figure_number]
            return cls, substitution_note(group[figure_number], cls)
    numbers = sorted(number for group in FIGURE_CLASS_GROUPS for number in group)
    raise ValueError(f"figure {figure_number} does not show a single class; allowed: {numbers}")


def substitute_classes(wanted: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Replace the wanted classes that the study does not have.

    Args:
        wanted: Names of classes.
        classes: The study's classes.

    Returns:
        One class of the study per wanted one. Substitutes are classes that are not wanted
        themselves (if there are any), those that no figure of the thesis shows first. If there are
        too few, they repeat.
    """
    in_figures = {name for group in FIGURE_CLASS_GROUPS for name in group.values()}
    free = [name for name in classes if name not in wanted] or list(classes)
    substitutes = itertools.cycle(sorted(free, key=lambda name: name in in_figures))
    return [name if name in classes else next(substitutes) for name in wanted]


def substitution_note(wanted: str, substitute: str) -> str:
    """Line of a title that names the class shown; empty if it is the wanted one."""
    if wanted == substitute:
        return ""
    return f"here: {readable_name(substitute)}, since this study has no {readable_name(wanted)}"


def numbered_classes(classes: Sequence[str]) -> list[tuple[int, str]]:
    """The study's classes with their numbers in Tables 2 and 5, the user's own classes last."""
    known = [(i, name) for i, name in enumerate(THESIS_CLASS_ORDER, 1) if name in classes]
    others = [name for name in classes if name not in THESIS_CLASS_ORDER]
    return known + [(len(THESIS_CLASS_ORDER) + i, name) for i, name in enumerate(others, 1)]


def sheet_title(kind: Literal["table", "figure"], number: int, *lines: str) -> str:
    """Join the thesis's number and caption with notes on this sheet, wrapped to the page."""
    caption = f"{kind.capitalize()} {number}. {thesis.published_caption(kind, number)}"
    return "\n".join(fill(line, TITLE_WIDTH) for line in (caption, *lines) if line)


def training_rows(table: pd.DataFrame, cls: str) -> pd.DataFrame:
    """The training photographs, or training renders, of a class."""
    return table[(table["split"] == "train") & (table["class"] == cls)]


def typical_instance_views(renders: pd.DataFrame, cls: str) -> pd.DataFrame:
    """Select all views of the training instance with the median coverage of its class, in order."""
    rows = training_rows(renders, cls)
    coverage = rows.groupby("instance")["coverage"].mean().sort_values(kind="stable")
    median_instance = coverage.index[len(coverage) // 2]
    return rows[rows["instance"] == median_instance].sort_values("view")


def even_columns(n: int) -> int:
    """Number of columns, at most `MAX_COLUMNS`, with which n images fill rows of similar length."""
    n_rows = math.ceil(n / MAX_COLUMNS)
    return math.ceil(n / n_rows)


def random_rows(table: pd.DataFrame, n: int, *keys: str) -> pd.DataFrame:
    """Draw at most n rows, in the table's order; the same keys give the same rows."""
    order = rng_for(0, "exhibits", *keys).permutation(len(table))[:n]
    return table.iloc[np.sort(order)]


def evenly_spaced_rows(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """Choose at most n rows, evenly spaced from the first to the last."""
    return table.iloc[np.linspace(0, len(table) - 1, min(n, len(table))).astype(int)]


def read_central_square(path: Path) -> np.ndarray:
    """Read the central square of a photograph: uint8 (S, S, 3), S at most `MAX_PHOTOGRAPH_SIDE`."""
    with file_errors(path, "read"), Image.open(path) as image:
        size = min(MAX_PHOTOGRAPH_SIDE, *image.size)
        square = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.LANCZOS)
    return np.asarray(square)
