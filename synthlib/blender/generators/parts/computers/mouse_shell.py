"""The shell of a computer mouse: a dome over an outline, and the material that paints it.

x to the right, y from the palm to the buttons, z up; metres.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from synthlib.blender.modelling import shapes
from synthlib.blender.modelling.colours import Colour, scale_colour
from synthlib.blender.modelling.node_graph import Field, NodeGraph

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


@dataclass
class _ShellPaint:
    """State of a shell's material while it is painted.

    Attributes:
        x: Position over half the width; `y` over half the length; `z` over the height.
        flank_height: Height above the table, tilted as the line between flank and top.
        flank_level: Value of `flank_height` on that line.
        from_buttons: Distance along the mouse from the front edge of the palm, positive on buttons.
        line_width: Width of a seam.
        colour: Colour so far.
        seam: Mask of the dark seams so far.
    """

    graph: NodeGraph
    x: Field
    y: Field
    z: Field
    flank_height: Field
    flank_level: float
    from_buttons: Field
    line_width: float
    colour: Field
    seam: Field

    def add_seam(self, mask: Field) -> None:
        """Add a mask to the seams."""
        self.seam = self.graph.math("MAXIMUM", self.seam, mask)


def shell_material(
    rng: np.random.Generator,
    kind: str,
    form: MouseForm,
    colours: tuple[Colour, Colour, Colour],
    button_start: float,
    wheel_y: float,
    *,
    painted_buttons: bool = True,
) -> bpy.types.Material:
    """Return the shell's material: buttons, strip and flanks, and the dark seams between them.

    It reads (x, y, z) over half the width, half the length and the height from the vertex
    attribute.

    Args:
        colours: Of the body, of its sides or strip, and the accent.
        button_start: Position along the mouse at which the buttons begin, in [-1, 1].
        wheel_y: y of the wheel, metres; 0 without a wheel.
        painted_buttons: Paint buttons with seams; else the front has plates of its own.
    """
    main, second, accent = colours
    graph = NodeGraph("mouse")
    x, y, z = graph.vertex_attribute().components()
    lateral = abs(x)
    seam_colour = scale_colour(second if kind == "slab" else main, 0.12)
    has_buttons = (
        painted_buttons
        and kind not in ("slab", "trackball")
        and (kind != "one-piece" or rng.random() < 0.5)
    )
    seam = 0.0 * lateral
    colour = graph.mix(graph.noise(0.03), scale_colour(main, 0.92), scale_colour(main, 1.06))
    if kind in ("office", "travel", "gaming", "ergonomic") and rng.random() < 0.16:
        colour = _printed_pattern(rng, graph, (x, y), (main, second, accent))
    flank_level = rng.uniform(0.35, 0.62)
    flank_height = z - y * rng.uniform(-0.12, 0.05) - 0.12 * y * y
    from_buttons = y - button_start - rng.uniform(-0.25, 0.15) * x * x
    paint = _ShellPaint(
        graph=graph,
        x=x,
        y=y,
        z=z,
        flank_height=flank_height,
        flank_level=flank_level,
        from_buttons=from_buttons,
        line_width=0.00095 / form.width,
        colour=colour,
        seam=seam,
    )
    if has_buttons and rng.random() < 0.42:  # buttons of another colour than the palm
        paint.colour = graph.mix(from_buttons.smoothstep(0.0, 0.01), colour, second)
    if kind in ("slab", "one-piece", "gaming", "ergonomic") or rng.random() < 0.45:
        side_colour = second if second != main else scale_colour(main, 0.5)
        _paint_flanks(rng, paint, side_colour, may_have_ribs=kind != "slab")
    if kind == "gaming" and rng.random() < 0.8:  # lit or painted lines
        stripe_coordinate = (
            abs(flank_height - flank_level - 0.1 - 0.12 * y)
            if rng.random() < 0.6
            else abs(y + 0.55 + x * x)
        )
        paint.colour = graph.mix(stripe_coordinate.smoothstep(0.035, 0.025), paint.colour, accent)
    if has_buttons:
        _paint_button_seams(rng, paint, lateral, kind, button_start, (second, accent))
    if wheel_y:
        wheel_position = 2 * wheel_y / form.length
        slot_width = rng.uniform(0.13, 0.17)
        from_wheel = abs(y - wheel_position) * (form.length / form.width) * 0.42
        slot = graph.math("MAXIMUM", lateral, from_wheel).smoothstep(slot_width, slot_width - 0.03)
        paint.add_seam(slot * z.smoothstep(0.4, 0.45))
    shade = z.smoothstep(0.075, 0.055)  # a line of shade above the table
    paint.add_seam(shade * 0.85)
    gloss = float(rng.choice([0.18, 0.4, 0.55]))
    return graph.build_material(
        graph.mix(paint.seam, paint.colour, seam_colour),
        gloss,
        bump_height=1.0 - paint.seam,
        bump_distance=0.0006,
        specular=0.3,
    )


def _printed_pattern(
    rng: np.random.Generator,
    graph: NodeGraph,
    position: tuple[Field, Field],
    colours: tuple[Colour, Colour, Colour],
) -> Field:
    """Return a pattern printed all over: stripes, blots, dots, flowers, rings or woven carbon."""
    x, y = position
    main, second, accent = colours
    other = accent if second == main or rng.random() < 0.6 else second
    kind = str(rng.choice(["stripes", "blots", "dots", "rings", "carbon", "fade"]))
    dots = graph.voronoi_distance(float(rng.uniform(0.008, 0.016)))
    slant = float(rng.uniform(-1.5, 1.5))
    mask = {
        "stripes": graph.math("SINE", (y + x * slant) * 14.0).smoothstep(0.2, 0.35),
        "blots": graph.noise(0.02, detail=3.0).smoothstep(0.5, 0.53),
        "dots": dots.smoothstep(0.36, 0.32),
        "rings": graph.math("SINE", dots * 24.0).smoothstep(0.0, 0.3),
        "carbon": (graph.math("SINE", x * 60.0) * graph.math("SINE", y * 90.0)).smoothstep(0, 0.2),
        "fade": (y + graph.noise(0.03) * 0.4).smoothstep(-0.5, 0.8),
    }[kind]
    return graph.mix(mask, main, scale_colour(main, 0.4) if kind == "carbon" else other)


def _paint_flanks(
    rng: np.random.Generator, paint: _ShellPaint, colour: Colour, *, may_have_ribs: bool
) -> None:
    """Paint the flanks in a colour, with a seam along their upper edge, and ribs for the thumb."""
    graph, y, z = paint.graph, paint.y, paint.z
    flank_height, flank_level = paint.flank_height, paint.flank_level
    paint.colour = graph.mix(
        flank_height.smoothstep(flank_level, flank_level - 0.01), paint.colour, colour
    )
    paint.seam = abs(flank_height - flank_level).smoothstep(0.022, 0.01)
    if may_have_ribs and rng.random() < 0.4:
        stripe_coordinate = y if rng.random() < 0.5 else 4.0 * z
        ribs = graph.math("SINE", stripe_coordinate * rng.uniform(40.0, 70.0)).smoothstep(0.2, 0.5)
        ribs = (
            ribs
            * abs(y - 0.05).smoothstep(0.45, 0.43)
            * flank_height.smoothstep(flank_level - 0.1, flank_level - 0.12)
        )
        paint.add_seam(ribs * 0.7)


def _paint_button_seams(
    rng: np.random.Generator,
    paint: _ShellPaint,
    lateral: Field,
    kind: str,
    button_start: float,
    strip_colours: tuple[Colour, Colour],
) -> None:
    """Paint the seams between the buttons, the palm and a strip in the middle, if there is one."""
    y, z = paint.y, paint.z
    line_width, flank_level = paint.line_width, paint.flank_level
    front_seam = abs(paint.from_buttons).smoothstep(2.2 * line_width, 1.2 * line_width)
    front_seam = (
        front_seam * paint.flank_height.smoothstep(flank_level - 0.02, flank_level)
        if rng.random() < 0.7
        else 1.0 * front_seam
    )
    middle_seam = lateral.smoothstep(2.6 * line_width, 1.4 * line_width)
    middle_seam = middle_seam * paint.from_buttons.smoothstep(-0.01, 0.01)
    strip_width = rng.uniform(0.13, 0.24)
    if rng.random() < 0.5 or (kind == "ball" and rng.random() < 0.6):
        strip_start = rng.choice([button_start, -0.9])
        strip_mask = lateral.smoothstep(strip_width, strip_width - 0.015) * y.smoothstep(
            strip_start - 0.006, strip_start
        )
        second, accent = strip_colours
        strip_colour = second if rng.random() < 0.75 or kind == "ball" else accent
        paint.colour = paint.graph.mix(strip_mask, paint.colour, strip_colour)
        middle_seam = abs(lateral - strip_width).smoothstep(2.4 * line_width, 1.2 * line_width)
        middle_seam = middle_seam * y.smoothstep(strip_start - 0.006, strip_start)
    if kind == "ball" or rng.random() < 0.7:
        paint.add_seam(front_seam)
    paint.add_seam(middle_seam)
    # The shade below the overhanging buttons.
    paint.add_seam(y.smoothstep(0.9, 0.94) * z.smoothstep(0.42, 0.36))
