"""Runs a study by papermill: renders, then every run, then the report, each an executed notebook.

What is done is skipped, what was cut off goes on, a failed run does not stop the others.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial
from pathlib import Path

from synthlib import params as parameters
from synthlib.data import prepare
from synthlib.params import Params
from synthlib.reporting.save import Report
from synthlib.runs import load_runs
from synthlib.study import execute, parallel
from synthlib.study.execute import RunOutcome, execute_notebook, execute_notebook_logged
from synthlib.utils.errors import ParameterError, SynthlibError

logger = logging.getLogger(__name__)

EXPERIMENTS = (
    *("baseline", "mixed_synth100", "synth_bg", "mixed_real33", "synth_nobg", "real33"),
    *("mixed_synth37", "mixed_synth10", "mixed_real16", "mixed_real3", "real16", "real3"),
    *("synth_bg_1200", "synth_bg_1200_dense", "synth_hybrid", "baseline_lr01"),
    *("synth_bg_lr01", "synth_nobg_lr01", "synth_bg_adam", "synth_bg_constant_lr"),
    *("stability_split1", "stability_split2", "stability_split3", "synth_bg_resnet34"),
    *("synth_bg_resnet101", "mixed_synth100_resnet101"),
)
"""The thesis's 26 in the order they run: the core first, its longer ones early so that two at once
end together; synth_hybrid after the two that it chooses from, large networks last."""

CORE_EXPERIMENTS = EXPERIMENTS[:6]
"""What a demonstration runs."""

CONTROL_EXPERIMENTS = ("bg_only", "mixed_bg_only", "synth_nobg_affine")
"""Controls outside the thesis: how much scenes and augmentation do without geometry."""

MATCHED_EXPERIMENTS = (
    *("baseline", "synth_bg", "mixed_synth100", "real33", "mixed_real33", "mixed_synth37"),
    *("mixed_synth10", "mixed_real16", "mixed_real3", "real16", "real3"),
    *("mixed_synth100_resnet101", "bg_only", "mixed_bg_only"),
)
"""Those that also run under the `matched` protocol: rows of Tables 19, 23 and 25, and the controls
that are held against them."""

EXTRA_EXPERIMENTS = ("generators",)
"""Experiments outside the study, run only when named."""


TABLE_NOTEBOOKS = ("06_mixing", "04_domain_gap", "05_hyperparameters", "07_stability")
"""Notebooks of the thesis's tables, longest first: they need no more than finished runs."""


def plan_study(
    scale: str, *, only: Sequence[str] = (), seeds: Sequence[int] = (0,), **overrides
) -> list[Params]:
    """The runs of a scale, checked before anything is computed.

    `only`: names of experiments (default: the 26 and the controls; over stand-in photographs the
    core). `given`: parameters that override the files.
    Raises ParameterError naming a wrong experiment or parameter.
    """
    known = (*EXPERIMENTS, *CONTROL_EXPERIMENTS, *EXTRA_EXPERIMENTS)
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ParameterError(f"unknown experiment {unknown[0]!r}; allowed: {', '.join(known)}")
    planned = []
    first = parameters.load(scale, "baseline", **overrides)
    if first.peek:
        raise ParameterError("peek: a batch makes whole runs; peek in notebook 03, or leave it out")
    wanted = only or (CORE_EXPERIMENTS if first.stand_in else (*EXPERIMENTS, *CONTROL_EXPERIMENTS))
    for seed in seeds:
        for experiment in [name for name in known if name in wanted]:
            params = parameters.load(scale, experiment, seed=seed, **overrides)
            for protocol in dict.fromkeys(params.batch_protocols):
                if protocol == "thesis" or experiment in (*MATCHED_EXPERIMENTS, *EXTRA_EXPERIMENTS):
                    planned.append(
                        parameters.validate_params(params.model_dump() | {"protocol": protocol})
                    )
    return sorted(planned, key=lambda p: (p.seed, p.protocol != "thesis"))


