"""Execution of one run or one notebook by papermill.

A run counts as finished only if its `status.json` says so. The executed notebook is no evidence: it
may be incomplete, or left over from an earlier attempt.
"""

import ast
import contextlib
import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlib.data import prepare
from synthlib.params import Params, load
from synthlib.runs import Run, find_run, mark_as_newest, missing_test_sets_message
from synthlib.study.hybrid import resolve_hybrid_classes
from synthlib.study.labelling import write_labels
from synthlib.study.run_archive import find_restored_run
from synthlib.utils.errors import SynthlibError, error_text, file_errors
from synthlib.utils.files import project_dir
from synthlib.utils.locks import lock_holder_message
from synthlib.utils.log import show_log_messages

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = 30.0
"""Seconds to wait for a run that another process has locked. If a study was killed, the kernel that
still has the lock ends within this time."""

LOCK_RELEASE_TIMEOUT = 3.0
"""Seconds to wait for the kernel of a failed notebook, which may still have its run locked."""

MAX_KERNEL_STARTS = 3
"""Largest number of times that a notebook's kernel is started, if it dies before it answers."""

KERNEL_START_TIMEOUT = 180
"""Seconds within which a kernel must answer. It is long, as Python starts slowly on a busy machine.
"""


class NotebookError(SynthlibError):
    """A notebook failed; the message is that of the error in it, and names the cell."""


@dataclass(frozen=True)
class RunOutcome:
    """Outcome of one planned run.

    Attributes:
        params: Parameters of the run.
        state: `done`, `skipped` (it had finished before) or `failed`.
        seconds: Duration of this call of `execute_run`.
        reason: The cause of a failure, or the test sets that a skipped run is missing; else "".
    """

    params: Params
    state: str
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        p = self.params
        line = f"{self.state:8s}{p.protocol:9s}{p.experiment:26s}seed {p.seed}{self.seconds:8.0f} s"
        return line + (f"  {self.reason}" if self.reason else "")


def execute_run(params: Params) -> RunOutcome:
    """Execute the notebook of a run into the run's folder, unless the run is finished.

    A failure does not raise an error: it is returned and, if the run's folder is known by then,
    written to its `status.json`.

    Args:
        params: Parameters of the run; `hybrid_nobg` may still be open (`resolve_hybrid_classes`).

    Raises:
        KeyboardInterrupt: If the user interrupts; `status.json` then says `interrupted`.
    """
    started = time.perf_counter()
    run: Run | None = None
    try:
        params = resolve_hybrid_classes(params)
        write_labels(params)
        digests = prepare.prepare_data(params, quiet=True).digests
        run = find_run(params, digests)
        if outcome := _skipped_outcome(run, started):
            return outcome
        if reason := lock_holder_message(run.folder, LOCK_TIMEOUT):
            logger.info(reason)
            return RunOutcome(params, "failed", time.perf_counter() - started, reason)
        execute_notebook("03_experiment", run.folder / "notebook.ipynb", params)
    except KeyboardInterrupt:
        if run is not None:
            _write_final_status(run, "interrupted")
        raise
    except Exception as error:  # a bug in one run must not stop the others
        if not isinstance(error, SynthlibError):
            traceback.print_exc()
        reason = error_text(error)
    else:
        if run.is_done:
            return RunOutcome(params, "done", time.perf_counter() - started)
        reason = f"its notebook ended, but {run.folder} contains no finished run: look at both"
    if run is not None:
        _write_final_status(run, "failed", reason=reason)
    return RunOutcome(params, "failed", time.perf_counter() - started, reason)


def find_finished_runs(planned: Sequence[Params]) -> dict[int, RunOutcome]:
    """Find the runs of a plan that are finished, without rendering, packing or starting a process.

    A run is identified as in `execute_run`, by its parameters and the digests of its data: a
    photograph or render that was added, removed or changed makes it another run, which is then not
    finished. Runs whose data is missing or broken are left out: `execute_run` names the cause.

    Returns:
        Outcomes of the finished runs, by index in the plan.
    """
    outcomes = {}
    with prepare.naming_packs():
        for i, planned_params in enumerate(planned):
            started = time.perf_counter()
            with contextlib.suppress(Exception):  # `execute_run` meets the same error
                params = resolve_hybrid_classes(planned_params)
                digests = prepare.prepare_data(params, quiet=True).digests
                if outcome := _skipped_outcome(find_run(params, digests), started):
                    outcomes[i] = outcome
    return outcomes


def _skipped_outcome(run: Run, started: float) -> RunOutcome | None:
    """Outcome of a run that finished here or was restored from an archive; None if it must run."""
    finished = run.folder if run.is_done else find_restored_run(run.params, run.data_digests)
    if finished is None:
        return None
    logger.info(f"done already: {finished}")
    mark_as_newest(finished)
    missing = missing_test_sets_message(finished, run.params)
    return RunOutcome(run.params, "skipped", time.perf_counter() - started, missing)


