"""Digital clocks: radio alarms, LED blocks, flip clocks, LCD desk clocks, wall displays, sun lamps.

Made upright at once; displays are laid out facing +Z and stood in their places.
"""

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import cases, digital_cases, digital_displays
from synthlib.blender.generators.parts.clocks.digital_displays import DisplayMaterials, DisplayTime
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import Colour, jitter_colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_LED_COLOURS = (
    "ff1a10",
    "ff1a10",
    "ff1a10",
    "22ff4a",
    "22ff4a",
    "2a6cff",
    "ffa010",
    "e8f4ff",
    "40e0ff",
)
_LCDS = ("a7b39a", "b4bba8", "9fae98", "c3c9bb", "6fa8d8", "8cc060", "d6dad2")
_RETRO = ("e0672a", "efe9dc", "a83226", "2a2a2c", "7a4a2a", "3c7a78", "e0b040")
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """One digital clock at any time of the day. Returns one object."""
    families = (
        _radio_alarm,
        _led_block,
        _flip_clock,
        _lcd_desk_clock,
        _wall_display,
        _freestanding_digits,
        _round_display,
    )
    family = families[rng.choice(7, p=[0.28, 0.15, 0.16, 0.19, 0.09, 0.06, 0.07])]
    return meshes.assemble("digital_clock", family(rng, digital_displays.sample_time(rng)))


def _sample_led_materials(rng: np.random.Generator, background: Colour) -> DisplayMaterials:
    return digital_displays.led_materials(
        rng, srgb_to_linear(str(rng.choice(_LED_COLOURS))), background
    )


def _time_display(
    rng: np.random.Generator, time: DisplayTime, width: float, height: float, ink: DisplayMaterials
) -> list[Shape]:
    """The time about the origin, AM or PM beside it; sometimes leaning, sometimes of dots."""
    lean, thick = float(rng.choice([0.0, 0.0, 0.1])), rng.uniform(0.24, 0.38)
    hours, dots = time.hours if ink.show_unlit else time.hours.strip(), bool(rng.random() < 0.08)
    room = 0.86 * width if time.am_pm else width
    signs = f"{hours}:{time.minutes}"
    parts = digital_displays.segment_display(
        signs, room, height, ink, shear=lean, segment_width=thick, dot_matrix=dots
    )
    if time.am_pm:
        points = np.concatenate([part.vertices for part in parts])
        right, half = points[:, 0].max(), points[:, 1].max()
        y = (0.62 if time.am_pm == "AM" else -0.62) * half
        mark = meshes.text_shape(time.am_pm, 0.085 * width).with_material(ink.lit)
        parts = [*parts, mark.translated(right + 0.11 * width, y, 0.0008)]
        parts = [part.translated(-0.08 * width) for part in parts]
    return parts


