"""Sheets of images (thesis Figures 1 to 15, 21, 22)."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from synthlib.figures.style import stamp, titled


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    columns: int = 8,
    title: str = "",
    stand_in: bool = False,
    side: float = 1.15,
) -> Figure:
    """A sheet of uint8 or float [0, 1] images (H, W, 3 or 4), transparent ones on a chequerboard;
    `side` inches each (Figures 1 to 15, 21, 22)."""
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * side, rows * (side + 0.16) + 0.35),
        squeeze=False,
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02),
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, text in zip(axes.flat, images, titles, strict=False):
        ax.imshow(on_chequerboard(image), interpolation="nearest")
        ax.set_title(text, fontsize=7, pad=2)
    figure.suptitle(titled(title, stand_in), fontsize=10)
    return stamp(figure, stand_in)


def on_chequerboard(image: np.ndarray) -> np.ndarray:
    """float (H, W, 3) in [0, 1]: an image, over grey squares where it is transparent."""
    image = np.asarray(image)
    if image.dtype == np.uint8:
        image = image / 255.0
    if image.shape[2] == 3:
        return image.clip(0, 1)
    y, x = np.indices(image.shape[:2]) // max(1, image.shape[0] // 12)
    board = np.where((x + y) % 2, 0.85, 0.7)[..., None]
    return image[..., :3] * image[..., 3:] + board * (1 - image[..., 3:])
