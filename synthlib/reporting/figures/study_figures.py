"""Figures that a reviewer asks for and the thesis lacks.

Whole figures that a reviewer asks for and the thesis lacks, from runs.

How varied the objects of a class are (thesis 4.4.2).
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib import evaluation
from synthlib.evaluation.predictions import read_predictions
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.reporting.figures.bars import accuracy_bars
from synthlib.reporting.figures.curves import accuracy_curves
from synthlib.reporting.figures.style import (
    COLORS,
    DOUBTFUL_NOTE,
    PAGE_WIDTH,
    draw_placeholder,
    readable_name,
)
from synthlib.reporting.figures.thesis_figures import add_title
from synthlib.reporting.tables.html import seeds_text


def learning_curves(
    ax: Axes,
    real_only: pd.DataFrame,
    mixed: pd.DataFrame,
    *,
    equivalents: Sequence[tuple[float, float, float, str]] = (),
    title: str = "",
) -> Axes:
    """Top-1 against real photographs, alone and with synthetic images, on a logarithmic axis.

    alone, mixed: columns n_real, top1 and, where known, low, high, and doubtful (a dagger at the
    point). equivalents: (n_real, top1, real-equivalent, it in words), each an arrow from a mixed
    point to where real photographs alone reach it.
    """
    drawn = False
    for table, word, color, marker in (
        (real_only, "real alone", COLORS["real"], "o"),
        (mixed, "real + synthetic", COLORS["mixed"], "D"),
    ):
        rows = table[(table["n_real"] > 0) & table["top1"].notna()].sort_values("n_real")
        if rows.empty:
            continue
        drawn = True
        ax.plot(rows["n_real"], rows["top1"], color=color, marker=marker, label=word, zorder=3)
        if "low" in rows and rows["low"].notna().all():
            ax.fill_between(rows["n_real"], rows["low"], rows["high"], color=color, alpha=0.15)
        for row in rows[rows.get("doubtful", pd.Series(False, rows.index))].to_dict("records"):
            at = (row["n_real"], row["top1"])
            ax.annotate("\N{DAGGER}", at, (6, -10), textcoords="offset points")
    ax.set_title(title, fontsize=9)
    if not drawn:
        return draw_placeholder(ax, "not run at this scale")
    arrow = {"arrowstyle": "->", "color": "#333333", "linewidth": 1}
    for n, top1, equal, _ in equivalents:
        ax.annotate("", (equal, top1), (n, top1), zorder=4, arrowprops=arrow)
    said = [f"{n:,.0f} with synthetic: as {worth} alone" for n, _, _, worth in equivalents]
    # in the corner that rising curves leave free, so that it hides no point of them
    corner = {"ha": "right", "va": "bottom", "transform": ax.transAxes}
    ax.text(0.99, 0.04, "\n".join(said), fontsize=7, **corner)
    ax.set_xscale("log")
    ticks = sorted(set(pd.concat([real_only["n_real"], mixed["n_real"]]).dropna()) - {0})
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="real photographs (log scale)", ylabel="top-1 accuracy (%)")
    note = "band: 95% interval" if ax.collections else None
    ax.legend(frameon=False, fontsize=8, loc="upper left", title=note, title_fontsize=7,
              alignment="left")  # fmt: skip
    sns.despine(ax=ax)
    return ax


VERDICT_STYLES = {
    "held": (COLORS["mixed"], "s"),
    "not held": (COLORS["synthetic_bg"], "X"),
    "undecided": (COLORS["neutral"], "o"),
}
"""Colour and mark of a comparison's row."""


