"""Computer mice, 0.08 to 0.13 m long: office, ergonomic, gaming, travel, ball mice, slabs, pucks.

A body is a dome over an outline that narrows and widens along it; its buttons, grips and seams are
painted by where on the dome they are. The buttons and the cable point to +Y, the palm to -Y.
"""

from collections.abc import Callable
from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers.mouse_shell import MouseForm, shell_material
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_BODIES = ("212326", "2c2e32", "3d4046", "191a1c", "4b4e54", "8d9196", "b9bcc0", "e9e9e6", "f3f3f1")
_BEIGES = ("d6cfb8", "cbc5b2", "e2dcc8", "bdb8ab", "d9d7cd")
_BRAND_NAMES = ("veyo", "KX", "NORD", "acme", "Optima", "M185", "MB", "Tavo", "X7", "RIFT")


_EVEN_PROFILE = (1.0, 1.0, 1.0, 1.0, 1.0)


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One mouse on the table, its cable before it if it has one. Returns one object."""
    kinds = ["office", "ergonomic", "gaming", "travel", "ball", "slab", "one-piece"]
    kind = str(rng.choice(kinds, p=[0.31, 0.16, 0.14, 0.13, 0.14, 0.06, 0.06]))
    form = _sample_form(rng, kind)
    tones = main, second, accent = _sample_colours(rng, kind)
    split = rng.uniform(-0.2, 0.18)
    wheel = kind in ("office", "ergonomic", "gaming", "travel") or rng.random() < 0.12
    at = 0.5 * form.length * rng.uniform(0.34, 0.52)
    parts = [_shell(form).with_material(shell_material(rng, kind, form, tones, split, at * wheel))]
    if wheel:
        parts += _wheel(rng, form, at, accent if rng.random() < 0.35 else scale_colour(second, 0.6))
    if kind in ("ergonomic", "gaming") or (kind == "office" and rng.random() < 0.3):
        parts += _thumb_buttons(rng, form, scale_colour(second, rng.choice([0.4, 1.8])))
    if rng.random() < 0.7:
        parts.append(_maker_name(rng, form, main, split))
    if wheel and kind != "ball" and rng.random() < 0.4:  # a key behind the wheel
        key = shapes.slab(0.006, 0.011, [(0.0, -0.001), (0.0, 0.0008), (0.0006, 0.0012)], 0.002)
        key = key.translated(y=at - 0.024).deformed(_drape_deformation(form))
        parts.append(
            key.with_material(materials.plain(scale_colour(second, rng.choice([0.3, 1.6])), 0.3))
        )
    if kind == "one-piece" and rng.random() < 0.5:  # a little ball to scroll with
        knob = shapes.sphere(0.0035, 24).translated(
            0, at, float(form.surface_height(0.0, at)) - 0.001
        )
        parts.append(knob.with_material(materials.plain(srgb_to_linear("55585c"), 0.4)))
    parts += _underside(rng, form, kind, scale_colour(second, 0.5))
    lean = {"ergonomic": rng.uniform(-0.35, 0.0), "gaming": -0.1}.get(kind, 0.0)
    if kind == "ergonomic" and rng.random() < 0.25:
        lean = rng.uniform(-0.9, -0.6)  # held like in a handshake
    parts = [part.deformed(_lean_deformation(form, lean)) for part in parts]
    wired = {"ball": 1.0, "office": 0.65, "gaming": 0.85, "one-piece": 0.8, "ergonomic": 0.4}
    if rng.random() < wired.get(kind, 0.2):
        parts += _cable(rng, form, jitter_colour(rng, str(rng.choice(["17181a", "2a2b2e"]))), main)
    return meshes.assemble("pc_mouse", parts)


def _sample_form(rng: np.random.Generator, kind: str) -> MouseForm:
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
        waist, crest, high = _EVEN_PROFILE, (0.6, 0.92, 1.0, 0.86, 0.5), rng.uniform(0.019, 0.024)
        corner, dome, foot = rng.uniform(2.6, 3.6), rng.uniform(4.0, 7.0), 0.007
    elif kind == "one-piece":
        waist, crest, corner = _EVEN_PROFILE, (0.7, 0.95, 1.0, 0.92, 0.62), rng.uniform(2.2, 2.8)
        high = rng.uniform(0.026, 0.032)
        if rng.random() < 0.25:
            long, corner = wide * 1.12, 2.0
    return MouseForm(long, wide, high, waist, crest, corner, dome, foot)


def _sample_colours(rng: np.random.Generator, kind: str) -> tuple[Colour, Colour, Colour]:
    """Of the body, its sides or strip, and what shall be seen."""
    accent = sample_colour(rng, (0.7, 0.98), (0.3, 0.9))
    if kind == "ball":
        main = jitter_colour(rng, str(rng.choice(_BEIGES)))
        return main, scale_colour(main, rng.choice([1.0, 0.85, 0.5])), accent
    if kind in ("slab", "one-piece"):
        main = jitter_colour(
            rng, str(rng.choice(["f4f4f3", "f4f4f3", "f0efea", "26282b", "c8ccd0"])), 0.4
        )
        candy = kind == "one-piece" and rng.random() < 0.5
        return main, accent if candy else jitter_colour(rng, "8d9196"), accent
    main = jitter_colour(rng, str(rng.choice(_BODIES)))
    if rng.random() < {"travel": 0.6, "gaming": 0.1}.get(kind, 0.22):
        main = sample_colour(rng, (0.4, 0.95), (0.15, 0.75))
    elif kind == "gaming" and rng.random() < 0.85:
        main = jitter_colour(rng, str(rng.choice(["1b1c1f", "25272b", "34373d", "e8e8e8"])))
    second = str(rng.choice(["121314", "1c1d1f", "6a6e74", "8d9196", "b4b7bb"]))
    plain = rng.random() < (0.15 if sum(main) < 0.15 else 0.4)
    return main, main if plain else jitter_colour(rng, second), accent


def _shell(form: MouseForm) -> Shape:
    """The shell, from the rim of its foot to the crest; its paint is (x, y, z) as shares."""
    turns = np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    across, along = np.cos(turns), np.sin(turns)
    power = 2.0 / form.outline_exponent
    across, along = (np.sign(a) * abs(a) ** power for a in (across, along))
    rings = []
    for share, z in (
        (0.95, 0.0008),
        (0.985, 0.0014),
        (1.0, 0.003),
        *((s, None) for s in _RING_RADII),
    ):
        y = share * along
        x = share * form.half_width(y) * across
        level = form.surface_height(x, 0.5 * form.length * y) if z is None else np.full(96, z)
        rings.append(np.stack([x, 0.5 * form.length * y, level], axis=1))
    shell = shapes.loft(np.array(rings))
    size = np.array([0.5 * form.width, 0.5 * form.length, form.height])
    return replace(shell, vertex_attribute=shell.vertices / size)


_RING_RADII = (
    1.0,
    0.998,
    0.99,
    0.978,
    0.96,
    0.93,
    0.89,
    0.84,
    0.77,
    0.68,
    0.56,
    0.42,
    0.26,
    0.1,
    0.01,
)


def _lean_deformation(form: MouseForm, lean: float) -> Callable:
    """Higher on the side of the thumb, -X, and bowed round the hand."""

    def bend(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        up = np.clip(z / form.height, 0.0, 1.0)
        curve = -0.12 * lean * form.width * (2 * y / form.length) ** 2
        return np.stack(
            [x + curve + 0.3 * lean * up * form.width, y, z * (1 + lean * x / form.width)], axis=1
        )

    return bend


def _wheel(rng: np.random.Generator, form: MouseForm, y: float, colour: Colour) -> list[Shape]:
    """A ribbed wheel half sunk between the buttons."""
    wide, radius = rng.uniform(0.0055, 0.008), rng.uniform(0.0105, 0.013)
    turns = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    radii = radius * np.where(np.arange(72) % 4 < 2, 1.0, rng.choice([0.95, 0.99]))
    outline = np.stack([radii * np.cos(turns), radii * np.sin(turns)], axis=1)
    disc = shapes.prism(outline, wide).translated(z=-wide / 2).rotated("y", 90)
    hub = shapes.rod((-0.58 * wide, 0, 0), (0.58 * wide, 0, 0), 0.88 * radius, 40)
    z = float(form.surface_height(0.0, y)) + rng.uniform(0.0038, 0.0056) - radius
    tones = materials.rubber(colour), materials.plain(srgb_to_linear("6a6d72"), 0.3)
    return [
        part.translated(0, y, z).with_material(tone)
        for part, tone in zip((disc, hub), tones, strict=True)
    ]


def _thumb_buttons(rng: np.random.Generator, form: MouseForm, colour: Colour) -> list[Shape]:
    """Two keys on the left flank."""
    parts, low, high = [], 0.55, rng.uniform(0.72, 0.82)
    made = materials.plain(colour, 0.35)
    for start in (-0.28, 0.06):
        rings = []
        for share, along in ((0.4, 0.0), (0.85, 0.03), (1.0, 0.15), (0.9, 0.28), (0.4, 0.31)):
            middle, reach = 0.5 * (low + high), 0.5 * (high - low) * share
            heights = np.linspace(middle - reach, middle + reach, 6)
            y = np.full(6, 0.5 * form.length * (start + along))
            x = -form.flank_x(np.full(6, start + along), heights)
            z = form.surface_height(x, y)
            lift = 0.0011 * np.array([0.2, 0.8, 1.0, 1.0, 0.8, 0.2])
            outer = np.stack([x - lift, y, z + 0.5 * lift], axis=1)
            inner = np.stack([x + 0.001, y, z - 0.001], axis=1)
            rings.append(np.concatenate([outer, inner[::-1]]))
        parts.append(shapes.loft(np.array(rings)).with_material(made))
    return parts


def _maker_name(rng: np.random.Generator, form: MouseForm, main: Colour, split: float) -> Shape:
    """A maker's word on the palm, lying on the dome."""
    ink = srgb_to_linear("202225") if sum(main) > 0.9 else srgb_to_linear("c8cacc")
    words = meshes.text_shape(str(rng.choice(_BRAND_NAMES)), rng.uniform(0.004, 0.0075)).translated(
        z=0.0004
    )
    if rng.random() < 0.3:  # a round sign instead
        levels = [(0.0, -0.001), (0.0055, -0.001), (0.0055, 0.0004)]
        words = shapes.lathe([*levels, (0.0037, 0.0005), (0.0018, 0.0005), (0.0, 0.0005)], 24)
    y = 0.5 * form.length * (split - rng.uniform(0.25, 0.6))
    return (
        words.translated(y=y)
        .deformed(_drape_deformation(form))
        .with_material(materials.plain(ink, 0.4))
    )


