"""Toasters of two and four slots, round and retro, of chrome, steel and plastic; toaster ovens."""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender.generators.parts import reflections, toaster_oven, toaster_parts
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
_SMOKED = "26262a 3a3a3c 6a1418 1f2a3c".split()


@dataclass(frozen=True)
class ToasterForm:
    """A toaster's body, its slots along x: metres; `round` is the radius of its upper edges."""

    width: float
    depth: float
    height: float
    edge_radius: float
    corner_radius: float  # in plan
    taper: float
    rows: int
    columns: int
    has_end_caps: bool  # with end caps of another material

    def front_inset(self, z: float) -> float:
        """How far the front is behind the widest place at a height."""
        return self.taper * max(z - 0.014, 0.0) / self.height


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A toaster, about half of the time with bread; or a toaster oven. Returns one object."""
    if rng.random() < 0.06:
        return meshes.assemble("toaster", toaster_oven.toaster_oven(rng))
    kind = str(rng.choice(["retro", "chrome", "steel", "plastic"], p=[0.27, 0.18, 0.3, 0.25]))
    form, finish = _sample_form(rng, kind), _sample_finish(rng, kind)
    parts, bread = _body(rng, form, finish)
    where = "end" if form.rows == 4 else "front"
    if form.columns == 1 and form.rows < 4:
        where = str(rng.choice(["end", "front", "split"], p=[0.5, 0.2, 0.3]))
    parts += _trim(rng, form, finish, kind, where)
    parts += _controls(rng, form, finish, where, bread)
    if rng.random() < 0.5:
        parts.append(
            toaster_parts.power_cord(rng, -0.3 * form.width, form.depth / 2).with_material(
                finish.knob
            )
        )
    turn = rng.normal(0.0, 8.0)
    if where != "front":  # the end with the lever more or less to the front
        turn -= 90.0 if form.rows == 4 else rng.choice([0.0, 20.0, 50.0])
    return meshes.assemble("toaster", [part.rotated("z", turn) for part in parts])


def _sample_form(rng: np.random.Generator, kind: str) -> ToasterForm:
    rows, columns = ((2, 1), (1, 1), (2, 2), (4, 1))[rng.choice(4, p=[0.64, 0.1, 0.13, 0.13])]
    width = rng.uniform(0.36, 0.4) if rows == 1 or columns == 2 else rng.uniform(0.26, 0.3)
    depth = {1: rng.uniform(0.12, 0.14), 2: rng.uniform(0.155, 0.19), 4: rng.uniform(0.29, 0.32)}
    edge, corner, taper = {
        "retro": (rng.uniform(0.03, 0.042), rng.uniform(0.045, 0.07), rng.uniform(0.0, 0.008)),
        "chrome": (rng.uniform(0.03, 0.042), 0.01, rng.uniform(0.0, 0.006)),
        "steel": (rng.uniform(0.005, 0.016), rng.uniform(0.008, 0.03), 0.0),
        "plastic": (rng.uniform(0.012, 0.03), rng.uniform(0.02, 0.05), rng.uniform(0.0, 0.012)),
    }[kind]
    if rows == 1:
        edge = min(edge, 0.028)
    height, capped = rng.uniform(0.17, 0.205), kind == "chrome" or rng.random() < 0.12
    corner = 0.008 if capped else min(corner, 0.4 * depth[rows])
    return ToasterForm(width, depth[rows], height, edge, corner, taper, rows, columns, capped)


def _sample_finish(rng: np.random.Generator, kind: str) -> ToasterFinish:
    """Shell, trim, knobs, print and gaps in colours that go together."""
    chrome = reflections.mirror_metal((0.66, 0.66, 0.67))
    black, code = (
        jitter_colour(rng, "161617"),
        str(rng.choice(_RETRO if kind == "retro" else _PLASTIC)),
    )
    colour = jitter_colour(rng, code, 0.7)
    if kind == "chrome":
        shell = (
            chrome
            if rng.random() < 0.7
            else reflections.mirror_metal((0.6, 0.6, 0.61), dullness=0.5)
        )
        colour = jitter_colour(
            rng, str(rng.choice(["161617", "161617", "3a2012", "e6dcc4", "8a1f22"]))
        )
    elif kind == "steel":
        tone = (0.55, 0.55, 0.56) if rng.random() < 0.82 else (0.16, 0.16, 0.17)
        if rng.random() < 0.12:
            tone = (0.6, 0.3, 0.18)  # copper
        grain, colour = str(rng.choice(["x", "z", ""])), black
        shell = reflections.mirror_metal(tone, dullness=rng.uniform(0.4, 0.9), brush_axis=grain)
    else:
        graph, gloss = NodeGraph("lacquer"), 0.8 if kind == "retro" else rng.uniform(0.0, 0.6)
        lit = reflections.add_window_reflections(graph, colour, gloss)
        shell = graph.build_material(lit, 0.5 - 0.3 * gloss, coat=0.2)
    knob = materials.plastic(black if kind == "steel" or rng.random() < 0.5 else colour, 0.35)
    if sum(colour) < 0.2 and kind in ("retro", "plastic"):
        knob = materials.brushed_metal()
    ink = srgb_to_linear("f0efec") if sum(colour) < 0.9 else srgb_to_linear("202022")
    return ToasterFinish(shell, chrome, knob, materials.plain(ink), toaster_parts.gap_material())


def _side_profile(form: ToasterForm) -> list[tuple[float, float, float]]:
    """Insets along x and y and heights, from the bottom to the flat top."""
    profile = [(0.004, 0.004, 0.008), (0.0, 0.0, 0.014)]
    for angle in np.linspace(0.0, np.pi / 2, 7):
        z = form.height - form.edge_radius * (1 - np.sin(angle))
        inset = form.front_inset(z) + form.edge_radius * (1 - np.cos(angle))
        profile.append((0.0 if form.has_end_caps else inset, inset, z))
    return profile


def _body(
    rng: np.random.Generator, form: ToasterForm, finish: ToasterFinish
) -> tuple[list[Shape], bool]:
    """The shell with its well, the bridges that part the slots, wires, bread; whether any."""
    top, rows, columns = form.height, form.rows, form.columns
    well = rng.uniform(0.06, 0.085)
    flat = form.depth - 2 * (form.edge_radius + form.taper) - 0.008
    gap = rng.uniform(0.012, 0.026) if rows == 2 else 0.017
    slot = min(rng.uniform(0.027, 0.036), (flat - (rows - 1) * gap) / rows)
    gap = min(gap, (flat - rows * slot) / max(rows - 1, 1))
    edge = 0.02 if form.has_end_caps else form.edge_radius + form.taper
    long = min(form.width - 2 * edge - 0.012, form.width - 0.06)
    hole = (long, rows * slot + (rows - 1) * gap, 0.004)
    size = form.width, form.depth
    body = toaster_parts.shell_with_well(
        size, _side_profile(form), form.corner_radius, hole, well
    ).with_material(finish.shell)
    parts = [body, toaster_parts.well_lining(hole, top, well).with_material(finish.dark)]
    made = finish.trim if rng.random() < 0.35 else finish.shell
    rail = [(0, top - well + 0.001), *shapes.fillet_profile(0.004, 0.0015, top - 0.0046)]
    middles = (np.arange(rows) - (rows - 1) / 2) * (slot + gap)
    for y in (middles[1:] + middles[:-1]) / 2:
        parts.append(
            shapes.slab(long + 0.003, gap, rail, 0.0015).translated(y=y).with_material(made)
        )
    part = (long - (columns - 1) * 0.05) / columns
    if columns == 2:
        rail = [(0, z + 0.0004 * (z > top - 0.01)) for _, z in rail]  # crossing, not coplanar
        parts.append(shapes.slab(0.05, hole[1] + 0.003, rail, 0.0015).with_material(made))
    if rng.random() < 0.7:
        rim = toaster_parts.opening_frame(hole[:2], rng.uniform(0.003, 0.006), 0.0022, 0.004)
        parts.append(rim.translated(z=top).with_material(finish.trim))
    places = [
        (x, y) for x in ((0.0,) if columns == 1 else _symmetric_pair(part + 0.05)) for y in middles
    ]
    bread = rng.random() < 0.52
    filled = rng.random(len(places)) < 0.85
    crumb, look = toaster_parts.toast_material(rng), rng.bit_generator.random_raw()
    high, thick = well + rng.uniform(0.03, 0.062), min(rng.uniform(0.012, 0.018), slot - 0.006)
    for (x, y), full in zip(places, filled, strict=True):
        parts += [
            wire.translated(x, y).with_material(finish.trim)
            for wire in toaster_parts.slot_guards(part, slot, top)
        ]
        if bread and full:
            wide = min(part - 0.012, rng.uniform(0.11, 0.13))
            one = toaster_parts.bread_slice(
                np.random.default_rng(look), wide, high, thick
            ).with_material(crumb)
            shift = rng.uniform(-0.5, 0.5) * (part - wide - 0.01)
            parts.append(
                one.rotated("y", rng.normal(0, 1.5)).translated(x + shift, y, top - well + 0.0005)
            )
    return parts, bread


def _symmetric_pair(distance: float) -> tuple[float, float]:
    return -distance / 2, distance / 2


def _trim(
    rng: np.random.Generator, form: ToasterForm, finish: ToasterFinish, kind: str, control_side: str
) -> list[Shape]:
    """End caps, base, feet, a belt, ribs or a word on the front, the crumb tray."""
    parts, wide, deep = [], form.width, form.depth
    for x in _symmetric_pair(wide - 0.06):
        for y in _symmetric_pair(deep - 0.05):
            parts.append(shapes.slab(0.024, 0.024, [(0, 0), (0, 0.012)], 0.012).translated(x, y))
    base = [(0.006, 0.004), (0.004, 0.006), (0.004, 0.0125)]
    parts.append(shapes.slab(wide, deep, base, form.corner_radius))
    parts = [part.with_material(finish.dark) for part in parts]
    if form.has_end_caps:
        side = [(deep / 2 - inset + 0.003, z + 0.003) for _, inset, z in _side_profile(form)]
        side[0] = (deep / 2 - 0.001, 0.002)
        outline = np.array([*side, *((-y, z) for y, z in reversed(side))])
        cap = shapes.prism(outline, 0.026, 0.004).deformed(lambda points: points[:, [2, 0, 1]])
        cap = cap.translated(x=wide / 2 - 0.012).with_material(finish.knob)
        parts += [cap, cap.rotated("z", 180.0)]
    elif kind == "retro" or rng.random() < 0.3:
        band = toaster_parts.opening_frame(
            (wide - 0.003, deep - 0.003), 0.0035, 0.012, form.corner_radius
        )
        parts.append(band.translated(z=0.017).with_material(finish.trim))
    front = 0.55 * form.height
    word = meshes.text_shape(str(rng.choice(_PRINTED_TEXTS)), rng.uniform(0.013, 0.022))
    kind = str(rng.choice(["word", "ribs", "bare"], p=[0.5, 0.25, 0.25]))
    if kind == "word":
        word = word.deformed(lambda at: at * min(1.0, 0.36 * wide / np.ptp(word.vertices[:, 0])))
        word = toaster_parts.face_front(
            word, -0.2 * wide if control_side != "end" or form.rows == 1 else 0.0, front
        )
        wall = [form.front_inset(z) - deep / 2 - 0.0007 for z in (0.0, form.height)]
        lean = (wall[1] - wall[0]) / form.height  # it follows the front
        word = word.deformed(lambda at: at + np.outer(wall[0] + lean * at[:, 2], [0.0, 1.0, 0.0]))
        parts.append(word.with_material(finish.print))
    elif kind == "ribs":
        pitch, high = rng.uniform(0.008, 0.014), rng.uniform(0.3, 0.5) * form.height
        for k in range(int(rng.integers(3, 6))):
            rib = shapes.box(0.7 * wide, 0.01, 0.0035, 0.0015)
            z = high + k * pitch
            parts.append(
                rib.translated(y=-deep / 2 + form.front_inset(z) + 0.0035, z=z).with_material(
                    finish.trim
                )
            )
    tray = shapes.box(0.55 * deep, 0.012, 0.011, 0.003).rotated("z", 90.0)
    return [
        *parts,
        tray.translated(x=-wide / 2 - 0.001 - 0.014 * form.has_end_caps, z=0.0165).with_material(
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
    """Levers, dials and buttons on the end towards +X, on the front, or on both."""
    down, travel = not bread and rng.random() < 0.3, rng.uniform(0.055, 0.075)
    radius = rng.uniform(0.014, 0.019)
    panel = [(0, -0.025), *shapes.fillet_profile(0.0035, 0.0015)]
    pale = rng.random() < 0.45
    plate = finish.trim if pale else finish.dark
    ink = materials.plain(srgb_to_linear("1a1a1c" if pale else "dcdcd8"))
    marked = replace(finish, print=ink)

    def group(lever: bool, dial: bool) -> list[Shape]:
        wide, parts = (0.085 if dial else 0.05), []
        board = shapes.slab(wide, form.height * 0.7, panel, rng.choice([0.004, 0.015]))
        parts.append(toaster_parts.face_front(board, z=0.5 * form.height).with_material(plate))
        on = []
        if lever:
            on += [
                p.translated(z=0.62 * form.height)
                for p in toaster_parts.lever(rng, finish, travel, down)
            ]
        if dial:
            z = (0.3 if lever else 0.64) * form.height
            on += [p.translated(z=z) for p in toaster_parts.control_dial(rng, marked, radius)]
            keys = toaster_parts.buttons(rng, marked, 0.017)
            on += [
                p.translated(0.026 if lever else 0.0, 0.0, (0.64 if lever else 0.34) * form.height)
                for p in keys
            ]
        return [*parts, *(part.translated(y=-0.0035) for part in on)]

    reach = form.width / 2 - form.front_inset(0.5 * form.height) * (not form.has_end_caps)
    reach += 0.0145 if form.has_end_caps else 0.001
    front = -form.depth / 2 + form.front_inset(0.3 * form.height) - 0.001
    if control_side == "front":
        spots = _symmetric_pair(0.5 * form.width) if form.columns == 2 else (form.width / 2 - 0.07,)
        return [part.translated(x, front) for x in spots for part in group(True, True)]
    spots = _symmetric_pair(0.48 * form.depth) if form.rows == 4 else (0.0,)
    parts = [
        p
        for y in spots
        for p in [
            q.rotated("z", 90.0).translated(reach, y) for q in group(True, control_side == "end")
        ]
    ]
    if control_side == "split":
        parts += [part.translated(0.3 * form.width, front) for part in group(False, True)]
    return parts
