"""Toasters of two and four slots, round and retro, of chrome, steel and plastic; toaster ovens."""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from synthlib.blender import materials, meshes, shapes
from synthlib.blender.colours import srgb, tinted
from synthlib.blender.graphs import Graph
from synthlib.blender.parts import oven, reflections, toasting
from synthlib.blender.parts.toasting import Finish
from synthlib.blender.shapes import Shape

VERSION = 1
"""Raise it whenever a seed builds another shape or material: instances get new names."""

_WORDS = "TOASTY|RETRO|CLASSIC|Home|BREAKFAST|Delta|NORDIC|CRISP|Vita|MORNING".split("|")
_RETRO = "c2241f 8fc4bf e9dcc0 9cc3dc e3a8b0 1c1c1e f0ece2 d8b23a 4f6f4a 1f3f6f".split()
_PLASTIC = "efede6 efede6 e4dcc8 1d1d1f c23a2a 8a1f22 3c4a58 7aa8a0 b8b8b6".split()
_SMOKED = "26262a 3a3a3c 6a1418 1f2a3c".split()


@dataclass(frozen=True)
class Form:
    """A toaster's body, its slots along x: metres; `round` is the radius of its upper edges."""

    width: float
    depth: float
    height: float
    round: float
    corner: float  # in plan
    taper: float
    rows: int
    columns: int
    capped: bool  # with end caps of another material

    def inset(self, z: float) -> float:
        """How far the front is behind the widest place at a height."""
        return self.taper * max(z - 0.014, 0.0) / self.height


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """A toaster, about half of the time with bread; or a toaster oven. Returns one object."""
    if rng.random() < 0.06:
        return meshes.assemble("toaster", oven.oven(rng))
    kind = str(rng.choice(["retro", "chrome", "steel", "plastic"], p=[0.27, 0.18, 0.3, 0.25]))
    form, finish = _form(rng, kind), _finish(rng, kind)
    parts, bread = _body(rng, form, finish)
    where = "end" if form.rows == 4 else "front"
    if form.columns == 1 and form.rows < 4:
        where = str(rng.choice(["end", "front", "split"], p=[0.5, 0.2, 0.3]))
    parts += _trim(rng, form, finish, kind, where)
    parts += _controls(rng, form, finish, where, bread)
    if rng.random() < 0.5:
        parts.append(toasting.cord(rng, -0.3 * form.width, form.depth / 2).of(finish.knob))
    turn = rng.normal(0.0, 8.0)
    if where != "front":  # the end with the lever more or less to the front
        turn -= 90.0 if form.rows == 4 else rng.choice([0.0, 20.0, 50.0])
    return meshes.assemble("toaster", [part.turned("z", turn) for part in parts])


def _form(rng: np.random.Generator, kind: str) -> Form:
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
    return Form(width, depth[rows], height, edge, corner, taper, rows, columns, capped)


def _finish(rng: np.random.Generator, kind: str) -> Finish:
    """Shell, trim, knobs, print and gaps in colours that go together."""
    chrome = reflections.mirror((0.66, 0.66, 0.67))
    black, code = tinted(rng, "161617"), str(rng.choice(_RETRO if kind == "retro" else _PLASTIC))
    colour = tinted(rng, code, 0.7)
    if kind == "chrome":
        shell = chrome if rng.random() < 0.7 else reflections.mirror((0.6, 0.6, 0.61), dull=0.5)
        colour = tinted(rng, str(rng.choice(["161617", "161617", "3a2012", "e6dcc4", "8a1f22"])))
    elif kind == "steel":
        tone = (0.55, 0.55, 0.56) if rng.random() < 0.82 else (0.16, 0.16, 0.17)
        if rng.random() < 0.12:
            tone = (0.6, 0.3, 0.18)  # copper
        grain, colour = str(rng.choice(["x", "z", ""])), black
        shell = reflections.mirror(tone, dull=rng.uniform(0.4, 0.9), grain=grain)
    else:
        graph, gloss = Graph("lacquer"), 0.8 if kind == "retro" else rng.uniform(0.0, 0.6)
        lit = reflections.shine(graph, colour, gloss)
        shell = graph.finish(lit, 0.5 - 0.3 * gloss, coat=0.2)
    knob = materials.plastic(black if kind == "steel" or rng.random() < 0.5 else colour, 0.35)
    if sum(colour) < 0.2 and kind in ("retro", "plastic"):
        knob = materials.brushed()
    ink = srgb("f0efec") if sum(colour) < 0.9 else srgb("202022")
    return Finish(shell, chrome, knob, materials.plain(ink), toasting.dark())


