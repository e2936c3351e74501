"""Pictures on screens: landscapes, the sea, towns at night, space, flowers, faces, gradients.

A picture is a function of (u, v), float arrays (N,) in [0, 1], v upward; it returns linear RGB
colours, float (N, 3). Values may exceed 1; callers clip them.
"""

from collections.abc import Callable

import numpy as np

from synthlib.blender.modelling.colours import jitter_colour, sample_colour, srgb_to_linear

Picture = Callable[[np.ndarray, np.ndarray], np.ndarray]


def sample_picture(rng: np.random.Generator) -> Picture:
    """Sample a picture of any kind."""
    kinds = (_gradient, _swirl, _hills, _hills, _sea, _skyline, _space, _flower, portrait)
    return kinds[rng.integers(len(kinds))](rng)


def _mix_colours(factor: np.ndarray, one: object, two: object) -> np.ndarray:
    """Blend two colours: `one` where the factor is 0, `two` where it is 1.

    Args:
        factor: Float (N,), clipped to [0, 1].
        one: A colour, or an array (N, 3).
        two: A colour, or an array (N, 3).
    """
    factor = np.clip(factor, 0.0, 1.0)[:, None]
    return (1 - factor) * np.array(one) + factor * np.array(two)


def _sample_light_colour(rng: np.random.Generator) -> np.ndarray:
    """Sample a colour of medium to high value, float (3,)."""
    return np.array(sample_colour(rng, (0.2, 0.9), (0.25, 0.9)))


def _random_waves(
    rng: np.random.Generator, min_waves: float, max_waves: float, count: int = 5
) -> Picture:
    """Sample a smooth random field with values in about [-1, 1].

    Args:
        min_waves: Least number of waves across the picture.
        max_waves: Largest number of waves.
        count: Number of sine waves to sum.
    """
    angles, phase = rng.uniform(0, 2 * np.pi, (2, count))
    frequencies = 2 * np.pi * rng.uniform(min_waves, max_waves, count)
    wave_vectors = np.stack([np.cos(angles), np.sin(angles)]) * frequencies
    return lambda u, v: (
        np.sin(np.stack([u, v], axis=1) @ wave_vectors + phase).sum(axis=1) / count**0.5
    )


def _gradient(rng: np.random.Generator) -> Picture:
    """Sample a gradient between two colours, with soft discs of light."""
    one = _sample_light_colour(rng)
    two = _sample_light_colour(rng) * rng.uniform(0.2, 1.0)
    angle = rng.uniform(0, 2 * np.pi)
    discs = rng.uniform(0.0, 1.0, (rng.integers(0, 7), 3))

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = _mix_colours(
            0.5 + (u - 0.5) * np.cos(angle) + (v - 0.5) * np.sin(angle), one, two
        )
        for x, y, size in discs:
            distance = np.hypot(1.6 * (u - x), v - y)
            colours += 0.15 * (1.0 / (1.0 + np.exp((distance - 0.3 * size) * 60)))[:, None]
        return colours

    return paint


def _swirl(rng: np.random.Generator) -> Picture:
    """Sample warped bands of three colours."""
    one = _sample_light_colour(rng)
    two = _sample_light_colour(rng)
    three = _sample_light_colour(rng) * 0.3
    field = _random_waves(rng, 0.2, 0.8)
    warp = _random_waves(rng, 0.4, 1.2)
    bands = rng.uniform(1.0, 3.5)

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        share = 0.5 + 0.5 * np.sin(bands * (field(u, v) * 1.8 + warp(v, u)))
        return _mix_colours(field(u, v), _mix_colours(share, one, two), three)

    return paint


