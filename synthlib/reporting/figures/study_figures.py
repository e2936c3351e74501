"""Figures beyond the thesis's: learning curves, accuracy by step and by view, gains.

Functions with an `ax` or `axes` draw one plot from a DataFrame. Functions that end in `_figure` or
`_grid` read the finished runs of a scale (`params.output_dir`, `params.scale`) and return a whole
figure, as wide as a page; panels without a run say so.
"""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from synthlib import evaluation
from synthlib.evaluation.predictions import read_predictions
from synthlib.evaluation.run_metrics import measured_row
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.reporting.figures.bars import accuracy_bars
from synthlib.reporting.figures.curves import accuracy_curves
from synthlib.reporting.figures.style import (
    COLORS,
    DOMAIN_LABELS,
    DOUBTFUL_NOTE,
    PAGE_WIDTH,
    add_title,
    draw_placeholder,
    readable_name,
    stacked_axes,
)
from synthlib.reporting.tables.html import seeds_text


def learning_curves(
    ax: Axes,
    real_only: pd.DataFrame,
    mixed: pd.DataFrame,
    *,
    equivalents: Sequence[tuple[float, float, float, str]] = (),
    title: str = "",
) -> Axes:
    """Draw top-1 against the number of real photographs, alone and with synthetic images.

    Args:
        ax: The Axes; its x axis becomes logarithmic.
        real_only: Rows of runs on real photographs alone, with columns n_real (number of
            photographs) and top1 (percent); optionally low and high (95% interval) and doubtful
            (bool, drawn as a dagger).
        mixed: Rows of runs on real and synthetic images, with the same columns.
        equivalents: Tuples (n_real, top1, real-equivalent, real-equivalent as text) of mixed runs.
            Each is drawn as an arrow from the run to the number of real photographs that alone
            reach its accuracy.
        title: Title of the Axes.
    """
    has_points = False
    for table, label, color, marker in (
        (real_only, "real alone", COLORS["real"], "o"),
        (mixed, "real + synthetic", COLORS["mixed"], "D"),
    ):
        rows = table[(table["n_real"] > 0) & table["top1"].notna()].sort_values("n_real")
        if rows.empty:
            continue
        has_points = True
        ax.plot(rows["n_real"], rows["top1"], color=color, marker=marker, label=label, zorder=3)
        if "low" in rows and rows["low"].notna().all():
            ax.fill_between(rows["n_real"], rows["low"], rows["high"], color=color, alpha=0.15)
        for row in rows[rows.get("doubtful", pd.Series(False, rows.index))].to_dict("records"):
            point = (row["n_real"], row["top1"])
            ax.annotate("\N{DAGGER}", point, (6, -10), textcoords="offset points")
    ax.set_title(title, fontsize=9, loc="left")
    if not has_points:
        return draw_placeholder(ax, "not run at this scale")
    arrow = {"arrowstyle": "->", "color": "#333333", "linewidth": 1}
    for n_real, top1, n_equivalent, _ in equivalents:
        ax.annotate("", (n_equivalent, top1), (n_real, top1), zorder=4, arrowprops=arrow)
    lines = [f"{n_real:,.0f} with synthetic: as {text} alone" for n_real, _, _, text in equivalents]
    # rising curves leave the lower right corner free, so that the text hides no point
    corner = {"ha": "right", "va": "bottom", "transform": ax.transAxes}
    ax.text(0.99, 0.04, "\n".join(lines), fontsize=7, **corner)
    ax.set_xscale("log")
    ticks = sorted(set(pd.concat([real_only["n_real"], mixed["n_real"]]).dropna()) - {0})
    ax.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="real photographs (log scale)", ylabel="top-1 accuracy (%)")
    if ax.collections:
        ax.fill_between([], [], [], color=COLORS["neutral"], alpha=0.2, label="95% interval")
    # above the axes, where it hides no point
    ax.legend(frameon=False, fontsize=7, loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3)
    ax.tick_params(labelsize=8)
    sns.despine(ax=ax)
    return ax


