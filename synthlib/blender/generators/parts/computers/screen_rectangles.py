"""Coloured rectangles on a screen: one, many small ones at once, words in lines.

They lie in planes of constant z, facing +Z, and carry their colours in the vertex attribute. Large
ones are divided into small quads, so that they can be bent. A box is (left, bottom, right, top) in
metres; layers count from the lowest, 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from synthlib.blender.modelling.shapes import Shape

LAYER_SPACING = 0.00022
"""Distance between layers, metres."""

MAX_QUAD_SIZE = 0.025
"""Longest side of a rectangle's quads, metres."""

Box = tuple[float, float, float, float]


def rectangle(box: Box, layer: float, colours: Sequence | Callable, min_columns: int = 1) -> Shape:
    """Build one rectangle, in one colour or painted with a picture.

    Args:
        layer: Layer, which sets z.
        colours: A colour, or a function of (u, v) in [0, 1] as in `screen_pictures`, evaluated
            at the corners of the quads.
        min_columns: Least number of quads along the longer side.
    """
    left, bottom, right, top = box
    aspect_ratio = (top - bottom) / (right - left)
    columns = max(
        int(min_columns / max(aspect_ratio, 1.0)), int(np.ceil((right - left) / MAX_QUAD_SIZE)), 1
    )
    rows = max(int(columns * aspect_ratio), int(np.ceil((top - bottom) / MAX_QUAD_SIZE)), 1)
    v, u = (a.ravel() for a in np.mgrid[0 : 1 : (rows + 1) * 1j, 0 : 1 : (columns + 1) * 1j])
    x, y = left + u * (right - left), bottom + v * (top - bottom)
    points = np.stack([x, y, np.full(len(x), layer * LAYER_SPACING)], axis=1)
    lower_left = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    faces = np.stack(
        [lower_left, lower_left + 1, lower_left + columns + 2, lower_left + columns + 1], axis=1
    )
    vertex_colours = (
        colours(u, v) if callable(colours) else np.tile(np.array(colours), (len(points), 1))
    )
    return replace(Shape(points, (faces,)), vertex_attribute=np.clip(vertex_colours, 0.0, 1.0))


def rectangles(boxes: Sequence[Box], layer: float, colours: Sequence) -> Shape:
    """Build many small rectangles as one shape.

    Args:
        colours: One colour, or one per box, (N, 3).
    """
    left, bottom, right, top = np.array(boxes, dtype=float).reshape(-1, 4).T
    zs = np.full(len(left), layer * LAYER_SPACING)
    corners = [(left, bottom, zs), (right, bottom, zs), (right, top, zs)]
    corners.append((left, top, zs))
    points = np.stack([np.stack(corner, axis=1) for corner in corners], axis=1)
    faces = np.arange(4 * len(left)).reshape(-1, 4)
    vertex_colours = np.repeat(np.broadcast_to(np.array(colours), (len(left), 3)), 4, axis=0)
    return Shape(points.reshape(-1, 3), (faces,), vertex_attribute=vertex_colours)


def sub_box(box: Box, left: float, bottom: float, right: float, top: float) -> Box:
    """Return a part of a box, by shares of its width and height."""
    width, height = box[2] - box[0], box[3] - box[1]
    return (
        box[0] + left * width,
        box[1] + bottom * height,
        box[0] + right * width,
        box[1] + top * height,
    )


def word_boxes(
    rng: np.random.Generator, box: Box, line_height: float, indented: bool = False
) -> tuple[list[Box], np.ndarray]:
    """Fill a box with lines of words.

    Args:
        line_height: Metres.
        indented: Indent lines at random and vary their lengths, as in source code.

    Returns:
        The words' boxes, and for each of them a random number in [0, 1).
    """
    boxes = []
    y = box[3] - line_height
    indent = 0
    while y > box[1] and len(boxes) < 700:
        max_length = box[2] - box[0]
        line_length = max_length * (
            rng.uniform(0.25, 0.95) if indented or rng.random() < 0.2 else 1.0
        )
        indent = int(np.clip(indent + rng.integers(-1, 2), 0, 4)) if indented else 0
        x = box[0] + 1.6 * line_height * indent
        is_blank = rng.random() < 0.12
        while not is_blank and x + line_height < box[0] + line_length:
            length = min(
                line_height * rng.uniform(0.8, 4.5), box[0] + line_length - x, MAX_QUAD_SIZE
            )
            boxes.append((x, y, x + length, y + 0.52 * line_height))
            x += length + 0.5 * line_height
        y -= 1.05 * line_height
    return boxes, rng.random(len(boxes))
