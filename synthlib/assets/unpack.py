"""Libraries of models, `.sh3f` (Sweet Home 3D) or `.zip`, unpacked into a folder of models.

A mapping (YAML: class -> list of patterns, as `sweethome3d.yaml`) picks models by catalogue id, or,
in an archive without a catalogue, by the path of the model file in it. Each lands in
`<models_root>/<class>/<name>/` with its licence, and `source.txt` saying where it is from; a model
that its catalogue turns gets its `turn` in `models.yaml`. Nothing is written outside that folder,
no more than the limits below, and a model's folder is there whole or not at all.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
import yaml

from synthlib.assets.formats import MODEL_SUFFIXES
from synthlib.assets.library import MODELS_YAML, append_turns
from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError as ArchiveError  # for callers of this module
from synthlib.utils.files import write_atomic

SWEET_HOME_3D_MAPPING = Path(__file__).with_name("sweethome3d.yaml")
"""The mapping for Sweet Home 3D's furniture libraries."""

MAX_FILES = 20_000
"""Limit of the files that an archive lists."""

_CATALOGUE = "PluginFurnitureCatalog.properties"
_AXES = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From Sweet Home's axes (y up) to ours."""


@dataclass(frozen=True)
class ArchivedModel:
    """A model of an archive: its `id` (of the catalogue, or its path), the path of its file, what
    is said of it, and its turn in degrees about fixed x, y, z."""

    id: str
    model: PurePosixPath
    source: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class UnpackReport:
    """Folders `made` now, those that were `there` before, and models that `failed`: id, reason."""

    unpacked: list[Path] = field(default_factory=list)
    existing: list[Path] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def unpack_library(
    archive: Path, models_root: Path, mapping: Path = SWEET_HOME_3D_MAPPING
) -> UnpackReport:
    """Unpacks the models that the mapping picks; folders that exist already are left alone.

    A model whose files are missing is reported in `failed`. Raises ArchiveError if the archive is
    broken, too big, encrypted or names a path outside itself, or the mapping cannot be read.
    """
    patterns = _read_mapping(mapping)
    report, turns, used = UnpackReport(), {}, 0
    try:
        names = archives.list_files(archive)
        if len(names) > MAX_FILES:
            raise ArchiveError(f"{archive} lists over {MAX_FILES} files; unpack it by hand.")
        for entry in _list_models(archive, names):
            for cls in [c for c, globs in patterns.items() if _matches_any(entry.id, globs)]:
                folder = models_root / cls / _folder_name(entry.id)
                if folder.exists():
                    report.existing.append(folder)
                elif files := _files_of(entry.model, names):
                    used = _unpack_model(archive, entry, files, folder, used)
                    report.unpacked.append(folder)
                else:
                    report.failed.append((entry.id, f"{entry.model} is not in {archive}"))
                    continue
                if any(entry.turn):
                    turns[f"{cls}/{folder.name}"] = entry.turn
    except OSError as error:
        raise ArchiveError(f"{archive} cannot be unpacked: {error}") from error
    finally:
        append_turns(models_root / MODELS_YAML, turns)
    return report


def _files_of(model: PurePosixPath, names: Sequence[str]) -> dict[str, str]:
    """The files beside a model and below, with its licence: name in the archive -> path in the
    model's folder; empty if the model is not there."""
    if str(model) not in names:
        return {}
    near = [path for path in map(PurePosixPath, names) if path.is_relative_to(model.parent)]
    files = {str(path): str(path.relative_to(model.parent)) for path in near}
    tops = {text.split("/")[0] for text in files.values()}
    if not any(re.search("licen[sc]e|copying", top, re.I) for top in tops):
        form = re.compile(r"(licen[sc]e|copying)(\.txt|\.md|\.html)?", re.I)
        files |= dict.fromkeys(islice(filter(form.fullmatch, names), 1), "LICENSE.txt")
    return files


def _unpack_model(
    archive: Path, entry: ArchivedModel, files: dict[str, str], folder: Path, used: int
) -> int:
    """Makes a model's folder, whole or not at all; returns the bytes unpacked so far."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        used = archives.unpack_files(archive, part, files, used=used)
        write_atomic(part / "source.txt", entry.source + "\n")
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return used


def _list_models(archive: Path, names: Sequence[str]) -> Iterator[ArchivedModel]:
    """The models of the catalogue; without one, all model files by their paths."""
    if _CATALOGUE not in names:
        for name in sorted(names):
            path = PurePosixPath(name)
            if path.suffix.lower() in MODEL_SUFFIXES and not path.name.startswith("."):
                yield ArchivedModel(str(path), path, f"{archive.name}: {path}")
        return
    known = _parse_properties(archives.read_file(archive, _CATALOGUE).decode("latin-1"))
    library = f"Sweet Home 3D, {known.get('name', archive.stem)} {known.get('version', '')}".strip()
    numbers = sorted({int(key.split("#")[1]) for key in known if re.fullmatch(r"model#\d+", key)})
    for n in numbers:
        creator, name = known.get(f"creator#{n}", "unknown"), known.get(f"name#{n}", "")
        source = f"{library} ({known.get('provider', archive.name)}): {name} by {creator}"
        model = PurePosixPath(known[f"model#{n}"].lstrip("/"))
        turn = _turn_from_rotation(known.get(f"modelRotation#{n}", ""))
        yield ArchivedModel(known.get(f"id#{n}", str(model)), model, source, turn)


def _parse_properties(text: str) -> dict[str, str]:
    """A Java properties file: `key=value` lines; continuations joined, \\uXXXX decoded."""
    text = re.sub(r"\\\r?\n\s*", "", text)
    found = re.findall(r"^[ \t]*([^#!\s=:][^\s=:]*)[ \t]*[=:][ \t]*(.*?)\s*$", text, re.M)
    decode = re.compile(r"\\u([0-9a-fA-F]{4})")
    return {key: decode.sub(lambda m: chr(int(m[1], 16)), value) for key, value in found}


def _turn_from_rotation(rotation: str) -> tuple[float, float, float]:
    """Sweet Home's rotation matrix (nine numbers, rows, y up) as degrees about our fixed axes."""
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
    try:
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ArchiveError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(mapping, dict):
        raise ArchiveError(f"{path}: expected `class: [pattern, ...]`, not {mapping!r}.")
    for cls, patterns in mapping.items():
        texts = isinstance(patterns, list) and all(isinstance(p, str) for p in patterns)
        if not texts or not re.fullmatch(r"[a-z0-9_]+", str(cls)):
            raise ArchiveError(f"{path}: {cls} is {patterns!r}; expected `class: [pattern, ...]`.")
    return mapping


def _matches_any(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _folder_name(name: str) -> str:
    """A catalogue id or path as a folder's name: `Scopia#vase1` becomes scopia-vase1."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", name) if "/" in name or "." in name else name
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-") or "model"