def view_accuracy_curves(axes: Sequence[Axes], tables: Sequence[pd.DataFrame]) -> Sequence[Axes]:
    """Draw accuracy by camera elevation and by coverage, with the number of views above each bin.

    Args:
        axes: Two Axes: elevation, coverage.
        tables: Two tables of `evaluation.accuracy_by_view`, with columns domain, at (the centre of
            the bin), top1, low and high (percent), n (views).
    """
    labels = ("elevation (degrees)", "coverage of the render (percent)")
    for ax, table, label in zip(axes, tables, labels, strict=True):
        # shift the domains slightly, so that no error bar hides another
        offset = (table["at"].max() - table["at"].min()) / 80
        for i, (domain, rows) in enumerate(table.groupby("domain", sort=False)):
            color = COLORS.get(str(domain), COLORS["neutral"])
            marker = "o" if domain == "synthetic_bg" else "s"
            errors = [rows["top1"] - rows["low"], rows["high"] - rows["top1"]]
            ax.errorbar(
                rows["at"] + i * offset,
                rows["top1"],
                errors,
                color=color,
                marker=marker,
                capsize=2,
                markersize=4,
                label=DOMAIN_LABELS.get(str(domain), readable_name(str(domain))),
            )
        counts = table.groupby("at")["n"].max()  # each test set has the same views
        for bin_centre, n in zip(counts.index.to_numpy(float), counts, strict=True):
            ax.text(bin_centre, 103, f"{n:,}", ha="center", fontsize=5.5, color="#555555")
        ax.set(ylim=(-3, 110))
        ax.set_xlabel(label, fontsize=8)
        ax.set_ylabel("top-1 (%), 95% interval", fontsize=8)
        ax.tick_params(labelsize=8)
        ax.set_yticks(range(0, 101, 20))
        sns.despine(ax=ax)
    # below the axes, where it hides no point
    legend = {"loc": "outside lower left", "ncols": 2, "frameon": False, "fontsize": 7}
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), **legend)
    return axes


def gain_against_hours(ax: Axes, table: pd.DataFrame, *, title: str = "") -> Axes:
    """Draw points gained over the baseline against hours of rendering.

    Args:
        ax: The Axes.
        table: One row per run, with columns label, hours (of rendering, of one worker process),
            and gain, low and high (points of top-1).
        title: Title of the Axes.
    """
    table = table.sort_values("hours")
    errors = [table["gain"] - table["low"], table["high"] - table["gain"]]
    ax.errorbar(table["hours"], table["gain"], errors, color=COLORS["mixed"], marker="o", capsize=2)
    for row in table.to_dict("records"):
        ax.annotate(
            row["label"].replace(" ", "\n", 1),
            (row["hours"], row["gain"]),
            (4, 5),
            textcoords="offset points",
            fontsize=7,
            linespacing=0.9,
        )
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="hours of rendering", ylabel="gain of top-1 (points)", xlim=(0, None))
    ax.margins(x=0.15)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.tick_params(labelsize=8)
    ax.set_title(title, fontsize=9)
    sns.despine(ax=ax)
    return ax


def variety_plot(axes: Sequence[Axes], table: pd.DataFrame, title: str = "") -> Sequence[Axes]:
    """Draw how different the images of a class are, one row per class (thesis 4.4.2).

    Args:
        axes: Two Axes, one per measure: cosine distance of features, share of differing hash bits.
        table: Index: class; column levels (measure, source), with the measures `features` and
            `hash`, and the sources `generated` objects, `model files` and `photographs`.
        title: Title of the first Axes.
    """
    styles = {
        "generated": (COLORS["synthetic_bg"], "o"),
        "model files": (COLORS["mixed"], "s"),
        "photographs": (COLORS["real"], "D"),
    }
    rows = np.arange(len(table))
    for ax, measure, label in zip(
        axes,
        ("features", "hash"),
        ("cosine distance\nof features", "share of hash bits\nthat differ"),
        strict=True,
    ):
        values = pd.DataFrame(table[measure])
        ax.hlines(rows, values.min(axis=1), values.max(axis=1), color="#CCCCCC", zorder=0)
        for source, (color, marker) in styles.items():
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


