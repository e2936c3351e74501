"""What a number was made on: versions, hardware, commit, for a run's `environment.json`."""

import contextlib
import os
import platform
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def environment_record(
    compute_info: Mapping[str, Any], stage_seconds: Mapping[str, float]
) -> dict[str, Any]:
    """What a number was made on: versions, hardware (`machine`: device, threads, ...), git
    commit, and seconds a stage."""
    return {
        "python": platform.python_version(),
        "versions": _versions(),
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        **compute_info,
        "git_commit": _git_commit(),
        "ended": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "seconds": {stage: round(value, 2) for stage, value in stage_seconds.items()},
    }


def _versions() -> dict[str, str]:
    """Of the packages that numbers depend on, as far as they are here: where renders are brought
    from another machine, bpy is not needed."""
    found = {}
    for name in ("torch", "torchvision", "bpy", "numpy", "pandas", "pillow"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _git_commit() -> str | None:
    """The commit of the checkout that has this file; None if none has, or git is not installed."""

    def git(*words: str) -> str:
        here = Path(__file__).parent
        found = subprocess.run(
            ["git", *words], cwd=here, capture_output=True, text=True, check=False
        )
        return found.stdout.strip()

    try:
        return (git("rev-parse", "HEAD") or None) if git("ls-files", Path(__file__).name) else None
    except OSError:
        return None


def _cpu_name() -> str:
    """Linux's own name of it, else the kind that Python knows (a Mac's `arm`)."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
