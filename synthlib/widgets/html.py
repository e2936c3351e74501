"""HTML that widgets show: grids of pictures, bars of probabilities, tables of facts, sentences.

Colours are JupyterLab's own variables, so that light and dark themes read well; right and wrong
are told apart by a mark as well as by a colour-blind safe colour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from synthlib.reporting.figures.style import COLORS, readable_name

CORRECT_COLOR, WRONG_COLOR = COLORS["real"], COLORS["synthetic_bg"]

GRID_COLUMNS, GRID_ROWS = 6, 3
"""Of the gallery."""

CELL_WIDTH, CELL_HEIGHT = 112, 154
"""Of one picture and its caption in the gallery, px."""

THUMBNAIL_DISPLAY_SIDE = 96
"""Of a picture in the gallery, px."""


@dataclass(frozen=True)
class Thumbnail:
    """A picture (`uri`), its caption of up to three lines, what a screen reader says of it, and
    whether its sample was classified right (None: no mark)."""

    uri: str
    caption: Sequence[str]
    alt_text: str
    correct: bool | None = None


def thumbnail_grid(thumbnails: Sequence[Thumbnail], columns: int = GRID_COLUMNS) -> str:
    """Pictures in rows, each over its caption."""
    cells = "".join(_thumbnail_html(thumbnail) for thumbnail in thumbnails)
    return (
        f'<div class="synthlib-gallery" style="display:grid;'
        f"grid-template-columns:repeat({columns},{CELL_WIDTH}px);"
        f'grid-auto-rows:{CELL_HEIGHT}px;line-height:1.2">{cells}</div>'
    )


def image_html(uri: str, title: str, side: int = 224) -> str:
    """One large picture under its title."""
    return (
        f'<figure style="margin:0 12px 8px 0;display:inline-block;width:{side}px">'
        f'<figcaption style="{_LABEL_STYLE};height:2.6em;line-height:1.25">{escape(title)}</figcaption>'
        f'<img src="{uri}" alt="{escape(title)}" style="width:{side}px;height:{side}px;'
        f'object-fit:contain;background:#8888"></figure>'
    )


def probability_bars(probabilities: pd.Series, true: str, title: str, n: int = 5) -> str:
    """The n most likely classes as bars, and the true one if it is not among them."""
    shown = list(probabilities.index[:n])
    shown += [] if true in shown else [true]
    rows = "".join(_bar_html(name, float(probabilities[name]), name == true) for name in shown)
    return (
        f'<div style="display:inline-block;vertical-align:top;margin-right:16px">'
        f'<div style="{_LABEL_STYLE};margin-bottom:2px">{escape(title)}</div>'
        f'<table style="border-collapse:collapse;font-size:12px;line-height:1.3">{rows}</table>'
        "</div>"
    )


def facts_table(values: Mapping[str, str]) -> str:
    """A table of two columns: what, and what it is."""
    rows = "".join(
        f'<tr><th style="text-align:left;vertical-align:top;padding:1px 10px 1px 0;'
        f'font-weight:600;white-space:nowrap">{escape(name)}</th>'
        f'<td style="text-align:left;word-break:break-word">{escape(value)}</td></tr>'
        for name, value in values.items()
    )
    return f'<table style="font-size:12px;line-height:1.35;max-width:640px">{rows}</table>'


def message_html(text: str, role: str = "status") -> str:
    """A line that a screen reader announces; `kind`: "status", or "alert" for what went wrong."""
    color = WRONG_COLOR if role == "alert" else "var(--jp-ui-font-color1)"
    mark = "⚠ " if role == "alert" else ""
    return f'<div role="{role}" style="color:{color};line-height:1.35">{mark}{escape(text)}</div>'


def preformatted(text: str) -> str:
    """Text as it is written, such as a traceback, in a box that scrolls."""
    style = "max-height:320px;overflow:auto;font-size:11px;line-height:1.35"
    return f'<pre style="{style}">{escape(text)}</pre>'


_LABEL_STYLE = "font-size:12px;font-weight:600;color:var(--jp-ui-font-color1)"


def _thumbnail_html(thumbnail: Thumbnail) -> str:
    edge = {True: CORRECT_COLOR, False: WRONG_COLOR, None: "transparent"}[thumbnail.correct]
    lines = "".join(
        f'<div style="white-space:nowrap;overflow:hidden;text-overflow:ellipsis">{escape(line)}'
        "</div>"
        for line in thumbnail.caption
    )
    return (
        f'<div style="padding:4px;text-align:center"><img src="{thumbnail.uri}" '
        f'alt="{escape(thumbnail.alt_text)}" style="width:{THUMBNAIL_DISPLAY_SIDE}px;height:{THUMBNAIL_DISPLAY_SIDE}px;object-fit:contain;'
        f'border:2px solid {edge}"><div style="font-size:11px;'
        f'color:var(--jp-ui-font-color1)">{lines}</div></div>'
    )


def _bar_html(name: str, share: float, true: bool) -> str:
    color = CORRECT_COLOR if true else COLORS["neutral"]
    mark = " (true)" if true else ""
    return (
        f'<tr><td style="text-align:right;padding-right:6px">{escape(readable_name(name))}{mark}</td>'
        f'<td style="width:130px"><div style="background:{color};height:11px;'
        f'width:{max(1, round(130 * share))}px"></div></td>'
        f'<td style="text-align:right">{100 * share:.1f}%</td></tr>'
    )
