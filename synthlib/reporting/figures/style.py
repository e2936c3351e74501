"""Labels, colours and sizes that all figures share, and the marks of stand-in photographs.

Colours are colour-blind safe (Okabe and Ito's palette). A figure of stand-in photographs has the
word STAND-IN once in its pixels.
"""

import base64
import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib.params import Params

PAGE_WIDTH = 6.5
"""Width of a page's text in inches, for which font sizes are chosen."""

STAND_IN_MARK = "STAND-IN data"

SCREEN_DPI = 110
"""Resolution of figures in notebooks: `PAGE_WIDTH` is then as wide as JupyterLab's text."""

MAX_ALT_TEXT = 300
"""Largest number of characters of an alternative text."""

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


DOUBTFUL_NOTE = "\N{DAGGER} cannot be correct: it differs from its recall"
"""Meaning of the dagger at a published number (`thesis.DOUBTFUL_TOP1_ROWS`)."""


def readable_name(name: str) -> str:
    """A class or experiment name as a person writes it."""
    return name.replace("_", " ")


def stand_in_title(title: str, stand_in: bool) -> str:
    """The title of a page or a document, with STAND-IN in front of it (once) for stand-in data."""
    return f"STAND-IN: {title.removeprefix('STAND-IN: ')}" if stand_in else title


def add_title(figure: Figure, title: str, params: Params) -> Figure:
    """Set a figure's title, and mark the figure if the scale's photographs are stand-ins."""
    figure.suptitle(title, fontsize=9)
    return mark_stand_in(figure, params.stand_in)


def mark_stand_in(figure: Figure, stand_in: bool) -> Figure:
    """Write STAND-IN once, small and below, into a figure of stand-in photographs.

    The page or notebook says what it means; the mark is for a figure that is taken out of it.
    """
    if stand_in and not any(STAND_IN_MARK in text.get_text() for text in figure.texts):
        # as the figure's x label, because the layout leaves a line free for it below the axes
        figure.supxlabel(STAND_IN_MARK, x=0.995, ha="right", fontsize=6, color="#666666")
    return figure


def alt_text(figure: Figure) -> str:
    """Describe a figure in a sentence for people who cannot see it.

    It has the title, and the titles and axis labels of its Axes, each once.
    """
    axes = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    titles = [text for ax in axes for text in (ax.get_title(), ax.get_title(loc="left"))]
    labels = [
        f"{ax.get_ylabel()} against {ax.get_xlabel()}"
        for ax in axes
        if ax.get_xlabel() and ax.get_ylabel()
    ]
    texts = [" ".join(text.split()) for text in (figure.get_suptitle(), *titles, *labels)]
    text = "; ".join(dict.fromkeys(text for text in texts if text)) or "figure"
    n_images = sum(bool(ax.images) for ax in axes)
    text = f"{n_images} images: {text}" if n_images > 1 else text
    return text if len(text) <= MAX_ALT_TEXT else text[: MAX_ALT_TEXT - 3] + "..."


def with_alt_text(figure: Figure) -> Figure:
    """Make notebooks show a figure with an alternative text (`alt_text`)."""

    def bundle(**_: object) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=SCREEN_DPI, bbox_inches="tight")
        png = base64.b64encode(content.getvalue()).decode("ascii")
        return {"image/png": png}, {"image/png": {"alt": alt_text(figure)}}

    figure._repr_mimebundle_ = bundle  # type: ignore[attr-defined]  # IPython looks for this name
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
