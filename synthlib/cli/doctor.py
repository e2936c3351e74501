"""`synthlib doctor`: check that this machine can run the suite, and say what to do if it cannot.

Each check is a function that returns a `Finding`; `run_checks` makes all of them. Nothing is
installed or changed. Optional arguments of the checks replace properties of the machine in tests.
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

from synthlib.classes import CLASSES, THESIS_CLASSES, is_thesis_class
from synthlib.cli.options import user_errors
from synthlib.params import BPY_VERSION
from synthlib.rendering.interpreters import (
    WORKER_PACKAGES,
    blender_version,
    find_interpreters,
)
from synthlib.rendering.worker_process import (
    BLENDER_PYTHON_VARIABLE,
    RenderError,
    worker_interpreter,
)
from synthlib.utils import executors, files, system_libraries
from synthlib.utils.errors import ParameterError, SynthlibError
from synthlib.utils.files import project_dir, resolve_in_project

State = Literal["ok", "advice", "missing"]
"""State of a check: `ok`, `advice` (some features do not work, or work slowly) or `missing`
(nothing works without it)."""

STATE_LABELS = {"ok": "ok      ", "advice": "advice  ", "missing": "MISSING "}

GB = 1e9

MIN_FREE_DISK = 2
"""GB of free disk space that the scale `demo` needs."""

RECOMMENDED_FREE_DISK = 20
"""GB of free disk space that all runs of the scale `tiny` need."""

MIN_MEMORY = 4
"""GB of memory that a render worker and a training run may use together at small scales."""

BLENDER_START_TIMEOUT = 120.0
"""Seconds within which Blender's module must load; from a slow disk it takes long."""

WIDGETS_EXTENSION = "@jupyter-widgets/jupyterlab-manager"
"""Name of JupyterLab's extension that shows ipywidgets."""

EXPLORER_EXTENSION = "anywidget"
"""Name of JupyterLab's extension that the explorer of errors also needs."""

RECOMMENDED_ENVIRONMENT = "~/synthlib-blender"
"""Folder of the virtual environment that the advice makes."""

# Program that prints Blender's version and the devices that Cycles can render on. It ends by
# `os._exit`, because Blender's module can hang when Python shuts down.
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
    """The result of one check.

    Attributes:
        name: Name of the check.
        state: See `State`.
        result: What was found, as text.
        action: What the user should do; "" if nothing.
    """

    name: str
    state: State
    result: str
    action: str = ""


@click.command()
@click.option("--data-root", default="", metavar="FOLDER", help="imagenet/, places/, models/.")
@click.option("--outputs", type=click.Path(path_type=Path), help="Folder of all outputs.")
@user_errors
def doctor(data_root, outputs) -> None:
    """Check this machine and say what to do; exit code 1 if something needed is missing.

    \b
    Examples:
      synthlib doctor
      synthlib doctor --data-root data --outputs /scratch/outputs
    """
    missing = 0
    for finding in run_checks(data_root, resolve_in_project(outputs) if outputs else None):
        click.echo(f"{STATE_LABELS[finding.state]}{finding.name:17s}{finding.result}")
        if finding.action:
            click.echo(f"{'':25s}-> {finding.action}")
        missing += finding.state == "missing"
    click.echo(f"{missing} missing" if missing else "this machine can run the suite")
    sys.exit(1 if missing else 0)


def run_checks(data_root: str = "", outputs: Path | None = None) -> Iterator[Finding]:
    """Make all checks, one after another.

    Args:
        data_root: The data root; "": `$SYNTHLIB_DATA`.
        outputs: The folder of all outputs; None: `outputs` in the study's folder.

    Yields:
        The finding of each check, as soon as it is made.
    """
    yield check_python()
    study = check_study_folder()
    yield study
    yield check_system_libraries()
    yield check_blender()
    yield check_torch_device()
    yield check_memory()
    folder = Path(study.result) if study.state == "ok" else Path.cwd()
    yield check_disk(outputs or folder / "outputs")
    yield check_classes()
    yield check_data_root(data_root)
    yield check_jupyterlab()
    yield check_kernel()
    yield check_chromium()


