"""Peeled and cut bananas: half out of the peel, with flaps; halves; slices; lengths in metres."""

from dataclasses import replace

import numpy as np
from bpy.types import Material

from synthlib.blender.generators.parts.fruit.bananas import BananaForm, finger
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import jitter_colour
from synthlib.blender.modelling.materials import plain
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape


def flesh_material(rng: np.random.Generator) -> Material:
    """Return the flesh: cream, streaked, bruised in places."""
    graph = NodeGraph("banana flesh")
    colour = graph.mix(
        graph.noise(0.012, detail=3.0), jitter_colour(rng, "ecdca6"), jitter_colour(rng, "f7ecc8")
    )
    bruise = graph.noise(0.03, detail=2.0).smoothstep(0.62, 0.75) * float(rng.uniform(0.0, 0.5))
    colour = graph.mix(bruise, colour, jitter_colour(rng, "b08a50"))
    relief = graph.noise(0.004, detail=2.0)
    return graph.build_material(
        colour, 0.55, bump_height=relief, bump_distance=0.0006, hollow_darkening=0.12
    )


def _cut_material(rng: np.random.Generator) -> Material:
    """Return a cut face, which reads the position over its radius: a pale rim, seeds inside."""
    graph = NodeGraph("banana cut")
    x, y, _ = graph.vertex_attribute().components()
    radius = graph.math("SQRT", x * x + y * y)
    angle = graph.math("ARCTAN2", y, x)
    core = graph.mix(
        radius.smoothstep(0.85, 0.2), jitter_colour(rng, "f3e6b8"), jitter_colour(rng, "e3cf90")
    )
    arms = graph.math("COSINE", angle * 3.0).smoothstep(0.75, 1.0)
    seeds = arms * abs(radius - 0.25).smoothstep(0.2, 0.08)
    colour = graph.mix(seeds * 0.75, core, jitter_colour(rng, "6a4a2c"))
    return graph.build_material(colour, 0.5, specular=0.3)


