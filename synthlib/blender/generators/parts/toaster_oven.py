"""Toaster ovens: a box with a glass door, a rack with food on it, and knobs; metres."""

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts import toaster_parts
from synthlib.blender.generators.parts.pottery.glazes import clear_glass
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.shapes import Shape


def toaster_oven(rng: np.random.Generator) -> list[Shape]:
    """Build a toaster oven on z = 0, its door towards -Y."""
    width = rng.uniform(0.37, 0.46)
    height = rng.uniform(0.2, 0.26)
    depth = rng.uniform(0.25, 0.32)
    plastic_colour = jitter_colour(
        rng, str(rng.choice(["1a1a1b", "1a1a1b", "e6e3da", "a8231f", "8fc4bf"]))
    )
    shell_material = (
        materials.mirror_metal((0.6, 0.6, 0.61), dullness=0.6, brush_axis="x")
        if rng.random() < 0.5
        else materials.plastic(plastic_colour, 0.35)
    )
    black_plastic = materials.plastic(jitter_colour(rng, "161617"), 0.4)
    steel = materials.mirror_metal((0.66, 0.66, 0.67))
    finish = toaster_parts.ToasterFinish(
        shell_material,
        steel,
        black_plastic,
        materials.plain((0.8, 0.8, 0.8)),
        toaster_parts.gap_material(),
    )
    panel_width = rng.uniform(0.09, 0.115)
    door_size = (width - panel_width - 0.03, height - 0.05)
    door_x = -panel_width / 2 + 0.002
    # Modelled lying on its back, the height along y and the front up, then rotated upright.
    well_size = (door_size[0] - 0.03, door_size[1] - 0.03, 0.008)
    profile = [
        (0.004, 0.004, 0.0),
        (0.0, 0.0, 0.004),
        (0.0, 0.0, depth - 0.004),
        (0.004, 0.004, depth),
    ]
    body = toaster_parts.shell_with_well((width, height), profile, 0.012, well_size, depth - 0.05)
    # The well is not central but behind the door: its rings of 28 vertices are moved there.
    shift = np.where(np.isin(np.arange(len(body.vertices)) // 28, (4, 5, 6)), door_x, 0.0)
    body = body.deformed(lambda points: points + shift[:, None] * [1.0, 0.0, 0.0])
    lying = [
        body.with_material(shell_material),
        toaster_parts.well_lining(well_size, depth, depth - 0.05)
        .translated(x=door_x)
        .with_material(finish.dark),
    ]
    door = _door(door_size[0], well_size[:2], finish)
    lying += [part.translated(x=door_x, z=depth) for part in door]
    parts = [part.rotated("x", 90.0).translated(z=height / 2 + 0.012) for part in lying]
    centre_z = height / 2 + 0.012
    contents = [
        *_rack(rng, well_size[0], depth, steel),
        *_food(rng, min(well_size[0], depth - 0.08)),
    ]
    parts += [part.translated(door_x, -0.03, centre_z - 0.2 * well_size[1]) for part in contents]
    count = int(rng.integers(2, 4))
    for index in range(count):
        knob = toaster_parts.control_dial(rng, finish, rng.uniform(0.015, 0.019))
        z = centre_z + ((count - 1) / 2 - index) * (height - 0.04) / count
        parts += [part.translated(width / 2 - panel_width / 2 + 0.006, -depth, z) for part in knob]
    foot = shapes.slab(0.026, 0.026, [(0, 0), (0, 0.014)], 0.012).with_material(black_plastic)
    positions = [(x, y) for x in (-0.4 * width, 0.4 * width) for y in (-0.1 * depth, -0.9 * depth)]
    return [*parts, *(foot.translated(x, y) for x, y in positions)]


def _door(
    width: float, window_size: tuple[float, float], finish: toaster_parts.ToasterFinish
) -> list[Shape]:
    """Build a frame with a glass pane and a handle, lying on z = 0 and facing +Z."""
    frame = toaster_parts.opening_frame(window_size, 0.02, 0.012, 0.008)
    pane = shapes.slab(window_size[0] + 0.006, window_size[1] + 0.006, [(0, 0), (0, 0.003)], 0.004)
    glass = clear_glass((0.07, 0.06, 0.05), 0.22, 0.3)
    bar = shapes.rod((-0.36 * width, 0, 0.035), (0.36 * width, 0, 0.035), 0.006)
    posts = [shapes.rod((x, 0, 0.006), (x, 0, 0.036), 0.004) for x in (-0.33 * width, 0.33 * width)]
    handle = [part.translated(y=0.5 * window_size[1] + 0.01) for part in (bar, *posts)]
    return [
        frame.with_material(finish.knob),
        pane.translated(z=0.004).with_material(glass),
        *(part.with_material(finish.trim) for part in handle),
    ]


def _rack(rng: np.random.Generator, width: float, depth: float, steel: Material) -> list[Shape]:
    """Build bars from side to side and two from back to front."""
    parts = []
    bar_ys = np.linspace(-depth + 0.06, -0.045, int(rng.integers(6, 10)))
    for bar_y in bar_ys:
        parts.append(
            shapes.rod((-width / 2 - 0.002, bar_y, 0), (width / 2 + 0.002, bar_y, 0), 0.0016, 6)
        )
    for x in (-0.25 * width, 0.25 * width):
        parts.append(
            shapes.rod((x, bar_ys[0] - 0.004, -0.002), (x, bar_ys[-1] + 0.004, -0.002), 0.0016, 6)
        )
    return [part.translated(y=0.03).with_material(steel) for part in parts]


def _food(rng: np.random.Generator, width: float) -> list[Shape]:
    """Build slices of toast lying on the rack, or nothing."""
    if rng.random() < 0.3:
        return []
    bread_material = toaster_parts.toast_material(rng)
    parts = []
    for x in (-0.27 * width, 0.27 * width):
        bread = toaster_parts.bread_slice(rng, 0.42 * width, 0.42 * width, 0.016).rotated("x", 90.0)
        parts.append(bread.translated(x, -0.3 * width, 0.009).with_material(bread_material))
    return parts
