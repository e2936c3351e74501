"""Execution of one run or one notebook by papermill.

A run counts as finished only if its `status.json` says so. The executed notebook is no evidence: it
may be incomplete, or left over from an earlier attempt.
"""

import contextlib
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthlib.data import prepare
from synthlib.params import Params
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
        if finished := _finished_folder(run):
            logger.info(f"done already: {finished}")
            mark_as_newest(finished)
            missing = missing_test_sets_message(finished, params)
            return RunOutcome(params, "skipped", time.perf_counter() - started, missing)
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


def _finished_folder(run: Run) -> Path | None:
    """Folder of the run if it finished here, or of its restored archive; None if it must run."""
    return run.folder if run.is_done else find_restored_run(run.params, run.data_digests)


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

    project = project_dir()
    try:
        with file_errors(output):
            papermill.execute_notebook(
                project / "notebooks" / f"{notebook}.ipynb",
                output,
                # all values, so that edits of the parameter files do not change a planned run
                parameters=params.model_dump(),
                cwd=project / "notebooks",
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
