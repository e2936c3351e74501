"""People and a basketball hoop, built around the object that they hold, wear or catch.

A person is made of tubes and stands on z = 0 about the z axis, facing -Y; lengths are in metres.
Builders take the points of the object, float64 (N, 3), which stands on z = 0 about the z axis.
"""

import numpy as np

from synthlib.blender.generators.parts.groups import Paints, block, place_group
from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.shapes import Shape

_SKIN = "f0c8a8 e0ac88 c68a62 a86a44 7a4a2c 5a3420 3c2416".split()
_HAIR = "1a1412 2a1c14 4a2e1a 8a6a3a 6a6460 c9b08a".split()
_CLOTH = "f2f2f0 1c1c1e 1f3a8a a81f24 d9a92a 2f6a3a 5a2f7a 8a8d90 d86a1c 2f5f8a".split()

_SHOULDER = np.array([0.19, 0.0, 1.43])
_UPPER_ARM, _FOREARM = 0.29, 0.26


def _limb(path: np.ndarray, radii: np.ndarray, segments: int = 12) -> Shape:
    """A tube with rounded ends along a smooth path through the given points."""
    knots = list(np.linspace(0.0, 1.0, len(path)))
    positions = np.linspace(0.0, 1.0, 15)
    line = shapes.smooth_interpolation(positions, knots, list(path))
    widths = shapes.smooth_interpolation(positions, knots, list(radii))
    angles = np.radians([80.0, 50.0, 25.0])[:, None]
    first, last = (v / np.linalg.norm(v) for v in (line[0] - line[1], line[-1] - line[-2]))
    start = line[0] + widths[0] * np.sin(angles) * first
    end = line[-1] + widths[-1] * np.sin(angles[::-1]) * last
    caps = np.cos(angles[:, 0])
    line = np.concatenate([start, line, end])
    widths = np.concatenate([widths[0] * caps, widths, widths[-1] * caps[::-1]])
    side = np.eye(3)[np.argmin(np.abs(path[-1] - path[0]))]
    return shapes.tube(line, widths, side, segments)


def _elbow(shoulder: np.ndarray, wrist: np.ndarray, outwards: np.ndarray) -> np.ndarray:
    """The elbow of an arm that reaches from shoulder to wrist, bent outwards."""
    line = wrist - shoulder
    length = float(np.linalg.norm(line))
    bend = np.sqrt(max(_UPPER_ARM**2 - (length / 2) ** 2, 1e-4))
    outwards = outwards - line * (outwards @ line) / length**2
    return shoulder + line / 2 + outwards / np.linalg.norm(outwards) * bend


def _hand(palm: np.ndarray, forward: np.ndarray, normal: np.ndarray, curl: float) -> list[Shape]:
    """A right hand: palm, four fingers and a thumb.

    Args:
        palm: Middle of the wrist.
        forward: Unit vector from wrist to fingers.
        normal: Unit vector out of the back of the hand.
        curl: How far the fingertips bend towards the palm, in [0, 1].
    """
    side = np.cross(forward, normal)  # towards the thumb of a right hand that lies on a table
    section = np.stack(
        [np.cos(np.linspace(0, 6.283, 13)[:-1]), np.sin(np.linspace(0, 6.283, 13)[:-1])], 1
    )
    widths = np.array([0.026, 0.036, 0.042, 0.04, 0.03])
    path = palm + forward * np.linspace(0.0, 0.095, 5)[:, None]
    parts = [shapes.sweep(path, section * np.stack([widths, np.full(5, 0.014)], 1)[:, None], side)]
    for offset, length in ((-0.03, 0.06), (-0.01, 0.075), (0.01, 0.08), (0.029, 0.07)):
        knuckle = palm + 0.088 * forward - offset * side
        angles = curl * np.array([0.25, 0.7, 1.25])
        points = [knuckle]
        for angle in angles:
            step = np.cos(angle) * forward - np.sin(angle) * normal
            points.append(points[-1] + step * length / 3)
        parts.append(_limb(np.array(points), np.array([0.009, 0.009, 0.008, 0.007]), 8))
    thumb = [
        palm + 0.02 * forward + 0.028 * side,
        palm + 0.05 * forward + 0.055 * side - 0.01 * normal,
        palm + 0.085 * forward + 0.06 * side - 0.022 * normal,
    ]
    return [*parts, _limb(np.array(thumb), np.array([0.014, 0.011, 0.008]), 8)]


