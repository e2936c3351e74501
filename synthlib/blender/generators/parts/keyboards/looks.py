"""Looks of keyboards by kind: colours, materials, caps and proportions of the case.

Lengths are in key units (u) of 19 mm.
"""

from dataclasses import dataclass, replace

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.keyboards.key_caps import KeyCapForm, sample_key_caps
from synthlib.blender.generators.parts.keyboards.layouts import Key
from synthlib.blender.modelling import materials
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)
from synthlib.blender.modelling.materials import plain, plastic
from synthlib.blender.modelling.node_graph import NodeGraph

KINDS = {
    "office": 0.24,
    "flat": 0.17,
    "mechanical": 0.12,
    "gaming": 0.11,
    "laptop": 0.12,
    "ergonomic": 0.08,
    "vintage": 0.11,
    "silicone": 0.03,
    "typewriter": 0.02,
}
"""Kinds of keyboards and their probabilities."""

# Case, letter keys, other keys and legends, one scheme per line.
_OFFICE_SCHEMES = (
    "17181a 1e1f21 1e1f21 d9dadb",
    "202124 2a2b2e 2a2b2e e8e8e8",
    "0f1011 1b1c1e 121314 c9cacb",
    "e9e8e4 f4f3f0 f4f3f0 303236",
    "b9bcc0 f2f2f2 f2f2f2 404246",
    "c4c6c9 25262a 25262a eeeeee",
    "6d7075 b8bbbf 8b8e93 1e1f21",
    "2f3237 6b6e73 45484d f0f0f0",
    "0c0d0e 9a9da2 7b7e84 101113",
    "8f979f dfe2e4 b4bbc2 26282c",
    "1c2733 22303f 22303f cfd8e0",
)
_MECHANICAL_SCHEMES = (
    "2b2d31 e8e2d0 8a8d92 3a3a3c",
    "e6e1d4 f1ede2 c8573a 2e2e30",
    "20242c 2d3340 d9a441 e8e4d8",
    "eceae6 f4f3f0 7fb2c4 4a4e55",
    "3c2a4d 52407a d77fa8 efe6f4",
    "274036 dfe6d8 3f6b52 22332c",
    "f0d7dc f6eef0 e59bb0 6b4a55",
    "1d2f5c f0efec 2f52a0 20305c",
    "7a2222 d8d4cc 3b3b3d 2b2b2d",
    "101113 17181a 17181a 55585c",
)
_VINTAGE_SCHEMES = (
    "cdc6b0 e6e1d2 bdb8a8 2d2c29",
    "d8cfae ece4c8 c4b98f 33302a",
    "c9c4b4 e4dfd0 9c988c 2d2c29",
    "b5a98c 5a4a3c 483a2f eae0cb",
    "b9b29c 3b3a38 2c2b2a e9e4d6",
    "e3dcc6 8a6f52 6d573f f2e8d2",
    "2b2a28 46443f 7c2f24 e9e4d6",
    "c4b7a0 2e2d2c a8452a efe9da",
)
_ALUMINIUM = ("c4c6c9", "d2d4d6", "b2b5b9", "8e9196", "4a4d52")
_RAINBOW = ("d8342c", "e88a1c", "efcf2c", "3fa24a", "2f7fc8", "7a4ab0", "e27fae")
_LIGHTS = ("2050ff", "ff2418", "20d040", "d020e0", "20c8e8", "ff8c10", "f4f6ff")


@dataclass(frozen=True)
class KeyboardLook:
    """Look of one keyboard; lengths in u.

    Attributes:
        bed: Material between the keys.
        tones: Materials of caps, by `Key.tone`.
        detail: Material of small parts: lamps, knobs, touchpads.
        margins: Case beyond the keys: left, front, right, back.
        thickness: Of the case below the keys.
        corner: Radius of the case's corners.
    """

    kind: str
    case: Material
    bed: Material
    tones: tuple[Material, ...]
    legend: Material
    second_legend: Material
    detail: Material
    caps: KeyCapForm
    margins: tuple[float, float, float, float]
    thickness: float
    corner: float


