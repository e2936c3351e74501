"""What laptops look like: proportions and colours of seven kinds, from thin ones to tablets."""

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
    """A laptop's proportions and colours; metres."""

    deck: Deck
    lid_thickness: float  # its thickness
    corner: float
    screen_margins: tuple[float, float, float]  # beside, above and below the screen
    shell: Colour  # of the lid's back
    rim: Colour  # round the screen
    metal: bool
    wedge: float  # share of the thickness lost towards the front


def sample_look(rng: np.random.Generator, kind: str) -> LaptopLook:
    """A kind of laptop."""
    width = float(rng.choice([0.3, 0.325, 0.36, 0.38], p=[0.25, 0.25, 0.3, 0.2]))
    share, thick, lid = (
        rng.uniform(0.64, 0.72),
        rng.uniform(0.016, 0.024),
        rng.uniform(0.006, 0.009),
    )
    rims = (rng.uniform(0.008, 0.018), rng.uniform(0.012, 0.022), rng.uniform(0.018, 0.03))
    corner, wedge, classic = (
        rng.uniform(0.006, 0.014),
        rng.choice([0.0, rng.uniform(0.15, 0.4)]),
        False,
    )
    shell = jitter_colour(rng, str(rng.choice(_PLASTICS)))
    body, keys, rim = shell, jitter_colour(rng, "1b1c1e"), srgb_to_linear("141517")
    if kind == "thin":
        shell = body = jitter_colour(
            rng, str(rng.choice(_METALS, p=[0.2, 0.2, 0.15, 0.13, 0.1, 0.07, 0.08, 0.07])), 0.6
        )
        thick, lid = rng.uniform(0.009, 0.014), rng.uniform(0.0045, 0.006)
        rims = (rng.uniform(0.005, 0.013), rng.uniform(0.008, 0.014), rng.uniform(0.01, 0.022))
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
        keys = keys if rng.random() < 0.6 else scale_colour(body, 0.8) if sum(body) > 0.6 else keys
        if sum(body) > 2.2 and rng.random() < 0.5:
            keys = rim = jitter_colour(rng, "efefed")
        classic = rng.random() < 0.3
    elif kind == "business":
        shell = body = jitter_colour(rng, str(rng.choice(["1a1b1d", "232426", "2c2d30", "3a3c40"])))
        thick, lid, corner = (
            rng.uniform(0.022, 0.034),
            rng.uniform(0.009, 0.014),
            rng.uniform(0.002, 0.007),
        )
        rims, share = (
            (rng.uniform(0.014, 0.024), rng.uniform(0.016, 0.024), 0.03),
            rng.uniform(0.68, 0.8),
        )
        keys, rim, classic = scale_colour(body, 0.7), scale_colour(body, 0.9), rng.random() < 0.75
    elif kind == "old":
        shell = body = jitter_colour(rng, str(rng.choice(_OLD_CASE_COLOURS)))
        thick, lid, width = (
            rng.uniform(0.032, 0.045),
            rng.uniform(0.014, 0.02),
            rng.uniform(0.28, 0.32),
        )
        rims, share = (
            tuple(rng.uniform([0.025, 0.02, 0.03], [0.042, 0.03, 0.045])),
            rng.uniform(0.74, 0.82),
        )
        keys, rim, classic = (
            scale_colour(body, rng.choice([0.5, 0.8])),
            scale_colour(body, 0.92),
            True,
        )
    elif kind == "netbook":
        width, share, thick = (
            rng.uniform(0.245, 0.27),
            rng.uniform(0.64, 0.7),
            rng.uniform(0.02, 0.028),
        )
        shell = sample_colour(rng, (0.0, 0.95), (0.1, 0.85))
        body, rims = (
            (shell, srgb_to_linear("18191b"), srgb_to_linear("efefed"))[rng.integers(3)],
            (0.018, 0.016, 0.026),
        )
        keys = keys if sum(body) < 1.5 else jitter_colour(rng, "efefed")
    elif kind == "gaming":
        shell = body = jitter_colour(rng, str(rng.choice(["141517", "1d1e21", "2a2c30"])))
        thick, width, corner = rng.uniform(0.022, 0.03), rng.uniform(0.36, 0.41), 0.004
    elif kind == "tablet":
        width, thick, lid, wedge = rng.uniform(0.27, 0.3), 0.005, rng.uniform(0.008, 0.01), 0.0
        shell, body = (
            jitter_colour(rng, str(rng.choice(["b8bbbf", "2c2e32"]))),
            sample_colour(rng, (0.0, 0.8), (0.05, 0.4)),
        )
        keys, rims = scale_colour(body, 0.7), (0.012, 0.012, 0.012)
    ink = srgb_to_linear("d8dadc") if sum(keys) < 0.9 else srgb_to_linear("303236")
    accent = sample_colour(rng, (0.7, 0.95), (0.3, 0.85))
    if kind == "gaming":
        ink = accent
    strip = (
        rng.uniform(0.018, 0.034)
        if kind in ("thin", "tablet", "netbook")
        else rng.uniform(0.026, 0.055)
    )
    deck = Deck(width, share * width, thick, strip, body, keys, ink, accent, bool(classic))
    metal = kind == "thin" and rng.random() < 0.3
    return LaptopLook(deck, lid, corner, rims, shell, rim, metal, float(wedge))