def _body(
    rng: np.random.Generator, paints: Paints, wrists: list[np.ndarray | None], *, legs: bool
) -> list[Shape]:
    """A person in a shirt or jersey and trousers or shorts.

    Args:
        rng: Source of every random draw.
        paints: Materials.
        wrists: Where the left and the right wrist are; None for an arm that hangs.
        legs: If false, the body ends at the hips.
    """
    skin = jitter_colour(rng, str(rng.choice(_SKIN)))
    shirt, trousers = (jitter_colour(rng, str(code)) for code in rng.choice(_CLOTH, 2))
    has_sleeves, has_shorts = rng.random(2) < 0.5
    build = rng.uniform(0.88, 1.15)
    circle = np.linspace(0, 2 * np.pi, 25)[:-1]
    section = np.stack([np.cos(circle), np.sin(circle)], 1)
    levels = np.array([0.86, 0.93, 1.05, 1.2, 1.35, 1.43, 1.49])
    widths = build * np.array([0.15, 0.17, 0.155, 0.17, 0.19, 0.165, 0.06])
    depths = build * np.array([0.1, 0.12, 0.105, 0.115, 0.12, 0.09, 0.055])
    rings = [
        np.c_[section * [width, depth], np.full(24, level)]
        for level, width, depth in zip(levels, widths, depths, strict=True)
    ]
    parts = [paints.matte(shapes.loft(np.array(rings)), shirt)]
    neck = _limb(np.array([[0, 0, 1.44], [0, -0.01, 1.5], [0, -0.02, 1.58]]), np.full(3, 0.052))
    head = shapes.sphere(1.0, 24).deformed(
        lambda points: points * [0.076, 0.098, 0.118] + [0.0, -0.03, 1.65]
    )
    hair = shapes.sphere(1.0, 24).deformed(
        lambda points: points * [0.083, 0.1, 0.115] + [0.0, -0.008, 1.672]
    )
    parts += [paints.matte(neck, skin), paints.matte(head, skin)]
    parts.append(paints.matte(hair, jitter_colour(rng, str(rng.choice(_HAIR)))))
    for sign, wrist in zip((1.0, -1.0), wrists, strict=True):
        shoulder = _SHOULDER * [sign, 1.0, 1.0]
        if wrist is None:
            wrist = np.array([sign * 0.27, -0.08, 0.93])
        reach = wrist - shoulder
        length = float(np.linalg.norm(reach))
        longest = 0.99 * (_UPPER_ARM + _FOREARM)
        wrist = shoulder + reach * min(1.0, longest / length)
        elbow = _elbow(shoulder, wrist, np.array([sign, 0.5, -0.6]))
        arm = np.array([shoulder, (shoulder + elbow) / 2, elbow, (elbow + wrist) / 2, wrist])
        parts.append(paints.matte(_limb(arm, np.array([0.055, 0.05, 0.04, 0.037, 0.026])), skin))
        forward = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        normal = np.cross(forward, np.cross([sign, 0.0, 0.2], forward))
        normal /= np.linalg.norm(normal)
        hand = _hand(wrist, forward, normal, float(rng.uniform(0.1, 0.8)))
        parts += [paints.matte(part, skin) for part in hand]
        end = 2 + 2 * int(has_sleeves)
        sleeve = _limb(arm[:end], np.array([0.075, 0.066, 0.055, 0.048])[:end])
        parts.append(paints.matte(sleeve, shirt))
    knee = 0.52 if legs else 0.78
    hips = [
        np.array([[s * 0.085, 0, 0.92], [s * 0.1, -0.01, knee + 0.1], [s * 0.1, 0, knee]])
        for s in (1, -1)
    ]
    for hip in hips:
        parts.append(paints.matte(_limb(hip, build * np.array([0.105, 0.1, 0.085])), trousers))
    if legs:
        colour = skin if has_shorts else trousers
        for s in (1.0, -1.0):
            shank = np.array([[s * 0.1, -0.01, 0.6], [s * 0.11, 0.02, 0.3], [s * 0.11, 0.03, 0.08]])
            radii = np.array([0.062, 0.052, 0.04]) if has_shorts else np.full(3, 0.07)
            parts.append(paints.matte(_limb(shank, radii), colour))
            shoe = shapes.sphere(1.0, 14).deformed(
                lambda points, s=s: points * [0.05, 0.14, 0.05] + [s * 0.11, -0.05, 0.05]
            )
            parts.append(paints.matte(shoe, str(rng.choice(_CLOTH))))
    return parts


def person(rng: np.random.Generator, paints: Paints) -> list[Shape]:
    """Build a person who stands there, the arms hanging."""
    return _body(rng, paints, [None, None], legs=True)


