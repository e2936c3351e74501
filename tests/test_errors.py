"""Errors: one base class, sentences for users, tracebacks of bugs; imports without effects."""

import errno
import importlib
import inspect
import json
import os
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import synthlib
from synthlib import params
from synthlib.cli import main, study
from synthlib.utils.errors import FileError, ParameterError, SynthlibError, file_errors
from synthlib.widgets.status_line import StatusLine

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(synthlib.__path__, "synthlib.")
    if not module.name.startswith("synthlib.blender") or module.name == "synthlib.blender.errors"
)
TABLE = ["table", "--scale", "tiny"]


def run_in_new_interpreter(code: str, **env: str) -> str:
    """The output of the code in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_exception_of_the_package_is_a_synthlib_error() -> None:
    exceptions = {
        value
        for name in MODULES
        for value in vars(importlib.import_module(name)).values()
        if inspect.isclass(value)
        and issubclass(value, Exception)
        and value.__module__.startswith("synthlib")
        and not value.__name__.startswith("_")
    }
    assert len(exceptions) > 10
    assert [cls for cls in exceptions if not issubclass(cls, SynthlibError)] == []


# --- the operating system's errors ----------------------------------------------------------------


def test_an_error_of_the_operating_system_names_the_path_and_says_what_to_do(tmp_path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(FileError, match=r"here cannot be read \(No such file.*: check the path"),
        file_errors(tmp_path / "here", "read"),
    ):
        (tmp_path / "here").read_text()
    with (
        pytest.raises(FileError, match="a file stands where a folder is expected"),
        file_errors(tmp_path / "file" / "folder"),
    ):
        (tmp_path / "file" / "folder").mkdir()
    with pytest.raises(FileError, match=r"No space left.*: free some space") as caught:
        raise_in_block(OSError(errno.ENOSPC, "No space left on device"))
    assert caught.value.errno == errno.ENOSPC  # for callers that handle a full disk
    copy = pickle.loads(pickle.dumps(caught.value))  # worker processes send it
    assert (type(copy), str(copy), copy.errno) == (FileError, str(caught.value), errno.ENOSPC)
    with pytest.raises(FileError, match=r"^x cannot be written \(odd\): check the disk"):
        raise_in_block(OSError("odd"))


def test_other_errors_pass_and_a_sentence_is_not_wrapped_twice() -> None:
    with pytest.raises(ValueError, match=r"^a bug$"):
        raise_in_block(ValueError("a bug"))
    with pytest.raises(FileError, match=r"^the sentence$"):
        raise_in_block(FileError(errno.EIO, "the sentence"))


def raise_in_block(error: Exception) -> None:
    with file_errors("x"):
        raise error


# --- the command line and widgets -----------------------------------------------------------------


def test_a_mistake_is_a_sentence_and_debug_shows_its_traceback(tmp_path: Path) -> None:
    command = [*TABLE, "--outputs", str(tmp_path)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: no finished run of scale tiny")
    assert isinstance(result.exception, SystemExit)
    assert isinstance(CliRunner().invoke(main, ["--debug", *command]).exception, SynthlibError)


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(5, "a bug"), RuntimeError("a bug")])
def test_a_bug_keeps_its_traceback(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_, **__) -> None:
        raise error

    monkeypatch.setattr(study.parameters, "load", broken)
    assert CliRunner().invoke(main, TABLE).exception is error


def test_a_widget_shows_a_mistake_as_a_sentence_and_a_bug_with_its_traceback() -> None:
    def act(error: Exception) -> None:
        raise error

    status = StatusLine()
    status.guard("opening", lambda: act(ParameterError("seed: got 1.5; expected <2")))
    assert "opening: seed: got 1.5; expected &lt;2" in status.line.value
    assert "Traceback" not in status.line.value
    status.guard("opening", lambda: act(ValueError("shapes (2,) and (3,)")))
    assert "opening: ValueError(" in status.line.value
    assert "Traceback" in status.line.value
    assert "test_errors.py" in status.line.value


# --- log lines ------------------------------------------------------------------------------------


def test_the_library_prints_nothing_until_asked_and_then_each_line_once() -> None:
    code = """
import logging
from synthlib import params
from synthlib.utils import log
logger = logging.getLogger("synthlib.any")
logger.info("silent")
params.from_namespace({"scale": "tiny", "experiment": "baseline"})
log.show_log_messages()
logger.info("100% shown")
logging.getLogger("another").info("silent")
"""
    assert run_in_new_interpreter(code) == "100% shown\n"


def test_the_command_shows_log_lines(tmp_path: Path) -> None:
    code = f"""
import logging
from click.testing import CliRunner
from synthlib.cli import main
CliRunner().invoke(main, {[*TABLE, "--outputs", str(tmp_path)]})
logging.getLogger("synthlib.any").info("shown")
"""
    assert run_in_new_interpreter(code) == "shown\n"


# --- importing ------------------------------------------------------------------------------------

STATE = """
import json, logging, os, sys
import matplotlib, numpy, torch
def state():
    return [dict(os.environ), str(dict(matplotlib.rcParams)), numpy.geterr(),
            torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic,
            torch.get_num_threads(), torch.get_default_dtype().__repr__(), torch.initial_seed(),
            len(logging.getLogger("synthlib").handlers), len(logging.root.handlers),
            sys.getrecursionlimit()]
before = state()
"""


def test_importing_everything_reads_no_setting_and_changes_no_global_state(tmp_path: Path) -> None:
    broken = tmp_path / "classes.yaml"
    broken.write_text("shoe: [")
    code = STATE + "".join(f"import {name}\n" for name in MODULES if "__main__" not in name)
    code += "print(json.dumps([before, state()], default=str))"
    before, after = json.loads(
        run_in_new_interpreter(code, SYNTHLIB_CLASSES=str(broken)).splitlines()[-1]
    )
    before[0].pop("KMP_INIT_AT_FORK", None)
    after[0].pop("KMP_INIT_AT_FORK", None)
    assert after == before


def test_a_users_classes_are_read_at_the_first_use_and_on_reload(tmp_path, monkeypatch) -> None:
    from synthlib.classes import CLASSES

    user_file = tmp_path / "classes.yaml"
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(user_file))
    with pytest.raises(ParameterError, match="which is not a file"):
        list(CLASSES)
    with pytest.raises(
        ParameterError, match="which is not a file"
    ):  # in a validator of pydantic, too
        params.load("tiny", "baseline")
    user_file.write_text("shoe: {synset: shoe, scenes: [hall]}\n")
    assert CLASSES["shoe"].synset == "shoe"
    assert list(CLASSES)[-1] == "shoe"
    user_file.write_text("hat: {synset: hats, scenes: [hall]}\n")
    assert "shoe" in CLASSES
    CLASSES.reload()
    assert "hat" in CLASSES
    assert "shoe" not in CLASSES
    monkeypatch.delenv("SYNTHLIB_CLASSES")
    assert len(CLASSES) == 17
