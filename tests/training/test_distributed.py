"""Two processes that train together under torchrun (gloo) give the result of one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from synthlib.training.devices import join_process_group
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_data import LAYER_PER_DOMAIN

SCRIPT = """
import dataclasses
import json
import sys
from pathlib import Path
import torch
sys.path.insert(0, {tests!r})
from tests.helpers.fake_data import make_study_data, micro_params
from synthlib import runs
from synthlib.data import datasets
from synthlib.training import devices, loop
folder = Path(sys.argv[1])


def exact(*arguments):  # in float64, so that rounding does not hide a mistake
    model = build(*arguments).double()
    model.register_forward_pre_hook(lambda _, images: images[0].double())
    return model


def part_of_whole(self, step, device, *, rank=0, world_size=1):
    # a part that is computed alone differs by rounding, which training magnifies
    whole = batch(self, step, device)
    part = batch(self, step, device, rank=rank, world_size=world_size)
    positions = range(len(whole.names))  # a name may come twice
    of_domains = positions[:whole.n_real], positions[whole.n_real:]
    chosen = [i for domain in of_domains for i in domain[rank::world_size]]
    assert [whole.names[i] for i in chosen] == list(part.names)
    images = whole.images[chosen]
    assert torch.allclose(part.images, images, atol=1e-4)
    return dataclasses.replace(part, images=images)


build, loop.build_model = loop.build_model, exact
batch, datasets.TrainingSet.batch = datasets.TrainingSet.batch, part_of_whole
with devices.join_process_group() as group:
    assert group.world_size == int(sys.argv[2]), group
    # 30 + 36 samples in batches of 13: the last one has 1, so one process has none
    params = micro_params(
        folder, epochs=2, batch_size=13, precision="fp32", learning_rate=0.01, stem="small",
        **json.loads(sys.argv[3])
    )
    if group.is_main:
        make_study_data(folder, params)
    group.barrier()
    study_data = make_study_data(folder, params)
    run = runs.open_run(params, study_data.digests) if group.is_main else None
    group.barrier()
    run = run or runs.find_run(params, study_data.digests)
    data = datasets.training_set(params, study_data)
    group.barrier()
    loop.train(run, data, process_group=group, show_progress=False)
"""


RECIPES = {"thesis": {}, "layers": LAYER_PER_DOMAIN}


def run(script: Path, folder: Path, world: int, recipe: dict) -> Path:
    command = [sys.executable]
    if world > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={world}"]
    command += [str(script), str(folder), str(world), json.dumps(recipe)]
    env = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return next(folder.glob("runs/micro/*/*/seed*"))


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_processes_give_the_result_of_one(tmp_path: Path, recipe: str) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parents[2])))
    one, two = (run(script, tmp_path / str(n), n, RECIPES[recipe]) for n in (1, 2))
    logs = [pd.read_csv(folder / "log.csv") for folder in (one, two)]
    for column in ("round", "step", "learning_rate"):
        assert logs[0][column].equals(logs[1][column])
    assert (logs[0]["train_loss"] - logs[1]["train_loss"]).abs().max() < 1e-6
    a, b = (load_file(folder / "model.safetensors") for folder in (one, two))
    assert a.keys() == b.keys()
    for name, tensor in a.items():
        if name.endswith("num_batches_tracked"):
            assert torch.equal(tensor, b[name])
            continue
        change = (tensor - b[name]).norm() / tensor.norm().clamp(min=1e-6)
        assert change < 1e-6, (name, float(change))


def test_incomplete_torchrun_variables_are_reported(monkeypatch) -> None:
    for name in ("RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with (
        pytest.raises(ParameterError, match=r"WORLD_SIZE is 2 but RANK .* start by torchrun"),
        join_process_group(),
    ):
        pass


def test_shared_batch_norm_alone_is_batch_norm(tmp_path: Path) -> None:
    """One process of gloo: values, gradients and running statistics of torch's own layer."""
    code = f"""
import torch
from torch import distributed, nn
from synthlib.training.distributed import convert_to_sync_batch_norm
store = distributed.FileStore({str(tmp_path / "store")!r}, 1)
distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
g = torch.Generator().manual_seed(0)
x = 50 + torch.randn(6, 3, 5, 4, generator=g)
plain = nn.Sequential(nn.BatchNorm2d(3))
shared = convert_to_sync_batch_norm(nn.Sequential(nn.BatchNorm2d(3)))
results = []
for model in (plain, shared):
    model.train()
    y = x.clone().requires_grad_()
    out = model(y)
    (out ** 3).sum().backward()
    grads = [p.grad for p in model.parameters()]
    results.append([out, y.grad, *grads, *model.state_dict().values()])
for a, b in zip(*results, strict=True):
    assert torch.allclose(a.float(), b.float(), rtol=1e-3, atol=1e-4), (a, b)
distributed.destroy_process_group()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
