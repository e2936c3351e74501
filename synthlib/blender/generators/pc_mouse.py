"""Computer mice, 8 to 13 cm long, of ten kinds from old boxes to vertical and gaming mice.

`rng` draws the kind with its form (`parts.computers.mouse_shell`), colours and printed patterns,
buttons, wheel, thumb keys, trackball, light strip (`mouse_parts`), maker's name, lean and cable.
Lengths are in metres.

The shell is a dome over an outline of varying width; its grips and seams, and the buttons unless
they are plates of their own, are painted by its material, which reads the position on the dome.
Buttons and cable point to +Y, the palm to -Y.
"""

from collections.abc import Callable
from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers import mouse_parts
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

VERSION = 2
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_BODIES = ("212326", "2c2e32", "3d4046", "191a1c", "4b4e54", "8d9196", "b9bcc0", "e9e9e6", "f3f3f1")
_BEIGES = ("d6cfb8", "cbc5b2", "e2dcc8", "bdb8ab", "d9d7cd")
_KINDS = {
    "office": 0.28,
    "ergonomic": 0.12,
    "gaming": 0.14,
    "travel": 0.11,
    "ball": 0.1,
    "slab": 0.06,
    "one-piece": 0.05,
    "box": 0.06,
    "vertical": 0.05,
    "trackball": 0.03,
}
"""Kinds of mice and their probabilities."""

_BRAND_NAMES = ("veyo", "KX", "NORD", "acme", "Optima", "M185", "MB", "Tavo", "X7", "RIFT")

