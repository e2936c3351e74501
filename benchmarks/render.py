"""Frames per second of the render stage, compared with bare Cycles loops over the same scenes.

    python benchmarks/render.py [--size 64] [--samples 16] [--rounds 5] [--workers 2]
    python benchmarks/render.py --options [--samples 16] [--rounds 1]

With `--options`, the CPU time per frame of each option of the renders is compared with that of a
plain render, at 64 and 128 px, in one worker: about 4 minutes on an idle machine.

One simple model (a generated textured ball) as 12 instances with 26 views each. In every round, the
contenders run one after another on this machine. First the bare loops, as in a script (scene,
camera, render to a PNG, and so on): tracing whole frames; tracing only where the object is, as the
stage does; and using all cores in one process. Then the stage, with one worker and with several.
The bare loops get the cameras for free (the time to find them is subtracted), and make no
checksums, boxes, events or atomic files.

Rates are over the time in which all processes of a contender rendered: from the first frame of the
last one to the last frame of the first one. Building or importing a scene is included on both
sides, except for the first scene. The start of the processes is excluded and printed separately.
All contenders must produce the same pixels. Then the cost of a frame is printed by
parts. The last line is JSON.

Other work on the machine is measured as well: rounds in which it used more than `--quiet` cores are
excluded from ratios of rates. Ratios of CPU time per frame depend less on it. The cost of a frame
in one process is the additional CPU time that 12 instances take over 1 instance, including the
supervisor.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from cpu_usage import CpuUsage, processor_name
from PIL import Image

from synthlib import rendering
from synthlib.classes import CLASSES
from synthlib.rendering.lighting import BLENDER_ENVIRONMENTS
from synthlib.rendering.stage import instance_item
from synthlib.rendering.store import all_timings
from synthlib.seeding import rng_for
from synthlib.utils.executors import available_cores

LOOP = Path(__file__).with_name("cycles_loop.py")
N_INSTANCES = 12
"""Enough that the workers' first and last instances, which run alone, do not decide the ratio."""

OPTION_FRAMES = {64: (2, 26), 128: (2, 13)}
"""With `--options`: sizes in pixels, and the number of instances (of which the first is not
counted) and of views of each. With few views, what is made once per instance, such as a shadow map,
would count too much."""

PLAIN = "plain"
"""The option that the others are compared with."""

WHOLE, BARE = "bare loop, whole frames", "bare loop, the stage's part of frames"

OPTIONS: dict[str, dict[str, Any]] = {
    PLAIN: {},
    "denoised": {"denoise": True},
    "environments": {"environments": BLENDER_ENVIRONMENTS},
    "one lamp": {"lamps": 1},
    "environments and one lamp": {"environments": BLENDER_ENVIRONMENTS, "lamps": 1},
    "ground shadow": {"ground_shadow": True},
    "depth and mask": {"passes": ("depth", "mask")},
    "one lamp and ground shadow": {"lamps": 1, "ground_shadow": True},
    "exposure and white balance": {
        "exposure_range": (-1, 1),
        "white_balance_range": (4000, 9000),
    },
    "companions": {"companions": 1.0},
    "occluders": {"occluders": 1.0},
    "three distractors": {"distractors": 3},
}
"""Render settings by name."""

BALL = "ball: {scenes: [none], elevation: [10, 60], companions: [person, books, box, fruit]}"
"""The ball as a class of the user, so that it has companions, and its views show the ground."""


