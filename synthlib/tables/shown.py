"""A numbered table as a person reads it: HTML below its caption, or flat for a CSV file."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from synthlib.tables.overview import METRICS
from synthlib.thesis import HEADERS

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

SHOWN_RUN = ("experiment", "n_real", "n_synthetic", "steps", "n_test", "seeds")
COUNTS = ("n_real", "n_synthetic", "steps", "images_seen", "n_test", "instances", "images")


@dataclass(frozen=True)
class NumberedTable:
    """A table of the thesis: `frame` (numbers, columns of two levels), `caption`, and for some the
    matched `companion` that belongs directly below it. A notebook shows both."""

    number: int
    frame: pd.DataFrame
    caption: str
    companion: "NumberedTable | None" = None

    @property
    def measured(self) -> bool:
        """Whether any cell was measured."""
        kinds = self.frame.columns.get_level_values(1) == "measured"
        return bool(self.frame.loc[:, kinds].notna().any(axis=None))

    def flat(self) -> pd.DataFrame:
        """The frame with one level of columns ("top1 measured"), for a CSV file."""
        names = [" ".join(part for part in column if part) for column in self.frame.columns]
        return self.frame.set_axis(names, axis=1)

    def styled(self) -> "Styler":
        """The frame for reading: spread and interval beside the mean, one decimal, no empty
        columns."""
        texts = pd.DataFrame(_texts(self.frame))
        texts.columns = pd.MultiIndex.from_tuples(
            [(HEADERS.get(str(a), str(a)), str(b)) for a, b in texts.columns]
        )
        left = {"selector": "caption", "props": "text-align: left; max-width: 60em"}
        styled = texts.style.hide(axis="index").set_caption(self.caption)
        return styled.set_table_styles([left])  # pyright: ignore[reportArgumentType]

    def _repr_html_(self) -> str:
        below = self.companion._repr_html_() if self.companion else ""
        return self.styled().to_html() + below


def _texts(frame: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Columns of text for reading; columns that say nothing are left out."""
    texts = {}
    for name, kind in frame.columns:
        values = frame[name, kind]
        if name == "run" and kind not in SHOWN_RUN:
            continue
        if kind in ("spread", "low", "high"):  # written beside the mean
            continue
        if kind == "measured" and values.dtype.kind == "f":
            texts[name, kind] = [_mean(frame, name, row) for row in range(len(frame))]
        elif kind == "difference" and values.dtype.kind == "f":
            texts[name, kind] = [_number(name, value, "+") for value in values]
        elif values.dtype.kind in "fi":
            texts[name, kind] = [_number(kind if name == "run" else name, v) for v in values]
        else:
            texts[name, kind] = ["" if _empty(value) else str(value) for value in values]
        if name == "run" and not any(texts[name, kind]):
            del texts[name, kind]
    return texts


def _mean(frame: pd.DataFrame, name: str, row: int) -> str:
    """Mean ± spread [low, high], as far as there is such."""

    def cell(kind: str) -> float:
        return float(frame[name, kind].iloc[row]) if (name, kind) in frame else np.nan

    text = _number(name, cell("measured"))
    if text and not np.isnan(cell("spread")):
        text += f" ± {cell('spread'):.1f}"
    if text and not np.isnan(cell("low")):
        text += f" [{cell('low'):.1f}, {cell('high'):.1f}]"
    return text


def _number(name: str, value: float, sign: str = "") -> str:
    if np.isnan(value):
        return ""
    if name in COUNTS:
        return f"{value:{sign},.0f}"
    if name in METRICS or name == "gain":
        return f"{value:{sign}.2f}" if not sign else f"{value:{sign}.1f}"
    return f"{value:{sign}g}"


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