def _hills(rng: np.random.Generator) -> Picture:
    """Sample ridges in front of a sky, with clouds and in some pictures a sun."""
    zenith, haze = (
        ("2a62b8", "b8d4ea"),
        ("16284a", "e88a4a"),
        ("6a9cd8", "f0e6d0"),
        ("3a2a5a", "e0708a"),
        ("8a98a8", "d8dce0"),
    )[rng.integers(5)]
    zenith = np.array(jitter_colour(rng, zenith))
    haze = np.array(jitter_colour(rng, haze))
    ground = ("3a7a24", "2a4a2c", "b88a4a", "2a2e3c", "6a8a2a", "e8ecf0")[rng.integers(6)]
    ground = np.array(jitter_colour(rng, ground, 1.5))
    count = int(rng.integers(1, 5))
    ridge_levels = np.sort(rng.uniform(0.1, 0.6, count))[::-1]
    ridges = [_random_waves(rng, 0.5, rng.uniform(0.8, 4.0)) for _ in ridge_levels]
    rise = rng.uniform(0.03, 0.12)
    clouds = _random_waves(rng, 0.5, 3.0)
    sun = rng.uniform([0.1, 0.5], [0.9, 0.95])
    has_sun = rng.choice([0.0, 1.0])

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = _mix_colours((v - 0.2) / 0.8, haze, zenith)
        colours = _mix_colours(
            0.8 * (clouds(u, 2.5 * v) - 0.3) * (v > 0.4), colours, (0.85, 0.86, 0.88)
        )
        sun_distance = np.hypot(1.6 * (u - sun[0]), v - sun[1])
        colours = _mix_colours(has_sun * (1.5 - sun_distance / 0.08), colours, (0.95, 0.85, 0.6))
        for k, (level, ridge) in enumerate(zip(ridge_levels, ridges, strict=True)):
            nearness = (k + 1) / count
            colour = ground * (0.55 + 0.5 * nearness) * (0.8 + 0.3 * ridge(v, u))[:, None]
            colour = _mix_colours(np.full(len(u), nearness), 0.5 * haze + 0.5 * colour, colour)
            colours = _mix_colours((level + rise * ridge(u, 0 * u) - v) * 90.0, colours, colour)
        return colours

    return paint


def _sea(rng: np.random.Generator) -> Picture:
    """Sample water below a horizon, in evening light or daylight, with sand in front."""
    sky_colour, horizon_colour, water_colour = (
        ("1c2c5a", "f0904a", "3a3a5a"),
        ("3a86d8", "d0e8f4", "1a8a9a"),
        ("5a6a7a", "c8ccd0", "4a5a64"),
    )[rng.integers(3)]
    sky_colour, horizon_colour, water_colour = (
        np.array(jitter_colour(rng, code)) for code in (sky_colour, horizon_colour, water_colour)
    )
    horizon = rng.uniform(0.35, 0.6)
    sun_u = rng.uniform(0.2, 0.8)
    shore = rng.uniform(-0.2, 0.25)
    ripple = _random_waves(rng, 2.0, 9.0)
    bend = _random_waves(rng, 0.3, 0.9)
    sand_colour = np.array(srgb_to_linear("dcc49a"))

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = _mix_colours((v - horizon) / (1 - horizon), horizon_colour, sky_colour)
        colours = _mix_colours(
            1.4 - np.hypot(1.6 * (u - sun_u), v - horizon - 0.12) / 0.07, colours, (1, 0.9, 0.7)
        )
        sea = water_colour * (0.8 + 0.35 * ripple(0.3 * u, 3 * v) + 0.5 * (v / horizon))[:, None]
        sea = _mix_colours(
            0.8 - abs(u - sun_u) / 0.08 + 0.5 * ripple(u, 4 * v), sea, horizon_colour
        )
        colours = _mix_colours((horizon - v) * 90.0, colours, sea)
        return _mix_colours((shore + 0.05 * bend(u, v) - v) * 60.0, colours, sand_colour)

    return paint


def _skyline(rng: np.random.Generator) -> Picture:
    """Sample a skyline with lit windows, at dusk or by day."""
    horizon_colour = np.array(jitter_colour(rng, ("e89a5a", "c0d8ea", "5a3a6a")[rng.integers(3)]))
    sky_colour = _sample_light_colour(rng) * 0.4
    heights = rng.uniform(0.15, 0.75, 16)
    wall_colours = rng.uniform(0.01, 0.12, (16, 1))
    window_is_lit = rng.random((16, 4, 24)) < 0.4

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = _mix_colours(v, horizon_colour, sky_colour)
        house_index = np.minimum((u * 16).astype(int), 15)
        is_lit = window_is_lit[
            house_index, (u * 64).astype(int) % 4, np.minimum((v * 24).astype(int), 23)
        ]
        wall = _mix_colours(
            1.0 * is_lit, wall_colours[house_index] * [1.0, 1.1, 1.4], (0.8, 0.6, 0.25)
        )
        return np.where((v < heights[house_index])[:, None], wall, colours)

    return paint


