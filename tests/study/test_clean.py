"""Folders that no run needs are listed and removed; those of runs and processes are kept."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from synthlib import params as parameters
from synthlib.cli import main
from synthlib.data import needs, prepare
from synthlib.params import Params, validate_params
from synthlib.runs import RunError
from synthlib.study import clean, run_archive
from synthlib.utils.locks import lock_folder, unlock_folder
from tests.helpers.fake_data import write_photographs
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.small_study import DEMO_SCALE

LATER = time.time() + 2 * clean.RECENT_SECONDS


def make_params(folder: Path, **overrides) -> Params:
    values = DEMO_SCALE | {"experiment": "mixed", "real_fraction": 1.0, "synthetic_fraction": 1.0}
    places = {"data_root": str(folder / "data"), "outputs": str(folder / "outputs")}
    return validate_params(values | places | {"instances": 2} | overrides)


def write_run(params: Params, name: str = "seed0-12345678") -> Path:
    folder = params.experiment_dir / name
    folder.mkdir(parents=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(params.model_dump()))
    return folder


def folders(outputs: Path) -> set[Path]:
    """Stores and packs."""
    return {path for name in ("renders", "packed") for path in (outputs / name).glob("*")}


def paths(outputs: Path, **options) -> set[Path]:
    return {left.path for left in clean.find_leftovers(outputs, now=LATER, **options).leftovers}


def make_old(folder: Path) -> None:
    """Change the times of a folder and of what is directly in it."""
    past = time.time() - 2 * clean.RECENT_SECONDS
    for path in (*folder.iterdir(), folder):
        os.utime(path, (past, past))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data of one run, and nothing else; not to be changed."""
    folder = tmp_path_factory.mktemp("prepared")
    write_photographs(folder / "data")
    params = make_params(folder, protocol="matched")
    prepare.prepare_data(params, quiet=True)
    return folder


@pytest.fixture
def study(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may change."""
    shutil.copytree(prepared, tmp_path / "study")
    return tmp_path / "study"


def test_needs_are_what_preparing_the_data_makes(study: Path) -> None:
    params = make_params(study, protocol="matched")
    needed = needs.needed_store(params) | needs.needed_packs(params)
    assert needed == folders(study / "outputs")
    assert len(needed) == 1 + 1 + 3 + 2  # store; photographs, renders and backgrounds packed


def test_only_what_no_run_needs_is_listed(study: Path) -> None:
    outputs = study / "outputs"
    assert paths(outputs) == folders(outputs)
    run = write_run(make_params(study, protocol="matched"))
    assert paths(outputs) == set()
    shutil.rmtree(run)
    write_run(make_params(study))  # thesis: composites at one side, so one pack of backgrounds
    [only] = paths(outputs)
    assert only.parent.name == "packed"
    write_run(make_params(study, synthetic_fraction=0.0, experiment="real", epochs=3))
    assert paths(outputs) == {only}
    shutil.rmtree(outputs / "runs")
    write_run(make_params(study, synthetic_fraction=0.0))
    listed = paths(outputs)
    assert len(folders(outputs) - listed) == 1  # the pack of photographs
    assert next(iter(outputs.glob("renders/*"))) in listed


def test_what_was_changed_in_the_last_hour_is_kept(study: Path) -> None:
    outputs = study / "outputs"
    plan = clean.find_leftovers(outputs)
    assert plan.leftovers == []
    assert plan.n_recent == len(folders(outputs))


def test_archived_runs_count(study: Path, tmp_path: Path) -> None:
    outputs = study / "outputs"
    overrides = make_params(study, protocol="matched").model_dump()
    for name in ("scale", "experiment", "outputs", "protocol", "seed", "data_root"):
        del overrides[name]
    write_fake_run(tmp_path / "other", "mixed_synth100", 50, protocol="matched", **overrides)
    tiny = parameters.load("tiny", "baseline", outputs=str(tmp_path / "other"))
    assert run_archive.archive_runs(tiny, tmp_path / "archives")
    found = {"data_root": str(study / "data"), "archives": [tmp_path / "archives"]}
    assert paths(outputs, **found) == set()
    plan = clean.find_leftovers(outputs, archives=[tmp_path / "archives"], now=LATER)
    assert plan.leftovers == []
    [sentence] = plan.undecided
    assert sentence.startswith("every pack is kept, as what a run needs is not known: no data root")


def test_a_run_that_cannot_be_read_stops_everything(study: Path) -> None:
    run = write_run(make_params(study))
    (run / "params.yaml").write_text("scale: [\n")
    with pytest.raises(RunError, match=r"params\.yaml"):
        clean.find_leftovers(study / "outputs")


def test_remains_of_killed_processes_and_features_of_removed_runs(study: Path) -> None:
    outputs = study / "outputs"
    write_run(make_params(study, protocol="matched"), "seed0-aaaaaaaa")
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    host = socket.gethostname()
    dead = outputs / "packed" / f".abc.{host}.{ended.stdout.strip()}"
    alive = outputs / "packed" / f".abc.{host}.{os.getpid()}"
    elsewhere = outputs / "packed" / ".abc.another-machine.1"
    removed = outputs / "packed" / ".removed-abc"
    download = outputs / ".fetch" / "abc"
    for folder in (dead, alive, elsewhere, removed, download):
        folder.mkdir(parents=True)
    features = outputs / "cache" / "features"
    features.mkdir(parents=True)
    for name in ("seed0-aaaaaaaa-1234.npy", "seed0-bbbbbbbb-1234.npy"):
        (features / name).write_bytes(b"12345")
    expected = {dead, removed, download, features / "seed0-bbbbbbbb-1234.npy"}
    assert paths(outputs) == expected


def test_the_command_lists_asks_and_removes(study: Path) -> None:
    outputs = study / "outputs"
    params = make_params(study, synthetic_fraction=0.0)
    run = write_run(params)
    for path in folders(outputs):
        make_old(path)
    before = folders(outputs)
    command = ["clean", "--outputs", str(outputs)]
    listed = CliRunner().invoke(main, [*command, "--dry-run"])
    assert listed.exit_code == 0, listed.output
    assert "render store " in listed.output
    assert "6 of" in listed.output
    assert folders(outputs) == before
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 2
    assert "add --yes" in refused.output
    assert folders(outputs) == before

    [store] = (outputs / "renders").iterdir()
    lock = lock_folder(store)
    make_old(store)
    try:
        # another process, as the lock is this one's own
        script = "from synthlib.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", script, *command, "--yes"],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        unlock_folder(lock)
    assert done.returncode == 0, done.stderr
    assert f"{store} is kept: another process writes into it" in done.stderr
    assert folders(outputs) & before == folders(outputs)
    assert len(folders(outputs)) == 2
    make_old(store)
    done = CliRunner().invoke(main, [*command, "--yes"])
    assert done.exit_code == 0
    assert not store.exists()
    assert (run / "params.yaml").exists()
    assert set((outputs / "packed").iterdir()) == needs.needed_packs(params)
