"""The shell of a computer mouse: a dome over an outline, and the material that paints it.

x to the right, y from the palm to the buttons, z up; metres.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph

PROFILE_KNOTS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Positions along a mouse from its palm, -1, to its nose, 1."""


@dataclass(frozen=True)
class MouseForm:
    """A dome over an outline; lengths in metres, `along` in [-1, 1] from the palm to the nose.

    Attributes:
        widths: Shares of the width at `PROFILE_KNOTS`.
        heights: Shares of the height at `PROFILE_KNOTS`.
        outline_exponent: 2 for an ellipse, larger towards a rectangle.
        dome_exponent: 2 for a dome, larger towards a box.
        foot_height: Height at which the dome begins.
    """

    length: float
    width: float
    height: float
    widths: tuple
    heights: tuple
    outline_exponent: float
    dome_exponent: float
    foot_height: float

    def half_width(self, along: np.ndarray) -> np.ndarray:
        """Return half the width, metres."""
        return (
            0.5
            * self.width
            * shapes.smooth_interpolation(np.clip(along, -1, 1), PROFILE_KNOTS, self.widths)
        )

    def surface_height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the height of the dome above the table at (x, y), metres."""
        along = 2 * y / self.length
        superelliptic_distance = (
            abs(x / self.half_width(along)) ** self.outline_exponent
            + abs(along) ** self.outline_exponent
        )
        height_share = np.sqrt(
            np.maximum(
                1.0 - superelliptic_distance ** (self.dome_exponent / self.outline_exponent), 0.0
            )
        )
        crest = self.height * shapes.smooth_interpolation(
            np.clip(along, -1, 1), PROFILE_KNOTS, self.heights
        )
        return self.foot_height + (crest - self.foot_height) * height_share

    def flank_x(self, along: np.ndarray, height_share: np.ndarray) -> np.ndarray:
        """Return |x| of the dome where its height is a share of the crest's height, metres."""
        remainder = (1.0 - height_share**2) ** (self.outline_exponent / self.dome_exponent) - abs(
            along
        ) ** self.outline_exponent
        return self.half_width(along) * np.maximum(remainder, 0.01) ** (1 / self.outline_exponent)


def shell_material(
    rng: np.random.Generator,
    kind: str,
    form: MouseForm,
    colours: tuple[Colour, Colour, Colour],
    button_start: float,
    wheel_y: float,
) -> bpy.types.Material:
    """Return the shell's material: buttons, strip and flanks, and the dark seams between them.

    It reads (x, y, z) over half the width, half the length and the height from the vertex
    attribute.

    Args:
        colours: Of the body, of its sides or strip, and the accent.
        button_start: Position along the mouse at which the buttons begin, in [-1, 1].
        wheel_y: y of the wheel, metres; 0 without a wheel.
    """
    main, second, accent = colours
    graph = NodeGraph("mouse")
    x, y, z = graph.vertex_attribute().components()
    lateral = abs(x)
    seam_colour = scale_colour(second if kind == "slab" else main, 0.12)
    line_width = 0.00095 / form.width
    has_buttons = kind != "slab" and (kind != "one-piece" or rng.random() < 0.5)
    seam = 0.0 * lateral
    colour = graph.mix(graph.noise(0.03), scale_colour(main, 0.92), scale_colour(main, 1.06))
    flank_level = rng.uniform(0.35, 0.62)  # where the flank meets the top
    flank_height = z - y * rng.uniform(-0.12, 0.05) - 0.12 * y * y
    from_buttons = y - button_start - rng.uniform(-0.25, 0.15) * x * x
    if has_buttons and rng.random() < 0.42:  # buttons of another colour than the palm
        colour = graph.mix(from_buttons.smoothstep(0.0, 0.01), colour, second)
    if kind in ("slab", "one-piece", "gaming", "ergonomic") or rng.random() < 0.45:
        side_colour = second if second != main else scale_colour(main, 0.5)
        colour = graph.mix(
            flank_height.smoothstep(flank_level, flank_level - 0.01), colour, side_colour
        )
        seam = abs(flank_height - flank_level).smoothstep(0.022, 0.01)
        if kind != "slab" and rng.random() < 0.4:  # ribs for the thumb
            stripe_coordinate = y if rng.random() < 0.5 else 4.0 * z
            ribs = graph.math("SINE", stripe_coordinate * rng.uniform(40.0, 70.0)).smoothstep(
                0.2, 0.5
            )
            ribs = (
                ribs
                * abs(y - 0.05).smoothstep(0.45, 0.43)
                * flank_height.smoothstep(flank_level - 0.1, flank_level - 0.12)
            )
            seam = graph.math("MAXIMUM", seam, ribs * 0.7)
    if kind == "gaming" and rng.random() < 0.8:  # lit or painted lines
        stripe_coordinate = (
            abs(flank_height - flank_level - 0.1 - 0.12 * y)
            if rng.random() < 0.6
            else abs(y + 0.55 + x * x)
        )
        colour = graph.mix(stripe_coordinate.smoothstep(0.035, 0.025), colour, accent)
    if has_buttons:
        front_seam = abs(from_buttons).smoothstep(2.2 * line_width, 1.2 * line_width)
        front_seam = (
            front_seam * flank_height.smoothstep(flank_level - 0.02, flank_level)
            if rng.random() < 0.7
            else 1.0 * front_seam
        )
        middle_seam = lateral.smoothstep(
            2.6 * line_width, 1.4 * line_width
        ) * from_buttons.smoothstep(-0.01, 0.01)
        strip_width = rng.uniform(0.13, 0.24)
        if rng.random() < 0.5 or (kind == "ball" and rng.random() < 0.6):
            strip_start = rng.choice([button_start, -0.9])
            strip_mask = lateral.smoothstep(strip_width, strip_width - 0.015) * y.smoothstep(
                strip_start - 0.006, strip_start
            )
            strip_colour = second if rng.random() < 0.75 or kind == "ball" else accent
            colour = graph.mix(strip_mask, colour, strip_colour)
            middle_seam = abs(lateral - strip_width).smoothstep(
                2.4 * line_width, 1.2 * line_width
            ) * y.smoothstep(strip_start - 0.006, strip_start)
        if kind == "ball" or rng.random() < 0.7:
            seam = graph.math("MAXIMUM", seam, front_seam)
        seam = graph.math("MAXIMUM", seam, middle_seam)
        # The shade below the overhanging buttons.
        nose_mask = y.smoothstep(0.9, 0.94) * z.smoothstep(0.42, 0.36)
        seam = graph.math("MAXIMUM", seam, nose_mask)
    if wheel_y:
        wheel_position = 2 * wheel_y / form.length
        slot_width = rng.uniform(0.13, 0.17)
        from_wheel = abs(y - wheel_position) * (form.length / form.width) * 0.42
        slot = graph.math("MAXIMUM", lateral, from_wheel).smoothstep(slot_width, slot_width - 0.03)
        seam = graph.math("MAXIMUM", seam, slot * z.smoothstep(0.4, 0.45))
    shade = z.smoothstep(0.075, 0.055)  # a line of shade above the table
    seam = graph.math("MAXIMUM", seam, shade * 0.85)
    gloss = float(rng.choice([0.18, 0.4, 0.55]))
    return graph.build_material(
        graph.mix(seam, colour, seam_colour),
        gloss,
        bump_height=1.0 - seam,
        bump_distance=0.0006,
        specular=0.3,
    )
