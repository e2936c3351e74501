"""Sentences for a notebook, whose numbers come from the runs: Markdown.

What a numbered table or a matrix shows, in sentences whose numbers are its own: Markdown.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from synthlib.evaluation import comparisons
from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.evaluation.run_metrics import finished_runs, metrics_by_test_set
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.confusion import ConfusionPair
from synthlib.reporting.tables.html import ThesisTable, seeds_text
from synthlib.reporting.thesis.published import published_claim

DECIDED_VERDICTS = ("held", "not held")
STAND_IN_WARNING = "*Stand-in photographs: no verdict is drawn from them.*"


def statements(outputs: Path, scale: str) -> pd.DataFrame:
    """`paired.statements` with two columns more: published (points of the thesis, NaN where it has
    none) and doubt (what is wrong with those, else "")."""
    found = comparisons.statements(outputs, scale)
    printed = thesis.stated().reindex(found["statement"])
    on_unused = found["label"].str.endswith(comparisons.UNUSED_PHOTOGRAPHS_SUFFIX)
    own = (found["protocol"] == "thesis") & ~on_unused
    found.insert(3, "published", printed["published"].where(own.to_numpy()).to_numpy())
    found.insert(4, "doubt", printed["doubt"].where(own.to_numpy()).fillna("").to_numpy())
    return found


def statements_markdown(statements: pd.DataFrame, containing: str, params: Params) -> str:
    """The statements that contain `words`, a bullet each with its verdict, and the thesis's own
    difference; of stand-ins no verdict and nothing published."""
    rows = statements[statements["statement"].str.contains(containing, regex=False)]
    lines = []
    for row in rows.to_dict("records"):
        start = f"- {row['statement']}, protocol `{row['protocol']}`: "
        beside = not params.stand_in and row["protocol"] == "thesis"
        printed = _published_text(row["published"], row["doubt"]) if beside else ""
        if row["verdict"] == "not run":
            lines.append(f"{start}{NOT_RUN}.{printed}")
            continue
        found = f"{row['difference']:+.1f} points [{row['low']:+.1f}, {row['high']:+.1f}]"
        about = f"{row['label'].replace('_', chr(92) + '_')}, {_image_count_text(row)}, "
        word = "" if params.stand_in else f"{verdict_markdown(row['verdict'], row['seeds'])}, "
        again = _bn_real_text(row, params)
        lines.append(f"{start}{word}{found} ({about}{seeds_text(row['seeds'])}).{again}{printed}")
    return "\n".join([*([STAND_IN_WARNING, ""] if params.stand_in else []), *lines])


def verdict_table(statements: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The statements for reading: what is stated, protocol, points with interval, the same with
    `bn_real`, the thesis's points, verdicts; of stand-ins neither verdict nor anything published.
    """
    rows = []
    for row in statements.to_dict("records"):
        about = {"statement": row["statement"], "compared": row["label"].replace("_", " ")}
        about |= {"protocol": row["protocol"], "points": _unbroken(_interval_text(row, ""))}
        about |= {"n": "" if np.isnan(row["n"]) else _image_count_text(row).removesuffix(" images")}
        about |= {"seeds": "" if not isinstance(row["seeds"], str) else row["seeds"]}
        about["with bn_real"] = _unbroken(_interval_text(row, "bn_real_"))
        if not params.stand_in:
            printed = row["published"] if row["protocol"] == "thesis" else np.nan
            mark = " (doubtful)" if row["doubt"] else ""
            about |= {"the thesis": "" if np.isnan(printed) else f"{printed:+.2f}{mark}"}
            again = row["bn_real_verdict"]
            alone = _single_seed_note(row["verdict"], str(row["seeds"]))
            again = f" (bn_real: {again})" if again else ""
            about |= {"verdict": f"{row['verdict']}{alone}{again}"}
        rows.append(about)
    return pd.DataFrame(rows)


