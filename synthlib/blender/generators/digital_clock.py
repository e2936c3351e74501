"""Digital clocks: radio alarms, LED blocks, flip clocks, LCD desk clocks, wall displays, discs.

`rng` draws the family, the time of day and whether it is counted to 12 or 24, colours of case and
digits, proportions, buttons, lean and extras such as the date or the temperature. A clock is 3 to
40 cm tall; lengths are in metres.

Cases are modelled upright; displays (`parts.clocks.digital_displays`) are laid out facing +Z and
rotated upright to face -Y.
"""

import bpy
import numpy as np

from synthlib.blender.generators.parts.clocks import cases, digital_cases, digital_displays
from synthlib.blender.generators.parts.clocks.digital_displays import DisplayMaterials, DisplayTime
from synthlib.blender.modelling import materials, meshes, shapes
from synthlib.blender.modelling.colours import jitter_colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.shapes import Shape

VERSION = 1
"""Raise this when a seed builds another shape or material, so that instances get new names."""

_LCDS = ("a7b39a", "b4bba8", "9fae98", "c3c9bb", "6fa8d8", "8cc060", "d6dad2")
_RETRO = ("e0672a", "efe9dc", "a83226", "2a2a2c", "7a4a2a", "3c7a78", "e0b040")


def build(rng: np.random.Generator) -> list[bpy.types.Object]:
    """Build one digital clock at a random time of the day.

    Returns:
        One mesh object, standing on z = 0, its display towards -Y.
    """
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


