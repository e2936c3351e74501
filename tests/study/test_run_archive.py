"""Finished runs archived and restored elsewhere: the same numbers, and nothing of the machine."""

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from synthlib import evaluation, inspection, params as parameters
from synthlib.cli import main
from synthlib.inspection.run_inspector import RunInspector
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.runs import RunError, load_run as open_folder, load_runs, newest_run
from synthlib.study import execute, run_archive
from synthlib.utils.archives import ArchiveError
from synthlib.utils.errors import SynthlibError
from tests.helpers.fake_runs import DATA_DIGESTS, write_fake_run


def params_at(outputs: Path, scale: str = "tiny") -> Params:
    return parameters.load(scale, "baseline", outputs=str(outputs))


@pytest.fixture
def study(tmp_path: Path) -> Params:
    outputs = tmp_path / "first"
    for seed in (0, 1):
        write_fake_run(outputs, "baseline", 60, seed=seed, bn_real=58)
        write_fake_run(outputs, "mixed_real33", 48, seed=seed, bn_real=50)
    write_fake_run(outputs, "synth_bg", 22, protocol="matched")
    return params_at(outputs)


def restored_elsewhere(p: Params, tmp_path: Path) -> Params:
    run_archive.archive_runs(p, tmp_path / "archives")
    other = params_at(tmp_path / "second")
    assert len(run_archive.restore_runs(other, tmp_path / "archives")) == 5
    return other


def test_every_number_of_a_restored_run_is_the_same(study: Params, tmp_path: Path) -> None:
    other = restored_elsewhere(study, tmp_path)
    for compute in (
        lambda p: evaluation.metrics_table(p.output_dir, "tiny"),
        lambda p: tables.statements(p.output_dir, "tiny"),
        lambda p: evaluation.class_accuracy_by_run(p.output_dir, "tiny"),
        lambda p: evaluation.stage_times(p.output_dir, "tiny"),
        lambda p: tables.thesis_table(19, p.output_dir, "tiny").flatten(),
        lambda p: load_runs(p.output_dir).drop(columns="folder"),
    ):
        pd.testing.assert_frame_equal(compute(study), compute(other))
    assert (tables.statements(other.output_dir, "tiny")["verdict"] != "not run").any()


def test_an_archive_is_small_reproducible_and_without_paths(study: Params, tmp_path: Path) -> None:
    one, two = (
        run_archive.archive_runs(study, tmp_path / "one"),
        run_archive.archive_runs(study, tmp_path / "two"),
    )
    assert [path.name for path in one] == [path.name for path in two]
    assert one[0].name.startswith("matched-synth_bg-seed0-")
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()
        assert a.stat().st_size < 20_000
        with zipfile.ZipFile(a) as archive:
            assert set(archive.namelist()) == {*run_archive.ARCHIVED_FILES, run_archive.STATUS_FILE}
            assert str(tmp_path).encode() not in b"".join(map(archive.read, archive.namelist()))


