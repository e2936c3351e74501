"""Predictions, a row a sample: what a model took each sample for, how surely, and beside another.

`samples(predictions)` is the table that everything here reads and that notebook 08 shows: a row a
test sample with `test_set`, `domain`, `sample`, `true`, `predicted`, `confidence` (probability of
the predicted class, in [0, 1]), `loss` (cross-entropy, nats), `margin` (probability of the
predicted class minus that of the next one, in [0, 1]), `right`, and what a composite is made of
(`background`, `placement`, `sample_seed`). Its index is the row of the predictions. Of a kept run
(`kept`) nobody knows how sure it was: confidence, loss and margin are NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from synthlib.evaluation.predictions import has_ranks, logits_and_classes
from synthlib.evaluation.statistics import mcnemar
from synthlib.runs import RunError
from synthlib.utils.errors import SynthlibError

SampleKind = Literal["all", "misclassified", "right"]
Outcome = Literal["both right", "only A", "only B", "both wrong"]
SortOrder = Literal["highest loss", "lowest loss", "smallest margin", "largest margin"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

CONFIDENCE_COLUMNS = ("confidence", "loss", "margin")
"""Columns that need logits."""

_SAMPLE_KEYS = ["test_set", "sample", "background", "placement"]
"""What makes a sample of two runs the same picture."""


@dataclass(frozen=True)
class Selection:
    """Which samples to show, and in which order; "" is any. `confidence` is in [0, 1]."""

    true: str = ""
    predicted: str = ""
    test_set: str = ""
    domain: str = ""
    kind: SampleKind = "all"
    outcome: str = ""
    confidence: tuple[float, float] = (0.0, 1.0)
    sort: SortOrder = "highest loss"


@dataclass(frozen=True)
class PairedOutcome:
    """How two runs fared on the same samples, in counts, and McNemar's exact two-sided p."""

    both_correct: int
    only_a: int
    only_b: int
    both_wrong: int
    p: float


def test_set_domain(test_set: str) -> str:
    """The domain of a test set: `synthetic_bg`, `synthetic_nobg`, or `real` for all others."""
    return test_set if test_set.startswith("synthetic") else "real"


def build_sample_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The table of samples of one run's predictions; see this module's header."""
    logits, classes = logits_and_classes(predictions)
    true = pd.Categorical(predictions["true"], classes).codes.astype(int)
    logs = log_softmax(logits.astype(np.float32), axis=1)
    two = np.partition(logs, -2, axis=1)[:, -2:]
    guess, rows = logs.argmax(axis=1), np.arange(len(logs))
    test_set = predictions["test_set"].astype("category")
    domain = test_set.cat.categories.map(test_set_domain).to_numpy()[test_set.cat.codes.to_numpy()]
    about = ["sample", "background", "placement", "sample_seed"]
    table = predictions.reindex(columns=about).assign(
        test_set=test_set,
        domain=pd.Categorical(domain),
        true=_categorical(true, classes),
        predicted=_categorical(guess, classes),
        confidence=np.exp(two[:, 1]),
        loss=np.maximum(-logs[rows, true], 0),
        margin=np.exp(two[:, 1]) - np.exp(two[:, 0]),
        right=guess == true,
    )
    return (
        table.assign(**dict.fromkeys(CONFIDENCE_COLUMNS, np.nan))
        if has_ranks(predictions)
        else table
    )


def class_probabilities(predictions: pd.DataFrame, row: int) -> pd.Series:
    """Probability of each class, in [0, 1], of one row of the predictions; most likely first."""
    logits, classes = logits_and_classes(predictions.loc[[row]])
    found = np.exp(log_softmax(logits.astype(float), axis=1))[0]
    return pd.Series(found, classes, name="probability").sort_values(ascending=False, kind="stable")


def compare_samples(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Two runs' tables of samples side by side: the rows of `a` that `b` has too.

    Adds to them `predicted_b`, `confidence_b`, `row_b` (the row in the predictions of `b`) and
    `outcome`. Raises RunError if the two were tested on no common sample.
    """
    shared = set(a["test_set"].cat.categories) & set(b["test_set"].cat.categories)
    a, b = (table[table["test_set"].isin(shared)] for table in (a, b))
    left, right = (_plain_keys(table) for table in (a, b))
    if left.equals(right):  # as two runs of one study are: no join needed
        rows_a, rows_b = a.index, b.index
    else:
        right = right.reset_index(names="row_b")
        joined = left.reset_index(names="row_a").merge(right, on=_SAMPLE_KEYS, validate="1:1")
        rows_a, rows_b = pd.Index(joined["row_a"]), pd.Index(joined["row_b"])
    if rows_a.empty:
        raise RunError(
            "the two runs share no test sample: compare runs of one scale and one data seed that "
            "were tested on the same sets"
        )
    found, other = a.loc[rows_a], b.loc[rows_b]
    code = 2 * ~found["right"].to_numpy(bool) + ~other["right"].to_numpy(bool)
    return found.assign(
        predicted_b=other["predicted"].array,
        confidence_b=other["confidence"].to_numpy(),
        row_b=rows_b.to_numpy(),
        outcome=_categorical(code, OUTCOMES),
    )