def _radio_alarm(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a low bedside box with a slanted front, a dark window and controls on its top."""
    width = rng.uniform(0.14, 0.25)
    height = rng.uniform(0.055, 0.1)
    depth = rng.uniform(0.07, 0.14)
    slant = rng.uniform(0.0, 0.55) * height
    front_y = -depth / 2
    corners = [(front_y, 0.0), (depth / 2, 0.0), (depth / 2, rng.uniform(0.75, 1.0) * height)]
    corners.append((front_y + slant, height))
    parts = [
        digital_cases.extruded_profile(corners, width, rng.uniform(0.003, 0.016)).with_material(
            digital_cases.sample_case_material(rng)
        )
    ]
    front_length = float(np.hypot(slant, height))
    black = srgb_to_linear("0b0b0c")
    window_share = rng.choice([0.92, rng.uniform(0.6, 0.85)])
    screen = [
        digital_cases.window_pane(
            window_share * width, 0.74 * front_length, digital_cases.window_material(black)
        )
    ]
    digits = digital_displays.time_display(
        rng,
        time,
        0.84 * window_share * width,
        0.5 * front_length,
        digital_displays.sample_led_materials(rng, black),
    )
    screen += [part.translated(z=0.0015) for part in digits]
    shift = (0.94 - window_share) / 2 * width * rng.choice([-1.0, 0.0, 1.0])
    screen = [part.translated(shift) for part in screen]
    if abs(shift) > 0.02:  # a column of buttons or a grille next to the window
        grey = materials.plain(jitter_colour(rng, str(rng.choice(["808386", "1c1c1e", "d8d8d6"]))))
        x = -np.sign(shift) * window_share * width / 2
        for y in np.linspace(-0.25, 0.25, int(rng.integers(2, 6))) * front_length:
            rise = shapes.fillet_profile(0.005, 0.001, -0.001)
            screen.append(
                shapes.slab(0.6 * abs(shift) * 2, 0.07 * front_length, rise, 0.002)
                .translated(x, y)
                .with_material(grey)
            )
    parts += digital_cases.stand_upright(
        screen, np.degrees(np.arctan2(slant, height)), front_y + slant / 2, height / 2
    )
    return parts + digital_cases.top_controls(rng, width, corners[3], corners[2])


def _led_block(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a wooden or plastic block, cubic, long or triangular, with digits on its front."""
    height = rng.uniform(0.06, 0.1)
    is_wooden = rng.random() < 0.55
    width = height * float(rng.choice([rng.uniform(0.95, 1.1), rng.uniform(1.4, 2.6)]))
    depth = height * rng.uniform(0.45, 1.0)
    is_triangular = rng.random() < 0.3 and width > 1.5 * height
    slant = 0.55 * depth if is_triangular else 0.0
    top = [(0.06 * depth, height)] if is_triangular else [(depth / 2, height), (-depth / 2, height)]
    background = str(rng.choice(["17171a", "17171a", "efeeea", "26324a"]))
    light_wood = rng.random() < 0.5
    material = (
        digital_cases.sample_wood(rng, light_wood)
        if is_wooden
        else materials.plain(srgb_to_linear(background), 0.25)
    )
    parts = [
        digital_cases.extruded_profile(
            [(-depth / 2, 0.0), (depth / 2, 0.0), *top], width, 0.003
        ).with_material(material)
    ]
    slant_degrees = np.degrees(np.arctan2(slant, height))
    front_length = float(np.hypot(slant, height))
    screen = []
    has_window = is_wooden and rng.random() < 0.6
    if has_window:
        screen = [
            digital_cases.window_pane(
                0.9 * width,
                0.78 * front_length,
                digital_cases.window_material(srgb_to_linear("0c0c0d")),
            )
        ]
    # On a pale block light digits would be invisible.
    dark_digits = not has_window and (light_wood if is_wooden else background == "efeeea")
    hex_code = str(
        rng.choice(
            ["d81408", "16191c", "1c3ab0"]
            if dark_digits
            else ["ffffff", *digital_displays.LED_COLOURS]
        )
    )
    if is_wooden and not has_window and not dark_digits:
        hex_code = "ffffff"
    lit = digital_displays.led_materials(
        rng, srgb_to_linear(hex_code), srgb_to_linear(background)
    ).lit
    ink = DisplayMaterials(
        materials.plain(srgb_to_linear(hex_code)) if dark_digits else lit,
        material,
        show_unlit=False,
    )
    shows_temperature = rng.random() < 0.4  # the temperature is shown below the time
    digits = digital_displays.time_display(
        rng, time, 0.8 * width, (0.42 if shows_temperature else 0.5) * front_length, ink
    )
    if shows_temperature:
        temperature = f"{rng.integers(15, 28)}C"
        temperature_digits = digital_displays.segment_display(
            temperature, 0.5 * width, 0.16 * front_length, ink, segment_width=0.3
        )
        digits = [part.translated(y=0.1 * front_length) for part in digits]
        digits += [part.translated(y=-0.27 * front_length) for part in temperature_digits]
    screen += [part.translated(z=0.0015 if has_window else 0.0) for part in digits]
    return parts + digital_cases.stand_upright(
        screen, slant_degrees, (slant - depth) / 2, height / 2
    )


def _flip_clock(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a flip clock: cards of hours and minutes in the window of a rounded box, on feet."""
    height = rng.uniform(0.07, 0.13)
    dark_cards = rng.random() < 0.75
    card_material = materials.plain(srgb_to_linear("1a1a1b" if dark_cards else "efece2"), 0.45)
    ink = materials.plain(srgb_to_linear("f4f2ea" if dark_cards else "17171a"), 0.5)
    pairs = [time.hours.strip(), time.minutes]
    card_height = rng.uniform(0.5, 0.62) * height
    one_card_per_digit = rng.random() < 0.5
    cards = digital_displays.flip_cards(
        [*f"{int(time.hours):02d}{time.minutes}"] if one_card_per_digit else pairs,
        card_height,
        card_material,
        ink,
    )
    cards_width = float(np.ptp(np.concatenate([part.vertices for part in cards])[:, 0]))
    width = cards_width * rng.uniform(1.15, 1.4)
    depth = rng.uniform(0.55, 0.9) * height
    case_material = materials.plastic(jitter_colour(rng, str(rng.choice(_RETRO)), 0.6), 0.3)
    case_material = digital_cases.sample_wood(rng) if rng.random() < 0.15 else case_material
    outer = cases.superellipse(width, height, rng.uniform(4, 24))
    rim_depth = rng.uniform(0.008, 0.02)
    inner = cases.superellipse(1.05 * cards_width, 1.14 * card_height, 16.0)
    fillet = rng.uniform(0.05, 0.2) * height
    front_parts = [
        cases.extrude_outline(
            outer, [(fillet, -depth), (0.0, fillet - depth), (0.0, 0.0)]
        ).with_material(case_material)
    ]
    section = [
        (0.0, -0.001),
        (1.0, -0.001),
        (1.0, 0.6 * rim_depth),
        (0.8, rim_depth),
        (0.3, 0.9 * rim_depth),
    ]
    front_parts.append(
        cases.frame(0.997 * outer, inner, [*section, (0.0, 0.5 * rim_depth)]).with_material(
            case_material
        )
    )
    front_parts.append(
        digital_cases.window_pane(
            1.06 * cards_width,
            1.15 * card_height,
            digital_cases.window_material(srgb_to_linear("0d0d0e")),
            0.001,
        )
    )
    front_parts += [part.translated(z=0.001) for part in cards]
    if time.am_pm and rng.random() < 0.6:
        am_pm_text = meshes.text_shape(time.am_pm, 0.1 * card_height).with_material(ink)
        front_parts.append(
            am_pm_text.translated(
                -0.5 * cards_width + 0.1 * card_height, 0.36 * card_height, 0.0055
            )
        )
    lift = rng.uniform(0.006, 0.03)
    foot_shape = shapes.lathe(
        [(0.26 * height, 0.0), (0.24 * height, 0.003), (0.1 * height, lift + 0.05 * height)], 40
    )
    metal = materials.metal(jitter_colour(rng, "b8babc"))
    foot_positions = (
        [0.0] if rng.random() < 0.4 and depth > 0.6 * height else [-0.3 * width, 0.3 * width]
    )
    feet = [foot_shape.translated(x, 0.5 * depth, 0.0).with_material(metal) for x in foot_positions]
    return digital_cases.stand_upright(front_parts, 0.0, 0.0, height / 2 + lift) + feet


def _lcd_desk_clock(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a flat LCD clock: dark digits, the date below, on a stand or wedge-shaped."""
    width = rng.uniform(0.08, 0.16)
    height = width * rng.uniform(0.55, 1.0)
    depth = rng.uniform(0.018, 0.035)
    background = jitter_colour(rng, str(rng.choice(_LCDS)), 0.5)
    ink = digital_displays.lcd_materials(rng, background)
    display_material = materials.plain(background, 0.3)
    case_outline = cases.superellipse(width, height, float(rng.choice([2.6, 5.0, 9.0, 30.0])))
    levels = [(0.004, -depth), (0.0, 0.004 - depth), (0.0, -0.003), (0.003, 0.0)]
    parts = [
        cases.extrude_outline(case_outline, levels).with_material(
            digital_cases.sample_case_material(rng)
        )
    ]
    display_y = rng.uniform(0.0, 0.1) * height  # raised, with space for buttons below
    display_width = 0.76 * width
    display_height = rng.uniform(0.5, 0.62) * height
    edge_material = materials.plain(
        jitter_colour(rng, str(rng.choice(["1a1a1c", "c9cbcd", "3a3c40"]))), 0.3
    )
    screen = [
        digital_cases.window_pane(
            1.1 * display_width, display_height + 0.1 * display_width, edge_material
        ),
        digital_cases.window_pane(display_width, display_height, display_material, 0.0022),
    ]
    digits = digital_displays.time_and_date(rng, time, display_width, display_height, ink)
    screen += [part.translated(z=0.0022) for part in digits]
    parts += [part.translated(y=display_y) for part in screen]
    button_count = int(rng.integers(2, 5))
    button_material = materials.plain(jitter_colour(rng, "6a6d72"), 0.5)
    for x in np.linspace(-0.25, 0.25, button_count) * width if display_y > 0.05 * height else ():
        button = shapes.slab(
            0.1 * width, 0.05 * height, shapes.fillet_profile(0.004, 0.001, -0.001), 0.03 * height
        )
        parts.append(
            button.translated(x, -0.37 * height + 0.2 * display_y).with_material(button_material)
        )
    if rng.random() < 0.5:
        top_bar = shapes.box(0.5 * width, 0.6 * depth, 0.01, 0.002).rotated("x", -90.0)
        parts.append(
            top_bar.translated(0.0, 0.5 * height - 0.003, -0.5 * depth).with_material(
                button_material
            )
        )
    lean = rng.uniform(4.0, 20.0)
    parts = digital_cases.stand_upright(parts, lean, 0.0, height / 2 + 0.004)
    foot_profile = [
        (0.0, 0.0),
        (0.5 * height, 0.0),
        (0.5 * height, 0.006),
        (0.3 * height, 0.35 * height),
    ]
    return [
        *parts,
        digital_cases.extruded_profile(
            [*foot_profile, (0.0, 0.2 * height)], 0.5 * width, 0.003
        ).with_material(edge_material),
    ]


def _wall_display(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a wide wall-mounted box with large digits, often with seconds, in a frame."""
    digit_height = rng.uniform(0.06, 0.14)
    characters = f"{time.hours}:{time.minutes}" + (f":{time.seconds}" if rng.random() < 0.6 else "")
    black = srgb_to_linear("0a0a0b")
    ink = digital_displays.sample_led_materials(rng, black)
    width_in_digits = 0.75 * (len(characters) - 0.4)
    dot_matrix = bool(rng.random() < 0.25)
    segment_width = rng.uniform(0.24, 0.36)
    width = (1.25 if dot_matrix else 1.05) * digit_height * width_in_digits
    height = 1.5 * digit_height
    parts = [digital_cases.window_pane(width, height, digital_cases.window_material(black), 0.002)]
    digits = digital_displays.segment_display(
        characters,
        0.92 * width,
        digit_height,
        ink,
        segment_width=segment_width,
        dot_matrix=dot_matrix,
    )
    parts += [part.translated(z=0.002) for part in digits]
    material = digital_cases.sample_case_material(rng)
    depth = rng.uniform(0.02, 0.05)
    rim_width = rng.uniform(0.006, 0.02)
    outer = cases.superellipse(width + 2 * rim_width, height + 2 * rim_width, 40.0)
    inner = cases.superellipse(0.99 * width, 0.98 * height, 40.0)
    parts.append(
        cases.extrude_outline(
            outer, [(0.002, -depth), (0.0, 0.002 - depth), (0.0, 0.0)]
        ).with_material(material)
    )
    section = [(0.0, -0.001), (1.0, -0.001), (1.0, 0.005), (0.6, 0.008), (0.0, 0.006)]
    parts.append(cases.frame(0.998 * outer, inner, section).with_material(material))
    return digital_cases.stand_upright(parts, 0.0, 0.0, height / 2)


def _freestanding_digits(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build digits that stand alone, each of seven thick tubes, held by rails and a post behind."""
    height = rng.uniform(0.08, 0.14)
    lit_colour = str(rng.choice(["ffffff", "ff3a20", "40c8ff", "58ff70"]))
    unlit_colour = srgb_to_linear("a0a2a6")
    unlit_colour = unlit_colour if rng.random() < 0.6 else srgb_to_linear("1b1b1d")
    led = digital_displays.led_materials(rng, srgb_to_linear(lit_colour), unlit_colour)
    ink = DisplayMaterials(led.lit, materials.plain(unlit_colour, 0.4), True)
    characters = f"{time.hours}:{time.minutes}"
    digits = digital_displays.segment_display(characters, 9.0, height, ink, segment_width=0.3)
    half_width = max(part.vertices[:, 0].max() for part in digits)
    thick_digits = [part.deformed(lambda points: points * [1.0, 1.0, 9.0]) for part in digits]
    dark = materials.plain(srgb_to_linear("26272a"), 0.5)
    rail = shapes.slab(2 * half_width, 0.12 * height, [(0.0, -0.012), (0.0, -0.004)], 0.004)
    rails = [rail.translated(y=y * height).with_material(dark) for y in (-0.42, 0.0, 0.42)]
    post = shapes.slab(
        0.08 * height, 0.9 * height, [(0.0, -0.011), (0.0, -0.003)], 0.002
    ).with_material(dark)
    return digital_cases.stand_upright(
        [*thick_digits, *rails, post], rng.uniform(0.0, 8.0), 0.0, height / 2
    )


def _round_display(rng: np.random.Generator, time: DisplayTime) -> list[Shape]:
    """Build a disc on its foot: a mirror or a lamp like the sun, digits across its middle."""
    radius = rng.uniform(0.055, 0.1)
    depth = rng.uniform(0.03, 0.06)
    is_lamp = rng.random() < 0.5
    sun_colour = (1.0, rng.uniform(0.55, 0.9), rng.uniform(0.15, 0.6))
    face = materials.plain(
        scale_colour(sun_colour, 0.95) if is_lamp else srgb_to_linear("15161a"), 0.2
    )
    case_material = digital_cases.sample_case_material(rng)
    window = digital_cases.window_material(srgb_to_linear("0c0c0d"))
    ink = digital_displays.sample_led_materials(rng, srgb_to_linear("101012"))
    parts = [
        cases.extrude_outline(
            cases.polar_outline(radius), [(0.01, -depth), (0.0, 0.008 - depth), (0.0, 0.0)]
        ).with_material(case_material)
    ]
    inner = cases.polar_outline(0.86 * radius)
    section = [(0.0, -0.001), (1.0, -0.001), (0.95, 0.006), (0.4, 0.009), (0.0, 0.004)]
    parts.append(
        cases.frame(0.995 * cases.polar_outline(radius), inner, section).with_material(
            case_material
        )
    )
    parts.append(
        cases.extrude_outline(
            0.9 * cases.polar_outline(radius), [(0.0, -0.001), (0.0, 0.001)]
        ).with_material(face)
    )
    parts.append(digital_cases.window_pane(1.3 * radius, 0.62 * radius, window, 0.003))
    digits = digital_displays.time_display(rng, time, 1.15 * radius, 0.5 * radius, ink)
    parts += [part.translated(z=0.003) for part in digits]
    foot = digital_cases.extruded_profile(
        [(0.0, 0.0), (depth, 0.0), (0.8 * depth, 0.3 * radius), (0.2 * depth, 0.3 * radius)],
        1.1 * radius,
        0.003,
    ).with_material(case_material)
    return [*digital_cases.stand_upright(parts, rng.uniform(0.0, 5.0), 0.0, radius * 1.03), foot]
