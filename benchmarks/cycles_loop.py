"""Plain Cycles loops for the benchmarks, which start this as a process because it imports bpy.

    python benchmarks/cycles_loop.py JOB.json

JOB has `do` (one of the functions below), `items` (as a render worker gets them), `settings`
(fields of RenderSettings), `views` (indices), `out` (a folder) and `threads`. The result is written
as JSON to `out`/result.json; the output can be ignored. Scenes are built and lit by the functions
of the render stage.
"""

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from synthlib.blender.worker import import_bpy
from synthlib.rendering import framing
from synthlib.rendering.items import InstanceItem
from synthlib.rendering.viewpoints import View, camera_axes, views_for

LOOKS = ("denoise", "bounces", "adaptive_threshold")


def run_bare_loop(job: dict) -> dict:
    """Build each scene, then place the camera and render, view by view; Blender writes the files.

    Returns the wall-clock and CPU seconds spent on finding the cameras, which a script would be
    given.
    """
    aside = np.zeros(2)
    for item in job["items"]:
        folder = Path(job["out"]) / item["name"]
        folder.mkdir(parents=True)
        points = build_scene(item, job["settings"], job["threads"])
        for view, pose in camera_poses(item, job, points):
            begun = np.array([time.perf_counter(), time.process_time()])
            pose(job["trace_only"])
            aside += np.array([time.perf_counter(), time.process_time()]) - begun
            render_frame(folder / f"{view.index:02d}.png")
    return {"wall": aside[0], "cpu": aside[1]}


def time_parts(job: dict) -> dict:
    """Median CPU milliseconds per frame of each part of the stage's work.

    Cycles reports no times. The cost of frames with 1 and with all samples gives the cost of the
    samples (trace) and of the rest (sync, with film and colours); the cost of denoising and writing
    is the difference with and without them.
    """
    from synthlib.blender import render_instance, scene

    times: dict[str, list[float]] = {}
    png = Path(job["out"]) / "frame.png"
    for item in job["items"]:
        points = add_cpu_time(
            times, "build", lambda i=item: build_scene(i, job["settings"], job["threads"])
        )
        cycles = scene.bpy.data.scenes[0].cycles
        for view, pose in camera_poses(item, job, points):
            add_cpu_time(times, "camera", lambda pose=pose: pose(True))
            if view.index == 0:
                render_frame(png)  # the first frame also builds the ray tracing tree
            add_cpu_time(times, "all", lambda: render_frame(png))
            content = add_cpu_time(times, "stage", lambda: scene.render_png(png))
            add_cpu_time(
                times, "record", lambda v=view, c=content: render_instance._view_record(v, {"": c})
            )
            add_cpu_time(times, "no file", lambda: render_frame(None))
            cycles.samples = 1
            add_cpu_time(times, "one", lambda: render_frame(None))
            cycles.samples, cycles.use_denoising = job["settings"]["samples"], True
            add_cpu_time(times, "denoised", lambda: render_frame(None))
            cycles.use_denoising = False
    return {name: statistics.median(values) * 1e3 for name, values in times.items()}


def render_variants(job: dict) -> dict:
    """Render each item's views with each of the job's `variants`, settings by name.

    Files are `out`/<variant>/<name>-<view>.png. Returns the CPU seconds per frame by variant and
    item, without the first frame (which builds the ray tracing tree), and if a frame that is
    rendered again has the same bytes.
    """
    costs: dict[str, dict[str, float]] = {name: {} for name in job["variants"]}
    again: dict[str, bool] = dict.fromkeys(job["variants"], True)
    for item in job["items"]:
        for name, changed in job["variants"].items():
            points = build_scene(item, job["settings"] | changed, 1)
            spent = []
            for view, pose in camera_poses(item, job, points):
                pose(True)
                path = Path(job["out"]) / name / f"{item['name']}-{view.index:02d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                if view.index == job["views"][0] and name != job["reference"]:
                    render_frame(path)
                    first = read_pixels(path)
                begun = time.process_time()
                render_frame(path)
                spent.append(time.process_time() - begun)
                if view.index == job["views"][0] and name != job["reference"]:
                    again[name] &= bool((read_pixels(path) == first).all())
            costs[name][item["name"]] = statistics.mean(spent)
    return {"costs": costs, "again": again}


