"""Sentences about the study's statements, tables and confusion matrices, as Markdown.

Every number in them is computed from the finished runs, or read from the thesis's published tables
where a sentence says "The thesis" or "Published". Functions that end in `_markdown` return bullets,
one per line. Over stand-in photographs they contain neither a verdict nor a published number; a
notebook says so once, at its top (`in_short`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import thesis_statements
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.power import detectable_difference
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.evaluation.run_metrics import finished_runs, metrics_by_test_set
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.confusion import ConfusionPair
from synthlib.reporting.tables.html import ThesisTable, seeds_text
from synthlib.reporting.thesis.published import published_claim

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
            "compared": _readable(row["label"]),
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


def _single_seed_note(verdict: str, seeds: str) -> str:
    return " by one seed" if verdict in DECIDED_VERDICTS and "," not in seeds else ""


def rows_markdown(
    table: ThesisTable, params: Params, *, reference_row: str, protocol: str = "thesis"
) -> str:
    """Compare each row of a table of results with one of its rows.

    Differences are in points of top-1 with a 95% interval, paired by image where both rows are
    tested on the same images.

    Args:
        table: A table of results.
        params: Parameters of the scale whose runs are compared.
        reference_row: Index of the row that is subtracted.
        protocol: `thesis`, or that of one of the table's companions.

    Returns:
        One bullet per row, with the thesis's difference where it has one.

    Raises:
        ValueError: If the table has no such row.
    """
    cells = {
        str(cell["index"]): cell
        for cell in thesis.cell_experiments("table", table.number, protocol).to_dict("records")
    }
    if reference_row not in cells:
        raise ValueError(f"table {table.number} has no row {reference_row!r}; it has {list(cells)}")
    rows = table.companions.get(protocol, table).frame.set_index(("index", ""))
    reference = cells[reference_row]
    lines = []
    for index, cell in cells.items():
        if index == reference_row or not cell["experiment"]:
            continue
        published = ""
        if ("top1", "published") in rows:
            published_top1 = rows["top1", "published"].to_dict()
            doubt = _doubt_note(table.number, index, reference_row)
            difference = published_top1[index] - published_top1[reference_row]
            published = f" The thesis: {difference:+.2f}{doubt}."
        paired = cell["test_set"] == reference["test_set"]
        comparison = compare_experiments(
            params.output_dir,
            params.scale,
            cell["experiment"],
            reference["experiment"],
            protocol,
            cell["test_set"],
            None if paired else reference["test_set"],
        )
        tested_on = "" if paired else f" on {_readable(cell['test_set'])}"
        start = (
            f"- Row {index}, `{cell['experiment']}`{tested_on}, less row {reference_row}, "
            f"`{reference['experiment']}`: "
        )
        if comparison is None:
            lines.append(f"{start}{NOT_RUN}.{published}")
            continue
        pairing = "paired" if paired else "other images, not paired"
        lines.append(
            f"{start}{difference_text(comparison)} ({pairing}, "
            f"{seeds_text(comparison['seeds'])}).{published}"
        )
    return "\n".join(lines)


def _doubt_note(number: int, *rows: str) -> str:
    """Explain why a published difference is doubtful; empty if it is not."""
    doubtful = set(rows) & set(thesis.DOUBTFUL_TOP1_ROWS.get(number, ()))
    notes = [f"row {row}'s top-1 cannot be correct: it differs from its recall" for row in doubtful]
    return f" ({notes[0]})" if notes else ""


def classes_markdown(table: ThesisTable, *, n: int = 2) -> str:
    """List the best and worst classes of a table of class accuracies, measured and published.

    Args:
        table: Table 15, 16, 17, 20 or 21.
        n: Number of best and of worst classes.

    Returns:
        A bullet for each kind of values, with the distance from the best to the worst class.
    """
    lines = []
    for kind in ("measured", "published"):
        if ("top1", kind) not in table.frame:
            continue
        values = table.frame.set_index(("class", ""))["top1", kind].dropna().sort_values()
        if values.empty:
            lines.append(f"- {kind.capitalize()}: {NOT_RUN}.")
            continue
        worst = _class_percent_list(values.head(n))
        best = _class_percent_list(values.tail(n).iloc[::-1])
        apart = values.iloc[-1] - values.iloc[0]
        lines.append(
            f"- {kind.capitalize()}: best {best}; worst {worst}; {apart:.0f} points apart over "
            f"{len(values)} classes."
        )
    return "\n".join(lines)


def gains_markdown(table: ThesisTable) -> str:
    """Count the classes that gain and lose, and name the significant ones.

    Args:
        table: Table 22.
    """
    rows = table.frame.set_index(("class", ""))
    lines = []
    for kind in ("measured", "published"):
        if ("gain", kind) not in rows:
            continue
        values = rows["gain", kind].dropna()
        if values.empty:
            lines.append(f"- {kind.capitalize()}: {NOT_RUN}.")
            continue
        text = (
            f"- {kind.capitalize()}: {(values > 0).sum()} of {len(values)} classes gain, "
            f"{(values < 0).sum()} lose, {(values == 0).sum()} stay"
        )
        if kind == "measured" and ("clear", "") in rows:
            text += f". {_significant_gains_text(rows)}"
        lines.append(f"{text}.")
    return "\n".join(lines)


def _significant_gains_text(rows: pd.DataFrame) -> str:
    """Count the classes whose gain is significant, before and after Holm's correction."""
    before = int((rows["p", ""] < 0.05).sum())
    clear = rows[rows["clear", ""] != ""]
    gains = clear["gain", "measured"]
    names = ", ".join(f"{_readable(str(cls))} ({gain:+.0f})" for cls, gain in gains.items())
    after = f"{len(clear)}: {names}" if names else "none"
    return f"Tested one by one, {before} are significant (5%); after Holm's correction {after}"


