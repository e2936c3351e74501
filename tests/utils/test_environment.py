"""The record of software, hardware and code that `environment.json` stores."""

import json
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from synthlib import params as parameters
from synthlib.runs import finish_run, open_run, read_status
from synthlib.utils import environment
from synthlib.utils.environment import environment_record


def test_a_run_finishes_where_git_is_not_installed(tmp_path: Path, monkeypatch) -> None:
    run = open_run(parameters.load("tiny", "baseline", outputs=str(tmp_path)), {})
    monkeypatch.setenv("PATH", str(tmp_path))
    finish_run(run, {"start": 0.0, "data": 1.0}, {"device": "cpu"})
    assert read_status(run.folder)["state"] == "done"
    record = json.loads((run.folder / "environment.json").read_text())
    assert (record["git_commit"], record["git_clean"]) == (None, None)


def test_a_processor_has_a_name_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def without_proc(path: Path, *args, **options) -> str:
        if path.is_relative_to("/proc"):
            raise FileNotFoundError(path)
        return read(path, *args, **options)

    monkeypatch.setattr(Path, "read_text", without_proc)
    assert environment_record({}, {})["cpu"] == (platform.processor() or platform.machine())


def test_the_commit_is_that_of_synthlib_not_of_the_working_folder(
    tmp_path: Path, monkeypatch
) -> None:
    commit = environment_record({}, {})["git_commit"]
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    assert environment_record({}, {})["git_commit"] == commit


def test_the_record_says_whether_the_git_tree_was_clean(tmp_path: Path, monkeypatch) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    module = tmp_path / "package" / "environment.py"
    module.parent.mkdir()
    shutil.copy(environment.__file__, module)
    monkeypatch.setattr(environment, "__file__", str(module))
    git("init", "-q")
    assert environment._git_state() == (None, None)  # the file is not tracked
    git("add", ".")
    git("commit", "-qm", "a")
    commit = git("rev-parse", "HEAD")
    assert environment._git_state() == (commit, True)
    (tmp_path / "untracked.py").touch()
    assert environment._git_state() == (commit, False)
    (tmp_path / ".gitignore").write_text("untracked.py\n")
    git("add", ".gitignore")
    git("commit", "-qm", "b")
    commit = git("rev-parse", "HEAD")
    assert environment._git_state() == (commit, True)  # ignored files do not count
    with module.open("a") as file:
        file.write("# changed")
    record = environment_record({}, {})
    assert (record["git_commit"], record["git_clean"]) == (commit, False)
