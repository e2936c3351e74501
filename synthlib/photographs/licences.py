"""Licences of photographs, and the kinds of use that a licence allows.

The licence of a photograph is, in this order,

1. what `licences.yaml` in the data root says about it, or about the nearest folder above it;
2. what the nearest licence file says, in its folder or a folder above it, up to the data root;
3. ImageNet's or Places's terms, where its folder is named as theirs (a synset, or a scene category
   of a built-in class);
4. unknown.

`licences.yaml` maps folders or files, relative to the data root, to licences::

    imagenet/train/shoe: CC0-1.0
    places/hall: {licence: CC-BY-4.0, source: "https://..."}
"""

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from synthlib.assets.formats import UNKNOWN, find_licence
from synthlib.classes import THESIS_CLASSES, normalise_category
from synthlib.utils.errors import ParameterError
from synthlib.utils.validation import Text, read_yaml_mapping, validated_dataclass

LICENCES_FILE = "licences.yaml"

Use = Literal["open", "non-commercial", "unknown"]
"""The use that a licence allows: also commercial (`open`), or `non-commercial` only."""

USES: tuple[Use, ...] = ("open", "non-commercial", "unknown")
"""All kinds of use, the widest first; `unknown` may allow none."""

_USE_PATTERNS: tuple[tuple[Use, str], ...] = (
    ("unknown", r"\bND\b|no ?-?deriv"),  # a composite is a derivative
    ("non-commercial", r"non-?\s?commercial|\bNC\b|research"),
    (
        "open",
        r"\bCC0|\bCC[- ]BY|public domain|\b(MIT|BSD|ISC|Apache|L?GPL|MPL|ODbL|OFL|Unlicense)\b",
    ),
)


@validated_dataclass
class Licence:
    """The licence of a photograph or a model.

    Attributes:
        licence: Its name, as an SPDX identifier where there is one.
        source: Where the file comes from, such as a web address; "" if that is not known.
    """

    licence: Text = UNKNOWN
    source: str = ""


IMAGENET = Licence("ImageNet terms: non-commercial research", "https://image-net.org")
PLACES = Licence("Places terms: non-commercial research", "http://places2.csail.mit.edu")
STAND_IN = Licence("MIT", "rendered by synthlib")


def licence_use(licence: str) -> Use:
    """The use that a licence allows, from its name.

    Examples:
        >>> [licence_use(name) for name in ("CC-BY-4.0", "CC-BY-NC-4.0", "see LICENSE")]
        ['open', 'non-commercial', 'unknown']
    """
    for use, pattern in _USE_PATTERNS:
        if re.search(pattern, licence, re.I):
            return use
    return "unknown"


def is_allowed(licence: str, allowed: tuple[str, ...]) -> bool:
    """True if a licence is among allowed ones.

    Args:
        licence: Its name.
        allowed: Kinds of use (`USES`) and names of licences, in which * stands for any text and
            case does not matter. Empty: every licence is allowed.
    """
    name = licence.lower()
    return not allowed or any(
        licence_use(licence) == entry or fnmatchcase(name, entry.lower()) for entry in allowed
    )


class PhotographLicences:
    """The licences of the photographs of a data root, each looked up once.

    Args:
        root: The data root.

    Raises:
        ParameterError: If `licences.yaml` is malformed, or names a path that does not exist.
        FileError: If it cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stated = _read_licences(root)
        self._default = STAND_IN if (root / "stand_in.json").exists() else Licence()
        self._by_folder: dict[PurePosixPath, Licence] = {}

    def of(self, sample: str) -> Licence:
        """The licence of a photograph, given by its path relative to the data root."""
        path = PurePosixPath(sample)
        if path in self._stated:
            return self._stated[path]
        if path.parent not in self._by_folder:
            self._by_folder[path.parent] = self._of_folder(path.parent)
        return self._by_folder[path.parent]

    def _of_folder(self, folder: PurePosixPath) -> Licence:
        folders = (folder, *folder.parents)
        for stated in filter(self._stated.__contains__, folders):
            return self._stated[stated]
        on_disk = [self.root / above for above in folders if (self.root / above).is_dir()]
        for name in map(find_licence, on_disk):
            if name != UNKNOWN:
                return Licence(name)
        if self._default.licence != UNKNOWN:
            return self._default
        return _data_set_licence(folder)


def _read_licences(root: Path) -> dict[PurePosixPath, Licence]:
    path = root / LICENCES_FILE
    if not path.exists():
        return {}
    entries = read_yaml_mapping(path, "`folder: licence` lines")
    return dict(_parse_entry(path, key, value) for key, value in entries.items())


def _parse_entry(path: Path, key: Any, value: Any) -> tuple[PurePosixPath, Licence]:
    """A line of `licences.yaml`; an unknown folder is an error, because it may be misspelt."""
    if not isinstance(key, str) or not (path.parent / key).exists():
        raise ParameterError(f"{path}: {key} is no folder or file of {path.parent}")
    try:
        licence = Licence(**(value if isinstance(value, dict) else {"licence": value}))
    except ParameterError as error:
        raise ParameterError(f"{path}: {key}: {error}") from None
    return PurePosixPath(key), licence


def _data_set_licence(folder: PurePosixPath) -> Licence:
    """The terms of the data set that a folder is named after."""
    top, *rest = folder.parts
    if top == "imagenet" and any(re.fullmatch(r"n\d{8}", name) for name in rest):
        return IMAGENET
    known = THESIS_CLASSES.values()
    scenes = {normalise_category(scene) for cls in known for scene in cls.scenes}
    if top == "places" and normalise_category("/".join(rest)) in scenes:
        return PLACES
    return Licence()
