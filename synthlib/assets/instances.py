"""The instances of a class, from its generator and its model files: names, digests and split.

An *asset* is a class's generator or a model file; instances are its variations. An instance's name
ends in the first 8 digits of its asset's digest. So a generator of another `VERSION` or a changed
model file gives new instances, whose renders never mix with those of the old ones. The asset digest
of a generator covers its name and version, that of a model the bytes of its files and its turn.
"""

import hashlib
import re
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from synthlib.assets.formats import MODEL_SUFFIXES
from synthlib.assets.library import LibraryError, Model, list_models
from synthlib.assets.references import referenced_files
from synthlib.assets.split import choose_test_groups, linked_groups
from synthlib.classes import GENERATORS, class_or_default, generator_names, nearest_generator
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import digest, printable_name

# Not parsed by `ast`: versions are read in several threads at once, and in Python 3.11 `ast.parse`
# sometimes fails when two threads use it (CPython issue 106905).
_VERSION = re.compile(r"^VERSION *(?:: *int *)?= *([1-9]\d*) *(?:#.*)?$", re.MULTILINE)


class AssetError(SynthlibError):
    """A class has nothing to be built from, or its models or its generator cannot be used."""


@dataclass(frozen=True)
class Instance:
    """One concrete object: a variation of an asset, on one side of the split.

    Attributes:
        cls: Its class.
        name: Its name, unique within the class.
        asset: "procedural" or "<model folder>/<file>".
        model_file: Its model file; None if it is generated.
        variation: Number of the variation of a model file; 0 is the file unchanged.
        split_group: Name of its group. Instances of one group, such as all variations of a model
            folder or file, are on the same side of the split.
        split: Its side of the split.
        asset_digest: Digest of its asset.
        turn: Rotation in degrees about the fixed x, y and z axes, after the import.
        licence: The asset's licence. Licence and origin are not part of the digest, as they change
            no pixel.
        origin: Where the asset is from.
        model_folder: The folder that belongs to its model alone; None if there is none.
        generator: Name of its generator; "" if it comes from a model file.
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
    generator: str = ""


def list_instances(
    cls: str, count: int, *, assets: str, models_root: Path | None, seed: int
) -> list[Instance]:
    """List the instances of a class, split 80/20 into training and test.

    Args:
        cls: Name of the class.
        count: Number of instances.
        assets: "procedural": generated instances; "models": each model file once, then further
            variations of them; "both": each model file once, then generated instances, or
            variations if the class has no generator.
        models_root: The folder of `<class>/<model>/model.obj`; None with "procedural".
        seed: The data seed, which determines the split.

    Returns:
        Exactly `count` instances, those of model files first.

    Raises:
        AssetError: The class has neither a generator nor model files, the generator has no
            `VERSION`, or `models_root` or its models.yaml cannot be used.

    Examples:
        >>> cups = list_instances("cup", 30, assets="procedural", models_root=None, seed=0)
        >>> sum(cup.split == "test" for cup in cups)
        6
    """
    object_class = class_or_default(cls)
    generator = GENERATORS / f"{object_class.generator}.py"
    models = [] if assets == "procedural" else _library_models(cls, models_root)
    generated = assets != "models" and generator.is_file()
    if not models and not generated:
        missing = []
        if assets != "models":
            nearest = nearest_generator(generator.stem)
            missing.append(f"no generator {generator.name} (the nearest is {nearest})")
        if assets != "procedural":
            missing.append(
                f"no .obj file (nor {', '.join(MODEL_SUFFIXES[1:])}) below "
                f"{models_root}/{object_class.models}"
            )
        raise AssetError(
            f"class {cls} has {' and '.join(missing)}; add one or leave the class out."
        )
    unvaried = [(model, _instance_from_model(cls, model)) for model in models[:count]]
    by_name: dict[str, Instance] = {}  # copies of one file have one name
    for instance in _with_split_groups(unvaried):
        by_name.setdefault(instance.name, instance)
    from_models = list(by_name.values())
    version = generator_version(generator) if generated else 0
    instances = []
    for number in range(count):
        # variation 0 of every model, then variation 1 of every model, and so on
        variation, position = divmod(number, len(from_models)) if from_models else (0, 0)
        if from_models and (variation == 0 or not generated):
            instances.append(_variation_of(from_models[position], variation))
        else:
            instances.append(_generated_instance(cls, generator.stem, number, version))
    group_sizes = Counter(instance.split_group for instance in instances)
    test_groups = choose_test_groups(group_sizes, rng_for(seed, "split", cls))
    return [
        replace(instance, split="test" if instance.split_group in test_groups else "train")
        for instance in instances
    ]


def generator_versions() -> dict[str, int]:
    """The `VERSION` of every generator, by name.

    Raises:
        AssetError: A generator has no `VERSION`.
    """
    return {name: generator_version(GENERATORS / f"{name}.py") for name in generator_names()}


def generator_version(path: Path) -> int:
    """Read the `VERSION` of a generator from its source, as importing it needs Blender.

    Nothing else in the source counts: a generator that is moved, or whose imports and comments are
    rewritten, keeps the names of its instances.

    Raises:
        AssetError: The source does not have exactly one unindented line `VERSION = n` with an
            integer n of at least 1.
    """
    versions = _VERSION.findall(path.read_text(encoding="utf-8"))
    if len(versions) == 1:
        return int(versions[0])
    raise AssetError(
        f"generator {path} has {'several lines' if versions else 'no line'} `VERSION = 1`: give it "
        "one, and raise the number whenever the generator builds other objects, so that they get "
        "names of their own."
    )


def model_digest(path: Path, folder: Path | None = None) -> str:
    """SHA-256 of a model: its file, materials, textures and buffers, and the names of missing ones.

    An unreadable file has a digest too; the worker that renders it reports the error.

    Args:
        path: The model's file.
        folder: The folder that belongs to this model alone; None if there is none.

    Returns:
        64 hexadecimal digits.
    """
    sha256 = hashlib.sha256()
    try:
        present, missing = referenced_files(path, folder)
        for file in present:
            head = f"{printable_name(file.name)}:{file.stat().st_size}:"
            sha256.update(head.encode() + file.read_bytes())
        sha256.update(repr(missing).encode())
    except OSError as error:
        sha256.update(repr(error).encode())
    return sha256.hexdigest()


def _library_models(cls: str, models_root: Path | None) -> list[Model]:
    """List the models of a class, with warnings about unused formats and files left out."""
    if models_root is None or not models_root.is_dir():
        fault = f"{models_root} is not a folder" if models_root else "is not given"
        raise AssetError(
            f"models_root {fault}; give the folder that holds "
            "<class>/<model>/model.obj (or .glb ...), or set assets to procedural."
        )
    try:
        models = list_models(cls, models_root)
    except LibraryError as error:
        raise AssetError(str(error)) from error
    usable = []
    for model in models:
        name = printable_name(str(model.path))
        if name != str(model.path):  # tables and logs cannot have it
            warnings.warn(f"{name} is left out: its name is not UTF-8; rename it", stacklevel=3)
            continue
        usable.append(model)
        if model.skipped_files:
            skipped = ", ".join(sorted({printable_name(path.name) for path in model.skipped_files}))
            warnings.warn(f"{model.path} is used; skipped: {skipped}", stacklevel=3)
    return usable


def _instance_from_model(cls: str, model: Model) -> Instance:
    path = model.path
    folder = path.parent.name
    content_digest = model_digest(path, model.folder)
    asset_digest = content_digest
    if any(model.turn):  # the same files turned differently are another asset
        asset_digest = hashlib.sha256(f"{content_digest}:turn:{model.turn}".encode()).hexdigest()
    title = path.stem if path.stem == folder else f"{folder}-{path.stem}"
    title = re.sub(r"[^A-Za-z0-9_.-]+", "-", title).strip(".-") or "model"
    return Instance(
        cls=cls,
        name=f"{title}-v0-{asset_digest[:8]}",
        asset=f"{folder}/{path.name}",
        model_file=path,
        variation=0,
        split_group=content_digest[:12],
        split="train",
        asset_digest=asset_digest,
        turn=model.turn,
        licence=model.licence,
        origin=model.origin,
        model_folder=model.folder,
    )


def _with_split_groups(pairs: list[tuple[Model, Instance]]) -> list[Instance]:
    """Put the instances of one model folder, or of one file under two names, into one group."""
    keys_by_instance = []
    for model, instance in pairs:
        keys = [instance.split_group, f"file {_file_digest(model.path)}"]
        if model.folder:
            keys.append(f"folder {model.folder}")
        keys_by_instance.append(keys)
    groups = linked_groups(keys_by_instance)
    return [
        replace(instance, split_group=group)
        for (_, instance), group in zip(pairs, groups, strict=True)
    ]


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # the worker that renders it reports the error
        return str(path)


def _variation_of(original: Instance, variation: int) -> Instance:
    title = original.name.removesuffix(f"-v0-{original.asset_digest[:8]}")
    name = f"{title}-v{variation}-{original.asset_digest[:8]}"
    return replace(original, name=name, variation=variation)


def _generated_instance(cls: str, generator: str, number: int, version: int) -> Instance:
    asset_digest = digest({"generator": generator, "version": version})
    name = f"p{number:04d}-{asset_digest[:8]}"
    return Instance(
        cls, name, "procedural", None, 0, name, "train", asset_digest, generator=generator
    )
