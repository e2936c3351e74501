"""`synthlib doctor`: what this machine lacks, and what to do.

Is this machine able to run the suite? Every check says what it found, and what to do.

A check gives a `Finding`: `ok`, `advice` (something will not work, or not well) or `missing`
(needed: nothing works without it). `examine` makes them all; nothing is installed or changed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import click
import psutil

from synthlib.classes import CLASSES
from synthlib.cli.options import user_errors
from synthlib.utils import executors, files
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import project_dir, resolve_in_project

STATE_LABELS = {"ok": "ok      ", "advice": "advice  ", "missing": "MISSING "}


@click.command()
@click.option("--data-root", default="", metavar="FOLDER", help="imagenet/, places/, models/.")
@click.option("--outputs", type=click.Path(path_type=Path), help="Where everything is written.")
@user_errors
def doctor(data_root, outputs) -> None:
    """Check this machine and say what to do; exit code 1 if something needed is missing."""

    folder = resolve_in_project(outputs or "outputs")
    missing = 0
    for finding in run_checks(data_root, folder):
        click.echo(f"{STATE_LABELS[finding.state]}{finding.name:17s}{finding.result}")
        if finding.action:
            click.echo(f"{'':25s}-> {finding.action}")
        missing += finding.state == "missing"
    click.echo(f"{missing} missing" if missing else "this machine can run the suite")
    sys.exit(1 if missing else 0)


State = Literal["ok", "advice", "missing"]
GB = 1e9

MIN_FREE_DISK, RECOMMENDED_FREE_DISK = 2, 20
"""GB of disk: for the demo, and for the scale tiny with all its runs."""

MIN_MEMORY = 4
"""GB that a render worker and a training run together may take at small scales."""

BLENDER_START_TIMEOUT = 120.0
"""Seconds that Blender's module may take to load from a slow disk."""

WIDGETS_EXTENSION = "@jupyter-widgets/jupyterlab-manager"

_BLENDER_PROBE = """
import os, sys, bpy
kinds = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")
names = []
try:
    cycles = bpy.context.preferences.addons["cycles"].preferences
    names = [d.name for kind in kinds for d in cycles.get_devices_for_type(kind) if d.type == kind]
except Exception:
    pass
print("\\nFOUND", bpy.app.version_string, "|", ", ".join(dict.fromkeys(names)) or "the CPU")
sys.stdout.flush()
os._exit(0)
"""


@dataclass(frozen=True)
class Finding:
    """One check's word: its name, its state, what was found, what to do."""

    name: str
    state: State
    result: str
    action: str = ""


def run_checks(data_root: str = "", outputs: Path | None = None) -> Iterator[Finding]:
    """All checks, one after another. `data_root`: "" is `$SYNTHLIB_DATA`."""
    yield check_python()
    yield check_system_libraries()
    yield check_blender()
    yield check_torch_device()
    yield check_memory()
    yield check_disk(outputs or project_dir() / "outputs")
    yield check_data_root(data_root)
    yield check_jupyterlab()
    yield check_kernel()
    yield check_chromium()


