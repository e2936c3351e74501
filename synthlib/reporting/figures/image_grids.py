"""Sheets of images (thesis Figures 1 to 15, 21, 22)."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from synthlib.reporting.figures.style import PAGE_WIDTH, mark_stand_in, stand_in_title

TITLE_LINE_INCHES = 0.14
"""Inches of a line of an image's title."""

LABEL_INCHES, GAP_INCHES, STAMP_INCHES = 1.15, 0.05, 0.2
"""Inches of a class's name and number, between images, and of the line that a stamp takes."""

CHARACTERS_PER_INCH = 13
"""Of 10 points that fit into an inch; titles of more become smaller."""

MAX_IMAGE_INCHES = 1.2
"""Inches a side of an image at most."""


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int = 8,
    title: str = "",
    stand_in: bool = False,
    image_inches: float = 1.15,
) -> Figure:
    """A sheet of uint8 or float [0, 1] images (H, W, 3 or 4), transparent ones on a chequerboard;
    `side` inches each (Figures 1 to 15, 21, 22)."""
    rows = -(-len(images) // columns)
    lines = max((text.count("\n") + bool(text) for text in titles), default=0)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(
            columns * image_inches,
            rows * (image_inches + TITLE_LINE_INCHES * lines + 0.02) + _title_inches(title),
        ),
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02),
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, text in zip(axes.flat, images, titles, strict=False):
        ax.imshow(on_chequerboard(image), interpolation="nearest")
        ax.set_title(text, fontsize=7, pad=2)
    title = stand_in_title(title, stand_in)
    longest = max(map(len, title.split("\n")))
    size = 10 * min(1, CHARACTERS_PER_INCH * columns * image_inches / max(1, longest))
    figure.suptitle(title, fontsize=size)
    return mark_stand_in(figure, stand_in)


def page_sheet(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """A sheet as wide as a page, images as in `image_grid`, in a third of its time: nothing moves
    out of the way of a title, so lines over images must fit into `PAGE / columns` inches."""
    side, above = min(MAX_IMAGE_INCHES, PAGE_WIDTH / columns), _title_inches(title)
    line = TITLE_LINE_INCHES * max((text.count("\n") + bool(text) for text in titles), default=0)
    rows = -(-len(images) // columns)
    height = above + rows * (side + line) + STAMP_INCHES
    figure = plt.figure(figsize=(PAGE_WIDTH, height))
    margin = (PAGE_WIDTH - min(columns, len(images)) * side) / 2
    for place, (image, text) in enumerate(zip(images, titles, strict=True)):
        row, column = divmod(place, columns)
        bottom = height - above - (row + 1) * (side + line)
        _draw_image(figure, image, margin + column * side, bottom, side - GAP_INCHES).set_title(
            text, fontsize=7, pad=2
        )
    return _add_heading(figure, title, stand_in)


def labelled_image_rows(
    images: Sequence[Sequence[np.ndarray]],
    labels: Sequence[str],
    *,
    blocks: int = 1,
    title: str = "",
    stand_in: bool = False,
) -> Figure:
    """A row of images a class, its label at the left (Tables 2 and 5); with two `blocks` the second
    half of the classes stands beside the first. Images as in `image_grid`."""
    deep, each, above = -(-len(images) // blocks), max(map(len, images)), _title_inches(title)
    side = min(MAX_IMAGE_INCHES, (PAGE_WIDTH - blocks * LABEL_INCHES) / (blocks * each))
    height = deep * side + above + STAMP_INCHES
    figure = plt.figure(figsize=(PAGE_WIDTH, height))
    for row, (part, label) in enumerate(zip(images, labels, strict=True)):
        left = row // deep * (LABEL_INCHES + each * side) + LABEL_INCHES
        bottom = height - above - (row % deep + 1) * side
        at = ((left - GAP_INCHES) / PAGE_WIDTH, (bottom + side / 2) / height)
        figure.text(*at, label, ha="right", va="center", fontsize=8)
        for column, image in enumerate(part):
            _draw_image(figure, image, left + column * side, bottom, side - GAP_INCHES)
    return _add_heading(figure, title, stand_in)


def _draw_image(figure: Figure, image: np.ndarray, left: float, bottom: float, side: float) -> Axes:
    """Draws an image at a place in inches."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((left / width, bottom / height, side / width, side / height))
    ax.imshow(on_chequerboard(image), interpolation="nearest")
    ax.set_axis_off()
    return ax


def _add_heading(figure: Figure, title: str, stand_in: bool) -> Figure:
    top = 1 - 0.05 / figure.get_size_inches()[1]
    figure.suptitle(stand_in_title(title, stand_in), fontsize=10, y=top, va="top")
    return mark_stand_in(figure, stand_in)


def _title_inches(title: str) -> float:
    """Inches that a title of so many lines takes."""
    return 0.18 + 0.17 * (title.count("\n") + 1)


def on_chequerboard(image: np.ndarray) -> np.ndarray:
    """float (H, W, 3) in [0, 1]: an image, over grey squares where it is transparent."""
    image = np.asarray(image)
    if image.dtype == np.uint8:
        image = image / 255.0
    if image.shape[2] == 3:
        return image.clip(0, 1)
    y, x = np.indices(image.shape[:2]) // max(1, image.shape[0] // 12)
    board = np.where((x + y) % 2, 0.62, 0.54)[..., None]  # white and black objects stand out
    return image[..., :3] * image[..., 3:] + board * (1 - image[..., 3:])
