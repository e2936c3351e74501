"""Words, colours and sizes that all figures share.

Colours are colour-blind safe (Okabe and Ito's). A figure of stand-in photographs carries the word
STAND-IN in its pixels.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE_WIDTH = 6.5
"""Inches: the width of a page's text, for which lettering is sized."""

COLORS = {
    "real": "#0072B2",
    "synthetic_bg": "#D55E00",
    "synthetic_nobg": "#E69F00",
    "mixed": "#009E73",
    "neutral": "#555555",
}

DOMAIN_LABELS = {
    "real": "real photographs",
    "dev": "real photographs kept from training (dev)",
    "synthetic_bg": "synthetic with background",
    "synthetic_nobg": "synthetic without background",
    "hybrid": "synthetic, background by class",
    "bg_only": "backgrounds without object",
    "real_rest": "real photographs that the run did not train on",
    **{f"real_{k}": f"part {k} of 5 of the real photographs not trained on" for k in range(1, 6)},
}


DOUBTFUL_NOTE = "\N{DAGGER} cannot be: the recall beside it is another"
"""What the dagger at a published number says (`thesis.DOUBTFUL`)."""


def readable_name(name: str) -> str:
    """A class or experiment name as a person writes it."""
    return name.replace("_", " ")


def stand_in_title(title: str, stand_in: bool) -> str:
    """A title that says so when it stands over stand-in data."""
    return f"STAND-IN: {title}" if stand_in else title


def mark_stand_in(figure: Figure, stand_in: bool) -> Figure:
    """Writes STAND-IN into a figure that shows or measures stand-in photographs, once."""
    if stand_in and not any("STAND-IN data" in text.get_text() for text in figure.texts):
        text = "STAND-IN data: plumbing only, no result"
        # a figure's own label, because the layout keeps a line free for it below the axes
        figure.supxlabel(text, x=0.995, ha="right", fontsize=7, weight="bold", color="#B00020")
    return figure


def draw_placeholder(ax: Axes, text: str) -> Axes:
    """An empty Axes that says why it is empty."""
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, color="#555555")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_color("#CCCCCC")
    return ax
