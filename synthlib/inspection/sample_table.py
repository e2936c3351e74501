"""Sample tables: one row per test sample with its predicted class and the model's confidence.

`build_sample_table` makes the table that the other functions filter, sort, count and compare. It is
indexed as the predictions are, so a row number names a sample. Its columns are

- `test_set`, `domain`, `sample`: the image;
- `true`, `predicted`: its class and the predicted class (categorical);
- `right`: True if the two are equal (the prediction is correct);
- `confidence`: probability of the predicted class, in [0, 1];
- `loss`: cross-entropy in nats;
- `margin`: probability of the predicted class minus that of the second most likely, in [0, 1];
- `background`, `placement`, `sample_seed`: the parts of a composite, empty for photographs.

Runs restored from an archive have the rank of each class instead of its logit: their confidence,
loss and margin are NaN.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from synthlib.evaluation.predictions import has_ranks, instance_ids, logits_and_classes
from synthlib.evaluation.statistics import mcnemar
from synthlib.runs import RunError
from synthlib.utils.errors import SynthlibError
from synthlib.utils.validation import validated_dataclass

SampleKind = Literal["all", "misclassified", "right"]
Outcome = Literal["both right", "only A", "only B", "both wrong"]
SortOrder = Literal[
    "highest loss", "lowest loss", "smallest margin", "largest margin", "largest disagreement"
]
PredictedBy = Literal["A", "B", "only one"]
FlagFilter = Literal["", "flagged", "not flagged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

CONFIDENCE_COLUMNS = ("confidence", "loss", "margin")
"""Columns that are computed from logits; NaN for runs restored from an archive."""

_SAMPLE_KEYS = ["test_set", "sample", "background", "placement"]
"""Columns that identify a test image across runs."""


@validated_dataclass
class Selection:
    """Filters on a sample table and its order; an empty string selects everything.

    Attributes:
        true: True class.
        predicted: Predicted class.
        predicted_by: The run that predicts it: `A`, `B`, or `only one` of the two; the last two
            need a table of two runs (`compare_samples`).
        test_set: Name of a test set.
        kind: `all`, `misclassified`, or `right` for correct predictions of run A.
        outcome: One of `OUTCOMES`; needs a table of two runs (`compare_samples`).
        confidence: Lowest and highest confidence, in [0, 1], both included.
        name: Part of the sample's name, in upper or lower case.
        flagged: `flagged` or `not flagged`; needs a column `flagged` (bool) in the table.
        sort: Order of the selected rows; disagreement needs a table of two runs.

    Raises:
        ParameterError: If a value is not allowed; the message names it.
    """

    true: str = ""
    predicted: str = ""
    predicted_by: PredictedBy = "A"
    test_set: str = ""
    kind: SampleKind = "all"
    outcome: str = ""
    confidence: tuple[float, float] = (0.0, 1.0)
    name: str = ""
    flagged: FlagFilter = ""
    sort: SortOrder = "highest loss"


@dataclass(frozen=True)
class PairedOutcome:
    """Counts of test samples by the outcome of two runs, A and B, on them.

    Attributes:
        both_correct: Samples that both runs classify correctly.
        only_a: Samples that only run A classifies correctly.
        only_b: Samples that only run B classifies correctly.
        both_wrong: Samples that neither run classifies correctly.
        dependence: Why the samples are not independent, as a clause; empty if they are.
    """

    both_correct: int
    only_a: int
    only_b: int
    both_wrong: int
    dependence: str = field(default="", kw_only=True)

    @property
    def n(self) -> int:
        """Number of samples."""
        return sum(self.by_outcome().values())

    @property
    def p(self) -> float:
        """McNemar's exact two-sided p-value; NaN if the samples are not independent."""
        if self.dependence:
            return math.nan
        counts = list(self.by_outcome().values())  # the test takes one value per sample and run
        a_correct = np.repeat([True, True, False, False], counts)
        b_correct = np.repeat([True, False, True, False], counts)
        return mcnemar(a_correct, b_correct)["p"]

    @property
    def p_text(self) -> str:
        """`p` with two significant digits, "below 0.0001", or why there is none."""
        if self.dependence:
            return f"none, as {self.dependence}"
        return f"{self.p:.2g}" if self.p >= 1e-4 else "below 0.0001"

    def by_outcome(self) -> dict[Outcome, int]:
        """The four counts by their names in `OUTCOMES`."""
        return dict(zip(OUTCOMES, astuple(self)[: len(OUTCOMES)], strict=True))


