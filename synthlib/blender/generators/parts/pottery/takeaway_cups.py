"""Takeaway cups: paper cups with lids and sleeves, and travel tumblers; metres."""

import numpy as np

from synthlib.blender.generators.parts.pottery import decorations, drinks, glazes, vessels
from synthlib.blender.modelling import materials, shapes
from synthlib.blender.modelling.colours import jitter_colour, scale_colour, srgb_to_linear
from synthlib.blender.modelling.node_graph import NodeGraph
from synthlib.blender.modelling.shapes import Shape

_PAPERS = "f0eee8 f0eee8 b98a5a 1f4a34 a8231f 2a2522".split()
_PRINTED_DECORATIONS = (
    decorations.plain,
    decorations.plain,
    decorations.bands,
    decorations.badge,
    decorations.zigzag,
)


def paper_cup(rng: np.random.Generator) -> list[Shape]:
    """Build a paper cup: plain, printed or in a sleeve, with a plastic lid or open and full."""
    height = rng.uniform(0.085, 0.135)
    rim_radius = rng.uniform(0.04, 0.046)
    outline = np.linspace((rim_radius * rng.uniform(0.66, 0.76), 0.0), (rim_radius, height), 16)
    base_colour = vessels.choose_colour(rng, _PAPERS)
    ink = vessels.choose_colour(
        rng, glazes.INK_COLOURS if sum(base_colour) > 0.9 else glazes.WHITE_COLOURS
    )
    decoration = _PRINTED_DECORATIONS[rng.integers(len(_PRINTED_DECORATIONS))]
    colours = (base_colour, ink, vessels.choose_colour(rng, glazes.VIVID_COLOURS))
    aspect_ratio = height / (5.5 * rim_radius)
    glaze = glazes.make_glaze(
        rng, decoration, colours, aspect_ratio, inside_colour=srgb_to_linear("e9e5db"), gloss=0.1
    )
    parts = [
        vessels.vessel(outline, 0.0012, 0.006, foot_depth=0.004).with_material(glaze.wall_material)
    ]
    angles = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    rim_section = 0.0022 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + [
        rim_radius,
        height - 0.0005,
    ]
    parts.append(shapes.lathe_closed_section(rim_section).with_material(glaze.handle_material))
    if rng.random() < 0.45:
        parts += _sleeve(rng, outline)
    elif decoration is decorations.plain:
        parts += vessels.printed_text(rng, outline, materials.plain(ink))
    if rng.random() < 0.6:
        return parts + cup_lid(rng, rim_radius, height)
    drink_material = drinks.drink_material(rng, str(rng.choice(drinks.DRINKS)))
    return [
        *parts,
        vessels.liquid_surface(outline, 0.0012, height * rng.uniform(0.8, 0.92)).with_material(
            drink_material
        ),
    ]


def _sleeve(rng: np.random.Generator, outline: np.ndarray) -> list[Shape]:
    """Build corrugated card around the middle, mostly with a word on it."""
    height = outline[-1, 1]
    bottom = rng.uniform(0.2, 0.3) * height
    top = rng.uniform(0.62, 0.75) * height
    bottom_radius, top_radius = (
        float(np.interp(z, outline[:, 1], outline[:, 0])) for z in (bottom, top)
    )
    section = [(bottom_radius - 0.0006, bottom), (bottom_radius + 0.0016, bottom)]
    section += [(top_radius + 0.0016, top), (top_radius - 0.0006, top)]
    colour = vessels.choose_colour(rng, ["a87848", "a87848", "8a5f38", "2a2522", "c9a679"])
    graph = NodeGraph("card")
    mottled = graph.mix(
        graph.noise(0.004, detail=2.0), scale_colour(colour, 0.75), scale_colour(colour, 1.2)
    )
    parts = [
        shapes.lathe_closed_section(section).with_material(
            graph.build_material(mottled, 0.9, specular=0.1)
        )
    ]
    if rng.random() < 0.7:
        ink = materials.plain(jitter_colour(rng, "2b1c12" if sum(colour) > 0.3 else "e8dcc4"))
        parts += vessels.printed_text(rng, outline + np.array([0.0016, 0.0]), ink)
    return parts


def cup_lid(rng: np.random.Generator, rim_radius: float, height: float) -> list[Shape]:
    """Build a moulded lid that grips the rim, with a raised lip and a hole to sip from.

    Args:
        rim_radius: Of the cup, metres.
        height: Of the cup, metres.
    """
    colour = vessels.choose_colour(rng, "1a1a1a efefec efefec 4a2c1c".split())
    rise = rng.uniform(0.009, 0.016)
    lid_radius = rim_radius + 0.0035
    profile = [
        (0.0, -0.004),
        (lid_radius - 0.004, -0.004),
        (lid_radius, -0.0035),
        (lid_radius, 0.002),
    ]
    profile += [
        (lid_radius - 0.002, 0.004),
        (rim_radius - 0.003, 0.005),
        (rim_radius - 0.005, rise),
    ]
    profile += [
        (rim_radius - 0.007, rise),
        (rim_radius - 0.0095, rise - 0.001),
        (rim_radius - 0.012, rise * 0.45),
    ]
    cover = shapes.lathe([*profile, (0.0, rise * 0.45)]).with_material(
        materials.plastic(colour, 0.35)
    )
    hole = shapes.slab(0.009, 0.0035, [(0, 0), (0, 0.0012)], 0.0017)
    hole = hole.with_material(materials.plain((0.01, 0.01, 0.01))).translated(
        y=-(rim_radius - 0.007), z=rise - 0.0008
    )
    return [part.translated(z=height) for part in (cover, hole)]


def travel_tumbler(rng: np.random.Generator) -> list[Shape]:
    """Build a steel or plastic tumbler with a grip band, sometimes a handle, and a lid."""
    height = rng.uniform(0.13, 0.18)
    rim_radius = rng.uniform(0.038, 0.045)
    profile = [(0.78, 0.0), (0.82, 0.02), (0.86, 0.4), (1.0, 0.75), (1.0, 1.0)]
    if rng.random() < 0.4:
        profile = [(0.92, 0.0), (0.97, 0.02), (0.97, 0.5), (1.0, 1.0)]
    outline = vessels.smooth_profile(
        [(radius * rim_radius, z * height) for radius, z in profile], 24
    )
    colour = vessels.choose_colour(rng, glazes.VIVID_COLOURS + glazes.EARTH_COLOURS)
    steel = materials.mirror_metal((0.62, 0.62, 0.63), dullness=rng.uniform(0.1, 0.8))
    wall_material = steel if rng.random() < 0.5 else materials.plastic(colour, 0.35)
    grip_material = materials.rubber(
        vessels.choose_colour(rng, ["1b1b1c", "2a2c30", *glazes.VIVID_COLOURS[:4]])
    )
    band = outline[
        (outline[:, 1] > 0.32 * height) & (outline[:, 1] < rng.uniform(0.5, 0.7) * height)
    ]
    section = np.r_[band - np.array([0.001, 0.0]), band[::-1] + np.array([0.0016, 0.0])]
    parts = [
        vessels.vessel(outline, 0.002, 0.006).with_material(wall_material),
        shapes.lathe_closed_section(section).with_material(grip_material),
    ]
    if rng.random() < 0.5:
        ends, section = (0.86 * height, 0.3 * height), (0.014, 0.007)
        parts.append(
            vessels.bent_handle(outline, "square", *ends, 0.03, section, 0.002).with_material(
                grip_material
            )
        )
    return parts + cup_lid(rng, rim_radius, height)
