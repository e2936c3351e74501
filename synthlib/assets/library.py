"""The user's library of models: `<models_root>/<class>/<name>/model.ext`, and `models.yaml`.

A folder `<class>/<name>`, with everything below it, belongs to one model; a file directly in
`<class>` is a model by itself. If a model comes in several formats, the one that `MODEL_SUFFIXES`
lists first is used, with all files of that format. Hidden files and folders are left out. The
optional `models.yaml` in models_root corrects single models:

    cup/mug:               # a folder, or a file without its suffix
      turn: [90, 0, 180]   # degrees about the fixed x, then y, then z axis, which make it
                           # upright (+z up) and face the front (-y) after its import
      class: vase          # its true class
      skip: true           # leave it out
      source: https://...  # where it is from; default: the text of source.txt next to it
      licence: CC-BY-4.0   # default: the licence that a licence file next to it names
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, Strict

from synthlib.assets.formats import MODEL_SUFFIXES, UNKNOWN, USD_SUFFIXES, find_licence
from synthlib.classes import CLASSES, class_or_default
from synthlib.utils.errors import ParameterError, SynthlibError
from synthlib.utils.files import (
    irregular_kind,
    read_text,
    visible_folders,
    walk_files,
    write_atomic,
)
from synthlib.utils.suggestions import allowed_names
from synthlib.utils.validation import Text, number_list, read_yaml_mapping, validated_dataclass

MODELS_YAML = "models.yaml"
_TURN = number_list("[x, y, z]", -360, 360)


class LibraryError(SynthlibError):
    """An entry of models.yaml is wrong."""


@validated_dataclass
class ModelOverrides:
    """The entry of a model in models.yaml; an empty text stands for the default.

    Attributes:
        turn: Rotation in degrees about the fixed x, y and z axes, each in [-360, 360].
        cls: Its class, under the key `class`; default: the class of its folder.
        skip: True to leave the model out.
        source: Where it is from.
        licence: Its licence.
    """

    turn: Annotated[tuple[float, float, float], Strict(False), _TURN] = (0.0, 0.0, 0.0)
    cls: Annotated[str, Field(alias="class", pattern=r"^[a-z0-9_]+$")] = ""
    skip: bool = False
    source: Text = ""
    licence: Text = ""


@dataclass(frozen=True)
class Model:
    """A model file of the library.

    Attributes:
        path: The file.
        folder: The folder that belongs to the model alone; None for a file in a class's folder.
        turn: Rotation in degrees about the fixed x, y and z axes.
        origin: Where it is from, or "unknown".
        licence: Its licence, or "unknown".
        skipped_files: Files of the same model in other formats, which are not used.
    """

    path: Path
    folder: Path | None
    turn: tuple[float, float, float]
    origin: str
    licence: str
    skipped_files: tuple[Path, ...]


def list_models(cls: str, models_root: Path) -> list[Model]:
    """List the models of a class: those in its folder, and those that models.yaml assigns to it.

    Args:
        cls: Name of the class; its folder is `ObjectClass.models`.
        models_root: The library's folder.

    Returns:
        The models, sorted by path, without those that models.yaml skips.

    Raises:
        LibraryError: An entry of models.yaml is wrong.
    """
    overrides = read_overrides(models_root)
    own_folder = class_or_default(cls).models
    other_folders = {key.split("/")[0] for key, entry in overrides.items() if entry.cls == cls}
    models = []
    for folder in sorted({own_folder, *other_folders}):
        for name, files in _files_by_model(models_root / folder).items():
            entry = overrides.get(f"{folder}/{name}", ModelOverrides())
            is_own = entry.cls == cls if entry.cls else folder == own_folder
            if not entry.skip and is_own:
                models += _models_of_preferred_format(files, models_root / folder / name, entry)
    return sorted(models, key=lambda model: model.path)


def read_overrides(models_root: Path) -> dict[str, ModelOverrides]:
    """Read models.yaml, by its keys `<class>/<name>`; empty if there is no such file.

    Raises:
        LibraryError: Names the file, the key and the value that is wrong, and what is allowed.
        FileError: The file cannot be read.
    """
    path = models_root / MODELS_YAML
    if not path.exists():
        return {}
    try:
        entries = read_yaml_mapping(path, "`<class>/<name>: {turn: [x, y, z], ...}` lines")
    except ParameterError as error:
        raise LibraryError(str(error)) from error
    return {str(key): _parse_overrides(path, str(key), entry) for key, entry in entries.items()}


def append_turns(path: Path, turns: dict[str, tuple[float, float, float]]) -> None:
    """Append the turns of models to a models.yaml; its present content is not changed.

    Args:
        path: The file, created if necessary.
        turns: Rotations in degrees by the models' keys; keys that the file has are left out.

    Raises:
        LibraryError: The file is not in block style, so that lines cannot be appended.
        ParameterError: The file is not UTF-8.
    """
    if not turns:
        return
    text = read_text(path) if path.exists() else ""
    lines = [f"{key}: {{turn: {list(turn)}}}" for key, turn in turns.items()]
    try:
        known = yaml.safe_load(text) or {}
        lines = [line for key, line in zip(turns, lines, strict=True) if key not in known]
        text = "\n".join([text.rstrip(), *lines]).lstrip() + "\n"
        is_valid = isinstance(known, dict) and set(yaml.safe_load(text)) >= set(turns)
    except yaml.YAMLError:
        is_valid = False
    if not is_valid:
        raise LibraryError(
            f"{path}: add these lines by hand, as it does not have one entry per line: {lines}"
        )
    write_atomic(path, text)


def _parse_overrides(path: Path, key: str, entry: Any) -> ModelOverrides:
    folder, _, name = key.partition("/")
    models = _files_by_model(path.parent / folder) if folder not in ("", ".", "..") else {}
    if name not in models:
        raise LibraryError(f"{path}: {key} is no model below {path.parent}; give <class>/<name>.")
    if not isinstance(entry, dict):
        raise LibraryError(
            f"{path}: {key} is {entry!r}; expected keys and values such as turn: [0, 0, 90]."
        )
    try:
        overrides = ModelOverrides(**{str(name): value for name, value in entry.items()})
    except ParameterError as error:
        raise LibraryError(f"{path}: {key}: {error}") from None
    classes = {*CLASSES, *(found.name for found in visible_folders(path.parent))}
    if overrides.cls and overrides.cls not in classes:
        allowed = allowed_names(overrides.cls, sorted(classes))
        raise LibraryError(f"{path}: {key}: class is {overrides.cls!r}; {allowed}.")
    return overrides


def _files_by_model(folder: Path) -> dict[str, list[Path]]:
    """The model files of a class's folder, by model: first folder below it, or stem of a file."""
    files: dict[str, list[Path]] = {}
    for path in sorted(walk_files(folder)):
        parts = path.relative_to(folder).parts
        if path.suffix.lower() in MODEL_SUFFIXES and _is_readable(path):
            files.setdefault(parts[0] if len(parts) > 1 else path.stem, []).append(path)
    return files


