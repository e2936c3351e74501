"""Coloured sheets on a screen: one, many small ones at once, words in lines.

They lie in planes of constant z, facing +Z, and take their colour from `Shape.paint`; they are cut
small so that one may bow them. Boxes are (left, bottom, right, top) in metres, layers count sheets
from the lowest.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from synthlib.blender.modelling.shapes import Shape

LAYER_SPACING, MAX_QUAD_SIZE = 0.00022, 0.025
"""How far sheets lie over each other, and the longest side of their quads; metres."""

Box = tuple[float, float, float, float]


def rectangle(box: Box, layer: float, colours: Sequence | Callable, min_columns: int = 1) -> Shape:
    """One sheet, of a colour or painted by a function of (u, v) in [0, 1] at its grid's points.

    across is how many quads at least the longer side is cut into.
    """
    left, bottom, right, top = box
    share = (top - bottom) / (right - left)
    columns = max(
        int(min_columns / max(share, 1.0)), int(np.ceil((right - left) / MAX_QUAD_SIZE)), 1
    )
    rows = max(int(columns * share), int(np.ceil((top - bottom) / MAX_QUAD_SIZE)), 1)
    v, u = (a.ravel() for a in np.mgrid[0 : 1 : (rows + 1) * 1j, 0 : 1 : (columns + 1) * 1j])
    x, y = left + u * (right - left), bottom + v * (top - bottom)
    points = np.stack([x, y, np.full(len(x), layer * LAYER_SPACING)], axis=1)
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    faces = np.stack([first, first + 1, first + columns + 2, first + columns + 1], axis=1)
    paint = colours(u, v) if callable(colours) else np.tile(np.array(colours), (len(points), 1))
    return replace(Shape(points, (faces,)), vertex_attribute=np.clip(paint, 0.0, 1.0))


def rectangles(boxes: Sequence[Box], layer: float, colours: Sequence) -> Shape:
    """Many small sheets at once, of one colour or one each."""
    left, bottom, right, top = np.array(boxes, dtype=float).reshape(-1, 4).T
    level = np.full(len(left), layer * LAYER_SPACING)
    corners = [(left, bottom, level), (right, bottom, level), (right, top, level)]
    points = np.stack([np.stack(c, axis=1) for c in [*corners, (left, top, level)]], axis=1)
    faces = np.arange(4 * len(left)).reshape(-1, 4)
    paint = np.repeat(np.broadcast_to(np.array(colours), (len(left), 3)), 4, axis=0)
    return Shape(points.reshape(-1, 3), (faces,), vertex_attribute=paint)


def sub_box(box: Box, left: float, bottom: float, right: float, top: float) -> Box:
    """A part of a box, by shares of its sides."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    return (
        box[0] + left * wide,
        box[1] + bottom * tall,
        box[0] + right * wide,
        box[1] + top * tall,
    )


def word_boxes(
    rng: np.random.Generator, box: Box, line_height: float, indented: bool = False
) -> tuple[list[Box], np.ndarray]:
    """The boxes of the words that fill a box in lines, and for each a number in [0, 1)."""
    boxes, y, indent = [], box[3] - line_height, 0
    while y > box[1] and len(boxes) < 700:
        full = box[2] - box[0]
        reach = full * (rng.uniform(0.25, 0.95) if indented or rng.random() < 0.2 else 1.0)
        indent = int(np.clip(indent + rng.integers(-1, 2), 0, 4)) if indented else 0
        x, blank = box[0] + 1.6 * line_height * indent, rng.random() < 0.12
        while not blank and x + line_height < box[0] + reach:
            long = min(line_height * rng.uniform(0.8, 4.5), box[0] + reach - x, MAX_QUAD_SIZE)
            boxes.append((x, y, x + long, y + 0.52 * line_height))
            x += long + 0.5 * line_height
        y -= 1.05 * line_height
    return boxes, rng.random(len(boxes))
