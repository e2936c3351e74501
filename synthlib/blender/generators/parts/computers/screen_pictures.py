"""Pictures that a screen shows, as functions of (u, v) in [0, 1], v upward: colours float (N, 3).

Landscapes, the sea, towns at night, the sky, flowers, faces, plain gradients.
"""

from collections.abc import Callable

import numpy as np

from synthlib.blender.modelling.colours import jitter_colour, sample_colour, srgb_to_linear

Picture = Callable[[np.ndarray, np.ndarray], np.ndarray]


def sample_picture(rng: np.random.Generator) -> Picture:
    """One of all kinds."""
    kinds = (_gradient, _swirl, _hills, _hills, _sea, _skyline, _space, _flower, portrait)
    return kinds[rng.integers(len(kinds))](rng)


def _mix_colours(factor: np.ndarray, one: object, two: object) -> np.ndarray:
    """Colour one where share is 0, two where it is 1; either one colour or one a point."""
    factor = np.clip(factor, 0.0, 1.0)[:, None]
    return (1 - factor) * np.array(one) + factor * np.array(two)


def _sample_light_colour(rng: np.random.Generator) -> np.ndarray:
    return np.array(sample_colour(rng, (0.2, 0.9), (0.25, 0.9)))


def _random_waves(
    rng: np.random.Generator, min_waves: float, max_waves: float, count: int = 5
) -> Picture:
    """A smooth random field of one number in about [-1, 1], `low` to `high` waves across."""
    turn, phase = rng.uniform(0, 2 * np.pi, (2, count))
    pace = 2 * np.pi * rng.uniform(min_waves, max_waves, count)
    ways = np.stack([np.cos(turn), np.sin(turn)]) * pace
    return lambda u, v: np.sin(np.stack([u, v], axis=1) @ ways + phase).sum(axis=1) / count**0.5


def _gradient(rng: np.random.Generator) -> Picture:
    """Two colours run into each other, with soft discs of light."""
    one, two = _sample_light_colour(rng), _sample_light_colour(rng) * rng.uniform(0.2, 1.0)
    turn = rng.uniform(0, 2 * np.pi)
    discs = rng.uniform(0.0, 1.0, (rng.integers(0, 7), 3))

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = _mix_colours(0.5 + (u - 0.5) * np.cos(turn) + (v - 0.5) * np.sin(turn), one, two)
        for x, y, size in discs:
            away = np.hypot(1.6 * (u - x), v - y)
            made += 0.15 * (1.0 / (1.0 + np.exp((away - 0.3 * size) * 60)))[:, None]
        return made

    return paint


def _swirl(rng: np.random.Generator) -> Picture:
    """Bands of three colours, warped."""
    one, two, three = (
        _sample_light_colour(rng),
        _sample_light_colour(rng),
        _sample_light_colour(rng) * 0.3,
    )
    field, warp, bands = (
        _random_waves(rng, 0.2, 0.8),
        _random_waves(rng, 0.4, 1.2),
        rng.uniform(1.0, 3.5),
    )

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        share = 0.5 + 0.5 * np.sin(bands * (field(u, v) * 1.8 + warp(v, u)))
        return _mix_colours(field(u, v), _mix_colours(share, one, two), three)

    return paint


def _hills(rng: np.random.Generator) -> Picture:
    """Ridges before a sky, green, blue or of sand, with clouds or a sun."""
    zenith, haze = (
        ("2a62b8", "b8d4ea"), ("16284a", "e88a4a"), ("6a9cd8", "f0e6d0"), ("3a2a5a", "e0708a"),
        ("8a98a8", "d8dce0"),
    )[rng.integers(5)]  # fmt: skip
    zenith, haze = np.array(jitter_colour(rng, zenith)), np.array(jitter_colour(rng, haze))
    ground = ("3a7a24", "2a4a2c", "b88a4a", "2a2e3c", "6a8a2a", "e8ecf0")[rng.integers(6)]
    ground, count = np.array(jitter_colour(rng, ground, 1.5)), int(rng.integers(1, 5))
    base = np.sort(rng.uniform(0.1, 0.6, count))[::-1]
    ridges = [_random_waves(rng, 0.5, rng.uniform(0.8, 4.0)) for _ in base]
    rise = rng.uniform(0.03, 0.12)
    clouds, sun = _random_waves(rng, 0.5, 3.0), rng.uniform([0.1, 0.5], [0.9, 0.95])
    glow = rng.choice([0.0, 1.0])

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = _mix_colours((v - 0.2) / 0.8, haze, zenith)
        made = _mix_colours(0.8 * (clouds(u, 2.5 * v) - 0.3) * (v > 0.4), made, (0.85, 0.86, 0.88))
        disc = np.hypot(1.6 * (u - sun[0]), v - sun[1])
        made = _mix_colours(glow * (1.5 - disc / 0.08), made, (0.95, 0.85, 0.6))
        for k, (level, ridge) in enumerate(zip(base, ridges, strict=True)):
            near = (k + 1) / count
            tone = ground * (0.55 + 0.5 * near) * (0.8 + 0.3 * ridge(v, u))[:, None]
            tone = _mix_colours(np.full(len(u), near), 0.5 * haze + 0.5 * tone, tone)
            made = _mix_colours((level + rise * ridge(u, 0 * u) - v) * 90.0, made, tone)
        return made

    return paint


