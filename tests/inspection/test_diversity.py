"""Variety of objects and photographs, and accuracy by instance, on random images."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synthlib.inspection import diversity
from synthlib.training.loop import build_model

SIZE = 32


@pytest.fixture(scope="module")
def model():
    return build_model("resnet18", 3, seed=0)


def draw(path, seed, mode="RGBA"):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (48, 48, len(mode)), dtype=np.uint8)
    Image.fromarray(np.kron(pixels[::6, ::6], np.ones((6, 6, 1), np.uint8)), mode).save(path)


def manifest(tmp_path, instances):
    """Two fixed views and a random one of each (instance, asset, seed of its pixels), as files."""
    rows = []
    for name, asset, seed in instances:
        for view in range(3):
            file = f"cup/{name}/{view:02d}.png"
            draw(tmp_path / file, [seed, view])
            kind = "random" if view == 2 else "deterministic"
            row = {"class": "cup", "instance": name, "view": view, "kind": kind}
            rows.append(row | {"asset": asset, "file": file})
    return pd.DataFrame(rows)


def test_equal_instances_have_no_distance_and_different_ones_have(tmp_path, model):
    same = manifest(tmp_path / "a", [("p0", "procedural", 1), ("p1", "procedural", 1)])
    differ = manifest(tmp_path / "b", [("p0", "procedural", 1), ("p1", "procedural", 2)])
    equal = diversity.render_variety(model, same, tmp_path / "a", SIZE).iloc[0]
    different = diversity.render_variety(model, differ, tmp_path / "b", SIZE).iloc[0]
    assert equal["features"] == pytest.approx(0.0, abs=1e-5)
    assert equal["hash"] == 0.0
    assert different["features"] > 0.001
    assert 0.2 < different["hash"] < 0.8


def test_generated_objects_and_model_files_are_separate_and_variations_left_out(tmp_path, model):
    kinds = [("p0", "procedural", 1), ("p1", "procedural", 2), ("mug-v0-aa", "mug/mug.obj", 3)]
    table = manifest(tmp_path, [*kinds, ("mug-v1-aa", "mug/mug.obj", 4)])
    found = diversity.render_variety(model, table, tmp_path, SIZE).set_index("source")
    assert found["n"].to_dict() == {"generated": 2, "model files": 1}
    assert np.isnan(found.loc["model files", "features"])  # one instance has no pair


def test_only_training_photographs_are_compared_next_to_renders(tmp_path, model):
    rows = []
    for seed, split in enumerate(["train", "train", "val"]):
        draw(tmp_path / f"{seed}.png", seed, "RGB")
        rows.append({"class": "cup", "split": split, "sample": f"{seed}.png"})
    photographs = diversity.photograph_variety(model, pd.DataFrame(rows), tmp_path, SIZE)
    assert photographs["n"].tolist() == [2]
    table = manifest(tmp_path, [("p0", "procedural", 1), ("p1", "procedural", 2)])
    both = diversity.variety_by_class(
        diversity.render_variety(model, table, tmp_path, SIZE), photographs
    )
    assert both.index.tolist() == ["cup"]
    assert both["hash"].notna().all(axis=None)


def test_every_render_is_predicted_on_grey_in_the_order_of_the_manifest(tmp_path, model):
    table = manifest(tmp_path, [("p0", "procedural", 1), ("p1", "procedural", 1)])
    found = diversity.predict_on_grey(model, ["a", "b", "cup"], table, tmp_path, SIZE)
    assert found["sample"].tolist() == [f"cup/p{k}/{view:02d}" for k in (0, 1) for view in range(3)]
    assert found["true"].unique().tolist() == ["cup"]
    logits = found[["logit_a", "logit_b", "logit_cup"]].to_numpy()
    np.testing.assert_allclose(logits[:3], logits[3:], rtol=1e-4)  # equal pixels
    assert np.abs(logits[0] - logits[1]).max() > 1e-4
    assert diversity.accuracy_by_instance(found)["n"].tolist() == [3, 3]


def test_instances_are_sorted_worst_first_with_their_most_frequent_mistake():
    rows = []
    for instance, predicted in {"good": "aa", "bad": "cc", "half": "ab"}.items():
        for view, name in enumerate(predicted):
            logits = {f"logit_{cls}": float(cls == name) for cls in "abc"}
            rows.append({"sample": f"a/{instance}/{view:02d}", "true": "a"} | logits)
    found = diversity.accuracy_by_instance(pd.DataFrame(rows))
    assert found["instance"].tolist() == ["bad", "half", "good"]
    assert found["top1"].tolist() == [0.0, 50.0, 100.0]
    assert found["taken_for"].tolist() == ["c", "b", ""]
    assert found["n"].tolist() == [2, 2, 2]