@dataclass(frozen=True)
class UncountedTime:
    """Wall-clock and CPU seconds of a contender that are not counted."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True)
class RoundResult:
    """Frames per second, seconds to the first frame, cores used by other work, CPU ms per frame.

    The CPU time is NaN except for contenders with one process.
    """

    rate: float
    start: float
    others: float
    cpu: float


@dataclass(frozen=True)
class Contender:
    """A function that renders n instances to a folder, with its processes and threads of each."""

    work: Callable[[Path, int], UncountedTime]
    processes: int = 1
    threads: int = 1


RoundResults = dict[str, list[RoundResult]]


def main() -> None:
    """Measure in turn, and print two tables and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64, help="px")
    parser.add_argument("--samples", type=int, default=16, help="per pixel, 2 or more")
    parser.add_argument("--rounds", type=int, help="default: 5, and 1 with --options")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--quiet", type=float, default=0.1, help="cores that other work may use")
    parser.add_argument("--options", action="store_true", help="compare the renders' options")
    given = parser.parse_args()
    given.rounds = given.rounds or (1 if given.options else 5)
    if given.options:
        compare_options(given.samples, given.rounds)
        return
    settings = rendering.RenderSettings(size=given.size, samples=given.samples)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_ball(root / "models" / "ball" / "ball.obj")

        def plan(folder: Path, instances: int) -> rendering.RenderPlan:
            return rendering.plan_renders(
                folder,
                ["ball"],
                instances,
                assets="models",
                models_root=root / "models",
                settings=settings,
            )

        one, several = "stage, 1 worker", f"stage, {given.workers} workers"
        cores = f"bare loop, 1 process of {given.workers} threads"
        n = given.workers
        contenders = {
            WHOLE: Contender(lambda out, k: run_bare_loop(plan(out, k), out, 1, trace_only=False)),
            BARE: Contender(lambda out, k: run_bare_loop(plan(out, k), out, 1, trace_only=True)),
            cores: Contender(
                lambda out, k: run_bare_loop(plan(out, k), out, n, trace_only=True), 1, n
            ),
            one: Contender(lambda out, k: run_stage(plan(out, k), 1)),
            several: Contender(lambda out, k: run_stage(plan(out, k), n), n),
        }
        rounds = run_rounds(contenders, root, given.rounds)
        parts = run_cycles_loop(plan(root / "parts", 4), root / "parts", "parts", 1)
    print_rounds(rounds, given)
    print_parts(parts, given)
    found = {
        "one_worker_of_bare_loop": frame_rate_ratio(rounds, one, BARE, given.quiet),
        "one_worker_of_bare_loop_whole_frames": frame_rate_ratio(rounds, one, WHOLE, given.quiet),
        "several_workers_of_one": frame_rate_ratio(rounds, several, one, given.quiet),
        "several_workers_of_one_process_all_threads": frame_rate_ratio(
            rounds, several, cores, given.quiet
        ),
        "one_worker_of_bare_loop_by_cpu": cpu_time_ratio(rounds, one, BARE),
        "one_worker_of_bare_loop_whole_frames_by_cpu": cpu_time_ratio(rounds, one, WHOLE),
    }
    about = {"benchmark": "render", "size": given.size, "samples": given.samples}
    about |= {"cpu": processor_name(), "cores": available_cores(), "workers": given.workers}
    print("\n" + json.dumps(about | found))


def compare_options(samples: int, rounds: int) -> None:
    """Print CPU ms per frame with each of `OPTIONS`, and a line of JSON of their ratios.

    All options are measured once at every size, then all of them again, so that what else the
    machine does meanwhile meets all of them alike.
    """
    costs: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_ball(root / "models" / "ball" / "ball.obj")
        classes = root / "classes.yaml"
        classes.write_text(BALL)
        os.environ["SYNTHLIB_CLASSES"] = str(classes)
        CLASSES.reload()
        for number in range(rounds):
            for size, (instances, views) in OPTION_FRAMES.items():
                for name, options in OPTIONS.items():
                    settings = rendering.RenderSettings(
                        size=size, samples=samples, views=views, poses="photographed", **options
                    )
                    folder_name = f"{number} {size} {name}"
                    cost = cost_per_frame(settings, instances, root, folder_name)
                    costs.setdefault((name, size), []).append(cost)
                    plain = costs[PLAIN, size][number]
                    print(
                        f"round {number + 1} of {rounds}, {size} px, {name}: {cost:.1f} ms, "
                        f"{cost / plain:.2f} times the plain render",
                        flush=True,
                    )
    ratios: dict[str, float] = {}
    for size in OPTION_FRAMES:
        print(f"\n{size} px, {samples} samples; CPU ms per frame (minimum to maximum), ratios")
        for name in OPTIONS:
            ratio = _ratio(costs[name, size], costs[PLAIN, size])
            print(f"  {name:40s}{spread_text(costs[name, size]):28s}{ratio:6.2f}")
            ratios[f"{name}, {size} px"] = ratio
        lit, shaded = costs["one lamp", size], costs["one lamp and ground shadow", size]
        ratios[f"ground shadow of one lamp relative to one lamp, {size} px"] = _ratio(shaded, lit)
    about = {"benchmark": "render options", "samples": samples, "cpu": processor_name()}
    about |= {"cores": available_cores(), "rounds": rounds}
    print("\n" + json.dumps(about | ratios))