def test_existing_archives_and_runs_are_left_alone(study: Params, tmp_path: Path) -> None:
    first = run_archive.archive_runs(study, tmp_path / "archives")
    times = [path.stat().st_mtime_ns for path in first]
    assert run_archive.archive_runs(study, tmp_path / "archives") == first
    assert [path.stat().st_mtime_ns for path in first] == times
    assert run_archive.restore_runs(study, tmp_path / "archives") == []
    assert (
        run_archive.restore_runs(params_at(tmp_path / "demo", "demo"), tmp_path / "archives") == []
    )
    again = restored_elsewhere(study, tmp_path)  # archives of restored runs are the same
    for a, b in zip(first, run_archive.archive_runs(again, tmp_path / "again"), strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_archives_of_repeated_runs_and_damaged_ones_are_replaced(study: Params, tmp_path) -> None:
    first = run_archive.archive_runs(study, tmp_path / "archives")
    contents = {path: path.read_bytes() for path in first}
    [folder] = study.experiment_dir.glob("seed0-*")
    measured = json.loads((folder / "metrics.json").read_text())
    measured["test_sets"]["dev"] = {"top1": 50}
    (folder / "metrics.json").write_text(json.dumps(measured))
    [changed] = [path for path in first if folder.name in path.name]
    other = next(path for path in first if path != changed)
    other.write_bytes(contents[other][:100])
    assert run_archive.archive_runs(study, tmp_path / "archives") == first
    assert [path for path in first if path.read_bytes() != contents[path]] == [changed]
    with zipfile.ZipFile(changed) as file:
        assert json.loads(file.read("metrics.json")) == measured


def test_a_run_that_a_process_is_making_is_not_restored(
    study: Params, tmp_path: Path, monkeypatch
) -> None:
    run_archive.archive_runs(study, tmp_path / "archives")
    other = params_at(tmp_path / "second")
    [finished] = study.experiment_dir.glob("seed0-*")
    making = other.experiment_dir / finished.name
    making.mkdir(parents=True)
    monkeypatch.setattr(
        run_archive, "lock_holder_message", lambda folder: "held" * (folder == making)
    )
    assert len(run_archive.restore_runs(other, tmp_path / "archives")) == 4
    assert list(making.iterdir()) == []


def test_a_restored_run_has_no_weights_and_no_confidences(study: Params, tmp_path: Path) -> None:
    other = restored_elsewhere(study, tmp_path)
    assert len(load_runs(other.output_dir, "tiny")) == 5
    assert load_runs(other.output_dir, "tiny", with_weights=True).empty
    with pytest.raises(RunError, match="no finished run of baseline"):
        newest_run(other.output_dir, "tiny", "baseline")
    folders = [load_runs(p.output_dir, "tiny")["folder"].iloc[0] for p in (study, other)]
    with_logits, ranked = (
        inspection.build_sample_table(evaluation.read_predictions(folder)) for folder in folders
    )
    assert ranked["right"].tolist() == with_logits["right"].tolist()
    assert ranked["predicted"].tolist() == with_logits["predicted"].tolist()
    assert ranked[[*inspection.CONFIDENCE_COLUMNS]].isna().all(axis=None)
    assert with_logits[[*inspection.CONFIDENCE_COLUMNS]].notna().all(axis=None)


def test_restored_runs_are_inspected_where_there_are_no_others(
    study: Params, tmp_path: Path
) -> None:
    other = restored_elsewhere(study, tmp_path).model_copy(update={"protocol": "thesis"})
    run, compared = inspection.newest_run(other), inspection.comparison_run(other)
    assert run.params.experiment == "baseline"
    assert compared is not None
    assert compared.params.experiment == "mixed_real33"
    assert len(inspection.compare_samples(run.table, compared.table)) > 0
    write_fake_run(other.output_dir, "real33", 50)
    assert inspection.newest_run(other.model_copy(update={"experiment": "real33"}))
    with pytest.raises(RunError, match="no finished run of baseline"):
        inspection.newest_run(other)


def test_a_restored_run_counts_as_done_on_the_same_photographs_and_render_recipe(
    study: Params, tmp_path: Path, monkeypatch
) -> None:
    other = restored_elsewhere(study, tmp_path)
    rerendered = DATA_DIGESTS | {"renders": "fedcba"}
    folder = run_archive.find_restored_run(other, rerendered)
    assert folder is not None
    assert folder.parent == other.experiment_dir
    for params, data in (
        (other, DATA_DIGESTS | {"photographs": "000000"}),
        (other, DATA_DIGESTS | {"recipe": "000000"}),
        (other, {"photographs": DATA_DIGESTS["photographs"]}),
        (other.model_copy(update={"epochs": 3}), DATA_DIGESTS),
        (other.model_copy(update={"seed": 2}), DATA_DIGESTS),
        (other.model_copy(update={"exclude_flagged": "flags.csv"}), DATA_DIGESTS),
        (study, DATA_DIGESTS),  # its own runs are found by their digests, not here
    ):
        assert run_archive.find_restored_run(params, data) is None

    prepared = SimpleNamespace(digests=rerendered)
    monkeypatch.setattr(execute.prepare, "prepare_data", lambda *_, **__: prepared)
    assert execute.execute_run(other).state == "skipped"


def test_a_dry_run_counts_archived_runs_and_writes_nothing(study: Params, tmp_path: Path) -> None:
    run_archive.archive_runs(study, tmp_path / "archives")
    arguments = ["batch", "--scale", "tiny", "--outputs", str(tmp_path / "second"), "--dry-run"]
    arguments += ["--kept", str(tmp_path / "archives"), "--only", "baseline", "--seeds", "1,2"]
    found = CliRunner().invoke(main, arguments)
    assert found.exit_code == 2, found.output  # the plan, and that no data root is given
    assert "5 runs would be restored from" in found.output
    assert "6 runs, 1 done; 5 of a kind that has not run here yet" in found.output
    assert not (tmp_path / "second").exists()
    lost = CliRunner().invoke(main, [*arguments, "--kept", str(tmp_path / "nowhere")])
    assert lost.exit_code != 0
    assert "does not exist" in lost.output


def test_predictions_come_before_ranks_left_by_an_interrupted_restore(
    study: Params, tmp_path: Path
) -> None:
    folder = load_runs(study.output_dir)["folder"].iloc[0]
    wrong = evaluation.logits_to_ranks(evaluation.read_predictions(folder)).iloc[:1]
    wrong.to_parquet(folder / "ranks.parquet")
    assert not evaluation.has_ranks(evaluation.read_predictions(folder))
    assert len(load_runs(study.output_dir, with_weights=True)) == 5


def test_broken_and_unfinished_archives_are_named(study: Params, tmp_path: Path) -> None:
    archive = run_archive.archive_runs(study, tmp_path / "archives")[0]
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(ArchiveError, match=archive.name):
        run_archive.restore_runs(params_at(tmp_path / "second"), tmp_path / "archives")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("status.json", '{"state": "running", "digest": "ab"}')
        file.writestr("params.yaml", "scale: tiny")
    with pytest.raises(ArchiveError, match="contains no finished run: remove it"):
        run_archive.restore_runs(params_at(tmp_path / "second"), tmp_path / "archives")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("status.json", '{"state": "done", "digest": "ab", "data": {"renders": "a"}}')
        file.writestr("params.yaml", "scale: tiny")
    with pytest.raises(ArchiveError, match="does not record the recipe of its renders"):
        run_archive.restore_runs(params_at(tmp_path / "second"), tmp_path / "archives")
    for status, params, words in (
        ("{", "scale: tiny", "is damaged"),
        ("[]", "scale: tiny", "contains no finished run"),
        ("[1]", "scale: tiny", "is damaged"),
        ('{"state": "done", "digest": "ab"}', "- a list", "is damaged"),
        ('{"state": "done", "digest": "ab"}', "a: [", "is damaged"),
        ('{"state": "done", "digest": "ab"}', f"experiment: {tmp_path}/evil", "experiment: got"),
    ):
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("status.json", status)
            file.writestr("params.yaml", params)
        with pytest.raises(ArchiveError, match=f"{archive.name}.*{words}"):
            run_archive.restore_runs(params_at(tmp_path / "second"), tmp_path / "archives")
    assert load_runs(tmp_path / "second").empty
    assert not (tmp_path / "evil").exists()


def make_earlier_version(folder: Path) -> None:
    """Turn a run into one made before `status.json` had a schema version."""
    status = json.loads((folder / "status.json").read_text())
    del status["schema"]
    (folder / "status.json").write_text(json.dumps(status))


@pytest.fixture
def archived(study: Params, tmp_path: Path) -> Path:
    """Archives of the study as an earlier version made it."""
    for folder in load_runs(study.output_dir)["folder"]:
        make_earlier_version(folder)
    run_archive.archive_runs(study, tmp_path / "archives")
    return tmp_path / "archives"


def test_archives_of_an_earlier_version_are_read_but_count_for_no_run(
    study: Params, archived: Path, tmp_path: Path
) -> None:
    other = params_at(tmp_path / "second")
    assert len(run_archive.earlier_version_archives(other, archived)) == 5
    assert len(run_archive.restore_runs(other, archived)) == 5
    pd.testing.assert_frame_equal(
        evaluation.metrics_table(study.output_dir, "tiny"),
        evaluation.metrics_table(other.output_dir, "tiny"),
    )
    assert run_archive.find_restored_run(other, DATA_DIGESTS) is None
    again = run_archive.archive_runs(other, tmp_path / "again")
    assert {path.name for path in again} == {path.name for path in archived.glob("*.zip")}
    assert all(path.read_bytes() == (archived / path.name).read_bytes() for path in again)


def test_archives_of_an_earlier_version_do_not_mix_with_new_runs(
    archived: Path, tmp_path: Path
) -> None:
    other = params_at(tmp_path / "second")
    write_fake_run(other.output_dir, "real33", 40)
    with pytest.raises(SynthlibError, match=r"5 archives in .* earlier version .* do not mix"):
        run_archive.restore_runs(other, archived)
    assert len(load_runs(other.output_dir)) == 1
    demo = params_at(tmp_path / "second", "demo")
    assert run_archive.restore_runs(demo, archived) == []  # of another scale


def test_a_batch_refuses_archives_of_an_earlier_version(archived: Path, tmp_path: Path) -> None:
    arguments = ["batch", "--scale", "tiny", "--outputs", str(tmp_path / "second"), "--dry-run"]
    found = CliRunner().invoke(main, [*arguments, "--kept", str(archived)])
    assert found.exit_code != 0
    assert "were made by an earlier version of synthlib" in found.output
    assert "the batch repeats their runs" in found.output


def test_runs_of_two_versions_are_in_no_table_together(study: Params) -> None:
    [old] = study.experiment_dir.glob("seed0-*")
    tables.statements(study.output_dir, "tiny")
    make_earlier_version(old)
    with pytest.raises(SynthlibError, match=r"runs of two versions: .* Move it out of the outputs"):
        tables.statements(study.output_dir, "tiny")


def test_a_run_of_an_earlier_version_is_not_opened_with_its_data(study: Params) -> None:
    folder = load_runs(study.output_dir)["folder"].iloc[0]
    make_earlier_version(folder)
    run = RunInspector(open_folder(folder))
    assert len(run.table)
    with pytest.raises(RunError, match="was made by an earlier version of synthlib"):
        _ = run.data


def test_a_list_of_flags_is_archived_without_its_folder(study: Params, tmp_path) -> None:
    folder = load_runs(study.output_dir)["folder"].iloc[0]
    params = yaml.safe_load((folder / "params.yaml").read_text())
    flags = str(tmp_path / "home" / "flags.csv")
    (folder / "params.yaml").write_text(yaml.safe_dump(params | {"exclude_flagged": flags}))
    archive = run_archive.archive_runs(study, tmp_path / "archives")[0]
    with zipfile.ZipFile(archive) as file:
        assert yaml.safe_load(file.read("params.yaml"))["exclude_flagged"] == "flags.csv"


def test_a_missing_test_set_is_reported(study: Params, tmp_path: Path, monkeypatch) -> None:
    other = restored_elsewhere(study, tmp_path).model_copy(update={"test_sets": ["real", "dev"]})
    prepared = SimpleNamespace(digests=DATA_DIGESTS)
    monkeypatch.setattr(execute.prepare, "prepare_data", lambda *_, **__: prepared)
    outcome = execute.execute_run(other)
    assert outcome.state == "skipped"
    assert "was not tested on dev: move it away" in str(outcome)


def test_an_interrupted_restore_is_completed(study: Params, tmp_path: Path, monkeypatch) -> None:
    run_archive.archive_runs(study, tmp_path / "archives")
    other, write, written = params_at(tmp_path / "second"), run_archive.write_atomic, []

    def full_disk(path: Path, content: bytes | str) -> None:
        if len(written) == 8:
            raise OSError(28, "No space left on device")
        written.append(path)
        write(path, content)

    monkeypatch.setattr(run_archive, "write_atomic", full_disk)
    with pytest.raises(OSError, match="No space"):
        run_archive.restore_runs(other, tmp_path / "archives")
    assert len(load_runs(other.output_dir)) == 1  # the second run's status was never written
    monkeypatch.setattr(run_archive, "write_atomic", write)
    assert len(run_archive.restore_runs(other, tmp_path / "archives")) == 4
    assert len(load_runs(other.output_dir)) == 5


def test_a_path_is_refused(study: Params, tmp_path: Path) -> None:
    folder = load_runs(study.output_dir)["folder"].iloc[0]
    (folder / "log.csv").write_text("read from /" + "srv/pictures/a.png")
    with pytest.raises(SynthlibError, match=r"log.csv would name a path of this machine: /srv/"):
        run_archive.archive_runs(study, tmp_path / "archives")


@given(arrays(np.float32, (9, 5), elements=st.integers(-2, 2).map(np.float32)))
def test_ranks_order_classes_as_logits_do(logits: np.ndarray) -> None:
    columns = [f"logit_{name}" for name in "abcde"]
    table = pd.DataFrame(logits, columns=columns).assign(true=list("abcdeabcd"))
    ranks = evaluation.logits_to_ranks(table)
    assert ranks.filter(like="logit_").empty
    assert (
        evaluation.predicted_classes(ranks).tolist() == evaluation.predicted_classes(table).tolist()
    )
    values = ranks.filter(like="rank_").to_numpy()
    assert np.array_equal(np.sort(values, axis=1), np.tile(np.arange(5), (9, 1)))
    by_rank = np.take_along_axis(logits, np.argsort(values, axis=1), axis=1)
    assert np.all(np.diff(by_rank, axis=1) <= 0)
    pd.testing.assert_frame_equal(evaluation.logits_to_ranks(ranks), ranks)
