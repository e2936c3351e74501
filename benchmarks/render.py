"""Frames a second of the render stage against bare Cycles loops over the same scenes.

    python benchmarks/render.py [--size 64] [--samples 16] [--rounds 3] [--workers 2]

One simple model (a textured ball, made on the spot) as 4 instances of 26 views. In every round,
one after another on this machine: bare loops (a script's: scene, camera, render to a PNG, and so
on), once tracing whole frames and once, as the stage does, only where the object is, and with all
cores in one process; then the stage with one worker and with several. The bare loops are given the
cameras (the time to find them is taken off), keep no checksums, boxes, events or atomic files.

Rates are over all frames but the first, from when that was written to when the last was: building
or importing a scene counts on both sides but for the first one, the start of the processes on
neither; it is printed apart. Frames must be the same pixels whoever made them. Then what a frame
costs by parts. The last line is JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from synthlib import rendering
from synthlib.seeding import rng_for

LOOP = Path(__file__).with_name("cycles_loop.py")
INSTANCES = 4
WHOLE, BARE = "bare loop, whole frames", "bare loop, the stage's part of frames"
Rates = dict[str, list[tuple[float, float]]]
"""Frames a second and seconds to the first frame, a pair a round."""


def main() -> None:
    """Measures in turn, prints two tables and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64, help="px")
    parser.add_argument("--samples", type=int, default=16, help="a pixel")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    given = parser.parse_args()
    settings = rendering.RenderSettings(size=given.size, samples=given.samples)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_ball(root / "models" / "ball" / "ball.obj")

        def plan(folder: Path) -> rendering.RenderPlan:
            return rendering.plan(
                folder,
                ["ball"],
                INSTANCES,
                assets="models",
                models_root=root / "models",
                settings=settings,
            )

        one, several = "stage, 1 worker", f"stage, {given.workers} workers"
        cores = f"bare loop, 1 process of {given.workers} threads"
        contenders: dict[str, Callable[[Path], float]] = {
            WHOLE: lambda out: bare(plan(out), out, 1, trace_only=False),
            BARE: lambda out: bare(plan(out), out, 1, trace_only=True),
            cores: lambda out: bare(plan(out), out, given.workers, trace_only=True),
            one: lambda out: stage(plan(out), 1),
            several: lambda out: stage(plan(out), given.workers),
        }
        rates = in_turn(contenders, root, given.rounds)
        parts = loop(plan(root / "parts"), root / "parts", "parts", 1)
    say_rates(rates, given)
    say_parts(parts, given)
    found = {
        "one_worker_of_bare_loop": ratio(rates, one, BARE),
        "one_worker_of_bare_loop_whole_frames": ratio(rates, one, WHOLE),
        "several_workers_of_one": ratio(rates, several, one),
        "several_workers_of_one_process_all_threads": ratio(rates, several, cores),
    }
    about = {"benchmark": "render", "size": given.size, "samples": given.samples, "cpu": cpu()}
    print("\n" + json.dumps(about | {"cores": os.cpu_count(), "workers": given.workers} | found))


def in_turn(contenders: dict[str, Callable[[Path], float]], root: Path, rounds: int) -> Rates:
    """Every contender in every round; raises if two that are single-threaded differ in a pixel."""
    rates: Rates = {name: [] for name in contenders}
    first: dict[str, np.ndarray] = {}
    for number in range(rounds):
        for name, work in contenders.items():
            out = root / f"{number} {name}"
            out.mkdir()
            begun = time.time()
            aside = work(out)
            files = sorted(out.rglob("*.png"), key=lambda path: path.stat().st_mtime)
            written = [path.stat().st_mtime for path in files]
            seconds = written[-1] - written[0] - aside
            rates[name].append(((len(files) - 1) / seconds, written[0] - begun))
            if "threads" in name:  # their ray tracing trees are another's
                continue
            for path in files:
                with Image.open(path) as image:
                    made = np.asarray(image)
                key = f"{path.parent.name}/{path.name}"
                if not np.array_equal(first.setdefault(key, made), made):
                    raise SystemExit(f"{name} made other pixels of {key} than the first contender.")
    return rates


def stage(plan: rendering.RenderPlan, workers: int) -> float:
    """This project's way."""
    report = rendering.render(plan, workers=workers, device="cpu", progress=False)
    if report.failed:
        raise SystemExit(f"{report.failed[0]['name']} failed: {report.failed[0]['reason']}")
    return 0.0


