"""Computer keyboards, 0.22 to 0.52 m wide: full size, without number pad, or compact.

`rng` draws the style of the caps (classic, flat, mechanical), the layout, colours and accents,
case margins, palm rest, lamps, legends, cable, bow and slope. Final lengths are in metres.

Keys are laid out flat in key units (u) of 19 mm, x to the right, y away from the user, then scaled,
bowed and sheared so that the deck rises towards the back.
"""

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, sample_colour
from synthlib.blender.modelling.materials import plain, plastic
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

KEY_PITCH = 0.01905
"""Distance between the centres of neighbouring keys, metres."""

# Rows from the back: a label is a key of 1 u, "label:2.25" a wider key, "_:0.5" a gap.
_MAIN_ROWS = (
    "1 2 3 4 5 6 7 8 9 0 - = Backspace:2".split(),
    "Tab:1.5 Q W E R T Y U I O P [ ] \\:1.5".split(),
    "Caps:1.75 A S D F G H J K L ; ' Enter:2.25".split(),
    "Shift:2.25 Z X C V B N M , . / Shift:2.75".split(),
    "Ctrl:1.25 Fn:1.25 Alt:1.25 :6.25 Alt:1.25 Fn:1.25 Menu:1.25 Ctrl:1.25".split(),
)
_FUNCTION_ROW = "Esc _:1 F1 F2 F3 F4 _:0.5 F5 F6 F7 F8 _:0.5 F9 F10 F11 F12".split()
_EDIT_ROWS = ("Ins Home PgUp".split(), "Del End PgDn".split(), [], "_:1 ^".split(), "< v >".split())
_NUMBER_PAD_ROWS = (
    "Num / * -".split(),
    "7 8 9".split(),
    "4 5 6".split(),
    "1 2 3".split(),
    "0:2 .".split(),
)
_TALL_PAD_KEYS = ((3.0, 2.0, "+"), (3.0, 0.0, "Enter"))
_ACCENT_KEYS = ("Esc", "Enter", "Backspace", "Caps", "Ctrl")
_COLOUR_SCHEMES = (  # case, letter keys, other keys, legends
    ("17181a", "1e1f21", "1e1f21", "d9dadb"),
    ("202124", "2a2b2e", "2a2b2e", "e8e8e8"),
    ("0f1011", "1b1c1e", "121314", "c9cacb"),
    ("e9e8e4", "f4f3f0", "f4f3f0", "303236"),
    ("c9c4b4", "e6e1d2", "bdb8a8", "2d2c29"),
    ("b9bcc0", "f2f2f2", "f2f2f2", "404246"),
    ("c4c6c9", "25262a", "25262a", "eeeeee"),
    ("6d7075", "b8bbbf", "8b8e93", "1e1f21"),
    ("2f3237", "6b6e73", "45484d", "f0f0f0"),
)


