"""`synthlib params` lists every parameter, and says what sets one and its value in a run."""

import re

import pytest
import yaml
from click.testing import CliRunner, Result

from synthlib import params as parameters
from synthlib.cli import main, param_reference
from synthlib.params import Params, validate_params
from synthlib.utils.files import project_dir


def show(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["params", *arguments])


def test_every_parameter_is_described_once_and_in_the_order_of_the_model() -> None:
    text = (project_dir() / "synthlib/cli/param_descriptions.yaml").read_text()
    names = re.findall(r"^  (\w+):", text, re.MULTILINE)
    assert names == list(Params.model_fields)
    assert list(param_reference.describe_params()) == names
    for info in param_reference.describe_params().values():
        assert info.description.endswith("."), info.name
        assert info.summary.endswith("."), info.name
        assert 10 < len(info.summary) < 125, info.name


def test_the_list_has_a_line_for_each_parameter_with_its_default_and_range() -> None:
    shown = show()
    assert shown.exit_code == 0
    lines = {line.split()[0]: line for line in shown.output.splitlines() if line.startswith("  ")}
    assert list(lines) == list(Params.model_fields)
    assert re.search(r"^  epochs +120 +Passes .*\(integer, 1 or more\)$", lines["epochs"])
    assert re.search(r"^  real_fraction +- ", lines["real_fraction"])  # has no default
    assert lines["views"].endswith("(integer, 1 to 26)")
    assert lines["protocol"].endswith("(thesis, matched or tuned)")
    assert lines["momentum"].endswith("(number, 0 or more, below 1)")
    assert lines["nesterov"].endswith("(true or false)")
    assert lines["roll_range"].endswith("([least, most], numbers within -180 and 180)")
    assert lines["hybrid_nobg"].endswith("(list of text or null)")
    assert "\nRenders\n" in shown.output


def test_a_default_is_written_as_set_takes_it() -> None:
    required = {"real_fraction": 1.0, "synthetic_fraction": 0.0}
    defaults = validate_params(required)
    for info in param_reference.describe_params().values():
        if info.default:
            value = yaml.safe_load(info.default)
            given = validate_params(required | {info.name: value})
            assert getattr(given, info.name) == getattr(defaults, info.name), info.name


def test_the_list_of_a_run_has_its_values_and_the_defaults_that_they_replace() -> None:
    shown = show("--scale", "tiny", "--experiment", "mixed_real3", "--protocol", "tuned").output
    assert re.search(r"^  epochs +20 .*; default 120\)$", shown, re.MULTILINE)
    assert re.search(r"^  phase_ends +\[0.5, 1.0\] .*; default \[\]\)$", shown, re.MULTILINE)
    assert re.search(r"^  render_bounces +12 .*\(integer, 0 to 1024\)$", shown, re.MULTILINE)


def test_a_parameter_is_explained_with_the_files_that_set_it() -> None:
    shown = show("learning_rate").output
    files = [line.split() for line in shown.splitlines() if line.startswith("  params/")]
    folder = project_dir()
    expected = [
        [path.relative_to(folder).as_posix(), str(values["learning_rate"])]
        for kind in ("scales", "protocols", "experiments")
        for path in sorted((folder / "params" / kind).rglob("*.yaml"))
        if "learning_rate" in (values := yaml.safe_load(path.read_text()) or {})
    ]
    assert files == expected
    assert ["params/protocols/tuned/all.yaml", "0.05"] in files
    assert "allowed: number, above 0\ndefault: 0.01\n" in shown
    assert "value at" not in shown
    assert "set by no file" in show("peek").output
    assert "it changes no result" in show("workers").output


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ("learning_rate --scale tiny", "0.01 (from the default)"),
        (
            "learning_rate --scale tiny --experiment baseline_lr01",
            "0.1 (from params/experiments/baseline_lr01.yaml)",
        ),
        (
            "learning_rate --scale tiny --experiment real33 --protocol tuned",
            "0.05 (from params/protocols/tuned/all.yaml)",
        ),
        (
            "phase_real_shares --scale tiny --experiment mixed_real3 --protocol tuned",
            "[0.0, 0.6] (from params/protocols/tuned/mixed.yaml)",
        ),
        ("epochs --scale tiny", "20 (from params/scales/tiny.yaml)"),
        ("protocol --scale tiny --protocol matched", "matched (from --protocol)"),
    ],
)
def test_a_run_gets_its_value_from_the_file_that_is_named(arguments: str, value: str) -> None:
    shown = show(*arguments.split())
    assert shown.exit_code == 0, shown.output
    assert shown.output.splitlines()[-1].endswith(f": {value}")


def test_sources_agree_with_what_is_loaded() -> None:
    for protocol in parameters.PROTOCOLS:
        run = parameters.load("tiny", "mixed_real33", protocol=protocol)
        for info in param_reference.describe_params().values():
            source = param_reference.source_of(info.name, run)
            setting = param_reference.files_that_set(info.name)
            value = param_reference.value_text(getattr(run, info.name))
            if info.name != "protocol":  # given in place of the files
                expected = setting.get(source, info.default)
                assert yaml.safe_load(expected) == yaml.safe_load(value), info.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("epoch", "unknown parameter 'epoch'; did you mean epochs? `synthlib params` lists all"),
        (
            "smooth",
            "unknown parameter 'smooth'; parameters with it in their name: label_smoothing;",
        ),
        ("lerning_rate", "unknown parameter 'lerning_rate'; did you mean learning_rate?"),
        ("xyz", "unknown parameter 'xyz'; `synthlib params` lists all"),
        ("epochs --experiment baseline", "--experiment and --protocol need --scale"),
        ("epochs --scale tyni", "did you mean tiny?"),
        ("epochs --scale tiny --protocol matchd", "did you mean matched?"),
    ],
)
def test_a_wrong_name_is_wrong_usage(arguments: str, message: str) -> None:
    found = show(*arguments.split())
    assert found.exit_code == 2
    assert message in found.output
