"""What the sheets are made from, which class each shows, and how it is titled."""

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
"""Figures that show one class each, and the thesis's; those of a group show different ones."""

THESIS_CLASS_ORDER = (
    "alarm_clock digital_clock wall_clock backpack basketball soccer cup pc_mouse pc_keyboard "
    "laptop pc_monitor tv_remote food_table computer_desk toaster vase banana"
).split()
"""The classes in the order of Tables 2 and 5."""

MAX_PHOTOGRAPH_SIDE = 224
"""Pixels at most of a photograph on a sheet: an inch at print quality."""

TITLE_WIDTH = 80
"""Letters of a title's line, so that "STAND-IN" before it fits the page too."""


@dataclass(frozen=True)
class SheetContext:
    """A study's data: `store` is the folder of its renders, `root` that of its photographs."""

    params: Params
    data: StudyData
    store: Path
    root: Path

    @property
    def renders(self) -> pd.DataFrame:
        """The manifest. Raises DataError if the data was prepared without renders."""
        if self.data.renders is None:
            raise DataError("these sources hold no renders: prepare them with a synthetic domain")
        return self.data.renders


def sheet_context(params: Params, data: StudyData, plan: RenderPlan) -> SheetContext:
    """Everything that the sheets of a study need."""
    return SheetContext(params, data, plan.store, prepare.photograph_root(params, quiet=True))


def figure_class(figure_number: int, classes: Sequence[str]) -> tuple[str, str]:
    """The class that a figure shows, and a title's line that says which.

    A class that a study lacks is stood in for by one that no other figure of its group shows, as
    far as there are any. Raises ValueError for a figure that shows no single class.
    """
    for group in FIGURE_CLASS_GROUPS:
        if figure_number in group:
            chosen = substitute_classes(list(group.values()), classes)[
                list(group).index(figure_number)
            ]
            return chosen, substitution_note(group[figure_number], chosen)
    numbers = sorted(number for group in FIGURE_CLASS_GROUPS for number in group)
    raise ValueError(f"figure {figure_number} shows no single class; allowed: {numbers}")


def substitute_classes(wanted: Sequence[str], classes: Sequence[str]) -> list[str]:
    """The wanted classes, others of the study for those that it lacks: first such that no figure
    of the thesis shows."""
    elsewhere = {name for group in FIGURE_CLASS_GROUPS for name in group.values()}
    free = [name for name in classes if name not in wanted] or list(classes)
    free = sorted(free, key=lambda name: name in elsewhere)
    lacking = [name for name in wanted if name not in classes]
    return [free[lacking.index(n) % len(free)] if n in lacking else n for n in wanted]


def substitution_note(wanted: str, substitute: str) -> str:
    """That a class stands for another, in words; empty if it does not."""
    if wanted == substitute:
        return ""
    return f"here: {readable_name(substitute)}, since this study has no {readable_name(wanted)}"


def numbered_classes(classes: Sequence[str]) -> list[tuple[int, str]]:
    """The study's classes with their numbers in Tables 2 and 5; others come last."""
    known = [(i, name) for i, name in enumerate(THESIS_CLASS_ORDER, 1) if name in classes]
    others = [name for name in classes if name not in THESIS_CLASS_ORDER]
    return known + [(len(THESIS_CLASS_ORDER) + i, name) for i, name in enumerate(others, 1)]


def sheet_title(kind: Literal["table", "figure"], number: int, *lines: str) -> str:
    """A title: the thesis's number and caption, and what must be known of this sheet."""
    first = f"{kind.capitalize()} {number}. {thesis.published_caption(kind, number)}"
    return "\n".join(fill(line, TITLE_WIDTH) for line in (first, *lines) if line)


def typical_instance_views(renders: pd.DataFrame, cls: str) -> pd.DataFrame:
    """All views of a class's training instance of median coverage, in order."""
    rows = renders[(renders["class"] == cls) & (renders["split"] == "train")]
    covered = rows.groupby("instance")["coverage"].mean().sort_values(kind="stable")
    name = covered.index[len(covered) // 2]
    return rows[rows["instance"] == name].sort_values("view")


def even_columns(n: int, max_columns: int = 7) -> int:
    """Columns of a sheet of n images, so that its rows are equally long, or nearly."""
    return -(-n // -(-n // max_columns))


def random_rows(table: pd.DataFrame, n: int, *keys: str) -> pd.DataFrame:
    """At most n rows of a table at random, always the same; in its order."""
    order = rng_for(0, "exhibits", *keys).permutation(len(table))[:n]
    return table.iloc[np.sort(order)]


def read_central_square(path: Path, side: int = MAX_PHOTOGRAPH_SIDE) -> np.ndarray:
    """uint8 (S, S, 3): the central square of a photograph, at most `side` px."""
    with file_errors(path, "read"), Image.open(path) as image:
        least = min(side, *image.size)
        square = ImageOps.fit(image.convert("RGB"), (least, least), Image.Resampling.LANCZOS)
    return np.asarray(square)
