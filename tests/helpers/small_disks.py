"""Small disks that a test can fill."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def temporary_disk(folder: Path, size: str):
    """Mount a disk, of a size such as "1m"; yields a function that changes its mount options."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "synthlib-test", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"mounting is not permitted here: {mounted.stderr.strip()}")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