def _space(rng: np.random.Generator) -> Picture:
    """Sample stars and a cloud of gas, with a planet or none."""
    gas = _random_waves(rng, 0.4, 1.6)
    planet_colour = _sample_light_colour(rng)
    stars = rng.uniform(0, 1, (60, 2))
    gas_colour = _sample_light_colour(rng) * 0.5
    planet_centre = rng.uniform(0.2, 0.8, 2)
    planet_radius = rng.choice([0.0, rng.uniform(0.1, 0.4)])

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = _mix_colours(gas(u, v) * 0.8, (0.004, 0.005, 0.015), gas_colour)
        for x, y in stars:
            colours += 0.7 * (np.hypot(1.6 * (u - x), v - y) < 0.012)[:, None]
        distance = np.hypot(1.6 * (u - planet_centre[0]), v - planet_centre[1])
        shade = np.clip(0.6 + 2.0 * (u + v - planet_centre.sum()), 0.03, 1.0)[:, None]
        return _mix_colours((planet_radius - distance) * 90.0, colours, planet_colour * shade)

    return paint


def _flower(rng: np.random.Generator) -> Picture:
    """Sample a few flowers or fruits on leaves."""
    leaf_colour = _sample_light_colour(rng) * 0.25
    blur = _random_waves(rng, 0.5, 2.0)
    flowers = [
        (
            *rng.uniform(0.15, 0.85, 2),
            rng.uniform(0.12, 0.4),
            int(rng.integers(0, 9)),
            _sample_light_colour(rng),
        )
        for _ in range(rng.integers(1, 5))
    ]

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = leaf_colour * (1.0 + 0.5 * blur(u, v))[:, None]
        for x, y, size, petals, petal_colour in flowers:
            radius = np.hypot(1.6 * (u - x), v - y)
            angle = np.arctan2(v - y, 1.6 * (u - x))
            petal_edge = size * (1.0 - 0.25 * np.cos(petals * angle)) / 1.25
            colour = petal_colour * (0.5 + 0.6 * radius / size)[:, None]
            colour = _mix_colours((0.25 * size - radius) * 60, colour, (0.7, 0.5, 0.05))
            colours = _mix_colours((petal_edge - radius) * 60.0, colours, colour)
        return colours

    return paint


def portrait(rng: np.random.Generator) -> Picture:
    """Sample a person from the chest up in front of a wall."""
    wall_colour = _sample_light_colour(rng)
    shirt_colour = _sample_light_colour(rng) * rng.uniform(0.1, 0.9)
    skin_colour = np.array(
        jitter_colour(rng, ("e8b898", "c88a64", "7a4a30", "f0cdb4")[rng.integers(4)])
    )
    hair_colour = np.array(
        jitter_colour(rng, ("1a1210", "4a2c18", "b88a4a", "6a6a6a")[rng.integers(4)])
    )
    x = rng.uniform(0.3, 0.7)
    size = rng.uniform(0.8, 1.2)
    blur = _random_waves(rng, 0.3, 1.5)

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        colours = wall_colour * (0.8 + 0.25 * blur(u, v))[:, None]
        u, v = 1.5 * (u - x) / size, (v - 0.5) / size + 0.5
        colours = _mix_colours(
            (1.0 - np.hypot(u / 0.26, (v - 0.66) / 0.3)) * 8, colours, hair_colour
        )
        colours = _mix_colours(
            (1.0 - np.hypot(u / 0.5, (v + 0.1) / 0.42)) * 9, colours, shirt_colour
        )
        colours = _mix_colours(
            (0.08 - abs(u)) * 60 * (v < 0.55) * (v > 0.28), colours, skin_colour * 0.8
        )
        colours = _mix_colours(
            (1.0 - np.hypot(u / 0.19, (v - 0.58) / 0.25)) * 8, colours, skin_colour
        )
        for feature_u, feature_v, half_width in (
            (-0.08, 0.62, 0.03),
            (0.08, 0.62, 0.03),
            (0.0, 0.44, 0.06),
        ):
            colours = _mix_colours(
                (1.0 - np.hypot((u - feature_u) / half_width, (v - feature_v) / 0.022)) * 4,
                colours,
                skin_colour * 0.25,
            )
        return colours

    return paint
