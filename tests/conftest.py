"""What every test stands on: no data set of this machine, no display, no bpy in this process."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
os.environ["OMP_NUM_THREADS"] = "1"  # nets this small train slower on two threads than on one
os.environ.pop("SYNTHLIB_DATA", None)

settings.register_profile("synthlib", deadline=None, derandomize=True)
settings.load_profile("synthlib")


@pytest.fixture(scope="session", autouse=True)
def _no_bpy_in_this_process() -> Iterator[None]:
    yield
    assert "bpy" not in sys.modules, "a test imported bpy: run synthlib.blender.worker instead"
