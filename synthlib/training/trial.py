"""A peek at an experiment: its first batch, a minute of training, and a test, apart from all runs.

Notebook 03 with `peek = True` is the whole notebook on so many steps as a minute has. What it
writes lies in `outputs/peeks/`, where no table looks, and is replaced by the next peek.
"""

import logging
import shutil
import tempfile
import time
from pathlib import Path

from synthlib.data import datasets
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.runs import Run, open_run
from synthlib.training import loop

logger = logging.getLogger(__name__)

TRIAL_SECONDS = 60.0
"""How long a peek trains, about."""

TIMED_STEPS = 4
"""Steps that are timed, after as many to warm up."""


def open_run_or_trial(
    params: Params, data: StudyData, seconds: float = TRIAL_SECONDS
) -> tuple[Params, Run]:
    """The run to go on with, and its parameters: those given, or with `peek` fewer steps and a
    fresh folder of its own."""
    if not params.peek:
        return params, open_run(params, data.digests)
    chosen = params.model_copy(update={"steps": steps_within(params, data, seconds)})
    place = Path(params.scale) / params.protocol / params.experiment
    folder = params.output_dir / "peeks" / place
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(folder, chosen, "peek")
    run.write_status("running")
    logger.info(f"peek: {chosen.steps} steps, about {seconds:.0f} s of training; kept in no table")
    return chosen, run


def steps_within(params: Params, data: StudyData, seconds: float) -> int:
    """Steps that fit into so many seconds here, at least 1 and at most the run's own."""
    whole = datasets.training_set(params, data).batch_sampler.steps
    took = []
    for steps in (min(TIMED_STEPS, whole), min(2 * TIMED_STEPS, whole)):
        short = params.model_copy(update={"steps": steps})
        with tempfile.TemporaryDirectory(prefix="synthlib-peek-") as folder:
            started = time.perf_counter()
            loop.train(
                Run(Path(folder), short, "probe"),
                datasets.training_set(short, data),
                show_progress=False,
            )
            took.append(time.perf_counter() - started)
    each = max((took[1] - took[0]) / TIMED_STEPS, took[1] / (4 * TIMED_STEPS))
    return max(1, min(whole, int(seconds / each)))
