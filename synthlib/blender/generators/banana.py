"""Bananas, 4 to 36 cm: single, in hands and bunches, half peeled, cut, sliced.

`rng` draws the kind, the form of the fingers (`parts.fruit.bananas`), their ripeness from green to
black (`banana_peel`), stickers, count and pose, flaps and cuts (`peeled`), and plates. Bowls, which
hide bananas from the side, are companions (`blender.companions`), whose masks say what is hidden.
Lengths are in metres.
"""

from dataclasses import replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.fruit import bananas, peeled, plates
from synthlib.blender.generators.parts.fruit.banana_peel import peel_material
from synthlib.blender.generators.parts.fruit.bananas import BananaForm
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.shapes import Shape

VERSION = 4
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_KINDS = {
    "single": 0.26,
    "several": 0.09,
    "hand": 0.36,
    "bunch": 0.07,
    "half peeled": 0.12,
    "halves": 0.05,
    "slices": 0.05,
}
"""Kinds of objects and their probabilities."""


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a banana that lies on its side, or several, or peeled or cut ones.

    Returns:
        A list with one mesh object, which lies on z = 0.
    """
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    form = _sample_form(rng)
    sticker = materials.plain(
        jitter_colour(rng, str(rng.choice(["1f4f9e", "c22a22", "f2efe6", "2f7d4a", "e8c02a"])))
    )
    sticker = sticker if rng.random() < 0.4 else None
    make = {
        "single": lambda: _single(rng, form, sticker),
        "several": lambda: _several(rng, form, sticker),
        "hand": lambda: bananas.hand(rng, form, int(rng.integers(2, 9)), sticker=sticker),
        "bunch": lambda: _bunch(rng, form),
        "half peeled": lambda: _half_peeled(rng, form),
        "halves": lambda: peeled.halves(rng, form),
        "slices": lambda: _slices(rng, form),
    }[kind]
    yaw = rng.choice([0.0, 180.0]) + rng.normal(0.0, 30.0)  # rarely seen end-on
    return meshes.assemble("banana", [part.rotated("z", yaw) for part in make()])


def _sample_form(rng: np.random.Generator) -> BananaForm:
    """Sample the form of the fingers: common ones, small fat ones, or long cooking bananas."""
    variety = str(rng.choice(["common", "small", "long"], p=[0.76, 0.14, 0.1]))
    length, radius = {
        "common": (rng.uniform(0.15, 0.22), rng.uniform(0.0155, 0.0205)),
        "small": (rng.uniform(0.085, 0.125), rng.uniform(0.0115, 0.0145)),
        "long": (rng.uniform(0.21, 0.25), rng.uniform(0.018, 0.024)),
    }[variety]
    ripeness = [rng.uniform(0.0, 1.0), rng.uniform(0.35, 0.7), rng.uniform(-0.4, 0.15)]
    skin = peel_material(
        rng, float(rng.choice([*ripeness, rng.uniform(1.0, 1.6)], p=[0.35, 0.35, 0.2, 0.1]))
    )
    return BananaForm(
        length=length,
        radius=radius,
        bend=rng.uniform(30.0, 125.0),
        stem=rng.uniform(0.1, 0.2),
        sides=int(rng.choice([4, 5, 5, 5, 6])),
        ridge=rng.uniform(0.02, 0.1),
        bend_position=rng.uniform(0.35, 0.7),
        skin=skin,
    )


def _single(
    rng: np.random.Generator, form: BananaForm, sticker: bpy.types.Material | None
) -> list[Shape]:
    """Build one banana, lying flat, leaning, or on its outer curve."""
    roll = float(rng.choice([rng.uniform(-15.0, 35.0), rng.uniform(-95.0, 95.0)], p=[0.7, 0.3]))
    return [part.rotated("x", roll) for part in bananas.finger(rng, form, sticker=sticker)]


def _several(
    rng: np.random.Generator, form: BananaForm, sticker: bpy.types.Material | None
) -> list[Shape]:
    """Build two or three separate bananas that lie beside or across one another."""
    parts = []
    for k in range(int(rng.integers(2, 4))):
        yaw = rng.normal(0.0, 12.0) + 180.0 * (rng.random() < 0.3)
        flipped = rng.choice([0.0, 180.0])
        banana = bananas.finger(rng, form, sticker=sticker)
        middle = banana[0].vertices.mean(axis=0)
        lift = form.radius * (1.6 if k == 2 else 1.0)
        at = rng.normal(0.0, 0.01), 2.1 * form.radius * (k - 0.5) * (k < 2), lift
        parts += [
            part.translated(*-middle).rotated("xz", flipped, yaw).translated(*at) for part in banana
        ]
    return parts


def _bunch(rng: np.random.Generator, form: BananaForm) -> list[Shape]:
    """Build a bunch, standing on its stalk or lying on its side."""
    form = replace(form, length=min(form.length, 0.15))
    stalk = materials.plastic(jitter_colour(rng, "6f7a3a"), 0.6, grain_size=0.004)
    pitch = rng.choice([0.0, 180.0, 90.0]) + rng.normal(0.0, 8.0)
    return [part.rotated("y", pitch) for part in bananas.bunch(rng, form, stalk)]


def _half_peeled(rng: np.random.Generator, form: BananaForm) -> list[Shape]:
    """Build a half peeled banana, upright as in a hand, or lying."""
    form = replace(form, length=min(form.length, 0.2), bend=min(form.bend, 90.0))
    parts = peeled.half_peeled(rng, form)
    pitch = rng.normal(-80.0, 12.0) if rng.random() < 0.6 else rng.normal(0.0, 8.0)
    return [part.rotated("xy", rng.uniform(-30.0, 30.0), pitch) for part in parts]


def _slices(rng: np.random.Generator, form: BananaForm) -> list[Shape]:
    """Build slices on a plate, beside the rest of the banana, or alone."""
    reach = rng.uniform(0.04, 0.06)
    parts = peeled.slices(rng, 0.85 * form.radius, reach)
    if rng.random() < 0.65:
        base = 0.004
        plate = plates.plate(rng, reach * rng.uniform(1.6, 2.2), rng.uniform(0.01, 0.02))
        return [plate, *(part.translated(z=base) for part in parts)]
    return parts
