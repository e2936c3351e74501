"""Statements of the thesis with their verdicts, as a table and as sentences (Markdown).

The numbers are computed from the finished runs; "The thesis" is its published tables. Over stand-in
photographs there is neither a verdict nor a published number.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import thesis_statements
from synthlib.evaluation.power import detectable_difference
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.html import seeds_text

DECIDED_VERDICTS = ("supported", "contradicted")
VERDICTS = (*DECIDED_VERDICTS, "inconclusive", "not run")
STAND_IN_WARNING = "*Stand-in photographs: no verdict is drawn from them.*"


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """Test the thesis's statements on the runs of a scale, with the published differences.

    Args:
        outputs: Folder with the runs.
        scale: Name of the scale.

    Returns:
        The rows of `evaluation.thesis_statements.statements` with two more columns: published
        (difference in points that the thesis prints; NaN where it has none) and doubt (what is
        wrong with the printed numbers, else "").

    Examples:
        >>> statements = tables.statements(params.output_dir, params.scale)
        >>> tables.verdicts_markdown(statements, params)
        'Of 54 comparisons: 31 supported, 7 contradicted, 12 inconclusive, 4 not run.'
    """
    rows = thesis_statements.statements(outputs, scale)
    printed = thesis.published_differences().reindex(rows["statement"])
    in_thesis = (rows["protocol"] == "thesis") & ~rows["label"].str.endswith(
        thesis_statements.UNUSED_PHOTOGRAPHS_SUFFIX
    )
    in_thesis = in_thesis.to_numpy()
    rows.insert(3, "published", printed["published"].where(in_thesis).to_numpy())
    rows.insert(4, "doubt", printed["doubt"].where(in_thesis).fillna("").to_numpy())
    return rows


def statements_markdown(statements: pd.DataFrame, containing: str, params: Params) -> str:
    """List statements with their verdict, measured difference and published difference.

    Args:
        statements: Rows of `statements`.
        containing: Text that a listed statement contains; not a regular expression.
        params: Parameters of the scale.
    """
    rows = statements[statements["statement"].str.contains(containing, regex=False)]
    lines = []
    for row in rows.to_dict("records"):
        start = f"- {row['statement']}, protocol `{row['protocol']}`: "
        has_published = not params.stand_in and row["protocol"] == "thesis"
        published = _published_text(row["published"], row["doubt"]) if has_published else ""
        if row["verdict"] == "not run":
            lines.append(f"{start}{NOT_RUN}.{published}")
            continue
        verdict = detectable = ""
        if not params.stand_in:
            verdict = f"{verdict_markdown(row['verdict'], row['seeds'])}, "
            detectable = detectable_text(row["verdict"], row)
        label = row["label"].replace("_", r"\_")
        lines.append(
            f"{start}{verdict}{difference_text(row)} ({label}, {_image_count_text(row)}, "
            f"{seeds_text(row['seeds'])}{detectable}).{_bn_real_text(row, params)}{published}"
        )
    return "\n".join(lines)


def verdict_table(statements: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Format the statements as a table for people.

    Args:
        statements: Rows of `statements`.
        params: Parameters of the scale.

    Returns:
        Columns of text: statement, compared, protocol, points (difference and 95% interval), n,
        seeds, with bn_real (`points` again, with `bn_real` statistics), the thesis (published
        points), verdict, and detectable (the smallest detectable effect in points, of an
        inconclusive verdict). Over stand-in photographs the last three are missing.
    """
    rows = []
    for row in statements.to_dict("records"):
        cells = {
            "statement": row["statement"],
            "compared": readable(row["label"]),
            "protocol": row["protocol"],
            "points": _unbroken(_interval_text(row, "")),
            "n": "" if np.isnan(row["n"]) else _image_count_text(row).removesuffix(" images"),
            "seeds": row["seeds"] if isinstance(row["seeds"], str) else "",
            "with bn_real": _unbroken(_interval_text(row, "bn_real_")),
        }
        if not params.stand_in:
            points = row["published"] if row["protocol"] == "thesis" else np.nan
            doubtful = " (doubtful)" if row["doubt"] else ""
            cells["the thesis"] = "" if np.isnan(points) else f"{points:+.1f}{doubtful}"
            single_seed = _single_seed_note(row["verdict"], str(row["seeds"]))
            bn_real = f" (bn_real: {row['bn_real_verdict']})" if row["bn_real_verdict"] else ""
            cells["verdict"] = f"{row['verdict']}{single_seed}{bn_real}"
            cells["detectable"] = ", ".join(_detectable_cells(row))
        rows.append(cells)
    return pd.DataFrame(rows)


