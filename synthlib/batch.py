"""Runs a study by papermill: renders, then every run, then the report, each an executed notebook.

What is done is skipped, what was cut off goes on, a failed run does not stop the others. The words
on whether a run finished are its `status.json`'s: an output notebook may claim anything.
"""

import logging
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError

from synthlib import params as parameters
from synthlib import sources
from synthlib.params import Params
from synthlib.reports import report_dir, save_html
from synthlib.runs import Run, find_run
from synthlib.tables import hybrid_choice

EXPERIMENTS = (
    *("baseline", "synth_bg", "synth_nobg", "mixed_synth100", "real33", "mixed_real33"),
    *("mixed_synth37", "mixed_synth10", "mixed_real16", "mixed_real3", "real16", "real3"),
    *("synth_bg_1200", "synth_bg_1200_dense", "synth_hybrid", "baseline_lr01"),
    *("synth_bg_lr01", "synth_nobg_lr01", "synth_bg_adam", "synth_bg_constant_lr"),
    *("stability_split1", "stability_split2", "stability_split3", "synth_bg_resnet34"),
    *("synth_bg_resnet101", "mixed_synth100_resnet101"),
)
"""The thesis's 26 in the order they run: the core first, synth_hybrid after the two that it
chooses from, large networks last."""

CORE = EXPERIMENTS[:6]
"""What a demonstration runs."""

CONTROLS = ("bg_only", "mixed_bg_only", "synth_nobg_affine")
"""Controls outside the thesis: how much scenes and augmentation do without geometry."""

MATCHED = (
    *("baseline", "synth_bg", "mixed_synth100", "real33", "mixed_real33", "mixed_synth37"),
    *("mixed_synth10", "mixed_real16", "mixed_real3", "real16", "real3"),
    *("mixed_synth100_resnet101", "bg_only", "mixed_bg_only"),
)
"""Those that also run under the `matched` protocol: rows of Tables 19, 23 and 25, and the controls
that are held against them."""

CHECKS = ("generators",)
"""Experiments outside the study, run only when named."""


TABLES = ("04_domain_gap", "05_hyperparameters", "06_mixing", "07_stability")
"""Notebooks of the thesis's tables: they need no more than finished runs."""


class NotebookError(ValueError):
    """A notebook failed; the message is its error's, and names the cell."""


@dataclass(frozen=True)
class Outcome:
    """What became of one planned run: `done`, `skipped` or `failed`, and its seconds."""

    params: Params
    state: str
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        p = self.params
        line = f"{self.state:8s}{p.protocol:9s}{p.experiment:26s}seed {p.seed}{self.seconds:8.0f} s"
        return line + (f"  {self.reason}" if self.reason else "")


def plan(
    scale: str, *, only: Sequence[str] = (), seeds: Sequence[int] = (0,), **given
) -> list[Params]:
    """The runs of a scale, checked before anything is computed.

    `only`: names of experiments (default: the 26 and the controls; over stand-in photographs the
    core). `given`: parameters that override the files.
    Raises ValueError naming a wrong experiment or parameter.
    """
    known = (*EXPERIMENTS, *CONTROLS, *CHECKS)
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ValueError(f"unknown experiment {unknown[0]!r}; allowed: {', '.join(known)}")
    planned = []
    stand_in = parameters.load(scale, "baseline", **given).stand_in
    wanted = only or (CORE if stand_in else (*EXPERIMENTS, *CONTROLS))
    for seed in seeds:
        for experiment in [name for name in known if name in wanted]:
            params = parameters.load(scale, experiment, seed=seed, **given)
            for protocol in params.batch_protocols:
                if protocol == "thesis" or experiment in (*MATCHED, *CHECKS):
                    planned.append(params.model_copy(update={"protocol": protocol}))
    return sorted(planned, key=lambda p: (p.seed, p.protocol != "thesis"))