def run_batch(planned: Sequence[Params], *, jobs: int = 1, executor: Executor | None = None) -> int:
    """Executes the notebooks of a plan; 0 when everything went well, else 1.

    `jobs` runs at once, in processes of this machine, or as many as `executor` takes. Renders come
    first where a run needs them, then packs, runs, and the notebooks that read them, `jobs` at once
    too. Raises the sentence on missing data before anything is rendered.
    """
    first = planned[0]
    on_renders = next((p for p in planned if prepare.needs_renders(p)), None)
    prepare.check_data(on_renders or first)
    os.environ["SYNTHLIB_BATCH"] = "1"
    notebooks = first.output_dir / "notebooks" / first.scale
    started = time.perf_counter()
    logger.info(
        f"{len(planned)} runs at scale {first.scale}; everything lies under {first.output_dir}"
    )

    render_time, problems = 0.0, 0
    if on_renders is not None:  # photographs alone need none
        render_time = _timed(
            execute_notebook, "01_render", notebooks / "01_render.ipynb", on_renders
        )
        problems = prepare.print_failures(prepare.render_plan(on_renders))
    if first.stand_in:
        stand_in_time = _timed(prepare.photograph_root, first)
        logger.info(f"stand-in photographs: {stand_in_time:.0f} s")
    outcomes = _execute_runs(planned, jobs, executor)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    logger.info("\n".join(["", *map(str, outcomes)]))
    if len(failed) == len(outcomes):
        logger.info("no run finished, so there is no report")
        return 1
    reading = time.perf_counter()
    problems += len(_execute_notebooks(_notebooks_after_runs(first), notebooks, first, jobs))
    tables_time = time.perf_counter() - reading
    report_time = _timed(execute_notebook, "10_report", notebooks / "10_report.ipynb", first)
    report = Report(first)
    page = report.html(notebooks / "10_report.ipynb", "report")
    logger.info(
        f"render stage {render_time:.0f} s, notebooks {tables_time:.0f} s, report "
        f"{report_time:.0f} s, all {time.perf_counter() - started:.0f} s"
    )
    logger.info(
        f"\nlook at\n  {page}\n    the table, confusion matrices and bars of all runs, in a browser"
    )
    logger.info(f"  {report.folder}/\n    the same as CSV and PNG files")
    logger.info(f"  {notebooks}/\n    the executed notebooks")
    logger.info(
        f"  {first.output_dir / 'runs' / first.scale}/\n    each run's own notebook and numbers"
    )
    return 1 if failed or problems else 0


def _execute_runs(
    planned: Sequence[Params], jobs: int, executor: Executor | None
) -> list[RunOutcome]:
    if jobs == 1 and executor is None:
        return [_execute_numbered_run(planned, i) for i in range(len(planned))]
    _prepare_packs(planned)
    logger.info(f"each run prints into {parallel.log_path(planned[0]).parents[1]}/")
    if executor is not None:
        return parallel.run_parallel(planned, executor)
    with parallel.process_pool(jobs) as pool:
        return parallel.run_parallel(planned, pool)


def _execute_numbered_run(planned: Sequence[Params], i: int) -> RunOutcome:
    p = planned[i]
    logger.info(f"\n[{i + 1}/{len(planned)}] {p.protocol} / {p.experiment} / seed {p.seed}")
    return execute.execute_run(p)


def _prepare_packs(planned: Sequence[Params]) -> None:
    """Packs the data of all runs, so that no two make the same pack at once."""
    seen = set()
    for p in planned:
        sides = prepare.composite_sides(p) if prepare.needs_renders(p) else ()
        if (key := (p.image_size, sides)) not in seen:
            seen.add(key)
            prepare.prepare_data(p, quiet=True)


def _notebooks_after_runs(first: Params) -> tuple[str, ...]:
    """The notebooks that read what has run; two of them need weights that lie here."""
    found = load_runs(first.output_dir, first.scale, with_weights=True)
    if found.empty:
        return TABLE_NOTEBOOKS
    here = set(found[["experiment", "protocol", "seed"]].itertuples(index=False, name=None))
    seen = any(key[:2] == ("baseline", "thesis") for key in here)  # whose model looks at renders
    inspected = (first.experiment, first.protocol, first.seed) in here
    return (*["02_explore_data"] * seen, *["08_inspect_errors"] * inspected, *TABLE_NOTEBOOKS)


def _execute_notebooks(names: Sequence[str], folder: Path, params: Params, jobs: int) -> list[str]:
    """Executes notebooks that read what has run, none what another makes; says which failed, and
    returns their sentences."""
    failed = []

    def tried(name: str, task: Callable[[], None]) -> None:
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
            tried(name, partial(execute_notebook, name, folder / f"{name}.ipynb", params))
        return failed
    logs = params.output_dir / "logs" / params.scale / "notebooks"
    logger.info(f"each notebook prints into {logs}/")
    with parallel.process_pool(jobs) as pool:
        tasks = {
            pool.submit(
                execute_notebook_logged,
                name,
                folder / f"{name}.ipynb",
                params,
                logs / f"{name}.log",
            ): name
            for name in names
        }
        for task in as_completed(tasks):
            tried(tasks[task], task.result)
    return failed


def _timed(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started
