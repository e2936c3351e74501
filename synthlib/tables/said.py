"""Sentences for a notebook, whose numbers come from the runs: Markdown."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.params import Params
from synthlib.tables.answer import crossing, real_equivalents
from synthlib.tables.comparable import NOT_RUN
from synthlib.tables.shown import NumberedTable
from synthlib.thesis import claim

PLUMBING = "*Stand-in photographs: no verdict is drawn from them.*"


def said(statements: pd.DataFrame, words: str, p: Params) -> str:
    """The statements that contain `words`, a bullet each with its verdict, and the thesis's own
    difference; of stand-ins no verdict and nothing published."""
    rows = statements[statements["statement"].str.contains(words, regex=False)]
    lines = []
    for row in rows.to_dict("records"):
        start = f"- {row['statement']}, protocol `{row['protocol']}`: "
        beside = not p.stand_in and row["protocol"] == "thesis"
        printed = _printed(row["published"]) if beside else ""
        if row["verdict"] == "not run":
            lines.append(f"{start}{NOT_RUN}.{printed}")
            continue
        found = f"{row['difference']:+.1f} points [{row['low']:+.1f}, {row['high']:+.1f}]"
        about = f"{row['label'].replace('_', chr(92) + '_')}, {row['n']:.0f} images, seeds "
        word = "" if p.stand_in else f"**{row['verdict']}**, "
        again = _bn_real(row, p)
        lines.append(f"{start}{word}{found} ({about}{row['seeds']}).{again}{printed}")
    return "\n".join([*([PLUMBING, ""] if p.stand_in else []), *lines])


def _bn_real(row: dict, p: Params) -> str:
    """The same with batch-norm statistics of the real training photographs, where there is such."""
    if not row["bn_real_verdict"]:
        return ""
    numbers = "{:+.1f} points [{:+.1f}, {:+.1f}]".format(
        *(row[f"bn_real_{key}"] for key in ("difference", "low", "high"))
    )
    word = "" if p.stand_in else f"**{row['bn_real_verdict']}**, "
    return f" With `bn_real`: {word}{numbers}."


def _printed(points: float) -> str:
    return "" if np.isnan(points) else f" The thesis: {points:+.2f}."


def stability_said(table: NumberedTable, p: Params) -> str:
    """Table 24's spread of top-1 against the binomial one, measured and published."""
    lines = [PLUMBING, ""] if p.stand_in else []
    rows = table.frame.iloc[:-1]
    kinds = ["measured"] if p.stand_in else ["measured", "published"]
    for kind in kinds:
        values = rows["top1", kind].dropna()
        if values.empty:
            lines.append(f"- {kind}: {NOT_RUN}.")
            continue
        known = rows["run", "n_test"].median()
        n = float(known if kind == "measured" else claim("stability_test_images"))
        share = float(values.mean()) / 100
        binomial = 100 * np.sqrt(share * (1 - share) / n)
        lines.append(
            f"- {kind}: {len(values)} results, mean {100 * share:.1f}%, standard deviation "
            f"{values.std(ddof=0):.2f} points; {n:,.0f} photographs alone scatter by "
            f"{binomial:.2f}."
        )
    return "\n".join(lines)


def the_answer(outputs: Path, p: Params, protocol: str) -> str:
    """The real-equivalent, the crossing of the baseline, and synthetic images per replaced real
    photograph under one protocol, beside the thesis's (7.1)."""
    lines = [f"Protocol `{protocol}`:", ""]
    for row in real_equivalents(outputs, p.scale, protocol).to_dict("records"):
        name = f"`{row['experiment']}`"
        if np.isnan(row["real_equivalent"]):
            lines.append(f"- {name}: {NOT_RUN}.{_thesis(row, p, protocol)}")
            continue
        text = (
            f"{name}: {row['n_real']:,.0f} real photographs and {row['n_synthetic']:,.0f} "
            f"synthetic images reach {row['top1']:.1f}%; real ones alone need {row['words']}"
        )
        if not np.isnan(row["per_replaced"]):
            text += f", so {row['per_replaced']:.1f} synthetic images for each real one replaced"
        lines.append(f"- {text}.{_thesis(row, p, protocol)}")
    lines.append(f"- {_crossing(outputs, p, protocol)}")
    return "\n".join([*([PLUMBING, ""] if p.stand_in else []), *lines])


def _thesis(row: dict, p: Params, protocol: str) -> str:
    """What the thesis's own curves give for the same row; nothing beside another protocol."""
    equal = row["published_equivalent"]
    if p.stand_in or protocol != "thesis" or np.isinf(equal):
        return ""
    ratio = row["published_per_replaced"]
    return f" The thesis's curves: {equal:,.0f}, {ratio:.1f} synthetic images for each."


def _crossing(outputs: Path, p: Params, protocol: str) -> str:
    found = crossing(outputs, p.scale, protocol)
    beside = "" if p.stand_in or protocol != "thesis" else (
        f" The thesis's curve: {found['published']:.0f}%, where its text says 33%."
    )  # fmt: skip
    if np.isnan(found["measured"]):
        return f"Crossing of the baseline: {NOT_RUN}.{beside}"
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
