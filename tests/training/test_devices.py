"""A run's device and precision, and the code paths of a GPU, tried on a stand-in for one."""

import functools
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from synthlib.compositing import crops
from synthlib.data import backgrounds, datasets
from synthlib.data.prepare import StudyData
from synthlib.training import devices, loop
from synthlib.training.models import build_model
from synthlib.training.optim import build_optimizer
from synthlib.training.prefetch import Prefetcher
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_data import CLASSES, make_study_data, micro_params
from tests.helpers.stand_in_cuda import CUDA, CudaTensor, stand_in_cuda, values

CPU = torch.device("cpu")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def study_data(tmp_path_factory: pytest.TempPathFactory) -> StudyData:
    folder = tmp_path_factory.mktemp("devices")
    return make_study_data(folder, micro_params(folder))


@pytest.fixture
def batched_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crops as on a GPU, all at once, also on the CPU."""
    batched = functools.partial(crops.crop_and_resize, batched=True)
    monkeypatch.setattr(crops, "crop_and_resize", batched)
    monkeypatch.setattr(backgrounds, "crop_and_resize", batched)


def test_the_stand_in_refuses_what_a_gpu_refuses_and_counts_what_waits_for_it() -> None:
    with stand_in_cuda() as mode:
        ones = torch.ones(3, device=CUDA)
        assert ones.is_cuda
        assert (ones * 2).device == CUDA
        with pytest.raises(RuntimeError, match=r"\(3,\).* are on the CPU, others on cuda"):
            ones + torch.ones(3)
        with pytest.raises(TypeError, match="numpy"):
            ones.numpy()
        assert not mode.waits
        ones[[0, 2]] += 1  # the indices are copied, to read and to write
        assert mode.waits == {"aten.index.Tensor": 1, "aten.index_put_.default": 1}
        assert float(ones[0]) == 2.0
        assert torch.equal(ones.cpu(), torch.tensor([2.0, 1.0, 2.0]))
        copied = torch.zeros(2).to(CUDA)
        assert isinstance(copied, CudaTensor)
        assert mode.waits["copy to cuda"] == 1
        assert mode.waits["copy to the CPU"] == 1


VARIANTS = {
    "thesis": {},
    "matched": {"protocol": "matched", "object_in_crop": 0.5},
    "on black": {"synthetic_domain": "synthetic_nobg"},
    "strong": {"protocol": "matched", "synthetic_augmentation": "strong"},
    "blended": {"blending": "random", "object_sizes": "class", "object_placement": "upright"},
    "backgrounds alone": {"synthetic_domain": "bg_only"},
}


@pytest.mark.usefixtures("batched_crops")
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_images_of_a_gpu_are_those_of_the_cpu(
    variant: str, study_data: StudyData, tmp_path: Path
) -> None:
    params = micro_params(tmp_path, **VARIANTS[variant])
    training_set = datasets.training_set(params, study_data)
    test_sets = datasets.test_sets(params, study_data)
    expected = training_set.batch(1, CPU)
    tested = {name: next(test_set.batches(CPU)) for name, test_set in test_sets.items()}
    with stand_in_cuda() as mode:
        batch = training_set.batch(1, CUDA)
        assert batch.images.device == batch.labels.device == CUDA
        assert batch.images.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(values(batch.images), expected.images)
        assert torch.equal(values(batch.labels), expected.labels)
        for name, test_set in test_sets.items():
            assert torch.equal(values(next(test_set.batches(CUDA))), tested[name])
        assert torch.float64 not in mode.dtypes  # which MPS does not have


class PlainLoop(Prefetcher):
    """Computes batches when they are asked for: the stand-in exists in one thread only."""

    def __iter__(self):
        return map(self._make, self._steps)


def train_on(
    device: torch.device, study_data: StudyData, outputs: Path, optimizer: str
) -> tuple[torch.nn.Module, dict[str, float]]:
    """The model after the steps of a round, and the round's row of the log."""
    params = micro_params(outputs, protocol="matched", precision="fp32", optimizer=optimizer)
    training_set = datasets.training_set(params, study_data)
    model = build_model(params.architecture, len(CLASSES), params.seed).to(device)
    built = build_optimizer(params, model)
    assert built.param_groups[0]["fused"]
    group = devices.ProcessGroup(0, 1, device)
    steps = range(3)
    row = loop._train_round(params, model, built, training_set, steps, group, Mock())
    return model, row


