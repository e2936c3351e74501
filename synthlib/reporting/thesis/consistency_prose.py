"""Checks of the numbers in the thesis's text, recomputed from its tables (see `consistency`)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from synthlib.reporting.thesis.number_checks import Check, check_number, result_cell, wording_error
from synthlib.reporting.thesis.published import published_claim, published_table

ABSTRACT_CLAIMS = {
    "gain_percent": "gain of mixed over baseline, percent of the baseline (Table 19.1, 19.2)",
    "replaced_percent": "percent of the real photographs left out",
}

POINT_GAIN_ROWS = {"gain_points_10": "1", "gain_points_resnet101": "2"}
"""Gains that 6.5 gives in points, and the row of Table 19 over which each is one."""


def prose_checks() -> Iterator[Check]:
    """All checks of sentences, in the order of the thesis."""
    yield from _data()
    yield from _gains()
    yield from _samples()
    yield from _replacement()
    yield from _wording()


def _data() -> Iterator[Check]:
    classes = published_claim("classes")
    train, val = published_claim("train_a_class"), published_claim("val_a_class")
    yield check_number(
        "train photographs", "4.1.2", published_claim("train_images"), classes * train, 0
    )
    yield check_number("test photographs", "4.1.2", published_claim("val_images"), classes * val, 0)
    scenes = published_table(4)
    for row, listed in zip(scenes.to_dict("records"), published_table(3)["scenes"], strict=True):
        name = f"Table 4, {row['class']}: scene categories listed in Table 3"
        yield check_number(name, "Table 4", row["n_scenes"], len(listed), 0)
    mean = scenes["n_scenes"].mean()
    yield check_number(
        "scene categories per class", "4.2.2", published_claim("mean_scenes"), mean, 2
    )
    full, reduced = (published_table(n).set_index("class")["instances"] for n in (6, 8))
    mean = full["TOTAL"] / classes
    yield check_number("instances per class", "4.4.1", published_claim("mean_instances"), mean, 0)
    mean, note = reduced["TOTAL"] / classes, "all results use the dataset of Table 8"
    name = "instances per class that are used"
    yield check_number(name, "4.4.1", published_claim("mean_instances"), mean, 0, note)

    total, used = published_table(8)["images"].iloc[-1], published_claim("synthetic_used")
    note = "according to the text, all results use the dataset of Table 8"
    yield check_number("synthetic images trained on: Table 8's", "5.3.6", used, total, 0, note)
    again = published_claim("synthetic_used_again")
    yield check_number(
        "synthetic images trained on, once more", "7.1", again, used, 0, "digits swapped"
    )
    kept_share = reduced.drop("TOTAL") / full.drop("TOTAL")
    n_close = int((np.abs(reduced - 0.8 * full).drop("TOTAL") <= 1).sum())
    note = f"{n_close} of 17 classes keep 80% to within one instance: the share of a train split"
    name = "too similar instances are removed: percent of a class that is kept, median"
    yield Check(name, "4.3.2, Table 8", np.nan, float(100 * kept_share.median()), False, note)
    smallest = full.drop("TOTAL").min()
    yield check_number(
        "instances of the smallest class", "7.3", published_claim("smallest_class"), smallest, 0
    )
    note = "the dataset that is used has fewer (Table 8)"
    name = "instances of the smallest class that is used"
    yield check_number(name, "7.3", published_claim("smallest_class"), reduced.min(), 0, note)
    balanced = classes * smallest * published_claim("views")
    yield check_number(
        "images of a balanced set", "7.3", published_claim("balanced_images"), balanced, 0
    )
    percent = 100 * balanced / used
    note = f"{100 * balanced / again:.2f} of the {again:,.0f} of 7.1, whose digits are swapped"
    yield check_number(
        "a balanced set's percent", "7.3", published_claim("balanced_percent"), percent, 2, note
    )
    images = published_table(8).set_index("class")["images"].drop("TOTAL")
    note = f"{images.idxmin()} has {images.min()} images in all"
    name = "fewest images per class of '1200 per class' (Table 14.4)"
    yield check_number(name, "6.3", train, min(train, images.min()), 0, note)
    largest = reduced.drop("TOTAL")
    note = f"{largest.idxmax()} has {largest.max()} instances: 1,200 images cannot show all"
    name = "instances of a class that 1,200 images per class can show"
    yield check_number(name, "6.3", largest.max(), min(train, largest.max()), 0, note)


def _gains() -> Iterator[Check]:
    whole, less = (published_table(n).set_index("class")["top1"] for n in (15, 17))
    worse = ", ".join(f"{c} {whole[c]:g} to {less[c]:g}" for c in whole.index[less > whole])
    name = "classes for which the bigger synthetic dataset is better ('for each class')"
    better = int((whole > less).sum())
    note = f"the smaller is for {worse}"
    yield check_number(name, "6.3, Tables 15, 17", len(whole), better, 0, note)
    base, mixed = result_cell(19, "1", "top1"), result_cell(19, "2", "top1")
    name = ABSTRACT_CLAIMS["gain_percent"]
    n_mixed, n_baseline = published_claim("right_mixed"), published_claim("right_baseline")
    gain, rounded = 100 * (n_mixed / n_baseline - 1), 100 * (mixed / base - 1)
    note = (
        f"from {n_mixed:.0f} and {n_baseline:.0f} correct; rounded percentages give {rounded:.2f}"
    )
    yield check_number(name, "abstract, 6.5", published_claim("gain_percent"), gain, 2, note)
    points = result_cell(19, "4", "top1") - base
    yield check_number(
        "points of 10% synthetic", "6.5", published_claim("gain_points_10"), points, 2
    )
    points = result_cell(19, "5", "top1") - mixed
    yield check_number(
        "points of ResNet-101", "6.5", published_claim("gain_points_resnet101"), points, 2
    )
    for name in ("37", "10"):
        share = 100 * published_claim(f"synthetic_{name}") / published_claim("synthetic_used")
        text = f"percent of the synthetic images, {name}%"
        note = "" if round(share) == float(name) else "cut off, not rounded"
        yield check_number(
            text, "5.3.6, Table 19", published_claim(f"percent_{name}"), share, 0, note
        )
    for key, images, digits in (("33", 6800, 0), ("16", 3400, 0), ("3", 680, 1)):
        share = 100 * images / published_claim("train_images")
        printed = published_claim(f"percent_real{key}")
        note = "" if round(share, digits) == printed else "cut off, not rounded"
        yield check_number(
            f"percent of {images:,} photographs", "5.3.6", printed, share, digits, note
        )
    points = result_cell(23, "5", "top1") - result_cell(25, "3", "top1")
    name = "points that synthetic data adds to 3.3% real"
    yield check_number(
        name, "below Table 25", published_claim("points_from_synthetic_at_3"), points, 1
    )
    points = result_cell(23, "5", "recall") - result_cell(25, "3", "top1")
    note = "with 43.88 for the impossible 49.61, which 7.1 repeats ('from 16% to 49.61%')"
    yield check_number(
        name, "below Table 25", published_claim("points_from_synthetic_at_3"), points, 1, note
    )
    note = "so real data outperforms the baseline from somewhat more than 6,800 on"
    name = "top-1 of 33% real + synthetic, at least the baseline's 'starting from x=6,800'"
    third = result_cell(23, "3", "top1")
    yield Check(name, "6.5, Figure 31", base, third, third >= base, note)


def _samples() -> Iterator[Check]:
    both, none = published_claim("right_both"), published_claim("wrong_both")
    mixed, baseline = both + published_claim("only_mixed"), both + published_claim("only_baseline")
    yield check_number(
        "correct in both + only mixed", "6.5", published_claim("right_mixed"), mixed, 0
    )
    yield check_number(
        "correct in both + only baseline", "6.5", published_claim("right_baseline"), baseline, 0
    )
    wrong = none + published_claim("only_baseline")
    yield check_number(
        "wrong in both + only baseline correct", "6.5", published_claim("wrong_mixed"), wrong, 0
    )
    wrong = none + published_claim("only_mixed")
    yield check_number(
        "wrong in both + only mixed correct", "6.5", published_claim("wrong_baseline"), wrong, 0
    )
    for key, index in (("right_mixed", "2"), ("right_baseline", "1")):
        top1 = 100 * published_claim(key) / published_claim("val_images")
        name = f"Table 19.{index}: top-1 from the samples of 6.5"
        yield check_number(name, "Table 19", result_cell(19, index, "top1"), top1, 2)
    rows = published_table(19).set_index("index")["top1"]
    top1 = 100 * published_claim("right_mixed") / published_claim("val_images")
    nearest_row = (rows - top1).abs().idxmin()
    note = "the row with 643 correct of 850 is another one"
    name = "index in Table 19 of the model with 643 correct"
    yield check_number(name, "6.5", published_claim("index_of_mixed"), float(nearest_row), 0, note)


def _replacement() -> Iterator[Check]:
    all_real, used = published_claim("train_images"), published_claim("synthetic_used")
    left_out = all_real - published_claim("stability_train_a_class") * published_claim("classes")
    yield check_number(
        "real photographs left out", "7.1", published_claim("real_replaced"), left_out, 0
    )
    share, name = 100 * left_out / all_real, ABSTRACT_CLAIMS["replaced_percent"]
    note = "cut off, not rounded"
    yield check_number(name, "abstract, 7.1", published_claim("replaced_percent"), share, 2, note)
    ratio = used / left_out
    name = "synthetic images for one real photograph"
    yield check_number(name, "7.1", published_claim("synthetic_for_one_real"), ratio, 2)
    percent = 100 * published_claim("images_real3") / used
    name = "percent that 3.3% real photographs add"
    yield check_number(name, "7.1", published_claim("expansion_percent"), percent, 2)
    sets = published_claim("stability_test_sets")
    rest = (published_claim("train_a_class") - published_claim("stability_train_a_class")) / sets
    note = "1,200 per class leave fewer; 180 need 1,300"
    name = "test photographs per class in each of 5 disjoint sets"
    yield check_number(name, "5.3.6", published_claim("stability_test_a_class"), rest, 0, note)


def _wording() -> Iterator[Check]:
    """List errors of wording (`wording.yaml`)."""
    a, b = (
        100 * published_claim(key) / result_cell(19, index, "top1")
        for key, index in POINT_GAIN_ROWS.items()
    )
    for error in yaml.safe_load(Path(__file__).with_name("wording.yaml").read_text("utf-8")):
        note = error["note"].format(a=a, b=b, rows=len(published_table(14)))
        if "printed" in error:
            printed = published_claim(error["printed"])
            yield check_number(error["claim"], error["where"], printed, error["found"], 0, note)
        else:
            yield wording_error(error["claim"], error["where"], note)
