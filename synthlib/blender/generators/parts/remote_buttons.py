"""Groups of a remote control's buttons: power, numbers, a ring, rockers, transport ...

A group is its parts about y = 0 on the deck z = 0 and how much of the deck it takes. Millimetres.
"""

from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plain, rubber
from synthlib.blender.modelling.shapes import Shape

_COLOUR_KEY_COLOURS = ("c01818", "128a35", "e3bd12", "1c4fb8")
"""Red, green, yellow, blue, in the order of the standard."""

_APP_KEY_COLOURS = ("d0141c", "f2f2f2", "1c6fd0", "20a050", "7a2fb0", "e8a81c")


@dataclass(frozen=True)
class RemoteLook:
    """What the buttons of one remote share; width in mm, of the body."""

    width: float
    corner_rounding: float  # of button corners: 0 square, 1 round
    button_height: float  # mm
    button: Material
    legend: Material
    accent: Material
    dark: Material


def _button(
    look: RemoteLook, width: float, depth: float, material: Material | None = None
) -> Shape:
    """A key about the origin, its foot just below the deck."""
    rounding = look.corner_rounding * min(width, depth) / 2
    profile = [(0.0, -0.3), *shapes.fillet_profile(look.button_height, min(0.6, rounding), 0.0)]
    return shapes.slab(width, depth, profile, rounding).with_material(material or look.button)


def _label(look: RemoteLook, text: str, size: float, x: float = 0.0, y: float = 0.0) -> Shape:
    """Print on a button; size the height of capitals in mm."""
    return (
        meshes.text_shape(text, size)
        .with_material(look.legend)
        .translated(x, y, look.button_height + 0.08)
    )


def _button_row(
    look: RemoteLook, labels: list[str], depth: float, *, width: float = np.inf, colours: tuple = ()
) -> list[Shape]:
    """Equal buttons side by side over the width of the deck."""
    pitch, parts = look.width * 0.92 / len(labels), []
    for k, words in enumerate(labels):
        x = (k - (len(labels) - 1) / 2) * pitch
        size = min(width, pitch * (0.76 if width == np.inf else 0.85))
        parts.append(_button(look, size, depth, colours[k] if colours else None).translated(x))
        if words:
            sheet = _label(look, words, 0.5 * depth)
            share = min(1.0, 0.8 * size / max(np.ptp(sheet.vertices[:, 0]), 1e-9))
            parts.append(
                sheet.deformed(lambda points, by=(share, share, 1): points * by).translated(x)
            )
    return parts


Group = tuple[list[Shape], float]
"""Parts about y = 0, and how much of the deck they take, mm."""


def power(rng: np.random.Generator, look: RemoteLook) -> Group:
    """The red one, left, right or in the middle; sometimes another opposite."""
    size = rng.uniform(6.5, 9.5)
    side = float(rng.choice([-1, 0, 1])) * (look.width - size - 5) / 2
    red = rubber(
        jitter_colour(rng, str(rng.choice(["c81e1e", "c81e1e", "b3131c", "e04030", "8e1418"])))
    )
    profile = [(0.0, -0.3), *shapes.fillet_profile(look.button_height, 0.6)]
    parts = [
        shapes.slab(size, size, profile, size / 2, segments=6).translated(side).with_material(red)
    ]
    if side and rng.random() < 0.6:
        parts.append(_button(look, size, size).translated(-side))
    return parts, size


def screen(rng: np.random.Generator, look: RemoteLook) -> Group:
    """The small display of a programmable remote."""
    depth = rng.uniform(16.0, 30.0)
    frame = shapes.slab(look.width * 0.88, depth, [(0, -0.3), (0, 0.25), (0.3, 0.4)], 2.0)
    glass = plain(jitter_colour(rng, str(rng.choice(["8fa088", "7f9aa8", "1d2b3a"]))), 0.2)
    pane = shapes.slab(look.width * 0.76, depth - 5, [(0, 0.2), (0, 0.55)], 0.8)
    lines = (("12:45", 0.16 * depth), ("TV  CH 07", -0.22 * depth))
    ink = [
        meshes.text_shape(words, depth * 0.17).with_material(look.dark).translated(y=y, z=0.65)
        for words, y in lines
    ]
    return [frame.with_material(look.dark), pane.with_material(glass), *ink], depth


def numbers(rng: np.random.Generator, look: RemoteLook) -> Group:
    """1 to 9, 0 and two more, in four rows."""
    depth, gap = rng.uniform(5.0, 7.5), rng.uniform(2.5, 4.5)
    rows = ["1 2 3".split(), "4 5 6".split(), "7 8 9".split(), ["-", "0", "+"]]
    width = depth if rng.random() < 0.4 else np.inf
    made = [(1.5 - k, _button_row(look, row, depth, width=width)) for k, row in enumerate(rows)]
    parts = [part.translated(y=at * (depth + gap)) for at, row in made for part in row]
    return parts, 4 * depth + 3 * gap


