"""Laptops of 10 to 17 inches, open: thin aluminium, plastic, thick black, netbooks, convertibles.

The base is made about the deck z = 0, the lid lying open by 180 degrees behind it; then the lid is
turned about the hinge. The screen faces -Y, where the user sits.
"""

from collections.abc import Callable

import bpy
import numpy as np

from synthlib.blender.generators.parts.computers.laptop_deck import deck_parts, maker_logo
from synthlib.blender.generators.parts.computers.laptop_looks import LaptopLook, sample_look
from synthlib.blender.generators.parts.computers.screens import bezel_frame, screen_shapes
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, sample_colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One laptop on the table. Returns one object."""
    kinds = ["thin", "plastic", "business", "old", "netbook", "gaming", "tablet"]
    kind = str(rng.choice(kinds, p=[0.31, 0.26, 0.14, 0.09, 0.08, 0.06, 0.06]))
    look = sample_look(rng, kind)
    deck = look.deck
    angle = float(np.clip(rng.normal(108.0, 14.0), 76.0, 145.0))
    angle = float(rng.choice([angle, rng.uniform(25.0, 70.0), 179.0], p=[0.94, 0.04, 0.02]))
    folded = kind in ("thin", "plastic") and rng.random() < 0.05
    tent = folded and rng.random() < 0.8
    if folded:
        angle = rng.uniform(285.0, 310.0)
    base = [*_base(look), *deck_parts(rng, deck)]
    base = [part.deformed(_wedge_deformation(look)) for part in base]
    lid = _lid(rng, look, kind, tent)
    radius = max(0.0045, 0.35 * look.lid_thickness)
    y, z = 0.5 * deck.depth + (0.5 * radius if folded else -1.2 * radius), 0.3 * radius
    turn = 180.0 - angle
    lid = [part.rotated("x", turn).translated(y=y, z=z) for part in lid]
    parts = [*base, *lid, *(part.translated(y=y, z=z) for part in _hinge(rng, look, radius))]
    if kind == "tablet" and not folded:
        parts.append(_tablet_stand(look, y, z, turn))
    level = np.degrees(np.arctan(look.wedge * deck.thickness / deck.depth))
    if tent:  # like a tent, its screen towards the user
        parts = [part.rotated("xz", 0.5 * (360.0 - angle) + 30.0, 180.0) for part in parts]
    elif folded:  # the keys down
        parts = [part.rotated("x", 180.0) for part in parts]
    else:
        parts = [part.rotated("x", level) for part in parts]
    return meshes.assemble("laptop", parts)


def _case_material(look: LaptopLook, colour: Colour) -> bpy.types.Material:
    return (
        materials.brushed_metal(colour, roughness=0.45)
        if look.metal
        else materials.plain(colour, 0.4)
    )


def _base(look: LaptopLook) -> list[Shape]:
    """The lower shell and the plate of the deck, a seam between them."""
    deck, thick = look.deck, look.deck.thickness
    under = min(0.35 * thick, 0.008)
    profile = [(under, -thick), (0.4 * under, -thick + 0.3 * under), (0.0, -thick + under)]
    body = shapes.slab(
        deck.width, deck.depth, [*profile, (0.0, -0.0006), (0.0006, 0.0)], look.corner, segments=6
    )
    line = shapes.slab(
        deck.width + 0.0006,
        deck.depth + 0.0006,
        [(0, -0.28 * thick), (0, -0.28 * thick + 0.0012)],
        look.corner,
    )
    seam = materials.plain(scale_colour(deck.body, 0.3), 0.5)
    return [body.with_material(_case_material(look, deck.body)), line.with_material(seam)]


def _wedge_deformation(look: LaptopLook) -> Callable:
    """Thinner towards the user."""
    deck = look.deck

    def thin(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        forward = np.clip(0.5 - y / deck.depth, 0.0, 1.0)
        return np.stack([x, y, np.where(z < 0, z * (1.0 - look.wedge * forward), z)], axis=1)

    return thin


def _lid(rng: np.random.Generator, look: LaptopLook, kind: str, tent: bool) -> list[Shape]:
    """Lying open: its screen up at z = 0, its hinge along y = 0, its upper edge towards +Y."""
    deck, thick = look.deck, look.lid_thickness
    tall, (side, above, below) = deck.depth - 0.008, look.screen_margins
    middle, soft = 0.003 + 0.5 * tall, min(0.45 * thick, 0.004)
    angles = np.linspace(0.0, np.pi / 2, 4)
    back = [(soft * (1 - np.sin(a)), -thick + soft * (1 - np.cos(a))) for a in angles]
    shell = shapes.slab(
        deck.width, tall, [*back, (0.0, -0.0003), (0.0004, 0.0)], look.corner, segments=6
    )
    wide, high = deck.width - 2 * side, tall - above - below
    shift, rise = 0.5 * (below - above), rng.uniform(0.0008, 0.002 + 0.002 * (thick > 0.01))
    edge = 0.0015 if thick < 0.01 else 0.003
    outer = shapes.rounded_rectangle(
        deck.width - 2 * edge, tall - 2 * edge, [max(look.corner - edge, 0.001)], 4
    )
    inner = shapes.rounded_rectangle(wide, high, [0.001], 4) + np.array([0.0, shift])
    frame = bezel_frame(outer, inner, -0.001, rise, 0.0004).with_material(
        materials.plain(look.rim, 0.3)
    )
    picture = screen_shapes(rng, wide, high, old=kind == "old", off_probability=0.22)
    if tent:  # what it shows is turned round with it
        picture = [part.rotated("z", 180.0) for part in picture]
    picture = [part.translated(y=shift, z=0.0004) for part in picture]
    dark = materials.plain((0.008, 0.008, 0.009), 0.2)
    parts = [shell.with_material(_case_material(look, look.shell)), frame, *picture]
    if kind != "old" and above > 0.009:
        lens = shapes.slab(0.0045, 0.0045, [(0, 0), (0, rise + 0.0004)], 0.002)
        parts.append(lens.translated(y=0.5 * tall - 0.5 * above - 0.5 * edge).with_material(dark))
    ink = materials.plain(
        srgb_to_linear("c8cacd") if sum(look.rim) < 0.8 else srgb_to_linear("404246"), 0.4
    )
    if below > 0.016 and rng.random() < 0.7:
        words = meshes.text_shape(
            str(rng.choice(["NORDIS", "tavo", "OREL", "Vista 14", "Lumen", "KORA"])), 0.005
        )
        parts.append(
            words.translated(
                y=-0.5 * tall + 0.5 * below + 0.5 * edge, z=rise + 0.0003
            ).with_material(ink)
        )
    bright = look.shell if sum(look.shell) < 0.5 else scale_colour(look.shell, 0.3)
    sign = materials.plain(scale_colour(bright, 4.0) if bright is look.shell else bright, 0.3)
    if bright is look.shell and rng.random() < 0.6:
        sign = materials.plain(deck.accent if kind == "gaming" else srgb_to_linear("c8cacd"), 0.3)
    signs = maker_logo(rng, rng.uniform(0.025, 0.05), sign)
    if kind == "gaming" or rng.random() < 0.06:
        for x in (-0.3, 0.3):
            stripe = shapes.slab(0.008, 0.7 * tall, [(0, -0.001), (0, 0.0004)], 0.002)
            signs.append(
                stripe.rotated("z", 30.0 * np.sign(x))
                .translated(x * deck.width)
                .with_material(sign)
            )
    if rng.random() < 0.08:
        signs = _stickers(rng, deck.width, tall)
    parts += [part.rotated("y", 180.0).translated(z=-thick) for part in signs]
    return [part.translated(y=middle) for part in parts]


def _stickers(rng: np.random.Generator, width: float, height: float) -> list[Shape]:
    """What an owner sticks on the lid, the later over the earlier."""
    parts = []
    for k in range(rng.integers(4, 12)):
        size = rng.uniform(0.03, 0.08, 2)
        profile = [(0, -0.001), (0, 0.0003 + 0.0003 * k)]
        shape = shapes.slab(size[0], size[1], profile, float(rng.choice([0.003, 0.04])))
        shape = shape.rotated("z", rng.uniform(-40, 40))
        x, y = rng.uniform(-0.32, 0.32, 2) * [width, height]
        parts.append(
            shape.translated(x, y).with_material(
                materials.plain(sample_colour(rng, (0.1, 0.95), (0.1, 0.9)))
            )
        )
    return parts


def _hinge(rng: np.random.Generator, look: LaptopLook, radius: float) -> list[Shape]:
    """Barrels about the axis: one long or two short."""
    wide, made = look.deck.width, materials.plain(scale_colour(look.deck.body, 0.35), 0.4)
    if look.deck.thickness < 0.015 or rng.random() < 0.3:
        return [
            shapes.rod((-0.38 * wide, 0, 0), (0.38 * wide, 0, 0), radius, 16).with_material(made)
        ]
    half, at = rng.uniform(0.04, 0.09) * wide, rng.uniform(0.3, 0.4) * wide
    return [
        shapes.rod((x - half, 0, 0), (x + half, 0, 0), radius, 16).with_material(made)
        for x in (-at, at)
    ]


def _tablet_stand(look: LaptopLook, y: float, z: float, turn: float) -> Shape:
    """The prop of a tablet, from the middle of its back down to the table behind it."""
    angle = np.radians(turn)
    up, out = (
        np.array([0, np.cos(angle), np.sin(angle)]),
        np.array([0, np.sin(angle), -np.cos(angle)]),
    )
    top = np.array([0.0, y, z]) + 0.5 * look.deck.depth * up + (look.lid_thickness - 0.001) * out
    reach = top[2] + look.deck.thickness - 0.001
    foot = top + np.array([0.0, 0.45 * reach, -reach])
    path = top + np.linspace(0.0, 1.0, 3)[:, None] * (foot - top)
    made = materials.plain(scale_colour(look.shell, 0.85), 0.4)
    return shapes.ribbon(path, 0.8 * look.deck.width, 0.003, (1.0, 0.0, 0.0)).with_material(made)
