"""The 17 object classes: ImageNet synsets (thesis Table 1) and Places scenes (Tables 3 and 4).

Users can add their own classes, and change built-in ones, in a YAML file of the same form as
`classes.yaml`. The environment variable `SYNTHLIB_CLASSES` names the file, so that every kernel and
worker process finds it. It is read when `CLASSES` is first used, not when this module is imported.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, Strict

from synthlib.utils.errors import ParameterError
from synthlib.utils.files import resolve_in_project
from synthlib.utils.suggestions import allowed_names, nearest_name
from synthlib.utils.validation import (
    Range,
    Text,
    number_list,
    read_yaml_mapping,
    validated_dataclass,
)

GENERATORS = Path(__file__).with_name("blender") / "generators"
"""Folder of the generators, one module each."""

COMPANION_THINGS = (
    "accessory board books bottle bowl box candle chair computer_tower dining_chair dish flowers "
    "framed_print fruit hand hoop lamp mug papers person plate player printer wearer"
).split()
"""Companions that are not of a class, which `blender.companions` builds."""

NO_CLASS_THINGS = ("books", "bottle", "box", "dish", "flowers", "fruit", "printer")
"""Occluders, and distractors where a run has all classes: nothing like an object of a class."""

_FORM = "`name: {synset: ..., scenes: [...]}` per class"


@validated_dataclass
class ObjectClass:
    """An object class.

    Attributes:
        name: Its name in synthlib.
        synset: Name of the folder of its photographs, which may have the class's name instead.
        scenes: Categories of the backgrounds that its objects are pasted into, as Places writes
            them.
        azimuth: Range of the directions that it is usually photographed from, degrees in
            [-180, 180]; 0 is the front.
        elevation: Range of their elevations, degrees in [-90, 90]; 0 is the object's height.
        roll: Range of the camera's roll, degrees in [-180, 180].
        field_of_view: Range of the lens's field of view, degrees in [1, 120].
        close_ups: Share of its photographs, in [0, 1], that show only a part of it from nearby.
        distance: Range of a factor, in [0.25, 10], on the distance at which it fills the frame.
        close_up_distance: Range of that factor in close-ups, in [0.05, 1].
        size: Range of the size of the object in the other photographs, as a share of their side, in
            [0.05, 1].
        foot: Range of the height of its lowest point in photographs, as a share of theirs from the
            top, in [0, 1].
        across: Range of its place from left to right, as a share of the free space, in [0, 1].
        companions: What stands next to its objects in photographs, or holds or carries them:
            names of generators (its own for further objects of the class) and of
            `COMPANION_THINGS`. A name that is listed twice is drawn more often.
        generator: Name of the generator that builds its objects; default: the class's name. There
            need not be one of that name, if the class has model files.
        models: Name of the folder of its models; default: the class's name.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    synset: Text
    scenes: Annotated[tuple[str, ...], Strict(False), Field(min_length=1)]
    azimuth: Annotated[Range, number_list("[least, most]", -180, 180, min_width=0)] = (
        -180.0,
        180.0,
    )
    elevation: Annotated[Range, number_list("[least, most]", -90, 90, min_width=0)] = (-25.0, 90.0)
    roll: Annotated[Range, number_list("[least, most]", -180, 180, min_width=0)] = (0.0, 0.0)
    field_of_view: Annotated[Range, number_list("[least, most]", 1, 120, min_width=0)] = (
        25.0,
        60.0,
    )
    close_ups: Annotated[float, Field(ge=0, le=1)] = 0.0
    distance: Annotated[Range, number_list("[least, most]", 0.25, 10, min_width=0)] = (1.0, 1.0)
    close_up_distance: Annotated[Range, number_list("[least, most]", 0.05, 1, min_width=0)] = (
        0.25,
        0.6,
    )
    size: Annotated[Range, number_list("[least, most]", 0.05, 1, min_width=0)] = (0.5, 1.0)
    foot: Annotated[Range, number_list("[least, most]", 0, 1, min_width=0)] = (0.55, 0.95)
    across: Annotated[Range, number_list("[least, most]", 0, 1, min_width=0)] = (0.0, 1.0)
    companions: Annotated[tuple[str, ...], Strict(False)] = ()
    generator: str = ""
    models: Annotated[str, Field(pattern=r"^(\w[^/\\]*)?$")] = ""

    def __post_init__(self) -> None:
        for key in ("generator", "models"):
            object.__setattr__(self, key, getattr(self, key) or self.name)
        allowed = [*generator_names(), *COMPANION_THINGS]
        if unknown := [name for name in self.companions if name not in allowed]:
            raise ParameterError(
                f"companions: there is nothing called {unknown[0]}; "
                f"{allowed_names(unknown[0], allowed)}"
            )


