"""Stand-in photographs and backgrounds for the scale `demo` (docs/design.md, Scales). No bpy.

They lie as real data does, so that `photos` reads them unchanged:

    <outputs>/stand_in/<digest>/imagenet/{train,val}/<synset>/stand_in_0000.JPEG
    <outputs>/stand_in/<digest>/places/<category>/stand_in_0000.jpg
    <outputs>/stand_in/<digest>/stand_in.json    what the digest is of

Such a root is read whole, so its digest is of all that it holds: classes and counts too, and the
versions of what makes it (`STAND_IN_VERSION`, generators, bpy and Pillow, no source text). A scene
is photographed by `CAMERAS` cameras; no scene is in both train and val, and no instance is one of
the render store's. Stand-ins test the plumbing: what is learned from them says nothing about real
photographs.
"""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from synthlib.assets.instances import list_instances
from synthlib.classes import ObjectClass, select_classes
from synthlib.params import BPY_VERSION
from synthlib.rendering.settings import STAND_IN_VERSION
from synthlib.rendering.supervisor import supervise
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.files import digest, write_atomic

STAND_IN_CATEGORIES = (
    "bedroom",
    "kitchen",
    "basketball_court/indoor",
    "living_room",
    "dining_room",
    "soccer_field",
)
"""The scene categories of Table 3 that there are scenes for; each of the 17 classes has one."""

CAMERAS_PER_SCENE = 4
"""Photographs a scene."""

SAMPLES_PER_PIXEL = 4
"""Cycles samples a pixel, denoised."""

JPEG_QUALITY = 90
"""Of the JPEGs."""


def make_stand_ins(
    outputs: Path,
    classes: Sequence[str],
    *,
    train: int,
    val: int,
    backgrounds: int,
    size: int,
    seed: int,
    bpy_version: str = BPY_VERSION,
    workers: int | None = None,
    progress: bool = True,
) -> Path:
    """Renders what is missing of a stand-in data set and returns its root, a data root.

    `train` and `val` are photographs a class, `backgrounds` photographs in all (at least 2, as a
    category is split), all size x size px; `seed` is the data seed, `bpy_version` the version of
    Blender's module that must render them. Killed and started again, it goes on, and leaves the
    same bytes.

    Raises ParameterError for an unknown class, ValueError for an impossible number, AssetError for
    a class without a generator, RenderError if a scene cannot be rendered.
    """
    numbers = {"train": (train, 1), "val": (val, 1), "backgrounds": (backgrounds, 2)}
    for name, (value, least) in (numbers | {"size": (size, 16)}).items():
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}.")
    chosen = select_classes(classes)
    settings = {"size": size, "samples": SAMPLES_PER_PIXEL, "quality": JPEG_QUALITY, "seed": seed}
    settings |= {"bpy_version": bpy_version}
    content = settings | {
        "train": train,
        "val": val,
        "backgrounds": backgrounds,
        "cameras": CAMERAS_PER_SCENE,
        "classes": {cls.name: _generator_digest(cls.name, seed) for cls in chosen},
        "categories": _choose_categories(chosen, backgrounds),
        "pillow": version("pillow"),
        "version": STAND_IN_VERSION,
    }
    root = Path(outputs) / "stand_in" / digest(content)
    if not (root / "stand_in.json").exists():
        write_atomic(root / "stand_in.json", json.dumps(content, indent=2) + "\n")
    report = supervise(
        "stand_ins",
        _scene_items(chosen, train, val, backgrounds),
        settings=settings,
        out=root,
        is_done=lambda item: all((root / file).exists() for file in item["files"]),
        workers=workers,
        recycle_after=32,
        device="cpu",  # a GPU makes other bytes and is no faster at this size
        progress=progress,
        unit="stand-in photograph",
        frames_per_item=CAMERAS_PER_SCENE,
        retry_failed=True,
    )
    if report.failed:
        first = report.failed[0]
        raise RenderError(
            f"{len(report.failed)} stand-in scenes could not be rendered; {first['name']}: "
            f"{first['reason']}. {root / 'failed.jsonl'} has all; start again to retry."
        )
    return root


def _generator_digest(cls: str, seed: int) -> str:
    [instance] = list_instances(cls, 1, assets="procedural", models_root=None, seed=seed)
    return instance.asset_digest


def _scene_items(
    classes: Sequence[ObjectClass], train: int, val: int, backgrounds: int
) -> list[dict[str, object]]:
    """The items for `synthlib.blender.stand_in.photographs.run_item`: a scene, and the files made of it."""
    items: list[dict[str, object]] = []
    for cls in classes:
        for split, count in (("train", train), ("val", val)):
            folder = f"imagenet/{split}/{cls.synset}"
            for number, files in enumerate(_files_by_scene(folder, count, "JPEG")):
                name = f"{cls.name}/{split}/{number:04d}"
                items.append({"name": name, "cls": cls.name, "files": files})
    categories = _choose_categories(classes, backgrounds)
    for place, category in enumerate(categories):
        count = len(range(place, backgrounds, len(categories)))
        folder = f"places/{category.replace('/', '-')}"
        for number, files in enumerate(_files_by_scene(folder, count, "jpg")):
            name = f"{category}/{number:04d}"
            items.append({"name": name, "category": category, "files": files})
    return items


def _files_by_scene(folder: str, count: int, ending: str) -> list[list[str]]:
    files = [f"{folder}/stand_in_{number:04d}.{ending}" for number in range(count)]
    return [
        files[start : start + CAMERAS_PER_SCENE] for start in range(0, count, CAMERAS_PER_SCENE)
    ]


def _choose_categories(classes: Sequence[ObjectClass], backgrounds: int) -> list[str]:
    """Categories of the classes, at least two backgrounds each; first those that all classes need.

    Each next one is the category that serves most of the classes served least so far.
    """
    served = {cls.name: 0 for cls in classes}
    left = [name for name in STAND_IN_CATEGORIES if any(name in cls.scenes for cls in classes)]
    found: list[str] = []
    while left and len(found) < backgrounds // 2:
        least = min(served.values())
        in_need = [cls for cls in classes if served[cls.name] == least]
        best = max(left, key=lambda name: sum(name in cls.scenes for cls in in_need))
        left.remove(best)
        found.append(best)
        for cls in classes:
            served[cls.name] += best in cls.scenes
    return found
