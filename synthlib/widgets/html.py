"""HTML that widgets show: grids of images, bars of probabilities, tables of facts, messages.

Colours are JupyterLab's own variables, so that light and dark themes are both readable. Correct and
wrong predictions differ in a mark as well as in a colour that colour-blind readers distinguish.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from synthlib.reporting.figures.style import COLORS, readable_name

CORRECT_COLOR = COLORS["real"]
WRONG_COLOR = COLORS["synthetic_bg"]

GRID_COLUMNS = 6
GRID_ROWS = 3
CELL_WIDTH = 112
CELL_HEIGHT = 154
"""Height of a thumbnail and its caption in px."""

THUMBNAIL_DISPLAY_SIDE = 96
"""Side of a thumbnail in px."""

_LABEL_STYLE = "font-size:12px;font-weight:600;color:var(--jp-ui-font-color1)"


@dataclass(frozen=True)
class Thumbnail:
    """A small image with a caption.

    Attributes:
        uri: `data:` URI of the image.
        caption: Up to three lines.
        alt_text: Description for screen readers.
        correct: Whether its sample was classified correctly; None: no mark.
    """

    uri: str
    caption: Sequence[str]
    alt_text: str
    correct: bool | None = None


def thumbnail_grid(thumbnails: Sequence[Thumbnail], columns: int = GRID_COLUMNS) -> str:
    """Thumbnails in rows, each above its caption."""
    cells = "".join(_thumbnail_html(thumbnail) for thumbnail in thumbnails)
    return (
        f'<div class="synthlib-gallery" style="display:grid;'
        f"grid-template-columns:repeat({columns},{CELL_WIDTH}px);"
        f'grid-auto-rows:{CELL_HEIGHT}px;line-height:1.2">{cells}</div>'
    )


def image_html(uri: str, title: str, side: int = 224) -> str:
    """One large image below its title; `side` in px."""
    title = escape(title)
    return (
        f'<figure style="margin:0 12px 8px 0;display:inline-block;width:{side}px">'
        f'<figcaption style="{_LABEL_STYLE};height:2.6em;line-height:1.25">{title}</figcaption>'
        f'<img src="{uri}" alt="{title}" style="width:{side}px;height:{side}px;'
        f'object-fit:contain;background:#8888"></figure>'
    )


def png_html(content: bytes, alt_text: str) -> str:
    """A PNG file's content as an image."""
    data = base64.b64encode(content).decode()
    return f'<img alt="{escape(alt_text)}" src="data:image/png;base64,{data}">'


def probability_bars(probabilities: pd.Series, true: str, title: str, n: int = 5) -> str:
    """The n most likely classes as bars, and the true class if it is not among them.

    Args:
        probabilities: Probability of each class in [0, 1], most likely first.
        true: True class.
        title: Heading.
        n: Number of classes.
    """
    classes = list(probabilities.index[:n])
    if true not in classes:
        classes.append(true)
    rows = "".join(_bar_html(name, float(probabilities[name]), name == true) for name in classes)
    return (
        f'<div style="display:inline-block;vertical-align:top;margin-right:16px">'
        f'<div style="{_LABEL_STYLE};margin-bottom:2px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse;font-size:12px;line-height:1.3">{rows}</table>'
        "</div>"
    )


def facts_table(values: Mapping[str, str]) -> str:
    """A table of two columns: names and values."""
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top;padding:1px 10px 1px 0;'
        f'font-weight:600;white-space:nowrap">{escape(name)}</th>'
        f'<td style="text-align:left;word-break:break-word">{escape(value)}</td></tr>'
        for name, value in values.items()
    )
    return f'<table style="font-size:12px;line-height:1.35;max-width:640px">{rows}</table>'


def message_html(text: str, role: str = "status") -> str:
    """A line that screen readers announce; role "status", or "alert" for an error."""
    color = WRONG_COLOR if role == "alert" else "var(--jp-ui-font-color1)"
    mark = "⚠ " if role == "alert" else ""
    return f'<div role="{role}" style="color:{color};line-height:1.35">{mark}{escape(text)}</div>'


def preformatted(text: str) -> str:
    """Text with its line breaks, such as a traceback, in a box that scrolls."""
    style = "max-height:320px;overflow:auto;font-size:11px;line-height:1.35"
    return f'<pre style="{style}">{escape(text)}</pre>'


def _thumbnail_html(thumbnail: Thumbnail) -> str:
    edge = {True: CORRECT_COLOR, False: WRONG_COLOR, None: "transparent"}[thumbnail.correct]
    side = f"{THUMBNAIL_DISPLAY_SIDE}px"
    lines = "".join(
        f'<div style="white-space:nowrap;overflow:hidden;text-overflow:ellipsis">{escape(line)}'
        "</div>"
        for line in thumbnail.caption
    )
    return (
        f'<div style="padding:4px;text-align:center"><img src="{thumbnail.uri}" '
        f'alt="{escape(thumbnail.alt_text)}" style="width:{side};height:{side};object-fit:contain;'
        f'border:2px solid {edge}"><div style="font-size:11px;'
        f'color:var(--jp-ui-font-color1)">{lines}</div></div>'
    )


def _bar_html(name: str, probability: float, is_true: bool) -> str:
    color = CORRECT_COLOR if is_true else COLORS["neutral"]
    label = escape(readable_name(name)) + (" (true)" if is_true else "")
    return (
        f'<tr><td style="text-align:right;padding-right:6px">{label}</td>'
        f'<td style="width:130px"><div style="background:{color};height:11px;'
        f'width:{max(1, round(130 * probability))}px"></div></td>'
        f'<td style="text-align:right">{100 * probability:.1f}%</td></tr>'
    )
