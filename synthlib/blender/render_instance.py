"""One instance: built or imported, rendered from its views, and moved into the render store.

An instance is a folder of the files of its views (`view_files`) and `instance.json`, which is
written last and tells a later start that the folder is complete. It is made in a scratch folder of
its chunk and moved to `<out>/<class>/<instance>` when all files exist. So the store never has an
incomplete instance, and two tasks that make the same one (a cluster may start a task again that it
believes to be lost) do not write into the same folder. The bytes depend neither on the machine's
load nor on the number of workers, nor on earlier starts that were killed.
"""

import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.blender.companions.group import (
    Group,
    Surroundings,
    add_companions,
    add_distractors,
    group_of_object,
    object_frames,
)
from synthlib.blender.companions.occluder import add_occluder
from synthlib.blender.companions.stage import Stage
from synthlib.blender.depth import Surfaces
from synthlib.blender.importing.models import import_model
from synthlib.blender.lighting import apply_light
from synthlib.blender.modelling.random_textures import randomise_materials
from synthlib.blender.shadow_map import render_shadow_maps
from synthlib.classes import class_or_default
from synthlib.render_ranges import light_ranges_of, view_ranges_of
from synthlib.rendering import framing
from synthlib.rendering.ground_shadow import (
    has_ground_shadow,
    put_shadow_below,
    shadow_in_frame,
)
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.lighting import (
    THESIS_LIGHT,
    Light,
    light_record,
    lights_for,
    split_environments,
)
from synthlib.rendering.view_files import (
    DEPTH_SUFFIX,
    MASK_SUFFIX,
    decode_png,
    depth_levels,
    encode_png,
    has_others,
    hash_record,
    mask_extent,
    view_file,
    view_suffixes,
)
from synthlib.rendering.viewpoints import View, views_for
from synthlib.seeding import rng_for
from synthlib.utils.files import printable_name, write_atomic


def run_item(item: dict, settings: dict, out: Path) -> Iterator[None]:
    """Render one instance, yielding after every frame.

    Args:
        item: The fields of `InstanceItem`, as JSON.
        settings: The fields of `RenderSettings`, `threads` (of the CPU), and `scratch`, a folder
            used only by this chunk, on the same disk as `out`.
        out: The render store.

    Raises:
        ModelError: The model cannot be rendered.
        OSError: The disk is full, or a file cannot be written.
    """
    instance = InstanceItem.from_json(item)
    cls, name, seed = instance.cls, instance.instance, settings["seed"]
    folder = Path(settings["scratch"]) / instance.name
    shutil.rmtree(folder, ignore_errors=True)  # left by a killed worker
    folder.mkdir(parents=True)

    scene.reset_scene()
    scene.configure_render(
        settings["size"],
        settings["samples"],
        denoise=settings["denoise"],
        bounces=settings["bounces"],
        adaptive_threshold=settings["adaptive_threshold"],
        threads=settings["threads"],
    )
    warnings: list[str] = []
    _build_object(instance, seed, warnings.append)
    group = _add_surroundings(instance, settings)
    has_random_textures = _randomise_some_materials(cls, name, settings)

    views = views_for(
        seed,
        cls,
        name,
        settings["poses"],
        view_ranges_of(settings),
        close_ups=settings["close_ups"],
    )
    views = views[: settings["views"]]
    environments = split_environments(settings["environments"], seed, instance.split)
    lights = lights_for(seed, cls, name, environments, light_ranges_of(settings))
    surroundings = None
    if has_others(settings):
        occluder = add_occluder(seed, cls, name) if settings["occluders"] else None
        surroundings = Surroundings(
            group.others if group else [],
            occluder,
            is_lifted=bool(group and group.is_lifted),
            frames=object_frames(seed, cls, name),
        )
    records = []
    for record in _render_views(cls, views, lights, settings, folder, surroundings):
        if record:
            records.append(record)
        yield
    if views and not any(record["coverage"] for record in records):
        warnings.append("empty renders: no view shows anything with alpha above 0.5")

    content = {
        "class": cls,
        "instance": name,
        "asset": instance.asset,
        "variation": instance.variation,
        "turn": instance.turn,
        "textures": "random" if has_random_textures else "own",
        **({"companions": group.companions if group else []} if settings["companions"] else {}),
        "seed": seed,
        "bpy": bpy.app.version_string,
        "warnings": [printable_name(warning) for warning in warnings],
        "views": records,
    }
    write_atomic(folder / "instance.json", json.dumps(content, indent=1) + "\n")
    n_files = 1 + len(view_suffixes(settings)) * len(views)
    _move_to_store(folder, out / instance.name, expected_files=n_files)


def _build_object(item: InstanceItem, seed: int, warn: Callable[[str], None]) -> None:
    """Build the item's object in the scene, by its generator or from its model file."""
    rng = rng_for(seed, "asset", item.cls, item.instance)
    if item.source is None:
        importlib.import_module(f"synthlib.blender.generators.{item.generator}").build(rng)
        return
    import_model(
        Path(item.source),
        rng if item.variation else None,
        folder=Path(item.folder) if item.folder else None,
        turn=item.turn,
        warn=warn,
    )


def _add_surroundings(item: InstanceItem, settings: dict) -> Group | None:
    """Place companions around the objects of a share `companions` of all instances of classes that
    have any, then distractors; None if nothing is placed."""
    seed, cls, name = settings["seed"], item.cls, item.instance
    known = class_or_default(cls)
    is_chosen = rng_for(seed, "groups", cls, name).random() < settings["companions"]
    group = None
    if is_chosen and known.companions:
        is_model = item.source is not None
        group = add_companions(
            seed, cls, name, known.companions, own=known.generator, is_model=is_model
        )
    if settings["distractors"]:
        group = group or group_of_object()
        count, names = settings["distractors"], settings["distractor_names"]
        add_distractors(group, seed, cls, name, names, count)
    return group


