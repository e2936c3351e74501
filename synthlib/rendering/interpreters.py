"""Python interpreters of this machine, and the version of Blender's module that each has."""

import shutil
import subprocess
from pathlib import Path

WORKER_PACKAGES = tuple("lazy-loader numpy pillow psutil pydantic pyyaml scipy zstandard".split())
"""Packages that an interpreter needs to render, in addition to bpy: the extra `worker`."""

# Program that prints the version of Blender's module ("" if there is none), then the packages of
# its arguments that are missing. It imports nothing of them.
_PACKAGES_PROBE = """
import sys
from importlib import metadata, util
def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
bpy = version("bpy") or ("unknown" if util.find_spec("bpy") else "")
print("FOUND", bpy, "|", *[name for name in sys.argv[1:] if not version(name)])
"""


def blender_version(python: str) -> tuple[str, list[str]]:
    """The version of an interpreter's Blender module, and the missing packages of a worker.

    Returns:
        The version, "" if there is none or the interpreter does not run; and those of
        `WORKER_PACKAGES` that are not installed.
    """
    try:
        command = [python, "-c", _PACKAGES_PROBE, *WORKER_PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "", []
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    version, _, missing = (lines or ["FOUND |"])[-1].removeprefix("FOUND").partition("|")
    return version.strip(), missing.split()


def find_interpreters(home: Path | None = None) -> list[str]:
    """Paths of this machine's Python interpreters: on `PATH`, of pyenv, conda, and environments.

    Args:
        home: The folder that is searched for pyenv, conda and virtual environments; default: the
            user's.
    """
    home = home or Path.home()
    on_path = [shutil.which(f"python3{minor}") for minor in (".11", ".13", ".12", "")]
    conda = home / ".conda" / "environments.txt"
    environments = conda.read_text().splitlines() if conda.is_file() else []
    patterns = (".pyenv/versions/*/bin/python", "*/bin/python", ".venv/bin/python")
    below_home = [path for pattern in patterns for path in sorted(home.glob(pattern))]
    here = [Path.cwd() / ".venv" / "bin" / "python"]
    paths = [*here, *below_home, *(Path(folder, "bin", "python") for folder in environments)]
    found = [path for path in on_path if path] + [str(path) for path in paths if path.is_file()]
    return list(dict.fromkeys(found))
