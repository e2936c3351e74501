"""The 17 object classes: ImageNet synsets (thesis Table 1) and Places scenes (Tables 3 and 4).

Classes of one's own are in a YAML file of the same shape; the environment variable
`SYNTHLIB_CLASSES` names it, so that every kernel and worker process finds it. It is read when
`CLASSES` is first used, not when this module is imported.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, Strict

from synthlib.utils.errors import ParameterError, file_errors
from synthlib.utils.files import resolve_in_project
from synthlib.utils.validation import Range, Text, number_list, validated_dataclass


@validated_dataclass
class ObjectClass:
    """One class: its `name` in synthlib, its `synset` (a folder name of photographs), the scene
    categories its objects are pasted into (`scenes`, names as Places writes them), and where it is
    usually photographed from: `azimuth` in [-180, 180] and `elevation` in [-90, 90] degrees, each
    least and most, 0 the front at the object's height."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    synset: Text
    scenes: Annotated[tuple[str, ...], Strict(False), Field(min_length=1)]
    azimuth: Annotated[Range, number_list("[least, most]", -180, 180, apart=0)] = (-180.0, 180.0)
    elevation: Annotated[Range, number_list("[least, most]", -90, 90, apart=0)] = (-25.0, 90.0)


def load_classes(path: Path) -> dict[str, ObjectClass]:
    """Classes from YAML: `name: {synset: folder, scenes: [category, ...]}` a class, and optionally
    `azimuth: [least, most]` and `elevation: [least, most]` in degrees.

    Raises ParameterError naming the class and the key that is wrong.
    """
    with file_errors(path, "read"):
        content = Path(path).read_bytes()
    try:
        text = content.decode()
        entries, names = yaml.safe_load(text), yaml_mapping_keys(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not YAML: {error}") from error
    if not isinstance(entries, dict) or not entries:
        raise ParameterError(f"{path}: expected `name: {{synset: ..., scenes: [...]}}` a class")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{path}: class {twice[0]} is there twice")
    classes: dict[str, ObjectClass] = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or "name" in entry:
            form = "{synset: ..., scenes: [...]}"
            raise ParameterError(f"{path}: class {name} is {entry!r}; expected {form}")
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


def yaml_mapping_keys(text: str) -> list[str]:
    """The keys of a YAML mapping as written, of which a dict keeps one each."""
    node = yaml.compose(text, yaml.SafeLoader)
    mapping = isinstance(node, yaml.MappingNode)
    return [key.value for key, _ in node.value] if mapping else []


def load_user_classes(
    path: str, known_classes: Mapping[str, ObjectClass]
) -> dict[str, ObjectClass]:
    """The classes of a user's file; none if `path` is empty.

    Raises ParameterError if there is no such file, or it has a class that is known already.
    """
    if not path:
        return {}
    file = resolve_in_project(path)
    if not file.is_file():
        raise ParameterError(f"SYNTHLIB_CLASSES names {file}, which is no file; mend or unset it")
    own = load_classes(file)
    twice = sorted(set(own) & set(known_classes))
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
    return THESIS_CLASSES | load_user_classes(path, THESIS_CLASSES)


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


def select_classes(names: Sequence[str]) -> tuple[ObjectClass, ...]:
    """The named classes, in the order given. Raises ParameterError naming an unknown class."""
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise ParameterError(f"unknown class {unknown[0]!r}; allowed: {', '.join(CLASSES)}")
    return tuple(CLASSES[name] for name in names)


def normalise_category(category: str) -> str:
    """One spelling of a scene category, however a source writes it (thesis Table 3).

    `atrium/public`, `a/atrium/public`, `atrium-public` and `atrium_public` are one category, and
    the thesis's `child_sroom` is Places's `childs_room`.
    """
    key = re.sub(r"^/?[a-z]/", "", category.strip().lower())
    key = re.sub(r"[/\-\s]+", "_", key).strip("_")
    return "childs_room" if key == "child_sroom" else key
