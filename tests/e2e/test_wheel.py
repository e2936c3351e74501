"""The wheel is complete: it works outside the checkout, in an environment that has only it.

The environment gets its other packages from this one, by their folder on its path. Nothing of the
checkout is on that path: the editable install is found by a hook, which a plain folder has not.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

from synthlib import __version__

ROOT = Path(__file__).resolve().parents[2]


def checked(command: list[str | Path], **options) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the files that git tracks or would add, in a copy of them."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in checked(names, cwd=ROOT).split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(("docs/", "tests/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    checked([*command, "--no-index", "-w", target, source])
    (path,) = target.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    checked([sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", wheel])
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def outside() -> dict[str, str]:
    """The environment variables of a user who has no checkout."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SYNTHLIB_PROJECT")}
    return kept | {"JUPYTER_PATH": str(Path(sys.prefix) / "share" / "jupyter")}


def test_the_wheel_has_the_studys_files_and_nothing_else_of_the_checkout(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for pattern in ("notebooks/*.ipynb", "params/**/*.yaml", "constraints.txt"):
        for path in ROOT.glob(pattern):
            assert f"synthlib/study_files/{path.relative_to(ROOT)}" in names
    for path in (ROOT / "synthlib").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert str(path.relative_to(ROOT)) in names
    assert {name.split("/")[0] for name in names} == {
        "synthlib",
        f"synthlib-{__version__}.dist-info",
    }
    assert not [name for name in names if name.endswith(("setup.py", ".pyc"))]


def test_a_study_works_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    synthlib, environment = installed / "synthlib", outside()
    where = "import synthlib; print(synthlib.__file__)"
    file = checked([installed / "python", "-c", where], cwd=tmp_path, env=environment)
    assert Path(file).is_relative_to(installed.parent)
    version = checked([synthlib, "--version"], cwd=tmp_path, env=environment)
    assert version == f"synthlib, version {__version__}\n"

    checked([synthlib, "init", "study"], cwd=tmp_path, env=environment)
    study = tmp_path / "study"
    plan = ["batch", "--scale", "demo", "--dry-run"]
    assert "baseline" in checked([synthlib, *plan], cwd=study, env=environment)
    assert checked([synthlib, "doctor"], cwd=study, env=environment).endswith(
        "this machine can run the suite\n"
    )
    sheet = ["assets", "sheet", "--class", "cup", "--seeds", "1"]
    checked([synthlib, *sheet], cwd=study, env=environment)
    assert (study / "outputs/reports/assets/cup.png").stat().st_size > 0
    notebook = ["-m", "papermill", "--no-progress-bar", "notebooks/00_start_here.ipynb"]
    executed = tmp_path / "executed.ipynb"
    checked([installed / "python", *notebook, executed], cwd=study, env=environment)
    assert "synthlib batch --scale demo" in executed.read_text()
    assert len(nbformat.read(executed, as_version=4).cells) > 5
