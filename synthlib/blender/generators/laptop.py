"""Laptops of 10 to 17 inches, open: thin, plastic, business, old, netbooks, gaming, tablets.

`rng` draws the kind with its proportions and colours (`parts.computers.laptop_looks`), the opening
angle, keyboard, touchpad and ports (`laptop_deck`), the screen's content, logo and stickers. A
laptop is 23 to 43 cm wide; lengths are in metres.

The base is modelled about the deck z = 0, and the lid open by 180 degrees behind it; then the lid
is rotated about the hinge. The screen faces -Y, where the user sits.
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
    """Build one open laptop.

    Returns:
        One mesh object, resting on z = 0, its screen towards -Y.
    """
    kinds = ["thin", "plastic", "business", "old", "netbook", "gaming", "tablet"]
    kind = str(rng.choice(kinds, p=[0.31, 0.26, 0.14, 0.09, 0.08, 0.06, 0.06]))
    look = sample_look(rng, kind)
    deck = look.deck
    opening_angle = float(np.clip(rng.normal(108.0, 14.0), 76.0, 145.0))
    opening_angle = float(
        rng.choice([opening_angle, rng.uniform(25.0, 70.0), 179.0], p=[0.94, 0.04, 0.02])
    )
    is_folded = kind in ("thin", "plastic") and rng.random() < 0.05
    is_tent = is_folded and rng.random() < 0.8
    if is_folded:
        opening_angle = rng.uniform(285.0, 310.0)
    base = [*_base(look), *deck_parts(rng, deck)]
    base = [part.deformed(_wedge_deformation(look)) for part in base]
    lid = _lid(rng, look, kind, is_tent)
    hinge_radius = max(0.0045, 0.35 * look.lid_thickness)
    hinge_y = 0.5 * deck.depth + (0.5 * hinge_radius if is_folded else -1.2 * hinge_radius)
    hinge_z = 0.3 * hinge_radius
    lid_rotation = 180.0 - opening_angle
    lid = [part.rotated("x", lid_rotation).translated(y=hinge_y, z=hinge_z) for part in lid]
    parts = [
        *base,
        *lid,
        *(part.translated(y=hinge_y, z=hinge_z) for part in _hinge(rng, look, hinge_radius)),
    ]
    if kind == "tablet" and not is_folded:
        parts.append(_tablet_stand(look, hinge_y, hinge_z, lid_rotation))
    levelling_angle = np.degrees(np.arctan(look.wedge * deck.thickness / deck.depth))
    if is_tent:  # standing like a tent, its screen towards the user
        parts = [part.rotated("xz", 0.5 * (360.0 - opening_angle) + 30.0, 180.0) for part in parts]
    elif is_folded:  # lying on the keys
        parts = [part.rotated("x", 180.0) for part in parts]
    else:
        parts = [part.rotated("x", levelling_angle) for part in parts]
    return meshes.assemble("laptop", parts)


def _case_material(look: LaptopLook, colour: Colour) -> bpy.types.Material:
    """Return metal or plastic of a colour, as the look says."""
    return (
        materials.brushed_metal(colour, roughness=0.45)
        if look.metal
        else materials.plain(colour, 0.4)
    )


def _base(look: LaptopLook) -> list[Shape]:
    """Build the lower shell and the plate of the deck, with a seam between them."""
    deck = look.deck
    thickness = look.deck.thickness
    edge_depth = min(0.35 * thickness, 0.008)
    profile = [
        (edge_depth, -thickness),
        (0.4 * edge_depth, -thickness + 0.3 * edge_depth),
        (0.0, -thickness + edge_depth),
    ]
    body = shapes.slab(
        deck.width, deck.depth, [*profile, (0.0, -0.0006), (0.0006, 0.0)], look.corner, segments=6
    )
    seam = shapes.slab(
        deck.width + 0.0006,
        deck.depth + 0.0006,
        [(0, -0.28 * thickness), (0, -0.28 * thickness + 0.0012)],
        look.corner,
    )
    seam_material = materials.plain(scale_colour(deck.body, 0.3), 0.5)
    return [body.with_material(_case_material(look, deck.body)), seam.with_material(seam_material)]


def _wedge_deformation(look: LaptopLook) -> Callable:
    """Return a deformation that makes the base thinner towards the user."""
    deck = look.deck

    def thin(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        front_share = np.clip(0.5 - y / deck.depth, 0.0, 1.0)
        return np.stack([x, y, np.where(z < 0, z * (1.0 - look.wedge * front_share), z)], axis=1)

    return thin


def _lid(rng: np.random.Generator, look: LaptopLook, kind: str, tent: bool) -> list[Shape]:
    """Build the open lid: screen up at z = 0, hinge along y = 0, upper edge towards +Y.

    Args:
        tent: The laptop stands like a tent, so that the picture is rotated by 180 degrees.
    """
    deck = look.deck
    thickness = look.lid_thickness
    height, (side, above, below) = deck.depth - 0.008, look.screen_margins
    centre_y = 0.003 + 0.5 * height
    edge_radius = min(0.45 * thickness, 0.004)
    angles = np.linspace(0.0, np.pi / 2, 4)
    back_profile = [
        (edge_radius * (1 - np.sin(a)), -thickness + edge_radius * (1 - np.cos(a))) for a in angles
    ]
    shell = shapes.slab(
        deck.width, height, [*back_profile, (0.0, -0.0003), (0.0004, 0.0)], look.corner, segments=6
    )
    screen_width, screen_height = deck.width - 2 * side, height - above - below
    screen_y = 0.5 * (below - above)
    rise = rng.uniform(0.0008, 0.002 + 0.002 * (thickness > 0.01))
    bezel_inset = 0.0015 if thickness < 0.01 else 0.003
    outer = shapes.rounded_rectangle(
        deck.width - 2 * bezel_inset,
        height - 2 * bezel_inset,
        [max(look.corner - bezel_inset, 0.001)],
        4,
    )
    inner = shapes.rounded_rectangle(screen_width, screen_height, [0.001], 4) + np.array(
        [0.0, screen_y]
    )
    bezel = bezel_frame(outer, inner, -0.001, rise, 0.0004).with_material(
        materials.plain(look.rim, 0.3)
    )
    screen = screen_shapes(
        rng, screen_width, screen_height, old=kind == "old", off_probability=0.22
    )
    if tent:
        screen = [part.rotated("z", 180.0) for part in screen]
    screen = [part.translated(y=screen_y, z=0.0004) for part in screen]
    lens_material = materials.plain((0.008, 0.008, 0.009), 0.2)
    parts = [shell.with_material(_case_material(look, look.shell)), bezel, *screen]
    if kind != "old" and above > 0.009:
        lens = shapes.slab(0.0045, 0.0045, [(0, 0), (0, rise + 0.0004)], 0.002)
        parts.append(
            lens.translated(y=0.5 * height - 0.5 * above - 0.5 * bezel_inset).with_material(
                lens_material
            )
        )
    name_material = materials.plain(
        srgb_to_linear("c8cacd") if sum(look.rim) < 0.8 else srgb_to_linear("404246"), 0.4
    )
    if below > 0.016 and rng.random() < 0.7:
        maker = meshes.text_shape(
            str(rng.choice(["NORDIS", "tavo", "OREL", "Vista 14", "Lumen", "KORA"])), 0.005
        )
        parts.append(
            maker.translated(
                y=-0.5 * height + 0.5 * below + 0.5 * bezel_inset, z=rise + 0.0003
            ).with_material(name_material)
        )
    logo = _lid_logo(rng, look, kind, height)
    parts += [part.rotated("y", 180.0).translated(z=-thickness) for part in logo]
    return [part.translated(y=centre_y) for part in parts]


def _lid_logo(rng: np.random.Generator, look: LaptopLook, kind: str, height: float) -> list[Shape]:
    """Build the maker's logo, gaming stripes or stickers on the back of a lid, facing +Z."""
    deck = look.deck
    logo_colour = look.shell if sum(look.shell) < 0.5 else scale_colour(look.shell, 0.3)
    logo_material = materials.plain(
        scale_colour(logo_colour, 4.0) if logo_colour is look.shell else logo_colour, 0.3
    )
    if logo_colour is look.shell and rng.random() < 0.6:
        logo_material = materials.plain(
            deck.accent if kind == "gaming" else srgb_to_linear("c8cacd"), 0.3
        )
    logo = maker_logo(rng, rng.uniform(0.025, 0.05), logo_material)
    if kind == "gaming" or rng.random() < 0.06:
        for x in (-0.3, 0.3):
            stripe = shapes.slab(0.008, 0.7 * height, [(0, -0.001), (0, 0.0004)], 0.002)
            logo.append(
                stripe.rotated("z", 30.0 * np.sign(x))
                .translated(x * deck.width)
                .with_material(logo_material)
            )
    return _stickers(rng, deck.width, height) if rng.random() < 0.08 else logo


