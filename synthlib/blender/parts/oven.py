"""A toaster oven: a box with a glass door, a rack with something on it, knobs beside the door."""

import numpy as np
from bpy.types import Material

from synthlib.blender import materials, shapes
from synthlib.blender.colours import tinted
from synthlib.blender.parts import reflections, toasting
from synthlib.blender.parts.glazes import clear
from synthlib.blender.shapes import Shape


def oven(rng: np.random.Generator) -> list[Shape]:
    """Its parts, the door towards -Y."""
    wide, high, deep = rng.uniform(0.37, 0.46), rng.uniform(0.2, 0.26), rng.uniform(0.25, 0.32)
    dull = tinted(rng, str(rng.choice(["1a1a1b", "1a1a1b", "e6e3da", "a8231f", "8fc4bf"])))
    skin = (
        reflections.mirror((0.6, 0.6, 0.61), dull=0.6, grain="x")
        if rng.random() < 0.5
        else materials.plastic(dull, 0.35)
    )
    black, steel = (
        materials.plastic(tinted(rng, "161617"), 0.4),
        reflections.mirror((0.66, 0.66, 0.67)),
    )
    finish = toasting.Finish(skin, steel, black, materials.plain((0.8, 0.8, 0.8)), toasting.dark())
    panel = rng.uniform(0.09, 0.115)
    door = (wide - panel - 0.03, high - 0.05)
    at = -panel / 2 + 0.002
    # built lying on its back: x, height along y, front up; then stood up
    hole = (door[0] - 0.03, door[1] - 0.03, 0.008)
    edge = [(0.004, 0.004, 0.0), (0.0, 0.0, 0.004), (0.0, 0.0, deep - 0.004), (0.004, 0.004, deep)]
    body = toasting.shell((wide, high), edge, 0.012, hole, deep - 0.05)
    shift = np.where(np.isin(np.arange(len(body.vertices)) // 28, (4, 5, 6)), at, 0.0)
    body = body.bent(lambda points: points + shift[:, None] * [1.0, 0.0, 0.0])
    lying = [body.of(skin), toasting.lining(hole, deep, deep - 0.05).moved(x=at).of(finish.dark)]
    lying.append(toasting.frame(hole[:2], 0.02, 0.012, 0.008).moved(x=at, z=deep).of(black))
    pane = shapes.slab(hole[0] + 0.006, hole[1] + 0.006, [(0, 0), (0, 0.003)], 0.004)
    lying.append(pane.moved(x=at, z=deep + 0.004).of(clear((0.07, 0.06, 0.05), 0.22, 0.3)))
    bar = shapes.rod((-0.36 * door[0], 0, 0.035), (0.36 * door[0], 0, 0.035), 0.006)
    posts = [
        shapes.rod((x, 0, 0.006), (x, 0, 0.036), 0.004) for x in np.array([-0.33, 0.33]) * door[0]
    ]
    lying += [part.moved(at, 0.5 * hole[1] + 0.01, deep).of(steel) for part in (bar, *posts)]
    parts = [part.turned("x", 90.0).moved(z=high / 2 + 0.012) for part in lying]
    middle = high / 2 + 0.012
    inside = [*_rack(rng, hole[0], deep, steel), *_food(rng, min(hole[0], deep - 0.08))]
    parts += [part.moved(at, -0.03, middle - 0.2 * hole[1]) for part in inside]
    count = int(rng.integers(2, 4))
    for k in range(count):
        knob = toasting.dial(rng, finish, rng.uniform(0.015, 0.019))
        z = middle + ((count - 1) / 2 - k) * (high - 0.04) / count
        parts += [part.moved(wide / 2 - panel / 2 + 0.006, -deep, z) for part in knob]
    foot = shapes.slab(0.026, 0.026, [(0, 0), (0, 0.014)], 0.012).of(black)
    spots = [(x, y) for x in (-0.4 * wide, 0.4 * wide) for y in (-0.1 * deep, -0.9 * deep)]
    return [*parts, *(foot.moved(x, y) for x, y in spots)]


def _rack(rng: np.random.Generator, wide: float, deep: float, steel: Material) -> list[Shape]:
    """Bars from side to side and two from back to front."""
    parts, y = [], np.linspace(-deep + 0.06, -0.045, int(rng.integers(6, 10)))
    for at in y:
        parts.append(shapes.rod((-wide / 2 - 0.002, at, 0), (wide / 2 + 0.002, at, 0), 0.0016, 6))
    for x in (-0.25 * wide, 0.25 * wide):
        parts.append(shapes.rod((x, y[0] - 0.004, -0.002), (x, y[-1] + 0.004, -0.002), 0.0016, 6))
    return [part.moved(y=0.03).of(steel) for part in parts]


def _food(rng: np.random.Generator, room: float) -> list[Shape]:
    """Slices lying on the rack, or nothing."""
    if rng.random() < 0.3:
        return []
    made, parts = toasting.toast(rng), []
    for x in (-0.27 * room, 0.27 * room):
        one = toasting.bread(rng, 0.42 * room, 0.42 * room, 0.016).turned("x", 90.0)
        parts.append(one.moved(x, -0.3 * room, 0.009).of(made))
    return parts
