"""Sheets of a run's images: their number, order and titles."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from synthlib import data
from synthlib.reporting.sheets import run_images
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_data import make_study_data, micro_params, write_renders


def test_each_preset_has_a_row(tmp_path: Path) -> None:
    params = micro_params(tmp_path)
    sources = make_study_data(tmp_path, params)
    sheet = run_images.augmentation_sheet(params, sources, columns=6)
    shown = [ax for ax in sheet.axes if ax.images]
    titles = [ax.get_title() for ax in shown if ax.get_title()]
    assert len(shown) == 5 * 6
    assert [t.splitlines()[0] for t in titles] == [
        "thesis real",
        "thesis test",
        "thesis synthetic",
        "matched",
        "matched",
    ]
    pixels = [ax.images[0].get_array() for ax in shown]
    assert len({p.tobytes() for p in map(np.ascontiguousarray, pixels[:6])}) > 1  # random
    assert len({p.tobytes() for p in map(np.ascontiguousarray, pixels[6:12])}) == 1  # not random
    plt.close(sheet)
    with pytest.raises(ParameterError, match="real_fraction and synthetic_fraction"):
        run_images.augmentation_sheet(micro_params(tmp_path, real_fraction=0.0), sources)


def test_an_instance_whose_front_view_was_left_out_shows_the_nearest(tmp_path: Path) -> None:
    renders = write_renders(tmp_path, instances=2)
    left = renders.drop(renders.index[[2, 4, 5]])  # views 2 of one backpack, 1 and 2 of another
    assert run_images.front_views(left)["view"].tolist() == [1, 0, 2, 2, 2, 2]
    names = left.drop_duplicates(["class", "instance"])[["class", "instance"]]
    sheet = run_images.least_recognised_sheet(left, tmp_path, names.assign(top1=0.0, taken_for=""))
    assert len([ax for ax in sheet.axes if ax.images]) == 6
    sheet = run_images.instance_sheet(left, tmp_path, columns=2)
    assert len([ax for ax in sheet.axes if ax.images]) == 6
    plt.close("all")
    late = pd.DataFrame({"class": "cup", "instance": "a", "view": [3, 9, 20]})
    assert run_images.front_views(late)["view"].tolist() == [9]


def test_the_steps_of_one_training_image_are_drawn_with_their_shapes(tmp_path: Path) -> None:
    params = micro_params(tmp_path / "outputs")
    train = data.training_set(params, make_study_data(tmp_path, params))
    n = len(train.batch(0, run_images.CPU).names)
    steps = {0: "photograph", n - 1: "composite"}
    for index, step in steps.items():
        explained = data.explain_sample(train, step=0, index=index)
        figure = run_images.image_steps_sheet(explained, params.classes)
        titles = [ax.get_title() for ax in figure.axes]
        assert [title.split("\n")[0] for title in titles[-2:]] == ["augmented", "model input"]
        assert any(title.startswith(step) for title in titles)
        assert titles[-1].endswith(f"(3, {params.image_size}, {params.image_size})")
        assert explained.name in figure.get_suptitle()
