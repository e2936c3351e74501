"""Parameters that fix a render's bytes, apart from its asset, and the digest that names a store.

Code enters the digest by explicit versions, not by its text: moving or rewriting a source renames
no store. Blender enters it by the version that is asked for (`bpy_version`), so that a store can be
named where Blender is not installed.
"""

from dataclasses import asdict, fields
from typing import Annotated, Literal

from pydantic import Field, Strict

from synthlib.params import BPY_VERSION, Poses
from synthlib.render_ranges import (
    DISTANCE,
    ELEVATION,
    EXPOSURE,
    FIELD_OF_VIEW,
    LAMP_STRENGTH,
    LIGHT_STRENGTH,
    MAX_DISTRACTORS,
    MAX_LAMPS,
    ROLL,
    SHIFT,
    THESIS_LIGHT_RANGES,
    THESIS_VIEW_RANGES,
    VIEW_PARAMETERS,
    WHITE_BALANCE,
)
from synthlib.rendering.lighting import environments_digest
from synthlib.rendering.view_files import has_others, view_suffixes
from synthlib.rendering.viewpoints import VIEWS_PER_INSTANCE
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import digest
from synthlib.utils.validation import Range, validated_dataclass

RENDER_VERSION = 2
"""Version of the code that turns an asset into pixels: views, framing, scene, light, importers.

Raise it whenever the same asset and settings give other pixels (`tests/blender/test_golden.py`
fails then): renders go into new stores and never mix with old ones."""

RANDOM_TEXTURES_VERSION = 1
"""Version of the random textures: raise it whenever the same seed draws other ones. It enters the
digest only if `random_textures` is above 0."""

COMPANIONS_VERSION = 2
"""Version of companions and occluders: raise it whenever the same seed builds or places other ones.
It enters the digest only if `companions`, `occluders` or `distractors` is above 0."""

STAND_IN_VERSION = 1
"""Version of the stand-in photographs (`photographs.stand_in`): raise it whenever the same seed
makes other ones."""


