"""`synthlib train` writes the run folder that notebook 03 writes, in one process or in two."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from synthlib.cli import main
from synthlib.runs import load_runs
from tests.helpers.fake_data import CLASSES, write_photographs

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "classes": CLASSES,
    "test_sets": ["real"],
    "dev_per_class": 2,
    "image_size": 32,
    "epochs": 1,
    "batch_size": 8,
}
FILES = {
    "params.yaml",
    "status.json",
    "log.csv",
    "checkpoint.pt",
    "model.safetensors",
    "predictions.parquet",
    "metrics.json",
    "environment.json",
}


def arguments(folder: Path, **changes) -> list[str]:
    options = [
        "train",
        "--scale",
        "tiny",
        "--experiment",
        "baseline",
        "--outputs",
        str(folder / "o"),
    ]
    options += ["--data-root", str(folder / "data")]
    return options + [f"--set={k}={json.dumps(v)}" for k, v in (SETTINGS | changes).items()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "data")
    return tmp_path


def test_one_process_writes_a_run_folder_and_a_second_call_computes_nothing(
    project: Path,
) -> None:
    done = CliRunner().invoke(main, arguments(project), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    [folder] = load_runs(project / "o")["folder"]
    assert {path.name for path in folder.iterdir()} == FILES
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = CliRunner().invoke(main, arguments(project))
    assert "done already" in again.output
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_two_processes_under_torchrun_write_the_same_folder(project: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node=2", "-m", "synthlib", *arguments(project, precision="fp32")]
    env = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    [folder] = load_runs(project / "o")["folder"]
    assert {path.name for path in folder.iterdir()} == FILES
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["processes"] == 2
    assert environment["peak_memory_gb"] > 0
    assert len(pd.read_parquet(folder / "predictions.parquet")) == 18


def test_a_run_that_fails_is_marked_and_its_reason_is_one_sentence(project: Path) -> None:
    done = CliRunner().invoke(main, arguments(project, learning_rate=10**18))
    assert done.exit_code == 1
    assert "the loss is not finite at step" in done.output
    [status] = project.glob("o/runs/*/*/*/*/status.json")
    assert json.loads(status.read_text())["state"] == "failed"


def test_a_hybrid_run_names_the_run_it_needs_before_any_data_is_made(tmp_path: Path) -> None:
    command = ["train", "--scale", "tiny", "--experiment", "synth_hybrid"]
    found = CliRunner().invoke(main, [*command, "--outputs", str(tmp_path / "o")])
    assert found.exit_code == 1
    assert "make one: synthlib batch --scale tiny --only synth_bg --seeds 0" in found.output
    assert not (tmp_path / "o").exists()
