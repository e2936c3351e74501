"""Files that do not fit a run are refused: truncated, of another network, of other classes."""

from pathlib import Path

import pytest
import torch

from synthlib import training
from synthlib.runs import Run, RunError, open_run
from synthlib.training import checkpoint, devices
from synthlib.training.models import build_model
from synthlib.training.optim import build_optimizer
from tests.helpers.fake_data import CLASSES, micro_params


def started(outputs: Path, **overrides) -> tuple[Run, torch.nn.Module, torch.optim.Optimizer]:
    params = micro_params(outputs, **overrides)
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    return open_run(params, {}), model, build_optimizer(params, model)


@pytest.fixture
def saved(tmp_path: Path) -> Run:
    run, model, optimizer = started(tmp_path)
    checkpoint.save_checkpoint(run, model, optimizer, [{"round": 1}])
    checkpoint.save_model(run, model)
    return run


def swap(
    run: Run, outputs: Path, **overrides
) -> tuple[Run, torch.nn.Module, torch.optim.Optimizer]:
    """Another run whose folder holds the files of `run`."""
    other, model, optimizer = started(outputs, **overrides)
    for name in ("checkpoint.pt", "model.safetensors"):
        (other.folder / name).write_bytes((run.folder / name).read_bytes())
    return other, model, optimizer


def test_a_saved_checkpoint_is_restored(saved: Run, tmp_path: Path) -> None:
    _, model, optimizer = started(tmp_path)
    with torch.no_grad():
        model.fc.bias.fill_(7)
    assert checkpoint.restore_checkpoint(saved, model, optimizer) == [{"round": 1}]
    assert model.fc.bias.abs().max() < 7


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    run, model, optimizer = started(tmp_path)
    with torch.no_grad():
        model.layer4[1].bn2.running_var[3] = torch.nan
    checkpoint.save_checkpoint(run, model, optimizer, [{"round": 1}])
    checkpoint.save_model(run, model)
    said = r"weights that are not finite \(layer4.1.bn2.running_var\): .*larger batch_size"
    with pytest.raises(RunError, match=f"checkpoint.pt has {said}"):
        checkpoint.restore_checkpoint(run, model, optimizer)
    with pytest.raises(RunError, match=f"model.safetensors has {said}"):
        training.load_model(run)


@pytest.mark.parametrize("keep", [0, 10, 1000, -100])
def test_a_truncated_checkpoint_is_reported(saved: Run, tmp_path: Path, keep: int) -> None:
    path = saved.folder / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:keep])
    _, model, optimizer = started(tmp_path)
    with pytest.raises(RunError, match=r"checkpoint\.pt is truncated or not a checkpoint .*delete"):
        checkpoint.restore_checkpoint(saved, model, optimizer)


def test_code_in_a_checkpoint_is_not_run(saved: Run, tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save(Hostile(), saved.folder / "checkpoint.pt")
    _, model, optimizer = started(tmp_path)
    with pytest.raises(RunError, match="not a checkpoint"):
        checkpoint.restore_checkpoint(saved, model, optimizer)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"architecture": "resnet34"}, "another architecture: it has resnet18, the run resnet34"),
        ({"stem": "small"}, "another stem: it has imagenet, the run small"),
        ({"classes": CLASSES[::-1]}, "another class list"),
    ],
)
def test_files_of_another_network_or_class_list_are_refused(
    saved: Run, tmp_path: Path, overrides: dict, words: str
) -> None:
    other, model, optimizer = swap(saved, tmp_path, **overrides)
    with pytest.raises(RunError, match=words):
        checkpoint.restore_checkpoint(other, model, optimizer)
    with pytest.raises(RunError, match=words):
        training.load_model(other)


def test_a_checkpoint_of_another_seed_is_refused(saved: Run, tmp_path: Path) -> None:
    other, model, optimizer = swap(saved, tmp_path, seed=1)
    with pytest.raises(RunError, match="of another run"):
        checkpoint.restore_checkpoint(other, model, optimizer)


def test_a_checkpoint_of_another_precision_is_refused(
    saved: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model, optimizer = started(tmp_path)
    here = devices.use_bf16("auto", torch.device("cpu"))
    monkeypatch.setattr(checkpoint, "use_bf16", lambda *_: not here)
    with pytest.raises(RunError, match=r"checkpoint\.pt was trained in .*computes in .*delete"):
        checkpoint.restore_checkpoint(saved, model, optimizer)
    path = saved.folder / "checkpoint.pt"
    state = torch.load(path, weights_only=True)
    del state["precision"]
    torch.save(state, path)
    assert checkpoint.restore_checkpoint(saved, model, optimizer) == [
        {"round": 1}
    ]  # an earlier one


def test_missing_or_truncated_weights_are_reported(saved: Run) -> None:
    path = saved.folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(RunError, match=r"model\.safetensors is truncated"):
        training.load_model(saved)
    path.unlink()
    with pytest.raises(RunError, match="has not finished training"):
        training.load_model(saved)


def test_the_threads_of_the_first_start_are_used_again(saved: Run, tmp_path: Path) -> None:
    state = torch.load(saved.folder / "checkpoint.pt", weights_only=True)
    before = torch.get_num_threads()
    torch.save(state | {"threads": before + 1}, saved.folder / "checkpoint.pt")
    _, model, optimizer = started(tmp_path)
    try:
        checkpoint.restore_checkpoint(saved, model, optimizer)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_one_core_is_left_free_unless_the_user_sets_the_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    try:
        for cores, threads in ((1, 1), (2, 1), (8, 7)):
            monkeypatch.setattr(devices, "DEFAULT_THREADS", cores)
            monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
            devices.reserve_one_core()
            assert torch.get_num_threads() == threads
        monkeypatch.setenv("OMP_NUM_THREADS", "3")
        devices.reserve_one_core()
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_the_small_stem_keeps_the_map_size_and_the_other_weights() -> None:
    small, large = (build_model("resnet18", 3, 0, stem).eval() for stem in ("small", "imagenet"))
    seen = {}
    for name, model in (("small", small), ("imagenet", large)):
        model.layer4.register_forward_hook(
            lambda _, __, out, name=name: seen.update({name: tuple(out.shape[2:])})
        )
        with torch.inference_mode():
            model(torch.zeros(1, 3, 64, 64))
    assert seen == {"small": (8, 8), "imagenet": (2, 2)}
    for key, value in large.state_dict().items():
        assert key == "conv1.weight" or torch.equal(value, small.state_dict()[key])
    with pytest.raises(ValueError, match=r"stem: got 'tiny'; allowed"):
        build_model("resnet18", 3, 0, "tiny")