def rockers(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Volume and channel, sometimes mute and info between."""
    tall, wide, parts = rng.uniform(17.0, 26.0), rng.uniform(8.0, 11.0), []
    for x, up, down in ((-0.31 * look.width, "+", "-"), (0.31 * look.width, "^", "v")):
        parts.append(_button(look, wide, tall).translated(x))
        parts.append(_label(look, up, 3.5, x, 0.3 * tall))
        parts.append(_label(look, down, 3.5, x, -0.3 * tall))
    if rng.random() < 0.6:
        for words, y in (("MUTE", 0.25), ("INFO", -0.25)):
            sheet = _label(look, words, 1.5, 0.0, y * tall)
            parts += [_button(look, 0.2 * look.width, 0.3 * tall).translated(y=y * tall), sheet]
    return parts, tall


def ring(rng: np.random.Generator, look: RemoteLook) -> Group:
    """A round pad of four directions with OK in its middle."""
    size = look.width * rng.uniform(0.62, 0.86)
    high, inner = look.button_height, size * rng.uniform(0.36, 0.46)
    pad = shapes.slab(
        size, size, [(0, -0.3), *shapes.fillet_profile(high, 0.6)], size / 2, segments=12
    )
    well = shapes.slab(inner + 1.6, inner + 1.6, [(0, 0), (0, high + 0.1)], size, segments=10)
    centre = shapes.slab(
        inner, inner, [(0, 0), *shapes.fillet_profile(high + 0.5, 0.5)], size, segments=10
    )
    tone, at = look.accent if rng.random() < 0.15 else look.button, (size + inner) / 4
    parts = [
        pad.with_material(look.button),
        well.with_material(look.dark),
        centre.with_material(tone),
    ]
    parts.append(_label(look, "OK", 0.28 * inner).translated(z=0.5))
    for sign, x, y in (("^", 0, at), ("v", 0, -at), ("<", -at, 0), (">", at, 0)):
        parts.append(_label(look, sign, 0.09 * size, x, y))
    corner = 0.44 * look.width - 3.0
    if rng.random() < 0.5 and np.hypot(corner, size / 2 - 1) > size / 2 + 4:
        places = [(sx * corner, sy * (size / 2 - 1)) for sx in (-1, 1) for sy in (-1, 1)]
        parts += [_button(look, 5.5, 5.5).translated(x, y) for x, y in places]
    return parts, size


def three(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Three equal buttons: sources, or back, home and menu."""
    words = [["TV", "AV", "SAT"], ["BACK", "HOME", "MENU"], ["", "", ""]][rng.integers(3)]
    depth = rng.uniform(4.0, 7.0)
    return _button_row(look, words, depth), depth


def four(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Red, green, yellow, blue."""
    colours = tuple(rubber(jitter_colour(rng, code, 0.6)) for code in _COLOUR_KEY_COLOURS)
    depth = rng.uniform(3.0, 5.0)
    return _button_row(look, [""] * 4, depth, colours=colours), depth


def grid(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Two to four rows of small unnamed buttons."""
    count, columns, depth = rng.integers(2, 5), int(rng.integers(3, 5)), rng.uniform(3.2, 4.6)
    pitch = depth + rng.uniform(2.2, 3.5)
    row, rows = _button_row(look, [""] * columns, depth), np.arange(count) - (count - 1) / 2
    parts = [part.translated(y=at * pitch) for at in rows for part in row]
    return parts, (count - 1) * pitch + depth


def transport(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Play and its neighbours, in one row or two."""
    depth = rng.uniform(4.5, 6.0)
    first, second = (
        _button_row(look, ["<<", ">", ">>"], depth),
        _button_row(look, ["II", "o", ""], depth),
    )
    if rng.random() < 0.5:
        return first, depth
    up, down = (depth + 3.0) / 2, -(depth + 3.0) / 2
    return [p.translated(y=up) for p in first] + [
        p.translated(y=down) for p in second
    ], 2 * up + depth


def apps(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Two coloured shortcuts."""
    pair = tuple(rubber(jitter_colour(rng, str(code))) for code in rng.choice(_APP_KEY_COLOURS, 2))
    depth = rng.uniform(5.0, 7.0)
    return _button_row(look, ["FILMS", "MUSIC"], depth, colours=pair), depth


def maker_name(rng: np.random.Generator, look: RemoteLook) -> Group:
    """Printed at the near end."""
    words = str(rng.choice(["NORDIS", "VIDEA", "Lumen", "ORBIT", "Tecton", "HALO tv"]))
    return [meshes.text_shape(words, 3.2).with_material(look.legend).translated(z=0.08)], 4.0


BUTTON_GROUPS = {
    group.__name__: group
    for group in (
        *(power, screen, three, numbers, rockers, four),
        *(ring, grid, transport, apps, maker_name),
    )
}
"""Every group by its name, in the order of a full remote from the far end."""
