"""The record of a run's software, hardware and code, stored as its `environment.json`."""

import contextlib
import platform
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from synthlib.utils.executors import available_cores

_RECORDED_PACKAGES = ("torch", "torchvision", "bpy", "numpy", "pandas", "pillow")


def environment_record(
    compute_info: Mapping[str, Any], stage_seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Describe the software, hardware and code that made a result, and how long it took.

    Args:
        compute_info: What the run computed on (device, threads, ...), as `devices.compute_info`
            returns it; its entries are added to the record.
        stage_seconds: Seconds by stage.

    Returns:
        A record for JSON: Python's and the packages' versions, machine, CPU and usable cores, the
        git commit and whether its tree was clean (both None outside a git checkout), the time of
        this call as `ended`, and the seconds by stage.
    """
    commit, is_clean = _git_state()
    return {
        "python": platform.python_version(),
        "versions": _package_versions(),
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "cores": available_cores(),
        **compute_info,
        "git_commit": commit,
        "git_clean": is_clean,
        "ended": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "seconds": {stage: round(value, 2) for stage, value in stage_seconds.items()},
    }


def _package_versions() -> dict[str, str]:
    """Versions of the packages that results depend on, as far as they are installed.

    bpy is optional: a machine that trains on renders copied from another one does not need it.
    """
    versions = {}
    for name in _RECORDED_PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _git_state() -> tuple[str | None, bool | None]:
    """The commit of the checkout that contains this package, and whether its tree was clean.

    A tree is clean if no tracked file has changed and no untracked file exists that git does not
    ignore. Both are None if git does not track this file, or is not installed.
    """
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "HEAD") if git("ls-files", Path(__file__).name) else ""
        return (commit, not git("status", "--porcelain")) if commit else (None, None)
    except OSError:
        return None, None


def _cpu_name() -> str:
    """The name of the CPU as Linux gives it, else the kind that Python knows (`arm` on a Mac)."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
