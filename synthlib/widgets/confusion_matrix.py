"""Confusion matrix of buttons: a click, or Tab and Enter, picks a cell. Empty cells are disabled.

Buttons share their layouts and styles, so that 17 x 17 cells are 289 widgets instead of 867.
"""

from collections.abc import Callable

import pandas as pd
from ipywidgets import HTML, Button, ButtonStyle, GridBox, Layout
from matplotlib import colormaps
from matplotlib.colors import to_hex

from synthlib.reporting.figures.style import readable_name

SHADE_LEVELS = 8
CELL_HEIGHT = 26
LABEL_WIDTH = 112
"""Width of the row labels and height of the column labels, in px."""
NO_COUNT = "\N{NO-BREAK SPACE}"
"""Text of an empty cell: ipywidgets keeps a button's old text if the new one has no character."""


class ConfusionMatrixView:
    """Confusion matrix of buttons; display its `box`, and `show` counts in it.

    Args:
        classes: Class names, in the order of rows and columns.
        on_pick: Called with the true and the predicted class of a clicked cell.
    """

    def __init__(self, classes: list[str], on_pick: Callable[[str, str], None]) -> None:
        self.classes = classes
        n, width = len(classes), 46 if len(classes) <= 8 else 38
        size = {"width": f"{width}px", "height": f"{CELL_HEIGHT}px", "min_width": "0"}
        self._plain = Layout(**size, margin="0", padding="0", border="1px solid transparent")
        self._marked = Layout(**size, margin="0", padding="0", border="3px solid #D55E00")
        self._marked_cell: tuple[str, str] | None = None
        self._styles = [_style(level) for level in range(SHADE_LEVELS + 1)]
        self.cells: dict[tuple[str, str], Button] = {}
        for true in classes:
            for predicted in classes:
                cell = Button(layout=self._plain, style=self._styles[0], disabled=True)
                cell.tooltip = _tooltip(true, predicted, 0)
                cell.on_click(lambda _, true=true, predicted=predicted: on_pick(true, predicted))
                self.cells[true, predicted] = cell
        self.box = GridBox(
            [*_labels(classes, width), *self.cells.values()],
            layout=Layout(
                grid_template_columns=f"{LABEL_WIDTH}px repeat({n}, {width}px)",
                grid_template_rows=f"{LABEL_WIDTH}px repeat({n}, {CELL_HEIGHT}px)",
                grid_gap="1px",
                width=f"{LABEL_WIDTH + n * (width + 1) + 4}px",
                overflow="hidden",
            ),
        )

    def show(self, counts: pd.DataFrame) -> None:
        """Show counts (`inspection.count_sample_confusions`), shaded by their share of the row."""
        totals = counts.sum(axis=1).clip(lower=1)
        levels = (counts.div(totals, axis=0) * SHADE_LEVELS).round().astype(int).to_numpy().ravel()
        numbers = counts.to_numpy().ravel()
        for (key, cell), n, level in zip(self.cells.items(), numbers, levels, strict=True):
            text = f"{n:,}" if n else NO_COUNT
            if cell.description == text and cell.style is self._styles[level]:
                continue  # spares the browser a message
            with cell.hold_sync():
                cell.description, cell.disabled = text, bool(n == 0)
                cell.tooltip = _tooltip(*key, n)
                cell.style = self._styles[level]

    def mark(self, cell: tuple[str, str] | None) -> None:
        """Frame one cell (true, predicted), or none."""
        if self._marked_cell is not None:
            self.cells[self._marked_cell].layout = self._plain
        self._marked_cell = cell if cell in self.cells else None
        if self._marked_cell is not None:
            self.cells[self._marked_cell].layout = self._marked


def _tooltip(true: str, predicted: str, n: int) -> str:
    return f"true {readable_name(true)}, predicted {readable_name(predicted)}: {n:,} samples"


def _style(level: int) -> ButtonStyle:
    color = to_hex(colormaps["Blues"](level / SHADE_LEVELS * 0.95))
    text = "white" if level > SHADE_LEVELS * 0.55 else "black"
    return ButtonStyle(button_color=color, text_color=text, font_size="11px")


def _labels(classes: list[str], width: int) -> list[HTML]:
    """Three widgets: the corner, the names of all columns, the names of all rows."""
    text = "font-size:11px;color:var(--jp-ui-font-color1);white-space:nowrap"
    corner = (
        f'<div style="{text};line-height:1.3;opacity:.8;height:{LABEL_WIDTH - 6}px;display:flex;'
        'align-items:flex-end">true ↓<br>predicted →</div>'
    )
    columns = "".join(
        f'<div style="width:{width + 1}px;writing-mode:vertical-rl;transform:rotate(180deg);'
        f'line-height:{width}px;height:{LABEL_WIDTH - 6}px;{text}">{readable_name(name)}</div>'
        for name in classes
    )
    rows = "".join(
        f'<div style="height:{CELL_HEIGHT + 1}px;line-height:{CELL_HEIGHT}px;text-align:right;'
        f'padding-right:6px;{text}">{readable_name(name)}</div>'
        for name in classes
    )
    last = len(classes) + 2
    areas = {
        "1 / 1": corner,
        f"1 / 2 / 2 / {last}": f'<div style="display:flex">{columns}</div>',
        f"2 / 1 / {last} / 2": rows,
    }
    return [
        HTML(value, layout=Layout(grid_area=area, margin="0", overflow="hidden"))
        for area, value in areas.items()
    ]
