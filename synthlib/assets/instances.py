"""Which instances a study has: generators and model files, their names, digests and split.

An instance's name ends in the first 8 digits of its asset's digest, so that a generator of another
`VERSION` or a changed model file makes new instances and never mixes with the renders of the old
one. A generator's digest is of its class and version, a model's of its files' bytes.
"""

import hashlib
import re
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from synthlib.assets.formats import MODEL_SUFFIXES, referenced_files
from synthlib.assets.library import LibraryError, Model, list_models
from synthlib.assets.split import choose_test_groups, linked_groups
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import digest

_BLENDER = Path(__file__).resolve().parents[1] / "blender"

# No syntax tree: code versions are compared in several threads at once, and in Python 3.11
# `ast.parse` fails now and then when two threads use it (CPython issue 106905).
_VERSION = re.compile(r"^VERSION *(?:: *int *)?= *([1-9]\d*) *(?:#.*)?$", re.MULTILINE)


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
    model_file: Path | None
    variation: int
    split_group: str
    split: Literal["train", "test"]
    asset_digest: str
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    licence: str = "MIT"  # the project's own
    origin: str = "synthlib"
    model_folder: Path | None = None


def list_instances(
    cls: str, count: int, *, assets: str, models_root: Path | None, seed: int
) -> list[Instance]:
    """`count` instances of a class, split 80/20 by groups with the data seed.

    "both" takes every model file once, then generated ones; a class without a generator varies its
    model files further. Raises AssetError naming the class if it has neither, or its generator if
    that has no `VERSION`.
    """
    generator = _BLENDER / "generators" / f"{cls}.py"
    models = [] if assets == "procedural" else _library_models(cls, models_root)
    generated = assets != "models" and generator.is_file()
    if not models and not generated:
        lacks = [] if assets == "models" else [f"no generator {generator.name}"]
        if assets != "procedural":
            lacks.append(
                f"no .obj file (nor {', '.join(MODEL_SUFFIXES[1:])}) below {models_root}/{cls}"
            )
        raise AssetError(f"class {cls} has {' and '.join(lacks)}; add one or leave the class out.")
    distinct: dict[str, Instance] = {}
    for instance in _with_split_groups([(m, _instance_from_model(cls, m)) for m in models[:count]]):
        distinct.setdefault(instance.name, instance)
    used = list(distinct.values())
    version = generator_version(generator) if generated else 0
    found = []
    for number in range(count):
        lap, place = divmod(number, len(used)) if used else (0, 0)
        if used and (lap == 0 or not generated):
            found.append(_variation_of(used[place], lap))
        else:
            found.append(_generated_instance(cls, number, version))
    tests = choose_test_groups(Counter(i.split_group for i in found), rng_for(seed, "split", cls))
    return [replace(i, split="test" if i.split_group in tests else "train") for i in found]


def generator_versions() -> dict[str, int]:
    """The `VERSION` of every generator, by class. Raises AssetError naming one without it."""
    files = sorted((_BLENDER / "generators").glob("*.py"))
    return {path.stem: generator_version(path) for path in files if path.stem != "__init__"}


def generator_version(path: Path) -> int:
    """A generator's `VERSION`, read from its source, since importing it would need Blender.

    Nothing else of the source counts: a generator that is moved, or whose imports and comments are
    rewritten, keeps the names of its instances.

    Raises:
        AssetError: The source does not have exactly one line `VERSION = n`, n being a whole number
            of at least 1, that is not indented.
    """
    found = _VERSION.findall(path.read_text(encoding="utf-8"))
    if len(found) == 1:
        return int(found[0])
    raise AssetError(
        f"generator {path} has {'several lines' if found else 'no line'} `VERSION = 1`: give it "
        "one, and raise the number whenever the generator builds other objects, so that they get "
        "names of their own."
    )


def model_digest(path: Path, folder: Path | None = None) -> str:
    """SHA-256 of a model: its file, materials, textures and buffers, and what is missing.

    `folder` is the model's own, None if it has none (`files_of`). An unreadable file has a digest
    too: the worker that meets it names it.
    """
    total = hashlib.sha256()
    try:
        present, missing = referenced_files(path, folder)
        for file in present:
            total.update(f"{file.name}:{file.stat().st_size}:".encode() + file.read_bytes())
        total.update(repr(missing).encode())
    except OSError as error:
        total.update(repr(error).encode())
    return total.hexdigest()


def _library_models(cls: str, models_root: Path | None) -> list[Model]:
    if models_root is None or not models_root.is_dir():
        raise AssetError(
            f"models_root {models_root} is no folder; give the folder that holds "
            "<class>/<model>/model.obj (or .glb ...), or set assets to procedural."
        )
    try:
        models = list_models(cls, models_root)
    except LibraryError as error:
        raise AssetError(str(error)) from error
    for model in models:
        if model.skipped_files:
            rest = ", ".join(sorted({path.name for path in model.skipped_files}))
            warnings.warn(f"{model.path} is taken; passed over: {rest}", stacklevel=3)
    return models


def _instance_from_model(cls: str, model: Model) -> Instance:
    path, folder = model.path, model.path.parent.name
    content = asset_digest = model_digest(path, model.folder)
    if any(model.turn):
        asset_digest = hashlib.sha256(f"{content}:turn:{model.turn}".encode()).hexdigest()
    title = path.stem if path.stem == folder else f"{folder}-{path.stem}"
    title = re.sub(r"[^A-Za-z0-9_.-]+", "-", title).strip(".-") or "model"
    return Instance(
        cls=cls,
        name=f"{title}-v0-{asset_digest[:8]}",
        asset=f"{folder}/{path.name}",
        model_file=path,
        variation=0,
        split_group=content[:12],
        split="train",
        asset_digest=asset_digest,
        turn=model.turn,
        licence=model.licence,
        origin=model.origin,
        model_folder=model.folder,
    )


def _with_split_groups(found: list[tuple[Model, Instance]]) -> list[Instance]:
    """The instances, those of one model folder, or of one file under two names, in one group."""
    ties = []
    for model, instance in found:
        shared = [instance.split_group, f"file {_file_digest(model.path)}"]
        ties.append([*shared, f"folder {model.folder}"] if model.folder else shared)
    groups = linked_groups(ties)
    return [
        replace(instance, split_group=g) for (_, instance), g in zip(found, groups, strict=True)
    ]


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # the worker that meets it names it
        return str(path)


def _variation_of(model: Instance, variation: int) -> Instance:
    name = model.name.removesuffix(f"-v0-{model.asset_digest[:8]}")
    name = f"{name}-v{variation}-{model.asset_digest[:8]}"
    return replace(model, name=name, variation=variation)


def _generated_instance(cls: str, number: int, version: int) -> Instance:
    asset_digest = digest({"generator": cls, "version": version})
    name = f"p{number:04d}-{asset_digest[:8]}"
    return Instance(cls, name, "procedural", None, 0, name, "train", asset_digest)
