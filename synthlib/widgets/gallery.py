"""Gallery of an explorer: pages of thumbnails, as HTML.

The browser says how many thumbnails fit into a page (`Gallery.page_size`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthlib.inspection.sample_figures import empty_selection_sentence
from synthlib.inspection.sample_table import Selection, selected_positions
from synthlib.inspection.test_images import ImageCache
from synthlib.reporting.figures.style import readable_name
from synthlib.widgets import html

SIDES = {"small": 64, "medium": 96, "large": 160}
"""Side of a thumbnail in px, by the name of the size."""

MAX_PAGE_SIZE = 200
"""Maximum number of thumbnails on a page, each about 5 kB."""


@dataclass(frozen=True)
class Thumbnail:
    """A sample in the gallery.

    Attributes:
        row: Its index in the table.
        uri: `data:` URI of its image.
        caption: Its true class and the predictions of each run.
        alt_text: The same as a sentence.
        is_right: Whether run A's prediction is correct.
        is_flagged: Whether it is flagged.
    """

    row: int
    uri: str
    caption: list[str]
    alt_text: str
    is_right: bool
    is_flagged: bool


class Gallery:
    """Pages of thumbnails of a selection.

    The images of one page are made at a time. If that fails, the previous page stays.

    Attributes:
        page: Number of the page, from 0.
        page_size: Number of thumbnails on a page.
        size: Size of a thumbnail, one of `SIDES`.
        thumbnails: Those of the page.
        title: The number of samples, or a sentence if there are none.
    """

    def __init__(self) -> None:
        self._image_cache: ImageCache | None = None
        self.page_size, self.size = 18, "medium"
        self.clear()

    @property
    def rows(self) -> pd.DataFrame:
        """The samples of all pages, in order."""
        return self._table.iloc[self._positions]

    @property
    def title(self) -> str:
        """The samples of the page, or a sentence if there are none."""
        start = self.page * self.page_size
        n, last = len(self._positions), start + len(self.thumbnails)
        return f"{start + 1:,} to {last:,} of {n:,}" if n else self._empty_text

    @property
    def has_next(self) -> bool:
        """True if a page follows."""
        return (self.page + 1) * self.page_size < len(self._positions)

    def clear(self) -> None:
        """Show no sample."""
        self._table, self._positions = pd.DataFrame(), np.zeros(0, np.int64)
        self._empty_text = ""
        self.page = 0
        self.thumbnails: list[Thumbnail] = []

    def show(
        self,
        image_cache: ImageCache,
        table: pd.DataFrame,
        selection: Selection,
        *,
        keep_page: bool = False,
    ) -> None:
        """Show a selection.

        Args:
            image_cache: The images of the table's samples.
            table: A sample table.
            selection: Filters and order of the samples shown.
            keep_page: Show the page with the same number, not the first.
        """
        positions = selected_positions(table, selection)
        last_page = max(len(positions) - 1, 0) // self.page_size
        page = min(self.page, last_page) if keep_page else 0
        part = positions[page * self.page_size : (page + 1) * self.page_size]
        thumbnails = table_thumbnails(image_cache, table.iloc[part])
        self._image_cache, self._table, self._positions = image_cache, table, positions
        self._empty_text = empty_selection_sentence(selection)
        self.page, self.thumbnails = page, thumbnails

    def show_page(self, page: int) -> None:
        """Show another page."""
        assert self._image_cache is not None  # set by `show`, which is called first
        rows = self._table.iloc[self._positions[page * self.page_size :][: self.page_size]]
        if page < 0 or rows.empty:
            return
        thumbnails = table_thumbnails(self._image_cache, rows)
        self.page, self.thumbnails = page, thumbnails

    def resize(self, page_size: int) -> None:
        """Change the number of thumbnails on a page; the first of them stays on it."""
        first = self.page * self.page_size
        self.page_size = min(max(page_size, 1), MAX_PAGE_SIZE)
        if len(self._positions):
            self.show_page(first // self.page_size)

    def place(self, row: int) -> int | None:
        """Place of a sample among all pages, from 0; None if it is not selected."""
        places = np.flatnonzero(self._table.index.to_numpy()[self._positions] == row)
        return int(places[0]) if len(places) else None

    def show_row(self, row: int) -> None:
        """Show the page of a sample, if it is selected."""
        place = self.place(row)
        if place is not None and place // self.page_size != self.page:
            self.show_page(place // self.page_size)

    def html(self, focus: str, reason: str, reasons: tuple[str, ...]) -> str:
        """The page.

        Args:
            focus: Key of the thumbnail that takes the focus; empty: the first.
            reason: Reason for flagging thumbnails.
            reasons: All such reasons.
        """
        arguments = focus, reason, reasons, list(SIDES)
        return html.render("explorer.html.j2", "gallery", self, SIDES[self.size], *arguments)


def table_thumbnails(image_cache: ImageCache, rows: pd.DataFrame) -> list[Thumbnail]:
    """Make one thumbnail per row of a sample table."""
    uris = image_cache.table_data_uris(rows)
    return [
        _thumbnail(int(index), uri, row)
        for index, uri, row in zip(rows.index, uris, rows.to_dict("records"), strict=True)
    ]


def _thumbnail(index: int, uri: str, row: dict) -> Thumbnail:
    true, predicted = readable_name(row["true"]), readable_name(row["predicted"])
    mark, confidence = "✓" if row["right"] else "✗", f"{100 * row['confidence']:.0f}%"
    caption = [true, f"{mark} {predicted} {confidence}"]
    alt_text = f"true {true}, predicted {predicted}, {confidence}"
    if "outcome" in row:
        predicted_b = readable_name(row["predicted_b"])
        mark_b = "✓" if row["predicted_b"] == row["true"] else "✗"
        caption = [true, f"A {mark} {predicted}", f"B {mark_b} {predicted_b}"]
        alt_text += f"; run B: {predicted_b}"
    flagged = bool(row.get("flagged", False))
    alt_text += "; flagged" if flagged else ""
    return Thumbnail(index, uri, caption, alt_text, bool(row["right"]), flagged)
