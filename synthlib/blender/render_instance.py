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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from synthlib.blender import scene
from synthlib.blender.companions.group import (
    Group,
    Surroundings,
    add_companions,
    add_distractors,
    group_of_object,
)
from synthlib.blender.companions.occluder import add_occluder, place_occluder
from synthlib.blender.importing.models import import_model
from synthlib.blender.lighting import apply_light
from synthlib.blender.masks import full_mask, visible_mask
from synthlib.blender.modelling.random_textures import randomise_materials
from synthlib.classes import class_or_default
from synthlib.render_ranges import light_ranges_of, view_ranges_of
from synthlib.rendering import framing
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.lighting import (
    THESIS_LIGHT,
    Light,
    light_record,
    lights_for,
    split_environments,
)
from synthlib.rendering.view_files import (
    MASK_SUFFIX,
    decode_png,
    encode_png,
    has_others,
    hash_record,
    mask_extent,
    view_file,
    view_suffixes,
)
from synthlib.rendering.viewpoints import View, camera_axes, views_for
from synthlib.seeding import rng_for
from synthlib.utils.files import printable_name, write_atomic

MAX_OCCLUDED = 0.6
"""Share of the object above which what hides it is left out of a view."""


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
    folder = Path(settings["scratch"]) / cls / name
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
        surroundings = Surroundings(group.others if group else [], occluder)
    records = []
    for record in _render_views(views, lights, settings, folder, surroundings):
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
    _move_to_store(folder, out / cls / name, expected_files=n_files)


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
    views: Sequence[View],
    lights: Sequence[Light],
    settings: dict,
    folder: Path,
    surroundings: Surroundings | None,
) -> Iterator[dict]:
    """Render the scene from each view, in the light of the same place in `lights`, into `folder`;
    yields the record of every finished view."""
    if not views:  # a model is only checked
        return
    points = framing.convex_hull(scene.evaluated_vertices())
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    camera = scene.add_camera(views[0].field_of_view)
    varies = any(light != THESIS_LIGHT for light in lights)
    own_points = points
    if surroundings is not None:
        surroundings.show(companions=False)
        own_points = framing.convex_hull(scene.evaluated_vertices())
    for view, light in zip(views, lights, strict=False):
        if varies:
            apply_light(light, centre, radius)
        mask, others = None, {}
        if surroundings is None:
            view = _aim_camera(camera, view, points, settings["fill"]).view
        else:
            view, mask, others = _compose_view(
                camera, view, points, own_points, settings, folder, surroundings
            )
        record = _view_record(view, _render_files(view, settings, folder, mask)) | others
        yield record | {"light": light_record(light)} if varies else record


@dataclass(frozen=True)
class _Aim:
    """A view as it is rendered, with the camera's axes and position and the depths of the nearest
    and the farthest point."""

    view: View
    axes: np.ndarray
    position: np.ndarray
    near: float
    far: float


def _aim_camera(camera: bpy.types.Object, view: View, points: np.ndarray, fill: float) -> _Aim:
    """Set the camera such that the points fill the frame of a view."""
    axes = camera_axes(view.azimuth, view.elevation, view.roll)
    position, near, far = framing.fit_camera(points, axes, view.field_of_view, fill, view.distance)
    projected = framing.project_points(points, axes, position, view.field_of_view)
    aim = _Aim(_aimed(view, projected), axes, position, near, far)
    _set_camera(camera, aim, projected)
    return aim


def _set_camera(camera: bpy.types.Object, aim: _Aim, projected: np.ndarray) -> None:
    """Set the camera's lens and pose, and trace rays only around the projected points."""
    view = aim.view
    scene.set_lens(camera, view.field_of_view, view.shift_x, view.shift_y)
    scene.place_camera(camera, aim.axes, aim.position, aim.near, aim.far)
    shift = 2.0 * np.array([view.shift_x, view.shift_y])  # the frame is 2 units wide
    scene.set_render_border(projected + shift)


