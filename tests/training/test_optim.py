"""Learning rates of hand-computed cases; optimisers with the run's parameters."""

import pytest
import torch
from torch import nn

from synthlib.data.batch_sampler import build_batch_sampler
from synthlib.params import validate_params
from synthlib.training.optim import build_optimizer, learning_rate_at

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
