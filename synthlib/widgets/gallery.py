"""A page of samples: one HTML grid of pictures, under it a layer of buttons that open them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from ipywidgets import HTML, Button, GridBox, HBox, Layout, VBox

from synthlib.closeups import empty_words
from synthlib.figures import words
from synthlib.inspection import Selection, ordered
from synthlib.pictures import Pictures
from synthlib.widgets import html
from synthlib.widgets.status import Status

PAGE = html.COLUMNS * html.ROWS


class Gallery:
    """`box` to display; `show` rows of a table of samples in it; `opened(row)` is called with the
    row's index when its picture is clicked. Pictures are made a page at a time; where one can't be
    made, `status` says so, and the page that was shown stays, with what its pictures open."""

    def __init__(self, opened: Callable[[int], None], status: Status) -> None:
        self._opened, self._status = opened, status
        self._table, self._places = pd.DataFrame(), np.zeros(0, np.int64)
        self.page = 0
        self.grid = HTML(layout=Layout(grid_area=f"1 / 1 / {html.ROWS + 1} / {html.COLUMNS + 1}"))
        self.grid.layout.margin = "0"
        self.buttons = [Button() for _ in range(PAGE)]
        for place, button in enumerate(self.buttons):
            button.style.button_color = "transparent"
            button.layout = Layout(
                width=f"{html.CELL_WIDTH}px",
                height=f"{html.CELL_HEIGHT}px",
                margin="0",
                grid_area=f"{place // html.COLUMNS + 1} / {place % html.COLUMNS + 1}",
            )
            button.on_click(lambda _, place=place: self._open(place))
        self._sheet = GridBox(
            [self.grid, *self.buttons],
            layout=Layout(
                grid_template_columns=f"repeat({html.COLUMNS}, {html.CELL_WIDTH}px)",
                grid_auto_rows=f"{html.CELL_HEIGHT}px",
                grid_gap="0",
                overflow="hidden",
            ),
        )
        self.title = HTML()
        self.before = Button(description="previous", icon="chevron-left", tooltip="previous page")
        self.after = Button(description="next", icon="chevron-right", tooltip="next page")
        for button, step in ((self.before, -1), (self.after, 1)):
            button.layout.width = "100px"
            button.on_click(lambda _, step=step: self._turn(step))
        bar = HBox([self.before, self.after, self.title], layout=Layout(align_items="center"))
        self.box = VBox([bar, self._sheet])
        self._pictures: Pictures | None = None
        self._empty = ""

    @property
    def rows(self) -> pd.DataFrame:
        """What it pages through, in its order."""
        return self._table.iloc[self._places]

    def show(self, pictures: Pictures, table: pd.DataFrame, chosen: Selection) -> None:
        """The first page of the rows that `chosen` selects of a table of samples."""
        places = ordered(table, chosen)
        shown = thumbnails(pictures, table.iloc[places[:PAGE]])
        self._pictures, self._table, self._places = pictures, table, places
        self._empty = empty_words(chosen)
        self._draw(0, shown)

    def _turn(self, step: int) -> None:
        self._status.say("")
        self._status.guard("page", lambda: self._show_page(self.page + step))

    def _show_page(self, page: int) -> None:
        assert self._pictures is not None  # `show` came first
        rows = self._table.iloc[self._places[page * PAGE : (page + 1) * PAGE]]
        self._draw(page, thumbnails(self._pictures, rows))

    def _open(self, place: int) -> None:
        places = self._places[self.page * PAGE :]
        if place < len(places):
            self._opened(int(self._table.index.to_numpy()[places[place]]))

    def _draw(self, page: int, shown: list[html.Thumbnail]) -> None:
        self.page, start, n = page, page * PAGE, len(self._places)
        self.before.disabled, self.after.disabled = start == 0, start + PAGE >= n
        if shown:
            self.title.value = html.sentence(f"{start + 1:,} to {start + len(shown):,} of {n:,}")
        else:
            self.title.value = html.sentence(self._empty)
        self.grid.value = html.grid(shown)
        for button, thumbnail in zip(self.buttons, [*shown, *[None] * PAGE], strict=False):
            visible = "visible" if thumbnail else "hidden"
            if button.layout.visibility != visible:
                button.layout.visibility = visible
            if thumbnail:
                button.tooltip = f"open: {thumbnail.says}"


def thumbnails(pictures: Pictures, rows: pd.DataFrame) -> list[html.Thumbnail]:
    """The rows of a table of samples as small pictures with captions, in their order."""
    found: dict[int, str] = {}
    places = np.arange(len(rows))
    for test_set in rows["test_set"].unique():
        here = places[(rows["test_set"] == test_set).to_numpy(bool)]
        uris = pictures.uris(str(test_set), rows["sample"].iloc[here].tolist())
        found |= dict(zip(here.tolist(), uris, strict=True))
    records = rows.to_dict("records")
    return [_thumbnail(found[place], row) for place, row in enumerate(records)]


def _thumbnail(uri: str, row: dict) -> html.Thumbnail:
    true, predicted = words(row["true"]), words(row["predicted"])
    mark, share = "✓" if row["right"] else "✗", f"{100 * row['confidence']:.0f}%"
    lines = [true, f"{mark} {predicted} {share}"]
    says = f"true {true}, predicted {predicted}, {share}"
    if "outcome" in row:
        other = words(row["predicted_b"])
        mark_b = "✓" if row["predicted_b"] == row["true"] else "✗"
        lines = [true, f"A {mark} {predicted}", f"B {mark_b} {other}"]
        says += f"; run B: {other}"
    return html.Thumbnail(uri, lines, says, bool(row["right"]))
