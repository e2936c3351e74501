"""The fair baseline: its plan, and the comparison on `real` of the best settings on `dev`."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from synthlib import evaluation, params as parameters
from synthlib.cli import main
from synthlib.evaluation import fair_baseline
from synthlib.reporting import tables
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_runs import write_fake_run

PAIRS = fair_baseline.REAL_AND_MIXED_PAIRS
N = 20
"""Number of images per class and test set."""


def write_fake_search(outputs: Path, experiment: str, best: str, top1: float) -> None:
    """Runs of every setting. On `dev`, `best` reaches 80% and the others 50%; on `real`, `best`
    reaches `top1` and the others 10 points more, which must not count."""
    for setting in fair_baseline.SETTINGS:
        name = fair_baseline.search_experiment_name(experiment, setting)
        on_real = top1 if setting == best else top1 + 10
        sets = {"test_sets": ["real"]}
        folder = write_fake_run(outputs, name, on_real, protocol="matched", n=N, **sets)
        real = pd.read_parquet(folder / "predictions.parquet")
        dev = real.assign(test_set="dev", sample="dev/" + real["sample"])
        correct = dev.groupby("true").cumcount() < (0.8 if setting == best else 0.5) * N
        logits = [column for column in dev if str(column).startswith("logit_")]
        dev[logits] = 0.0
        for true in dev["true"].unique():
            wrong = next(column for column in logits if column != f"logit_{true}")
            of_class = dev["true"] == true
            dev.loc[of_class & correct, f"logit_{true}"] = 5.0
            dev.loc[of_class & ~correct, wrong] = 5.0
        pd.concat([real, dev]).to_parquet(folder / "predictions.parquet", index=False)


def test_alone_and_mixed_get_the_same_search() -> None:
    planned = fair_baseline.plan_search("tiny", seeds=[0, 1])
    assert len(planned) == 2 * 8 * 6
    names = {p.experiment for p in planned}
    assert len(names) == 8 * 6
    for alone, mixed in PAIRS:
        for experiment in (alone, mixed):
            prefix = f"{experiment}@"
            searched = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
            assert searched == set(fair_baseline.SETTINGS)
    unsearched_runs = {name: parameters.load("tiny", name) for pair in PAIRS for name in pair}
    for p in planned:
        assert (p.protocol, p.test_sets) == ("matched", ["dev", "real"])
        unsearched = unsearched_runs[p.experiment.partition("@")[0]]
        assert (p.real_fraction, p.synthetic_fraction) == (
            unsearched.real_fraction,
            unsearched.synthetic_fraction,
        )
        assert p.experiment.endswith(f"@lr{p.learning_rate:g}-{p.augmentation}")
    with pytest.raises(ParameterError, match=r"no params file .*nothing\.yaml"):
        parameters.load("tiny", "nothing@lr0.1")
    with pytest.raises(ParameterError, match="dev_per_class 0"):
        fair_baseline.plan_search("tiny", dev_per_class=0)


def test_the_best_on_dev_is_compared_on_the_test(tmp_path: Path) -> None:
    write_fake_search(tmp_path, "real33", "lr0.01-thesis", 40)
    write_fake_search(tmp_path, "mixed_real33", "lr0.03-matched", 60)
    write_fake_search(tmp_path, "real3", "lr0.01-thesis", 40)  # its mix has not run
    found = evaluation.fair_comparison(tmp_path, "tiny")
    assert len(found) == 1
    row = found.iloc[0]
    assert row["fraction"] == pytest.approx(0.3333)
    assert row["n_real"] == 910
    assert (row["alone_setting"], row["mixed_setting"]) == ("lr0.01-thesis", "lr0.03-matched")
    assert (row["alone_dev"], row["mixed_dev"]) == pytest.approx((80, 80))
    assert (row["alone_top1"], row["mixed_top1"]) == pytest.approx((40, 60))
    assert row["difference"] == pytest.approx(20)
    assert row["low"] < 20 < row["high"]
    assert row["verdict"] == "supported"
    p = parameters.load("tiny", "baseline")
    assert "33% of the real photographs (910): alone 40.0%" in tables.fair_comparison_markdown(
        found, p
    )


def test_an_incomplete_search_is_not_compared(tmp_path: Path) -> None:
    write_fake_search(tmp_path, "real33", "lr0.01-thesis", 40)
    write_fake_search(tmp_path, "mixed_real33", "lr0.03-matched", 60)
    unfinished = next((tmp_path / "runs/tiny/matched").glob("real33@*/*/status.json"))
    unfinished.write_text('{"state": "running"}')
    found = evaluation.fair_comparison(tmp_path, "tiny")
    assert found.empty
    assert "verdict" in found


def test_runs_of_the_search_are_in_no_table_of_the_thesis(tmp_path: Path) -> None:
    write_fake_search(tmp_path, "real33", "lr0.01-thesis", 40)
    table = tables.thesis_table(25, tmp_path, "tiny")
    for frame in (table.frame, table.companions["matched"].frame):
        assert frame["top1", "measured"].isna().all()


def test_the_command_plans_the_search(tmp_path: Path) -> None:
    arguments = ["batch", "--scale", "tiny", "--search", "--dry-run"]
    arguments += ["--outputs", str(tmp_path / "o")]
    found = CliRunner().invoke(main, [*arguments, "--only", "real33", "--only", "mixed_real33"])
    *lines, _, total, error = found.output.splitlines()
    assert "no data root is given" in error
    assert len(lines) == 12
    assert total == "12 runs, 0 done; 12 of a kind that has not run here yet"
    assert "real33@lr0.003-matched" in found.output