def player(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a player who holds the ball, throws it or plays it with one hand; most are shown
    only down to the hips."""
    radius = float(np.ptp(points[:, 2])) / 2
    pose = str(rng.choice(["held", "thrown", "dribbled"], p=[0.45, 0.3, 0.25]))
    ball = {
        "held": np.array([rng.normal(0, 0.05), -0.3 - radius, rng.uniform(1.0, 1.4)]),
        "thrown": np.array(
            [rng.normal(0, 0.1), rng.uniform(-0.3, -0.1) - radius, rng.uniform(1.75, 1.95)]
        ),
        "dribbled": np.array([0.3, rng.uniform(-0.35, -0.15) - radius, rng.uniform(0.6, 0.85)]),
    }[pose]
    grip = radius + 0.005
    hold = np.array([0.8 * grip, 0.75 * grip, -0.35 * grip])
    wrists: list[np.ndarray | None] = [ball + hold, ball + hold * [-1, 1, 1]]
    if pose == "dribbled":
        wrists = [ball + np.array([0.0, 0.06, grip + 0.03]), None]
    body = _body(rng, paints, wrists, legs=bool(rng.random() < 0.25))
    turn = float(rng.uniform(0.0, 360.0))
    moved = [part.translated(*(-ball)) for part in body]
    return place_group(moved, z=radius, rotation=turn)


def wearer(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a person who wears the object on the back, seen from behind; half are shown down to
    the hips."""
    body = _body(rng, paints, [None, None], legs=bool(rng.random() < 0.5))
    back, top = points[:, 1].max(), points[:, 2].max()
    return place_group(body, 0.0, float(back + 0.1), float(top - 1.44), rotation=180.0)


def hand(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a hand and forearm that reach over the object from its front and lie on it."""
    low, high = points.min(axis=0), points.max(axis=0)
    skin = jitter_colour(rng, str(rng.choice(_SKIN)))
    forward = np.array([0.0, np.cos(0.3), -np.sin(0.3)])
    normal = np.array([0.0, np.sin(0.3), np.cos(0.3)])
    curl = float(rng.uniform(0.3, 1.0))
    # the fingertips are about 0.15 m in front of the wrist and lower by 0.05 m to 0.1 m
    tip = 0.045 + 0.06 * curl
    wrist = np.array([0.0, -0.15, tip])
    length = float(np.clip(np.ptp(points, axis=0).max(), 0.08, 0.22))  # small next to small objects
    elbow = wrist - length * np.array([0.0, np.cos(0.15), -np.sin(0.15)])
    arm = _limb(np.array([elbow, (elbow + wrist) / 2, wrist]), np.array([0.036, 0.034, 0.025]))
    parts = [paints.matte(part, skin) for part in (arm, *_hand(wrist, forward, normal, curl))]
    if rng.random() < 0.6:
        start, cuff = (elbow + (wrist - elbow) * share for share in (-0.2, rng.uniform(0.3, 0.85)))
        sleeve = _limb(np.array([start, (start + cuff) / 2, cuff]), np.array([0.042, 0.045, 0.036]))
        parts.append(paints.matte(sleeve, sample_colour(rng, (0.0, 0.8), (0.03, 0.8))))
    if rng.random() < 0.5:  # a left hand
        mirrored = [part.rotated("y", 0.0).deformed(lambda p: p * [-1, 1, 1]) for part in parts]
        parts = [
            Shape(m.vertices, tuple(f[:, ::-1] for f in m.faces), m.material, m.vertex_attribute)
            for m in mirrored
        ]
    x = rng.uniform(*np.sort([0.6 * low[0], 0.6 * high[0]]))
    y = rng.uniform(0.9 * low[1], 0.1 * low[1])
    turn = float(rng.choice([-1, 1]) * rng.uniform(5, 70))
    near = points[np.hypot(points[:, 0] - x, points[:, 1] - y).argsort()[:4]]
    return place_group(parts, float(x), float(y), float(near[:, 2].max()), turn)


def hoop(rng: np.random.Generator, paints: Paints, points: np.ndarray) -> list[Shape]:
    """Build a basketball hoop with net and backboard, the ball above the rim or in the net."""
    radius = float(np.ptp(points[:, 2])) / 2
    angles = np.linspace(0.0, 2 * np.pi, 9)[:-1]
    ring = np.stack([0.2286 + 0.009 * np.cos(angles), 0.009 * np.sin(angles)], axis=1)
    parts = [paints.glossy(shapes.lathe_closed_section(ring, 40), "c8421c")]
    depth = np.linspace(0.0, 1.0, 9)
    for number in range(12):
        for sign in (1, -1):
            angle = 2 * np.pi * number / 12 + sign * 1.05 * depth
            width = shapes.smooth_interpolation(depth, [0, 0.5, 1], [0.228, 0.16, 0.13])
            line = np.stack([width * np.cos(angle), width * np.sin(angle), -0.42 * depth], axis=1)
            parts.append(paints.matte(shapes.tube(line, 0.004, (0.0, 0.0, 1.0001), 5), "e8e6e0"))
    board = paints.glossy(block(1.2, 0.03, 0.8), str(rng.choice(["f2f2f0", "dfe6ea", "c9d3d8"])))
    parts.append(board.translated(0, 0.4, -0.12))
    for width, height, z in ((0.59, 0.03, 0.45), (0.59, 0.03, 0.0)):
        line = block(width, 0.034, height)
        parts.append(paints.matte(line.translated(0, 0.4, z), "a81f24"))
    for side in (1, -1):
        upright = block(0.03, 0.034, 0.48).translated(0.295 * side, 0.4, 0.0)
        parts.append(paints.matte(upright, "a81f24"))
    parts.append(paints.glossy(block(0.1, 0.16, 0.05).translated(0, 0.31, -0.03), "c8421c"))
    if rng.random() < 0.35:
        ball = np.array([0.0, 0.0, rng.uniform(-0.2, 0.0)])
    else:
        ball = np.array([rng.uniform(-0.4, 0.4), rng.uniform(-0.5, 0.1), rng.uniform(0.15, 0.5)])
    moved = [part.translated(*(-ball)) for part in parts]
    return place_group(moved, z=radius, rotation=float(rng.uniform(0, 360)))