def check_python(version_info: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Python 3.11, the only one that Blender's module works with."""
    text = f"{'.'.join(map(str, version_info))} ({sys.executable})"
    if version_info[:2] == (3, 11):
        return Finding("Python", "ok", text)
    todo = "install Python 3.11, then make the virtual environment anew: `make clean demo`"
    return Finding("Python", "missing", text, todo)


def check_system_libraries(table: Path | None = None) -> Finding:
    """The shared libraries of `tools/system_libraries.txt` (or `table`), by
    `tools/check_machine.sh`, whose sentence says which packages bring them."""
    tools = Path(__file__).resolve().parents[2] / "tools"
    script = tools / "check_machine.sh"
    if not script.exists():
        return Finding("system libraries", "advice", "not checked: this is no checkout of synthlib")
    command = ["sh", str(script), str(table or tools / "system_libraries.txt")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHON": sys.executable}
    )
    if done.returncode == 0:
        return Finding("system libraries", "ok", "all that Blender's module loads are here")
    said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    found, _, todo = said.removeprefix("synthlib: ").rpartition(": ")
    return Finding("system libraries", "missing", found or said, todo)


def check_blender(
    interpreter: str = sys.executable, limit: float = BLENDER_START_TIMEOUT
) -> Finding:
    """Blender's module, loaded in a process of its own as the render workers do."""
    todo = "install it anew: `make clean`, then `make demo`; if libraries are missing, those first"
    try:
        done = subprocess.run(
            [interpreter, "-c", _BLENDER_PROBE], capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return Finding("Blender", "missing", f"bpy did not load in {limit:g} s", todo)
    except OSError as error:
        return Finding("Blender", "missing", f"{interpreter}: {error.strerror}", todo)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    if not lines:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Finding("Blender", "missing", f"bpy does not load: {said}", todo)
    release, _, devices = lines[-1].removeprefix("FOUND ").partition(" | ")
    return Finding("Blender", "ok", f"{release}, renders on {devices}")


def check_torch_device() -> Finding:
    """What torch trains on."""
    try:
        import torch
    except Exception as error:  # a torch that is half installed raises almost anything
        return Finding("torch", "missing", f"does not load: {error}", "install again: `make clean`")
    if torch.cuda.is_available():
        names = {torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())}
        return Finding("torch", "ok", f"{torch.__version__} on {', '.join(sorted(names))}")
    if torch.backends.mps.is_available():
        return Finding("torch", "ok", f"{torch.__version__} on Apple's MPS")
    text = f"{torch.__version__} on {executors.available_cores()} CPU cores, no GPU"
    return Finding("torch", "ok", text, "enough for demo and tiny; the scale thesis needs a GPU")


def check_memory(free: float | None = None) -> Finding:
    """Memory that is free now, in bytes."""
    free = psutil.virtual_memory().available if free is None else free
    text = f"{free / GB:.1f} GB are free"
    if free >= MIN_MEMORY * GB:
        return Finding("memory", "ok", text)
    return Finding("memory", "advice", text, f"free {MIN_MEMORY} GB, or render with workers: 1")


def check_disk(outputs: Path) -> Finding:
    """Whether the outputs' folder can be written to, and how much fits."""
    folder = next(p for p in (outputs, *outputs.parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        todo = "make it writable, or name another folder with --outputs"
        return Finding("disk", "missing", f"{folder} cannot be written: {error.strerror}", todo)
    free = shutil.disk_usage(folder).free / GB
    text = f"{free:.1f} GB are free at {folder}"
    if free < MIN_FREE_DISK:
        return Finding(
            "disk", "missing", text, f"free {MIN_FREE_DISK} GB or set --outputs elsewhere"
        )
    if free < RECOMMENDED_FREE_DISK:
        return Finding(
            "disk", "advice", text, f"enough for the demo; tiny needs {RECOMMENDED_FREE_DISK} GB"
        )
    return Finding("disk", "ok", text)


def check_data_root(root: str = "") -> Finding:
    """Which photographs and models lie in the data root."""
    given = root or os.environ.get("SYNTHLIB_DATA", "")
    if not given:
        todo = (
            "for real photographs set SYNTHLIB_DATA to the folder of imagenet/, places/, models/; "
        )
        todo += "`synthlib fetch tiny-imagenet` and `synthlib fetch places` download them"
        return Finding("data", "advice", "no data root: only the demo can run", todo)
    try:
        folder = files.data_root(given)
    except ParameterError as error:
        found, todo = str(error).split("; ", 1)
        return Finding("data", "missing", found, f"{todo}, or let `synthlib fetch` make it")
    synsets = [
        name for name, c in CLASSES.items() if (folder / "imagenet" / "train" / c.synset).is_dir()
    ]
    scenes = sum(path.is_dir() for path in (folder / "places").glob("*"))
    models = sum(path.is_dir() for path in (folder / "models").glob("*"))
    text = f"{folder}: {len(synsets)} of {len(CLASSES)} classes' photographs, {scenes} folders of "
    text += f"scenes, models of {models} classes"
    lacking = [name for name, n in (("imagenet/", len(synsets)), ("places/", scenes)) if not n]
    if lacking:
        todo = (
            f"put {' and '.join(lacking)} there, laid out as the README says; for the scale tiny "
        )
        sets = {"imagenet/": "tiny-imagenet", "places/": "places"}
        commands = (f"`synthlib fetch {sets[name]}`" for name in lacking)
        todo += f"{' and '.join(commands)} will"
        return Finding("data", "missing", text, todo)
    return Finding("data", "ok", text)


def check_jupyterlab(folders: list[str] | None = None, configs: list[str] | None = None) -> Finding:
    """JupyterLab's extension for ipywidgets: installed where JupyterLab looks, and enabled."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    todo = "install it: `make clean`, then `make lab`; or pip install jupyterlab_widgets"
    try:
        text = f"JupyterLab {version('jupyterlab')}, ipywidgets {version('ipywidgets')}"
    except PackageNotFoundError as error:
        return Finding("JupyterLab", "missing", f"{error.name} is not installed", todo)
    places = jupyter_path("labextensions") if folders is None else folders
    found = [Path(place) / WIDGETS_EXTENSION / "package.json" for place in places]
    if not any(path.exists() for path in found):
        return Finding(
            "JupyterLab", "missing", f"{text}, without the extension {WIDGETS_EXTENSION}", todo
        )
    for config in jupyter_config_path() if configs is None else configs:
        page = Path(config) / "labconfig" / "page_config.json"
        settings = json.loads(page.read_text()) if page.exists() else {}
        disabled = settings.get("disabledExtensions", {})
        if WIDGETS_EXTENSION in disabled and (
            isinstance(disabled, list) or disabled[WIDGETS_EXTENSION]
        ):
            todo = f"enable it: `jupyter labextension enable {WIDGETS_EXTENSION}`"
            return Finding("JupyterLab", "missing", f"{text}; {page} disables the widgets", todo)
    return Finding("JupyterLab", "ok", f"{text}, widgets enabled")


def check_kernel(name: str = "python3") -> Finding:
    """Whether notebooks run in this Python: a kernel of this name in the home folder may not."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        todo = "install it: python -m pip install ipykernel"
        return Finding("kernel", "missing", f"no kernel {name}", todo)
    first = Path(spec.argv[0])
    bare = spec.argv[0] in ("python", "python3", "python3.11")  # Jupyter takes its own for these
    if bare or first.parent.resolve() == Path(sys.executable).parent.resolve():
        return Finding("kernel", "ok", f"{name} runs this Python")
    todo = f"remove {spec.resource_dir}: notebooks would run without synthlib"
    return Finding("kernel", "missing", f"{name} runs {spec.argv[0]}", todo)


def check_chromium() -> Finding:
    """The browser that `make browser-test` drives; only developers need it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return Finding("Chromium", "ok", found)
    return Finding("Chromium", "ok", "not here", "only `make browser-test` needs it: apt, chromium")
