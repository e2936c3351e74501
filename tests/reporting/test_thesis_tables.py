"""Numbered tables over fake runs with known numbers."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthlib import evaluation, params
from synthlib.classes import CLASSES, ObjectClass
from synthlib.reporting import tables, thesis
from synthlib.reporting.tables import captions, data_tables
from synthlib.reporting.thesis.published import METRICS, RESULT_TABLES
from tests.helpers.fake_runs import write_fake_run

NUMBERS = [n for n in range(1, 26) if n not in (2, 5)]


@pytest.mark.parametrize("number", NUMBERS)
def test_without_a_run_a_table_shows_what_is_published_and_says_so(
    number: int, tmp_path: Path
) -> None:
    found = tables.thesis_table(number, tmp_path, "tiny")
    assert found.caption.startswith(f"Table {number}. {thesis.published_caption('table', number)}.")
    assert "7 of 17 classes" in found.scale_note
    html = found._repr_html_()
    assert ">nan" not in html.lower()
    assert "7 of 17 classes" not in html  # a page says it once
    assert "nan<" not in html.lower()
    if number in (1, 3, 4, 9):
        return
    assert found.frame.xs("measured", axis=1, level=1).isna().all(axis=None)
    assert "not run at this scale" in found.caption or "Nothing is rendered" in found.caption
    printed = thesis.published_table(number)
    for column in [c for c in printed if c in (*METRICS, "gain", "instances", "images")]:
        assert found.frame[column, "published"].tolist() == printed[column].tolist()
        assert found.frame[column, "difference"].isna().all()


@pytest.mark.parametrize("number", RESULT_TABLES)
def test_rows_and_columns_are_in_the_thesis_s_order(number: int, tmp_path: Path) -> None:
    frame = tables.thesis_table(number, tmp_path, "tiny").frame
    printed = thesis.published_table(number)
    assert frame["index", ""].tolist() == printed["index"].tolist()
    names = list(dict.fromkeys(frame.columns.get_level_values(0)))
    added = ["bn_real"] if number in (19, 23) else []  # after the thesis's own
    assert names == [*printed.columns, *added, "run"]


def test_measured_published_and_difference(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60)
    write_fake_run(tmp_path, "synth_bg", 20)
    found = tables.thesis_table(14, tmp_path, "tiny")
    rows = found.frame.set_index(("index", ""))
    assert rows.loc["1", ("top1", "measured")] == pytest.approx(60)
    assert rows.loc["1", ("recall", "measured")] == pytest.approx(60)
    assert rows.loc["2", ("top1", "difference")] == pytest.approx(20 - 16.0)
    low, high = evaluation.wilson_interval(60, 350)
    assert rows.loc["1", ("top1", "low")] == low
    assert rows.loc["1", ("top1", "high")] == high
    assert np.isnan(rows.loc["3", ("top1", "measured")])
    assert np.isnan(rows.loc["1", ("top1", "spread")])  # one seed has none
    assert rows.loc["2", ("run", "n_synthetic")] == 4368
    assert rows.loc["1", ("run", "n_test")] == 350
    assert "Not run at this scale: synth_nobg, synth_bg_1200." in found.caption
    assert "350 test photographs for 850" in found.scale_note
    assert "not comparable" in found.scale_note


def test_a_row_says_what_ran_here(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "mixed_real33", 60, steps=1700)
    write_fake_run(tmp_path, "synth_bg_adam", 30)
    table = tables.thesis_table(23, tmp_path, "tiny")
    row = pd.DataFrame(table.plain_cells()).set_index("row").loc["3"]
    low, high = evaluation.wilson_interval(60, 350)
    assert row["network"] == "ResNet-18, SGD 0.01"
    assert row["trained here on"] == "33% real (910) + synthetic (4,368)"
    assert row["tested on"] == "350 photographs"
    assert row["top-1 [95% interval]"] == f"60.0 [{low:.1f},\N{NO-BREAK SPACE}{high:.1f}]"
    assert (row["published"], row["difference"]) == ("65.4", "-5.4")
    assert row["in the thesis"] == "6,800(33%), 187,928(100%), Imagenet"
    html = table._repr_html_().replace("<wbr>", "")
    grey = re.findall(r'<span style="opacity[^>]*>(.*?)</span>', html)
    assert "65.4" in grey
    assert any(text.startswith("mixed_real33, 1,700 steps, seed 0") for text in grey)
    assert any(text.startswith("6,800(33%)") for text in grey)
    aligned = {int(n) for n in re.findall(r"td\.col(\d+)\s*\{\s*text-align: right", html)}
    assert {0, 4, 5, 6} <= aligned
    assert not {1, 2, 3} & aligned
    adam = pd.DataFrame(tables.thesis_table(18, tmp_path, "tiny").plain_cells()).iloc[3]
    assert adam["network"] == "ResNet-18, Adam 0.0003"


def test_seeds_give_mean_spread_and_a_wider_interval(tmp_path: Path) -> None:
    for seed, top1 in enumerate((50, 60, 70)):
        write_fake_run(tmp_path, "baseline", top1, seed=seed)
    row = tables.thesis_table(10, tmp_path, "tiny").frame.iloc[0]
    assert row["top1", "measured"] == pytest.approx(60)
    assert row["top1", "spread"] == pytest.approx(10)
    assert row["run", "seeds"] == "0, 1, 2"
    low, high = row["top1", "low"], row["top1", "high"]
    assert low < 60 < high
    one = evaluation.wilson_interval(60, 350)
    assert high - low > one[1] - one[0]  # seeds scatter more than images
    text = tables.thesis_table(10, tmp_path, "tiny").styled().to_html()
    assert "60.0 ± 10.0 [" in text


def test_the_interval_over_seeds_is_about_the_images_where_seeds_agree(tmp_path: Path) -> None:
    for seed in range(3):
        write_fake_run(tmp_path, "baseline", 60, seed=seed)
    low, high = tables.thesis_table(10, tmp_path, "tiny").frame.iloc[0]["top1"][["low", "high"]]
    wilson = evaluation.wilson_interval(60, 350)
    assert 0 < high - low < wilson[1] - wilson[0]


@pytest.mark.parametrize("number", [19, 23, 25])
def test_the_matched_companion_is_directly_below(number: int, tmp_path: Path) -> None:
    fills = thesis.cell_experiments("table", number, "matched")
    write_fake_run(tmp_path, fills["experiment"][0], 50)
    write_fake_run(tmp_path, fills["experiment"][0], 66, protocol="matched")
    found = tables.thesis_table(number, tmp_path, "tiny")
    assert found.frame.iloc[0]["top1", "measured"] == pytest.approx(50)
    assert found.companions["matched"].frame.iloc[0]["top1", "measured"] == pytest.approx(66)
    assert "published" not in found.companions["matched"].frame.columns.get_level_values(1)
    assert "there are no published values" in found.companions["matched"].caption
    html = found._repr_html_()
    assert html.index(">50.0 [") < html.index(">66.0 [")


def test_table_24_ends_with_the_spread_of_its_rows(tmp_path: Path) -> None:
    for k, top1 in enumerate((60, 62, 70), 1):
        write_fake_run(tmp_path, f"stability_split{k}", top1)
    frame = tables.thesis_table(24, tmp_path, "tiny").frame
    assert frame["top1", "measured"].tolist()[:15] == pytest.approx([60] * 5 + [62] * 5 + [70] * 5)
    assert frame.iloc[-1]["top1", "measured"] == pytest.approx(np.std([60, 62, 70]))


def test_classes_and_gains(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_fake_run(tmp_path, "baseline", 50 + 4 * seed, seed=seed)
        write_fake_run(tmp_path, "mixed_synth100", 60, seed=seed)
    classes = tables.thesis_table(20, tmp_path, "tiny").frame.set_index(("class", ""))
    assert classes.loc["banana", ("top1", "measured")] == pytest.approx(52)
    assert classes.loc["banana", ("top1", "difference")] == pytest.approx(52 - 72)
    assert np.isnan(classes.loc["cup", ("top1", "measured")])  # a class that tiny has not
    gain = tables.thesis_table(22, tmp_path, "tiny").frame.set_index(("class", ""))
    assert gain.loc["banana", ("gain", "measured")] == pytest.approx((10 + 6) / 2)
    assert gain.loc["banana", ("gain", "spread")] == pytest.approx(np.std([10, 6], ddof=1))
    assert gain.loc["vase", ("gain", "published")] == 8


def test_a_gain_comes_with_its_interval_and_is_tested_for_all_classes_at_once(
    tmp_path: Path,
) -> None:
    write_fake_run(tmp_path, "baseline", 50)
    folder = write_fake_run(tmp_path, "mixed_synth100", 60)
    file = folder / "predictions.parquet"
    table = pd.read_parquet(file)
    table.loc[table["true"] == "banana", "logit_banana"] = 50.0  # 25 of 50 more than the baseline
    table.to_parquet(file, index=False)
    found = tables.thesis_table(22, tmp_path, "tiny")
    rows = found.frame.set_index(("class", ""))
    assert rows.loc["banana", ("gain", "measured")] == pytest.approx(50)
    assert rows.loc["banana", ("p", "")] == pytest.approx(2 * 0.5**25)  # 25 heads of 25 tosses
    assert rows.loc["banana", ("p_holm", "")] == pytest.approx(7 * 2 * 0.5**25)
    assert rows.loc["banana", ("clear", "")] == "gain"
    low, high = rows.loc["banana", ("gain", "low")], rows.loc["banana", ("gain", "high")]
    assert 30 < low < 50 < high < 70
    others = rows.drop(index="banana")
    assert set(others["clear", ""]) == {""}
    assert np.isnan(rows.loc["cup", ("p", "")])
    assert "McNemar's exact p, the same after Holm's correction for 7 classes" in found.caption
    names = list(dict.fromkeys(found.frame.columns.get_level_values(0)))
    assert names == ["class", "gain", "p", "p_holm", "clear", "run"]
    html = found._repr_html_()
    assert "† p, Holm" in html
    assert "&lt; 0.0001" in html or "< 0.0001" in html


def test_small_p_survive_in_a_csv(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 50)
    write_fake_run(tmp_path, "mixed_synth100", 70)
    flat = tables.thesis_table(22, tmp_path, "tiny").flatten().set_index("class")
    p = tables.thesis_table(22, tmp_path, "tiny").frame.set_index(("class", ""))["p", ""]
    assert 0 < p["banana"] < 0.2
    assert flat.loc["banana", "p"] == f"{p['banana']:.2g}"
    assert flat.loc["cup", "p"] == ""


def test_gains_over_seeds_are_tested_by_the_bootstrap(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_fake_run(tmp_path, "baseline", 20, seed=seed)
        write_fake_run(tmp_path, "mixed_synth100", 80, seed=seed)
    found = tables.thesis_table(22, tmp_path, "tiny")
    assert "p of the paired bootstrap" in found.caption
    rows = found.frame.dropna(subset=[("p", "")])
    assert (rows["p", ""] < 0.001).all()
    assert set(rows["clear", ""]) == {"gain"}


def test_every_protocol_of_equal_steps_that_has_run_is_a_companion(tmp_path: Path) -> None:
    for protocol, top1 in {"thesis": 50, "matched": 66, "tuned": 72}.items():
        write_fake_run(tmp_path, "mixed_real33", top1, protocol=protocol)
    found = tables.thesis_table(23, tmp_path, "tiny")
    assert list(found.companions) == ["matched", "tuned"]
    row = found.companions["tuned"].frame.set_index(("index", "")).loc["3"]
    assert row["top1", "measured"] == pytest.approx(72)
    assert "protocol tuned: " in found.companions["tuned"].caption
    assert "with a recipe of its own" in found.companions["tuned"].caption
    assert set(found.files()) == {"table_23", "table_23_matched", "table_23_tuned"}
    html = found._repr_html_()
    assert html.index(">50.0 [") < html.index(">66.0 [") < html.index(">72.0 [")


@pytest.mark.parametrize(("number", "experiment"), [(19, "mixed_synth10"), (23, "mixed_real33")])
def test_mixed_runs_have_a_second_column_of_real_statistics(
    number: int, experiment: str, tmp_path: Path
) -> None:
    write_fake_run(tmp_path, experiment, 40, bn_real=52)
    write_fake_run(tmp_path, experiment, 42, protocol="matched", bn_real=54)
    write_fake_run(tmp_path, "baseline", 60)
    found = tables.thesis_table(number, tmp_path, "tiny")
    for table, plain, again in ((found, 40, 52), (found.companions["matched"], 42, 54)):
        rows = table.frame.set_index(("run", "experiment"))
        row = rows.loc[experiment]
        assert row["top1", "measured"] == pytest.approx(plain)
        assert row["bn_real", "measured"] == pytest.approx(again)
        assert row["bn_real", "low"] < again < row["bn_real", "high"]
        assert np.isnan(rows.loc["baseline", ("bn_real", "measured")])  # has no such predictions
        assert "† added here" in table.caption
        assert f">{again}.0 [" in table.styled().to_html()


def test_gains_pair_seeds(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 50, seed=0)
    write_fake_run(tmp_path, "mixed_synth100", 90, seed=1)
    frame = tables.thesis_table(22, tmp_path, "tiny").frame
    assert frame["gain", "measured"].isna().all()


def test_a_stand_in_scale_shows_nothing_published(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 40, scale="demo", n=20)
    for number in NUMBERS:
        found = tables.thesis_table(number, tmp_path, "demo")
        kinds = set(found.frame.columns.get_level_values(1))
        assert not kinds & {"published", "difference"}
        assert "STAND-IN" in found.scale_note
        assert "STAND-IN" not in found._repr_html_()  # a page says it once
        assert "66.82" not in found._repr_html_()
    classes = tables.thesis_table(20, tmp_path, "demo").frame
    assert len(classes) == len(params.load("demo", "baseline").classes)
    assert classes["top1", "measured"].notna().all()


def test_a_scale_like_the_thesis_says_that_numbers_are_comparable(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 66, scale="thesis")
    caption = tables.thesis_table(10, tmp_path, "thesis").scale_note
    assert "classes, input and network of the thesis" in caption
    assert "not comparable" not in caption


def test_classes_on_borrowed_scenes_are_named(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "synth_bg", 20)
    found = captions.borrowed_backgrounds([folder])  # all stand on kitchens, which Table 3 allows
    assert "banana" not in found  # for bananas
    assert found["backpack"] == 1  # but not for backpacks
    assert (
        "Backgrounds of other classes are used for backpack"
        in tables.thesis_table(18, tmp_path, "tiny").caption
    )
    assert captions.background_category("places/a/atrium/public/1.jpg") == "atrium_public"


def test_outputs_may_be_moved(tmp_path: Path) -> None:
    write_fake_run(tmp_path / "before", "baseline", 20)
    (tmp_path / "before").rename(tmp_path / "after")
    p = captions.scale_params(tmp_path / "after", "tiny")
    assert p.output_dir == tmp_path / "after"
    assert p.architecture == "resnet18"


def test_images_sheets_and_unknown_tables_are_refused(tmp_path: Path) -> None:
    for number in (2, 5, 26):
        with pytest.raises(ValueError, match=f"table {number}: "):
            tables.thesis_table(number, tmp_path, "tiny")


def test_changed_predictions_are_read_again(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "baseline", 50)
    assert tables.thesis_table(10, tmp_path, "tiny").frame.iloc[0]["top1", "measured"] == 50
    file = folder / "predictions.parquet"
    table = pd.read_parquet(file)
    table.loc[:, "logit_banana"] = 100.0
    table.to_parquet(file, index=False)
    assert tables.thesis_table(10, tmp_path, "tiny").frame.iloc[0]["top1", "measured"] < 20
    assert len(evaluation.read_predictions(folder, "real")) == 350


def test_flat_names_go_into_a_csv(tmp_path: Path) -> None:
    flat = tables.thesis_table(14, tmp_path, "tiny").flatten()
    assert "top1 published" in flat
    assert flat.columns.is_unique


# --- Tables 1 to 8 --------------------------------------------------------------------------------


def rendered(*rows: tuple[str, str, str, int, float]) -> pd.DataFrame:
    """A manifest: class, split, instance, views, coverage."""
    table = [
        {
            "class": c,
            "split": s,
            "instance": i,
            "view": v,
            "coverage": share,
            "file": f"{c}/{i}/{v}.png",
            "sha256": f"{c}{i}{v}",
        }
        for c, s, i, views, share in rows
        for v in range(views)
    ]
    return pd.DataFrame(table).assign(kind="deterministic")


def test_quantities_are_counted_by_split(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = rendered(
        ("banana", "train", "a", 3, 0.5), ("banana", "train", "b", 3, 0.01),
        ("banana", "test", "c", 2, 0.5), ("backpack", "train", "d", 3, 0.5),
    )  # fmt: skip
    monkeypatch.setattr(data_tables, "finished_renders", lambda p: made)
    p = params.load("tiny", "baseline", outputs=str(tmp_path), assets="procedural")

    def row(number: int, name: str, p: params.Params = p) -> pd.Series:
        frame = tables.thesis_table(number, tmp_path, "tiny", p).frame
        assert frame["class", ""].tolist() == thesis.published_table(number)["class"].tolist()
        return frame.set_index(("class", "")).loc[name]

    assert row(6, "banana")["instances", "measured"] == 2
    assert row(6, "banana")["images", "measured"] == 6
    assert row(6, "banana")["images", "difference"] == 6 - 4524
    assert row(6, "TOTAL")["images", "measured"] == 9
    assert row(7, "banana")["images", "measured"] == 2
    assert np.isnan(row(7, "backpack")["images", "measured"])
    views = "Number of total images (instances X view angles)"
    headers = [tables.thesis_table(n, tmp_path, "tiny", p).styled().to_html() for n in (6, 7, 8)]
    assert [views in text for text in headers] == [True, False, True]
    assert "Number of total images" in headers[1]
    caption = tables.thesis_table(6, tmp_path, "tiny", p).caption
    assert "TOTAL is measured over 7 classes and published over 17" in caption

    assert row(8, "banana")["images", "measured"] == 6
    assert "the counts are Table 6's" in tables.thesis_table(8, tmp_path, "tiny", p).caption
    reduced = p.model_copy(update={"min_coverage": 0.05})
    assert row(8, "banana", reduced)["images", "measured"] == 3
    caption = tables.thesis_table(8, tmp_path, "tiny", reduced).caption
    assert "views that cover less than 5% of the frame" in caption


def test_scene_tables_say_that_they_hold_the_mapping(tmp_path: Path) -> None:
    for number in (3, 4):
        caption = tables.thesis_table(number, tmp_path, "tiny").caption
        assert "whether or not all its categories are on this machine" in caption
    assert "mapping" not in tables.thesis_table(1, tmp_path, "tiny").caption.split(".", 2)[2]


def test_a_user_s_own_class_gets_a_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mug = ObjectClass("mug", "my_mugs", ("kitchen",))
    monkeypatch.setattr(data_tables, "select_classes", lambda names: (CLASSES["banana"], mug))
    frame = tables.thesis_table(4, tmp_path, "tiny").frame.set_index(("class", ""))
    assert len(frame) == 18
    assert frame.loc["mug", ("n_scenes", "measured")] == 1
    assert np.isnan(frame.loc["mug", ("n_scenes", "published")])
    assert frame.loc["banana", ("n_scenes", "difference")] == 0
    frame = tables.thesis_table(1, tmp_path, "tiny").frame.set_index(("class", ""))
    assert frame.loc["mug", ("synset", "measured")] == "my_mugs"
    assert ">nan<" not in tables.thesis_table(1, tmp_path, "tiny")._repr_html_().lower()