def test_set_domain(test_set: str) -> str:
    """The domain of a test set: `synthetic_bg`, `synthetic_nobg`, or `real` for all others."""
    return test_set if test_set.startswith("synthetic") else "real"


def build_sample_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """Build the sample table of one run.

    Args:
        predictions: All rows, or those of some test sets, as `evaluation.read_predictions` returns
            them.

    Returns:
        One row per prediction, with the columns that the module's docstring lists.

    Examples:
        >>> table = build_sample_table(evaluation.read_predictions(run.folder))
        >>> select_samples(table, Selection(kind="misclassified", true="banana")).head(10)
    """
    logits, classes = logits_and_classes(predictions)
    true = pd.Categorical(predictions["true"], classes).codes.astype(int)
    log_probabilities = log_softmax(logits.astype(np.float32), axis=1)
    predicted = log_probabilities.argmax(axis=1)
    second_highest, highest = np.exp(np.partition(log_probabilities, -2, axis=1)[:, -2:]).T
    test_set = predictions["test_set"].astype("category")
    domains = test_set.cat.categories.map(test_set_domain).to_numpy()
    columns = ["sample", "background", "placement", "sample_seed"]
    table = predictions.reindex(columns=columns).assign(
        test_set=test_set,
        domain=pd.Categorical(domains[test_set.cat.codes.to_numpy()]),
        true=_categorical(true, classes),
        predicted=_categorical(predicted, classes),
        confidence=highest,
        loss=np.maximum(-log_probabilities[np.arange(len(true)), true], 0),
        margin=highest - second_highest,
        right=predicted == true,
    )
    if has_ranks(predictions):
        table = table.assign(**dict.fromkeys(CONFIDENCE_COLUMNS, np.nan))
    return table


def class_probabilities(predictions: pd.DataFrame, row: int) -> pd.Series:
    """Probability of each class, in [0, 1], for one row of the predictions; most likely first."""
    logits, classes = logits_and_classes(predictions.loc[[row]])
    values = np.exp(log_softmax(logits.astype(float), axis=1))[0]
    series = pd.Series(values, classes, name="probability")
    return series.sort_values(ascending=False, kind="stable")


