"""Grids of images with titles, and sheets as wide as a page (thesis Figures 1 to 15, 21, 22).

Images are arrays (H, W, 3 or 4), uint8 or float in [0, 1]; transparent ones are drawn over a
chequerboard. Sizes are in inches.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from synthlib.reporting.figures.style import PAGE_WIDTH

TITLE_LINE_INCHES = 0.14
"""Height of one line of an image's title."""

LABEL_INCHES = 1.15
"""Width of a class's name and number."""

GAP_INCHES = 0.05
"""Distance between images."""

MARK_INCHES = 0.2
"""Height of the line that is free for the mark of stand-in data."""

CHARACTERS_PER_INCH = 13
"""Characters of 10 points that fit into an inch; longer titles get a smaller font."""

MAX_IMAGE_INCHES = 1.6
"""Largest side of an image."""

MIN_BLOCK_IMAGE_INCHES = 0.65
"""Least side of an image for which rows stand next to each other, in blocks."""

MIN_TITLE_WIDTH = 4.0
"""Least width of a grid with a title, in inches."""


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int = 8,
    title: str = "",
    image_inches: float = 1.15,
) -> Figure:
    """Draw images in a grid.

    Args:
        images: The images, row by row.
        titles: Title above each image; may have several lines.
        columns: Largest number of columns.
        title: Title of the figure.
        image_inches: Side of an image where all columns are full; fewer images are larger.

    Examples:
        >>> figures.image_grid(images, ["cup", "vase"], columns=2, title="Two renders")
    """
    width, columns = columns * image_inches, min(columns, max(1, len(images)))
    image_inches = min(max(image_inches, MAX_IMAGE_INCHES), width / columns)
    width = max(columns * image_inches, min(width, MIN_TITLE_WIDTH))
    rows = -(-len(images) // columns)
    lines = _most_lines(titles)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(
            width,
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
    longest = max(map(len, title.split("\n")))
    size = 10 * min(1, CHARACTERS_PER_INCH * width / max(1, longest))
    figure.suptitle(title, fontsize=size)
    return figure


def page_sheet(
    images: Sequence[np.ndarray], titles: Sequence[str] = (), *, columns: int, title: str = ""
) -> Figure:
    """Draw images on a sheet as wide as a page.

    It takes a third of the time of `image_grid`, because positions are fixed: titles above images
    must fit into `PAGE_WIDTH / columns` inches.

    Args:
        images: The images, row by row.
        titles: Title above each image; may have several lines. Default: none.
        columns: Largest number of columns.
        title: Title of the figure.
    """
    titles = titles or [""] * len(images)
    columns = min(columns, max(1, len(images)))
    side, heading = min(MAX_IMAGE_INCHES, PAGE_WIDTH / columns), _title_inches(title)
    line = TITLE_LINE_INCHES * _most_lines(titles)
    rows = -(-len(images) // columns)
    height = heading + rows * (side + line) + MARK_INCHES
    figure = plt.figure(figsize=(PAGE_WIDTH, height))
    margin = (PAGE_WIDTH - columns * side) / 2
    for i, (image, text) in enumerate(zip(images, titles, strict=True)):
        row, column = divmod(i, columns)
        bottom = height - heading - (row + 1) * (side + line)
        ax = _draw_image(figure, image, margin + column * side, bottom, side - GAP_INCHES)
        ax.set_title(text, fontsize=7, pad=2)
    return _add_heading(figure, title)


def labelled_image_rows(
    images: Sequence[Sequence[np.ndarray]],
    labels: Sequence[str],
    *,
    title: str = "",
) -> Figure:
    """Draw rows of images with a label at the left of each (Tables 2 and 5).

    Short rows stand next to each other, in as many blocks as fit.

    Args:
        images: The images of each row.
        labels: Label of each row.
        title: Title of the figure.
    """
    images_per_row = max(map(len, images))
    block_width = LABEL_INCHES + MIN_BLOCK_IMAGE_INCHES * images_per_row
    blocks = max(1, min(len(images), int(PAGE_WIDTH // block_width)))
    rows_per_block = -(-len(images) // blocks)
    blocks = -(-len(images) // rows_per_block)  # without an empty one
    heading = _title_inches(title)
    side = min(MAX_IMAGE_INCHES, (PAGE_WIDTH - blocks * LABEL_INCHES) / (blocks * images_per_row))
    height = rows_per_block * side + heading + MARK_INCHES
    figure = plt.figure(figsize=(PAGE_WIDTH, height))
    for i, (row_images, label) in enumerate(zip(images, labels, strict=True)):
        block, row = divmod(i, rows_per_block)
        left = block * (LABEL_INCHES + images_per_row * side) + LABEL_INCHES
        bottom = height - heading - (row + 1) * side
        x, y = (left - GAP_INCHES) / PAGE_WIDTH, (bottom + side / 2) / height
        figure.text(x, y, label, ha="right", va="center", fontsize=8)
        for column, image in enumerate(row_images):
            _draw_image(figure, image, left + column * side, bottom, side - GAP_INCHES)
    return _add_heading(figure, title)


def _draw_image(figure: Figure, image: np.ndarray, left: float, bottom: float, side: float) -> Axes:
    """Draw an image; its position and side are in inches."""
    width, height = figure.get_size_inches()
    ax = figure.add_axes((left / width, bottom / height, side / width, side / height))
    ax.imshow(on_chequerboard(image), interpolation="nearest")
    ax.set_axis_off()
    return ax


def _add_heading(figure: Figure, title: str) -> Figure:
    top = 1 - 0.05 / figure.get_size_inches()[1]
    figure.suptitle(title, fontsize=10, y=top, va="top")
    return figure


def _most_lines(titles: Sequence[str]) -> int:
    return max((text.count("\n") + bool(text) for text in titles), default=0)


def _title_inches(title: str) -> float:
    """Height of a title, which may have several lines."""
    return 0.18 + 0.17 * (title.count("\n") + 1)


def on_chequerboard(image: np.ndarray) -> np.ndarray:
    """Draw an image over grey squares where it is transparent.

    Args:
        image: (H, W, 3 or 4), uint8 or float in [0, 1].

    Returns:
        float (H, W, 3) in [0, 1].
    """
    image = np.asarray(image)
    if image.dtype == np.uint8:
        image = image / 255.0
    if image.shape[2] == 3:
        return image.clip(0, 1)
    y, x = np.indices(image.shape[:2]) // max(1, image.shape[0] // 12)
    board = np.where((x + y) % 2, 0.62, 0.54)[..., None]  # so that white and black objects show
    return image[..., :3] * image[..., 3:] + board * (1 - image[..., 3:])
