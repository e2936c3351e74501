"""One run or one notebook, executed by papermill.

Only `status.json` says whether a run finished: an output notebook may show anything.
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
from synthlib.study.run_archive import find_restored_run
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import project_dir
from synthlib.utils.locks import lock_holder_message
from synthlib.utils.log import show_log_messages

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = 30.0
"""Seconds to wait for a run that another process holds: a killed process releases it."""

LOCK_RELEASE_TIMEOUT = 3.0
"""Seconds to wait for the kernel of a failed notebook, which may still hold its run."""

MAX_KERNEL_STARTS = 3
"""Number of times a notebook's kernel is started if it dies before it answers."""

KERNEL_START_TIMEOUT = 180
"""Seconds within which a kernel must answer; on a busy machine Python alone starts slowly."""


class NotebookError(SynthlibError):
    """A notebook failed; the message is that of its error, and names the cell."""


@dataclass(frozen=True)
class RunOutcome:
    """Outcome of one planned run.

    Attributes:
        params: Parameters of the run.
        state: `done`, `skipped` or `failed`.
        seconds: Time that it took.
        reason: Why it failed, or what a skipped run is missing.
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
    """Skip a run that is finished, or execute its notebook into its own folder.

    A failure is written to the run's `status.json` and returned, never raised.
    """
    started = time.perf_counter()
    run: Run | None = None
    try:
        params = resolve_hybrid_classes(params)
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
    except SynthlibError as error:
        reason = str(error)
    except Exception as error:  # a bug, which must not cost the other runs
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
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
    """Record how a run ended, unless it is done or by now held by another process. Where the disk
    is full, only the outcome tells."""
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
    """Execute a notebook with a run's parameters, with live output.

    A kernel that dies before it answers is started again, as no cell has run. It happens when
    another process takes one of the ports that were chosen for the kernel before it listens.

    Args:
        notebook: Name of a file in `notebooks/`, without `.ipynb`.
        output: Path of the executed notebook.
        params: Parameters that the notebook receives, all of them.

    Raises:
        NotebookError: If a cell raises, or the kernel dies `MAX_KERNEL_STARTS` times.
        FileError: If the output cannot be written.
    """
    # papermill warns about parameters that the parameters cell does not list
    logging.getLogger("papermill").setLevel(logging.ERROR)
    with file_errors(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
    for start in range(MAX_KERNEL_STARTS):
        try:
            if start:
                logger.info("the kernel died before it answered: it is started again")
            _execute_once(notebook, output, params)
            break
        except RuntimeError as error:
            if "died before replying" not in str(error):  # jupyter_client has no class for it
                raise
    else:
        raise NotebookError(
            f"the kernel of {output} died {MAX_KERNEL_STARTS} times before it answered; its output "
            "gives the reason"
        )


def _execute_once(notebook: str, output: Path, params: Params) -> None:
    # imported here because it takes seconds, which a plan or a wrong option should not wait for
    import papermill
    from papermill.exceptions import PapermillExecutionError

    project = project_dir()
    try:
        with file_errors(output):
            papermill.execute_notebook(
                project / "notebooks" / f"{notebook}.ipynb",
                output,
                # all of them, so that later edits of the files do not count
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