def paired_outcome(compared: pd.DataFrame, selection: Selection | None = None) -> PairedOutcome:
    """Counts and McNemar's p of a table that `compare` made, or of those that are chosen."""
    codes = compared["outcome"].cat.codes.to_numpy()
    codes = codes if selection is None else codes[selection_mask(compared, selection)]
    numbers = np.bincount(codes, minlength=len(OUTCOMES)).tolist()
    a_right = np.repeat([True, True, False, False], numbers)
    b_right = np.repeat([True, False, True, False], numbers)
    return PairedOutcome(*numbers, p=mcnemar(a_right, b_right)["p"])


def paired_outcome_sentence(outcome: PairedOutcome) -> str:
    """What `versus` found, in one line."""
    n = outcome.both_correct + outcome.only_a + outcome.only_b + outcome.both_wrong
    return (
        f"{n:,} samples: both right {outcome.both_correct:,}, only A {outcome.only_a:,}, only B "
        f"{outcome.only_b:,}, both wrong {outcome.both_wrong:,}; McNemar's p {p_value_text(outcome.p)}"
    )


def paired_outcome_table(compared: pd.DataFrame) -> pd.DataFrame:
    """`versus` of each test set of a table that `compare` made: a row a test set."""
    rows = []
    for name, part in compared.groupby("test_set", observed=True, sort=False):
        found = paired_outcome(part)
        counted = (found.both_correct, found.only_a, found.only_b, found.both_wrong)
        row = {"test set": str(name), **dict(zip(OUTCOMES, counted, strict=True))}
        rows.append(row | {"n_test": len(part), "McNemar's p": p_value_text(found.p)})
    return pd.DataFrame(rows)


def select_samples(table: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of a table of samples that a selection lets through, in its order.

    Raises SynthlibError on an outcome where the table compares no two runs, ValueError on an
    unknown sort.
    """
    return table.iloc[selected_positions(table, selection)]


def selected_positions(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    """int64 (n,): the places in a table of the rows that `select` gives."""
    if selection.sort not in get_args(SortOrder):
        raise ValueError(
            f"sort is {selection.sort!r}; allowed are {', '.join(get_args(SortOrder))}"
        )
    order, by = selection.sort.split()
    rows = np.flatnonzero(selection_mask(table, selection))
    values = table[by].to_numpy()[rows]
    least_first = order in ("lowest", "smallest")
    return rows[np.argsort(values if least_first else -values, kind="stable")]


def selection_mask(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    """bool (N,): which rows of a table a selection lets through."""
    keep = np.ones(len(table), bool)
    for column in ("true", "predicted", "test_set", "domain", "outcome"):
        wanted = getattr(selection, column)
        if wanted:
            if column not in table:
                raise SynthlibError(
                    f"outcome {wanted!r}: choose a second run to compare with first"
                )
            keep &= (table[column] == wanted).to_numpy(bool)
    low, high = selection.confidence
    if (low, high) != (0.0, 1.0):
        confidence = table["confidence"].to_numpy()
        keep &= (confidence >= low) & (confidence <= high)
    if selection.kind != "all":
        keep &= table["right"].to_numpy(bool) == (selection.kind == "right")
    return keep


def count_sample_confusions(
    table: pd.DataFrame, selection: Selection | None = None
) -> pd.DataFrame:
    """Confusion counts of a table of samples, or of those that are chosen: true classes down,
    predicted ones across."""
    true, predicted = table["true"].cat, table["predicted"].cat
    classes = list(true.categories)
    flat = true.codes.to_numpy().astype(int) * len(classes) + predicted.codes.to_numpy()
    if selection is not None:
        flat = flat[selection_mask(table, selection)]
    found = np.bincount(flat, minlength=len(classes) ** 2).reshape(len(classes), -1)
    names = (pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))
    return pd.DataFrame(found, *names)


def _categorical(codes: np.ndarray, names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(names))  # pyright: ignore  # its stubs are wrong


def p_value_text(p: float) -> str:
    """A p-value for reading."""
    return f"{p:.2g}" if p >= 1e-4 else "below 0.0001"


def _plain_keys(table: pd.DataFrame) -> pd.DataFrame:
    keys = table[_SAMPLE_KEYS]
    return keys.assign(test_set=keys["test_set"].astype(str))
