"""The real-equivalent of synthetic images as text, next to the one of the thesis's own curves.

Sentences are Markdown whose numbers are computed from the finished runs. Published curves are
interpolated as measured ones are: linearly in the logarithm of the number of photographs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import real_equivalent
from synthlib.evaluation.comparisons import compare_experiments, verdict
from synthlib.evaluation.mix_gains import PRIMARY_PROTOCOL, paired_gains
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
from synthlib.reporting.tables.verdicts import (
    detectable_text,
    difference_text,
    p_value_text,
    verdict_markdown,
)

ANSWER_EXPERIMENTS = ("mixed_real33", "baseline")
"""The experiments whose comparison answers the study's question."""


def equivalent(n: np.ndarray, top1: np.ndarray, target: float) -> float:
    """Find the number of photographs at which a learning curve first reaches an accuracy.

    Args:
        n: (k,) ascending numbers of photographs, above 0.
        top1: (k,) accuracies of the curve.
        target: The accuracy to reach, in the unit of `top1`.

    Returns:
        The number, interpolated linearly in log(n); the first one if the curve starts at or above
        the target, inf if it never reaches it.
    """
    if top1[0] >= target:
        return float(n[0])
    for i in range(len(n) - 1):
        if top1[i] < target <= top1[i + 1]:
            # position between the points i and i + 1, in [0, 1]
            position = (target - top1[i]) / (top1[i + 1] - top1[i])
            return float(np.exp(np.log(n[i]) + position * np.log(n[i + 1] / n[i])))
    return float("inf")


def published_curves() -> pd.DataFrame:
    """Read both learning curves as the thesis prints them.

    Returns:
        One row per experiment, with columns curve (`alone` or `mixed`), experiment, n_real, top1
        and recall (percent), and doubtful (bool: `thesis.DOUBTFUL_TOP1_ROWS` names it).
    """
    cells = {
        cell["experiment"]: (table, cell["index"])
        for table in (23, 25)
        for cell in thesis.cell_experiments("table", table).to_dict("records")
    }
    rows = []
    for name in (*REAL_ONLY_EXPERIMENTS, *MIXED_EXPERIMENTS):
        table, index = cells[name]
        published = thesis.published_table(table).set_index("index").loc[index]
        # printed as "6,800(33%)"
        count = int(str(published["real"]).split("(")[0].replace(",", ""))
        rows.append(
            {
                "curve": "alone" if name in REAL_ONLY_EXPERIMENTS else "mixed",
                "experiment": name,
                "n_real": count,
                "top1": published["top1"],
                "recall": published["recall"],
                "doubtful": index in thesis.DOUBTFUL_TOP1_ROWS.get(table, ()),
            }
        )
    return pd.DataFrame(rows)


def published_equivalents() -> pd.DataFrame:
    """Compute the real-equivalents of the published curves.

    Returns:
        Indexed by mixed experiment: published_equivalent (real photographs alone that reach the
        same top-1) and published_per_replaced (synthetic images per real photograph replaced);
        recall_equivalent and recall_per_replaced, from the published recall where it differs from
        top-1, although the two are equal on a balanced test set (Table 23.5, whose 49.61% is not a
        share of 850 images).
    """
    curves, n_synthetic = published_curves(), thesis.published_claim("synthetic_used")
    n, top1 = curves.loc[curves["curve"] == "alone", ["n_real", "top1"]].to_numpy(float).T
    rows = {}
    for row in curves[curves["curve"] == "mixed"].to_dict("records"):
        values = {}
        for kind, metric in (("published", "top1"), ("recall", "recall")):
            if kind == "published" or row["recall"] != row["top1"]:
                real_equivalent_count = equivalent(n, top1, row[metric])
                replaced = real_equivalent_count - row["n_real"]
                values[f"{kind}_equivalent"] = real_equivalent_count
                values[f"{kind}_per_replaced"] = (
                    n_synthetic / replaced if 0 < replaced < np.inf else np.nan
                )
        rows[row["experiment"]] = values
    return pd.DataFrame.from_dict(rows, orient="index")


def published_crossing() -> float:
    """Percent of the real photographs with which the published mixed curve reaches the baseline."""
    curves = published_curves().set_index("experiment")
    mixed = curves[curves["curve"] == "mixed"]
    percent = 100 * mixed["n_real"].to_numpy(float) / thesis.published_claim("train_images")
    baseline = float(curves["top1"].to_dict()["baseline"])
    return equivalent(percent, mixed["top1"].to_numpy(float), baseline)


def real_equivalents(
    outputs: Path, scale: str, protocol: str = "thesis", only: Sequence[str] = ()
) -> pd.DataFrame:
    """Compute the real-equivalents of mixed runs, with the published ones.

    Args:
        outputs: Folder with the runs.
        scale: Name of the scale.
        protocol: Protocol of the runs.
        only: Names of mixed experiments; by default all that have a curve.

    Returns:
        The rows of `evaluation.real_equivalents` with the columns of `published_equivalents`; these
        are NaN under other protocols than the thesis's.
    """
    measured = real_equivalent.real_equivalents(outputs, scale, protocol, only)
    names = measured["experiment"] if protocol == "thesis" else []
    return measured.join(published_equivalents().reindex(names), on="experiment")


