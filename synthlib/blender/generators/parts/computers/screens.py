"""Screens of computers: desktops and programs in windows, or a dark screen.

A screen is a stack of rectangles (`screen_rectangles`) from the plane z = 0 up, facing +Z, its
centre at the origin. All share one material that reads its colour from the vertex attribute. Boxes
are (left, bottom, right, top) in metres; `line_height` is the height of a line of text.
"""

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers import screen_pictures
from synthlib.blender.generators.parts.computers.screen_programs import (
    ProgramArea,
    WindowColours,
    program_shapes,
)
from synthlib.blender.generators.parts.computers.screen_rectangles import (
    Box,
    rectangle,
    rectangles,
    sub_box,
)
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_WINDOW_COLOUR_SCHEMES = (  # taskbar, title, page, toolbar, text; wallpaper
    ("c0c0c0 10208a ffffff c0c0c0 202020", "008080"),
    ("2a5fd8 2b66e0 ffffff ece9d8 202020", "5a7edc"),
    ("1f2a36 9db8d6 ffffff e3ecf6 303030", "1c5a9a"),
    ("15181c f2f2f2 ffffff f0f0f0 303030", "1668b8"),
    ("101214 26282c 1c1e22 2c2f34 c8c8c8", "20242c"),
    ("e4e4e6 d4d4d6 fbfbfb e2e2e4 383838", "6f7fa6"),
    ("2c2140 3a2a3c f7f5f2 e6e2de 303030", "70284a"),
)


def screen_shapes(
    rng: np.random.Generator,
    width: float,
    height: float,
    *,
    old: bool = False,
    off_probability: float = 0.2,
) -> list[Shape]:
    """Build a screen of width x height metres.

    Args:
        old: A screen of the nineties, likely with that time's colours.
        off_probability: Probability that the screen is off.
    """
    box = (-width / 2, -height / 2, width / 2, height / 2)
    if rng.random() < off_probability:
        return [_dark_screen(rng, box)]
    material = _lit_screen_material()
    line_height = min(max(width, height), 1.8 * min(width, height)) / rng.uniform(30.0, 60.0)
    hex_codes, wallpaper_colour = _WINDOW_COLOUR_SCHEMES[
        0 if old and rng.random() < 0.6 else rng.integers(len(_WINDOW_COLOUR_SCHEMES))
    ]
    taskbar, title, page, toolbar, text = (
        jitter_colour(rng, code, 0.5) for code in hex_codes.split()
    )
    colours = WindowColours(taskbar, title, page, toolbar, text, bool(rng.random() < 0.3))
    if rng.random() < 0.45:
        parts = _desktop(rng, box, line_height, colours, jitter_colour(rng, wallpaper_colour, 1.5))
    else:
        parts = [
            rectangle(box, 0, colours.page),
            *program_shapes(rng, ProgramArea(box, line_height, 1, colours)),
        ]
    return [part.with_material(material) for part in parts]


def _lit_screen_material() -> bpy.types.Material:
    """Return the material of lit pixels."""
    # A screen that mirrors more of the white surroundings would lose its colours.
    graph = NodeGraph("pixels")
    return graph.build_material(graph.vertex_attribute(), 0.35, specular=0.1)


