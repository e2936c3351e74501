"""What a screen shows: desktops, documents, code, tables, web pages, pictures, films, or nothing.

A screen is sheets lying over each other in the plane z = 0, facing +Z, about the origin. All wear
one material that takes its colour from `Shape.paint`; they are cut small so that one may bow them.
Boxes are (left, bottom, right, top) in metres, `em` is the height of a line of words.
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

_WINDOW_COLOUR_SCHEMES = (  # bar, title, page, tools, words
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
    """Sheets of width x height metres; old is of the nineties, off the chance that it is dark."""
    box = (-width / 2, -height / 2, width / 2, height / 2)
    if rng.random() < off_probability:
        return [_dark_screen(rng, box)]
    material = _lit_screen_material()
    em = min(max(width, height), 1.8 * min(width, height)) / rng.uniform(30.0, 60.0)
    codes, wall = _WINDOW_COLOUR_SCHEMES[
        0 if old and rng.random() < 0.6 else rng.integers(len(_WINDOW_COLOUR_SCHEMES))
    ]
    bar, title, paper, tool, ink = (jitter_colour(rng, code, 0.5) for code in codes.split())
    chrome = WindowColours(bar, title, paper, tool, ink, bool(rng.random() < 0.3))
    if rng.random() < 0.45:
        made = _desktop(rng, box, em, chrome, jitter_colour(rng, wall, 1.5))
    else:
        made = [
            rectangle(box, 0, chrome.page),
            *program_shapes(rng, ProgramArea(box, em, 1, chrome)),
        ]
    return [part.with_material(material) for part in made]


def _lit_screen_material() -> bpy.types.Material:
    """Little of the white surroundings is mirrored, or no colour would be left."""
    graph = NodeGraph("pixels")
    return graph.build_material(graph.vertex_attribute(), 0.35, specular=0.1)


def _dark_screen(rng: np.random.Generator, box: Box) -> Shape:
    """A screen that is off: nearly black, mirroring a window or nothing."""
    grey, sheen = rng.uniform(0.004, 0.05), rng.choice([0.0, rng.uniform(0.02, 0.12)])
    hue = np.array([rng.uniform(0.85, 1.1), 1.0, rng.uniform(0.9, 1.2)])
    angle, at = rng.uniform(-0.8, 0.8), rng.uniform(0.1, 0.9)

    def colours(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (grey + sheen * np.clip(u + angle * v - at, 0.0, 1.0))[:, None] * hue

    graph = NodeGraph("dark screen")
    gloss = float(rng.choice([0.08, 0.4]))
    return rectangle(box, 0, colours, 24).with_material(
        graph.build_material(graph.vertex_attribute(), gloss, specular=0.16)
    )


def _desktop(
    rng: np.random.Generator,
    box: Box,
    line_height: float,
    colours: WindowColours,
    wallpaper_colour: Colour,
) -> list[Shape]:
    """A wall picture or colour, icons, windows, the bar of running programs."""
    picture = screen_pictures.sample_picture(rng)
    made = [
        rectangle(box, 0, picture, 76)
        if rng.random() < 0.7
        else rectangle(box, 0, wallpaper_colour)
    ]
    size, step = 2.4 * line_height, 4.4 * line_height
    spots = [
        (box[0] + line_height + c * step, box[3] - 2 * line_height - r * step)
        for c in range(rng.integers(0, 4))
        for r in range(rng.integers(2, 6))
        if (r + 2) * step < box[3] - box[1]
    ]
    if spots:
        icons = [(x, y - size, x + size, y) for x, y in spots]
        hues = np.array([sample_colour(rng, (0.1, 0.9), (0.3, 0.9)) for _ in icons])
        names = [(x, y - 1.4 * size, x + 1.1 * size, y - 1.2 * size) for x, y in spots]
        made += [rectangles(icons, 1, hues), rectangles(names, 1, (0.85, 0.85, 0.85))]
    for k in range(rng.integers(0, 4)):
        left, bottom = rng.uniform(0.02, 0.45), rng.uniform(0.1, 0.4)
        right, top = rng.uniform(left + 0.3, 0.98), rng.uniform(bottom + 0.3, 0.93)
        part = sub_box(box, left, bottom, right, top)
        made += _program_window(rng, part, line_height, 2 + 5 * k, colours)
    bar = (box[0], box[1], box[2], box[1] + 1.9 * line_height)
    tasks = int(rng.integers(3, 14))
    xs = box[0] + line_height + np.arange(tasks) * 2.2 * line_height
    if colours.taskbar_on_top:  # a dock in the middle of the lower edge besides
        made.append(
            rectangle((box[0], box[3] - 1.2 * line_height, box[2], box[3]), 18, colours.taskbar)
        )
        xs += -xs.mean()
        bar = (
            xs[0] - 0.6 * line_height,
            box[1] + 0.3 * line_height,
            xs[-1] + 2.2 * line_height,
            box[1] + 2.6 * line_height,
        )
    made.append(rectangle(bar, 18, colours.taskbar))
    low = bar[1] + 0.3 * line_height
    hues = np.array([sample_colour(rng, (0.2, 0.95), (0.3, 0.9)) for _ in xs])
    made.append(
        rectangles([(x, low, x + 1.5 * line_height, low + 1.3 * line_height) for x in xs], 19, hues)
    )
    return made


def _program_window(
    rng: np.random.Generator, box: Box, line_height: float, layer: int, colours: WindowColours
) -> list[Shape]:
    """Frame, title and a program."""
    rim, head = 0.12 * line_height, 1.7 * line_height
    inside = (box[0] + rim, box[1] + rim, box[2] - rim, box[3] - head)
    dots = [(box[2] - (k + 1) * 1.3 * line_height, box[3] - 1.2 * line_height) for k in range(3)]
    lamps = [srgb_to_linear(code) for code in ("d84a3c", "e0a83a", "4cae4c")]
    return [
        rectangle(box, layer, colours.title),
        rectangles(
            [(x, y, x + 0.8 * line_height, y + 0.7 * line_height) for x, y in dots],
            layer + 1,
            lamps,
        ),
        rectangle(inside, layer + 1, colours.page),
        *program_shapes(rng, ProgramArea(inside, line_height, layer + 2, colours)),
    ]


def bezel_frame(
    outer: np.ndarray, inner: np.ndarray, back_z: float, front_z: float, bevel: float
) -> Shape:
    """A frame between two outlines (K, 2) of corresponding points, its front rounded by `bevel`."""
    towards = (inner - outer) / np.linalg.norm(inner - outer, axis=1, keepdims=True) * bevel
    rings = [(outer, back_z), (outer, front_z - bevel), (outer + towards, front_z)]
    rings += [(inner - towards, front_z), (inner, front_z - bevel), (inner, back_z)]
    levels = [np.c_[outline, np.full(len(outline), z)] for outline, z in rings]
    return shapes.loft(np.array(levels), closed=True)