def _compose_view(
    camera: bpy.types.Object,
    view: View,
    points: np.ndarray,
    own_points: np.ndarray,
    settings: dict,
    folder: Path,
    surroundings: Surroundings,
) -> tuple[View, np.ndarray | None, dict]:
    """Aim the camera at a group, place the occluder, and render the mask of the object.

    Where the others would hide more than `MAX_OCCLUDED` of the object, it is shown alone.

    Args:
        camera: The scene's camera.
        view: The view.
        points: Points of the group, float64 (N, 3).
        own_points: Points of the object alone, float64 (N, 3).
        settings: As for `run_item`.
        folder: For temporary files.
        surroundings: The object's companions and occluder.

    Returns:
        The view as it is rendered, the visible mask (None: the render's alpha), and for the record
        `others` (names of what else is in the view) and `occluded` (the share of the
        object in the frame that they hide).
    """
    fill, occluder = settings["fill"], surroundings.occluder
    things = surroundings.show(companions=True)
    aim = _aim_camera(camera, view, points, fill)
    if occluder is not None and occluder.is_in(view, settings["occluders"]):
        mask = full_mask(folder, things)
        front = place_occluder(occluder, aim.view, aim.axes, aim.position, aim.near, mask)
        if front is not None:
            things = [*things, occluder]
            aim = _include_in_frame(camera, aim, np.concatenate([points, front]), fill)
    if things:
        mask, full = visible_mask(folder, things), full_mask(folder, things)
        occluded = 1.0 - float(mask.sum(dtype=float) / max(full.sum(dtype=float), 1.0))
        if occluded <= MAX_OCCLUDED:
            names = ", ".join(thing.name for thing in things)
            return aim.view, mask, {"others": names, "occluded": round(max(occluded, 0.0), 4)}
        surroundings.show(companions=False)
        aim = _aim_camera(camera, view, own_points, fill)
    return aim.view, None, {"others": "", "occluded": 0.0}


def _include_in_frame(camera: bpy.types.Object, aim: _Aim, points: np.ndarray, fill: float) -> _Aim:
    """Widen the lens such that the points are in the frame, if they are not and the view is no
    close-up, whose frame cuts things off on purpose."""
    view = aim.view
    depth = -aim.axes[2] @ (points - aim.position).T
    projected = framing.project_points(points, aim.axes, aim.position, view.field_of_view)
    is_inside = np.abs(projected + 2.0 * np.array([view.shift_x, view.shift_y])) <= 1.0
    if view.distance >= 1.0 and not is_inside.all():
        lens = framing.widen_lens(projected, view.field_of_view, fill)
        field_of_view, shift_x, shift_y = lens
        view = replace(view, field_of_view=field_of_view, shift_x=shift_x, shift_y=shift_y)
        projected = framing.project_points(points, aim.axes, aim.position, field_of_view)
    aim = replace(aim, view=view, near=float(depth.min()), far=float(depth.max()))
    _set_camera(camera, aim, projected)
    return aim


def _aimed(view: View, projected: np.ndarray) -> View:
    """Shift a close-up's lens, so that the point that it is aimed at is in the frame's centre.

    Args:
        view: The view; others than close-ups are returned unchanged.
        projected: float64 (N, 2), the points of the object's convex hull in the frame [-1, 1]^2,
            without shift.
    """
    if not view.aim:
        return view
    centre = (projected.min(axis=0) + projected.max(axis=0)) / 2.0
    toward = projected[int(view.toward * len(projected))]
    shift_x, shift_y = (-(centre + view.aim * (toward - centre)) / 2.0).tolist()
    return replace(view, shift_x=shift_x, shift_y=shift_y)


def _render_files(
    view: View, settings: dict, folder: Path, mask: np.ndarray | None = None
) -> dict[str, bytes]:
    """Render the scene and write the files of a view; their contents by suffix (`view_files`).

    The own mask is the render's alpha if none is given.
    """
    contents = {"": scene.render_png(folder / view_file(view.index))}
    if MASK_SUFFIX in view_suffixes(settings):
        alpha = decode_png(contents[""])[:, :, 3]
        contents[MASK_SUFFIX] = encode_png(alpha if mask is None else mask)
    for suffix, content in contents.items():
        if suffix:
            (folder / view_file(view.index, suffix)).write_bytes(content)
    return contents


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
