"""Figures 28 and 29 of fabricated runs, on photographs of one colour each."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import binomtest

from synthlib import params as parameters
from synthlib.classes import CLASSES
from synthlib.inspection import gained_lost
from synthlib.params import Params
from tests.helpers.fake_runs import write_fake_run


@pytest.fixture
def study(tmp_path: Path) -> Params:
    """Two runs of `tiny` on ten photographs per class: 60% and 80% correct."""
    write_fake_run(tmp_path / "outputs", "baseline", 60, n=10)
    write_fake_run(tmp_path / "outputs", "mixed_synth100", 80, n=10)
    outputs, data = str(tmp_path / "outputs"), str(tmp_path / "data")
    p = parameters.load("tiny", "baseline", outputs=outputs, data_root=data)
    for i, name in enumerate(p.classes):
        for split, count in (("val", 10), ("train", p.dev_per_class + 1)):
            folder = tmp_path / "data/imagenet" / split / CLASSES[name].synset
            folder.mkdir(parents=True)
            for j in range(count):
                shade = (30 * i, 20 * j % 256, (j + 200 * (split == "train")) % 256)
                Image.new("RGB", (64, 64), shade).save(folder / f"{j}.JPEG")
    return p


def title_and_images(figure: Figure) -> tuple[str, list[np.ndarray]]:
    text = figure.get_suptitle()
    images = [ax.images[0].get_array() for ax in figure.axes if ax.images]
    plt.close(figure)
    return text, images


def test_photographs_that_only_one_run_classifies_correctly(study: Params) -> None:
    table = gained_lost.compare_runs(gained_lost._run_pairs(study)[0])
    counts = table["outcome"].value_counts()
    gained, lost = counts["only B"], counts["only A"]
    assert gained - lost == 14  # 80 - 60 percent of 70
    p = binomtest(int(gained), int(gained + lost)).pvalue
    for number, count in ((28, gained), (29, lost)):
        text, images = title_and_images(gained_lost.gained_lost_figure(number, study, n=100))
        assert len(images) == count
        assert f"only mixed {gained}, only baseline {lost}" in text
        assert f"McNemar's p {p:.2g}" in text
        assert "850: both right 525, only mixed 118, only baseline 43, neither 164" in text
    few = title_and_images(gained_lost.gained_lost_figure(28, study, n=3))[1]
    assert len(few) == 3
    greens = {round(float(image[..., 1].mean() * 255)) for image in images}
    assert len(greens) > 1  # different photographs, not one repeated


def test_counts_follow_the_published_ones(study: Params) -> None:
    table = gained_lost.outcome_counts(study).set_index("which")
    assert table.loc["published", ["n_test", "both right"]].tolist() == [850, 525]
    assert table.loc["published", "McNemar's p"] == "below 0.0001"
    here = table.loc["protocol thesis"]
    assert here[["both right", "only mixed", "only baseline", "neither"]].sum() == 70
    assert here["n_test"] == 70


def test_without_runs_or_photographs_a_placeholder_says_so(study: Params, tmp_path: Path) -> None:
    no_runs = study.model_copy(update={"outputs": str(tmp_path / "nothing")})
    figure = gained_lost.gained_lost_figure(28, no_runs)
    assert "not run at this scale" in figure.axes[0].texts[0].get_text()
    assert gained_lost.outcome_counts(no_runs)["which"].tolist() == ["published"]
    no_photographs = study.model_copy(update={"data_root": str(tmp_path / "gone")})
    text = gained_lost.gained_lost_figure(29, no_photographs).axes[0].texts[0].get_text()
    assert "not drawn on this machine" in text
    assert "McNemar's p" in text
    plt.close("all")


def test_stand_ins_are_shown_without_published_counts(study: Params) -> None:
    table = gained_lost.compare_runs(gained_lost._run_pairs(study)[0])
    p = study.model_copy(update={"stand_in": True})
    assert "thesis" not in gained_lost.outcome_counts_text(table, p)
    assert "published" not in set(gained_lost.outcome_counts(p)["which"])