@validated_dataclass
class RenderSettings:
    """Everything that fixes a render's bytes, apart from the asset; the defaults are the thesis's.

    `docs/rendering.md` has the cost and the quality of these settings. With fill + 2 * lens_shift
    above 1, or distances below 1, the frame may cut off parts of the object.

    Attributes:
        size: Side of a render in pixels, in [16, 16384].
        samples: Samples per pixel, in [1, 65536].
        denoise: If true, denoise with Open Image Denoise.
        bounces: Maximum bounces of a light path, in [0, 1024].
        adaptive_threshold: Noise in [0, 1] below which a pixel gets no more samples; 0 gives every
            pixel all of them.
        views: Number of views per instance, the first ones of its 26, in [1, 26].
        fill: Share of the frame that the larger side of the object takes, in [0.05, 1].
        seed: The data seed.
        poses: "thesis" for the 26 views of the thesis, "photographed" for 26 random ones from where
            people photograph the class.
        close_ups: Let a share of the photographed views, which `classes.yaml` states for each
            class, show only a part of the object from nearby.
        random_textures: Share of instances, in [0, 1], whose materials are replaced by patterns
            that are independent of the class.
        companions: Share of instances, in [0, 1], with companions of their class in `classes.yaml`
            around them, in all views. The frame is filled by the group, or, where the object would
            be small in it, by a part of it that shows the object as large as photographs do.
        occluders: Share of views, in [0, 1], with a thing of no class in front of the object.
        distractors: Number of objects next to the object, in [0, 4], which are of none of the
            plan's classes. These three make a view have an own mask (`view_files`).
        field_of_view_range: Least and most, in degrees. This range and the following ones are those
            of `render_ranges.ViewRanges`. With poses "photographed" the first three are those of
            the class instead.
        elevation_range: Least and most, in degrees.
        roll_range: Least and most, in degrees.
        lens_shift: Largest offset from the frame's centre, in [0, 0.5] of the frame's side.
        distance_range: Least and most, a factor.
        environments: HDRIs that light the object instead of white light (`lighting`): names of
            Blender's own, or paths.
        light_strength_range: Least and most, a factor. This value and the following ones are those
            of `render_ranges.LightRanges`.
        lamps: Number of lamps per view.
        lamp_strength_range: Least and most.
        exposure_range: Least and most, in stops.
        white_balance_range: Least and most, in kelvin.
        ground_shadow: Show the shadow on the ground below the object, in upright views from more
            than 5 degrees of elevation (`ground_shadow`). Views then have own masks (`view_files`).
        passes: Further files of each view (`view_files`): "mask" for the own mask, "depth" for the
            distance of what each pixel shows.
        bpy_version: Version of Blender's module; a worker with another one refuses to start.

    Raises:
        ParameterError: If a value is not allowed; the message names it.
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
    close_ups: bool = False
    random_textures: Annotated[float, Field(ge=0, le=1)] = 0.0
    companions: Annotated[float, Field(ge=0, le=1)] = 0.0
    occluders: Annotated[float, Field(ge=0, le=1)] = 0.0
    distractors: Annotated[int, Field(ge=0, le=MAX_DISTRACTORS)] = 0
    field_of_view_range: Annotated[Range, FIELD_OF_VIEW] = THESIS_VIEW_RANGES.field_of_view
    elevation_range: Annotated[Range, ELEVATION] = THESIS_VIEW_RANGES.elevation
    roll_range: Annotated[Range, ROLL] = THESIS_VIEW_RANGES.roll
    lens_shift: Annotated[float, SHIFT] = THESIS_VIEW_RANGES.shift
    distance_range: Annotated[Range, DISTANCE] = THESIS_VIEW_RANGES.distance
    environments: Annotated[tuple[str, ...], Strict(False)] = ()
    light_strength_range: Annotated[Range, LIGHT_STRENGTH] = THESIS_LIGHT_RANGES.strength
    lamps: Annotated[int, Field(ge=0, le=MAX_LAMPS)] = THESIS_LIGHT_RANGES.lamps
    lamp_strength_range: Annotated[Range, LAMP_STRENGTH] = THESIS_LIGHT_RANGES.lamp_strength
    exposure_range: Annotated[Range, EXPOSURE] = THESIS_LIGHT_RANGES.exposure
    white_balance_range: Annotated[Range, WHITE_BALANCE] = THESIS_LIGHT_RANGES.white_balance
    ground_shadow: bool = False
    passes: Annotated[tuple[Literal["depth", "mask"], ...], Strict(False)] = ()
    bpy_version: str = BPY_VERSION

    def __post_init__(self) -> None:
        if self.close_ups and self.poses != "photographed":
            raise ParameterError(
                f"close_ups needs poses 'photographed', and poses is '{self.poses}': a class's "
                "share of close-ups in classes.yaml is of its photographed views"
            )
        for field in ("elevation", "roll", "field_of_view"):
            name = VIEW_PARAMETERS[field]
            limits = getattr(self, name)
            if self.poses == "photographed" and limits != getattr(THESIS_VIEW_RANGES, field):
                raise ParameterError(
                    f"{name} is {list(limits)} but poses is 'photographed', where the ranges of "
                    "each class in classes.yaml hold; give one of the two."
                )

    @property
    def file_suffixes(self) -> tuple[str, ...]:
        """Suffixes of the files of each view (`view_files`); the first is the render's, ""."""
        return view_suffixes(asdict(self))

    @property
    def digest(self) -> str:
        """12 hex digits of everything that fixes a render's bytes, apart from asset and class.

        It is computed from the settings that differ from their defaults, so that a setting that is
        added later renames no store.
        """
        defaults = {field.name: field.default for field in fields(self)}
        parts = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        parts |= {"render_version": RENDER_VERSION, "bpy_version": self.bpy_version}
        if self.environments:
            parts["environments"] = environments_digest(self.environments)
        if self.random_textures:
            parts["random_textures_version"] = RANDOM_TEXTURES_VERSION
        if has_others(asdict(self)):
            parts["companions_version"] = COMPANIONS_VERSION
        return digest(parts)