def load_classes(path: Path, built_in: Mapping[str, ObjectClass] = {}) -> dict[str, ObjectClass]:
    """Read classes from a YAML file.

    Its entries are `name: {synset: folder, scenes: [category, ...]}`, one per class, optionally
    with the other attributes of `ObjectClass`.

    Args:
        path: The file.
        built_in: Classes that entries build on. Scenes, and how its objects are photographed
            (azimuth to across), are those of the built-in class of its generator where an entry
            does not give them, and the synset is that of the built-in class of its name; without
            such a class, the synset is the name.

    Raises:
        ParameterError: Names the class and the key that is wrong.
        FileError: The file cannot be read.
    """
    entries = read_yaml_mapping(path, _FORM)
    if not entries:
        raise ParameterError(f"{path}: expected {_FORM}, got no class")
    classes: dict[str, ObjectClass] = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or "name" in entry:
            raise ParameterError(f"{path}: class {name} is {entry!r}; expected {_FORM}")
        values = {str(key): value for key, value in entry.items()}
        try:
            cls = ObjectClass(**(_defaults(name, values, built_in) | values), name=name)
        except ParameterError as error:
            raise ParameterError(f"{path}: class {name}: {error}") from None
        if same := [known.name for known in classes.values() if known.synset == cls.synset]:
            raise ParameterError(
                f"{path}: classes {same[0]} and {name} have the same synset, {cls.synset}"
            )
        classes[name] = cls
    return classes


def _defaults(name: str, entry: dict, built_in: Mapping[str, ObjectClass]) -> dict[str, Any]:
    """The values of a class that its entry may leave out (see `load_classes`).

    Raises:
        ParameterError: There is no generator of the name that the entry gives.
    """
    generator = str(entry.get("generator", name))
    names = generator_names()
    if "generator" in entry and generator not in names:
        raise ParameterError(
            f"generator: there is none called {generator}, the nearest is "
            f"{nearest_generator(generator)}; allowed: {', '.join(names)}"
        )
    defaults: dict[str, Any] = {"synset": name}
    if base := built_in.get(generator):
        inherited = ("scenes", "azimuth", "elevation", "roll", "field_of_view", "close_ups", "size")
        inherited += ("distance", "close_up_distance", "foot", "across", "companions")
        defaults |= {key: getattr(base, key) for key in inherited}
    return defaults | ({"synset": built_in[name].synset} if name in built_in else {})


def generator_names() -> list[str]:
    """Names of all generators, sorted."""
    return sorted(path.stem for path in GENERATORS.glob("*.py") if path.stem != "__init__")


def nearest_generator(name: str) -> str:
    """The generator whose name is most like another one."""
    return nearest_name(name, generator_names(), similarity=0.0)


def load_user_classes(path: str) -> dict[str, ObjectClass]:
    """Read the classes of a user's file, built-in ones that it changes included.

    Args:
        path: The file; if empty, there are none.

    Raises:
        ParameterError: The file does not exist or is wrong.
        FileError: The file cannot be read.
    """
    if not path:
        return {}
    file = resolve_in_project(path)
    if not file.is_file():
        raise ParameterError(
            f"SYNTHLIB_CLASSES names {file}, which is not a file; correct or unset it"
        )
    return load_classes(file, THESIS_CLASSES)


THESIS_CLASSES = load_classes(Path(__file__).with_name("classes.yaml"))
"""The thesis's 17 classes by name, in alphabetical order, the order of tables and logits."""


@functools.cache
def _known(path: str) -> Mapping[str, ObjectClass]:
    """The thesis's classes and those of a user's file, read once per process."""
    return THESIS_CLASSES | load_user_classes(path)


class _Classes(Mapping[str, ObjectClass]):
    """Type of `CLASSES`: a mapping that looks up $SYNTHLIB_CLASSES whenever it is used."""

    def __getitem__(self, name: str) -> ObjectClass:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def reload(self) -> None:
        """Read the user's file again at the next use."""
        _known.cache_clear()

    def _read(self) -> Mapping[str, ObjectClass]:
        return _known(os.environ.get("SYNTHLIB_CLASSES", ""))


CLASSES = _Classes()
"""All classes by name: the thesis's, as the user's file changes them, then the user's own in the
order of that file.

The first use raises ParameterError or FileError if the user's file is missing or wrong."""


def select_classes(names: Sequence[str]) -> tuple[ObjectClass, ...]:
    """The named classes, in the order given.

    Raises:
        ParameterError: A class is unknown.

    Examples:
        >>> [cls.synset for cls in select_classes(["banana", "cup"])]
        ['n07753592', 'n07930864']
    """
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise ParameterError(f"unknown class {unknown[0]!r}; {allowed_names(unknown[0], CLASSES)}")
    return tuple(CLASSES[name] for name in names)


def class_or_default(name: str) -> ObjectClass:
    """A class by its name; one that is not in `CLASSES` gets the default values."""
    return CLASSES.get(name, ObjectClass(name, name, (name,)))


def is_thesis_class(name: str) -> bool:
    """True for a class of the thesis that the user's file does not change."""
    return name in THESIS_CLASSES and CLASSES[name] == THESIS_CLASSES[name]


def normalise_category(category: str) -> str:
    """Normalise the name of a scene category, which sources spell differently (thesis Table 3).

    `atrium/public`, `a/atrium/public`, `atrium-public` and `atrium_public` are one category, and
    the thesis's `child_sroom` is `childs_room` of Places.
    """
    key = re.sub(r"^/?[a-z]/", "", category.strip().lower())
    key = re.sub(r"[/\-\s]+", "_", key).strip("_")
    return "childs_room" if key == "child_sroom" else key