def half_peeled(rng: np.random.Generator, form: BananaForm) -> list[Shape]:
    """Build a banana whose upper part is out of its peel, which hangs down in flaps."""
    (whole,) = finger(rng, form)
    rings = whole.vertices.reshape(form.rings, -1, 3)
    spine = rings.mean(axis=1)
    opening = int(form.rings * rng.uniform(0.28, 0.6))
    cup = shapes.loft(rings[: opening + 1])
    attribute = whole.vertex_attribute
    assert attribute is not None
    cup = replace(cup, vertex_attribute=attribute[: len(cup.vertices)]).with_material(form.skin)
    end = int(form.rings * (rng.uniform(0.62, 0.8) if rng.random() < 0.4 else 0.86))
    positions = np.arange(3, end)
    # The flesh keeps its width up to a blunt end, where the peel narrows to the stem.
    middle_size = np.linalg.norm(rings[form.rings // 2] - spine[form.rings // 2], axis=1)
    blunt = np.sqrt(np.clip((end - 1 + 0.4 - positions) / 3.0, 0.04, 1.0))
    size = np.minimum(middle_size.mean(), 0.3 * form.radius * (positions - 2))
    offsets = (rings - spine[:, None])[positions]
    units = offsets / np.linalg.norm(offsets, axis=2, keepdims=True)
    flesh_rings = spine[positions][:, None] + 0.87 * (size * blunt)[:, None, None] * units
    flesh = shapes.loft(flesh_rings).deformed(shapes.random_displacement(rng, 0.0006, 0.012))
    flaps = _flaps(rng, form, rings, spine, opening)
    return [cup, flesh.with_material(flesh_material(rng)), *flaps]


def _flaps(
    rng: np.random.Generator,
    form: BananaForm,
    rings: np.ndarray,
    spine: np.ndarray,
    opening: int,
) -> list[Shape]:
    """Build three or four flaps of peel, yellow outside and pale inside, that curl outwards."""
    count = int(rng.choice([3, 3, 4]))
    tangent = spine[opening + 1] - spine[opening - 1]
    tangent /= np.linalg.norm(tangent)
    length = (1.0 - opening / form.rings) * form.length * rng.uniform(0.75, 0.95)
    shares = np.linspace(0.0, 1.0, 16)
    pale = plain(jitter_colour(rng, "efe2b0"), 0.6)
    start = int(rng.integers(rings.shape[1]))
    parts = []
    for k in range(count):
        column = (start + k * rings.shape[1] // count) % rings.shape[1]
        outward = rings[opening, column] - spine[opening]
        radius = float(np.linalg.norm(outward))
        outward = outward / radius
        curl = np.radians(rng.uniform(110.0, 175.0))
        turn = curl * np.minimum(shares / rng.uniform(0.35, 0.6), 1.0)
        steps = np.cos(turn)[:, None] * tangent + np.sin(turn)[:, None] * outward
        path = spine[opening] + 0.94 * radius * outward + np.cumsum(steps, axis=0) * length / 16
        path -= 1.5 * tangent * length / 16
        side = np.cross(tangent, outward)
        widths = 2.0 * radius * np.sin(np.pi / count)
        widths = widths * np.interp(shares, [0.0, 0.5, 0.9, 1.0], [1.0, 0.85, 0.35, 0.25])
        normal = np.cross(np.gradient(path, axis=0), side)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        normal *= np.sign(normal[0] @ outward)  # away from the flesh, where the flap begins
        outer = shapes.ribbon(path + 0.0006 * normal, widths, 0.0016, side)
        paint = np.tile([0.5, 0.0, 0.5], (len(outer.vertices), 1))
        parts.append(replace(outer, vertex_attribute=paint).with_material(form.skin))
        inner = shapes.ribbon(path - 0.0006 * normal, 0.97 * widths, 0.0016, side)
        parts.append(inner.with_material(pale))
    return parts


def halves(rng: np.random.Generator, form: BananaForm) -> list[Shape]:
    """Build a banana cut across, one or both halves with their cut faces, lying side by side."""
    (whole,) = finger(rng, form)
    rings = whole.vertices.reshape(form.rings, -1, 3)
    attribute = whole.vertex_attribute
    assert attribute is not None
    attribute = attribute.reshape(form.rings, -1, 3)
    cut = int(form.rings * rng.uniform(0.35, 0.65))
    face_material = _cut_material(rng)
    parts = []
    sections = [slice(None, cut), slice(cut, None)]
    for k, section in enumerate(sections if rng.random() < 0.6 else sections[:1]):
        piece = shapes.loft(rings[section])
        piece = replace(piece, vertex_attribute=attribute[section].reshape(-1, 3))
        end = rings[section][-1 if k == 0 else 0]
        middle = end.mean(axis=0)
        face = _face(end, middle, rings[cut].mean(axis=0) - rings[cut - 1].mean(axis=0), k == 0)
        at = (0.0, 0.0) if k == 0 else (rng.uniform(0.0, 0.03), rng.uniform(0.03, 0.06))
        roll = rng.uniform(-10.0, 10.0)
        half = [
            part.rotated("x", roll)
            for part in (piece.with_material(form.skin), face.with_material(face_material))
        ]
        lowest = min(part.vertices[:, 2].min() for part in half)
        parts += [part.translated(*at, -lowest) for part in half]
    return parts


def _face(ring: np.ndarray, middle: np.ndarray, axis: np.ndarray, forward: bool) -> Shape:
    """Build a thin plate that covers a cut end.

    Args:
        ring: Outline of the cut, (N, 3).
        middle: Its centre, (3,).
        axis: Direction along the banana, (3,).
        forward: The cut looks along `axis`.
    """
    normal = axis / np.linalg.norm(axis) * (1.0 if forward else -1.0)
    shares = np.array([0.97, 0.97, 0.6, 0.02])[:, None, None]
    heights = np.array([-0.001, 0.0006, 0.001, 0.001])[:, None, None]
    plate = shapes.loft(middle + shares * (ring - middle) + heights * normal)
    first = ring[0] - middle
    radius = np.linalg.norm(ring - middle, axis=1).max()
    u = first / np.linalg.norm(first)
    offsets = (plate.vertices - middle) / radius
    attribute = np.stack([offsets @ u, offsets @ np.cross(normal, u), 0 * offsets[:, 0]], axis=1)
    return replace(plate, vertex_attribute=attribute)


def slices(rng: np.random.Generator, radius: float, reach: float) -> list[Shape]:
    """Build overlapping slices in a ring or a row, and lay them on z = 0.

    Args:
        radius: Of a slice.
        reach: Half the length of the row, or the radius of the ring.
    """
    material = _cut_material(rng)
    rim = flesh_material(rng)
    count = int(rng.integers(5, 13))
    in_ring = rng.random() < 0.5
    parts = []
    for k in range(count):
        thickness = rng.uniform(0.005, 0.011)
        size = radius * rng.uniform(0.88, 1.05)
        body = shapes.slab(
            2 * size,
            2 * size * rng.uniform(0.9, 1.0),
            [(0.0006, 0), (0, 0.0006), (0, thickness)],
            size,
            segments=6,
        )
        face = shapes.lathe(
            [(0.0, -0.001), (0.98 * size, -0.001), (0.98 * size, 0.0004), (0, 0.0005)], 24
        )
        face = replace(face, vertex_attribute=face.vertices / size * [1.0, 1.0, 0.0])
        lean = rng.uniform(4.0, 22.0) if k else 0.0
        share = k / count
        if in_ring:
            angle = 2 * np.pi * share
            at = reach * np.cos(angle), reach * np.sin(angle)
            yaw = np.degrees(angle) + 90.0
        else:
            at, yaw = ((2 * share - 1) * reach, rng.normal(0.0, 0.15 * radius)), 0.0
        z = size * np.sin(np.radians(lean))
        parts += [
            part.rotated("z", rng.uniform(0.0, 360.0) if part is face else 0.0)
            .translated(z=thickness if part is face else 0.0)
            .rotated("yz", -lean, yaw)
            .translated(*at, z)
            .with_material(material if part is face else rim)
            for part in (body, face)
        ]
    return parts
