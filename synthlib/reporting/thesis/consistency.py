"""Consistency checks of the thesis's published numbers, which are recomputed from each other.

A number agrees if it differs from the recomputed one by at most half a unit of its last printed
digit. Published numbers are never changed: a number that disagrees is listed next to the recomputed
one, with a note on the probable cause. Private functions yield the checks of one topic each.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from synthlib.reporting.thesis import consistency_prose, number_checks
from synthlib.reporting.thesis.number_checks import Check, check_number, result_cell
from synthlib.reporting.thesis.published import (
    CLASS_ACCURACY_TABLES,
    METRICS,
    QUANTITY_COLUMNS,
    published_claim,
    published_confusion_matrix,
    published_table,
)

N_TEST_IMAGES = 850
"""Test photographs of every result on ImageNet: 17 classes x 50 (4.1.2)."""

ROWS_OF_ONE_RUN = {
    "baseline": [(10, "1"), (11, "1"), (14, "1"), (19, "1"), (23, "1")],
    "synth_bg": [(14, "2"), (18, "6"), (23, "6")],
    "mixed_synth100": [(19, "2"), (23, "2")],
}
"""Rows (table, index) of the same run, by experiment; they should have the same numbers."""

CLASS_MEAN_ROWS = {15: (14, "2"), 16: (14, "3"), 17: (14, "4"), 20: (10, "1"), 21: (19, "2")}
"""Row (table, index) whose top-1 is the mean of a table of class accuracies, by that table. The two
are equal because every class has 50 test images."""


class Granularity(NamedTuple):
    """Result of `granularity_test`.

    Attributes:
        possible: Number of percentages that can be shares of n images.
        total: Number of percentages.
        impossible_example: The first one that cannot, as printed, or "".
    """

    possible: int
    total: int
    impossible_example: str


def consistency_checks() -> pd.DataFrame:
    """Run all checks.

    Returns:
        One row per check, with columns claim, where, published, recomputed, difference (recomputed
        - published), agrees (bool) and note. Numbers have the unit of the published one, and are
        NaN if the claim is not a number.
    """
    table = pd.DataFrame(
        [
            *_class_accuracies(),
            *_matrices(),
            *_same_runs(),
            *_recalls(),
            *_possible_on_val(),
            *_quantities(),
            *_stability(),
            *consistency_prose.prose_checks(),
        ]
    )
    table.insert(4, "difference", table["recomputed"] - table["published"])
    return table


def failed_checks(checks: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of `consistency_checks` that do not agree."""
    table = consistency_checks() if checks is None else checks
    return table[~table["agrees"]].reset_index(drop=True)


def agreement_sentence(checks: pd.DataFrame) -> str:
    """Describe how many checks agree in a sentence; errors of wording are counted separately."""
    is_wording = checks["difference"].isna()
    numbers, agree = int((~is_wording).sum()), int(checks.loc[~is_wording, "agrees"].sum())
    return (
        f"{numbers} numbers recomputed: {agree} agree, {numbers - agree} do not. "
        f"{int(is_wording.sum())} more errors are in the wording, where no two numbers can be "
        "compared."
    )


def granularity_test(percents: np.ndarray, n: int) -> Granularity:
    """Count the percentages, printed with two decimals, that can be shares of n images.

    This is the GRIM test (Brown and Heathers, 2017): a share of n images is a multiple of 1/n.

    Args:
        percents: Percentages as printed, float (k,).
        n: Number of images.
    """
    possible = np.array([_is_possible_percent(percent, n) for percent in percents])
    impossible = percents[~possible]
    example = f"{impossible[0]:.2f}" if len(impossible) else ""
    return Granularity(int(possible.sum()), len(possible), example)


def smallest_denominator(percents: np.ndarray, most: int = 5000) -> int:
    """The smallest number of images that all percentages can be shares of; 0 if above `most`."""
    return next(
        (n for n in range(1, most + 1) if all(_is_possible_percent(p, n) for p in percents)), 0
    )


def _is_possible_percent(percent: float, n: int) -> bool:
    nearest_count = round(percent * n / 100)
    return abs(100 * nearest_count / n - percent) <= number_checks.ROUNDING_TOLERANCE


