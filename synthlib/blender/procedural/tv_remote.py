"""Remote controls, 0.13 to 0.24 m long: a rounded bar, groups of buttons in rows along it.

The groups drawn decide how long it is: from a streaming stick's ring and six buttons to the full
field of numbers, rockers, coloured keys and transport. Sizes in millimetres until the end.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from bpy.types import Material

from synthlib.blender import meshes, shapes
from synthlib.blender.colours import Colour, any_colour, tinted
from synthlib.blender.materials import plain, plastic, rubber
from synthlib.blender.shapes import Shape

_SCHEMES = (  # body, buttons, legends
    *("17181a 3a3c40 e6e6e6", "1d1e20 0c0d0e d9d9d9", "232427 6a6e74 ffffff"),
    *("101112 d7d9dc 202224", "3b3e43 17181a f0f0f0", "8d9196 2b2d30 f4f4f4"),
    *("b4b7bb 5d6166 ffffff", "b9bcc0 eceded 33363a", "eeeeec c3c6c9 33363a"),
    *("f1f1ef 2d2f33 f4f4f4", "dcd8cc 77746a f5f3ea"),
)
_BACKS = ("17181a", "17181a", "45484d", "b4b7bb", "eeeeec")
_FOUR = ("c01818", "128a35", "e3bd12", "1c4fb8")
"""Red, green, yellow, blue, in the order of the standard."""

_APPS = ("d0141c", "f2f2f2", "1c6fd0", "20a050", "7a2fb0", "e8a81c")
_MINIMAL = ("power", "ring", "three", "rockers", "apps")
_FULL = "power screen three numbers rockers four ring grid transport apps name".split()


@dataclass(frozen=True)
class Look:
    """What the buttons of one remote share; width in mm, of the body."""

    width: float
    rounding: float  # of button corners: 0 square, 1 round
    rise: float  # mm
    button: Material
    legend: Material
    accent: Material
    dark: Material


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One remote lying on its back, its buttons up, its far end towards +Y. Returns one object."""
    codes = _SCHEMES[rng.integers(len(_SCHEMES))].split()
    body, button, ink = (tinted(rng, code, 0.8) for code in codes)
    if rng.random() < 0.06:
        body = any_colour(rng, (0.4, 0.8), (0.1, 0.5))
    look = Look(
        width=rng.uniform(32.0, 50.0),
        rounding=float(rng.choice([0.35, 0.7, 1.0])),
        rise=rng.uniform(0.8, 1.8),
        button=rubber(button),
        legend=plain(ink, 0.6),
        accent=rubber(any_colour(rng, (0.5, 0.9), (0.2, 0.6))),
        dark=plain((0.012, 0.012, 0.014), 0.15),
    )
    groups = _groups(rng)
    parts, y = [], -rng.uniform(7.0, 13.0)
    for group in groups:
        made, height = _GROUPS[group](rng, look)
        parts += [part.moved(y=y - height / 2) for part in made]
        y -= height + rng.uniform(2.5, 6.0)
    length = -y + float(rng.choice([rng.uniform(4.0, 10.0), rng.uniform(20.0, 55.0)]))
    length = min(length, max(240.0, 5.0 - y))
    length = max(length, rng.uniform(2.7, 3.3) * look.width, rng.uniform(130.0, 145.0))
    parts = [*(part.moved(y=length / 2) for part in parts), *_body(rng, look, length, body)]
    return meshes.assemble("tv_remote", [part.bent(lambda points: points / 1000) for part in parts])


def _groups(rng: np.random.Generator) -> list[str]:
    """Which groups of buttons, far end first."""
    if rng.random() < 0.25:
        middle = list(rng.permutation(_MINIMAL[1:]))[: rng.integers(2, 5)]
        return ["power", *(["ring"] if "ring" not in middle else []), *map(str, middle)]
    chance = {"screen": 0.12, "numbers": 0.85, "apps": 0.35, "name": 0.5, "three": 0.5}
    drawn = [g for g in _FULL if g == "power" or rng.random() < chance.get(g, 0.7)]
    middle = [g for g in drawn if g not in ("power", "screen", "name")]
    if rng.random() < 0.6:
        middle = [str(g) for g in rng.permutation(middle)]
    first, last = ("power", "screen")[: 1 + ("screen" in drawn)], ["name"] * ("name" in drawn)
    return [*first, *(middle or ["ring"]), *last]


