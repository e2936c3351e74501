"""The answer of `answer` in words: Markdown whose numbers are the runs'."""

from pathlib import Path

import numpy as np

from synthlib.params import Params
from synthlib.statistics import REPLACES
from synthlib.tables.answer import crossing, curves, real_equivalents
from synthlib.tables.comparable import NOT_RUN
from synthlib.tables.paired import compare, verdict
from synthlib.tables.said import PLUMBING, worded
from synthlib.tables.shown import seeds_named
from synthlib.thesis import claim


def the_answer(outputs: Path, p: Params, protocol: str) -> str:
    """The real-equivalent, the crossing of the baseline, and synthetic images per replaced real
    photograph under one protocol, beside the thesis's (7.1)."""
    lines = [f"Protocol `{protocol}`:", ""]
    for row in real_equivalents(outputs, p.scale, protocol).to_dict("records"):
        name = f"`{row['experiment']}`"
        if np.isnan(row["real_equivalent"]):
            why = NOT_RUN if np.isnan(row["top1"]) else (
                f"{row['top1']:.1f}%; the curve of real photographs alone lacks runs to read it off"
            )  # fmt: skip
            lines.append(f"- {name}: {why}.{_thesis(row, p, protocol)}")
            continue
        text = (
            f"{name}: {row['n_real']:,.0f} real photographs and {row['n_synthetic']:,.0f} "
            f"synthetic images reach {row['top1']:.1f}% ({seeds_named(row['seeds'])}); real ones "
            f"alone need {row['words']}{_replaced(row)}"
        )
        lines.append(f"- {text}.{_thesis(row, p, protocol)}")
    lines.append(f"- {_crossing(outputs, p, protocol)}")
    return "\n".join([*([PLUMBING, ""] if p.stand_in else []), *lines])


def headline(outputs: Path, p: Params, protocol: str) -> str:
    """The answer in words under one protocol: what a third of the real photographs reaches with all
    synthetic images, against all photographs alone; a paragraph of Markdown."""
    both = curves(outputs, p.scale, protocol).set_index("experiment")
    third, whole = both.loc["mixed_real33"], both.loc["baseline"]
    missing = [n for n in ("mixed_real33", "baseline") if np.isnan(both.loc[n, "top1"])]  # pyright: ignore
    start = f"Protocol `{protocol}`: "
    beside = "" if p.stand_in or protocol != "thesis" else (
        f" The thesis: {third['published']:.1f}% with {third['published_n']:,.0f} and "
        f"{whole['published']:.1f}% with all {whole['published_n']:,.0f}, from which it takes "
        f"{claim('synthetic_for_one_real'):.2f} synthetic images for each real one."
    )  # fmt: skip
    if missing:
        return f"{start}{', '.join(f'`{name}`' for name in missing)}: {NOT_RUN}.{beside}"
    found = compare(outputs, p.scale, "mixed_real33", "baseline", protocol)
    levels = found["levels"] if found else (third["top1"], whole["top1"])
    text = (
        f"{start}**{third['n_real']:,.0f} real photographs and {third['n_synthetic']:,.0f} "
        f"synthetic images reach {levels[0]:.1f}%; all {whole['n_real']:,.0f} real photographs "
        f"alone reach {levels[1]:.1f}%.**"
    )
    if found is not None:
        word = worded(verdict(found["low"], found["high"], above=REPLACES), found["seeds"])
        text += f" The difference: {_interval(found)}." if p.stand_in else (
            f" That the first replaces the second is {word} ({_interval(found)}; held if the "
            f"interval is above {REPLACES:g})."
        )  # fmt: skip
    text += _helped(outputs, p, protocol)
    equal = real_equivalents(outputs, p.scale, protocol, only=["mixed_real33"]).iloc[0].to_dict()
    if isinstance(equal["words"], str):
        text += (
            f" The accuracy of the mix with {seeds_named(equal['seeds'])}, {equal['top1']:.1f}%, "
            f"takes {equal['words']} real photographs alone{_replaced(equal)}."
        )
    return text + beside


def _interval(found: dict) -> str:
    low, high, seeds = found["low"], found["high"], seeds_named(found["seeds"])
    return f"{found['difference']:+.1f} points [{low:+.1f}, {high:+.1f}], {seeds}"


def _helped(outputs: Path, p: Params, protocol: str) -> str:
    """What the same third of the photographs reaches without synthetic images; empty without it."""
    found = compare(outputs, p.scale, "mixed_real33", "real33", protocol)
    if found is None:
        return ""
    word = worded(verdict(found["low"], found["high"]), found["seeds"])
    word = "" if p.stand_in else f"; that these help is {word}"
    alone = found["levels"][1]
    return (
        f" The same photographs without synthetic images reach {alone:.1f}%{word} "
        f"({_interval(found)})."
    )


def _replaced(row: dict) -> str:
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


def _thesis(row: dict, p: Params, protocol: str) -> str:
    """What the thesis's own curves give for the same row; nothing beside another protocol."""
    equal = row["published_equivalent"]
    if p.stand_in or protocol != "thesis" or np.isinf(equal):
        return ""
    ratio = row["published_per_replaced"]
    doubt, again = "", row["recall_equivalent"]
    if not np.isnan(again):
        doubt = (
            " (from an accuracy that no test of 850 images gives; from the recall beside it "
            f"{again:,.0f} and {row['recall_per_replaced']:.1f})"
        )
    return f" The thesis's curves: {equal:,.0f}, {ratio:.1f} synthetic images for each{doubt}."


def _crossing(outputs: Path, p: Params, protocol: str) -> str:
    found = crossing(outputs, p.scale, protocol)
    beside = "" if p.stand_in or protocol != "thesis" else (
        f" The thesis's curve: {found['published']:.0f}%, where its text says 33%."
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