def _detectable_cells(row: dict) -> list[str]:
    """The smallest detectable effects of a statement's inconclusive verdicts, in points."""
    cells = [f"{row['detectable']:.1f}"] if row["verdict"] == "inconclusive" else []
    if row["bn_real_verdict"] == "inconclusive":
        points = detectable_difference(row["bn_real_low"], row["bn_real_high"])
        cells.append(f"bn_real: {points:.1f}")
    return cells


def verdicts_markdown(statements: pd.DataFrame, params: Params) -> str:
    """Count the statements by verdict in a sentence, with those that rest on a single training.

    Args:
        statements: Rows of `statements`.
        params: Parameters of the scale.
    """
    if params.stand_in:
        return STAND_IN_WARNING
    counts = statements["verdict"].value_counts()
    parts = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in VERDICTS)
    decided = statements[statements["verdict"].isin(DECIDED_VERDICTS)]
    n_single_seed = sum("," not in str(seeds) for seeds in decided["seeds"])
    text = f"Of {len(statements)} comparisons: {parts}."
    if n_single_seed:
        text += (
            f" {n_single_seed} of the {len(decided)} decided ones rest on one seed: their "
            "intervals cover the test images alone, and another training of both models could "
            "change the verdict."
        )
    return text


def _image_count_text(row: dict) -> str:
    """Format the number of test images on which two runs were compared."""
    if np.isnan(row["n_other"]):
        return f"{row['n']:,.0f} images"
    return f"{row['n']:,.0f} and {row['n_other']:,.0f} images, not paired"


def _unbroken(text: str) -> str:
    """Keep an interval on one line."""
    return text.replace(", ", ",\N{NO-BREAK SPACE}")


def _interval_text(row: dict, prefix: str) -> str:
    values = [row[f"{prefix}{key}"] for key in ("difference", "low", "high")]
    return "" if np.isnan(values[0]) else "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values)


def _bn_real_text(row: dict, params: Params) -> str:
    """Repeat verdict and difference with batch-norm statistics of the real training photographs."""
    if not row["bn_real_verdict"]:
        return ""
    verdict = detectable = ""
    if not params.stand_in:
        verdict = f"**{row['bn_real_verdict']}**, "
        detectable = detectable_text(row["bn_real_verdict"], row, "bn_real_")
    return f" With `bn_real`: {verdict}{difference_text(row, 'bn_real_')}{detectable}."


def difference_text(row: dict, prefix: str = "") -> str:
    """Format a difference and its 95% interval: `+1.2 points [+0.1, +2.3]`."""
    return _interval_text(row, prefix).replace(" [", " points [")


def _published_text(points: float, doubt: str) -> str:
    note = f" ({doubt})" if doubt else ""
    return "" if np.isnan(points) else f" The thesis: {points:+.2f}{note}."


def verdict_markdown(verdict: str, seeds: str) -> str:
    """Format a verdict in bold, with a note where it rests on a single training."""
    return f"**{verdict}**{_single_seed_note(verdict, seeds)}"


def detectable_text(verdict: str, row: dict, prefix: str = "") -> str:
    """Format the smallest detectable effect of an inconclusive verdict; else empty.

    Args:
        verdict: The verdict.
        row: A comparison, with the ends `low` and `high` of its interval.
        prefix: Prefix of these keys.
    """
    if verdict != "inconclusive":
        return ""
    points = detectable_difference(row[f"{prefix}low"], row[f"{prefix}high"])
    return f"; smallest detectable effect {points:.1f} points"


def p_value_text(p: float, *, corrected: bool = False) -> str:
    """Format a p-value: `p 0.041`, or `p < 0.001`; `corrected`: after Holm's correction."""
    text = f"p {p:.3f}" if p >= 0.001 else "p < 0.001"
    return f"{text} after Holm's correction" if corrected else text


def _single_seed_note(verdict: str, seeds: str) -> str:
    return " by one seed" if verdict in DECIDED_VERDICTS and "," not in seeds else ""


def readable(name: str) -> str:
    """A name of an identifier as words, without underscores."""
    return name.replace("_", " ")
