"""Unpacking of model libraries, `.sh3f` (Sweet Home 3D) or `.zip`, into the user's models.

A mapping (YAML, class -> list of patterns, such as `sweethome3d.yaml`) selects models by their id
in the library's catalogue or, in an archive without one, by the path of the model file. Each model
goes to `<models_root>/<class>/<name>/`, together with its licence and a `source.txt` that says
where it is from. If the catalogue rotates a model, its `turn` is added to `models.yaml`. A model's
folder is written completely or not at all, nothing is written outside `models_root`, and the size
of what is unpacked is limited.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import numpy as np

from synthlib.assets.formats import MODEL_SUFFIXES, UNKNOWN
from synthlib.assets.library import MODELS_YAML, append_turns
from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError as ArchiveError  # raised by unpack_library
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import write_atomic
from synthlib.utils.validation import read_yaml_mapping

SWEET_HOME_3D_MAPPING = Path(__file__).with_name("sweethome3d.yaml")
"""The mapping for Sweet Home 3D's furniture libraries."""

MAX_FILES = 20_000
"""Most files that an archive may list."""

_CATALOGUE = "PluginFurnitureCatalog.properties"
_AXES = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation from the axes of Sweet Home 3D (y up) to ours (z up)."""


@dataclass(frozen=True)
class ArchivedModel:
    """A model in an archive.

    Attributes:
        id: Its id in the catalogue, or its path.
        path: Path of its file in the archive.
        source: Where it is from, for `source.txt`.
        turn: Rotation in degrees about the fixed x, y and z axes.
    """

    id: str
    path: PurePosixPath
    source: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class UnpackReport:
    """Result of `unpack_library`.

    Attributes:
        unpacked: Folders of the models that were unpacked.
        existing: Folders that existed before and were not changed.
        failed: Id and reason of each model that could not be unpacked.
    """

    unpacked: list[Path] = field(default_factory=list)
    existing: list[Path] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def unpack_library(
    archive: Path, models_root: Path, mapping: Path = SWEET_HOME_3D_MAPPING
) -> UnpackReport:
    """Unpack the models that a mapping selects; existing folders are not changed.

    Args:
        archive: The library, `.sh3f` or `.zip`.
        models_root: Where the models go; created if necessary.
        mapping: YAML file of classes and patterns, as in `fnmatch`.

    Returns:
        What was unpacked, what existed, and what failed because its files are missing.

    Raises:
        ArchiveError: The archive is broken, too large or encrypted, or names a path outside itself.
        ParameterError: The mapping is wrong.
        FileError: The mapping cannot be read.
        LibraryError: Turns cannot be added to models.yaml.

    Examples:
        >>> report = unpack_library(Path("Trees.sh3f"), Path("models"))
    """
    patterns = _read_mapping(mapping)
    report = UnpackReport()
    turns = {}
    used_bytes = 0
    try:
        names = archives.list_files(archive)
        if len(names) > MAX_FILES:
            raise ArchiveError(f"{archive} lists over {MAX_FILES} files; unpack it by hand.")
        for entry in _list_models(archive, names):
            for cls, class_patterns in patterns.items():
                if not any(fnmatchcase(entry.id, pattern) for pattern in class_patterns):
                    continue
                folder = models_root / cls / _folder_name(entry.id)
                if folder.exists():
                    report.existing.append(folder)
                elif files := _files_of(entry.path, names):
                    used_bytes = _unpack_model(archive, entry, files, folder, used_bytes)
                    report.unpacked.append(folder)
                else:
                    report.failed.append((entry.id, f"{entry.path} is not in {archive}"))
                    continue
                if any(entry.turn):
                    turns[f"{cls}/{folder.name}"] = entry.turn
    except OSError as error:
        raise ArchiveError(f"{archive} cannot be unpacked: {error}") from error
    finally:
        append_turns(models_root / MODELS_YAML, turns)
    return report


def _files_of(model: PurePosixPath, names: Sequence[str]) -> dict[str, str]:
    """The files in a model's folder and below: name in the archive -> path in the new folder.

    The archive's licence is added if the model has none of its own. Empty if the model is missing.
    """
    if str(model) not in names:
        return {}
    paths = [path for path in map(PurePosixPath, names) if path.is_relative_to(model.parent)]
    files = {str(path): str(path.relative_to(model.parent)) for path in paths}
    top_names = {text.split("/")[0] for text in files.values()}
    if not any(re.search("licen[sc]e|copying", name, re.I) for name in top_names):
        licence = re.compile(r"(licen[sc]e|copying)(\.txt|\.md|\.html)?", re.I)
        if name := next(filter(licence.fullmatch, names), None):
            files[name] = "LICENSE.txt"
    return files


def _unpack_model(
    archive: Path, entry: ArchivedModel, files: dict[str, str], folder: Path, used_bytes: int
) -> int:
    """Write a model's folder completely or not at all; return the bytes unpacked so far."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        used_bytes = archives.unpack_files(archive, part, files, used=used_bytes)
        write_atomic(part / "source.txt", entry.source + "\n")
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return used_bytes


