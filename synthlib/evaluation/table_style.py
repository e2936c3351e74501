"""One style for every table that notebooks and the report show.

Numbers stand at the right and text at the left. Percentages have one decimal, counts have none but
grouped thousands, class names have spaces, and a missing value is an empty cell.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

HEADERS = {
    "top1": "top-1",
    "top3": "top-3",
    "top5": "top-5",
    "test_set": "tested on",
    "n_test": "test images",
    "n_real": "real images",
    "n_synthetic": "synthetic images",
    "taken_for": "predicted",
    "told_apart": "distinguished",
    "with bn_real": "with bn_real",
}
"""Headers for people, by column; others have their underscores replaced."""

NAME_COLUMNS = ("class", "true", "predicted", "predicted_b", "taken_for", "category", "test_set")
"""Columns of names whose underscores are replaced. Experiments keep theirs: people type them."""

PERCENT_COLUMNS = (
    "top1 top3 top5 precision recall low high difference gain measured published told_apart"
).split()
"""Columns that have decimals even if all their values are integers."""

GREY = "opacity: 0.68"
"""Style of published values: grey in light and dark themes, with a contrast of at least 5 to 1."""

_NUMBER = re.compile(r"(?=.*\d)(?:[^A-Za-z]|to|of|and)*|not run")
"""A number as text, or several: "+14.0 [9.1, 19.4]", "2 of 25", "0, 1"; or that it is missing."""


def style_table(table: pd.DataFrame, caption: str, decimals: int = 1) -> "Styler":
    """Style a table for a notebook.

    Args:
        table: The table; an index other than row numbers is shown.
        caption: Text above the table.
        decimals: Number of decimals of floats. Integers, and floats that are all whole, have none.
    """
    formats = {column: _formatter(table[column], column, decimals) for column in table}
    styled = table.style.format(formats, na_rep="").set_caption(caption)  # pyright: ignore[reportArgumentType]
    styled = styled.format_index(header_text, axis=1)
    if isinstance(table.index, pd.RangeIndex):
        styled = styled.hide(axis="index")
    elif table.index.name in NAME_COLUMNS:
        styled = styled.format_index(readable)
    return align(styled, [table.iloc[:, i] for i in range(table.shape[1])])


def align(styled: "Styler", columns: Iterable[pd.Series]) -> "Styler":
    """Align a table's columns: numbers at the right, text at the left.

    Args:
        styled: The table.
        columns: The values of its columns, in order; markup does not count.
    """
    styles: list[Any] = [
        {"selector": "caption", "props": "text-align: left; max-width: 75em"},
        {"selector": "th", "props": "text-align: left; vertical-align: bottom"},
        {"selector": "td", "props": "text-align: left; vertical-align: top"},
    ]
    for position, values in enumerate(columns):
        if is_number_column(values):
            props = "text-align: right; font-variant-numeric: tabular-nums"
            styles += [
                {"selector": f"{tag}.col{position}", "props": props}
                for tag in ("td", "th.col_heading")
            ]
    return styled.set_table_styles(styles)


def is_number_column(values: pd.Series) -> bool:
    """True if a column has numbers, or texts most of which are numbers."""
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    texts = [re.sub(r"<[^>]+>", " ", str(value)) for value in values.dropna()]
    texts = [text.strip() for text in texts if text.strip()]
    return bool(texts) and 2 * sum(bool(_NUMBER.fullmatch(text)) for text in texts) > len(texts)


def header_text(name: object) -> str:
    """A column's header for people."""
    return HEADERS.get(str(name), readable(name))


def readable(name: object) -> str:
    """A name as a person writes it: `pc_mouse` as "pc mouse"."""
    return str(name).replace("_", " ")


def _formatter(values: pd.Series, name: object, decimals: int) -> Callable[[object], str]:
    """The function that formats the values of a column."""
    is_float = pd.api.types.is_float_dtype(values)
    # NaN turns a column of counts into floats: 153.0 is 153
    is_whole = is_float and name not in PERCENT_COLUMNS and bool((values.dropna() % 1 == 0).all())

    def text(value: object) -> str:
        if isinstance(value, bool | np.bool_):
            return "yes" if value else "no"
        if isinstance(value, int | np.integer) or is_whole:
            return f"{value:,.0f}"
        if isinstance(value, float | np.floating):
            return f"{value:,.{decimals}f}"
        if isinstance(value, PurePath):
            return str(value)
        return readable(value) if name in NAME_COLUMNS else str(value)

    return text
