"""Rendering that is killed at any moment, with any number of workers, gives the same bytes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from synthlib import rendering
from synthlib.seeding import rng_for
from tests.helpers.render_cases import (
    N_INSTANCES,
    file_bytes,
    make_plan,
    png_paths,
    process_command_lines,
    wait_until,
)

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from tests.helpers import render_cases
from synthlib import rendering
plan = render_cases.make_plan(Path({outputs!r}), Path({models!r}), {count})
rendering.render(plan, rendering.RenderOptions(workers=2, recycle_after=3, progress=False))
"""


def finished(store: Path) -> int:
    return len(list(store.glob("*/*/instance.json")))


def test_repeated_kills_change_no_byte(whole, models, tmp_path):
    plan = make_plan(tmp_path, models, N_INSTANCES)
    script = SCRIPT.format(
        tests=str(Path(__file__).parents[2]),
        outputs=str(tmp_path),
        models=str(models),
        count=N_INSTANCES,
    )
    rng, incomplete = rng_for(0, "kills"), 0
    for number in range(4):
        process = subprocess.Popen([sys.executable, "-c", script])
        n_before = finished(plan.store)
        frames = png_paths(plan.store)
        while process.poll() is None and not png_paths(plan.store) - frames:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.05))
        pids = [process.pid]
        if number % 2 and process.poll() is None:  # all its workers in the same moment
            pids += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if number < 3 else signal.SIGINT)  # last: Ctrl-C
        if process.wait() == 0:  # on a busy machine the last renders may be done before the kill
            assert number > 1, "it ended before it was killed"
            break
        wait_until(lambda: not any(str(plan.store) in line for line in process_command_lines()))
        incomplete += bool(png_paths(plan.store / ".work"))
        assert number < 3 or not (plan.store / ".work").exists()
        folders = [path for path in plan.store.glob("*/*") if path.parent.name[0] != "."]
        assert all((folder / "instance.json").exists() for folder in folders if folder.is_dir())
        assert finished(plan.store) >= n_before
    assert incomplete, "no kill fell into an instance"
    rendering.render(plan, rendering.RenderOptions(workers=2, progress=False))
    assert file_bytes(plan.store) == file_bytes(whole.store)


def test_four_workers_give_the_bytes_of_one(whole, models, tmp_path):
    plan = make_plan(tmp_path, models, N_INSTANCES)
    report = rendering.render(plan, rendering.RenderOptions(workers=4, progress=False))
    assert len(report.done) == 12
    assert file_bytes(plan.store) == file_bytes(whole.store)