def _drape_deformation(form: MouseForm) -> Callable:
    """What is flat at z = 0 onto the dome."""

    def lay(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        return np.stack([x, y, form.surface_height(x, y) + z], axis=1)

    return lay


def _underside(rng: np.random.Generator, form: MouseForm, kind: str, colour: Colour) -> list[Shape]:
    """Pads to slide on, and the lens or the ball between them."""
    pad, dark = (
        materials.plain(scale_colour(colour, 0.3), 0.3),
        materials.plain((0.01, 0.01, 0.01), 0.2),
    )
    profile = [(0.0, 0.0), (0.0, 0.0015)]
    parts = [
        shapes.slab(0.6 * form.width, 0.006, profile, 0.003)
        .translated(y=y * form.length)
        .with_material(pad)
        for y in (-0.33, 0.33)
    ]
    eye = 0.022 if kind == "ball" else 0.009
    lens = shapes.slab(eye, eye, [(0.0, 0.0004), (0.0, 0.0015)], eye / 2, segments=8).with_material(
        dark
    )
    plate = (0.7 * form.width, rng.uniform(0.2, 0.3) * form.length)
    label = shapes.slab(*plate, [(0.0, 0.0006), (0.0, 0.0015)], 0.002)
    silver = materials.plain(jitter_colour(rng, "b8bbbe"), 0.5)
    return [
        *parts,
        lens.translated(y=0.02),
        label.translated(y=-0.12 * form.length).with_material(silver),
    ]


def _cable(rng: np.random.Generator, form: MouseForm, black: Colour, main: Colour) -> list[Shape]:
    """From the nose down to the table and away in bows."""
    made = materials.plastic(main if sum(main) > 1.2 else black, 0.5)
    length = form.length * rng.choice(
        [rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.5)], p=[0.75, 0.25]
    )
    radius, at = rng.uniform(0.0019, 0.0026), np.linspace(0.0, 1.0, 40)
    swing = rng.uniform(-1.0, 1.0, 4)
    heading = 1.6 * shapes.smooth_interpolation(
        at, (0.0, 0.15, 0.4, 0.7, 1.0), (0.0, 0.0, *swing[:3])
    )
    steps = np.stack([np.sin(heading), np.cos(heading)], axis=1) * length / 39
    flat = np.cumsum(steps, axis=0) - steps[0]
    z = radius + (0.006 - radius) * np.exp(-((at * length / 0.02) ** 2))
    start = 0.5 * form.length - 0.004
    path = np.stack([flat[:, 0], start + flat[:, 1], z], axis=1)
    relief = path[: max(4, int(40 * 0.014 / length))]
    sleeve = shapes.tube(relief, np.linspace(0.0042, 0.003, len(relief)), (0, 0, 1))
    return [
        shapes.tube(path, radius, (0, 0, 1)).with_material(made),
        sleeve.translated(z=0.0012).with_material(made),
    ]
