"""Small convolutions as matrix products: equal to `nn.Conv2d`, and used only where it is slow."""

import copy

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor

from synthlib.data.batch_sampler import REAL, SYNTHETIC
from synthlib.training.models import (
    LayerPerDomain,
    SmallMapConv2d,
    build_model,
    logits_by_domain,
    use_small_map_convolutions,
)


def on(capability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)


@settings(deadline=None, max_examples=60)
@given(
    side=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    last=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_maps_and_gradients_are_those_of_conv2d(
    side: tuple[int, int], kernel: tuple[int, int], stride: int, padding: int, last: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    side = (max(side[0], kernel[0]), max(side[1], kernel[1]))
    usual = nn.Conv2d(3, 5, kernel, stride, padding, bias=False).double()
    small = SmallMapConv2d(3, 5, kernel, stride, padding, bias=False).double()
    small.load_state_dict(usual.state_dict())
    results = []
    for layer in (usual, small):
        images = torch.randn(2, 3, *side, generator=generator.manual_seed(seed)).double()
        if last:
            layer = layer.to(memory_format=torch.channels_last)
            images = images.contiguous(memory_format=torch.channels_last)
        images.requires_grad_()
        maps = layer(images)
        (maps * torch.arange(maps.numel()).view_as(maps)).sum().backward()
        results.append((maps.detach(), images.grad, layer.weight.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_only_small_maps_are_products_of_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    usual = nn.functional.conv2d
    monkeypatch.setattr(
        nn.functional, "conv2d", lambda x, *a: seen.append(x.shape[2]) or usual(x, *a)
    )
    layer = SmallMapConv2d(2, 2, 3, padding=1, bias=False)
    for bf16 in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            for side in (1, 2, 3, 8):
                layer(torch.zeros(1, 2, side, side))
    assert seen == [3, 8, 1, 2, 3, 8]


def test_a_model_changes_only_on_a_cpu_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {}
    for capability in ("DEFAULT", "AVX2", "AVX512"):
        on(capability, monkeypatch)
        model = build_model("resnet18", 3, seed=0)
        kinds[capability] = [type(m) for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert set(kinds["DEFAULT"]) == {nn.Conv2d}
    assert kinds["AVX2"] == kinds["AVX512"]
    assert kinds["AVX2"].count(SmallMapConv2d) == 17  # all but the three of 1 x 1


def test_other_kinds_of_layers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    on("AVX2", monkeypatch)
    model = nn.Sequential(
        nn.Conv2d(4, 4, 3),
        nn.Conv2d(4, 4, 3, groups=2, bias=False),
        nn.Conv2d(4, 4, 3, dilation=2, bias=False),
        nn.Conv2d(4, 4, 3, padding="same", bias=False),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect", bias=False),
    )
    use_small_map_convolutions(model)
    assert {type(m) for m in model} == {nn.Conv2d}


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_a_step_of_a_whole_network_is_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    images = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0)).double()
    for capability in ("AVX512", "AVX2"):
        on(capability, monkeypatch)
        model = copy.deepcopy(build_model(name, 3, seed=0)).double()
        loss = nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0]))
        loss.backward()
        results.append({"loss": loss} | {k: p.grad for k, p in model.named_parameters()})
    assert results[0].keys() == results[1].keys()
    for key, value in results[0].items():
        torch.testing.assert_close(results[1][key], value, rtol=1e-6, atol=1e-9, msg=key)


def test_features_of_a_changed_model_can_be_extracted(monkeypatch: pytest.MonkeyPatch) -> None:
    on("AVX2", monkeypatch)
    model = build_model("resnet18", 3, seed=0).eval()
    body = create_feature_extractor(model, ["flatten", "fc"])
    for side in (64, 96):  # maps of 2 and of 3 px: the method is chosen for each size
        images = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side))
        assert torch.equal(body(images)["fc"], model(images))


def test_each_domain_trains_its_own_last_layer_and_photographs_are_tested_with_theirs() -> None:
    one = nn.Linear(8, 3)
    layer = LayerPerDomain(one)
    features = torch.randn(5, 8, generator=torch.Generator().manual_seed(0))
    together = logits_by_domain(layer(features), n_real=2)
    torch.testing.assert_close(together, one(features))
    together[:2].sum().backward()  # of the photographs
    assert layer.weight.grad is not None
    assert layer.weight.grad[:3].abs().min() > 0
    assert not layer.weight.grad[3:].any()
    with torch.no_grad():
        layer.weight[3:] += 1
        layer.bias[3:] += 1
    torch.testing.assert_close(layer.eval()(features), layer.for_photographs()(features))
    torch.testing.assert_close(layer(features), one(features))
    layer.train().copy_to(SYNTHETIC)
    assert torch.equal(*layer(features).chunk(2, dim=1))
    with torch.no_grad():
        layer.weight[3:] += 1
    layer.copy_to(REAL)
    torch.testing.assert_close(layer.weight[:3], one.weight + 1)