def _radio_alarm(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """A low bedside box, its front slanted, a dark window; controls on its top."""
    wide, high, deep = rng.uniform(0.14, 0.25), rng.uniform(0.055, 0.1), rng.uniform(0.07, 0.14)
    slant, front = rng.uniform(0.0, 0.55) * high, -deep / 2
    corners = [(front, 0.0), (deep / 2, 0.0), (deep / 2, rng.uniform(0.75, 1.0) * high)]
    corners.append((front + slant, high))
    parts = [
        digital_cases.extruded_profile(corners, wide, rng.uniform(0.003, 0.016)).with_material(
            digital_cases.sample_case_material(rng)
        )
    ]
    long, black = float(np.hypot(slant, high)), srgb_to_linear("0b0b0c")
    share = rng.choice([0.92, rng.uniform(0.6, 0.85)])
    screen = [
        digital_cases.window_pane(share * wide, 0.74 * long, digital_cases.window_material(black))
    ]
    digits = _time_display(
        rng, time, 0.84 * share * wide, 0.5 * long, _sample_led_materials(rng, black)
    )
    screen += [part.translated(z=0.0015) for part in digits]
    shift = (0.94 - share) / 2 * wide * rng.choice([-1.0, 0.0, 1.0])
    screen = [part.translated(shift) for part in screen]
    if abs(shift) > 0.02:  # a column of knobs or a grille beside the window
        grey = materials.plain(jitter_colour(rng, str(rng.choice(["808386", "1c1c1e", "d8d8d6"]))))
        x = -np.sign(shift) * share * wide / 2
        for y in np.linspace(-0.25, 0.25, int(rng.integers(2, 6))) * long:
            rise = shapes.fillet_profile(0.005, 0.001, -0.001)
            screen.append(
                shapes.slab(0.6 * abs(shift) * 2, 0.07 * long, rise, 0.002)
                .translated(x, y)
                .with_material(grey)
            )
    parts += digital_cases.stand_upright(
        screen, np.degrees(np.arctan2(slant, high)), front + slant / 2, high / 2
    )
    return parts + digital_cases.top_controls(rng, wide, corners[3], corners[2])


def _led_block(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """A block of wood or plastic, cube, long or three-sided, digits shining through its front."""
    high, wooden = rng.uniform(0.06, 0.1), rng.random() < 0.55
    wide = high * float(rng.choice([rng.uniform(0.95, 1.1), rng.uniform(1.4, 2.6)]))
    deep = high * rng.uniform(0.45, 1.0)
    three = rng.random() < 0.3 and wide > 1.5 * high
    slant = 0.55 * deep if three else 0.0
    top = [(0.06 * deep, high)] if three else [(deep / 2, high), (-deep / 2, high)]
    ground = str(rng.choice(["17171a", "17171a", "efeeea", "26324a"]))
    light = rng.random() < 0.5
    made = (
        digital_cases.sample_wood(rng, light)
        if wooden
        else materials.plain(srgb_to_linear(ground), 0.25)
    )
    parts = [
        digital_cases.extruded_profile(
            [(-deep / 2, 0.0), (deep / 2, 0.0), *top], wide, 0.003
        ).with_material(made)
    ]
    lean, long, screen = np.degrees(np.arctan2(slant, high)), float(np.hypot(slant, high)), []
    framed = wooden and rng.random() < 0.6
    if framed:
        screen = [
            digital_cases.window_pane(
                0.9 * wide, 0.78 * long, digital_cases.window_material(srgb_to_linear("0c0c0d"))
            )
        ]
    pale = not framed and (light if wooden else ground == "efeeea")  # light digits would be lost
    code = str(rng.choice(["d81408", "16191c", "1c3ab0"] if pale else ["ffffff", *_LED_COLOURS]))
    if wooden and not framed and not pale:
        code = "ffffff"
    lit = digital_displays.led_materials(rng, srgb_to_linear(code), srgb_to_linear(ground)).lit
    ink = DisplayMaterials(
        materials.plain(srgb_to_linear(code)) if pale else lit, made, show_unlit=False
    )
    warm = rng.random() < 0.4  # with the temperature below
    digits = _time_display(rng, time, 0.8 * wide, (0.42 if warm else 0.5) * long, ink)
    if warm:
        degrees = f"{rng.integers(15, 28)}C"
        small = digital_displays.segment_display(
            degrees, 0.5 * wide, 0.16 * long, ink, segment_width=0.3
        )
        digits = [part.translated(y=0.1 * long) for part in digits]
        digits += [part.translated(y=-0.27 * long) for part in small]
    screen += [part.translated(z=0.0015 if framed else 0.0) for part in digits]
    return parts + digital_cases.stand_upright(screen, lean, (slant - deep) / 2, high / 2)


def _flip_clock(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Cards that fall: hours and minutes in the window of a rounded box, on feet or a foot."""
    high, dark = rng.uniform(0.07, 0.13), rng.random() < 0.75
    card = materials.plain(srgb_to_linear("1a1a1b" if dark else "efece2"), 0.45)
    ink = materials.plain(srgb_to_linear("f4f2ea" if dark else "17171a"), 0.5)
    pairs = [time.hours.strip(), time.minutes]
    size, each = rng.uniform(0.5, 0.62) * high, rng.random() < 0.5
    row = digital_displays.flip_cards(
        [*f"{int(time.hours):02d}{time.minutes}"] if each else pairs, size, card, ink
    )
    span = float(np.ptp(np.concatenate([part.vertices for part in row])[:, 0]))
    wide, deep = span * rng.uniform(1.15, 1.4), rng.uniform(0.55, 0.9) * high
    made = materials.plastic(jitter_colour(rng, str(rng.choice(_RETRO)), 0.6), 0.3)
    made = digital_cases.sample_wood(rng) if rng.random() < 0.15 else made
    outer, rim = cases.superellipse(wide, high, rng.uniform(4, 24)), rng.uniform(0.008, 0.02)
    inner = cases.superellipse(1.05 * span, 1.14 * size, 16.0)
    soft = rng.uniform(0.05, 0.2) * high
    front = [
        cases.extrude_outline(outer, [(soft, -deep), (0.0, soft - deep), (0.0, 0.0)]).with_material(
            made
        )
    ]
    section = [(0.0, -0.001), (1.0, -0.001), (1.0, 0.6 * rim), (0.8, rim), (0.3, 0.9 * rim)]
    front.append(
        cases.frame(0.997 * outer, inner, [*section, (0.0, 0.5 * rim)]).with_material(made)
    )
    front.append(
        digital_cases.window_pane(
            1.06 * span, 1.15 * size, digital_cases.window_material(srgb_to_linear("0d0d0e")), 0.001
        )
    )
    front += [part.translated(z=0.001) for part in row]
    if time.am_pm and rng.random() < 0.6:
        mark = meshes.text_shape(time.am_pm, 0.1 * size).with_material(ink)
        front.append(mark.translated(-0.5 * span + 0.1 * size, 0.36 * size, 0.0055))
    lift = rng.uniform(0.006, 0.03)
    foot = shapes.lathe(
        [(0.26 * high, 0.0), (0.24 * high, 0.003), (0.1 * high, lift + 0.05 * high)], 40
    )
    metal = materials.metal(jitter_colour(rng, "b8babc"))
    spots = [0.0] if rng.random() < 0.4 and deep > 0.6 * high else [-0.3 * wide, 0.3 * wide]
    feet = [foot.translated(x, 0.5 * deep, 0.0).with_material(metal) for x in spots]
    return digital_cases.stand_upright(front, 0.0, 0.0, high / 2 + lift) + feet


def _lcd_desk_clock(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """A flat clock of liquid crystal: dark digits, the date below, on a stand or wedge-shaped."""
    wide = rng.uniform(0.08, 0.16)
    high, deep = wide * rng.uniform(0.55, 1.0), rng.uniform(0.018, 0.035)
    ground = jitter_colour(rng, str(rng.choice(_LCDS)), 0.5)
    ink, glass = digital_displays.lcd_materials(rng, ground), materials.plain(ground, 0.3)
    outer = cases.superellipse(wide, high, float(rng.choice([2.6, 5.0, 9.0, 30.0])))
    levels = [(0.004, -deep), (0.0, 0.004 - deep), (0.0, -0.003), (0.003, 0.0)]
    parts = [
        cases.extrude_outline(outer, levels).with_material(digital_cases.sample_case_material(rng))
    ]
    low = rng.uniform(0.0, 0.1) * high  # room for the buttons below
    across, tall = 0.76 * wide, rng.uniform(0.5, 0.62) * high
    edge = materials.plain(jitter_colour(rng, str(rng.choice(["1a1a1c", "c9cbcd", "3a3c40"]))), 0.3)
    screen = [
        digital_cases.window_pane(1.1 * across, tall + 0.1 * across, edge),
        digital_cases.window_pane(across, tall, glass, 0.0022),
    ]
    line = rng.random() < 0.65
    digits = _time_display(rng, time, 0.88 * across, (0.52 if line else 0.7) * tall, ink)
    screen += [part.translated(y=0.15 * tall if line else 0.0, z=0.0022) for part in digits]
    if line:
        date = f"{rng.integers(1, 13):2d}-{rng.integers(1, 29):02d}"
        small = digital_displays.segment_display(
            date, 0.4 * across, 0.18 * tall, ink, segment_width=0.3
        )
        day = meshes.text_shape(str(rng.choice(_DAYS)), 0.13 * tall).with_material(ink.lit)
        screen += [part.translated(0.22 * across, -0.33 * tall, 0.0022) for part in small]
        screen.append(day.translated(-0.27 * across, -0.33 * tall, 0.003))
    parts += [part.translated(y=low) for part in screen]
    count, knob = int(rng.integers(2, 5)), materials.plain(jitter_colour(rng, "6a6d72"), 0.5)
    for x in np.linspace(-0.25, 0.25, count) * wide if low > 0.05 * high else ():
        button = shapes.slab(
            0.1 * wide, 0.05 * high, shapes.fillet_profile(0.004, 0.001, -0.001), 0.03 * high
        )
        parts.append(button.translated(x, -0.37 * high + 0.2 * low).with_material(knob))
    if rng.random() < 0.5:
        bar = shapes.box(0.5 * wide, 0.6 * deep, 0.01, 0.002).rotated("x", -90.0)
        parts.append(bar.translated(0.0, 0.5 * high - 0.003, -0.5 * deep).with_material(knob))
    lean = rng.uniform(4.0, 20.0)
    parts = digital_cases.stand_upright(parts, lean, 0.0, high / 2 + 0.004)
    foot = [(0.0, 0.0), (0.5 * high, 0.0), (0.5 * high, 0.006), (0.3 * high, 0.35 * high)]
    return [
        *parts,
        digital_cases.extruded_profile([*foot, (0.0, 0.2 * high)], 0.5 * wide, 0.003).with_material(
            edge
        ),
    ]


def _wall_display(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """A wide box for a wall, large digits with their seconds, a frame around."""
    tall = rng.uniform(0.06, 0.14)
    signs = f"{time.hours}:{time.minutes}" + (f":{time.seconds}" if rng.random() < 0.6 else "")
    black = srgb_to_linear("0a0a0b")
    ink, steps = _sample_led_materials(rng, black), 0.75 * (len(signs) - 0.4)
    dots, thick = bool(rng.random() < 0.25), rng.uniform(0.24, 0.36)
    wide, high = (1.25 if dots else 1.05) * tall * steps, 1.5 * tall
    parts = [digital_cases.window_pane(wide, high, digital_cases.window_material(black), 0.002)]
    digits = digital_displays.segment_display(
        signs, 0.92 * wide, tall, ink, segment_width=thick, dot_matrix=dots
    )
    parts += [part.translated(z=0.002) for part in digits]
    made, deep = digital_cases.sample_case_material(rng), rng.uniform(0.02, 0.05)
    rim = rng.uniform(0.006, 0.02)
    outer = cases.superellipse(wide + 2 * rim, high + 2 * rim, 40.0)
    inner = cases.superellipse(0.99 * wide, 0.98 * high, 40.0)
    parts.append(
        cases.extrude_outline(
            outer, [(0.002, -deep), (0.0, 0.002 - deep), (0.0, 0.0)]
        ).with_material(made)
    )
    section = [(0.0, -0.001), (1.0, -0.001), (1.0, 0.005), (0.6, 0.008), (0.0, 0.006)]
    parts.append(cases.frame(0.998 * outer, inner, section).with_material(made))
    return digital_cases.stand_upright(parts, 0.0, 0.0, high / 2)


def _freestanding_digits(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Digits that stand alone, each of seven thick tubes, held by rails and a post behind."""
    tall = rng.uniform(0.08, 0.14)
    lit, off = str(rng.choice(["ffffff", "ff3a20", "40c8ff", "58ff70"])), srgb_to_linear("a0a2a6")
    off = off if rng.random() < 0.6 else srgb_to_linear("1b1b1d")
    glow = digital_displays.led_materials(rng, srgb_to_linear(lit), off)
    ink = DisplayMaterials(glow.lit, materials.plain(off, 0.4), True)
    signs = f"{time.hours}:{time.minutes}"
    digits = digital_displays.segment_display(signs, 9.0, tall, ink, segment_width=0.3)
    wide = max(part.vertices[:, 0].max() for part in digits)
    deep = [part.deformed(lambda at: at * [1.0, 1.0, 9.0]) for part in digits]
    dark = materials.plain(srgb_to_linear("26272a"), 0.5)
    back = shapes.slab(2 * wide, 0.12 * tall, [(0.0, -0.012), (0.0, -0.004)], 0.004)
    rails = [back.translated(y=y * tall).with_material(dark) for y in (-0.42, 0.0, 0.42)]
    post = shapes.slab(
        0.08 * tall, 0.9 * tall, [(0.0, -0.011), (0.0, -0.003)], 0.002
    ).with_material(dark)
    return digital_cases.stand_upright([*deep, *rails, post], rng.uniform(0.0, 8.0), 0.0, tall / 2)


def _round_display(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """A disc on its foot: a mirror or a lamp like the sun, digits across its middle."""
    radius, deep = rng.uniform(0.055, 0.1), rng.uniform(0.03, 0.06)
    lamp = rng.random() < 0.5
    sun = (1.0, rng.uniform(0.55, 0.9), rng.uniform(0.15, 0.6))
    face = materials.plain(scale_colour(sun, 0.95) if lamp else srgb_to_linear("15161a"), 0.2)
    made, dark = (
        digital_cases.sample_case_material(rng),
        digital_cases.window_material(srgb_to_linear("0c0c0d")),
    )
    ink = _sample_led_materials(rng, srgb_to_linear("101012"))
    parts = [
        cases.extrude_outline(
            cases.polar_outline(radius), [(0.01, -deep), (0.0, 0.008 - deep), (0.0, 0.0)]
        ).with_material(made)
    ]
    inner = cases.polar_outline(0.86 * radius)
    section = [(0.0, -0.001), (1.0, -0.001), (0.95, 0.006), (0.4, 0.009), (0.0, 0.004)]
    parts.append(
        cases.frame(0.995 * cases.polar_outline(radius), inner, section).with_material(made)
    )
    parts.append(
        cases.extrude_outline(
            0.9 * cases.polar_outline(radius), [(0.0, -0.001), (0.0, 0.001)]
        ).with_material(face)
    )
    parts.append(digital_cases.window_pane(1.3 * radius, 0.62 * radius, dark, 0.003))
    digits = _time_display(rng, time, 1.15 * radius, 0.5 * radius, ink)
    parts += [part.translated(z=0.003) for part in digits]
    foot = digital_cases.extruded_profile(
        [(0.0, 0.0), (deep, 0.0), (0.8 * deep, 0.3 * radius), (0.2 * deep, 0.3 * radius)],
        1.1 * radius, 0.003,
    ).with_material(made)  # fmt: skip
    return [*digital_cases.stand_upright(parts, rng.uniform(0.0, 5.0), 0.0, radius * 1.03), foot]
