"""Computer keyboards, 0.28 to 0.46 m wide: full size, without number pad, or compact.

Caps are classic, flat or mechanical; colours, palm rest, lamps, cable and slope vary as well.
Everything is laid out flat in key units (u) of 19 mm, x to the right, y away from the user, then
scaled, bowed and sheared so that the deck rises towards the back.
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
"""A key's pitch, metres."""

# A row: words are keys of 1 u, "word:2.25" is a wider key, "_:0.5" a gap. Rows from the back.
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
    """A key by its lower left corner and size, in u; `tone` 0 for letters, 1 others, 2 accents."""

    x: float
    y: float
    width: float
    height: float
    label: str
    tone: int

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle (x, y), in u."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class KeyCapForm:
    """The form of all key caps, in u; `taper` is how much narrower the top is on every side."""

    height: float
    taper: float
    gap: float
    corner: float


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One keyboard, its long side along X, the space bar towards -Y. Returns one object."""
    style = rng.choice(["classic", "flat", "mechanical"], p=[0.45, 0.35, 0.2])
    clusters = _layout(rng, str(rng.choice(["full", "tenkeyless", "compact"], p=[0.55, 0.25, 0.2])))
    scheme = _COLOUR_SCHEMES[rng.integers(len(_COLOUR_SCHEMES))]
    case, letters, others, ink = (jitter_colour(rng, code, 0.7) for code in scheme)
    colours = [letters, others, others]
    if rng.random() < 0.3:
        colours[2] = sample_colour(rng, (0.6, 0.95), (0.25, 0.7))
    if rng.random() < 0.12:
        case = sample_colour(rng, (0.3, 0.8), (0.15, 0.6))
    keys = [key for cluster in clusters for key in cluster]
    caps = _sample_key_caps(rng, style)
    parts = _case(rng, style, clusters, case)
    front, base = (min(part.vertices[:, axis].min() for part in parts) for axis in (1, 2))
    parts += _key_caps(caps, keys, [plastic(colour, 0.5) for colour in colours])
    if rng.random() < 0.93:
        parts += _legends(rng, caps, keys, plain(ink, 0.6))
    posed = _pose_deformation(
        rng, front, base, (keys[0].x + max(key.x + key.width for key in keys)) / 2
    )
    parts = [part.deformed(posed) for part in parts]
    if rng.random() < 0.3:
        parts.append(
            _cable(rng, parts[0].vertices).with_material(plastic(jitter_colour(rng, "1c1c1e"), 0.5))
        )
    return meshes.assemble("pc_keyboard", parts)


def _layout(rng: np.random.Generator, size: str) -> list[list[Key]]:
    """Clusters of keys: the main one first."""
    accents = rng.choice(_ACCENT_KEYS, rng.integers(1, 4), replace=False)
    top = _key_row(_FUNCTION_ROW, 0.0, 5.0 + float(rng.choice([0.2, 0.35, 0.5])), accents)
    tops = [top[:1], top[1:5], top[5:9], top[9:]]
    bare = size == "compact" and rng.random() < 0.7  # no function keys: Esc moves down
    main = [
        key
        for k, row in enumerate(_MAIN_ROWS)
        for key in _key_row([["`", "Esc"][bare], *row] if k == 0 else row, 0.0, 4.0 - k, accents)
    ]
    if size == "compact":
        return [main] if bare else [main, *tops]
    edit = [
        key for k, row in enumerate(_EDIT_ROWS) for key in _key_row(row, 15.35, 4.0 - k, accents)
    ]
    clusters = [main, *tops, edit[:6], edit[6:7], edit[7:]]  # Ins to PgDn, up, the other arrows
    if rng.random() < 0.8:
        clusters.append(_key_row("Prt Scr Brk".split(), 15.35, top[0].y, accents))
    if size == "full":
        pad = [
            key
            for k, row in enumerate(_NUMBER_PAD_ROWS)
            for key in _key_row(row, 18.7, 4.0 - k, accents)
        ]
        pad += [Key(18.7 + x, y, 1.0, 2.0, label, 1) for x, y, label in _TALL_PAD_KEYS]
        clusters.append(pad)
    return clusters


def _key_row(row: list[str], x: float, y: float, accents: np.ndarray) -> list[Key]:
    keys = []
    for word in row:
        label, _, width = word.partition(":") if len(word) > 1 else (word, "", "")
        size = float(width or 1.0)
        if label != "_":
            tone = 0 if len(label) < 2 else 2 if label in accents else 1
            keys.append(Key(x, y, size, 1.0, label, tone))
        x += size
    return keys


def _sample_key_caps(rng: np.random.Generator, style: str) -> KeyCapForm:
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
    """The body, the dark bed under each cluster, and lamps where there is room for them."""
    corners = np.array(
        [(k.x, k.y, k.x + k.width, k.y + k.height) for cluster in clusters for k in cluster]
    )
    rims = np.array([0.25, 0.25, 0.25, 0.25]) + (style != "flat") * rng.uniform(0.0, 0.5, 4)
    rims[:3:2] = rims[0]
    rims[3] += rng.choice([0.0, rng.uniform(0.3, 1.0)])  # behind: room for lamps and a name
    rims[1] += rng.choice([0.0, rng.uniform(0.8, 2.5)], p=[0.85, 0.15])  # in front: the palm rest
    low, high = corners[:, :2].min(axis=0) - rims[:2], corners[:, 2:].max(axis=0) + rims[2:]
    thick = {"flat": rng.uniform(0.25, 0.4), "classic": rng.uniform(0.6, 1.0)}.get(style, 1.0)
    size, middle = high - low, (low + high) / 2
    round_off = rng.uniform(0.04, 0.12)
    profile = [
        (0.06, -thick),
        (0.0, -thick + 0.06),
        *shapes.fillet_profile(thick - 0.06, round_off, -thick),
    ]
    profile = [*profile[:2], *((inset, z + 0.06) for inset, z in profile[3:])]
    body = shapes.slab(
        size[0], size[1], profile, rng.uniform(0.12, 0.7), segments=8, resample_count=240
    )
    parts = [
        body.translated(middle[0], middle[1]).with_material(plastic(colour, rng.uniform(0.4, 0.6)))
    ]
    bed = plastic(materials.scale_colour(colour, float(rng.uniform(0.05, 0.2))), 0.6)
    for cluster in clusters:
        box = np.array([(k.x, k.y, k.x + k.width, k.y + k.height) for k in cluster])
        (x, y), (right, back) = box[:, :2].min(axis=0) - 0.06, box[:, 2:].max(axis=0) + 0.06
        plate = shapes.slab(
            right - x, back - y, [(0.0, -0.05), (0.0, 0.012)], 0.06, resample_count=120
        )
        parts.append(plate.translated((x + right) / 2, (y + back) / 2).with_material(bed))
    if high[0] > 22 and rng.random() < 0.8:
        glow = plain(jitter_colour(rng, str(rng.choice(["3fd06a", "dfe9f2", "4aa3f0"]))))
        for k in range(3):
            lamp = shapes.slab(0.24, 0.09, [(0.0, -0.05), (0.0, 0.02)], 0.045)
            parts.append(lamp.translated(19.7 + k, 5.6 + 0.1 * rims[3]).with_material(glow))
    return parts


def _key_caps(caps: KeyCapForm, keys: list[Key], tones: list[bpy.types.Material]) -> list[Shape]:
    """A cap a key, its top narrower than its foot."""
    top, taper = caps.height, caps.taper
    profile = [(0.0, 0.0), (0.3 * taper, 0.4 * top), (0.8 * taper, top - 0.035)]
    profile += [(taper, top - 0.008), (taper + 0.04, top)]
    made = {
        (w, h): shapes.slab(w - caps.gap, h - caps.gap, profile, caps.corner, segments=2)
        for w, h in dict.fromkeys((key.width, key.height) for key in keys)
    }
    return [
        made[key.width, key.height].translated(*key.centre).with_material(tones[key.tone])
        for key in keys
    ]


def _legends(
    rng: np.random.Generator, caps: KeyCapForm, keys: list[Key], ink: bpy.types.Material
) -> list[Shape]:
    """What is printed on the caps: in their middle or their upper left."""
    height, shift = rng.uniform(0.2, 0.32), rng.choice([0.0, 0.3 * (1 - caps.gap - 2 * caps.taper)])
    glyphs = {key.label: meshes.text_shape(key.label, 1.0).with_material(ink) for key in keys}
    parts = []
    for key in keys:
        sheet, single = glyphs[key.label], len(key.label) < 2
        if not len(sheet.vertices):
            continue
        long = np.ptp(sheet.vertices[:, 0])
        room = key.width - caps.gap - 2 * caps.taper - 0.12
        size = min(height if single else 0.55 * height, room / long)
        x, y = key.centre
        x += -shift * single
        sheet = sheet.deformed(lambda points, size=size: points * size)
        parts.append(sheet.translated(x, y + shift, caps.height + 0.006))
    return parts


def _cable(rng: np.random.Generator, body: np.ndarray) -> Shape:
    """A short end of the cable, from inside the body's back down to the table; metres."""
    (left, _, ground), (right, back, _) = body.min(axis=0), body.max(axis=0)
    x, reach = left + (right - left) * rng.uniform(0.2, 0.8), rng.uniform(0.015, 0.05)
    sway, radius = rng.uniform(-0.03, 0.03), rng.uniform(0.0016, 0.0025)
    at = np.linspace(0.0, 1.0, 14)
    y = back - 0.012 + (reach + 0.012) * at
    z = ground + radius + 0.004 * (1 - at) ** 2
    return shapes.tube(np.stack([x + sway * at**2, y, z], axis=1), radius, (1.0, 0.0, 0.0))


def _pose_deformation(
    rng: np.random.Generator, front: float, base: float, middle: float
) -> Callable:
    """From flat key units to metres: the deck bowed a little, then rising towards the back."""
    slope = np.tan(np.radians(rng.uniform(1.0, 9.0)))
    bow = rng.choice([0.0, rng.uniform(0.003, 0.008)], p=[0.8, 0.2])

    def posed(points: np.ndarray) -> np.ndarray:
        x, y, z = points.T
        above = np.clip((z - base) / -base, 0.0, 1.0)
        return KEY_PITCH * np.stack(
            [x, y - bow * (x - middle) ** 2, z + above * slope * (y - front)], axis=1
        )

    return posed
