"""Stand-in photographs and backgrounds for the scale `demo` (docs/design.md, Scales).

This module does not import `bpy`; `synthlib.blender.stand_in` renders them in subprocesses.

They are stored as real data is, so that `photographs` and `backgrounds` read them unchanged:

    <outputs>/stand_in/<digest>/imagenet/{train,val}/<synset>/stand_in_0000.JPEG
    <outputs>/stand_in/<digest>/places/<category>/stand_in_0000.jpg
    <outputs>/stand_in/<digest>/stand_in.json    what the digest is computed from

Such a root is read completely, so its digest covers all of its content: classes and numbers too,
and the versions of the code that makes it (`STAND_IN_VERSION`, generators, bpy and Pillow). Several
cameras photograph one scene; no scene is in both train and val, and no instance is one of the
render store's. Stand-ins test the plumbing: results on them say nothing about real photographs.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from synthlib.assets.instances import list_instances
from synthlib.classes import ObjectClass, select_classes
from synthlib.params import BPY_VERSION
from synthlib.rendering.items import StandInBackgroundsItem, StandInPhotographsItem
from synthlib.rendering.settings import STAND_IN_VERSION
from synthlib.rendering.supervisor import DEFAULT_OPTIONS, RenderJob, RenderOptions, supervise
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.files import digest, write_atomic
from synthlib.utils.validation import validated_dataclass

STAND_IN_MODULE = "synthlib.blender.stand_in.photographs"
"""The module whose `run_item` makes the files of one scene."""

SceneItem = StandInPhotographsItem | StandInBackgroundsItem

STAND_IN_CATEGORIES = (
    "bedroom",
    "kitchen",
    "basketball_court/indoor",
    "living_room",
    "dining_room",
    "soccer_field",
)
"""The scene categories of Table 3 that can be made; each of the 17 classes has one."""

CAMERAS_PER_SCENE = 4
"""Photographs of each scene."""

SAMPLES_PER_PIXEL = 4
"""Cycles samples per pixel, before denoising."""

JPEG_QUALITY = 90
"""Pillow's quality of the JPEG files, 1 to 95."""


@validated_dataclass
class StandInSettings:
    """Everything that fixes the content of a stand-in data root.

    Attributes:
        classes: Names of classes.
        train: Training photographs per class, at least 1.
        val: Validation photographs per class, at least 1.
        backgrounds: Backgrounds in total, at least 2, because a category is split.
        size: Side of every image in pixels, at least 16.
        seed: The data seed.
        bpy_version: Version of Blender's module that must render.

    Raises:
        ParameterError: If a value is not allowed; the message names it.
    """

    classes: list[str]
    train: Annotated[int, Field(ge=1)]
    val: Annotated[int, Field(ge=1)]
    backgrounds: Annotated[int, Field(ge=2)]
    size: Annotated[int, Field(ge=16)]
    seed: int
    bpy_version: str = BPY_VERSION


def make_stand_ins(
    outputs: Path, settings: StandInSettings, options: RenderOptions = DEFAULT_OPTIONS
) -> Path:
    """Render the missing images of a stand-in data root.

    Rendering can be killed and started again, and the bytes of the result are the same.

    Args:
        outputs: Folder of all results; the root is in its subfolder `stand_in`.
        settings: Content of the root.
        options: Workers, limits and display. The device is always the CPU: a GPU gives other bytes
            and is no faster at these sizes. Failures are always tried again.

    Returns:
        The data root.

    Raises:
        ParameterError: If a class is unknown.
        AssetError: If a class has no generator.
        RenderError: If a scene cannot be rendered.
    """
    classes = select_classes(settings.classes)
    content = _root_content(settings)
    root = stand_in_root(outputs, settings)
    if not (root / "stand_in.json").exists():
        write_atomic(root / "stand_in.json", json.dumps(content, indent=2) + "\n")
    items = _scene_items(classes, settings.train, settings.val, settings.backgrounds)
    files = {item.name: item.files for item in items}
    job = RenderJob(
        module=STAND_IN_MODULE,
        items=items,
        settings=_worker_settings(settings),
        out=root,
        is_done=lambda name: all((root / file).exists() for file in files[name]),
        frames_per_item=CAMERAS_PER_SCENE,
        unit="stand-in photograph",
    )
    report = supervise(job, replace(options, device="cpu", retry_failed=True, recycle_after=32))
    if report.failed:
        failure = report.failed[0]
        raise RenderError(
            f"{len(report.failed)} stand-in scenes could not be rendered; {failure['name']}: "
            f"{failure['reason']}. {root / 'failed.jsonl'} has all; start again to retry."
        )
    return root