@dataclass(frozen=True)
class Key:
    """A key by its lower left corner and size, in u.

    Attributes:
        tone: 0 for letters, 1 for other keys, 2 for accented ones.
    """

    x: float
    y: float
    width: float
    height: float
    label: str
    tone: int

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y), in u."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class KeyCapForm:
    """Form shared by all key caps, in u.

    Attributes:
        taper: Inset of the top on every side.
    """

    height: float
    taper: float
    gap: float
    corner: float


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one keyboard.

    Returns:
        One mesh object, resting on z = 0, its long side along x, the space bar towards -Y.
    """
    style = rng.choice(["classic", "flat", "mechanical"], p=[0.45, 0.35, 0.2])
    clusters = _layout(rng, str(rng.choice(["full", "tenkeyless", "compact"], p=[0.55, 0.25, 0.2])))
    scheme = _COLOUR_SCHEMES[rng.integers(len(_COLOUR_SCHEMES))]
    case, letters, others, legend_colour = (jitter_colour(rng, code, 0.7) for code in scheme)
    colours = [letters, others, others]
    if rng.random() < 0.3:
        colours[2] = sample_colour(rng, (0.6, 0.95), (0.25, 0.7))
    if rng.random() < 0.12:
        case = sample_colour(rng, (0.3, 0.8), (0.15, 0.6))
    keys = [key for cluster in clusters for key in cluster]
    caps = _sample_key_caps(rng, style)
    parts = _case(rng, style, clusters, case)
    front_y, base_z = (min(part.vertices[:, axis].min() for part in parts) for axis in (1, 2))
    parts += _key_caps(caps, keys, [plastic(colour, 0.5) for colour in colours])
    if rng.random() < 0.93:
        parts += _legends(rng, caps, keys, plain(legend_colour, 0.6))
    pose = _pose_deformation(
        rng, front_y, base_z, (keys[0].x + max(key.x + key.width for key in keys)) / 2
    )
    parts = [part.deformed(pose) for part in parts]
    if rng.random() < 0.3:
        parts.append(
            _cable(rng, parts[0].vertices).with_material(plastic(jitter_colour(rng, "1c1c1e"), 0.5))
        )
    return meshes.assemble("pc_keyboard", parts)


def _layout(rng: np.random.Generator, size: str) -> list[list[Key]]:
    """Lay out the clusters of keys of a "full", "tenkeyless" or "compact" keyboard.

    Returns:
        Clusters, each a list of keys; the main cluster comes first.
    """
    accents = rng.choice(_ACCENT_KEYS, rng.integers(1, 4), replace=False)
    function_row = _key_row(_FUNCTION_ROW, 0.0, 5.0 + float(rng.choice([0.2, 0.35, 0.5])), accents)
    function_clusters = [function_row[:1], function_row[1:5], function_row[5:9], function_row[9:]]
    no_function_row = size == "compact" and rng.random() < 0.7  # no function keys: Esc moves down
    main_keys = [
        key
        for k, row in enumerate(_MAIN_ROWS)
        for key in _key_row(
            [["`", "Esc"][no_function_row], *row] if k == 0 else row, 0.0, 4.0 - k, accents
        )
    ]
    if size == "compact":
        return [main_keys] if no_function_row else [main_keys, *function_clusters]
    edit_keys = [
        key for k, row in enumerate(_EDIT_ROWS) for key in _key_row(row, 15.35, 4.0 - k, accents)
    ]
    clusters = [
        main_keys,
        *function_clusters,
        edit_keys[:6],  # Ins to PgDn
        edit_keys[6:7],  # arrow up
        edit_keys[7:],  # the other arrows
    ]
    if rng.random() < 0.8:
        clusters.append(_key_row("Prt Scr Brk".split(), 15.35, function_row[0].y, accents))
    if size == "full":
        pad_keys = [
            key
            for k, row in enumerate(_NUMBER_PAD_ROWS)
            for key in _key_row(row, 18.7, 4.0 - k, accents)
        ]
        pad_keys += [Key(18.7 + x, y, 1.0, 2.0, label, 1) for x, y, label in _TALL_PAD_KEYS]
        clusters.append(pad_keys)
    return clusters


def _key_row(row: list[str], x: float, y: float, accents: np.ndarray) -> list[Key]:
    """Parse one row of labels into keys from x to the right, at height y, in u."""
    keys = []
    for entry in row:
        label, _, width = entry.partition(":") if len(entry) > 1 else (entry, "", "")
        size = float(width or 1.0)
        if label != "_":
            tone = 0 if len(label) < 2 else 2 if label in accents else 1
            keys.append(Key(x, y, size, 1.0, label, tone))
        x += size
    return keys


def _sample_key_caps(rng: np.random.Generator, style: str) -> KeyCapForm:
    """Sample the caps' form for a style."""
    corner = rng.uniform(0.05, 0.2)
    if style == "flat":
        return KeyCapForm(rng.uniform(0.08, 0.16), 0.02, rng.uniform(0.1, 0.2), corner)
    if style == "classic":
        return KeyCapForm(
            rng.uniform(0.3, 0.45), rng.uniform(0.09, 0.15), rng.uniform(0.06, 0.12), corner
        )
    return KeyCapForm(rng.uniform(0.45, 0.6), rng.uniform(0.13, 0.18), 0.08, corner)


def _case(
    rng: np.random.Generator, style: str, clusters: list[list[Key]], colour: materials.Colour
) -> list[Shape]:
    """Build the body, a dark bed under each cluster, and lamps where there is space for them."""
    corners = np.array(
        [(k.x, k.y, k.x + k.width, k.y + k.height) for cluster in clusters for k in cluster]
    )
    margins = np.array([0.25, 0.25, 0.25, 0.25]) + (style != "flat") * rng.uniform(0.0, 0.5, 4)
    margins[:3:2] = margins[0]
    # Space for lamps and a name at the back, and for a palm rest in front.
    margins[3] += rng.choice([0.0, rng.uniform(0.3, 1.0)])
    margins[1] += rng.choice([0.0, rng.uniform(0.8, 2.5)], p=[0.85, 0.15])
    lower_corner = corners[:, :2].min(axis=0) - margins[:2]
    upper_corner = corners[:, 2:].max(axis=0) + margins[2:]
    thickness = {"flat": rng.uniform(0.25, 0.4), "classic": rng.uniform(0.6, 1.0)}.get(style, 1.0)
    size = upper_corner - lower_corner
    centre = (lower_corner + upper_corner) / 2
    top_fillet = rng.uniform(0.04, 0.12)
    profile = [
        (0.06, -thickness),
        (0.0, -thickness + 0.06),
        *shapes.fillet_profile(thickness - 0.06, top_fillet, -thickness),
    ]
    profile = [*profile[:2], *((inset, z + 0.06) for inset, z in profile[3:])]
    body = shapes.slab(
        size[0], size[1], profile, rng.uniform(0.12, 0.7), segments=8, resample_count=240
    )
    parts = [
        body.translated(centre[0], centre[1]).with_material(plastic(colour, rng.uniform(0.4, 0.6)))
    ]
    bed_material = plastic(materials.scale_colour(colour, float(rng.uniform(0.05, 0.2))), 0.6)
    for cluster in clusters:
        extents = np.array([(k.x, k.y, k.x + k.width, k.y + k.height) for k in cluster])
        x, y = extents[:, :2].min(axis=0) - 0.06
        right, back = extents[:, 2:].max(axis=0) + 0.06
        plate = shapes.slab(
            right - x, back - y, [(0.0, -0.05), (0.0, 0.012)], 0.06, resample_count=120
        )
        parts.append(plate.translated((x + right) / 2, (y + back) / 2).with_material(bed_material))
    if upper_corner[0] > 22 and rng.random() < 0.8:
        lamp_material = plain(jitter_colour(rng, str(rng.choice(["3fd06a", "dfe9f2", "4aa3f0"]))))
        for k in range(3):
            lamp = shapes.slab(0.24, 0.09, [(0.0, -0.05), (0.0, 0.02)], 0.045)
            parts.append(
                lamp.translated(19.7 + k, 5.6 + 0.1 * margins[3]).with_material(lamp_material)
            )
    return parts


