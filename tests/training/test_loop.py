"""Training learns, resumes to the same bytes, and reports errors."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from synthlib import evaluation, inspection, runs, training
from synthlib.data import batch_sampler, datasets
from synthlib.data.prepare import StudyData
from synthlib.runs import RunError
from synthlib.training import loop, prediction
from synthlib.training.loop import TrainingError
from tests.helpers.fake_data import LAYER_PER_DOMAIN, make_study_data, micro_params


@pytest.fixture(scope="module")
def study_data(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    folder = tmp_path_factory.mktemp("training")
    return make_study_data(folder, micro_params(folder))


def trained(outputs: Path, study_data: StudyData, **overrides) -> runs.Run:
    params = micro_params(outputs, **overrides)
    run = runs.open_run(params, study_data.digests)
    test = datasets.test_sets(params, study_data)[params.test_sets[0]]
    loop.train(run, datasets.training_set(params, study_data), test, show_progress=False)
    return run


def content(run: runs.Run) -> tuple[bytes, pd.DataFrame]:
    """The files of a run that must not depend on how often it was interrupted."""
    log = pd.read_csv(run.folder / "log.csv").drop(columns=["images_per_second", "data_share"])
    return (run.folder / "model.safetensors").read_bytes(), log


def test_a_process_without_an_image_so_far_counts_nothing() -> None:
    counts = loop.RunningMetrics(torch.device("cpu"))
    row = counts.log_row(counts.sums, 0.0)
    assert np.isnan(row["train_loss"])
    assert np.isnan(row["train_top1"])


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    tmp_path: Path, study_data: StudyData, protocol: str
) -> None:
    a, b, c = (
        content(trained(tmp_path / str(i), study_data, protocol=protocol, seed=seed))
        for i, seed in enumerate((0, 0, 1))
    )
    assert a[0] == b[0]
    assert a[1].equals(b[1])
    assert a[0] != c[0]


def test_the_log_has_the_test_accuracy_of_each_round(tmp_path: Path, study_data: StudyData) -> None:
    run = trained(tmp_path / "tested", study_data)
    log = pd.read_csv(run.folder / "log.csv")
    tests = datasets.test_sets(run.params, study_data)
    predicted = prediction.predict(run, training.load_model(run), tests)
    real = predicted[predicted["test_set"] == "real"]
    assert log["test_top1"].iloc[-1] == pytest.approx(evaluation.compute_metrics(real)["top1"])
    plain = runs.open_run(
        run.params.model_copy(update={"outputs": str(tmp_path)}), study_data.digests
    )
    loop.train(plain, datasets.training_set(run.params, study_data), show_progress=False)
    assert (plain.folder / "model.safetensors").read_bytes() == content(run)[0]  # looking is free
    assert pd.read_csv(plain.folder / "log.csv")["test_top1"].isna().all()


RECIPES = {
    "cosine": {"optimizer": "sgd", "schedule": "cosine", "stem": "imagenet"},
    "adam": {"optimizer": "adam", "schedule": "step", "stem": "small"},
    "phases": {
        "protocol": "tuned",
        "steps": 8,
        "schedule": "linear",
        "warmup": 0.2,
        "nesterov": True,
        "label_smoothing": 0.1,
        "decay_norms": False,
        "stem": "small",
        "small_size": 16,
        "phase_ends": [0.6, 1.0],
        "phase_real_shares": [0.0, 0.5],
        "phase_lr_factors": [1.0, 0.5],
        "phase_restart": True,
    },
    "layers": LAYER_PER_DOMAIN,
}


@pytest.mark.parametrize("shares", [[0.0, 0.5], [1.0, 0.5]])
def test_a_last_layer_per_domain_starts_as_a_copy_of_the_other(
    tmp_path: Path, study_data: StudyData, shares: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a run equals that with one layer up to the loss of the first step with both domains."""
    monkeypatch.setattr(batch_sampler, "EQUAL_STEPS_PER_ROUND", 1)
    # steps so small that they do not magnify the rounding of a product with twice as many columns
    recipe = LAYER_PER_DOMAIN | {"phase_real_shares": shares, "learning_rate": 1e-4}
    log_of_one, log = (
        content(
            trained(tmp_path / str(value), study_data, **recipe | {"separate_last_layers": value})
        )[1]
        for value in (False, True)
    )
    first_mixed = 4
    # the layer of the domain that was trained is tested, also before there are photographs
    assert (log_of_one["test_top1"] == log["test_top1"])[:first_mixed].all()
    columns = ["train_loss", "train_top1_real", "train_top1_synthetic"]
    same = (log_of_one[columns].fillna(-1) - log[columns].fillna(-1)).abs().max(axis=1)
    assert same[: first_mixed + 1].max() < 1e-4
    assert same[first_mixed + 1 :].min() > 1e-4


