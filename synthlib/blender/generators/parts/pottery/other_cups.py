"""Cups of other materials than pottery: tea and latte glasses, enamel and steel mugs; metres."""

import numpy as np

from synthlib.blender.generators.parts.pottery import decorations, drinks, glazes, vessels
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, scale_colour
from synthlib.blender.modelling.materials import mirror_metal, plain
from synthlib.blender.modelling.shapes import Shape

_GLASS_OUTLINES = (  # (radius, height) as shares of the maxima, from foot to lip
    ((0.72, 0.0), (0.76, 0.03), (0.86, 0.5), (1.0, 1.0)),
    ((0.6, 0.0), (0.7, 0.08), (0.92, 0.4), (0.8, 0.7), (1.0, 1.0)),
    ((0.95, 0.0), (1.0, 0.04), (1.0, 1.0)),
    ((0.5, 0.0), (0.62, 0.1), (1.0, 0.5), (0.92, 1.0)),
)
_ENAMELS = "f1efe9 f1efe9 e8e2d0 1f3f7a 2f6a4a 8e1f24 6fa8b8 d9a62a 26282c".split()
_LAYERS = {  # colours of the drink from below
    "tea": ("8a2c06",),
    "green tea": ("9a8f2c",),
    "coffee": ("1d0d06",),
    "latte": ("efe6d6", "a86a3a", "e9dcc4"),
    "milk coffee": ("8f5426", "d9bd97"),
    "iced": ("4a2008", "b07a46"),
    "juice": ("e0861a",),
}


def glass_cup(rng: np.random.Generator) -> list[Shape]:
    """Build a clear glass, with or without a handle, filled with a drink in layers."""
    height = rng.uniform(0.07, 0.13)
    radius = rng.uniform(0.032, 0.042)
    knots = np.array(_GLASS_OUTLINES[rng.integers(len(_GLASS_OUTLINES))]) * [radius, height]
    outline = vessels.smooth_profile([(float(r), float(z)) for r, z in knots], 28)
    wall = 0.0022
    tint = jitter_colour(rng, str(rng.choice(["dfe8ea", "dfe8ea", "c9dccf", "b8cfe0", "e8c9b0"])))
    glass = glazes.clear_glass(tint, facing_opacity=float(rng.uniform(0.04, 0.14)))
    cup = vessels.vessel(outline, wall, 0.006).with_material(glass)
    parts = [cup, *_drink_layers(rng, outline, wall, height * rng.uniform(0.7, 0.92))]
    if rng.random() < 0.6:
        section = rng.uniform(0.007, 0.011), 0.006
        family = str(rng.choice(["C", "ear", "square", "drop"]))
        ends = 0.85 * height, 0.25 * height
        reach = rng.uniform(0.02, 0.032)
        handle = vessels.bent_handle(outline, family, *ends, reach, section, wall)
        parts.append(handle.with_material(glazes.clear_glass(tint, facing_opacity=0.25)))
    if rng.random() < 0.4:
        saucer, profile = vessels.saucer(rng, 1.7 * radius, 1.15 * outline[0, 0])
        white = plain(jitter_colour(rng, "efece4", 0.4), 0.25)
        lift = profile[0, 1] - 0.0006
        parts = [*(part.translated(z=lift) for part in parts), saucer.with_material(white)]
    return parts


def _drink_layers(
    rng: np.random.Generator, outline: np.ndarray, wall: float, level: float
) -> list[Shape]:
    """Build the drink as bodies stacked up to a level, each of one colour."""
    colours = _LAYERS[str(rng.choice(list(_LAYERS)))]
    inside = vessels.inner_outline(outline, wall, 0.0)
    cuts = np.r_[0.0075, np.sort(rng.uniform(0.3, 0.85, len(colours) - 1)) * level, level]
    parts = []
    for code, low, high in zip(colours, cuts[:-1], cuts[1:], strict=True):
        heights = np.linspace(low, high, 8)
        radii = np.interp(heights, inside[:, 1], inside[:, 0]) - 0.0003
        body = shapes.lathe([(0.0, low), *zip(radii, heights, strict=True), (0.0, high)], 48)
        parts.append(body.with_material(plain(jitter_colour(rng, code, 0.7), 0.2)))
    return parts


