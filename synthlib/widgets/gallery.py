"""Gallery of samples: pages of thumbnails, each of which opens its sample when clicked.

A page is one HTML grid below a layer of transparent buttons. Turning the page therefore updates a
few widgets and creates none, which is fast.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from ipywidgets import HTML, Button, GridBox, HBox, Layout, VBox

from synthlib.inspection.sample_figures import empty_selection_sentence
from synthlib.inspection.sample_table import Selection, selected_positions
from synthlib.inspection.test_images import ImageCache
from synthlib.reporting.figures.style import readable_name
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine

PAGE_SIZE = html.GRID_COLUMNS * html.GRID_ROWS


class Gallery:
    """Pages of thumbnails; display its `box`, and `show` a selection in it.

    The images of one page are made at a time. If that fails, the previous page stays.

    Args:
        on_open: Called with the sample's index in the table when its thumbnail is clicked.
        status: Line that shows errors.
    """

    def __init__(self, on_open: Callable[[int], None], status: StatusLine) -> None:
        self._on_open, self._status = on_open, status
        self._image_cache: ImageCache | None = None
        self._table, self._positions = pd.DataFrame(), np.zeros(0, np.int64)
        self._empty_text = ""
        self.page = 0
        area = f"1 / 1 / {html.GRID_ROWS + 1} / {html.GRID_COLUMNS + 1}"
        self.grid = HTML(layout=Layout(grid_area=area, margin="0"))
        self.buttons = [self._cell_button(cell) for cell in range(PAGE_SIZE)]
        self.title = HTML()
        self.previous_button = self._page_button("previous", "chevron-left", -1)
        self.next_button = self._page_button("next", "chevron-right", 1)
        bar = HBox(
            [self.previous_button, self.next_button, self.title],
            layout=Layout(align_items="center"),
        )
        sheet = GridBox(
            [self.grid, *self.buttons],
            layout=Layout(
                grid_template_columns=f"repeat({html.GRID_COLUMNS}, {html.CELL_WIDTH}px)",
                grid_auto_rows=f"{html.CELL_HEIGHT}px",
                grid_gap="0",
                overflow="hidden",
            ),
        )
        self.box = VBox([bar, sheet])

    @property
    def rows(self) -> pd.DataFrame:
        """The samples of all pages, in order."""
        return self._table.iloc[self._positions]

    def show(self, image_cache: ImageCache, table: pd.DataFrame, selection: Selection) -> None:
        """Show the first page of a selection.

        Args:
            image_cache: The images of the table's samples.
            table: A sample table.
            selection: Filters and order of the samples shown.
        """
        positions = selected_positions(table, selection)
        thumbnails = table_thumbnails(image_cache, table.iloc[positions[:PAGE_SIZE]])
        self._image_cache, self._table, self._positions = image_cache, table, positions
        self._empty_text = empty_selection_sentence(selection)
        self._draw(0, thumbnails)

    def _cell_button(self, cell: int) -> Button:
        row, column = divmod(cell, html.GRID_COLUMNS)
        layout = Layout(
            width=f"{html.CELL_WIDTH}px",
            height=f"{html.CELL_HEIGHT}px",
            margin="0",
            grid_area=f"{row + 1} / {column + 1}",
        )
        button = Button(layout=layout)
        button.style.button_color = "transparent"
        button.on_click(lambda _: self._open(cell))
        return button

    def _page_button(self, name: str, icon: str, step: int) -> Button:
        layout = Layout(width="100px")
        button = Button(description=name, icon=icon, tooltip=f"{name} page", layout=layout)
        button.on_click(lambda _: self._turn(step))
        return button

    def _turn(self, step: int) -> None:
        self._status.show_message("")
        self._status.guard("page", lambda: self._show_page(self.page + step))

    def _show_page(self, page: int) -> None:
        assert self._image_cache is not None  # set by `show`, which is called first
        rows = self._table.iloc[self._positions[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]]
        self._draw(page, table_thumbnails(self._image_cache, rows))

    def _open(self, cell: int) -> None:
        position = self.page * PAGE_SIZE + cell
        if position < len(self._positions):
            self._on_open(int(self._table.index.to_numpy()[self._positions[position]]))

    def _draw(self, page: int, thumbnails: list[html.Thumbnail]) -> None:
        self.page = page
        start, n = page * PAGE_SIZE, len(self._positions)
        self.previous_button.disabled = start == 0
        self.next_button.disabled = start + PAGE_SIZE >= n
        text = f"{start + 1:,} to {start + len(thumbnails):,} of {n:,}"
        self.title.value = html.message_html(text if thumbnails else self._empty_text)
        self.grid.value = html.thumbnail_grid(thumbnails)
        for cell, button in enumerate(self.buttons):
            visibility = "visible" if cell < len(thumbnails) else "hidden"
            if button.layout.visibility != visibility:
                button.layout.visibility = visibility
            if cell < len(thumbnails):
                button.tooltip = f"open: {thumbnails[cell].alt_text}"


def table_thumbnails(image_cache: ImageCache, rows: pd.DataFrame) -> list[html.Thumbnail]:
    """Make one thumbnail per row of a sample table."""
    uris = image_cache.table_data_uris(rows)
    return [_thumbnail(uri, row) for uri, row in zip(uris, rows.to_dict("records"), strict=True)]


def _thumbnail(uri: str, row: dict) -> html.Thumbnail:
    true, predicted = readable_name(row["true"]), readable_name(row["predicted"])
    mark, confidence = "✓" if row["right"] else "✗", f"{100 * row['confidence']:.0f}%"
    caption = [true, f"{mark} {predicted} {confidence}"]
    alt_text = f"true {true}, predicted {predicted}, {confidence}"
    if "outcome" in row:
        predicted_b = readable_name(row["predicted_b"])
        mark_b = "✓" if row["predicted_b"] == row["true"] else "✗"
        caption = [true, f"A {mark} {predicted}", f"B {mark_b} {predicted_b}"]
        alt_text += f"; run B: {predicted_b}"
    return html.Thumbnail(uri, caption, alt_text, bool(row["right"]))
