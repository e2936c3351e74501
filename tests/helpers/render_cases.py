"""Small render jobs: boxes as models, scripted items, and comparisons of files."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthlib import rendering
from synthlib.rendering.items import Item
from tests.helpers.shapes_obj import CUBE, WEDGE, coloured_mtl, write_box

N_INSTANCES = 8
"""Instances per class of the plans that are disturbed: 12 in total that render, 4 that do not."""

QUIET = rendering.RenderOptions(progress=False)

ONE_WORKER = rendering.RenderOptions(workers=1, progress=False)

SETTINGS = rendering.RenderSettings(size=24, samples=2, views=3)


def write_models(root: Path) -> Path:
    write_box(root / "crate/plain/plain.obj", CUBE)
    write_box(root / "crate/paint/paint.obj", CUBE * [1, 2, 1], mtl=coloured_mtl())
    write_box(root / "block/wedge/wedge.obj", WEDGE)
    broken = root / "block/broken/broken.obj"
    broken.parent.mkdir()
    broken.write_text("not a model\n")
    return root


def make_plan(
    outputs: Path,
    models: Path,
    instances: int = 3,
    settings: rendering.RenderSettings = SETTINGS,
) -> rendering.RenderPlan:
    return rendering.plan_renders(
        outputs,
        ["crate", "block"],
        instances,
        assets="models",
        models_root=models,
        settings=settings,
    )


def file_bytes(folder: Path) -> dict[str, bytes]:
    """The bytes of every file, except of the timings."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "timings.jsonl")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def png_paths(folder: Path) -> set[Path]:
    """All PNG files below a folder that may change meanwhile."""
    return {
        Path(path, name)
        for path, _, names in os.walk(folder)
        for name in names
        if name.endswith(".png")
    }


def process_command_lines() -> list[str]:
    """The command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_text().replace("\0", " "))
        except OSError:
            continue
    return lines


def wait_until(condition: Callable[[], object], seconds: float = 100.0) -> None:
    """Return as soon as the condition holds; fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@dataclass(frozen=True)
class ScriptedItem(Item):
    """An item for the module of `SCRIPTED_MODULE_SOURCE`."""

    does: str


SCRIPTED_MODULE_SOURCE = """
import errno, os, signal, time
from pathlib import Path

def run_item(item, settings, out):
    with open(out / "tries.txt", "a") as file:
        file.write(item["name"] + chr(10))
    with open(out / "pids.txt", "a") as file:
        file.write(str(os.getpid()) + chr(10))
    match item["does"]:
        case "crash": os.kill(os.getpid(), signal.SIGSEGV)
        case "hang": time.sleep(1000)
        case "slow": time.sleep(2)
        case "creep":
            for frame in range(1000): yield time.sleep(0.2)
        case "eat": print(len(bytearray(b"x" * 200_000_000)))
        case "kill supervisor":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(1000)
        case "raise": raise KeyError("nose")
        case "fill": raise OSError(errno.ENOSPC, "No space left on device")
        case "crash once":
            if (out / "tries.txt").read_text().split(chr(10)).count(item["name"]) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
    for frame in range(2):
        yield
    (out / item["name"]).write_text("made of " + settings["stuff"])
"""
