"""Cups to take away: of paper, with lids and sleeves, and tumblers for the way to work."""

import numpy as np

from synthlib.blender import materials, shapes
from synthlib.blender.colours import scaled, srgb, tinted
from synthlib.blender.graphs import Graph
from synthlib.blender.parts import drinks, glazes, painting, reflections, tableware
from synthlib.blender.shapes import Shape

_PAPERS = "f0eee8 f0eee8 b98a5a 1f4a34 a8231f 2a2522".split()
_PRINTS = (painting.plain, painting.plain, painting.bands, painting.badge, painting.zigzag)


def paper(rng: np.random.Generator) -> list[Shape]:
    """A paper cup: plain, printed or in a sleeve, with a plastic lid or open and full."""
    height, top = rng.uniform(0.085, 0.135), rng.uniform(0.04, 0.046)
    outline = np.linspace((top * rng.uniform(0.66, 0.76), 0.0), (top, height), 16)
    base = tableware.coloured(rng, _PAPERS)
    ink = tableware.coloured(rng, glazes.INKS if sum(base) > 0.9 else glazes.WHITES)
    painter = _PRINTS[rng.integers(len(_PRINTS))]
    tones, tall = (base, ink, tableware.coloured(rng, glazes.VIVID)), height / (5.5 * top)
    card = glazes.glaze(rng, painter, tones, tall, inside=srgb("e9e5db"), gloss=0.1)
    parts = [tableware.vessel(outline, 0.0012, 0.006, foot=0.004).of(card.wall)]
    turns = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    roll = 0.0022 * np.stack([np.cos(turns), np.sin(turns)], axis=1) + [top, height - 0.0005]
    parts.append(shapes.ring(roll).of(card.plain))
    if rng.random() < 0.45:
        parts += _sleeve(rng, outline)
    elif painter is painting.plain:
        parts += tableware.printed(rng, outline, materials.plain(ink))
    if rng.random() < 0.6:
        return parts + lid(rng, top, height)
    drink = drinks.drink(rng, str(rng.choice(drinks.DRINKS)))
    return [*parts, tableware.liquid(outline, 0.0012, height * rng.uniform(0.8, 0.92)).of(drink)]


def _sleeve(rng: np.random.Generator, outline: np.ndarray) -> list[Shape]:
    """Corrugated card around the middle, mostly with a word on it."""
    height = outline[-1, 1]
    low, high = rng.uniform(0.2, 0.3) * height, rng.uniform(0.62, 0.75) * height
    one, two = (float(np.interp(z, outline[:, 1], outline[:, 0])) for z in (low, high))
    section = [(one - 0.0006, low), (one + 0.0016, low)]
    section += [(two + 0.0016, high), (two - 0.0006, high)]
    colour = tableware.coloured(rng, ["a87848", "a87848", "8a5f38", "2a2522", "c9a679"])
    graph = Graph("card")
    tone = graph.mix(graph.noise(0.004, detail=2.0), scaled(colour, 0.75), scaled(colour, 1.2))
    parts = [shapes.ring(section).of(graph.finish(tone, 0.9, specular=0.1))]
    if rng.random() < 0.7:
        ink = materials.plain(tinted(rng, "2b1c12" if sum(colour) > 0.3 else "e8dcc4"))
        parts += tableware.printed(rng, outline + np.array([0.0016, 0.0]), ink)
    return parts


def lid(rng: np.random.Generator, top: float, height: float) -> list[Shape]:
    """A moulded lid that grips the rim, its raised lip with a hole to sip from."""
    colour = tableware.coloured(rng, "1a1a1a efefec efefec 4a2c1c".split())
    rise, wide = rng.uniform(0.009, 0.016), top + 0.0035
    profile = [(0.0, -0.004), (wide - 0.004, -0.004), (wide, -0.0035), (wide, 0.002)]
    profile += [(wide - 0.002, 0.004), (top - 0.003, 0.005), (top - 0.005, rise)]
    profile += [(top - 0.007, rise), (top - 0.0095, rise - 0.001), (top - 0.012, rise * 0.45)]
    cover = shapes.lathe([*profile, (0.0, rise * 0.45)]).of(materials.plastic(colour, 0.35))
    hole = shapes.slab(0.009, 0.0035, [(0, 0), (0, 0.0012)], 0.0017)
    hole = hole.of(materials.plain((0.01, 0.01, 0.01))).moved(y=-(top - 0.007), z=rise - 0.0008)
    return [part.moved(z=height) for part in (cover, hole)]


def tumbler(rng: np.random.Generator) -> list[Shape]:
    """Of steel or plastic, with a band to hold it by, sometimes a handle, and a lid."""
    height, top = rng.uniform(0.13, 0.18), rng.uniform(0.038, 0.045)
    shares = [(0.78, 0.0), (0.82, 0.02), (0.86, 0.4), (1.0, 0.75), (1.0, 1.0)]
    if rng.random() < 0.4:
        shares = [(0.92, 0.0), (0.97, 0.02), (0.97, 0.5), (1.0, 1.0)]
    outline = tableware.curve([(r * top, z * height) for r, z in shares], 24)
    colour = tableware.coloured(rng, glazes.VIVID + glazes.EARTH)
    steel = reflections.mirror((0.62, 0.62, 0.63), dull=rng.uniform(0.1, 0.8))
    skin = steel if rng.random() < 0.5 else materials.plastic(colour, 0.35)
    grip = materials.rubber(tableware.coloured(rng, ["1b1b1c", "2a2c30", *glazes.VIVID[:4]]))
    band = outline[
        (outline[:, 1] > 0.32 * height) & (outline[:, 1] < rng.uniform(0.5, 0.7) * height)
    ]
    section = np.r_[band - np.array([0.001, 0.0]), band[::-1] + np.array([0.0016, 0.0])]
    parts = [tableware.vessel(outline, 0.002, 0.006).of(skin), shapes.ring(section).of(grip)]
    if rng.random() < 0.5:
        ends, section = (0.86 * height, 0.3 * height), (0.014, 0.007)
        parts.append(tableware.handle(outline, "square", *ends, 0.03, section, 0.002).of(grip))
    return parts + lid(rng, top, height)