def sample_look(rng: np.random.Generator, kind: str) -> KeyboardLook:
    """Sample the look of a kind of keyboard."""
    case, letters, others, legend = _sample_scheme(rng, kind)
    accent = sample_colour(rng, (0.6, 0.95), (0.25, 0.7)) if rng.random() < 0.35 else others
    is_metal = kind in ("flat", "laptop") and rng.random() < 0.5
    if is_metal:
        case = jitter_colour(rng, str(rng.choice(_ALUMINIUM)), 0.5)
    elif kind not in ("vintage", "laptop") and rng.random() < 0.1:
        case = sample_colour(rng, (0.3, 0.9), (0.1, 0.6))
    if is_metal and min(sum(letters), sum(others)) > 0.45:  # grey keys would vanish in grey metal
        letters = others = accent = jitter_colour(rng, str(rng.choice(["f4f4f2", "1b1c1e"])), 0.3)
        legend = srgb_to_linear("d9dadb" if sum(letters) < 0.5 else "404246")
    gloss = float(rng.choice([0.25, 0.45, 0.6], p=[0.2, 0.45, 0.35]))
    case_material = (
        materials.brushed_metal(case, roughness=0.45) if is_metal else plastic(case, gloss)
    )
    tones = tuple(_cap_material(colour, kind, gloss) for colour in (letters, others, accent))
    look = KeyboardLook(
        kind=kind,
        case=case_material,
        bed=plastic(scale_colour(case, float(rng.uniform(0.05, 0.25))), 0.6),
        tones=tones,
        legend=plain(legend, 0.6),
        second_legend=plain(jitter_colour(rng, str(rng.choice(["c0392b", "2f6fc0", "d9892b"])))),
        detail=plain(scale_colour(case, 0.35 if sum(case) > 0.3 else 3.0), 0.35),
        caps=sample_key_caps(rng, _cap_style(rng, kind)),
        margins=_sample_margins(rng, kind),
        thickness=_sample_thickness(rng, kind),
        corner=rng.uniform(0.3, 1.0) if kind in ("laptop", "silicone") else rng.uniform(0.12, 0.7),
    )
    if kind == "gaming":
        return _lit(rng, look)
    if kind == "typewriter" or (kind == "mechanical" and rng.random() < 0.06):
        return _wooden(rng, look)
    if kind == "silicone":
        mat = materials.rubber(letters)
        return replace(look, case=mat, bed=mat, tones=(mat, mat, mat))
    contrast = abs(sum(case) - sum(letters))
    if kind == "laptop" and contrast > 0.5 and rng.random() < 0.7:
        return replace(look, bed=look.case)
    return look


def recoloured(
    rng: np.random.Generator, look: KeyboardLook, keys: list[list[Key]]
) -> tuple[KeyboardLook, list[list[Key]]]:
    """Give some keyboards keys of many colours, or yellowed ones; the rest stays as it is."""
    is_old = look.kind == "vintage"
    if look.kind in ("silicone", "typewriter") or rng.random() > (0.3 if is_old else 0.06):
        return look, keys
    if is_old:
        colours = [jitter_colour(rng, code, 0.6) for code in ("d9c48a", "e0d2a6", "cfc3a0")]
        share = rng.uniform(0.2, 0.7)
    else:
        codes = rng.choice(_RAINBOW, rng.integers(3, 8), replace=False)
        colours = [jitter_colour(rng, str(code), 0.6) for code in codes]
        share = rng.choice([1.0, 0.4])
    first = len(look.tones)
    new_keys = [
        [
            replace(key, tone=first + int(rng.integers(len(colours))))
            if rng.random() < share
            else key
            for key in cluster
        ]
        for cluster in keys
    ]
    look = replace(look, tones=(*look.tones, *(plastic(colour, 0.5) for colour in colours)))
    return (look if is_old else replace(look, legend=plain((0.01, 0.01, 0.012)))), new_keys


def _sample_scheme(rng: np.random.Generator, kind: str) -> tuple[Colour, Colour, Colour, Colour]:
    """Sample the colours of the case, of letter keys, of other keys and of legends."""
    if kind == "silicone" or (kind in ("office", "flat") and rng.random() < 0.08):
        colour = sample_colour(rng, (0.3, 0.95), (0.08, 0.7))  # all of one colour
        legend = srgb_to_linear("f2f2f2" if sum(colour) < 0.9 else "202124")
        return colour, colour, scale_colour(colour, rng.uniform(0.6, 1.0)), legend
    schemes = {
        "mechanical": _MECHANICAL_SCHEMES,
        "vintage": _VINTAGE_SCHEMES,
        "gaming": ("101113 17181a 131416 c9cacb", "e8e8e6 efefed efefed 707377"),
        "typewriter": ("3a2a1c 1a1816 1a1816 e9dfc2", "1a1a1a e9dfc2 e9dfc2 201a14"),
    }.get(kind, _OFFICE_SCHEMES)
    codes = str(rng.choice(schemes)).split()
    case, letters, others, legend = (jitter_colour(rng, code, 0.7) for code in codes)
    if kind == "laptop" and rng.random() < 0.3:  # a case of another brightness than the keys
        code = str(rng.choice(["d9d9d6", "2a2b2e", "b9bcc0", "7a1f24", "1f4a7a"]))
        case = jitter_colour(rng, code)
    return case, letters, others, legend


