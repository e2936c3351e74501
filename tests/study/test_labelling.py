"""Labels of fetched photographs, from the predictions of a finished run."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from synthlib.classes import select_classes
from synthlib.data import labels, prepare, study_tables
from synthlib.params import Params
from synthlib.photographs.subsets import real_subset, unused_real
from synthlib.runs import RunError
from synthlib.study.labelling import write_labels
from tests.helpers.fake_data import CLASSES, micro_params, write_photographs


@pytest.fixture
def params(tmp_path: Path) -> Params:
    root = write_photographs(tmp_path / "data", train=30, val=4, scenes=2)
    return micro_params(
        tmp_path / "outputs",
        experiment="fetched10",
        data_root=str(root),
        real_fraction=0.1,
        synthetic_domain="fetched",
        labelled_by="real10",
        protocol="tuned",
        test_sets=["real"],
        seed=3,
    )


def write_labelling_run(params: Params, **changes) -> pd.DataFrame:
    """A finished run of real10 that predicts "banana" for every second photograph, else the true
    class; returns its predictions, with the column `predicted`."""
    table = study_table(params)
    run = params.model_copy(
        update={"experiment": "real10", "synthetic_fraction": 0.0, "labelled_by": ""}
        | {"synthetic_domain": "synthetic_bg", "test_sets": ["real_rest"]}
        | changes
    )
    rest = unused_real(table, real_subset(table, run.real_fraction, run.seed), run.seed)
    predicted = rest["class"].where(rest.index % 2 == 1, "banana")
    logits = {f"logit_{name}": (predicted == name).astype(float) for name in CLASSES}
    rows = pd.DataFrame({"test_set": "real_rest", "sample": rest["sample"], "true": rest["class"]})
    folder = run.experiment_dir / f"seed{run.seed}-abc"
    folder.mkdir(parents=True)
    pd.concat([rows, pd.DataFrame(logits)], axis=1).to_parquet(folder / "predictions.parquet")
    (folder / "params.yaml").write_text(yaml.safe_dump(run.model_dump()))
    data = {"photographs": study_tables.table_digest(table, "sample")}
    status = {"state": "done", "ended": "2026-01-01", "data": data}
    (folder / "status.json").write_text(json.dumps(status))
    counts = {"label": "x", "seed": run.seed}
    (folder / "metrics.json").write_text(json.dumps({"counts": counts}))
    return rows.assign(predicted=predicted)


def study_table(params: Params) -> pd.DataFrame:
    root = prepare.photograph_root(params)
    return study_tables.study_photographs(params, root, select_classes(params.classes)).table


def test_labels_are_the_predictions_even_where_they_are_wrong(params: Params) -> None:
    predictions = write_labelling_run(params).set_index("sample")
    write_labels(params)
    written = pd.read_csv(labels.labels_path(params))
    assert list(written) == ["sample", "sha256", "label"]  # no true class
    assert written["label"].tolist() == predictions["predicted"][written["sample"]].tolist()
    wrong = written["label"].to_numpy() != predictions["true"][written["sample"]].to_numpy()
    assert 0.2 < wrong.mean() < 0.5
    data = prepare.prepare_data(params, quiet=True)
    assert data.fetched is not None
    assert set(data.fetched["sample"]) == set(
        labels.candidates(params, study_table(params))["sample"]
    )


def test_a_run_that_labels_itself_or_others_is_left_alone(params: Params) -> None:
    write_labels(params.model_copy(update={"labelled_by": "", "synthetic_domain": "synthetic_bg"}))
    assert not (params.output_dir / "labels").exists()


def test_a_missing_run_names_its_command(params: Params) -> None:
    with pytest.raises(RunError, match=r"needs labels from real10.*--only real10 --seeds 3"):
        write_labels(params)


@pytest.mark.parametrize("changes", [{"real_fraction": 0.2}, {"dev_per_class": 1}])
def test_a_run_that_left_out_other_photographs_is_refused(params: Params, changes: dict) -> None:
    write_labelling_run(params, **changes)
    with pytest.raises(RunError, match=f"other {next(iter(changes))}"):
        write_labels(params)