def compare_samples(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Join the sample tables of two runs on the samples that both were tested on.

    Args:
        a: Sample table of run A.
        b: Sample table of run B.

    Returns:
        The rows of `a` that `b` has too, with the additional columns `predicted_b`,
        `confidence_b`, `row_b` (row of run B's predictions), `outcome` (one of `OUTCOMES`) and
        `disagreement` (difference of the two runs' probabilities of the true class, in [0, 1]).

    Raises:
        RunError: The runs share no test sample.

    Examples:
        >>> both = compare_samples(build_sample_table(baseline), build_sample_table(mixed))
        >>> paired_outcome_table(both)
    """
    shared_sets = set(a["test_set"].cat.categories) & set(b["test_set"].cat.categories)
    a, b = (table[table["test_set"].isin(shared_sets)] for table in (a, b))
    keys_a, keys_b = _plain_keys(a), _plain_keys(b)
    if keys_a.equals(keys_b):  # the usual case in one study, and far faster than a join
        rows_a, rows_b = a.index, b.index
    else:
        keys_b = keys_b.reset_index(names="row_b")
        joined = keys_a.reset_index(names="row_a").merge(keys_b, on=_SAMPLE_KEYS, validate="1:1")
        rows_a, rows_b = pd.Index(joined["row_a"]), pd.Index(joined["row_b"])
    if rows_a.empty:
        raise RunError(
            "the two runs share no test sample: compare runs of one scale and one data seed that "
            "were tested on the same sets"
        )
    a, b = a.loc[rows_a], b.loc[rows_b]
    # 0 to 3, the positions in OUTCOMES: both right, only A, only B, both wrong
    codes = 2 * ~a["right"].to_numpy(bool) + ~b["right"].to_numpy(bool)
    return a.assign(
        predicted_b=b["predicted"].array,
        confidence_b=b["confidence"].to_numpy(),
        row_b=rows_b.to_numpy(),
        disagreement=np.abs(np.exp(-a["loss"].to_numpy()) - np.exp(-b["loss"].to_numpy())),
        outcome=_categorical(codes, OUTCOMES),
    )


def paired_outcome(compared: pd.DataFrame, selection: Selection | None = None) -> PairedOutcome:
    """Count the outcomes in a table of two runs (`compare_samples`), or in a selection of it."""
    if selection is not None:
        compared = compared[selection_mask(compared, selection)]
    counts = np.bincount(compared["outcome"].cat.codes, minlength=len(OUTCOMES))
    both_correct, only_a, only_b, both_wrong = counts.tolist()
    return PairedOutcome(both_correct, only_a, only_b, both_wrong, dependence=_dependence(compared))


def _dependence(samples: pd.DataFrame) -> str:
    """The reason that samples are not independent (`PairedOutcome.dependence`)."""
    test_sets = samples["test_set"].unique()
    if len(test_sets) > 1:
        return f"the samples of {len(test_sets)} test sets are pooled"
    instances = instance_ids(test_sets[0], list(samples["sample"])) if len(test_sets) else None
    n_instances = len(samples) if instances is None else len(set(instances))
    if n_instances == len(samples):
        return ""
    return f"{len(samples):,} views of {n_instances:,} objects are not independent"


def paired_outcome_sentence(outcome: PairedOutcome) -> str:
    """The counts and McNemar's p-value, or why there is none, in one line."""
    counts = ", ".join(f"{name} {count:,}" for name, count in outcome.by_outcome().items())
    return f"{outcome.n:,} samples: {counts}; McNemar's p {outcome.p_text}"


def paired_outcome_table(compared: pd.DataFrame) -> pd.DataFrame:
    """Count the outcomes per test set in a table of two runs (`compare_samples`).

    Returns:
        One row per test set, with the columns test set, those of `OUTCOMES`, n_test and McNemar's p
        (text).
    """
    rows = []
    for name, part in compared.groupby("test_set", observed=True, sort=False):
        outcome = paired_outcome(part)
        row = {"test set": str(name), **outcome.by_outcome(), "n_test": outcome.n}
        rows.append(row | {"McNemar's p": outcome.p_text})
    return pd.DataFrame(rows)


def select_samples(table: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of a sample table that a selection keeps, in its order.

    Raises:
        SynthlibError: The selection needs two runs, but the table is of one.
    """
    return table.iloc[selected_positions(table, selection)]


def selected_positions(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    """Positions in a table, int64 (n,), of the rows that `select_samples` returns."""
    direction, column = selection.sort.split()
    if column not in table:
        raise _needs_two_runs(f"sort by {selection.sort!r}")
    positions = np.flatnonzero(selection_mask(table, selection))
    values = table[column].to_numpy()[positions]
    ascending = direction in ("lowest", "smallest")
    return positions[np.argsort(values if ascending else -values, kind="stable")]


def selection_mask(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    """Mask, bool (N,), of the rows of a sample table that a selection keeps."""
    mask = np.ones(len(table), bool)
    for column in ("true", "test_set", "outcome"):
        value = getattr(selection, column)
        if value:
            if column not in table:
                raise _needs_two_runs(f"outcome {value!r}")
            mask &= (table[column] == value).to_numpy(bool)
    if selection.predicted:
        mask &= _predicted_mask(table, selection)
    if selection.name:
        names = table["sample"].str.lower()
        mask &= names.str.contains(selection.name.lower(), regex=False).to_numpy(bool)
    if selection.flagged:
        mask &= table["flagged"].to_numpy(bool) == (selection.flagged == "flagged")
    low, high = selection.confidence
    if (low, high) != (0.0, 1.0):  # else NaN, the confidence of restored runs, would be dropped
        confidence = table["confidence"].to_numpy()
        mask &= (confidence >= low) & (confidence <= high)
    if selection.kind != "all":
        mask &= table["right"].to_numpy(bool) == (selection.kind == "right")
    return mask


def count_sample_confusions(
    table: pd.DataFrame, selection: Selection | None = None, run: Literal["A", "B"] = "A"
) -> pd.DataFrame:
    """Confusion counts of a sample table, or of a selection of it.

    Args:
        table: A sample table.
        selection: Filters on it, or None.
        run: Run whose predictions are counted; `B` needs a table of two runs.

    Returns:
        int64 counts of shape (classes, classes): true classes down, predicted classes across.
    """
    true, predicted = table["true"].cat, table[_predicted_column(table, run)].cat
    classes = list(true.categories)
    predicted = predicted.set_categories(classes).cat  # run B may order its classes differently
    # number of each sample's cell in the flattened matrix
    cells = true.codes.to_numpy().astype(int) * len(classes) + predicted.codes.to_numpy()
    if selection is not None:
        cells = cells[selection_mask(table, selection)]
    counts = np.bincount(cells, minlength=len(classes) ** 2).reshape(len(classes), -1)
    names = (pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))
    return pd.DataFrame(counts, *names)


def recall_and_precision(counts: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Recall and precision of each class, in [0, 1]; NaN if there is no sample to divide by.

    Args:
        counts: Confusion counts (`count_sample_confusions`).
    """
    correct = pd.Series(np.diag(counts).astype(float), counts.index)
    n_true, n_predicted = counts.sum(axis=1), counts.sum(axis=0)
    return correct / n_true.where(n_true > 0), correct / n_predicted.where(n_predicted > 0)


def most_confused_pairs(counts: pd.DataFrame, n: int = 5) -> pd.DataFrame:
    """The off-diagonal cells with the largest values, largest first.

    Args:
        counts: Confusion counts, or their difference between two runs (by absolute value).
        n: Maximum number of pairs; those with zero are left out.

    Returns:
        Columns true, predicted and count.
    """
    values = counts.to_numpy().copy()
    np.fill_diagonal(values, 0)
    order = np.argsort(-np.abs(values), axis=None, kind="stable")[:n]
    true, predicted = np.unravel_index(order[values.flat[order] != 0], values.shape)
    return pd.DataFrame(
        {
            "true": counts.index[true],
            "predicted": counts.columns[predicted],
            "count": values[true, predicted],
        }
    )


def _predicted_column(table: pd.DataFrame, run: str) -> str:
    if run == "A":
        return "predicted"
    if "predicted_b" not in table:
        raise _needs_two_runs("predictions of run B")
    return "predicted_b"


def _predicted_mask(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    by_a, by_b = (
        (table[_predicted_column(table, run)] == selection.predicted).to_numpy(bool)
        for run in ("A", "A" if selection.predicted_by == "A" else "B")
    )
    return by_a ^ by_b if selection.predicted_by == "only one" else by_b


def _needs_two_runs(subject: str) -> SynthlibError:
    return SynthlibError(f"{subject}: choose a second run to compare with first")


def _categorical(codes: np.ndarray, names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(names))  # pyright: ignore  # its stubs are wrong


def _plain_keys(table: pd.DataFrame) -> pd.DataFrame:
    """The identifying columns; test sets as text, as categories of two runs may differ."""
    keys = table[_SAMPLE_KEYS]
    return keys.assign(test_set=keys["test_set"].astype(str))