def _profile(form: Form) -> list[tuple[float, float, float]]:
    """Insets along x and y and heights, from the bottom to the flat top."""
    profile = [(0.004, 0.004, 0.008), (0.0, 0.0, 0.014)]
    for angle in np.linspace(0.0, np.pi / 2, 7):
        z = form.height - form.round * (1 - np.sin(angle))
        inset = form.inset(z) + form.round * (1 - np.cos(angle))
        profile.append((0.0 if form.capped else inset, inset, z))
    return profile


def _body(rng: np.random.Generator, form: Form, finish: Finish) -> tuple[list[Shape], bool]:
    """The shell with its well, the bridges that part the slots, wires, bread; whether any."""
    top, rows, columns = form.height, form.rows, form.columns
    well = rng.uniform(0.06, 0.085)
    flat = form.depth - 2 * (form.round + form.taper) - 0.008
    gap = rng.uniform(0.012, 0.026) if rows == 2 else 0.017
    slot = min(rng.uniform(0.027, 0.036), (flat - (rows - 1) * gap) / rows)
    gap = min(gap, (flat - rows * slot) / max(rows - 1, 1))
    edge = 0.02 if form.capped else form.round + form.taper
    long = min(form.width - 2 * edge - 0.012, form.width - 0.06)
    hole = (long, rows * slot + (rows - 1) * gap, 0.004)
    size = form.width, form.depth
    body = toasting.shell(size, _profile(form), form.corner, hole, well).of(finish.shell)
    parts = [body, toasting.lining(hole, top, well).of(finish.dark)]
    made = finish.trim if rng.random() < 0.35 else finish.shell
    rail = [(0, top - well + 0.001), *shapes.edge(0.004, 0.0015, top - 0.0046)]
    middles = (np.arange(rows) - (rows - 1) / 2) * (slot + gap)
    for y in (middles[1:] + middles[:-1]) / 2:
        parts.append(shapes.slab(long + 0.003, gap, rail, 0.0015).moved(y=y).of(made))
    part = (long - (columns - 1) * 0.05) / columns
    if columns == 2:
        rail = [(0, z + 0.0004 * (z > top - 0.01)) for _, z in rail]  # crossing, not coplanar
        parts.append(shapes.slab(0.05, hole[1] + 0.003, rail, 0.0015).of(made))
    if rng.random() < 0.7:
        rim = toasting.frame(hole[:2], rng.uniform(0.003, 0.006), 0.0022, 0.004)
        parts.append(rim.moved(z=top).of(finish.trim))
    places = [(x, y) for x in ((0.0,) if columns == 1 else _pair(part + 0.05)) for y in middles]
    bread = rng.random() < 0.52
    filled = rng.random(len(places)) < 0.85
    crumb, look = toasting.toast(rng), rng.bit_generator.random_raw()
    high, thick = well + rng.uniform(0.03, 0.062), min(rng.uniform(0.012, 0.018), slot - 0.006)
    for (x, y), full in zip(places, filled, strict=True):
        parts += [wire.moved(x, y).of(finish.trim) for wire in toasting.wires(part, slot, top)]
        if bread and full:
            wide = min(part - 0.012, rng.uniform(0.11, 0.13))
            one = toasting.bread(np.random.default_rng(look), wide, high, thick).of(crumb)
            shift = rng.uniform(-0.5, 0.5) * (part - wide - 0.01)
            parts.append(
                one.turned("y", rng.normal(0, 1.5)).moved(x + shift, y, top - well + 0.0005)
            )
    return parts, bread


def _pair(distance: float) -> tuple[float, float]:
    return -distance / 2, distance / 2