def _ratio(costs: list[float], others: list[float]) -> float:
    """Median over rounds of the ratio of two costs of the same round."""
    pairs = zip(costs, others, strict=True)
    return round(statistics.median(cost / other for cost, other in pairs), 2)


def cost_per_frame(
    settings: rendering.RenderSettings, instances: int, root: Path, name: str
) -> float:
    """CPU ms per frame of all instances but the first of one worker.

    The start of the process is so not counted, nor what the first instance alone has to load. The
    worker's own timings are exact, but of the wall clock; they are multiplied by the share of it
    that was spent on a core.
    """
    plan = rendering.plan_renders(
        root / name,
        ["ball"],
        instances,
        assets="models",
        models_root=root / "models",
        settings=settings,
    )
    readings: list[tuple[str, float, float]] = []
    run_stage(plan, 1, lambda name: readings.append((name, time.perf_counter(), _cpu_seconds())))
    (first, *before), (_, *after) = readings[0], readings[-1]
    wall, cpu = (late - early for early, late in zip(before, after, strict=True))
    seconds = all_timings(plan.store).drop(first).sum()
    return seconds * min(1.0, cpu / wall) / ((instances - 1) * settings.views) * 1e3


def _cpu_seconds() -> float:
    """CPU seconds of this process and of all its children, running ones too."""
    running = psutil.Process().children(recursive=True)
    times = [psutil.Process().cpu_times()]
    for process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            times.append(process.cpu_times())
    return sum(sum(each[:4]) for each in times)


def run_rounds(contenders: dict[str, Contender], root: Path, rounds: int) -> RoundResults:
    """Measure every contender in every round; raise if they differ in a pixel."""
    found: RoundResults = {name: [] for name in contenders}
    first: dict[str, np.ndarray] = {}
    for number in range(rounds):
        for name, contender in contenders.items():
            out, few = root / f"{number} {name}", root / f"{number} {name}, one instance"
            alone = contender.processes == contender.threads == 1
            fixed = measure_work(contender, few, 1)[1] if alone else np.nan
            begun = time.time()
            spent, cpu, aside = measure_work(contender, out, N_INSTANCES)
            written = {path: path.stat().st_mtime for path in out.rglob("*.png")}
            rate = frame_rate(written, contender.processes, aside.wall)
            more = (cpu - fixed) / len(written) * N_INSTANCES / (N_INSTANCES - 1) * 1e3
            start = min(written.values()) - begun
            found[name].append(RoundResult(rate, start, spent.others, more))
            check_same_pixels(name, written, first)
    return found


def frame_rate(written: dict[Path, float], processes: int, aside: float) -> float:
    """Frames per second while all processes rendered, from the modification times of files."""
    instances: dict[Path, list[float]] = {}
    for path, moment in written.items():
        instances.setdefault(path.parent, []).append(moment)
    begin = sorted(map(min, instances.values()))[processes - 1]
    end = sorted(map(max, instances.values()))[-processes]
    return sum(begin < moment <= end for moment in written.values()) / (end - begin - aside)


def measure_work(
    contender: Contender, out: Path, instances: int
) -> tuple[CpuUsage, float, UncountedTime]:
    """Cost of the work, its CPU seconds that count, and those that do not."""
    out.mkdir()
    before = CpuUsage.snapshot()
    aside = contender.work(out, instances)
    spent = CpuUsage.snapshot().since(before)
    return spent, spent.own - aside.cpu, aside


