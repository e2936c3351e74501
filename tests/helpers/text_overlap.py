"""Overlaps of the texts of a figure, by the boxes in which they are drawn."""

from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

TOLERANCE = 1.0
"""Pixels by which boxes may overlap: they have a margin around the letters."""


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure that overlap, among those that a reader sees."""
    renderer = _draw(figure)
    boxes = [
        (text.get_text().strip(), text.get_window_extent(renderer)) for text in _shown_texts(figure)
    ]
    return [
        (name, other)
        for i, (name, box) in enumerate(boxes)
        for other, other_box in boxes[i + 1 :]
        if min(box.x1, other_box.x1) - max(box.x0, other_box.x0) > TOLERANCE
        and min(box.y1, other_box.y1) - max(box.y0, other_box.y0) > TOLERANCE
    ]


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