def verdicts_markdown(statements: pd.DataFrame, params: Params) -> str:
    """How many statements held, did not, are undecided or have not run, in a sentence, and how
    many were decided by a single training."""
    if params.stand_in:
        return STAND_IN_WARNING
    counts = statements["verdict"].value_counts()
    words = ("held", "not held", "undecided", "not run")
    parts = ", ".join(f"{counts.get(word, 0)} {word}" for word in words)
    decided = statements[statements["verdict"].isin(DECIDED_VERDICTS)]
    alone = sum("," not in str(seeds) for seeds in decided["seeds"])
    text = f"Of {len(statements)} comparisons: {parts}."
    if alone:
        text += (
            f" {alone} of the {len(decided)} decided ones rest on one seed: their intervals are of "
            "the images alone, and another training of both could turn them."
        )
    return text


def _image_count_text(row: dict) -> str:
    """On how many images two runs were compared."""
    if np.isnan(row["n_other"]):
        return f"{row['n']:,.0f} images"
    return f"{row['n']:,.0f} and {row['n_other']:,.0f} images, not paired"


def _unbroken(text: str) -> str:
    """A text whose interval is not broken into two lines."""
    return text.replace(", ", ",\N{NO-BREAK SPACE}")


def _interval_text(row: dict, prefix: str) -> str:
    values = [row[f"{prefix}{key}"] for key in ("difference", "low", "high")]
    return "" if np.isnan(values[0]) else "{:+.1f} [{:+.1f}, {:+.1f}]".format(*values)


def _bn_real_text(row: dict, params: Params) -> str:
    """The same with batch-norm statistics of the real training photographs, where there is such."""
    if not row["bn_real_verdict"]:
        return ""
    numbers = _interval_text(row, "bn_real_").replace(" [", " points [")
    word = "" if params.stand_in else f"**{row['bn_real_verdict']}**, "
    return f" With `bn_real`: {word}{numbers}."


def _published_text(points: float, doubt_reason: str) -> str:
    doubt_reason = f" ({doubt_reason})" if doubt_reason else ""
    return "" if np.isnan(points) else f" The thesis: {points:+.2f}{doubt_reason}."


def stability_markdown(table: ThesisTable, params: Params) -> str:
    """Table 24's spread of top-1 against the binomial one, measured and published; of several seeds
    the mean of each one's spread, as a mean over seeds scatters less than a result."""
    lines = [STAND_IN_WARNING, ""] if params.stand_in else []
    rows = table.frame.iloc[:-1]
    cells = {"measured": _top1_by_seed(table.number, params)}
    if not params.stand_in:
        cells["published"] = rows["top1", "published"].to_frame()
    for kind, results in cells.items():
        if results.empty:
            lines.append(f"- {kind}: {NOT_RUN}.")
            continue
        known = rows["run", "n_test"].median()
        n = float(known if kind == "measured" else published_claim("stability_test_images"))
        share = float(results.to_numpy().mean()) / 100
        binomial = 100 * np.sqrt(share * (1 - share) / n)
        seeds = f", the mean of {results.shape[1]} seeds' own" if results.shape[1] > 1 else ""
        lines.append(
            f"- {kind}: {len(results)} results, mean {100 * share:.1f}%, standard deviation "
            f"{results.std(ddof=1).mean():.2f} points (of a sample; the table's last row divides "
            f"by all of them){seeds}; {n:,.0f} photographs alone scatter by {binomial:.2f}."
        )
    return "\n".join(lines)


def _top1_by_seed(number: int, params: Params) -> pd.DataFrame:
    """Top-1 of every row of a table that has run, a column a seed that all of them have."""
    rows = []
    for fill in thesis.cell_experiments("table", number).to_dict("records"):
        runs = finished_runs(
            params.output_dir, params.scale, fill["experiment"], test_set=fill["test_set"]
        )
        by_seed = {run["seed"]: run["folder"] for run in runs.to_dict("records")}
        correct = {k: correct_by_sample(f, fill["test_set"]) for k, f in by_seed.items()}
        rows.append({seed: 100 * float(right.mean()) for seed, right in correct.items()})
    return pd.DataFrame(rows).dropna(how="all").dropna(axis=1)


