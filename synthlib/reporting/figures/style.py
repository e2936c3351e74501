"""Labels, colours and sizes that all figures share, and the marks of stand-in photographs.

Colours are colour-blind safe (Okabe and Ito's palette). A figure of stand-in photographs has the
word STAND-IN in its title and in its pixels.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib.params import Params

PAGE_WIDTH = 6.5
"""Width of a page's text in inches, for which font sizes are chosen."""

COLORS = {
    "real": "#0072B2",
    "synthetic_bg": "#D55E00",
    "synthetic_nobg": "#E69F00",
    "mixed": "#009E73",
    "neutral": "#555555",
}

DOMAIN_LABELS = {
    "real": "real photographs",
    "dev": "real photographs held out from training (dev)",
    "synthetic_bg": "synthetic with background",
    "synthetic_nobg": "synthetic without background",
    "hybrid": "synthetic, background by class",
    "bg_only": "backgrounds without object",
    "fetched": "photographs labelled by a model",
    "real_rest": "real photographs that the run did not train on",
    **{f"real_{k}": f"part {k} of 5 of the real photographs not trained on" for k in range(1, 6)},
}


DOUBTFUL_NOTE = "\N{DAGGER} cannot be: it differs from its recall"
"""Meaning of the dagger at a published number (`thesis.DOUBTFUL_TOP1_ROWS`)."""


def readable_name(name: str) -> str:
    """A class or experiment name as a person writes it."""
    return name.replace("_", " ")


def stand_in_title(title: str, stand_in: bool) -> str:
    """A title, with STAND-IN in front of it (once) if the data is stand-in data."""
    return f"STAND-IN: {title.removeprefix('STAND-IN: ')}" if stand_in else title


def add_title(figure: Figure, title: str, params: Params) -> Figure:
    """Set a figure's title, and mark the figure if the scale's photographs are stand-ins."""
    figure.suptitle(title, fontsize=9)
    return mark_stand_in(figure, params.stand_in)


def mark_stand_in(figure: Figure, stand_in: bool) -> Figure:
    """Write STAND-IN into the title and below a figure of stand-in photographs, once."""
    if not stand_in:
        return figure
    if title := figure.get_suptitle():
        for text in figure.texts:
            if text.get_text() == title:  # `suptitle` would reset its size and position
                text.set_text(stand_in_title(title, stand_in))
    if not any("STAND-IN data" in text.get_text() for text in figure.texts):
        text = "STAND-IN data: a test of the code, not a result"
        # as the figure's x label, because the layout leaves a line free for it below the axes
        figure.supxlabel(text, x=0.995, ha="right", fontsize=7, weight="bold", color="#B00020")
    return figure


def stacked_axes(heights: Sequence[float], extra: float = 0.0) -> tuple[Figure, list[Axes]]:
    """Create a figure as wide as a page with Axes below each other.

    Args:
        heights: Height of each Axes in inches.
        extra: Height for a legend in inches.
    """
    figure, axes = plt.subplots(
        len(heights),
        figsize=(PAGE_WIDTH, sum(heights) + extra),
        squeeze=False,
        layout="constrained",
        height_ratios=heights,
    )
    return figure, list(axes.flat)


def draw_placeholder(ax: Axes, text: str) -> Axes:
    """Write into an empty Axes why it is empty."""
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color="#555555")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_color("#CCCCCC")
    return ax