def _list_models(archive: Path, names: Sequence[str]) -> Iterator[ArchivedModel]:
    """The models of an archive's catalogue; without a catalogue, all its model files."""
    if _CATALOGUE not in names:
        for name in sorted(names):
            path = PurePosixPath(name)
            if path.suffix.lower() in MODEL_SUFFIXES and not path.name.startswith("."):
                yield ArchivedModel(str(path), path, f"{archive.name}: {path}")
        return
    catalogue = _parse_properties(archives.read_file(archive, _CATALOGUE).decode("latin-1"))
    title = f"{catalogue.get('name', archive.stem)} {catalogue.get('version', '')}".strip()
    library = f"Sweet Home 3D, {title} ({catalogue.get('provider', archive.name)})"
    keys = [key for key in catalogue if re.fullmatch(r"model#\d+", key)]
    for n in sorted({int(key.split("#")[1]) for key in keys}):
        name = catalogue.get(f"name#{n}", "")
        creator = catalogue.get(f"creator#{n}", UNKNOWN)
        path = PurePosixPath(catalogue[f"model#{n}"].lstrip("/"))
        yield ArchivedModel(
            id=catalogue.get(f"id#{n}", str(path)),
            path=path,
            source=f"{library}: {name} by {creator}",
            turn=_turn_from_rotation(catalogue.get(f"modelRotation#{n}", "")),
        )


def _parse_properties(text: str) -> dict[str, str]:
    """Parse a Java properties file: `key=value` lines, with continuations and \\uXXXX escapes."""
    text = re.sub(r"\\\r?\n\s*", "", text)
    entries = re.findall(r"^[ \t]*([^#!\s=:][^\s=:]*)[ \t]*[=:][ \t]*(.*?)\s*$", text, re.M)
    decode = re.compile(r"\\u([0-9a-fA-F]{4})")
    return {key: decode.sub(lambda m: chr(int(m[1], 16)), value) for key, value in entries}


def _turn_from_rotation(rotation: str) -> tuple[float, float, float]:
    """Degrees about our fixed axes, from a rotation matrix of Sweet Home 3D.

    Args:
        rotation: Nine numbers, row by row, with y up; anything else means no rotation.
    """
    numbers = [float(word) for word in rotation.split() if re.fullmatch(r"[-+.\deE]+", word)]
    if len(numbers) != 9:
        return (0.0, 0.0, 0.0)
    m = _AXES @ np.array(numbers).reshape(3, 3) @ _AXES.T
    angles = (
        np.arctan2(m[2, 1], m[2, 2]),
        -np.arcsin(np.clip(m[2, 0], -1.0, 1.0)),
        np.arctan2(m[1, 0], m[0, 0]),
    )
    x, y, z = (round(float(np.degrees(angle)), 3) + 0.0 for angle in angles)
    return (x, y, z)


def _read_mapping(path: Path) -> dict[str, list[str]]:
    form = "`class: [pattern, ...]`"
    mapping = read_yaml_mapping(path, form)
    for cls, patterns in mapping.items():
        are_texts = isinstance(patterns, list) and all(isinstance(p, str) for p in patterns)
        if not are_texts or not re.fullmatch(r"[a-z0-9_]+", str(cls)):
            raise ParameterError(f"{path}: {cls} is {patterns!r}; expected {form}")
    return mapping


def _folder_name(name: str) -> str:
    """Make a folder's name of a catalogue id or a path: `Scopia#vase1` becomes scopia-vase1."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", name) if "/" in name or "." in name else name
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-") or "model"
