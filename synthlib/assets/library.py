"""The user's own models: `<models_root>/<class>/<name>/model.ext`, and `models.yaml` about them.

A folder `<class>/<name>` with all below it is one model's; a file directly in `<class>` is a model
by itself. Of a model in several formats the one that `model_files.KINDS` has first is taken, and
all files of that format are. `models.yaml` lies in models_root and is optional:

    cup/mug:               # a folder, or a file without its ending
      turn: [90, 0, 180]   # degrees about fixed x, then y, then z: to make it upright (+z up) and
                           # face the front (-y) after its import
      class: vase          # what it really is
      skip: true           # leave it out
      source: https://...  # where it is from, and under which licence; else a file source.txt or
      licence: CC-BY-4.0   # a licence file beside it says so
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, Strict

from synthlib.assets.formats import MODEL_SUFFIXES, USD_SUFFIXES, find_licence
from synthlib.classes import CLASSES
from synthlib.utils.errors import ParameterError, SynthlibError
from synthlib.utils.files import walk_files, write_atomic
from synthlib.utils.validation import Text, number_list, validated_dataclass

MODELS_YAML = "models.yaml"
_UNKNOWN = "unknown"
_TURN = number_list("[x, y, z]", -360, 360)


class LibraryError(SynthlibError):
    """models.yaml cannot be followed; the message says where, and what is allowed."""


@validated_dataclass
class ModelOverrides:
    """A model's entry in models.yaml. An empty text is not said, an empty `cls` is its folder's."""

    turn: Annotated[tuple[float, float, float], Strict(False), _TURN] = (0.0, 0.0, 0.0)
    cls: Annotated[str, Field(alias="class", pattern=r"^[a-z0-9_]+$")] = ""
    skip: bool = False
    source: Text = ""
    licence: Text = ""


@dataclass(frozen=True)
class Model:
    """A model file: its own `folder` (None: it lies in its class's), `turn` in degrees about fixed
    x, y, z; `passed_over`: the same model in other formats, which is not taken."""

    path: Path
    folder: Path | None
    turn: tuple[float, float, float]
    origin: str
    licence: str
    skipped_files: tuple[Path, ...]


def list_models(cls: str, models_root: Path) -> list[Model]:
    """The models of a class, by path: those in its folder, and those that models.yaml gives it.

    Raises LibraryError for a models.yaml that cannot be followed.
    """
    fix_ups = read_overrides(models_root)
    moved = {key.split("/")[0] for key, fix in fix_ups.items() if fix.cls == cls}
    found = []
    for folder in sorted({cls, *moved}):
        for name, files in _files_by_model(models_root / folder).items():
            fix = fix_ups.get(f"{folder}/{name}", ModelOverrides())
            if not fix.skip and (fix.cls or folder) == cls:
                found += _models_of_preferred_format(files, models_root / folder / name, fix)
    return sorted(found, key=lambda model: model.path)


def read_overrides(models_root: Path) -> dict[str, ModelOverrides]:
    """models.yaml by its keys, `<class>/<name>`; empty without the file.

    Raises LibraryError naming the file, the key and the value, and what is allowed.
    """
    path = models_root / MODELS_YAML
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LibraryError(f"{path} cannot be read as YAML: {error}") from error
    if entries is None:
        return {}
    if not isinstance(entries, dict):
        raise LibraryError(f"{path}: expected `<class>/<name>: {{turn: [x, y, z], ...}}` a model.")
    return {str(key): _parse_overrides(path, str(key), entry) for key, entry in entries.items()}


def append_turns(path: Path, turns: dict[str, tuple[float, float, float]]) -> None:
    """Appends turns of models to a models.yaml, which stays as it is otherwise.

    Raises LibraryError if entries cannot be appended to it.
    """
    if not turns:
        return
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [f"{k}: {{turn: {list(turn)}}}" for k, turn in turns.items()]
    try:
        known = yaml.safe_load(text) or {}
        lines = [line for k, line in zip(turns, lines, strict=True) if k not in known]
        text = "\n".join([text.rstrip(), *lines]).lstrip() + "\n"
        whole = isinstance(known, dict) and set(yaml.safe_load(text)) >= set(turns)
    except yaml.YAMLError:
        whole = False
    if not whole:
        raise LibraryError(f"{path}: add these lines by hand, it is not one entry a line: {lines}")
    write_atomic(path, text)


def _parse_overrides(path: Path, key: str, entry: Any) -> ModelOverrides:
    folder, _, name = key.partition("/")
    names = _files_by_model(path.parent / folder) if folder not in ("", ".", "..") else {}
    if name not in names:
        raise LibraryError(f"{path}: {key} is no model below {path.parent}; give <class>/<name>.")
    if not isinstance(entry, dict):
        raise LibraryError(
            f"{path}: {key} is {entry!r}; expected keys and values such as {_EXAMPLE_ENTRY}."
        )
    try:
        fix = ModelOverrides(**{str(word): value for word, value in entry.items()})
    except ParameterError as error:
        raise LibraryError(f"{path}: {key}: {error}") from None
    classes = {*CLASSES, *(f.name for f in path.parent.iterdir() if f.is_dir())}
    if fix.cls and fix.cls not in classes:
        allowed = ", ".join(sorted(classes))
        raise LibraryError(f"{path}: {key}: class is {fix.cls!r}; allowed: {allowed}.")
    return fix


_EXAMPLE_ENTRY = "turn: [0, 0, 90]"


def _files_by_model(folder: Path) -> dict[str, list[Path]]:
    """The model files of a class's folder by model: first folder below it, or stem of a file."""
    found: dict[str, list[Path]] = {}
    for path in sorted(walk_files(folder)):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
        if path.suffix.lower() in MODEL_SUFFIXES and not hidden and path.is_file():
            found.setdefault(parts[0] if len(parts) > 1 else path.stem, []).append(path)
    return found


def _models_of_preferred_format(
    files: list[Path], folder: Path, overrides: ModelOverrides
) -> list[Model]:
    """One model's files: those of the preferred format become models, the rest is passed over."""
    kind = min((file.suffix.lower() for file in files), key=lambda kind: MODEL_SUFFIXES.index(kind))
    taken = [file for file in files if file.suffix.lower() == kind]
    if kind in USD_SUFFIXES:  # its layers are files of its kind; one bears the model's name
        taken = [file for file in taken if file.stem in (folder.name, "model", "root")] or taken
    own = folder if folder.is_dir() and folder in taken[0].parents else None
    rest = tuple(file for file in files if file not in taken)
    return [
        Model(
            path=file,
            folder=own,
            turn=overrides.turn,
            origin=overrides.source or _nearest_text(file, own or file.parent, _source_in),
            licence=overrides.licence or _nearest_text(file, own or file.parent, _licence_in),
            skipped_files=rest,
        )
        for file in taken
    ]


def _nearest_text(file: Path, own: Path, read: Any) -> str:
    """What the nearest folder says, from the file's own up to the model's."""
    folder = file.parent
    while (text := read(folder)) == _UNKNOWN and folder != own:
        folder = folder.parent
    return text


def _licence_in(folder: Path) -> str:
    return find_licence(folder / MODELS_YAML)


def _source_in(folder: Path) -> str:
    """The first line of source.txt."""
    try:
        lines = (folder / "source.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return _UNKNOWN
    return next((line.strip() for line in lines if line.strip()), _UNKNOWN)