def confusions_markdown(pair: ConfusionPair, *, n: int = 4) -> str:
    """List the most frequent mistakes of a confusion matrix, measured and published.

    Args:
        pair: The measured and published matrix of a figure.
        n: Number of mistakes.

    Returns:
        A heading, and a bullet for each kind of counts with mistakes in percent of the true class.
    """
    lines = []
    for kind, counts in (("measured", pair.measured), ("published", pair.published)):
        if counts is None:
            if kind == "measured":
                lines.append(f"- Measured: {NOT_RUN}.")
            continue
        share = 100 * counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0).to_numpy(float)
        np.fill_diagonal(share, np.nan)
        names = list(counts.index)
        cells = [(float(-share[i, j]), i, j) for i, j in zip(*np.nonzero(share > 0), strict=True)]
        mistakes = [
            f"{_readable(names[i])} as {_readable(names[j])} {-value:.0f}%"
            for value, i, j in sorted(cells)[:n]
        ]
        lines.append(f"- {kind.capitalize()}: {', '.join(mistakes) or 'no mistake'}.")
    heading = f"Figure {pair.number}, most frequent mistakes (true class as predicted class):"
    return "\n".join([heading, "", *lines])


def predicted_share_markdown(shares: pd.DataFrame) -> str:
    """Format the rows of `predicted_share`, one bullet per figure."""
    lines = []
    for row in shares.to_dict("records"):
        known = [kind for kind in ("measured", "published") if not np.isnan(row[kind])]
        texts = [f"{row[kind]:.0f}% {kind}" for kind in known]
        texts += [f"this study has no {_readable(row['missing'])}"] if row["missing"] else []
        lines.append(f"- Figure {row['number']:.0f}: {', '.join(texts) or NOT_RUN}.")
    return "\n".join(lines)


