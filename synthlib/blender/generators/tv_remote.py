"""Remote controls, 0.13 to 0.24 m long: a rounded bar, groups of buttons in rows along it.

The groups drawn decide how long it is: from a streaming stick's ring and six buttons to the full
field of numbers, rockers, coloured keys and transport. Sizes in millimetres until the end.
"""

import bpy
import numpy as np

from synthlib.blender.generators.parts.remote_buttons import BUTTON_GROUPS, RemoteLook
from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, sample_colour
from synthlib.blender.modelling.materials import plain, plastic, rubber
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_COLOUR_SCHEMES = (  # body, buttons, legends
    *("17181a 3a3c40 e6e6e6", "1d1e20 0c0d0e d9d9d9", "232427 6a6e74 ffffff"),
    *("101112 d7d9dc 202224", "3b3e43 17181a f0f0f0", "8d9196 2b2d30 f4f4f4"),
    *("b4b7bb 5d6166 ffffff", "b9bcc0 eceded 33363a", "eeeeec c3c6c9 33363a"),
    *("f1f1ef 2d2f33 f4f4f4", "dcd8cc 77746a f5f3ea"),
)
_BACKS = ("17181a", "17181a", "45484d", "b4b7bb", "eeeeec")
_MINIMAL_GROUPS = ("power", "ring", "three", "rockers", "apps")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One remote lying on its back, its buttons up, its far end towards +Y. Returns one object."""
    codes = _COLOUR_SCHEMES[rng.integers(len(_COLOUR_SCHEMES))].split()
    body, button, ink = (jitter_colour(rng, code, 0.8) for code in codes)
    if rng.random() < 0.06:
        body = sample_colour(rng, (0.4, 0.8), (0.1, 0.5))
    look = RemoteLook(
        width=rng.uniform(32.0, 50.0),
        corner_rounding=float(rng.choice([0.35, 0.7, 1.0])),
        button_height=rng.uniform(0.8, 1.8),
        button=rubber(button),
        legend=plain(ink, 0.6),
        accent=rubber(sample_colour(rng, (0.5, 0.9), (0.2, 0.6))),
        dark=plain((0.012, 0.012, 0.014), 0.15),
    )
    groups = _sample_groups(rng)
    parts, y = [], -rng.uniform(7.0, 13.0)
    for group in groups:
        made, height = BUTTON_GROUPS[group](rng, look)
        parts += [part.translated(y=y - height / 2) for part in made]
        y -= height + rng.uniform(2.5, 6.0)
    length = -y + float(rng.choice([rng.uniform(4.0, 10.0), rng.uniform(20.0, 55.0)]))
    length = min(length, max(240.0, 5.0 - y))
    length = max(length, rng.uniform(2.7, 3.3) * look.width, rng.uniform(130.0, 145.0))
    parts = [*(part.translated(y=length / 2) for part in parts), *_body(rng, look, length, body)]
    return meshes.assemble(
        "tv_remote", [part.deformed(lambda points: points / 1000) for part in parts]
    )


def _sample_groups(rng: np.random.Generator) -> list[str]:
    """Which groups of buttons, far end first."""
    if rng.random() < 0.25:
        middle = list(rng.permutation(_MINIMAL_GROUPS[1:]))[: rng.integers(2, 5)]
        return ["power", *(["ring"] if "ring" not in middle else []), *map(str, middle)]
    chance = {"screen": 0.12, "numbers": 0.85, "apps": 0.35, "maker_name": 0.5, "three": 0.5}
    drawn = [g for g in BUTTON_GROUPS if g == "power" or rng.random() < chance.get(g, 0.7)]
    middle = [g for g in drawn if g not in ("power", "screen", "maker_name")]
    if rng.random() < 0.6:
        middle = [str(g) for g in rng.permutation(middle)]
    first, last = (
        ("power", "screen")[: 1 + ("screen" in drawn)],
        drawn[-1:] * ("maker_name" in drawn),
    )
    return [*first, *(middle or ["ring"]), *last]


def _body(rng: np.random.Generator, look: RemoteLook, length: float, colour: Colour) -> list[Shape]:
    """The bar, waisted or tapered, thinner towards its rims below; the window at the far end."""
    thick = rng.uniform(9.0, 22.0)
    far, near = look.width * rng.choice([0.1, 0.25, 0.5]), look.width * rng.choice([0.1, 0.3, 0.5])
    round_off, under = rng.uniform(0.8, 3.0), rng.uniform(1.5, 0.45 * thick)
    angles = np.linspace(0.0, np.pi / 2, 5)
    profile = [(under * (1 - np.sin(a)), -thick + under * (1 - np.cos(a))) for a in angles]
    seam = under - thick + 0.2 * (thick - under)  # between the two halves of the shell
    upper = [
        (0.0, seam),
        *shapes.fillet_profile(thick - under, round_off, under - thick, steps=4)[1:],
    ]
    waist, taper = rng.choice([0.0, rng.uniform(0.02, 0.12)]), rng.uniform(-0.06, 0.06)

    def bend(points: np.ndarray) -> np.ndarray:
        along = 2 * points[:, 1] / length
        share = 1.0 - waist * np.exp(-((along / 0.5) ** 2)) + waist + taper * along
        return points * np.stack([share, 1 + 0 * share, 1 + 0 * share], axis=1)

    below = colour if rng.random() < 0.65 else jitter_colour(rng, str(rng.choice(_BACKS)))
    gloss, radii, shells = rng.uniform(0.25, 0.6), (far, far, near, near), []
    for half, tone in (([*profile, (0.0, seam)], below), (upper, colour)):
        shell = shapes.slab(look.width + 5, length, half, radii, segments=10, resample_count=160)
        shells.append(shell.deformed(bend).with_material(plastic(tone, gloss)))
    window = shapes.slab(
        0.45 * look.width, 4.0, shapes.fillet_profile(4.0, 1.0, -4.0), 1.5
    ).with_material(look.dark)
    return [*shells, window.translated(y=length / 2 - 1.2, z=-0.35 * thick + 2)]
