"""Worker process that runs the items of one job one after another.

    python -m synthlib.blender.worker JOB.json PARENT_PID

It runs in the interpreter that has Blender's module, which may be of another version of Python than
the supervisor's, and needs no package but those of the extra `worker` in `pyproject.toml`.

`JOB.json`, written by `synthlib.rendering.worker_process`, holds

- `module`: dotted name of the module whose `run_item(item, settings, out)` makes one item. It
  returns None, or yields after every finished frame, which tells the supervisor that the worker
  is alive;
- `items`: a list of dicts, each with a unique `name`;
- `settings`: a dict for `run_item`, with `device` ("auto", "cpu" or "gpu"), `threads` (of the
  CPU) and optionally `bpy_version`;
- `out`: the folder that items are written to;
- `events`: the file that gets one JSON line per event.

An event has a `state`: `ready` (with the device) or `refused` (with the reason; this machine has
another version of bpy than `bpy_version`, and the job ends) at the beginning, then for each item
`start`, `frame` after every frame, and `done` (with its seconds) or `failed` (with the reason). The
last two also have `peak_memory_mb`. A failed item does not end the job.

The process dies with the process that started it, whose id is `PARENT_PID`. It ends with
`os._exit`, because Blender's module can hang indefinitely when Python shuts down.
"""

import contextlib
import importlib
import json
import os
import resource
import socket
import sys
import time
import traceback
from pathlib import Path

from synthlib.blender.errors import ModelError
from synthlib.utils.errors import DISK_FULL_ERRNOS, SynthlibError
from synthlib.utils.files import printable_name
from synthlib.utils.processes import die_with_parent

_DISK_FULL_EXIT_CODE = 74
"""Exit code for a full disk, where no report can be written; `worker_process` knows it."""


def main(job_file: str) -> None:
    """Run all items of a job and append its events to the job's events file.

    Args:
        job_file: Path of the job's JSON file.

    Raises:
        OSError: The disk is full.
        SynthlibError: The settings ask for a GPU and Blender finds none.
    """
    job = json.loads(Path(job_file).read_text())
    settings = job["settings"]
    import_bpy(settings["threads"])
    from synthlib.blender.scene import select_device

    module = importlib.import_module(job["module"])
    with open(job["events"], "a") as events:

        def report(**event: str | float) -> None:
            events.write(json.dumps(event) + "\n")
            events.flush()

        if reason := _version_mismatch(settings.get("bpy_version")):
            report(state="refused", reason=reason)
            return
        report(state="ready", device=select_device(settings["device"]))
        for item in job["items"]:
            report(state="start", name=item["name"])
            started = time.monotonic()
            try:
                for _ in module.run_item(item, settings, Path(job["out"])) or ():
                    report(state="frame", name=item["name"])
            except Exception as error:
                if _is_disk_full(error):
                    raise
                report(state="failed", name=item["name"], **_describe(error), **peak_memory())
            else:
                seconds = round(time.monotonic() - started, 3)
                report(state="done", name=item["name"], seconds=seconds, **peak_memory())


def _version_mismatch(expected: str | None) -> str:
    """A sentence for the user if this machine's bpy is not the expected version, else ""."""
    import bpy

    installed = ".".join(map(str, bpy.app.version))
    if expected in (None, installed):
        return ""
    return (
        f"bpy_version asks for bpy {expected}, and {sys.executable} on {socket.gethostname()} has "
        f"{installed}: name a Python with bpy=={expected} in SYNTHLIB_BLENDER_PYTHON, or set "
        f"bpy_version to {installed} (its renders get a store of their own)"
    )


def _is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS


def _describe(error: Exception) -> dict[str, str]:
    """The `reason` of a failed item, and the `log` with the traceback if the error is a bug."""
    if isinstance(error, ModelError):
        return {"reason": printable_name(str(error))}
    return {
        "reason": f"{type(error).__name__}: {error}",
        "log": traceback.format_exc()[-2000:],
    }


def peak_memory() -> dict[str, float]:
    """Largest resident memory of this process so far.

    Returns:
        `{"peak_memory_mb": value}`, in MB (1e6 bytes).
    """
    try:
        # On Linux, ru_maxrss includes what the parent used before this program was started.
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    return {"peak_memory_mb": round(peak / 1e6, 1)}


def import_bpy(threads: int = 1) -> None:
    """Import bpy such that it never computes with more threads, regardless of later settings.

    Else the workers of all cores would together have many more threads than there are cores.
    Blender's thread pool takes its size from the cores that the process may use at import;
    afterwards the process may run on any core again.
    """
    if not hasattr(os, "sched_setaffinity"):
        importlib.import_module("bpy")
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:threads])
    importlib.import_module("bpy")
    os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[2]))
    exit_code = 0
    try:
        main(sys.argv[1])
    except BaseException as error:
        exit_code = _DISK_FULL_EXIT_CODE if _is_disk_full(error) else 1
        with contextlib.suppress(OSError):  # the log is on the same full disk
            if isinstance(error, SynthlibError):
                print(error, file=sys.stderr)
            else:
                traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(exit_code)
