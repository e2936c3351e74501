"""The command on broken input: it names the fault, does the rest, and exits with code 1 or 2."""

import itertools
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from synthlib.cli import main
from tests.helpers.shapes_obj import CUBE, WEDGE, write_box

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"classes": ["vase", "cup"], "instances": 2, "views": 2, "render_size": 16}


def render(outputs: Path, models: Path, **changes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synthlib", "render", "--scale", "tiny"]
    command += ["--outputs", str(outputs)]
    settings = (
        SMALL | {"assets": "models", "models_root": str(models), "render_samples": 1} | changes
    )
    command += [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_model_that_blender_cannot_read_is_skipped_and_the_exit_code_is_1(
    tmp_path: Path,
) -> None:
    models = tmp_path / "models"
    write_box(models / "vase" / "whole" / "whole.obj", CUBE)
    write_box(models / "cup" / "whole" / "whole.obj", WEDGE)
    (models / "vase" / "broken").mkdir()
    (models / "vase" / "broken" / "broken.obj").write_text("v 0 0\nf 1 2 99\n")
    first = render(tmp_path / "outputs", models)
    assert first.returncode == 1, first.stderr
    [line] = [line for line in first.stdout.splitlines() if line.startswith("not rendered")]
    assert "vase/broken" in line
    assert len(list((tmp_path / "outputs").rglob("*.png"))) == 6  # 3 whole instances, 2 views
    again = render(tmp_path / "outputs", models)
    assert again.returncode == 1
    assert "failed before and skipped" in again.stdout + again.stderr


def test_a_class_without_models_is_named(tmp_path: Path) -> None:
    write_box(tmp_path / "models" / "vase" / "whole" / "whole.obj", CUBE)
    found = render(tmp_path / "outputs", tmp_path / "models")
    assert found.returncode == 1
    assert "class cup" in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "outputs").exists()


def test_unpack_names_a_missing_library(tmp_path):
    command = ["assets", "unpack", str(tmp_path / "no.sh3f"), "--models-root", str(tmp_path / "m")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 1
    assert "no.sh3f" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--set", "protocol=matched"],
            "--set protocol=matched: this command gets protocol from batch",
        ),
        (["--set", "seed=1"], "--set seed=1: this command gets seed from --seeds"),
        (["--set", "scale=tiny"], "gets scale from --scale"),
        (["--set", "experiment=baseline"], "gets experiment from --only"),
        (["--search", "--set", "learning_rate=0.1"], "gets learning_rate from the search itself"),
        (["--set", "classes=[banana"], "'[banana' is not YAML"),
        (["--set", "epochs"], "--set epochs: expected KEY=VALUE"),
        (["--set", "seeds=2026-13-45"], "'2026-13-45' is not YAML"),
        (["--set", "learning_rate=1e-3x"], "learning_rate: got '1e-3x'"),
        (["--seeds", "x"], "seeds 'x': expected numbers separated by commas"),
        (["--only", "synth_bg_1200", "--set", "batch_protocols=[matched]"], "nothing to run"),
        (["--search", "--only", "typo", "--only", "real33"], "typo is not part of the search"),
        (["--kept", "."], "holds no archive of a run"),
        (["--outputs", "~nobody_here/x"], "~nobody_here/x: there is no such user's folder"),
    ],
)
def test_batch_names_a_wrong_setting(arguments, message, tmp_path: Path) -> None:
    command = ["batch", "--scale", "tiny", "--dry-run", "--outputs", str(tmp_path), *arguments]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 2
    assert isinstance(found.exception, SystemExit)  # no traceback
    assert message in found.output


def test_results_names_an_unknown_setting(tmp_path: Path) -> None:
    command = ["results", "--scale", "tiny", "--outputs", str(tmp_path), "--to", str(tmp_path)]
    for setting in (["--set", "seeds=1"], ["--set", "only=1"]):
        found = CliRunner().invoke(main, [*command, *setting])
        assert isinstance(found.exception, SystemExit)  # no traceback
        assert found.exit_code == 2
        assert "unknown parameter" in found.output


def test_results_needs_something_to_write_and_finished_runs(tmp_path: Path) -> None:
    command = ["results", "--scale", "tiny", "--outputs", str(tmp_path)]
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 2
    assert "--to, --paper or --samples" in found.output
    for option in ("--to", "--paper", "--samples"):
        found = CliRunner().invoke(main, [*command, option, str(tmp_path / "results")])
        assert found.exit_code == 1
        assert "no finished run of scale tiny" in found.output
        assert not (tmp_path / "results").exists()


def dry_run(folder: Path, *arguments: str) -> Result:
    command = ["batch", "--scale", "tiny", "--dry-run", "--outputs", str(folder / "outputs")]
    return CliRunner().invoke(main, [*command, "--only", "baseline", *arguments])


def test_a_plan_is_printed_without_data_and_a_repeated_seed_counts_once(tmp_path: Path) -> None:
    arguments = ["--data-root", str(tmp_path), "--seeds", "0,0", "--set", "learning_rate=1e-3"]
    found = dry_run(tmp_path, *arguments)
    assert "renders: not known" in found.output
    assert found.output.count("baseline") == 3  # under each protocol
    assert f"none of the classes' folders are in {tmp_path / 'imagenet'}" in found.output
    assert found.exit_code == 1  # the batch would fail


