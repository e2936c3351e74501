"""Computer keyboards, 0.22 to 0.52 m wide: nine kinds, from typewriter-like to gaming.

`rng` draws the kind (`parts.keyboards.looks`), the layout (`layouts`), form, colours and legends of
the caps (`key_caps`), the case with lamps, media keys or a touchpad (`cases`), the cable, and how
the deck is bent: straight, arched, split for two hands, rising to the back. Final lengths are in
metres.

Keys are laid out flat in key units (u) of 19 mm, x to the right, y away from the user, then scaled,
bent and sheared so that the deck rises towards the back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import bpy
import numpy as np

from synthlib.blender.generators.parts.keyboards import cases, key_caps, layouts, looks
from synthlib.blender.generators.parts.keyboards.layouts import Cluster
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plastic
from synthlib.blender.modelling.shapes import Shape

VERSION = 2
"""Raise this when a seed builds another shape or material, so that instances get new names."""

KEY_PITCH = 0.01905
"""Distance between the centres of neighbouring keys, metres."""

_MAX_WIDTH = 26.5
"""Widest case in u; wider layouts are scaled down."""


@dataclass(frozen=True)
class DeckBend:
    """Bend of a flat deck; lengths in u, angles in radians.

    Attributes:
        slope: Rise towards the back, over the depth.
        arch: Turn of the rows per u along x; 0 for straight rows.
        split: Angle between the rows of each hand and the x axis.
        split_x: x of the middle between the hands.
        split_gap: Width of the gap between the hands.
        split_end: x at which the rows are straight again.
        tent: Height of the middle above the sides.
        waves: Height of the waves of a mat.
    """

    slope: float
    arch: float = 0.0
    split: float = 0.0
    split_x: float = 0.0
    split_gap: float = 1.0
    split_end: float = 99.0
    tent: float = 0.0
    waves: float = 0.0

    @property
    def sag(self) -> float:
        """Approximate depth in u that the bend adds to a deck 16 u wide."""
        return 8.0 * np.tan(self.split) + 64.0 * abs(self.arch)


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one keyboard.

    Returns:
        One mesh object, resting on z = 0, its long side along x, the space bar towards -Y.
    """
    kind = str(rng.choice(list(looks.KINDS), p=list(looks.KINDS.values())))
    look = looks.sample_look(rng, kind)
    groups, bend = _layout_and_bend(rng, kind)
    clusters = [cluster for group in groups for cluster in group]
    look, clusters = looks.recoloured(rng, look, clusters)
    sizes = np.cumsum([0, *(len(group) for group in groups)])
    groups = [clusters[a:b] for a, b in pairwise(sizes)]
    if len(groups) == 1:
        look = cases.with_fitting_margins(look, clusters, bend.sag)
    parts = _cases(rng, look, groups)
    keys = [key for cluster in clusters for key in cluster]
    if rng.random() < 0.04 and kind != "silicone":  # some caps are lost
        lost = set(rng.integers(len(keys), size=rng.integers(1, 5)).tolist())
        parts += key_caps.bare_stems([keys[k] for k in lost])
        keys = [key for k, key in enumerate(keys) if k not in lost]
    parts += key_caps.key_caps(look.caps, keys, look.tones)
    if look.caps.is_round:
        metal = materials.metal(jitter_colour(rng, str(rng.choice(["b8bbbe", "c9a45a"]))))
        parts += key_caps.rims(look.caps, keys, metal)
    if rng.random() < 0.93:
        parts += key_caps.legends(rng, look.caps, keys, look.legend, look.second_legend)
    pose = _pose_deformation(bend, parts)
    parts = [part.deformed(pose) for part in parts]
    if kind != "laptop" and rng.random() < (0.7 if kind == "vintage" else 0.3):
        code = str(rng.choice(["1c1c1e", "1c1c1e", "cfc8b4"]))
        material = plastic(jitter_colour(rng, code), 0.5)
        parts.append(_cable(rng, parts[0].vertices).with_material(material))
    return meshes.assemble("pc_keyboard", parts)


def _layout_and_bend(
    rng: np.random.Generator, kind: str
) -> tuple[Sequence[Sequence[Cluster]], DeckBend]:
    """Sample the clusters of keys, grouped by the cases they share, and the bend of the deck."""
    bend = DeckBend(slope=np.tan(np.radians(rng.uniform(1.0, 9.0))))
    if kind == "laptop":
        return [layouts.laptop(rng)], replace(bend, slope=np.tan(np.radians(rng.uniform(0.0, 3.0))))
    if kind == "typewriter":
        steep = np.tan(np.radians(rng.uniform(10.0, 18.0)))
        return [layouts.typewriter()], replace(bend, slope=steep)
    if kind == "vintage":
        bend = replace(bend, slope=np.tan(np.radians(rng.uniform(4.0, 13.0))))
        if rng.random() < 0.55:
            return [layouts.terminal(rng)], bend
    sizes, probabilities = ["full", "tenkeyless", "compact"], [0.5, 0.22, 0.28]
    if kind == "mechanical":
        probabilities = [0.25, 0.3, 0.45]
    clusters = layouts.desktop(rng, str(rng.choice(sizes, p=probabilities)))
    if kind == "ergonomic":
        return _ergonomic(rng, clusters, bend)
    if kind == "silicone":
        return [clusters], replace(bend, slope=0.0, waves=rng.uniform(0.0, 0.35))
    if kind == "gaming" and rng.random() < 0.35:
        clusters.append(layouts.macro_keys(int(rng.integers(3, 6))))
    if kind in ("office", "flat") and rng.random() < 0.2:
        width = layouts.corners(key for cluster in clusters for key in cluster)[1][0]
        sign = float(rng.choice([1.0, 1.0, -1.0]))
        return [clusters], replace(bend, arch=sign * rng.uniform(0.1, 0.26) / width)
    return [clusters], bend


