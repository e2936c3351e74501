"""Groups of a remote control's buttons: power, numbers, a ring, rockers, transport keys and more.

A group is its parts about y = 0 on the deck z = 0, and the length of deck it takes along y.
Lengths are in millimetres.
"""

from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plain, rubber
from synthlib.blender.modelling.shapes import Shape

COLOUR_KEY_COLOURS = ("c01818", "128a35", "e3bd12", "1c4fb8")
"""Red, green, yellow, blue, in the standard order."""

APP_KEY_COLOURS = ("d0141c", "f2f2f2", "1c6fd0", "20a050", "7a2fb0", "e8a81c")


@dataclass(frozen=True)
class RemoteLook:
    """Look shared by the buttons of one remote control; lengths in millimetres.

    Attributes:
        width: Of the body.
        corner_rounding: Rounding of button corners, 0 square to 1 round.
        softness: Radius of the buttons' upper edges.
    """

    width: float
    corner_rounding: float
    button_height: float
    softness: float
    button: Material
    legend: Material
    accent: Material
    dark: Material


def button(look: RemoteLook, width: float, depth: float, material: Material | None = None) -> Shape:
    """Build a button about the origin, its foot just below the deck."""
    rounding = look.corner_rounding * min(width, depth) / 2
    profile = [
        (0.0, -0.3),
        *shapes.fillet_profile(look.button_height, min(look.softness, rounding)),
    ]
    return shapes.slab(width, depth, profile, rounding).with_material(material or look.button)


def label(look: RemoteLook, text: str, size: float, x: float = 0.0, y: float = 0.0) -> Shape:
    """Build print on a button; `size` is the height of capitals."""
    return (
        meshes.text_shape(text, size)
        .with_material(look.legend)
        .translated(x, y, look.button_height + 0.08)
    )


def button_row(
    look: RemoteLook, labels: list[str], depth: float, *, width: float = np.inf, colours: tuple = ()
) -> list[Shape]:
    """Build equal buttons side by side over the width of the deck."""
    pitch = look.width * 0.92 / len(labels)
    parts = []
    for index, text in enumerate(labels):
        x = (index - (len(labels) - 1) / 2) * pitch
        size = min(width, pitch * (0.76 if width == np.inf else 0.85))
        parts.append(button(look, size, depth, colours[index] if colours else None).translated(x))
        if text:
            sheet = label(look, text, 0.5 * depth)
            scale = min(1.0, 0.8 * size / max(np.ptp(sheet.vertices[:, 0]), 1e-9))
            parts.append(
                sheet.deformed(lambda points, scale=(scale, scale, 1): points * scale).translated(x)
            )
    return parts


Group = tuple[list[Shape], float]
"""Parts about y = 0, and the length of deck they take along y, mm."""