def verdict_markdown(verdict: str, seeds: str) -> str:
    """A verdict in bold, and that it rests on one training alone where it decides by that."""
    return f"**{verdict}**{_single_seed_note(verdict, seeds)}"


def _single_seed_note(verdict: str, seeds: str) -> str:
    return " by one seed" if verdict in DECIDED_VERDICTS and "," not in seeds else ""


def rows_markdown(
    table: ThesisTable,
    outputs: Path,
    params: Params,
    *,
    reference_row: str,
    protocol: str = "thesis",
) -> str:
    """Each row of a table of results less its row `against`: points of top-1 with 95% interval,
    paired by image where both are tested on the same images; beside the thesis's difference.

    Raises ValueError if the table has no such row.
    """
    filled = thesis.cell_experiments("table", table.number, protocol).to_dict("records")
    fills = {str(fill["index"]): fill for fill in filled}
    if reference_row not in fills:
        raise ValueError(f"table {table.number} has no row {reference_row!r}; it has {list(fills)}")
    shown = (
        table.frame if protocol == "thesis" or table.companion is None else table.companion.frame
    )
    rows = shown.set_index(("index", ""))
    base, lines = fills[reference_row], []
    for index, fill in fills.items():
        if index == reference_row or not fill["experiment"]:
            continue
        beside = ""
        if ("top1", "published") in rows:
            printed = rows["top1", "published"].to_dict()
            doubt = _doubt_note(table.number, index, reference_row)
            beside = f" The thesis: {printed[index] - printed[reference_row]:+.2f}{doubt}."
        same = fill["test_set"] == base["test_set"]
        sets = (fill["test_set"], None if same else base["test_set"])
        names = (fill["experiment"], base["experiment"])
        found = compare_experiments(outputs, params.scale, *names, protocol, *sets)
        tested = "" if same else f" on {fill['test_set'].replace('_', ' ')}"
        start = f"- Row {index}, `{names[0]}`{tested}, less row {reference_row}, `{names[1]}`: "
        if found is None:
            lines.append(f"{start}{NOT_RUN}.{beside}")
            continue
        how = "paired" if same else "other images, not paired"
        lines.append(
            f"{start}{found['difference']:+.1f} points [{found['low']:+.1f}, "
            f"{found['high']:+.1f}] ({how}, {seeds_text(found['seeds'])}).{beside}"
        )
    return _with_stand_in_warning(lines, params)


def _doubt_note(number: int, *rows: str) -> str:
    """What is wrong with a published difference of which a half cannot be; else empty."""
    doubtful = set(rows) & set(thesis.DOUBTFUL_TOP1_ROWS.get(number, ()))
    texts = [f"row {row}'s top-1 cannot be: the recall beside it is another" for row in doubtful]
    return f" ({texts[0]})" if texts else ""


def classes_markdown(table: ThesisTable, params: Params, *, n: int = 2) -> str:
    """The best and worst classes of a table of class accuracies, and how far they lie apart;
    measured and published."""
    lines = []
    for kind in ("measured", "published"):
        if ("top1", kind) not in table.frame:
            continue
        values = table.frame.set_index(("class", ""))["top1", kind].dropna().sort_values()
        if values.empty:
            lines.append(f"- {kind.capitalize()}: {NOT_RUN}.")
            continue
        worst, best = (
            _class_percent_list(values.head(n)),
            _class_percent_list(values.tail(n).iloc[::-1]),
        )
        apart = values.iloc[-1] - values.iloc[0]
        lines.append(
            f"- {kind.capitalize()}: best {best}; worst {worst}; {apart:.0f} points apart over "
            f"{len(values)} classes."
        )
    return _with_stand_in_warning(lines, params)


def gains_markdown(table: ThesisTable, params: Params) -> str:
    """How many classes gain and lose in Table 22, and which of them clear of chance."""
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
    return _with_stand_in_warning(lines, params)


