"""The published numbers held against each other: what can be recomputed, and which are slips.

A number agrees when it is within half a unit of its last printed digit. Published numbers are
never changed: a slip is listed, with what it probably should be.
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
"""Rows that show one run, (table, index), and so should show the same numbers."""

CLASS_MEAN_ROWS = {15: (14, "2"), 16: (14, "3"), 17: (14, "4"), 20: (10, "1"), 21: (19, "2")}
"""Table of class accuracies: the row whose top-1 is their mean, as all classes have 50 images."""


class Granularity(NamedTuple):
    """How many of some printed percentages can be k of n images, and one that cannot."""

    possible: int
    total: int
    impossible_example: str


def consistency_checks() -> pd.DataFrame:
    """Every check, a row each.

    Columns: claim, where, published, recomputed, difference (recomputed - published), agrees
    (bool), note. Units are those of the published number; NaN where a claim is no number.
    """
    rows = [*_class_accuracies(), *_matrices(), *_same_runs(), *_recalls(), *_possible_on_val()]
    rows += [*_quantities(), *_stability(), *consistency_prose.prose_checks()]
    table = pd.DataFrame(rows)
    table.insert(4, "difference", table["recomputed"] - table["published"])
    return table


def failed_checks(checks: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of `recomputed` that do not agree."""
    table = consistency_checks() if checks is None else checks
    return table[~table["agrees"]].reset_index(drop=True)


def agreement_sentence(checks: pd.DataFrame) -> str:
    """How many rows of `recomputed` agree, in a sentence; slips without two numbers apart."""
    words = checks["difference"].isna()
    numbers, agree = int((~words).sum()), int(checks.loc[~words, "agrees"].sum())
    return (
        f"{numbers} numbers recomputed: {agree} agree, {numbers - agree} do not. "
        f"{int(words.sum())} more slips are of words, where there are no two numbers to compare."
    )


def granularity_test(percents: np.ndarray, n: int) -> Granularity:
    """Whether percentages printed with two decimals can be shares of n images."""
    fits = np.array([_is_possible_percent(p, n) for p in percents])
    wrong = percents[~fits]
    return Granularity(int(fits.sum()), len(fits), f"{wrong[0]:.2f}" if len(wrong) else "")


def smallest_denominator(percents: np.ndarray, most: int = 5000) -> int:
    """The least number of images of which all these percentages can be shares; 0 for none."""
    return next(
        (n for n in range(1, most + 1) if all(_is_possible_percent(p, n) for p in percents)), 0
    )


def _is_possible_percent(percent: float, n: int) -> bool:
    k = round(percent * n / 100)
    return abs(100 * k / n - percent) <= number_checks.ROUNDING_TOLERANCE