@pytest.mark.parametrize("folder", ["none_here", ""])
def test_a_plan_without_a_data_root_is_wrong_usage(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNTHLIB_DATA", raising=False)
    root = str(tmp_path / folder) if folder else ""
    found = dry_run(tmp_path, "--data-root", root)
    assert found.exit_code == 2
    assert ("no such folder" if folder else "no data root is given") in found.output
    assert found.output.count("baseline") == 3  # the plan stands before it


def test_a_plan_says_which_data_are_there_and_decodes_none(tmp_path: Path) -> None:
    for split, synset in itertools.product(("train", "val"), ("n07753592", "n07930864")):
        (tmp_path / "imagenet" / split / synset).mkdir(parents=True)
    arguments = ["--data-root", str(tmp_path), "--set", "classes=[banana, cup]"]
    arguments += ["--set", "assets=procedural", "--set", "test_sets=[real, synthetic_bg]"]
    found = dry_run(tmp_path, *arguments)
    assert found.exit_code == 1
    assert f"class banana: no backgrounds in {tmp_path / 'places'}" in found.output
    for category in ("kitchen", "a/bakery/shop"):
        (tmp_path / "places" / category).mkdir(parents=True)
        (tmp_path / "places" / category / "broken.jpg").write_bytes(b"no image")
    found = dry_run(tmp_path, *arguments)
    assert found.exit_code == 0, found.output
    there = "data: photographs of 2 classes and 2 categories of backgrounds"
    assert f"{there} in {tmp_path}" in found.output
    assert not (tmp_path / "outputs").exists()


def test_a_plan_of_photographs_alone_needs_no_backgrounds(tmp_path: Path) -> None:
    for split, synset in itertools.product(("train", "val"), ("n07753592", "n07930864")):
        (tmp_path / "imagenet" / split / synset).mkdir(parents=True)
    arguments = ["--data-root", str(tmp_path), "--set", "classes=[banana, cup]"]
    found = dry_run(tmp_path, *arguments, "--set", "test_sets=[real]")
    assert found.exit_code == 0, found.output
    assert f"data: photographs of 2 classes in {tmp_path}" in found.output


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        ("batch --scale tyni --dry-run", "did you mean tiny? allowed: demo, thesis, tiny"),
        (
            "batch --scale tiny --dry-run --only basline",
            "did you mean baseline? allowed: baseline,",
        ),
        ("batch --scale tiny --search --dry-run --only baselin", "did you mean baseline? allowed"),
        ("train --scale tiny --experiment mixd_real3", "did you mean mixed_real3? allowed:"),
        ("train --scale tiny --experiment real3 --protocol tunned", "; did you mean tuned?"),
        ("table --scale tiny --set epoch=3", "(value 3); did you mean epochs? `synthlib params`"),
        ("table --scale tiny --set classes=[banana,cupp]", "did you mean cup? allowed: alarm_cl"),
        ("table --scale tiny --set test_sets=[rael]", "'synthetic_nobg'; did you mean real?"),
        ("table --scale tiny --set schedule=cosin", "'linear'; did you mean cosine?"),
        ("assets sheet --class keyboard", "did you mean pc_keyboard? allowed: alarm_clock"),
        ("params epoch", "did you mean epochs? `synthlib params` lists all"),
        ("rendr --scale tiny", "Did you mean 'render'?"),
        ("render verfy --scale tiny", "Did you mean 'verify'?"),
        ("fetch place", "Did you mean one of: 'places'"),
        ("batch --scal tiny", "Did you mean '--scale'?"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_one_and_exit_code_2(arguments, suggestion) -> None:
    found = CliRunner().invoke(main, arguments.split())
    assert suggestion in found.output, found.output
    assert found.exit_code == 2
    assert isinstance(found.exception, SystemExit)  # no traceback


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["render"], 2),  # nothing to render is named
        (["render", "--scale"], 2),
        (["train", "--scale", "tiny"], 2),  # no experiment
        (["batch", "--scale", "tiny", "--jobs", "0", "--dry-run"], 2),
        (["train", "--scale", "tiny", "--experiment", "real3", "--set", "epochs=0"], 2),
        (["render", "stats", "--scale", "tiny", "--set", "assets=procedural"], 1),  # no renders
        (["table", "--scale", "tiny"], 1),  # no finished run
        (["render", "--help"], 0),
        (["params", "epochs"], 0),
    ],
)
def test_exit_codes_of_the_command_itself(arguments, code, tmp_path: Path) -> None:
    if code == 1:
        arguments = [*arguments, "--outputs", str(tmp_path)]
    command = [sys.executable, "-m", "synthlib", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def leaf_commands(
    group: click.Group, path: str = "synthlib"
) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaf_commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


@pytest.mark.parametrize(("path", "command"), list(leaf_commands(main)))
def test_the_examples_in_a_commands_help_are_of_it_and_can_be_parsed(
    path: str, command: click.Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results/runs").mkdir(parents=True)  # archives that an example names
    parsed: list[str] = []
    for other_path, other in leaf_commands(main):
        monkeypatch.setattr(other, "callback", lambda *, p=other_path, **_: parsed.append(p))
    shown = CliRunner().invoke(main, [*path.split()[1:], "--help"]).output
    _, heading, block = re.split(r"(Examples?:)", shown, maxsplit=1)
    examples = [line.strip() for line in block.split("\n\n")[0].splitlines() if line.strip()]
    assert heading == ("Examples:" if len(examples) > 1 else "Example:")
    assert len(examples) == block.split("\n\n")[0].strip().count("\n") + 1  # not wrapped
    for example in examples:
        words = shlex.split(example.partition(" > ")[0], comments=True)
        if words[0] == "synthlib":
            found = CliRunner().invoke(main, words[1:])
            assert found.exit_code == 0, (example, found.output)
    assert parsed
    assert set(parsed) == {path}
