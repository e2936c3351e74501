"""The shell of a computer mouse: a dome over an outline, painted by where on the dome it is."""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import NodeGraph

PROFILE_KNOTS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Along a mouse from its palm to its nose."""


@dataclass(frozen=True)
class MouseForm:
    """A dome over an outline; metres, `along` in [-1, 1] from the palm to the buttons."""

    length: float
    width: float
    height: float
    widths: tuple  # shares of the width at KNOTS
    heights: tuple  # shares of the height at KNOTS
    outline_exponent: float  # 2 an ellipse, more a rectangle
    dome_exponent: float  # 2 a dome, more a box
    foot_height: float  # metres, where the dome begins

    def half_width(self, along: np.ndarray) -> np.ndarray:
        """Half the width, metres."""
        return (
            0.5
            * self.width
            * shapes.smooth_interpolation(np.clip(along, -1, 1), PROFILE_KNOTS, self.widths)
        )

    def surface_height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How high the dome is at a point of the table."""
        along = 2 * y / self.length
        away = (
            abs(x / self.half_width(along)) ** self.outline_exponent
            + abs(along) ** self.outline_exponent
        )
        rise = np.sqrt(np.maximum(1.0 - away ** (self.dome_exponent / self.outline_exponent), 0.0))
        crest = self.height * shapes.smooth_interpolation(
            np.clip(along, -1, 1), PROFILE_KNOTS, self.heights
        )
        return self.foot_height + (crest - self.foot_height) * rise

    def flank_x(self, along: np.ndarray, height_share: np.ndarray) -> np.ndarray:
        """How far out the dome is where it has `share` of its crest's height."""
        away = (1.0 - height_share**2) ** (self.outline_exponent / self.dome_exponent) - abs(
            along
        ) ** self.outline_exponent
        return self.half_width(along) * np.maximum(away, 0.01) ** (1 / self.outline_exponent)


def shell_material(
    rng: np.random.Generator,
    kind: str,
    form: MouseForm,
    colours: tuple[Colour, Colour, Colour],
    button_start: float,
    wheel_y: float,
) -> bpy.types.Material:
    """Colours of buttons, strip and flanks, and the dark seams between them.

    tones: of the body, its sides or strip, and what shall be seen; split is along the mouse, where
    the buttons begin, wheel the wheel's y in metres, 0 without one.
    """
    main, second, accent = colours
    graph = NodeGraph("mouse")
    x, y, z = graph.vertex_attribute().components()
    out = abs(x)
    dark, line = scale_colour(second if kind == "slab" else main, 0.12), 0.00095 / form.width
    buttons = kind != "slab" and (kind != "one-piece" or rng.random() < 0.5)
    seam = 0.0 * out
    colour = graph.mix(graph.noise(0.03), scale_colour(main, 0.92), scale_colour(main, 1.06))
    level = rng.uniform(0.35, 0.62)  # of the line between flank and top
    flank = z - y * rng.uniform(-0.12, 0.05) - 0.12 * y * y
    front = y - button_start - rng.uniform(-0.25, 0.15) * x * x
    if buttons and rng.random() < 0.42:  # buttons of another colour than the palm
        colour = graph.mix(front.smoothstep(0.0, 0.01), colour, second)
    if kind in ("slab", "one-piece", "gaming", "ergonomic") or rng.random() < 0.45:
        side = second if second != main else scale_colour(main, 0.5)
        colour = graph.mix(flank.smoothstep(level, level - 0.01), colour, side)
        seam = abs(flank - level).smoothstep(0.022, 0.01)
        if kind != "slab" and rng.random() < 0.4:  # ribs for the thumb
            run = y if rng.random() < 0.5 else 4.0 * z
            ribs = graph.math("SINE", run * rng.uniform(40.0, 70.0)).smoothstep(0.2, 0.5)
            ribs = (
                ribs
                * abs(y - 0.05).smoothstep(0.45, 0.43)
                * flank.smoothstep(level - 0.1, level - 0.12)
            )
            seam = graph.math("MAXIMUM", seam, ribs * 0.7)
    if kind == "gaming" and rng.random() < 0.8:  # lit or painted lines
        run = abs(flank - level - 0.1 - 0.12 * y) if rng.random() < 0.6 else abs(y + 0.55 + x * x)
        colour = graph.mix(run.smoothstep(0.035, 0.025), colour, accent)
    if buttons:
        cross = abs(front).smoothstep(2.2 * line, 1.2 * line)
        cross = cross * flank.smoothstep(level - 0.02, level) if rng.random() < 0.7 else 1.0 * cross
        middle = out.smoothstep(2.6 * line, 1.4 * line) * front.smoothstep(-0.01, 0.01)
        strip = rng.uniform(0.13, 0.24)
        if rng.random() < 0.5 or (kind == "ball" and rng.random() < 0.6):
            long = rng.choice([button_start, -0.9])
            inside = out.smoothstep(strip, strip - 0.015) * y.smoothstep(long - 0.006, long)
            tone = second if rng.random() < 0.75 or kind == "ball" else accent
            colour = graph.mix(inside, colour, tone)
            middle = abs(out - strip).smoothstep(2.4 * line, 1.2 * line) * y.smoothstep(
                long - 0.006, long
            )
        if kind == "ball" or rng.random() < 0.7:
            seam = graph.math("MAXIMUM", seam, cross)
        seam = graph.math("MAXIMUM", seam, middle)
        nose = y.smoothstep(0.9, 0.94) * z.smoothstep(0.42, 0.36)  # below the overhanging buttons
        seam = graph.math("MAXIMUM", seam, nose)
    if wheel_y:
        at, wide = 2 * wheel_y / form.length, rng.uniform(0.13, 0.17)
        long = abs(y - at) * (form.length / form.width) * 0.42
        slot = graph.math("MAXIMUM", out, long).smoothstep(wide, wide - 0.03)
        seam = graph.math("MAXIMUM", seam, slot * z.smoothstep(0.4, 0.45))
    gap = z.smoothstep(0.075, 0.055)  # the line of shade above the table
    seam = graph.math("MAXIMUM", seam, gap * 0.85)
    gloss = float(rng.choice([0.18, 0.4, 0.55]))
    return graph.build_material(
        graph.mix(seam, colour, dark),
        gloss,
        bump_height=1.0 - seam,
        bump_distance=0.0006,
        specular=0.3,
    )