def _write_final_status(run: Run, state: str, **details: str) -> None:
    """Write the state in which a run ended, unless it is done or another process has locked it."""
    # on a full disk this fails, and only the returned outcome has the reason
    with contextlib.suppress(OSError):
        if not run.is_done and not lock_holder_message(run.folder, LOCK_RELEASE_TIMEOUT):
            run.write_status(state, **details)


def execute_run_logged(params: Params, log: Path) -> RunOutcome:
    """Call `execute_run` with all output appended to a file."""
    with _redirect_output(log):
        return execute_run(params)


def execute_notebook_logged(notebook: str, output: Path, params: Params, log: Path) -> None:
    """Call `execute_notebook` with all output appended to a file."""
    with _redirect_output(log):
        execute_notebook(notebook, output, params)


def execute_notebook(notebook: str, output: Path, params: Params) -> None:
    """Execute a notebook with the parameters of a run; its output is shown while it runs.

    A kernel that dies before it answers is started again, which is safe because no cell has run. It
    happens when another process takes one of the kernel's ports before the kernel listens on it.

    Args:
        notebook: Name of a file in `notebooks/`, without `.ipynb`.
        output: Path of the executed notebook.
        params: Parameters that the notebook receives in its parameters cell.

    Raises:
        NotebookError: If a cell raises, or the kernel dies `MAX_KERNEL_STARTS` times.
        FileError: If the output cannot be written.
    """
    # papermill warns about parameters that the parameters cell does not list
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with file_errors(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(MAX_KERNEL_STARTS):
        try:
            if attempt:
                logger.info("the kernel died before it answered: it is started again")
            _execute_once(notebook, output, params)
            break
        except RuntimeError as error:
            # jupyter_client has no exception class for a kernel that died
            if "died before replying" not in str(error):
                raise
    else:
        raise NotebookError(
            f"the kernel of {output} died {MAX_KERNEL_STARTS} times before it answered; its output "
            "gives the reason"
        )


def _execute_once(notebook: str, output: Path, params: Params) -> None:
    # imported here because it takes seconds, and commands that only print a plan do not need it
    import papermill
    from papermill.exceptions import PapermillExecutionError

    folder = project_dir() / "notebooks"
    source = folder / f"{notebook}.ipynb"
    try:
        with file_errors(output):
            papermill.execute_notebook(
                source,
                output,
                parameters=changed_parameters(source, params),
                cwd=folder,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                stdout_file=sys.stdout,
                stderr_file=sys.stderr,
                coalesce_streams=True,
                start_timeout=KERNEL_START_TIMEOUT,
                extra_arguments=["--IPKernelApp.log_level=ERROR"],
            )
    except PapermillExecutionError as error:
        cell = f"cell {error.exec_count} of {output}"
        raise NotebookError(f"{error.ename}: {error.evalue} ({cell})") from error


def changed_parameters(notebook: Path, params: Params) -> dict[str, Any]:
    """Parameters of a run that a notebook would not load from its own cell and the files.

    They are compared when the notebook is executed, so a parameter file that was edited since the
    run was planned does not change the run: its planned value then differs, and is passed.

    Args:
        notebook: A stored notebook.
        params: The parameters that it is to load.

    Returns:
        Values by name; all of them if the notebook would not load `params` from fewer.
    """
    values = params.model_dump()
    try:
        loaded_by_default = {"scale": "demo", "experiment": "baseline"} | _parameters_cell(notebook)
        selectors = {"protocol": "thesis"} | loaded_by_default
        # these three select the files, from which the other values are loaded
        changed = {
            name: values[name]
            for name in ("scale", "experiment", "protocol")
            if values[name] != selectors[name]
        }
        loaded = load(**loaded_by_default | changed).model_dump()
        changed |= {name: value for name, value in values.items() if value != loaded[name]}
        if load(**loaded_by_default | changed) == params:
            return changed
    except (SynthlibError, SyntaxError, ValueError):
        pass  # files or a cell that cannot be read here; the notebook then needs every value
    return values


def _parameters_cell(notebook: Path) -> dict[str, Any]:
    """The values that a notebook's parameters cell assigns, by name."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = [c["source"] for c in cells if "parameters" in c["metadata"].get("tags", [])]
    return {
        target.id: ast.literal_eval(statement.value)
        for source in sources
        for statement in ast.parse("".join(source)).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


@contextlib.contextmanager
def _redirect_output(log: Path) -> Iterator[None]:
    """Append stdout, stderr and log messages to a file, line by line."""
    show_log_messages()
    with file_errors(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
    with (
        log.open("a", buffering=1) as file,
        contextlib.redirect_stdout(file),
        contextlib.redirect_stderr(file),
    ):
        yield
