"""Execution of a whole study: renders, then every run, then tables and report.

Each of these stages is a notebook, executed by papermill. Finished runs are skipped, interrupted
ones resume, and a run that fails does not stop the others. Notebooks whose inputs and outputs are
unchanged are not executed again (`up_to_date`).
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial
from pathlib import Path

from synthlib.data import prepare, study_tables
from synthlib.params import Params
from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import failed_instances, missing_instances
from synthlib.reporting import paper
from synthlib.reporting.save import Report
from synthlib.runs import RunError, load_runs
from synthlib.study import execute, parallel
from synthlib.study.execute import RunOutcome, execute_notebook, execute_notebook_logged
from synthlib.study.up_to_date import Stage, inputs_digest, runs_state
from synthlib.utils.errors import SynthlibError, error_text
from synthlib.utils.files import resolve_in_project

logger = logging.getLogger(__name__)

TABLE_NOTEBOOKS = (
    "06_mixing",
    "09_beyond_the_thesis",
    "04_domain_gap",
    "05_hyperparameters",
    "07_stability",
)
"""Notebooks that make tables from the runs, those that take longest first. They read finished runs
and need neither weights nor renders."""


def run_batch(planned: Sequence[Params], *, jobs: int = 1, executor: Executor | None = None) -> int:
    """Execute a plan: render, pack the data, execute all runs, then the notebooks that read them.

    Progress and a summary are logged. A run or notebook that fails does not stop the others. If no
    run finished, there is no report.

    Args:
        planned: Runs of one scale, from `plan_study`; at least one. Parameters that concern the
            whole study, such as its folders, are taken from the first.
        jobs: Number of runs, and later of notebooks, that are executed at the same time, in
            processes on this machine.
        executor: Executes the runs instead, for example on a Dask cluster.

    Returns:
        Exit code: 0 if everything succeeded, else 1.

    Raises:
        SynthlibError: If data is missing (before anything is rendered), or if the notebook of the
            renders or of the report fails.

    Examples:
        >>> run_batch(plan_study("tiny", only=["baseline", "real33"]), jobs=2)
        0
    """
    first = planned[0]
    first_with_renders = next((p for p in planned if prepare.needs_renders(p)), None)
    prepare.check_data(first_with_renders or first)
    # inherited by the notebooks' kernels: progress bars update rarely, and widgets are left out
    os.environ["SYNTHLIB_BATCH"] = "1"
    notebooks = first.output_dir / "notebooks" / first.scale
    started = time.perf_counter()
    logger.info(
        f"{len(planned)} runs at scale {first.scale}; everything is written to {first.output_dir}"
    )
    seconds = {"render stage": 0.0}
    n_problems = 0
    if first_with_renders is not None:
        seconds["render stage"] = _timed(_execute_render_stage, first_with_renders, notebooks)
        n_problems = prepare.print_failures(prepare.render_plan(first_with_renders))
    if first.stand_in:
        stand_in_seconds = _timed(prepare.photograph_root, first)
        logger.info(f"stand-in photographs: {stand_in_seconds:.0f} s")
    outcomes = _execute_runs(planned, jobs, executor)
    logger.info("\n".join(["", *map(str, outcomes)]))
    n_failed = sum(outcome.state == "failed" for outcome in outcomes)
    if n_failed == len(outcomes):
        logger.info("no run finished, so there is no report")
        return 1
    n_problems += _execute_result_stage(first, notebooks, jobs, seconds)
    seconds["all"] = time.perf_counter() - started
    _log_summary(first, seconds)
    return 1 if n_failed or n_problems else 0


def _execute_render_stage(params: Params, folder: Path) -> None:
    """Execute the notebook that renders, unless all is rendered and the notebook shows it."""
    plan = prepare.render_plan(params)

    def stage() -> Stage:
        manifest = read_manifest(plan)
        data = [study_tables.table_digest(manifest, "file"), failed_instances(plan)]
        return Stage(folder / "01_render.json", inputs_digest(params, ["01_render"], data))

    if not missing_instances(plan) and stage().is_current():
        logger.info("01_render: nothing has changed")
        return
    execute_notebook("01_render", folder / "01_render.ipynb", params)
    # figures 3 to 5 are also made by notebook 02, and recorded with its stage
    images = Report(params).folder.glob("*01_*.png")
    stage().save([folder / "01_render.ipynb", *images])


def _execute_result_stage(
    params: Params, folder: Path, jobs: int, seconds: dict[str, float]
) -> int:
    """Execute the notebooks that read runs and write the report, unless nothing has changed.

    Args:
        params: Parameters of the first run.
        folder: Folder of the executed notebooks.
        jobs: Number of notebooks at the same time.
        seconds: Gets the duration of both parts.

    Returns:
        Number of notebooks that failed.
    """
    names = _notebooks_after_runs(params)
    data = [runs_state(params), _data_state(params, with_all="02_explore_data" in names)]
    inputs = inputs_digest(params, [*names, "10_report"], data)
    stage = Stage(folder / "results.json", inputs)
    if stage.is_current():
        logger.info(f"{', '.join(names)} and 10_report: nothing has changed")
        return 0
    started = time.perf_counter()
    failures = _execute_notebooks(names, folder, params, jobs)
    seconds["notebooks"] = time.perf_counter() - started
    report_notebook = folder / "10_report.ipynb"
    seconds["report"] = _timed(execute_notebook, "10_report", report_notebook, params)
    report = Report(params)
    report.html(report_notebook, "report")
    if not failures:
        executed = [folder / f"{name}.ipynb" for name in names]
        folders = [report.folder, *([resolve_in_project(params.paper)] if params.paper else [])]
        shown = [file for found in folders for file in found.iterdir() if file.is_file()]
        stage.save([report_notebook, *executed, *shown])
    return len(failures)


def _data_state(params: Params, *, with_all: bool) -> list:
    """Digests of a run's data, problems in it, and flags; of all photographs and renders too."""
    flags = params.output_dir / "flags" / f"{params.scale}.csv"
    both = {"real_fraction": 1.0, "synthetic_fraction": 1.0}  # as notebook 02 loads
    with prepare.naming_packs():
        shown = params.model_copy(update=both) if with_all else params
        data = prepare.prepare_data(shown, quiet=True)
    state: list = [data.digests, data.photographs.broken, data.photographs.duplicates]
    if with_all:
        plan = prepare.render_plan(shown)
        timings = plan.store / "timings.jsonl"
        state += [failed_instances(plan), timings.read_text() if timings.exists() else ""]
    return [*state, flags.read_text(encoding="utf-8") if flags.exists() else ""]