@pytest.mark.usefixtures("batched_crops")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_steps_on_a_gpu_are_those_of_the_cpu_and_wait_for_it_only_to_check_the_loss(
    optimizer: str, study_data: StudyData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "Prefetcher", PlainLoop)
    # a GPU has no products of matrices for small maps
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    expected, expected_row = train_on(CPU, study_data, tmp_path, optimizer)
    waits = []

    def count_waits(self: loop.RunningMetrics, *arguments) -> None:
        before = mode.waits.total()
        update(self, *arguments)
        waits.append(mode.waits.total() - before)

    update = loop.RunningMetrics.update
    monkeypatch.setattr(loop.RunningMetrics, "update", count_waits)
    with stand_in_cuda() as mode:
        model, row = train_on(CUDA, study_data, tmp_path, optimizer)
        for name, weight in model.state_dict().items():
            assert torch.equal(values(weight), expected.state_dict()[name]), name
    for column in ("train_loss", "train_top1", "train_top1_real", "train_top1_synthetic"):
        assert row[column] == expected_row[column]
    assert waits == [0, 0, 0]


def test_a_forward_pass_keeps_channels_last_and_bf16_keeps_float32_weights() -> None:
    model = build_model("resnet18", 3, seed=0)
    images = torch.zeros(2, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(images)
    logits.float().sum().backward()
    assert logits.dtype == torch.bfloat16
    for weight in model.parameters():
        assert weight.dtype == weight.grad.dtype == torch.float32
    assert model.conv1.weight.grad.is_contiguous(memory_format=torch.channels_last)


def test_autocast_on_a_gpu_gives_bf16_logits_from_float32_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # autocast would switch itself off; shapes, dtypes and devices of fake tensors need no GPU
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    model = build_model("resnet18", 3, seed=0)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode, torch.no_grad():
        state = {k: mode.from_tensor(v).to("cuda") for k, v in model.state_dict().items()}
        images = torch.zeros(8, 3, 32, 32, device="cuda")
        with torch.autocast("cuda", torch.bfloat16):
            logits = torch.func.functional_call(model, state, (images,))
        assert (logits.device.type, logits.dtype) == ("cuda", torch.bfloat16)
        assert state["conv1.weight"].dtype == torch.float32
        assert state["conv1.weight"].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("cuda", "mps", "device"), [(True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_is_picked(
    cuda: bool, mps: bool, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert devices.pick_device() == torch.device(device)


@pytest.mark.parametrize("supported", [True, False])
def test_a_gpu_computes_in_bf16_if_it_does_so_itself(
    supported: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Mock(return_value=supported)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", asked)
    assert devices.use_bf16("auto", CUDA) == supported
    assert not devices.use_bf16("fp32", CUDA)
    asked.assert_called_with(including_emulation=False)
    if not supported:
        with pytest.raises(ParameterError, match="bf16 is not supported by this cuda; use fp32"):
            devices.use_bf16("bf16", CUDA)


@pytest.mark.parametrize(
    ("name", "amx", "faster"),
    [("Intel Xeon", True, True), ("Intel Xeon", False, False), ("AMD EPYC", False, True)],
)
def test_a_cpu_computes_in_bf16_if_that_is_faster(
    name: str, amx: bool, faster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = {"amx_bf16": amx, "cpu_name": name}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: cpu)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert devices.use_bf16("auto", CPU) == faster
    assert devices.use_bf16("bf16", CPU)
    assert not devices.use_bf16("fp32", CPU)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    assert not devices.use_bf16("auto", CPU)


def test_the_capabilities_of_the_cpu_are_named_as_expected() -> None:
    assert {"amx_bf16", "cpu_name"} <= set(torch.cpu.get_capabilities())


STARTING_STATES = {
    "torch's own": "",
    "new settings of convolutions": "backends.cudnn.conv.fp32_precision = 'tf32'",
    "new settings of everything": "backends.fp32_precision = 'tf32'",
    "settings of old": "backends.cudnn.allow_tf32 = backends.cuda.matmul.allow_tf32 = True",
    "fast matrix products": "torch.set_float32_matmul_precision('high')",
}
TF32_PROBE = """
import torch
from torch import backends
from synthlib.training import devices
{start}
devices.pick_device()
with devices.deterministic_convolutions():
    print(backends.cudnn.deterministic, backends.cudnn.benchmark)
    print(backends.cudnn.conv.fp32_precision, backends.cuda.matmul.fp32_precision)
print(backends.cudnn.deterministic, backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32)
print(torch.get_float32_matmul_precision())
"""


@pytest.mark.parametrize("start", STARTING_STATES.values(), ids=STARTING_STATES)
def test_float32_is_float32_whatever_was_set_before(start: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TF32_PROBE.format(start=start)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == (
        "True False ieee ieee False False False highest".split()  # deterministic only inside
    )
