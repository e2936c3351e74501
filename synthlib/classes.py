"""The 17 object classes: ImageNet synsets (thesis Table 1) and Places scenes (Tables 3 and 4).

A user's own class list is a YAML file of the same shape, read by `load_classes`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class ObjectClass:
    """One class: its `name` in synthlib, its `synset` (a folder name of photographs) and the
    scene categories its objects are pasted into (`scenes`, names as Places writes them)."""

    name: str
    synset: str
    scenes: tuple[str, ...]


def load_classes(path: Path) -> dict[str, ObjectClass]:
    """Classes from YAML: `name: {synset: folder, scenes: [category, ...]}` a class.

    Raises ValueError naming the class and the key that is wrong.
    """
    entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(entries, dict) or not entries:
        raise ValueError(f"{path}: expected `name: {{synset: ..., scenes: [...]}}` a class")
    classes = {}
    for name, entry in entries.items():
        if not re.fullmatch(r"[a-z0-9_]+", str(name)):
            raise ValueError(f"{path}: class name {name!r} must be lower-case letters, digits, _")
        if not isinstance(entry, dict) or set(entry) != {"synset", "scenes"}:
            raise ValueError(f"{path}: class {name} must have the keys synset and scenes only")
        if not isinstance(entry["scenes"], list) or not entry["scenes"]:
            raise ValueError(f"{path}: class {name}: scenes must be a list of scene categories")
        classes[name] = ObjectClass(name, str(entry["synset"]), tuple(entry["scenes"]))
    return classes


CLASSES: dict[str, ObjectClass] = load_classes(Path(__file__).with_name("classes.yaml"))
"""The thesis's 17 classes by name, in alphabetical order: the order of every table and logit."""


def select(names: Sequence[str]) -> tuple[ObjectClass, ...]:
    """The named classes, in the order given. Raises ValueError naming an unknown class."""
    unknown = [name for name in names if name not in CLASSES]
    if unknown:
        raise ValueError(f"unknown class {unknown[0]!r}; allowed: {', '.join(CLASSES)}")
    return tuple(CLASSES[name] for name in names)


def scene_key(category: str) -> str:
    """One spelling of a scene category, however a source writes it (thesis Table 3).

    `atrium/public`, `a/atrium/public`, `atrium-public` and `atrium_public` are one category, and
    the thesis's `child_sroom` is Places's `childs_room`.
    """
    key = re.sub(r"^/?[a-z]/", "", category.strip().lower())
    key = re.sub(r"[/\-\s]+", "_", key).strip("_")
    return "childs_room" if key == "child_sroom" else key