def _trim(
    rng: np.random.Generator, form: Form, finish: Finish, kind: str, where: str
) -> list[Shape]:
    """End caps, base, feet, a belt, ribs or a word on the front, the crumb tray."""
    parts, wide, deep = [], form.width, form.depth
    for x in _pair(wide - 0.06):
        for y in _pair(deep - 0.05):
            parts.append(shapes.slab(0.024, 0.024, [(0, 0), (0, 0.012)], 0.012).moved(x, y))
    base = [(0.006, 0.004), (0.004, 0.006), (0.004, 0.0125)]
    parts.append(shapes.slab(wide, deep, base, form.corner))
    parts = [part.of(finish.dark) for part in parts]
    if form.capped:
        side = [(deep / 2 - inset + 0.003, z + 0.003) for _, inset, z in _profile(form)]
        side[0] = (deep / 2 - 0.001, 0.002)
        outline = np.array([*side, *((-y, z) for y, z in reversed(side))])
        cap = shapes.prism(outline, 0.026, 0.004).bent(lambda points: points[:, [2, 0, 1]])
        cap = cap.moved(x=wide / 2 - 0.012).of(finish.knob)
        parts += [cap, cap.turned("z", 180.0)]
    elif kind == "retro" or rng.random() < 0.3:
        band = toasting.frame((wide - 0.003, deep - 0.003), 0.0035, 0.012, form.corner)
        parts.append(band.moved(z=0.017).of(finish.trim))
    front = 0.55 * form.height
    word = meshes.text(str(rng.choice(_WORDS)), rng.uniform(0.013, 0.022))
    kind = str(rng.choice(["word", "ribs", "bare"], p=[0.5, 0.25, 0.25]))
    if kind == "word":
        word = word.bent(lambda at: at * min(1.0, 0.36 * wide / np.ptp(word.vertices[:, 0])))
        word = toasting.facing(
            word, -0.2 * wide if where != "end" or form.rows == 1 else 0.0, front
        )
        wall = [form.inset(z) - deep / 2 - 0.0007 for z in (0.0, form.height)]
        lean = (wall[1] - wall[0]) / form.height  # it follows the front
        word = word.bent(lambda at: at + np.outer(wall[0] + lean * at[:, 2], [0.0, 1.0, 0.0]))
        parts.append(word.of(finish.print))
    elif kind == "ribs":
        pitch, high = rng.uniform(0.008, 0.014), rng.uniform(0.3, 0.5) * form.height
        for k in range(int(rng.integers(3, 6))):
            rib = shapes.box(0.7 * wide, 0.01, 0.0035, 0.0015)
            z = high + k * pitch
            parts.append(rib.moved(y=-deep / 2 + form.inset(z) + 0.0035, z=z).of(finish.trim))
    tray = shapes.box(0.55 * deep, 0.012, 0.011, 0.003).turned("z", 90.0)
    return [*parts, tray.moved(x=-wide / 2 - 0.001 - 0.014 * form.capped, z=0.0165).of(finish.knob)]


def _controls(
    rng: np.random.Generator, form: Form, finish: Finish, where: str, bread: bool
) -> list[Shape]:
    """Levers, dials and buttons on the end towards +X, on the front, or on both."""
    down, travel = not bread and rng.random() < 0.3, rng.uniform(0.055, 0.075)
    radius = rng.uniform(0.014, 0.019)
    panel = [(0, -0.025), *shapes.edge(0.0035, 0.0015)]
    pale = rng.random() < 0.45
    plate = finish.trim if pale else finish.dark
    ink = materials.plain(srgb("1a1a1c" if pale else "dcdcd8"))
    marked = replace(finish, print=ink)

    def group(lever: bool, dial: bool) -> list[Shape]:
        wide, parts = (0.085 if dial else 0.05), []
        board = shapes.slab(wide, form.height * 0.7, panel, rng.choice([0.004, 0.015]))
        parts.append(toasting.facing(board, z=0.5 * form.height).of(plate))
        on = []
        if lever:
            on += [p.moved(z=0.62 * form.height) for p in toasting.lever(rng, finish, travel, down)]
        if dial:
            z = (0.3 if lever else 0.64) * form.height
            on += [p.moved(z=z) for p in toasting.dial(rng, marked, radius)]
            keys = toasting.buttons(rng, marked, 0.017)
            on += [
                p.moved(0.026 if lever else 0.0, 0.0, (0.64 if lever else 0.34) * form.height)
                for p in keys
            ]
        return [*parts, *(part.moved(y=-0.0035) for part in on)]

    reach = form.width / 2 - form.inset(0.5 * form.height) * (not form.capped)
    reach += 0.0145 if form.capped else 0.001
    front = -form.depth / 2 + form.inset(0.3 * form.height) - 0.001
    if where == "front":
        spots = _pair(0.5 * form.width) if form.columns == 2 else (form.width / 2 - 0.07,)
        return [part.moved(x, front) for x in spots for part in group(True, True)]
    spots = _pair(0.48 * form.depth) if form.rows == 4 else (0.0,)
    parts = [
        p
        for y in spots
        for p in [q.turned("z", 90.0).moved(reach, y) for q in group(True, where == "end")]
    ]
    if where == "split":
        parts += [part.moved(0.3 * form.width, front) for part in group(False, True)]
    return parts
