"""Linear RGB triples in [0, 1], from sRGB codes or drawn."""

import colorsys

import numpy as np

Colour = tuple[float, float, float]


def srgb_to_linear(hex_code: str) -> Colour:
    """The linear colour of an sRGB code such as "ff8000"."""
    shares = np.array([int(hex_code[k : k + 2], 16) for k in (0, 2, 4)]) / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return tuple(linear.tolist())


def jitter_colour(rng: np.random.Generator, hex_code: str, amount: float = 1.0) -> Colour:
    """An sRGB code's linear colour, jittered as batches of one product differ."""
    hue, saturation, value = colorsys.rgb_to_hsv(*srgb_to_linear(hex_code))
    hue += rng.normal(0.0, 0.01 * amount)
    saturation *= np.exp(rng.normal(0.0, 0.08 * amount))
    value *= np.exp(rng.normal(0.0, 0.15 * amount))
    return colorsys.hsv_to_rgb(
        float(hue) % 1.0, min(float(saturation), 1.0), min(float(value), 0.9)
    )


def sample_colour(rng: np.random.Generator, saturation: tuple, value: tuple) -> Colour:
    """A linear colour of any hue, its saturation and value within the given limits."""
    shares = rng.random(), rng.uniform(*saturation), rng.uniform(*value)
    return colorsys.hsv_to_rgb(*(float(share) for share in shares))


def scale_colour(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter, within [0, 1]."""
    return tuple(min(share * factor, 1.0) for share in colour)
