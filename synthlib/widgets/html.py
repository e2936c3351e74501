"""HTML that widgets show: grids of images, bars of probabilities, tables of facts, messages.

Colours are JupyterLab's own variables, so that light and dark themes are both readable. The HTML
itself is in `elements.html.j2`, and that of the explorer in `explorer.html.j2`.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader

from synthlib.reporting.figures.style import readable_name

GRID_COLUMNS = 6
CELL_WIDTH = 112
CELL_HEIGHT = 154
"""Height of a thumbnail and its caption in px."""

THUMBNAIL_DISPLAY_SIDE = 96
"""Side of a thumbnail in px."""

ELEMENTS = "elements.html.j2"
"""Template of the functions below."""

CLASSES_SHOWN = 5
"""Number of the most likely classes among the bars of probabilities."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {
    "columns": GRID_COLUMNS,
    "cell_width": CELL_WIDTH,
    "cell_height": CELL_HEIGHT,
    "side": THUMBNAIL_DISPLAY_SIDE,
    "readable": readable_name,
}


@dataclass(frozen=True)
class Thumbnail:
    """A small image with a caption.

    Attributes:
        uri: `data:` URI of the image.
        caption: Up to three lines.
        alt_text: Description for screen readers.
    """

    uri: str
    caption: Sequence[str]
    alt_text: str


def thumbnail_grid(thumbnails: Sequence[Thumbnail]) -> str:
    """Thumbnails in rows of `GRID_COLUMNS`, each above its caption."""
    return render(ELEMENTS, "thumbnail_grid", thumbnails)


def image_html(uri: str, title: str, side: int = 224) -> str:
    """One large image below its title; `side` in px."""
    return render(ELEMENTS, "image", uri, title, side)


def png_html(content: bytes, alt_text: str) -> str:
    """A PNG file's content as an image."""
    data = base64.b64encode(content).decode()
    return f'<img alt="{escape(alt_text)}" src="data:image/png;base64,{data}">'


def probability_bars(probabilities: pd.Series, true: str, title: str) -> str:
    """The most likely classes as bars, and the true class if it is not among them.

    Args:
        probabilities: Probability of each class in [0, 1], most likely first.
        true: True class.
        title: Heading.
    """
    bars = [
        (readable_name(name) + " (true)", probabilities[name], "right")
        if name == true
        else (readable_name(name), probabilities[name], "neutral")
        for name in dict.fromkeys([*probabilities.index[:CLASSES_SHOWN], true])
    ]
    return render(ELEMENTS, "probability_bars", bars, title)


def facts_table(values: Mapping[str, str]) -> str:
    """A table of two columns: names and values."""
    return render(ELEMENTS, "facts_table", values)


def message_html(text: str, role: str = "status") -> str:
    """A line that screen readers announce; role "status", or "alert" for an error."""
    return render(ELEMENTS, "message", text, role)


def preformatted(text: str) -> str:
    """Text with its line breaks, such as a traceback, in a box that scrolls."""
    return render(ELEMENTS, "preformatted", text)


def render(template: str, macro: str, *arguments: object) -> str:
    """Call a macro of a template in this folder."""
    return str(getattr(_TEMPLATES.get_template(template).module, macro)(*arguments))
