"""The system libraries of Blender's Python module that this machine does not have.

Needs only the standard library: `tools/check_machine.sh` runs this file before anything is
installed.
"""

import ctypes
import sys
from pathlib import Path

TABLE = Path(__file__).with_suffix(".txt")
"""One library per line, with the packages of Debian and Fedora that have it."""


def missing_libraries(table: Path = TABLE) -> str:
    """A sentence for the user that names missing libraries and what to install; "" if none is.

    Only Linux is checked: elsewhere the module contains its libraries.

    Args:
        table: A table like `TABLE`.
    """
    if sys.platform != "linux":
        return ""
    rows = [line.split() for line in table.read_text().splitlines() if line and line[0] != "#"]
    missing = [row for row in rows if not _loads(row[0])]
    if not missing:
        return ""
    libraries, debian, fedora = (" ".join(column) for column in zip(*missing, strict=True))
    return (
        f"Blender's Python module cannot load without {libraries}: install {debian} (Debian, "
        f"Ubuntu) or {fedora} (Fedora)."
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    if sentence := missing_libraries(*map(Path, sys.argv[1:])):
        sys.exit(f"synthlib: {sentence}")