def write_paper(params: Params, folder: Path) -> Path:
    """Write the figures of a scale's finished runs as PDF and the tables as LaTeX.

    The notebooks that make them are executed again, as `run_batch` does, with the parameter
    `paper`.

    Args:
        params: A run of the scale.
        folder: The folder of the files.

    Returns:
        The path of `main.tex`, which shows all of them.

    Raises:
        RunError: If no run has finished.
        NotebookError: If a notebook fails.
    """
    if load_runs(params.output_dir, params.scale).empty:
        raise RunError(
            f"no finished run of scale {params.scale} under {params.output_dir}: synthlib batch "
            f"--scale {params.scale} makes them"
        )
    folder = folder.resolve()  # the notebooks have another working folder
    params = params.model_copy(update={"paper": str(folder)})
    os.environ["SYNTHLIB_BATCH"] = "1"
    for name in (*_notebooks_after_runs(params), "10_report"):
        logger.info(f"executing {name}")
        notebook = params.output_dir / "notebooks" / params.scale / f"{name}.ipynb"
        execute_notebook(name, notebook, params)
    return paper.save_main(folder)


def _log_summary(params: Params, seconds: dict[str, float]) -> None:
    report = Report(params)
    logger.info(", ".join(f"{stage} {value:.0f} s" for stage, value in seconds.items()))
    descriptions = {
        report.path("report", "html"): "all results on one page, in a browser",
        f"{report.folder}/": "the same as CSV and PNG files",
        f"{params.output_dir / 'notebooks' / params.scale}/": "the executed notebooks",
        f"{params.output_dir / 'runs' / params.scale}/": "each run's own notebook and numbers",
    }
    logger.info("\nresults")
    for path, description in descriptions.items():
        logger.info(f"  {path}\n    {description}")