def _randomise_some_materials(cls: str, name: str, settings: dict) -> bool:
    """Give a share `random_textures` of all instances random materials; True for one of them."""
    rng = rng_for(settings["seed"], "random textures", cls, name)
    is_chosen = bool(rng.random() < settings["random_textures"])
    if is_chosen:
        randomise_materials(rng)
    return is_chosen


def _render_views(
    cls: str,
    views: Sequence[View],
    lights: Sequence[Light],
    settings: dict,
    folder: Path,
    surroundings: Surroundings | None,
) -> Iterator[dict]:
    """Render the scene from each view, in the light of the same place in `lights`, into `folder`;
    yields the record of every finished view, and nothing but {} after other work."""
    if not views:  # a model is only checked
        return
    points = framing.convex_hull(scene.evaluated_vertices())
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    camera = scene.add_camera(views[0].field_of_view)
    varies = any(light != THESIS_LIGHT for light in lights)
    stage = Stage(camera, points, settings, folder, surroundings)
    surfaces = Surfaces() if "depth" in settings["passes"] else None
    shadow_maps = {}
    if settings["ground_shadow"] and stage.has_ground:
        stage.show_companions()
        pairs = zip(views, lights, strict=False)
        seen = {view.index: light for view, light in pairs if has_ground_shadow(view, cls)}
        for number, shadow_map in render_shadow_maps(seen, points, radius, settings, folder):
            shadow_maps[number] = shadow_map
            if varies:
                yield {}  # no frame, but the worker is alive
    for view, light in zip(views, lights, strict=False):
        if varies:
            apply_light(light, centre, radius)
        shot = stage.compose(view)
        view, aim = shot.aim.view, shot.aim
        shadow = None
        if (shadow_map := shadow_maps.get(view.index)) and not shot.is_alone:
            shadow = shadow_in_frame(shadow_map, aim.axes, aim.position, view, settings["size"])
        contents = _render_files(view, shot.mask, shadow, settings, folder)
        record = _view_record(view, contents)
        if surroundings is not None:
            record |= {"full_coverage": record["coverage"], "full_box": record["box"]} | shot.record
        if surfaces is not None:
            rays = framing.pixel_rays(
                aim.axes, view.field_of_view, (view.shift_x, view.shift_y), settings["size"]
            )
            surfaces = Surfaces() if surroundings is not None else surfaces
            depths = surfaces.depths(aim.position, rays)
            record |= _write_depth(view, depths, aim.far, folder)
        yield record | {"light": light_record(light)} if varies else record


def _render_files(
    view: View,
    mask: np.ndarray | None,
    shadow: np.ndarray | None,
    settings: dict,
    folder: Path,
) -> dict[str, bytes]:
    """Render the scene, put the shadow below it, and write the files of a view.

    The own mask is the render's alpha if none is given.

    Returns:
        Their contents by suffix (`view_files`).
    """
    path = folder / view_file(view.index)
    contents = {"": scene.render_png(path)}
    if MASK_SUFFIX in view_suffixes(settings):
        pixels = decode_png(contents[""])
        contents[MASK_SUFFIX] = encode_png(pixels[:, :, 3] if mask is None else mask)
        if shadow is not None:
            contents[""] = encode_png(put_shadow_below(pixels, shadow))
            path.write_bytes(contents[""])
    for suffix, content in contents.items():
        if suffix:
            (folder / view_file(view.index, suffix)).write_bytes(content)
    return contents


def _write_depth(view: View, depths: np.ndarray, far: float, folder: Path) -> dict[str, Any]:
    """Write the depth file of a view; its entries in the view's record.

    Args:
        view: The view.
        depths: Metres, inf where there is no surface, float64 (size, size).
        far: Depth of the farthest point in metres.
        folder: The instance's folder.
    """
    scale = float(f"{far / 60000:.6g}")  # some room above the farthest point
    content = encode_png(depth_levels(depths, scale))
    (folder / view_file(view.index, DEPTH_SUFFIX)).write_bytes(content)
    return {"depth_scale": scale, **hash_record({DEPTH_SUFFIX: content})}


def _view_record(view: View, contents: dict[str, bytes]) -> dict:
    """The entry of a view in `instance.json`.

    Args:
        view: The view as it was rendered.
        contents: The bytes of its files, by suffix (`view_files`).

    Returns:
        `view` (its number), its pose, `coverage` and `box` of its own mask (`mask_extent`), and the
        SHA-256 of its files.
    """
    mask = decode_png(contents.get(MASK_SUFFIX, contents[""]))
    pose = asdict(view)
    return {
        "view": pose.pop("index"),
        **pose,
        **mask_extent(mask if mask.ndim == 2 else mask[:, :, 3]),
        **hash_record(contents),
    }


def _move_to_store(folder: Path, destination: Path, expected_files: int) -> None:
    """Move a complete instance to its destination, unless another task has stored the same one.

    Raises:
        FileNotFoundError: `folder` does not have the expected number of files.
    """
    files = list(folder.iterdir())
    if len(files) != expected_files:
        raise FileNotFoundError(
            f"{folder} has {len(files)} files where {expected_files} were written"
        )
    # Written to disk before the move, so that a stored instance is complete after a power cut too.
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    destination.parent.mkdir(parents=True, exist_ok=True)
    if destination.exists() and not (destination / "instance.json").exists():
        shutil.rmtree(destination)  # damaged
    try:
        folder.rename(destination)
    except OSError:
        if not (destination / "instance.json").exists():
            raise
        shutil.rmtree(folder)