def _significant_gains_text(rows: pd.DataFrame) -> str:
    """Which classes' gains are more than chance, before and after the correction."""
    before = int((rows["p", ""] < 0.05).sum())
    clear = rows[rows["clear", ""] != ""]
    names = ", ".join(f"{_readable(str(c))} ({rows.loc[c, ('gain', 'measured')]:+.0f})"
                      for c in clear.index)  # fmt: skip
    after = f"{len(clear)}: {names}" if names else "none"
    return f"Each class tested alone, {before} are clear of chance; after Holm's correction {after}"


def confusions_markdown(pair: ConfusionPair, params: Params, *, n: int = 4) -> str:
    """The most frequent mistakes of a matrix, measured and published, in percent of their true
    class."""
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
        words = [
            f"{_readable(names[i])} for {_readable(names[j])} {-value:.0f}%"
            for value, i, j in sorted(cells)[:n]
        ]
        lines.append(f"- {kind.capitalize()}: {', '.join(words) or 'no mistake'}.")
    return _with_stand_in_warning([f"Figure {pair.number}, taken most often:", "", *lines], params)


def predicted_share_markdown(shares: pd.DataFrame, params: Params) -> str:
    """The rows of `called_share`, a bullet a figure."""
    lines = []
    for row in shares.to_dict("records"):
        there = [kind for kind in ("measured", "published") if not np.isnan(row[kind])]
        texts = [f"{row[kind]:.0f}% {kind}" for kind in there]
        texts += [f"this study has no {_readable(row['lacks'])}"] if row["lacks"] else []
        lines.append(f"- Figure {row['number']:.0f}: {', '.join(texts) or NOT_RUN}.")
    return _with_stand_in_warning(lines, params)


def generalisation_gap_markdown(outputs: Path, params: Params, experiments: Sequence[str]) -> str:
    """How far the accuracy on training images and on test photographs lie apart at the end of
    training, of each experiment's first seed under the protocol `thesis`."""
    lines = []
    for name in experiments:
        runs = finished_runs(outputs, params.scale, name)
        if runs.empty:
            lines.append(f"- `{name}`: {NOT_RUN}.")
            continue
        folder = runs["folder"].iloc[0]
        last = pd.read_csv(folder / "log.csv").iloc[-1]
        test = float(metrics_by_test_set(folder).loc["real", "top1"])  # pyright: ignore[reportArgumentType]
        for domain in ("real", "synthetic"):
            trained = float(last[f"train_top1_{domain}"])
            if not np.isnan(trained):
                word = "less" if trained > test else "more"
                lines.append(
                    f"- `{name}` ends at {trained:.1f}% on its {domain} training images, augmented "
                    f"as in training, and at {test:.1f}% on test photographs: "
                    f"{abs(trained - test):.1f} points {word}."
                )
    return _with_stand_in_warning(lines, params)


def fair_comparison_markdown(fair: pd.DataFrame, params: Params) -> str:
    """The rows of `fair_comparison`: real photographs alone and mixed, each at its best setting."""
    if fair.empty:
        return f"{NOT_RUN.capitalize()}: `synthlib batch --scale {params.scale} --search`."
    lines = []
    for row in fair.to_dict("records"):
        word = "" if params.stand_in else f"{verdict_markdown(row['verdict'], row['seeds'])}, "
        share = round(100 * row["fraction"], 0 if row["fraction"] > 0.05 else 1)
        lines.append(
            f"- {share:.3g}% of the real photographs ({row['n_real']:,.0f}): alone "
            f"{row['alone_top1']:.1f}% ({row['alone_setting']}), mixed {row['mixed_top1']:.1f}% "
            f"({row['mixed_setting']}): {word}{row['difference']:+.1f} points "
            f"[{row['low']:+.1f}, {row['high']:+.1f}] ({row['n']:.0f} images, "
            f"{seeds_text(row['seeds'])})."
        )
    return _with_stand_in_warning(lines, params)


def _class_percent_list(values: pd.Series) -> str:
    return ", ".join(f"{_readable(str(name))} {value:.0f}%" for name, value in values.items())


def _readable(name: str) -> str:
    return name.replace("_", " ")


def _with_stand_in_warning(lines: list[str], params: Params) -> str:
    return "\n".join([*([STAND_IN_WARNING, ""] if params.stand_in else []), *lines])