def measure_png(job: dict) -> dict:
    """Mean CPU seconds of building and of rendering, and seconds and bytes of files.

    Files are by Blender's compression (percent), and by Pillow's level after reading a file that
    Blender wrote without compression.
    """
    from PIL import Image

    from synthlib.blender import scene

    found: dict[str, list[tuple[float, int]]] = {}
    path = Path(job["out"]) / "frame.png"
    for item in job["items"]:
        begun = time.process_time()
        points = build_scene(item, job["settings"], 1)
        ((_, pose),) = camera_poses(item, job, points)
        pose(True)
        render_frame(None)  # the first frame also builds the ray tracing tree
        first = time.process_time()
        render_frame(None)
        second = time.process_time()
        found.setdefault("render", []).append((second - first, 0))
        found.setdefault("build", []).append((first - begun - (second - first), 0))
        image, still = scene.bpy.data.images["Render Result"], scene.bpy.data.scenes[0].render
        for percent in [*job["percents"], 0]:
            still.image_settings.compression = percent
            begun = time.process_time()
            image.save_render(str(path))
            row = (time.process_time() - begun, path.stat().st_size)
            found.setdefault(f"Blender, {percent} %", []).append(row)
        for level in job["levels"]:
            begun, content = time.process_time(), io.BytesIO()
            with Image.open(path) as frame:
                frame.save(content, "PNG", compress_level=level)
            row = (found["Blender, 0 %"][-1][0] + time.process_time() - begun, content.tell())
            found.setdefault(f"Blender, 0 %, then Pillow, level {level}", []).append(row)
    return {name: np.mean(rows, axis=0).tolist() for name, rows in found.items()}


def build_scene(item: dict, settings: dict, threads: int) -> np.ndarray:
    """Build the item's scene with a camera; returns the points that framing needs."""
    from synthlib.blender import render_instance, scene

    scene.reset_scene()
    looks = {key: settings[key] for key in LOOKS}
    scene.configure_render(settings["size"], settings["samples"], **looks, threads=threads)
    render_instance._build_object(InstanceItem.from_json(item), settings["seed"], warn=print)
    scene.add_camera(39.6)
    return framing.convex_hull(scene.evaluated_vertices())


def camera_poses(
    item: dict, job: dict, points: np.ndarray
) -> Iterator[tuple[View, Callable[[bool], None]]]:
    """The job's views of an item, each with the arguments that place the camera."""
    from synthlib.blender import scene

    camera, settings = scene.bpy.context.scene.camera, job["settings"]
    every = views_for(settings["seed"], item["cls"], item["instance"])

    def pose(view: View, trace_only: bool) -> None:
        axes = camera_axes(view.azimuth, view.elevation, view.roll)
        position, *depths = framing.fit_camera(points, axes, view.field_of_view, settings["fill"])
        scene.place_camera(camera, axes, position, *depths)
        if trace_only:
            scene.set_render_border(
                framing.project_points(points, axes, position, view.field_of_view)
            )

    for index in job["views"]:
        yield every[index], lambda trace_only, view=every[index]: pose(view, trace_only)


def render_frame(path: Path | None) -> None:
    """Render the scene, to a PNG if a path is given."""
    import bpy

    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=path is not None)


def read_pixels(path: Path) -> np.ndarray:
    """uint8 (H, W, 4)."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image)


def add_cpu_time(times: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    """Result of the work; its CPU seconds are appended to `times`."""
    begun = time.process_time()
    result = work()
    times.setdefault(name, []).append(time.process_time() - begun)
    return result


def main() -> None:
    """Do the job that the command line names."""
    job = json.loads(Path(sys.argv[1]).read_text())
    import_bpy(job["threads"])
    from synthlib.blender.scene import select_device

    select_device("cpu")
    result = {
        "bare": run_bare_loop,
        "parts": time_parts,
        "variants": render_variants,
        "png": measure_png,
    }[job["do"]](job)
    Path(job["out"], "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender's module can hang when Python shuts down
