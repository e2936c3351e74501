"""Runs that train and test on photographs alone need no renders."""

from pathlib import Path

import pytest

from synthlib import params
from synthlib.data import datasets, prepare, study_tables
from synthlib.params import UNUSED_REAL_SETS
from synthlib.study import batch, experiments
from tests.helpers.fake_data import micro_params, write_photographs

ON_PHOTOGRAPHS = {"baseline_lr01", "real33", "real16", "real3"}


def test_runs_on_photographs_alone_need_no_renders() -> None:
    for scale in ("demo", "tiny", "thesis"):
        planned = experiments.plan_study(
            scale, only=(*experiments.EXPERIMENTS, *experiments.CONTROL_EXPERIMENTS)
        )
        without = {p.experiment for p in planned if not prepare.needs_renders(p)}
        assert without >= ON_PHOTOGRAPHS, scale
        assert all(p.synthetic_fraction == 0 for p in planned if p.experiment in without)
        assert not {name for p in planned if p.experiment in without for name in p.test_sets} & {
            "synthetic_bg",
            "synthetic_nobg",
        }


@pytest.mark.parametrize("tested", ["real", "dev", *UNUSED_REAL_SETS])
def test_a_test_set_of_photographs_needs_no_renders(tested: str) -> None:
    given = {"real_fraction": 0.5, "synthetic_fraction": 0.0, "dev_per_class": 2}
    assert not prepare.needs_renders(params.validate_params(given | {"test_sets": [tested]}))
    both = params.validate_params(given | {"test_sets": [tested, "synthetic_nobg"]})
    assert prepare.needs_renders(both)
    mixed = params.validate_params(given | {"test_sets": [tested], "synthetic_fraction": 0.1})
    assert prepare.needs_renders(mixed)


def test_such_a_run_has_neither_a_store_nor_its_digest(tmp_path: Path, monkeypatch) -> None:
    root = write_photographs(tmp_path / "data", train=12, val=4, scenes=2)
    p = micro_params(
        tmp_path / "outputs",
        data_root=str(root),
        real_fraction=0.5,
        synthetic_fraction=0.0,
        test_sets=["real", "dev", "real_rest", "real_1"],
        dev_per_class=2,
        augmentation="auto",
    )

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the run asks for renders")

    monkeypatch.setattr(prepare, "render_and_curate", fail)
    monkeypatch.setattr(prepare, "render_plan", fail)
    monkeypatch.setattr(study_tables, "scan_backgrounds", fail)
    prepare.check_data(p)
    data = prepare.prepare_data(p, quiet=True)
    assert set(data.digests) == {"photographs"}
    assert data.renders is None
    assert not (p.output_dir / "renders").exists()
    assert len(datasets.training_set(p, data).batch_sampler.counts())
    assert set(datasets.test_sets(p, data)) == set(p.test_sets)


def test_a_batch_of_such_runs_renders_nothing(tmp_path: Path, monkeypatch) -> None:
    executed: list[str] = []
    monkeypatch.setattr(batch.prepare, "check_data", lambda p: None)
    monkeypatch.setattr(batch, "execute_notebook", lambda name, *_: executed.append(name))
    monkeypatch.setattr(
        batch,
        "_execute_runs",
        lambda planned, *_: [batch.RunOutcome(p, "failed", 0.0) for p in planned],
    )
    given = {"outputs": str(tmp_path), "batch_protocols": ["thesis"], "assets": "procedural"}
    assert batch.run_batch(experiments.plan_study("tiny", only=["real33", "real3"], **given)) == 1
    assert executed == []
    assert (
        batch.run_batch(experiments.plan_study("tiny", only=["real33", "synth_bg"], **given)) == 1
    )
    assert executed == ["01_render"]