def _dark_screen(rng: np.random.Generator, box: Box) -> Shape:
    """Build a screen that is off: nearly black, reflecting a window or nothing."""
    grey = rng.uniform(0.004, 0.05)
    sheen = rng.choice([0.0, rng.uniform(0.02, 0.12)])
    tint = np.array([rng.uniform(0.85, 1.1), 1.0, rng.uniform(0.9, 1.2)])
    slope = rng.uniform(-0.8, 0.8)
    edge = rng.uniform(0.1, 0.9)

    def colours(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (grey + sheen * np.clip(u + slope * v - edge, 0.0, 1.0))[:, None] * tint

    graph = NodeGraph("dark screen")
    roughness = float(rng.choice([0.08, 0.4]))
    return rectangle(box, 0, colours, 24).with_material(
        graph.build_material(graph.vertex_attribute(), roughness, specular=0.16)
    )


def _desktop(
    rng: np.random.Generator,
    box: Box,
    line_height: float,
    colours: WindowColours,
    wallpaper_colour: Colour,
) -> list[Shape]:
    """Build wallpaper, icons, windows and the taskbar."""
    picture = screen_pictures.sample_picture(rng)
    parts = [
        rectangle(box, 0, picture, 76)
        if rng.random() < 0.7
        else rectangle(box, 0, wallpaper_colour)
    ]
    icon_size, step = 2.4 * line_height, 4.4 * line_height
    icon_corners = [
        (box[0] + line_height + c * step, box[3] - 2 * line_height - r * step)
        for c in range(rng.integers(0, 4))
        for r in range(rng.integers(2, 6))
        if (r + 2) * step < box[3] - box[1]
    ]
    if icon_corners:
        icons = [(x, y - icon_size, x + icon_size, y) for x, y in icon_corners]
        icon_colours = np.array([sample_colour(rng, (0.1, 0.9), (0.3, 0.9)) for _ in icons])
        captions = [
            (x, y - 1.4 * icon_size, x + 1.1 * icon_size, y - 1.2 * icon_size)
            for x, y in icon_corners
        ]
        parts += [rectangles(icons, 1, icon_colours), rectangles(captions, 1, (0.85, 0.85, 0.85))]
    for k in range(rng.integers(0, 4)):
        left = rng.uniform(0.02, 0.45)
        bottom = rng.uniform(0.1, 0.4)
        right = rng.uniform(left + 0.3, 0.98)
        top = rng.uniform(bottom + 0.3, 0.93)
        window_box = sub_box(box, left, bottom, right, top)
        parts += _program_window(rng, window_box, line_height, 2 + 5 * k, colours)
    taskbar_box = (box[0], box[1], box[2], box[1] + 1.9 * line_height)
    task_count = int(rng.integers(3, 14))
    xs = box[0] + line_height + np.arange(task_count) * 2.2 * line_height
    if colours.taskbar_on_top:  # and a dock in the middle of the lower edge
        parts.append(
            rectangle((box[0], box[3] - 1.2 * line_height, box[2], box[3]), 18, colours.taskbar)
        )
        xs += -xs.mean()
        taskbar_box = (
            xs[0] - 0.6 * line_height,
            box[1] + 0.3 * line_height,
            xs[-1] + 2.2 * line_height,
            box[1] + 2.6 * line_height,
        )
    parts.append(rectangle(taskbar_box, 18, colours.taskbar))
    icon_y = taskbar_box[1] + 0.3 * line_height
    icon_colours = np.array([sample_colour(rng, (0.2, 0.95), (0.3, 0.9)) for _ in xs])
    parts.append(
        rectangles(
            [(x, icon_y, x + 1.5 * line_height, icon_y + 1.3 * line_height) for x in xs],
            19,
            icon_colours,
        )
    )
    return parts


def _program_window(
    rng: np.random.Generator, box: Box, line_height: float, layer: int, colours: WindowColours
) -> list[Shape]:
    """Build a window: frame, title bar and a program."""
    frame_width, title_height = 0.12 * line_height, 1.7 * line_height
    inside = (
        box[0] + frame_width,
        box[1] + frame_width,
        box[2] - frame_width,
        box[3] - title_height,
    )
    button_corners = [
        (box[2] - (k + 1) * 1.3 * line_height, box[3] - 1.2 * line_height) for k in range(3)
    ]
    button_colours = [srgb_to_linear(code) for code in ("d84a3c", "e0a83a", "4cae4c")]
    return [
        rectangle(box, layer, colours.title),
        rectangles(
            [(x, y, x + 0.8 * line_height, y + 0.7 * line_height) for x, y in button_corners],
            layer + 1,
            button_colours,
        ),
        rectangle(inside, layer + 1, colours.page),
        *program_shapes(rng, ProgramArea(inside, line_height, layer + 2, colours)),
    ]


def bezel_frame(
    outer: np.ndarray, inner: np.ndarray, back_z: float, front_z: float, bevel: float
) -> Shape:
    """Build a frame between two outlines of corresponding points.

    Args:
        outer: Outline (K, 2), metres.
        inner: Outline (K, 2), metres.
        back_z: z of the frame's back; `front_z` of its front.
        bevel: Width of the bevels along the front edges, metres.
    """
    inward = (inner - outer) / np.linalg.norm(inner - outer, axis=1, keepdims=True) * bevel
    rings = [(outer, back_z), (outer, front_z - bevel), (outer + inward, front_z)]
    rings += [(inner - inward, front_z), (inner, front_z - bevel), (inner, back_z)]
    levels = [np.c_[outline, np.full(len(outline), z)] for outline, z in rings]
    return shapes.loft(np.array(levels), closed=True)
