"""Learning rates of hand-computed cases; optimisers with the run's parameters."""

import pytest
import torch
from torch import nn

from synthlib.data.batch_sampler import build_batch_sampler
from synthlib.params import validate_params
from synthlib.training.models import build_model
from synthlib.training.optim import (
    build_optimizer,
    input_size_at,
    learning_rate_at,
    resize_input,
)

BOTH = {"real_fraction": 1.0, "synthetic_fraction": 1.0}


def test_the_rate_decays_by_epochs_or_by_steps() -> None:
    params = validate_params(BOTH | {"epochs": 9, "lr_decay_every": 3})
    sampler = build_batch_sampler(params, 64, 64)
    rates = [learning_rate_at(params, sampler, 2 * epoch) for epoch in (0, 2, 3, 6)]
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.0001])
    matched = validate_params(
        BOTH | {"protocol": "matched", "matched_steps": 9, "matched_decay_every": 4}
    )
    sampler = build_batch_sampler(matched, 64, 64)
    assert [learning_rate_at(matched, sampler, s) for s in (3, 4)] == pytest.approx([0.01, 0.001])
    constant = validate_params(BOTH | {"lr_decay_every": 0})
    assert learning_rate_at(constant, build_batch_sampler(constant, 64, 64), 200) == 0.01


def test_a_cosine_falls_from_the_rate_to_nothing() -> None:
    params = validate_params(BOTH | {"schedule": "cosine", "steps": 8})
    sampler = build_batch_sampler(params, 64, 64)
    rates = [learning_rate_at(params, sampler, step) for step in range(8)]
    assert rates[0] == 0.01
    assert rates[4] == pytest.approx(0.005)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[7] < 0.0005


def test_constant_stays_whatever_the_decay_says() -> None:
    params = validate_params(BOTH | {"schedule": "constant", "lr_decay_every": 1, "epochs": 4})
    sampler = build_batch_sampler(params, 64, 64)
    assert {learning_rate_at(params, sampler, step) for step in range(sampler.steps)} == {0.01}


def rates(**given) -> list[float]:
    params = validate_params(BOTH | {"learning_rate": 1.0, "protocol": "tuned"} | given)
    sampler = build_batch_sampler(params, 64, 64)
    return [learning_rate_at(params, sampler, step) for step in range(sampler.steps)]


def test_warm_up_rises_to_the_peak_and_the_schedule_falls_after_it() -> None:
    assert rates(steps=10, schedule="linear", warmup=0.2) == pytest.approx(
        [0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    )
    cosine = rates(steps=12, schedule="cosine", warmup=0.25)
    assert cosine[:4] == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert cosine[6] == pytest.approx(0.75)
    assert rates(steps=4, schedule="constant", warmup=0.5) == [0.5, 1.0, 1.0, 1.0]
    assert rates(steps=4, schedule="step", warmup=0.25, matched_decay_every=2) == pytest.approx(
        [1.0, 1.0, 0.1, 0.1]
    )


def test_phases_have_their_own_rates_and_may_restart_the_schedule() -> None:
    phases = {"phase_ends": [0.5, 1.0], "phase_lr_factors": [1.0, 0.1]}
    assert rates(steps=8, schedule="linear", **phases) == pytest.approx(
        [1, 7 / 8, 6 / 8, 5 / 8, 0.4 / 8, 0.3 / 8, 0.2 / 8, 0.1 / 8]
    )
    restarted = rates(steps=8, schedule="linear", warmup=0.25, phase_restart=True, **phases)
    assert restarted[:4] == pytest.approx([1, 1, 2 / 3, 1 / 3])
    assert restarted[4:] == pytest.approx([0.1 * rate for rate in restarted[:4]])


def test_the_input_grows_in_multiples_of_eight_pixels() -> None:
    given = {"image_size": 64, "small_size": 40, "small_until": 0.6}
    params = validate_params(BOTH | given)
    sizes = [input_size_at(params, 10, step) for step in range(10)]
    assert sizes == [40, 40, 48, 48, 56, 56, 64, 64, 64, 64]
    plain = validate_params(BOTH | {"image_size": 50})
    assert {input_size_at(plain, 10, step) for step in range(10)} == {50}


def test_a_reduced_input_averages_pixels() -> None:
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert resize_input(images, 32) is images
    ramp = torch.linspace(-1, 1, 32).expand(1, 3, 32, 32)
    reduced = resize_input(ramp, 16)
    means = ramp[0, 0, 0].unflatten(0, (16, 2)).mean(1)
    assert torch.allclose(reduced[0, 0, 5, 2:-2], means[2:-2], atol=1e-6)
    assert resize_input(images[:0], 16).shape[0] == 0


def test_without_decay_norms_only_filters_and_matrices_decay() -> None:
    given = {"decay_norms": False, "nesterov": True, "weight_decay": 0.1}
    params = validate_params(BOTH | given)
    model = build_model("resnet18", 3, seed=0)
    decayed, others = build_optimizer(params, model).param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert decayed["nesterov"]
    assert others["nesterov"]
    kinds = {
        id(weight): type(module)
        for module in model.modules()
        for weight in module.parameters(recurse=False)
    }
    assert all(issubclass(kinds[id(weight)], nn.Conv2d | nn.Linear) for weight in decayed["params"])
    linear_bias = id(next(m for m in model.modules() if isinstance(m, nn.Linear)).bias)
    assert {kinds[id(weight)] for weight in others["params"] if id(weight) != linear_bias} == {
        nn.BatchNorm2d
    }
    assert len(decayed["params"]) + len(others["params"]) == len(list(model.parameters()))


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_optimisers_take_the_steps_of_torch_s_plain_ones(name: str) -> None:
    params = validate_params(BOTH | {"optimizer": name, "momentum": 0.5, "weight_decay": 0.1})
    ours, plain = (nn.Linear(3, 2, dtype=torch.float64) for _ in range(2))
    plain.load_state_dict(ours.state_dict())
    kind = torch.optim.Adam if name == "adam" else torch.optim.SGD
    extra = {} if name == "adam" else {"momentum": 0.5}
    reference = kind(plain.parameters(), lr=0.01, weight_decay=0.1, **extra)
    for model, optimizer in ((ours, build_optimizer(params, ours)), (plain, reference)):
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(4, 3, dtype=torch.float64)).square().sum().backward()
            optimizer.step()
    assert torch.allclose(ours.weight, plain.weight, rtol=1e-12)