def _class_accuracies() -> Iterator[Check]:
    for table, (other, index) in CLASS_MEAN_ROWS.items():
        mean = published_table(table)["top1"].mean()
        name = f"Table {other}.{index}: top-1 is the mean of the classes of Table {table}"
        yield check_number(name, f"Table {other}", result_cell(other, index, "top1"), mean, 2)
    base, mixed = (published_table(n).set_index("class")["top1"] for n in (20, 21))
    gains = published_table(22).set_index("class")["gain"]
    for cls, gain, found in zip(gains.index, gains, (mixed - base)[gains.index], strict=True):
        name = f"Table 22, {cls}: Table 21 less Table 20"
        yield check_number(name, "Table 22", gain, found, 0)
    for table in CLASS_ACCURACY_TABLES[:-1]:
        odd = published_table(table)["top1"].mod(2).sum()
        yield check_number(
            f"Table {table}: classes that are no n of 50", f"Table {table}", 0, odd, 0
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
    """The figure whose rows are whole and yet not those of its table."""
    counts = published_confusion_matrix(18, include_inconsistent=True).to_numpy()
    right, printed = np.diag(counts), (published_table(15)["top1"] / 2).to_numpy()
    note = (
        f"{right.sum():.0f} of {counts.sum():.0f} are right, {printed.sum():.0f} in the table: "
        "another evaluation of the model, or the transcription"
    )
    name = "Figure 18: classes whose diagonal is Table 15's"
    same = int((right == printed).sum())
    yield check_number(name, "Figure 18, Table 15", len(right), same, 0, note)
    top1 = 100 * right.sum() / counts.sum()
    name = "Figure 18: top-1 from the diagonal"
    yield check_number(name, "Table 14", result_cell(14, "2", "top1"), top1, 2, note)
    called = np.maximum(counts.sum(axis=0), 1)  # a class that is never called has precision 0
    precision = 100 * np.mean(right / called)
    name = "Figure 18: macro precision from the columns"
    yield check_number(name, "Table 14", result_cell(14, "2", "precision"), precision, 2, note)


def _same_runs() -> Iterator[Check]:
    for run, (first, *others) in ROWS_OF_ONE_RUN.items():
        for table, index in others:
            for metric in METRICS:
                name = f"Table {table}.{index}: {metric} of {run} as in Table {first[0]}.{first[1]}"
                a, b = result_cell(table, index, metric), result_cell(*first, metric)
                yield check_number(name, f"Table {table}", a, b, 2)
    same = sum(result_cell(11, "4", m) == result_cell(23, "4", m) for m in ("top1", "top3", "top5"))
    note = "three accuracies of another run; its recall 43.76 is 372 of 850, a top-1 of its own"
    name = "Table 11.4: accuracies that are those of Table 23.4"
    yield check_number(name, "Table 11", 0, same, 0, note)


def _imagenet_rows(table: int) -> pd.DataFrame:
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
            found = granularity_test(
                np.array([row[m] for m in ("top1", "top3", "top5")]), N_TEST_IMAGES
            )
            note = ""
            if found.possible < found.total:
                n = smallest_denominator(np.array([row[m] for m in ("top1", "top3", "top5")]))
                note = f"{found.impossible_example}, for one, is no share of {N_TEST_IMAGES}"
                note += f"; all three are shares of {n}" + (", 4 batches of 64" if n == 256 else "")
            name = f"Table {table}.{row['index']}: accuracies that can be shares of {N_TEST_IMAGES} images"
            yield check_number(name, f"Table {table}", found.total, found.possible, 0, note)


def _quantities() -> Iterator[Check]:
    for table, columns in QUANTITY_COLUMNS.items():
        rows = published_table(table)
        total, classes = rows.iloc[-1], rows.iloc[:-1]
        for column in columns:
            found = classes[column].sum()
            removed = published_claim("views_removed")
            exact = found - total[column] == removed
            note = "the total has the removed views taken off, the rows have not" if exact else ""
            name = f"Table {table}: TOTAL of {column}"
            yield check_number(name, f"Table {table}", total[column], found, 0, note)
        if "instances" in columns:
            for row in classes.to_dict("records"):
                name = f"Table {table}, {row['class']}: 26 views an instance"
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
    name = "Table 7: classes whose count is whole instances of 26 views"
    yield check_number(name, "Table 7", 17, int((counts % 26 == 0).sum()), 0, note)


def _reproduced(top1: pd.Series) -> Iterator[Check]:
    """5.3.6 calls Table 24 the experiment of Table 23.3 again, about as good as the baseline."""
    once, base = result_cell(23, "3", "top1"), result_cell(19, "1", "top1")
    chance = 200 * np.sqrt(once / 100 * (1 - once / 100) / N_TEST_IMAGES)
    above = int((top1 > max(once, base)).sum())
    note = (
        f"{N_TEST_IMAGES} images scatter by ± {chance:.2f} (2 SD); {above} of {len(top1)} lie above both it "
        f"and the baseline's {base:.2f}. Perhaps as they are tested on training photographs "
        "(5.3.6), Table 23 on ImageNet's validation ones"
    )
    name = "Table 24: mean top-1 is about that of Table 23.3, which it reproduces"
    yield check_number(name, "Tables 23, 24", once, top1.mean(), 0, note, tolerance=chance - 0.5)


def _stability() -> Iterator[Check]:
    rows = _imagenet_rows(24)
    for metric in METRICS:
        name = f"Table 24: standard deviation of {metric}"
        spread = rows[metric].std(ddof=0)
        z = (rows[metric] - rows[metric].mean()) / spread  # how much each printed value moves it
        slack = number_checks.ROUNDING_TOLERANCE * z.abs().mean()
        yield check_number(
            name, "Table 24", result_cell(24, "sd", metric), spread, 2, tolerance=slack
        )
    n = int(published_claim("stability_test_images"))
    mean, spread = rows["top1"].mean(), rows["top1"].std(ddof=1)
    binomial = 100 * np.sqrt(mean / 100 * (1 - mean / 100) / n)
    chance = stats.chi2.cdf((len(rows) - 1) * (spread / binomial) ** 2, len(rows) - 1)
    note = f"drawing {n} images alone scatters more; a spread this small has chance {chance:.2f}"
    name = "Table 24: spread of top-1 against the binomial one"
    yield check_number(name, "Table 24", result_cell(24, "sd", "top1"), binomial, 2, note)
    yield from _reproduced(rows["top1"])
    accuracies = rows[["top1", "top3", "top5"]].to_numpy().ravel()
    found = granularity_test(accuracies, n)
    note = f"{found.impossible_example}, for one, is no share of {n}: the test sets had other sizes"
    name = f"Table 24: accuracies that can be shares of {n} images"
    yield check_number(name, "Table 24", found.total, found.possible, 0, note)
