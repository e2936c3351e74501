"""Sentences for a notebook, whose numbers come from the runs: Markdown."""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.params import Params
from synthlib.statistics import REPLACES
from synthlib.tables.answer import crossing, curves, real_equivalents
from synthlib.tables.comparable import NOT_RUN
from synthlib.tables.measured import runs_of
from synthlib.tables.paired import compare, verdict
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
        printed = _printed(row["published"], row["doubt"]) if beside else ""
        if row["verdict"] == "not run":
            lines.append(f"{start}{NOT_RUN}.{printed}")
            continue
        found = f"{row['difference']:+.1f} points [{row['low']:+.1f}, {row['high']:+.1f}]"
        about = f"{row['label'].replace('_', chr(92) + '_')}, {row['n']:.0f} images, seeds "
        word = "" if p.stand_in else f"**{row['verdict']}**, "
        again = _bn_real(row, p)
        lines.append(f"{start}{word}{found} ({about}{row['seeds']}).{again}{printed}")
    return "\n".join([*([PLUMBING, ""] if p.stand_in else []), *lines])


def verdict_table(statements: pd.DataFrame, p: Params) -> pd.DataFrame:
    """The statements for reading: what is stated, protocol, points with interval, the same with
    `bn_real`, the thesis's points, verdicts; of stand-ins neither verdict nor anything published.
    """
    rows = []
    for row in statements.to_dict("records"):
        about = {"statement": row["statement"], "compared": row["label"].replace("_", " ")}
        about |= {"protocol": row["protocol"], "points": _whole(_points(row, ""))}
        about |= {"n": "" if np.isnan(row["n"]) else f"{row['n']:.0f}"}
        about |= {"seeds": "" if not isinstance(row["seeds"], str) else row["seeds"]}
        about["with bn_real"] = _whole(_points(row, "bn_real_"))
        if not p.stand_in:
            printed = row["published"] if row["protocol"] == "thesis" else np.nan
            mark = " (doubtful)" if row["doubt"] else ""
            about |= {"the thesis": "" if np.isnan(printed) else f"{printed:+.2f}{mark}"}
            again = row["bn_real_verdict"]
            about |= {"verdict": row["verdict"] + (f" (bn_real: {again})" if again else "")}
        rows.append(about)
    return pd.DataFrame(rows)


def verdicts_said(statements: pd.DataFrame, p: Params) -> str:
    """How many statements held, did not, are undecided or have not run, in a sentence."""
    if p.stand_in:
        return PLUMBING
    counts = statements["verdict"].value_counts()
    words = ("held", "not held", "undecided", "not run")
    parts = ", ".join(f"{counts.get(word, 0)} {word}" for word in words)
    return f"Of {len(statements)} comparisons: {parts}."


def _whole(text: str) -> str:
    """A text whose interval is not broken into two lines."""
    return text.replace(", ", ",\N{NO-BREAK SPACE}")


def _points(row: dict, prefix: str) -> str:
    values = [row[f"{prefix}{key}"] for key in ("difference", "low", "high")]
    return "" if np.isnan(values[0]) else "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values)


def _bn_real(row: dict, p: Params) -> str:
    """The same with batch-norm statistics of the real training photographs, where there is such."""
    if not row["bn_real_verdict"]:
        return ""
    numbers = _points(row, "bn_real_").replace(" [", " points [")
    word = "" if p.stand_in else f"**{row['bn_real_verdict']}**, "
    return f" With `bn_real`: {word}{numbers}."


def _printed(points: float, doubt: str) -> str:
    doubt = f" ({doubt})" if doubt else ""
    return "" if np.isnan(points) else f" The thesis: {points:+.2f}{doubt}."


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
            why = NOT_RUN if np.isnan(row["top1"]) else (
                f"{row['top1']:.1f}%; the curve of real photographs alone lacks runs to read it off"
            )  # fmt: skip
            lines.append(f"- {name}: {why}.{_thesis(row, p, protocol)}")
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
    text = (
        f"{start}**{third['n_real']:,.0f} real photographs and {third['n_synthetic']:,.0f} "
        f"synthetic images reach {third['top1']:.1f}%; all {whole['n_real']:,.0f} real photographs "
        f"alone reach {whole['top1']:.1f}%.**"
    )
    found = compare(outputs, p.scale, "mixed_real33", "baseline", protocol)
    if found is not None:
        points = f"{found['difference']:+.1f} points [{found['low']:+.1f}, {found['high']:+.1f}]"
        word = verdict(found["low"], found["high"], above=REPLACES)
        text += f" The difference: {points}." if p.stand_in else (
            f" That the first replaces the second is **{word}** ({points}; held if the interval "
            f"is above {REPLACES:g})."
        )  # fmt: skip
        text += _other_seeds(outputs, p, protocol, found["seeds"])
    text += _helped(outputs, p, protocol, both["top1"].to_dict()["real33"])
    equal = real_equivalents(outputs, p.scale, protocol, only=["mixed_real33"]).iloc[0]
    if isinstance(equal["words"], str):
        text += f" The same accuracy takes {equal['words']} real photographs alone"
        each = equal["per_replaced"]
        text += "." if np.isnan(each) else f": {each:.1f} synthetic images for each one replaced."
    return text + beside


def _other_seeds(outputs: Path, p: Params, protocol: str, common: str) -> str:
    """That the levels are over more seeds than the difference, where it is so."""
    of = [
        runs_of(outputs, p.scale, name, protocol)["seed"] for name in ("mixed_real33", "baseline")
    ]
    if set(of[0]) == set(of[1]):
        return ""
    return (
        f" Levels are means over all seeds of a row; the difference is over seeds {common} alone."
    )


def _helped(outputs: Path, p: Params, protocol: str, alone: float) -> str:
    """What the same third of the photographs reaches without synthetic images; empty without it."""
    found = compare(outputs, p.scale, "mixed_real33", "real33", protocol)
    if found is None:
        return ""
    points = f"{found['difference']:+.1f} points [{found['low']:+.1f}, {found['high']:+.1f}]"
    word = "" if p.stand_in else f"; that these help is **{verdict(found['low'], found['high'])}**"
    return f" The same photographs without synthetic images reach {alone:.1f}%{word} ({points})."


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