def run_all(planned: Sequence[Params]) -> int:
    """Executes the notebooks of a plan, one after another; 0 when everything went well, else 1.

    Raises the sentence on missing data before anything is rendered.
    """
    first = planned[0]
    sources.check(first)
    os.environ["SYNTHLIB_BATCH"] = "1"
    notebooks = first.output_dir / "notebooks" / first.scale
    started = time.perf_counter()
    _say(f"{len(planned)} runs at scale {first.scale}; everything lies under {first.output_dir}")

    render_time = _timed(_execute, "01_render", notebooks / "01_render.ipynb", first)
    if first.stand_in:
        stand_in_time = _timed(sources.data_root, first)
        _say(f"stand-in photographs: {stand_in_time:.0f} s")
    problems = sources.say_failures(sources.render_plan(first))
    outcomes = [_run(params, i + 1, len(planned)) for i, params in enumerate(planned)]
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    _say("\n".join(["", *map(str, outcomes)]))
    if len(failed) == len(outcomes):
        _say("no run finished, so there is no report")
        return 1
    if any(o.params.experiment == "baseline" and o.state != "failed" for o in outcomes):
        _execute("02_explore_data", notebooks / "02_explore_data.ipynb", first)
    for name in TABLES:
        _execute(name, notebooks / f"{name}.ipynb", first)
    report_time = _timed(_execute, "10_report", notebooks / "10_report.ipynb", first)
    page = save_html(notebooks / "10_report.ipynb", first, "report")
    _say(
        f"render stage {render_time:.0f} s, report {report_time:.0f} s, all "
        f"{time.perf_counter() - started:.0f} s"
    )
    _say(
        f"\nlook at\n  {page}\n    the table, confusion matrices and bars of all runs, in a browser"
    )
    _say(f"  {report_dir(first)}/\n    the same as CSV and PNG files")
    _say(f"  {notebooks}/\n    the executed notebooks")
    _say(f"  {first.output_dir / 'runs' / first.scale}/\n    each run's own notebook and numbers")
    return 1 if failed or problems else 0


def _run(params: Params, number: int, total: int) -> Outcome:
    """One run: skipped when done, else its notebook is executed into its own folder."""
    started = time.perf_counter()
    name = f"{params.protocol} / {params.experiment} / seed {params.seed}"
    _say(f"\n[{number}/{total}] {name}")
    run: Run | None = None
    try:
        params = _chosen(params)
        run = find_run(params, sources.prepare(params, quiet=True).digests)
        if run.done:
            _say(f"done already: {run.folder}")
            return Outcome(params, "skipped", time.perf_counter() - started)
        _execute("03_experiment", run.folder / "notebook.ipynb", params)
    except KeyboardInterrupt:
        if run is not None:
            run.mark("interrupted")
        raise
    except NotebookError as error:
        reason = str(error)
    except Exception as error:  # one run's failure must not cost the others
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
    else:
        return Outcome(params, "done", time.perf_counter() - started)
    if run is not None:
        run.mark("failed", reason=reason)
    return Outcome(params, "failed", time.perf_counter() - started, reason)


def _chosen(params: Params) -> Params:
    """A hybrid run's parameters with its classes chosen, as soon as the runs to choose by exist."""
    if params.synthetic_domain != "hybrid" or params.hybrid_nobg is not None:
        return params
    found = hybrid_choice(params.output_dir, params.scale, params.seed)
    _say(f"without background: {', '.join(found) or 'no class'}")
    return params.model_copy(update={"hybrid_nobg": found})


def _execute(notebook: str, output: Path, params: Params) -> None:
    """Executes a notebook with the run's parameters, with live output."""
    project = parameters.project_dir()
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it warns of keys that cells don't list
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            project / "notebooks" / f"{notebook}.ipynb",
            output,
            parameters=params.model_dump(),  # all, so that no later edit of a file counts
            cwd=project / "notebooks",
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
            coalesce_streams=True,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
    except PapermillExecutionError as error:
        cell = f"cell {error.exec_count} of {output}"
        raise NotebookError(f"{error.ename}: {error.evalue} ({cell})") from error


def _timed(function, *arguments) -> float:
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def _say(text: str) -> None:
    print(text, flush=True)
