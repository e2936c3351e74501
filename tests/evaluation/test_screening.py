"""The screening: an orthogonal design, its plan, and effects that were put into its responses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from synthlib import evaluation, params as parameters
from synthlib.cli import main
from synthlib.evaluation import screening
from synthlib.reporting.tables.captions import scale_params
from synthlib.runs import RunError, batch_command
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_runs import write_fake_run


@pytest.mark.parametrize("n_runs", [12, 16])
def test_columns_of_a_design_are_balanced_and_orthogonal(n_runs: int) -> None:
    design = screening.plackett_burman(n_runs)
    assert design.shape == (n_runs, n_runs - 1)
    assert set(np.unique(design)) == {-1, 1}
    assert not design.sum(axis=0).any()
    np.testing.assert_array_equal(design.T @ design, n_runs * np.eye(n_runs - 1, dtype=int))
    assert (design == -1).all(axis=1).sum() == 1
    for i in range(n_runs - 1):
        for j in range(i):  # each pair of levels in a quarter of the runs
            pairs = 2 * design[:, i] + design[:, j]
            assert np.unique(pairs, return_counts=True)[1].tolist() == [n_runs // 4] * 4
    with pytest.raises(ValueError, match="no design of 10 runs"):
        screening.plackett_burman(10)


def test_every_run_sets_all_factors_and_nothing_else() -> None:
    content = screening.read_screening()
    assert len(content.factors) == 12
    assert content.design.shape == (16, 15)
    planned = screening.plan_screening("tiny", seeds=[0, 1])
    assert len(planned) == 2 * 16 * 2
    assert len({(p.experiment, p.seed) for p in planned}) == len(planned)
    plain = {
        name: parameters.load("tiny", name, protocol="tuned").result_parameters()
        for name in content.experiments
    }
    for p in planned[:32]:
        experiment, _, row = p.experiment.partition("@screen_")
        values = p.result_parameters()
        differing = {key for key, value in values.items() if value != plain[experiment][key]}
        levels = content.levels(int(row) - 1)
        assert differing <= levels.keys() | content.experiments[experiment].keys()
        assert all(getattr(p, key) == value for key, value in levels.items())
    first = planned[0]  # all factors at their first level
    assert (first.poses, first.blending, first.object_contrast) == ("thesis", "hard", 1.0)
    # the synthetic runs have the synthetic steps of the mixed ones
    assert planned[0].steps == planned[1].phase_ends[0] * planned[1].steps


def test_each_factor_can_be_planned_with_any_other() -> None:
    """Combinations that the renders' settings refuse would stop a screening in the middle."""
    from synthlib.data import prepare

    planned = screening.plan_screening("tiny", assets="procedural")
    plans = [prepare.render_plan(p) for p in planned]
    # one set of renders for four runs that follow each other
    sets = [repr(plan.settings) for plan in plans]
    assert len(set(sets)) == 8
    assert all(sets[i] == sets[i - i % 4] for i in range(len(sets)))


def simulated_correct(effects: np.ndarray, n: int, run_sd: float, seed: int) -> np.ndarray:
    """Correctness of 16 runs on n photographs with known effects of the columns, in points.

    Photographs differ in difficulty, and each run's level varies by `run_sd` points.
    """
    rng = np.random.default_rng(seed)
    design = screening.plackett_burman(16)
    level = 40 + design @ effects / 2 + rng.normal(0, run_sd, 16)
    difficulty = rng.normal(0, 20, n)
    chance = np.clip((level[:, None] + difficulty - difficulty.mean()) / 100, 0, 1)
    return (rng.random((16, n)) < chance).astype(float)


def test_known_effects_are_found_and_intervals_cover_them() -> None:
    names = [*"abcdefghijkl", *(f"{screening.FREE_COLUMN} {i}" for i in (1, 2, 3))]
    true = np.zeros(15)
    true[[0, 3, 7]] = 8, -5, 3
    design = screening.plackett_burman(16)
    tables = [
        screening.design_effects(simulated_correct(true, 900, 1.0, seed), design, names)
        for seed in range(120)
    ]
    effects = np.stack([table["effect"] for table in tables])
    np.testing.assert_allclose(effects.mean(axis=0), true, atol=0.45)
    covered = [(t["low"] <= true) & (true <= t["high"]) for t in tables]
    assert 0.9 <= np.mean([c[:12].mean() for c in covered]) <= 0.995
    # an effect of the detectable size is found in about 80% of the studies
    detectable = np.median([t["detectable"][:12].mean() for t in tables])
    planted = np.zeros(15)
    planted[5] = detectable
    found = [
        screening.design_effects(simulated_correct(planted, 900, 1.0, seed), design, names)["low"][
            5
        ]
        > 0
        for seed in range(120)
    ]
    assert 0.65 <= np.mean(found) <= 0.95