def _stickers(rng: np.random.Generator, width: float, height: float) -> list[Shape]:
    """Build stickers on the lid, later ones over earlier ones."""
    parts = []
    for index in range(rng.integers(4, 12)):
        size = rng.uniform(0.03, 0.08, 2)
        profile = [(0, -0.001), (0, 0.0003 + 0.0003 * index)]
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
    """Build barrels about the hinge axis: one long or two short ones."""
    width = look.deck.width
    material = materials.plain(scale_colour(look.deck.body, 0.35), 0.4)
    if look.deck.thickness < 0.015 or rng.random() < 0.3:
        return [
            shapes.rod((-0.38 * width, 0, 0), (0.38 * width, 0, 0), radius, 16).with_material(
                material
            )
        ]
    half_length = rng.uniform(0.04, 0.09) * width
    offset = rng.uniform(0.3, 0.4) * width
    return [
        shapes.rod((x - half_length, 0, 0), (x + half_length, 0, 0), radius, 16).with_material(
            material
        )
        for x in (-offset, offset)
    ]


def _tablet_stand(look: LaptopLook, y: float, z: float, turn: float) -> Shape:
    """Build the stand of a tablet, from the middle of its back down to the table behind it."""
    angle = np.radians(turn)
    up_direction = np.array([0, np.cos(angle), np.sin(angle)])
    back_direction = np.array([0, np.sin(angle), -np.cos(angle)])
    top = (
        np.array([0.0, y, z])
        + 0.5 * look.deck.depth * up_direction
        + (look.lid_thickness - 0.001) * back_direction
    )
    drop = top[2] + look.deck.thickness - 0.001
    foot = top + np.array([0.0, 0.45 * drop, -drop])
    path = top + np.linspace(0.0, 1.0, 3)[:, None] * (foot - top)
    material = materials.plain(scale_colour(look.shell, 0.85), 0.4)
    return shapes.ribbon(path, 0.8 * look.deck.width, 0.003, (1.0, 0.0, 0.0)).with_material(
        material
    )
