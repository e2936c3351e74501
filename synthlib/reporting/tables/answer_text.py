"""The answer of `answer` in words, beside what the thesis's own curves give.

Sentences are Markdown whose numbers are the runs'. Published curves are read as measured ones are:
between their points, linear in the logarithm of the number of photographs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import real_equivalent
from synthlib.evaluation.comparisons import compare_experiments, verdict
from synthlib.evaluation.real_equivalent import (
    MIXED_EXPERIMENTS,
    REAL_ONLY_EXPERIMENTS,
    baseline_crossing,
    learning_curve_table,
)
from synthlib.evaluation.statistics import REPLACEMENT_MARGIN
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.html import seeds_text
from synthlib.reporting.tables.summaries import STAND_IN_WARNING, verdict_markdown

PUBLISHED = {
    "real3": (25, "3"),
    "real16": (25, "2"),
    "real33": (25, "1"),
    "baseline": (23, "1"),
    "mixed_real3": (23, "5"),
    "mixed_real16": (23, "4"),
    "mixed_real33": (23, "3"),
    "mixed_synth100": (23, "2"),
}
"""The published row of each experiment of the curves: table and index."""


def equivalent(n: np.ndarray, top1: np.ndarray, target: float) -> float:
    """The number of photographs at which a curve of photographs first reaches an accuracy.

    n: ascending counts above 0; top1: their accuracies. inf if the curve never does; its first
    count if it starts above.
    """
    if top1[0] >= target:
        return float(n[0])
    for i in range(len(n) - 1):
        if top1[i] < target <= top1[i + 1]:
            share = (target - top1[i]) / (top1[i + 1] - top1[i])
            return float(np.exp(np.log(n[i]) + share * np.log(n[i + 1] / n[i])))
    return float("inf")


def published_curves() -> pd.DataFrame:
    """Both curves as printed, in the rows of `answer.curves`: curve, experiment, n_real, top1,
    recall, doubtful (`thesis.DOUBTFUL`)."""
    rows = []
    for name, (table, index) in PUBLISHED.items():
        printed = thesis.published_table(table).set_index("index").loc[index]
        count = int(str(printed["real"]).split("(")[0].replace(",", ""))
        row = {
            "curve": "alone" if name in REAL_ONLY_EXPERIMENTS else "mixed",
            "experiment": name,
            "n_real": count,
        }
        row |= {"top1": printed["top1"], "recall": printed["recall"]}
        rows.append(row | {"doubtful": index in thesis.DOUBTFUL_TOP1_ROWS.get(table, ())})
    return pd.DataFrame(rows)


def published_equivalents() -> pd.DataFrame:
    """The real-equivalents of the published curves, by mixed experiment.

    Columns: published_equivalent, published_per_replaced (synthetic images for each photograph that
    they stand for); recall_equivalent, recall_per_replaced: the same of the published recall, where
    it is not the top-1 that it must be on as many images of each class (Table 23.5, whose 49.61 no
    850 images give).
    """
    both, used = published_curves(), thesis.published_claim("synthetic_used")
    n, top1 = both.loc[both["curve"] == "alone", ["n_real", "top1"]].to_numpy(float).T
    rows = {}
    for row in both[both["curve"] == "mixed"].to_dict("records"):
        rows[row["experiment"]] = found = {}
        for kind, key in (("published", "top1"), ("recall", "recall")):
            if kind == "published" or row["recall"] != row["top1"]:
                there = equivalent(n, top1, row[key])
                beyond = there - row["n_real"]
                found[f"{kind}_equivalent"] = there
                found[f"{kind}_per_replaced"] = used / beyond if 0 < beyond < np.inf else np.nan
    return pd.DataFrame.from_dict(rows, orient="index")


def published_crossing() -> float:
    """Percent of the real photographs at which the published mixed curve reaches the baseline."""
    both = published_curves()
    mixed, base = both[both["curve"] == "mixed"], both[both["experiment"] == "baseline"]
    share = 100 * mixed["n_real"].to_numpy(float) / thesis.published_claim("train_images")
    return equivalent(share, mixed["top1"].to_numpy(float), float(base["top1"].iloc[0]))


def real_equivalents(
    outputs: Path, scale: str, protocol: str = "thesis", only: Sequence[str] = MIXED_EXPERIMENTS
) -> pd.DataFrame:
    """`answer.real_equivalents` with the columns of `published_equivalents`, which are NaN under
    another protocol than the thesis's."""
    found = real_equivalent.real_equivalents(outputs, scale, protocol, only)
    printed = published_equivalents().reindex(found["experiment"] if protocol == "thesis" else [])
    return found.join(printed, on="experiment")