def _class_accuracies() -> Iterator[Check]:
    for table, (other, index) in CLASS_MEAN_ROWS.items():
        mean = published_table(table)["top1"].mean()
        name = f"Table {other}.{index}: top-1 is the mean of the classes of Table {table}"
        yield check_number(name, f"Table {other}", result_cell(other, index, "top1"), mean, 2)
    baseline, mixed = (published_table(n).set_index("class")["top1"] for n in (20, 21))
    gains = published_table(22).set_index("class")["gain"]
    recomputed = (mixed - baseline)[gains.index]
    for cls, gain, difference in zip(gains.index, gains, recomputed, strict=True):
        name = f"Table 22, {cls}: Table 21 less Table 20"
        yield check_number(name, "Table 22", gain, difference, 0)
    for table in CLASS_ACCURACY_TABLES[:-1]:
        # a share of 50 images is a multiple of 2%
        remainder = published_table(table)["top1"].mod(2).sum()
        yield check_number(
            f"Table {table}: classes that are not a share of 50", f"Table {table}", 0, remainder, 0
        )


def _matrices() -> Iterator[Check]:
    counts = published_confusion_matrix(26).to_numpy()
    top1 = 100 * np.trace(counts) / counts.sum()
    yield check_number(
        "Figure 26: top-1 from the diagonal", "Table 10", result_cell(10, "1", "top1"), top1, 2
    )
    precision = 100 * np.mean(np.diag(counts) / counts.sum(axis=0))
    name = "Figure 26: macro precision from the columns"
    yield check_number(name, "Table 10", result_cell(10, "1", "precision"), precision, 2)
    yield from _figure_18()


def _figure_18() -> Iterator[Check]:
    """Check Figure 18, whose rows are complete but whose diagonal differs from Table 15."""
    counts = published_confusion_matrix(18, include_inconsistent=True).to_numpy()
    correct = np.diag(counts)
    in_table = (published_table(15)["top1"] / 2).to_numpy()  # percent of 50 images to images
    note = (
        f"{correct.sum():.0f} of {counts.sum():.0f} are correct, {in_table.sum():.0f} in the table"
        ": another evaluation of the model, or the transcription"
    )
    name = "Figure 18: classes whose diagonal is Table 15's"
    same = int((correct == in_table).sum())
    yield check_number(name, "Figure 18, Table 15", len(correct), same, 0, note)
    top1 = 100 * correct.sum() / counts.sum()
    name = "Figure 18: top-1 from the diagonal"
    yield check_number(name, "Table 14", result_cell(14, "2", "top1"), top1, 2, note)
    predicted = np.maximum(counts.sum(axis=0), 1)  # a class never predicted has precision 0
    precision = 100 * np.mean(correct / predicted)
    name = "Figure 18: macro precision from the columns"
    yield check_number(name, "Table 14", result_cell(14, "2", "precision"), precision, 2, note)


def _same_runs() -> Iterator[Check]:
    for run, (first, *others) in ROWS_OF_ONE_RUN.items():
        for table, index in others:
            for metric in METRICS:
                name = f"Table {table}.{index}: {metric} of {run} as in Table {first[0]}.{first[1]}"
                value, first_value = result_cell(table, index, metric), result_cell(*first, metric)
                yield check_number(name, f"Table {table}", value, first_value, 2)
    same = sum(result_cell(11, "4", m) == result_cell(23, "4", m) for m in ("top1", "top3", "top5"))
    note = "three accuracies of another run; its recall 43.76 is 372 of 850, a top-1 of its own"
    name = "Table 11.4: accuracies that are those of Table 23.4"
    yield check_number(name, "Table 11", 0, same, 0, note)


def _imagenet_rows(table: int) -> pd.DataFrame:
    """The rows of a table of results that are tested on ImageNet photographs."""
    rows = published_table(table)
    return rows[rows["test"].str.startswith("Imagenet") & (rows["index"] != "sd")]


def _recalls() -> Iterator[Check]:
    for table in (10, 11, 14, 18, 19, 23, 24, 25):
        for row in _imagenet_rows(table).to_dict("records"):
            name = f"Table {table}.{row['index']}: recall is top-1 on a balanced test set"
            note = "test sets of 5.3.6 have as many images of each class" if table == 24 else ""
            if (table, row["index"]) == (23, "5"):
                note = "43.88 is 373 of 850, probably the true top-1"
            yield check_number(name, f"Table {table}", row["recall"], row["top1"], 2, note)


def _possible_on_val() -> Iterator[Check]:
    for table in (10, 11, 14, 18, 19, 23, 25):
        for row in _imagenet_rows(table).to_dict("records"):
            percents = np.array([row[metric] for metric in ("top1", "top3", "top5")])
            result = granularity_test(percents, N_TEST_IMAGES)
            note = ""
            if result.possible < result.total:
                n = smallest_denominator(percents)
                note = f"{result.impossible_example}, for one, is not a share of {N_TEST_IMAGES}"
                note += f"; all three are shares of {n}" + (", 4 batches of 64" if n == 256 else "")
            name = f"Table {table}.{row['index']}: accuracies that can be shares of"
            name += f" {N_TEST_IMAGES} images"
            yield check_number(name, f"Table {table}", result.total, result.possible, 0, note)