def _body(rng: np.random.Generator, look: Look, length: float, colour: Colour) -> list[Shape]:
    """The bar, waisted or tapered, thinner towards its rims below; the window at the far end."""
    thick = rng.uniform(9.0, 22.0)
    far, near = look.width * rng.choice([0.1, 0.25, 0.5]), look.width * rng.choice([0.1, 0.3, 0.5])
    round_off, under = rng.uniform(0.8, 3.0), rng.uniform(1.5, 0.45 * thick)
    angles = np.linspace(0.0, np.pi / 2, 5)
    profile = [(under * (1 - np.sin(a)), -thick + under * (1 - np.cos(a))) for a in angles]
    seam = under - thick + 0.2 * (thick - under)  # between the two halves of the shell
    upper = [(0.0, seam), *shapes.edge(thick - under, round_off, under - thick, steps=4)[1:]]
    waist, taper = rng.choice([0.0, rng.uniform(0.02, 0.12)]), rng.uniform(-0.06, 0.06)

    def bend(points: np.ndarray) -> np.ndarray:
        along = 2 * points[:, 1] / length
        share = 1.0 - waist * np.exp(-((along / 0.5) ** 2)) + waist + taper * along
        return points * np.stack([share, 1 + 0 * share, 1 + 0 * share], axis=1)

    below = colour if rng.random() < 0.65 else tinted(rng, str(rng.choice(_BACKS)))
    gloss, radii, shells = rng.uniform(0.25, 0.6), (far, far, near, near), []
    for half, tone in (([*profile, (0.0, seam)], below), (upper, colour)):
        shell = shapes.slab(look.width + 5, length, half, radii, segments=10, points=160)
        shells.append(shell.bent(bend).of(plastic(tone, gloss)))
    window = shapes.slab(0.45 * look.width, 4.0, shapes.edge(4.0, 1.0, -4.0), 1.5).of(look.dark)
    return [*shells, window.moved(y=length / 2 - 1.2, z=-0.35 * thick + 2)]


def _button(look: Look, width: float, depth: float, made: Material | None = None) -> Shape:
    """A key about the origin, its foot just below the deck."""
    rounding = look.rounding * min(width, depth) / 2
    profile = [(0.0, -0.3), *shapes.edge(look.rise, min(0.6, rounding), 0.0)]
    return shapes.slab(width, depth, profile, rounding).of(made or look.button)


def _label(look: Look, words: str, size: float, x: float = 0.0, y: float = 0.0) -> Shape:
    """Print on a button; size the height of capitals in mm."""
    return meshes.text(words, size).of(look.legend).moved(x, y, look.rise + 0.08)


def _row(
    look: Look, labels: list[str], depth: float, *, width: float = np.inf, colours: tuple = ()
) -> list[Shape]:
    """Equal buttons side by side over the width of the deck."""
    pitch, parts = look.width * 0.92 / len(labels), []
    for k, words in enumerate(labels):
        x = (k - (len(labels) - 1) / 2) * pitch
        size = min(width, pitch * (0.76 if width == np.inf else 0.85))
        parts.append(_button(look, size, depth, colours[k] if colours else None).moved(x))
        if words:
            sheet = _label(look, words, 0.5 * depth)
            share = min(1.0, 0.8 * size / max(np.ptp(sheet.vertices[:, 0]), 1e-9))
            parts.append(sheet.bent(lambda points, by=(share, share, 1): points * by).moved(x))
    return parts


Group = tuple[list[Shape], float]
"""Parts about y = 0, and how much of the deck they take, mm."""


def _power(rng: np.random.Generator, look: Look) -> Group:
    size = rng.uniform(6.5, 9.5)
    side = float(rng.choice([-1, 0, 1])) * (look.width - size - 5) / 2
    red = rubber(tinted(rng, str(rng.choice(["c81e1e", "c81e1e", "b3131c", "e04030", "8e1418"]))))
    profile = [(0.0, -0.3), *shapes.edge(look.rise, 0.6)]
    parts = [shapes.slab(size, size, profile, size / 2, segments=6).moved(side).of(red)]
    if side and rng.random() < 0.6:
        parts.append(_button(look, size, size).moved(-side))
    return parts, size


def _screen(rng: np.random.Generator, look: Look) -> Group:
    depth = rng.uniform(16.0, 30.0)
    frame = shapes.slab(look.width * 0.88, depth, [(0, -0.3), (0, 0.25), (0.3, 0.4)], 2.0)
    glass = plain(tinted(rng, str(rng.choice(["8fa088", "7f9aa8", "1d2b3a"]))), 0.2)
    pane = shapes.slab(look.width * 0.76, depth - 5, [(0, 0.2), (0, 0.55)], 0.8)
    lines = (("12:45", 0.16 * depth), ("TV  CH 07", -0.22 * depth))
    ink = [meshes.text(words, depth * 0.17).of(look.dark).moved(y=y, z=0.65) for words, y in lines]
    return [frame.of(look.dark), pane.of(glass), *ink], depth


def _numbers(rng: np.random.Generator, look: Look) -> Group:
    depth, gap = rng.uniform(5.0, 7.5), rng.uniform(2.5, 4.5)
    rows = ["1 2 3".split(), "4 5 6".split(), "7 8 9".split(), ["-", "0", "+"]]
    width = depth if rng.random() < 0.4 else np.inf
    made = [(1.5 - k, _row(look, row, depth, width=width)) for k, row in enumerate(rows)]
    parts = [part.moved(y=at * (depth + gap)) for at, row in made for part in row]
    return parts, 4 * depth + 3 * gap