def power(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build the red power button, left, right or in the middle; sometimes another one opposite."""
    size = rng.uniform(6.5, 9.5)
    x = float(rng.choice([-1, 0, 1])) * (look.width - size - 5) / 2
    red_material = rubber(
        jitter_colour(rng, str(rng.choice(["c81e1e", "c81e1e", "b3131c", "e04030", "8e1418"])))
    )
    profile = [(0.0, -0.3), *shapes.fillet_profile(look.button_height, 0.6)]
    parts = [
        shapes.slab(size, size, profile, size / 2, segments=6)
        .translated(x)
        .with_material(red_material)
    ]
    if x and rng.random() < 0.6:
        parts.append(button(look, size, size).translated(-x))
    return parts, size


def screen(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build the small display of a programmable remote."""
    depth = rng.uniform(16.0, 30.0)
    frame = shapes.slab(look.width * 0.88, depth, [(0, -0.3), (0, 0.25), (0.3, 0.4)], 2.0)
    glass = plain(jitter_colour(rng, str(rng.choice(["8fa088", "7f9aa8", "1d2b3a"]))), 0.2)
    pane = shapes.slab(look.width * 0.76, depth - 5, [(0, 0.2), (0, 0.55)], 0.8)
    lines = (("12:45", 0.16 * depth), ("TV  CH 07", -0.22 * depth))
    texts = [
        meshes.text_shape(text, depth * 0.17).with_material(look.dark).translated(y=y, z=0.65)
        for text, y in lines
    ]
    return [frame.with_material(look.dark), pane.with_material(glass), *texts], depth


def numbers(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build 1 to 9, 0 and two more, in four rows."""
    depth = rng.uniform(5.0, 7.5)
    gap = rng.uniform(2.5, 4.5)
    rows = ["1 2 3".split(), "4 5 6".split(), "7 8 9".split(), ["-", "0", "+"]]
    width = depth if rng.random() < 0.4 else np.inf
    placed_rows = [
        (1.5 - k, button_row(look, row, depth, width=width)) for k, row in enumerate(rows)
    ]
    parts = [
        part.translated(y=row_offset * (depth + gap))
        for row_offset, row in placed_rows
        for part in row
    ]
    return parts, 4 * depth + 3 * gap


def rockers(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build volume and channel rockers, sometimes mute and info between them."""
    height = rng.uniform(17.0, 26.0)
    width = rng.uniform(8.0, 11.0)
    parts = []
    for x, up, down in ((-0.31 * look.width, "+", "-"), (0.31 * look.width, "^", "v")):
        parts.append(button(look, width, height).translated(x))
        parts.append(label(look, up, 3.5, x, 0.3 * height))
        parts.append(label(look, down, 3.5, x, -0.3 * height))
    if rng.random() < 0.6:
        for text, y in (("MUTE", 0.25), ("INFO", -0.25)):
            sheet = label(look, text, 1.5, 0.0, y * height)
            parts += [button(look, 0.2 * look.width, 0.3 * height).translated(y=y * height), sheet]
    return parts, height


def ring(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build a round pad of four directions with OK in its middle."""
    size = look.width * rng.uniform(0.62, 0.86)
    height = look.button_height
    inner_size = size * rng.uniform(0.36, 0.46)
    pad = shapes.slab(
        size, size, [(0, -0.3), *shapes.fillet_profile(height, 0.6)], size / 2, segments=12
    )
    well = shapes.slab(
        inner_size + 1.6, inner_size + 1.6, [(0, 0), (0, height + 0.1)], size, segments=10
    )
    centre = shapes.slab(
        inner_size,
        inner_size,
        [(0, 0), *shapes.fillet_profile(height + 0.5, 0.5)],
        size,
        segments=10,
    )
    centre_material = look.accent if rng.random() < 0.15 else look.button
    arrow_distance = (size + inner_size) / 4
    parts = [
        pad.with_material(look.button),
        well.with_material(look.dark),
        centre.with_material(centre_material),
    ]
    parts.append(label(look, "OK", 0.28 * inner_size).translated(z=0.5))
    for sign, x, y in (
        ("^", 0, arrow_distance),
        ("v", 0, -arrow_distance),
        ("<", -arrow_distance, 0),
        (">", arrow_distance, 0),
    ):
        parts.append(label(look, sign, 0.09 * size, x, y))
    corner_x = 0.44 * look.width - 3.0
    if rng.random() < 0.5 and np.hypot(corner_x, size / 2 - 1) > size / 2 + 4:
        corner_positions = [
            (side_x * corner_x, side_y * (size / 2 - 1)) for side_x in (-1, 1) for side_y in (-1, 1)
        ]
        parts += [button(look, 5.5, 5.5).translated(x, y) for x, y in corner_positions]
    return parts, size


def source_keys(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build three equal buttons: sources, or back, home and menu."""
    labels = [["TV", "AV", "SAT"], ["BACK", "HOME", "MENU"], ["", "", ""]][rng.integers(3)]
    depth = rng.uniform(4.0, 7.0)
    return button_row(look, labels, depth), depth


def colour_keys(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build the red, green, yellow and blue keys."""
    colours = tuple(rubber(jitter_colour(rng, code, 0.6)) for code in COLOUR_KEY_COLOURS)
    depth = rng.uniform(3.0, 5.0)
    return button_row(look, [""] * 4, depth, colours=colours), depth


def grid(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build two to four rows of small unlabelled buttons."""
    count = rng.integers(2, 5)
    columns = int(rng.integers(3, 5))
    depth = rng.uniform(3.2, 4.6)
    pitch = depth + rng.uniform(2.2, 3.5)
    row = button_row(look, [""] * columns, depth)
    rows = np.arange(count) - (count - 1) / 2
    parts = [part.translated(y=row_offset * pitch) for row_offset in rows for part in row]
    return parts, (count - 1) * pitch + depth


def transport(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build play and its neighbours, in one row or two."""
    depth = rng.uniform(4.5, 6.0)
    upper_row = button_row(look, ["<<", ">", ">>"], depth)
    lower_row = button_row(look, ["II", "o", ""], depth)
    if rng.random() < 0.5:
        return upper_row, depth
    offset = (depth + 3.0) / 2
    parts = [part.translated(y=offset) for part in upper_row]
    parts += [part.translated(y=-offset) for part in lower_row]
    return parts, 2 * offset + depth


def app_keys(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build two coloured shortcut keys."""
    key_materials = tuple(
        rubber(jitter_colour(rng, str(code))) for code in rng.choice(APP_KEY_COLOURS, 2)
    )
    depth = rng.uniform(5.0, 7.0)
    return button_row(look, ["FILMS", "MUSIC"], depth, colours=key_materials), depth


def maker_name(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Build the maker's name, printed at the near end."""
    text = str(rng.choice(["NORDIS", "VIDEA", "Lumen", "ORBIT", "Tecton", "HALO tv"]))
    return [meshes.text_shape(text, 3.2).with_material(look.legend).translated(z=0.08)], 4.0


BUTTON_GROUPS = {
    "power": power,
    "screen": screen,
    "three": source_keys,
    "numbers": numbers,
    "rockers": rockers,
    "four": colour_keys,
    "ring": ring,
    "grid": grid,
    "transport": transport,
    "apps": app_keys,
    "maker_name": maker_name,
}
"""Every group by name, in the order of a full remote control from its far end.

The names decide which groups `tv_remote` draws; changing one changes the objects."""
