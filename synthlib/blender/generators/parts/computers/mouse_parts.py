"""Parts on and beside a mouse's shell: button plates, light strips, boxes, trackballs; metres.

x to the right, y from the palm to the buttons, z up.
"""

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.computers.mouse_shell import MouseForm
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape


def button_plates(
    rng: np.random.Generator, form: MouseForm, start: float, material: Material
) -> list[Shape]:
    """Build two plates of their own over the front of the dome, with a gap between them.

    Args:
        start: Position along the mouse at which they begin, in [-1, 1].
    """
    gap = rng.uniform(0.04, 0.16)
    reach = rng.uniform(0.72, 0.9)
    lift = rng.uniform(0.0008, 0.0018)
    along = np.linspace(start, rng.uniform(0.82, 0.9), 14)
    curve = rng.uniform(-0.2, 0.15)
    parts = []
    for side in (-1.0, 1.0):
        rings = []
        for k, share in enumerate(along):
            across = side * np.linspace(gap, reach, 9)
            y_share = share - curve * across**2 * (1.0 - k / 13.0)
            half_width = 0.5 * form.width * form_share(form, y_share)
            x, y = across * half_width, 0.5 * form.length * y_share
            edge = np.array([0.1, 0.8, 1, 1, 1, 1, 1, 0.8, 0.1]) * (0.4 if k in (0, 13) else 1.0)
            top = np.stack([x, y, form.surface_height(x, y) + lift * edge], axis=1)
            foot = top - [0.0, 0.0, 2.0 * lift]
            rings.append(np.concatenate([top, foot[::-1]]))
        parts.append(shapes.loft(np.array(rings)).with_material(material))
    return parts


def form_share(form: MouseForm, along: np.ndarray) -> np.ndarray:
    """Return the half width over the largest one, where the outline still holds the dome."""
    outline = np.maximum(1.0 - np.abs(along) ** form.outline_exponent, 0.02)
    return form.half_width(along) / (0.5 * form.width) * outline ** (1 / form.outline_exponent)


def glow(colour: Colour) -> Material:
    """Return a luminous material."""
    return NodeGraph("glow").build_material(colour, 0.4, emission_strength=0.8)


def light_strip(form: MouseForm, colour: Colour) -> Shape:
    """Build a luminous band around the foot."""
    angles = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    exponent = 2.0 / form.outline_exponent
    x, y = (np.sign(v) * abs(v) ** exponent for v in (np.cos(angles), np.sin(angles)))
    x = x * form.half_width(y)
    y = y * 0.5 * form.length
    base = 0.4 * form.foot_height
    section = ((0.99, base), (1.012, base), (1.012, base + 0.002), (0.99, base + 0.002))
    rings = [np.stack([s * x, s * y, np.full(72, z)], axis=1) for s, z in section]
    rings = np.stack(rings, axis=1)  # one section per angle
    return shapes.loft(rings, closed=True).with_material(glow(colour))


def box_mouse(
    rng: np.random.Generator, length: float, width: float, height: float, main: Colour
) -> list[Shape]:
    """Build an old mouse: a box with a sloping front, and one to three separate buttons."""
    profile = [
        (0.0015, 0.0),
        (0.0, 0.002),
        *shapes.fillet_profile(height - 0.002, rng.uniform(0.002, 0.006), 0.002)[1:],
    ]
    corner = rng.uniform(0.003, 0.014)
    body = shapes.slab(width, length, profile, corner, resample_count=120)
    count = int(rng.choice([1, 2, 3], p=[0.25, 0.4, 0.35]))
    code = str(rng.choice(["6a665c", "2b2a28", "e9e6dc", "a8442f"]))
    colour = jitter_colour(rng, code) if rng.random() < 0.6 else scale_colour(main, 1.1)
    material = materials.plastic(colour, 0.5)
    depth = rng.uniform(0.022, 0.04)
    pitch = (width - 0.01) / count
    parts = [body.with_material(materials.plastic(main, 0.55))]
    button = shapes.slab(
        pitch - 0.002, depth, shapes.fillet_profile(0.0052, 0.001, -0.003), 0.002, resample_count=48
    )
    well = shapes.slab(width - 0.008, depth + 0.002, [(0, -0.003), (0, 0.0005)], 0.002)
    y = 0.5 * length - 0.5 * depth - rng.uniform(0.004, 0.01)
    dark = materials.plain(scale_colour(main, 0.15), 0.6)
    parts.append(well.translated(y=y, z=height).with_material(dark))
    for k in range(count):
        x = (k - (count - 1) / 2) * pitch
        parts.append(button.translated(x, y, height).with_material(material))
    slope = rng.uniform(0.0, 0.16)

    def wedge(points: np.ndarray) -> np.ndarray:
        drop = slope * np.maximum(points[:, 1], 0.0) * (points[:, 2] / height)
        return points - np.stack([0 * drop, 0 * drop, drop], axis=1)

    return [part.deformed(wedge) for part in parts]


def trackball(rng: np.random.Generator, form: MouseForm, colour: Colour) -> list[Shape]:
    """Build a big ball in the shell: on the thumb's side, or in the middle, in a dark ring."""
    radius = rng.uniform(0.015, 0.021)
    x = float(rng.choice([0.0, -0.26])) * form.width
    y = rng.uniform(0.05, 0.3) * 0.5 * form.length
    z = float(form.surface_height(np.array(x), np.array(y)))
    ball = shapes.sphere(radius, 48).translated(x, y, z - 0.35 * radius)
    angles = np.linspace(0.0, 2 * np.pi, 10, endpoint=False)
    section = 0.0016 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [0.95 * radius, 0.0]
    ring = shapes.lathe_closed_section(section, 40).translated(x, y, z)
    graph = NodeGraph("trackball")
    speckles = graph.voronoi_distance(0.0035).smoothstep(0.3, 0.22) * float(rng.random() < 0.4)
    mixed = graph.mix(speckles, colour, scale_colour(colour, 0.1))
    return [
        ball.with_material(graph.build_material(mixed, 0.12)),
        ring.with_material(materials.plain(scale_colour(colour, 0.08), 0.4)),
    ]
