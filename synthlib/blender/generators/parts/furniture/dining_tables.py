"""Dining tables without what is on them: their tops of wood, glass or stone, and their bases."""

from dataclasses import dataclass

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.furniture import joinery
from synthlib.blender.generators.parts.groups import block, place_group
from synthlib.blender.modelling import materials
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape


@dataclass(frozen=True)
class TableForm:
    """A table's size in metres: its length along x, width, height; the edge of its top."""

    kind: str
    length: float
    width: float
    height: float
    top_outline: np.ndarray
    top_thickness: float


def sample_table_form(rng: np.random.Generator) -> TableForm:
    """Draws one."""
    kind = str(
        rng.choice(
            ["rectangle", "square", "round", "oval", "boat", "octagon"],
            p=[0.42, 0.14, 0.2, 0.14, 0.06, 0.04],
        )
    )
    width = rng.uniform(0.8, 1.1)
    length = width * rng.uniform(1.4, 2.4)
    if kind in ("square", "round", "octagon"):
        length = width = rng.uniform(0.85, 1.5)
    shape = {"square": "rectangle", "round": "oval"}.get(kind, kind)
    edge = joinery.top_outline(shape, length, width, rng.choice([0.008, 0.03, 0.1]))
    height = rng.uniform(0.72, 0.78) if rng.random() < 0.93 else rng.uniform(0.88, 0.95)
    return TableForm(kind, length, width, height, edge, rng.uniform(0.025, 0.06))


def table_top(rng: np.random.Generator, form: TableForm, boards: Material) -> list[Shape]:
    """Of wood, planks, glass or stone."""
    low = form.height - form.top_thickness
    kind = rng.choice(
        ["wood", "planks", "inlaid", "glass", "stone", "plain"],
        p=[0.56, 0.1, 0.1, 0.09, 0.09, 0.06],
    )
    if kind == "planks" and form.kind in ("rectangle", "square"):
        count = int(rng.integers(4, 8))
        wide = form.width / count
        plank = block(form.length - 0.2, wide - 0.006, form.top_thickness).with_material(boards)
        rows = [plank.translated(0, (k - (count - 1) / 2) * wide, low) for k in range(count)]
        end = block(0.1, form.width, form.top_thickness).with_material(boards)
        under = block(form.length - 0.06, form.width - 0.06, 0.02).with_material(boards)
        ends = [end.translated(s * (form.length / 2 - 0.048), 0, low) for s in (1, -1)]
        return [*rows, *ends, under.translated(z=low - 0.012)]
    if kind == "glass":
        rim = [(0.0, 0.0), (0.0, form.top_thickness - 0.003), (0.003, form.top_thickness)]
        return [
            joinery.board_from_outline(form.top_outline, rim)
            .with_material(_glass_material(rng))
            .translated(z=low)
        ]
    slab = joinery.moulded_top(rng, form.top_outline, form.top_thickness).translated(z=low)
    if kind == "stone":
        pale, vein = [
            ("e9e6e0", "8d8a86"),
            ("2a2a2c", "c9c2b5"),
            ("c9b493", "7a5a38"),
            ("4a5a4c", "d8dccf"),
        ][rng.integers(4)]
        return [slab.with_material(materials.stone(jitter_colour(rng, pale), srgb_to_linear(vein)))]
    if kind == "plain":
        return [
            slab.with_material(
                materials.plastic(jitter_colour(rng, str(rng.choice(joinery.LACQUER_COLOURS))), 0.3)
            )
        ]
    parts = [slab.with_material(boards)]
    if kind == "inlaid":  # a field of another wood within a border
        other, _ = joinery.sample_timber(rng, lacquered_share=0.0)
        inset = rng.uniform(0.07, 0.16)
        field = joinery.board_from_outline(form.top_outline, [(inset, -0.01), (inset, 0.001)])
        parts.append(field.with_material(other).translated(z=form.height))
    return parts


def _glass_material(rng: np.random.Generator) -> Material:
    if rng.random() < 0.6:
        return materials.glass((0.8, 0.92, 0.88))
    return materials.plain(
        jitter_colour(rng, str(rng.choice(["bcd3cd", "101314", "dfe8e6"]))), 0.08
    )


def table_base(
    rng: np.random.Generator, form: TableForm, wood: Material, metal: Material
) -> list[Shape]:
    """Legs and apron, pedestals or ends; a millimetre into the top."""
    height = form.height - form.top_thickness + 0.001
    long = form.length > 1.25 * form.width
    round_top = form.kind in ("round", "oval", "octagon", "boat")
    kinds = ["legs", "legs", "legs", "pedestal"] if round_top else ["legs", "legs", "legs", "ends"]
    kind = str(rng.choice(kinds))
    spread = 0.36 * form.width
    made = metal if rng.random() < 0.12 else wood
    if kind == "pedestal":
        spots = (-0.27 * form.length, 0.27 * form.length) if long else (0.0,)
        if rng.random() < 0.25:
            foot = [joinery.tulip_base(height, spread * 0.9)]
        else:
            foot = joinery.turned_pedestal(rng, height, spread, int(rng.choice([0, 3, 4, 4])))
        return [part.with_material(made) for x in spots for part in place_group(foot, x)]
    if kind == "ends":
        style, size = str(rng.choice(["I", "A", "sled", "X", "panel"])), rng.uniform(0.05, 0.09)
        end = joinery.end_frame(style, 0.82 * form.width, height, size)
        reach = form.length * rng.uniform(0.28, 0.42)
        parts = place_group(end, reach) + place_group(end, -reach)
        if style in ("I", "A", "X"):
            parts.append(block(2 * reach, 0.04, 0.09).translated(z=0.5 * height - 0.12))
        return [part.with_material(made) for part in parts]
    style = str(rng.choice(["square", "tapered", "round", "turned", "cabriole"]))
    size = rng.uniform(0.05, 0.1) if style != "round" else rng.uniform(0.04, 0.06)
    inset = 0.02 + size if not round_top else 0.3 * form.width
    across = form.length - 2 * inset, form.width - 2 * inset
    post = joinery.leg(rng, style, height, size)
    parts = joinery.place_at_corners(post, *across)
    if rng.random() < 0.8 or style == "cabriole":
        parts += joinery.apron(*across, rng.uniform(0.06, 0.12), height)
    return [part.with_material(made) for part in parts]
