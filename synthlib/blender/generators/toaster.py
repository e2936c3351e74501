"""Toasters of two and four slots, retro, chrome, steel and plastic; toaster ovens.

`rng` draws the kind, slots and proportions, finish, side of the controls, bread, trim, printed
words, cord and pose; 6% are toaster ovens (`parts.toaster_oven`). A toaster is 17 to 29 cm tall;
lengths are in metres.

The slots run along x.
"""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.generators.parts import toaster_oven, toaster_parts
from synthlib.blender.generators.parts.toaster_parts import ToasterFinish
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_PRINTED_TEXTS = "TOASTY|RETRO|CLASSIC|Home|BREAKFAST|Delta|NORDIC|CRISP|Vita|MORNING".split("|")
_RETRO = "c2241f 8fc4bf e9dcc0 9cc3dc e3a8b0 1c1c1e f0ece2 d8b23a 4f6f4a 1f3f6f".split()
_PLASTIC = "efede6 efede6 e4dcc8 1d1d1f c23a2a 8a1f22 3c4a58 7aa8a0 b8b8b6".split()


@dataclass(frozen=True)
class ToasterForm:
    """A toaster's body; lengths in metres, the slots along x.

    Attributes:
        edge_radius: Radius of the upper edges.
        corner_radius: Radius of the corners in plan view.
        taper: Difference in depth on each side between the widest height and the top.
        rows: Slots side by side along y.
        columns: Slots in one row along x.
        has_end_caps: The ends at -X and +X have caps of another material.
    """

    width: float
    depth: float
    height: float
    edge_radius: float
    corner_radius: float
    taper: float
    rows: int
    columns: int
    has_end_caps: bool

    def front_inset(self, z: float) -> float:
        """Return the distance of the front at height z from its plane at the widest height."""
        return self.taper * max(z - 0.014, 0.0) / self.height


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build a toaster, about half of the time with bread, or a toaster oven.

    Returns:
        One mesh object, standing on z = 0, its front or the end with its lever about towards -Y.
    """
    if rng.random() < 0.06:
        return meshes.assemble("toaster", toaster_oven.toaster_oven(rng))
    kind = str(rng.choice(["retro", "chrome", "steel", "plastic"], p=[0.27, 0.18, 0.3, 0.25]))
    form = _sample_form(rng, kind)
    finish = _sample_finish(rng, kind)
    parts, has_bread = _body(rng, form, finish)
    control_side = "end" if form.rows == 4 else "front"
    if form.columns == 1 and form.rows < 4:
        control_side = str(rng.choice(["end", "front", "split"], p=[0.5, 0.2, 0.3]))
    parts += _trim(rng, form, finish, kind, control_side)
    parts += _controls(rng, form, finish, control_side, has_bread)
    if rng.random() < 0.5:
        parts.append(
            toaster_parts.power_cord(rng, -0.3 * form.width, form.depth / 2).with_material(
                finish.knob
            )
        )
    yaw = rng.normal(0.0, 8.0)
    if control_side != "front":  # the end with the lever towards the front, more or less
        yaw -= 90.0 if form.rows == 4 else rng.choice([0.0, 20.0, 50.0])
    return meshes.assemble("toaster", [part.rotated("z", yaw) for part in parts])


def _sample_form(rng: np.random.Generator, kind: str) -> ToasterForm:
    """Sample slots, proportions and rounding of a kind of toaster."""
    rows, columns = ((2, 1), (1, 1), (2, 2), (4, 1))[rng.choice(4, p=[0.64, 0.1, 0.13, 0.13])]
    width = rng.uniform(0.36, 0.4) if rows == 1 or columns == 2 else rng.uniform(0.26, 0.3)
    depth_by_rows = {
        1: rng.uniform(0.12, 0.14),
        2: rng.uniform(0.155, 0.19),
        4: rng.uniform(0.29, 0.32),
    }
    edge_radius, corner_radius, taper = {
        "retro": (rng.uniform(0.03, 0.042), rng.uniform(0.045, 0.07), rng.uniform(0.0, 0.008)),
        "chrome": (rng.uniform(0.03, 0.042), 0.01, rng.uniform(0.0, 0.006)),
        "steel": (rng.uniform(0.005, 0.016), rng.uniform(0.008, 0.03), 0.0),
        "plastic": (rng.uniform(0.012, 0.03), rng.uniform(0.02, 0.05), rng.uniform(0.0, 0.012)),
    }[kind]
    if rows == 1:
        edge_radius = min(edge_radius, 0.028)
    height = rng.uniform(0.17, 0.205)
    has_end_caps = kind == "chrome" or rng.random() < 0.12
    corner_radius = 0.008 if has_end_caps else min(corner_radius, 0.4 * depth_by_rows[rows])
    return ToasterForm(
        width,
        depth_by_rows[rows],
        height,
        edge_radius,
        corner_radius,
        taper,
        rows,
        columns,
        has_end_caps,
    )


def _sample_finish(rng: np.random.Generator, kind: str) -> ToasterFinish:
    """Sample matching materials of shell, trim, knobs, print and gaps."""
    chrome = materials.mirror_metal((0.66, 0.66, 0.67))
    black = jitter_colour(rng, "161617")
    hex_code = str(rng.choice(_RETRO if kind == "retro" else _PLASTIC))
    colour = jitter_colour(rng, hex_code, 0.7)
    if kind == "chrome":
        shell = (
            chrome if rng.random() < 0.7 else materials.mirror_metal((0.6, 0.6, 0.61), dullness=0.5)
        )
        colour = jitter_colour(
            rng, str(rng.choice(["161617", "161617", "3a2012", "e6dcc4", "8a1f22"]))
        )
    elif kind == "steel":
        metal_colour = (0.55, 0.55, 0.56) if rng.random() < 0.82 else (0.16, 0.16, 0.17)
        if rng.random() < 0.12:
            metal_colour = (0.6, 0.3, 0.18)  # copper
        brush_axis = str(rng.choice(["x", "z", ""]))
        colour = black
        shell = materials.mirror_metal(
            metal_colour, dullness=rng.uniform(0.4, 0.9), brush_axis=brush_axis
        )
    else:
        graph = NodeGraph("lacquer")
        gloss = 0.8 if kind == "retro" else rng.uniform(0.0, 0.6)
        lacquer_colour = materials.add_window_reflections(graph, colour, gloss)
        shell = graph.build_material(lacquer_colour, 0.5 - 0.3 * gloss, coat=0.2)
    knob_material = materials.plastic(
        black if kind == "steel" or rng.random() < 0.5 else colour, 0.35
    )
    if sum(colour) < 0.2 and kind in ("retro", "plastic"):
        knob_material = materials.brushed_metal()
    ink = srgb_to_linear("f0efec") if sum(colour) < 0.9 else srgb_to_linear("202022")
    return ToasterFinish(
        shell, chrome, knob_material, materials.plain(ink), toaster_parts.gap_material()
    )


def _side_profile(form: ToasterForm) -> list[tuple[float, float, float]]:
    """Return (inset along x, inset along y, z) from the bottom to the flat top, metres."""
    profile = [(0.004, 0.004, 0.008), (0.0, 0.0, 0.014)]
    for angle in np.linspace(0.0, np.pi / 2, 7):
        z = form.height - form.edge_radius * (1 - np.sin(angle))
        inset = form.front_inset(z) + form.edge_radius * (1 - np.cos(angle))
        profile.append((0.0 if form.has_end_caps else inset, inset, z))
    return profile


def _body(
    rng: np.random.Generator, form: ToasterForm, finish: ToasterFinish
) -> tuple[list[Shape], bool]:
    """Build the shell with its well, the rails between the slots, wires and bread.

    Returns:
        The parts, and whether bread stands in the slots.
    """
    top, rows, columns = form.height, form.rows, form.columns
    well_depth = rng.uniform(0.06, 0.085)
    top_depth = form.depth - 2 * (form.edge_radius + form.taper) - 0.008
    gap = rng.uniform(0.012, 0.026) if rows == 2 else 0.017
    slot_width = min(rng.uniform(0.027, 0.036), (top_depth - (rows - 1) * gap) / rows)
    gap = min(gap, (top_depth - rows * slot_width) / max(rows - 1, 1))
    edge_width = 0.02 if form.has_end_caps else form.edge_radius + form.taper
    well_length = min(form.width - 2 * edge_width - 0.012, form.width - 0.06)
    well_size = (well_length, rows * slot_width + (rows - 1) * gap, 0.004)
    size = form.width, form.depth
    body = toaster_parts.shell_with_well(
        size, _side_profile(form), form.corner_radius, well_size, well_depth
    ).with_material(finish.shell)
    parts = [body, toaster_parts.well_lining(well_size, top, well_depth).with_material(finish.dark)]
    rail_material = finish.trim if rng.random() < 0.35 else finish.shell
    rail_profile = [
        (0, top - well_depth + 0.001),
        *shapes.fillet_profile(0.004, 0.0015, top - 0.0046),
    ]
    slot_ys = (np.arange(rows) - (rows - 1) / 2) * (slot_width + gap)
    for y in (slot_ys[1:] + slot_ys[:-1]) / 2:
        parts.append(
            shapes.slab(well_length + 0.003, gap, rail_profile, 0.0015)
            .translated(y=y)
            .with_material(rail_material)
        )
    slot_length = (well_length - (columns - 1) * 0.05) / columns
    if columns == 2:
        # The crossing rail is slightly higher, so that no two faces share a plane.
        rail_profile = [(0, z + 0.0004 * (z > top - 0.01)) for _, z in rail_profile]
        parts.append(
            shapes.slab(0.05, well_size[1] + 0.003, rail_profile, 0.0015).with_material(
                rail_material
            )
        )
    if rng.random() < 0.7:
        rim = toaster_parts.opening_frame(well_size[:2], rng.uniform(0.003, 0.006), 0.0022, 0.004)
        parts.append(rim.translated(z=top).with_material(finish.trim))
    slot_positions = [
        (x, y)
        for x in ((0.0,) if columns == 1 else _symmetric_pair(slot_length + 0.05))
        for y in slot_ys
    ]
    has_bread = rng.random() < 0.52
    is_filled = rng.random(len(slot_positions)) < 0.85
    bread_material = toaster_parts.toast_material(rng)
    shape_seed = rng.bit_generator.random_raw()  # all slices have one shape
    bread_height = well_depth + rng.uniform(0.03, 0.062)
    bread_thickness = min(rng.uniform(0.012, 0.018), slot_width - 0.006)
    for (x, y), is_full in zip(slot_positions, is_filled, strict=True):
        parts += [
            wire.translated(x, y).with_material(finish.trim)
            for wire in toaster_parts.slot_guards(slot_length, slot_width, top)
        ]
        if has_bread and is_full:
            bread_width = min(slot_length - 0.012, rng.uniform(0.11, 0.13))
            bread = toaster_parts.bread_slice(
                np.random.default_rng(shape_seed), bread_width, bread_height, bread_thickness
            ).with_material(bread_material)
            offset = rng.uniform(-0.5, 0.5) * (slot_length - bread_width - 0.01)
            parts.append(
                bread.rotated("y", rng.normal(0, 1.5)).translated(
                    x + offset, y, top - well_depth + 0.0005
                )
            )
    return parts, has_bread


def _symmetric_pair(distance: float) -> tuple[float, float]:
    """Return the two offsets at half the distance on either side of 0."""
    return -distance / 2, distance / 2


def _trim(
    rng: np.random.Generator, form: ToasterForm, finish: ToasterFinish, kind: str, control_side: str
) -> list[Shape]:
    """Build end caps, base, feet, a band, ribs or a word on the front, and the crumb tray."""
    parts = []
    width = form.width
    depth = form.depth
    for x in _symmetric_pair(width - 0.06):
        for y in _symmetric_pair(depth - 0.05):
            parts.append(shapes.slab(0.024, 0.024, [(0, 0), (0, 0.012)], 0.012).translated(x, y))
    base = [(0.006, 0.004), (0.004, 0.006), (0.004, 0.0125)]
    parts.append(shapes.slab(width, depth, base, form.corner_radius))
    parts = [part.with_material(finish.dark) for part in parts]
    if form.has_end_caps:
        side_profile = [
            (depth / 2 - inset + 0.003, z + 0.003) for _, inset, z in _side_profile(form)
        ]
        side_profile[0] = (depth / 2 - 0.001, 0.002)
        outline = np.array([*side_profile, *((-y, z) for y, z in reversed(side_profile))])
        cap = shapes.prism(outline, 0.026, 0.004).deformed(lambda points: points[:, [2, 0, 1]])
        cap = cap.translated(x=width / 2 - 0.012).with_material(finish.knob)
        parts += [cap, cap.rotated("z", 180.0)]
    elif kind == "retro" or rng.random() < 0.3:
        band = toaster_parts.opening_frame(
            (width - 0.003, depth - 0.003), 0.0035, 0.012, form.corner_radius
        )
        parts.append(band.translated(z=0.017).with_material(finish.trim))
    word_z = 0.55 * form.height
    word = meshes.text_shape(str(rng.choice(_PRINTED_TEXTS)), rng.uniform(0.013, 0.022))
    front_decoration = str(rng.choice(["word", "ribs", "bare"], p=[0.5, 0.25, 0.25]))
    if front_decoration == "word":
        fitted = min(1.0, 0.36 * width / np.ptp(word.vertices[:, 0]))
        word = word.deformed(lambda points: points * fitted)
        word = toaster_parts.face_front(
            word, -0.2 * width if control_side != "end" or form.rows == 1 else 0.0, word_z
        )
        front_ys = [form.front_inset(z) - depth / 2 - 0.0007 for z in (0.0, form.height)]
        slope = (front_ys[1] - front_ys[0]) / form.height  # the word follows the front
        word = word.deformed(
            lambda points: points + np.outer(front_ys[0] + slope * points[:, 2], [0.0, 1.0, 0.0])
        )
        parts.append(word.with_material(finish.print))
    elif front_decoration == "ribs":
        pitch = rng.uniform(0.008, 0.014)
        lowest_z = rng.uniform(0.3, 0.5) * form.height
        for k in range(int(rng.integers(3, 6))):
            rib = shapes.box(0.7 * width, 0.01, 0.0035, 0.0015)
            z = lowest_z + k * pitch
            parts.append(
                rib.translated(y=-depth / 2 + form.front_inset(z) + 0.0035, z=z).with_material(
                    finish.trim
                )
            )
    tray = shapes.box(0.55 * depth, 0.012, 0.011, 0.003).rotated("z", 90.0)
    return [
        *parts,
        tray.translated(x=-width / 2 - 0.001 - 0.014 * form.has_end_caps, z=0.0165).with_material(
            finish.knob
        ),
    ]


def _controls(
    rng: np.random.Generator,
    form: ToasterForm,
    finish: ToasterFinish,
    control_side: str,
    bread: bool,
) -> list[Shape]:
    """Build levers, dials and buttons on the end towards +X, on the front, or on both.

    Args:
        control_side: "end", "front", or "split": levers on the end and dials on the front.
        bread: Bread stands in the slots, so that the lever is up.
    """
    is_pressed = not bread and rng.random() < 0.3
    travel = rng.uniform(0.055, 0.075)
    radius = rng.uniform(0.014, 0.019)
    panel_profile = [(0, -0.025), *shapes.fillet_profile(0.0035, 0.0015)]
    pale_panel = rng.random() < 0.45
    panel_material = finish.trim if pale_panel else finish.dark
    ink = materials.plain(srgb_to_linear("1a1a1c" if pale_panel else "dcdcd8"))
    panel_finish = replace(finish, print=ink)

    def control_group(lever: bool, dial: bool) -> list[Shape]:
        width = 0.085 if dial else 0.05
        parts = []
        board = shapes.slab(width, form.height * 0.7, panel_profile, rng.choice([0.004, 0.015]))
        parts.append(
            toaster_parts.face_front(board, z=0.5 * form.height).with_material(panel_material)
        )
        controls = []
        if lever:
            controls += [
                part.translated(z=0.62 * form.height)
                for part in toaster_parts.lever(rng, finish, travel, is_pressed)
            ]
        if dial:
            z = (0.3 if lever else 0.64) * form.height
            controls += [
                part.translated(z=z)
                for part in toaster_parts.control_dial(rng, panel_finish, radius)
            ]
            buttons = toaster_parts.buttons(rng, panel_finish, 0.017)
            controls += [
                part.translated(
                    0.026 if lever else 0.0, 0.0, (0.64 if lever else 0.34) * form.height
                )
                for part in buttons
            ]
        return [*parts, *(part.translated(y=-0.0035) for part in controls)]

    end_x = form.width / 2 - form.front_inset(0.5 * form.height) * (not form.has_end_caps)
    end_x += 0.0145 if form.has_end_caps else 0.001
    front_y = -form.depth / 2 + form.front_inset(0.3 * form.height) - 0.001
    if control_side == "front":
        positions = (
            _symmetric_pair(0.5 * form.width) if form.columns == 2 else (form.width / 2 - 0.07,)
        )
        return [
            part.translated(x, front_y) for x in positions for part in control_group(True, True)
        ]
    positions = _symmetric_pair(0.48 * form.depth) if form.rows == 4 else (0.0,)
    parts = [
        part.rotated("z", 90.0).translated(end_x, y)
        for y in positions
        for part in control_group(True, control_side == "end")
    ]
    if control_side == "split":
        parts += [part.translated(0.3 * form.width, front_y) for part in control_group(False, True)]
    return parts
