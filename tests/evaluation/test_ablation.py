"""The ablation: its plan, and what is lost without each factor."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from synthlib import evaluation, params as parameters
from synthlib.cli import main
from synthlib.evaluation import ablation
from synthlib.evaluation.statistics import paired_interval
from synthlib.reporting import figures, tables
from synthlib.reporting.tables.captions import scale_params
from synthlib.runs import RunError, batch_command
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_runs import write_fake_run


def write_run(
    outputs: Path, experiment: str, factor: str, top1: float, seed: int = 0, **settings
) -> Path:
    content = ablation.read_ablation()
    values = content.experiments[experiment] | content.without.get(factor, {})
    values |= {"test_sets": content.test_sets} | settings
    name = ablation.ablation_run_name(experiment, factor)
    return write_fake_run(outputs, name, top1, protocol=content.protocol, seed=seed, n=50, **values)


def test_each_run_undoes_one_factor_and_changes_nothing_else() -> None:
    content = ablation.read_ablation()
    planned = ablation.plan_ablation("tiny", seeds=[0, 1])
    assert len(planned) == 2 * len(content.factors) * len(content.experiments)
    assert len({(p.experiment, p.seed) for p in planned}) == len(planned)
    by_name = {p.experiment: p for p in planned if p.seed == 0}
    for experiment in content.experiments:
        plain = parameters.load("tiny", experiment, protocol="tuned").result_parameters()
        complete = by_name[ablation.ablation_run_name(experiment, "none")].result_parameters()
        differing = {key for key, value in complete.items() if value != plain[key]}
        assert differing == content.experiments[experiment].keys()
        for factor, level in content.without.items():
            values = by_name[ablation.ablation_run_name(experiment, factor)].result_parameters()
            changed = {key for key, value in values.items() if value != complete[key]}
            assert changed
            assert changed <= level.keys()
    synthetic, mixed, *_ = planned
    assert synthetic.steps == mixed.phase_ends[0] * mixed.steps


def test_every_planned_run_has_renders_that_can_be_made() -> None:
    from synthlib.data import prepare

    for p in ablation.plan_ablation("tiny", assets="procedural")[::2]:
        prepare.render_plan(p)


def test_effects_are_paired_differences_from_the_run_with_all_factors(tmp_path: Path) -> None:
    assert evaluation.ablation_effects(tmp_path, "tiny").empty
    write_run(tmp_path, "mixed_real10", "light", 40)
    assert evaluation.ablation_effects(tmp_path, "tiny").empty  # nothing to compare it with
    write_run(tmp_path, "mixed_real10", "none", 50)
    write_run(tmp_path, "mixed_real10", "object in crop", 52)
    table = evaluation.ablation_effects(tmp_path, "tiny").set_index("factor")
    assert list(table.index) == ["light", "object in crop"]
    light = table.loc["light"].to_dict()
    assert (light["first_top1"], light["second_top1"]) == pytest.approx((40, 50))
    assert (light["effect"], light["n"], light["runs"], light["seeds"]) == (10, 700, 2, "0")
    assert 0 < light["low"] < 10 < light["high"]
    assert table.loc["object in crop", "effect"] == pytest.approx(-2)
    state = evaluation.ablation_state(tmp_path, "tiny").set_index("experiment")
    assert state["done"].to_dict() == {"synth_bg": 0, "mixed_real10": 3}
    # these runs, which have other images, do not stand for the scale
    assert scale_params(tmp_path, "tiny").poses == "thesis"


def test_a_factor_that_is_undone_together_with_another_is_compared_with_that_one(
    tmp_path: Path,
) -> None:
    content = ablation.read_ablation()
    pose, instances = content.without["pose"], content.without["instances"]
    assert instances.items() < pose.items()  # they differ in the poses alone
    write_run(tmp_path, "synth_bg", "none", 40)
    write_run(tmp_path, "synth_bg", "pose", 30)
    assert evaluation.ablation_effects(tmp_path, "tiny").empty
    write_run(tmp_path, "synth_bg", "instances", 36)
    effects = evaluation.ablation_effects(tmp_path, "tiny").set_index("factor")["effect"]
    assert effects.to_dict() == pytest.approx({"pose": 6, "instances": 4})


def test_several_seeds_are_paired_within_each(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_run(tmp_path, "synth_bg", "none", 40 + 4 * seed, seed)
        write_run(tmp_path, "synth_bg", "light", 36, seed)
    write_run(tmp_path, "synth_bg", "light", 0, 2)  # without a partner
    [row] = evaluation.ablation_effects(tmp_path, "tiny").to_dict("records")
    assert (row["effect"], row["runs"], row["seeds"]) == (pytest.approx(6), 4, "0, 1")
    wide = row["high"] - row["low"]
    low, high = paired_interval(np.ones((1, 700)), np.zeros((1, 700)))
    assert wide > high - low


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"batch_size": 32}, "differ in batch_size"), ({"blending": "hard"}, "with blending hard")],
)
def test_runs_that_differ_in_more_than_the_factor_are_refused(
    tmp_path: Path, settings: dict, message: str
) -> None:
    write_run(tmp_path, "mixed_real10", "none", 50)
    write_run(tmp_path, "mixed_real10", "light", 40, **settings)
    with pytest.raises(RunError, match=message):
        evaluation.ablation_effects(tmp_path, "tiny")


def test_a_malformed_file_gets_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = yaml.safe_load((ablation.project_dir() / "params/ablation.yaml").read_text())
    monkeypatch.setattr(ablation, "project_dir", lambda: tmp_path)
    with pytest.raises(ParameterError, match=r"no .*ablation\.yaml"):
        ablation.read_ablation()
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "ablation.yaml"
    cases = {
        "allowed and needed": content | {"factors": {}},
        "factor pose needs parameters": content | {"without": {"pose": {}}},
        "compared_with is None; needed: a mapping": content | {"compared_with": None},
        "compared_with names blur": content | {"compared_with": {"pose": "blur"}},
        "factor blur changes nothing": content
        | {"without": {"blur": {"blending": "random"}}, "compared_with": {}},
    }
    for message, values in cases.items():
        path.write_text(yaml.safe_dump(values))
        with pytest.raises(ParameterError, match=message):
            ablation.plan_ablation("tiny")


def test_texts_and_figure_say_what_was_found_and_what_is_missing(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    effects = evaluation.ablation_effects(tmp_path, "tiny")
    assert "0 of 14 runs; `synthlib batch --scale tiny --ablation --only synth_bg`" in (
        tables.ablation_markdown(effects, p)
    )
    write_run(tmp_path, "mixed_real10", "none", 50)
    write_run(tmp_path, "mixed_real10", "shadow", 40)
    write_run(tmp_path, "mixed_real10", "tone", 50)
    write_run(tmp_path, "synth_bg", "none", 40)
    write_run(tmp_path, "synth_bg", "light", 30)
    effects = evaluation.ablation_effects(tmp_path, "tiny")
    text = tables.ablation_markdown(effects, p)
    assert "`mixed_real10`: 3 of 14 runs" in text
    assert "of 2 factors, 1 have an interval without 0: shadow +10.0 [" in text
    figure = figures.ablation_figure(effects, p)
    # factors by their effect on the mix, then those that only the other experiment has
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["shadow", "tone", "light"]


def test_the_command_plans_the_ablation(tmp_path: Path) -> None:
    arguments = ["batch", "--scale", "tiny", "--ablation", "--dry-run"]
    arguments += ["--outputs", str(tmp_path / "o")]
    found = CliRunner().invoke(main, [*arguments, "--only", "synth_bg"])
    assert "synth_bg@ablation_size_and_place" in found.output
    assert found.output.splitlines()[-2].startswith("14 runs, 0 done")
    wrong = CliRunner().invoke(main, [*arguments, "--set", "poses=thesis"])
    assert "poses" in wrong.output
    assert wrong.exit_code == 2
    assert "--ablation" in batch_command("tiny", "synth_bg@ablation_pose", "tuned")
