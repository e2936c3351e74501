"""One instance: built or imported, framed from its views, rendered, then committed.

Makes a folder of `<view:02d>.png` and, last, `instance.json`, the marker that resume trusts, in the
chunk's scratch folder, and moves it to `<out>/<class>/<instance>` when it is whole: half an
instance is never in the store, and two tasks that make the same one (a cluster may start a task
again that it only believes to be lost) don't meet. All are the same bytes whatever the machine's
load, the number of workers, and however often it was killed before.
"""

import hashlib
import importlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from synthlib.blender import scene
from synthlib.blender.importing.models import import_model
from synthlib.blender.modelling.random_textures import randomise_materials
from synthlib.params import ranges_of
from synthlib.rendering import framing
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.viewpoints import View, camera_axes, views_for
from synthlib.seeding import rng_for
from synthlib.utils.files import write_atomic

_ALPHA_THRESHOLD = 127
"""An 8-bit alpha above this counts as covered: alpha > 0.5."""


def run_item(item: dict, settings: dict, out: Path) -> Iterator[None]:
    """Renders one instance, yielding after every frame.

    item: the fields of `InstanceItem`. settings: the fields of `RenderSettings`, and `scratch`, a
    folder of this chunk alone on the disk of `out`. Raises ModelError for a model that cannot be
    rendered.
    """
    instance = InstanceItem.from_json(item)
    cls, name, seed = instance.cls, instance.instance, settings["seed"]
    folder = Path(settings["scratch"]) / cls / name
    shutil.rmtree(folder, ignore_errors=True)  # what a killed worker left
    folder.mkdir(parents=True)
    scene.reset_scene()
    cost = ("denoise", "bounces", "adaptive_threshold")
    scene.configure_render(
        settings["size"], settings["samples"], **{key: settings[key] for key in cost}
    )
    warnings: list[str] = []
    _build_object(instance, seed, warnings)
    drawn = rng_for(seed, "random textures", cls, name)
    random_textures = bool(drawn.random() < settings["random_textures"])
    if random_textures:
        randomise_materials(drawn)
    points = framing.convex_hull(scene.evaluated_vertices())
    views = views_for(seed, cls, name, settings["poses"], ranges_of(settings))
    views = views[: settings["views"]]
    camera = scene.add_camera(views[0].field_of_view)
    records = []
    for view in views:
        axes = camera_axes(view.azimuth, view.elevation, view.roll)
        position, near, far = framing.fit_camera(
            points, axes, view.field_of_view, settings["fill"], view.distance
        )
        scene.set_lens(camera, view.field_of_view, view.shift_x, view.shift_y)
        scene.place_camera(camera, axes, position, near, far)
        seen = framing.project_points(points, axes, position, view.field_of_view)
        scene.set_render_border(seen + 2.0 * np.array([view.shift_x, view.shift_y]))
        png = folder / f"{view.index:02d}.png"
        records.append(_view_record(view, scene.render_png(png)))
        yield
    if not any(record["coverage"] for record in records):
        warnings.append("no view shows anything with alpha above 0.5")
    content = {
        "class": cls,
        "instance": name,
        "asset": instance.asset,
        "variation": instance.variation,
        "turn": instance.turn,
        "textures": "random" if random_textures else "own",
        "seed": seed,
        "bpy": bpy.app.version_string,
        "warnings": warnings,
        "views": records,
    }
    write_atomic(folder / "instance.json", json.dumps(content, indent=1) + "\n")
    _move_to_store(folder, out / cls / name, 1 + len(views))


def _move_to_store(folder: Path, destination: Path, expected_files: int) -> None:
    """Moves a whole instance, of `count` files, to its place, unless another task has put the same
    one there.

    On disk first: after a power cut, too, an instance that is there is whole.
    """
    files = list(folder.iterdir())
    if len(files) != expected_files:
        raise FileNotFoundError(
            f"{folder} has {len(files)} files where {expected_files} were written"
        )
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    destination.parent.mkdir(parents=True, exist_ok=True)
    if destination.exists() and not (destination / "instance.json").exists():
        shutil.rmtree(destination)  # damaged: not whole, whatever it is
    try:
        folder.rename(destination)
    except OSError:
        if not (destination / "instance.json").exists():
            raise
        shutil.rmtree(folder)


def _build_object(item: InstanceItem, seed: int, warnings: list[str]) -> None:
    """Builds the object into the scene."""
    cls, name = item.cls, item.instance
    rng = rng_for(seed, "asset", cls, name)
    if item.source is None:
        importlib.import_module(f"synthlib.blender.generators.{cls}").build(rng)
        return
    varied = rng if item.variation else None
    folder = Path(item.folder) if item.folder else None
    import_model(Path(item.source), varied, folder=folder, turn=item.turn, warn=warnings.append)


def _view_record(view: View, png: bytes) -> dict:
    """A view's row of the manifest; box is left, top, right, bottom in pixels, ends excluded."""
    with Image.open(io.BytesIO(png)) as image:
        covered = np.asarray(image)[:, :, 3] > _ALPHA_THRESHOLD
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    box = [0, 0, 0, 0]
    if len(rows):
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    pose = asdict(view)
    return {
        "view": pose.pop("index"),
        **pose,
        "coverage": float(covered.mean()),
        "box": box,
        "sha256": hashlib.sha256(png).hexdigest(),
    }
