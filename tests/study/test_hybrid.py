"""Tables made of finished runs."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from synthlib import params as parameters
from synthlib.runs import RunError
from synthlib.study.hybrid import choose_hybrid_classes
from tests.helpers.fake_runs import write_fake_run

CLASSES = ["banana", "basketball", "backpack"]


def _finished(
    outputs: Path, experiment: str, correct: list[int], test_set: str = "real_rest", **given
) -> None:
    """A finished run that is correct on `correct[i]` of the four photographs of class i."""
    folder = outputs / "runs" / "tiny" / "thesis" / experiment / "seed0-abc"
    folder.mkdir(parents=True)
    rows = []
    for i, name in enumerate(CLASSES):
        for k in range(4):
            predicted = i if k < correct[i] else (i + 1) % 3
            logits = {f"logit_{c}": float(j == predicted) for j, c in enumerate(CLASSES)}
            rows.append({"test_set": test_set, "sample": f"{name}/{k}", "true": name} | logits)
    pd.DataFrame(rows).to_parquet(folder / "predictions.parquet")
    params = parameters.load("tiny", experiment, classes=CLASSES, **given)
    (folder / "params.yaml").write_text(yaml.safe_dump(params.model_dump()))
    (folder / "status.json").write_text(json.dumps({"state": "done", "ended": "2026-01-01"}))
    (folder / "metrics.json").write_text(json.dumps({"counts": {"label": "x", "seed": 0}}))


def test_hybrid_takes_the_better_domain_and_the_background_when_tied(tmp_path: Path) -> None:
    _finished(tmp_path, "synth_bg", [3, 2, 1])
    _finished(tmp_path, "synth_nobg", [3, 1, 4])
    assert choose_hybrid_classes(tmp_path, "tiny", seed=0) == ["backpack"]


def test_hybrid_without_its_runs_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished run of it with seed 0"):
        choose_hybrid_classes(tmp_path, "tiny", seed=0)
    _finished(tmp_path, "synth_bg", [1, 1, 1])
    with pytest.raises(RunError, match="--only synth_nobg"):
        choose_hybrid_classes(tmp_path, "tiny", seed=0)
    _finished(tmp_path, "synth_nobg", [1, 1, 1], test_set="real")
    with pytest.raises(RunError, match="tested on real_rest"):
        choose_hybrid_classes(tmp_path, "tiny", seed=0)


def test_hybrid_does_not_choose_by_runs_of_two_studies(tmp_path: Path) -> None:
    _finished(tmp_path, "synth_bg", [3, 2, 1])
    _finished(tmp_path, "synth_nobg", [3, 1, 4], epochs=3)
    with pytest.raises(RunError, match="epochs is "):
        choose_hybrid_classes(tmp_path, "tiny", seed=0)


def test_the_hybrid_is_chosen_on_training_photographs_class_by_class(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "synth_bg", 20)
    folder = write_fake_run(tmp_path, "synth_nobg", 20)
    assert choose_hybrid_classes(tmp_path, "tiny", 0) == []  # ties: with background
    file = folder / "predictions.parquet"
    table = pd.read_parquet(file)
    bananas = (table["true"] == "banana") & (table["test_set"] == "real_rest")
    table.loc[bananas, "logit_banana"] = 50.0
    remotes = (table["true"] == "tv_remote") & (table["test_set"] == "real")
    table.loc[remotes, "logit_tv_remote"] = 50.0  # the test set has no say
    table.to_parquet(file, index=False)
    assert choose_hybrid_classes(tmp_path, "tiny", 0) == ["banana"]
    with pytest.raises(RunError, match="no finished run of it with seed 1"):
        choose_hybrid_classes(tmp_path, "tiny", 1)