def real_equivalent_markdown(outputs: Path, params: Params, protocol: str) -> str:
    """The real-equivalent, the crossing of the baseline, and synthetic images per replaced real
    photograph under one protocol, beside the thesis's (7.1)."""
    lines = [f"Protocol `{protocol}`:", ""]
    for row in real_equivalents(outputs, params.scale, protocol).to_dict("records"):
        name = f"`{row['experiment']}`"
        if np.isnan(row["real_equivalent"]):
            why = NOT_RUN if np.isnan(row["top1"]) else (
                f"{row['top1']:.1f}%; the curve of real photographs alone lacks runs to read it off"
            )  # fmt: skip
            lines.append(f"- {name}: {why}.{_published_text(row, params, protocol)}")
            continue
        text = (
            f"{name}: {row['n_real']:,.0f} real photographs and {row['n_synthetic']:,.0f} "
            f"synthetic images reach {row['top1']:.1f}% ({seeds_text(row['seeds'])}); real ones "
            f"alone need {row['words']}{_replacement_text(row)}"
        )
        lines.append(f"- {text}.{_published_text(row, params, protocol)}")
    lines.append(f"- {_crossing_text(outputs, params, protocol)}")
    return "\n".join([*([STAND_IN_WARNING, ""] if params.stand_in else []), *lines])


def answer_markdown(outputs: Path, params: Params, protocol: str) -> str:
    """The answer in words under one protocol: what a third of the real photographs reaches with all
    synthetic images, against all photographs alone; a paragraph of Markdown."""
    both = learning_curve_table(outputs, params.scale, protocol).set_index("experiment")
    third, whole = both.loc["mixed_real33"], both.loc["baseline"]
    printed = published_curves().set_index("experiment")
    a, b = printed.loc["mixed_real33"], printed.loc["baseline"]
    missing = [n for n in ("mixed_real33", "baseline") if np.isnan(both.loc[n, "top1"])]  # pyright: ignore
    start = f"Protocol `{protocol}`: "
    beside = "" if params.stand_in or protocol != "thesis" else (
        f" The thesis: {a['top1']:.1f}% with {a['n_real']:,.0f} and {b['top1']:.1f}% with all "
        f"{b['n_real']:,.0f}, from which it takes "
        f"{thesis.published_claim('synthetic_for_one_real'):.2f} synthetic images for each real one."
    )  # fmt: skip
    if missing:
        return f"{start}{', '.join(f'`{name}`' for name in missing)}: {NOT_RUN}.{beside}"
    found = compare_experiments(outputs, params.scale, "mixed_real33", "baseline", protocol)
    levels = found["levels"] if found else (third["top1"], whole["top1"])
    text = (
        f"{start}**{third['n_real']:,.0f} real photographs and {third['n_synthetic']:,.0f} "
        f"synthetic images reach {levels[0]:.1f}%; all {whole['n_real']:,.0f} real photographs "
        f"alone reach {levels[1]:.1f}%.**"
    )
    if found is not None:
        word = verdict_markdown(
            verdict(found["low"], found["high"], above=REPLACEMENT_MARGIN), found["seeds"]
        )
        text += f" The difference: {_difference_text(found)}." if params.stand_in else (
            f" That the first replaces the second is {word} ({_difference_text(found)}; held if the "
            f"interval is above {REPLACEMENT_MARGIN:g})."
        )  # fmt: skip
    text += _without_synthetic_text(outputs, params, protocol)
    equals = real_equivalents(outputs, params.scale, protocol, only=["mixed_real33"])
    equal = equals.iloc[0].to_dict()
    if isinstance(equal["words"], str):
        text += (
            f" The accuracy of the mix with {seeds_text(equal['seeds'])}, {equal['top1']:.1f}%, "
            f"takes {equal['words']} real photographs alone{_replacement_text(equal)}."
        )
    return text + beside


