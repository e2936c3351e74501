"""Tables of finished runs, and the refusal to mix studies."""

import json
import shutil
from pathlib import Path

import pytest

from synthlib import evaluation
from synthlib.reporting import tables
from synthlib.runs import RunError
from tests.helpers.fake_runs import write_fake_run


def test_an_empty_study_gives_an_empty_table(tmp_path: Path) -> None:
    table = evaluation.metrics_table(tmp_path, "tiny")
    assert table.empty
    assert {"top1", "n_real", "n_test", "seed", "protocol"} <= set(table.columns)


def test_runs_of_two_studies_are_not_compared(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "real33", 40, image_size=96)
    with pytest.raises(RunError, match=r"image_size is 96 in .*real33.* and 64 in .*baseline"):
        evaluation.compare_experiments(tmp_path, "tiny", "real33", "baseline")
    # nor is a mean taken over their seeds
    write_fake_run(tmp_path, "baseline", 60, seed=1, epochs=99)
    with pytest.raises(RunError, match=r"epochs is .* and 99 in .*seed1"):
        tables.thesis_table(10, tmp_path, "tiny")


def test_a_run_with_other_settings_is_named_not_averaged(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    changed = write_fake_run(tmp_path, "baseline", 40, seed=1, learning_rate=0.3)
    with pytest.raises(RunError, match=r"learning_rate is 0.01 in .* and 0.3 in .*seed1"):
        tables.thesis_table(10, tmp_path, "tiny")
    shutil.rmtree(changed)
    write_fake_run(tmp_path, "baseline_lr01", 50)  # another experiment, which is about that
    write_fake_run(tmp_path, "real33", 40, batch_size=8)
    assert evaluation.compare_experiments(tmp_path, "tiny", "baseline_lr01", "baseline") is not None
    with pytest.raises(RunError, match=r"batch_size is 64 in .* and 8 in .*real33"):
        evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")


@pytest.mark.parametrize(
    "given",
    [
        {"real_share": 0.3},
        {"balanced": True},
        {"augmentation": "matched"},
        {"learning_rate": 0.1},
        {"schedule": "constant"},
        {"precision": "fp32"},
    ],
)
def test_a_trial_of_one_experiment_is_not_compared_with_the_study(
    tmp_path: Path, given: dict
) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "mixed_real33", 50, **given)
    [key] = given
    with pytest.raises(RunError, match=rf"{key} is .* in .*mixed_real33.* and .*baseline"):
        evaluation.compare_experiments(tmp_path, "tiny", "mixed_real33", "baseline")
    with pytest.raises(RunError, match=f"{key} is "):
        tables.statements(tmp_path, "tiny")


def test_numbers_of_classes_are_not_averaged_over_two_studies(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "baseline", 40, seed=1, epochs=3)
    with pytest.raises(RunError, match="epochs is "):
        tables.thesis_table(20, tmp_path, "tiny")
    with pytest.raises(RunError, match="epochs is "):
        tables.confusion_pair(26, tmp_path, "tiny")


def test_an_unpaired_comparison_is_within_one_study(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "synth_bg", 20, epochs=3)
    with pytest.raises(RunError, match="epochs is "):
        evaluation.compare_experiments(
            tmp_path,
            "tiny",
            "baseline",
            "synth_bg",
            test_set="real",
            second_test_set="synthetic_bg",
        )


def test_runs_on_other_photographs_are_not_compared(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    folder = write_fake_run(tmp_path, "real33", 40)
    status = json.loads((folder / "status.json").read_text())
    for key, name in (("photographs", "photographs"), ("recipe", "renders")):
        changed = status | {"data": status["data"] | {key: "000000"}}
        (folder / "status.json").write_text(json.dumps(changed))
        with pytest.raises(RunError, match=rf"runs on other data .*: the {name} of .*baseline"):
            evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33")
    photographs_only = {"photographs": status["data"]["photographs"]}
    (folder / "status.json").write_text(json.dumps(status | {"data": photographs_only}))
    assert evaluation.compare_experiments(tmp_path, "tiny", "baseline", "real33") is not None


def test_a_run_whose_parameters_are_no_longer_valid_is_named(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "baseline", 60)
    with (folder / "params.yaml").open("a") as file:
        file.write("old_key: 3\n")
    with pytest.raises(RunError, match=rf"{folder}/params.yaml: old_key: .* move it out"):
        tables.thesis_table(10, tmp_path, "tiny")


def test_protocols_of_equal_steps_are_shown_once_they_have_run(tmp_path: Path) -> None:
    assert evaluation.shown_protocols(tmp_path, "tiny") == ("thesis", "matched")
    write_fake_run(tmp_path, "baseline", 60, protocol="tuned")
    assert evaluation.shown_protocols(tmp_path, "tiny") == ("thesis", "tuned")
    write_fake_run(tmp_path, "baseline", 60, protocol="matched")
    assert evaluation.shown_protocols(tmp_path, "tiny") == ("thesis", "matched", "tuned")


def test_what_a_protocol_sets_for_mixed_runs_must_be_equal_in_those_only(tmp_path: Path) -> None:
    for name, top1 in {"real10": 40, "mixed_real10": 50, "mixed_real33": 60}.items():
        write_fake_run(tmp_path, name, top1, protocol="tuned")
    compared = evaluation.compare_experiments(tmp_path, "tiny", "mixed_real10", "real10", "tuned")
    assert compared is not None
    assert compared["difference"] == pytest.approx(10)
    write_fake_run(tmp_path, "mixed_real3", 30, protocol="tuned", phase_real_shares=[0.0, 0.5])
    with pytest.raises(RunError, match=r"phase_real_shares is \[0\.0, 0\.6\] .*\[0\.0, 0\.5\]"):
        evaluation.compare_experiments(tmp_path, "tiny", "mixed_real10", "mixed_real3", "tuned")