def learning_curves_figure(params: Params) -> Figure:
    """Draw the learning curves of real photographs alone and of mixes, one Axes per protocol.

    An arrow leads from `mixed_real33` to its real-equivalent. The first Axes shows the thesis's own
    curves, unless the photographs are stand-ins.
    """
    panels = [] if params.stand_in else [_published_panel()]
    protocols = evaluation.shown_protocols(params.output_dir, params.scale)
    panels += [_measured_panel(params, protocol) for protocol in protocols]
    heights = [2.7 if panel.curves["top1"].notna().any() else 0.8 for panel in panels]
    figure, axes = stacked_axes(heights)
    for ax, panel in zip(axes, panels, strict=True):
        real_only, mixed = (
            panel.curves[panel.curves["curve"] == name] for name in ("alone", "mixed")
        )
        arrows = []
        if 0 < panel.equivalent < float("inf"):  # False for NaN too
            mixed_run = mixed[mixed["experiment"] == "mixed_real33"].iloc[0]
            n_real, top1 = float(mixed_run["n_real"]), float(mixed_run["top1"])
            arrows = [(n_real, top1, panel.equivalent, panel.equivalent_text)]
        learning_curves(ax, real_only, mixed, equivalents=arrows, title=panel.title)
    return add_title(figure, "How many real photographs synthetic data is worth", params)


class LearningCurvePanel(NamedTuple):
    """Content of one Axes of `learning_curves_figure`.

    Attributes:
        curves: Rows of `evaluation.learning_curve_table` or `tables.published_curves`.
        equivalent: Real-equivalent of `mixed_real33` (photographs); NaN if unknown, 0 below the
            first point of the curve, inf beyond its last one.
        equivalent_text: The same as text.
        title: Title of the Axes.
    """

    curves: pd.DataFrame
    equivalent: float
    equivalent_text: str
    title: str


def _published_panel() -> LearningCurvePanel:
    equivalent = float(tables.published_equivalents()["published_equivalent"]["mixed_real33"])
    title = f"published ({DOUBTFUL_NOTE})"
    return LearningCurvePanel(tables.published_curves(), equivalent, f"{equivalent:,.0f}", title)


def _measured_panel(params: Params, protocol: str) -> LearningCurvePanel:
    """The panel of one protocol; its curves use the seeds of the real-equivalent, if known."""
    outputs, scale = params.output_dir, params.scale
    equivalents = tables.real_equivalents(outputs, scale, protocol, only=["mixed_real33"])
    row = equivalents.iloc[0]
    is_known = pd.notna(row["real_equivalent"])
    seeds = [int(seed) for seed in row["seeds"].split(", ")] if is_known else None
    curves = evaluation.learning_curve_table(outputs, scale, protocol, seeds)
    title = f"protocol {protocol}" + (f", {seeds_text(row['seeds'])}" if is_known else "")
    return LearningCurvePanel(curves, row["real_equivalent"], row["words"], title)


def accuracy_curves_figure(params: Params, experiment: str, protocol: str = "thesis") -> Figure:
    """Draw training and test accuracy against steps.

    Args:
        params: Parameters of the scale.
        experiment: Name of the experiment, of which the first seed is shown.
        protocol: Protocol of the run.
    """
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    _draw_accuracy_curves(ax, params, experiment, protocol, f"protocol {protocol}")
    return add_title(figure, f"Accuracy against steps: {experiment}", params)


def accuracy_curves_grid(params: Params, experiments: Sequence[str]) -> Figure:
    """Draw accuracy against steps, with one row per experiment and one column per protocol.

    Args:
        params: Parameters of the scale.
        experiments: Names of experiments, of which the first seed is shown; all share one legend.
    """
    protocols = evaluation.shown_protocols(params.output_dir, params.scale)
    figure, axes = plt.subplots(
        len(experiments),
        len(protocols),
        figsize=(PAGE_WIDTH, 2 * len(experiments) + 0.7),
        squeeze=False,
        layout="constrained",
    )
    handles: dict[str, Artist] = {}
    for row, name in zip(axes, experiments, strict=True):
        for ax, protocol in zip(row, protocols, strict=True):
            # three titles in a row are too long for one line
            separator = "\n" if len(protocols) > 2 else ", "
            title = f"{readable_name(name)}{separator}{protocol}"
            _draw_accuracy_curves(ax, params, name, protocol, title)
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                handles.setdefault(label.split(":")[0], handle)
            ax.tick_params(labelsize=8)
            ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            if ax.get_legend():
                ax.get_legend().remove()
        for ax in row[1:]:
            ax.set_ylabel("" if row[0].lines else ax.get_ylabel())
    if handles:
        figure.legend(
            [handles[name] for name in sorted(handles, reverse=True)],
            sorted(handles, reverse=True),
            loc="outside lower left",
            ncols=3,
            fontsize=7,
            frameon=False,
        )
    return add_title(figure, "Accuracy against steps (markers: the final model's tests)", params)


