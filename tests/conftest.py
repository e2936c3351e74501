"""The environment of all tests: no data set of this machine, no display, no bpy in the process."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read by libraries when they are imported, so set before any is.
os.environ["MPLBACKEND"] = "Agg"
os.environ["OMP_NUM_THREADS"] = "1"  # nets this small train slower on two threads than on one
os.environ.pop("SYNTHLIB_DATA", None)
os.environ.pop("SYNTHLIB_PROJECT", None)

from synthlib import rendering
from synthlib.rendering.supervisor import RenderJob, RenderOptions, supervise
from synthlib.utils import log, processes
from tests.helpers import render_cases

log.show_log_messages()  # tests read the lines that users see

settings.register_profile("synthlib", deadline=None, derandomize=True)
settings.load_profile("synthlib")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew",
        action="store_true",
        help="Renew the files in tests/golden whose versions were raised (test_golden.py).",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest file first, so that other processes run the rest at the same time."""
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")


@pytest.fixture(scope="session", autouse=True)
def _no_bpy_in_this_process() -> Iterator[None]:
    yield
    assert "bpy" not in sys.modules, "a test imported bpy: run synthlib.blender.worker instead"


@pytest.fixture(autouse=True)
def _no_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what a task of a batch sets, else this process would end with its supervisor."""
    monkeypatch.setenv(processes.SUPERVISOR_VARIABLE, "")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model files of two classes, one of them broken."""
    return render_cases.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def rendered(models: Path, tmp_path_factory: pytest.TempPathFactory):
    """A plan rendered by one worker, undisturbed, and its report; not to be changed."""
    plan = render_cases.make_plan(tmp_path_factory.mktemp("whole"), models)
    return plan, rendering.render(plan, render_cases.ONE_WORKER)


@pytest.fixture(scope="session")
def whole(models: Path, tmp_path_factory: pytest.TempPathFactory) -> rendering.RenderPlan:
    """A larger plan, rendered by one worker, undisturbed; not to be changed."""
    plan = render_cases.make_plan(
        tmp_path_factory.mktemp("undisturbed"), models, render_cases.N_INSTANCES
    )
    rendering.render(plan, render_cases.ONE_WORKER)
    return plan


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that supervises scripted items: `run({name: what it does}, **options)`."""
    (tmp_path / "scripted_module.py").write_text(render_cases.SCRIPTED_MODULE_SOURCE)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    out = tmp_path / "out"

    def run(does: dict[str, str], **options):
        job = RenderJob(
            module="scripted_module",
            items=[render_cases.ScriptedItem(name, action) for name, action in does.items()],
            settings={"stuff": "clay"},
            out=out,
            is_done=lambda name: (out / name).exists(),
            frames_per_item=2,
        )
        defaults = {"workers": 1, "recycle_after": 9, "progress": False}
        return supervise(job, RenderOptions(**(defaults | options)))

    run.out = out
    return run