def _difference_text(comparison: dict) -> str:
    low, high, seeds = comparison["low"], comparison["high"], seeds_text(comparison["seeds"])
    return f"{comparison['difference']:+.1f} points [{low:+.1f}, {high:+.1f}], {seeds}"


def _without_synthetic_text(outputs: Path, params: Params, protocol: str) -> str:
    """What the same third of the photographs reaches without synthetic images; empty without it."""
    found = compare_experiments(outputs, params.scale, "mixed_real33", "real33", protocol)
    if found is None:
        return ""
    word = verdict_markdown(verdict(found["low"], found["high"]), found["seeds"])
    word = "" if params.stand_in else f"; that these help is {word}"
    alone = found["levels"][1]
    return (
        f" The same photographs without synthetic images reach {alone:.1f}%{word} "
        f"({_difference_text(found)})."
    )


def _replacement_text(row: dict) -> str:
    """How many synthetic images stand for one real photograph, if they stand for any."""
    if row["high"] < row["n_real"]:
        return ", fewer than it was trained on"
    if np.isinf(row["real_equivalent"]) and row["low"] > row["n_real"]:
        return ""
    if np.isnan(row["per_replaced"]):
        return ", which is not told apart from replacing none"
    low, high = row["per_replaced_low"], row["per_replaced_high"]
    ends = f"{low:,.1f} to {high:,.1f}" if low else f"at most {high:,.1f}"
    return f", so {row['per_replaced']:,.1f} ({ends}) synthetic images for each real one replaced"


def _published_text(row: dict, params: Params, protocol: str) -> str:
    """What the thesis's own curves give for the same row; nothing beside another protocol."""
    equal = row["published_equivalent"]
    if params.stand_in or protocol != "thesis" or np.isinf(equal):
        return ""
    ratio = row["published_per_replaced"]
    doubt, again = "", row["recall_equivalent"]
    if not np.isnan(again):
        doubt = (
            " (from an accuracy that no test of 850 images gives; from the recall beside it "
            f"{again:,.0f} and {row['recall_per_replaced']:.1f})"
        )
    return f" The thesis's curves: {equal:,.0f}, {ratio:.1f} synthetic images for each{doubt}."


def _crossing_text(outputs: Path, params: Params, protocol: str) -> str:
    found = baseline_crossing(outputs, params.scale, protocol)
    beside = "" if params.stand_in or protocol != "thesis" else (
        f" The thesis's curve: {published_crossing():.0f}%, where its text says 33%."
    )  # fmt: skip
    if np.isnan(found["measured"]):
        return f"Crossing of the baseline: {NOT_RUN}.{beside}"
    if np.isinf(found["measured"]):
        low = _percent(found["low"])
        begins = "" if np.isinf(found["low"]) else f" (its interval begins at {low})"
        return (
            "The mixed curve does not reach the baseline of all real photographs, even with all of "
            f"them{begins}.{beside}"
        )
    low, at, high = (_percent(found[key]) for key in ("low", "measured", "high"))
    return (
        f"The mixed curve reaches the baseline of all real photographs at {at} of them "
        f"({low} to {high}).{beside}"
    )


def _percent(share: float) -> str:
    """A percent of the photographs, or where beyond a curve's ends it lies."""
    if np.isinf(share):
        return "more than 100%"
    return f"{share:.0f}%" if share else "less than the least share tried"