def enamel_mug(rng: np.random.Generator) -> list[Shape]:
    """Build an enamelled mug: thin wall, a dark rolled rim, chipped in places."""
    height = rng.uniform(0.07, 0.095)
    radius = height * rng.uniform(0.46, 0.56)
    taper = rng.uniform(0.84, 1.0)
    outline = vessels.smooth_profile(
        [(taper * radius, 0.0), (taper * radius + 0.001, 0.003), (radius, height)], 24
    )
    colour = jitter_colour(rng, str(rng.choice(_ENAMELS)), 0.7)
    rim_code = "1c2a5a" if sum(colour) > 1.2 else "f1efe9"
    rim_colour = jitter_colour(rng, str(rng.choice([rim_code, "17181a"])))
    decorate = decorations.speckled if rng.random() < 0.35 else decorations.plain
    inside = jitter_colour(rng, "efece4", 0.5) if rng.random() < 0.7 else None
    glaze = glazes.make_glaze(
        rng, decorate, (colour, rim_colour, rim_colour), 0.3, inside_colour=inside, gloss=0.7
    )
    angles = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
    section = 0.0017 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [radius, height]
    rim = shapes.lathe_closed_section(section).with_material(plain(rim_colour, 0.25))
    handle = vessels.bent_handle(
        outline,
        "ear",
        0.84 * height,
        0.3 * height,
        rng.uniform(0.024, 0.032),
        (0.013, 0.004),
        0.0015,
    )
    parts = [
        vessels.vessel(outline, 0.0015, 0.004).with_material(glaze.wall_material),
        rim,
        handle.with_material(glaze.handle_material),
    ]
    return parts + _maybe_drink(rng, outline, 0.0015, height)


def steel_mug(rng: np.random.Generator) -> list[Shape]:
    """Build a mug of steel or copper, polished or dull, with a wire or band as its handle."""
    height = rng.uniform(0.07, 0.1)
    radius = height * rng.uniform(0.42, 0.5)
    shape = [(0.92 * radius, 0.0), (0.98 * radius, 0.004), (radius, 0.5 * height), (radius, height)]
    outline = vessels.smooth_profile(shape, 24)
    colour = (0.62, 0.62, 0.63) if rng.random() < 0.7 else (0.62, 0.3, 0.16)
    metal = mirror_metal(colour, dullness=float(rng.uniform(0.1, 0.8)))
    section = (0.004, 0.004) if rng.random() < 0.5 else (0.013, 0.003)
    handle = vessels.bent_handle(
        outline, "square", 0.85 * height, 0.2 * height, 0.028, section, 0.0012
    )
    grip = metal if rng.random() < 0.6 else materials.rubber(scale_colour(colour, 0.08))
    wall = vessels.vessel(outline, 0.0014, 0.004).with_material(metal)
    return [wall, handle.with_material(grip), *_maybe_drink(rng, outline, 0.0014, height)]


def _maybe_drink(
    rng: np.random.Generator, outline: np.ndarray, wall: float, height: float
) -> list[Shape]:
    """Build a drink's surface in most cases."""
    if rng.random() > 0.75:
        return []
    surface = vessels.liquid_surface(outline, wall, height * rng.uniform(0.7, 0.9))
    return [surface.with_material(drinks.drink_material(rng, str(rng.choice(drinks.DRINKS))))]


def tea_tag(rng: np.random.Generator, outline: np.ndarray, wall: float) -> list[Shape]:
    """Build a tea bag's string over the lip, with its tag outside on the wall, towards -Y."""
    height = outline[-1, 1]
    lip = float(outline[-1, 0])
    z = height * rng.uniform(0.4, 0.65)
    radius = float(np.interp(z, outline[:, 1], outline[:, 0]))
    knots = [
        (lip - wall - 0.002, 0.8 * height),
        (lip - 0.5 * wall, height + 0.0022),
        (lip + 0.0012, height - 0.004),
        (radius + 0.001, z),
    ]
    curve = vessels.smooth_profile(knots, 24)
    path = np.stack([0 * curve[:, 0], -curve[:, 0], curve[:, 1]], axis=1)
    string = shapes.tube(path, 0.0004, (1.0, 0.0, 0.0), segments=6)
    colour = jitter_colour(rng, str(rng.choice(["e8c02a", "2f7d4a", "c22a22", "f1efe9", "d98a2a"])))
    tag = shapes.slab(0.017, 0.021, [(0, 0), (0, 0.0006)], 0.001).rotated("x", 90.0)
    tag = tag.translated(y=-radius - 0.0008, z=z - 0.008)
    return [string.with_material(plain((0.8, 0.78, 0.72))), tag.with_material(plain(colour))]
