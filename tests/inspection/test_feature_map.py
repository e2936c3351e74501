"""Maps of features: the same images for every model, and a number for each map."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from synthlib import params as parameters
from synthlib.inspection import feature_map
from synthlib.inspection.feature_map import SharedImages
from synthlib.inspection.features import extract_features
from synthlib.inspection.run_inspector import RunInspector
from synthlib.reporting import figures
from synthlib.reporting.figures import feature_maps
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError
from tests.helpers.fake_runs import write_fake_run


def table(n: int = 60) -> pd.DataFrame:
    half = n // 2
    return pd.DataFrame(
        {
            "class": ["banana", "backpack"] * half,
            "domain": ["real"] * half + ["synthetic_bg"] * half,
            "group": [f"photograph {i}" for i in range(half)] + [f"{i // 6}" for i in range(half)],
        }
    )


def balanced_images(inspector: RunInspector) -> SharedImages:
    tables = {
        name: inspector.table[inspector.table["test_set"] == name].astype({"true": str})
        for name in feature_map.MAPPED_DOMAINS
    }
    return feature_map.sample_balanced_images(inspector.test_images, tables, 0)


def test_different_domains_are_separable_and_equal_ones_are_not() -> None:
    rng = rng_for(0, "features")
    features = rng.normal(size=(60, 8))
    shifted = features + 6 * (table()["domain"] == "real").to_numpy()[:, None]
    assert feature_map.domain_separability(shifted, table())["told_apart"] == 100
    equal = feature_map.domain_separability(features, table())
    assert 25 < equal["told_apart"] < 75
    assert equal["low"] < equal["told_apart"] < equal["high"]


def test_views_of_one_instance_are_never_on_both_sides_of_a_split() -> None:
    """Features of the instance alone do not predict the domain of other instances."""
    groups = table()["group"].factorize()[0]
    features = rng_for(0, "names").normal(size=(groups.max() + 1, 40))[groups]
    assert feature_map.domain_separability(features, table())["told_apart"] < 75


def test_a_map_is_the_same_for_the_same_features() -> None:
    features = rng_for(0, "map").normal(size=(60, 8))
    one, two = (feature_map.tsne_positions(features, table()) for _ in range(2))
    assert one[["x", "y"]].to_numpy() == pytest.approx(two[["x", "y"]].to_numpy())


def test_the_samples_of_a_run_are_placed_by_their_features(inspector: RunInspector) -> None:
    points = feature_map.sample_positions(inspector, "real")
    rows = inspector.table[inspector.table["test_set"] == "real"]
    assert points.index.tolist() == rows.index.tolist()
    images = inspector.test_images.images("real", rows["sample"].tolist())
    expected = feature_map.tsne_positions(extract_features(inspector.model, images), rows)
    assert points[["x", "y"]].to_numpy() == pytest.approx(expected[["x", "y"]].to_numpy())
    figure = feature_map.sample_map_figure(inspector, "real")
    n_right = int(rows["right"].sum())
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [f"correct: {n_right}", f"misclassified: {len(rows) - n_right}"]
    plt.close(figure)
    with pytest.raises(SynthlibError, match="at least 5 samples, not 0"):
        feature_map.sample_positions(inspector, "dev")


def test_all_models_see_equally_many_images_of_each_class_and_domain(
    inspector: RunInspector,
) -> None:
    images = balanced_images(inspector)
    counts = images.table.value_counts(["class", "domain"])
    assert len(counts) == 6
    assert counts.nunique() == 1
    assert len(images.pixels) == len(images.table)
    composites = images.table[images.table["domain"] == "synthetic_bg"]
    assert set(composites["group"]) == {f"{name}/p0004" for name in inspector.params.classes}
    features = extract_features(inspector.model, images.pixels)
    placed = feature_map.tsne_positions(features, images.table)
    figure, ax = plt.subplots()
    figures.feature_points(ax, placed, inspector.params.classes)
    drawn = [len(np.asarray(marks.get_offsets())) for marks in ax.collections]
    assert drawn == [len(images.table) / 2] * 2
    plt.close(figure)


def test_without_runs_or_data_a_placeholder_says_so(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path), data_root=str(tmp_path / "no"))
    figure, measured = feature_map.feature_map_figure(p)
    assert set(measured["note"]) == {"not run at this scale"}
    plt.close(figure)
    write_fake_run(tmp_path, "baseline", 60)
    figure, measured = feature_map.feature_map_figure(p)
    assert measured["note"][0].startswith("not drawn on this machine: ")
    assert measured["note"][1] == "not run at this scale"
    assert (
        "`baseline`, protocol `thesis`: not drawn on this machine"
        in feature_map.separability_markdown(measured)
    )
    plt.close(figure)


def test_with_too_few_objects_there_is_a_map_but_no_number(inspector: RunInspector) -> None:
    images = balanced_images(inspector)  # of one test object per class, three in all
    runs = pd.DataFrame({"seed": [0], "folder": [inspector.run.folder]})
    row, points = feature_map._measure_experiment(runs, images, "")
    assert row["note"] == "fewer than 5 objects or photographs: no number"
    assert points is not None
    assert "told_apart" not in row


def test_seventeen_classes_have_different_colours() -> None:
    for count in (5, 7, 17):
        assert len(set(feature_maps.class_colors([str(i) for i in range(count)]).values())) == count
