"""Trial runs: a whole experiment on as many training steps as fit into a minute.

With `peek = True`, notebook 03 tries an experiment in this way. Its files are in `outputs/peeks/`,
which no table reads, and are replaced by the next trial.
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
"""Approximate duration of a trial's training."""

TIMED_STEPS = 4
"""Steps that are timed, after the same number to warm up."""


def open_run_or_trial(
    params: Params, data: StudyData, seconds: float = TRIAL_SECONDS
) -> tuple[Params, Run]:
    """Open the run of some parameters or, with `peek`, a trial of it.

    Args:
        params: The run's parameters.
        data: Its data.
        seconds: Approximate duration of a trial's training.

    Returns:
        The parameters to continue with (a trial has fewer steps), and the run's folder, which is
        new and empty for a trial.
    """
    if not params.peek:
        return params, open_run(params, data.digests)
    trial_params = params.model_copy(update={"steps": steps_within(params, data, seconds)})
    folder = params.output_dir / "peeks" / params.scale / params.protocol / params.experiment
    shutil.rmtree(folder, ignore_errors=True)
    run = Run(folder, trial_params, "peek")
    run.write_status("running")
    logger.info(
        f"peek: {trial_params.steps} steps, about {seconds:.0f} s of training; kept in no table"
    )
    return trial_params, run


def steps_within(params: Params, data: StudyData, seconds: float) -> int:
    """Number of training steps that fit into `seconds` here, from 1 to the run's own."""
    all_steps = datasets.training_set(params, data).batch_sampler.steps
    durations = []
    for steps in (min(TIMED_STEPS, all_steps), min(2 * TIMED_STEPS, all_steps)):
        probe = params.model_copy(update={"steps": steps})
        with tempfile.TemporaryDirectory(prefix="synthlib-peek-") as folder:
            run = Run(Path(folder), probe, "probe")
            started = time.perf_counter()
            loop.train(run, datasets.training_set(probe, data), show_progress=False)
            durations.append(time.perf_counter() - started)
    # the difference leaves out the start; the quarter guards against a negative or tiny one
    per_step = max((durations[1] - durations[0]) / TIMED_STEPS, durations[1] / (4 * TIMED_STEPS))
    return max(1, min(all_steps, int(seconds / per_step)))
