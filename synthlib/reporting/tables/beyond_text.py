"""Sentences of notebook 09: screening, gains, added images, one's own data (Markdown)."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from synthlib.evaluation.ablation import ablation_state
from synthlib.evaluation.added_data import ADDED_IMAGES, ALONE, compare_at_equal_number
from synthlib.evaluation.mix_gains import PRIMARY_PROTOCOL, PRIMARY_TESTS, expected_gain
from synthlib.evaluation.screening import FREE_COLUMN, screening_state
from synthlib.params import Params
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.html import seeds_text
from synthlib.reporting.tables.verdicts import (
    DECIDED_VERDICTS,
    difference_text,
    p_value_text,
    verdict_markdown,
)


def screening_markdown(effects: pd.DataFrame, params: Params) -> str:
    """Name the factors that a screening found, and the smallest effect that it could find.

    Args:
        effects: Rows of `evaluation.screening_effects`.
        params: Parameters of the scale.

    Returns:
        One bullet per experiment; for one of which runs are missing, the command that runs it.
    """
    state = screening_state(params.output_dir, params.scale)
    return "\n".join(_effect_lines(effects, state, "screening", params))


def ablation_markdown(effects: pd.DataFrame, params: Params) -> str:
    """Name the factors without which accuracy falls or rises, and the smallest effect to be found.

    Args:
        effects: Rows of `evaluation.ablation_effects`.
        params: Parameters of the scale.

    Returns:
        One bullet per experiment, and one with the command for each of which runs are missing.
    """
    state = ablation_state(params.output_dir, params.scale)
    return "\n".join(_effect_lines(effects, state, "ablation", params))


def _effect_lines(
    effects: pd.DataFrame, state: pd.DataFrame, plan: str, params: Params
) -> list[str]:
    lines = []
    for counts in state.to_dict("records"):
        name = counts["experiment"]
        rows = effects[effects["experiment"] == name]
        if counts["done"] < counts["planned"]:
            lines.append(
                f"- `{name}`: {counts['done']} of {counts['planned']} runs; `synthlib batch "
                f"--scale {params.scale} --{plan} --only {name}` makes the others."
            )
        if rows.empty:
            continue
        factors = rows[~rows["factor"].str.startswith(FREE_COLUMN)]
        clear = factors[(factors["low"] > 0) | (factors["high"] < 0)]
        clear = clear.reindex(clear["effect"].abs().sort_values(ascending=False).index)
        found = [
            f"{row['factor']} {row['effect']:+.1f} [{row['low']:+.1f}, {row['high']:+.1f}]"
            for row in clear.to_dict("records")
        ]
        first = factors.iloc[0]
        runs = len(factors) + 1 if plan == "ablation" else first["runs"]
        lines.append(
            f"- `{name}`: of {len(factors)} factors, {len(clear)} have an interval without 0"
            f"{': ' if found else ''}{'; '.join(found)}. Effects above "
            f"{factors['detectable'].median():.1f} points would be found in 80% of such studies "
            f"({runs} runs, {first['n']:,} photographs, {seeds_text(first['seeds'])})."
        )
    return lines


def gains_of_mixes_markdown(gains: pd.DataFrame, params: Params) -> str:
    """State the two primary tests, then the other comparisons under each protocol.

    Args:
        gains: Rows of `evaluation.paired_gains`.
        params: Parameters of the scale.

    Returns:
        Bullets; a primary test that has not run is the command that runs it.
    """
    lines = []
    for mix, alone, _ in PRIMARY_TESTS:
        rows = gains[gains["primary"] & (gains["mix"] == mix)].to_dict("records")
        if rows:
            lines.append(f"- Primary test, {_gain_text(rows[0], params)}")
            continue
        lines.append(
            f"- Primary test, `{mix}` less `{alone}`: {NOT_RUN}; `synthlib batch --scale "
            f"{params.scale} --seeds 0,1,2,3,4 --only {alone} --only {mix} --set "
            f"'batch_protocols=[{PRIMARY_PROTOCOL}]'`."
        )
    others = gains[~gains["primary"].astype(bool)].to_dict("records")
    lines += [f"- {_gain_text(row, params)}" for row in others]
    return "\n".join(lines)


def _gain_text(row: dict, params: Params) -> str:
    tested = "" if row["test_set"] == "real" else ", unused photographs"
    text = f"`{row['mix']}` less `{row['alone']}`, protocol `{row['protocol']}`{tested}: "
    if not params.stand_in:
        text += f"{verdict_markdown(row['verdict'], row['seeds'])}, "
    text += f"{row['alone_top1']:.1f}% to {row['mixed_top1']:.1f}%, {difference_text(row)}"
    p = p_value_text(row["p_holm" if row["primary"] else "p"], corrected=row["primary"])
    text += f", {p} ({row['n']:,.0f} photographs, {seeds_text(row['seeds'])})"
    if row["verdict"] not in DECIDED_VERDICTS:
        text += f"; a difference of {row['detectable']:.1f} points would be found in 80% of cases"
    return f"{text}."


def added_images_markdown(table: pd.DataFrame, params: Params, protocol: str) -> str:
    """Compare renders with photographs labelled by a model, at equal number and at equal cost.

    Args:
        table: Rows of `tables.added_images_cost`.
        params: Parameters of the scale.
        protocol: Protocol of the rows.

    Returns:
        Bullets; without the runs, the command that makes them.
    """
    names = [ALONE, *(name for names in ADDED_IMAGES.values() for name in names)]
    missing = [name for name in names if name not in set(table["experiment"])]
    lines = []
    if missing:
        only = " ".join(f"--only {name}" for name in dict.fromkeys([ALONE, *missing]))
        lines.append(
            f"- Not run under `{protocol}`: `synthlib batch --scale {params.scale} {only} --set "
            f"'batch_protocols=[{protocol}]'`."
        )
    kinds = {"renders": "renders", "photographs": "photographs labelled by a model"}
    for row in table[table["kind"] != "alone"].to_dict("records"):
        cost = "" if math.isnan(row["cost"]) else f", {row['hours']:.1f} h, cost {row['cost']:,.2f}"
        interval = f"[{row['gain_low']:+.1f}, {row['gain_high']:+.1f}]"
        lines.append(
            f"- `{row['experiment']}`: {row['n_added']:,.0f} {kinds[row['kind']]}{cost}: "
            f"{row['gain']:+.1f} points {interval} over photographs alone "
            f"({row['n']:,.0f} photographs, {seeds_text(row['seeds'])})."
        )
    lines += _equal_number_lines(params, protocol) + _equal_cost_lines(table)
    return "\n".join(lines)


def _equal_number_lines(params: Params, protocol: str) -> list[str]:
    found = compare_at_equal_number(params.output_dir, params.scale, protocol)
    if found is None:
        return []
    return [
        f"- At equal number ({found['n_photographs']:,.0f} photographs, {found['n_renders']:,.0f} "
        f"renders), photographs less renders: {difference_text(found)} ({found['n']:,} "
        f"photographs, {seeds_text(found['seeds'])})."
    ]


def _equal_cost_lines(table: pd.DataFrame) -> list[str]:
    """Compare all renders with the photographs that cost as much, interpolated linearly."""
    renders = table[(table["kind"] == "renders") & table["cost"].notna()]
    fetched = table[table["kind"].isin(["alone", "photographs"])].sort_values("cost")
    if renders.empty or len(fetched) < 2:
        return []
    most = renders.sort_values("cost").iloc[-1]
    start = f"- At equal cost ({most['cost']:,.2f}): {most['n_added']:,.0f} renders add "
    start += f"{most['gain']:+.1f} points"
    if most["cost"] > fetched["cost"].iloc[-1]:
        last = fetched.iloc[-1]
        return [
            f"{start}; more photographs than were tried cost as much, and the "
            f"{last['n_added']:,.0f} tried add {last['gain']:+.1f}."
        ]
    n, gain = (
        np.interp(most["cost"], fetched["cost"], fetched[key]) for key in ("n_added", "gain")
    )
    return [f"{start}, and {n:,.0f} photographs about {gain:+.1f} (interpolated)."]


def own_data_markdown(
    gains: pd.DataFrame,
    params: Params,
    *,
    photographs: float,
    classes: int,
    test_photographs: int,
    protocols: Sequence[str],
) -> str:
    """State the accuracy and gain to expect of one's own data, by protocol.

    Args:
        gains: Rows of `evaluation.paired_gains`.
        params: Parameters of the scale.
        photographs: Real training photographs per class.
        classes: Number of classes.
        test_photographs: Number of test photographs, of all classes together.
        protocols: Protocols to read off.

    Returns:
        A bullet per protocol. There is no estimate outside of the range that was measured.
    """
    lines = []
    for protocol in protocols:
        found = expected_gain(gains, protocol, photographs=photographs, classes=classes)
        start = f"- Protocol `{protocol}`, {photographs:,.0f} photographs per class: "
        if math.isnan(found.measured_range[0]):
            lines.append(f"{start}{NOT_RUN}.")
        elif math.isnan(found.gain):
            low, high = found.measured_range
            lines.append(
                f"{start}not known; this study measured {low:,.0f} to {high:,.0f} per class."
            )
        else:
            lines.append(
                f"{start}{found.alone_top1:.0f}% alone on {classes} classes; renders add "
                f"{found.gain:+.1f} points [{found.low:+.1f}, {found.high:+.1f}]. "
                f"{_test_size_text(found.test_photographs)} {test_photographs:,} would show it "
                f"with a probability of {_percent_text(found.test_power(test_photographs))}."
            )
    return "\n".join(lines)


def _test_size_text(needed: float) -> str:
    if np.isinf(needed):
        return "No number of test photographs would show a difference of 0;"
    return f"To show that in 80% of cases takes {needed:,.0f} test photographs;"


def _percent_text(share: float) -> str:
    return "0%" if math.isnan(share) else f"{100 * share:.0f}%"