def _execute_runs(
    planned: Sequence[Params], jobs: int, executor: Executor | None
) -> list[RunOutcome]:
    """Execute the runs one by one, in processes or by an executor; outcomes are in their order."""
    finished = execute.find_finished_runs(planned)
    if len(finished) == len(planned):
        return [finished[i] for i in range(len(planned))]
    if jobs == 1 and executor is None:
        return [finished.get(i) or _execute_numbered_run(planned, i) for i in range(len(planned))]
    _prepare_packs([p for i, p in enumerate(planned) if i not in finished])
    logger.info(f"each run writes its log to {parallel.log_path(planned[0]).parents[1]}/")
    if executor is not None:
        return parallel.run_parallel(planned, executor, finished=finished)
    with parallel.process_pool(jobs) as pool:
        return parallel.run_parallel(planned, pool, finished=finished)


def _execute_numbered_run(planned: Sequence[Params], i: int) -> RunOutcome:
    p = planned[i]
    logger.info(f"\n[{i + 1}/{len(planned)}] {p.protocol} / {p.experiment} / seed {p.seed}")
    return execute.execute_run(p)


def _prepare_packs(planned: Sequence[Params]) -> None:
    """Pack the data of all runs, so that no two runs make the same pack at the same time."""
    packed = set()
    for p in planned:
        if p.labelled_by:  # has the photographs of the others; its labels are made by one of them
            continue
        sides = prepare.composite_sides(p) if prepare.needs_renders(p) else ()
        # runs of one scale with the same sides in pixels and backgrounds have the same packs, but
        # a setting after @ in their name, as of a screening, may change renders
        backgrounds = (p.backgrounds, p.backgrounds_folder, *p.background_crop_range)
        setting = p.experiment.partition("@")[2]
        if (key := (p.image_size, sides, backgrounds, setting)) not in packed:
            packed.add(key)
            prepare.prepare_data(p, quiet=True)


def _notebooks_after_runs(first: Params) -> tuple[str, ...]:
    """Names of the notebooks to execute when the runs are finished.

    Two of them need weights, which runs restored from archives do not have: 02 shows renders to the
    baseline's model, 08 inspects the first run of the plan.
    """
    runs = load_runs(first.output_dir, first.scale, with_weights=True)
    if runs.empty:
        return TABLE_NOTEBOOKS
    with_weights = set(runs[["experiment", "protocol", "seed"]].itertuples(index=False, name=None))
    has_baseline = any(key[:2] == ("baseline", "thesis") for key in with_weights)
    has_first = (first.experiment, first.protocol, first.seed) in with_weights
    return (
        *(["02_explore_data"] if has_baseline else []),
        *(["08_inspect_errors"] if has_first else []),
        *TABLE_NOTEBOOKS,
    )


def _execute_notebooks(names: Sequence[str], folder: Path, params: Params, jobs: int) -> list[str]:
    """Execute notebooks that do not depend on each other; returns one message per failure.

    Args:
        names: Names of files in `notebooks/`, without `.ipynb`.
        folder: Folder of the executed notebooks.
        params: Parameters that they receive.
        jobs: Number of notebooks at the same time.
    """
    failures = []

    def attempt(name: str, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # a bug or a killed process must not stop the other notebooks
            failures.append(f"{name}: {error_text(error)}")
            logger.error(f"failed   {failures[-1]}", exc_info=not isinstance(error, SynthlibError))
        else:
            logger.info(f"executed {name}")

    if jobs == 1:
        for name in names:
            attempt(name, partial(execute_notebook, name, folder / f"{name}.ipynb", params))
        return failures
    logs = params.output_dir / "logs" / params.scale / "notebooks"
    logger.info(f"each notebook writes its log to {logs}/")
    with parallel.process_pool(jobs) as pool:
        tasks = {}
        for name in names:
            output, log = folder / f"{name}.ipynb", logs / f"{name}.log"
            tasks[pool.submit(execute_notebook_logged, name, output, params, log)] = name
        for task in as_completed(tasks):
            attempt(tasks[task], task.result)
    return failures


def _timed(function: Callable, *arguments) -> float:
    """Call a function and return the seconds that it took."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