def _quantities() -> Iterator[Check]:
    for table, columns in QUANTITY_COLUMNS.items():
        rows = published_table(table)
        total, classes = rows.iloc[-1], rows.iloc[:-1]
        for column in columns:
            count = classes[column].sum()
            removed = published_claim("views_removed")
            is_removed = count - total[column] == removed
            note = "removed views are subtracted in the total, but not in the rows"
            name = f"Table {table}: TOTAL of {column}"
            yield check_number(
                name, f"Table {table}", total[column], count, 0, note if is_removed else ""
            )
        if "instances" in columns:
            for row in classes.to_dict("records"):
                name = f"Table {table}, {row['class']}: 26 views per instance"
                yield check_number(name, f"Table {table}", row["images"], 26 * row["instances"], 0)
    test = published_table(7).set_index("class")["images"]
    share = 100 * test["TOTAL"] / (test["TOTAL"] + published_table(6).iloc[-1]["images"])
    yield check_number("Table 7: percent of all views that test", "4.3.2", 20, share, 0)
    counts, full = test.drop("TOTAL"), published_table(6).set_index("class")["images"].drop("TOTAL")
    quarters = int((counts == np.ceil(full / 4)).sum())
    note = (
        f"{quarters} of 17 are a quarter of Table 6's images, rounded up: images were split, not "
        "instances ('sampling total 20% images', 5.3.3), or the table is computed from Table 6"
    )
    name = "Table 7: classes whose count is a multiple of 26 views"
    yield check_number(name, "Table 7", 17, int((counts % 26 == 0).sum()), 0, note)


def _reproduced(top1: pd.Series) -> Iterator[Check]:
    """Check Table 24, which 5.3.6 describes as a repetition of Table 23.3."""
    original = result_cell(23, "3", "top1")
    base = result_cell(19, "1", "top1")
    # twice the binomial standard deviation of an accuracy, in points
    two_sd = 200 * np.sqrt(original / 100 * (1 - original / 100) / N_TEST_IMAGES)
    above = int((top1 > max(original, base)).sum())
    note = (
        f"sampling {N_TEST_IMAGES} images gives ± {two_sd:.2f} (2 SD); {above} of {len(top1)} are "
        f"above both it and the baseline's {base:.2f}. Perhaps because they are tested on training "
        "photographs (5.3.6), and Table 23 on ImageNet's validation photographs"
    )
    name = "Table 24: mean top-1 is about that of Table 23.3, which it reproduces"
    # check_number allows 0.5 at 0 decimals, so the total tolerance is two_sd
    tolerance = two_sd - 0.5
    yield check_number(name, "Tables 23, 24", original, top1.mean(), 0, note, tolerance=tolerance)


def _stability() -> Iterator[Check]:
    rows = _imagenet_rows(24)
    for metric in METRICS:
        name = f"Table 24: standard deviation of {metric}"
        spread = rows[metric].std(ddof=0)
        # the derivative of the standard deviation by a printed (rounded) value is z / n
        z = (rows[metric] - rows[metric].mean()) / spread
        tolerance = number_checks.ROUNDING_TOLERANCE * z.abs().mean()
        published = result_cell(24, "sd", metric)
        yield check_number(name, "Table 24", published, spread, 2, tolerance=tolerance)
    n = int(published_claim("stability_test_images"))
    mean, spread = rows["top1"].mean(), rows["top1"].std(ddof=1)
    binomial = 100 * np.sqrt(mean / 100 * (1 - mean / 100) / n)
    # (k - 1) s^2 / sigma^2 of k normal values has a chi-squared distribution
    p = stats.chi2.cdf((len(rows) - 1) * (spread / binomial) ** 2, len(rows) - 1)
    note = f"sampling {n} images alone gives more; a spread this small has probability {p:.2f}"
    name = "Table 24: spread of top-1 against the binomial one"
    yield check_number(name, "Table 24", result_cell(24, "sd", "top1"), binomial, 2, note)
    yield from _reproduced(rows["top1"])
    result = granularity_test(rows[["top1", "top3", "top5"]].to_numpy().ravel(), n)
    example = result.impossible_example
    note = f"{example}, for one, is not a share of {n}: the test sets had other sizes"
    name = f"Table 24: accuracies that can be shares of {n} images"
    yield check_number(name, "Table 24", result.total, result.possible, 0, note)
