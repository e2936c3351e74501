"""Remote controls, 6 to 28 cm long: bars with groups of buttons, sticks, cards, fobs and more.

`rng` draws the kind with its size (`_KINDS`), the groups of buttons and their order
(`parts.remotes.buttons` and `groups`), the body's form (`parts.remotes.bodies`), materials, colours
and print. Lengths are in millimetres until the end, and in metres in the mesh.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.generators.parts.remotes import bodies, groups
from synthlib.blender.generators.parts.remotes.bodies import BodyForm
from synthlib.blender.generators.parts.remotes.buttons import BUTTON_GROUPS, Group, RemoteLook
from synthlib.blender.modelling import materials, meshes
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.materials import plain, plastic, rubber
from synthlib.blender.modelling.shapes import Shape

VERSION = 2
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_COLOUR_SCHEMES = (  # body, buttons, legends
    "17181a 3a3c40 e6e6e6",
    "1d1e20 0c0d0e d9d9d9",
    "232427 6a6e74 ffffff",
    "101112 d7d9dc 202224",
    "1a1b1d 3f6fb8 f0f4fa",
    "202226 e6e2d6 2a2b2e",
    "3b3e43 17181a f0f0f0",
    "8d9196 2b2d30 f4f4f4",
    "b4b7bb 5d6166 ffffff",
    "b9bcc0 eceded 33363a",
    "aab4c2 3f6fc0 f4f7fa",
    "eeeeec c3c6c9 33363a",
    "f1f1ef 2d2f33 f4f4f4",
    "dcd8cc 77746a f5f3ea",
    "c9d6d2 8fa8b4 20262a",
    "4a3527 c9a878 f5ecd9",
)
_BACKS = ("17181a", "17181a", "45484d", "b4b7bb", "eeeeec")
_MINIMAL_GROUPS = ("ring", "three", "rockers", "apps")


@dataclass(frozen=True)
class _Kind:
    """A kind of remote control; lengths in millimetres.

    Attributes:
        vivid: Probability of a body of any colour.
        metal: Probability of a body of metal.
    """

    probability: float
    width: tuple[float, float]
    thickness: tuple[float, float]
    min_length: float
    vivid: float = 0.1
    metal: float = 0.05


_KINDS = {
    "bar": _Kind(0.36, (32.0, 50.0), (9.0, 22.0), 130.0),
    "curved": _Kind(0.18, (32.0, 46.0), (14.0, 26.0), 140.0),
    "stick": _Kind(0.14, (24.0, 36.0), (6.0, 12.0), 85.0, metal=0.3),
    "card": _Kind(0.09, (34.0, 52.0), (5.0, 7.0), 80.0, vivid=0.15),
    "giant": _Kind(0.06, (62.0, 92.0), (12.0, 22.0), 150.0, vivid=0.25),
    "fob": _Kind(0.05, (28.0, 36.0), (9.0, 14.0), 58.0, vivid=0.35),
    "display": _Kind(0.07, (50.0, 76.0), (12.0, 24.0), 130.0),
    "wand": _Kind(0.03, (32.0, 37.0), (22.0, 30.0), 140.0, vivid=0.2),
    "phone": _Kind(0.02, (44.0, 52.0), (16.0, 26.0), 150.0),
}


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one remote control.

    Returns:
        One mesh object, lying on its back on z = 0, its buttons up and its far end towards +Y.
    """
    kind = str(rng.choice(list(_KINDS), p=[kind.probability for kind in _KINDS.values()]))
    limits = _KINDS[kind]
    width = rng.uniform(*limits.width)
    body_colour, look = _sample_look(rng, kind, width)
    parts = []
    y = -rng.uniform(7.0, 13.0) * min(1.0, width / 40.0)
    gap = (0.8, 2.0) if kind == "card" else (2.5, 6.0)
    second_look = replace(look, button=rubber(_second_button_colour(rng, body_colour)))
    has_second = rng.random() < 0.45
    for make in _sample_groups(rng, kind):
        used_look = second_look if has_second and rng.random() < 0.4 else look
        buttons, group_height = make(rng, used_look)
        parts += [part.translated(y=y - group_height / 2) for part in buttons]
        y -= group_height + rng.uniform(*gap)
    length = -y + float(rng.choice([rng.uniform(3.0, 9.0), rng.uniform(20.0, 55.0)]))
    if kind in ("card", "fob", "giant"):
        length = -y + rng.uniform(3.0, 8.0)
    length = min(length, max(240.0, 5.0 - y))
    length = max(length, rng.uniform(1.75, 2.1) * width, limits.min_length * rng.uniform(1.0, 1.1))
    thickness = min(rng.uniform(*limits.thickness), 0.28 * length)
    form = bodies.sample_body(rng, width, length, thickness, curved=kind == "curved")
    if kind == "fob":
        form = replace(form, far_radius=0.45 * width, near_radius=0.5 * width, taper=0.08)
    parts = [part.translated(y=length / 2) for part in parts]
    parts += _body(rng, kind, form, body_colour, look)
    return meshes.assemble(
        "tv_remote", [part.deformed(lambda points: points / 1000) for part in parts]
    )


