"""Computer mice, 0.08 to 0.13 m long: office, ergonomic, gaming, travel, ball mice, slabs, pucks.

A body is a dome over an outline that narrows and widens along it; its buttons, grips and seams are
painted by where on the dome they are. The buttons and the cable point to +Y, the palm to -Y.
"""

from collections.abc import Callable
from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import Colour, any_colour, scaled, srgb, tinted
from synthlib.blender.parts.mouse_shell import Form, skin
from synthlib.blender.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_BODIES = ("212326", "2c2e32", "3d4046", "191a1c", "4b4e54", "8d9196", "b9bcc0", "e9e9e6", "f3f3f1")
_BEIGES = ("d6cfb8", "cbc5b2", "e2dcc8", "bdb8ab", "d9d7cd")
_NAMES = ("veyo", "KX", "NORD", "acme", "Optima", "M185", "MB", "Tavo", "X7", "RIFT")


_EVEN = (1.0, 1.0, 1.0, 1.0, 1.0)


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One mouse on the table, its cable before it if it has one. Returns one object."""
    kinds = ["office", "ergonomic", "gaming", "travel", "ball", "slab", "one-piece"]
    kind = str(rng.choice(kinds, p=[0.31, 0.16, 0.14, 0.13, 0.14, 0.06, 0.06]))
    form = _form(rng, kind)
    tones = main, second, accent = _colours(rng, kind)
    split = rng.uniform(-0.2, 0.18)
    wheel = kind in ("office", "ergonomic", "gaming", "travel") or rng.random() < 0.12
    at = 0.5 * form.length * rng.uniform(0.34, 0.52)
    parts = [_body(form).of(skin(rng, kind, form, tones, split, at * wheel))]
    if wheel:
        parts += _wheel(rng, form, at, accent if rng.random() < 0.35 else scaled(second, 0.6))
    if kind in ("ergonomic", "gaming") or (kind == "office" and rng.random() < 0.3):
        parts += _thumb_buttons(rng, form, scaled(second, rng.choice([0.4, 1.8])))
    if rng.random() < 0.7:
        parts.append(_name(rng, form, main, split))
    if wheel and kind != "ball" and rng.random() < 0.4:  # a key behind the wheel
        key = shapes.slab(0.006, 0.011, [(0.0, -0.001), (0.0, 0.0008), (0.0006, 0.0012)], 0.002)
        key = key.moved(y=at - 0.024).bent(_laid(form))
        parts.append(key.of(materials.plain(scaled(second, rng.choice([0.3, 1.6])), 0.3)))
    if kind == "one-piece" and rng.random() < 0.5:  # a little ball to scroll with
        knob = shapes.ball(0.0035, 24).moved(0, at, float(form.top(0.0, at)) - 0.001)
        parts.append(knob.of(materials.plain(srgb("55585c"), 0.4)))
    parts += _under(rng, form, kind, scaled(second, 0.5))
    lean = {"ergonomic": rng.uniform(-0.35, 0.0), "gaming": -0.1}.get(kind, 0.0)
    if kind == "ergonomic" and rng.random() < 0.25:
        lean = rng.uniform(-0.9, -0.6)  # held like in a handshake
    parts = [part.bent(_leaning(form, lean)) for part in parts]
    wired = {"ball": 1.0, "office": 0.65, "gaming": 0.85, "one-piece": 0.8, "ergonomic": 0.4}
    if rng.random() < wired.get(kind, 0.2):
        parts += _cable(rng, form, tinted(rng, str(rng.choice(["17181a", "2a2b2e"]))), main)
    return meshes.assemble("pc_mouse", parts)


def _form(rng: np.random.Generator, kind: str) -> Form:
    """Proportions of a kind of mouse."""

    def jitter(values: tuple, by: float = 0.04) -> tuple:
        return tuple(value + rng.normal(0.0, by) for value in values)

    long, wide, high = rng.uniform([0.1, 0.058, 0.031], [0.124, 0.067, 0.04])
    waist = jitter((0.95, 1.0, rng.uniform(0.88, 1.0), rng.uniform(0.9, 1.02), 0.92))
    crest = jitter((0.75, rng.uniform(0.94, 1.0), 1.0, rng.uniform(0.72, 0.85), 0.5))
    corner, dome, foot = rng.uniform(2.3, 3.6), rng.uniform(2.8, 5.0), rng.uniform(0.004, 0.01)
    if kind == "travel":
        long, wide = rng.uniform([0.082, 0.05], [0.096, 0.058])
    elif kind == "gaming":
        waist = jitter((0.9, 1.0, 0.86, 0.92, 1.0), 0.05)
        corner, long = rng.uniform(2.6, 4.5), long * 1.06
    elif kind == "ball":
        waist, crest = jitter((0.95, 1.0, 1.0, 0.97, 0.92), 0.04), jitter((0.8, 1, 1, 0.85, 0.65))
        corner, dome = rng.uniform(3.0, 7.0), rng.uniform(4.0, 8.0)
    elif kind == "slab":
        waist, crest, high = _EVEN, (0.6, 0.92, 1.0, 0.86, 0.5), rng.uniform(0.019, 0.024)
        corner, dome, foot = rng.uniform(2.6, 3.6), rng.uniform(4.0, 7.0), 0.007
    elif kind == "one-piece":
        waist, crest, corner = _EVEN, (0.7, 0.95, 1.0, 0.92, 0.62), rng.uniform(2.2, 2.8)
        high = rng.uniform(0.026, 0.032)
        if rng.random() < 0.25:
            long, corner = wide * 1.12, 2.0
    return Form(long, wide, high, waist, crest, corner, dome, foot)


def _colours(rng: np.random.Generator, kind: str) -> tuple[Colour, Colour, Colour]:
    """Of the body, its sides or strip, and what shall be seen."""
    accent = any_colour(rng, (0.7, 0.98), (0.3, 0.9))
    if kind == "ball":
        main = tinted(rng, str(rng.choice(_BEIGES)))
        return main, scaled(main, rng.choice([1.0, 0.85, 0.5])), accent
    if kind in ("slab", "one-piece"):
        main = tinted(rng, str(rng.choice(["f4f4f3", "f4f4f3", "f0efea", "26282b", "c8ccd0"])), 0.4)
        candy = kind == "one-piece" and rng.random() < 0.5
        return main, accent if candy else tinted(rng, "8d9196"), accent
    main = tinted(rng, str(rng.choice(_BODIES)))
    if rng.random() < {"travel": 0.6, "gaming": 0.1}.get(kind, 0.22):
        main = any_colour(rng, (0.4, 0.95), (0.15, 0.75))
    elif kind == "gaming" and rng.random() < 0.85:
        main = tinted(rng, str(rng.choice(["1b1c1f", "25272b", "34373d", "e8e8e8"])))
    second = str(rng.choice(["121314", "1c1d1f", "6a6e74", "8d9196", "b4b7bb"]))
    plain = rng.random() < (0.15 if sum(main) < 0.15 else 0.4)
    return main, main if plain else tinted(rng, second), accent


def _body(form: Form) -> Shape:
    """The shell, from the rim of its foot to the crest; its paint is (x, y, z) as shares."""
    turns = np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    across, along = np.cos(turns), np.sin(turns)
    power = 2.0 / form.corner
    across, along = (np.sign(a) * abs(a) ** power for a in (across, along))
    rings = []
    for share, z in ((0.95, 0.0008), (0.985, 0.0014), (1.0, 0.003), *((s, None) for s in _SHARES)):
        y = share * along
        x = share * form.side(y) * across
        level = form.top(x, 0.5 * form.length * y) if z is None else np.full(96, z)
        rings.append(np.stack([x, 0.5 * form.length * y, level], axis=1))
    shell = shapes.loft(np.array(rings))
    size = np.array([0.5 * form.width, 0.5 * form.length, form.height])
    return replace(shell, paint=shell.vertices / size)


_SHARES = (1.0, 0.998, 0.99, 0.978, 0.96, 0.93, 0.89, 0.84, 0.77, 0.68, 0.56, 0.42, 0.26, 0.1, 0.01)


def _leaning(form: Form, lean: float) -> Callable:
    """Higher on the side of the thumb, -X, and bowed round the hand."""

    def bend(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        up = np.clip(z / form.height, 0.0, 1.0)
        curve = -0.12 * lean * form.width * (2 * y / form.length) ** 2
        return np.stack(
            [x + curve + 0.3 * lean * up * form.width, y, z * (1 + lean * x / form.width)], axis=1
        )

    return bend


def _wheel(rng: np.random.Generator, form: Form, at: float, colour: Colour) -> list[Shape]:
    """A ribbed wheel half sunk between the buttons."""
    wide, radius = rng.uniform(0.0055, 0.008), rng.uniform(0.0105, 0.013)
    turns = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    radii = radius * np.where(np.arange(72) % 4 < 2, 1.0, rng.choice([0.95, 0.99]))
    outline = np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1)
    disc = shapes.prism(outline, wide).moved(z=-wide / 2).turned("y", 90)
    hub = shapes.rod((-0.58 * wide, 0, 0), (0.58 * wide, 0, 0), 0.88 * radius, 40)
    z = float(form.top(0.0, at)) + rng.uniform(0.0038, 0.0056) - radius
    tones = materials.rubber(colour), materials.plain(srgb("6a6d72"), 0.3)
    return [part.moved(0, at, z).of(tone) for part, tone in zip((disc, hub), tones, strict=True)]


def _thumb_buttons(rng: np.random.Generator, form: Form, colour: Colour) -> list[Shape]:
    """Two keys on the left flank."""
    parts, low, high = [], 0.55, rng.uniform(0.72, 0.82)
    made = materials.plain(colour, 0.35)
    for start in (-0.28, 0.06):
        rings = []
        for share, along in ((0.4, 0.0), (0.85, 0.03), (1.0, 0.15), (0.9, 0.28), (0.4, 0.31)):
            middle, reach = 0.5 * (low + high), 0.5 * (high - low) * share
            heights = np.linspace(middle - reach, middle + reach, 6)
            y = np.full(6, 0.5 * form.length * (start + along))
            x = -form.flank(np.full(6, start + along), heights)
            z = form.top(x, y)
            lift = 0.0011 * np.array([0.2, 0.8, 1.0, 1.0, 0.8, 0.2])
            outer = np.stack([x - lift, y, z + 0.5 * lift], axis=1)
            inner = np.stack([x + 0.001, y, z - 0.001], axis=1)
            rings.append(np.concatenate([outer, inner[::-1]]))
        parts.append(shapes.loft(np.array(rings)).of(made))
    return parts


def _name(rng: np.random.Generator, form: Form, main: Colour, split: float) -> Shape:
    """A maker's word on the palm, lying on the dome."""
    ink = srgb("202225") if sum(main) > 0.9 else srgb("c8cacc")
    words = meshes.text(str(rng.choice(_NAMES)), rng.uniform(0.004, 0.0075)).moved(z=0.0004)
    if rng.random() < 0.3:  # a round sign instead
        levels = [(0.0, -0.001), (0.0055, -0.001), (0.0055, 0.0004)]
        words = shapes.lathe([*levels, (0.0037, 0.0005), (0.0018, 0.0005), (0.0, 0.0005)], 24)
    y = 0.5 * form.length * (split - rng.uniform(0.25, 0.6))
    return words.moved(y=y).bent(_laid(form)).of(materials.plain(ink, 0.4))