def _cap_material(colour: Colour, kind: str, gloss: float) -> Material:
    """Return the material of caps."""
    if kind == "vintage":
        return plastic(colour, 0.6, grain_size=0.0006)
    return plastic(colour, gloss)


def _cap_style(rng: np.random.Generator, kind: str) -> str:
    """Sample a style of caps for `sample_key_caps`."""
    styles = {
        "flat": ("flat",),
        "laptop": ("flat", "flat", "dome"),
        "gaming": ("mechanical", "mechanical", "flat"),
        "mechanical": ("mechanical",),
        "vintage": ("tall", "mechanical"),
        "silicone": ("dome",),
        "typewriter": ("disc",),
        "ergonomic": ("classic", "classic", "flat"),
    }.get(kind, ("classic",))
    return styles[rng.integers(len(styles))]


def _sample_margins(rng: np.random.Generator, kind: str) -> tuple[float, float, float, float]:
    """Sample the width of the case beyond the keys: left, front, right, back; in u."""
    if kind == "laptop":
        side = rng.uniform(0.4, 1.4)
        return side, rng.uniform(2.4, 3.2), side, rng.uniform(0.3, 0.7)
    if kind == "silicone":
        side = rng.uniform(0.3, 0.6)
        return side, side, side, side
    if kind == "vintage":
        side = rng.uniform(0.4, 1.1)
        back = rng.choice([rng.uniform(0.6, 1.2), rng.uniform(1.8, 3.5)], p=[0.6, 0.4])
        return side, rng.uniform(0.3, 1.3), side, back
    loose = float(kind not in ("flat", "mechanical"))
    side, front, back = 0.25 + loose * rng.uniform(0.0, 0.5, 3)
    # Space for lamps and a name at the back, and for a palm rest in front.
    back += rng.choice([0.0, rng.uniform(0.3, 1.2)])
    front += rng.choice([0.0, rng.uniform(0.8, 2.5)], p=[0.8, 0.2])
    if kind in ("gaming", "ergonomic"):
        front += rng.uniform(0.0, 2.0)
    return side, front, side, back


def _sample_thickness(rng: np.random.Generator, kind: str) -> float:
    """Sample the thickness of the case, in u."""
    low, high = {
        "flat": (0.22, 0.4),
        "laptop": (0.5, 1.1),
        "silicone": (0.2, 0.3),
        "vintage": (0.9, 1.6),
        "mechanical": (0.8, 1.2),
    }.get(kind, (0.6, 1.0))
    return rng.uniform(low, high)


def _lit(rng: np.random.Generator, look: KeyboardLook) -> KeyboardLook:
    """Light the bed and the legends in one colour, or in several from left to right."""
    count = int(rng.choice([1, 2, 4], p=[0.45, 0.2, 0.35]))
    codes = rng.choice(_LIGHTS, count, replace=False)
    colours = [jitter_colour(rng, str(code), 0.5) for code in codes]
    light = _light(colours, float(rng.uniform(0.3, 1.0)))
    if rng.random() < 0.25:  # only the letters are lit
        return replace(look, legend=light, detail=light)
    legend = light if rng.random() < 0.6 else look.legend
    return replace(look, bed=light, legend=legend, detail=light)


def _light(colours: list[Colour], strength: float) -> Material:
    """Return a luminous material whose colours follow one another along x."""
    graph = NodeGraph("key light")
    x = graph.object_coordinates().components()[0]
    colour: object = colours[0]
    places = np.linspace(-0.16, 0.16, len(colours))
    for before, after, next_colour in zip(places, places[1:], colours[1:], strict=False):
        colour = graph.mix(x.smoothstep(float(before), float(after)), colour, next_colour)
    return graph.build_material(colour, 0.5, emission_strength=strength)


def _wooden(rng: np.random.Generator, look: KeyboardLook) -> KeyboardLook:
    """Make the case, and of some keyboards the caps too, of wood."""
    colour = jitter_colour(rng, str(rng.choice(["6b4226", "8a5a30", "a8794a", "4a2c18"])))
    case = materials.wood(colour, ring=0.006, gloss=float(rng.uniform(0.0, 0.7)))
    if look.kind == "mechanical" and rng.random() < 0.5:
        caps = materials.wood(scale_colour(colour, 1.2), ring=0.004)
        return replace(
            look, case=case, tones=(caps, caps, caps), legend=plain((0.02, 0.012, 0.006))
        )
    return replace(look, case=case)