def test_a_run_with_a_last_layer_per_domain_keeps_that_for_photographs(
    tmp_path: Path, study_data: StudyData
) -> None:
    run = trained(tmp_path, study_data, **LAYER_PER_DOMAIN)
    saved = load_file(run.folder / "model.safetensors")
    both = torch.load(run.folder / "checkpoint.pt", weights_only=True)["model"]
    n = len(run.params.classes)
    assert both["fc.weight"].shape[0] == 2 * n
    assert torch.equal(saved["fc.weight"], both["fc.weight"][:n])
    assert torch.equal(saved["fc.bias"], both["fc.bias"][:n])
    tests = datasets.test_sets(run.params, study_data)
    table = prediction.predict(run, training.load_model(run), tests)
    top1 = evaluation.compute_metrics(table[table["test_set"] == "real"])["top1"]
    assert pd.read_csv(run.folder / "log.csv")["test_top1"].iloc[-1] == pytest.approx(top1)


@pytest.mark.parametrize("recipe", RECIPES)
def test_resume_after_a_round_equals_an_uninterrupted_run(
    tmp_path: Path,
    study_data: StudyData,
    recipe: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    overrides = {"epochs": 3, "learning_rate": 0.003} | RECIPES[recipe]
    monkeypatch.setattr(batch_sampler, "EQUAL_STEPS_PER_ROUND", 3)
    whole = content(trained(tmp_path / "whole", study_data, **overrides))

    class Stopped(Exception):
        pass

    def save_once(*arguments) -> None:
        loop.checkpoint.save_checkpoint(*arguments)
        raise Stopped  # before the log is written

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_save_checkpoint_and_log", save_once)
        for _ in range(3):
            with pytest.raises(Stopped):
                trained(tmp_path / "cut", study_data, **overrides)
    cut = content(trained(tmp_path / "cut", study_data, **overrides))
    assert cut[0] == whole[0]
    assert cut[1].equals(whole[1])


def test_a_killed_run_resumes_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """kill -9 a training process once it has a checkpoint, then train on in another."""
    script = tmp_path / "train.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from tests.helpers.fake_data import make_study_data, micro_params\n"
        "from synthlib import runs\nfrom synthlib.data import datasets\n"
        "from synthlib.training import loop\n"
        "folder = Path(sys.argv[1])\n"
        "params = micro_params(folder, epochs=6)\n"
        "study_data = make_study_data(folder, params)\n"
        "run = runs.open_run(params, study_data.digests)\n"
        "loop.train(run, datasets.training_set(params, study_data), show_progress=False)\n"
    )
    command = [sys.executable, str(script)]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    process = subprocess.Popen([*command, str(tmp_path / "cut")], stdout=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while not list((tmp_path / "cut").glob("runs/**/checkpoint.pt")):
        assert time.monotonic() < limit, "no checkpoint was written"
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not list((tmp_path / "cut").glob("runs/**/model.safetensors"))
    subprocess.run([*command, str(tmp_path / "cut")], check=True, capture_output=True)
    folders = [next((tmp_path / n).glob("runs/micro/thesis/*/seed*")) for n in ("whole", "cut")]
    weights = [(folder / "model.safetensors").read_bytes() for folder in folders]
    assert weights[0] == weights[1]


def test_it_learns(tmp_path: Path, study_data: StudyData) -> None:
    run = trained(
        tmp_path,
        study_data,
        epochs=20,
        lr_decay_every=16,
        real_fraction=0.0,
        synthetic_domain="synthetic_nobg",
        test_sets=["synthetic_nobg"],
    )
    log = pd.read_csv(run.folder / "log.csv")
    assert list(log["round"]) == list(range(1, 21))
    assert log["train_loss"].iloc[-1] < 0.5 * log["train_loss"].iloc[0]
    tests = datasets.test_sets(run.params, study_data)
    table = prediction.predict(run, training.load_model(run), tests)
    assert evaluation.compute_metrics(table)["top1"] > 60  # chance is 33
    assert table.equals(evaluation.read_predictions(run.folder))


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_batch(tmp_path, study_data) -> None:
    with pytest.raises(TrainingError, match=r"at step \d+ \(samples .*JPEG|p0"):
        trained(tmp_path, study_data, learning_rate=1e18)


def test_weights_lost_in_the_last_step_are_not_saved(tmp_path, study_data) -> None:
    """The loss of that step is finite, as it is of the weights before it."""
    for _ in range(2):  # a second attempt says the same
        with pytest.raises(TrainingError, match=r"steps 0 to 0 \(conv1.weight and .*learning_rate"):
            trained(tmp_path, study_data, learning_rate=1e300, epochs=1, batch_size=256)
    assert not [*tmp_path.rglob("*.pt"), *tmp_path.rglob("*.safetensors"), *tmp_path.rglob("*.csv")]


def test_logits_that_are_not_finite_are_not_saved(tmp_path, study_data) -> None:
    run = runs.open_run(micro_params(tmp_path), study_data.digests)
    model = loop.build_model("resnet18", 3, seed=0)
    torch.nn.init.constant_(model.fc.bias, torch.inf)
    tests = datasets.test_sets(run.params, study_data)
    n = sum(len(test.image_set) for test in tests.values())
    with pytest.raises(
        RunError, match=rf"logits of {n} of {n} test images are not finite: .*diver"
    ):
        prediction.predict(run, model, tests)
    assert not (run.folder / "predictions.parquet").exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path, study_data: StudyData) -> None:
    run = trained(tmp_path, study_data)
    state = torch.load(run.folder / "checkpoint.pt", weights_only=True)
    torch.save(state | {"digest": "of another"}, run.folder / "checkpoint.pt")
    with pytest.raises(RunError, match="another run"):
        trained(tmp_path, study_data)