def stand_in_root(outputs: Path, settings: StandInSettings) -> Path:
    """The data root that `make_stand_ins` makes; nothing is made."""
    return Path(outputs) / "stand_in" / digest(_root_content(settings))


def stand_in_files(settings: StandInSettings) -> list[str]:
    """The files of a stand-in data root, relative to it; they need not exist."""
    classes = select_classes(settings.classes)
    items = _scene_items(classes, settings.train, settings.val, settings.backgrounds)
    return ["stand_in.json", *(file for item in items for file in item.files)]


def _worker_settings(settings: StandInSettings) -> dict[str, Any]:
    return {
        "size": settings.size,
        "samples": SAMPLES_PER_PIXEL,
        "quality": JPEG_QUALITY,
        "seed": settings.seed,
        "bpy_version": settings.bpy_version,
    }


def _root_content(settings: StandInSettings) -> dict[str, Any]:
    """Everything that the digest of a data root is computed from."""
    classes = select_classes(settings.classes)
    return _worker_settings(settings) | {
        "train": settings.train,
        "val": settings.val,
        "backgrounds": settings.backgrounds,
        "cameras": CAMERAS_PER_SCENE,
        "classes": {cls.name: _generator_digest(cls.name, settings.seed) for cls in classes},
        "categories": _choose_categories(classes, settings.backgrounds),
        "pillow": version("pillow"),
        "version": STAND_IN_VERSION,
    }


def _generator_digest(cls: str, seed: int) -> str:
    [instance] = list_instances(cls, 1, assets="procedural", models_root=None, seed=seed)
    return instance.asset_digest


def _scene_items(
    classes: Sequence[ObjectClass], train: int, val: int, backgrounds: int
) -> list[SceneItem]:
    """One item per scene of photographs, and one per folder's group of backgrounds."""
    items: list[SceneItem] = []
    for cls in classes:
        for split, count in (("train", train), ("val", val)):
            folder = f"imagenet/{split}/{cls.synset}"
            for number, files in enumerate(_files_by_scene(folder, count, "JPEG")):
                name = f"{cls.name}/{split}/{number:04d}"
                items.append(StandInPhotographsItem(name, cls.generator, files))
    categories = _choose_categories(classes, backgrounds)
    for index, category in enumerate(categories):
        count = len(range(index, backgrounds, len(categories)))
        folder = f"places/{category.replace('/', '-')}"
        for number, files in enumerate(_files_by_scene(folder, count, "jpg")):
            items.append(StandInBackgroundsItem(f"{category}/{number:04d}", category, files))
    return items


def _files_by_scene(folder: str, count: int, suffix: str) -> list[list[str]]:
    files = [f"{folder}/stand_in_{number:04d}.{suffix}" for number in range(count)]
    return [
        files[start : start + CAMERAS_PER_SCENE] for start in range(0, count, CAMERAS_PER_SCENE)
    ]


def _choose_categories(classes: Sequence[ObjectClass], backgrounds: int) -> list[str]:
    """Categories of the classes, for at least two backgrounds each.

    Each next one is the category that suits most of the classes with the fewest categories so far.
    """
    n_categories = {cls.name: 0 for cls in classes}
    left = [name for name in STAND_IN_CATEGORIES if any(name in cls.scenes for cls in classes)]
    chosen: list[str] = []
    while left and len(chosen) < backgrounds // 2:
        fewest = min(n_categories.values())
        in_need = [cls for cls in classes if n_categories[cls.name] == fewest]
        best = max(left, key=lambda name: sum(name in cls.scenes for cls in in_need))
        left.remove(best)
        chosen.append(best)
        for cls in classes:
            n_categories[cls.name] += best in cls.scenes
    return chosen