def _ergonomic(
    rng: np.random.Generator, clusters: Sequence[Cluster], bend: DeckBend
) -> tuple[Sequence[Sequence[Cluster]], DeckBend]:
    """Split a layout for two hands, in one bent case or, if it is compact, in two."""
    is_compact = len(clusters) < 6
    in_two = is_compact and rng.random() < 0.5
    gap = rng.uniform(1.8, 4.0) if in_two else rng.uniform(1.0, 1.8)
    halves = layouts.split_for_two_hands(clusters, gap)
    bend = replace(
        bend,
        split=np.radians(rng.uniform(6.0, 14.0)),
        split_x=6.9 + 0.5 * gap,
        split_gap=gap - 0.4,
        split_end=99.0 if is_compact else 15.1 + gap,
        tent=0.0 if in_two else rng.uniform(0.0, 1.0),
    )
    return (list(halves) if in_two else [[*halves[0], *halves[1]]]), bend


def _cases(
    rng: np.random.Generator, look: looks.KeyboardLook, groups: Sequence[Sequence[Cluster]]
) -> list[Shape]:
    """Build a case per group of clusters, with what stands on it."""
    parts = []
    for group in groups:
        body, lower, upper = cases.case(rng, look, group)
        parts += body
        if look.kind == "laptop":
            parts += cases.laptop_deck(rng, look, lower, upper)
        elif len(groups) == 1:
            parts += cases.back_strip(rng, look, lower, upper)
    return parts


def _cable(rng: np.random.Generator, body: np.ndarray) -> Shape:
    """Build a short end of the cable, from inside the body's back down to the table; metres.

    Args:
        body: Vertices of the case, float (N, 3).
    """
    left, _, ground = body.min(axis=0)
    right = body[:, 0].max()
    x = left + (right - left) * rng.uniform(0.2, 0.8)
    back = body[np.abs(body[:, 0] - x) < 0.1 * (right - left), 1].max()
    free_depth = (right - left) / 1.55 - np.ptp(body[:, 1])  # the cable makes nothing too deep
    reach = min(rng.uniform(0.015, 0.05), max(free_depth, 0.006))
    sideways = rng.uniform(-0.03, 0.03)
    radius = rng.uniform(0.0016, 0.0025)
    positions = np.linspace(0.0, 1.0, 14)
    y = back - 0.012 + (reach + 0.012) * positions
    z = ground + radius + 0.004 * (1 - positions) ** 2
    return shapes.tube(
        np.stack([x + sideways * positions**2, y, z], axis=1), radius, (1.0, 0.0, 0.0)
    )


def _pose_deformation(bend: DeckBend, parts: Sequence[Shape]) -> Callable:
    """Return a deformation from flat key units to metres: bent, rising to the back.

    Args:
        bend: How the deck is bent.
        parts: All parts in u; the first is a case.
    """
    low, high = (
        getattr(np.array([getattr(part.vertices, end)(axis=0) for part in parts]), end)(axis=0)
        for end in ("min", "max")
    )
    base, width, middle = parts[0].vertices[:, 2].min(), high[0] - low[0], (low[0] + high[0]) / 2
    scale = KEY_PITCH * min(1.0, _MAX_WIDTH / width)
    steps = np.linspace(low[0] - 0.5, high[0] + 0.5, 1200)
    heading = _heading(bend, steps, middle)
    step = steps[1] - steps[0]
    curve_x, curve_y = (np.cumsum(f(heading)) * step for f in (np.cos, np.sin))
    reference_y = (low[1] + high[1]) / 2

    def pose(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        turn = np.interp(x, steps, heading)
        across = y - reference_y
        bent_x = np.interp(x, steps, curve_x) - across * np.sin(turn)
        bent_y = np.interp(x, steps, curve_y) + across * np.cos(turn)
        height_share = np.clip((z - base) / -base, 0.0, 1.0)
        from_middle = np.abs(x - (bend.split_x if bend.tent else middle)) / width
        rise = bend.slope * (y - low[1]) + bend.tent * np.maximum(1.0 - 2.0 * from_middle, 0.0)
        rise += bend.waves * (1.0 + np.sin(0.5 * x + 0.3 * y))
        lift = rise if bend.waves else height_share * rise
        return scale * np.stack([bent_x, bent_y, z + lift], axis=1)

    return pose


def _heading(bend: DeckBend, x: np.ndarray, middle: float) -> np.ndarray:
    """Return the direction of the rows along x, radians."""
    heading = bend.arch * (x - middle)
    if bend.split:
        from_split = (x - bend.split_x) / (0.5 * bend.split_gap)
        heading = heading + bend.split * np.clip(from_split, -1.0, 1.0)
        heading = heading * np.clip((bend.split_end + 0.2 - x) / 0.4, 0.0, 1.0)
    return heading
