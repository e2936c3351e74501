"""Checks of the numbers in the thesis's text, recomputed from its tables (see `consistency`)."""

from collections.abc import Iterator

import numpy as np

from synthlib.reporting.thesis.number_checks import Check, check_claim, check_number, result_cell
from synthlib.reporting.thesis.published import published_claim, published_table, read_yaml

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
    classes, views = published_claim("classes"), published_claim("views")
    train, used = published_claim("train_a_class"), published_claim("synthetic_used")
    yield check_claim("train_images", classes * train)
    yield check_claim("val_images", classes * published_claim("val_a_class"))
    scenes = published_table(4)
    for row, listed in zip(scenes.to_dict("records"), published_table(3)["scenes"], strict=True):
        name = f"Table 4, {row['class']}: scene categories listed in Table 3"
        yield check_number(name, "Table 4", row["n_scenes"], len(listed), 0)
    yield check_claim("mean_scenes", scenes["n_scenes"].mean())
    full, reduced = (published_table(n).set_index("class")["instances"] for n in (6, 8))
    yield check_claim("mean_instances", full["TOTAL"] / classes)
    name, note = "instances per class that are used", "all results use the dataset of Table 8"
    yield check_claim("mean_instances", reduced["TOTAL"] / classes, note, claim=name)
    images = published_table(8).set_index("class")["images"]
    yield check_claim("synthetic_used", images["TOTAL"])
    yield check_claim("synthetic_used_again", used)

    full, reduced, images = (column.drop("TOTAL") for column in (full, reduced, images))
    n_close = int((np.abs(reduced - 0.8 * full) <= 1).sum())
    note = f"{n_close} of 17 classes keep 80% to within one instance: the share of a train split"
    name = "too similar instances are removed: percent of a class that is kept, median"
    kept_percent = float(100 * (reduced / full).median())
    yield Check(name, "4.3.2, Table 8", np.nan, kept_percent, False, note)
    yield check_claim("smallest_class", full.min())
    name = "instances of the smallest class that is used"
    note = "the dataset that is used has fewer (Table 8)"
    yield check_claim("smallest_class", reduced.min(), note, claim=name)
    balanced = classes * full.min() * views
    yield check_claim("balanced_images", balanced)
    again = published_claim("synthetic_used_again")
    note = f"{100 * balanced / again:.2f} of the {again:,.0f} of 7.1, whose digits are swapped"
    yield check_claim("balanced_percent", 100 * balanced / used, note)
    note = f"{images.idxmin()} has {images.min()} images in all"
    name = "fewest images per class of '1200 per class' (Table 14.4)"
    yield check_number(name, "6.3", train, min(train, images.min()), 0, note)
    note = f"{reduced.idxmax()} has {reduced.max()} instances: 1,200 images cannot show all"
    name = "instances of a class that 1,200 images per class can show"
    yield check_number(name, "6.3", reduced.max(), min(train, reduced.max()), 0, note)


def _gains() -> Iterator[Check]:
    whole, less = (published_table(n).set_index("class")["top1"] for n in (15, 17))
    worse = ", ".join(f"{c} {whole[c]:g} to {less[c]:g}" for c in whole.index[less > whole])
    name = "classes for which the bigger synthetic dataset is better ('for each class')"
    better = int((whole > less).sum())
    note = f"the smaller is for {worse}"
    yield check_number(name, "6.3, Tables 15, 17", len(whole), better, 0, note)
    base, mixed, tenth, deeper = (result_cell(19, row, "top1") for row in ("1", "2", "4", "5"))
    n_mixed, n_baseline = published_claim("right_mixed"), published_claim("right_baseline")
    note = (
        f"from {n_mixed:.0f} and {n_baseline:.0f} correct; rounded percentages give "
        f"{100 * (mixed / base - 1):.2f}"
    )
    yield check_claim("gain_percent", 100 * (n_mixed / n_baseline - 1), note)
    yield check_claim("gain_points_10", tenth - base)
    yield check_claim("gain_points_resnet101", deeper - mixed)
    for name in ("37", "10"):
        count = published_claim(f"synthetic_{name}")
        yield check_claim(f"percent_{name}", 100 * count / published_claim("synthetic_used"))
    for name, count in (("33", 6800), ("16", 3400), ("3", 680)):
        yield check_claim(f"percent_real{name}", 100 * count / published_claim("train_images"))
    alone = result_cell(25, "3", "top1")
    yield check_claim("points_from_synthetic_at_3", result_cell(23, "5", "top1") - alone)
    note = "with 43.88 for the impossible 49.61, which 7.1 repeats ('from 16% to 49.61%')"
    yield check_claim("points_from_synthetic_at_3", result_cell(23, "5", "recall") - alone, note)
    note = "so real data outperforms the baseline from somewhat more than 6,800 on"
    name = "top-1 of 33% real + synthetic, at least the baseline's 'starting from x=6,800'"
    third = result_cell(23, "3", "top1")
    yield Check(name, "6.5, Figure 31", base, third, third >= base, note)


def _samples() -> Iterator[Check]:
    both, none = published_claim("right_both"), published_claim("wrong_both")
    only_mixed, only_baseline = published_claim("only_mixed"), published_claim("only_baseline")
    yield check_claim("right_mixed", both + only_mixed)
    yield check_claim("right_baseline", both + only_baseline)
    yield check_claim("wrong_mixed", none + only_baseline)
    yield check_claim("wrong_baseline", none + only_mixed)
    for key, index in (("right_mixed", "2"), ("right_baseline", "1")):
        top1 = 100 * published_claim(key) / published_claim("val_images")
        name = f"Table 19.{index}: top-1 from the samples of 6.5"
        yield check_number(name, "Table 19", result_cell(19, index, "top1"), top1, 2)
    rows = published_table(19).set_index("index")["top1"]
    top1 = 100 * published_claim("right_mixed") / published_claim("val_images")
    yield check_claim("index_of_mixed", float((rows - top1).abs().idxmin()))


def _replacement() -> Iterator[Check]:
    all_real, used = published_claim("train_images"), published_claim("synthetic_used")
    train = published_claim("stability_train_a_class")
    left_out = all_real - train * published_claim("classes")
    yield check_claim("real_replaced", left_out)
    yield check_claim("replaced_percent", 100 * left_out / all_real)
    yield check_claim("synthetic_for_one_real", used / left_out)
    yield check_claim("expansion_percent", 100 * published_claim("images_real3") / used)
    rest = published_claim("train_a_class") - train
    yield check_claim("stability_test_a_class", rest / published_claim("stability_test_sets"))


def _wording() -> Iterator[Check]:
    """List errors of wording (`wording.yaml`)."""
    a, b = (
        100 * published_claim(key) / result_cell(19, index, "top1")
        for key, index in POINT_GAIN_ROWS.items()
    )
    for error in read_yaml("wording"):
        note = error["note"].format(a=a, b=b, rows=len(published_table(14)))
        if "printed" in error:
            yield check_claim(error["printed"], error["found"], note)
        else:
            yield Check(error["claim"], error["where"], np.nan, np.nan, False, note)
