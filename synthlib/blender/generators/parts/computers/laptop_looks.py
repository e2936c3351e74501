"""Proportions and colours of seven kinds of laptop, from thin ones to tablets; metres."""

from dataclasses import dataclass

import numpy as np

from synthlib.blender.generators.parts.computers.laptop_deck import Deck
from synthlib.blender.modelling.colours import (
    Colour,
    jitter_colour,
    sample_colour,
    scale_colour,
    srgb_to_linear,
)

_METALS = ("c4c7ca", "d2d4d6", "b4b7bb", "6a6d72", "46484d", "d8c4a8", "d8b8b0", "2c3440")
_PLASTICS = ("1d1e20", "26282b", "303236", "d8dadc", "8d9196", "f0f0ee", "b4b7bb")
_OLD_CASE_COLOURS = ("3a3b3c", "2a2b2e", "c8c2b2", "a8a49a", "55585c", "d4d0c4")


@dataclass(frozen=True)
class LaptopLook:
    """Proportions and colours of a laptop; lengths in metres.

    Attributes:
        screen_margins: Beside, above and below the screen.
        shell: Colour of the lid's back.
        rim: Colour around the screen.
        metal: The case is of metal, not plastic.
        wedge: Share of the thickness lost towards the front.
    """

    deck: Deck
    lid_thickness: float
    corner: float
    screen_margins: tuple[float, float, float]
    shell: Colour
    rim: Colour
    metal: bool
    wedge: float


def sample_look(rng: np.random.Generator, kind: str) -> LaptopLook:
    """Sample the look of a kind of laptop.

    Args:
        kind: "thin", "plastic", "business", "old", "netbook", "gaming" or "tablet".
    """
    width = float(rng.choice([0.3, 0.325, 0.36, 0.38], p=[0.25, 0.25, 0.3, 0.2]))
    depth_ratio = rng.uniform(0.64, 0.72)
    thickness = rng.uniform(0.016, 0.024)
    lid_thickness = rng.uniform(0.006, 0.009)
    screen_margins = (
        rng.uniform(0.008, 0.018),
        rng.uniform(0.012, 0.022),
        rng.uniform(0.018, 0.03),
    )
    corner = rng.uniform(0.006, 0.014)
    wedge = rng.choice([0.0, rng.uniform(0.15, 0.4)])
    classic = False
    shell = jitter_colour(rng, str(rng.choice(_PLASTICS)))
    body = shell
    keys = jitter_colour(rng, "1b1c1e")
    rim = srgb_to_linear("141517")
    if kind == "thin":
        shell = body = jitter_colour(
            rng, str(rng.choice(_METALS, p=[0.2, 0.2, 0.15, 0.13, 0.1, 0.07, 0.08, 0.07])), 0.6
        )
        thickness = rng.uniform(0.009, 0.014)
        lid_thickness = rng.uniform(0.0045, 0.006)
        screen_margins = (
            rng.uniform(0.005, 0.013),
            rng.uniform(0.008, 0.014),
            rng.uniform(0.01, 0.022),
        )
        rim = rim if rng.random() < 0.75 else body
        keys = keys if rng.random() < 0.7 else scale_colour(body, rng.choice([0.75, 1.15]))
    elif kind == "plastic":
        if rng.random() < 0.45:
            shell = sample_colour(rng, (0.4, 0.95), (0.08, 0.7))
        body = (
            shell
            if rng.random() < 0.4
            else jitter_colour(rng, str(rng.choice([*_METALS[:3], "1d1e20", "efefed"])))
        )
        if rng.random() >= 0.6 and sum(body) > 0.6:
            keys = scale_colour(body, 0.8)
        if sum(body) > 2.2 and rng.random() < 0.5:
            keys = rim = jitter_colour(rng, "efefed")
        classic = rng.random() < 0.3
    elif kind == "business":
        shell = body = jitter_colour(rng, str(rng.choice(["1a1b1d", "232426", "2c2d30", "3a3c40"])))
        thickness = rng.uniform(0.022, 0.034)
        lid_thickness = rng.uniform(0.009, 0.014)
        corner = rng.uniform(0.002, 0.007)
        screen_margins = (rng.uniform(0.014, 0.024), rng.uniform(0.016, 0.024), 0.03)
        depth_ratio = rng.uniform(0.68, 0.8)
        keys = scale_colour(body, 0.7)
        rim = scale_colour(body, 0.9)
        classic = rng.random() < 0.75
    elif kind == "old":
        shell = body = jitter_colour(rng, str(rng.choice(_OLD_CASE_COLOURS)))
        thickness = rng.uniform(0.032, 0.045)
        lid_thickness = rng.uniform(0.014, 0.02)
        width = rng.uniform(0.28, 0.32)
        screen_margins = tuple(rng.uniform([0.025, 0.02, 0.03], [0.042, 0.03, 0.045]))
        depth_ratio = rng.uniform(0.74, 0.82)
        keys = scale_colour(body, rng.choice([0.5, 0.8]))
        rim = scale_colour(body, 0.92)
        classic = True
    elif kind == "netbook":
        width = rng.uniform(0.245, 0.27)
        depth_ratio = rng.uniform(0.64, 0.7)
        thickness = rng.uniform(0.02, 0.028)
        shell = sample_colour(rng, (0.0, 0.95), (0.1, 0.85))
        body = (shell, srgb_to_linear("18191b"), srgb_to_linear("efefed"))[rng.integers(3)]
        screen_margins = (0.018, 0.016, 0.026)
        keys = keys if sum(body) < 1.5 else jitter_colour(rng, "efefed")
    elif kind == "gaming":
        shell = body = jitter_colour(rng, str(rng.choice(["141517", "1d1e21", "2a2c30"])))
        thickness = rng.uniform(0.022, 0.03)
        width = rng.uniform(0.36, 0.41)
        corner = 0.004
    elif kind == "tablet":
        width = rng.uniform(0.27, 0.3)
        thickness = 0.005
        lid_thickness = rng.uniform(0.008, 0.01)
        wedge = 0.0
        shell = jitter_colour(rng, str(rng.choice(["b8bbbf", "2c2e32"])))
        body = sample_colour(rng, (0.0, 0.8), (0.05, 0.4))
        keys = scale_colour(body, 0.7)
        screen_margins = (0.012, 0.012, 0.012)
    ink = srgb_to_linear("d8dadc") if sum(keys) < 0.9 else srgb_to_linear("303236")
    accent = sample_colour(rng, (0.7, 0.95), (0.3, 0.85))
    if kind == "gaming":
        ink = accent
    hinge_strip = (
        rng.uniform(0.018, 0.034)
        if kind in ("thin", "tablet", "netbook")
        else rng.uniform(0.026, 0.055)
    )
    deck = Deck(
        width, depth_ratio * width, thickness, hinge_strip, body, keys, ink, accent, bool(classic)
    )
    is_metal = kind == "thin" and rng.random() < 0.3
    return LaptopLook(
        deck, lid_thickness, corner, screen_margins, shell, rim, is_metal, float(wedge)
    )
