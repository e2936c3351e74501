"""What fixes a render's bytes besides its asset, and the digest that names a store by it.

Code counts by its explicit versions, not by its text: moving or rewriting a source renames no
store. Blender counts by the version that is asked for (`bpy_version`), so that a store can be named
where Blender is not installed.
"""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from synthlib.classes import CLASSES
from synthlib.params import (
    BPY_VERSION,
    DISTANCE,
    ELEVATION,
    FIELD_OF_VIEW,
    ROLL,
    SHIFT,
    THESIS_VIEW_RANGES,
    Poses,
)
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import digest
from synthlib.utils.validation import Range, validated_dataclass

RENDER_VERSION = 1
"""Version of the code that turns an asset into pixels: views, framing, scene, light, importers.

Raise it whenever the same asset and settings give other pixels (`tests/blender/test_golden.py` fails then):
renders go into new stores and never mix with old ones."""

RANDOM_TEXTURES_VERSION = 1
"""Version of the random textures: raise it whenever the same seed draws other ones. Only stores
with `random_textures` above 0 are named by it."""

STAND_IN_VERSION = 1
"""Version of the stand-in photographs (`stand_in`): raise it whenever the same seed makes other
ones."""


@validated_dataclass
class RenderSettings:
    """All that fixes a render's bytes besides the asset; the defaults are the thesis's.

    size in px, in [16, 16384]; samples a pixel, >= 1; denoise: by Open Image Denoise; bounces, the
    most that a path of light takes, in [0, 1024]; adaptive_threshold in [0, 1], the noise below
    which a pixel gets no more samples (0: all pixels get all). `docs/rendering.md` has what these
    cost and how near they come to the truth. views an instance, the first 1 to 26 of the
    26; fill in [0.05, 1], the share of the frame that the object's larger side takes; seed: the
    data seed. poses: the thesis's 26 views, or 26 from where the class is photographed;
    random_textures in [0, 1] is the share of instances whose materials are replaced by patterns
    that say nothing of the class. bpy_version: the version of Blender's module that renders; a
    worker with another one refuses to start.

    How views vary is in `viewpoints.Ranges`; each range is (least, most): field_of_view_range,
    elevation_range and roll_range in degrees, lens_shift in [0, 0.5] of the frame's side,
    distance_range a factor. With fill + 2 * lens_shift > 1 or distances below 1 the frame may cut
    the object. Raises ParameterError naming what is out of range.
    """

    size: Annotated[int, Field(ge=16, le=16384)] = 512
    samples: Annotated[int, Field(ge=1, le=65536)] = 16
    denoise: bool = False
    bounces: Annotated[int, Field(ge=0, le=1024)] = 12
    adaptive_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0
    views: Annotated[int, Field(ge=1, le=VIEWS_PER_INSTANCE)] = VIEWS_PER_INSTANCE
    fill: Annotated[float, Field(ge=0.05, le=1)] = 0.95
    seed: int = 0
    poses: Poses = "thesis"
    random_textures: Annotated[float, Field(ge=0, le=1)] = 0.0
    field_of_view_range: Annotated[Range, FIELD_OF_VIEW] = THESIS_VIEW_RANGES.field_of_view
    elevation_range: Annotated[Range, ELEVATION] = THESIS_VIEW_RANGES.elevation
    roll_range: Annotated[Range, ROLL] = THESIS_VIEW_RANGES.roll
    lens_shift: Annotated[float, SHIFT] = THESIS_VIEW_RANGES.shift
    distance_range: Annotated[Range, DISTANCE] = THESIS_VIEW_RANGES.distance
    bpy_version: str = BPY_VERSION

    def __post_init__(self) -> None:
        if self.poses == "photographed" and self.elevation_range != THESIS_VIEW_RANGES.elevation:
            raise ParameterError(
                f"elevation_range is {list(self.elevation_range)} but poses is 'photographed', "
                "where each class's elevations in classes.yaml hold; give one of the two."
            )

    @property
    def digest(self) -> str:
        """Names the store: 12 hex digits of all that fixes bytes besides the assets."""
        parts = asdict(self) | {"render_version": RENDER_VERSION}
        if self.poses == "photographed":
            parts["ranges"] = {c.name: [c.azimuth, c.elevation] for c in CLASSES.values()}
        if self.random_textures:
            parts["random_textures_version"] = RANDOM_TEXTURES_VERSION
        return digest(parts)
