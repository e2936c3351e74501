"""Flower heads as light meshes: daisies, roses, tulips, lilies, balls of florets.

A head is a list of shapes about the origin, growing along +Z; its size is its radius in metres.
The vertex attribute holds the colour, so that all heads share one material.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

FlowerHead = list[Shape]


def colour_radially(
    shape: Shape,
    inner_colour: Colour,
    outer_colour: Colour | None = None,
    outer_radius: float = 1.0,
) -> Shape:
    """Colour a shape uniformly, or with a gradient from its axis outward.

    Args:
        inner_colour: Colour at the z axis.
        outer_colour: Colour from `outer_radius` on; None for `inner_colour` everywhere.
        outer_radius: Metres.
    """
    share = np.clip(np.hypot(shape.vertices[:, 0], shape.vertices[:, 1]) / outer_radius, 0.0, 1.0)[
        :, None
    ]
    inner = np.array(inner_colour)
    outer = np.array(outer_colour or inner_colour)
    return replace(shape, vertex_attribute=inner + (outer - inner) * share)


def _lobed_disc(size: float, petals: int, depth: float, rise: float, sharp: float = 1.0) -> Shape:
    """Build a thin round sheet cut into petals, its edge raised by `rise`; a cup if that is large.

    Args:
        depth: Depth of the notches between petals, as a share of the radius.
        sharp: Exponent of the petals' outline; below 1 they are rounder.
    """
    radii = np.linspace(0.04, 1.0, 4)
    profile = np.c_[radii * size, rise * radii**2]
    shape = shapes.lathe(
        np.r_[profile - [0.0, 0.02 * size + 0.0006], profile[::-1]],
        (4 if petals > 6 else 6) * petals,
    )

    def cut_petals(points: np.ndarray) -> np.ndarray:
        radius_share = np.hypot(points[:, 0], points[:, 1]) / size
        lobe = np.abs(np.cos(0.5 * petals * np.arctan2(points[:, 1], points[:, 0]))) ** sharp
        scale = 1.0 - depth * (1.0 - lobe) * radius_share
        return points * np.stack([scale, scale, np.ones_like(scale)], axis=1)

    return shape.deformed(cut_petals)


def daisy(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build two rows of petals around a yellow or brown heart: daisies, gerberas, sunflowers."""
    petals = int(rng.integers(8, 14))
    heart_radius = rng.uniform(0.24, 0.42) * size
    heart_colour = jitter_colour(rng, str(rng.choice(["e0a818", "e0a818", "3a2414"])))
    rise = rng.uniform(-0.1, 0.3) * size
    rows = [
        _lobed_disc(size, petals, 0.62, rise),
        _lobed_disc(0.86 * size, petals, 0.6, 1.3 * rise),
    ]
    rows[1] = rows[1].rotated("z", 180.0 / petals).translated(z=0.05 * size)
    heart = shapes.lathe([(0, -0.1), (1, 0), (0.9, 0.25), (0.5, 0.42), (0, 0.48)], 12)
    heart = heart.deformed(lambda points: points * heart_radius).translated(z=0.06 * size)
    return [
        *(colour_radially(row, scale_colour(colour, 0.7), colour, size) for row in rows),
        colour_radially(heart, heart_colour),
    ]