def bare(plan: rendering.RenderPlan, out: Path, threads: int, *, trace_only: bool) -> float:
    """A script's way; returns the seconds that don't count."""
    return loop(plan, out, "bare", threads, trace_only=trace_only)["aside"]


def loop(
    plan: rendering.RenderPlan, out: Path, do: str, threads: int, *, trace_only: bool = True
) -> dict:
    """Runs `cycles_loop` in a process of its own."""
    out.mkdir(exist_ok=True)
    job = {
        "do": do,
        "items": [rendering._item(instance) for instance in plan.instances],
        "settings": asdict(plan.settings),
        "views": list(range(plan.settings.views)),
        "trace_only": trace_only,
        "out": str(out),
        "threads": threads,
    }
    (out / "job.json").write_text(json.dumps(job))
    command = [sys.executable, str(LOOP), str(out / "job.json")]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"{LOOP.name} failed:\n{ended.stderr[-2000:]}")
    return json.loads((out / "result.json").read_text())


def say_rates(rates: Rates, given: argparse.Namespace) -> None:
    """A contender a line."""
    print(f"\n{given.size} px, {given.samples} samples: frames/s, median (least to most) of rounds")
    for name, pairs in rates.items():
        each, start = zip(*pairs, strict=True)
        middle = f"{statistics.median(each):7.1f} ({min(each):.1f} to {max(each):.1f})"
        print(f"  {name:40s}{middle:26s} first frame after {statistics.median(start):.1f} s")


def say_parts(parts: dict, given: argparse.Namespace) -> None:
    """Milliseconds a frame by part."""
    trace = (parts["no file"] - parts["one"]) / (given.samples - 1) * given.samples
    lines = {
        "scene build or import, 1/26 of it": parts["build"] / 26,
        "camera and outline": parts["camera"],
        "sync, film, colours (what no sample costs)": parts["no file"] - trace,
        f"trace, {given.samples} samples": trace,
        "PNG by Blender": parts["all"] - parts["no file"],
        "PNG stripped, written whole": parts["stage"] - parts["all"],
        "box, coverage, checksum": parts["record"],
        "denoise (with one sample; off by default)": parts["denoised"] - parts["one"],
    }
    print("\nParts of a frame, one thread, medians (ms)")
    for name, milliseconds in lines.items():
        print(f"  {name:46s}{milliseconds:8.2f}")


def ratio(rates: Rates, ours: str, theirs: str) -> dict[str, float]:
    """The ratio of medians, and the least and most of the rounds' own ratios."""
    a, b = ([rate for rate, _ in rates[name]] for name in (ours, theirs))
    each = [x / y for x, y in zip(a, b, strict=True)]
    middle = statistics.median(a) / statistics.median(b)
    return {"ratio": round(middle, 3), "least": round(min(each), 3), "most": round(max(each), 3)}


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")


def write_ball(path: Path, around: int = 64) -> None:
    """An OBJ sphere with a texture of 512 x 512 px."""
    path.parent.mkdir(parents=True)
    noise = rng_for(0, "ball").integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((512, 512), Image.Resampling.BICUBIC).save(
        path.with_suffix(".png")
    )
    path.with_suffix(".mtl").write_text(f"newmtl ball\nKd 1 1 1\nmap_Kd {path.stem}.png\n")
    up, turn = np.meshgrid(
        np.linspace(0, np.pi, around // 2 + 1), np.linspace(0, 2 * np.pi, around + 1), indexing="ij"
    )
    points = [np.sin(up) * np.cos(turn), np.cos(up), np.sin(up) * np.sin(turn)]
    lines = [f"mtllib {path.stem}.mtl"]
    lines += ["v {:.6f} {:.6f} {:.6f}".format(*p) for p in np.stack(points, -1).reshape(-1, 3)]
    uv = np.stack([turn / (2 * np.pi), 1 - up / np.pi], -1).reshape(-1, 2)
    lines += ["vt {:.6f} {:.6f}".format(*p) for p in uv] + ["usemtl ball"]
    corners = np.arange(1, points[0].size + 1).reshape(up.shape)
    faces = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]]
    for face in np.stack(faces, -1).reshape(-1, 4):
        lines.append("f " + " ".join(f"{corner}/{corner}" for corner in face))
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
