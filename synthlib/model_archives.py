"""Libraries of models, `.sh3f` (Sweet Home 3D) or `.zip`, unpacked into a folder of models.

A mapping (YAML: class -> list of patterns, as `sweethome3d.yaml`) picks models by catalogue id, or,
in an archive without a catalogue, by the path of the model file in it. Each lands in
`<models_root>/<class>/<name>/` with its licence, and `source.txt` saying where it is from; a model
that its catalogue turns gets its `turn` in `models.yaml`. Nothing is written outside that folder,
no more than the limits below, and a model's folder is there whole or not at all.
"""

import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import numpy as np
import yaml

from synthlib.archives import ArchiveError as ArchiveError  # for callers of this module
from synthlib.archives import check_path
from synthlib.files import write_atomic
from synthlib.model_files import KINDS
from synthlib.model_library import FILE, add_turns

SWEET_HOME = Path(__file__).with_name("sweethome3d.yaml")
"""The mapping for Sweet Home 3D's furniture libraries."""

MOST_BYTES, MOST_FILES = 2 << 30, 20_000
"""Limits of what is unpacked from one archive, and of the files that an archive lists."""

_CATALOGUE = "PluginFurnitureCatalog.properties"
_AXES = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From Sweet Home's axes (y up) to ours."""


@dataclass(frozen=True)
class Entry:
    """A model of an archive: its `id` (of the catalogue, or its path), the path of its file, what
    is said of it, and its turn in degrees about fixed x, y, z."""

    id: str
    model: PurePosixPath
    source: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class Unpacked:
    """Folders `made` now, those that were `there` before, and models that `failed`: id, reason."""

    made: list[Path] = field(default_factory=list)
    there: list[Path] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def unpack(archive: Path, models_root: Path, mapping: Path = SWEET_HOME) -> Unpacked:
    """Unpacks the models that the mapping picks; folders that exist already are left alone.

    A model whose files are missing is reported in `failed`. Raises ArchiveError if the archive is
    broken, too big, encrypted or names a path outside itself, or the mapping cannot be read.
    """
    patterns = _read_mapping(mapping)
    report, turns = Unpacked(), {}
    try:
        with zipfile.ZipFile(archive) as opened:
            budget = _Budget(archive, opened)
            for entry in _entries(opened, archive):
                for cls in [c for c, globs in patterns.items() if _is_any(entry.id, globs)]:
                    folder = models_root / cls / _folder_name(entry.id)
                    if folder.exists():
                        report.there.append(folder)
                    elif _unpack_one(opened, entry, folder, budget):
                        report.made.append(folder)
                    else:
                        report.failed.append((entry.id, f"{entry.model} is not in {archive}"))
                        continue
                    if any(entry.turn):
                        turns[f"{cls}/{folder.name}"] = entry.turn
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        # RuntimeError is zipfile's word for a password and for a compression it does not know
        raise ArchiveError(f"{archive} cannot be unpacked: {error}") from error
    finally:
        add_turns(models_root / FILE, turns)
    return report


class _Budget:
    """Bytes that may still be written; an archive's own words on sizes are not trusted."""

    def __init__(self, archive: Path, opened: zipfile.ZipFile) -> None:
        self.archive, self.left = archive, MOST_BYTES
        if len(opened.infolist()) > MOST_FILES:
            raise ArchiveError(f"{archive} lists over {MOST_FILES} files; unpack it by hand.")

    def copy(self, opened: zipfile.ZipFile, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(name) as source, target.open("xb") as file:
            while part := source.read(1 << 20):
                self.left -= len(part)
                if self.left < 0:
                    raise ArchiveError(
                        f"{self.archive} unpacks to over {MOST_BYTES} bytes; unpack it by hand."
                    )
                file.write(part)


def _unpack_one(opened: zipfile.ZipFile, entry: Entry, folder: Path, budget: _Budget) -> bool:
    """Unpacks the files beside a model and below, with its licence; False if it isn't there."""
    beside = entry.model.parent
    files = {name: _inside(name, beside, budget.archive) for name in opened.namelist()}
    wanted = {name: inner for name, inner in files.items() if inner is not None}
    if str(entry.model) not in wanted:
        return False
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name, inner in wanted.items():
            budget.copy(opened, name, part / inner)
        if not any(re.search("licen[sc]e|copying", path.name, re.I) for path in part.iterdir()):
            for name in opened.namelist():
                if re.fullmatch(r"(licen[sc]e|copying)(\.txt|\.md|\.html)?", name, re.I):
                    budget.copy(opened, name, part / "LICENSE.txt")
                    break
        write_atomic(part / "source.txt", entry.source + "\n")
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return True


def _inside(name: str, folder: PurePosixPath, archive: Path) -> Path | None:
    """Where a file of an archive lies below `folder`, None if elsewhere or a folder itself."""
    path = PurePosixPath(name)
    if name.endswith("/") or not path.is_relative_to(folder):
        return None
    return Path(check_path(name, archive).relative_to(folder))


def _entries(opened: zipfile.ZipFile, archive: Path) -> Iterator[Entry]:
    """The models of the catalogue; without one, all model files by their paths."""
    if _CATALOGUE not in opened.namelist():
        for name in sorted(opened.namelist()):
            path = PurePosixPath(name)
            if path.suffix.lower() in KINDS and not path.name.startswith("."):
                yield Entry(str(path), path, f"{archive.name}: {path}")
        return
    with opened.open(_CATALOGUE) as file:
        known = _properties(file.read(MOST_FILES * 1000).decode("latin-1"))
    library = f"Sweet Home 3D, {known.get('name', archive.stem)} {known.get('version', '')}".strip()
    numbers = sorted({int(key.split("#")[1]) for key in known if re.fullmatch(r"model#\d+", key)})
    for n in numbers:
        creator, name = known.get(f"creator#{n}", "unknown"), known.get(f"name#{n}", "")
        source = f"{library} ({known.get('provider', archive.name)}): {name} by {creator}"
        model = PurePosixPath(known[f"model#{n}"].lstrip("/"))
        turn = _turn(known.get(f"modelRotation#{n}", ""))
        yield Entry(known.get(f"id#{n}", str(model)), model, source, turn)


def _properties(text: str) -> dict[str, str]:
    """A Java properties file: `key=value` lines; continuations joined, \\uXXXX decoded."""
    text = re.sub(r"\\\r?\n\s*", "", text)
    found = re.findall(r"^[ \t]*([^#!\s=:][^\s=:]*)[ \t]*[=:][ \t]*(.*?)\s*$", text, re.M)
    decode = re.compile(r"\\u([0-9a-fA-F]{4})")
    return {key: decode.sub(lambda m: chr(int(m[1], 16)), value) for key, value in found}


def _turn(rotation: str) -> tuple[float, float, float]:
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


def _is_any(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _folder_name(name: str) -> str:
    """A catalogue id or path as a folder's name: `Scopia#vase1` becomes scopia-vase1."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", name) if "/" in name or "." in name else name
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-") or "model"