def _sea(rng: np.random.Generator) -> Picture:
    """Water below a horizon, in evening or day light; sand in front."""
    top, low, water = (
        ("1c2c5a", "f0904a", "3a3a5a"), ("3a86d8", "d0e8f4", "1a8a9a"),
        ("5a6a7a", "c8ccd0", "4a5a64"),
    )[rng.integers(3)]  # fmt: skip
    top, low, water = (np.array(jitter_colour(rng, code)) for code in (top, low, water))
    level, sun, shore = rng.uniform(0.35, 0.6), rng.uniform(0.2, 0.8), rng.uniform(-0.2, 0.25)
    ripple, bend, sand = (
        _random_waves(rng, 2.0, 9.0),
        _random_waves(rng, 0.3, 0.9),
        np.array(srgb_to_linear("dcc49a")),
    )

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = _mix_colours((v - level) / (1 - level), low, top)
        made = _mix_colours(
            1.4 - np.hypot(1.6 * (u - sun), v - level - 0.12) / 0.07, made, (1, 0.9, 0.7)
        )
        sea = water * (0.8 + 0.35 * ripple(0.3 * u, 3 * v) + 0.5 * (v / level))[:, None]
        sea = _mix_colours(0.8 - abs(u - sun) / 0.08 + 0.5 * ripple(u, 4 * v), sea, low)
        made = _mix_colours((level - v) * 90.0, made, sea)
        return _mix_colours((shore + 0.05 * bend(u, v) - v) * 60.0, made, sand)

    return paint


def _skyline(rng: np.random.Generator) -> Picture:
    """A skyline with lit windows before dusk or day."""
    low, top = (
        np.array(jitter_colour(rng, ("e89a5a", "c0d8ea", "5a3a6a")[rng.integers(3)])),
        _sample_light_colour(rng) * 0.4,
    )
    heights, tones = rng.uniform(0.15, 0.75, 16), rng.uniform(0.01, 0.12, (16, 1))
    lamps = rng.random((16, 4, 24)) < 0.4

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = _mix_colours(v, low, top)
        house = np.minimum((u * 16).astype(int), 15)
        window = lamps[house, (u * 64).astype(int) % 4, np.minimum((v * 24).astype(int), 23)]
        wall = _mix_colours(1.0 * window, tones[house] * [1.0, 1.1, 1.4], (0.8, 0.6, 0.25))
        return np.where((v < heights[house])[:, None], wall, made)

    return paint


def _space(rng: np.random.Generator) -> Picture:
    """Stars, a cloud of gas, a planet or none."""
    gas, planet, stars = (
        _random_waves(rng, 0.4, 1.6),
        _sample_light_colour(rng),
        rng.uniform(0, 1, (60, 2)),
    )
    hue, at, size = (
        _sample_light_colour(rng) * 0.5,
        rng.uniform(0.2, 0.8, 2),
        rng.choice([0.0, rng.uniform(0.1, 0.4)]),
    )

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = _mix_colours(gas(u, v) * 0.8, (0.004, 0.005, 0.015), hue)
        for x, y in stars:
            made += 0.7 * (np.hypot(1.6 * (u - x), v - y) < 0.012)[:, None]
        away = np.hypot(1.6 * (u - at[0]), v - at[1])
        shade = np.clip(0.6 + 2.0 * (u + v - at.sum()), 0.03, 1.0)[:, None]
        return _mix_colours((size - away) * 90.0, made, planet * shade)

    return paint


def _flower(rng: np.random.Generator) -> Picture:
    """A few flowers or fruits on leaves."""
    ground, blur = _sample_light_colour(rng) * 0.25, _random_waves(rng, 0.5, 2.0)
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
        made = ground * (1.0 + 0.5 * blur(u, v))[:, None]
        for x, y, size, petals, hue in flowers:
            away, turn = np.hypot(1.6 * (u - x), v - y), np.arctan2(v - y, 1.6 * (u - x))
            rim = size * (1.0 - 0.25 * np.cos(petals * turn)) / 1.25
            tone = hue * (0.5 + 0.6 * away / size)[:, None]
            tone = _mix_colours((0.25 * size - away) * 60, tone, (0.7, 0.5, 0.05))
            made = _mix_colours((rim - away) * 60.0, made, tone)
        return made

    return paint


def portrait(rng: np.random.Generator) -> Picture:
    """A person from the breast up before a wall."""
    wall, shirt = _sample_light_colour(rng), _sample_light_colour(rng) * rng.uniform(0.1, 0.9)
    skin = np.array(jitter_colour(rng, ("e8b898", "c88a64", "7a4a30", "f0cdb4")[rng.integers(4)]))
    hair = np.array(jitter_colour(rng, ("1a1210", "4a2c18", "b88a4a", "6a6a6a")[rng.integers(4)]))
    x, size, blur = rng.uniform(0.3, 0.7), rng.uniform(0.8, 1.2), _random_waves(rng, 0.3, 1.5)

    def paint(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        made = wall * (0.8 + 0.25 * blur(u, v))[:, None]
        u, v = 1.5 * (u - x) / size, (v - 0.5) / size + 0.5
        made = _mix_colours((1.0 - np.hypot(u / 0.26, (v - 0.66) / 0.3)) * 8, made, hair)
        made = _mix_colours((1.0 - np.hypot(u / 0.5, (v + 0.1) / 0.42)) * 9, made, shirt)
        made = _mix_colours((0.08 - abs(u)) * 60 * (v < 0.55) * (v > 0.28), made, skin * 0.8)
        made = _mix_colours((1.0 - np.hypot(u / 0.19, (v - 0.58) / 0.25)) * 8, made, skin)
        for at, high, half in ((-0.08, 0.62, 0.03), (0.08, 0.62, 0.03), (0.0, 0.44, 0.06)):
            made = _mix_colours(
                (1.0 - np.hypot((u - at) / half, (v - high) / 0.022)) * 4, made, skin * 0.25
            )
        return made

    return paint
