"""A toaster oven: a box with a glass door, a rack with something on it, knobs beside the door."""

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts import toaster_parts
from synthlib.blender.generators.parts.pottery.glazes import clear_glass
from synthlib.blender.modelling import materials, materials as reflections, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.shapes import Shape


def toaster_oven(rng: np.random.Generator) -> list[Shape]:
    """Its parts, the door towards -Y."""
    wide, high, deep = rng.uniform(0.37, 0.46), rng.uniform(0.2, 0.26), rng.uniform(0.25, 0.32)
    dull = jitter_colour(rng, str(rng.choice(["1a1a1b", "1a1a1b", "e6e3da", "a8231f", "8fc4bf"])))
    skin = (
        reflections.mirror_metal((0.6, 0.6, 0.61), dullness=0.6, brush_axis="x")
        if rng.random() < 0.5
        else materials.plastic(dull, 0.35)
    )
    black, steel = (
        materials.plastic(jitter_colour(rng, "161617"), 0.4),
        reflections.mirror_metal((0.66, 0.66, 0.67)),
    )
    finish = toaster_parts.ToasterFinish(
        skin, steel, black, materials.plain((0.8, 0.8, 0.8)), toaster_parts.gap_material()
    )
    panel = rng.uniform(0.09, 0.115)
    door = (wide - panel - 0.03, high - 0.05)
    at = -panel / 2 + 0.002
    # built lying on its back: x, height along y, front up; then stood up
    hole = (door[0] - 0.03, door[1] - 0.03, 0.008)
    edge = [(0.004, 0.004, 0.0), (0.0, 0.0, 0.004), (0.0, 0.0, deep - 0.004), (0.004, 0.004, deep)]
    body = toaster_parts.shell_with_well((wide, high), edge, 0.012, hole, deep - 0.05)
    shift = np.where(np.isin(np.arange(len(body.vertices)) // 28, (4, 5, 6)), at, 0.0)
    body = body.deformed(lambda points: points + shift[:, None] * [1.0, 0.0, 0.0])
    lying = [
        body.with_material(skin),
        toaster_parts.well_lining(hole, deep, deep - 0.05)
        .translated(x=at)
        .with_material(finish.dark),
    ]
    lying.append(
        toaster_parts.opening_frame(hole[:2], 0.02, 0.012, 0.008)
        .translated(x=at, z=deep)
        .with_material(black)
    )
    pane = shapes.slab(hole[0] + 0.006, hole[1] + 0.006, [(0, 0), (0, 0.003)], 0.004)
    lying.append(
        pane.translated(x=at, z=deep + 0.004).with_material(
            clear_glass((0.07, 0.06, 0.05), 0.22, 0.3)
        )
    )
    bar = shapes.rod((-0.36 * door[0], 0, 0.035), (0.36 * door[0], 0, 0.035), 0.006)
    posts = [
        shapes.rod((x, 0, 0.006), (x, 0, 0.036), 0.004) for x in np.array([-0.33, 0.33]) * door[0]
    ]
    lying += [
        part.translated(at, 0.5 * hole[1] + 0.01, deep).with_material(steel)
        for part in (bar, *posts)
    ]
    parts = [part.rotated("x", 90.0).translated(z=high / 2 + 0.012) for part in lying]
    middle = high / 2 + 0.012
    inside = [*_rack(rng, hole[0], deep, steel), *_food(rng, min(hole[0], deep - 0.08))]
    parts += [part.translated(at, -0.03, middle - 0.2 * hole[1]) for part in inside]
    count = int(rng.integers(2, 4))
    for k in range(count):
        knob = toaster_parts.control_dial(rng, finish, rng.uniform(0.015, 0.019))
        z = middle + ((count - 1) / 2 - k) * (high - 0.04) / count
        parts += [part.translated(wide / 2 - panel / 2 + 0.006, -deep, z) for part in knob]
    foot = shapes.slab(0.026, 0.026, [(0, 0), (0, 0.014)], 0.012).with_material(black)
    spots = [(x, y) for x in (-0.4 * wide, 0.4 * wide) for y in (-0.1 * deep, -0.9 * deep)]
    return [*parts, *(foot.translated(x, y) for x, y in spots)]


def _rack(rng: np.random.Generator, width: float, depth: float, steel: Material) -> list[Shape]:
    """Bars from side to side and two from back to front."""
    parts, y = [], np.linspace(-depth + 0.06, -0.045, int(rng.integers(6, 10)))
    for at in y:
        parts.append(shapes.rod((-width / 2 - 0.002, at, 0), (width / 2 + 0.002, at, 0), 0.0016, 6))
    for x in (-0.25 * width, 0.25 * width):
        parts.append(shapes.rod((x, y[0] - 0.004, -0.002), (x, y[-1] + 0.004, -0.002), 0.0016, 6))
    return [part.translated(y=0.03).with_material(steel) for part in parts]


def _food(rng: np.random.Generator, width: float) -> list[Shape]:
    """Slices lying on the rack, or nothing."""
    if rng.random() < 0.3:
        return []
    made, parts = toaster_parts.toast_material(rng), []
    for x in (-0.27 * width, 0.27 * width):
        one = toaster_parts.bread_slice(rng, 0.42 * width, 0.42 * width, 0.016).rotated("x", 90.0)
        parts.append(one.translated(x, -0.3 * width, 0.009).with_material(made))
    return parts