def _draw_accuracy_curves(
    ax: Axes, params: Params, experiment: str, protocol: str, title: str
) -> None:
    runs = evaluation.finished_runs(params.output_dir, params.scale, experiment, protocol)
    if runs.empty:
        draw_placeholder(ax, tables.NOT_RUN)
        ax.set_title(title, fontsize=9)
        return
    title += f", seed {runs['seed'].iloc[0]}"
    folder = runs["folder"].iloc[0]
    final_top1 = dict(evaluation.metrics_by_test_set(folder)["top1"])
    accuracy_curves(ax, pd.read_csv(folder / "log.csv"), final_top1, title=title)


def accuracy_bars_figure(rows: pd.DataFrame, protocol: str, params: Params) -> Figure:
    """Draw top-1 on real photographs of a protocol's experiments, averaged over seeds.

    Args:
        rows: Rows of `evaluation.metrics_table`, which name the experiments.
        protocol: Protocol of the runs.
        params: Parameters of the scale.
    """
    rows = rows[(rows["protocol"] == protocol) & (rows["test_set"] == "real")]
    names = rows["experiment"].unique()
    bars = pd.DataFrame([_mean_over_seeds(params, str(name), protocol) for name in names])
    title = f"Tested on {rows['n_test'].max():,} real photographs: protocol {protocol}, "
    if bars["seeds"].nunique() == 1:
        seeds = seeds_text(bars["seeds"].iloc[0])
        title += f"mean of {seeds}" if "," in seeds else seeds
    else:
        title += "mean of each one's seeds"
        bars["label"] += ", " + bars["seeds"].map(seeds_text)
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.34 * len(bars) + 1.0), layout="constrained")
    accuracy_bars(ax, bars, n_classes=len(params.classes))
    return add_title(figure, title, params)


def _mean_over_seeds(params: Params, experiment: str, protocol: str) -> dict[str, float | str]:
    """A row of `accuracy_bars`, with the columns that say what it is the mean of."""
    runs = evaluation.finished_runs(params.output_dir, params.scale, experiment, protocol)
    values = measured_row(runs, "real")
    row = {name: values["run", name] for name in ("label", "seeds", "n_real", "n_synthetic")}
    row |= {"top1": values["top1", "measured"]}
    return {"experiment": experiment} | row | {end: values["top1", end] for end in ("low", "high")}


def gain_against_hours_figure(params: Params) -> Figure:
    """Draw points gained over the baseline against hours of rendering, one Axes per protocol."""
    protocols = evaluation.shown_protocols(params.output_dir, params.scale)
    figure, axes = plt.subplots(1, len(protocols), figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    rows = tables.gain_per_hour(params)
    for ax, protocol in zip(axes, protocols, strict=True):
        of_protocol = rows[rows["protocol"] == protocol]
        with_hours = of_protocol[of_protocol["hours"].notna()]
        if with_hours.empty:
            draw_placeholder(
                ax, tables.NOT_RUN if of_protocol.empty else "hours of rendering\nnot known here"
            )
            ax.set_title(f"protocol {protocol}", fontsize=9)
        else:
            gain_against_hours(ax, with_hours, title=f"protocol {protocol}")
    return add_title(figure, "Gain over the baseline against hours of rendering", params)


def view_accuracy_figure(params: Params, experiment: str) -> Figure:
    """Draw accuracy on renders by camera elevation and by coverage.

    Args:
        params: Parameters of the scale.
        experiment: Name of an experiment tested on renders, of which the first seed is shown.
    """
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.8), layout="constrained")
    title = f"Accuracy by view: {experiment}, protocol thesis, tested on renders"
    runs = evaluation.finished_runs(
        params.output_dir, params.scale, experiment, "thesis", "synthetic_bg"
    )
    manifest = tables.finished_renders(params)
    if runs.empty or manifest.empty:
        reason = tables.NOT_RUN if runs.empty else "its renders are not on this machine"
        for ax in axes:
            draw_placeholder(ax, f"{experiment}: {reason}")
    else:
        predictions = read_predictions(runs["folder"].iloc[0])
        edges = {"elevation": evaluation.ELEVATION_EDGES, "coverage": evaluation.COVERAGE_EDGES}
        by_view = [
            evaluation.accuracy_by_view(predictions, manifest, column, bins)
            for column, bins in edges.items()
        ]
        view_accuracy_curves(axes, by_view)
        title += f", seed {runs['seed'].iloc[0]} (above: views)"
    return add_title(figure, title, params)
