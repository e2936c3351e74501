"""Dining tables without the things on them: tops of wood, glass or stone, and bases.

A table stands on z = 0 about the z axis, its long side along x; lengths are in metres.
"""

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
    """Form of a table in metres.

    Attributes:
        kind: "rectangle", "square", "round", "oval", "boat" or "octagon".
        length: Along x; `width` along y.
        top_outline: Edge of the top, (K, 2).
    """

    kind: str
    length: float
    width: float
    height: float
    top_outline: np.ndarray
    top_thickness: float


def sample_table_form(rng: np.random.Generator) -> TableForm:
    """Sample the form of a table."""
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
    outline = joinery.top_outline(shape, length, width, rng.choice([0.008, 0.03, 0.1]))
    height = rng.uniform(0.72, 0.78) if rng.random() < 0.93 else rng.uniform(0.88, 0.95)
    return TableForm(kind, length, width, height, outline, rng.uniform(0.025, 0.06))


def table_top(rng: np.random.Generator, form: TableForm, boards: Material) -> list[Shape]:
    """Build the top: of wood, planks, inlaid wood, glass, stone or lacquer."""
    bottom_z = form.height - form.top_thickness
    kind = rng.choice(
        ["wood", "planks", "inlaid", "glass", "stone", "plain"],
        p=[0.56, 0.1, 0.1, 0.09, 0.09, 0.06],
    )
    if kind == "planks" and form.kind in ("rectangle", "square"):
        count = int(rng.integers(4, 8))
        plank_width = form.width / count
        plank = block(form.length - 0.2, plank_width - 0.006, form.top_thickness).with_material(
            boards
        )
        planks = [
            plank.translated(0, (index - (count - 1) / 2) * plank_width, bottom_z)
            for index in range(count)
        ]
        end_board = block(0.1, form.width, form.top_thickness).with_material(boards)
        underboard = block(form.length - 0.06, form.width - 0.06, 0.02).with_material(boards)
        end_boards = [
            end_board.translated(side * (form.length / 2 - 0.048), 0, bottom_z) for side in (1, -1)
        ]
        return [*planks, *end_boards, underboard.translated(z=bottom_z - 0.012)]
    if kind == "glass":
        rim = [(0.0, 0.0), (0.0, form.top_thickness - 0.003), (0.003, form.top_thickness)]
        return [
            joinery.board_from_outline(form.top_outline, rim)
            .with_material(_glass_material(rng))
            .translated(z=bottom_z)
        ]
    slab = joinery.moulded_top(rng, form.top_outline, form.top_thickness).translated(z=bottom_z)
    if kind == "stone":
        base_code, vein_code = [
            ("e9e6e0", "8d8a86"),
            ("2a2a2c", "c9c2b5"),
            ("c9b493", "7a5a38"),
            ("4a5a4c", "d8dccf"),
        ][rng.integers(4)]
        return [
            slab.with_material(
                materials.stone(jitter_colour(rng, base_code), srgb_to_linear(vein_code))
            )
        ]
    if kind == "plain":
        return [
            slab.with_material(
                materials.plastic(jitter_colour(rng, str(rng.choice(joinery.LACQUER_COLOURS))), 0.3)
            )
        ]
    parts = [slab.with_material(boards)]
    if kind == "inlaid":  # a field of another wood within a border
        field_wood, _ = joinery.sample_timber(rng, lacquered_share=0.0)
        inset = rng.uniform(0.07, 0.16)
        field = joinery.board_from_outline(form.top_outline, [(inset, -0.01), (inset, 0.001)])
        parts.append(field.with_material(field_wood).translated(z=form.height))
    return parts


def _glass_material(rng: np.random.Generator) -> Material:
    """Sample clear or opaque glass for tops."""
    if rng.random() < 0.6:
        return materials.glass((0.8, 0.92, 0.88))
    return materials.plain(
        jitter_colour(rng, str(rng.choice(["bcd3cd", "101314", "dfe8e6"]))), 0.08
    )


def table_base(
    rng: np.random.Generator, form: TableForm, wood: Material, metal: Material
) -> list[Shape]:
    """Build legs and apron, pedestals or end frames, reaching a millimetre into the top."""
    height = form.height - form.top_thickness + 0.001
    is_long = form.length > 1.25 * form.width
    round_top = form.kind in ("round", "oval", "octagon", "boat")
    kinds = ["legs", "legs", "legs", "pedestal"] if round_top else ["legs", "legs", "legs", "ends"]
    kind = str(rng.choice(kinds))
    spread = 0.36 * form.width
    material = metal if rng.random() < 0.12 else wood
    if kind == "pedestal":
        pedestal_xs = (-0.27 * form.length, 0.27 * form.length) if is_long else (0.0,)
        if rng.random() < 0.25:
            foot = [joinery.tulip_base(height, spread * 0.9)]
        else:
            foot = joinery.turned_pedestal(rng, height, spread, int(rng.choice([0, 3, 4, 4])))
        return [part.with_material(material) for x in pedestal_xs for part in place_group(foot, x)]
    if kind == "ends":
        style = str(rng.choice(["I", "A", "sled", "X", "panel"]))
        size = rng.uniform(0.05, 0.09)
        end = joinery.end_frame(style, 0.82 * form.width, height, size)
        end_x = form.length * rng.uniform(0.28, 0.42)
        parts = place_group(end, end_x) + place_group(end, -end_x)
        if style in ("I", "A", "X"):
            parts.append(block(2 * end_x, 0.04, 0.09).translated(z=0.5 * height - 0.12))
        return [part.with_material(material) for part in parts]
    style = str(rng.choice(["square", "tapered", "round", "turned", "cabriole"]))
    size = rng.uniform(0.05, 0.1) if style != "round" else rng.uniform(0.04, 0.06)
    inset = 0.02 + size if not round_top else 0.3 * form.width
    leg_spacing = form.length - 2 * inset, form.width - 2 * inset
    leg = joinery.leg(rng, style, height, size)
    parts = joinery.place_at_corners(leg, *leg_spacing)
    if rng.random() < 0.8 or style == "cabriole":
        parts += joinery.apron(*leg_spacing, rng.uniform(0.06, 0.12), height)
    return [part.with_material(material) for part in parts]