def _key_caps(caps: KeyCapForm, keys: list[Key], tones: list[bpy.types.Material]) -> list[Shape]:
    """Build one cap per key, its top narrower than its foot."""
    cap_height, taper = caps.height, caps.taper
    profile = [(0.0, 0.0), (0.3 * taper, 0.4 * cap_height), (0.8 * taper, cap_height - 0.035)]
    profile += [(taper, cap_height - 0.008), (taper + 0.04, cap_height)]
    cap_by_size = {
        (width, height): shapes.slab(
            width - caps.gap, height - caps.gap, profile, caps.corner, segments=2
        )
        for width, height in dict.fromkeys((key.width, key.height) for key in keys)
    }
    return [
        cap_by_size[key.width, key.height].translated(*key.centre).with_material(tones[key.tone])
        for key in keys
    ]


def _legends(
    rng: np.random.Generator, caps: KeyCapForm, keys: list[Key], ink: bpy.types.Material
) -> list[Shape]:
    """Build the legends on the caps, in their middle or their upper left."""
    height = rng.uniform(0.2, 0.32)
    offset = rng.choice([0.0, 0.3 * (1 - caps.gap - 2 * caps.taper)])
    glyphs = {key.label: meshes.text_shape(key.label, 1.0).with_material(ink) for key in keys}
    parts = []
    for key in keys:
        glyph = glyphs[key.label]
        is_letter = len(key.label) < 2
        if not len(glyph.vertices):
            continue
        label_width = np.ptp(glyph.vertices[:, 0])
        max_width = key.width - caps.gap - 2 * caps.taper - 0.12
        size = min(height if is_letter else 0.55 * height, max_width / label_width)
        x, y = key.centre
        x += -offset * is_letter
        glyph = glyph.deformed(lambda points, size=size: points * size)
        parts.append(glyph.translated(x, y + offset, caps.height + 0.006))
    return parts


def _cable(rng: np.random.Generator, body: np.ndarray) -> Shape:
    """Build a short end of the cable, from inside the body's back down to the table; metres.

    Args:
        body: Vertices of the case, float (N, 3).
    """
    left, _, ground = body.min(axis=0)
    right, back, _ = body.max(axis=0)
    x = left + (right - left) * rng.uniform(0.2, 0.8)
    reach = rng.uniform(0.015, 0.05)
    sideways = rng.uniform(-0.03, 0.03)
    radius = rng.uniform(0.0016, 0.0025)
    positions = np.linspace(0.0, 1.0, 14)
    y = back - 0.012 + (reach + 0.012) * positions
    z = ground + radius + 0.004 * (1 - positions) ** 2
    return shapes.tube(
        np.stack([x + sideways * positions**2, y, z], axis=1), radius, (1.0, 0.0, 0.0)
    )


def _pose_deformation(
    rng: np.random.Generator, front: float, base: float, middle: float
) -> Callable:
    """Return a deformation from flat key units to metres: bowed slightly, rising to the back.

    Args:
        front: Lowest y of the case, u.
        base: Lowest z of the case, u.
        middle: Centre x of the keys, u.
    """
    slope = np.tan(np.radians(rng.uniform(1.0, 9.0)))
    bow = rng.choice([0.0, rng.uniform(0.003, 0.008)], p=[0.8, 0.2])

    def pose(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        height_share = np.clip((z - base) / -base, 0.0, 1.0)
        return KEY_PITCH * np.stack(
            [x, y - bow * (x - middle) ** 2, z + height_share * slope * (y - front)], axis=1
        )

    return pose