def stability_markdown(table: ThesisTable, params: Params) -> str:
    """Compare Table 24's spread of top-1 with the binomial one, measured and published.

    The binomial spread comes from the choice of test photographs alone. With several seeds, the
    measured spread is the mean of each seed's spread, because means over seeds vary less than the
    results of single runs.

    Args:
        table: Table 24.
        params: Parameters of the scale.
    """
    lines = []
    rows = table.frame.iloc[:-1]
    cells = {"measured": _top1_by_seed(table.number, params)}
    if not params.stand_in:
        cells["published"] = rows["top1", "published"].to_frame()
    for kind, results in cells.items():
        if results.empty:
            lines.append(f"- {kind}: {NOT_RUN}.")
            continue
        measured_n = rows["run", "n_test"].median()
        n = float(measured_n if kind == "measured" else published_claim("stability_test_images"))
        share = float(results.to_numpy().mean()) / 100
        binomial = 100 * np.sqrt(share * (1 - share) / n)
        seeds = f", averaged over {results.shape[1]} seeds" if results.shape[1] > 1 else ""
        lines.append(
            f"- {kind}: {len(results)} results, mean {100 * share:.1f}%, standard deviation "
            f"{results.std(ddof=1).mean():.2f} points (of a sample; the table's last row divides "
            f"by their number){seeds}; sampling {n:,.0f} photographs alone gives {binomial:.2f}."
        )
    return "\n".join(lines)


def _top1_by_seed(number: int, params: Params) -> pd.DataFrame:
    """Top-1 (percent) of every row of a table that has run, one column per seed common to all."""
    rows = []
    for cell in thesis.cell_experiments("table", number).to_dict("records"):
        runs = finished_runs(
            params.output_dir, params.scale, cell["experiment"], test_set=cell["test_set"]
        )
        rows.append(
            {
                run["seed"]: 100 * float(correct_by_sample(run["folder"], cell["test_set"]).mean())
                for run in runs.to_dict("records")
            }
        )
    return pd.DataFrame(rows).dropna(how="all").dropna(axis=1)


def generalisation_gap_markdown(params: Params, experiments: Sequence[str]) -> str:
    """Compare accuracy on training images with that on test photographs at the end of training.

    Args:
        params: Parameters of the scale.
        experiments: Names of experiments; of each, the run with the first seed under the protocol
            `thesis` is described.
    """
    lines = []
    for name in experiments:
        runs = finished_runs(params.output_dir, params.scale, name)
        if runs.empty:
            lines.append(f"- `{name}`: {NOT_RUN}.")
            continue
        folder = runs["folder"].iloc[0]
        last = pd.read_csv(folder / "log.csv").iloc[-1]
        test = float(metrics_by_test_set(folder).loc["real", "top1"])  # pyright: ignore[reportArgumentType]
        for domain in ("real", "synthetic"):
            train = float(last[f"train_top1_{domain}"])
            if not np.isnan(train):
                direction = "less" if train > test else "more"
                lines.append(
                    f"- `{name}` ends at {train:.1f}% on its {domain} training images, augmented "
                    f"as in training, and at {test:.1f}% on test photographs: "
                    f"{abs(train - test):.1f} points {direction}."
                )
    return "\n".join(lines)


def fair_comparison_markdown(fair: pd.DataFrame, params: Params) -> str:
    """Format the rows of `evaluation.fair_comparison`, one bullet per number of real photographs.

    Each compares real photographs alone with the mix, both at their best hyperparameters.

    Args:
        fair: Rows of `evaluation.fair_comparison`; if there are none, the text names the command
            that computes them.
        params: Parameters of the scale.
    """
    if fair.empty:
        return f"{NOT_RUN.capitalize()}: `synthlib batch --scale {params.scale} --search`."
    lines = []
    for row in fair.to_dict("records"):
        verdict = detectable = ""
        if not params.stand_in:
            verdict = f"{verdict_markdown(row['verdict'], row['seeds'])}, "
            detectable = detectable_text(row["verdict"], row)
        share = round(100 * row["fraction"], 0 if row["fraction"] > 0.05 else 1)
        lines.append(
            f"- {share:.3g}% of the real photographs ({row['n_real']:,.0f}): alone "
            f"{row['alone_top1']:.1f}% ({row['alone_setting']}), mixed {row['mixed_top1']:.1f}% "
            f"({row['mixed_setting']}): {verdict}{difference_text(row)} ({row['n']:.0f} images, "
            f"{seeds_text(row['seeds'])}{detectable})."
        )
    return "\n".join(lines)


def _class_percent_list(values: pd.Series) -> str:
    return ", ".join(f"{_readable(str(name))} {value:.0f}%" for name, value in values.items())


def _readable(name: str) -> str:
    return name.replace("_", " ")