def _rockers(rng: np.random.Generator, look: Look) -> Group:
    tall, wide, parts = rng.uniform(17.0, 26.0), rng.uniform(8.0, 11.0), []
    for x, up, down in ((-0.31 * look.width, "+", "-"), (0.31 * look.width, "^", "v")):
        parts.append(_button(look, wide, tall).moved(x))
        parts.append(_label(look, up, 3.5, x, 0.3 * tall))
        parts.append(_label(look, down, 3.5, x, -0.3 * tall))
    if rng.random() < 0.6:
        for words, y in (("MUTE", 0.25), ("INFO", -0.25)):
            sheet = _label(look, words, 1.5, 0.0, y * tall)
            parts += [_button(look, 0.2 * look.width, 0.3 * tall).moved(y=y * tall), sheet]
    return parts, tall


def _ring(rng: np.random.Generator, look: Look) -> Group:
    """A round pad of four directions with OK in its middle."""
    size = look.width * rng.uniform(0.62, 0.86)
    high, inner = look.rise, size * rng.uniform(0.36, 0.46)
    pad = shapes.slab(size, size, [(0, -0.3), *shapes.edge(high, 0.6)], size / 2, segments=12)
    well = shapes.slab(inner + 1.6, inner + 1.6, [(0, 0), (0, high + 0.1)], size, segments=10)
    centre = shapes.slab(inner, inner, [(0, 0), *shapes.edge(high + 0.5, 0.5)], size, segments=10)
    tone, at = look.accent if rng.random() < 0.15 else look.button, (size + inner) / 4
    parts = [pad.of(look.button), well.of(look.dark), centre.of(tone)]
    parts.append(_label(look, "OK", 0.28 * inner).moved(z=0.5))
    for sign, x, y in (("^", 0, at), ("v", 0, -at), ("<", -at, 0), (">", at, 0)):
        parts.append(_label(look, sign, 0.09 * size, x, y))
    corner = 0.44 * look.width - 3.0
    if rng.random() < 0.5 and np.hypot(corner, size / 2 - 1) > size / 2 + 4:
        places = [(sx * corner, sy * (size / 2 - 1)) for sx in (-1, 1) for sy in (-1, 1)]
        parts += [_button(look, 5.5, 5.5).moved(x, y) for x, y in places]
    return parts, size


def _three(rng: np.random.Generator, look: Look) -> Group:
    words = [["TV", "AV", "SAT"], ["BACK", "HOME", "MENU"], ["", "", ""]][rng.integers(3)]
    depth = rng.uniform(4.0, 7.0)
    return _row(look, words, depth), depth


def _four(rng: np.random.Generator, look: Look) -> Group:
    colours = tuple(rubber(tinted(rng, code, 0.6)) for code in _FOUR)
    depth = rng.uniform(3.0, 5.0)
    return _row(look, [""] * 4, depth, colours=colours), depth


def _grid(rng: np.random.Generator, look: Look) -> Group:
    count, columns, depth = rng.integers(2, 5), int(rng.integers(3, 5)), rng.uniform(3.2, 4.6)
    pitch = depth + rng.uniform(2.2, 3.5)
    row, rows = _row(look, [""] * columns, depth), np.arange(count) - (count - 1) / 2
    parts = [part.moved(y=at * pitch) for at in rows for part in row]
    return parts, (count - 1) * pitch + depth


def _transport(rng: np.random.Generator, look: Look) -> Group:
    depth = rng.uniform(4.5, 6.0)
    first, second = _row(look, ["<<", ">", ">>"], depth), _row(look, ["II", "o", ""], depth)
    if rng.random() < 0.5:
        return first, depth
    up, down = (depth + 3.0) / 2, -(depth + 3.0) / 2
    return [p.moved(y=up) for p in first] + [p.moved(y=down) for p in second], 2 * up + depth


def _apps(rng: np.random.Generator, look: Look) -> Group:
    pair = tuple(rubber(tinted(rng, str(code))) for code in rng.choice(_APPS, 2))
    depth = rng.uniform(5.0, 7.0)
    return _row(look, ["FILMS", "MUSIC"], depth, colours=pair), depth


def _name(rng: np.random.Generator, look: Look) -> Group:
    words = str(rng.choice(["NORDIS", "VIDEA", "Lumen", "ORBIT", "Tecton", "HALO tv"]))
    return [meshes.text(words, 3.2).of(look.legend).moved(z=0.08)], 4.0


_MAKERS = (
    *(_power, _screen, _three, _numbers, _rockers, _four),
    *(_ring, _grid, _transport, _apps, _name),
)
_GROUPS = dict(zip(_FULL, _MAKERS, strict=True))