def forest_plot(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Differences with 95% intervals, a row each: columns label, difference, low, high (points),
    and optionally verdict, which gives colour and mark, and `bounds`, a tuple of what decides it
    (points), drawn as short red lines where it is not 0 alone."""
    rows = np.arange(len(table))
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        color, marker = VERDICT_STYLES[record.get("verdict", "undecided")]
        ax.hlines(row, record["low"], record["high"], color=color, linewidth=2)
        ax.scatter(record["difference"], row, color=color, marker=marker, s=22, zorder=3)
        bounds = [bound for bound in record.get("bounds", ()) if bound]
        ax.vlines(bounds, row - 0.4, row + 0.4, color="#B00020", linewidth=1)
    ax.axvline(0, color="black", linewidth=0.8, zorder=0)
    for row, record in zip(rows, table.to_dict("records"), strict=True):
        text = f"{record['difference']:+.1f} [{record['low']:+.1f}, {record['high']:+.1f}]"
        text += f"  {record['verdict']}" if "verdict" in record else ""
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center",
                    fontsize=6)  # fmt: skip
    ax.set_yticks(rows, list(table["label"]), fontsize=6.5)
    label = "difference of top-1 (points), 95%; red: what decides, if not 0"
    ax.set_xlabel(label, fontsize=8)
    ax.set_ylim(len(table) - 0.4, -0.9)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    return ax


def view_accuracy_curves(
    axes: Sequence[Axes], tables: Sequence[pd.DataFrame], title: str = ""
) -> Sequence[Axes]:
    """Accuracy by camera elevation and by coverage, an Axes each, the number of views above: tables
    of `tables.accuracy_by_view`, with columns domain, at (the bin's middle), top1, low, high, n."""
    labels = ("elevation (degrees)", "coverage of the render (percent)")
    for ax, table, label in zip(axes, tables, labels, strict=True):
        apart = (table["at"].max() - table["at"].min()) / 80  # so that no bar hides another
        for i, (domain, part) in enumerate(table.groupby("domain", sort=False)):
            color = COLORS.get(str(domain), COLORS["neutral"])
            marker = "o" if domain == "synthetic_bg" else "s"
            errors = [part["top1"] - part["low"], part["high"] - part["top1"]]
            ax.errorbar(part["at"] + i * apart, part["top1"], errors, color=color, marker=marker,
                        capsize=2, markersize=4, label=str(domain).replace("_", " "))  # fmt: skip
        counts = table.groupby("at")["n"].max()  # the same views in each test set
        for at, n in zip(counts.index.to_numpy(float), counts, strict=True):
            ax.text(at, 103, f"{n:,}", ha="center", fontsize=5.5, color="#555555")
        ax.set(xlabel=label, ylabel="top-1 (%), 95% interval", ylim=(-3, 110))
        ax.set_yticks(range(0, 101, 20))
        sns.despine(ax=ax)
    axes[0].legend(frameon=False, fontsize=8, loc="best")
    axes[0].set_title(title, loc="left", fontsize=9)
    return axes


def gain_against_hours(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Points gained over the baseline against the hours that rendering took: columns label, hours,
    gain, low, high."""
    table = table.sort_values("hours")
    errors = [table["gain"] - table["low"], table["high"] - table["gain"]]
    ax.errorbar(table["hours"], table["gain"], errors, color=COLORS["mixed"], marker="o", capsize=2)
    for row in table.to_dict("records"):
        ax.annotate(row["label"].replace(" ", "\n", 1), (row["hours"], row["gain"]), (4, 5),
                    textcoords="offset points", fontsize=7, linespacing=0.9)  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="hours of rendering", ylabel="gain of top-1 (points)", xlim=(0, None))
    ax.margins(x=0.15)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax)
    return ax


def learning_curves_figure(outputs: Path, params: Params) -> Figure:
    """The learning curves, real alone and mixed, with an arrow from `mixed_real33` to its
    real-equivalent; an Axes a protocol, and the thesis's own above them."""
    panels = [] if params.stand_in else [_published_panel()]
    panels += [_measured_panel(outputs, params, protocol) for protocol in ("thesis", "matched")]
    heights = [2.7 if curves["top1"].notna().any() else 0.8 for curves, _, _ in panels]
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(PAGE_WIDTH, sum(heights)), squeeze=False, layout="constrained",
        height_ratios=heights,
    )  # fmt: skip
    for ax, (curves, equal, title) in zip(axes.flat, panels, strict=True):
        alone, mixed = (curves[curves["curve"] == name] for name in ("alone", "mixed"))
        third = mixed.iloc[2]
        known = pd.notna(equal[0]) and 0 < equal[0] < float("inf")
        arrows = [(third["n_real"], third["top1"], *equal)] if known else []
        learning_curves(ax, alone, mixed, equivalents=arrows, title=title)
    return add_title(figure, "How many real photographs synthetic data is worth", params)


AnswerPanel = tuple[pd.DataFrame, tuple[float, str], str]
"""Both curves, the real-equivalent of `mixed_real33` as a number and in words, a title."""


def _published_panel() -> AnswerPanel:
    found = float(tables.published_equivalents()["published_equivalent"]["mixed_real33"])
    return tables.published_curves(), (found, f"{found:,.0f}"), f"published ({DOUBTFUL_NOTE})"


def _measured_panel(outputs: Path, params: Params, protocol: str) -> AnswerPanel:
    """Where there is an equivalent, the curves are of the seeds that it is read off, as others
    would not meet it."""
    equals = tables.real_equivalents(outputs, params.scale, protocol, only=["mixed_real33"])
    equal = equals.iloc[0]
    known = pd.notna(equal["real_equivalent"])
    seeds = [int(k) for k in equal["seeds"].split(", ")] if known else None
    curves = evaluation.learning_curve_table(outputs, params.scale, protocol, seeds)
    title = f"protocol {protocol}" + (f", {seeds_text(equal['seeds'])}" if known else "")
    return curves, (equal["real_equivalent"], equal["words"]), title


def forest_plot_figure(statements: pd.DataFrame, params: Params) -> Figure:
    """Differences of `tables.statements` that have run, with their verdicts and what decides."""
    rows = statements[statements["verdict"] != "not run"]
    figure, ax = plt.subplots(
        figsize=(PAGE_WIDTH, max(1.2, 0.19 * len(rows) + 0.9)), layout="constrained"
    )
    if rows.empty:
        draw_placeholder(ax, tables.NOT_RUN)
    else:
        short = rows["label"].map(readable_name).str.replace(", unused photographs", " (unused)")
        short += ", " + rows["protocol"]
        rows = rows.drop(columns="verdict") if params.stand_in else rows
        bounds = [
            (-within, within) if within == within else (above,)
            for above, within in zip(rows["above"], rows["within"], strict=True)
        ]
        forest_plot(ax, rows.assign(label=short, bounds=pd.Series(bounds, rows.index)))
    return add_title(figure, "Differences of top-1 with 95% intervals", params)


def accuracy_curves_figure(
    outputs: Path, params: Params, experiment: str, protocol: str = "thesis"
) -> Figure:
    """Accuracy against steps of an experiment's first seed: training in each domain, tests."""
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    _draw_accuracy_curves(ax, outputs, params, experiment, protocol, f"protocol {protocol}")
    return add_title(figure, f"Accuracy against steps: {experiment}", params)


def accuracy_curves_grid(outputs: Path, params: Params, experiments: Sequence[str]) -> Figure:
    """`steps` of several experiments, a row each, a column a protocol, each its first seed's."""
    figure, axes = plt.subplots(
        len(experiments), 2, figsize=(PAGE_WIDTH, 2 * len(experiments) + 0.7),
        squeeze=False, layout="constrained",
    )  # fmt: skip
    handles: dict[str, Artist] = {}
    for row, name in zip(axes, experiments, strict=True):
        for ax, protocol in zip(row, ("thesis", "matched"), strict=True):
            _draw_accuracy_curves(
                ax, outputs, params, name, protocol, f"{readable_name(name)}, {protocol}"
            )
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(label.split(":")[0], handle)
            if ax.get_legend():
                ax.get_legend().remove()
        row[1].set_ylabel("" if row[0].lines else row[1].get_ylabel())
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=3,
                      fontsize=7, frameon=False)  # fmt: skip
    return add_title(figure, "Accuracy against steps (marks: the last model's tests)", params)


def _draw_accuracy_curves(
    ax: Axes, outputs: Path, params: Params, experiment: str, protocol: str, title: str
) -> None:
    runs = evaluation.finished_runs(outputs, params.scale, experiment, protocol)
    if runs.empty:
        draw_placeholder(ax, tables.NOT_RUN)
        ax.set_title(title, fontsize=9)
        return
    title += f", seed {runs['seed'].iloc[0]}"
    folder = runs["folder"].iloc[0]
    tested = dict(evaluation.metrics_by_test_set(folder)["top1"])
    accuracy_curves(ax, pd.read_csv(folder / "log.csv"), tested, title=title)


def accuracy_bars_figure(rows: pd.DataFrame, protocol: str, params: Params) -> Figure:
    """Top-1 of a protocol's runs (rows of `tables.metrics_table`) on real photographs, of the first
    seed that it has."""
    rows = rows[(rows["protocol"] == protocol) & (rows["test_set"] == "real")]
    seed = rows["seed"].min()  # another protocol may have others
    rows = rows[rows["seed"] == seed]
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.34 * len(rows) + 1.0), layout="constrained")
    accuracy_bars(ax, rows)
    title = f"Tested on {rows['n_test'].max():,} real photographs: protocol {protocol}, seed {seed}"
    return add_title(figure, title, params)


