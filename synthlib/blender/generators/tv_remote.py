"""Remote controls, 13 to 24 cm long: a rounded bar with groups of buttons in rows along it.

`rng` draws colours, proportions, the groups of buttons (`parts.remote_buttons`) and their order,
and waist and taper of the bar. The groups determine the length: from a streaming stick's ring and
six buttons to the full field of numbers, rockers, coloured keys and transport keys. Lengths are in
millimetres until the end, and in metres in the mesh.
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
    "17181a 3a3c40 e6e6e6",
    "1d1e20 0c0d0e d9d9d9",
    "232427 6a6e74 ffffff",
    "101112 d7d9dc 202224",
    "3b3e43 17181a f0f0f0",
    "8d9196 2b2d30 f4f4f4",
    "b4b7bb 5d6166 ffffff",
    "b9bcc0 eceded 33363a",
    "eeeeec c3c6c9 33363a",
    "f1f1ef 2d2f33 f4f4f4",
    "dcd8cc 77746a f5f3ea",
)
_BACKS = ("17181a", "17181a", "45484d", "b4b7bb", "eeeeec")
_MINIMAL_GROUPS = ("power", "ring", "three", "rockers", "apps")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one remote control.

    Returns:
        One mesh object, lying on its back on z = 0, its buttons up and its far end towards +Y.
    """
    hex_codes = _COLOUR_SCHEMES[rng.integers(len(_COLOUR_SCHEMES))].split()
    body_colour, button_colour, legend_colour = (
        jitter_colour(rng, code, 0.8) for code in hex_codes
    )
    if rng.random() < 0.06:
        body_colour = sample_colour(rng, (0.4, 0.8), (0.1, 0.5))
    look = RemoteLook(
        width=rng.uniform(32.0, 50.0),
        corner_rounding=float(rng.choice([0.35, 0.7, 1.0])),
        button_height=rng.uniform(0.8, 1.8),
        button=rubber(button_colour),
        legend=plain(legend_colour, 0.6),
        accent=rubber(sample_colour(rng, (0.5, 0.9), (0.2, 0.6))),
        dark=plain((0.012, 0.012, 0.014), 0.15),
    )
    groups = _sample_groups(rng)
    parts = []
    y = -rng.uniform(7.0, 13.0)
    for name in groups:
        buttons, group_height = BUTTON_GROUPS[name](rng, look)
        parts += [part.translated(y=y - group_height / 2) for part in buttons]
        y -= group_height + rng.uniform(2.5, 6.0)
    length = -y + float(rng.choice([rng.uniform(4.0, 10.0), rng.uniform(20.0, 55.0)]))
    length = min(length, max(240.0, 5.0 - y))
    length = max(length, rng.uniform(2.7, 3.3) * look.width, rng.uniform(130.0, 145.0))
    parts = [
        *(part.translated(y=length / 2) for part in parts),
        *_body(rng, look, length, body_colour),
    ]
    return meshes.assemble(
        "tv_remote", [part.deformed(lambda points: points / 1000) for part in parts]
    )


def _sample_groups(rng: np.random.Generator) -> list[str]:
    """Sample the names of the groups of buttons, from the far end to the near end."""
    if rng.random() < 0.25:
        middle_groups = list(rng.permutation(_MINIMAL_GROUPS[1:]))[: rng.integers(2, 5)]
        return [
            "power",
            *(["ring"] if "ring" not in middle_groups else []),
            *map(str, middle_groups),
        ]
    probabilities = {"screen": 0.12, "numbers": 0.85, "apps": 0.35, "maker_name": 0.5, "three": 0.5}
    drawn = [
        name
        for name in BUTTON_GROUPS
        if name == "power" or rng.random() < probabilities.get(name, 0.7)
    ]
    middle_groups = [name for name in drawn if name not in ("power", "screen", "maker_name")]
    if rng.random() < 0.6:
        middle_groups = [str(name) for name in rng.permutation(middle_groups)]
    first_groups = ["power", "screen"] if "screen" in drawn else ["power"]
    last_groups = ["maker_name"] if "maker_name" in drawn else []
    return [*first_groups, *(middle_groups or ["ring"]), *last_groups]


def _body(rng: np.random.Generator, look: RemoteLook, length: float, colour: Colour) -> list[Shape]:
    """Build the bar, waisted or tapered, narrower towards its lower rims, and its window."""
    thickness = rng.uniform(9.0, 22.0)
    far_radius = look.width * rng.choice([0.1, 0.25, 0.5])
    near_radius = look.width * rng.choice([0.1, 0.3, 0.5])
    round_off = rng.uniform(0.8, 3.0)
    under_radius = rng.uniform(1.5, 0.45 * thickness)
    angles = np.linspace(0.0, np.pi / 2, 5)
    lower_profile = [
        (under_radius * (1 - np.sin(a)), -thickness + under_radius * (1 - np.cos(a)))
        for a in angles
    ]
    # The seam between the two halves of the shell.
    seam_z = under_radius - thickness + 0.2 * (thickness - under_radius)
    upper_profile = [
        (0.0, seam_z),
        *shapes.fillet_profile(
            thickness - under_radius, round_off, under_radius - thickness, steps=4
        )[1:],
    ]
    waist = rng.choice([0.0, rng.uniform(0.02, 0.12)])
    taper = rng.uniform(-0.06, 0.06)

    def shaped(points: np.ndarray) -> np.ndarray:
        relative_y = 2 * points[:, 1] / length
        width_scale = 1.0 - waist * np.exp(-((relative_y / 0.5) ** 2)) + waist + taper * relative_y
        return points * np.stack([width_scale, 1 + 0 * width_scale, 1 + 0 * width_scale], axis=1)

    lower_colour = colour if rng.random() < 0.65 else jitter_colour(rng, str(rng.choice(_BACKS)))
    gloss = rng.uniform(0.25, 0.6)
    radii = (far_radius, far_radius, near_radius, near_radius)
    shells = []
    for half_profile, shell_colour in (
        ([*lower_profile, (0.0, seam_z)], lower_colour),
        (upper_profile, colour),
    ):
        shell = shapes.slab(
            look.width + 5, length, half_profile, radii, segments=10, resample_count=160
        )
        shells.append(shell.deformed(shaped).with_material(plastic(shell_colour, gloss)))
    window = shapes.slab(
        0.45 * look.width, 4.0, shapes.fillet_profile(4.0, 1.0, -4.0), 1.5
    ).with_material(look.dark)
    return [*shells, window.translated(y=length / 2 - 1.2, z=-0.35 * thickness + 2)]