def _sample_look(rng: np.random.Generator, kind: str, width: float) -> tuple[Colour, RemoteLook]:
    """Sample the body's colour, and the look of the buttons."""
    codes = _COLOUR_SCHEMES[rng.integers(len(_COLOUR_SCHEMES))].split()
    body_colour, button_colour, legend_colour = (jitter_colour(rng, code, 0.8) for code in codes)
    if kind in ("stick", "wand") and rng.random() < 0.4:
        body_colour = jitter_colour(rng, "f2f2f0", 0.3)
        button_colour = jitter_colour(rng, str(rng.choice(["e2e2e0", "2a2b2e", "b9bcc0"])), 0.4)
        legend_colour = srgb_to_linear("8a8d92")
    if rng.random() < _KINDS[kind].vivid:
        body_colour = sample_colour(rng, (0.4, 0.95), (0.1, 0.7))
    if rng.random() < 0.12:  # print that is worn off
        legend_colour = tuple(
            0.7 * b + 0.3 * i for b, i in zip(button_colour, legend_colour, strict=True)
        )
    legend = plain(legend_colour, 0.6)
    if rng.random() < 0.05:  # lit keys
        glow = materials.plain(sample_colour(rng, (0.6, 0.95), (0.5, 0.9)))
        button, legend = glow, plain((0.01, 0.01, 0.012))
    elif rng.random() < 0.25:
        button = plain(button_colour, 0.25)
    else:
        button = rubber(button_colour)
    return body_colour, RemoteLook(
        width=width,
        corner_rounding=float(rng.choice([0.2, 0.5, 0.8, 1.0])),
        button_height=rng.uniform(0.3, 0.6) if kind == "card" else rng.uniform(0.8, 2.4),
        softness=float(rng.choice([0.5, 1.2])),
        button=button,
        legend=legend,
        accent=rubber(sample_colour(rng, (0.5, 0.9), (0.2, 0.6))),
        dark=plain((0.012, 0.012, 0.014), 0.15),
    )


def _second_button_colour(rng: np.random.Generator, body: Colour) -> Colour:
    """Sample the colour of the buttons of some groups."""
    if rng.random() < 0.4:
        return sample_colour(rng, (0.4, 0.9), (0.15, 0.7))
    is_dark = sum(body) < 0.5
    return jitter_colour(rng, str(rng.choice(["d7d9dc", "8d9196"] if is_dark else ["1d1e20"])))


