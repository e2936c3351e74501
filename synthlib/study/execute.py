"""One run, or one notebook, executed by papermill.

The words on whether a run finished are its `status.json`'s: an output notebook may claim anything.
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
from synthlib.study import run_archive
from synthlib.study.hybrid import resolve_hybrid_classes
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import project_dir
from synthlib.utils.locks import lock_holder_message
from synthlib.utils.log import show_log_messages

logger = logging.getLogger(__name__)

LOCK_TIMEOUT = 30.0
"""Seconds that a run is waited for which another process holds: one that was killed lets go."""

LOCK_RELEASE_TIMEOUT = 3.0
"""Seconds that the kernel of a notebook which failed may still hold its run."""

MAX_KERNEL_STARTS = 3
"""Times that a notebook's kernel is started, should it die before it answers."""

KERNEL_START_TIMEOUT = 180
"""Seconds that a kernel has to answer: on a busy machine Python's start alone takes long."""


class NotebookError(SynthlibError):
    """A notebook failed; the message is its error's, and names the cell."""


@dataclass(frozen=True)
class RunOutcome:
    """What became of one planned run: `done`, `skipped` or `failed`, and its seconds."""

    params: Params
    state: str
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        p = self.params
        line = f"{self.state:8s}{p.protocol:9s}{p.experiment:26s}seed {p.seed}{self.seconds:8.0f} s"
        return line + (f"  {self.reason}" if self.reason else "")


def execute_run(params: Params) -> RunOutcome:
    """One run: skipped when done, else its notebook is executed into its own folder."""
    started = time.perf_counter()
    found: Run | None = None
    try:
        params = resolve_hybrid_classes(params)
        data = prepare.prepare_data(params, quiet=True).digests
        found = find_run(params, data)
        there = found.folder if found.is_done else run_archive.find_restored_run(params, data)
        if there is not None:
            logger.info(f"done already: {there}")
            mark_as_newest(there)
            seconds = time.perf_counter() - started
            return RunOutcome(params, "skipped", seconds, missing_test_sets_message(there, params))
        if reason := lock_holder_message(found.folder, LOCK_TIMEOUT):
            logger.info(reason)
            return RunOutcome(params, "failed", time.perf_counter() - started, reason)
        execute_notebook("03_experiment", found.folder / "notebook.ipynb", params)
    except KeyboardInterrupt:
        if found is not None:
            _write_final_status(found, "interrupted")
        raise
    except SynthlibError as error:
        reason = str(error)
    except Exception as error:  # a bug, which must not cost the other runs
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
    else:
        if found.is_done:
            return RunOutcome(params, "done", time.perf_counter() - started)
        reason = f"its notebook ended, and {found.folder} holds no finished run: look at both"
    if found is not None:
        _write_final_status(found, "failed", reason=reason)
    return RunOutcome(params, "failed", time.perf_counter() - started, reason)


def _write_final_status(run: Run, state: str, **more: str) -> None:
    """Notes how a run ended, unless it is done or another process's by now; where the disk is full
    only the outcome says it."""
    with contextlib.suppress(OSError):
        if not run.is_done and not lock_holder_message(run.folder, LOCK_RELEASE_TIMEOUT):
            run.write_status(state, **more)


def execute_run_logged(params: Params, log: Path) -> RunOutcome:
    """`run`, with all that it prints in a file."""
    with _redirect_output(log):
        return execute_run(params)


def execute_notebook_logged(notebook: str, output: Path, params: Params, log: Path) -> None:
    """`execute`, with all that it prints in a file."""
    with _redirect_output(log):
        execute_notebook(notebook, output, params)


def execute_notebook(notebook: str, output: Path, params: Params) -> None:
    """Executes a notebook with the run's parameters, with live output.

    A kernel that dies before it answers is started again, as no cell has run: the ports that are
    chosen for it are free then, and another process may take one until it listens.
    """
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it warns of keys that cells don't list
    with file_errors(output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
    for start in range(MAX_KERNEL_STARTS):
        try:
            if start:
                logger.info("the kernel died before it answered: it is started again")
            _execute_once(notebook, output, params)
            break
        except RuntimeError as error:
            if "died before replying" not in str(error):  # jupyter_client's: no class
                raise
    else:
        raise NotebookError(
            f"the kernel of {output} died {MAX_KERNEL_STARTS} times before it answered; its output says why"
        )


def _execute_once(notebook: str, output: Path, params: Params) -> None:
    import papermill  # takes seconds, which no plan and no mistake in one should wait for
    from papermill.exceptions import PapermillExecutionError

    project = project_dir()
    try:
        with file_errors(output):
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