def real_equivalent_markdown(params: Params, protocol: str) -> str:
    """List the real-equivalent of each mixed experiment and the crossing of the baseline (7.1).

    Args:
        params: Parameters of the scale.
        protocol: Protocol of the runs; with `thesis` each bullet also has the published number.

    Returns:
        Bullets of Markdown: real photographs that reach the same accuracy alone, and synthetic
        images per real photograph replaced.
    """
    lines = [f"Protocol `{protocol}`:", ""]
    for row in real_equivalents(params.output_dir, params.scale, protocol).to_dict("records"):
        if np.isnan(row["top1"]):
            text = NOT_RUN
        elif np.isnan(row["real_equivalent"]):
            text = f"{row['top1']:.1f}%; runs on real photographs alone are missing to compare with"
        else:
            text = (
                f"{row['n_real']:,.0f} real photographs and {row['n_synthetic']:,.0f} synthetic "
                f"images reach {row['top1']:.1f}% ({seeds_text(row['seeds'])}); real ones alone "
                f"need {row['words']}{_replacement_text(row)}"
            )
        lines.append(f"- `{row['experiment']}`: {text}.{_published_text(row, params, protocol)}")
    lines.append(f"- {_crossing_text(params, protocol)}")
    return "\n".join(lines)


def answer_markdown(params: Params, protocol: str) -> str:
    """Answer the study's question in a paragraph of Markdown.

    It states the primary tests (under `tuned`), and compares a third of the real photographs with
    all synthetic images (`mixed_real33`) to all real photographs alone (`baseline`).

    Args:
        params: Parameters of the scale.
        protocol: Protocol of the runs; with `thesis` the published numbers stand at the end.
    """
    start, published = f"Protocol `{protocol}`: ", _published_answer_text(params, protocol)
    if sentences := answer_sentences(params, protocol):
        return f"{start}{' '.join(sentences)}{published}"
    curves = learning_curve_table(params.output_dir, params.scale, protocol)
    top1 = curves.set_index("experiment")["top1"].to_dict()
    missing = [f"`{name}`" for name in ANSWER_EXPERIMENTS if np.isnan(top1[name])]
    return f"{start}{', '.join(missing)}: {NOT_RUN}.{published}"


def answer_sentences(params: Params, protocol: str) -> list[str]:
    """Answer the study's question under a protocol in at most five sentences of Markdown.

    Args:
        params: Parameters of the scale.
        protocol: Protocol of the runs.

    Returns:
        Under `tuned` the primary tests that have run (`evaluation.paired_gains`). Then the mix
        compared to all real photographs; what its photographs reach without synthetic images, if
        that has run; and its real-equivalent: none of these if one of `ANSWER_EXPERIMENTS` has not
        run.
    """
    return [*_primary_test_sentences(params, protocol), *_replacement_sentences(params, protocol)]


def _primary_test_sentences(params: Params, protocol: str) -> list[str]:
    """State what synthetic images add to the same photographs, for each primary test that ran."""
    if protocol != PRIMARY_PROTOCOL:
        return []
    gains = paired_gains(params.output_dir, params.scale, [protocol])
    sentences = []
    for row in gains[gains["primary"]].to_dict("records"):
        text = (
            f"**{row['n_real']:,.0f} real photographs reach {row['alone_top1']:.1f}% alone and "
            f"{row['mixed_top1']:.1f}% with synthetic images, after as many steps**"
        )
        tested = "" if row["test_set"] == "real" else ", unused photographs"
        numbers = f"{difference_text(row)}{tested}, {seeds_text(row['seeds'])}"
        if not params.stand_in:
            text += f"; that these help is {verdict_markdown(row['verdict'], row['seeds'])}"
            numbers += f", {p_value_text(row['p_holm'], corrected=True)}"
            numbers += detectable_text(row["verdict"], row)
        sentences.append(f"{text} ({numbers}).")
    return sentences


def _replacement_sentences(params: Params, protocol: str) -> list[str]:
    """Compare the mix with a third of the photographs to all of them, if both have run."""
    curves = learning_curve_table(params.output_dir, params.scale, protocol)
    rows = curves.set_index("experiment").to_dict("index")
    mixed, baseline = (rows[name] for name in ANSWER_EXPERIMENTS)
    if np.isnan(mixed["top1"]) or np.isnan(baseline["top1"]):
        return []
    comparison = compare_experiments(params.output_dir, params.scale, *ANSWER_EXPERIMENTS, protocol)
    levels = comparison["levels"] if comparison else (mixed["top1"], baseline["top1"])
    text = (
        f"**{mixed['n_real']:,.0f} real photographs and {mixed['n_synthetic']:,.0f} "
        f"synthetic images reach {levels[0]:.1f}%; all {baseline['n_real']:,.0f} real photographs "
        f"alone reach {levels[1]:.1f}%**"
    )
    text += "." if comparison is None else _replaces_text(comparison, params)
    row = real_equivalents(params.output_dir, params.scale, protocol, ["mixed_real33"]).iloc[0]
    equivalent_text = (
        "How many real photographs alone reach as much is not known: runs are missing."
    )
    if isinstance(row["words"], str):
        equivalent_text = (
            f"The accuracy of the mix with {seeds_text(row['seeds'])}, {row['top1']:.1f}%, "
            f"takes {row['words']} real photographs alone{_replacement_text(row.to_dict())}."
        )
    sentences = [text, _without_synthetic_text(params, protocol), equivalent_text]
    return [sentence for sentence in sentences if sentence]