def _sample_groups(rng: np.random.Generator, kind: str) -> Sequence:
    """Sample the functions that build the groups of buttons, from the far end to the near end."""
    named = BUTTON_GROUPS
    if kind == "stick":
        count = int(rng.integers(0, 4))
        rest = [named[str(name)] for name in rng.permutation(_MINIMAL_GROUPS[1:])[:count]]
        first = [named["power"]] if rng.random() < 0.6 else []
        return [*first, named["ring"], *rest]
    if kind in ("card", "giant"):
        columns = int(rng.integers(3, 6))
        rows = int(rng.integers(4, 9) if kind == "card" else rng.integers(6, 10))
        captions = kind == "card" and rng.random() < 0.5

        def field(rng: np.random.Generator, look: RemoteLook) -> Group:
            return groups.key_field(rng, look, columns, rows, captions=captions)

        first = [named["power"]] if rng.random() < 0.4 else []
        return [*first, field, *([named["maker_name"]] if rng.random() < 0.5 else [])]
    if kind == "fob":
        return [groups.big_keys]
    if kind == "display":
        rest = rng.permutation(["three", "ring", "rockers", "grid", "four"])[: rng.integers(1, 4)]
        return [groups.touch_screen, *(named[str(name)] for name in rest)]
    if kind == "wand":
        return [named["power"], groups.cross, groups.round_keys, groups.loudspeaker]
    if kind == "phone":
        return [groups.loudspeaker, named["screen"], named["three"], named["numbers"]]
    return [named[name] for name in _sample_bar_groups(rng)]


def _sample_bar_groups(rng: np.random.Generator) -> list[str]:
    """Sample the names of the groups of a bar, from the far end to the near end."""
    if rng.random() < 0.2:
        middle_groups = list(rng.permutation(_MINIMAL_GROUPS))[: rng.integers(2, 5)]
        ring = ["ring"] if "ring" not in middle_groups else []
        return ["power", *ring, *map(str, middle_groups)]
    probabilities = {"screen": 0.12, "numbers": 0.85, "apps": 0.3, "maker_name": 0.5, "three": 0.5}
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


def _body(
    rng: np.random.Generator, kind: str, form: BodyForm, colour: Colour, look: RemoteLook
) -> list[Shape]:
    """Build the shells of one or two colours, mostly with a window, and a face plate on some."""
    limits = _KINDS[kind]
    gloss = rng.uniform(0.2, 0.6)
    if rng.random() < limits.metal:
        grey = jitter_colour(rng, str(rng.choice(["c4c6c9", "8e9196", "d0c4a8"])), 0.5)
        upper = materials.brushed_metal(grey, grain_axis="y", roughness=0.45)
    elif rng.random() < 0.02:
        upper = materials.wood(jitter_colour(rng, "7a4f2c"), grain_axis="y", ring=0.006, gloss=0.5)
    else:
        upper = plastic(colour, gloss)
    lower_colour = colour if rng.random() < 0.6 else jitter_colour(rng, str(rng.choice(_BACKS)))
    parts = bodies.body(
        form, upper, plastic(lower_colour, gloss), look.dark if rng.random() < 0.85 else None
    )
    if kind in ("bar", "curved", "display", "giant", "card") and rng.random() < 0.4:
        parts.append(bodies.face_plate(rng, form, _plate_material(rng, colour)))
    if kind == "fob" and rng.random() < 0.6:
        parts.append(bodies.key_ring(form))
    return parts


def _plate_material(rng: np.random.Generator, body: Colour) -> bpy.types.Material:
    """Sample the face plate: brushed metal, dark glass, darker or paler than the body, or vivid."""
    kind = rng.choice(["metal", "dark", "shade", "vivid"], p=[0.3, 0.25, 0.3, 0.15])
    if kind == "metal":
        return materials.brushed_metal((0.5, 0.5, 0.51), grain_axis="y", roughness=0.4)
    if kind == "dark":
        return plain(jitter_colour(rng, "131416"), 0.2)
    if kind == "vivid":
        return plain(sample_colour(rng, (0.4, 0.9), (0.1, 0.5)), 0.35)
    return plain(scale_colour(body, 0.5 if sum(body) > 0.5 else 3.0), 0.4)
