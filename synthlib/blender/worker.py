"""`python -m synthlib.blender.worker JOB.json PARENT`: makes a job's items one after another.

The job (written by `synthlib.rendering.worker_process`): `module`, whose `run_item(item, settings, out)` makes one
item; `items`; `settings`; `out`; `events`, the file that gets one JSON line an event: `ready`
(with the device), or `refused` (with the reason) if the settings ask for another `bpy_version` than
this machine's, which ends the job; then for each item `start`, and `done` (with its seconds) or
`failed` (with a reason), which say the most memory that this process has used. `run_item` returns
None, or yields after every finished frame, which tells the supervisor that it is alive. PARENT is
the supervisor's process id.

An item that raises is reported and the next one begins. Leaves by `os._exit`, because Blender's
module can hang for ever when Python shuts down, and dies with the process that started it.
"""

import contextlib
import errno
import importlib
import json
import os
import resource
import socket
import sys
import time
import traceback
from pathlib import Path

from synthlib.blender.importing.errors import ModelError
from synthlib.utils.errors import SynthlibError
from synthlib.utils.processes import die_with_parent

_DISK_FULL_EXIT_CODE = 74  # as synthlib.rendering.worker_process reads it
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)


def main(job_file: str) -> None:
    """Makes all items of the job; raises only what ends the whole job, such as a full disk."""
    job = json.loads(Path(job_file).read_text())
    import_single_threaded_bpy()
    from synthlib.blender.scene import select_device

    module = importlib.import_module(job["module"])
    with open(job["events"], "a") as events:

        def tell(**event: str | float) -> None:
            events.write(json.dumps(event) + "\n")
            events.flush()

        if reason := _other_blender(job["settings"].get("bpy_version")):
            tell(state="refused", reason=reason)
            return
        tell(state="ready", device=select_device(job["settings"]["device"]))
        for item in job["items"]:
            tell(state="start", name=item["name"])
            started = time.monotonic()
            try:
                for _ in module.run_item(item, job["settings"], Path(job["out"])) or ():
                    tell(state="frame", name=item["name"])
            except ModelError as error:
                tell(state="failed", name=item["name"], reason=str(error), **peak_memory())
            except Exception as error:
                if isinstance(error, OSError) and error.errno in _DISK_FULL_ERRNOS:
                    raise
                reason, log = f"{type(error).__name__}: {error}", traceback.format_exc()[-2000:]
                tell(state="failed", name=item["name"], reason=reason, log=log, **peak_memory())
            else:
                seconds = round(time.monotonic() - started, 3)
                tell(state="done", name=item["name"], seconds=seconds, **peak_memory())


def _other_blender(asked: str | None) -> str:
    """A sentence if this machine's bpy is not the version that is asked for, else ""."""
    import bpy

    found = ".".join(map(str, bpy.app.version))
    if asked in (None, found):
        return ""
    return (
        f"bpy_version asks for bpy {asked}, and {socket.gethostname()} has {found}: install "
        f"bpy=={asked} there, or set bpy_version to {found} (its renders get a store of their own)"
    )


def peak_memory() -> dict[str, float]:
    """`peak_memory_mb`: the most resident memory of this process so far, in MB (1e6 bytes).

    Linux's ru_maxrss won't do: it counts what the parent used before this program was started.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        most = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    return {"peak_memory_mb": round(most / 1e6, 1)}


def import_single_threaded_bpy() -> None:
    """Imports bpy such that it never uses a second core, whatever is asked of it later.

    Built by several threads, Cycles' ray tracing tree differs from one machine to another and now
    and then from run to run, and so do a few pixels. Its thread pool takes its size from the cores
    that it may use when it starts; afterwards the process may run on any core again.
    """
    if not hasattr(os, "sched_setaffinity"):
        importlib.import_module("bpy")
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    importlib.import_module("bpy")
    os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[2]))
    code = 0
    try:
        main(sys.argv[1])
    except BaseException as error:
        code = _DISK_FULL_EXIT_CODE if getattr(error, "errno", None) in _DISK_FULL_ERRNOS else 1
        with contextlib.suppress(OSError):  # the log lies on the same full disk
            if isinstance(error, SynthlibError):
                print(error, file=sys.stderr)
            else:
                traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
