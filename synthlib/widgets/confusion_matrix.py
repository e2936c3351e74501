"""A confusion matrix of buttons: a click, or Tab and Enter, picks a cell. Empty cells are skipped.

Buttons share their layouts and their few styles: 17 x 17 cells are 289 widgets and not 867.
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


class ConfusionMatrixView:
    """`box` to display; `show` counts in it; `picked(true, predicted)` is called on a click."""

    def __init__(self, classes: list[str], on_pick: Callable[[str, str], None]) -> None:
        self.classes = classes
        width = 46 if len(classes) <= 8 else 38
        size = {"width": f"{width}px", "height": f"{CELL_HEIGHT}px", "min_width": "0"}
        self._plain = Layout(**size, margin="0", padding="0", border="1px solid transparent")
        self._marked = Layout(**size, margin="0", padding="0", border="3px solid #D55E00")
        self._styles = [_style(level) for level in range(SHADE_LEVELS + 1)]
        self.cells = {
            (true, predicted): Button(layout=self._plain, style=self._styles[0], disabled=True)
            for true in classes
            for predicted in classes
        }
        for (true, predicted), cell in self.cells.items():
            cell.tooltip = _title(true, predicted, 0)
            cell.on_click(lambda _, true=true, predicted=predicted: on_pick(true, predicted))
        n = len(classes)
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
        self._marked_cell: tuple[str, str] | None = None

    def show(self, counts: pd.DataFrame) -> None:
        """Counts as `inspection.counts` gives them; the shade is the share of the row."""
        totals = counts.sum(axis=1).clip(lower=1)
        levels = (counts.div(totals, axis=0) * SHADE_LEVELS).round().astype(int).to_numpy()
        numbers = counts.to_numpy()
        for place, (key, cell) in enumerate(self.cells.items()):
            row, column = divmod(place, len(self.classes))
            n, level = int(numbers[row, column]), int(levels[row, column])
            text = f"{n:,}" if n else ""
            if cell.description == text and cell.style is self._styles[level]:
                continue
            with cell.hold_sync():
                cell.description, cell.disabled = text, n == 0
                cell.tooltip = _title(*key, n)
                cell.style = self._styles[level]

    def mark(self, cell: tuple[str, str] | None) -> None:
        """Frames one cell, or none."""
        if self._marked_cell is not None:
            self.cells[self._marked_cell].layout = self._plain
        self._marked_cell = cell if cell in self.cells else None
        if self._marked_cell is not None:
            self.cells[self._marked_cell].layout = self._marked


def _title(true: str, predicted: str, n: int) -> str:
    return f"true {readable_name(true)}, predicted {readable_name(predicted)}: {n:,} samples"


def _style(level: int) -> ButtonStyle:
    color = to_hex(colormaps["Blues"](level / SHADE_LEVELS * 0.95))
    text = "white" if level > SHADE_LEVELS * 0.55 else "black"
    return ButtonStyle(button_color=color, text_color=text, font_size="11px")


def _labels(classes: list[str], width: int) -> list[HTML]:
    """The corner, all names across, all names down: three widgets."""
    text = "font-size:11px;color:var(--jp-ui-font-color1);white-space:nowrap"
    corner = (
        f'<div style="{text};line-height:1.3;opacity:.8;height:{LABEL_WIDTH - 6}px;display:flex;'
        'align-items:flex-end">true ↓<br>predicted →</div>'
    )
    across = "".join(
        f'<div style="width:{width + 1}px;writing-mode:vertical-rl;transform:rotate(180deg);'
        f'line-height:{width}px;height:{LABEL_WIDTH - 6}px;{text}">{readable_name(name)}</div>'
        for name in classes
    )
    down = "".join(
        f'<div style="height:{CELL_HEIGHT + 1}px;line-height:{CELL_HEIGHT}px;text-align:right;'
        f'padding-right:6px;{text}">{readable_name(name)}</div>'
        for name in classes
    )
    n = len(classes)
    areas = ("1 / 1", f"1 / 2 / 2 / {n + 2}", f"2 / 1 / {n + 2} / 2")
    return [
        HTML(value, layout=Layout(grid_area=area, margin="0", overflow="hidden"))
        for value, area in zip(
            (corner, f'<div style="display:flex">{across}</div>', down), areas, strict=True
        )
    ]