def check_python(version_info: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Check that this is a version of Python that synthlib was tried with."""
    text = f"{'.'.join(map(str, version_info))} ({sys.executable})"
    if version_info[:2] < (3, 11):
        action = "install Python 3.11, 3.12 or 3.13, and synthlib there"
        return Finding("Python", "missing", text, action)
    if version_info[:2] > (3, 13):
        return Finding("Python", "advice", text, "synthlib was tried with 3.11, 3.12 and 3.13")
    return Finding("Python", "ok", text)


def check_study_folder() -> Finding:
    """Find the folder whose parameters are read, a study folder or a checkout."""
    try:
        return Finding("study folder", "ok", str(project_dir()))
    except ParameterError as error:  # its message is "<result>: <action>"
        result, action = str(error).split(": ", 1)
        return Finding("study folder", "advice", result, action)


def check_system_libraries(table: Path = system_libraries.TABLE) -> Finding:
    """Check that the shared libraries of Blender's module exist.

    Args:
        table: The list of libraries and the packages that contain them.
    """
    sentence = system_libraries.missing_libraries(table)
    if not sentence:
        text = "all libraries of Blender's module are installed"
        return Finding("system libraries", "ok", text)
    result, action = sentence.split(": ", 1)
    return Finding("system libraries", "advice", result, action)


def check_blender(timeout: float = BLENDER_START_TIMEOUT) -> Finding:
    """Check that Blender's module loads in the interpreter in which workers run.

    Without a setting, and without the module in this Python, other interpreters of this machine
    that have it are named: everything but rendering works without.

    Args:
        timeout: Seconds within which the module must load.
    """
    try:
        python = worker_interpreter()
    except RenderError as error:  # its message is "<result>: <action>"
        result, action = str(error).split(": ", 1)
        return Finding("Blender", "missing", result, action)
    version, missing = blender_version(python)
    if not version and python == sys.executable:
        return _advise_interpreter()
    if not version:
        result = f"{python} ({BLENDER_PYTHON_VARIABLE}) has no bpy"
        return Finding("Blender", "missing", result, _advise_interpreter().action)
    if missing:
        action = f"{python} -m pip install {' '.join(missing)}"
        result = f"{python} has bpy, and no {', '.join(missing)}"
        return Finding("Blender", "missing", result, action)
    return probe_blender(python, timeout)


def probe_blender(python: str, timeout: float = BLENDER_START_TIMEOUT) -> Finding:
    """Load Blender's module in a separate process, as a render worker does."""
    action = f"{python} -m pip install --force-reinstall bpy; if libraries are missing, those first"
    try:
        done = subprocess.run(
            [python, "-c", _BLENDER_PROBE], capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return Finding("Blender", "missing", f"bpy did not load in {timeout:g} s", action)
    except OSError as error:
        return Finding("Blender", "missing", f"{python}: {error.strerror}", action)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    if not lines:
        message = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Finding("Blender", "missing", f"bpy does not load: {message}", action)
    release, _, devices = lines[-1].removeprefix("FOUND ").partition(" | ")
    where = "" if python == sys.executable else f" in {python}"
    text = f"{release}{where}, renders on {devices}"
    version = release.split()[0]
    if version == BPY_VERSION:
        return Finding("Blender", "ok", text)
    action = (
        f"set bpy_version: {version} (its renders get a store of their own), or name a Python with "
        f"bpy {BPY_VERSION} in {BLENDER_PYTHON_VARIABLE}"
    )
    return Finding("Blender", "advice", text, action)


def _advise_interpreter() -> Finding:
    """The finding that this Python has no bpy: who has it, else how to make one that does."""
    versions = {python: blender_version(python) for python in find_interpreters()}
    ready = {
        python: version
        for python, (version, missing) in versions.items()
        if version and not missing
    }
    if ready:
        listed = ", ".join(f"{python} ({version})" for python, version in ready.items())
        best = next(
            (p for p, version in ready.items() if version == BPY_VERSION), next(iter(ready))
        )
        action = f"export {BLENDER_PYTHON_VARIABLE}={best}"
        return Finding("Blender", "advice", f"not in this Python, but in {listed}", action)
    folder = RECOMMENDED_ENVIRONMENT
    action = (
        f"to render: python3.11 -m venv {folder} && {folder}/bin/pip install bpy=={BPY_VERSION} "
        f"{' '.join(WORKER_PACKAGES)} && export {BLENDER_PYTHON_VARIABLE}={folder}/bin/python"
    )
    return Finding("Blender", "advice", "no Python here has bpy: all but rendering works", action)


def check_torch_device() -> Finding:
    """Check that torch loads, and name the device that it will train on."""
    try:
        import torch
    except Exception as error:  # an incomplete installation can raise any error
        return Finding(
            "torch",
            "missing",
            f"does not load: {error}",
            "reinstall it: pip install --force-reinstall torch torchvision",
        )
    if torch.cuda.is_available():
        names = {torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())}
        return Finding("torch", "ok", f"{torch.__version__} on {', '.join(sorted(names))}")
    if torch.backends.mps.is_available():
        return Finding("torch", "ok", f"{torch.__version__} on Apple's MPS")
    text = f"{torch.__version__} on {executors.available_cores()} CPU cores, no GPU"
    return Finding("torch", "ok", text, "enough for demo and tiny; the scale thesis needs a GPU")


def check_memory(free: float | None = None) -> Finding:
    """Check the free memory.

    Args:
        free: Free memory in bytes; None: measure it.
    """
    free = psutil.virtual_memory().available if free is None else free
    text = f"{free / GB:.1f} GB are free"
    if free >= MIN_MEMORY * GB:
        return Finding("memory", "ok", text)
    return Finding("memory", "advice", text, f"free {MIN_MEMORY} GB, or render with workers: 1")


def check_disk(outputs: Path) -> Finding:
    """Check that the folder of all outputs is writable and has enough free space."""
    # the folder may not exist yet
    folder = next(path for path in (outputs, *outputs.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        action = "make it writable, or name another folder with --outputs"
        return Finding("disk", "missing", f"{folder} cannot be written: {error.strerror}", action)
    free = shutil.disk_usage(folder).free / GB
    text = f"{free:.1f} GB are free at {folder}"
    if free < MIN_FREE_DISK:
        action = f"free {MIN_FREE_DISK} GB, or name another folder with --outputs"
        return Finding("disk", "missing", text, action)
    if free < RECOMMENDED_FREE_DISK:
        action = f"enough for the demo; tiny needs {RECOMMENDED_FREE_DISK} GB"
        return Finding("disk", "advice", text, action)
    return Finding("disk", "ok", text)


def check_classes() -> Finding:
    """Check the user's file of classes, if `SYNTHLIB_CLASSES` names one."""
    try:
        names = [name for name in CLASSES if not is_thesis_class(name)]
    except SynthlibError as error:
        return Finding("classes", "missing", str(error), "correct it, or unset SYNTHLIB_CLASSES")
    own = f"; of SYNTHLIB_CLASSES: {', '.join(names)}" if names else ""
    return Finding("classes", "ok", f"the thesis's {len(THESIS_CLASSES)}{own}")


def check_data_root(root: str = "") -> Finding:
    """Check that the data root has photographs and backgrounds, and count its folders.

    Args:
        root: The data root; "": `$SYNTHLIB_DATA`.
    """
    if not (root or os.environ.get("SYNTHLIB_DATA")):
        action = (
            "for real photographs set SYNTHLIB_DATA to the folder of imagenet/, places/, models/; "
            "`synthlib fetch tiny-imagenet` and `synthlib fetch places` download them"
        )
        return Finding("data", "advice", "no data root: only the demo can run", action)
    try:
        folder = files.data_root(root)
    except ParameterError as error:  # its message is "<result>; <action>"
        result, action = str(error).split("; ", 1)
        return Finding("data", "missing", result, f"{action}, or let `synthlib fetch` make it")
    train = folder / "imagenet" / "train"
    classes = CLASSES if check_classes().state == "ok" else THESIS_CLASSES
    synsets = sum(
        (train / cls.synset).is_dir() or (train / name).is_dir() for name, cls in classes.items()
    )
    scenes, models = (len(files.visible_folders(folder / name)) for name in ("places", "models"))
    text = (
        f"{folder}: photographs of {synsets} of {len(classes)} classes, {scenes} folders of "
        f"backgrounds, models of {models} classes"
    )
    missing = [name for name, count in (("imagenet/", synsets), ("places/", scenes)) if not count]
    if missing:
        data_sets = {"imagenet/": "tiny-imagenet", "places/": "places"}
        commands = (f"`synthlib fetch {data_sets[name]}`" for name in missing)
        action = (
            f"put {' and '.join(missing)} there, laid out as the README says; for the scale tiny "
            f"{' and '.join(commands)} will"
        )
        return Finding("data", "missing", text, action)
    return Finding("data", "ok", text)


def check_jupyterlab(folders: list[str] | None = None, configs: list[str] | None = None) -> Finding:
    """Check that JupyterLab's extension for ipywidgets is installed and enabled.

    Args:
        folders: Folders of installed extensions; None: those that JupyterLab searches.
        configs: Folders of its configuration; None: those that JupyterLab searches.
    """
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    action = "install it: python -m pip install jupyterlab ipywidgets anywidget"
    try:
        text = f"JupyterLab {version('jupyterlab')}, ipywidgets {version('ipywidgets')}"
    except PackageNotFoundError as error:
        return Finding("JupyterLab", "missing", f"{error.name} is not installed", action)
    folders = jupyter_path("labextensions") if folders is None else folders
    for name in (WIDGETS_EXTENSION, EXPLORER_EXTENSION):
        if not any((Path(f) / name / "package.json").exists() for f in folders):
            result = f"{text}, without the extension {name}"
            return Finding("JupyterLab", "missing", result, action)
    for config in jupyter_config_path() if configs is None else configs:
        page = Path(config) / "labconfig" / "page_config.json"
        try:
            settings = json.loads(page.read_bytes()) if page.exists() else {}
        except ValueError as error:
            text = f"{page} is not JSON: {error}"
            return Finding("JupyterLab", "missing", text, "correct or delete it")
        disabled = settings.get("disabledExtensions", {})
        if isinstance(disabled, list):  # a list, or name -> bool, depending on the version
            disabled = dict.fromkeys(disabled, True)
        for name in (WIDGETS_EXTENSION, EXPLORER_EXTENSION):
            if disabled.get(name):
                action = f"enable it: `jupyter labextension enable {name}`"
                result = f"{text}; {page} disables the widgets"
                return Finding("JupyterLab", "missing", result, action)
    return Finding("JupyterLab", "ok", f"{text}, widgets enabled")


def check_kernel(name: str = "python3") -> Finding:
    """Check that the kernel of the notebooks runs this Python, in which synthlib is installed.

    A kernel of the same name in the user's home folder may run another one.

    Args:
        name: Name of the kernel.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except ValueError as error:
        result = f"the kernel.json of {name} is not JSON: {error}"
        return Finding(
            "kernel", "missing", result, "install it again: python -m pip install ipykernel"
        )
    except NoSuchKernel:
        action = "install it: python -m pip install ipykernel"
        return Finding("kernel", "missing", f"no kernel {name}", action)
    interpreter = spec.argv[0]
    # Jupyter replaces a name without a folder by its own interpreter
    has_no_folder = interpreter in ("python", "python3", f"python3.{sys.version_info[1]}")
    if has_no_folder or Path(interpreter).parent.resolve() == Path(sys.executable).parent.resolve():
        return Finding("kernel", "ok", f"{name} runs this Python")
    action = f"remove {spec.resource_dir}: notebooks would run without synthlib"
    return Finding("kernel", "missing", f"{name} runs {interpreter}", action)


def check_chromium() -> Finding:
    """Look for the browser that `make browser-test` uses; only developers need it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return Finding("Chromium", "ok", path)
    action = "only `make browser-test` needs it: apt, chromium"
    return Finding("Chromium", "ok", "not installed", action)
