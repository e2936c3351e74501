"""Figures of notebook 09: effects of factors, and gains by renders and by photographs."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synthlib import params as parameters
from synthlib.data.batch_sampler import real_shares
from synthlib.evaluation.screening import FREE_COLUMN
from synthlib.params import PROTOCOLS, Params
from synthlib.reporting.figures.forest import UNUSED_LABEL, forest_plot
from synthlib.reporting.figures.style import (
    COLORS,
    PAGE_WIDTH,
    add_title,
    draw_placeholder,
    readable_name,
)

KIND_STYLES = {
    "renders": ("renders", COLORS["synthetic_bg"], "s"),
    "photographs": ("photographs, labelled by a model", COLORS["real"], "o"),
}
"""Label, colour and marker of added images."""


def screening_figure(effects: pd.DataFrame, params: Params) -> Figure:
    """Draw the effect of each factor of a screening with its interval, one Axes per experiment.

    Factors are sorted by their effect on the last experiment, so that both Axes have the same rows.
    Columns without a factor, whose effects are chance and interactions, are the grey rows below.

    Args:
        effects: Rows of `evaluation.screening_effects`.
        params: Parameters of the scale.
    """
    title = "Effect of each factor of the images on real photographs\n"
    return _effects_figure(effects, "second level less first", title, params)


def ablation_figure(effects: pd.DataFrame, params: Params) -> Figure:
    """Draw what each factor of an ablation adds, with its interval, one Axes per experiment.

    Args:
        effects: Rows of `evaluation.ablation_effects`.
        params: Parameters of the scale.
    """
    title = "What each factor of the images adds to the others, on real photographs\n"
    return _effects_figure(effects, "with all factors less without it", title, params)


def _effects_figure(effects: pd.DataFrame, difference: str, title: str, params: Params) -> Figure:
    experiments = list(effects["experiment"].unique())
    last = effects[effects["experiment"] == experiments[-1]] if experiments else effects
    is_free = last["factor"].str.startswith(FREE_COLUMN).astype(bool)
    order = [*last[~is_free].sort_values("effect", ascending=False)["factor"]]
    order += [name for name in effects["factor"].unique() if name not in set(last["factor"])]
    order += [*last[is_free]["factor"]]
    height = 0.21 * len(order) + 1.1 if order else 1.2
    figure, axes = plt.subplots(
        1,
        max(1, len(experiments)),
        figsize=(PAGE_WIDTH, height),
        squeeze=False,
        sharey=True,
        layout="constrained",
    )
    if not experiments:
        draw_placeholder(axes[0, 0], "not run at this scale")
    for ax, name in zip(axes.flat, experiments, strict=False):
        rows = effects[effects["experiment"] == name].set_index("factor").reindex(order)
        effect_rows(ax, rows.reset_index(), title=readable_name(name), difference=difference)
    title += "grey band: smaller effects would be found in fewer than 80% of such studies"
    return add_title(figure, title, params)


def effect_rows(ax: Axes, rows: pd.DataFrame, *, title: str, difference: str) -> Axes:
    """Draw effects with their 95% intervals, one row per factor.

    Args:
        ax: The Axes.
        rows: Rows of `evaluation.screening_effects` or `ablation_effects` of one experiment, from
            top to bottom; a factor without a number stays empty.
        title: Title of the Axes.
        difference: What an effect is the difference of.
    """
    y = np.arange(len(rows))
    for at, row in zip(y, rows.to_dict("records"), strict=True):
        is_free, is_clear = row["factor"].startswith(FREE_COLUMN), row["low"] > 0 or row["high"] < 0
        color = "#BBBBBB" if is_free else COLORS["mixed"] if is_clear else COLORS["neutral"]
        ax.hlines(at, row["low"], row["high"], color=color, linewidth=2)
        ax.scatter(row["effect"], at, color=color, marker="s" if is_clear else "o", s=22, zorder=3)
    ax.axvline(0, color="black", linewidth=0.8, zorder=0)
    detectable = float(rows["detectable"].median())
    ax.axvspan(-detectable, detectable, color="#EEEEEE", zorder=-1)
    ax.set_yticks(y, list(rows["factor"]), fontsize=7)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(f"{difference} (points), 95% interval", fontsize=7)
    ax.set_title(f"{title} (detectable: {detectable:.1f} points)", fontsize=8)
    sns.despine(ax=ax, left=True)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=7)
    return ax


def real_share_figure(params: Params, experiment: str = "mixed_real10") -> Figure:
    """Draw the share of photographs in the batches of a mix, by protocol of equal steps.

    Args:
        params: Parameters of the scale.
        experiment: Name of a mixed experiment.
    """
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 2.0), layout="constrained")
    steps = 1000  # for a fine line; the shares depend on the part of the training alone
    styles = dict(zip(PROTOCOLS[1:], (COLORS["neutral"], COLORS["mixed"]), strict=True))
    for protocol, color in styles.items():
        mix = parameters.load(params.scale, experiment, protocol=protocol)
        shares = real_shares(mix, steps)
        assert shares is not None  # None only under the protocol thesis
        ax.plot(100 * np.arange(steps) / steps, 100 * shares, color=color, label=protocol)
    ax.set(
        xlabel="part of the training (%)", ylabel="photographs in\neach batch (%)", ylim=(-5, 105)
    )
    ax.legend(frameon=False, fontsize=8)
    sns.despine(ax=ax)
    return add_title(figure, f"Batches of {readable_name(experiment)}", params)


def paired_gains_figure(gains: pd.DataFrame, params: Params) -> Figure:
    """Draw the gain of each mix over the same photographs alone, primary tests first.

    Args:
        gains: Rows of `evaluation.paired_gains`.
        params: Parameters of the scale; at a scale of stand-in photographs no verdict is shown.
    """
    rows = gains.sort_values("primary", ascending=False, kind="stable")
    rows = rows.assign(label=[_gain_label(row) for row in rows.to_dict("records")])
    figure, ax = plt.subplots(
        figsize=(PAGE_WIDTH, max(1.2, 0.19 * len(rows) + 0.9)), layout="constrained"
    )
    if rows.empty:
        draw_placeholder(ax, "not run at this scale")
    else:
        forest_plot(ax, rows.drop(columns="verdict") if params.stand_in else rows)
    title = "What synthetic images add to photographs: top-1 of the mix less photographs alone"
    return add_title(figure, title, params)


def _gain_label(row: dict) -> str:
    """Label of a row of `evaluation.paired_gains`: photographs, both accuracies, protocol."""
    text = f"{row['n_real']:,.0f} photographs, {row['alone_top1']:.1f} to {row['mixed_top1']:.1f}%"
    if row["alone"] in ("real10_twice", "real10_exposure"):  # with other numbers of steps
        text += f" ({readable_name(row['alone'])})"
    text += f", {row['protocol']}{', primary test' if row['primary'] else ''}"
    return text + (UNUSED_LABEL if row["test_set"] == "real_rest" else "")


def added_images_figure(table: pd.DataFrame, params: Params, currency: str = "") -> Figure:
    """Draw accuracy against the number of images added, and against their cost.

    Args:
        table: Rows of `tables.added_images_cost`.
        params: Parameters of the scale.
        currency: Name of the currency of its costs.
    """
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.9), sharey=True, layout="constrained")
    titles = {"n_added": "images added", "cost": f"cost of the images {currency}".strip()}
    for ax, (column, label) in zip(axes, titles.items(), strict=True):
        if table.empty:
            draw_placeholder(ax, "not run at this scale")
            continue
        added_images_curves(ax, table, column)
        ax.set_xlabel(label)
        ax.tick_params(labelsize=8)
    if not table.empty:
        axes[0].set_ylabel("top-1 accuracy (%)", fontsize=9)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=3, fontsize=7, frameon=False)
        if table.loc[table["kind"] == "renders", "cost"].isna().any():
            text = "renders were not timed on this machine"
            axes[1].text(0.5, 0.02, text, ha="center", fontsize=7, transform=axes[1].transAxes)
    title = "A tenth of the photographs, and images added to it\n"
    title += "bars: 95% interval of the difference from real alone, paired"
    return add_title(figure, title, params)


def added_images_curves(ax: Axes, table: pd.DataFrame, column: str) -> Axes:
    """Draw accuracy against a column of `tables.added_images_cost`, one line per kind of images."""
    alone = table[table["kind"] == "alone"].iloc[0]
    ax.axhline(alone["top1"], color=COLORS["neutral"], linestyle="--", linewidth=1)
    for kind, (label, color, marker) in KIND_STYLES.items():
        rows = table[(table["kind"] == kind) & table[column].notna()].sort_values(column)
        if rows.empty:
            continue
        x = np.append(0, rows[column].astype(float))
        ax.plot(x, np.append(alone["top1"], rows["top1"]), color=color, linewidth=1)
        errors = [rows["gain"] - rows["gain_low"], rows["gain_high"] - rows["gain"]]
        # moved slightly, so that no bar hides another
        offset = 0.015 * table[column].max() * (kind == "photographs")
        ax.errorbar(
            x[1:] + offset,
            rows["top1"],
            errors,
            color=color,
            marker=marker,
            ls="",
            capsize=2,
            label=label,
        )
    ax.plot([], [], color=COLORS["neutral"], linestyle="--", label="real alone")
    ax.set_xlim(0, None)
    sns.despine(ax=ax)
    return ax
