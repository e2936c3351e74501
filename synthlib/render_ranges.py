"""Ranges within which the views and the light of renders vary.

A range is the minimum and maximum of a uniform distribution. By default, as in the thesis, nothing
varies. `rendering.viewpoints` and `rendering.lighting` draw from the ranges.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from synthlib.utils.validation import Range, number_list, validated_dataclass

MIN_RANDOM_ELEVATION = -25.0
"""Degrees of elevation below which random views are rejected, as they show the underside.

The thesis excludes it as "[90°, 25°]" (4.3.3). As printed that range is not the bottom, so this
value is an interpretation."""

# Validators of the fields of `ViewRanges`, of the parameters and of the render settings. If
# both ends of a range are equal, nothing is drawn.
FIELD_OF_VIEW = number_list("[least, most]", 1, 120, min_width=0)
ELEVATION = number_list("[least, most]", -90, 90, min_width=1)
ROLL = number_list("[least, most]", -180, 180, min_width=0)
DISTANCE = number_list("[least, most]", 0.25, 10, min_width=0)
SHIFT = Field(ge=0, le=0.5)

# Validators of the fields of `LightRanges`, likewise.
LIGHT_STRENGTH = number_list("[least, most]", 0, 10, min_width=0)
LAMP_STRENGTH = number_list("[least, most]", 0, 10, min_width=0)
EXPOSURE = number_list("[least, most]", -5, 5, min_width=0)
WHITE_BALANCE = number_list("[least, most]", 1800, 20000, min_width=0)
MAX_LAMPS = 4

MAX_DISTRACTORS = 4
"""Most objects of other classes next to an object."""


@validated_dataclass
class ViewRanges:
    """Ranges within which the views of an instance vary.

    Attributes:
        field_of_view: Degrees in [1, 120]; the default is that of Blender's 50 mm lens.
        elevation: Elevation of the thesis's random views, degrees in [-90, 90], at least 1 wide.
        roll: Degrees in [-180, 180], added to the roll of a view.
        shift: Largest offset of the object from the frame's centre, in x and in y, by which the
            lens may move it; as a share of the frame's side, in [0, 0.5].
        distance: Factor in [0.25, 10] on the distance, measured to the object's nearest point, at
            which the object fills the frame.
    """

    field_of_view: Annotated[Range, FIELD_OF_VIEW] = (39.6, 39.6)
    elevation: Annotated[Range, ELEVATION] = (MIN_RANDOM_ELEVATION, 90.0)
    roll: Annotated[Range, ROLL] = (0.0, 0.0)
    shift: Annotated[float, SHIFT] = 0.0
    distance: Annotated[Range, DISTANCE] = (1.0, 1.0)


THESIS_VIEW_RANGES = ViewRanges()

VIEW_PARAMETERS = {
    "field_of_view": "field_of_view_range",
    "elevation": "elevation_range",
    "roll": "roll_range",
    "shift": "lens_shift",
    "distance": "distance_range",
}
"""By field of `ViewRanges`, the name of the parameter and render setting that gives its value."""


@validated_dataclass
class LightRanges:
    """Ranges within which the light of the views varies.

    Attributes:
        strength: Factor on the ambient light or the environment, in [0, 10].
        lamps: Number of lamps per view, in [0, 4].
        lamp_strength: Strength of a lamp, in [0, 10] (`Lamp.strength`).
        exposure: Stops in [-5, 5].
        white_balance: Kelvin in [1800, 20000].
    """

    strength: Annotated[Range, LIGHT_STRENGTH] = (1.0, 1.0)
    lamps: Annotated[int, Field(ge=0, le=MAX_LAMPS)] = 0
    lamp_strength: Annotated[Range, LAMP_STRENGTH] = (0.5, 1.5)
    exposure: Annotated[Range, EXPOSURE] = (0.0, 0.0)
    white_balance: Annotated[Range, WHITE_BALANCE] = (6500.0, 6500.0)


THESIS_LIGHT_RANGES = LightRanges()

LIGHT_PARAMETERS = {
    "strength": "light_strength_range",
    "lamps": "lamps",
    "lamp_strength": "lamp_strength_range",
    "exposure": "exposure_range",
    "white_balance": "white_balance_range",
}
"""By field of `LightRanges`, the name of the parameter and render setting that gives its value."""


def view_ranges_of(settings: Mapping[str, Any]) -> ViewRanges:
    """The view ranges of parameters or render settings, under the names in `VIEW_PARAMETERS`."""
    return ViewRanges(**{field: settings[name] for field, name in VIEW_PARAMETERS.items()})


def light_ranges_of(settings: Mapping[str, Any]) -> LightRanges:
    """The ranges of light of parameters or render settings, likewise by `LIGHT_PARAMETERS`."""
    return LightRanges(**{field: settings[name] for field, name in LIGHT_PARAMETERS.items()})
