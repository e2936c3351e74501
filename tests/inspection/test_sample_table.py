"""Sample tables: confidence, selections, confusion counts, two runs on the same samples."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from synthlib import inspection
from synthlib.inspection import sample_table
from synthlib.inspection.sample_table import Selection
from synthlib.runs import RunError
from synthlib.utils.errors import ParameterError, SynthlibError

CLASSES = ["a", "b", "c"]


def predictions(logits: list[list[float]], true: list[str], sets: list[str] | None = None):
    n = len(true)
    table = pd.DataFrame(np.array(logits), columns=[f"logit_{name}" for name in CLASSES])
    table.insert(0, "test_set", sets or ["real"] * n)
    names = [f"{name}/{i}" for i, name in enumerate(true)]
    return table.assign(sample=names, true=true, background="", placement="", sample_seed=0)


@pytest.fixture
def table() -> pd.DataFrame:
    ln = np.log
    logits = [[ln(8), ln(1), ln(1)], [ln(1), ln(6), ln(3)], [5, 5 + ln(2), 5 + ln(1)]]
    sets = ["real", "synthetic_bg", "real"]
    return inspection.build_sample_table(predictions(logits, ["a", "c", "b"], sets))


def test_confidence_loss_and_margin_follow_from_the_softmax(table: pd.DataFrame) -> None:
    assert table["predicted"].tolist() == ["a", "b", "b"]
    assert table["right"].tolist() == [True, False, True]
    assert table["confidence"].to_numpy() == pytest.approx([0.8, 0.6, 0.5], abs=1e-6)
    assert table["margin"].to_numpy() == pytest.approx([0.7, 0.3, 0.25], abs=1e-6)
    assert table["loss"].to_numpy() == pytest.approx(-np.log([0.8, 0.3, 0.5]), abs=1e-6)
    assert table["domain"].tolist() == ["real", "synthetic_bg", "real"]


def test_probabilities_of_a_row_are_sorted_and_sum_to_one() -> None:
    found = inspection.class_probabilities(predictions([[0, 1000, 0], [0, 1, 2]], ["a", "a"]), 1)
    assert found.index.tolist() == ["c", "b", "a"]
    assert found.sum() == pytest.approx(1)
    assert inspection.class_probabilities(predictions([[0, 1000, 0]], ["a"]), 0).tolist() == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        (Selection(), [1, 2, 0]),
        (Selection(sort="lowest loss"), [0, 2, 1]),
        (Selection(sort="smallest margin"), [2, 1, 0]),
        (Selection(sort="largest margin"), [0, 1, 2]),
        (Selection(kind="misclassified"), [1]),
        (Selection(kind="right"), [2, 0]),
        (Selection(true="c", predicted="b"), [1]),
        (Selection(predicted="b"), [1, 2]),
        (Selection(test_set="real"), [2, 0]),
        (Selection(test_set="synthetic_bg"), [1]),
        (Selection(confidence=(0.55, 0.65)), [1]),
        (Selection(true="a", kind="misclassified"), []),
    ],
)
def test_a_selection_filters_and_sorts(table, chosen: Selection, rows: list[int]) -> None:
    assert inspection.select_samples(table, chosen).index.tolist() == rows


def test_a_selection_that_the_table_does_not_support_is_an_error(table: pd.DataFrame) -> None:
    with pytest.raises(SynthlibError, match="choose a second run to compare with first"):
        inspection.select_samples(table, Selection(outcome="only A"))


@pytest.mark.parametrize("wrong", [{"sort": "loss"}, {"kind": "wrong"}])
def test_a_selection_of_an_unknown_kind_or_order_is_refused(wrong: dict[str, str]) -> None:
    [(name, value)] = wrong.items()
    with pytest.raises(ParameterError, match=f"{name}: got '{value}'; input should be "):
        Selection(**wrong)  # type: ignore[arg-type]


def test_confusion_counts_are_true_by_predicted(table: pd.DataFrame) -> None:
    found = inspection.count_sample_confusions(table)
    assert found.loc["c", "b"] == 1
    assert found.to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert inspection.count_sample_confusions(table.iloc[:0]).to_numpy().sum() == 0


def one_hot(predicted: str) -> list[list[float]]:
    return [[10.0 * (cls == name) for cls in CLASSES] for name in predicted]


def test_two_runs_are_joined_by_sample_in_any_order() -> None:
    true = list("aaaabbbb")
    a = predictions(one_hot("aaaabbcc"), true)
    b = predictions(one_hot("aacbbcbb"), true)
    expected = ["both right"] * 2 + ["only A"] * 2 + ["both right", "only A"] + ["only B"] * 2
    shuffled = b.sample(frac=1, random_state=3)
    for other in (b, shuffled):
        found = inspection.compare_samples(
            inspection.build_sample_table(a), inspection.build_sample_table(other)
        )
        found = found.sort_index()
        assert found["outcome"].tolist() == expected
        assert found["predicted_b"].tolist() == list("aacbbcbb")
        assert other.loc[found["row_b"], "sample"].tolist() == a["sample"].tolist()


def test_only_shared_samples_are_compared_and_without_any_it_is_an_error() -> None:
    a = predictions(one_hot("ab"), ["a", "b"], ["real", "dev"])
    b = predictions(one_hot("ab"), ["a", "b"], ["real", "synthetic_bg"])
    found = inspection.compare_samples(
        inspection.build_sample_table(a), inspection.build_sample_table(b)
    )
    assert found["test_set"].tolist() == ["real"]
    placed = b.assign(placement="elsewhere")
    with pytest.raises(RunError, match="share no test sample"):
        inspection.compare_samples(
            inspection.build_sample_table(a), inspection.build_sample_table(placed)
        )


def outcome_table(*counts: int) -> pd.DataFrame:
    codes = np.repeat(np.arange(4), counts)
    values = pd.Categorical.from_codes(codes, list(inspection.OUTCOMES))
    right = np.isin(codes, [0, 1])
    samples = [f"a/p0000/{i:02d}" for i in range(len(codes))]  # as views of one object are named
    table = {"outcome": values, "right": right, "test_set": "real", "sample": samples}
    return pd.DataFrame(table)


def test_the_thesis_s_counts_have_mcnemar_s_p() -> None:
    compared = outcome_table(525, 43, 118, 164)  # A: baseline, B: mixed (6.4)
    outcome = inspection.paired_outcome(compared)
    assert outcome == sample_table.PairedOutcome(525, 43, 118, 164)
    assert outcome.both_correct + outcome.only_b == 643
    assert outcome.p == pytest.approx(binomtest(43, 43 + 118).pvalue)
    sentence = inspection.paired_outcome_sentence(outcome)
    assert sentence.startswith("850 samples: both right 525, only A 43, only B 118")
    assert sentence.endswith("below 0.0001")


@pytest.mark.parametrize(("counts", "p"), [((5, 0, 0, 5), 1.0), ((0, 1, 5, 0), 7 / 32)])
def test_mcnemar_is_the_exact_binomial(counts: tuple[int, ...], p: float) -> None:
    assert inspection.paired_outcome(outcome_table(*counts)).p == pytest.approx(p)
    found = inspection.paired_outcome_table(outcome_table(*counts))
    assert found.loc[0, "n_test"] == sum(counts)
    assert list(found.columns)[:5] == ["test set", "both right", "only A", "only B", "both wrong"]


def test_samples_that_are_not_independent_have_no_p() -> None:
    photographs = outcome_table(4, 0, 6, 0)
    views = photographs.assign(test_set="synthetic_bg")
    several = pd.concat([photographs, views], ignore_index=True)
    found = inspection.paired_outcome(several)
    assert (found.n, found.only_b) == (20, 12)
    assert np.isnan(found.p)
    assert inspection.paired_outcome_sentence(found).endswith(
        "McNemar's p none, as the samples of 2 test sets are pooled"
    )
    of_set = inspection.paired_outcome(several, Selection(test_set="real"))
    assert of_set.p == pytest.approx(2 / 64)
    of_photographs, of_views = inspection.paired_outcome_table(several)["McNemar's p"]
    assert of_photographs == "0.031"
    assert of_views == "none, as 10 views of 1 objects are not independent"
    one_each = views.assign(sample=[f"a/p{i:04d}/00" for i in range(10)])
    assert inspection.paired_outcome(one_each).p == of_set.p


def test_samples_are_found_by_name_by_flag_and_by_the_run_that_predicts(table) -> None:
    def rows(compared: pd.DataFrame, **values) -> set[int]:
        return set(inspection.select_samples(compared, Selection(**values)).index)

    assert rows(table, name="B/2") == {2}
    assert rows(table, name=".") == set()  # text, not a pattern
    flagged = table.assign(flagged=[True, False, False])
    assert rows(flagged, flagged="flagged") == {0}
    assert rows(flagged, flagged="not flagged") == {1, 2}
    ln = np.log
    logits = [[ln(8), ln(1), ln(1)], [ln(1), ln(3), ln(6)], [5 + ln(8), 5, 5 + ln(1)]]
    sets = ["real", "synthetic_bg", "real"]
    b = inspection.build_sample_table(predictions(logits, ["a", "c", "b"], sets))
    compared = inspection.compare_samples(table, b)  # A predicts a, b, b and B a, c, a
    assert rows(compared, predicted="b", predicted_by="A") == {1, 2}
    assert rows(compared, predicted="a", predicted_by="B") == {0, 2}
    assert rows(compared, predicted="a", predicted_by="only one") == {2}
    # of the true class: A 0.8, 0.3, 0.5; B 0.8, 0.6, 0.1
    assert compared["disagreement"].to_numpy() == pytest.approx([0, 0.3, 0.4], abs=1e-6)
    ordered = inspection.select_samples(compared, Selection(sort="largest disagreement"))
    assert ordered.index.tolist() == [2, 1, 0]
    counts = inspection.count_sample_confusions(compared, run="B")
    assert counts.to_numpy().tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    for values in ({"sort": "largest disagreement"}, {"predicted": "a", "predicted_by": "B"}):
        with pytest.raises(SynthlibError, match="choose a second run to compare with first"):
            rows(table, **values)


def test_recall_precision_and_most_confused_pairs() -> None:
    counts = pd.DataFrame([[8, 2, 0], [5, 5, 0], [0, 1, 0]], CLASSES, CLASSES)
    recall, precision = inspection.recall_and_precision(counts)
    assert recall.tolist() == pytest.approx([0.8, 0.5, 0])
    assert precision.tolist()[:2] == pytest.approx([8 / 13, 5 / 8])
    assert np.isnan(precision["c"])  # never predicted
    pairs = inspection.most_confused_pairs(counts, 2)
    assert pairs.to_numpy().tolist() == [["b", "a", 5], ["a", "b", 2]]
    assert len(inspection.most_confused_pairs(counts)) == 3
    differences = inspection.most_confused_pairs(-counts)
    assert differences["count"].tolist() == [-5, -2, -1]