def test_weights_do_not_touch_the_global_random_state() -> None:
    before = torch.random.get_rng_state()
    loop.build_model("resnet18", 3, seed=0)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101"])
def test_every_architecture_fits_the_classes(name: str) -> None:
    with torch.inference_mode():
        model = loop.build_model(name, 17, seed=0).eval()
        assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 17)


def test_bn_real_uses_the_real_photographs_of_runs_that_have_some(
    tmp_path: Path, study_data: StudyData
) -> None:
    run = trained(tmp_path / "mixed", study_data)
    data, tests = (
        make(run.params, study_data) for make in (datasets.training_set, datasets.test_sets)
    )
    model = training.load_model(run)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    table = prediction.predict(run, model, tests, data)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())  # a copy was used
    plain, again = (
        evaluation.logits_and_classes(table, kind)[0] for kind in ("trained", "bn_real")
    )
    assert plain.shape == again.shape
    assert not np.allclose(plain, again)
    measured = evaluation.write_run_metrics(run, data.batch_sampler.counts())
    assert measured["test_sets_bn_real"].keys() == measured["test_sets"].keys()

    # 36 photographs are one batch: the first layer's statistics are that batch's own
    photographs = datasets.photograph_test_set(run.params, data.real)
    fresh = prediction.recalibrate_batch_norm(model, photographs, seed=0)
    with torch.inference_mode():
        maps = model.conv1(next(iter(photographs.batches(torch.device("cpu")))))
    assert torch.allclose(fresh.bn1.running_mean, maps.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(fresh.bn1.running_var, maps.var((0, 2, 3)), rtol=1e-4)
    assert not fresh.training

    alone = trained(tmp_path / "alone", study_data, real_fraction=0.0)
    table = prediction.predict(
        alone, training.load_model(alone), tests, datasets.training_set(alone.params, study_data)
    )
    assert not evaluation.has_batch_norm(table, "bn_real")
    with pytest.raises(RunError, match="no bn_real_logit_<class>"):
        evaluation.compute_metrics(table, "bn_real")

    samples = [
        inspection.build_sample_table(evaluation.read_predictions(r.folder)) for r in (run, alone)
    ]
    assert len(inspection.compare_samples(*samples)) == len(
        table
    )  # placements and backgrounds are equal