def _laid(form: Form) -> Callable:
    """What is flat at z = 0 onto the dome."""

    def lay(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        return np.stack([x, y, form.top(x, y) + z], axis=1)

    return lay


def _under(rng: np.random.Generator, form: Form, kind: str, colour: Colour) -> list[Shape]:
    """Pads to slide on, and the lens or the ball between them."""
    pad, dark = materials.plain(scaled(colour, 0.3), 0.3), materials.plain((0.01, 0.01, 0.01), 0.2)
    profile = [(0.0, 0.0), (0.0, 0.0015)]
    parts = [
        shapes.slab(0.6 * form.width, 0.006, profile, 0.003).moved(y=y * form.length).of(pad)
        for y in (-0.33, 0.33)
    ]
    eye = 0.022 if kind == "ball" else 0.009
    lens = shapes.slab(eye, eye, [(0.0, 0.0004), (0.0, 0.0015)], eye / 2, segments=8).of(dark)
    plate = (0.7 * form.width, rng.uniform(0.2, 0.3) * form.length)
    label = shapes.slab(*plate, [(0.0, 0.0006), (0.0, 0.0015)], 0.002)
    silver = materials.plain(tinted(rng, "b8bbbe"), 0.5)
    return [*parts, lens.moved(y=0.02), label.moved(y=-0.12 * form.length).of(silver)]


def _cable(rng: np.random.Generator, form: Form, black: Colour, main: Colour) -> list[Shape]:
    """From the nose down to the table and away in bows."""
    made = materials.plastic(main if sum(main) > 1.2 else black, 0.5)
    length = form.length * rng.choice(
        [rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.5)], p=[0.75, 0.25]
    )
    radius, at = rng.uniform(0.0019, 0.0026), np.linspace(0.0, 1.0, 40)
    swing = rng.uniform(-1.0, 1.0, 4)
    heading = 1.6 * shapes.smooth(at, (0.0, 0.15, 0.4, 0.7, 1.0), (0.0, 0.0, *swing[:3]))
    steps = np.stack([np.sin(heading), np.cos(heading)], axis=1) * length / 39
    flat = np.cumsum(steps, axis=0) - steps[0]
    z = radius + (0.006 - radius) * np.exp(-((at * length / 0.02) ** 2))
    start = 0.5 * form.length - 0.004
    path = np.stack([flat[:, 0], start + flat[:, 1], z], axis=1)
    relief = path[: max(4, int(40 * 0.014 / length))]
    sleeve = shapes.tube(relief, np.linspace(0.0042, 0.003, len(relief)), (0, 0, 1))
    return [shapes.tube(path, radius, (0, 0, 1)).of(made), sleeve.moved(z=0.0012).of(made)]
