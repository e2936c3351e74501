"""Key caps and what is printed on them; lengths in key units (u) of 19 mm, the deck at z = 0."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.keyboards.layouts import Key
from synthlib.blender.modelling import meshes, shapes
from synthlib.blender.modelling.materials import plain
from synthlib.blender.modelling.shapes import Shape

_CYRILLIC = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))


@dataclass(frozen=True)
class KeyCapForm:
    """Form shared by all key caps, in u.

    Attributes:
        taper: Inset of the top on every side.
        dish: Depth of the hollow of the top; negative for domes.
        is_round: Keys of 1 u are discs.
    """

    height: float
    taper: float
    gap: float
    corner: float
    dish: float
    is_round: bool = False


def sample_key_caps(rng: np.random.Generator, style: str) -> KeyCapForm:
    """Sample the caps' form.

    Args:
        style: "flat", "classic", "mechanical", "tall", "dome" or "disc".
    """
    corner = rng.uniform(0.05, 0.2)
    if style == "flat":
        dish = rng.choice([0.0, 0.012])
        return KeyCapForm(rng.uniform(0.08, 0.16), 0.02, rng.uniform(0.08, 0.24), corner, dish)
    if style == "dome":
        height = rng.uniform(0.14, 0.24)
        return KeyCapForm(height, 0.1, rng.uniform(0.12, 0.22), rng.uniform(0.1, 0.3), -0.06)
    if style == "disc":
        return KeyCapForm(rng.uniform(0.35, 0.55), 0.04, 0.06, 0.2, 0.05, is_round=True)
    dish = rng.uniform(0.03, 0.07)
    if style == "classic":
        gap = rng.uniform(0.06, 0.12)
        return KeyCapForm(rng.uniform(0.3, 0.45), rng.uniform(0.09, 0.15), gap, corner, dish)
    if style == "tall":
        return KeyCapForm(rng.uniform(0.55, 0.75), rng.uniform(0.15, 0.2), 0.07, corner, dish)
    return KeyCapForm(rng.uniform(0.45, 0.6), rng.uniform(0.13, 0.18), 0.08, corner, dish)


def key_caps(caps: KeyCapForm, keys: Sequence[Key], tones: Sequence[Material]) -> list[Shape]:
    """Build one cap per key, its top narrower than its foot and hollow or domed."""
    cap_height, taper = caps.height, caps.taper
    profile = [(0.0, -0.02), (0.3 * taper, 0.4 * cap_height), (0.8 * taper, cap_height - 0.035)]
    profile += [(taper, cap_height - 0.008), (taper + 0.03, cap_height)]
    if caps.dish:
        profile += [
            (taper + 0.1, cap_height - 0.5 * caps.dish),
            (taper + 0.2, cap_height - caps.dish),
        ]
    cap_by_size = {
        (width, height): _cap(caps, width, height, profile)
        for width, height in dict.fromkeys((key.width, key.height) for key in keys)
    }
    return [
        cap_by_size[key.width, key.height].translated(*key.centre).with_material(tones[key.tone])
        for key in keys
    ]


def _cap(caps: KeyCapForm, width: float, height: float, profile: list) -> Shape:
    """Build a cap about the origin, a disc if the form is round."""
    half_depth = 0.5 * (min(width, height) - caps.gap) - 0.02
    profile = [(inset, z) for inset, z in profile if inset < half_depth]
    width, height = width - caps.gap, height - caps.gap
    if caps.is_round:
        return shapes.slab(width, height, profile, 0.5 * min(width, height), segments=5)
    return shapes.slab(width, height, profile, caps.corner, segments=2)


def bare_stems(keys: Sequence[Key]) -> list[Shape]:
    """Build what is left of keys that have lost their caps."""
    dark, grey = plain((0.012, 0.012, 0.013), 0.5), plain((0.2, 0.2, 0.21), 0.5)
    plate = shapes.slab(0.72, 0.72, [(0.0, -0.02), (0.0, 0.03)], 0.06)
    stem = shapes.slab(0.26, 0.26, [(0.0, 0.0), (0.0, 0.14)], 0.03)
    return [
        part.translated(*key.centre).with_material(material)
        for key in keys
        if key.height > 0.8
        for part, material in ((plate, dark), (stem, grey))
    ]


def rims(caps: KeyCapForm, keys: Sequence[Key], metal: Material) -> list[Shape]:
    """Build a metal ring around each round cap."""
    angles = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)
    radius = 0.5 * (1.0 - caps.gap) - 0.01
    section = 0.045 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [
        radius,
        caps.height - 0.03,
    ]
    ring = shapes.lathe_closed_section(section, 24).with_material(metal)
    return [ring.translated(*key.centre) for key in keys if key.width == key.height == 1.0]


def legends(
    rng: np.random.Generator,
    caps: KeyCapForm,
    keys: Sequence[Key],
    ink: Material,
    second_ink: Material,
) -> list[Shape]:
    """Build the legends on the caps, in their middle or their upper left; rarely Cyrillic too."""
    height = rng.uniform(0.2, 0.36) if rng.random() < 0.9 else 0.45
    offset = rng.choice([0.0, 0.22 * (1 - caps.gap - 2 * caps.taper)])
    if caps.is_round or height > 0.4:
        offset = 0.0
    has_second = offset > 0.0 and rng.random() < 0.2
    glyphs = {key.label: meshes.text_shape(key.label, 1.0).with_material(ink) for key in keys}
    second_glyphs = {
        label: meshes.text_shape(letter, 0.8 * height).with_material(second_ink)
        for label, letter in (_CYRILLIC.items() if has_second else ())
    }
    parts = []
    for key in keys:
        glyph = glyphs[key.label]
        is_letter = len(key.label) < 2
        if not len(glyph.vertices):
            continue
        label_width = np.ptp(glyph.vertices[:, 0])
        max_width = key.width - caps.gap - 2 * caps.taper - 0.12
        size = min(height if is_letter else 0.55 * height, max_width / label_width)
        size = min(size, 0.5 * key.height)
        at = (-offset * is_letter, offset * key.height)
        glyph = glyph.deformed(lambda points, size=size: points * size).translated(*at)
        parts.append(_on_cap(caps, key, glyph))
        if key.label in second_glyphs:
            parts.append(_on_cap(caps, key, second_glyphs[key.label].translated(offset, -offset)))
    return parts


def _on_cap(caps: KeyCapForm, key: Key, print_: Shape) -> Shape:
    """Lay print, flat about the origin, onto the hollow top of a key's cap."""
    half_size = 0.5 * (np.array([key.width, key.height]) - caps.gap) - caps.taper

    def lay(points: np.ndarray) -> np.ndarray:
        from_edge = (half_size - np.abs(points[:, :2])).min(axis=1)
        hollow = np.interp(from_edge, [0.03, 0.2], [0.0, caps.dish])
        return points + np.stack([0 * hollow, 0 * hollow, caps.height + 0.008 - hollow], axis=1)

    return print_.deformed(lay).translated(*key.centre)
