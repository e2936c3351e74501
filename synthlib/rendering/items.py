"""Items that a supervisor passes to Blender's workers as JSON. Imports neither bpy nor pandas.

`dataclasses.asdict` turns an item into JSON. A worker's `run_item` reads it with `from_json`.
"""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Item:
    """The input of one call of a module's `run_item`; subclasses add fields of JSON values.

    Attributes:
        name: Unique within a job; progress and failures are reported by it.
    """

    name: str


@dataclass(frozen=True)
class InstanceItem(Item):
    """One instance to render, as `synthlib.blender.render_instance` reads it.

    Attributes:
        name: The instance's folder in the store.
        cls: The class's name.
        instance: The instance's name.
        asset: "procedural" or "<model folder>/<file>".
        source: Absolute path of the model file; None for a generated instance.
        folder: Absolute path of the model's folder; None if other models are in the same folder.
        turn: Rotations about the fixed axes x, y and z, in degrees.
        variation: 0 for the model file unchanged, 1 and above for its variations.
        split: "train" or "test", which environments of the light depend on.
        generator: Name of the generator, for an instance without a model file.
    """

    cls: str
    instance: str
    asset: str
    source: str | None
    folder: str | None
    turn: tuple[float, float, float]
    variation: int
    split: str
    generator: str = ""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read an item as it comes from a job file, where a tuple is a list."""
        fields: dict[str, Any] = values | {"turn": tuple(values["turn"])}
        return cls(**fields)


@dataclass(frozen=True)
class StandInPhotographsItem(Item):
    """Stand-in photographs of one instance in one scene, one file per camera.

    Attributes:
        name: "<class>/<split>/<scene number>", also the name of the random streams.
        generator: Name of the generator that builds the instance.
        files: JPEG files to make, relative to the data root.
    """

    generator: str
    files: list[str]


@dataclass(frozen=True)
class StandInBackgroundsItem(Item):
    """Stand-in backgrounds of one category, one scene per file.

    Attributes:
        name: "<category>/<number>", also the name of the random streams.
        category: One of `photographs.stand_in.STAND_IN_CATEGORIES`.
        files: JPEG files to make, relative to the data root.
    """

    category: str
    files: list[str]
