"""Which instances a study has: generators and model files, their names, digests and split.

An instance's name ends in the first 8 digits of its asset's digest, so that a changed generator or
model file makes new instances and never mixes with the renders of the old one.
"""

import ast
import functools
import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from synthlib import splitting
from synthlib.model_files import KINDS, files_of
from synthlib.model_library import LibraryError, Model, models_of
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError

_BLENDER = Path(__file__).with_name("blender")
_PACKAGE = "synthlib.blender"


class AssetError(SynthlibError):
    """There is nothing to build a class from. The message is a sentence for the user."""


@dataclass(frozen=True)
class Instance:
    """One concrete object: an asset and a variation, in one half of the split.

    asset is "procedural" or "<model folder>/<file>"; source the model file, folder its own one, if
    it has one; variation 0 the file as it is; group what the split keeps together (all variations
    of one model folder or file). turn is in degrees about fixed x, y, z. licence and origin (where
    it is from) are the asset's own words, and no part of its digest: they change no pixel.
    """

    cls: str
    name: str
    asset: str
    source: Path | None
    variation: int
    group: str
    split: Literal["train", "test"]
    asset_digest: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    licence: str = "MIT"  # the project's own
    origin: str = "synthlib"
    folder: Path | None = None


def instances_of(
    cls: str, count: int, *, assets: str, models_root: Path | None, seed: int
) -> list[Instance]:
    """`count` instances of a class, split 80/20 by groups with the data seed.

    "both" takes every model file once, then generated ones; a class without a generator varies its
    model files further. Raises AssetError naming the class if it has neither.
    """
    generator = _BLENDER / "procedural" / f"{cls}.py"
    models = [] if assets == "procedural" else _models(cls, models_root)
    generated = assets != "models" and generator.is_file()
    if not models and not generated:
        lacks = [] if assets == "models" else [f"no generator {generator.name}"]
        if assets != "procedural":
            lacks.append(f"no .obj file (nor {', '.join(KINDS[1:])}) below {models_root}/{cls}")
        raise AssetError(f"class {cls} has {' and '.join(lacks)}; add one or leave the class out.")
    distinct: dict[str, Instance] = {}
    for instance in _tied([(m, _from_model(cls, m)) for m in models[:count]]):
        distinct.setdefault(instance.name, instance)
    used = list(distinct.values())
    built = source_digest(_with_imports(generator)) if generated else ""
    found = []
    for number in range(count):
        lap, place = divmod(number, len(used)) if used else (0, 0)
        if used and (lap == 0 or not generated):
            found.append(_vary(used[place], lap))
        else:
            found.append(_generated(cls, number, built))
    tests = splitting.for_testing(Counter(i.group for i in found), rng_for(seed, "split", cls))
    return [replace(i, split="test" if i.group in tests else "train") for i in found]


def source_digest(paths: Sequence[Path]) -> str:
    """SHA-256 of what Python sources do: comments, layout and docstrings don't count."""
    total = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        total.update(path.name.encode() + _meaning(path.read_text(encoding="utf-8")).encode())
    return total.hexdigest()


def model_digest(path: Path, folder: Path | None = None) -> str:
    """SHA-256 of a model: its file, materials, textures and buffers, and what is missing.

    `folder` is the model's own, None if it has none (`files_of`). An unreadable file has a digest
    too: the worker that meets it names it.
    """
    total = hashlib.sha256()
    try:
        present, missing = files_of(path, folder)
        for file in present:
            total.update(f"{file.name}:{file.stat().st_size}:".encode() + file.read_bytes())
        total.update(repr(missing).encode())
    except OSError as error:
        total.update(repr(error).encode())
    return total.hexdigest()


def _models(cls: str, models_root: Path | None) -> list[Model]:
    if models_root is None or not models_root.is_dir():
        raise AssetError(
            f"models_root {models_root} is no folder; give the folder that holds "
            "<class>/<model>/model.obj (or .glb ...), or set assets to procedural."
        )
    try:
        models = models_of(cls, models_root)
    except LibraryError as error:
        raise AssetError(str(error)) from error
    for model in models:
        if model.passed_over:
            rest = ", ".join(sorted({path.name for path in model.passed_over}))
            warnings.warn(f"{model.path} is taken; passed over: {rest}", stacklevel=3)
    return models


def _from_model(cls: str, model: Model) -> Instance:
    path, folder = model.path, model.path.parent.name
    content = digest = model_digest(path, model.folder)
    if any(model.turn):
        digest = hashlib.sha256(f"{content}:turn:{model.turn}".encode()).hexdigest()
    title = path.stem if path.stem == folder else f"{folder}-{path.stem}"
    title = re.sub(r"[^A-Za-z0-9_.-]+", "-", title).strip(".-") or "model"
    return Instance(
        cls=cls,
        name=f"{title}-v0-{digest[:8]}",
        asset=f"{folder}/{path.name}",
        source=path,
        variation=0,
        group=content[:12],
        split="train",
        asset_digest=digest,
        turn=model.turn,
        licence=model.licence,
        origin=model.source,
        folder=model.folder,
    )


def _tied(found: list[tuple[Model, Instance]]) -> list[Instance]:
    """The instances, those of one model folder, or of one file under two names, in one group."""
    ties = []
    for model, instance in found:
        shared = [instance.group, f"file {_file_digest(model.path)}"]
        ties.append([*shared, f"folder {model.folder}"] if model.folder else shared)
    groups = splitting.tied(ties)
    return [replace(instance, group=g) for (_, instance), g in zip(found, groups, strict=True)]


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # the worker that meets it names it
        return str(path)


def _vary(model: Instance, variation: int) -> Instance:
    name = model.name.removesuffix(f"-v0-{model.asset_digest[:8]}")
    name = f"{name}-v{variation}-{model.asset_digest[:8]}"
    return replace(model, name=name, variation=variation)


def _generated(cls: str, number: int, digest: str) -> Instance:
    name = f"p{number:04d}-{digest[:8]}"
    return Instance(cls, name, "procedural", None, 0, name, "train", digest)


def _with_imports(source: Path) -> list[Path]:
    """A generator and all it imports from `synthlib.blender`, directly or not."""
    found, todo = set(), [source]
    while todo:
        path = todo.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        for name in _imported(path.read_text(encoding="utf-8")):
            if name.startswith(f"{_PACKAGE}."):
                todo.append(_BLENDER.joinpath(*name.split(".")[2:]).with_suffix(".py"))
    return sorted(found)


@functools.cache  # classes share most of their sources
def _meaning(source: str) -> str:
    """A Python source without comments, layout and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not _is_bare_string(s)]  # type: ignore[attr-defined]
    return ast.dump(tree)


@functools.cache
def _imported(source: str) -> tuple[str, ...]:
    """All that a Python source may import, by dotted names."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        elif isinstance(node, ast.Import):
            names += [a.name for a in node.names]
    return tuple(names)


def _is_bare_string(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
