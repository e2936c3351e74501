"""The 17 object classes: ImageNet synsets (thesis Table 1) and Places scenes (Tables 3 and 4).

Users can add their own classes in a YAML file of the same form as `classes.yaml`. The environment
variable `SYNTHLIB_CLASSES` names the file, so that every kernel and worker process finds it. It is
read when `CLASSES` is first used, not when this module is imported.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, Strict

from synthlib.utils.errors import ParameterError
from synthlib.utils.files import resolve_in_project
from synthlib.utils.validation import (
    Range,
    Text,
    number_list,
    read_yaml_mapping,
    validated_dataclass,
)

_FORM = "`name: {synset: ..., scenes: [...]}` per class"


@validated_dataclass
class ObjectClass:
    """An object class.

    Attributes:
        name: Its name in synthlib.
        synset: Name of the folder of its photographs.
        scenes: Categories of the backgrounds that its objects are pasted into, as Places writes
            them.
        azimuth: Range of the directions that it is usually photographed from, degrees in
            [-180, 180]; 0 is the front.
        elevation: Range of their elevations, degrees in [-90, 90]; 0 is the object's height.
        roll: Range of the camera's roll, degrees in [-180, 180].
        field_of_view: Range of the lens's field of view, degrees in [1, 120].
        close_ups: Share of its photographs, in [0, 1], that show only a part of it from nearby.
        size: Range of the size of the object in the other photographs, as a share of their side, in
            [0.05, 1].
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
    size: Annotated[Range, number_list("[least, most]", 0.05, 1, min_width=0)] = (0.5, 1.0)


def load_classes(path: Path) -> dict[str, ObjectClass]:
    """Read classes from a YAML file.

    Its entries are `name: {synset: folder, scenes: [category, ...]}`, one per class, optionally
    with the fields of `ObjectClass` that describe how it is photographed, such as
    `elevation: [least, most]`.

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
        try:
            cls = ObjectClass(**{str(key): entry[key] for key in entry}, name=name)
        except ParameterError as error:
            raise ParameterError(f"{path}: class {name}: {error}") from None
        if same := [known.name for known in classes.values() if known.synset == cls.synset]:
            raise ParameterError(
                f"{path}: classes {same[0]} and {name} have the same synset, {cls.synset}"
            )
        classes[name] = cls
    return classes


def load_user_classes(
    path: str, known_classes: Mapping[str, ObjectClass]
) -> dict[str, ObjectClass]:
    """Read the classes of a user's file; none if `path` is empty.

    Raises:
        ParameterError: The file does not exist or is wrong, or has a class of a known name.
        FileError: The file cannot be read.
    """
    if not path:
        return {}
    file = resolve_in_project(path)
    if not file.is_file():
        raise ParameterError(
            f"SYNTHLIB_CLASSES names {file}, which is not a file; correct or unset it"
        )
    classes = load_classes(file)
    repeated = sorted(set(classes) & set(known_classes))
    if repeated:
        raise ParameterError(
            f"{path}: class {repeated[0]} is one of the thesis's; give yours another name"
        )
    return classes


THESIS_CLASSES = load_classes(Path(__file__).with_name("classes.yaml"))
"""The thesis's 17 classes by name, in alphabetical order, the order of tables and logits."""


@functools.cache
def _known(path: str) -> Mapping[str, ObjectClass]:
    """The thesis's classes and those of a user's file, read once per process."""
    return THESIS_CLASSES | load_user_classes(path, THESIS_CLASSES)


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
"""All classes by name: the thesis's, then the user's in the order of their file.

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
        raise ParameterError(f"unknown class {unknown[0]!r}; allowed: {', '.join(CLASSES)}")
    return tuple(CLASSES[name] for name in names)


def normalise_category(category: str) -> str:
    """Normalise the name of a scene category, which sources spell differently (thesis Table 3).

    `atrium/public`, `a/atrium/public`, `atrium-public` and `atrium_public` are one category, and
    the thesis's `child_sroom` is `childs_room` of Places.
    """
    key = re.sub(r"^/?[a-z]/", "", category.strip().lower())
    key = re.sub(r"[/\-\s]+", "_", key).strip("_")
    return "childs_room" if key == "child_sroom" else key