def gain_against_hours_figure(outputs: Path, params: Params) -> Figure:
    """Points gained over the baseline against hours of rendering, an Axes a protocol."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    rows = tables.gain_per_hour(outputs, params)
    for ax, protocol in zip(axes, ("thesis", "matched"), strict=True):
        part = rows[(rows["protocol"] == protocol) & rows["hours"].notna()]
        if part.empty:
            missing = rows[rows["protocol"] == protocol].empty
            draw_placeholder(ax, tables.NOT_RUN if missing else "hours of rendering not known here")
            ax.set_title(f"protocol {protocol}", fontsize=9)
        else:
            gain_against_hours(ax, part, title=f"protocol {protocol}")
    return add_title(figure, "Gain over the baseline against hours of rendering", params)


def view_accuracy_figure(outputs: Path, params: Params, experiment: str) -> Figure:
    """Accuracy on renders by camera elevation and by coverage, of an experiment's first seed."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.6), layout="constrained")
    title = f"Accuracy by view: {experiment}, protocol thesis, tested on renders"
    runs = evaluation.finished_runs(outputs, params.scale, experiment, "thesis", "synthetic_bg")
    manifest = tables.finished_renders(params)
    if runs.empty or manifest.empty:
        for ax in axes:
            draw_placeholder(ax, f"{experiment}: {tables.NOT_RUN}")
    else:
        predicted = read_predictions(runs["folder"].iloc[0])
        edges = {"elevation": evaluation.ELEVATION_EDGES, "coverage": evaluation.COVERAGE_EDGES}
        found = [evaluation.accuracy_by_view(predicted, manifest, c, e) for c, e in edges.items()]
        view_accuracy_curves(axes, found)
        title += f", seed {runs['seed'].iloc[0]} (above: views)"
    return add_title(figure, title, params)