def check_same_pixels(name: str, files: Iterable[Path], first: dict[str, np.ndarray]) -> None:
    """Raise SystemExit if a frame's pixels differ from those in `first`."""
    for path in files:
        with Image.open(path) as image:
            made = np.asarray(image)
        key = f"{path.parent.name}/{path.name}"
        if not np.array_equal(first.setdefault(key, made), made):
            raise SystemExit(f"{name} made other pixels of {key} than the first contender.")


def run_stage(
    plan: rendering.RenderPlan, workers: int, on_done: Callable[[str], None] | None = None
) -> UncountedTime:
    """Contender: the render stage of this project."""
    report = rendering.render(
        plan,
        rendering.RenderOptions(workers=workers, device="cpu", progress=False, on_done=on_done),
    )
    if report.failed:
        raise SystemExit(f"{report.failed[0]['name']} failed: {report.failed[0]['reason']}")
    return UncountedTime()


def run_bare_loop(
    plan: rendering.RenderPlan, out: Path, threads: int, *, trace_only: bool
) -> UncountedTime:
    """Contender: a plain script."""
    return UncountedTime(**run_cycles_loop(plan, out, "bare", threads, trace_only=trace_only))


def run_cycles_loop(
    plan: rendering.RenderPlan, out: Path, do: str, threads: int, *, trace_only: bool = True
) -> dict:
    """Run `cycles_loop` in a separate process."""
    out.mkdir(exist_ok=True)
    job = {
        "do": do,
        "items": [asdict(instance_item(instance)) for instance in plan.instances],
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


def print_rounds(rounds: RoundResults, given: argparse.Namespace) -> None:
    """Print one line per contender."""
    print(f"\n{given.size} px, {given.samples} samples; medians (minimum to maximum) over rounds")
    print(f"  {'':40s}{'frames/s':24s}{'CPU ms per frame':24s}first frame after  others' cores")
    for name, each in rounds.items():
        rate = spread_text([r.rate for r in each])
        cpu = "" if np.isnan(each[0].cpu) else spread_text([r.cpu for r in each])
        start = f"{statistics.median(r.start for r in each):.1f} s"
        others = f"{min(r.others for r in each):.2f} to {max(r.others for r in each):.2f}"
        print(f"  {name:40s}{rate:24s}{cpu:24s}{start:19s}{others}")


def spread_text(values: list[float]) -> str:
    """Median, minimum and maximum."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def print_parts(parts: dict, given: argparse.Namespace) -> None:
    """Print milliseconds per frame, by part."""
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
    print("\nParts of a frame, one thread, medians (ms of CPU)")
    for name, milliseconds in lines.items():
        print(f"  {name:46s}{milliseconds:8.2f}")


RatioSummary = dict[str, float | int | None]


def frame_rate_ratio(rounds: RoundResults, ours: str, theirs: str, quiet: float) -> RatioSummary:
    """Ratio of our frames/s to theirs, in rounds in which other work used at most `quiet` cores."""
    pairs = zip(rounds[ours], rounds[theirs], strict=True)
    return summarise_ratios([a.rate / b.rate for a, b in pairs if max(a.others, b.others) <= quiet])


def cpu_time_ratio(rounds: RoundResults, ours: str, theirs: str) -> RatioSummary:
    """Ratio of their CPU time per frame to ours, over all rounds."""
    return summarise_ratios(
        [b.cpu / a.cpu for a, b in zip(rounds[ours], rounds[theirs], strict=True)]
    )


def summarise_ratios(each: list[float]) -> RatioSummary:
    """Median, minimum and maximum over rounds; None if there is no round."""
    if not each:
        return {"ratio": None, "rounds": 0}
    least, middle, most = min(each), statistics.median(each), max(each)
    found: RatioSummary = {
        "ratio": round(middle, 3),
        "least": round(least, 3),
        "most": round(most, 3),
    }
    return found | {"rounds": len(each)}


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
