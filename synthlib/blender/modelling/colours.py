"""Linear RGB colours, from hexadecimal sRGB codes or sampled.

A colour is a triple of floats in [0, 1]. Hue, saturation and value (HSV) are those of the linear
triple.
"""

import colorsys

import numpy as np

Colour = tuple[float, float, float]


def srgb_to_linear(hex_code: str) -> Colour:
    """Convert an sRGB code such as "ff8000" into a linear colour (IEC 61966-2-1)."""
    encoded = np.array([int(hex_code[k : k + 2], 16) for k in (0, 2, 4)]) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return tuple(linear.tolist())


def jitter_colour(rng: np.random.Generator, hex_code: str, amount: float = 1.0) -> Colour:
    """Sample a colour near an sRGB code, as batches of one product differ.

    Args:
        rng: Source of every random draw.
        hex_code: Six hexadecimal digits.
        amount: Factor on the standard deviations of hue, saturation and value.
    """
    hue, saturation, value = colorsys.rgb_to_hsv(*srgb_to_linear(hex_code))
    hue += rng.normal(0.0, 0.01 * amount)
    saturation *= np.exp(rng.normal(0.0, 0.08 * amount))
    value *= np.exp(rng.normal(0.0, 0.15 * amount))
    return colorsys.hsv_to_rgb(
        float(hue) % 1.0, min(float(saturation), 1.0), min(float(value), 0.9)
    )


def sample_colour(rng: np.random.Generator, saturation: tuple, value: tuple) -> Colour:
    """Sample a colour of any hue, with saturation and value within the given (low, high)."""
    hsv = rng.random(), rng.uniform(*saturation), rng.uniform(*value)
    return colorsys.hsv_to_rgb(*(float(component) for component in hsv))


def scale_colour(colour: Colour, factor: float) -> Colour:
    """Multiply a colour by a factor and clip it at 1."""
    return tuple(min(component * factor, 1.0) for component in colour)
