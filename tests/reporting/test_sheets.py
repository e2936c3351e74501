"""The thesis's sheets of images: their samples, classes and titles."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from synthlib.data import datasets
from synthlib.data.prepare import StudyData
from synthlib.photographs.photographs import DataError
from synthlib.reporting import data_summary, figures, save, sheets
from synthlib.reporting.sheets import run_images
from synthlib.reporting.sheets.context import (
    FIGURE_CLASS_GROUPS,
    THESIS_CLASS_ORDER,
    even_columns,
    numbered_classes,
    substitute_classes,
)
from synthlib.seeding import rng_for
from tests.helpers.fake_data import CLASSES, make_study_data, micro_params

ALL = list(THESIS_CLASS_ORDER)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[sheets.SheetContext]:
    yield make_shown(tmp_path)
    plt.close("all")


def make_shown(folder: Path, **more) -> sheets.SheetContext:
    """Three classes of drawn shapes, with the angles and coverage that Blender would give."""
    params = micro_params(folder, **more)
    data = with_views(make_study_data(folder, params))
    return sheets.SheetContext(params, data, folder / "store", folder / "data")


def with_views(data: StudyData) -> StudyData:
    assert data.renders is not None
    table = data.renders
    seen = {
        "kind": np.where(table["view"] < 2, "deterministic", "random"),
        "azimuth": 50.0 * table["view"],
        "elevation": 30.0 * table["view"],
        "coverage": rng_for(0, "coverage").uniform(0.05, 0.9, len(table)),
    }
    return replace(data, renders=table.assign(**seen))


def pixels(sheet: Figure) -> list[np.ndarray]:
    """The images of a sheet, as drawn."""
    return [np.asarray(ax.images[0].get_array()) for ax in sheet.axes if ax.images]


def title(sheet: Figure) -> str:
    return sheet.get_suptitle().replace("\n", " ")


def under(sheet: Figure) -> list[str]:
    return [ax.get_title() for ax in sheet.axes if ax.images and ax.get_title()]


def test_a_study_with_the_thesis_s_classes_shows_those() -> None:
    for group in FIGURE_CLASS_GROUPS:
        for figure, wanted in group.items():
            assert sheets.figure_class(figure, ALL) == (wanted, "")


def test_another_class_stands_for_a_missing_one_and_the_title_says_so() -> None:
    classes = ["backpack", "banana", "basketball", "food_table", "pc_keyboard", "tv_remote"]
    assert sheets.figure_class(3, classes) == ("banana", "")
    assert [sheets.figure_class(n, classes)[0] for n in (4, 5)] == ["backpack", "pc_keyboard"]
    assert sheets.figure_class(4, classes)[1] == "here: backpack, since this study has no toaster"
    assert sheets.figure_class(10, classes) == sheets.figure_class(
        11, classes
    )  # real and synthetic
    assert substitute_classes(["cup", "vase"], ["cup"]) == ["cup", "cup"]  # better than nothing
    with pytest.raises(ValueError, match=r"figure 8 does not show a single class; allowed: \[3, 4"):
        sheets.figure_class(8, classes)


def test_classes_keep_the_thesis_s_numbers() -> None:
    assert numbered_classes(["mug", "banana", "wall_clock"]) == [(3, "wall_clock"), (17, "banana"),
                                                         (18, "mug")]  # fmt: skip
    assert [even_columns(n) for n in (1, 5, 7, 8, 17)] == [1, 5, 7, 4, 6]


def test_samples_are_of_their_class_and_from_training(shown: sheets.SheetContext) -> None:
    real, made = (sheets.class_sample_table(shown, number) for number in (2, 5))
    assert real["class"].tolist() == ["backpack", "basketball", "banana"]
    assert real["index"].tolist() == [4, 5, 17]
    split = shown.data.photographs.table.set_index("sample")
    for row in real.to_dict("records"):
        assert 1 <= len(row["image_example"]) <= 8
        assert set(split.loc[row["image_example"], "class"]) == {row["class"]}
        assert set(split.loc[row["image_example"], "split"]) == {"train"}
    assert all("p0004" not in name for names in made["image_example"] for name in names)
    assert sheets.class_sample_table(shown, 2).equals(real)  # always the same
    sheet = sheets.class_sample_sheet(shown, 5)
    assert [text.get_text() for text in sheet.texts if text.get_text()][:3] == [
        "4  backpack",
        "5  basketball",
        "17  banana",
    ]
    assert len(pixels(sheet)) == made["image_example"].map(len).sum()
    with pytest.raises(ValueError, match="table 3 is not a sheet"):
        sheets.class_sample_table(shown, 3)


def test_collages_show_all_classes_and_categories_in_turn(shown: sheets.SheetContext) -> None:
    sheet = sheets.photograph_collage(shown)
    assert under(sheet)[:3] == [figures.readable_name(name) for name in CLASSES]
    assert len(pixels(sheet)) == 3 * 10  # all of split train, 10 per class
    assert "30 of the 30 training photographs" in title(sheet)
    sheet = sheets.background_collage(shown)
    assert under(sheet)[:2] == ["kitchen", "living room"]
    assert "Figure 2. Places dataset" in title(sheet)


def test_all_views_of_one_instance_under_their_angles(shown: sheets.SheetContext) -> None:
    sheet = sheets.viewpoint_sheet(shown.renders, shown.store, 3)
    assert under(sheet) == ["0°, 0°", "50°, 30°", "100°, 60°"]
    assert title(sheet).startswith("Figure 3. Banana from 26 viewpoints instance p000")
    assert "3 views" in title(sheet)


def test_an_instance_is_augmented_and_pasted_on_its_scenes(shown: sheets.SheetContext) -> None:
    sheet = sheets.composite_views(shown, 6)
    images = pixels(sheet)
    assert len(images) == 3
    assert images[0].shape == (48, 48, 3)  # as large as the renders, not as the model's input
    assert len({image.tobytes() for image in images}) == 3
    assert re.search(r"p0003: 3 views on (kitchen|living room|kitchen, living room) ", title(sheet))
    assert "without a background of their own categories: basketball" in title(sheet)
    again = pixels(sheets.composite_views(shown, 6))
    assert all((a == b).all() for a, b in zip(images, again, strict=True))


def test_the_same_objects_with_and_without_background(shown: sheets.SheetContext) -> None:
    on_scene, on_black = (
        sheets.composites_with_background(shown),
        sheets.composites_without_background(shown),
    )
    assert under(on_scene) == under(on_black) == ["backpack", "basketball", "banana"]
    corners = [image[0, 0].max() for image in pixels(on_black)]
    assert corners == [0, 0, 0]
    assert all(image.mean() > 0.05 for image in pixels(on_scene))


def test_real_and_synthetic_variety_are_of_one_class(shown: sheets.SheetContext) -> None:
    real, made = sheets.real_variety(shown, 12), sheets.synthetic_variety(shown, 13)
    assert "here: banana, since this study has no food table" in title(real)
    assert "here: banana, since this study has no food table" in title(made)
    assert len(pixels(real)) == 10
    assert len(pixels(made)) == 5  # one view of each instance


def test_sparse_views_cover_less_than_the_dense_ones_of_the_same_objects(tmp_path: Path) -> None:
    shown = make_shown(tmp_path)
    sparse, dense = sheets.sparse_view_sheet(shown), sheets.dense_view_sheet(shown)
    shares = [[share(text) for text in under(sheet)] for sheet in (sparse, dense)]
    assert len(shares[0]) == len(shares[1]) == 8  # 4 training instances of each of two classes
    least = shown.renders.query("split == 'train'").groupby(["class", "instance"])["coverage"].min()
    assert min(shares[0]) == pytest.approx(100 * least.loc[["backpack", "banana"]].min(), abs=0.5)
    # the classes change places in Figure 22, as in the thesis
    assert under(dense)[0].split(",")[0] == under(sparse)[4].split(",")[0]
    plt.close("all")


def share(text: str) -> int:
    return int(text.split(", ")[1].removesuffix("%"))


def test_a_report_marks_sheets_of_stand_ins_once(tmp_path: Path) -> None:
    real = make_shown(tmp_path)
    params = real.params.model_copy(update={"stand_in": True})
    shown = replace(real, params=params)
    report = save.Report(params)
    for sheet in (
        sheets.class_sample_sheet(shown, 2),
        sheets.photograph_collage(shown),
        sheets.background_collage(shown),
        sheets.composite_views(shown, 6),
        sheets.composites_with_background(shown),
        sheets.real_variety(shown, 12),
        sheets.pipeline_sheet(shown),
        sheets.placement_sweep(shown, "banana"),
        run_images.test_image_sheet(datasets.test_sets(params, shown.data)["real"], n=2),
    ):
        [heading] = [text for text in sheet.texts if text.get_text() == sheet.get_suptitle()]
        size = heading.get_fontsize()
        for _ in range(2):
            report.figure(sheet)
            assert "STAND-IN" not in title(sheet)
            assert sheet.get_supxlabel() == "STAND-IN data"
        assert heading.get_fontsize() == size
    sheet = sheets.photograph_collage(real)
    save.Report(real.params).figure(sheet)
    assert "STAND-IN" not in title(sheet) + sheet.get_supxlabel()
    plt.close("all")


def test_how_an_image_is_made(shown: sheets.SheetContext) -> None:
    strip = sheets.pipeline_sheet(shown)
    assert len(pixels(strip)) == 4 * 3
    turned = pixels(sheets.placement_sweep(shown, "banana"))
    assert len(turned) == 6 * 7
    rows = [turned[i : i + 7] for i in range(0, len(turned), 7)]
    assert all((row[0] != row[3]).any() for row in rows)  # each parameter changes the image
    middle = [row[3] for row in rows[1::4]]  # moved by 0, and placed in the middle: not turned
    assert (middle[0] == middle[1]).all()
    cameras = sheets.camera_sheet(shown)
    legend = [text.get_text() for text in cameras.legends[0].get_texts()]
    assert legend == [
        "about the vertical axis (1)",
        "about the horizontal axis (1)",
        "at random (1)",
    ]


def test_views_from_the_front_that_were_left_out_have_others_in_their_place(
    shown: sheets.SheetContext,
) -> None:
    """As `min_coverage` and flags leave them out."""
    table = shown.renders
    gone = (table["view"] == 2) & ((table["class"] != "banana") | (table["instance"] == "p0003"))
    left = replace(shown, data=replace(shown.data, renders=table[~gone]))
    assert len(pixels(sheets.placement_sweep(left, "banana"))) == 6 * 7
    assert under(sheets.composites_without_background(left)) == [
        "backpack",
        "basketball",
        "banana",
    ]
    assert len(pixels(sheets.synthetic_variety(left, 13))) == 5
    assert sheets.class_sample_table(left, 5)["image_example"].map(len).tolist() == [4, 4, 4]


def test_a_sheet_is_as_wide_as_a_page(shown: sheets.SheetContext, tmp_path: Path) -> None:
    for sheet in (sheets.class_sample_sheet(shown, 2), sheets.photograph_collage(shown)):
        sheet.savefig(tmp_path / "sheet.png", dpi=200)
        with Image.open(tmp_path / "sheet.png") as image:
            assert image.width == 1300
        size = min(text.get_fontsize() for text in [*sheet.texts, *(ax.title for ax in sheet.axes)])
        assert size >= 7


def test_many_classes_stand_in_two_blocks(tmp_path: Path) -> None:
    names = [f"{i}  class" for i in range(17)]
    images = [[np.full((4, 4, 3), i / 17)] * 3 for i in range(17)]
    sheet = figures.labelled_image_rows(images, names, title="t")
    lefts = {round(ax.get_position().x0, 3) for ax in sheet.axes}
    assert len(lefts) == 6
    bottoms = {round(ax.get_position().y0, 3) for ax in sheet.axes}
    assert len(bottoms) == 9
    assert min(bottoms) > -0.001
    plt.close("all")


def test_scenes_that_all_classes_share_are_not_all_a_class_s_own(
    shown: sheets.SheetContext,
) -> None:
    found = shown.data.backgrounds
    assert found is not None
    alike = dict.fromkeys(found.categories_by_class, ("kitchen", "living_room"))
    shared = replace(
        found, categories_by_class=alike, fallback_classes=()
    )  # as `scenes: shared` chooses
    data = replace(shown.data, backgrounds=shared)
    table = data_summary.backgrounds_by_class(data).set_index("class")
    assert table.loc["basketball", ["n_here", "own"]].tolist() == [0, "no: any scene of the study"]
    assert table.loc["banana", ["n_here", "own"]].tolist() == [1, "among others"]
    assert (table["photographs"] == 12).all()
    assert "without a background of their own categories: basketball" in title(
        sheets.composite_views(replace(shown, data=data), 6)
    )


def test_cameras_are_drawn_with_the_study_s_elevations(shown: sheets.SheetContext) -> None:
    def bands(**more) -> list[tuple[float, float]]:
        params = shown.params.model_copy(update=more)
        _, flat = sheets.camera_sheet(replace(shown, params=params)).axes
        return [(p.get_y(), p.get_y() + p.get_height()) for p in flat.patches]

    assert bands() == [(-95, -25)]
    assert bands(elevation_range=[10.0, 60.0]) == [(-95, 10), (60, 95)]
    assert bands(poses="photographed") == []


def test_sources_without_renders_are_refused(shown: sheets.SheetContext) -> None:
    bare = replace(shown, data=replace(shown.data, renders=None))
    with pytest.raises(DataError, match="has no renders"):
        sheets.synthetic_variety(bare, 13)
    assert isinstance(shown.renders, pd.DataFrame)


def test_a_saved_figure_is_not_kept_where_nothing_shows_it(shown: sheets.SheetContext) -> None:
    for name in ("one", "two"):
        sheet = sheets.composites_without_background(shown)
        report = save.Report(shown.params)
        assert report.figure(sheet, name) is sheet
        assert report.path(name, "png").stat().st_size > 1000
    assert plt.get_fignums() == []
