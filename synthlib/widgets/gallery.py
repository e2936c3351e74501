"""A page of samples: one HTML grid of pictures, under it a layer of buttons that open them."""

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
    """`box` to display; `show` rows of a table of samples in it; `opened(row)` is called with the
    row's index when its picture is clicked. Pictures are made a page at a time; where one can't be
    made, `status` says so, and the page that was shown stays, with what its pictures open."""

    def __init__(self, on_open: Callable[[int], None], status: StatusLine) -> None:
        self._on_open, self._status = on_open, status
        self._table, self._places = pd.DataFrame(), np.zeros(0, np.int64)
        self.page = 0
        self.grid = HTML(
            layout=Layout(grid_area=f"1 / 1 / {html.GRID_ROWS + 1} / {html.GRID_COLUMNS + 1}")
        )
        self.grid.layout.margin = "0"
        self.buttons = [Button() for _ in range(PAGE_SIZE)]
        for place, button in enumerate(self.buttons):
            button.style.button_color = "transparent"
            button.layout = Layout(
                width=f"{html.CELL_WIDTH}px",
                height=f"{html.CELL_HEIGHT}px",
                margin="0",
                grid_area=f"{place // html.GRID_COLUMNS + 1} / {place % html.GRID_COLUMNS + 1}",
            )
            button.on_click(lambda _, place=place: self._open(place))
        self._sheet = GridBox(
            [self.grid, *self.buttons],
            layout=Layout(
                grid_template_columns=f"repeat({html.GRID_COLUMNS}, {html.CELL_WIDTH}px)",
                grid_auto_rows=f"{html.CELL_HEIGHT}px",
                grid_gap="0",
                overflow="hidden",
            ),
        )
        self.title = HTML()
        self.previous_button = Button(
            description="previous", icon="chevron-left", tooltip="previous page"
        )
        self.next_button = Button(description="next", icon="chevron-right", tooltip="next page")
        for button, step in ((self.previous_button, -1), (self.next_button, 1)):
            button.layout.width = "100px"
            button.on_click(lambda _, step=step: self._turn(step))
        bar = HBox(
            [self.previous_button, self.next_button, self.title],
            layout=Layout(align_items="center"),
        )
        self.box = VBox([bar, self._sheet])
        self._image_cache: ImageCache | None = None
        self._empty = ""

    @property
    def rows(self) -> pd.DataFrame:
        """What it pages through, in its order."""
        return self._table.iloc[self._places]

    def show(self, image_cache: ImageCache, table: pd.DataFrame, selection: Selection) -> None:
        """The first page of the rows that `chosen` selects of a table of samples."""
        places = selected_positions(table, selection)
        shown = thumbnails(image_cache, table.iloc[places[:PAGE_SIZE]])
        self._image_cache, self._table, self._places = image_cache, table, places
        self._empty = empty_selection_sentence(selection)
        self._draw(0, shown)

    def _turn(self, step: int) -> None:
        self._status.show_message("")
        self._status.guard("page", lambda: self._show_page(self.page + step))

    def _show_page(self, page: int) -> None:
        assert self._image_cache is not None  # `show` came first
        rows = self._table.iloc[self._places[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]]
        self._draw(page, thumbnails(self._image_cache, rows))

    def _open(self, place: int) -> None:
        places = self._places[self.page * PAGE_SIZE :]
        if place < len(places):
            self._on_open(int(self._table.index.to_numpy()[places[place]]))

    def _draw(self, page: int, shown: list[html.Thumbnail]) -> None:
        self.page, start, n = page, page * PAGE_SIZE, len(self._places)
        self.previous_button.disabled, self.next_button.disabled = (
            start == 0,
            start + PAGE_SIZE >= n,
        )
        if shown:
            self.title.value = html.message_html(
                f"{start + 1:,} to {start + len(shown):,} of {n:,}"
            )
        else:
            self.title.value = html.message_html(self._empty)
        self.grid.value = html.thumbnail_grid(shown)
        for button, thumbnail in zip(self.buttons, [*shown, *[None] * PAGE_SIZE], strict=False):
            visible = "visible" if thumbnail else "hidden"
            if button.layout.visibility != visible:
                button.layout.visibility = visible
            if thumbnail:
                button.tooltip = f"open: {thumbnail.alt_text}"


def thumbnails(image_cache: ImageCache, rows: pd.DataFrame) -> list[html.Thumbnail]:
    """The rows of a table of samples as small pictures with captions, in their order."""
    found: dict[int, str] = {}
    places = np.arange(len(rows))
    for test_set in rows["test_set"].unique():
        here = places[(rows["test_set"] == test_set).to_numpy(bool)]
        uris = image_cache.data_uris(str(test_set), rows["sample"].iloc[here].tolist())
        found |= dict(zip(here.tolist(), uris, strict=True))
    records = rows.to_dict("records")
    return [_thumbnail(found[place], row) for place, row in enumerate(records)]


def _thumbnail(uri: str, row: dict) -> html.Thumbnail:
    true, predicted = readable_name(row["true"]), readable_name(row["predicted"])
    mark, share = "✓" if row["right"] else "✗", f"{100 * row['confidence']:.0f}%"
    lines = [true, f"{mark} {predicted} {share}"]
    says = f"true {true}, predicted {predicted}, {share}"
    if "outcome" in row:
        other = readable_name(row["predicted_b"])
        mark_b = "✓" if row["predicted_b"] == row["true"] else "✗"
        lines = [true, f"A {mark} {predicted}", f"B {mark_b} {other}"]
        says += f"; run B: {other}"
    return html.Thumbnail(uri, lines, says, bool(row["right"]))
