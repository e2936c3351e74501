"""Overlaps of the texts of a figure, by the boxes in which they are drawn."""

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

TOLERANCE = 1.0
"""Pixels by which boxes may overlap: they have a margin around the letters."""


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure that overlap, among those that a reader sees."""
    renderer = _draw(figure)
    boxes = [(text.get_text().strip(), _corners(text, renderer)) for text in _shown_texts(figure)]
    return [
        (name, other)
        for i, (name, box) in enumerate(boxes)
        for other, other_box in boxes[i + 1 :]
        if _overlap(box, other_box) > TOLERANCE
    ]


def _corners(text: Text, renderer: RendererBase) -> np.ndarray:
    """Corners of the box of a text, which may be rotated: float (4, 2) in pixels, in order."""
    box = text.get_window_extent(renderer)
    centre, angle = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2, text.get_rotation()
    text.set_rotation(0)
    half = np.array([text.get_window_extent(renderer).size]) / 2
    text.set_rotation(angle)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return centre + (signs * half) @ np.array([[cos, sin], [-sin, cos]])


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Depth in pixels by which two boxes overlap; negative if an axis separates them."""
    depths = []
    for box in (a, b):
        for edge in (box[1] - box[0], box[2] - box[1]):
            axis = edge / np.hypot(*edge)
            of_a, of_b = a @ axis, b @ axis
            depths.append(min(of_a.max(), of_b.max()) - max(of_a.min(), of_b.min()))
    return float(min(depths))


def cut_texts(figure: Figure) -> list[str]:
    """Texts of a figure that reach beyond its edge, where a saved file would be larger than it."""
    renderer = _draw(figure)
    width = figure.bbox.width
    return [
        text.get_text()
        for text in _shown_texts(figure)
        if text.get_window_extent(renderer).x0 < -TOLERANCE
        or text.get_window_extent(renderer).x1 > width + TOLERANCE
    ]


def _draw(figure: Figure) -> RendererBase:
    """Draw a figure, which may be closed, and return its renderer."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    canvas.draw()  # the layout of square Axes settles in the second pass
    return canvas.get_renderer()


def _shown_texts(figure: Figure) -> list[Text]:
    """Visible texts, without the tick labels beyond the limits of their axis."""
    outside: set[Text] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            margin = 1e-6 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                is_inside = low - margin <= tick.get_loc() <= high + margin
                if not is_inside or not ax.axison:
                    outside.update((tick.label1, tick.label2))
        if not ax.axison:
            outside.update((ax.xaxis.label, ax.yaxis.label))
    texts = figure.findobj(Text)
    return [t for t in texts if t.get_visible() and t.get_text().strip() and t not in outside]