def blossom(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build five petals as on a fruit tree, of few faces, since a branch bears dozens."""
    cup = shapes.lathe(size * np.array([(0.1, -0.05), (1.0, 0.4), (1.0, 0.45), (0.1, 0.05)]), 20)
    petal_scale = 1.0 - 0.35 * np.abs(
        np.sin(2.5 * np.arctan2(cup.vertices[:, 1], cup.vertices[:, 0]))
    )
    cup = cup.deformed(
        lambda points: points * np.c_[petal_scale, petal_scale, np.ones_like(petal_scale)]
    )
    heart_colour = jitter_colour(rng, str(rng.choice(["b8405a", "d8b040"])))
    return [colour_radially(cup, heart_colour, colour, 0.6 * size)]


def rose(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build cups within cups, darker inside: roses, peonies, ranunculi."""
    relative_depth = rng.uniform(0.7, 1.0)
    # The core connects the cups.
    core = shapes.rod((0.0, 0.0, 0.0), (0.0, 0.0, 0.33 * size), 0.06 * size, 6)
    parts = [colour_radially(core, scale_colour(colour, 0.4))]
    for k, radius_share in enumerate((1.0, 0.78, 0.56, 0.34)):
        cup = _lobed_disc(radius_share * size, 5, 0.22, relative_depth * size * (0.5 + 0.14 * k))
        cup = cup.rotated("z", 37.0 * k).translated(z=0.1 * size * k)
        parts.append(colour_radially(cup, scale_colour(colour, 0.45), colour, radius_share * size))
    return parts


def tulip(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build a closed egg of petals, paler at its foot."""
    egg = [(0.1, 0.0), (0.5, 0.12), (0.74, 0.5), (0.72, 0.95), (0.55, 1.4), (0.3, 1.55), (0.1, 1.5)]
    egg = shapes.lathe(np.array(egg) * size, 24)

    def lobes(points: np.ndarray) -> np.ndarray:
        angle = np.arctan2(points[:, 1], points[:, 0])
        z_share = points[:, 2] / size
        wave = np.abs(np.cos(1.5 * angle))
        radial_scale = 1.0 - 0.16 * (1.0 - wave) * z_share
        z_scale = 1.0 + 0.22 * (wave - 0.5) * np.clip(z_share - 0.6, 0.0, 1.0)
        return points * np.stack([radial_scale, radial_scale, z_scale], axis=1)

    egg = egg.deformed(lobes)
    z_shares = np.clip(egg.vertices[:, 2:] / size, 0.0, 1.0)
    foot_colour = np.array(jitter_colour(rng, "b8b860"))
    return [
        replace(
            egg,
            vertex_attribute=foot_colour
            + (np.array(colour) - foot_colour) * np.clip(3 * z_shares, 0, 1),
        )
    ]


def lily(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build six pointed petals bent back from a throat, with stamens."""
    star = _lobed_disc(1.25 * size, 6, 0.8, rng.uniform(0.3, 0.6) * size, 0.8)
    throat_colour = jitter_colour(rng, str(rng.choice(["b8c060", "e8d070", "a03048"])))
    head = [colour_radially(star, throat_colour, colour, 0.8 * size)]
    for k in range(4):
        stamen_tip = 0.35 * size * np.array([np.cos(1.57 * k), np.sin(1.57 * k), 1.9])
        head.append(
            colour_radially(
                shapes.rod((0, 0, 0), stamen_tip, 0.05 * size, 5), srgb_to_linear("a8581c")
            )
        )
    return head


def pompom(rng: np.random.Generator, size: float, colour: Colour) -> FlowerHead:
    """Build a ball of florets, darker between them: hydrangeas, carnations, chrysanthemums."""
    sphere = shapes.sphere(0.9 * size, 24)
    frequency = rng.uniform(4.0, 8.0)
    waves = np.prod(np.sin(frequency * sphere.vertices / size + rng.uniform(0, 6, 3)), axis=1)[
        :, None
    ]
    vertex_colours = np.clip(np.array(colour) * (1.0 + 0.9 * waves), 0.0, 1.0)
    points = sphere.vertices * (1.0 + 0.22 * waves) * [1.0, 1.0, rng.uniform(0.7, 1.0)]
    return [
        replace(sphere, vertices=points, vertex_attribute=vertex_colours).translated(z=0.45 * size)
    ]


HEAD_MAKERS: list[Callable[[np.random.Generator, float, Colour], FlowerHead]] = [
    daisy,
    daisy,
    rose,
    rose,
    tulip,
    lily,
    pompom,
]
"""Makers of heads, each as many times as its relative frequency."""
