"""`synthlib init` makes a folder from which everything works."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from synthlib import __version__, params
from synthlib.cli import main
from synthlib.utils import files

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.output


def test_a_study_folder_has_the_notebooks_and_parameter_files_and_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = run("init", "mine")
    assert code == 0, output
    assert "next: cd mine" in output
    study = tmp_path / "mine"
    copied = {str(path.relative_to(study)) for path in study.rglob("*") if path.is_file()}
    patterns = ("notebooks/*.ipynb", "params/**/*.yaml")
    expected = {str(path.relative_to(ROOT)) for p in patterns for path in ROOT.glob(p)}
    assert copied == expected | {"constraints.txt", "synthlib.yaml"}
    assert all((study / name).read_bytes() == (ROOT / name).read_bytes() for name in expected)
    assert (study / "outputs").is_dir()
    assert f"version: {__version__}\n" in (study / "synthlib.yaml").read_text()

    monkeypatch.chdir(study / "notebooks")
    scale = study / "params" / "scales" / "demo.yaml"
    scale.write_text(re.sub(r"^epochs: \d+", "epochs: 7", scale.read_text(), flags=re.M))
    edited = params.load("demo", "baseline")
    assert edited.epochs == 7
    assert edited.output_dir == study / "outputs"
    assert run("batch", "--scale", "demo", "--dry-run")[0] == 0


def test_a_folder_with_files_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    code, output = run("init", str(tmp_path))
    assert code == 2
    assert f"Error: {tmp_path} exists and is not empty: name a new folder" in output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert "is not empty" in run("init", str(tmp_path / "thesis.tex"))[1]


def test_commands_outside_a_study_folder_say_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_CHECKOUT", tmp_path / "site-packages")
    monkeypatch.chdir(tmp_path)
    code, output = run("batch", "--scale", "demo", "--dry-run")
    assert code == 2
    assert output.startswith(f"Error: no study folder is at or above {tmp_path}: make one with")