_EVEN_PROFILE = (1.0, 1.0, 1.0, 1.0, 1.0)
"""Shares of the width at the knots of a profile, for a shell that is equally wide throughout."""

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
"""Rings of the shell from its outline to its crest, as shares of the outline."""


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one mouse, its cable in front of it if it has one.

    Returns:
        One mesh object, resting on z = 0, its buttons towards +Y.
    """
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    form = _sample_form(rng, kind)
    colours = _sample_colours(rng, kind)
    if kind == "box":
        size = form.length, form.width, 0.8 * form.height
        parts = mouse_parts.box_mouse(rng, *size, colours[0])
    else:
        parts = _domed_mouse(rng, kind, form, colours)
    wired = {"ball": 1.0, "box": 1.0, "office": 0.6, "gaming": 0.8, "one-piece": 0.7}
    if rng.random() < wired.get(kind, 0.25):
        code = str(rng.choice(["17181a", "2a2b2e", "e4e2da", "8a1f24"], p=[0.45, 0.3, 0.15, 0.1]))
        parts += _cable(rng, form, jitter_colour(rng, code), colours[0])
    return meshes.assemble("pc_mouse", parts)


def _domed_mouse(
    rng: np.random.Generator, kind: str, form: MouseForm, colours: tuple[Colour, Colour, Colour]
) -> list[Shape]:
    """Build the shell with what is on and under it, leaning as its kind does."""
    main, second, accent = colours
    button_start = rng.uniform(-0.2, 0.18)
    no_wheel = kind in ("slab", "one-piece", "ball", "trackball")
    has_wheel = not no_wheel or rng.random() < 0.12
    wheel_y = 0.5 * form.length * rng.uniform(0.34, 0.52)
    has_plates = not no_wheel and rng.random() < 0.4
    paint = shell_material(
        rng, kind, form, colours, button_start, wheel_y * has_wheel, painted_buttons=not has_plates
    )
    parts = [_shell(form).with_material(paint)]
    if has_plates:
        plate = second if rng.random() < 0.5 else main
        plate_material = materials.plastic(plate, float(rng.choice([0.2, 0.45])))
        parts += mouse_parts.button_plates(rng, form, button_start, plate_material)
    if has_wheel:
        wheel_colour = accent if rng.random() < 0.35 else scale_colour(second, 0.6)
        parts += _wheel(rng, form, wheel_y, wheel_colour)
    if kind == "trackball":
        ball_colour = accent if rng.random() < 0.7 else jitter_colour(rng, "2a2b2e")
        parts += mouse_parts.trackball(rng, form, ball_colour)
    if kind in ("ergonomic", "gaming", "vertical") or (kind == "office" and rng.random() < 0.3):
        parts += _thumb_buttons(rng, form, scale_colour(second, rng.choice([0.4, 1.8])))
    if kind == "gaming" and rng.random() < 0.6:
        parts.append(mouse_parts.light_strip(form, accent))
    if rng.random() < 0.6:
        parts.append(_maker_name(rng, form, main, button_start))
    if has_wheel and rng.random() < 0.4:  # a small key behind the wheel
        key = shapes.slab(0.006, 0.011, [(0.0, -0.001), (0.0, 0.0008), (0.0006, 0.0012)], 0.002)
        key = key.translated(y=wheel_y - 0.024).deformed(_drape_deformation(form))
        parts.append(
            key.with_material(materials.plain(scale_colour(second, rng.choice([0.3, 1.6])), 0.3))
        )
    if kind == "one-piece" and rng.random() < 0.5:  # a little ball to scroll with
        scroll_ball = shapes.sphere(0.0035, 24).translated(
            0, wheel_y, float(form.surface_height(0.0, wheel_y)) - 0.001
        )
        parts.append(scroll_ball.with_material(materials.plain(srgb_to_linear("55585c"), 0.4)))
    parts += _underside(rng, form, kind, scale_colour(second, 0.5))
    lean = {
        "ergonomic": rng.uniform(-0.35, 0.0),
        "gaming": -0.1,
        "trackball": -0.2,
        "vertical": rng.uniform(-1.0, -0.7),
    }.get(kind, 0.0)
    return [part.deformed(_lean_deformation(form, lean)) for part in parts]


def _sample_form(rng: np.random.Generator, kind: str) -> MouseForm:
    """Sample the proportions of a kind of mouse."""

    def jitter(values: tuple, deviation: float = 0.04) -> tuple:
        return tuple(value + rng.normal(0.0, deviation) for value in values)

    length, width, height = rng.uniform([0.1, 0.058, 0.031], [0.124, 0.067, 0.04])
    widths = jitter((0.95, 1.0, rng.uniform(0.88, 1.0), rng.uniform(0.9, 1.02), 0.92))
    heights = jitter((0.75, rng.uniform(0.94, 1.0), 1.0, rng.uniform(0.72, 0.85), 0.5))
    outline_exponent = rng.uniform(2.3, 3.6)
    dome_exponent = rng.uniform(2.8, 5.0)
    foot_height = rng.uniform(0.004, 0.01)
    if kind == "travel":
        length, width = rng.uniform([0.082, 0.05], [0.096, 0.058])
    elif kind == "gaming":
        widths = jitter((0.9, 1.0, 0.86, 0.92, 1.0), 0.05)
        outline_exponent = rng.uniform(2.6, 4.5)
        length = length * 1.06
    elif kind == "vertical":
        height = rng.uniform(0.044, 0.054)
        width = rng.uniform(0.06, 0.07)
    elif kind == "trackball":
        width, height = rng.uniform([0.08, 0.034], [0.095, 0.042])
    elif kind == "ball":
        widths = jitter((0.95, 1.0, 1.0, 0.97, 0.92), 0.04)
        heights = jitter((0.8, 1, 1, 0.85, 0.65))
        outline_exponent = rng.uniform(3.0, 7.0)
        dome_exponent = rng.uniform(4.0, 8.0)
    elif kind == "slab":
        widths = _EVEN_PROFILE
        heights = (0.6, 0.92, 1.0, 0.86, 0.5)
        height = rng.uniform(0.019, 0.024)
        outline_exponent = rng.uniform(2.6, 3.6)
        dome_exponent = rng.uniform(4.0, 7.0)
        foot_height = 0.007
    elif kind == "one-piece":
        widths = _EVEN_PROFILE
        heights = (0.7, 0.95, 1.0, 0.92, 0.62)
        outline_exponent = rng.uniform(2.2, 2.8)
        height = rng.uniform(0.026, 0.032)
        if rng.random() < 0.25:
            length = width * 1.12
            outline_exponent = 2.0
    return MouseForm(
        length, width, height, widths, heights, outline_exponent, dome_exponent, foot_height
    )


def _sample_colours(rng: np.random.Generator, kind: str) -> tuple[Colour, Colour, Colour]:
    """Sample the colours of the body, of its sides or strip, and an accent."""
    accent = sample_colour(rng, (0.7, 0.98), (0.3, 0.9))
    if kind in ("ball", "box"):
        main = jitter_colour(rng, str(rng.choice(_BEIGES)))
        return main, scale_colour(main, rng.choice([1.0, 0.85, 0.5])), accent
    if kind in ("slab", "one-piece"):
        main = jitter_colour(
            rng, str(rng.choice(["f4f4f3", "f4f4f3", "f0efea", "26282b", "c8ccd0"])), 0.4
        )
        bright_strip = kind == "one-piece" and rng.random() < 0.5
        return main, accent if bright_strip else jitter_colour(rng, "8d9196"), accent
    main = jitter_colour(rng, str(rng.choice(_BODIES)))
    if rng.random() < {"travel": 0.6, "gaming": 0.1}.get(kind, 0.22):
        main = sample_colour(rng, (0.4, 0.95), (0.15, 0.75))
    elif kind == "gaming" and rng.random() < 0.85:
        main = jitter_colour(rng, str(rng.choice(["1b1c1f", "25272b", "34373d", "e8e8e8"])))
    hex_code = str(rng.choice(["121314", "1c1d1f", "6a6e74", "8d9196", "b4b7bb"]))
    one_colour = rng.random() < (0.15 if sum(main) < 0.15 else 0.4)
    return main, main if one_colour else jitter_colour(rng, hex_code), accent


def _shell(form: MouseForm) -> Shape:
    """Build the shell from the rim of its foot to the crest.

    Returns:
        A shape whose vertex attribute is the position (x, y, z) divided by half the width, half
        the length and the height.
    """
    angles = np.linspace(0.0, 2 * np.pi, 96, endpoint=False)
    circle = np.cos(angles), np.sin(angles)
    exponent = 2.0 / form.outline_exponent
    outline_x, outline_y = (np.sign(values) * abs(values) ** exponent for values in circle)
    rings = []
    for share, z in (
        (0.95, 0.0008),
        (0.985, 0.0014),
        (1.0, 0.003),
        *((s, None) for s in _RING_RADII),
    ):
        y = share * outline_y
        x = share * form.half_width(y) * outline_x
        zs = form.surface_height(x, 0.5 * form.length * y) if z is None else np.full(96, z)
        rings.append(np.stack([x, 0.5 * form.length * y, zs], axis=1))
    shell = shapes.loft(np.array(rings))
    size = np.array([0.5 * form.width, 0.5 * form.length, form.height])
    return replace(shell, vertex_attribute=shell.vertices / size)


def _lean_deformation(form: MouseForm, lean: float) -> Callable:
    """Return a deformation that raises the thumb's side, -X, and bows the shell round the hand."""

    def leaning(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        height_share = np.clip(z / form.height, 0.0, 1.0)
        curve = -0.12 * lean * form.width * (2 * y / form.length) ** 2
        return np.stack(
            [
                x + curve + 0.3 * lean * height_share * form.width,
                y,
                z * (1 + lean * x / form.width),
            ],
            axis=1,
        )

    return leaning


def _wheel(rng: np.random.Generator, form: MouseForm, y: float, colour: Colour) -> list[Shape]:
    """Build a ribbed wheel, half sunk between the buttons."""
    width = rng.uniform(0.0055, 0.008)
    radius = rng.uniform(0.0105, 0.013)
    angles = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    radii = radius * np.where(np.arange(72) % 4 < 2, 1.0, rng.choice([0.95, 0.99]))
    outline = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    disc = shapes.prism(outline, width).translated(z=-width / 2).rotated("y", 90)
    hub = shapes.rod((-0.58 * width, 0, 0), (0.58 * width, 0, 0), 0.88 * radius, 40)
    z = float(form.surface_height(0.0, y)) + rng.uniform(0.0038, 0.0056) - radius
    wheel_materials = materials.rubber(colour), materials.plain(srgb_to_linear("6a6d72"), 0.3)
    return [
        part.translated(0, y, z).with_material(material)
        for part, material in zip((disc, hub), wheel_materials, strict=True)
    ]


def _thumb_buttons(rng: np.random.Generator, form: MouseForm, colour: Colour) -> list[Shape]:
    """Build two keys on the left flank."""
    parts = []
    low_share = 0.55
    high_share = rng.uniform(0.72, 0.82)
    material = materials.plain(colour, 0.35)
    for start in (-0.28, 0.06):
        rings = []
        for share, along in ((0.4, 0.0), (0.85, 0.03), (1.0, 0.15), (0.9, 0.28), (0.4, 0.31)):
            mid_share = 0.5 * (low_share + high_share)
            half_extent = 0.5 * (high_share - low_share) * share
            heights = np.linspace(mid_share - half_extent, mid_share + half_extent, 6)
            y = np.full(6, 0.5 * form.length * (start + along))
            x = -form.flank_x(np.full(6, start + along), heights)
            z = form.surface_height(x, y)
            lift = 0.0011 * np.array([0.2, 0.8, 1.0, 1.0, 0.8, 0.2])
            outer = np.stack([x - lift, y, z + 0.5 * lift], axis=1)
            inner = np.stack([x + 0.001, y, z - 0.001], axis=1)
            rings.append(np.concatenate([outer, inner[::-1]]))
        parts.append(shapes.loft(np.array(rings)).with_material(material))
    return parts


def _maker_name(rng: np.random.Generator, form: MouseForm, main: Colour, split: float) -> Shape:
    """Build the maker's name, or a round logo, on the palm, following the dome."""
    ink = srgb_to_linear("202225") if sum(main) > 0.9 else srgb_to_linear("c8cacc")
    name = meshes.text_shape(str(rng.choice(_BRAND_NAMES)), rng.uniform(0.004, 0.0075)).translated(
        z=0.0004
    )
    if rng.random() < 0.3:  # a round logo instead
        levels = [(0.0, -0.001), (0.0055, -0.001), (0.0055, 0.0004)]
        name = shapes.lathe([*levels, (0.0037, 0.0005), (0.0018, 0.0005), (0.0, 0.0005)], 24)
    y = 0.5 * form.length * (split - rng.uniform(0.25, 0.6))
    return (
        name.translated(y=y)
        .deformed(_drape_deformation(form))
        .with_material(materials.plain(ink, 0.4))
    )


def _drape_deformation(form: MouseForm) -> Callable:
    """Return a deformation that puts shapes modelled flat at z = 0 onto the dome."""

    def drape(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        return np.stack([x, y, form.surface_height(x, y) + z], axis=1)

    return drape


def _underside(rng: np.random.Generator, form: MouseForm, kind: str, colour: Colour) -> list[Shape]:
    """Build pads to slide on, with the lens or the ball and a label between them."""
    pad_material = materials.plain(scale_colour(colour, 0.3), 0.3)
    lens_material = materials.plain((0.01, 0.01, 0.01), 0.2)
    profile = [(0.0, 0.0), (0.0, 0.0015)]
    parts = [
        shapes.slab(0.6 * form.width, 0.006, profile, 0.003)
        .translated(y=y * form.length)
        .with_material(pad_material)
        for y in (-0.33, 0.33)
    ]
    lens_size = 0.022 if kind == "ball" else 0.009
    lens = shapes.slab(
        lens_size, lens_size, [(0.0, 0.0004), (0.0, 0.0015)], lens_size / 2, segments=8
    ).with_material(lens_material)
    label_size = (0.7 * form.width, rng.uniform(0.2, 0.3) * form.length)
    label = shapes.slab(*label_size, [(0.0, 0.0006), (0.0, 0.0015)], 0.002)
    silver = materials.plain(jitter_colour(rng, "b8bbbe"), 0.5)
    return [
        *parts,
        lens.translated(y=0.02),
        label.translated(y=-0.12 * form.length).with_material(silver),
    ]


def _cable(rng: np.random.Generator, form: MouseForm, black: Colour, main: Colour) -> list[Shape]:
    """Build a cable from the nose down to the table and away in bends."""
    material = materials.plastic(main if sum(main) > 1.2 else black, 0.5)
    length = form.length * rng.choice(
        [rng.uniform(0.3, 0.7), rng.uniform(0.7, 1.5)], p=[0.75, 0.25]
    )
    radius = rng.uniform(0.0019, 0.0026)
    positions = np.linspace(0.0, 1.0, 40)
    swing = rng.uniform(-1.0, 1.0, 4)
    heading = 1.6 * shapes.smooth_interpolation(
        positions, (0.0, 0.15, 0.4, 0.7, 1.0), (0.0, 0.0, *swing[:3])
    )
    steps = np.stack([np.sin(heading), np.cos(heading)], axis=1) * length / 39
    ground_path = np.cumsum(steps, axis=0) - steps[0]
    z = radius + (0.006 - radius) * np.exp(-((positions * length / 0.02) ** 2))
    start_y = 0.5 * form.length - 0.004
    path = np.stack([ground_path[:, 0], start_y + ground_path[:, 1], z], axis=1)
    sleeve_path = path[: max(4, int(40 * 0.014 / length))]
    sleeve = shapes.tube(sleeve_path, np.linspace(0.0042, 0.003, len(sleeve_path)), (0, 0, 1))
    return [
        shapes.tube(path, radius, (0, 0, 1)).with_material(material),
        sleeve.translated(z=0.0012).with_material(material),
    ]