def test_the_photographs_part_of_the_error_is_that_of_a_bootstrap() -> None:
    """With no spread of the free columns beyond sampling, the interval is a paired bootstrap's."""
    design = screening.plackett_burman(12)
    rng = np.random.default_rng(1)
    correct = (rng.random((12, 500)) < 0.5).astype(float)
    names = ["a", *(f"{screening.FREE_COLUMN} {i}" for i in range(10))]
    row = screening.design_effects(correct, design, names).iloc[0]
    by_photograph = 100 * (design[:, 0] @ correct) / 6
    assert row["effect"] == pytest.approx(by_photograph.mean())
    draws = rng.integers(0, 500, (4000, 500))
    bootstrap = np.quantile(by_photograph[draws].mean(axis=1), [0.025, 0.975])
    assert row["low"] == pytest.approx(bootstrap[0], abs=0.8)
    assert row["high"] == pytest.approx(bootstrap[1], abs=0.8)


def write_fake_screening(outputs: Path, experiment: str, gain: float = 0.0) -> None:
    """Runs of every row: 40% and `gain` points more with the second level of the first factor."""
    content = screening.read_screening()
    for row, sign in enumerate(content.design[:, 0]):
        name = screening.screening_run_name(experiment, row)
        values = content.levels(row) | content.experiments[experiment]
        values |= {"test_sets": content.test_sets}
        top1 = 40 + (gain if sign > 0 else 0)
        write_fake_run(outputs, name, top1, protocol=content.protocol, n=50, **values)


def test_effects_come_from_complete_sets_of_runs(tmp_path: Path) -> None:
    assert evaluation.screening_effects(tmp_path, "tiny").empty
    write_fake_screening(tmp_path, "mixed_real10", gain=10)
    table = evaluation.screening_effects(tmp_path, "tiny")
    assert set(table["experiment"]) == {"mixed_real10"}  # synth_bg has not run
    row = table.iloc[0]
    assert (row["factor"], row["runs"], row["n"], row["seeds"]) == ("pose", 16, 700, "0")
    assert (row["first_top1"], row["second_top1"]) == pytest.approx((40, 50))
    assert row["effect"] == pytest.approx(10)
    assert row["low"] > 0
    state = screening.screening_state(tmp_path, "tiny").set_index("experiment")["done"]
    assert state.to_dict() == {"synth_bg": 0, "mixed_real10": 16}
    # its runs, which have other images, do not stand for the scale
    assert scale_params(tmp_path, "tiny").poses == "thesis"
    folder = next((tmp_path / "runs/tiny/tuned").glob("mixed_real10@screen_01/*"))
    values = yaml.safe_load((folder / "params.yaml").read_text())
    other = {"photographed": "thesis", "thesis": "photographed"}[values["poses"]]
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"poses": other}))
    with pytest.raises(RunError, match=f"was made with poses {other}"):
        evaluation.screening_effects(tmp_path, "tiny")


def test_runs_that_differ_in_more_than_the_levels_are_refused(tmp_path: Path) -> None:
    write_fake_screening(tmp_path, "synth_bg")
    folder = next((tmp_path / "runs/tiny/tuned").glob("synth_bg@screen_05/*"))
    values = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"batch_size": 32}))
    with pytest.raises(RunError, match="screening of synth_bg differ in batch_size"):
        evaluation.screening_effects(tmp_path, "tiny")


def test_a_malformed_file_gets_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "project_dir", lambda: tmp_path)
    with pytest.raises(ParameterError, match=r"no .*screening\.yaml"):
        screening.read_screening()
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "screening.yaml"
    good = {"protocol": "tuned", "experiments": {"synth_bg": {}}, "test_sets": ["dev"]}
    cases = {
        "allowed and needed": good,
        "factor pose needs two levels": good | {"factors": {"pose": [{}]}},
        "poses is set by both": good
        | {"factors": {name: [{}, {"poses": "thesis"}] for name in "ab"}},
        "has 13 factors": good | {"factors": {f"f{i}": [{}, {f"p{i}": 1}] for i in range(13)}},
    }
    for message, content in cases.items():
        path.write_text(yaml.safe_dump(content))
        with pytest.raises(ParameterError, match=message):
            screening.read_screening()


def test_the_command_plans_the_screening(tmp_path: Path) -> None:
    arguments = ["batch", "--scale", "tiny", "--screening", "--dry-run"]
    arguments += ["--outputs", str(tmp_path / "o")]
    found = CliRunner().invoke(main, [*arguments, "--only", "synth_bg"])
    assert "no data root is given" in found.output.splitlines()[-1]
    assert "synth_bg@screen_16" in found.output
    assert found.output.splitlines()[-2].startswith("16 runs, 0 done")
    wrong = CliRunner().invoke(main, [*arguments, "--set", "poses=thesis"])
    assert "poses" in wrong.output
    assert wrong.exit_code != 0
    assert (
        "not part of the screening"
        in CliRunner().invoke(main, [*arguments, "--only", "baseline"]).output
    )
    both = CliRunner().invoke(main, [*arguments, "--search"])
    assert "--search and --screening are two plans" in both.output
    assert "--screening" in batch_command("tiny", "synth_bg@screen_01", "tuned")


def test_the_design_is_shown_as_a_table() -> None:
    table = screening.design_table()
    assert table.shape == (16, 12)
    assert (table == "second").sum().tolist() == [8] * 12
    assert isinstance(table, pd.DataFrame)