def _is_readable(path: Path) -> bool:
    """True if a path is a regular file; otherwise warn that it is left out."""
    try:
        kind = irregular_kind(path)
        fault = f"it is {kind}, not a file" if kind else ""
    except OSError as error:
        fault = str(error.strerror)
    if fault:
        warnings.warn(f"{path} is left out: {fault}", stacklevel=2)
    return not fault


def _models_of_preferred_format(
    files: list[Path], folder: Path, overrides: ModelOverrides
) -> list[Model]:
    """The models of one folder or stem: its files of the preferred format.

    Args:
        files: All its model files, at least one.
        folder: `<class>/<name>`, which exists if the model has its own folder.
        overrides: Its entry in models.yaml.
    """
    suffix = min((file.suffix.lower() for file in files), key=MODEL_SUFFIXES.index)
    preferred = [file for file in files if file.suffix.lower() == suffix]
    if suffix in USD_SUFFIXES:
        # Layers have the same suffix; the root layer has the model's name.
        roots = [file for file in preferred if file.stem in (folder.name, "model", "root")]
        preferred = roots or preferred
    model_folder = folder if folder.is_dir() and folder in preferred[0].parents else None
    skipped = tuple(file for file in files if file not in preferred)
    models = []
    for file in preferred:
        # A licence or source.txt in any folder of the model applies to the files below it.
        top = model_folder or file.parent
        models.append(
            Model(
                path=file,
                folder=model_folder,
                turn=overrides.turn,
                origin=overrides.source or _nearest_text(file.parent, top, _origin_in),
                licence=overrides.licence or _nearest_text(file.parent, top, find_licence),
                skipped_files=skipped,
            )
        )
    return models


def _nearest_text(folder: Path, top: Path, read: Callable[[Path], str]) -> str:
    """The text that `read` finds in `folder`, or in the nearest folder above it, up to `top`."""
    while (text := read(folder)) == UNKNOWN and folder != top:
        folder = folder.parent
    return text


def _origin_in(folder: Path) -> str:
    """The first line of source.txt that is not empty."""
    file = folder / "source.txt"
    try:
        if irregular_kind(file):
            return UNKNOWN
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return UNKNOWN
    return next((line.strip() for line in lines if line.strip()), UNKNOWN)
