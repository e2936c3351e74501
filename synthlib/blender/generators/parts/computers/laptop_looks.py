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


@dataclass
class _Draft:
    """Proportions and colours while a look is sampled: first common ones, then those of a kind."""

    width: float
    depth_ratio: float
    thickness: float
    lid_thickness: float
    screen_margins: tuple[float, float, float]
    corner: float
    wedge: float
    shell: Colour
    body: Colour
    keys: Colour
    rim: Colour
    classic: bool = False


def sample_look(rng: np.random.Generator, kind: str) -> LaptopLook:
    """Sample the look of a kind of laptop.

    Args:
        kind: "thin", "plastic", "business", "old", "netbook", "gaming" or "tablet".
    """
    draft = _sample_draft(rng)
    _ADJUSTMENTS[kind](rng, draft)
    ink = srgb_to_linear("d8dadc") if sum(draft.keys) < 0.9 else srgb_to_linear("303236")
    accent = sample_colour(rng, (0.7, 0.95), (0.3, 0.85))
    if kind == "gaming":
        ink = accent
    hinge_strip = (
        rng.uniform(0.018, 0.034)
        if kind in ("thin", "tablet", "netbook")
        else rng.uniform(0.026, 0.055)
    )
    deck = Deck(
        width=draft.width,
        depth=draft.depth_ratio * draft.width,
        thickness=draft.thickness,
        hinge_strip=hinge_strip,
        body=draft.body,
        keys=draft.keys,
        ink=ink,
        accent=accent,
        classic=draft.classic,
    )
    return LaptopLook(
        deck=deck,
        lid_thickness=draft.lid_thickness,
        corner=draft.corner,
        screen_margins=draft.screen_margins,
        shell=draft.shell,
        rim=draft.rim,
        metal=kind == "thin" and rng.random() < 0.3,
        wedge=float(draft.wedge),
    )


def _sample_draft(rng: np.random.Generator) -> _Draft:
    """Sample what all kinds start from."""
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
    shell = jitter_colour(rng, str(rng.choice(_PLASTICS)))
    return _Draft(
        width=width,
        depth_ratio=depth_ratio,
        thickness=thickness,
        lid_thickness=lid_thickness,
        screen_margins=screen_margins,
        corner=corner,
        wedge=wedge,
        shell=shell,
        body=shell,
        keys=jitter_colour(rng, "1b1c1e"),
        rim=srgb_to_linear("141517"),
    )


def _thin(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a thin laptop of metal."""
    draft.shell = draft.body = jitter_colour(
        rng, str(rng.choice(_METALS, p=[0.2, 0.2, 0.15, 0.13, 0.1, 0.07, 0.08, 0.07])), 0.6
    )
    draft.thickness = rng.uniform(0.009, 0.014)
    draft.lid_thickness = rng.uniform(0.0045, 0.006)
    draft.screen_margins = (
        rng.uniform(0.005, 0.013),
        rng.uniform(0.008, 0.014),
        rng.uniform(0.01, 0.022),
    )
    draft.rim = draft.rim if rng.random() < 0.75 else draft.body
    draft.keys = (
        draft.keys if rng.random() < 0.7 else scale_colour(draft.body, rng.choice([0.75, 1.15]))
    )


def _plastic(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a consumer's laptop of plastic, plain or colourful."""
    if rng.random() < 0.45:
        draft.shell = sample_colour(rng, (0.4, 0.95), (0.08, 0.7))
    draft.body = (
        draft.shell
        if rng.random() < 0.4
        else jitter_colour(rng, str(rng.choice([*_METALS[:3], "1d1e20", "efefed"])))
    )
    if rng.random() >= 0.6 and sum(draft.body) > 0.6:
        draft.keys = scale_colour(draft.body, 0.8)
    if sum(draft.body) > 2.2 and rng.random() < 0.5:
        draft.keys = draft.rim = jitter_colour(rng, "efefed")
    draft.classic = rng.random() < 0.3


def _business(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a dark, angular business laptop."""
    draft.shell = draft.body = jitter_colour(
        rng, str(rng.choice(["1a1b1d", "232426", "2c2d30", "3a3c40"]))
    )
    draft.thickness = rng.uniform(0.022, 0.034)
    draft.lid_thickness = rng.uniform(0.009, 0.014)
    draft.corner = rng.uniform(0.002, 0.007)
    draft.screen_margins = (rng.uniform(0.014, 0.024), rng.uniform(0.016, 0.024), 0.03)
    draft.depth_ratio = rng.uniform(0.68, 0.8)
    draft.keys = scale_colour(draft.body, 0.7)
    draft.rim = scale_colour(draft.body, 0.9)
    draft.classic = rng.random() < 0.75


def _old(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a thick laptop of the nineties."""
    draft.shell = draft.body = jitter_colour(rng, str(rng.choice(_OLD_CASE_COLOURS)))
    draft.thickness = rng.uniform(0.032, 0.045)
    draft.lid_thickness = rng.uniform(0.014, 0.02)
    draft.width = rng.uniform(0.28, 0.32)
    draft.screen_margins = tuple(rng.uniform([0.025, 0.02, 0.03], [0.042, 0.03, 0.045]))
    draft.depth_ratio = rng.uniform(0.74, 0.82)
    draft.keys = scale_colour(draft.body, rng.choice([0.5, 0.8]))
    draft.rim = scale_colour(draft.body, 0.92)
    draft.classic = True


def _netbook(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a small netbook."""
    draft.width = rng.uniform(0.245, 0.27)
    draft.depth_ratio = rng.uniform(0.64, 0.7)
    draft.thickness = rng.uniform(0.02, 0.028)
    draft.shell = sample_colour(rng, (0.0, 0.95), (0.1, 0.85))
    draft.body = (draft.shell, srgb_to_linear("18191b"), srgb_to_linear("efefed"))[rng.integers(3)]
    draft.screen_margins = (0.018, 0.016, 0.026)
    draft.keys = draft.keys if sum(draft.body) < 1.5 else jitter_colour(rng, "efefed")


def _gaming(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a dark, wide gaming laptop."""
    draft.shell = draft.body = jitter_colour(rng, str(rng.choice(["141517", "1d1e21", "2a2c30"])))
    draft.thickness = rng.uniform(0.022, 0.03)
    draft.width = rng.uniform(0.36, 0.41)
    draft.corner = 0.004


def _tablet(rng: np.random.Generator, draft: _Draft) -> None:
    """Turn a draft into a tablet with a keyboard cover."""
    draft.width = rng.uniform(0.27, 0.3)
    draft.thickness = 0.005
    draft.lid_thickness = rng.uniform(0.008, 0.01)
    draft.wedge = 0.0
    draft.shell = jitter_colour(rng, str(rng.choice(["b8bbbf", "2c2e32"])))
    draft.body = sample_colour(rng, (0.0, 0.8), (0.05, 0.4))
    draft.keys = scale_colour(draft.body, 0.7)
    draft.screen_margins = (0.012, 0.012, 0.012)


_ADJUSTMENTS = {
    "thin": _thin,
    "plastic": _plastic,
    "business": _business,
    "old": _old,
    "netbook": _netbook,
    "gaming": _gaming,
    "tablet": _tablet,
}
