"""The light of each view: environments, lamps, exposure and white balance, drawn from ranges.

By default a view has the light of the thesis: white, equally strong from all sides. An environment
is a panorama with a high dynamic range (HDRI). It replaces the white light, turned about the
vertical axis, after division by its mean radiance, so that strength 1 is as bright on average as
the white light. Lamps add to either. Environments are split into training and test ones, as
backgrounds are, so that no test render has the light of a training render.

Each view draws from a stream of its own, in which every value has a fixed place: varying one does
not change the draws of another.
"""

import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from synthlib.render_ranges import MAX_LAMPS, THESIS_LIGHT_RANGES, LightRanges
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.seeding import rng_for
from synthlib.utils.errors import ParameterError, file_errors
from synthlib.utils.files import walk_files
from synthlib.utils.validation import Range

BLENDER_ENVIRONMENTS = (
    "city",
    "courtyard",
    "forest",
    "interior",
    "night",
    "studio",
    "sunrise",
    "sunset",
)
"""Names of the environments that come with Blender."""

_ENVIRONMENT_FILE = re.compile(r".+\.(hdr|exr)", re.IGNORECASE)
_MAGIC_BYTES = (b"#?", b"\x76\x2f\x31\x01")
"""First bytes of a Radiance file and of an OpenEXR file."""

LampKind = Literal["sun", "area", "point"]
LAMP_ELEVATION = (15.0, 75.0)
LAMP_DISTANCE = (2.0, 5.0)
LAMP_SIZE = (0.2, 2.0)


@dataclass(frozen=True)
class Lamp:
    """A lamp that is directed at the object's centre.

    Attributes:
        kind: "sun" (parallel light), "area" (a square) or "point" (a sphere).
        azimuth: Degrees in [0, 360), as a camera's.
        elevation: Degrees in [15, 75].
        strength: Radiance that it gives to a white, matt surface that faces it at the object's
            centre; 1 is that of the white ambient light.
        distance: From the object's centre, in radii of the object, in [2, 5]; not for a sun.
        size: Side of the square or diameter of the sphere, in radii of the object, in [0.2, 2]. For
            a sun, its angle is `10 * size` degrees.
    """

    kind: LampKind
    azimuth: float
    elevation: float
    strength: float
    distance: float
    size: float


@dataclass(frozen=True)
class Light:
    """Light of one view, and how the camera exposes it.

    Attributes:
        environment: A path, or one of `BLENDER_ENVIRONMENTS`; "" for white ambient light.
        turn: Turn of the environment about the vertical axis, degrees in [0, 360).
        strength: Factor on the environment, or on the white ambient light.
        lamps: Lamps that are added.
        exposure: Stops, by which the image is made brighter.
        white_balance: Colour temperature that is shown as white, in kelvin; below 6,500 images are
            bluer.
    """

    environment: str = ""
    turn: float = 0.0
    strength: float = 1.0
    lamps: tuple[Lamp, ...] = ()
    exposure: float = 0.0
    white_balance: float = 6500.0


THESIS_LIGHT = Light()


def list_environments(folder: str | Path) -> tuple[str, ...]:
    """List the environments of a parameter's value.

    Args:
        folder: "" for none, "blender" for the eight that come with Blender, else a folder with
            `.hdr` and `.exr` files, in subfolders too.

    Returns:
        Names of `BLENDER_ENVIRONMENTS`, or absolute paths, sorted.

    Raises:
        ParameterError: The folder does not exist or has fewer than two environments, or a file is
            neither a Radiance file nor OpenEXR.
        FileError: A file cannot be read.
    """
    if not folder:
        return ()
    if folder == "blender":
        return BLENDER_ENVIRONMENTS
    files = [path for path in walk_files(Path(folder)) if _ENVIRONMENT_FILE.fullmatch(path.name)]
    if len(files) < 2:
        raise ParameterError(
            f"environments: {folder} has {len(files)} .hdr or .exr files; give a folder with at "
            "least 2 (training and test renders share none), or 'blender' for Blender's own"
        )
    for path in files:
        with file_errors(path, "read"), path.open("rb") as file:
            if not file.read(4).startswith(_MAGIC_BYTES):
                raise ParameterError(
                    f"environments: {path} is neither a Radiance file nor OpenEXR; replace or "
                    "remove it"
                )
    return tuple(sorted(str(path.resolve()) for path in files))


def environments_digest(environments: Sequence[str]) -> list[str]:
    """Identify environments by the names of Blender's and the SHA-256 of files.

    Blender's own need no hash, since bpy's version is part of a store's name.
    """
    return [
        name if name in BLENDER_ENVIRONMENTS else _file_digest(name, Path(name).stat().st_mtime_ns)
        for name in environments
    ]


@functools.cache
def _file_digest(path: str, mtime_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def split_environments(environments: Sequence[str], seed: int, split: str) -> tuple[str, ...]:
    """The environments of one side of the split: about 80% "train", the others "test"."""
    if not environments:
        return ()
    shuffled = rng_for(seed, "environments").permutation(sorted(environments))
    n_test = max(1, round(len(shuffled) / 5))
    chosen = shuffled[:n_test] if split == "test" else shuffled[n_test:]
    return tuple(sorted(map(str, chosen)))


def lights_for(
    seed: int,
    cls: str,
    instance: str,
    environments: Sequence[str] = (),
    ranges: LightRanges = THESIS_LIGHT_RANGES,
) -> tuple[Light, ...]:
    """The light of each of the 26 views of an instance, fixed by seed, class and instance.

    Args:
        seed: The data seed.
        cls: The class's name.
        instance: The instance's name.
        environments: Those that the instance may have; empty for white ambient light.
        ranges: Ranges of the uniform draws. Kinds, directions, distances and sizes of lamps are
            uniform in the ranges that `Lamp` states.
    """
    draws = rng_for(seed, "light", cls, instance).random((VIEWS_PER_INSTANCE, 5))
    lamp_draws = rng_for(seed, "lamps", cls, instance).random((VIEWS_PER_INSTANCE, MAX_LAMPS, 6))
    lights = []
    for (place, turn, *rest), of_lamps in zip(draws.tolist(), lamp_draws.tolist(), strict=True):
        limits = (ranges.strength, ranges.exposure, ranges.white_balance)
        strength, exposure, white_balance = map(_between, rest, limits)
        lamps = tuple(_lamp(values, ranges.lamp_strength) for values in of_lamps[: ranges.lamps])
        environment, angle = "", 0.0
        if environments:
            environment = sorted(environments)[int(place * len(environments))]
            angle = _between(turn, (0.0, 360.0)) % 360.0
        lights.append(Light(environment, angle, strength, lamps, exposure, white_balance))
    return tuple(lights)


def _lamp(draws: Sequence[float], strength: Range) -> Lamp:
    """A lamp from six numbers in [0, 1)."""
    kinds = get_args(LampKind)
    return Lamp(
        kind=kinds[int(draws[0] * len(kinds))],
        azimuth=_between(draws[1], (0.0, 360.0)) % 360.0,
        elevation=_between(draws[2], LAMP_ELEVATION),
        strength=_between(draws[3], strength),
        distance=_between(draws[4], LAMP_DISTANCE),
        size=_between(draws[5], LAMP_SIZE),
    )


def _between(draw: float, limits: Range) -> float:
    """The value at a position in [0, 1) of a range, rounded to 1e-6 as it is stored."""
    return round(limits[0] + draw * (limits[1] - limits[0]), 6)


def light_record(light: Light) -> dict[str, Any]:
    """The light as `instance.json` states it: without folders, which differ between machines."""
    return asdict(light) | {"environment": Path(light.environment).name}