def variety_plot(axes: Sequence[Axes], table: pd.DataFrame, title: str = "") -> Sequence[Axes]:
    """How far images of a class lie apart, a row a class: generated objects, model files,
    photographs; the table of `diversity.side_by_side`, two Axes, one a yardstick (4.4.2)."""
    marks = {
        "generated": (COLORS["synthetic_bg"], "o"),
        "model files": (COLORS["mixed"], "s"),
        "photographs": (COLORS["real"], "D"),
    }
    rows = np.arange(len(table))
    for ax, key, label in zip(
        axes,
        ("features", "hash"),
        ("cosine distance\nof features", "share of hash bits\nthat differ"),
        strict=True,
    ):
        values = pd.DataFrame(table[key])
        ax.hlines(rows, values.min(axis=1), values.max(axis=1), color="#CCCCCC", zorder=0)
        for source, (color, marker) in marks.items():
            if source in values:
                ax.scatter(values[source], rows, color=color, marker=marker, label=source)
        ax.set(xlabel=label, xlim=(0, 1.08 * float(np.nanmax(values))), yticks=rows)
        ax.set_yticklabels([readable_name(name) for name in table.index])
        ax.invert_yaxis()
        sns.despine(ax=ax)
    axes[0].set_title(title, loc="left", fontsize=10)
    axes[-1].tick_params(axis="y", labelleft=False)
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    return axes
