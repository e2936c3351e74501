"""A study run by papermill: renders, then every run, then tables and report, all as notebooks.

Finished runs are skipped, interrupted ones resume, and a run that fails does not stop the others.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial
from pathlib import Path

from synthlib.data import prepare
from synthlib.params import Params
from synthlib.reporting.save import Report
from synthlib.runs import load_runs
from synthlib.study import execute, parallel
from synthlib.study.execute import RunOutcome, execute_notebook, execute_notebook_logged
from synthlib.utils.errors import SynthlibError

logger = logging.getLogger(__name__)

TABLE_NOTEBOOKS = ("06_mixing", "04_domain_gap", "05_hyperparameters", "07_stability")
"""Notebooks of the thesis's tables, longest first; finished runs are all they need."""


def run_batch(planned: Sequence[Params], *, jobs: int = 1, executor: Executor | None = None) -> int:
    """Execute a plan: renders if a run needs them, packs, runs, and the notebooks that read them.

    Progress and a summary are logged. A run or notebook that fails does not stop the others.

    Args:
        planned: Runs of one scale, from `plan_study`.
        jobs: Number of runs, and then of notebooks, at once in processes of this machine.
        executor: Where runs are executed instead, such as a Dask cluster's.

    Returns:
        Exit code: 0 if everything succeeded, else 1.

    Raises:
        SynthlibError: If data is missing, before anything is rendered.

    Examples:
        >>> run_batch(plan_study("tiny", only=["baseline", "real33"]), jobs=2)
        0
    """
    first = planned[0]
    needs_renders = next((p for p in planned if prepare.needs_renders(p)), None)
    prepare.check_data(needs_renders or first)
    os.environ["SYNTHLIB_BATCH"] = "1"
    notebooks = first.output_dir / "notebooks" / first.scale
    started = time.perf_counter()
    logger.info(
        f"{len(planned)} runs at scale {first.scale}; everything is written to {first.output_dir}"
    )
    seconds, problems = {"render stage": 0.0}, 0
    if needs_renders is not None:
        render_notebook = notebooks / "01_render.ipynb"
        seconds["render stage"] = _timed(
            execute_notebook, "01_render", render_notebook, needs_renders
        )
        problems = prepare.print_failures(prepare.render_plan(needs_renders))
    if first.stand_in:
        stand_in_seconds = _timed(prepare.photograph_root, first)
        logger.info(f"stand-in photographs: {stand_in_seconds:.0f} s")
    outcomes = _execute_runs(planned, jobs, executor)
    logger.info("\n".join(["", *map(str, outcomes)]))
    failed = sum(outcome.state == "failed" for outcome in outcomes)
    if failed == len(outcomes):
        logger.info("no run finished, so there is no report")
        return 1
    notebooks_started = time.perf_counter()
    problems += len(_execute_notebooks(_notebooks_after_runs(first), notebooks, first, jobs))
    seconds["notebooks"] = time.perf_counter() - notebooks_started
    report_notebook = notebooks / "10_report.ipynb"
    seconds["report"] = _timed(execute_notebook, "10_report", report_notebook, first)
    report = Report(first)
    page = report.html(report_notebook, "report")
    seconds["all"] = time.perf_counter() - started
    _log_summary(first, seconds, page, report.folder)
    return 1 if failed or problems else 0


def _log_summary(
    params: Params, seconds: dict[str, float], page: Path, report_folder: Path
) -> None:
    logger.info(", ".join(f"{stage} {value:.0f} s" for stage, value in seconds.items()))
    places = {
        page: "the table, confusion matrices and bars of all runs, in a browser",
        f"{report_folder}/": "the same as CSV and PNG files",
        f"{params.output_dir / 'notebooks' / params.scale}/": "the executed notebooks",
        f"{params.output_dir / 'runs' / params.scale}/": "each run's own notebook and numbers",
    }
    logger.info("\nresults")
    for place, description in places.items():
        logger.info(f"  {place}\n    {description}")


def _execute_runs(
    planned: Sequence[Params], jobs: int, executor: Executor | None
) -> list[RunOutcome]:
    if jobs == 1 and executor is None:
        return [_execute_numbered_run(planned, i) for i in range(len(planned))]
    _prepare_packs(planned)
    logger.info(f"each run writes its log to {parallel.log_path(planned[0]).parents[1]}/")
    if executor is not None:
        return parallel.run_parallel(planned, executor)
    with parallel.process_pool(jobs) as pool:
        return parallel.run_parallel(planned, pool)


def _execute_numbered_run(planned: Sequence[Params], i: int) -> RunOutcome:
    p = planned[i]
    logger.info(f"\n[{i + 1}/{len(planned)}] {p.protocol} / {p.experiment} / seed {p.seed}")
    return execute.execute_run(p)


def _prepare_packs(planned: Sequence[Params]) -> None:
    """Pack the data of all runs, so that no two runs make the same pack at once."""
    packed = set()
    for p in planned:
        sides = prepare.composite_sides(p) if prepare.needs_renders(p) else ()
        if (key := (p.image_size, sides)) not in packed:
            packed.add(key)
            prepare.prepare_data(p, quiet=True)


def _notebooks_after_runs(first: Params) -> tuple[str, ...]:
    """Notebooks that read finished runs. Two of them need weights, so only runs made here count for
    those: 02 looks at renders with the baseline's model, 08 inspects the plan's first run."""
    runs = load_runs(first.output_dir, first.scale, with_weights=True)
    if runs.empty:
        return TABLE_NOTEBOOKS
    here = set(runs[["experiment", "protocol", "seed"]].itertuples(index=False, name=None))
    has_baseline = any(key[:2] == ("baseline", "thesis") for key in here)
    has_first = (first.experiment, first.protocol, first.seed) in here
    return (
        *(["02_explore_data"] if has_baseline else []),
        *(["08_inspect_errors"] if has_first else []),
        *TABLE_NOTEBOOKS,
    )


def _execute_notebooks(names: Sequence[str], folder: Path, params: Params, jobs: int) -> list[str]:
    """Execute independent notebooks that read finished runs; returns a message per failure."""
    failed = []

    def attempt(name: str, task: Callable[[], None]) -> None:
        try:
            task()
        except SynthlibError as error:
            failed.append(f"{name}: {error}")
            logger.error(f"failed   {failed[-1]}")
        except Exception as error:  # a bug or a killed process, which must not cost the others
            failed.append(f"{name}: {type(error).__name__}: {error}")
            logger.exception(f"failed   {failed[-1]}")
        else:
            logger.info(f"executed {name}")

    if jobs == 1:
        for name in names:
            attempt(name, partial(execute_notebook, name, folder / f"{name}.ipynb", params))
        return failed
    logs = params.output_dir / "logs" / params.scale / "notebooks"
    logger.info(f"each notebook writes its log to {logs}/")
    with parallel.process_pool(jobs) as pool:
        tasks = {}
        for name in names:
            output, log = folder / f"{name}.ipynb", logs / f"{name}.log"
            tasks[pool.submit(execute_notebook_logged, name, output, params, log)] = name
        for task in as_completed(tasks):
            attempt(tasks[task], task.result)
    return failed


def _timed(function: Callable, *arguments) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
