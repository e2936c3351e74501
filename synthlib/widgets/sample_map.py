"""Points of an explorer's map: where its samples are, and what they are."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from synthlib.reporting.figures.style import readable_name

MAP_SIDE = 1000
"""Side of the map in its own units; the browser scales it."""

MARGIN = 25


class MapPoint(NamedTuple):
    """A sample on the map.

    Attributes:
        row: Its index in the table.
        x, y: Its position in [0, `MAP_SIDE`], from the upper left corner.
        is_right: Whether its prediction is correct.
        title: Its classes as text.
    """

    row: int
    x: float
    y: float
    is_right: bool
    title: str


def map_points(positions: pd.DataFrame) -> list[MapPoint]:
    """Scale positions to the map, equally in x and y.

    Args:
        positions: Result of `inspection.feature_map.sample_positions`.
    """
    xy = positions[["x", "y"]].to_numpy(float)
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = max(float((high - low).max()), 1e-9)
    scaled = (xy - (low + high) / 2) / extent * (MAP_SIDE - 2 * MARGIN) + MAP_SIDE / 2
    scaled[:, 1] = MAP_SIDE - scaled[:, 1]
    titles = [
        f"true {readable_name(true)}, predicted {readable_name(predicted)}"
        for true, predicted in zip(positions["true"], positions["predicted"], strict=True)
    ]
    columns = positions.index, *np.round(scaled.T, 1).tolist(), positions["right"], titles
    return [
        MapPoint(int(row), x, y, bool(right), title)
        for row, x, y, right, title in zip(*columns, strict=True)
    ]