def _published_answer_text(params: Params, protocol: str) -> str:
    """State the thesis's own answer; empty over stand-ins and under other protocols."""
    if params.stand_in or protocol != "thesis":
        return ""
    rows = published_curves().set_index("experiment").to_dict("index")
    mixed, baseline = rows["mixed_real33"], rows["baseline"]
    ratio = thesis.published_claim("synthetic_for_one_real")
    return (
        f" The thesis: {mixed['top1']:.1f}% with {mixed['n_real']:,.0f} and "
        f"{baseline['top1']:.1f}% with all {baseline['n_real']:,.0f}, from which it derives "
        f"{ratio:.2f} synthetic images for each real one."
    )


def _replaces_text(comparison: dict, params: Params) -> str:
    """State the difference to the baseline, and the verdict unless photographs are stand-ins."""
    difference = f"{difference_text(comparison)}, {seeds_text(comparison['seeds'])}"
    if params.stand_in:
        return f": a difference of {difference}."
    decision = verdict(comparison["low"], comparison["high"], above=REPLACEMENT_MARGIN)
    return (
        "; that the first replaces the second is "
        f"{verdict_markdown(decision, comparison['seeds'])} "
        f"({difference}; supported if the interval is above {REPLACEMENT_MARGIN:g}"
        f"{detectable_text(decision, comparison)})."
    )


def _without_synthetic_text(params: Params, protocol: str) -> str:
    """State what a third of the photographs reaches without synthetic images; empty if not run."""
    comparison = compare_experiments(
        params.output_dir, params.scale, "mixed_real33", "real33", protocol
    )
    if comparison is None:
        return ""
    decision = verdict(comparison["low"], comparison["high"])
    helps = detectable = ""
    if not params.stand_in:
        helps = f"; that these help is {verdict_markdown(decision, comparison['seeds'])}"
        detectable = detectable_text(decision, comparison)
    return (
        f"The same photographs without synthetic images reach {comparison['levels'][1]:.1f}%"
        f"{helps} ({difference_text(comparison)}, {seeds_text(comparison['seeds'])}{detectable})."
    )


def _replacement_text(row: dict) -> str:
    """Format the number of synthetic images per real photograph replaced, if they replace any."""
    if row["high"] < row["n_real"]:
        return ", fewer than it was trained on"
    if np.isinf(row["real_equivalent"]) and row["low"] > row["n_real"]:
        return ""
    if np.isnan(row["per_replaced"]):
        return ", which may be no replacement at all"
    low, high = row["per_replaced_low"], row["per_replaced_high"]
    ends = f"{low:,.1f} to {high:,.1f}" if low else f"at most {high:,.1f}"
    return f", so {row['per_replaced']:,.1f} ({ends}) synthetic images for each real one replaced"


def _published_text(row: dict, params: Params, protocol: str) -> str:
    """Format the thesis's real-equivalent of a row; empty if it has none to show."""
    count = row["published_equivalent"]
    if params.stand_in or protocol != "thesis" or np.isinf(count):
        return ""
    doubt = ""
    if not np.isnan(row["recall_equivalent"]):
        doubt = (
            " (from an accuracy that is not a share of 850 images; from its recall "
            f"{row['recall_equivalent']:,.0f} and {row['recall_per_replaced']:.1f})"
        )
    ratio = row["published_per_replaced"]
    return f" The thesis's curves: {count:,.0f}, {ratio:.1f} synthetic images for each{doubt}."


def _crossing_text(params: Params, protocol: str) -> str:
    """State at which share of the real photographs the mix reaches the baseline."""
    crossing = baseline_crossing(params.output_dir, params.scale, protocol)
    published = ""
    if not params.stand_in and protocol == "thesis":
        published = f" The thesis's curve: {published_crossing():.0f}%, where its text says 33%."
    low, percent, high = (_percent_text(crossing[key]) for key in ("low", "measured", "high"))
    if np.isnan(crossing["measured"]):
        return f"Crossing of the baseline: {NOT_RUN}.{published}"
    if np.isinf(crossing["measured"]):
        interval = "" if np.isinf(crossing["low"]) else f" (its interval begins at {low})"
        return (
            "The mixed curve does not reach the baseline of all real photographs, even with all of "
            f"them{interval}.{published}"
        )
    return (
        f"The mixed curve reaches the baseline of all real photographs at {percent} of them "
        f"({low} to {high}).{published}"
    )


def _percent_text(percent: float) -> str:
    """Format a percentage of the photographs, which may lie beyond either end of a curve."""
    if np.isinf(percent):
        return "more than 100%"
    return f"{percent:.0f}%" if percent else "less than the smallest share tried"
