"""Sentences about tables of results and confusion matrices, as Markdown.

Every number in them is computed from the finished runs, or read from the thesis's published tables
where a sentence says "The thesis" or "Published". Functions that end in `_markdown` return bullets,
one per line. Over stand-in photographs they contain neither a verdict nor a published number; a
notebook says so once, at its top (`in_short`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.evaluation.run_metrics import finished_runs, metrics_by_test_set
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.confusion import ConfusionPair
from synthlib.reporting.tables.html import ThesisTable, seeds_text
from synthlib.reporting.tables.verdicts import (
    detectable_text,
    difference_text,
    readable,
    verdict_markdown,
)
from synthlib.reporting.thesis.published import published_claim


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
        tested_on = "" if paired else f" on {readable(cell['test_set'])}"
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
    names = ", ".join(f"{readable(str(cls))} ({gain:+.0f})" for cls, gain in gains.items())
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
            f"{readable(names[i])} as {readable(names[j])} {-value:.0f}%"
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
        texts += [f"this study has no {readable(row['missing'])}"] if row["missing"] else []
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
    return ", ".join(f"{readable(str(name))} {value:.0f}%" for name, value in values.items())
