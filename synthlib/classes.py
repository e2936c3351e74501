"""The 17 object classes: ImageNet synsets (thesis Table 1) and Places scenes (Tables 3 and 4).

Classes of one's own are in a YAML file of the same shape; the environment variable
`SYNTHLIB_CLASSES` names it, so that every kernel and worker process finds it. It is read when
`CLASSES` is first used, not when this module is imported.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from synthlib.files import in_project
from synthlib.utils.errors import ParameterError, file_errors

_RANGES = {"azimuth": 180.0, "elevation": 90.0}
"""Optional keys of a class and the limit of their values, degrees."""


@dataclass(frozen=True)
class ObjectClass:
    """One class: its `name` in synthlib, its `synset` (a folder name of photographs), the scene
    categories its objects are pasted into (`scenes`, names as Places writes them), and where it is
    usually photographed from: `azimuth` in [-180, 180] and `elevation` in [-90, 90] degrees, each
    least and most, 0 the front at the object's height."""

    name: str
    synset: str
    scenes: tuple[str, ...]
    azimuth: tuple[float, float] = (-180.0, 180.0)
    elevation: tuple[float, float] = (-25.0, 90.0)


def load_classes(path: Path) -> dict[str, ObjectClass]:
    """Classes from YAML: `name: {synset: folder, scenes: [category, ...]}` a class, and optionally
    `azimuth: [least, most]` and `elevation: [least, most]` in degrees.

    Raises ParameterError naming the class and the key that is wrong.
    """
    with file_errors(path, "read"):
        content = Path(path).read_bytes()
    try:
        text = content.decode()
        entries, names = yaml.safe_load(text), written_keys(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not YAML: {error}") from error
    if not isinstance(entries, dict) or not entries:
        raise ParameterError(f"{path}: expected `name: {{synset: ..., scenes: [...]}}` a class")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{path}: class {twice[0]} is there twice")
    classes: dict[str, ObjectClass] = {}
    for name, entry in entries.items():
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]+", name):
            raise ParameterError(
                f"{path}: class name {name!r} must be lower-case letters, digits, _ (a name of "
                "digits alone in quotes)"
            )
        needed = {"synset", "scenes"}
        if not isinstance(entry, dict) or not needed <= set(entry) <= needed | set(_RANGES):
            raise ParameterError(
                f"{path}: class {name} must have the keys synset and scenes, and may have azimuth "
                "and elevation"
            )
        scenes = entry["scenes"]
        texts = isinstance(scenes, list) and all(isinstance(scene, str) for scene in scenes)
        if not texts or not scenes:
            raise ParameterError(
                f"{path}: class {name}: scenes must be a list of names of categories"
            )
        synset = entry["synset"]
        if not isinstance(synset, str) or not synset.strip():
            raise ParameterError(
                f"{path}: class {name}: synset is {synset!r}; expected the name of its "
                "photographs' folder (one of digits in quotes)"
            )
        if same := [known.name for known in classes.values() if known.synset == synset]:
            raise ParameterError(
                f"{path}: classes {same[0]} and {name} have the same synset, {synset}"
            )
        ranges = {key: _range(path, name, key, entry[key]) for key in _RANGES if key in entry}
        classes[name] = ObjectClass(name, synset, tuple(entry["scenes"]), **ranges)
    return classes


def written_keys(text: str) -> list[str]:
    """The keys of a YAML mapping as written, of which a dict keeps one each."""
    node = yaml.compose(text, yaml.SafeLoader)
    mapping = isinstance(node, yaml.MappingNode)
    return [key.value for key, _ in node.value] if mapping else []


def _range(path: Path, name: str, key: str, value: Any) -> tuple[float, float]:
    limit = _RANGES[key]
    numbers = isinstance(value, list) and all(type(v) in (int, float) for v in value)
    if not numbers or len(value) != 2 or not -limit <= value[0] <= value[1] <= limit:
        raise ParameterError(
            f"{path}: class {name}: {key} is {value!r}; expected [least, most] in degrees within "
            f"-{limit:g} and {limit:g}"
        )
    return float(value[0]), float(value[1])


def own_classes(path: str, known: Mapping[str, ObjectClass]) -> dict[str, ObjectClass]:
    """The classes of a user's file; none if `path` is empty.

    Raises ParameterError if there is no such file, or it has a class that is known already.
    """
    if not path:
        return {}
    file = in_project(path)
    if not file.is_file():
        raise ParameterError(f"SYNTHLIB_CLASSES names {file}, which is no file; mend or unset it")
    own = load_classes(file)
    twice = sorted(set(own) & set(known))
    if twice:
        raise ParameterError(
            f"{path}: class {twice[0]} is one of the thesis's; give yours another name"
        )
    return own


THESIS_CLASSES = load_classes(Path(__file__).with_name("classes.yaml"))
"""The thesis's 17 classes by name, in alphabetical order: the order of every table and logit."""


@functools.cache
def _known(path: str) -> Mapping[str, ObjectClass]:
    """The thesis's classes and those of a user's file, read once per process."""
    return THESIS_CLASSES | own_classes(path, THESIS_CLASSES)


class _Classes(Mapping[str, ObjectClass]):
    """The mapping `CLASSES`: looks up $SYNTHLIB_CLASSES whenever it is used."""

    def __getitem__(self, name: str) -> ObjectClass:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def reload(self) -> None:
        """Forget what was read of the user's file, so that the next use reads it again."""
        _known.cache_clear()

    def _read(self) -> Mapping[str, ObjectClass]:
        return _known(os.environ.get("SYNTHLIB_CLASSES", ""))


CLASSES = _Classes()
"""All that a study can be of: the thesis's, then the user's own in the order of their file.

Its first use raises ParameterError or FileError if the user's file is missing or wrong."""


def select(names: Sequence[str]) -> tuple[ObjectClass, ...]:
    """The named classes, in the order given. Raises ParameterError naming an unknown class."""
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise ParameterError(f"unknown class {unknown[0]!r}; allowed: {', '.join(CLASSES)}")
    return tuple(CLASSES[name] for name in names)


def scene_key(category: str) -> str:
    """One spelling of a scene category, however a source writes it (thesis Table 3).

    `atrium/public`, `a/atrium/public`, `atrium-public` and `atrium_public` are one category, and
    the thesis's `child_sroom` is Places's `childs_room`.
    """
    key = re.sub(r"^/?[a-z]/", "", category.strip().lower())
    key = re.sub(r"[/\-\s]+", "_", key).strip("_")
    return "childs_room" if key == "child_sroom" else key
